"""What answers say in words: with n and interval, with the unit they count, and true of the frame beside them."""

from __future__ import annotations

from pathlib import Path

from cjm_research.analysis.attribution import attribution
from cjm_research.analysis.funnels import answer as funnel_answer
from cjm_research.analysis.funnels import funnel, funnels
from cjm_research.analysis.paths import paths
from cjm_research.study import Study
from tests.studies import interactions, make_study

STEPS = [{"name": n, "event": n.lower()} for n in ("Visit", "Order")]


def study(folder: Path, journeys: list[str], **params: object) -> Study:
    """Customers whose events are letters, an hour apart; the letter is the channel, too."""
    log = interactions(*((f"c{k:03d}", letter, f"2026-01-01T{i:02d}:00:00") for k, way in enumerate(journeys) for i, letter in enumerate(way)))
    log["channel"] = log["event"]
    return make_study(folder, {"interactions": log}, privacy={"min_cell": 1}, **params)


def test_the_models_leader_is_named_only_where_all_agree(tmp_path: Path) -> None:
    agree = attribution(study(tmp_path / "a", ["AX", "AAX", "A", "B"] * 9), conversion="X", touch="channel", touch_events=["A", "B"], draws=20)
    assert agree.sentences[:2] == ["A gets most credit, whichever way it is counted.", "Its share by model: 18 of 18 conversions."]
    differ = attribution(study(tmp_path / "b", ["ABX", "AABX", "A", "B"] * 9), conversion="X", touch="channel", touch_events=["A", "B"], draws=20)
    led = differ["credits"].loc[lambda f: f.groupby("model")["value"].idxmax()].set_index("model")["touch"]
    assert led["first"] == "A" and led["last"] == "B"
    assert differ.sentences[0] == "Do not move budget on these data: which channel looks best depends on the counting rule."
    assert differ.sentences[1].startswith("Most credit of 18 conversions goes to A by first") and "B by last" in differ.sentences[1]


def test_paths_state_their_interval_and_one_path_is_not_several(tmp_path: Path) -> None:
    one = paths(study(tmp_path / "a", ["AB"] * 20), unit="customer")
    assert one.sentences[0] == "20 customers take one and the same path, A → B." and one.sentences[1].startswith("That is 100.0\u202f% (95\u202f% interval")
    two = paths(study(tmp_path / "b", ["AB"] * 15 + ["AC"] * 5), unit="customer")
    assert two.sentences[0] == "15 of 20 customers take the most common path, A → B." or two.sentences[0].startswith("75 of 100")
    assert "2 different paths; the most common is that of 75.0\u202f% (95\u202f% interval 53.1 to 88.8\u202f%; 15 of 20)." in two.sentences[1]


def test_what_pending_means_is_said_once(tmp_path: Path) -> None:
    rule = {"window": "30d", "steps": STEPS}
    s = make_study(tmp_path, {"interactions": interactions(*((f"c{k}", "visit", "2026-01-01T00:00:00") for k in range(40)))},
                   privacy={"min_cell": 1}, funnels=[{"name": "a", **rule}, {"name": "b", "title": "Two: of them", **rule}])
    single = funnel(s, "b")
    assert single.caveats[-2:] == ["40 of 40 customers are pending: an attempt of theirs is younger than 30 days and can still go on.", funnel_answer.OPEN]
    every = funnels(s)
    assert every.caveats.count(funnel_answer.OPEN) == 1 and sum("are pending" in c for c in every.caveats) == 2


def test_a_loss_says_of_whom_it_is_and_a_title_may_hold_a_colon(tmp_path: Path) -> None:
    log = interactions(*((f"c{k}", "visit", "2026-01-01T00:00:00") for k in range(40)), ("c0", "order", "2026-01-02T00:00:00"), ("z", "other", "2026-03-01T00:00:00"))
    s = make_study(tmp_path, {"interactions": log}, privacy={"min_cell": 1}, funnels=[{"name": "b", "title": "Shop: all", "window": "30d", "steps": STEPS}])
    said = "(95\u202f% interval 87.1 to 99.6\u202f%; 39 of 40) of those at 'Visit' who first entered at least 30 days ago never reach 'Order'"
    assert funnel(s, "b").sentences[2] == f"The largest loss: 97.5\u202f% {said}."
    assert funnels(s)["funnels"]["largest_loss"].iloc[0] == f"97.5\u202f% {said}"


def test_a_difference_is_in_points_with_value_interval_and_what_parts_the_groups(tmp_path: Path) -> None:
    rows = [(f"c{k}", e, f"2026-01-01T0{i}:00:00") for k in range(80) for i, e in enumerate(["visit", "order"][:1 + (k % 2 or k < 4)])]
    log = interactions(*rows, ("z", "other", "2026-03-01T00:00:00"))
    log["channel"] = ["app" if int(c[1:]) % 2 else "web" for c in log["customer_id"].replace("z", "z0")]
    s = make_study(tmp_path, {"interactions": log}, privacy={"min_cell": 1}, funnels=[{"name": "b", "window": "30d", "breakdown": ["channel"], "steps": STEPS}])
    line = next(x for x in funnel(s, "b").sentences if x.startswith("By channel, "))
    assert "95.0\u202fpp (95\u202f% interval" in line and "n\u202f=\u202f80)" in line and "p < .001" in line


def test_a_way_that_few_take_is_not_written_out(tmp_path: Path) -> None:
    """Where nearly every customer goes a way of their own, the "most common" one is that of a single person."""
    from itertools import permutations

    ways = ["".join(p) + "Z" for p in permutations("ABCD")]
    log = interactions(*((f"c{k:03d}", letter, f"2026-01-01T{i:02d}:00:00") for k, way in enumerate(ways) for i, letter in enumerate(way)))
    answer = paths(make_study(tmp_path, {"interactions": log}, privacy={"min_cell": 5}), unit="customer", goal="Z")
    assert answer.sentences[0] == "24 customers take 24 different paths, none of them that of 5 or more; fewer nodes, or sessions as paths, show what they share."
    assert "No way to Z is that of 5 or more of the 24 who get there." in answer.sentences
    assert not any("→" in s for s in answer.sentences)
