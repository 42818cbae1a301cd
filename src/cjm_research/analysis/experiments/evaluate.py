"""One experiment, evaluated: design, trust, effects, looks, verdict, in the order a sceptic reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import NotEnoughData
from ...params.schema import Experiment
from ...results.caveats import Blocker, Note
from ...results.declared import declares
from ...results.result import Finding, Result
from ...results.subjects import ExperimentEffect
from ...results.words import begun, count, listing, p_value, percent
from ...shapes import Row
from . import bulk, checks, declared, effects, looks, segments, sensitivity, trace, verdict
from . import design as designs
from .effects import Measured
from .said import first as said_first
from .units import Units
from .verdict import Verdict

if TYPE_CHECKING:
    from ...study import Study

METHOD = (
    "Trust before effect (Kohavi, Tang & Xu 2020; Fabijan et al. 2019). Shares: Miettinen–Nurminen score; means: Welch; ratios: "
    "delta method (Deng et al. 2018); relative changes from the same pivot (Fieller, score ratio), so that they never contradict the "
    "absolute ones; values from before adjust by ANCOVA within arms (CUPED, Deng et al. 2013); clusters by the delta method over "
    "clusters. Primary metric: Holm over variants; secondary metrics: Benjamini–Hochberg; guardrails: one-sided against their margin. "
    "Planned looks: Lan–DeMets with O'Brien–Fleming spending; unplanned looks: asymptotic confidence sequence (Waudby-Smith et al. 2024)."
)


@declares(*declared.EVALUATED)
def evaluate(study: Study, name: str, *, earlier: Sequence[dict[str, Any]] | None = None, metrics: Sequence[str] | None = None) -> Result:
    """The evaluation of an experiment of params.

    earlier: reports that showed it before, default `earlier_reports`; those on the present data are no further look.
    metrics: evaluate the primary metric and these only. Frames: design, checks, effects, guardrails, adjusted,
    sensitivity, looks, segments, over_time, triggered, verdicts, worth, arms. Raises BadInput for names unknown and values that contradict
    their kind, NotEnoughData where no unit is assigned.
    """
    design = designs.find(study, name)
    wanted = {designs.metric(design, m).name for m in metrics} | {design.primary} if metrics is not None else None
    chosen = [m for m in design.metrics if wanted is None or m.name in wanted]
    with Units(study, design) as units:
        # the primary metric last: its table serves looks, segments and sensitivity
        measured: dict[str, Measured] = {}
        secondary = bulk.measure_all(units, [m for m in chosen if m.name != design.primary])
        for m in sorted(chosen, key=lambda m: m.name == design.primary):
            if m.name in secondary:
                measured[m.name] = effects.compared(units, m, *secondary[m.name])
                continue
            measured[m.name] = effects.measure(units, m)
            if m.name != design.primary:
                units.drop(measured[m.name].values.table)
        ordered = [measured[m.name] for m in chosen]
        return _answer(study, design, units, ordered, looks.earlier_reports(study, name) if earlier is None else earlier)


def _answer(study: Study, design: Experiment, units: Units, measured: list[Measured], earlier: Sequence[dict[str, Any]]) -> Result:
    primary = next(f for f in measured if f.role == "primary")
    if not any(g.n or (g.times and g.times.n) for g in primary.groups.values()):
        raise NotEnoughData(f"experiment {design.name!r}", f"no unit has a value of {design.primary} yet",
                            "at least two units an arm", "wait, or check the metric's name and window")
    shown = [e for e in earlier if not _same(e, units, primary)]
    trust = checks.run(units, measured, looks.check(units, shown))
    adjusted, failing = effects.families(measured), checks.failing(trust)
    verdicts, at_now = [], {}
    for variant in units.live_treatments:
        at_now[variant] = looks.now(units, primary, variant, len(shown))
        fixed = at_now[variant].comparison is primary.contrasts[variant].absolute
        p = adjusted[design.primary, variant][0] if fixed else at_now[variant].comparison.p
        verdicts.append(verdict.decide(units, measured, variant, at_now[variant], p, failing))
    over_time, shifts = segments.over_time(units, primary)
    found = effects.frame(study, design, measured, units.arms)
    result = Result(
        question=f"Which variant of {design.title or design.name} should customers get?",
        frames={
            "verdicts": _verdict_frame(verdicts), "design": designs.stated(design, study.params.currency), "checks": checks.frame(trust),
            "effects": found, "guardrails": effects.guardrails(design, found, study.params.currency), "adjusted": effects.adjusted(found), "sensitivity": sensitivity.table(units, primary),
            "looks": looks.history(units, primary), "segments": segments.by_segment(units, primary), "over_time": over_time,
            "triggered": pd.DataFrame(segments.triggered(units, primary)), "worth": _worth_frame(study, units, primary, verdicts),
            "arms": _arms(units, primary),
        },
        method=METHOD,
    )
    result.facts = _facts(study, design, units, primary, verdicts, shifts, shown)
    result.sentences = _sentences(study, design, units, measured, verdicts, shifts, trust)
    result.caveats = _caveats(design, units, trust, verdicts)
    result.findings = _findings(design, study, units, measured, verdicts, result.caveats, checks.readings(trust))
    return result


def _same(earlier: Row, units: Units, primary: Measured) -> bool:
    """Whether a report showed what the data say now: as many units, and the same effect (or what the prior made of it)."""
    for c in primary.contrasts.values():
        believed = sensitivity.posterior(units, c.absolute)
        values = [c.absolute.value, believed.value if believed else c.absolute.value]
        if earlier.get("units") == c.absolute.base and any(_near(earlier.get("value"), v) for v in values):
            return True
    return False


def _near(a: Any, b: float | None) -> bool:
    return (a is None and b is None) or (isinstance(a, int | float) and b is not None and abs(a - b) <= 1e-9 * max(1.0, abs(b)))


def _verdict_frame(verdicts: list[Verdict]) -> pd.DataFrame:
    return pd.DataFrame([{"variant": v.variant, "verdict": v.choice, "reason": v.reason, **v.comparison.estimate().row(),
                          "p_adjusted": v.p_adjusted, "conf": v.comparison.conf} for v in verdicts])


def _worth_frame(study: Study, units: Units, primary: Measured, verdicts: list[Verdict]) -> pd.DataFrame:
    rows = []
    for v in verdicts:
        found = verdict.worth(study, units, primary, v)
        if found:
            rows.append({"variant": v.variant, **found[0].row(), "words": found[1]})
    return pd.DataFrame(rows, columns=["variant", "value", "low", "high", "n", "base", "unit", "method", "words"])


def _arms(units: Units, primary: Measured) -> pd.DataFrame:
    total = sum(units.design.variants.values())
    return pd.DataFrame([{
        "variant": a, "planned_share": units.design.variants[a] / total, "units": n, "observed": primary.groups[i].n,
        "pending": primary.groups[i].pending, "missing": primary.groups[i].missing,
    } for i, (a, n) in enumerate(zip(units.arms, units.facts["units_by_arm"], strict=True))])


def _facts(study: Study, design: Experiment, units: Units, primary: Measured, verdicts: list[Verdict],
           shifts: list[dict[str, Any]], earlier: Sequence[dict[str, Any]]) -> dict[str, Any]:
    posteriors = {v.variant: sensitivity.posterior(units, primary.contrasts[v.variant].absolute) for v in verdicts}
    opportunity = next((o.name for o in study.params.opportunities if o.experiment == design.name), design.opportunity)
    sign = 1 if primary.metric.higher_is_better else -1
    return {
        "experiment": design.name, "title": design.title or design.name, "primary": design.primary, "control": design.control,
        "verdicts": {v.variant: v.choice for v in verdicts}, "units": sum(units.facts["units_by_arm"]),
        "first_day": str(units.facts["first_day"] or ""), "last_day": str(units.facts["last_day"] or ""),
        "pre_registered": not designs.missing_statements(design), "method": design.method, "information": looks.information(units),
        "earlier_reports": len(earlier), "opportunity": opportunity, "over_time": shifts, "touchpoint": design.touchpoint,
        "stage": design.stage, "higher_is_better": primary.metric.higher_is_better,
        "posterior": {k: {"better": p.better if sign > 0 else 1 - p.better, "prior": p.prior, "value": p.value, "low": p.low,
                          "high": p.high, "loss_if_shipped": p.loss_first if sign > 0 else p.loss_second,
                          "loss_if_kept": p.loss_second if sign > 0 else p.loss_first}
                      for k, p in posteriors.items() if p is not None},
    }


def _sentences(study: Study, design: Experiment, units: Units, measured: list[Measured], verdicts: list[Verdict],
               shifts: list[Row], trust: list[checks.Check]) -> list[str]:
    primary = next(f for f in measured if f.role == "primary")
    said = list[str]()
    for v in _by_weight(verdicts):
        said.append(said_first(units, primary, v))
        if v.choice != "withheld":  # its reason is all there is to say
            said.append(verdict.headline(design, measured, v, checks.readings(trust)))
    said += verdict.best_of(units, primary, [v.variant for v in verdicts if v.choice == "ship"])
    said.append(f"Checks of trust: {'; '.join(_checked(trust))}.")
    for v in verdicts:
        found = verdict.worth(study, units, primary, v)
        if found and v.choice in ("ship", "inconclusive"):
            said.append(begun(found[1]))
        shrunk = sensitivity.posterior(units, primary.contrasts[v.variant].absolute)
        if shrunk is not None and v.choice != "withheld":
            up, unit = primary.metric.higher_is_better, primary.contrasts[v.variant].absolute.unit
            good, loss = (shrunk.better, shrunk.loss_first) if up else (1 - shrunk.better, shrunk.loss_second)
            said.append(f"With the prior stated ({shrunk.prior}), {design.called(v.variant)} is better with a probability {_chance(good)}; the effect to "
                        f"expect is {verdict.signed(shrunk.value, unit)}, and the loss to expect from shipping it is "
                        f"{'next to nothing' if shrunk.sd is not None and loss < shrunk.sd / 1000 else verdict.signed(loss, unit).lstrip('+')}.")
    for s in shifts:
        if s["p"] is not None and s["p"] < design.alpha:
            said.append(f"{s['variant']}: the effect changes with time since exposure; later days minus the first {s['first_days']}: "
                        f"{verdict.signed(s['value'], primary.contrasts[s['variant']].absolute.unit)} a day ({p_value(s['p'])}).")
    return said


def _checked(trust: list[checks.Check]) -> list[str]:
    """`16 pass`, `1 warns (looks)`, `none fails`: the names belong to their state, so that none is read as a judgement."""
    parts = [f"{sum(c.state == 'pass' for c in trust)} pass"]
    for state, one in (("warn", "warns"), ("fail", "fails")):
        names = [c.check for c in trust if c.state == state]
        parts.append(f"{len(names)} {one if len(names) == 1 else state} ({listing(names)})" if names else f"none {one}")
    return parts


def _chance(p: float) -> str:
    return "above 99.9 %" if p > 0.999 else "below 0.1 %" if p < 0.001 else f"of {percent(p)}"


def _by_weight(verdicts: list[Verdict]) -> list[Verdict]:
    order = {"withheld": 0, "ship": 1, "do not ship": 2, "inconclusive": 3, "too early": 4}
    return sorted(verdicts, key=lambda v: order[v.choice])


def _caveats(design: Experiment, units: Units, trust: list[checks.Check], verdicts: list[Verdict]) -> list[str]:
    found = [_caveat(c) for c in trust if c.state in ("fail", "warn")]
    if any(v.choice == "ship" for v in verdicts):
        found.append(Note("A winner's effect is on average smaller than measured: what was chosen for being large regresses."))
    if len(units.live_treatments) > 1:
        found.append(Note(f"Intervals are per comparison; p of the primary metric is corrected for {len(units.live_treatments)} variants."))
    if units.facts["two_arms"]:
        found.append(Note(f"{count(units.facts['two_arms'])} units in two arms are left out."))
    return found


def _caveat(check: checks.Check) -> str:
    """What a check found; where it puts the figures themselves in doubt, it comes before their use."""
    text = f"{check.check}: {check.reason}"
    return Blocker(text) if check.state == "fail" or check.check == checks.TOO_GOOD else text


def _findings(design: Experiment, study: Study, units: Units, measured: list[Measured], verdicts: list[Verdict],
              caveats: list[str], readings: list[str]) -> list[Finding]:
    primary = next(f for f in measured if f.role == "primary")
    stages = study.touchpoint_stage
    stage = design.stage or (stages.get(design.touchpoint) if design.touchpoint else None)
    found = []
    for v, (estimate, rows) in zip(verdicts, trace.evidence(units, primary, verdicts), strict=True):
        found.append(Finding(
            key=f"experiment:{design.name}:verdict:{v.variant}", statement=verdict.headline(design, [primary], v, readings), kind="experiment",
            estimate=estimate, stage=stage, touchpoint=design.touchpoint, source="experiment",
            status="partly" if v.choice == "withheld" else "backed", evidence=(rows,), caveats=tuple(caveats),
            lane="experiments", subject=_subject(design, study, units, measured, verdicts, v)))
    return found


def _subject(design: Experiment, study: Study, units: Units, measured: list[Measured], verdicts: list[Verdict], v: Verdict) -> ExperimentEffect:
    primary = next(f for f in measured if f.role == "primary")
    contrast = primary.contrasts[v.variant]
    levels = [effects.level(primary.metric, primary.groups[units.arms.index(a)], contrast) for a in (v.variant, design.control)]
    pairs = verdict.rivals(units, primary, [w.variant for w in verdicts if w.choice == "ship"])
    sure = {(best, other): p is not None and p < design.alpha for best, other, _, p, _ in pairs}
    worth = verdict.worth(study, units, primary, v)
    reach, _ = verdict.customers_per_period(study, units)
    e = worth[0] if worth else None
    whole = e is not None and None not in (e.value, e.low, e.high)
    return ExperimentEffect(
        design.name, v.variant, v.choice, design.control, design.primary, levels[0], levels[1], designs.unit_of(primary.metric, study.params.currency),
        beats=tuple(other for (best, other), yes in sure.items() if yes and best == v.variant),
        ties=tuple(other if best == v.variant else best for (best, other), yes in sure.items() if not yes and v.variant in (best, other)),
        doubtful=tuple(checks.doubtful(measured, v.variant)),
        worth=(e.value, e.low, e.high) if e is not None and whole else None, worth_unit=e.unit if e else "",  # type: ignore[arg-type]
        worth_of=reach if worth else None)
