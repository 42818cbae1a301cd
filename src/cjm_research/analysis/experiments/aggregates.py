"""Experiments that were delivered as aggregates per look: what may be concluded from each now, and what peeking would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...results.caveats import Note
from ...results.declared import declares
from ...results.result import Result
from ...results.words import count, percent
from ...shapes import Row
from ...stats import multiplicity, srm
from . import checkpoints, declared

if TYPE_CHECKING:
    from ...study import Study

ALPHA = 0.05
METHOD = ("Welch's difference at every look; beside it the asymptotic confidence sequence (Waudby-Smith et al. 2024), tightest at a series' last size, "
          "which holds at all looks together. What counts now is the sequence, Benjamini–Hochberg over all series. Sample ratio: χ² of an arm's largest "
          "counts at its last look against an equal split, alpha .001.")
COLUMNS = ["experiment", "variant", "metric", "looks", "outcome", "value", "low", "high", "n", "base", "unit", "method", "p_adjusted", "naive_p",
           "naive_ever", "naive_last", "flips", "sample_ratio_p"]


@declares(declared.AGGREGATES, declared.EXAMPLE)
def from_aggregates(study: Study) -> Result:
    """What aggregates per look say of each experiment, variant and metric; frames: series, and example (the looks of the one that flipped most).

    Directions of metrics are not known here: outcomes are `higher`, `lower` and `open`, and there is no verdict. Raises NotEnoughData
    without the table `checkpoints`.
    """
    study.need("checkpoints", what="experiments as aggregates per look")
    frame = study.query("SELECT * FROM checkpoints ORDER BY experiment, variant, metric, since")
    keys = ["experiment", "variant", "metric"]
    names = frame[keys].drop_duplicates().reset_index(drop=True)
    numbered = frame.merge(names.assign(series=names.index), on=keys).rename(columns={"since": "time"})
    looks, summaries = checkpoints.read(numbered, alpha=ALPHA)
    series = _series(names, numbered, looks, summaries)
    result = Result("What did experiments say at their looks, and what may be concluded now?", {"series": series, "example": _example(looks, series)},
                    method=METHOD)
    result.sentences, result.caveats = _sentences(series), _caveats(names, series)
    tally = series["outcome"].value_counts()
    result.facts = {"series": len(series), "experiments": int(names["experiment"].nunique()), "without_variance": len(names) - len(series),
                    "naive_ever": int(series["naive_ever"].sum()), "naive_last": int(series["naive_last"].sum()),
                    "outcomes": {str(k): int(n) for k, n in tally.items()}}
    return result


def _series(names: pd.DataFrame, numbered: pd.DataFrame, looks: pd.DataFrame, summaries: pd.DataFrame) -> pd.DataFrame:
    """One row a series: its last look by the sequence, and what single looks had said."""
    last = looks.groupby("series", sort=True).tail(1).set_index("series")
    ratio = _sample_ratio(numbered)
    adjusted = dict(zip(last.index, multiplicity.adjust([float(p) for p in last["anytime_p"]], "bh"), strict=True))
    rows: list[Row] = []
    for s in summaries.to_dict("records"):
        now, p = last.loc[s["series"]], adjusted[s["series"]]
        name = names.loc[s["series"]]
        outcome = "open" if p is None or p >= ALPHA else "higher" if now["value"] > 0 else "lower"
        rows.append({**name.to_dict(), "looks": s["looks"], "outcome": outcome, "value": now["value"], "low": now["anytime_low"], "high": now["anytime_high"],
                     "n": int(now["n"]), "base": int(now["base"]), "unit": "score", "method": "asymptotic confidence sequence at the last look",
                     "p_adjusted": p, "naive_p": now["naive_p"], "naive_ever": s["naive_ever"], "naive_last": s["naive_last"], "flips": s["flips"],
                     "sample_ratio_p": ratio.get((name["experiment"], name["variant"]))})
    found = pd.DataFrame(rows, columns=COLUMNS)
    order = found["outcome"].map({"higher": 0, "lower": 1, "open": 2})
    return found.assign(_o=order).sort_values(["_o", "p_adjusted"], kind="stable").drop(columns="_o").reset_index(drop=True)


def _sample_ratio(numbered: pd.DataFrame) -> dict[tuple[str, str], float | None]:
    found = {}
    for key, one in numbered.dropna(subset=["n_control", "n_variant"]).groupby(["experiment", "variant"]):
        # metrics of a part of the units have smaller counts; the largest is the assignment's
        at = one.assign(n=one["n_control"] + one["n_variant"]).sort_values("n").iloc[-1]
        found[(str(key[0]), str(key[1]))] = srm.srm([int(at["n_control"]), int(at["n_variant"])], [1, 1]).p  # type: ignore[index]
    return found


def _example(looks: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The looks of the series whose naive significance turned most often (the longest of them)."""
    if looks.empty:
        return looks
    turned = looks.assign(hit=looks["naive_p"] < ALPHA).groupby("series")["hit"].agg(lambda h: int((h != h.shift()).sum()) * 10_000 + len(h))
    return looks[looks["series"] == turned.idxmax()].reset_index(drop=True)


def _sentences(series: pd.DataFrame) -> list[str]:
    if series.empty:
        return ["No series has two units an arm and values that vary."]
    n, tally = len(series), series["outcome"].value_counts()
    said = [f"Of {count(n)} series, {count(tally.get('higher', 0))} are higher and {count(tally.get('lower', 0))} lower than the control for sure, whenever one looks; "
            f"{count(tally.get('open', 0))} are open."]
    ever, last = float(series["naive_ever"].mean()), float(series["naive_last"].mean())
    faded = float((series["naive_ever"] & ~series["naive_last"]).mean())
    said.append(f"Looking at each look by itself, {percent(ever)} would have been called significant at some time and {percent(last)} at the last; "
                f"{percent(faded)} were and are no longer.")
    return said


def _caveats(names: pd.DataFrame, series: pd.DataFrame) -> list[str]:
    found = ["Aggregates have no units: duplicates, units in two arms, missing values and balance before cannot be checked, so there is no verdict."]
    arms = series.drop_duplicates(["experiment", "variant"])
    off = arms[arms["sample_ratio_p"].notna() & (arms["sample_ratio_p"] < srm.ALPHA)]
    if len(off):
        found.append(f"{len(off)} of {len(arms)} arms are off an equal split (p < .001 each): not to be trusted if an equal split was planned.")
    if len(names) > len(series):
        found.append(Note(f"{len(names) - len(series)} series have no variance, or nothing varies; they are left out."))
    return found
