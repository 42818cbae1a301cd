"""Times → UTC: recomputed with the standard library, clock changes and refusals included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.contract import ImportReport
from cjm_research.sources.reading.times import to_utc


def utc(values: list[object], zone: str | None = None, **options: object) -> list[datetime | None]:
    series = pd.Series(values, dtype="string" if all(isinstance(v, str | None) for v in values) else None)
    out = to_utc(series, "x", zone, ImportReport("s", "events"), **options)  # type: ignore[arg-type]
    assert str(out.dtype) == "datetime64[us, UTC]"
    return [None if pd.isna(t) else t.to_pydatetime() for t in out]


INSTANTS = st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2099, 1, 1), timezones=st.just(UTC))


@settings(max_examples=25)
@given(st.lists(INSTANTS, min_size=1, max_size=5), st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]))
def test_what_is_written_with_its_zone_is_read_back(instants: list[datetime], zone: str) -> None:
    texts = [t.astimezone(ZoneInfo(zone)).isoformat(sep=" " if i % 2 else "T") for i, t in enumerate(instants)]
    assert utc(texts) == instants


@settings(max_examples=25)
@given(st.lists(INSTANTS, min_size=1, max_size=5), st.sampled_from(["s", "ms", "us", "ns"]))
def test_epochs(instants: list[datetime], unit: str) -> None:
    micros = [(t - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for t in instants]
    per = {"s": 10**6, "ms": 10**3, "us": 1}
    whole = [m // per[unit] * per[unit] if unit != "ns" else m for m in micros]
    numbers = [str(m // per[unit]) if unit != "ns" else str(m * 1000) for m in whole]
    expected = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=m) for m in whole]
    assert utc(numbers, unit=unit) == expected
    assert utc([int(n) for n in numbers], unit=unit) == expected


@settings(max_examples=20)
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2035, 1, 1)))
def test_local_times(local: datetime) -> None:
    zone = ZoneInfo("Europe/Berlin")
    back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    if back == local:  # it exists; fold=0 is the earlier of two
        assert utc([local.isoformat()], "Europe/Berlin") == [local.replace(tzinfo=zone).astimezone(UTC)]


@pytest.mark.parametrize(("text", "expected"), [
    ("2021-01-07 6:49:18", "2021-01-07T06:49:18"), ("2021-1-7 06:49", "2021-01-07T06:49:00"),
    ("2021-01-07T06:49:18.000+0000", "2021-01-07T06:49:18"), ("2021-01-07T08:49:18.000+02", "2021-01-07T06:49:18"),
    ("2021-01-07T06:49Z", "2021-01-07T06:49:00"), ("2021-01-07 06:49:18.123456789", "2021-01-07T06:49:18.123456"),
    ("2021-01-07t06:49:18z", "2021-01-07T06:49:18"), ("2021-01-07", "2021-01-07T00:00:00"), ("20210107", "2021-01-07T00:00:00"), ("20210107T064918Z", "2021-01-07T06:49:18"),
    ("20210107064918", "2021-01-07T06:49:18"), ("2021-01-07T06:49:18,5", "2021-01-07T06:49:18.5"),
    ("2021-01-07 06:49:18 UTC", "2021-01-07T06:49:18"), ("2021-01-07 06:49:18 GMT", "2021-01-07T06:49:18"),
    ("2021-01-07T08:49:18 +0200", "2021-01-07T06:49:18"), ("2021-01-07 03:19:18-0330", "2021-01-07T06:49:18"), (" 2021-01-07 06:49:18 ", "2021-01-07T06:49:18"),
])
def test_spellings(text: str, expected: str) -> None:
    assert utc([text, None, ""], "UTC") == [datetime.fromisoformat(expected).replace(tzinfo=UTC), None, None]


@pytest.mark.parametrize("text", ["2021-02-30", "2021-13-01 10:00", "infinity", "epoch", "2021-01-07 25:00:00", "tomorrow", "07.01.2021", "1/7/2021", "99"])
def test_what_is_no_iso_time_is_not_guessed(text: str) -> None:
    assert utc([text, "2021-01-07"], "UTC", most=0.5)[0] is None
    with pytest.raises(BadInput, match="not one of 1 values can be read") as told:
        utc([text], "UTC")
    assert "time_format" in told.value.next


def test_formats_in_order() -> None:
    read = utc(["31.12.2020 23:00", "12/31/2020", "x"], "UTC", format=["%d.%m.%Y %H:%M", "%m/%d/%Y"], most=0.4)
    assert read == [datetime(2020, 12, 31, 23, tzinfo=UTC), datetime(2020, 12, 31, tzinfo=UTC), None]
    assert utc(["31 Dec 2020 23:00 +0200"], format="%d %b %Y %H:%M %z") == [datetime(2020, 12, 31, 21, tzinfo=UTC)]
    with pytest.raises(BadInput, match="no strptime format"):
        utc(["x"], "UTC", format="%Q")


def test_zones_must_be_declared() -> None:
    with pytest.raises(BadInput, match="such as '2021-01-07 10:00' have no time zone"):
        utc(["2021-01-07T10:00Z", "2021-01-07 10:00"])
    assert utc(["2021-01-07T10:00Z"]) == [datetime(2021, 1, 7, 10, tzinfo=UTC)]
    report = ImportReport("s", "events")
    naive = pd.Series(pd.to_datetime(["2021-07-07 10:00"]))
    assert to_utc(naive, "x", "Europe/Berlin", report)[0] == pd.Timestamp("2021-07-07 08:00", tz="UTC")
    assert report.timezone == "Europe/Berlin"
    aware = pd.Series(pd.to_datetime(["2021-07-07 10:00"]).tz_localize("Asia/Tokyo"))
    assert to_utc(aware, "x", None, ImportReport("s", "events"))[0] == pd.Timestamp("2021-07-07 01:00", tz="UTC")


def test_clock_changes_are_noted() -> None:
    report = ImportReport("s", "events")
    read = to_utc(pd.Series(["2021-10-31 02:30", "2021-03-28 02:30", "2021-06-01 12:00"]), "x", "Europe/Berlin", report)
    # the earlier 02:30 is summer time; 02:30 of March does not exist, the clock jumps to 03:00 = 01:00 UTC
    assert [t.isoformat() for t in read] == ["2021-10-31T00:30:00+00:00", "2021-03-28T01:00:00+00:00", "2021-06-01T10:00:00+00:00"]
    assert any("1 local time is ambiguous" in n for n in report.notes)
    assert any("1 local time is skipped" in n for n in report.notes)


@pytest.mark.parametrize("values", [["1609057547"], ["1609057547789405"], ["1610121523"], [1609057547], [1.6e9]])
def test_numbers_need_a_unit(values: list[object]) -> None:
    with pytest.raises(BadInput, match="nobody said what they count"):
        utc(values, "UTC")


def test_the_wrong_unit_is_noted() -> None:
    report = ImportReport("s", "events")
    to_utc(pd.Series(["1609057547", "1609057548"]), "x", None, report, unit="ms")
    assert "is `time_unit: ms` right for all of them?" in report.notes[0]
    with pytest.raises(BadInput, match="is unknown"):
        utc(["1"], unit="minutes")
    assert utc(["1609057547", "99999999999999"], unit="s", most=0.5)[1] is None


@pytest.mark.parametrize(("zone", "hour"), [
    ("CET", 9), ("CEST", 8), ("MEZ", 9), ("EST", 15), ("EDT", 14), ("PST", 18), ("PDT", 17), ("GMT", 10), ("UTC", 10), ("z", 10), ("JST", 1), ("GMT+1", 9), ("GMT-5", 15),
    ("UTC+01:00", 9), ("UTC+1", 9), ("GMT+0100 (CET)", 9), ("GMT+0100 (Central European Standard Time)", 9), ("+01:00[Europe/Berlin]", 9), ("−05:00", 15),
    ("Europe/Berlin", 9), ("[Europe/Berlin]", 9), ("Etc/GMT+1", 11), ("(CET)", 9), ("-03", 13)])
def test_zones_behind_a_time(zone: str, hour: int) -> None:
    """The hours are those of a clock in each zone at 10:00 on 15 January, worked out by hand; no source's own zone matters."""
    for declared in (None, "UTC", "Asia/Tokyo"):
        assert utc([f"2024-01-15 10:00:00 {zone}"], declared) == [datetime(2024, 1, 15, hour, tzinfo=UTC)]
    assert utc([f"15.01.2024 10:00 {zone}"], format="%d.%m.%Y %H:%M %z") == [datetime(2024, 1, 15, hour, tzinfo=UTC)]


