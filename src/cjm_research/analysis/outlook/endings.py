"""How do journeys end, and when? The share with each end by a time, open journeys counted for as long as they were seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine import literal
from ...engine.conditions import match_sql
from ...errors import BadInput, NotEnoughData
from ...log.actors import not_theirs
from ...log.attributes import absent_attribute
from ...log.ends import ends_words, journey_ends
from ...privacy.small_counts import countable, hidden_cells
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import Subject
from ...stats.competing import Ends, cumulative, ended_by
from ...stats.multiplicity import adjust
from ...stats.survival import Times, log_rank
from ...tables import TABLES
from . import declared

if TYPE_CHECKING:
    from ...study import Study

DAY = 86_400e6
LEAST = 20  # journeys of all, and of a group that is compared
POINTS = 40  # of a curve
METHOD = ("Journeys begin with a customer's first event and end with the first of the ends that the params name (`journey.ends`, else the first purchase of `returns`). The share with each end: Aalen & Johansen "
          "(1978), log-log limits; journeys still open at the end of the data count for as long as they were seen. One end by itself (Kaplan–Meier) would take the others for open ones and promise too much. "
          "Groups: log-rank of how fast each end comes, Benjamini–Hochberg over the ends. Definitions: docs/methods/outlook.md.")


@dataclass(frozen=True)
class Ending(Subject):
    """The share of journeys that come to an end by a time."""

    end: str


@declares(*declared.ENDINGS)
def endings(study: Study, *, days: float | None = None, by: str | None = None) -> Result:
    """The share of journeys with each end within so many days, and how many are open still; by groups of customers where asked.

    days: default as long as half of the journeys were observed. by: "channel" (of the first event) or attributes.<key>. Frames: `ends`, `curve`, `groups`. facts: `days`, `open`.
    Raises `NotEnoughData` where no end is named or fewer than 20 journeys begin before theirs, `BadInput` for an unknown `by`.
    """
    names, sql = _journeys_sql(study, by)
    frame = study.query(f"SELECT id, CAST(begun AS DOUBLE) AS begun, CAST(ended AS DOUBLE) AS ended, kind, grp FROM ({sql}) ORDER BY id")
    frame["begun"], frame["ended"] = frame["begun"].astype("float64"), frame["ended"].astype("float64")  # an open journey has no end: missing, and no end that is compared
    at_once = int((frame["ended"] <= frame["begun"]).sum())
    frame = frame[~(frame["ended"] <= frame["begun"])].reset_index(drop=True)
    if len(frame) < LEAST:
        raise NotEnoughData("how journeys end", f"{words.some(len(frame), 'journeys')} with an event before the end" + (f"; {at_once:,} are first seen at it" if at_once else ""), f"{LEAST} of them",
                            "events from before the end, e.g. visits before a purchase")
    until = study.observed_until.timestamp() * 1e6
    length = (np.where(frame["ended"].isna(), until, frame["ended"].astype(float)) - frame["begun"].to_numpy(float)) / DAY
    seen = (until - frame["begun"].to_numpy(float)) / DAY
    ends = Ends.from_values(list(np.maximum(length, 0.0)), list(frame["kind"].fillna(0).astype(int)))
    horizon = float(days or max(1.0, np.floor(np.median(seen))))
    found = [ended_by(ends, k + 1, horizon) for k in range(len(names))]
    open_ = _open(ends, horizon)
    least = study.params.privacy.min_cell
    hide = hidden_cells([("", e.base, e.n) for e in found], least)
    kept = [(k, e) for k, (e, h) in enumerate(zip(found, hide, strict=True)) if not h]
    rows = [({"end": names[k], "median_days": _half(ends, k + 1)}, e) for k, e in kept]
    result = Result("How do journeys end, and when?", {
        "ends": estimates_frame([*rows, ({"end": "still open", "median_days": None}, open_)]), "curve": _curve(ends, names, [k for k, _ in kept], least), "groups": _groups(frame, ends, names, horizon, least, by)},
        method=METHOD, facts={"days": horizon, "open": open_.value, "ends": names, "journeys": ends.n, "by": by or ""})
    verb = "end with" if journey_ends(study) else "come to"
    result.findings = [Finding(f"ending:{names[k]}", f"Within {horizon:,.0f} days {words.estimate(e)} of journeys {verb} {names[k]}", "metric", e, label=f"{verb} {names[k]}", subject=Ending(names[k]), evidence=(rows_evidence(
        study, "interactions", "journeys with the days they were seen and the end they came to, if any", f"SELECT id, round(coalesce(ended, {until:.0f}) - begun) / {DAY:.0f} AS value, kind FROM ({sql}) WHERE NOT coalesce(ended <= begun, FALSE)"),)) for k, e in kept]
    result.sentences = _sentences(result, names, kept, open_, horizon, verb)
    if at_once:
        result.caveats.append(f"{words.some(at_once, 'customers')} {'is' if at_once == 1 else 'are'} first seen at the end itself; how long it took them is not known, and they are left out.")
    if (seen < horizon).any():
        result.caveats.append(f"{words.count(int((seen < horizon).sum()))} of {words.count(ends.n)} journeys were seen for less than {horizon:,.0f} days; they count for as long as they were.")
    if study.params.period.start is None:
        result.caveats.append("Journeys from before the first day of the data look younger than they are.")
    return result


def _journeys_sql(study: Study, by: str | None) -> tuple[list[str], str]:
    """(names of the ends, SQL: id, begun, ended (both µs), kind (1, 2, …), grp)."""
    study.need("interactions", what="how journeys end")
    columns = TABLES["interactions"].names
    declared_ends = journey_ends(study)
    if declared_ends:
        found = [(ends_words([e]), match_sql(e, columns, "ends")) for e in declared_ends]
    elif study.params.returns:
        found = [(words.listing([words.event(e) for e in study.params.returns], "or"), f"event IN ({', '.join(map(literal, study.params.returns))})")]
    else:
        raise NotEnoughData("how journeys end", "params name no event after which nothing follows, nor one by which customers come back", "ends of the journey",
                            f"`journey: {{ends: [declined, contract_signed]}}` or `returns:` in params/{study.client}.yaml names them")
    kind = "CASE " + " ".join(f"WHEN ({sql}) THEN {k}" for k, (_, sql) in enumerate(found, 1)) + " END"
    others = not_theirs(study)
    own = f" AND NOT coalesce({others}, FALSE)" if others else ""
    group = _group_sql(study, by)
    return [name for name, _ in found], (
        f"WITH e AS (SELECT customer_id AS id, epoch_us(occurred_at) AS t, {kind} AS k FROM interactions WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL), "
        f"b AS (SELECT customer_id AS id, min(epoch_us(occurred_at)) AS begun, arg_min(channel, occurred_at) AS channel FROM interactions WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL{own} GROUP BY 1), "
        "x AS (SELECT e.id, min(t) AS ended, min(struct_pack(t := t, k := k)).k AS kind FROM e JOIN b ON b.id = e.id WHERE k IS NOT NULL AND t >= begun GROUP BY 1) "
        f"SELECT b.id, b.begun, x.ended, x.kind, {group} AS grp FROM b LEFT JOIN x ON x.id = b.id" + (" LEFT JOIN customers c ON c.customer_id = b.id" if (by or "").startswith("attributes.") else ""))


def _group_sql(study: Study, by: str | None) -> str:
    if not by:
        return "NULL"
    if by == "channel":
        return "b.channel"
    if not by.startswith("attributes."):
        raise BadInput("how journeys end: by", f"{by!r}", "channel or attributes.<key>", "correct `by` in the cell that asks")
    if said := absent_attribute(study, by):
        raise BadInput(f"how journeys end: by {by}", said, "an attribute of the customers", "correct `by` in the cell that asks")
    return f"json_extract_string(c.attributes, {literal('$.' + chr(34) + by.removeprefix('attributes.') + chr(34))})"


def _open(ends: Ends, t: float) -> Estimate:
    """The share of journeys open at a time: what no end has taken."""
    e = ended_by(Ends(ends.time, (ends.end > 0).astype(np.int64)), 1, t)
    if e.value is None:
        return e
    return Estimate(1 - e.value, None if e.high is None else 1 - e.high, None if e.low is None else 1 - e.low, e.base - e.n, e.base, "share", "Kaplan–Meier of any end, log-log limits, 0.95")


def _half(ends: Ends, of: int) -> float | None:
    """Days by which half of those who come to an end within the data have come to it."""
    took = ends.time[ends.end == of]
    return float(np.median(took)) if len(took) >= LEAST else None


def _curve(ends: Ends, names: list[str], kept: list[int], least: int) -> pd.DataFrame:
    rows = []
    for k in kept:
        curve = cumulative(ends, k + 1)
        curve = curve[curve["events"].cumsum() >= least]
        if curve.empty:
            continue
        at = np.unique(np.linspace(0, len(curve) - 1, min(POINTS, len(curve))).astype(int))
        rows += [{"end": names[k], "days": r["time"], "at_risk": int(r["at_risk"]), "ended": r["ended"], "low": r["low"], "high": r["high"]} for r in curve.iloc[at].to_dict("records")]
    return pd.DataFrame(rows, columns=list(declared.CURVE.stored))


def _groups(frame: pd.DataFrame, ends: Ends, names: list[str], t: float, least: int, by: str | None) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(declared.BY_GROUP.stored))
    if not by:
        return empty
    sizes = frame["grp"].dropna().value_counts()
    parts = {str(g): Ends(ends.time[m], ends.end[m]) for g in sorted(sizes.index[sizes >= max(LEAST, least)].astype(str)) for m in [(frame["grp"].astype("string") == g).fillna(False).to_numpy(bool)]}
    if len(parts) < 2:
        return empty
    tested = [log_rank([Times.from_values(list(p.time), list(p.end == k)) for p in parts.values()]) for k in range(1, len(names) + 1)]
    p = adjust([x[2] if x else None for x in tested], "bh")
    rows = []
    for k, name in enumerate(names, 1):
        found = {g: ended_by(part, k, t) for g, part in parts.items()}
        if all(countable(e.base, e.n, least) for e in found.values()):
            rows += [({"end": name, "group": g, "p_adjusted": p[k - 1]}, e) for g, e in found.items()]
    return estimates_frame(rows)[list(declared.BY_GROUP.stored)] if rows else empty


def _sentences(result: Result, names: list[str], kept: list[tuple[int, Estimate]], open_: Estimate, t: float, verb: str) -> list[str]:
    if not kept:
        return [f"How journeys end is known of {words.some(int(result.facts['journeys']), 'customers')}, too few of whom came to any end to tell of it."]
    ordered = sorted(kept, key=lambda x: -(x[1].value or 0.0))
    parts = [f"{round(100 * (e.value or 0))} of 100 journeys {verb} {names[k]}" if i == 0 else f"{round(100 * (e.value or 0))} with {names[k]}" for i, (k, e) in enumerate(ordered[:3])]
    out = [f"Within {t:,.0f} days {words.listing(parts)}; {round(100 * (open_.value or 0))} are still open."]
    k, e = ordered[0]
    out.append(f"{words.begun(names[k])} by day {t:,.0f}: {words.estimate(e)}.")
    groups = result.frames["groups"]
    apart = groups[groups["p_adjusted"] < 0.05] if len(groups) else groups
    for end, part in apart.groupby("end", sort=False):
        low, high = part.loc[part["value"].idxmin()], part.loc[part["value"].idxmax()]
        out.append(f"{words.begun(str(end))} comes at different speed by group: {words.percent(float(high['value']))} of {high['group']} and {words.percent(float(low['value']))} of {low['group']} by then; that is no reason why.")
    if result.facts["by"] and not len(apart):
        out.append("No difference between groups beyond chance was seen." if len(groups) else "Groups are too few or too small to be compared.")
    return out
