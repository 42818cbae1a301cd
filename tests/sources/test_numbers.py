"""Numbers of exports: every spelling against a value worked out by hand, and one mark a column against a plain second reader."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.contract import ImportReport
from cjm_research.sources.reading.numbers import to_numbers
from cjm_research.sources.reading.numbers.columns import spell_column
from cjm_research.sources.reading.numbers.spelling import spell


def read(*cells: str | None, decimal: str | None = None, **options: object) -> tuple[list[float | None], list[str]]:
    report = ImportReport("s", "k")
    out = to_numbers(pd.Series(list(cells), dtype="string"), "x", report, decimal, **options)  # type: ignore[arg-type]
    return [None if pd.isna(v) else float(v) for v in out], report.notes


@pytest.mark.parametrize(("text", "value"), [
    ("(40.00)", -40), ("[40.00]", -40), ("40.00-", -40), ("40.00 -", -40), ("−40", -40), ("–40", -40), ("- 40", -40), ("+40", 40), ("40+", 40),
    ("-€40", -40), ("€-40", -40), ("€ -40.00", -40), ("(€40.00)", -40), ("€(40.00)", -40), ("[$1,040.50]", -1040.5), ("(1.234,50) EUR", -1234.5),
    ("- €1.234,50", -1234.5), ("EUR1,50", 1.5), ("R$ 1.234,56", 1234.56), ("CHF 1'234.50", 1234.5), ("1’234.50", 1234.5), ("1 234,50", 1234.5),
    ("1\u00a0234,50\u00a0€", 1234.5), ("1\u2009234.5", 1234.5), ("1,00,000", 100000), ("₹ 12,34,567.50", 1234567.5), ("12,-", 12), ("12.--", 12), ("CHF 12.–", 12),
    (".5", 0.5), ("5.", 5), ("0,123", 0.123), ("1,5e3", 1500), ("1.5E+3", 1500), ("007", 7), ("-0", 0)])
def test_spellings(text: str, value: float) -> None:
    assert read(text)[0] == [value]


@pytest.mark.parametrize("text", ["12 pcs", "1.2.3", "1,2,3", "1 23", "12,34,56", "--5", "(-5)", "-5-", "½", "1/2", "<5", "~10", "10k", "12:30", "0x1F", "1e400", "inf",
                                  "1_000", "€", "5 US", "1,234.5,6", "१२"])
def test_what_is_no_number(text: str) -> None:
    cells = [text] + ["2.5"] * 30
    found, notes = read(*cells)
    assert found == [None] + [2.5] * 30 and "1 value of 31 cannot be read as numbers" in notes[0]


def test_one_mark_a_column() -> None:
    assert read("1.250", "12.499,90", "890", "2.100")[0] == [1250, 12499.9, 890, 2100]
    assert read("1,250", "12,499.90", "890", "2,100")[0] == [1250, 12499.9, 890, 2100]
    assert read("1.250", "0.5")[0] == [1.25, 0.5]
    with pytest.raises(BadInput, match="'1.250' in row 1 holds a mark that may stand before decimals or between thousands") as told:
        read("1.250", "2.100", "7")
    assert "settings.decimal" in told.value.next
    assert read("1.250", "2.100", by_program=True)[0] == [1.25, 2.1]  # JSON writes its decimals so
    with pytest.raises(BadInput, match="'12.5' in row 2 has decimals after '.', '12,5' in row 3 after ','"):
        read("1", "12.5", "12,5")
    with pytest.raises(BadInput, match="'12.5' in row 2 contradicts the declared decimal mark ','"):
        read("1,5", "12.5", decimal=",")
    with pytest.raises(BadInput, match="contradicts"):
        read("1.5", "1,234,5", "1.234,5", decimal=".")


def test_currencies_are_information() -> None:
    assert read("€5", "6,50 EUR", currency="EUR") == ([5, 6.5], [])
    assert "2 values carry $/USD (USD), while the client's currency is EUR" in read("$5", "USD 6", currency="EUR")[1][0]
    assert read("$5", "$6", currency="CAD") == ([5, 6], [])  # a dollar may be that of the client
    assert "1 value carries €, 1 no currency" in read("€5", "6", currency="EUR")[1][0]
    assert read("$5", "CAD 6", currency="CAD") == ([5, 6], [])  # declared: both are the client's
    for cells in (("€5", "$6"), ("$5", "CAD 6"), ("5 kr", "6 €")):
        with pytest.raises(BadInput, match="several currencies") as told:
            read(*cells)
        assert cells[0] in told.value.found and cells[1] in told.value.found


def test_percent_signs_and_sides_are_told_or_refused() -> None:
    found, notes = read("12 %", "7,5%", "0")
    assert found == [12, 7.5, 0] and "the values are percentages; '12 %' is read as 12" in notes[0]
    with pytest.raises(BadInput, match="'12 %' in row 1 is a percentage, '0.12' in row 2 is not"):
        read("12 %", "0.12")
    with pytest.raises(BadInput, match="'0.12' in row 3 is not"):
        read("12 %", "0", "0.12")
    with pytest.raises(BadInput, match="'40 CR' in row 1 is marked CR or DR"):
        read("40 CR", "50")
    assert read("40 CR", "50", "5 DR", negative="CR")[0] == [-40, 50, 5]
    assert read("CR 40.00", "50", negative="DR")[0] == [40, 50]


def test_what_cannot_be_read_is_told_and_too_much_is_refused() -> None:
    found, notes = read("12 pcs", "n/a", "-", *["3.5"] * 20)
    assert found[:3] == [None] * 3
    assert notes == ["x: 1 value of 21 cannot be read as numbers: '12 pcs' 1×; it counts as missing", "x: 2 values say that there is none ('n/a' 1×, '-' 1×)"]
    with pytest.raises(BadInput, match=r"2 of 22 values \(9%\) cannot be read as numbers; at most 5% may, e.g. '12 pcs' 1×, 'few' 1×; the first is in row 1"):
        read("12 pcs", "few", *["3"] * 20)
    assert read("12 pcs", "few", *["3"] * 20, most=0.1)[0][:2] == [None, None]
    assert read("n/a", "-")[0] == [None, None]  # a column without values is no wrong column
    assert read("yes", "FALSE", "1", None)[0] == [1, 0, 1, None]
    assert "they may have lost digits" in read("1.23457E+11")[1][0]


DECIMALS = st.decimals(-10**9, 10**9, places=2, allow_nan=False)


@settings(max_examples=60)
@given(st.lists(DECIMALS, min_size=1, max_size=6), st.sampled_from([(".", ","), (",", "."), (".", ""), (",", ""), (".", "’"), (",", "\u202f"), (".", " ")]),
       st.sampled_from(["-{}", "{}-", "({})", "−{}", "-€{}", "€-{}", "({}) €"]))
def test_what_programs_write_is_read_back(values: list[object], marks: tuple[str, str], negative: str) -> None:
    decimal, thousands = marks
    cells = []
    for value in values:
        digits = f"{abs(value):,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)  # type: ignore[arg-type]
        cells.append(negative.format(digits) if value < 0 else digits)  # type: ignore[operator]
    assert read(*cells)[0] == [float(v) for v in values]  # type: ignore[arg-type]


@settings(max_examples=100)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_floats_come_back_to_the_last_bit(values: list[float]) -> None:
    cells = [repr(v) for v in values]
    assume(any("." in c and "e" not in c and len(c.partition(".")[2]) != 3 for c in cells))
    assert read(*cells)[0] == values


PIECES = st.sampled_from([*"0123456789", *".,-+()[]%€$ '’", "\u00a0", "−", "EUR", "Rs.", "kr", "CR", "e", "12", "1.250", "1,234", "00", "x", "٣"])
WORN = st.builds("".join, st.tuples(*(st.sampled_from(["", *p]) for p in (["(", "-", "+", "[", "−"], ["€", "US$", "Rs.", "EUR ", "eur\u00a0", "fr. ", "DR "], ["-", " "]))))
TAIL = st.builds("".join, st.tuples(*(st.sampled_from(["", *p]) for p in ([" ", "-", ",-", "."], ["€", " EUR", "%", " kr.", " CR", "k"], [")", "-", " -", "]"]))))
CELLS = st.lists(PIECES, min_size=1, max_size=7).map("".join) | st.builds(lambda a, n, z: a + n + z, WORN, st.sampled_from(
    ["5", "1.250", "1,250", "1.234,50", "1,234.50", "12,34,567.5", "1 234,5", "1’234.5", "007", ".5", "1.2.3", "1" * 45]), TAIL)


@settings(max_examples=100)
@given(st.lists(CELLS, min_size=1, max_size=12, unique=True))
def test_a_column_is_spelled_as_its_cells_are(cells: list[str]) -> None:
    cells = [c.strip() for c in cells if c.strip()] or ["1"]
    for cell, row in zip(cells, spell_column(pd.Series(cells, dtype="string")).itertuples(), strict=True):
        said = spell(cell)
        found = [None if pd.isna(v) else v for v in (row.dot, row.comma, row.currency, row.side)]
        assert (found, row.percent) == (([said.dot, said.comma, said.currency, said.side], said.percent) if said else ([None] * 4, False)), cell


STYLE = st.tuples(st.sampled_from([".", ","]), st.sampled_from(["", "group", "\u00a0", "’"]), st.sampled_from(["{}", "{} €", "€{}", "€ {}", "{} %", "{}\u00a0EUR", "$ {}", "{} kr", "{} pcs"]),
                  st.integers(0, 3))


@st.composite
def in_a_style(draw: st.DrawFn) -> list[str]:
    """Cells in one style, sometimes with one in another."""
    mark, group, form, places = draw(STYLE)
    other = {".": ",", ",": "."}[mark] if group == "group" else group
    cells = [form.format(f"{x:,.{places}f}".replace(",", "T").replace(".", mark).replace("T", other)) for x in draw(st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=8))]
    return cells + draw(st.lists(st.sampled_from(["1.250", "1,5", "7", "n/a", "12 %", "€ 3", "+4", "(5)", "abc", "1,234,567", "0.5"]), max_size=1))


@settings(max_examples=60)
@example(["1,000 %", "0,000 %"], None, None)
@given(in_a_style(), st.sampled_from([None, ".", ","]), st.sampled_from([None, "EUR", "USD"]))
def test_columns_in_one_style_are_read_as_all_others(cells: list[str], decimal: str | None, currency: str | None) -> None:
    """One suite over both ways: the reader for columns of one style says what the strict reader says, notes and refusals included."""
    from cjm_research.sources.reading import numbers as module

    def told(fast: bool) -> tuple[object, ...]:
        report = ImportReport("s", "events")
        with pytest.MonkeyPatch.context() as patched:
            if not fast:
                patched.setattr(module, "uniform", lambda *_: None)
            try:
                values, carried = module.read_numbers(pd.Series(cells, dtype="string"), "x", report, decimal, currency=currency)
            except BadInput as problem:
                return problem.text(), report.notes
        return values.tolist(), carried, report.notes

    assert told(True) == told(False) or str(told(True)) == str(told(False))
