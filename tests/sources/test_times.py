"""Times → UTC: recomputed with the standard library, clock changes and refusals included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.base import ImportReport
from cjm_research.sources.times import to_utc


def utc(values: list[object], zone: str | None = None, **options: object) -> list[datetime | None]:
    series = pd.Series(values, dtype="string" if all(isinstance(v, str | None) for v in values) else None)
    out = to_utc(series, "x", zone, ImportReport("s", "events"), **options)  # type: ignore[arg-type]
    assert str(out.dtype) == "datetime64[us, UTC]"
    return [None if pd.isna(t) else t.to_pydatetime() for t in out]


INSTANTS = st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2099, 1, 1), timezones=st.just(UTC))


@settings(max_examples=25, deadline=None)
@given(st.lists(INSTANTS, min_size=1, max_size=5), st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]))
def test_what_is_written_with_its_zone_is_read_back(instants: list[datetime], zone: str) -> None:
    texts = [t.astimezone(ZoneInfo(zone)).isoformat(sep=" " if i % 2 else "T") for i, t in enumerate(instants)]
    assert utc(texts) == instants


@settings(max_examples=25, deadline=None)
@given(st.lists(INSTANTS, min_size=1, max_size=5), st.sampled_from(["s", "ms", "us", "ns"]))
def test_epochs(instants: list[datetime], unit: str) -> None:
    micros = [(t - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for t in instants]
    per = {"s": 10**6, "ms": 10**3, "us": 1}
    whole = [m // per[unit] * per[unit] if unit != "ns" else m for m in micros]
    numbers = [str(m // per[unit]) if unit != "ns" else str(m * 1000) for m in whole]
    expected = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=m) for m in whole]
    assert utc(numbers, unit=unit) == expected
    assert utc([int(n) for n in numbers], unit=unit) == expected


@settings(max_examples=20, deadline=None)
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
    ("2021-01-07", "2021-01-07T00:00:00"), ("20210107", "2021-01-07T00:00:00"), ("20210107T064918Z", "2021-01-07T06:49:18"),
    ("20210107064918", "2021-01-07T06:49:18"), ("2021-01-07T06:49:18,5", "2021-01-07T06:49:18.5"),
    ("2021-01-07 06:49:18 UTC", "2021-01-07T06:49:18"), ("2021-01-07 06:49:18 GMT", "2021-01-07T06:49:18"),
    ("2021-01-07T08:49:18 +0200", "2021-01-07T06:49:18"), ("2021-01-07 03:19:18-0330", "2021-01-07T06:49:18"), (" 2021-01-07 06:49:18 ", "2021-01-07T06:49:18"),
])
def test_spellings(text: str, expected: str) -> None:
    assert utc([text, None, ""], "UTC") == [datetime.fromisoformat(expected).replace(tzinfo=UTC), None, None]


@pytest.mark.parametrize("text", ["2021-02-30", "2021-13-01 10:00", "infinity", "epoch", "2021-01-07 25:00:00", "tomorrow", "07.01.2021", "1/7/2021", "99"])
def test_what_is_no_iso_time_is_not_guessed(text: str) -> None:
    assert utc([text, "2021-01-07"], "UTC")[0] is None
    with pytest.raises(BadInput, match="not one of 1 values can be read") as told:
        utc([text], "UTC")
    assert "time_format" in told.value.next


def test_formats_in_order() -> None:
    read = utc(["31.12.2020 23:00", "12/31/2020", "x"], "UTC", format=["%d.%m.%Y %H:%M", "%m/%d/%Y"])
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
    assert any("1 local times are ambiguous" in n for n in report.notes)
    assert any("1 local times do not exist" in n for n in report.notes)


@pytest.mark.parametrize("values", [["1609057547"], ["1609057547789405"], ["1610121523"], [1609057547], [1.6e9]])
def test_numbers_need_a_unit(values: list[object]) -> None:
    with pytest.raises(BadInput, match="nobody said what they count"):
        utc(values, "UTC")


def test_the_wrong_unit_is_noted() -> None:
    report = ImportReport("s", "events")
    to_utc(pd.Series(["1609057547", "1609057548"]), "x", None, report, unit="ms")
    assert "is `time_unit: ms` right?" in report.notes[0]
    with pytest.raises(BadInput, match="is unknown"):
        utc(["1"], unit="minutes")
    assert utc(["1609057547", "99999999999999"], unit="s")[1] is None
