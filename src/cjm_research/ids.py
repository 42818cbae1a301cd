"""Which ids name nobody: the one list, for customers, sessions, units, responses and records of every source.

An export writes "undefined" or 0 where it knows no id; taken for an id it pools strangers into one person. What only
looks like a placeholder (test, 1111) is told and stays; what a spreadsheet has cut (4.91235E+12) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from .errors import BadInput

#: spellings of "no id", in lower case
WORDS = frozenset((
    "", "null", "(null)", "<null>", "[null]", "none", "(none)", "nil", "nan", "nat", "n/a", "n.a.", "#n/a", "<na>", "\\n", "undefined", "(undefined)",
    "[object object]", "object object", "[object undefined]", "true", "false", "(not set)", "not set", "(not provided)", "not available", "empty", "(empty)",
    "(blank)", "unknown", "(unknown)", "unbekannt", "inconnu", "desconocido", "anonymous", "(anonymous)", "anonym", "anonymus", "anonyme", "anonimo",
    "anónimo", "anonymous user", "anon", "guest", "guest user", "gast", "not logged in", "logged out", "no user", "-1", "#ref!", "#value!", "#name?",
    "#null!", "#div/0!", "redacted", "[redacted]", "deleted", "[deleted]"))
#: what names nobody by its shape: no letter or digit, zeros only, a template that nobody filled
NOBODY = r"[^\p{L}\p{N}]*|[{(]?0{2,}(?:[-:]?0+)*[)}]?|0+(?:\.0+)?|\{\{.*\}\}|\$\{.*\}|%[A-Za-z_]+%|<%.*%>"
#: what may be a placeholder, or somebody
_SUSPECT = (r"(?i)x{2,}|na|test([-_ .]?(user|id|account|customer)?[-_ .]?\d*)?|tester|testing|dummy|sample|example|default|admin|"
            r"user|customer|visitor|somebody|nobody|temp|tbd|todo|"
            # of an address only what stands before the @: whole exports lie on example.org
            r"(test(er|ing|user)?[-_.+]?\d*|no-?reply|none|null|unknown|guest|anonym(ous)?|dummy|somebody|nobody|foo|x{2,})@.*"
            # without back references, which would take the ids one by one
            + "".join(rf"|{c}{{4,}}|{c}+@{c}+(\.\w+)?" for c in "abcdefghijklmnopqrstuvwxyz"))
_TYPED = "|".join(f"{d}{{3,}}" for d in range(10)) + "|0?1234(5(6(7(8(90?)?)?)?)?)?"  # a number that a finger types who has none to give
_CUT = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d+|[+-]?\d[.,]\d+[eE]\d+", re.A)
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
MOST_OF_ONE = 0.5  # of the rows: one id with more is told
_MANY_NUMBERS = 50  # ids of as many digits: one of them may look typed by chance
FEWEST_ROWS = 20  # below this a share says nothing
_WHOLE_FLOAT = 2.0**53  # a float keeps whole numbers up to here


def plain(values: pd.Series) -> pd.Series:
    """Ids as trimmed text; whole numbers of a spreadsheet or a float column lose their `.0`, nothing else is changed."""
    if pd.api.types.is_float_dtype(values):
        number = values.astype("Float64")
        whole = (number == number.round()).fillna(False).astype(bool) & (number.abs() < _WHOLE_FLOAT).fillna(False).astype(bool)
        text = values.astype("string")
        return text.mask(whole, number.where(whole).astype("Int64").astype("string"))
    text = values.astype("string")
    if len(text) and text.str.contains(f"[{_INVISIBLE}]", regex=True).any():
        text = text.str.replace(f"[{_INVISIBLE}]", "", regex=True)
    text = text.str.strip()
    return text.str[:-2] if _all_floats(text) else text


def names_nobody(text: pd.Series, more: Iterable[object] = (), *, zero: bool = True) -> pd.Series:
    """Which of the trimmed ids name nobody; missing ones do not count among them.

    more: further spellings that params declare; zero: whether 0 may be one, which a column decides that is whole. 0 is an id where the column numbers from zero: 1 and 2 are ids there too,
    and 0 holds no more than ten times the rows of the middle id.
    """
    ids = text.dropna().drop_duplicates()
    lower = ids.str.lower()
    words = WORDS | {str(m).strip().lower() for m in more}
    nobody = set(ids[lower.isin(words) | lower.str.fullmatch(_SHAPE).fillna(False).astype(bool)])
    if "0" in nobody and "0" not in {str(m).strip() for m in more}:
        counts = text.value_counts() if zero and {"1", "2"} <= set(ids) else None
        if not zero or (counts is not None and counts["0"] <= 10 * counts.median()):
            nobody.discard("0")
    return text.isin(nobody).fillna(False).astype(bool)


def real(values: pd.Series, where: str, notes: list[str], more: Iterable[object] = (), *, persons: bool = False) -> pd.Series:
    """Ids without those that name nobody, which become missing and are noted.

    persons: whether the ids are of people, so that one that holds most rows, or looks like a placeholder, is told. Raises
    `BadInput` for ids that have lost digits.
    """
    _refuse_cut(values, where)
    text = plain(values)
    if not pd.api.types.is_float_dtype(values) and _all_floats(values.astype("string").str.strip()):
        _note(notes, f"{where}: ids were written as numbers with decimals, such as {values.dropna().iloc[0]!r}; they are read as {text.dropna().iloc[0]!r}")
    elif pd.api.types.is_float_dtype(values) and values.notna().any():
        _note(notes, f"{where}: ids are stored as numbers with decimals; they are read as whole numbers such as {text.dropna().iloc[0]!r}")
    nobody = names_nobody(text, more)
    if nobody.any():
        said = text[nobody & (text != "").fillna(False)].value_counts()
        if len(said):
            shown = ", ".join(f"{v[:40]!r} {n:,}×" for v, n in said.head(6).items())
            _note(notes, f"{where}: {int(said.sum()):,} rows hold a word for 'no id' ({shown})")
        text = text.mask(nobody)
    if persons:
        for note in suspicions(text):
            _note(notes, f"{where}: {note}")
    return text


def suspicions(text: pd.Series) -> list[str]:
    """What is odd about ids of persons, in words: one that holds most rows, likely placeholders, ids that differ by case, blanks or zeros."""
    counts = text.value_counts()
    if not len(counts):
        return []
    said, rows = [], int(counts.sum())
    top, n = str(counts.index[0]), int(counts.iloc[0])
    crowd = len(counts) > 1 and rows >= FEWEST_ROWS and (n > MOST_OF_ONE * rows or (n > 0.1 * rows and n >= 100 and n > 100 * counts.median()))
    if crowd:
        said.append(f"one id, {top[:40]!r}, holds {n / rows:.0%} of {rows:,} rows; if it stands for nobody, declare it under settings.null_keys")
    names = pd.Series(counts.index.astype("string"), dtype="string")
    odd = names[names.str.fullmatch(_SUSPECT).fillna(False).astype(bool) | _typed(names, counts)]
    if len(odd):
        shown = ", ".join(f"{v[:40]!r} {int(counts[v]):,}×" for v in odd[:6])
        said.append(f"{'this id looks' if len(odd) == 1 else f'{len(odd):,} ids look'} like a placeholder ({shown}); declare what stands for nobody "
                    "under settings.null_keys")
    folded = names.str.lower().str.replace(r"\s+", "", regex=True)
    if (twins := folded.duplicated(keep=False)).any():
        pair = names[folded == folded[twins].iloc[0]].tolist()
        said.append(f"{int(twins.sum()):,} ids differ from another only by letter case or blanks, e.g. {pair[0]!r} and {pair[1]!r}; they stay different")
    if names.str.match(r"0+\d").any():
        short = names.str.replace(r"^0+(?=\d)", "", regex=True)
        if (twins := short.duplicated(keep=False)).any():
            pair = names[short == short[twins].iloc[0]].tolist()
            said.append(f"{int(twins.sum()):,} ids differ from another only by leading zeros, e.g. {pair[0]!r} and {pair[1]!r}; they stay different")
    return said


def _typed(names: pd.Series, counts: pd.Series) -> pd.Series:
    """Which ids are numbers such as 1111 or 12345, unless the column numbers its people and they are as good as their neighbours."""
    typed = names.str.fullmatch(_TYPED).fillna(False).astype(bool)
    if not typed.any():
        return typed
    known, middle = set(names[names.str.fullmatch("[0-9]{1,18}").fillna(False).astype(bool)]), counts.median()
    lengths = pd.Series(list(known), dtype="string").str.len().value_counts()
    for at, name in names[typed].items():
        near = any(str(int(name) + step).zfill(len(name)) in known for step in (-3, -2, -1, 1, 2, 3))
        if counts[name] <= 10 * middle and (near or lengths.get(len(name), 0) >= _MANY_NUMBERS):
            typed[at] = False
    return typed


def nobody_sql(column: str, more: Iterable[object] = ()) -> str:
    """SQL (DuckDB) of the same list: the trimmed id, or NULL where it names nobody. 0 always names nobody here."""
    words = ", ".join("'" + w.replace("'", "''") + "'" for w in sorted(WORDS | {str(m).strip().lower() for m in more}))
    text = f"trim(CAST({column} AS VARCHAR), ' \t\r\n\u00a0{_INVISIBLE}')"
    return f"CASE WHEN lower({text}) IN ({words}) OR regexp_full_match({text}, '{NOBODY}') THEN NULL ELSE {text} END"


def _refuse_cut(values: pd.Series, where: str) -> None:
    if pd.api.types.is_float_dtype(values):
        lost = values.abs() >= _WHOLE_FLOAT
        if lost.fillna(False).any():
            raise BadInput(where, f"the id {values[lost.fillna(False)].iloc[0]!r} is a number beyond 2^53, where digits are lost", "ids as text",
                           "export the column as text; it was stored as a number with decimals")
        return
    text = values.astype("string").str.strip()
    cut = text[text.str.fullmatch(_CUT.pattern).fillna(False).astype(bool)]
    if len(cut):
        raise BadInput(where, f"{len(cut):,} ids such as {cut.iloc[0]!r} have lost digits: a spreadsheet wrote them, and different ids became one",
                       "ids as text", "export again without a spreadsheet between, or format the column as text there")


def _all_floats(text: pd.Series) -> bool:
    """Whether a column of whole numbers was written with `.0` throughout, as spreadsheets and data frames do where cells are missing."""
    given = text[text.notna() & (text != "")]
    return bool(len(given)) and bool(given.str.fullmatch(r"\d+\.0").all())


def _note(notes: list[str], note: str) -> None:
    if note not in notes:
        notes.append(note)


# pandas reads Python's regular expressions, which have no \p{L}; DuckDB's have
_SHAPE = NOBODY.replace(r"[^\p{L}\p{N}]*", r"[\W_]*")
