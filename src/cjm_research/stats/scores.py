"""Survey scores: NPS by the adjusted Wald interval, CSAT as a top box, CES with its direction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import (
    Comparison,
    check_count,
    no_estimate,
    nothing,
    p_two_sided,
    z_two_sided,
)
from cjm_research.stats.means import Sample, mean
from cjm_research.stats.shares import share

PROMOTER, DETRACTOR = 9, 6  # Reichheld 2003: promoters answer 9 or 10, detractors 0 to 6
_ADDED = 0.75  # Rocks 2016: three answers more, ¾ of each outer kind

Interval = Literal["adjusted_wald", "wald"]


@dataclass(frozen=True)
class Promoters:
    """Answers to the recommendation question by kind; `effective` is (Σw)²/Σw² where answers are weighted.

    Weighted: promoters and detractors are shares × effective base, and `answers` the plain number shown.
    """

    promoters: float
    detractors: float
    effective: float
    answers: int

    @classmethod
    def from_counts(cls, promoters: int, passives: int, detractors: int) -> Promoters:
        """From the three counts."""
        n = promoters + passives + detractors
        check_count(promoters, n, "promoters")
        check_count(detractors, n, "detractors")
        return cls(promoters, detractors, n, n)

    @classmethod
    def from_weights(cls, promoters: float, detractors: float, weight: float, squares: float, answers: int) -> Promoters:
        """From Σw of promoters, of detractors and of all, and Σw²: Kish's effective base."""
        check_count(promoters + detractors, weight, "weighted promoters and detractors")
        if weight <= 0:
            return cls(0, 0, 0, 0)
        effective = weight * weight / squares
        return cls(promoters / weight * effective, detractors / weight * effective, effective, answers)

    @classmethod
    def from_answers(cls, counts: Mapping[int, int]) -> Promoters:
        """From the number of answers per score 0…10; raises BadInput for another scale (1–10 is not NPS)."""
        wrong = [score for score in counts if score not in range(11)]
        if wrong:
            raise BadInput("NPS", f"answers {sorted(wrong)}", "whole numbers 0 to 10", "check the scale of the question")
        promoters = sum(n for score, n in counts.items() if score >= PROMOTER)
        detractors = sum(n for score, n in counts.items() if score <= DETRACTOR)
        return cls.from_counts(promoters, sum(counts.values()) - promoters - detractors, detractors)

    @property
    def value(self) -> float:
        """The score in points, −100…100."""
        return 100 * (self.promoters - self.detractors) / self.effective

    def centre(self, method: Interval) -> tuple[float, float]:
        """The centre of the interval and its squared error, both of the score as a share."""
        add = _ADDED if method == "adjusted_wald" else 0.0
        n = self.effective + 4 * add
        p, d = (self.promoters + add) / n, (self.detractors + add) / n
        return p - d, max(0.0, p + d - (p - d) ** 2) / n


def nps(answers: Promoters, conf: float = 0.95, method: Interval = "adjusted_wald") -> Estimate:
    """The Net Promoter Score in points with its interval.

    adjusted_wald: ¾ promoter, ¾ detractor and 1½ passives added (Rocks 2016, The American Statistician).
    """
    if answers.effective <= 0:
        return no_estimate(0, 0, "points", "no answers")
    centre, variance = answers.centre(method)
    half = z_two_sided(conf) * math.sqrt(variance)
    # with one answer the shrunk interval could miss the score itself
    low = max(-100.0, min(100 * (centre - half), answers.value))
    high = min(100.0, max(100 * (centre + half), answers.value))
    weighted = "" if answers.effective == answers.answers else f", effective base {answers.effective:.1f}"
    name = "adjusted Wald" if method == "adjusted_wald" else "Wald"
    return Estimate(answers.value, low, high, answers.answers, answers.answers, "points",
                    f"NPS, {name}{weighted}, {conf:.3g}")


