"""The rule by which customers pass a list of steps; docs/methods/funnels.md states it for readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import BadInput
from .rows import Rows

Order = Literal["ordered", "strict", "unordered", "share"]
Start = Literal["best", "first", "latest"]
#: an unordered funnel whose steps share events looks at every subset of them
MAX_SHARED = 10


@dataclass(frozen=True)
class Rule:
    """How an attempt may pass the steps. All times are µs; None means no limit.

    order: ordered (others may lie between), strict (no other event of the customer between), unordered; share: of two
    steps, whether a customer who has the first has the second at any time, by the same event too.
    window: from the first event to the last, inclusive. step_windows: from the previous step, one per step
    (the first is not used). optional: steps that may be skipped, one flag per step.
    start: which attempts count: any (best), only that of the first, or of the latest event of step 1.
    grace: two events of consecutive steps this close may come in either order.
    """

    order: Order = "ordered"
    window: int | None = None
    step_windows: tuple[int | None, ...] = ()
    optional: tuple[bool, ...] = ()
    start: Start = "best"
    grace: int = 0

    def step_window(self, step: int) -> int | None:
        """The limit from the previous step to this one (0-based)."""
        return self.step_windows[step] if step < len(self.step_windows) else None

    def is_optional(self, step: int) -> bool:
        """Whether a step (0-based) may be skipped."""
        return step < len(self.optional) and self.optional[step]

    @property
    def takes_first(self) -> bool:
        """Whether an attempt takes the first event that follows at every step.

        With a limit between neighbours (strict, step windows) a later event may get further, so all are kept.
        """
        return self.order != "strict" and not any(w is not None for w in self.step_windows[1:])

    def sources(self, step: int) -> list[int]:
        """The steps an event of `step` may follow: the one before, and those before skipped optional ones."""
        found = [step - 1]
        while found[-1] > 0 and self.is_optional(found[-1]):
            found.append(found[-1] - 1)
        return found

    def may_follow(self, step: int, steps: int) -> range:
        """The steps (of so many) that an attempt at `step` may take next: the one after, and those after skipped optional ones."""
        last = step + 1
        while last < steps - 1 and self.is_optional(last):
            last += 1
        return range(step + 1, last + 1)

    def check(self, steps: int) -> None:
        """Raise `BadInput` for a rule that says nothing sensible about this number of steps."""
        if self.window is not None and self.window < 0:
            raise BadInput("window", f"{self.window} µs", "0 or more", "correct the funnel in params under funnels, or the options of the cell that asks")
        if self.is_optional(0):
            raise BadInput("optional", "the first step", "any later step", "correct the funnel in params under funnels, or the options of the cell that asks")
        if self.order != "unordered":
            return
        if any(self.optional):
            raise BadInput("optional", "optional steps in an unordered funnel", "order ordered or strict",
                           "an unordered funnel asks for no step in particular")
        if any(w is not None for w in self.step_windows[1:]):
            raise BadInput("window", "step windows in an unordered funnel", "the window of the whole funnel", "correct the funnel in params under funnels, or the options of the cell that asks")
        if self.start == "latest":
            raise BadInput("start", "latest in an unordered funnel", "best or first", "correct the funnel in params under funnels, or the options of the cell that asks")


@dataclass(frozen=True)
class Exclusion:
    """Events that must not lie between two steps (0-based), strictly later than one and earlier than the next.

    drops: the customer leaves the funnel (as PostHog does); else the attempt stops there (as Mixpanel does).
    """

    rows: Rows
    after: int
    before: int
    drops: bool = True

    def covers(self, source: int, step: int) -> bool:
        """Whether the way from step `source` to `step` crosses the forbidden stretch."""
        return self.after < step and source < self.before

    def check(self, rule: Rule, steps: int) -> None:
        """Raise `BadInput` where the two steps are not in order, or an unordered funnel names a part."""
        if not 0 <= self.after < self.before < steps:
            raise BadInput("exclusions", f"after step {self.after + 1}, before step {self.before + 1}",
                           "an earlier and a later step", "correct the funnel in params under funnels, or the options of the cell that asks")
        if rule.order == "unordered" and (self.after, self.before) != (0, steps - 1):
            raise BadInput("exclusions", "a part of an unordered funnel", "after the first and before the last step",
                           "steps without an order have nothing between them")
