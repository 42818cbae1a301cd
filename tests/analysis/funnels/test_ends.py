"""What becomes of those who did not get through: ended, pending or dropped; by hand and recounted in plain Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel
from cjm_research.analysis.paths import paths
from cjm_research.analysis.retention import retention
from cjm_research.params import Params
from cjm_research.results.evidence import agrees, recompute
from tests.studies import interactions, make_study

STEPS = [{"name": "Asked", "event": "ask"}, {"name": "Offered", "event": "offer"}, {"name": "Paid out", "event": "pay"}]
ROWS = [
    ("through", "ask", "2024-03-01"), ("through", "offer", "2024-03-02"), ("through", "pay", "2024-03-03"),
    ("declined", "ask", "2024-03-20"), ("declined", "no", "2024-03-21"),
    ("declined at once", "ask", "2024-03-20"), ("declined at once", "no", "2024-03-20"),
    ("withdrew", "ask", "2024-03-18"), ("withdrew", "offer", "2024-03-19"), ("withdrew", "left", "2024-03-22"),
    ("open", "ask", "2024-03-20"), ("open", "offer", "2024-03-21"),
    ("asked again", "ask", "2024-03-10"), ("asked again", "no", "2024-03-11"), ("asked again", "ask", "2024-03-25"),
    ("forgotten", "ask", "2024-03-01"),
    ("declined too late", "ask", "2024-03-01"), ("declined too late", "no", "2024-03-29"),
    ("clock", "look", "2024-03-30"),
]
ENDS = ["no", {"event": "left"}]
BECAME = {"through": "completed", "declined": "ended", "declined at once": "ended", "withdrew": "ended", "open": "pending", "asked again": "pending",
          "forgotten": "dropped", "declined too late": "dropped"}


def study_of(tmp_path, rows=ROWS, journey=None, ends=(), more=None, **settings):
    f = {"name": "loan", "window": "20d", "steps": STEPS, **({"ends": list(ends)} if ends else {}), **settings}
    return make_study(tmp_path, {"interactions": interactions(*rows), **(more or {})}, funnels=[f], journey={"ends": journey} if journey else {})


@pytest.mark.parametrize("where", ["journey", "funnel", "both"])
def test_what_became_of_each(tmp_path, where):
    study = study_of(tmp_path, journey={"journey": ENDS, "both": "no"}.get(where), ends={"funnel": ENDS, "both": ["left"]}.get(where, ()))
    answer = funnel(study, "loan")
    assert dict(zip(answer["customers"]["id"], answer["customers"]["state"], strict=True)) == BECAME
    assert (answer.facts["pending"], answer.facts["ended"]) == (2, 3)
    steps = answer["steps"].set_index("name")
    assert steps.loc["Offered", ["n", "dropped", "ended", "pending"]].tolist() == [3, 2, 2, 1]
    assert steps.loc["Paid out", ["n", "dropped", "ended", "pending"]].tolist() == [1, 0, 1, 1]
    assert (steps["n"] + steps["dropped"] + steps["ended"] + steps["pending"] == steps["previous"])[1:].all()
    assert "3 have ended before; 2 more still can" in answer.sentences[1]
    said = {f.key: f.statement for f in answer.findings}
    assert said["funnel:loan:conversion"].endswith("; 3 have ended before; 2 more still can")
    assert said["funnel:loan:step:2"].endswith("; 2 have ended before; 1 more still can") and said["funnel:loan:step:3"].endswith("; 1 has ended before; 1 more still can")
    assert "no or left lies at or after" in answer.method


def test_without_ends_nobody_has_ended(tmp_path):
    answer = funnel(study_of(tmp_path), "loan")
    assert "ended" not in " ".join([*answer.sentences, *answer.caveats, answer.method])
    assert answer.facts["ended"] == 0 and answer.facts["pending"] == 5
    none = funnel(study_of(tmp_path / "b", [r for r in ROWS if r[1] not in ("no", "left")], journey=ENDS), "loan")
    assert "have ended" not in none.sentences[1] and any("No event 'no' in the data" in c for c in none.caveats)


def test_without_a_window_who_has_no_end_is_pending_and_no_loss(tmp_path):
    study = study_of(tmp_path, journey=ENDS, window=None)
    answer = funnel(study, "loan")
    states = dict(zip(answer["customers"]["id"], answer["customers"]["state"], strict=True))
    assert states == {**BECAME, "declined too late": "ended", "forgotten": "pending"}
    losses = [f for f in answer.findings if f.kind == "pain"]
    assert losses and all(f.estimate.base <= 5 for f in losses)
    assert all(agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit)) for f in answer.findings)


def test_a_funnels_own_steps_do_not_end_it(tmp_path):
    study = study_of(tmp_path, journey=["pay", "offer"])
    assert funnel(study, "loan").facts["ended"] == 0


def test_closed_deals_end_by_themselves_unless_another_is_open(tmp_path):
    def deals(*rows):
        frame = pd.DataFrame(rows, columns=["deal_id", "customer_id", "stage", "entered_at"])
        frame["entered_at"] = pd.to_datetime(frame["entered_at"], utc=True)
        return frame.assign(source="crm", is_closed=frame["stage"].isin(["won", "lost"]), is_won=frame["stage"] == "won")

    table = deals(("1", "a", "lead", "2024-03-20"), ("1", "a", "lost", "2024-03-21"), ("2", "b", "lead", "2024-03-20"), ("3", "c", "lead", "2024-03-19"),
                  ("3", "c", "lost", "2024-03-22"), ("4", "c", "lead", "2024-03-21"), ("5", "d", "lead", "2024-03-02"), ("5", "d", "won", "2024-03-30"))
    rows = [(r.customer_id, f"deal: {r.stage}", str(r.entered_at)) for r in table.itertuples()]
    steps = [{"name": "Lead", "event": "deal: lead"}, {"name": "Won", "event": "deal: won"}]
    study = study_of(tmp_path, rows, more={"deals": table}, steps=steps, window="40d")
    answer = funnel(study, "loan")
    assert dict(zip(answer["customers"]["id"], answer["customers"]["state"], strict=True)) == {"a": "ended", "b": "pending", "c": "pending", "d": "completed"}
    assert "a closed deal" in answer.method
    other = study_of(tmp_path / "b", [*rows, ("a", "order", "2024-03-30")], more={"deals": table}, window="40d",
                     steps=[steps[0], {"name": "Order", "event": "order"}])
    assert funnel(other, "loan").facts["ended"] == 0, "an order does not hang on a deal"


def test_many_against_a_recount(tmp_path):
    rng = np.random.default_rng(4)
    end, window = 100, 12
    rows = [(f"c{rng.integers(300):03d}", ["ask", "offer", "pay", "no", "look"][rng.choice(5, p=[.35, .2, .1, .2, .15])], int(rng.integers(0, end + 1)))
            for _ in range(1_500)]
    rows.append(("zz", "look", end))
    study = study_of(tmp_path, [(u, e, str(pd.Timestamp("2024-03-01") + pd.Timedelta(hours=t))) for u, e, t in rows], journey="no", window=f"{window}h")
    frame = funnel(study, "loan")["customers"].set_index("id")
    hours = {f"step_{k}": (frame[f"step_{k}"] - pd.Timestamp("2024-03-01", tz="UTC")) / pd.Timedelta(hours=1) for k in (1, 2, 3)}
    for u, state in frame["state"].items():
        own = sorted((t, e) for v, e, t in rows if v == u)
        ends, depth = [t for t, e in own if e == "no"], int(frame.loc[u, "depth"])
        begun, last = (hours[f"step_{k}"][u] for k in (1, depth))
        closed = any(last <= x <= begun + window for x in ends)
        # what would be open: an entry not over yet, no end at or after it, or a later step of such an entry
        entries = [t for t, e in own if e == "ask" and t + window > end]
        could = any(max([t, *(x for x, e in own if e == "offer" and t <= x)]) > max(ends, default=-1) for t in entries)
        assert state == ("completed" if depth == 3 else "pending" if could else "ended" if closed else "dropped"), (u, own)


def test_retention_and_paths_know_the_end(tmp_path):
    study = study_of(tmp_path, journey=ENDS)
    lives = retention(study, inactive=300)
    assert lives.facts["gone"] == 4  # declined, declined at once, withdrew, declined too late
    assert any("5 customers have come to an end (no or left)" in c for c in paths(study, unit="customer").caveats)
    assert retention(study_of(tmp_path / "b"), inactive=300).facts["gone"] == 0


@pytest.mark.parametrize("given", [[{"evnt": "no"}], [{}], [["no"]], [True]])
def test_ends_are_read_strictly(given):
    with pytest.raises(ValueError, match="ends"):
        Params.model_validate({"client": "x", "journey": {"ends": given}})
