"""The drawing: the curve shows no value that is not measured and breaks where nobody spoke; text is text; quotes lie on nothing."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from cjm_research.page.picture.content import Feeling, Picture, StageView, Voice
from cjm_research.page.picture.curve import halves
from cjm_research.page.picture.icons import channel_icon, face
from cjm_research.page.picture.strip import WIDE, journey_picture, places
from cjm_research.results.subjects import Reach
from tests.page.maps import small_map
from tests.page.markup import Reader
from tests.page.picture.test_content import a_map, felt, finding


def point(value: float, people: int = 9) -> Feeling:
    return Feeling(value, value - 0.5, value + 0.5, people, "F")


@given(st.lists(st.one_of(st.none(), st.floats(-2, 2)), max_size=8))
def test_the_curve_stays_between_its_neighbours_and_breaks_where_nobody_spoke(values: list[float | None]) -> None:
    points = [None if v is None else point(v) for v in values]
    drawn = halves(points)
    for i, parts in enumerate(drawn):
        beside = [j for j in (i - 1, i + 1) if 0 <= j < len(values) and values[j] is not None]
        assert len(parts) == (len(beside) if values[i] is not None else 0)
        for part in parts:
            around = [values[i], values[i - 1 if part.x[0] == 0 else i + 1]]
            assert min(around) - 1e-9 <= min(part.line) and max(part.line) <= max(around) + 1e-9  # type: ignore[type-var,operator]


def test_text_is_text() -> None:
    hostile = "<script>x</script>\"'&"
    reach = finding("r", "reach", "Find", Reach("stage", "Find"), n=50)
    data = a_map(reach, felt("Find", 1.0), felt("Choose", -1.0))
    data["stages"][0]["goal"] = hostile
    html = journey_picture(data, {"r": f'x.html#"{hostile}'})
    assert "<script" not in html
    assert {t for t, _ in Reader(html).tags}.isdisjoint({"script", "img", "iframe"})
    assert journey_picture(small_map(hostile), {}).count("<script") == 0


def test_every_number_links_to_its_evidence_and_has_words_for_those_who_do_not_see_it() -> None:
    data = a_map(finding("r", "reach", "Find", Reach("stage", "Find"), n=50), felt("Find", 1.0, people=30), felt("Choose", -1.0, people=4), felt("Use", 1.0, people=2))
    html = journey_picture(data, {f["id"]: f"60.html#{f['id']}" for f in data["findings"]})
    assert set(re.findall(r'href="([^#"]+#[^"]+)"', html)) == {"60.html#r", "60.html#felt Find", "60.html#felt Choose"}
    assert "bad, 4 people" in html
    assert "2 people" not in html  # too few for a point
    assert html.count(" hol\"") == 1 and "hollow: fewer than 20 people" in html
    assert journey_picture(a_map(), {}) == ""


def test_faces_and_words_follow_one_rule() -> None:
    assert [face(v) for v in (-2, -1.2, -0.5, 0, 0.39, 0.4, 1.2)] == [
        ("f1", "very bad"), ("f2", "bad"), ("f2", "bad"), ("f3", "neither good nor bad"), ("f3", "neither good nor bad"), ("f4", "good"), ("f5", "very good")]


def test_a_channel_keeps_its_name_and_an_unknown_one_gets_a_drawing_of_its_own() -> None:
    assert "#i-mail" in channel_icon("e-mail") and "e-mail: " in channel_icon("e-mail")
    assert "#i-app" in channel_icon("Mobile app")
    assert "#i-other" in channel_icon("carrier pigeon") and "carrier pigeon" in channel_icon("carrier pigeon")
    assert channel_icon("") == ""


@given(st.integers(1, 9), st.integers(0, 8), st.integers(0, 8))
def test_quotes_lie_neither_outside_nor_on_one_another(count: int, low: int, high: int) -> None:
    low, high = low % count, high % count
    stages = tuple(StageView(str(i), "", None, "", "", None, "", point(0.0), (), None, None, Voice("so", "P", "F")) for i in range(count))
    found = places(Picture("", stages, low, high if high != low else None))
    spans = [(i - WIDE, i) if side.startswith("left") else (i + 1, i + 1 + WIDE) for i, side in found.items()]
    assert all(a >= 0 and b <= count for a, b in spans)
    assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in itertools.combinations(spans, 2))
    if 3 <= count and low >= 2:
        assert low in found


def test_a_quote_keeps_clear_of_the_neighbours_feeling_or_waits_for_the_small_screen() -> None:
    def seen(values: list[float], text: str) -> dict[int, str]:
        stages = tuple(StageView(str(i), "", None, "", "", None, "", point(v), (), None, None, Voice(text, "P", "F") if i == 1 else None) for i, v in enumerate(values))
        return places(Picture("", stages, None, 1))

    assert seen([0.5, 1.0, 0.5, 0.5], "so") == {1: "right"}  # below the curve, which runs above the middle
    assert seen([0.5, 1.0, -1.5, -1.8], "so") == {1: "right above"}  # the neighbours' faces and labels lie below
    assert seen([0.5, 1.0, 0.0, -0.2], "so " * 40) == {}  # no room on either side
