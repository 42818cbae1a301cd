"""A multiple-response question with a column for each choice: what was ticked, by the column's label.

A column is ticked by a word for yes, by the choice's own text, or (where its label is declared) by its one value;
blanks and words for no are "not chosen". Numbered columns that are filled from the left, blank where somebody has no more
to say, with codes of one list are a list of answers; columns that everybody fills are a grid or a ranking. Anything else is refused: columns that are different questions are not melted into one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from ....errors import BadInput
from ....params.schema import Question
from . import texts
from .columns import choice_labels, declared_labels

_YES = ("1 1.0 true t yes y x on checked selected ticked chosen quoted mentioned ✓ ✔ ☑ ☒ ja j wahr ausgewählt gewählt genannt angekreuzt cité coché mencionado seleccionado selezionato selecionado gekozen oui o vrai si sí sì s verdadero vero sim waar")
_NO = "0 0.0 false f no n off unchecked unselected unticked nein falsch non faux falso não nee onwaar ☐"
YES = frozenset(_YES.split())
NO = frozenset([*_NO.split(), "not selected", "not checked", "not chosen", "not quoted", "not mentioned", "not ticked", "nicht gewählt", "nicht ausgewählt", "nicht genannt",
                "nicht angekreuzt", "non cité", "non coché", "no mencionado", "no seleccionado", "non selezionato", "não selecionado", "niet gekozen"])
#: the least share of respondents with blanks at the end that proves a list
LEAST_SHORT = 0.1
_RANK = re.compile(r"(?:rank |place |no\.? ?|#)?(\d{1,3})(?:\.0+|\.|st|nd|rd|th|er|ère|e|ème|º|ª|°|o|a)?")
OTHER = ("other", "sonstige", "anderes", "andere", "autre", "otro", "otra", "altro", "anders", "outro")


def ticked(question: Question, cells: Mapping[str, pd.Series], wordings: Mapping[str, str], where: str, counts: dict[str, int],
           notes: list[str]) -> pd.Series:
    """The answers of each respondent, one row a tick, and one without an answer for who ticked nothing and said so. cells: column → answers (missing where there is none). Raises `BadInput`."""
    columns = list(cells)
    name = question.id or question.column
    keys = {c: texts.folded(cells[c]) for c in columns}
    labels = _labels(question, columns, wordings, where)
    values = {c: sorted(set(keys[c].dropna()) - NO) for c in columns}
    unlike = {c: v for c in columns if (v := values[c]) and not _ticks(v, labels.get(c), declared=bool(question.labels))}
    if unlike:
        return _listed(question, cells, keys, unlike, labels, where, counts, notes)
    if any(values.values()) and len(labels) < len(columns):
        raise BadInput(where, f"the columns {', '.join(columns[:8])} say whether something was chosen, but not what", "columns whose names say it, or labels",
                       f"add `labels: {{{', '.join(f'{c}: <what it stands for>' for c in columns)}}}` to the question")
    said_no = pd.DataFrame({c: keys[c].isin(list(NO)).fillna(False) for c in columns})
    on = pd.DataFrame({c: keys[c].notna() & ~said_no[c] for c in columns})
    filled, chose = (on | said_no).any(axis=1), on.any(axis=1)
    counts |= {"kept": int(on.to_numpy().sum()), "not chosen": int(said_no.to_numpy().sum()), "asked, none chosen": int((filled & ~chose).sum()),
               "without any cell": int((~filled).sum())}
    others = [c for c in columns if _is_other(labels.get(c)) and values[c] and not set(values[c]) <= YES]
    for c in others:
        notes.append(f"{name}: what people wrote in {c} ({int(on[c].sum()):,} texts) counts as {labels[c]!r}; map the column with instrument: text to keep the words")
    if (~filled).any() and not said_no.to_numpy().any():
        notes.append(f"{name}: {int((~filled).sum()):,} respondents ticked nothing; these columns do not tell whether they were asked")
    parts = [pd.Series(labels[c], index=cells[c].index[on[c]], dtype="string") for c in columns if on[c].any()]
    # who said no to every choice was asked: an answer without a choice, which belongs to the base
    parts.append(pd.Series(pd.NA, index=filled.index[filled & ~chose], dtype="string"))
    return pd.concat(parts)


def _labels(question: Question, columns: Sequence[str], wordings: Mapping[str, str], where: str) -> dict[str, str]:
    return declared_labels(question, columns, where) or choice_labels(question, columns, wordings)


def _ticks(values: list[str], label: str | None, *, declared: bool) -> bool:
    own = {texts.fold(label)} if label else set()
    return set(values) <= YES | own or (declared and len(values) == 1) or (_is_other(label) and not set(values) <= {"2"})


def _is_other(label: str | None) -> bool:
    return bool(label) and texts.fold(str(label)).startswith(OTHER)


def _ranks(frame: pd.DataFrame) -> bool:
    """Whether every respondent's answers are the numbers 1, 2, … each once, as places of a ranking are."""
    found = {str(v): int(m[1]) for v in pd.unique(frame.to_numpy().ravel()) if isinstance(v, str) and (m := _RANK.fullmatch(v))}
    rows = [[str(v) for v in row if isinstance(v, str)] for row in frame.to_numpy(dtype=object)]
    return all(v in found for row in rows for v in row) and all(sorted(found[v] for v in row) == list(range(1, len(row) + 1)) for row in rows)


