"""Findings and params in, the first page's decisions out. Pure: it reads nothing else and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..params import Params
from ..results import policy, words
from ..results.result import Finding
from .answers import answers
from .model import Decisions
from .moved import moved
from .steps import steps
from .told import Told
from .unknown import unknown as not_known

MOST_NAMED = 3  # chapters


def compose(findings: Sequence[Finding], params: Params, absent: Sequence[str] = ()) -> Decisions:
    """What the first page says of a run's findings. absent: titles of chapters that failed or did not run.

    Where chapters are absent, nothing is said of what the data lack: what was not found may stand in one of them.

    First comes what answers a question of the client, then what most sources agree on, then persons × severity × what follows, then
    certainty. Nothing thin (fewer than 20, interviews apart) is headlined, and nothing that only behaviour tells.
    """
    with policy.following(params.evidence):
        told = Told(findings, params)
        first, then, silent = steps(told)
        whole = Decisions(first, tuple(answers(told)), tuple(then), tuple(not_known(told, first)), silent, params.people, tuple(moved(told)))
        return _without(whole, absent) if absent else whole


def _without(found: Decisions, absent: Sequence[str]) -> Decisions:
    """The decisions of a report without some chapters."""
    gone = f"{words.listing(list(absent)[:MOST_NAMED])} {'is' if len(absent) == 1 else 'are'}" if len(absent) <= MOST_NAMED else f"{words.count(len(absent))} of its chapters are"
    told = tuple(a if a.known or a.findings else replace(a, lead="This report does not say,", text=f"because {gone} missing from it.", needed="To know it, run the whole report.") for a in found.answers)
    silent = f"No first step is named: {gone} missing from this report." if found.first is None else found.silent
    return replace(found, answers=told, unknown=(f"What {words.listing(list(absent))} would tell: missing from this report.",), silent=silent)
