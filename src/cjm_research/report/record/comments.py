"""Reviewers' comments from a file beside the params, shown where they belong."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import BadInput, BadInputs, unknown
from ...files import beside
from ...params import Params, Workspace
from ...params.yaml_text import read_yaml
from ...results.lanes import BY_NAME

FIELDS = ("author", "date", "chapter", "anchor", "finding", "cell", "text", "status")
STATES = ("open", "answered", "done")
MAX_BYTES = 1_000_000
_FINDING = re.compile(r"F-[0-9a-f]{6,40}")


@dataclass(frozen=True)
class Comment:
    """One comment. `chapter` is empty for the report as a whole; `anchor` is an id on that page, without #.

    finding: id of the finding it is about; cell: of the map, `lane, stage`.
    """

    author: str
    text: str
    date: str = ""
    chapter: str = ""
    anchor: str = ""
    status: str = ""
    finding: str = ""
    cell: str = ""


def is_open(comment: Comment) -> bool:
    """Whether nobody has answered it."""
    return comment.status in ("", "open")


def read_comments(params: Params, workspace: Workspace, chapters: list[str]) -> list[Comment]:
    """The comments of `review.comments`, a YAML list of mappings or a CSV file with the same columns.

    Raises `BadInput(s)` with the line or entry for a file that cannot be used.
    """
    name = params.review.comments
    if not name:
        return []
    where = f"review.comments ({name})"
    path = beside(workspace.settings(params.client), name, where)
    if not path.is_file():
        raise BadInput(where, "there is no such file in the params folder", "a YAML or CSV file beside the params", "put the file there or correct the name")
    if path.stat().st_size > MAX_BYTES:
        raise BadInput(where, f"the file has {path.stat().st_size:,} bytes", f"at most {MAX_BYTES:,}", "keep comments short, or split the file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows: Any = list(csv.DictReader(io.StringIO(text))) if path.suffix.lower() == ".csv" else read_yaml(text, where).value or []
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(where, f"not readable: {error}", "UTF-8 text, YAML or CSV", "save the file as UTF-8 text") from None
    if not isinstance(rows, list):
        raise BadInput(where, "the file holds no list", f"a list of mappings with {', '.join(FIELDS)}", "begin each comment with a dash, or use CSV")
    problems: list[BadInput] = []
    comments: list[Comment] = []
    for number, row in enumerate(rows, 1):
        try:
            comments.append(_comment(row, f"{where}, entry {number}", chapters))
        except BadInput as problem:
            problems.append(problem)
    if problems:
        raise BadInputs(problems)
    return comments


def remarks(comments: Sequence[Comment]) -> dict[str, list[str]]:
    """Comments in words by what they are about: the id of a finding, or `lane|stage` of a cell."""
    out: dict[str, list[str]] = {}
    for c in comments:
        if about := c.finding or c.cell:
            out.setdefault(about, []).append(f"{' · '.join(x for x in (c.author, c.date, c.status or STATES[0]) if x)}: {c.text}")
    return out


def told_cell(cell: str) -> str:
    """`pain|Decision` as `Pain points, Decision`."""
    lane, _, stage = cell.partition("|")
    return f"{BY_NAME[lane].title}, {stage}"


def _cell(text: str, where: str) -> str:
    """`Pain points, Decision` or `pain | Decision` as `pain|Decision`."""
    lane, _, stage = (part.strip() for part in text.partition("|" if "|" in text else ","))
    names = {key.lower(): name for name, one in BY_NAME.items() for key in (name, one.title)}
    if lane.lower() not in names or not stage:
        raise unknown(where, "cell", text, [f"{one.title}, …" for one in BY_NAME.values()], "write the lane's title, a comma and the stage: Pain points, Decision")
    return f"{names[lane.lower()]}|{stage}"


def _comment(row: Any, where: str, chapters: list[str]) -> Comment:
    from ..record.plan import match_chapter

    if not isinstance(row, dict):
        raise BadInput(where, f"it is {row!r}", f"a mapping with {', '.join(FIELDS)}", "write its fields as `key: value` lines")
    for key in row:
        if key not in FIELDS:
            raise unknown(where, "key", str(key), FIELDS, "correct the comment")
    values = {k: str(v).strip() if v is not None else "" for k, v in row.items()}
    for key in ("author", "text"):
        if not values.get(key):
            raise BadInput(where, f"{key} is missing", "author and text in every comment", "add it to the comment")
    if values.get("status") and values["status"] not in STATES:
        raise unknown(where, "status", values["status"], STATES, "correct the comment")
    if values.get("chapter"):
        values["chapter"] = match_chapter(values["chapter"], chapters, where)
    values["anchor"] = values.get("anchor", "").lstrip("#")
    if values.get("finding") and not _FINDING.fullmatch(values["finding"]):
        raise BadInput(where, f"finding is {values['finding']!r}", "the id of a finding, as F-0123abcdef", "copy it from the report: “Copy as comment” beside the finding")
    if values.get("cell"):
        values["cell"] = _cell(values["cell"], where)
    return Comment(**values)
