"""Which ids name nobody: the one list, for customers, sessions, units, responses and records of every source.

An export writes "undefined" or 0 where it knows no id; taken for an id it pools strangers into one person. What only
looks like a placeholder (test, 1111) is told and stays; what a spreadsheet has cut (4.91235E+12) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from .errors import BadInput

_NOTHING = "null|none|nil|nan|nat|undefined|missing"
_WHO = "user|customer|client|visitor|person|member|contact|account|profile|subscriber|buyer|shopper|kunde|kundin|benutzer|nutzer|besucher|utilisateur|cliente|usuario"
_WITHOUT = rf"(?:sin|sans|senza|sem|zonder|bez|ohne)[\s_.-]*(?:(?:{_WHO}|nombre|nom|nome|naam|name|danych)(?:[\s_.-]*id)?|id)|brak[\s_.-]*danych|n/v|n\.v\."
_NO = ("unknown|unbekannt(?:er|e)?|ohne|niemand|inconnue?|aucune?|ningun[oa]?|ningún|nadie|nessun[oa]?|geen|brak|нет|なし|無|无|desconocid[oa]|sconosciut[oa]|onbekend|anon|anonym(?:ous|us|e|er)?|an[oó]nim[oa]|guest|gast|unidentified|unregistered|"
       "unassigned|redacted|deleted|removed|missing|undefined|null|none")
#: spellings of "no id" whatever stands about or between their words: (unknown user), Unknown_User, NULL NULL, no-id
_SAID = (rf"[(\[<{{\"']*(?:(?:{_NOTHING})(?:[\s_.-]?(?:{_NOTHING})){{0,3}}|(?:{_NO})(?:[\s_.-]*(?:{_WHO}))?(?:[\s_.-]*id)?|{_WITHOUT}|no[\s_.-]*(?:(?:{_WHO})[\s_.-]*)?id|no[\s_.-]*(?:{_WHO})|"
         r"not[\s_.-]+(?:set|provided|available|found|applicable|assigned|logged[\s_.-]*in)|logged[\s_.-]*out|keine?|empty|object[\s_.-]*(?:object|undefined)|"
         r"walk[\s_.-]*in(?:[\s_.-]*customer)?|cash[\s_.-]*(?:customer|sale)|laufkund(?:e|schaft))[)\]>}\"']*")
#: spellings of "no id" that are no words, in lower case: what programs and spreadsheets write
WORDS = frozenset((
    "", "(blank)", "[blank]", "n/a", "n.a.", "k.a.", "k. a.", "s/d", "s.d.", "n.v.t.", "#n/a", "<na>", "\\n", "true", "false", "-1", "#ref!", "#value!", "#name?", "#null!", "#div/0!", "#num!", "#n/d", "#nv", "#wert!",
    "#bezug!", "#zahl!", "#valor!", "#valeur!", "#nom?"))
#: what names nobody by its shape: no letter or digit, zeros only, a UUID of f only, a template that nobody filled
NOBODY = (r"[^\p{L}\p{N}]*|[{(]?0{2,}(?:[-:]?0+)*[)}]?|0+(?:\.0+)?|(?i:f{8}-?(?:f{4}-?){3}f{12})|\{\{.*\}\}|\$\{.*\}|%[A-Za-z_]+%|<%.*%>"
          rf"|(?i:{_SAID})")
#: what may be a placeholder, or somebody
_SUSPECT = (r"(?i)x{2,}|na|test([-_ .]?(user|id|account|customer)?[-_ .]?\d*)?|tester|testing|dummy|sample|example|default|admin|"
            r"user|customer|visitor|somebody|nobody|temp|tbd|todo|((user|customer|client|visitor|session|account)[_ -]?)?id|"
            # of an address only what stands before the @: whole exports lie on example.org
            r"(test(er|ing|user)?[-_.+]?\d*|na|n-?a|no-?reply|none|null|unknown|guest|anonym(ous)?|dummy|somebody|nobody|foo|x{2,})@.*"
            # without back references, which would take the ids one by one
            + "".join(rf"|{c}{{4,}}|{c}+@{c}+(\.\w+)?" for c in "abcdefghijklmnopqrstuvwxyz"))
_TYPED = "|".join(f"{d}{{3,}}" for d in range(10)) + "|0?1234(5(6(7(8(90?)?)?)?)?)?"  # a number that a finger types who has none to give
_CUT = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d+|[+-]?\d[.,]\d+[eE]\d+", re.A)
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
MOST_OF_ONE = 0.5  # of the rows: one id with more is told
_MANY_NUMBERS = 50  # ids of as many digits: one of them may look typed by chance
_FEWEST_LONG, _FEWEST_BEYOND = 3, 10  # ids of 16 digits that all end in 0, or that floats hold by chance once in a thousand columns
FEWEST_ROWS = 20  # below this a share says nothing
_WHOLE_FLOAT = 2.0**53  # a float keeps whole numbers up to here
#: ids that no rule here can mean: letters, digits and single signs between them, and a digit that is not 0. No word for "no id" has such
#: a digit, and neither decimals nor exponents of a spreadsheet come without a point, a comma or a plus. Read by Arrow, DuckDB and Python alike
SURELY = ("^[0-9A-Za-z]+(?:[-_:][0-9A-Za-z]+)*$", "[1-9]")


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
    written = _floats(text)
    return text.mask(written, text.str[:-2]) if written.any() else text


def names_nobody(text: pd.Series, more: Iterable[object] = (), *, zero: bool = True) -> pd.Series:
    """Which of the trimmed ids name nobody; missing ones do not count among them.

    more: further spellings that params declare; zero: whether 0 may be one, which a column decides that is whole. 0 is an id where the column numbers from zero: 1 and 2 are ids there too,
    and 0 holds no more than ten times the rows of the middle id.
    """
    ids = text.dropna().drop_duplicates()
    declared = {str(m).strip().lower() for m in more}
    nobody = set(ids[ids.str.lower().isin(declared)]) if declared else set()
    odd = ids[~surely(ids)].str.lower()
    nobody |= set(ids[odd.index[odd.isin(WORDS) | odd.str.fullmatch(_SHAPE).fillna(False).astype(bool)]])
    if "0" in nobody and "0" not in {str(m).strip() for m in more}:
        counts = text.value_counts() if zero and {"1", "2"} <= set(ids) else None
        if not zero or (counts is not None and counts["0"] <= 10 * counts.median()):
            nobody.discard("0")
    return text.isin(nobody).fillna(False).astype(bool)


def normal_key(key_type: str, keys: pd.Series) -> pd.Series:
    """Keys in one spelling: letters composed ("ö" is one character), e-mail in lower case, phone numbers as digits, others trimmed; what names nobody is missing."""
    text = keys.astype("string").str.strip()
    odd = text.str.contains(r"[^\x00-\x7f]", regex=True).fillna(False).astype(bool)
    if odd.any():
        text = text.mask(odd, text[odd].str.normalize("NFC"))
    if key_type == "email":
        text = text.str.lower()
    elif key_type == "phone":
        text = text.str.replace(r"[^\d+]", "", regex=True)
    return text.mask(names_nobody(text, zero=False))


def surely(text: pd.Series) -> pd.Series:
    """Which ids are beyond doubt: nothing that stands for nobody, was written as a decimal or cut; missing ones are not."""
    found = text.str.contains(SURELY[1], regex=True) & text.str.contains(SURELY[0], regex=True) & ~text.str.endswith("\n")
    return found.fillna(False).astype(bool)


def real(values: pd.Series, where: str, notes: list[str], more: Iterable[object] = (), *, persons: bool = False) -> pd.Series:
    """Ids without those that name nobody, which become missing and are noted.

    persons: whether the ids are of people, so that one that holds most rows, or looks like a placeholder, is told. Raises
    `BadInput` for ids that have lost digits.
    """
    sure = pd.api.types.is_string_dtype(values) and bool((surely(text := values.astype("string")) | text.isna()).all())  # as most columns of ids are
    if not sure:
        refuse_cut(values, where)
        text = plain(values)
        if not pd.api.types.is_float_dtype(values) and (written := _floats(values.astype("string").str.strip())).any():
            _note(notes, f"{where}: ids were written as numbers with decimals, such as {form(values[written].iloc[0])!r}; the decimals are left out")
        elif pd.api.types.is_float_dtype(values) and values.notna().any():
            _note(notes, f"{where}: ids are stored as numbers with decimals; they are read as whole numbers")
    nobody = pd.Series(False, index=text.index) if sure and not more else names_nobody(text, more)
    if nobody.any():
        said = text[nobody & (text != "").fillna(False)].value_counts()
        if len(said):
            shown = ", ".join(f"{str(v)[:40]!r} {n:,}×" for v, n in said.head(6).items())
            _note(notes, f"{where}: {int(said.sum()):,} rows hold a word for 'no id' ({shown})")
        text = text.mask(nobody)
    if persons:
        for note in suspicions(text):
            _note(notes, f"{where}: {note}")
    return text


def form(value: object) -> str:
    """How an id is written, without saying which: notes are read by people who need not know whom they are about."""
    return "".join("9" if c in "123456789" else ("A" if c.isupper() else "a") if c.isalpha() else c for c in str(value)[:40])


def _named(placeholder: str) -> str:
    """A likely placeholder as notes show it: as it is, so that it can be declared; of an address only what stands before the @."""
    before, at, _ = placeholder.partition("@")
    return repr(f"{before[:40]}@…" if at else placeholder[:40])


def suspicions(text: pd.Series) -> list[str]:
    """What is odd about ids of persons, in words: one that holds most rows, likely placeholders, ids that differ by case, blanks or zeros.

    None of them names an id; `form` says how it is written.
    """
    return suspicions_of(text.value_counts())


def suspicions_of(counts: pd.Series) -> list[str]:
    """The same of how often each id occurs, as `value_counts` gives it."""
    if not len(counts):
        return []
    said, rows = [], int(counts.sum())
    top, n = str(counts.index[0]), int(counts.iloc[0])
    crowd = len(counts) > 1 and rows >= FEWEST_ROWS and (n > MOST_OF_ONE * rows or (n > 0.1 * rows and n >= 100 and n > 100 * counts.median()))
    if crowd:
        said.append(f"one id, of the form {form(top)!r}, holds {n / rows:.0%} of {rows:,} rows; if it stands for nobody, declare it under settings.null_keys")
    names = pd.Series(counts.index.astype("string"), dtype="string")
    odd = names[names.str.fullmatch(_SUSPECT).fillna(False).astype(bool) | _typed(names, counts)]
    if len(odd):
        shown = ", ".join(f"{_named(v)} {int(counts[v]):,}×" for v in odd[:6])
        said.append(f"{'this id looks' if len(odd) == 1 else f'{len(odd):,} ids look'} like a placeholder ({shown}); declare what stands for nobody "
                    "under settings.null_keys")
    if rounded := _rounded(names):
        said.append(f"{rounded}; export them as text")
    folded = names.str.lower().str.replace(r"\s+", "", regex=True)
    if (twins := folded.duplicated(keep=False)).any():
        pair = names[folded == folded[twins].iloc[0]].tolist()
        said.append(f"{int(twins.sum()):,} ids differ from another only by letter case or blanks, e.g. two of the forms {form(pair[0])!r} and {form(pair[1])!r}; they stay different")
    if names.str.match(r"0+\d").any():
        short = names.str.replace(r"^0+(?=\d)", "", regex=True)
        if (twins := short.duplicated(keep=False)).any():
            pair = names[short == short[twins].iloc[0]].tolist()
            said.append(f"{int(twins.sum()):,} ids differ from another only by leading zeros, e.g. two of the forms {form(pair[0])!r} and {form(pair[1])!r}; they stay different")
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
    shape = NOBODY.replace("'", "''")
    return f"CASE WHEN lower({text}) IN ({words}) OR regexp_full_match({text}, '{shape}') THEN NULL ELSE {text} END"


def refuse_cut(values: pd.Series, where: str) -> None:
    """Raise `BadInput` for ids that a spreadsheet or a float column has cut (4.91235E+12)."""
    if pd.api.types.is_float_dtype(values):
        lost = values.abs() >= _WHOLE_FLOAT
        if lost.fillna(False).any():
            raise BadInput(where, f"the id {values[lost.fillna(False)].iloc[0]!r} is a number beyond 2^53, where digits are lost", "ids as text",
                           "export the column as text; it was stored as a number with decimals")
        return
    text = values.astype("string").str.strip()
    cut = text[text.str.fullmatch(_CUT.pattern).fillna(False).astype(bool)]
    beyond = text[text.str.fullmatch(r"[0-9]{16,}\.0+").fillna(False).astype(bool)]
    if len(beyond) and (beyond := beyond[[float(v) >= _WHOLE_FLOAT for v in beyond]]).size:
        cut = beyond
    if len(cut):
        raise BadInput(where, f"{len(cut):,} ids such as {cut.iloc[0]!r} have lost digits: a spreadsheet wrote them, and different ids became one",
                       "ids as text", "export again without a spreadsheet between, or format the column as text there")


def _floats(text: pd.Series) -> pd.Series:
    """Which ids are whole numbers with `.0`, as spreadsheets and data frames write them where cells are missing.

    None are where an id has other decimals, nor among words and codes, unless one of them stands without its `.0` beside it.
    """
    given = text[text.notna() & (text != "")]
    dotted, plain_ = given.str.fullmatch(r"[0-9]+\.[0-9]+").astype(bool), given.str.fullmatch("[0-9]+").astype(bool)
    whole = dotted & given.str.endswith(".0").astype(bool)
    meant = whole.any() and (dotted == whole).all() and not given[whole].isin(["0.0"]).all() and (
        (whole | plain_).all() or bool(given[whole].str[:-2].isin(set(given[plain_])).any()))
    return whole.reindex(text.index, fill_value=False) if meant else pd.Series(False, index=text.index)


def _rounded(names: pd.Series) -> str | None:
    """Whether long ids look as if a spreadsheet (15 digits) or a column of floats had rounded all of them, in words."""
    long = names[names.str.fullmatch(r"[1-9][0-9]{15,30}").fillna(False).astype(bool)]
    if len(long) >= _FEWEST_LONG and long.str.endswith("0").all():
        return f"all {len(long):,} ids of 16 digits and more end in 0: a spreadsheet keeps 15 digits, so that different ids may have become one"
    numbers = [int(v) for v in long]
    beyond = [n for n in numbers if n > _WHOLE_FLOAT]
    if len(beyond) >= _FEWEST_BEYOND and all(int(float(n)) == n for n in beyond):
        return (f"all {len(beyond):,} ids beyond 2^53 are numbers that a float can hold: a column of floats may have rounded them, so that "
                "different ids became one")
    return None


def _note(notes: list[str], note: str) -> None:
    if note not in notes:
        notes.append(note)


# pandas reads Python's regular expressions, which have no \p{L}; DuckDB's have
_SHAPE = NOBODY.replace(r"[^\p{L}\p{N}]*", r"[\W_]*")
