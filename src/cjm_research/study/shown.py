"""How a study shows itself: title, period, tables with rows, and what to do next."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .days import first_and_last

if TYPE_CHECKING:
    from .opened import Study

NEXT = "study.ask. and Tab lists the questions; questions() says what each asks; study.tables and study.sql(\"SELECT …\") show the data"


def period(study: Study) -> str:
    """The days looked at, as the params say or as the interactions lie."""
    given = study.params.period
    first, last = (None if day is None else str(day) for day in (given.start, given.end))
    if not (first and last) and study._row_counts["interactions"]:
        seen = first_and_last(study, "interactions", "occurred_at")
        first, last = first or seen[0], last or seen[1]
    if not first and not last:
        return "no period"
    return f"{first} to {last}" if first and last else f"from {first}" if first else f"until {last}"


def as_line(study: Study) -> str:
    """The study in two lines."""
    rows = ", ".join(f"{n:,} {name}" for name, n in study._row_counts.items() if n) or "no rows"
    seen = f", seen through {study.members[0]} ({len(study.members[1]):,})" if study.members else ""
    return f"Study {study.client!r}: {study.params.title}, {period(study)}{seen}; {rows}\nnext: {NEXT}"


def as_html(study: Study) -> str:
    """The study as a small table."""
    rows = "".join(f"<tr><th scope='row' style='text-align:left'>{escape(k)}</th><td>{v:,}</td></tr>" for k, v in study._row_counts.items() if v)
    seen = f"<br>seen through {escape(study.members[0])} ({len(study.members[1]):,})" if study.members else ""
    return (f"<p><strong>{escape(study.params.title)}</strong><br>{escape(period(study))}{seen}</p>"
            f"<table><thead><tr><th style='text-align:left'>table</th><th>rows</th></tr></thead><tbody>{rows or '<tr><td>no rows</td></tr>'}</tbody></table>"
            "<p>Next: <code>study.ask.</code> and Tab lists the questions, <code>questions()</code> says what each asks; "
            "<code>study.tables</code> and <code>study.sql(&quot;SELECT …&quot;)</code> show the data.</p>")
