"""A funnel as it is counted: the steps of the params, the rule with its preset, and both in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...engine.sequence import Rule
from ...errors import BadInput, unknown
from ...log.ends import ends_words, journey_ends
from ...params.schema import End, Exclusion, Funnel, Step
from ...params.values import seconds
from ...results import words

if TYPE_CHECKING:
    from ...study import Study

SECOND = 1_000_000  # µs
#: what a preset sets where the params do not say; docs/methods/funnels.md lists the sources
PRESETS: dict[str, dict[str, Any]] = {
    "cjm": {"window": None, "start": "best", "mode": "drop_person", "grace": 0},
    "posthog": {"window": 14 * 86400.0, "start": "best", "mode": "drop_person", "grace": 0},
    "mixpanel": {"window": 7 * 86400.0, "start": "first", "mode": "stop", "grace": 2},
}


@dataclass(frozen=True)
class Definition:
    """One funnel, ready to be counted. window: seconds; None means no limit."""

    name: str
    title: str
    steps: tuple[Step, ...]
    rule: Rule
    exclusions: tuple[Exclusion, ...]
    unit: str
    preset: str
    window: float | None
    ends: tuple[End, ...] = ()
    closed_deals: bool = False  # whether a closed deal is an end, too

    @property
    def can_end(self) -> bool:
        """Whether anything ends it."""
        return bool(self.ends) or self.closed_deals

    @property
    def names(self) -> list[str]:
        """The names of the steps; of an unordered funnel "1 of n" and so on, since no step comes first."""
        if self.rule.order == "unordered":
            return [f"{k} of {len(self.steps)} steps" for k in range(1, len(self.steps) + 1)]
        return [s.name for s in self.steps]

    @property
    def shown(self) -> list[tuple[int, str]]:
        """The steps that are shown, by their place (0-based)."""
        return list(enumerate(self.names))[1 if self.is_share else 0:]

    @property
    def is_share(self) -> bool:
        """Whether it has one step of its own: the first stands for all that are counted."""
        return self.rule.order == "share"

    @property
    def who(self) -> str:
        """Whom it counts, in the plural."""
        return f"{self.unit}s"

    @property
    def last_needed(self) -> int:
        """The last step (0-based) that may not be skipped: reaching it completes the funnel."""
        return max(k for k in range(len(self.steps)) if not self.rule.is_optional(k))

    def step_index(self, name: str) -> int:
        """The place (0-based) of a step."""
        names = [s.name for s in self.steps]
        if name not in names:
            raise unknown(f"funnel {self.name!r}", "step", name, names, "correct the funnel in params under funnels, or the options of the cell that asks")
        return names.index(name)

    def words(self) -> str:
        """The rule as a reader needs it to trust, or to repeat, the count."""
        if self.is_share:
            return f"Of all {self.who} with any event, those with at least one event of {self.names[1]!r}, whenever it lies."
        order = {
            "ordered": "Steps are passed in order, by different events, at times that do not decrease; events of equal time "
                       "may serve consecutive steps in any order; others may lie between.",
            "strict": "Steps are passed in order by different events, with no other event of the same " + ("account" if self.unit == "account" else "customer") + " strictly between.",
            "unordered": "Steps are passed in any order by different events inside one window; k of n steps count as step k.",
        }[self.rule.order]
        who = self.unit
        window = (f"The last step lies at most {words.span(self.window)} after the first, limit included."
                  if self.window is not None else "There is no conversion window.")
        start = {"best": f"Of a {who}'s attempts the one that first gets furthest counts, with its latest possible start.",
                 "first": f"Only the attempt that begins with a {who}'s first entry counts.",
                 "latest": f"Only the attempt that begins with a {who}'s latest entry counts."}[self.rule.start]
        parts = [order, window, start]
        limits = [f"{s.name!r} at most {words.span(s.window)} after the step before" for s in self.steps[1:] if s.window is not None]
        if limits:
            parts.append("Also: " + "; ".join(limits) + ".")
        skipped = [repr(s.name) for k, s in enumerate(self.steps) if self.rule.is_optional(k)]
        if skipped:
            parts.append(f"{', '.join(skipped)} may be skipped.")
        ever = [repr(s.name) for s in self.steps if s.first_ever]
        if ever:
            parts.append(f"Of {', '.join(ever)} only a customer's first such event ever counts.")
        for e in self.exclusions:
            what = "leaves the funnel" if e.mode == "drop_person" else "goes no further in that attempt"
            parts.append(f"A {who} with {_what(e)} strictly between {e.after!r} and {e.before!r} {what}.")
        if self.rule.grace:
            parts.append(f"Consecutive steps at most {self.rule.grace // SECOND} s apart may come in either order.")
        if self.can_end:
            parts.append(f"A {who} who did not get through has ended where {ends_words(self.ends, self.closed_deals)} lies at or after the last step, inside the window; "
                         "nobody goes on after that.")
        if self.preset != "cjm":
            parts.append(f"Defaults as in {self.preset.capitalize() if self.preset == 'mixpanel' else 'PostHog'}.")
        return " ".join(parts)


def _what(e: Exclusion) -> str:
    """An exclusion's condition in words."""
    parts = [" or ".join(e.event)] if e.event else ["an event"]
    for column in ("touchpoint", "channel", "stage", "source"):
        if values := getattr(e, column):
            parts.append(f"{column} {' or '.join(values)}")
    return ", ".join([*parts, *(f"{name} {_said(wanted)}" for name, wanted in e.where.items())])


