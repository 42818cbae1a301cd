"""A source read once, as the build will read it: what it lacks becomes a question or, where cells prove it, a setting."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import CjmError
from ...params.schema import Source
from ...sources import SOURCES
from ...sources.contract import Context, SourceTables, find_files
from .questions import Question

_MOST_BYTES = 96 << 20  # of one source; larger ones are not read here
_TRIES = 40
_READ_AGAIN = 200 << 20  # bytes that all tries of a source may read
_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:(,? )(\d{1,2}):(\d\d)(:\d\d)?( ?[AaPp][Mm])?)?")


@dataclass
class Trial:
    """What reading it once gave. source: as params have it, with what was proven. left_out: columns that were no question
    of the form proposed. problem: what stopped it, where no question can mend it. again: the source that holds the same rows, where one does."""

    source: dict[str, Any]
    questions: list[Question] = field(default_factory=list)
    delivered: SourceTables | None = None
    problem: str = ""
    left_out: list[str] = field(default_factory=list)
    again: str = ""
    large: bool = False


def trial(said: dict[str, Any], raw: Path, frame: pd.DataFrame | None) -> Trial:
    """Read a proposed source; unanswered questions are assumed away for this reading only."""
    out = Trial(said)
    assumed: dict[str, Any] = {}
    read = 0
    for _ in range(_TRIES):
        source = Source.model_validate(said | assumed | {"settings": said.get("settings", {}) | assumed.get("settings", {})})
        try:
            files = find_files(source, raw)
            size = sum(f.stat().st_size for f in files)
            read += size
            if size > _MOST_BYTES or read > max(size, _READ_AGAIN):
                out.large = True
                return out
            SOURCES[source.kind].check(source)
            out.delivered = SOURCES[source.kind].read(files, source, Context("new", None))
            return out
        except CjmError as problem:
            if not _mended(problem, out, assumed, frame):
                out.problem = f"{problem.found}; {problem.next}"
                return out
    return out


def _mended(problem: CjmError, out: Trial, assumed: dict[str, Any], frame: pd.DataFrame | None) -> bool:
    """Whether a setting that cells prove, or an assumption with its question, takes the problem away."""
    said, name = out.source, str(out.source["name"])
    if (asked := re.search(r"questions: (\w+)$", problem.where)) and (odd := [q for q in said.get("questions", []) if q["id"] == asked[1]]):
        out.left_out.append(str(odd[0]["column"]))
        said["questions"] = [q for q in said["questions"] if q is not odd[0]]
        return bool(said["questions"])
    if "timezone:" in problem.next and "timezone" not in said and "timezone" not in assumed:
        out.questions.append(Question(f"{name}: timezone", "In which zone are these times?", problem.found, "a zone such as Europe/Berlin, or UTC",
                                      "days, weekdays, hours and the order of this source beside others", name, "timezone"))
        assumed["timezone"] = "UTC"
        return True
    settings = assumed.setdefault("settings", {})
    if "time_format" in problem.next and "time_format" not in said.get("settings", {}) and "time_format" not in settings and frame is not None:
        column = _column_of(problem, out.source, frame)
        first, sure = _format(frame[column].dropna().astype("string")) if column else ("", False)
        if not first:
            return False
        if sure:
            said["settings"] = said.get("settings", {}) | {"time_format": first}
        else:
            other = first.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
            out.questions.append(Question(f"{name}: settings.time_format", "Does the day or the month come first?", f"e.g. {frame[column].dropna().iloc[0]}; no number above 12 tells it",
                                          f"{first} (day first) or {other} (month first)", "on which day everything of this source happened", name, "time_format"))
            settings["time_format"] = first
        return True
    if problem.where.endswith("settings.metrics") and "metrics" not in settings and frame is not None:
        likely = _outcomes(frame, said.get("columns", {}))
        if not likely:
            return False
        out.questions.append(Question(f"{name}: settings.metrics", "Which columns are outcomes of the test, seen after it began?", f"columns of numbers: {', '.join(likely[:12])}",
                                      "names of columns, between commas", "what the arms are compared by", name, "metrics"))
        settings["metrics"] = likely
        return True
    if "code_separator" in problem.allowed and "code_separator" not in settings:
        out.questions.append(Question(f"{name}: settings.code_separator", "Which sign parts several codes of one cell?", problem.found, "the sign, or none where a cell is one code", "which codes there are", name, "code_separator"))
        settings["code_separator"] = "none"
        return True
    if "decimal" in problem.next and "decimal" not in settings:
        out.questions.append(Question(f"{name}: settings.decimal", "Which is the decimal mark?", problem.found, "'.' or ','", "every amount of this source", name, "decimal"))
        settings["decimal"] = "."
        return True
    return False


def _column_of(problem: CjmError, said: dict[str, Any], frame: pd.DataFrame) -> str:
    """The export's column that a problem is about, by the canonical column it names."""
    found = re.search(r"columns\.(\w+)", problem.where)
    mapped = said.get("columns", {}).get(found[1]) if found else None
    if mapped in frame:
        return str(mapped)
    kind = SOURCES[said["kind"]]
    named = [v for k, v in kind.says.items() if found and k == f"columns.{found[1]}" and v in frame]
    named += [c for c in map(str, frame.columns) if f"settings.time_columns.{c}" in problem.where]
    return named[0] if named else next((str(c) for c in frame.columns if _shaped(frame[c])), "")


def _outcomes(frame: pd.DataFrame, columns: dict[str, str]) -> list[str]:
    """Columns of numbers that may be outcomes."""
    text = {str(c): frame[c].dropna().astype("string") for c in frame.columns if str(c) not in columns.values()}
    return [c for c, v in text.items() if len(v) and v.str.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?").fillna(False).all()]


def _shaped(values: pd.Series) -> bool:
    text = values.dropna().astype("string").head(50)
    return bool(len(text) and text.str.fullmatch(_DAY).fillna(False).all())


def _format(values: pd.Series) -> tuple[str, bool]:
    """The strptime format of days and moments, day first unless a number says otherwise, and whether the numbers prove it."""
    found = [m for v in values.head(5_000) if (m := _DAY.fullmatch(v))]
    if not found:
        return "", False
    day_first, month_first = any(int(m[1]) > 12 for m in found), any(int(m[3]) > 12 for m in found)
    if day_first and month_first:
        return "", False
    first, second = ("%m", "%d") if month_first else ("%d", "%m")
    m = found[0]
    year = "%Y" if len(m[4]) == 4 else "%y"
    clock = f"{m[5]}{'%I' if m[9] else '%H'}:%M{':%S' if m[8] else ''}{(' ' if m[9].startswith(' ') else '') + '%p' if m[9] else ''}" if m[6] else ""
    return f"{first}{m[2]}{second}{m[2]}{year}{clock}", day_first or month_first
