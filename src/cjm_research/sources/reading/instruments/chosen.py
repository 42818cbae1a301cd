"""Choices in one column: one answer a cell, or several with something between them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from itertools import pairwise

import pandas as pd

from ....errors import BadInput
from ....params.schema import Question
from ....syntax import literal
from . import texts

#: what never stands inside a choice: a cell may be cut there without a list of the choices
SAFE = (";", "|", "||", ";#", "\n", "\t", "; ", " | ")


def merged(answers: pd.Series, name: str, notes: list[str], known: tuple[str, ...] = ()) -> pd.Series:
    """Spellings that differ in case, blanks, apostrophes and the like become the declared one, else the most frequent."""
    keys = texts.folded(answers)
    counts: dict[str, Counter[str]] = {}
    for key, answer in zip(keys, answers, strict=True):
        counts.setdefault(str(key), Counter())[str(answer)] += 1
    shown = {k: min(c, key=lambda a: (-c[a], a)) for k, c in counts.items()} | {texts.fold(c): c for c in known}
    if several := {k: c for k, c in counts.items() if len(c) > 1}:
        notes.append(f"{name}: spellings of one answer were joined: " + "; ".join(
            f"{shown[k]!r} from {', '.join(f'{a!r} {n:,}×' for a, n in sorted(c.items(), key=lambda x: (-x[1], x[0])))}" for k, c in list(several.items())[:10])
            + (f" and {len(several) - 10} more" if len(several) > 10 else ""))
    return keys.map(shown).astype("string")


def hint(question: Question, answers: pd.Series, notes: list[str]) -> None:
    """Say so where answers look like several in one cell: most hold the same sign, or what it parts also stands alone."""
    listed = {texts.fold(c) for c in [*question.choices, *map(str, question.labels.values())]}
    counts = answers[~texts.folded(answers).isin(list(listed))].value_counts()
    for sign in ("\n", ";", "|", ",", " / ", "\t"):
        cut = {str(c): [p.strip() for p in str(c).split(sign) if p.strip()] for c in counts.index}
        several = {c: parts for c, parts in cut.items() if len(parts) > 1}
        share = sum(int(counts[c]) for c in several) / max(1, len(answers))
        uses = Counter(p for parts in cut.values() for p in set(parts))
        alone = any(p in cut for parts in several.values() for p in parts)
        if several and max(uses.values()) > 1 and (share > 0.5 or (alone and share >= 0.1)):
            notes.append(f"{question.id or question.column}: {share:.0%} of the answers hold {sign!r}, e.g. {next(iter(several))[:60]!r}, and each counts as one answer; "
                         f"where several could be chosen, add `separator: {json.dumps(sign)}` (and `choices`, where a choice holds that sign itself)")
            return


def split(question: Question, cells: pd.Series, where: str, notes: list[str]) -> pd.Series:
    """Several answers a cell, one row each. Raises `BadInput` where the separator may stand inside a choice."""
    separator = str(question.separator)
    if (lists := bracketed(cells, separator)) is not None:
        return lists
    if question.choices:
        return _by_choices(question, cells, separator, notes)
    parts = {str(v): [p for p in (x.strip() for x in str(v).split(separator)) if p] for v in cells.dropna().unique()}
    if separator not in SAFE:
        parts = _joined(question, parts, separator, notes, where)
    if separator not in SAFE and (odd := _torn(list(parts.values()), separator)):
        found = sorted({p for cell in parts.values() for p in cell})
        raise BadInput(where, f"{separator!r} may stand inside a choice: {odd}", "a separator that stands between choices only, or a list of the choices",
                       f"list the choices: `choices: [{', '.join(json.dumps(p, ensure_ascii=False) for p in found[:20])}{', …' if len(found) > 20 else ''}]`, "
                       "with those that were cut joined again")
    rows = cells.map(parts).explode()
    return rows[rows.notna()].astype("string")


def bracketed(cells: pd.Series, separator: str | None = None) -> pd.Series | None:
    """Answers of cells that are lists as programs write them (`["a", "b"]`, `['a', 'b']`; with a separator also `[a, b]` and `{a,b}`), one row each; None for other cells."""
    distinct = [str(v).strip() for v in cells.dropna().unique()]
    if not distinct or not all(v[:1] + v[-1:] in (("[]",) if separator is None else ("[]", "{}")) for v in distinct):
        return None
    found: dict[str, list[str]] = {}
    for cell in distinct:
        try:
            value = literal(cell) if cell.startswith("[") else None
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = None
        if isinstance(value, list) and all(isinstance(x, str | int | float) for x in value):
            found[cell] = [str(x).strip() for x in value]
        elif separator is None:
            return None
        else:
            found[cell] = [x.strip() for x in next(csv.reader([cell[1:-1]], delimiter=separator, skipinitialspace=True), [])] if len(separator) == 1 else cell[1:-1].split(separator)
    rows = cells.str.strip().map({c: [x for x in answers if x] for c, answers in found.items()}).explode()
    return rows[rows.notna()].astype("string")


def _joined(question: Question, parts: dict[str, list[str]], separator: str, notes: list[str], where: str) -> dict[str, list[str]]:
    """Parts put together again that a separator inside a choice has cut beyond doubt.

    A bracket that is open holds what follows; a part in lower case that never begins a cell, where every cell begins
    with a capital or a figure, continues the part before it. Raises `BadInput` where that part also stands without it.
    """
    capitals = all(cell[0][:1].isupper() or cell[0][:1].isdigit() for cell in parts.values() if cell)
    starts = {cell[0] for cell in parts.values() if cell}
    ends = {cell[-1] for cell in parts.values() if cell} | {a for cell in parts.values() for a, b in pairwise(cell) if not b[:1].islower()}
    together: set[str] = set()
    out: dict[str, list[str]] = {}
    for text, cell in parts.items():
        answers: list[str] = []
        for part in cell:
            last = answers[-1] if answers else ""
            opened = last.count("(") > last.count(")") or last.count("[") > last.count("]")
            if last and not opened and capitals and part[:1].islower() and part not in starts and last in ends:
                raise BadInput(where, f"{separator!r} may stand inside a choice: {last!r} stands alone and in {text[:60]!r}",
                               "a separator that stands between choices only, or a list of the choices", f"list the choices: `choices: [{json.dumps(last, ensure_ascii=False)}, …]`")
            if last and (opened or (capitals and part[:1].islower() and part not in starts)):
                between = re.search(re.escape(separator.strip() or separator) + r"\s*", text[text.find(last) + len(last):]) if last in text else None
                answers[-1] = f"{last}{between[0] if between else separator}{part}"
                together.add(answers[-1])
            else:
                answers.append(part)
        out[text] = answers
    whole = sorted(t for t in together if t.count("(") == t.count(")"))
    if whole:
        notes.append(f"{question.id or question.column}: read as one choice each: {', '.join(map(repr, whole[:10]))}; list the `choices` if they are several")
    return out


def _torn(cells: list[list[str]], separator: str) -> str:
    """A sign that choices were cut: brackets or quotes that do not close, or two parts that never occur without each other."""
    every = [p for cell in cells for p in cell]
    if all(p.isdigit() for p in every):
        return ""
    for p in every:
        if p.count("(") != p.count(")") or p.count("[") != p.count("]") or p.count('"') % 2:
            return f"{p!r} is a part of something"
    before: dict[str, set[str | None]] = {}  # what stands on either side of each part; None: nothing
    after: dict[str, set[str | None]] = {}
    for cell in cells:
        for left, right in zip([None, *cell], [*cell, None], strict=True):
            if right is not None:
                before.setdefault(right, set()).add(left)
            if left is not None:
                after.setdefault(left, set()).add(right)
    for p in sorted(set(every)):
        if len(after[p]) == 1 and (other := next(iter(after[p]))) is not None and before[other] == {p}:
            return f"{p!r} and {other!r} occur in '{p}{separator} {other}' only"
    return ""


def _by_choices(question: Question, cells: pd.Series, separator: str, notes: list[str]) -> pd.Series:
    """Cells cut where a listed choice begins and ends, the longest first; what is left over stays one answer."""
    known = {texts.fold(c): c for c in question.choices}
    found: dict[str, list[str]] = {}
    over: Counter[str] = Counter()
    counts = cells.value_counts()
    for cell, n in counts.items():
        tokens, answers, left, at = str(cell).split(separator), [], [], 0
        while at < len(tokens):
            end = next((e for e in range(len(tokens), at, -1) if texts.fold(separator.join(tokens[at:e])) in known), None)
            if end is None:
                left.append(tokens[at])
                at += 1
                continue
            if left:
                answers.append(separator.join(left).strip())
                left = []
            answers.append(known[texts.fold(separator.join(tokens[at:end]))])
            at = end
        answers.append(separator.join(left).strip())
        found[str(cell)] = [a for a in answers if a]
        over.update({a: int(n) for a in found[str(cell)] if a not in question.choices})
    if over:
        most = sorted(over.items(), key=lambda x: (-x[1], x[0]))
        notes.append(f"{question.id or question.column}: {sum(over.values()):,} answers are none of the choices listed and are kept as they are "
                     f"({', '.join(f'{a[:60]!r} {n:,}×' for a, n in most[:10])}{f' and {len(most) - 10} more' if len(most) > 10 else ''})")
    rows = cells.map(found).explode()
    return rows[rows.notna()].astype("string")
