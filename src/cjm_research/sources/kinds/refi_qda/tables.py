"""Canonical tables as a REFI-QDA project, so that any coding program can go on from here."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from ....shapes import Row
from ...reading.code_marks import marked
from .model import (
    GUID,
    PATH_SEPARATOR,
    Case,
    Code,
    Coding,
    Project,
    Selection,
    TextSource,
    User,
    Variable,
    guid,
    new_guid,
)

PARTICIPANT, PERSONA = "Participant", "Persona"  # the variables that `refi_qda` reads by default


def project_from_tables(
    name: str, documents: pd.DataFrame, codebook: pd.DataFrame, codings: pd.DataFrame
) -> tuple[Project, pd.DataFrame]:
    """A project of `documents`, `codebook` and `codings`, and the codings that have no place and so cannot be in it.

    Participants become cases with their variables, coders users, memos notes. Ids that are GUIDs are kept, others are
    derived from names, so that two exports of one study have the same ids.
    """
    project = Project(name)
    project.codes = _codes(codebook, set(codings["code_id"]))
    by_id = {str(r["code_id"]): _id("code", r["code_id"]) for r in codebook.to_dict("records")}
    users = {coder: new_guid("user", coder) for coder in sorted(codings["coder"].unique())}
    project.users = [User(g, coder) for coder, g in users.items()]
    project.sources = [
        TextSource(_id("document", r["document_id"]), str(r["document_id"]), str(r["text"]))
        for r in documents.to_dict("records")
    ]
    _cases(project, documents)
    texts = {str(s.name): s for s in project.sources}
    placed = codings["start"].notna() & codings["document_id"].isin(texts) & codings["code_id"].isin(by_id)
    selections: dict[tuple[str, int, int], Selection] = {}
    for r in codings[placed].to_dict("records"):
        key = (str(r["document_id"]), int(r["start"]), int(r["end"]))
        if key not in selections:
            selections[key] = Selection(new_guid("selection", *key), key[1], key[2], key[1:], str(r["quote"]))
            texts[key[0]].selections.append(selections[key])
        coding = Coding(
            _id("coding", r["coding_id"]), by_id[str(r["code_id"])], users[r["coder"]], _moment(r["created_at"])
        )
        if isinstance(r["memo"], str) and r["memo"]:
            note = TextSource(new_guid("note", r["coding_id"]), "memo", r["memo"], in_line=True)
            project.notes.append(note)
            coding.note_refs.append(note.guid)
        selections[key].codings.append(coding)
    return project, codings[~placed]


def _codes(codebook: pd.DataFrame, used: set[str]) -> list[Code]:
    roots: list[Code] = []
    found: dict[tuple[str, ...], Code] = {}
    for r in codebook.sort_values("path").to_dict("records"):
        path = tuple(str(r["path"]).split(PATH_SEPARATOR))
        color = r["color"] if isinstance(r["color"], str) else None
        memo, kind, guessed = (r[c] if isinstance(r[c], str) and r[c] else None for c in ("memo", "kind", "guessed"))
        memo = marked(memo, kind, None if pd.isna(r["valence"]) else float(r["valence"]), guessed)
        code = Code(_id("code", r["code_id"]), path[-1], True, color, memo)
        found[path] = code
        parent = found.get(path[:-1])
        (parent.children if parent else roots).append(code)
        code.is_codable = r["code_id"] in used
    for code in found.values():  # a folder is what nobody codes with and what has codes below it
        code.is_codable = code.is_codable or not code.children
    return roots


def _cases(project: Project, documents: pd.DataFrame) -> None:
    variables: dict[str, Variable] = {}
    cases: dict[str, Case] = {}
    for r in documents.to_dict("records"):
        participant = str(r["participant_id"]) if isinstance(r["participant_id"], str) else str(r["document_id"])
        case = cases.setdefault(participant, Case(new_guid("case", participant), participant))
        case.source_refs.append(_id("document", r["document_id"]))
        values = {PARTICIPANT: participant, PERSONA: r["persona"], **_attributes(r["attributes"])}
        for name, value in values.items():
            if value is None or (isinstance(value, float) and pd.isna(value)) or value is pd.NA:
                continue
            variable = variables.setdefault(name, Variable(new_guid("variable", name), name))
            if variable.guid not in {ref for ref, _ in case.values}:
                case.values.append((variable.guid, str(value)))
    project.variables, project.cases = list(variables.values()), list(cases.values())


def _attributes(value: Any) -> Row:
    """Plain values only; what the format itself expresses (case, sets) is left to it."""
    held = json.loads(value) if isinstance(value, str) else {}
    own = ("Case", "Sets", PARTICIPANT, PERSONA)
    return {k: v for k, v in held.items() if k not in own and isinstance(v, str | int | float)}


def _id(kind: str, value: Any) -> str:
    return guid(str(value)) if GUID.fullmatch(str(value)) else new_guid(kind, value)


def _moment(value: Any) -> str | None:
    return (
        None
        if value is None or pd.isna(value)
        else pd.Timestamp(value).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    )
