"""The columns a question is answered in, and what each column of a multiple-response question stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....errors import BadInput
from ....params.schema import Question
from ..export import Export

SELECTED = " - Selected Choice - "
_BOUNDARIES = (" - ", " – ", " — ", ": ", "? ", " / ", " | ", " [", " (", "[")


def question_columns(export: Export, question: Question) -> list[str]:
    """The column(s) a question is answered in. Raises `BadInput` where there is none."""
    name = question.column
    if name not in export.frame and question.ranges:
        return _with_continued(export, _range(export, question))
    if name not in export.frame and "*" in name:
        found = [str(c) for c in export.frame.columns if _pattern(name).fullmatch(str(c))]
        if found:
            return _with_continued(export, found)
    export.require(name, f"questions: {question.id or name}")
    return _with_continued(export, [name])


def _range(export: Export, question: Question) -> list[str]:
    """The columns from the first to the last one that the question names, in the order of the export. Raises `BadInput`."""
    where = f"questions: {question.id or question.column}"
    ends = [part.strip() for part in question.column.split(" .. ")]
    if len(ends) != 2:
        raise BadInput(f"{export.where}: {where}", f"{question.column!r} names more than a first and a last column", "two columns: Q8_1 .. Q8_9", "map each range as a question of its own")
    for end in ends:
        export.require(end, where)
    columns = [str(c) for c in export.frame.columns]
    first, last = (columns.index(end) for end in ends)
    if first >= last:
        raise BadInput(f"{export.where}: {where}", f"{ends[1]!r} does not stand behind {ends[0]!r} in the export", "the first column, then the last one, in the order of the export",
                       "turn them round, or name one column")
    return columns[first:last + 1]


def names(question: Question, column: str, columns: Sequence[str]) -> bool:
    """Whether a question is answered in a column of an export that has these columns."""
    if question.column in columns:
        return question.column == column
    if question.ranges:
        ends = [end.strip() for end in question.column.split(" .. ")]
        return all(end in columns for end in ends) and columns.index(ends[0]) <= columns.index(column) <= columns.index(ends[-1])
    return "*" in question.column and _pattern(question.column).fullmatch(column) is not None


def _with_continued(export: Export, columns: list[str]) -> list[str]:
    """With the columns on their right whose headers are blank."""
    return list(dict.fromkeys(c for column in columns for c in export.continued.get(column, [column])))


def is_pattern(export: Export, question: Question) -> bool:
    """Whether the question names several columns: by a `*`, from a first to a last one, or by a header that blank ones continue."""
    return question.column in export.continued or (("*" in question.column or question.ranges) and question.column not in export.frame)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(re.escape(part) for part in name.split("*")), re.S)


def star(question: Question, column: str) -> str:
    """What the `*` of a question's column stands for in a column of the export; empty where it has none."""
    found = _pattern(question.column).fullmatch(column)
    return " ".join(g for g in found.groups() if g) if found else ""


def is_write_in(column: str, texts: Mapping[str, str]) -> bool:
    """Whether a column holds the words written beside a choice, as Qualtrics names it."""
    return column.endswith("_TEXT") and texts.get(column, "").endswith("Text")


def declared_labels(question: Question, columns: Sequence[str], where: str) -> dict[str, str]:
    """What each column stands for by the params' `labels`; empty where they give none. Raises `BadInput` unless they name exactly these columns."""
    given = {str(k): str(v) for k, v in question.labels.items()}
    if given and (wrong := sorted(set(given) ^ set(columns))):
        known = "has no label" if wrong[0] in columns else "is none of the question's columns"
        raise BadInput(f"{where}: labels", f"{wrong[0]!r} {known}", f"a label for each of {', '.join(columns)}", "correct `labels`, or the pattern of `column`")
    return given


def choice_labels(question: Question, columns: Sequence[str], texts: Mapping[str, str]) -> dict[str, str]:
    """What each column stands for: its choice in the wording, the words in its last brackets, or what the `*` stands for.

    Empty where the columns have no names of their own, such as Q2_1 and Q2_2 without wording.
    """
    wordings = [texts[c] for c in columns if texts.get(c)]
    ways = [_after_common([w.partition(SELECTED)[2] for w in wordings], cut=False) if all(SELECTED in w for w in wordings)
            else _after_common(wordings, cut=True)] if len(wordings) == len(columns) else []
    ways.append([m[1] if (m := re.search(r"\[([^\[\]]+)\]\s*$", c)) else "" for c in columns])
    stars = [star(question, c) or c for c in columns]
    ways.append(_after_common(stars, cut=True) if len(stars) > 1 else stars)
    for way in ways:
        labels = [re.sub(r"^[\W_]+|[\s_:;,–—-]+$", "", label) for label in way]
        if all(labels) and len(set(labels)) == len(labels) and not all(re.fullmatch(r"\w?\d+", label) for label in labels):
            return dict(zip(columns, labels, strict=True))
    return {}


def _after_common(wordings: Sequence[str], *, cut: bool) -> list[str]:
    """The texts without what they begin with in common, as far as its last boundary."""
    if not cut:
        return list(wordings)
    common = _common(wordings) if len(wordings) > 1 else (wordings[0].rpartition(" - ")[0] + " - " if " - " in wordings[0] else "")
    ends = [common.rfind(b) + len(b) for b in _BOUNDARIES if b in common]
    return [w[max(ends):] if ends else w for w in wordings]


def _common(texts: Sequence[str]) -> str:
    """What all texts begin with, character by character."""
    first, last = min(texts), max(texts)
    return first[: next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))]


def wording(question: Question, columns: Sequence[str], texts: Mapping[str, str]) -> str:
    """The question's text: declared, else from the export (without the choice where there are several columns), else the column."""
    if question.text:
        return question.text
    known = [texts[c] for c in columns if texts.get(c)]
    if not known:
        return question.column
    if len(columns) == 1:
        return known[0]
    if all(SELECTED in w for w in known):
        return known[0].partition(SELECTED)[0]
    shared = _common(known) if len(known) > 1 else known[0]
    head = shared.rpartition(" - ")[0] or known[0].rpartition(" - ")[0]
    return head or known[0]