def nps_difference(first: Promoters, second: Promoters, conf: float = 0.95,
                   method: Interval = "adjusted_wald") -> Comparison:
    """first − second in points; errors of both scores added (adjusted Wald each, or plain)."""
    base = first.answers + second.answers
    if first.effective <= 0 or second.effective <= 0:
        return nothing(first.answers, base, "points", "a group has no answers", conf)
    (c1, v1), (c2, v2) = first.centre(method), second.centre(method)
    value, centre, se = first.value - second.value, 100 * (c1 - c2), 100 * math.sqrt(v1 + v2)
    if se == 0:
        return nothing(first.answers, base, "points", "nobody differs in either group", conf, value)
    half = z_two_sided(conf) * se
    name = "adjusted Wald" if method == "adjusted_wald" else "Wald"
    return Comparison(value, max(-200.0, min(centre - half, value)), min(200.0, max(centre + half, value)),
                      p_two_sided(centre / se), first.answers, base, "points", f"NPS difference, {name}, {conf:.3g}",
                      conf, 0.0, se, None, centre / se)


def csat(counts: Mapping[int, int], scale_max: int, box: int = 2, conf: float = 0.95, scale_min: int = 1) -> Estimate:
    """The share of answers in the top `box` points of the scale (4–5 of 5, 6–7 of 7), Wilson."""
    _on_scale("CSAT", counts, scale_min, scale_max)
    n = sum(counts.values())
    hits = sum(c for score, c in counts.items() if score > scale_max - box)
    found = share(hits, n, conf)
    return Estimate(found.value, found.low, found.high, found.n, found.base, "share",
                    f"top {box} of {scale_min}–{scale_max}, {found.method}")


def ces(counts: Mapping[int, int], scale_max: int, higher_is_better: bool, conf: float = 0.95,
        scale_min: int = 1) -> tuple[Estimate, Estimate]:
    """The Customer Effort Score: (mean with Student's interval, share of easy answers with Wilson's).

    higher_is_better has no default: CES 2.0 asks whether it was easy, CES 1.0 how much effort it took.
    Easy: the upper three of seven points (≥ 5), and in the same proportion on other scales.
    """
    _on_scale("CES", counts, scale_min, scale_max)
    n = sum(counts.values())
    total = sum(score * c for score, c in counts.items())
    squares = sum(score * score * c for score, c in counts.items())
    average = mean(Sample.from_sums(n, total, squares), "score", conf)
    points = easy_points(scale_min, scale_max)
    if higher_is_better:
        easy, words = sum(c for s, c in counts.items() if s > scale_max - points), f"at least {scale_max - points + 1}"
    else:
        easy, words = sum(c for s, c in counts.items() if s < scale_min + points), f"at most {scale_min + points - 1}"
    found = share(easy, n, conf)
    named = Estimate(found.value, found.low, found.high, found.n, found.base, "share",
                     f"easy = {words} of {scale_min}–{scale_max}, {found.method}")
    return average, named


def easy_points(scale_min: int, scale_max: int) -> int:
    """How many points of the scale count as easy: 3 of 7, 2 of 5."""
    return max(1, round(3 / 7 * (scale_max - scale_min + 1)))


def normalised(value: float, scale_min: float, scale_max: float, higher_is_better: bool) -> float:
    """A score as 0 (worst) to 100 (best) of its scale; raises BadInput for a scale without extent."""
    if scale_max <= scale_min:
        raise BadInput("scale", f"{scale_min:g} to {scale_max:g}", "a maximum above the minimum", "correct scale of the question: [lowest, highest]")
    position = (value - scale_min) / (scale_max - scale_min)
    return 100 * (position if higher_is_better else 1 - position)


def _on_scale(what: str, counts: Mapping[int, int], scale_min: int, scale_max: int) -> None:
    wrong = sorted(score for score in counts if not scale_min <= score <= scale_max)
    if wrong:
        raise BadInput(what, f"answers {wrong} outside the scale", f"{scale_min} to {scale_max}",
                       "check scale_min and scale_max of the question")
