"""What do respondents write, and how many of them? The codes of open answers, counted in respondents, and passages in their words."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine import literal
from ...errors import NotEnoughData
from ...results import words
from ...results.caveats import Note, like
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.lanes import OF_KIND
from ...results.result import Evidence, Finding, Result, estimates_frame
from ...results.subjects import AnswerCode, Quote
from ...stats.shares import share
from . import declared
from .coded import CODED, SEPARATOR, SUFFIX, coders_of, codings_of, codings_sql
from .estimates import share_of
from .loaded import Answers, Asked, Survey, last_rows_sql, surveys

if TYPE_CHECKING:
    from ...study import Study

KINDS = ("pain", "gain", "need", "thought")  # of codes that are findings of the map
SHORT, LONG = 25, 320  # characters of a passage that is taken first
_CODE = "name the question in `answers` of the chapter 30_interview_coding and code there, in JupyterLab"
PASSAGES = 2  # shown of a code and question


@declares(declared.CODES, declared.CODED, declared.PASSAGES)
def open_answers(study: Study, *, questions: list[str] | None = None) -> Result:
    """The codes of open answers as shares of the respondents who gave one, weighted where the survey has weights, and passages in their words.

    questions: ids of open questions; default: all that somebody coded. Who has a code has those above it. Frames `codes` (a row a code), `coded` (how far each question is coded) and `passages`.
    Raises `NotEnoughData` where nobody coded an open answer.
    """
    if not study.has("answer_codings"):
        raise NotEnoughData("codes of open answers", "nobody coded an open answer", "at least one coded answer", _CODE)
    rows: list[Any] = []
    coverage: list[dict[str, Any]] = []
    passages: list[dict[str, Any]] = []
    findings: list[Finding] = []
    caveats: list[str] = []
    codings = codings_of(study)
    people, programs = coders_of(study)
    for survey in surveys(study):
        for asked in survey.questions:
            if asked.kind != CODED or (questions is not None and asked.id.removesuffix(SUFFIX) not in questions):
                continue
            answers = survey.answers(asked)
            kept = set(survey.people.loc[answers.answered, "response_id"].astype(str))
            mine = codings[(codings["source"] == survey.source) & (codings["question_id"] == asked.id.removesuffix(SUFFIX)) & codings["response_id"].isin(kept)]
            own, shown = _codes(survey, asked, answers, mine), _passages(asked, survey, mine)
            rows += own
            passages += [{k: v for k, v in p.items() if k != "row"} for p in shown]
            coverage.append(_coverage(survey, asked, answers, mine))
            findings += _findings(study, survey, asked, answers, mine, coverage[-1]) + [_voice(p["row"], survey.source) for p in shown if p["row"]["stage"] in study.stages]
        caveats += [like(c, f"{survey.source}: {c}") if len(study.params.sources) > 1 else c for c in survey.said()]
    if not coverage:
        raise NotEnoughData("codes of open answers", "no coded answer of the study's period or group", "at least one coded answer", _CODE)
    frames = {"codes": estimates_frame(rows), "coded": pd.DataFrame(coverage), "passages": pd.DataFrame(passages, columns=list(declared.PASSAGES.stored))}
    result = Result("What do respondents write, and how many of them?", frames, {"questions": len(coverage), "passages": int(frames["codes"]["passages"].max()), "coders": people},
                    method="Shares are of the respondents who gave an open answer to the question, coded or not; of each person in a wave the last questionnaire counts, and each code once. Who has a code has those above it. "
                           "Intervals as in frequencies. Passages: at most two of a code and question, of a sentence's length first, then by a hash of their words; nobody chooses them.",
                    findings=findings)
    result.sentences = _sentences(frames["codes"], frames["coded"])
    result.caveats = caveats
    for r in coverage:
        if left := int(r["wrote"] - r["with_code"]):
            result.caveats.append(f"{r['question']}: {left:,} of {r['wrote']:,} open answers carry no code. Those that nobody read yet may speak of the same, so shares are at least as large as shown.")
    if programs:
        result.caveats.append(Note(f"Codings of {words.listing(programs)} are made by a program and not counted."))
    return result


def _codes(survey: Survey, asked: Asked, answers: Answers, mine: pd.DataFrame) -> list[Any]:
    out = []
    kind = mine.drop_duplicates("path").set_index("path")["kind"].astype(str).to_dict()
    for k, path in enumerate(answers.options):
        hits = answers.hits[:, k]
        if not hits.any():
            continue
        inside = mine["path"].map(lambda p, path=path: p == path or p.startswith(path + SEPARATOR))
        plain = float(hits[answers.answered].mean()) if survey.is_weighted else None
        out.append(({"source": survey.source, "question_id": asked.id.removesuffix(SUFFIX), "question": asked.text.removesuffix(" (coded)"), "path": path, "kind": kind.get(path, ""),
                     "passages": int(inside.sum()), "unweighted": plain}, share_of(survey, hits, answers.answered)))
    return out


def _coverage(survey: Survey, asked: Asked, answers: Answers, mine: pd.DataFrame) -> dict[str, Any]:
    wrote, coded = int(answers.answered.sum()), int((answers.hits.any(axis=1) & answers.answered).sum())
    return {"source": survey.source, "question_id": asked.id.removesuffix(SUFFIX), "question": asked.text.removesuffix(" (coded)"), "wrote": wrote, "with_code": coded,
            "share": coded / wrote if wrote else 0.0, "coders": words.listing(sorted(set(mine["coder"].astype(str)))), "at": asked.touchpoint or asked.stage or ""}


def _passages(asked: Asked, survey: Survey, mine: pd.DataFrame) -> list[dict[str, Any]]:
    """Up to two passages of each code, of different respondents, by the rule."""
    out = []
    for path, own in mine[mine["quote"].astype(str).str.strip() != ""].groupby("path", sort=True):
        ordered = sorted(own.to_dict("records"), key=lambda r: (pd.isna(r["start"]), not SHORT <= len(str(r["quote"])) <= LONG, hashlib.sha256(str(r["quote"]).encode()).hexdigest()))
        taken: dict[str, dict[Any, Any]] = {}
        for r in ordered:
            taken.setdefault(str(r["response_id"]), r)
        out += [{"source": survey.source, "question_id": asked.id.removesuffix(SUFFIX), "question": asked.text.removesuffix(" (coded)"), "path": str(path), "quote": _cut(str(r["quote"])),
                 "coding_id": str(r["coding_id"]), "row": r} for r in list(taken.values())[:PASSAGES]]
    return out


def _findings(study: Study, survey: Survey, asked: Asked, answers: Answers, mine: pd.DataFrame, coverage: dict[str, Any]) -> list[Finding]:
    """One finding for each code that says what hurts, delights or is needed, where the question lies on the journey, else where the code lies. Unweighted, as all of the map."""
    question = asked.id.removesuffix(SUFFIX)
    wrote = last_rows_sql(survey.source, question, "text", "trim(answer) <> ''")
    base = int(answers.answered.sum())
    out = []
    for (path, kind), own in mine[mine["kind"].isin(KINDS)].groupby(["path", "kind"], sort=True):
        stage, touchpoint = (None if pd.isna(own.iloc[0][c]) else str(own.iloc[0][c]) for c in ("stage", "touchpoint"))
        if stage not in study.stages:
            continue
        name = str(path).split(SEPARATOR)[-1]
        sql = (f"SELECT w.response_id AS id, bool_or(c.path IS NOT NULL) AS counted FROM ({wrote}) w LEFT JOIN (SELECT * FROM ({codings_sql(study)}) WHERE source = {literal(survey.source)} "
               f"AND question_id = {literal(question)} AND (path = {literal(str(path))} OR starts_with(path, {literal(str(path) + SEPARATOR)}))) c USING (response_id) GROUP BY w.response_id")
        hits = int((answers.hits[:, answers.options.index(str(path))] & answers.answered).sum())
        evidence = rows_evidence(study, "answer_codings", f"respondents who gave an open answer to {asked.text.removesuffix(' (coded)')}; counted: with a passage about {words.quoted(name)}", sql)
        voices = [_quote(r) for r in _first(own)]
        left = int(coverage["wrote"] - coverage["with_code"])
        out.append(Finding(f"answers:{survey.source}:{question}:{path}", f"{name}: {hits:,} of {base:,} respondents who gave an open answer", str(kind), share(hits, base), stage=stage, touchpoint=touchpoint,
                           source="survey", evidence=(evidence, *voices), lane=OF_KIND.get(str(kind)), label=name, subject=AnswerCode(question, tuple(str(path).split(SEPARATOR))),
                           caveats=(f"{left:,} of the answers carry no code",) if left else ()))
    return out


def _first(own: pd.DataFrame) -> list[dict[Any, Any]]:
    return own.sort_values(["start", "document_id"], na_position="last", kind="stable").drop_duplicates("response_id").head(PASSAGES).to_dict("records")


def _voice(row: dict[Any, Any], source: str) -> Finding:
    """A passage as a voice on the map."""
    quote = _cut(str(row["quote"]))
    return Finding(f"answer_quote:{row['coding_id']}", f"“{quote}” (a respondent of {source}, {str(row['path']).split(SEPARATOR)[-1]})", "quote", stage=row["stage"], touchpoint=row["touchpoint"], source="survey",
                   evidence=(_quote(row),), lane="quotes", label=words.quoted(str(row["quote"])),
                   subject=Quote(str(row["coding_id"]), str(row["kind"]), None if pd.isna(row["valence"]) else float(row["valence"])))


def _quote(row: dict[Any, Any]) -> Evidence:
    place = {k: None if pd.isna(row[k]) else int(row[k]) for k in ("start", "end")}
    return Evidence("quote", f"passage coded {row['path']!r} by {row['coder']}", table="answer_codings", document_id=str(row["document_id"]), **place, quote=str(row["quote"]),
                    speaker="a respondent", text_sha256=str(row["text_sha256"]))


def _cut(text: str) -> str:
    return words.cut(" ".join(text.split()), LONG, " […]")


def _sentences(codes: pd.DataFrame, coded: pd.DataFrame) -> list[str]:
    out = []
    for r in coded.to_dict("records"):
        own = codes[(codes["source"] == r["source"]) & (codes["question_id"] == r["question_id"])]
        leaf = own[~own["path"].map(lambda p, own=own: any(str(o).startswith(str(p) + SEPARATOR) for o in own["path"]))].sort_values(["n", "path"], ascending=[False, True])
        if len(leaf):
            first = leaf.iloc[0]
            out.append(f"{int(first['n']):,} of {int(first['base']):,} respondents who gave an open answer write of {words.quoted(str(first['path']).split(SEPARATOR)[-1])}.")
        out.append(f"{r['question']}: {int(r['with_code']):,} of {int(r['wrote']):,} open answers carry a code ({r['coders']}).")
    return out
