"""Findings and params in, the first page's decisions out. Pure: it reads nothing else and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ..params import Params
from ..results import policy
from ..results.result import Finding
from .answers import answers
from .model import Decisions
from .steps import steps
from .told import Told
from .unknown import unknown as not_known


def compose(findings: Sequence[Finding], params: Params) -> Decisions:
    """What the first page says of a run's findings.

    First comes what answers a question of the client, then what most sources agree on, then persons × severity × what follows, then
    certainty. Nothing thin (fewer than 20, interviews apart) is headlined, and nothing that only behaviour tells.
    """
    with policy.following(params.evidence):
        told = Told(findings, params)
        first, then, silent = steps(told)
        return Decisions(first, tuple(answers(told)), tuple(then), tuple(not_known(told, first)), silent, params.people)
