"""What a report will run: which chapters, with which values, and whether anything changed since the last run.

Everything a user can get wrong is found here, before a kernel starts: papermill itself only warns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...coding_log import logs_sha256, read_logs
from ...errors import BadInput, BadInputs, unknown
from ...files import beside, files_below, shipped
from ...params import Params, Workspace, load_params
from ...params.load import INHERITED
from ...privacy.reviewed import check_reviewed
from ...results.cache import code_sha256
from ...shapes import Json
from ...study import BUILD_FILE
from .choices import check_choice
from .environment import environment_sha256
from .notebook import NAME, Chapter, Scalar, check_name, check_value, known_chapters, list_chapters, own_chapters, parse_value, read_chapter

#: sections of the params that change how a report looks or is run, but no chapter's content
ADDED = "+"  # before a chapter of the workspace's own, in the list of chapters
_NOT_CONTENT = ("review", "limits", "chapters", "chapter_params")


@dataclass(frozen=True)
class Task:
    """One chapter with its values. `key` is equal where notebook, values, data, settings, code and versions are."""

    chapter: Chapter
    values: dict[str, Scalar]
    key: str


@dataclass(frozen=True)
class Plan:
    """A client's report: all its chapters in order, and which of them were asked for. workspace: with what the run pinned."""

    client: str
    params: Params
    workspace: Workspace
    build: Json
    tasks: tuple[Task, ...]
    asked: frozenset[str]
    codings_sha256: str = ""  # of the coding logs; empty where nobody coded

    @property
    def key(self) -> str:
        """Equal keys, equal report: chapters, settings, logo, portraits, comments and code."""
        parts = [self.client, self.params.model_dump_json(), [t.key for t in self.tasks], code_sha256(), assets_sha256(),
                 *(_file_sha256(self.workspace.settings(self.client), name) for name in self.params.files)]
        return _sha256(parts)


def plan_report(client: str, workspace: Workspace, chapters: Sequence[str] | None = None,
                sets: Sequence[str] | None = None) -> Plan:
    """The plan of a client's report.

    chapters: names (`40_funnel`, `funnel` or `40`) to run; default all of the client's. sets: `NAME=VALUE` for
    every chapter that declares NAME, `CHAPTER.NAME=VALUE` for one. Raises `BadInput(s)` for an unknown client,
    chapter or parameter, an ill-typed value, and where the tables are not built; `WouldExposePerson` for an approved
    report in whose texts nobody has looked for what masking left.
    """
    params, read, values, asked = check_request(client, workspace, chapters, sets)
    build_file = workspace.tables(client) / BUILD_FILE
    if not build_file.is_file():
        raise BadInput(f"client {client}", "its tables are not built yet", "built tables", f"cjm build {client}")
    try:
        build = json.loads(build_file.read_text(encoding="utf-8"))
    except ValueError:
        raise BadInput(str(build_file.name), "not readable; the build was cut off", "a whole build", f"cjm build {client}") from None
    if params.review.status == "approved" and params.privacy.mask_text:
        check_reviewed(client, workspace.vault(client), params.privacy.reviewed)
    codings = logs_sha256(read_logs(workspace.codings(client)))
    content = _sha256([params.model_dump_json(exclude=set(_NOT_CONTENT)), build.get("tables", {}), code_sha256(),
                       environment_sha256(), codings])
    defining = [[c.name, c.sha256, values[c.name]] for c in read if c.own_questions]
    tasks = tuple(Task(c, values[c.name], _sha256([content, c.name, c.sha256, values[c.name], *(defining if not c.own_questions else ())])) for c in read)
    return Plan(client, params, workspace, build, tasks, asked, codings)


def content_sha256(params: Params) -> str:
    """A hash of the settings that a chapter's numbers rest on."""
    return _sha256(params.model_dump_json(exclude=set(_NOT_CONTENT)))


def check_request(client: str, workspace: Workspace, chapters: Sequence[str] | None = None, sets: Sequence[str] | None = None,
                  ) -> tuple[Params, list[Chapter], dict[str, dict[str, Scalar]], frozenset[str]]:
    """The part of a plan that needs no tables: params, chapters, their values, and the chapters asked for.

    Raises as `plan_report` does; call it before tables are built, so that a slip is told at once.
    """
    params = load_params(client, workspace)
    found = known_chapters(workspace)
    names = chapter_names(params.chapters, found, list(own_chapters(workspace)), f"params/{client}.yaml (chapters)")
    asked = frozenset(match_chapter(c, names, "--only") for c in chapters) if chapters else frozenset(names)
    read = [read_chapter(found[name]) for name in names]
    _refuse_one_name_twice(read)
    values = _values(read, params, list(sets or ()), client, found)
    return params, read, values, asked