@pytest.mark.parametrize(("word", "declared", "offset"), [("BST", "Europe/London", 1), ("IST", "Asia/Kolkata", 5.5), ("CST", "Asia/Shanghai", 8), ("CDT", "America/Chicago", -5)])
def test_abbreviations_of_several_zones(word: str, declared: str, offset: float) -> None:
    text = f"2024-07-15 10:00:00 {word}"
    for zone in ("UTC", "Europe/Berlin", None):
        with pytest.raises(BadInput, match=f"the zone '{word}' may be that of") as told:
            utc([text], zone)
        assert "settings.time_zones" in told.value.next
    expected = [datetime(2024, 7, 15, 10, tzinfo=UTC) - timedelta(hours=offset)]
    assert utc([text], declared) == expected  # the declared zone's own abbreviation
    assert utc([text], "Europe/Berlin", zones={word: declared}) == expected
    with pytest.raises(BadInput, match="'Nowhere' is no time zone"):
        utc([text], zones={word: "Nowhere"})


def test_the_other_season_is_told() -> None:
    report = ImportReport("s", "events")
    read = to_utc(pd.Series(["2024-07-15 10:00 CET", "2024-01-15 10:00 CET"]), "x", "Europe/Berlin", report)
    assert [t.hour for t in read] == [9, 9] and "1 times say CET while the clocks of Europe/Berlin show another" in report.notes[0]


