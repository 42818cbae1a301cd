"""What strict reading of times and numbers costs beside pandas, as ratios of CPU seconds on columns of distinct cells.

Run with `python -m benchmarks.readers [cells]`. The answers are compared before the times.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from cjm_research.sources.contract import ImportReport
from cjm_research.sources.reading.numbers import to_numbers
from cjm_research.sources.reading.times import to_utc

CELLS, ROUNDS = int(float(sys.argv[1])) if len(sys.argv) > 1 else 400_000, 3


def cpu(run: Callable[[], pd.Series]) -> tuple[float, pd.Series]:
    """The least CPU seconds of some rounds, and the answer."""
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        answer = run()
        least = min(least, time.process_time() - start)
    return least, answer


def main() -> None:
    """Print a line for each kind of column."""
    rng = np.random.default_rng(1)
    clocks = pd.Series(pd.to_datetime(1_500_000_000 + rng.choice(200_000_000, CELLS, replace=False), unit="s"))
    for form in ("%d.%m.%Y %H:%M:%S", "%m/%d/%y %I:%M:%S %p", "%a, %d %b %Y %H:%M:%S %z"):
        text = clocks.dt.strftime(form.replace("%z", "+0000")).astype("string")
        theirs, _ = cpu(lambda text=text, form=form: pd.to_datetime(text, format=form, utc=True))  # type: ignore[misc]
        ours, read = cpu(lambda text=text, form=form: to_utc(text, "x", "UTC", ImportReport("s", "events"), format=form))  # type: ignore[misc]
        assert (read.dt.tz_localize(None) == clocks).all()
        print(f"{form}: {ours:.2f} s, {ours / theirs:.1f} × to_datetime(format=…)")
    amounts = rng.choice(100_000_000, CELLS, replace=False) / 100
    german = pd.Series([f"{x:,.2f}".translate(str.maketrans(",.", ".,")) for x in amounts], dtype="string")
    for name, text in {"1.234,50": german, "1.234,50 €": german + " €"}.items():
        theirs, _ = cpu(lambda text=text: text.str.replace(" €", "").str.replace(".", "").str.replace(",", ".").astype("Float64"))  # type: ignore[misc]
        ours, read = cpu(lambda text=text: to_numbers(text, "x", ImportReport("s", "events")))  # type: ignore[misc]
        assert (read == amounts).all()
        print(f"{name}: {ours:.2f} s, {ours / theirs:.1f} × replace and cast")


if __name__ == "__main__":
    main()
