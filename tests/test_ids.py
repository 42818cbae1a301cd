"""Ids that name nobody: the list against words met in exports, the rule of 0, ids that a spreadsheet cut, and SQL against pandas."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.ids import WORDS, names_nobody, nobody_sql, plain, real, suspicions

NOBODY = ["ninguno", "aucun client", "nessuno", "geen", "brak", "なし", "нет", "ohne ID", "k.A.", "n.v.t.", "", "null", "NULL", "None", "nan", "N/A", "#N/A", "undefined", "[object Object]", "true", "False", "anonymous", "Anonymous", "(not set)", "guest", "unknown",
          "-", "--", "?", "\\N", "0", "00000", "0.0", "00000000-0000-0000-0000-000000000000", "{{user_id}}", "${userId}", "%USER%", "-1", "missing", "NULL NULL", "undefined_undefined", "unknown user",
          "Unknown-User", "(anonymous user)", "no id", "deleted user", "Not_Set", "ffffffff-ffff-ffff-ffff-ffffffffffff", "#NV", "walk-in customer"]
SOMEBODY = ["u1", "007", "a0", "10", "NA", "1e5", "5e123456", "nullable", "guest42", "c-1", "ana@x.de", "李", "0x1f", "userless", "noida", "nullo", "missing1", "guest 42", "unknown_17", "kein mann", "1805146486.1609057547"]


def text(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="string")


@pytest.mark.parametrize("word", NOBODY)
def test_words_that_name_nobody(word: str) -> None:
    notes: list[str] = []
    out = real(text("u1", word, f"  {word} \u200b", "u2"), "x", notes)
    assert out.fillna("–").tolist() == ["u1", "–", "–", "u2"]
    assert bool(notes) == bool(word.strip()) and (not notes or "2 rows hold a word for 'no id'" in notes[0])


@pytest.mark.parametrize("word", SOMEBODY)
def test_words_that_name_somebody(word: str) -> None:
    assert real(text("u1", word), "x", []).tolist() == ["u1", word]


def test_declared_words() -> None:
    assert real(text("NA", "x", "7"), "x", [], more=["na", 7]).isna().tolist() == [True, False, True]


def test_zero_is_an_id_where_a_column_numbers_from_zero() -> None:
    assert not names_nobody(text("0", "1", "2", "3")).any()
    assert names_nobody(text("0", "1", "2", "3"), more=["0"]).tolist() == [True, False, False, False]
    assert names_nobody(text("0", "17", "23")).tolist() == [True, False, False]
    assert names_nobody(text(*["0"] * 30, "1", "2", "3")).sum() == 30  # most rows: it stands for those who are not logged in


def test_ids_that_a_spreadsheet_cut_are_refused() -> None:
    for cell in ("4.91235E+12", "4,91235E+12", "5E+15", "4.9e12"):
        with pytest.raises(BadInput, match="have lost digits") as told:
            real(text("u1", cell), "x", [])
        assert told.value.allowed and told.value.next
    with pytest.raises(BadInput, match="beyond 2\\^53"):
        real(pd.Series([1.0, 2.0**53]), "x", [])
    assert real(text("1e5", "2E7"), "x", []).tolist() == ["1e5", "2E7"]  # a hash or a product may be called so


def test_ids_as_numbers_with_decimals_are_told() -> None:
    for values in (text("12.0", "7.0", None), pd.Series([12.0, 7.0, None])):
        notes: list[str] = []
        assert real(values, "x", notes).fillna("–").tolist() == ["12", "7", "–"] and "numbers with decimals" in notes[0]
    assert plain(text("12.0", "a")).tolist() == ["12.0", "a"]
    assert plain(pd.Series([12.5, 7.0])).tolist() == ["12.5", "7"]


def test_what_looks_odd_is_told() -> None:
    many = suspicions(text(*["u7"] * 15, *[f"v{i}" for i in range(10)]))
    assert many == ["one id, of the form 'a9', holds 60% of 25 rows; if it stands for nobody, declare it under settings.null_keys"]
    odd = suspicions(text("test", "test", "1111111", "u1", "NA"))
    assert len(odd) == 1 and "'test' 2×" in odd[0] and "'1111111' 1×" in odd[0] and "'NA' 1×" in odd[0]
    assert "differ from another only by letter case or blanks, e.g. two of the forms 'Aa 9' and 'aa9'" in suspicions(text("Ab 1", "ab1", "c"))[0]
    assert "leading zeros, e.g. two of the forms '009' and '9'" in suspicions(text("007", "7", "c"))[0]
    assert suspicions(text("u1", "u2", "u1")) == [] and suspicions(text(None)) == []


def _placeholders(*values: str) -> list[str]:
    return [n for n in suspicions(text(*values)) if "placeholder" in n]


@pytest.mark.parametrize("ids", [
    [f"{first}.{last}{n}@example.org" for n, first in enumerate(["ana", "a", "x", "tess", "testa", "abc"]) for last in ("lopez", "kim", "test")],
    ["a@firma.de", "x@web.de", "info@test.com", "jo@example.com", "testino@posta.it", "nobody.knows@band.org"],
    [str(n) for n in range(1, 1300)], [f"{n:06}" for n in range(111_000, 111_200)], [str(1_000 + 7 * n) for n in range(1_200)],
    ["550e8400-e29b-41d4-a716-446655440000", "11111111-2222-4333-8444-555555555555", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"],
    ["5d41402abc4b2a76b9719d911017c592", "0000a1", "ffff0000", "1805146486.1609057547", "cus_NffrFeUfNV2Hib", "C-1111", "u12345"]])
def test_ids_of_people_raise_no_alarm(ids: list[str]) -> None:
    assert _placeholders(*ids) == []


@pytest.mark.parametrize("word", ["test", "Test User 3", "test_12", "111", "99999", "12345", "xxx", "XX", "aaaa", "NA", "dummy", "default", "admin", "test@firma.de",
                                  "TEST+1@firma.de", "noreply@firma.de", "unknown@firma.de", "guest@firma.de", "xxx@xxx.de", "a@a.com", "test@test"])
def test_what_may_be_a_placeholder_is_told(word: str) -> None:
    told, shown = _placeholders("ana@firma.de", "u42", "4711000", word, word), word.partition("@")[0] + "@…" if "@" in word else word  # whose address it is need not be known
    assert len(told) == 1 and told[0].startswith("this id looks") and f"{shown!r} 2×" in told[0]


def test_a_typed_number_is_told_where_it_holds_more_than_its_like() -> None:
    numbered = [str(n) for n in range(1_000, 1_300)]
    assert _placeholders(*numbered) == []
    assert "'1111' 31×" in _placeholders(*numbered, *["1111"] * 30)[0]


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*sorted(WORDS), *NOBODY, *SOMEBODY]) | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=5), min_size=1, max_size=8))
def test_sql_says_the_same(ids: list[str]) -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE t (n INTEGER, id VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(ids)))
    found = [r[0] is None for r in con.execute(f"SELECT {nobody_sql('id')} FROM t ORDER BY n").fetchall()]
    con.close()
    column = plain(text(*ids, "x"))  # the x keeps a column of 12.0 as it is
    expected = names_nobody(column).tolist()[:-1]
    zero = [i for i, v in enumerate(column[:-1]) if v == "0"]
    assert [f for i, f in enumerate(found) if i not in zero] == [e for i, e in enumerate(expected) if i not in zero]


@pytest.mark.parametrize("word", ["sin usuario", "Brak danych", "N/V", "sans nom", "sem id", "zonder naam"])
def test_words_for_nobody_of_further_languages(word: str) -> None:
    assert names_nobody(text(word)).all() and not names_nobody(text("sin", "Bez", "Sansa", "simon")).any()


def test_notes_name_no_id() -> None:
    """Every id that stands in a note would stand in the import report and in data health."""
    ids = ["anna.berg@shop.example"] * 30 + ["Kx-4711", "kx-4711", "0815", "815", "na@na.example", *(f"90071992547409{n}20" for n in range(10, 22))]
    notes: list[str] = []
    real(text(*ids), "x", notes, persons=True)
    assert len(notes) > 3 and not [i for i in {*ids} if any(i in n for n in notes)]


def test_whole_numbers_beside_the_same_with_decimals_are_one() -> None:
    notes: list[str] = []
    assert real(text("1234.0", "1234", "77", "a", None), "x", notes).tolist()[:4] == ["1234", "1234", "77", "a"]
    assert "written as numbers with decimals, such as '9999.0'" in notes[0]
    assert real(text("1.0", "1.5", "2"), "x", []).tolist() == ["1.0", "1.5", "2"]  # versions, not floats
    with pytest.raises(BadInput, match="lost digits"):
        real(text("9007199254740994.0", "5"), "x", [])


def test_rounded_ids_are_told() -> None:
    exact = [str(9007199254740993 + 3 * k) for k in range(40)]
    rounded = [str(int(float(i))) for i in exact]
    assert not any("rounded" in n for n in suspicions(text(*exact))) and any("a column of floats may have rounded them" in n for n in suspicions(text(*rounded)))
    assert any("a spreadsheet keeps 15 digits" in n for n in suspicions(text("1234567890123450", "2234567890123450", "3234567890123450")))
    assert not any("15 digits" in n for n in suspicions(text("1234567890123451", "2234567890123450", "3234567890123450")))