@pytest.mark.parametrize(("pattern", "said"), [
    ("%a, %b %d", "has no year"), ("%H:%M", "has no year"), ("%Y-%m-%d %I:%M", "without AM or PM"), ("%Y-%m-%d %H:%M %p", "AM or PM"), ("%Y-%m", "no day"), ("%Y-%W", "no day"),
    ("%d.%m.%Y %d", "twice"), ("%c", "no strptime format"), ("noon", "no strptime format"), ("%Y-%m-%d %H:%M GMT%z", "spells out 'GMT%z'"), ("%Y-%m-%d %z (%Z)", "spells out")])
def test_formats_that_leave_something_open(pattern: str, said: str) -> None:
    with pytest.raises(BadInput, match="time_format: .*") as told:
        utc(["Sat, Oct 11"], "UTC", format=pattern)
    assert said in told.value.found and told.value.allowed and told.value.next


@pytest.mark.parametrize(("text", "pattern", "expected"), [
    ("12/31/2024 12:00 AM", "%m/%d/%Y %I:%M %p", "2024-12-31T00:00"), ("12/31/2024 12:05 p.m.", "%m/%d/%Y %I:%M %p", "2024-12-31T12:05"),
    ("31/12/68", "%d/%m/%y", "2068-12-31"), ("31/12/69", "%d/%m/%y", "1969-12-31"), ("Sept 5, 2024", "%b %d, %Y", "2024-09-05"),
    ("Mon Jan 15 2024 10:00:00 GMT+0100 (Central European Standard Time)", "%a %b %d %Y %H:%M:%S %z", "2024-01-15T09:00"),
    ("Wed Oct 10 20:19:24 +0000 2018", "%a %b %d %H:%M:%S %z %Y", "2018-10-10T20:19:24"), ("2024-W03-1", "%G-W%V-%u", "2024-01-15"),
    ("2024-015 10:00", "%Y-%j %H:%M", "2024-01-15T10:00"), ("2024/03/15 2:05:31 PM GMT+1", "%Y/%m/%d %I:%M:%S %p %Z", "2024-03-15T13:05:31"),
    ("15.01.2024  10:00:00.25", "%d.%m.%Y %H:%M:%S.%f", "2024-01-15T10:00:00.25")])
def test_formats(text: str, pattern: str, expected: str) -> None:
    assert utc([text], "UTC", format=pattern) == [datetime.fromisoformat(expected).replace(tzinfo=UTC)]


@pytest.mark.parametrize("text", ["13:05 PM 1/2/2024", "0:30 AM 1/2/2024", "10:00 AM 30/2/2024", "10:00 AM 1/13/2024", "10:00 AM 1/2/24"])
def test_what_does_not_fit_a_format(text: str) -> None:
    assert utc([text, *["10:00 AM 1/2/2024"] * 30], "UTC", format="%I:%M %p %d/%m/%Y")[0] is None


