"""Who has finished an interview, where nobody marked it: small cases by hand."""

from __future__ import annotations

import pandas as pd

from cjm_research.analysis.coding.finished import standing


def coded(**ends: list[int]) -> dict[str, bool]:
    """Coder → whether the interview counts as finished; ends: where each one's passages end."""
    rows = pd.DataFrame([{"document_id": "d", "participant": "p", "coder": who, "coding_id": f"{who}{k}", "end": end, "is_synthetic": False} for who, own in ends.items() for k, end in enumerate(own)])
    return dict(standing(rows, {}).set_index("coder")["finished"])


def test_who_stops_early_or_gives_few_has_only_begun() -> None:
    whole = list(range(40, 1000, 40))
    assert coded(A=whole, B=whole[:10], C=[90, 500, 990]) == {"A": True, "B": False, "C": False}


def test_beginners_do_not_make_few_passages_usual() -> None:
    """Two who stopped on the first page gave three passages each; against those the skimmer's two would look like enough."""
    whole = list(range(40, 1240, 40))
    assert coded(A=whole, B=[40, 80, 120], C=[30, 60, 90], D=[500, 1190]) == {"A": True, "B": False, "C": False, "D": False}


def test_coders_of_different_grain_have_both_finished() -> None:
    assert coded(A=list(range(50, 1000, 25)), B=list(range(60, 1000, 60))) == {"A": True, "B": True}
    assert coded(A=[300]) == {"A": True}
