"""Rates and times of a step: raw, among those whose window is over, and by Kaplan–Meier; vectorised over customers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ...engine.sequence import NEVER
from ...engine.sequence.rows import Bools, Ints
from ...results.result import Estimate
from ...stats.comparison import no_estimate, z_two_sided
from ...stats.quantiles import quantile
from ...stats.shares import share
from .passage import Passage

S = 1e6  # µs in a second


@dataclass(frozen=True)
class Group:
    """Some of the customers of a walk (all, or one segment)."""

    passage: Passage
    which: Ints
    _seconds: dict[tuple[int, int], np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    def reached(self, step: int) -> Bools:
        """Whether each of the group reached a step."""
        return np.asarray(self.passage.chains.reached[:, step][self.which])

    def count(self, step: int) -> int:
        """How many reached a step."""
        return int(self.reached(step).sum())

    def lost(self, step: int) -> tuple[int, int, int]:
        """(dropped, ended, pending): those whose furthest needed step was the one before, by what became of them."""
        before = _needed_before(self.passage, step)
        if before is None or self.passage.definition.rule.is_optional(step):
            return 0, 0, 0
        stopped = self.reached(before) & ~self.reached(step)
        ended, pending = (int((stopped & state[self.which]).sum()) for state in (self.passage.ended, self.passage.pending))
        return int(stopped.sum()) - ended - pending, ended, pending

    def of_entrants(self, step: int) -> Estimate:
        """The share of those who entered that reached the step."""
        return share(self.count(step), len(self.which))

    def of_previous(self, step: int) -> Estimate:
        """The share of those at the needed step before that reached the step."""
        before = _needed_before(self.passage, step)
        if before is None:
            return no_estimate(self.count(step), self.count(step), "share", "the first step")
        here = self.reached(before)
        return share(int((here & self.reached(step)).sum()), int(here.sum()))

    def window_complete(self, step: int) -> Estimate:
        """As `of_entrants`, among those who had a whole chance (see `Passage.ripe`)."""
        if self.passage.definition.rule.window is None and self.passage.definition.unit != "session":
            return no_estimate(0, 0, "share", "no conversion window")
        ripe = self.ripe
        return share(int((self.reached(step) & ripe).sum()), int(ripe.sum()))

    @property
    def ripe(self) -> Bools:
        """Who of the group had a whole chance."""
        return np.asarray(self.passage.ripe[self.which])

    def loss(self, step: int) -> Estimate:
        """The share of those who had a whole chance and were at the needed step before that never reached the step."""
        before = _needed_before(self.passage, step)
        if before is None:
            return no_estimate(0, 0, "share", "the first step")
        here = self.reached(before) & self.ripe
        return share(int((here & ~self.reached(step)).sum()), int(here.sum()))

    def within_window(self, step: int) -> Estimate:
        """The share that reaches the step within a window of the first entry, open cases counted for as long as seen."""
        rule, chains = self.passage.definition.rule, self.passage.chains
        if rule.window is None:
            return no_estimate(0, 0, "share", "no conversion window")
        if step == 0 and self.passage.definition.rule.order != "unordered":
            return share(len(self.which), len(self.which))
        start, reach = chains.first_start[self.which], chains.first_reach[:, step][self.which]
        passed = np.where(reach == NEVER, np.int64(np.iinfo(np.int64).max), reach - start)
        seen = np.minimum(rule.window, self.passage.end - start)
        return kaplan_meier_at(np.minimum(passed, seen), passed <= seen)

    def time_from(self, step: int, since: int) -> Estimate:
        """The median time (s) from one step to another, of those whose deciding attempt holds both."""
        return quantile(self.seconds(step, since), 0.5, "s")

    def seconds(self, step: int, since: int) -> np.ndarray:
        """Those times, s, ascending; never negative (a grace period may turn two steps around)."""
        key = (step, since)
        if key not in self._seconds:
            to, begun = (self.passage.chains.times[:, k][self.which] for k in key)
            both = np.flatnonzero((to != NEVER) & (begun != NEVER))
            self._seconds[key] = np.sort(np.maximum(to[both] - begun[both], 0)) / S
        return self._seconds[key]


def everybody(passage: Passage) -> Group:
    """All customers of a walk."""
    return Group(passage, np.arange(len(passage.chains)))


def before(passage: Passage, step: int) -> int | None:
    """The last step before this one that may not be skipped."""
    return _needed_before(passage, step)


def _needed_before(passage: Passage, step: int) -> int | None:
    rule = passage.definition.rule
    return next((k for k in range(step - 1, -1, -1) if not rule.is_optional(k)), None)


def kaplan_meier_at(time: Ints, happened: np.ndarray, conf: float = 0.95) -> Estimate:
    """1 − Kaplan–Meier at the end of the times given, with log(−log) limits (Kalbfleisch & Prentice 1980).

    time: one whole number ≥ 0 per case; happened: else the case was still open then. As `stats.survival`, without
    a loop over instants, for millions of cases.
    """
    n, events = len(time), int(happened.sum())
    if n == 0:
        return no_estimate(0, 0, "share", "no cases")
    if events == 0:
        return no_estimate(0, n, "share", "nobody converted by then", 0.0)
    at, died = np.unique(time[happened], return_counts=True)
    risk = n - np.searchsorted(np.sort(time), at)  # two sorts of values cost far less than one of places
    if died[-1] == risk[-1]:
        return no_estimate(events, n, "share", "everybody still seen had converted", 1.0)
    open_share = float(np.exp(np.log1p(-died / risk).sum()))
    log = math.log(open_share)
    half = z_two_sided(conf) * math.sqrt(float((died / (risk * (risk - died))).sum())) / abs(log)
    low, high = open_share ** math.exp(half), open_share ** math.exp(-half)
    return Estimate(1 - open_share, 1 - high, 1 - low, events, n, "share", f"1 − Kaplan–Meier, log-log limits, {conf:.3g}")