def test_a_weekday_must_be_that_of_its_day() -> None:
    assert utc(["Mon 15 Jan 2024", "Tue 15 Jan 2024"], "UTC", format="%a %d %b %Y", most=0.5) == [datetime(2024, 1, 15, tzinfo=UTC), None]


def test_a_cell_that_two_formats_read_differently() -> None:
    with pytest.raises(BadInput, match="'03/04/2026' is read in two ways"):
        utc(["13/04/2026", "03/04/2026"], "UTC", format=["%d/%m/%Y", "%m/%d/%Y"])


def test_excel_days() -> None:
    """Excel's own: 45306.5 is noon of 15 January 2024; day 60 is a 29 February 1900 that never was; 1904 starts four years later."""
    cells = ["45306.5", "45306,25", "1", "59", "61", "60", "0.5", "45,306", "-3", "3000000"]
    at = [datetime(2024, 1, 15, 12), datetime(2024, 1, 15, 6), datetime(1900, 1, 1), datetime(1900, 2, 28), datetime(1900, 3, 1)]
    expected = [t.replace(tzinfo=UTC) for t in at] + [None] * 5
    assert utc(cells, "UTC", unit="excel_days", most=0.6) == expected
    assert utc([45306.5], "UTC", unit="excel_days") == expected[:1]
    assert utc(["0", "43844"], "UTC", unit="excel_days_1904") == [datetime(1904, 1, 1, tzinfo=UTC), datetime(2024, 1, 15, tzinfo=UTC)]
    assert utc(["45306.5"], "Europe/Berlin", unit="excel_days") == [datetime(2024, 1, 15, 11, tzinfo=UTC)]
    with pytest.raises(BadInput, match="look like the serial days of a spreadsheet") as told:
        utc(["45306.5", "45307"], "UTC")
    assert "time_unit: excel_days" in told.value.next
    with pytest.raises(BadInput, match="have no time zone"):
        utc(["45306.5"], unit="excel_days")


def test_numbers_that_a_spreadsheet_cut_are_refused() -> None:
    with pytest.raises(BadInput, match="'1.70531E\\+12' in row 1 has lost digits"):
        utc(["1.70531E+12"], unit="ms")
    assert utc(["1705312800.123456", "1705312800"], unit="s") == [datetime(2024, 1, 15, 10, 0, 0, 123456, tzinfo=UTC), datetime(2024, 1, 15, 10, tzinfo=UTC)]
    assert utc(["-86400"], unit="s") == [datetime(1969, 12, 31, tzinfo=UTC)]


def test_unreadable_is_not_missing() -> None:
    report = ImportReport("s", "events")
    read = to_utc(pd.Series(["2024-01-15", None, "", "N/A", "0000-00-00", "soon"] + ["2024-01-16"] * 20, dtype="string"), "x", "UTC", report)
    assert read.notna().sum() == 21
    assert report.notes == ["x: 1 value of 22 cannot be read as times: 'soon' 1×; it counts as missing",
                            "x: 2 values say that there is none ('N/A' 1×, '0000-00-00' 1×)"]
    with pytest.raises(BadInput, match=r"4 of 24 values \(17%\) cannot be read as times; at most 5% may, e.g. '16/01/2024' 4×"):
        utc(["2024-01-16"] * 20 + ["16/01/2024"] * 4, "UTC")
    assert utc([None, "", "n/a"], "UTC") == [None, None, None]


def test_days_that_mean_none_are_told() -> None:
    report = ImportReport("s", "events")
    to_utc(pd.Series(["0001-01-01", "9999-12-31", "1900-01-01", "2024-01-01"]), "x", "Europe/Berlin", report)
    assert "0001-01-01 1×, 9999-12-31 1×, 1900-01-01 1×" in report.notes[0]


def test_dates_of_weeks_and_years() -> None:
    assert utc(["2024-W03-1", "2024W031", "2024-015", "2024-01-15"], "UTC") == [datetime(2024, 1, 15, tzinfo=UTC)] * 4
    assert utc(["2023-366", *["2024-366"] * 30], "UTC")[:2] == [None, datetime(2024, 12, 31, tzinfo=UTC)]


