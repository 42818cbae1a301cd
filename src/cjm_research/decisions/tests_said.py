"""What a test says: which variant to take, in a sentence of counts."""

from __future__ import annotations

from ..results.result import Finding
from ..results.subjects import ExperimentEffect
from . import phrases
from .model import SOURCES, Certainty, Reason
from .told import Told, variant_words


def winner(told: Told, experiment: str) -> tuple[Finding, ExperimentEffect] | None:
    """The variant to take: the one that beats the control, of several the one with the better level. None where none is to be shipped."""
    shipped = [(f, s) for f, s in told.effects(experiment) if s.choice == "ship" and s.level is not None]
    if not shipped:
        return None
    e = told.experiment(experiment)
    metric = next((m for m in e.metrics if m.name == e.primary), None) if e else None
    sign = 1 if metric is None or metric.higher_is_better else -1
    return max(shipped, key=lambda x: (bool(x[1].beats), sign * (x[1].level or 0.0)))


def levels(told: Told, experiment: str) -> list[tuple[str, float, str]]:
    """(variant, level, finding) of all arms, the best first, the control last."""
    found = told.effects(experiment)
    first = winner(told, experiment)
    ordered = sorted(found, key=lambda x: (first is None or x[1].variant != first[1].variant, x[1].variant))
    out = [(s.variant, s.level, f.id) for f, s in ordered if s.level is not None]
    control = next(((s.control, s.control_level, f.id) for f, s in found if s.control_level is not None), None)
    return [*out, *([control] if control else [])]  # type: ignore[list-item]


def counts(told: Told, experiment: str) -> str:
    """`63 of 100 customers order with the slot picker, 46 with the list`; an empty text where there are no levels."""
    found, e = levels(told, experiment), told.experiment(experiment)
    if not found or e is None:
        return ""
    effect = told.effects(experiment)[0][1]
    metric = next((m for m in e.metrics if m.name == e.primary), effect.metric)
    says = phrases.metric_words(metric)
    parts = []
    for i, (variant, level, _) in enumerate(found):
        named = variant_words(e, variant)
        joined = named if named.startswith(("with", "without")) else f"with {named}"
        if effect.unit == "share":
            value, of = phrases.whole(level)
            parts.append(f"{value} {of} {told.people} {says} {joined}" if i == 0 else f"{value} {joined}")
        else:
            value = phrases.size(level, effect.unit)
            parts.append(f"{phrases.title_case(says)} is {value} {joined}" if i == 0 else f"{value} {joined}")
    return phrases.listing(parts)


def reasons(told: Told, experiment: str, most: int) -> list[Reason]:
    """The arms as numbers."""
    e, found = told.experiment(experiment), levels(told, experiment)
    effects = told.effects(experiment)
    if not effects or effects[0][1].unit != "share":
        return []
    metric = next((m for m in e.metrics if m.name == e.primary), None) if e else None
    out = []
    for i, (variant, level, finding) in enumerate(found[:most]):
        value, of = phrases.whole(level)
        named = variant_words(e, variant)
        joined = named if named.startswith(("with", "without")) else f"with {named}"
        out.append(Reason(SOURCES["experiment"], value, of, f"{phrases.metric_words(metric or effects[0][1].metric)} {joined}", finding, level, good=i == 0))
    return out


def sure(told: Told, f: Finding, s: ExperimentEffect) -> Certainty:
    """How sure a verdict is."""
    n = f.estimate.base if f.estimate else 0
    dots = 3 if s.choice in ("ship", "do not ship") and s.metric not in {m for m, _ in s.doubtful} else 2
    return Certainty(dots if s.choice in ("ship", "do not ship") else 1, f"tested with {phrases.some(n, told.people)}")


def warning(told: Told, s: ExperimentEffect) -> str:
    """What must be checked before a figure is quoted."""
    if not s.doubtful:
        return ""
    e = told.experiment(s.experiment)
    named = {m.name: (m.says if m.kind not in ("proportion", "csat") and m.says else m.name).replace("_", " ") for m in e.metrics} if e else {}
    said = phrases.listing([f"the {named.get(m, m)} figure ({x:+.0%})".replace("-", "−").replace("%", "\u202f%") for m, x in s.doubtful[:2]])
    return f"Check {said} before you quote it: too good to be true."


def answer(told: Told, experiment: str) -> tuple[str, str, Certainty, list[str], bool, str] | None:
    """(lead, text, certainty, findings, known, needed) of the verdict on an experiment; None where it was not evaluated."""
    found = told.effects(experiment)
    if not found:
        return None
    said, e = counts(told, experiment), told.experiment(experiment)
    first = winner(told, experiment)
    ids = [f.id for f, _ in found]
    if first is not None:
        f, s = first
        ties = [v for v in s.ties if v]
        if ties and not s.beats:
            both = phrases.listing([variant_words(e, v) for v in (s.variant, *ties)], "or")
            return (phrases.title_case(f"{both}:"), f"they do not differ clearly. {said}.", sure(told, f, s), ids, True, warning(told, s))
        from .told import action_of

        return f"Yes: {phrases.uncapitalised(action_of(told, None, s))}.", f"{said}.", sure(told, f, s), ids, True, warning(told, s)
    f, s = found[0]
    choices = {x.choice for _, x in found}
    e_ = f.estimate
    if choices == {"do not ship"}:
        return f"No: keep {variant_words(e, s.control)}.", f"{said}." if said else "", sure(told, f, s), ids, True, ""
    if "withheld" in choices:
        return ("The data cannot say,", "because the test does not pass its checks of trust.", Certainty(0, "not to be trusted"), ids, False,
                "To know it you would need a test whose groups are drawn and logged as planned.")
    between = phrases.points(e_) if e_ is not None and e_.unit == "share difference" else ""
    return ("The data cannot say yet,", f"because the difference may be chance{f': {between}' if between else ''}.", Certainty(1, f"tested with {phrases.some(e_.base if e_ else 0, told.people)}"),
            ids, False, f"To know it you would need the test to run with more {told.people}.")


def named_winner(told: Told, experiment: str) -> str:
    """What the variant to take is called."""
    first = winner(told, experiment)
    return variant_words(told.experiment(experiment), first[1].variant) if first is not None else ""
