"""The journey map: what does it say of a business in which nothing changes and nobody hurts, and does it find what was planted?

    python -m benchmarks.map_simulator [--seeds 200] [--first 0] [--customers 500] [--json FILE]

Every seed simulates two logs over 150 days: customers of two channels arrive at an uneven pace, are followed up for as long as the
data go, go on with fixed chances after some days, and most come back to look around. In the first log nothing changes, all touchpoints
lose and displease alike, and the personas are labels drawn by chance. In the second the chance of going on from Look falls in the
second half of the period, most who come to Basket stop there, and those who answer about Basket are less often satisfied.

Bars: at most 5 % of marks are ▲ or ▼ in the first log; no stake and no pain headline in more than 1 % of its seeds; in the second the
change, the stop and the pain are found at their place in 95 % of seeds; 95 % intervals of shares that are known cover in 93 % to 97 %
(the counts of the run's own chance beside them). The exit code says whether the bars hold.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom

from cjm_research.errors import NotEnoughData
from cjm_research.journey_map.changes import difference
from cjm_research.journey_map.moves import moves
from cjm_research.journey_map.pains import pain_points
from cjm_research.journey_map.stages import stage_metrics
from cjm_research.journey_map.stakes import stakes
from cjm_research.journey_map.views import CURRENT, PREVIOUS
from cjm_research.results.result import Finding, Result
from cjm_research.study import Study
from tests.studies import make_study

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-01T00:00", tz="UTC")
DAYS = 150.0
HORIZON = 30.0  # days; nobody takes longer, so that the share within it is the share at all
STAGES = {"Look": ("Search", "Advert"), "Choose": ("Basket", "Advice"), "Buy": ("Checkout",), "Use": ("Delivery", "Help")}
CHANCE = {"Look": 0.6, "Choose": 0.6, "Buy": 0.6}  # of going on
MEAN_DAYS = {"Look": 5.0, "Choose": 3.0, "Buy": 4.0}
FALL, STOP, PAIN = 0.3, 0.35, 0.3  # planted: what going on from Look and from Basket falls by, and satisfaction with Basket
SATISFIED = 0.7
BASKET = "Basket"


@dataclass
class Tally:
    """What the seeds showed, added up."""

    marks: Counter[str] = field(default_factory=Counter)
    by_lane: Counter[str] = field(default_factory=Counter)
    stakes: Counter[str] = field(default_factory=Counter)
    headlines: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def cover(self, what: str, low: float | None, high: float | None, truth: float) -> None:
        """Count whether an interval holds the truth."""
        if low is not None and high is not None:
            self.asked[what] += 1
            self.covered[what] += low <= truth <= high


def simulate(seed: int, customers: int, planted: bool) -> dict[str, pd.DataFrame]:
    """Interactions, answers and customers of one business."""
    rng = np.random.default_rng(seed)
    rows, answers = [], []
    for c in range(customers):
        at = DAYS * float(rng.beta(1.4, 1.0))  # more and more arrive: uneven follow-up
        channel = "web" if rng.random() < 0.6 else "app"
        began = at
        for stage, touchpoints in STAGES.items():
            here = touchpoints[int(rng.random() < 0.5) % len(touchpoints)] if len(touchpoints) > 1 else touchpoints[0]
            rows.append((c, stage, here, at, channel if rng.random() < 0.8 else "web", rng.lognormal(3, 0.5) if stage == "Buy" else None))
            if rng.random() < 0.3:
                happy = rng.random() < SATISFIED - (PAIN if planted and here == BASKET else 0.0)
                answers.append((c, stage, here, at, 5.0 if happy else 2.0))
            if stage not in CHANCE:
                break
            chance = CHANCE[stage] - (FALL if planted and stage == "Look" and began >= DAYS / 2 else 0.0) - (STOP if planted and here == BASKET else 0.0)
            if rng.random() >= chance:
                break
            at += min(float(rng.exponential(MEAN_DAYS[stage])), HORIZON - 1)
        if rng.random() < 0.6:  # they come back to look around, and rarely start over
            rows += [(c, "Look", "Search", began + k * float(rng.uniform(10, 40)), "web", None) for k in range(1, int(rng.integers(2, 5)))]
    rows = [r for r in rows if r[3] < DAYS]
    answers = [a for a in answers if a[3] < DAYS]
    log = pd.DataFrame({"interaction_id": [f"i{k}" for k in range(len(rows))], "customer_id": [f"c{r[0]}" for r in rows], "event": [r[2].lower() for r in rows],
                        "occurred_at": [START + DAY * r[3] for r in rows], "stage": [r[1] for r in rows], "touchpoint": [r[2] for r in rows],
                        "channel": [r[4] for r in rows], "value": [r[5] for r in rows], "source": "web"})
    said = pd.DataFrame({"response_id": [f"r{k}" for k in range(len(answers))], "customer_id": [f"c{a[0]}" for a in answers],
                         "answered_at": [START + DAY * a[3] for a in answers], "stage": [a[1] for a in answers], "touchpoint": [a[2] for a in answers],
                         "score": [a[4] for a in answers], "question_id": [f"sat_{a[2].lower()}" for a in answers], "question": "How satisfied are you?",
                         "instrument": "csat", "scale_min": 1.0, "scale_max": 5.0, "higher_is_better": True, "box": 2, "source": "survey"})
    kinds = pd.DataFrame({"customer_id": [f"c{c}" for c in range(customers)], "attributes": [json.dumps({"kind": "one" if rng.random() < 0.5 else "two"}) for _ in range(customers)]})
    return {"interactions": log, "responses": said, "customers": kinds}


def _opened(folder: Path, seed: int, customers: int, planted: bool) -> Study:
    journey = {"stages": [{"name": s, **({"horizon": f"{HORIZON:.0f}d"} if s in CHANCE else {}),
                           "touchpoints": [{"name": t, "match": {"event": t.lower()}, "questions": [f"sat_{t.lower()}"]} for t in ts]} for s, ts in STAGES.items()]}
    return make_study(folder, simulate(seed, customers, planted), journey=journey, timezone="UTC", personas={"attribute": "kind"})


def _halves(study: Study) -> list[Finding]:
    return [f.at(period=h) for h in (PREVIOUS, CURRENT) for f in stage_metrics(study, half=h).findings if f.estimate and f.channel is None and f.touchpoint is None]


def _headline(answer: Result) -> str:
    return str(answer.facts["hurts_most"] or "")


def _stakes(study: Study) -> list[Finding]:
    try:
        return stakes(study).findings
    except NotEnoughData:
        return []


def nothing(folder: Path, seed: int, customers: int, t: Tally) -> None:
    """One business in which nothing changes and nobody hurts more than elsewhere."""
    study = _opened(folder, seed, customers, planted=False)
    found = _halves(study)
    by_id = {f.id: f for f in found}
    for key, move in moves(found, PREVIOUS, CURRENT).items():
        t.marks[move["state"]] += 1
        t.by_lane[f"{by_id[key].lane} {by_id[key].stage}: {'same' if move['state'] == 'same' else 'marked'}"] += 1
    t.stakes.update(str(f.key) for f in _stakes(study))
    pains = pain_points(study)
    t.headlines.update([_headline(pains)])
    for f in stage_metrics(study).findings:
        if f.lane == "conversion" and f.key.startswith("conversion:stage:") and f.channel is None and f.estimate:
            t.cover("going on", f.estimate.low, f.estimate.high, CHANCE[str(f.stage)])
    for r in pains["ranks"][pains["ranks"]["source"] == "survey"].to_dict("records"):
        t.cover("not satisfied", r["low"], r["high"], 1 - SATISFIED)
    study.close()


def planted(folder: Path, seed: int, customers: int, t: Tally) -> None:
    """One business with a change, a stop and a pain."""
    study = _opened(folder, 100_000 + seed, customers, planted=True)
    found = _halves(study)
    by_id = {f.id: f for f in found}
    marked = {f"{by_id[k].lane} {by_id[k].stage}": m["state"] for k, m in moves(found, PREVIOUS, CURRENT).items()}
    t.found["change at its place"] += marked.get("conversion Look") == "down"
    t.marks.update("elsewhere " + ("same" if marked.get(f"conversion {s}", "same") == "same" else "marked") for s in ("Choose", "Buy"))
    ranks = pain_points(study)
    first = {s: part.sort_values("rank").iloc[0]["touchpoint"] for s, part in ranks["ranks"].groupby("source")}
    t.found["stop at its place"] += _worst_share(ranks, "behaviour") == BASKET
    t.found["pain at its place"] += _worst_share(ranks, "survey") == BASKET
    t.found["headline names it"] += _headline(ranks) == BASKET
    t.found["headline names another place"] += _headline(ranks) not in ("", BASKET)
    t.found["most leave there, by number"] += first.get("behaviour") == BASKET
    t.found["a stake on Look against the half before"] += any(f.key == "stake:period:Look" for f in _stakes(study))
    for r in ranks["ranks"].to_dict("records"):
        if r["touchpoint"] == BASKET and r["source"] == "behaviour":
            t.cover("stops at Basket", r["low"], r["high"], 1 - (CHANCE["Choose"] - STOP))
        if r["source"] == "survey":
            t.cover("not satisfied", r["low"], r["high"], 1 - SATISFIED + (PAIN if r["touchpoint"] == BASKET else 0))
    was, now = (next(f.estimate for f in found if f.period == h and f.key == "conversion:stage:Look") for h in (PREVIOUS, CURRENT))
    if was is not None and now is not None and (d := difference(was, now)) is not None:
        t.cover("change of going on", d.low, d.high, -FALL)
    study.close()


def _worst_share(answer: Result, source: str) -> str:
    part = answer["ranks"][answer["ranks"]["source"] == source]
    return "" if part.empty else str(part.loc[part["value"].idxmax(), "touchpoint"])


def report(t: Tally, p: Tally, seeds: int) -> dict[str, Any]:
    """The rates beside their bars, and whether each holds."""
    marks, all_marks = sum(n for s, n in t.marks.items() if s != "same"), sum(t.marks.values())
    rows: dict[str, Any] = {
        "marks": _at_most(marks, all_marks, 0.05),
        "seeds with a stake": _at_most(sum(t.stakes.values()), seeds, 0.01),
        "seeds with a pain headline": _at_most(seeds - t.headlines[""], seeds, 0.01),
    }
    for what in ("change at its place", "stop at its place", "pain at its place"):
        rows[what] = {"n": p.found[what], "of": seeds, "rate": p.found[what] / seeds, "bar": "at least .95", "holds": p.found[what] / seeds >= 0.95}
    # a headline needs both sources to be clear, which some thirty answers about Basket give every second time: told, and no bar
    rows["headline names it"] = {"n": p.found["headline names it"], "of": seeds, "rate": p.found["headline names it"] / seeds, "bar": "none", "holds": True}
    rows["headline names another place"] = _at_most(p.found["headline names another place"], seeds, 0.01)
    for name, tally in (("nothing", t), ("planted", p)):
        for what, asked in sorted(tally.asked.items()):
            rate = tally.covered[what] / asked
            # two points beside 95 %, or what chance does to so few seeds
            low, high = min(0.93, float(binom.ppf(0.005, asked, 0.95)) / asked), max(0.97, float(binom.ppf(0.995, asked, 0.95)) / asked)
            rows[f"covered, {name}: {what}"] = {"n": tally.covered[what], "of": asked, "rate": rate, "bar": ".93 to .97", "holds": low <= rate <= high}
    return {"seeds": seeds, "bars": rows, "by lane": dict(sorted(t.by_lane.items())), "stakes": dict(t.stakes), "headlines": dict(t.headlines),
            "planted": {**p.found, **p.marks}}


def _at_most(n: int, of: int, bar: float) -> dict[str, Any]:
    return {"n": n, "of": of, "rate": n / of, "bar": f"at most {bar:g}", "holds": n <= max(bar * of, float(binom.ppf(0.995, of, bar)))}


def run(seeds: int, first: int, customers: int, scratch: Path, kept: Path | None = None) -> dict[str, Any]:
    """Simulate, ask the map and count. kept: a file that holds what the seeds so far have shown."""
    t, p, began = Tally(), Tally(), time.monotonic()
    for seed in range(first, first + seeds):
        for name, one, tally in (("nothing", nothing, t), ("planted", planted, p)):
            with tempfile.TemporaryDirectory(dir=scratch, prefix=name) as folder:
                one(Path(folder), seed, customers, tally)
        done = seed - first + 1
        if kept is not None:
            kept.write_text(json.dumps(report(t, p, done), indent=1))
        if done % 10 == 0:
            print(f"{done} of {seeds} seeds, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return report(t, p, seeds)


def main(argv: list[str] | None = None) -> int:
    """Print the rates; 0 where all bars hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.map_simulator", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--json", type=Path, help="file for the rates, written anew after each seed")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="cjm-simulate-") as scratch:
        found = run(asked.seeds, asked.first, asked.customers, Path(scratch), asked.json)
    for what, row in found["bars"].items():
        print(f"{'ok  ' if row['holds'] else 'FAIL'}  {what:46} {row['n']:6,} of {row['of']:6,} = {row['rate']:.3f}  (bar: {row['bar']})")
    for part in ("by lane", "stakes", "headlines", "planted"):
        print(f"{part}: {json.dumps(found[part])}")
    return 0 if all(r["holds"] for r in found["bars"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