def test_mixed_zones_are_told() -> None:
    report = ImportReport("s", "events")
    read = to_utc(pd.Series(["2024-01-15 10:00 CET", "2024-01-15 10:00"]), "x", "UTC", report)
    assert [t.hour for t in read] == [9, 10] and report.notes == ["x: 1 of 2 times have no zone; they are read in UTC"]


FORMATS = ["%d.%m.%Y %H:%M", "%m/%d/%y %I:%M:%S %p", "%a, %d %b %Y %H:%M:%S.%f %z", "%A %d %B %Y", "%Y%m%d%H%M%S", "%d-%b-%y"]


@settings(max_examples=40)
@given(st.sampled_from(FORMATS), st.lists(st.datetimes(datetime(1969, 1, 2), datetime(2068, 12, 30)), min_size=1, max_size=6), st.sampled_from(["", " ", "\u202f", "x", "٣"]),
       st.booleans())
def test_many_at_once_are_read_as_one_by_one(pattern: str, clocks: list[datetime], odd: str, spoil: bool) -> None:
    """A column against `strptime` of the standard library, cell by cell; cells with something odd in them stand beside the plain ones."""
    zoned = [c.replace(tzinfo=UTC) for c in clocks]
    texts = [c.strftime(pattern) for c in zoned]
    expected: list[datetime | None] = [datetime.strptime(t, pattern).replace(tzinfo=UTC) for t in texts]
    if spoil:  # the year or day in other words; blanks count as one
        texts.append(odd + texts[0])
        expected.append(expected[0] if not odd.strip() else None)
    text = pd.Series(texts * 2, dtype="string")
    read = to_utc(text, "x", "UTC", ImportReport("s", "events"), format=pattern, most=1)
    assert [None if pd.isna(t) else t.to_pydatetime() for t in read] == expected * 2


@pytest.mark.parametrize("text", ["29.02.2023 10:00", "31.04.2024 10:00", "00.01.2024 10:00", "01.13.2024 10:00", "01.01.2024 10:60", "01.01.0000 10:00", "01.01.2024 25:00"])
def test_what_no_calendar_has(text: str) -> None:
    assert utc(["29.02.2024 10:00", text], "UTC", format="%d.%m.%Y %H:%M", most=1) == [datetime(2024, 2, 29, 10, tzinfo=UTC), None]


def test_years_of_another_calendar_are_told() -> None:
    """2567 is 2024 in Thailand, 1403 in Iran: read as written, and told; epoch numbers tell it by themselves."""
    for texts, year in ((["2567-03-04", "2567-03-05"], "2567"), (["2024-03-04", "1403-01-05"], "1403"), (["0202-03-04", "2024-03-04"], "202")):
        report = ImportReport("s", "events")
        to_utc(pd.Series(texts, dtype="string"), "x", "Asia/Bangkok", report)
        assert any(f"lie in years such as {year}" in n for n in report.notes), texts
    report = ImportReport("s", "events")
    to_utc(pd.Series(["1955-03-04", "2099-01-01", "1900-01-01"], dtype="string"), "x", "UTC", report)
    assert not any("years such as" in n for n in report.notes) and "1900-01-01 1×" in report.notes[0]


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt", "it", "nl", "en"])
def test_months_are_read_by_their_names_in_seven_languages(language: str) -> None:
    """Against the names of Unicode's CLDR, full and short, as they stand in a date and alone."""
    from babel.dates import get_month_names

    for width, context in (("wide", "format"), ("wide", "stand-alone"), ("abbreviated", "format"), ("abbreviated", "stand-alone")):
        names = get_month_names(width, context, language)
        texts = [f"3. {names[m]} 2026 10:00" for m in range(1, 13)]
        assert utc(texts, "UTC", format="%d. %B %Y %H:%M") == [datetime(2026, m, 3, 10, tzinfo=UTC) for m in range(1, 13)]
        assert utc([t.upper() for t in texts], "UTC", format="%d. %b %Y %H:%M") == [datetime(2026, m, 3, 10, tzinfo=UTC) for m in range(1, 13)]


def test_a_month_by_name_without_a_format_is_refused_with_one_that_reads_it() -> None:
    with pytest.raises(BadInput, match=r"%d\. %B %Y.*German, French"):
        utc(["12. März 2026"], "UTC")
    with pytest.raises(BadInput, match=r"12\. Mörz 2026"):
        utc(["12. Mörz 2026"], "UTC", format="%d. %B %Y")