def _listed(question: Question, cells: Mapping[str, pd.Series], keys: Mapping[str, pd.Series], unlike: Mapping[str, list[str]],
            labels: Mapping[str, str], where: str, counts: dict[str, int], notes: list[str]) -> pd.Series:
    """The columns as places of one list: filled from the left, nothing twice in a row. Raises `BadInput` for other columns."""
    frame = pd.DataFrame(dict(keys))
    known = {texts.fold(c) for c in question.choices}
    within = bool(known) and all(set(v) <= known for v in unlike.values())
    filled = frame.notna()
    from_left = all(not (filled.iloc[:, k + 1] & ~filled.iloc[:, k]).any() for k in range(frame.shape[1] - 1))
    long = frame.stack().dropna()
    twice = long.groupby(level=0).apply(lambda answers: answers.duplicated().any()).any()
    # later places repeat what stood in the first one before
    first = set(frame.iloc[:, 0].dropna())
    shared = all(not v or len(v & first) * 2 >= len(v) for v in (set(frame[c].dropna()) for c in frame.columns[1:]))
    answered = int(filled.any(axis=1).sum())
    short = int((filled.any(axis=1) & ~filled.all(axis=1)).sum())
    proven = from_left and not twice and shared and frame.shape[1] > 1 and not labels and short > 0 and short >= LEAST_SHORT * answered and not _ranks(frame)
    if not within and not proven:
        shown = "; ".join(f"{c}: {', '.join(map(repr, sorted(set(cells[c].dropna()), key=str)[:4]))}" + (", …" if cells[c].nunique() > 4 else "")
                          for c in list(unlike)[:6])
        pairs = ", ".join(f"{json.dumps(c, ensure_ascii=False)}: {json.dumps(labels.get(c, '<what it stands for>'), ensure_ascii=False)}" for c in list(cells)[:8])
        raise BadInput(where, f"the columns are not ticks of one question, so they are not melted into one ({shown})",
                       "in each column a word for yes (1, True, Yes, x) or the choice's own text, else blank or a word for no; or numbered columns filled from the left with answers of one list, "
                       f"blank at the end for at least {LEAST_SHORT:.0%} of the respondents",
                       f"map columns that ask different things as questions of their own; where one value means chosen, add `labels: {{{pairs}}}`; where the columns hold "
                       "answers of one list, add `choices: […]`; recode other values (1 yes, 2 no) by `settings.values`")
    counts |= {"kept": int(filled.to_numpy().sum())}
    return pd.concat([c.dropna() for c in cells.values()])
