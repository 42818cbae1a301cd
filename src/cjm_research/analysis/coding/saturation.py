"""Would more interviews bring new codes? Code saturation of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...results import words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.result import Result
from . import declared
from .coded import coded, natural
from .new_codes import guest_namey_chen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...study import Study


@declares(declared.ORDER, declared.RUNS, declared.ORDERS)
def saturation(
    study: Study,
    *,
    base: int = 4,
    run: int = 2,
    threshold: float = 0.05,
    coders: Sequence[str] | None = None,
    orders: int = 2000,
    seed: int = 20260101,
) -> Result:
    """Guest, Namey & Chen's (2020) new-information threshold, in the order of the interviews and over other orders.

    The order is that of recording where known, else of the participants' names. Frames: `interviews` (participant,
    codes, new_codes, cumulative), `runs` (ratio with its range over orders), `orders` (interviews needed → orders).
    Raises `NotEnoughData` for fewer than base + run coded interviews.
    """
    rows = coded(study, coders)
    times = study.query(
        "SELECT coalesce(participant_id, document_id) AS participant, min(recorded_at) AS at FROM documents GROUP BY 1"
    )
    at = dict(zip(times["participant"], times["at"], strict=True))
    sessions = rows.rows["session"].unique()  # a focus group is one session, whoever speaks in it
    known = all(pd.notna(at.get(p)) for p in sessions)
    order = sorted(sessions, key=lambda p: (at[p], natural(p)) if known else natural(p))
    codes = {p: frozenset(r["path"]) for p, r in rows.rows.groupby("session")}
    found = guest_namey_chen(
        [(p, codes[p]) for p in order], base=base, run=run, threshold=threshold, orders=orders, seed=seed
    )
    result = Result(
        "Would more interviews bring new codes?",
        {
            "interviews": found.interviews.rename(columns={"interview": "participant"}),
            "runs": found.runs.assign(
                new_share=found.runs["ratio"],
                low_share=found.runs["ratio_low"],
                median_share=found.runs["ratio_median"],
                high_share=found.runs["ratio_high"],
            ),
            "orders": pd.DataFrame(
                {
                    "interviews": list(found.reached_at_over_orders),
                    "orders": list(found.reached_at_over_orders.values()),
                },
                dtype="Int64",
            ),
        },
        facts={
            "reached_at": found.reached_at,
            "codes": found.codes,
            "base_codes": found.base_codes,
            "base": base,
            "run": run,
            "threshold": threshold,
            "orders": found.orders,
            "every_order": found.every_order,
            "share_of_orders": found.share_of_orders,
            "notation": None if found.reached_at is None else f"{found.reached_at}+{run}",
            "by_time": known,
        },
        method=f"Guest, Namey & Chen (2020, PLoS ONE 15:e0232076): base of {base} interviews, runs of {run}, saturated at the first run whose new "
        f"codes are at most {words.percent(threshold)} of the base's. "
        + ("All " if found.every_order else "A seeded sample of ")
        + f"{found.orders:,} orders of the interviews show how much the answer owes to their order.",
        caveats=[
            *rows.caveats,
            Note("This is code saturation (no new codes); whether codes are understood in full is another question "
            "(Hennink, Kaiser & Marconi 2017), and reflexive thematic analysis rejects the notion (Braun & Clarke 2019)."),
        ],
    )
    last = found.runs.iloc[-1]
    if found.reached_at is None:
        result.sentences.append(f"More interviews may bring new themes: the last {run} still brought {words.some(int(last['new_codes']), 'new ones')}.")
        result.sentences.append(
            f"Not saturated after {len(order)} interviews: the last {run} brought {last['new_codes']} new codes, "
            f"{words.percent(last['ratio'])} of the {found.base_codes} codes of the first {base}."
        )
    else:
        after = found.runs.loc[found.runs["first"] == found.reached_at + 1].iloc[0]
        result.sentences.append(f"More interviews may bring little new: the {run} after the first {found.reached_at} brought {words.some(int(after['new_codes']), 'new codes')}.")
        result.sentences.append(
            f"Saturated at {found.reached_at}+{run} interviews: after the first {found.reached_at} the next {run} brought "
            f"{after['new_codes']} new codes, {words.percent(after['ratio'])} of the {found.base_codes} of the first {base}."
        )
    result.sentences.append(
        f"In {words.percent(found.share_of_orders)} of {found.orders:,} {'possible' if found.every_order else 'sampled'} orders "
        "of the same interviews the threshold is met."
    )
    if not known:
        result.caveats.append(
            Note("Interviews are in the order of the participants' names; their times are not known for all.")
        )
    return result
