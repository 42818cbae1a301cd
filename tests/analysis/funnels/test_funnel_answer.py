"""The answer of a funnel on journeys small enough to work by hand, and its evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel, funnel_by, funnels
from cjm_research.analysis.funnels.timing import kaplan_meier_at
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.results.evidence import agrees, fingerprint, recompute
from cjm_research.stats.survival import Times, converted_by
from tests.studies import interactions, make_study

STEPS = [{"name": "View", "event": "view"}, {"name": "Cart", "event": "cart"}, {"name": "Buy", "event": "buy"}]
LEFT_BY = [{"event": "help", "channel": "app", "after": "View", "before": "Cart"},
           {"where": {"properties.campaign": "y"}, "after": "Cart", "before": "Buy", "mode": "stop"}]
SHOP = {"name": "shop", "title": "Shopping", "window": "1d", "steps": STEPS}


def journeys(seed: int, customers: int = 120, events: int = 900, names: str = "view cart buy help wish") -> pd.DataFrame:
    """Random interactions over 20 days, with ties, channels and a campaign."""
    rng = np.random.default_rng(seed)
    kinds = names.split()
    frame = pd.DataFrame({
        "customer_id": [f"c{i:03d}" for i in rng.integers(0, customers, events)],
        "event": [kinds[i] for i in rng.choice(len(kinds), events, p=np.array([4, 2, 1, 2, 1][: len(kinds)]) / 10)],
        "occurred_at": pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 20 * 24, events), unit="h"),
        "channel": [["web", "app", None][i] for i in rng.integers(0, 3, events)],
        "source": "web", "properties": [f'{{"campaign": "{c}"}}' if c != "none" else None for c in rng.choice(["x", "y", "none"], events)],
    })
    return frame.assign(interaction_id=[f"i{i:05d}" for i in range(events)])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    frame = journeys(1)
    people = pd.DataFrame({"customer_id": sorted(frame["customer_id"].unique())})
    people["attributes"] = [f'{{"plan": "{"pro" if i % 3 else "free"}"}}' for i in range(len(people))]
    strict = {"name": "strict", "order": "strict", "window": "3d", "steps": STEPS}
    any_order = {"name": "any", "order": "unordered", "window": "2d", "steps": STEPS}
    left = {"name": "left", "window": "3d", "steps": STEPS, "exclusions": [{"event": "help", "after": "View", "before": "Buy"}]}
    stop = {"name": "stop", "window": "3d", "steps": STEPS, "exclusions": [{"event": "help", "after": "View", "before": "Cart", "mode": "stop"}]}
    skip = {"name": "skip", "window": "3d", "steps": [STEPS[0], {**STEPS[1], "optional": True}, STEPS[2]]}
    twice = {"name": "twice", "window": "5d", "steps": [STEPS[0], {"name": "Again", "event": ["view", "wish"]}, STEPS[2]]}
    limits = {"name": "limits", "window": "5d", "steps": [STEPS[0], {**STEPS[1], "window": "1d"}, {**STEPS[2], "window": "12h"}]}
    web = {"name": "web", "window": "5d", "steps": [{**STEPS[0], "channel": "web"}, {"name": "x", "where": {"properties.campaign": "x", "event": ["cart", "buy"]}}]}
    ever = {"name": "ever", "steps": [{**STEPS[0], "first_ever": True}, STEPS[2]], "start": "first"}
    session = {"name": "session", "unit": "session", "window": "1h", "steps": STEPS[:2]}
    posthog = {"name": "posthog", "preset": "posthog", "steps": STEPS}
    mixpanel = {"name": "mixpanel", "preset": "mixpanel", "steps": STEPS}
    whatever = {"name": "whatever", "window": "3d", "steps": [STEPS[0], {"name": "Then", "event": "*"}, STEPS[2]]}
    left_by = {"name": "left_by", "window": "15d", "steps": STEPS, "exclusions": LEFT_BY}
    return make_study(tmp_path_factory.mktemp("funnel"), {"interactions": frame, "customers": people}, funnels=[
        SHOP, strict, any_order, left, stop, skip, twice, limits, web, ever, session, posthog, mixpanel, whatever, left_by],
        privacy={"min_cell": 1})


def tiny(tmp_path, *rows, **funnel_settings):
    return make_study(tmp_path, {"interactions": interactions(*rows)}, funnels=[{**SHOP, **funnel_settings}])


def test_pending_is_not_dropped(tmp_path):
    study = tiny(tmp_path, ("a", "view", "2024-03-01 10:00"), ("b", "view", "2024-03-03 10:00"), ("b", "cart", "2024-03-03 11:00"),
                 ("b", "buy", "2024-03-03 13:00"), ("c", "view", "2024-03-05 09:00"), ("d", "look", "2024-03-05 12:00"))
    answer = funnel(study, "shop")
    steps = answer["steps"].set_index("name")
    assert steps["n"].tolist() == [3, 1, 1]
    assert steps.loc["Cart", ["dropped", "pending"]].tolist() == [1, 1]
    assert answer.facts["pending"] == 1
    assert steps.loc["Buy", ["window_complete", "window_complete_base"]].tolist() == [0.5, 2]
    # at risk after 3 hours: a, b and c (seen for 3 hours); b converts
    assert steps.loc["Buy", "within_window"] == pytest.approx(1 / 3)
    assert steps.loc["Buy", ["median_s", "from_start_s"]].tolist() == [7200, 10800]
    assert "pending" in " ".join(answer.caveats)
    assert "1 more still can" in answer.sentences[1]


def test_end_of_the_period_is_the_end_of_observation(tmp_path):
    rows = [("a", "view", "2024-03-01 10:00"), ("a", "cart", "2024-03-01 20:00"), ("b", "view", "2024-03-02 22:00"), ("b", "cart", "2024-03-03 01:00")]
    study = make_study(tmp_path, {"interactions": interactions(*rows)}, funnels=[SHOP], period={"end": "2024-03-02"})
    steps = funnel(study, "shop")["steps"]
    assert steps["n"].tolist() == [2, 1, 0] and steps["pending"].tolist() == [0, 1, 0]


def test_absent_events_are_a_zero_row_with_a_note(tmp_path):
    study = tiny(tmp_path, ("a", "view", "2024-03-01 10:00"), ("a", "carts", "2024-03-01 11:00"))
    answer = funnel(study, "shop")
    assert answer["steps"]["n"].tolist() == [1, 0, 0]
    assert any("'cart'" in c and "Did you mean 'carts'" in c for c in answer.caveats)


def test_what_came_next(tmp_path):
    study = tiny(tmp_path, ("a", "view", "2024-03-01 10:00"), ("a", "help", "2024-03-01 10:05"), ("b", "view", "2024-03-01 10:00"),
                 ("c", "view", "2024-03-01 10:00"), ("c", "cart", "2024-03-01 10:01"), ("c", "help", "2024-03-01 10:03"), ("z", "x", "2024-04-01"))
    after = funnel(study, "shop")["next_after_drop"]
    assert after[["after_step", "event", "n", "base"]].to_numpy().tolist() == [[1, "(nothing further)", 1, 2], [1, "help", 1, 2], [2, "help", 1, 1]]
    assert after["median_s"].tolist()[1:] == [300, 120]


def test_the_people_behind_the_counts(study):
    answer = funnel(study, "shop")
    people = answer["customers"]
    assert [int((people["depth"] >= k).sum()) for k in (1, 2, 3)] == answer["steps"]["n"].tolist()
    assert (people["state"] == "pending").sum() == answer.facts["pending"]
    assert people["id"].is_unique


@pytest.mark.parametrize(("name", "by", "at"), [("shop", "channel", "first"), ("any", "attributes.plan", "first"), ("left", "properties.campaign", "last"), ("session", "channel", "entry")])
def test_the_people_behind_every_segment(study, name, by, at):
    answer = funnel(study, name, breakdown=by, at=at, compare="2024-03-10")
    people = answer["customers"]
    for row in answer["breakdown"].itertuples():
        inside = people[people[by] == row.segment]
        assert inside[f"step_{row.step}"].notna().sum() == row.n and len(inside) == row.base
    assert set(people["period"]) == {"before 2024-03-10", "from 2024-03-10"} and not people[by].isna().any()
    assert by not in funnel(study, name, breakdown=by, at="all")["customers"] or by.startswith("attributes.")


NAMES = ["shop", "strict", "any", "left", "stop", "skip", "twice", "limits", "web", "ever", "session", "posthog", "mixpanel", "whatever", "left_by"]


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_comes_back_from_its_evidence(study, name):
    answer = funnel(study, name)
    assert len(answer.findings) >= 2
    for finding in answer.findings:
        (evidence,) = finding.evidence
        assert finding.estimate is not None
        if name in ("shop", "any", "session"):
            assert agrees(finding.estimate, *recompute(study, evidence, finding.estimate.unit)), (finding.key, finding.statement)
        assert fingerprint(study, evidence.sql) == (evidence.rows, evidence.rows_sha256), finding.key


def test_findings_are_placed(tmp_path):
    journey = {"stages": [{"name": "Look", "touchpoints": [{"name": "Shop window"}]}, {"name": "Take"}]}
    rows = interactions(("a", "view", "2024-03-01", "Look"), ("a", "cart", "2024-03-02", "Take"), ("a", "buy", "2024-03-02", "Take"), ("b", "view", "2024-03-01", "Look"),
                        ("z", "x", "2024-05-01"))
    study = make_study(tmp_path, {"interactions": rows}, journey=journey, funnels=[{**SHOP, "window": "7d"}])
    by_key = {f.key: f for f in funnel(study, "shop").findings}
    assert by_key["funnel:shop:step:2"].stage == "Take"
    assert by_key["funnel:shop:loss:2"].stage == "Look" and by_key["funnel:shop:loss:2"].kind == "pain"


@pytest.mark.parametrize(("by", "at"), [("attributes.plan", "first"), ("channel", "first"), ("channel", "last"), ("channel", "entry"),
                                        ("properties.campaign", "first"), ("event", "entry")])
@pytest.mark.parametrize("name", ["shop", "any", "session", "left"])
def test_segments_add_up_to_the_total(study, name, by, at):
    answer = funnel(study, name, breakdown=by, at=at)
    total = answer["breakdown"].groupby("step")[["n", "base", "dropped", "pending"]].sum()
    steps = answer["steps"].set_index("step")
    assert total["n"].tolist() == steps["n"].tolist()
    assert set(total["base"]) == {answer.facts["entrants"]}
    assert total["pending"].tolist() == steps["pending"].tolist()


def test_segments_that_do_not_add_up_say_so(study):
    answer = funnel(study, "shop", breakdown="channel", at="step:Cart")
    assert any("do not add up" in c for c in answer.caveats)
    assert answer.facts["partitions"] == {"channel": False}


def test_small_segments_are_joined(tmp_path):
    rows = [(f"c{i}", "view", "2024-03-01") for i in range(12)]
    frame = interactions(*rows).assign(channel=["web"] * 8 + ["app"] * 2 + ["phone", "store"])
    study = make_study(tmp_path, {"interactions": frame}, funnels=[SHOP], privacy={"min_cell": 4})
    split = funnel(study, "shop", breakdown="channel")["breakdown"]
    assert split.loc[split["step"] == 1, ["segment", "base"]].to_numpy().tolist() == [["web", 8], ["(other)", 4]]


@pytest.mark.parametrize("at", ["first", "entry", "step:View"])
def test_values_named_as_our_marks_join_them(tmp_path, at):
    frame = interactions(*[(f"c{i}", "view", "2024-03-01") for i in range(9)])
    frame["channel"] = ["(none)", None, "", "(other)", "web", "web", "web", "app", "app"]
    split = funnel(make_study(tmp_path, {"interactions": frame}, funnels=[SHOP], privacy={"min_cell": 2}), "shop", breakdown="channel", at=at)["breakdown"]
    found = dict(split.loc[split["step"] == 1, ["segment", "base"]].to_numpy().tolist())
    assert found["(none)"] == 3 and found["web"] == 3 and split.groupby(["segment", "step"]).size().eq(1).all()
    # one customer of (other) could be read off the total, so the smallest segment joins it
    assert ("(other)" in found) == (at != "step:View") and found.get("(other)", 3) == 3


def test_comparison_is_newcombe_with_holm(study):
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import confint_proportions_2indep

    answer = funnel(study, "shop", breakdown="attributes.plan")
    table = answer["comparison"]
    row = table[(table["step"] == 2) & (table["of"] == "previous")].iloc[0]
    n1, n2 = round(row["share"] * row["n"]), round(row["other_share"] * (row["base"] - row["n"]))
    low, high = confint_proportions_2indep(n1, row["n"], n2, row["base"] - row["n"], method="newcomb", compare="diff")
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-9)
    assert table["p_adjusted"].tolist() == pytest.approx(multipletests(table["p"], method="holm")[1].tolist())


def test_mix_and_rate_add_up_to_the_difference(study):
    answer = funnel(study, "shop", compare="2024-03-10", breakdown=["attributes.plan", "channel"])
    for by, part in answer["decomposition"].groupby("by"):
        rates = [(part[f"share_{w}"] * part[f"conversion_{w}"].fillna(0)).sum() for w in ("first", "second")]
        assert (part["mix"] + part["rate"]).sum() == pytest.approx(rates[1] - rates[0]), by
    table = answer["comparison"]
    assert answer["comparison"]["n"].iloc[0] > 20 and answer["comparison"]["base"].iloc[0] - answer["comparison"]["n"].iloc[0] > 20
    assert set(table["segment"]) == {"before 2024-03-10"} and set(table["against"]) == {"from 2024-03-10"}


def test_given_segments(study):
    people = sorted({f"c{i:03d}" for i in range(120)})
    members = pd.DataFrame({"customer_id": people, "persona": ["even" if int(c[1:]) % 2 == 0 else "odd" for c in people]})
    answer = funnel_by(study, "shop", members)
    split = answer["breakdown"]
    assert split[split["step"] == 1]["base"].sum() == answer.facts["entrants"]
    assert set(split["segment"]) == {"even", "odd"}


def test_what_if_changes_only_what_is_asked(study):
    wide, narrow = funnel(study, "shop", window="10d"), funnel(study, "shop", window="1h")
    assert wide["steps"]["n"].iloc[0] == narrow["steps"]["n"].iloc[0]
    assert wide["steps"]["n"].iloc[-1] > narrow["steps"]["n"].iloc[-1]
    assert "at most 10 days" in wide.method
    assert funnel(study, "shop", window="none").facts["pending"] == 0


def test_all_funnels(study):
    answer = funnels(study)
    assert answer["funnels"]["funnel"].tolist() == NAMES
    assert len({f.id for f in answer.findings}) == len(answer.findings)


def test_exclusions_by_any_condition(study, tmp_path):
    # the same, with the excluded events told by a name of their own
    frame = journeys(1)
    app = (frame["event"] == "help") & (frame["channel"] == "app")
    campaign = frame["properties"].fillna("").str.contains('"y"')
    twins = frame[campaign].assign(event="of the campaign", interaction_id=lambda f: "t" + f["interaction_id"])
    named = pd.concat([frame.assign(event=frame["event"].mask(app, "help in the app")), twins])
    out = [{"event": "help in the app", **{k: LEFT_BY[0][k] for k in ("after", "before")}},
           {"event": "of the campaign", **{k: LEFT_BY[1][k] for k in ("after", "before", "mode")}}]
    other = make_study(tmp_path, {"interactions": named}, funnels=[{"name": "left_by", "window": "15d", "steps": STEPS, "exclusions": out}])
    answer = funnel(study, "left_by")
    assert answer["steps"][["n", "base", "pending"]].equals(funnel(other, "left_by")["steps"][["n", "base", "pending"]])
    assert not answer["steps"]["n"].equals(funnel(study, "shop", window="15d")["steps"]["n"])
    assert "help, channel app strictly between" in answer.method and "an event, properties.campaign = y strictly between" in answer.method


def test_any_event_fills_a_step_once(tmp_path):
    steps = [{"name": f"{k}", "event": "*"} for k in range(3)]
    study = tiny(tmp_path, ("a", "view", "2024-03-01"), ("a", "x", "2024-03-01"), ("b", "view", "2024-03-01"), ("c", "x", "2024-03-01 10:00"),
                 ("c", "view", "2024-03-01 11:00"), ("c", "x", "2024-03-01 12:00"), steps=steps)
    answer = funnel(study, "shop")
    assert answer["steps"]["n"].tolist() == [3, 2, 1] and not any("No event" in c for c in answer.caveats)


def test_row_order_and_split_do_not_matter(tmp_path):
    frame = journeys(3)
    one = make_study(tmp_path / "a", {"interactions": frame}, funnels=[SHOP])
    shuffled = frame.sample(frac=1, random_state=1)
    two = make_study(tmp_path / "b", {"interactions": shuffled.assign(interaction_id=[f"z{i}" for i in range(len(frame))])}, funnels=[SHOP])
    a, b = (funnel(s, "shop")["steps"] for s in (one, two))
    pd.testing.assert_frame_equal(a, b)


def test_members_of_a_study(study):
    chosen = [f"c{i:03d}" for i in range(30)]
    part = study.only("some", chosen)
    answer = funnel(part, "shop")
    people = funnel(study, "shop")["customers"]
    assert answer["steps"]["n"].tolist() == [int((people[people["id"].isin(chosen)]["depth"] >= k).sum()) for k in (1, 2, 3)]
    for finding in answer.findings:
        assert finding.estimate is not None
        assert agrees(finding.estimate, *recompute(part, finding.evidence[0], finding.estimate.unit))
    part.close()


@pytest.mark.parametrize(("options", "word"), [
    ({"window": "7"}, "duration"), ({"order": "random"}, "random"), ({"start": "firts"}, "first"), ({"breakdown": "chanel"}, "channel"),
    ({"breakdown": "channel", "at": "second"}, "attribution"), ({"breakdown": "channel", "at": "step:Pay"}, "step"),
    ({"compare": ["2024-03-01", "never"]}, "never"), ({"preset": "amplitude"}, "preset"), ({"compare": 5}, "text"), ({"breakdown": [None]}, "text"),
    ({"window": "99999999w"}, "thousand years")])
def test_bad_options_are_told(study, options, word):
    with pytest.raises(BadInput, match=word):
        funnel(study, "shop", **options)


def test_bad_segments_are_told(study):
    members = pd.DataFrame({"customer_id": ["c001", "c001"], "persona": ["x", "y"]})
    for given, options, word in ((members, {}, "two values"), (members, {"windw": "3d"}, "Did you mean 'window'"), (members[["customer_id"]], {}, "persona")):
        with pytest.raises(BadInput, match=word):
            funnel_by(study, "shop", given, **options)
    answer = funnel(study, "shop", breakdown="properties.campain")
    assert any("Nothing here has a value of properties.campain" in c for c in answer.caveats)


def test_unknown_funnel_and_no_data(study, tmp_path):
    with pytest.raises(BadInput, match="Did you mean 'shop'"):
        funnel(study, "shopp")
    empty = make_study(tmp_path, {"responses": pd.DataFrame({"response_id": ["r"], "source": ["s"], "question_id": ["q"], "question": ["?"],
                                                             "instrument": ["nps"]})}, funnels=[SHOP])
    with pytest.raises(NotEnoughData):
        funnel(empty, "shop")
    with pytest.raises(NotEnoughData, match="none of its steps"):
        funnel(tiny(tmp_path / "x", ("a", "nothing of it", "2024-01-01")), "shop")


def test_kaplan_meier_without_a_loop_is_the_same():
    rng = np.random.default_rng(2)
    for n in (1, 5, 400):
        time, event = rng.integers(0, 50, n), rng.random(n) < 0.4
        fast = kaplan_meier_at(time, event)
        slow = converted_by(Times.from_values(time.tolist(), event.tolist()), 50)
        assert (fast.value, fast.low, fast.high, fast.n, fast.base) == pytest.approx((slow.value, slow.low, slow.high, slow.n, slow.base))


def test_why_there_is_nothing_is_told(tmp_path):
    rows = interactions(("a", "view", "2024-01-01"), ("b", "buy", "2024-01-02"))
    asked = [{"name": "f", "steps": [{"name": s, "event": s} for s in ("view", "buy")]}]
    before = make_study(tmp_path / "period", {"interactions": rows}, funnels=asked, period={"start": "2025-01-01"})
    with pytest.raises(NotEnoughData, match="none of its steps has an event in the period"):
        funnel(before, "f")
    nobody = make_study(tmp_path / "nobody", {"interactions": rows.assign(customer_id=None)}, funnels=asked)
    with pytest.raises(NotEnoughData, match="none of its steps has an event; 2 events name no customer"):
        funnel(nobody, "f")
    with pytest.raises(NotEnoughData, match="none of its steps has an event of these customers"):
        funnel(make_study(tmp_path / "some", {"interactions": rows}, funnels=asked).only("some", ["c"]), "f")


def test_events_without_a_customer_are_counted_and_never_pooled(tmp_path):
    frame = interactions(("a", "view", "2024-03-01"), ("b", "cart", "2024-03-02"), ("c", "buy", "2024-03-03"))
    frame.loc[[1, 2], "customer_id"] = None
    answer = funnel(make_study(tmp_path, {"interactions": frame}, funnels=[SHOP]), "shop")
    assert answer["steps"]["n"].tolist() == [1, 0, 0]
    assert answer.facts["without_customer"] == 2
    assert any("2 events name no customer" in c for c in answer.caveats)


def test_days_of_a_clock_change_are_as_long_as_any(tmp_path):
    # 24 hours after Saturday noon in New York it is 13:00 on the Sunday of the change
    study = make_study(tmp_path, {"interactions": interactions(("a", "view", "2024-03-09 17:00"), ("a", "cart", "2024-03-10 17:00"),
                                                               ("b", "view", "2024-03-09 17:00"), ("b", "cart", "2024-03-10 17:01"))},
                       funnels=[SHOP], timezone="America/New_York")
    assert funnel(study, "shop")["steps"]["n"].tolist() == [2, 1, 0]


def test_a_bot_with_many_events(tmp_path):
    rows = pd.DataFrame({"customer_id": ["bot"] * 300_000 + ["a"] * 3, "event": ["view", "cart", "view"] * 100_000 + ["view", "cart", "buy"], "source": "web"})
    rows["occurred_at"] = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(len(rows)) // 7, unit="s")
    rows["interaction_id"] = [f"{i:07d}" for i in range(len(rows))]
    study = make_study(tmp_path, {"interactions": rows}, funnels=[SHOP, {**SHOP, "name": "strict", "order": "strict"},
                                                                 {**SHOP, "name": "again", "steps": [STEPS[0], {"name": "x", "event": ["view", "cart"]}, STEPS[2]]}])
    assert funnel(study, "shop")["steps"]["n"].tolist() == [2, 2, 1]
    assert funnel(study, "strict")["steps"]["n"].iloc[0] == 2
    assert funnel(study, "again")["steps"]["n"].tolist() == [2, 2, 1]


def test_attempts_are_counted_when_asked(tmp_path):
    study = tiny(tmp_path, ("a", "view", "2024-03-01 10:00"), ("a", "cart", "2024-03-01 11:00"), ("a", "buy", "2024-03-01 12:00"),
                 ("a", "view", "2024-03-02 10:00"), ("a", "cart", "2024-03-02 11:00"), ("b", "view", "2024-03-05 10:00"))
    answer = funnel(study, "shop", attempts=True)
    assert answer["attempts"]["n"].tolist() == [3, 2, 1] and answer["steps"]["n"].tolist() == [2, 1, 1]
    with pytest.raises(BadInput, match="ordered"):
        funnel(study, "shop", order="strict", attempts=True)


def test_a_wrong_clock_is_told(tmp_path):
    rows = [(f"c{k}", e, f"2024-01-{1 + k % 28:02} 0{h}:00") for k in range(2000) for h, e in ((1, "a"), (2, "b"))]
    funnels = [{"name": "f", "window": "7d", "steps": [{"name": "a", "event": "a"}, {"name": "b", "event": "b"}]}]
    for extra, told in (([], False), ([("x", "a", "2099-01-01")], True)):
        study = make_study(tmp_path / str(told), {"interactions": interactions(*rows, *extra)}, funnels=funnels)
        assert any("if a clock was wrong" in c for c in funnel(study, "f").caveats) is told


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(tmp_path):
    rows = [("a", "view", "2024-03-01"), ("a", "cart", "2024-03-01 01:00"), ("b", "view", "2024-03-01"), ("b", "cart", "2024-03-11")]
    study = tiny(tmp_path, *rows, window="30d", breakdown=["source"], steps=SHOP["steps"][:2])
    study = study.with_params(privacy={"min_cell": 1})
    answer = funnel(study, "shop")
    middle = (3_600 + 10 * 86_400) / 2
    assert answer["steps"]["median_s"].tolist()[1] == middle
    assert answer["breakdown"]["median_s"].tolist()[1] == middle
    time = next(f for f in answer.findings if f.estimate and f.estimate.unit == "s")
    assert time.estimate.value == middle and agrees(time.estimate, *recompute(study, time.evidence[0], "s"))
