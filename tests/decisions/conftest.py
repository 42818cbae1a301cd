"""What chapters find at the demo client, asked without kernels."""

from __future__ import annotations

from typing import Any

import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.results.result import Finding


def findings_of(study: Any, by_persona: bool = True) -> list[Finding]:
    """The findings that a report of this study holds for its first page."""
    from cjm_research.analysis.funnels import funnel
    from cjm_research.journey_map import journey_map

    asks = [lambda: journey_map(study, by_persona=by_persona, by_channel=False, by_period=False)]
    asks += [lambda name=f.name: funnel(study, name) for f in study.params.funnels]
    found: dict[str, Finding] = {}
    for ask in asks:
        try:
            for f in ask().findings:
                found.setdefault(f.id, f)
        except NotEnoughData:
            continue
    return list(found.values())


@pytest.fixture(scope="session")
def demo_findings(demo: Any) -> list[Finding]:
    return findings_of(demo)