def _said(wanted: Any) -> str:
    if isinstance(wanted, dict):
        return " and ".join(f"{op} {value}" for op, value in wanted.items())
    return " or ".join(map(str, wanted)) if isinstance(wanted, list) else f"= {wanted}"


def define(study: Study, name: str, *, window: str | None = None, order: str | None = None, start: str | None = None,
           unit: str | None = None, preset: str | None = None) -> Definition:
    """The funnel called `name` in the client's params, with some of its settings replaced.

    window: a duration such as 3d, or "none". Raises `BadInput` for an unknown name or setting.
    """
    known = {f.name: f for f in study.params.funnels}
    if name not in known:
        raise unknown("funnel", "funnel", str(name), known, f"define it under funnels: in params/{study.client}.yaml")
    funnel = known[name]
    for what, value, allowed in (("order", order, ("ordered", "strict", "unordered")), ("start", start, ("best", "first", "latest")),
                                 ("unit", unit, ("customer", "session", "account")), ("preset", preset, tuple(PRESETS))):
        if value is not None and value not in allowed:
            raise unknown(f"funnel {name!r}", what, value, allowed, "correct the funnel in params under funnels, or the options of the cell that asks")
    changes: dict[str, Any] = {k: v for k, v in (("order", order), ("start", start), ("unit", unit), ("preset", preset)) if v is not None}
    if window is not None:
        changes["window"] = None if window == "none" else _seconds(name, window)
    given = funnel.model_fields_set | set(changes)
    definition = _definition(funnel.model_copy(update=changes), given)
    return definition if definition.is_share else replace(definition, ends=(*journey_ends(study), *definition.ends))


def _seconds(name: str, window: str) -> float:
    try:
        return seconds(window)
    except ValueError as error:
        raise BadInput(f"funnel {name!r}: window", str(error), "a duration with a unit, e.g. 3d, or none", "correct the funnel in params under funnels, or the options of the cell that asks") from None


def _definition(funnel: Funnel, given: set[str]) -> Definition:
    if len(funnel.steps) == 1:
        every = Step(name=f"All {funnel.unit}s", where={"interaction_id": {"is null": False}})
        return Definition(funnel.name, funnel.title or funnel.name, (every, funnel.steps[0]), Rule("share"), (), funnel.unit, "cjm", None)
    preset = PRESETS[funnel.preset]
    window = funnel.window if "window" in given else preset["window"]
    start = funnel.start if "start" in given else preset["start"]
    exclusions = tuple(e if "mode" in e.model_fields_set else e.model_copy(update={"mode": preset["mode"]}) for e in funnel.exclusions)
    limits = tuple(None if s.window is None else round(s.window * SECOND) for s in funnel.steps)
    optional = tuple(s.optional for s in funnel.steps)
    rule = Rule(funnel.order, None if window is None else round(window * SECOND),
                limits if any(w is not None for w in limits[1:]) else (), optional if any(optional) else (), start,
                preset["grace"] * SECOND if funnel.order == "ordered" else 0)
    rule.check(len(funnel.steps))
    return Definition(funnel.name, funnel.title or funnel.name, tuple(funnel.steps), rule, exclusions, funnel.unit,
                      funnel.preset, window, tuple(funnel.ends))


def without_grace(definition: Definition) -> Definition:
    """The same funnel with steps that must come in order to the microsecond."""
    return replace(definition, rule=replace(definition.rule, grace=0))