def match_chapter(word: str, names: Sequence[str] | dict[str, Path], where: str) -> str:
    """The chapter a word means: its name, its name without the number, or its number."""
    plain = word.removesuffix(".ipynb")
    hits = [n for n in names if plain in (n, n[3:], n[:2])]
    if len(hits) != 1:
        raise unknown(where, "chapter", word, names, "cjm list --chapters")
    return hits[0]


def chapter_names(wanted: Sequence[str], found: Sequence[str] | dict[str, Path], own: Sequence[str], where: str) -> list[str]:
    """The chapters that a list in the params means, each once and in its order.

    wanted: names, or `+NAME` for a chapter of the workspace's own folder; an empty list means the own chapters, or the shipped ones
    where there are none. Raises `BadInput` with the nearest name for a chapter that is not there.
    """
    if not wanted:
        return list(own) or list(found)
    names: list[str] = []
    for word in wanted:
        if word == INHERITED:  # `_defaults.yaml` lists none
            names += [p.stem for p in list_chapters(shipped("notebooks"))]
            continue
        if word.startswith(ADDED) and word[1:].strip() not in _words(own):
            raise unknown(f"{where}: {word}", "chapter in notebooks/", word[1:], own, f"cjm chapter new {word[1:] if NAME.match(word[1:]) else '90_mine'} makes one")
        names.append(match_chapter(word[1:].strip(), own, where) if word.startswith(ADDED) else match_chapter(word, found, where))
    return list(dict.fromkeys(names))


def _words(names: Sequence[str]) -> set[str]:
    """All that a chapter can be called by."""
    return {w for n in names for w in (n, n[3:], n[:2], f"{n}.ipynb")}


def _refuse_one_name_twice(chapters: Sequence[Chapter]) -> None:
    """Own questions are known by their names on the map of a client."""
    by_name: dict[str, str] = {}
    for c in chapters:
        for name in filter(None, c.own_questions):
            if by_name.setdefault(name, c.name) != c.name:
                raise BadInput(f"{c.name}.ipynb: own question {name}", f"{by_name[name]}.ipynb has a question of this name, too", "a name of its own for each question of a client",
                               "rename the function below @study.question")


def _values(chapters: Sequence[Chapter], params: Params, sets: list[str], client: str,
            found: dict[str, Path]) -> dict[str, dict[str, Scalar]]:
    problems: list[BadInput] = []
    by_name = {c.name: c for c in chapters}
    out: dict[str, dict[str, Scalar]] = {c.name: {"client": client} for c in chapters}
    for word, given in params.chapter_params.items():
        where = f"params/{client}.yaml (chapter_params.{word})"
        try:
            name = match_chapter(word, found, where)
            for key, value in given.items() if name in by_name else ():
                out[name][key] = check_value(check_name(key, by_name[name].parameters, where), value, where)
                check_choice(by_name[name], key, out[name][key], params, where)
        except BadInput as problem:
            problems.append(problem)
    for text in sets:
        try:
            for name, key, value in _set(text, by_name):
                check_choice(by_name[name], key, value, params, f"--set {text}")
                out[name][key] = value
        except BadInput as problem:
            problems.append(problem)
    for name, values in out.items():
        if values["client"] != client:
            problems.append(BadInput(f"{name}: client", f"set to {values['client']!r}", client, f"cjm report {values['client']}"))
    if problems:
        raise BadInputs(problems)
    return out


def _set(text: str, chapters: dict[str, Chapter]) -> list[tuple[str, str, Scalar]]:
    where = f"--set {text}"
    left, equals, value = text.partition("=")
    if not equals:
        raise BadInput(where, "no '=' in it", "NAME=VALUE or CHAPTER.NAME=VALUE", "write --set NAME=VALUE")
    chapter, dot, key = left.strip().rpartition(".")
    if dot:
        name = match_chapter(chapter, list(chapters), where)
        parameter = check_name(key, chapters[name].parameters, where)
        return [(name, key, parse_value(parameter, value, where))]
    declared = {k: p for c in chapters.values() for k, p in c.parameters.items()}
    check_name(key, declared, where)
    return [(n, key, parse_value(c.parameters[key], value, where)) for n, c in chapters.items() if key in c.parameters]


def assets_sha256() -> str:
    """A hash of templates, styles and script, which are part of what a page is made of."""
    root = Path(__file__).resolve().parents[2]
    files = [p for folder in ("page/assets", "report/pages/templates") for p in files_below(root / folder)]
    return _sha256([[p.relative_to(root).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest()] for p in files])


def _file_sha256(folder: Path, name: str | None) -> str | None:
    path = beside(folder, name, f"params: {name}") if name else None
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else None


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
