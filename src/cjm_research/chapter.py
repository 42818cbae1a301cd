"""What the notebooks call: `ask` a question, `show` a chart of the answer, show a `table` of it.

    study = open_study(client)
    funnel = ask(funnels.funnel, study, name="purchase")
    show(charts.funnel_steps, funnel)
    table(funnel, "steps")

Where there is not enough data, `ask` shows a card and returns `Missing`, for which `show` and `table` draw
nothing. Every other error stops the chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from .analysis.cache import answered
from .analysis.result import Result
from .errors import NotEnoughData, unknown
from .page.blocks import MIME, Answer, Block, Card, Figure, Map
from .page.tables import table_block
from .study import Study


class Missing:
    """The answer that could not be given for want of data; drawing it draws nothing."""

    def __init__(self, reason: NotEnoughData) -> None:
        self.reason = reason

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"Missing({self.reason.found!r})"


def display_block(block: Block) -> None:
    """Display a block in the notebook: as data for the report and as HTML for JupyterLab."""
    from IPython.display import display

    from .page.render import notebook_html

    bundle = {MIME: block.to_dict(), "text/html": notebook_html(block), "text/plain": _plain(block)}
    display(bundle, raw=True)


def ask(question: Callable[..., Result], study: Study, *, persona: str | None = None, quiet: bool = False,
        **options: Any) -> Result | Missing:
    """Answer a question, show the answer in words (unless `quiet`), and return it.

    persona: look through the customers of this persona only. Shows a card and returns `Missing` where the
    client has not enough data.
    """
    try:
        if "" in (options.get("name"), options.get("conversion")):  # `first_name` or `conversion_event` of an empty list
            raise NotEnoughData(question.__name__, f"params/{study.client}.yaml defines none", "at least one", "docs/params.md says how")
        if persona:
            study = members_of(study, persona)
        result = answered(question, study, **{k: v for k, v in options.items() if v is not None})
    except NotEnoughData as reason:
        if not quiet:
            display_block(Card(reason.where, reason.found, reason.allowed, reason.next))
        return Missing(reason)
    if not quiet:
        display_block(Answer(result.question, result.sentences, result.caveats, result.method,
                             [f.to_dict() for f in result.findings]))
    return result


def show(chart: Callable[..., Any], result: Result | Missing, **options: Any) -> None:
    """Draw a chart of an answer. `chart` returns a `plots.theme.Chart` (figure, alt text and caption) or a block."""
    if isinstance(result, Missing):
        return
    try:
        drawn = chart(result, **options)
    except NotEnoughData as reason:
        display_block(Card(reason.where, reason.found, reason.allowed, reason.next))
        return
    display_block(drawn if isinstance(drawn, Block) else Figure(drawn.svg(), drawn.alt, drawn.caption))


def table(result: Result | Missing, frame: str, caption: str = "", columns: Sequence[str] | Mapping[str, str] | None = None,
          rows: int | None = None) -> None:
    """Show a frame of an answer as a table. columns: names to show, or {name: heading}; rows: at most so many."""
    if isinstance(result, Missing):
        return
    if frame not in result.frames:
        raise unknown("table", "frame", frame, result.frames)
    display_block(table_block(result[frame], caption or f"{result.question}: {frame}", columns, rows))


def first_name(items: Sequence[Any]) -> str:
    """The name of the first funnel or experiment of the params, or an empty string where there is none."""
    return items[0].name if items else ""


def conversion_event(funnels: Sequence[Any]) -> str:
    """The event of the last step of the first funnel that names one; an empty string where there is none."""
    return next((f.steps[-1].event[0] for f in funnels if f.steps[-1].event), "")


def journey_map_block(result: Result) -> Map:
    """The journey map as a block, for `show`."""
    return Map({**result.facts, "findings": [f.to_dict() for f in result.findings]})


def members_of(study: Study, persona: str) -> Study:
    """The study seen through the customers of one persona."""
    from .analysis import personas

    answer = answered(personas.personas, study)
    members: pd.DataFrame = answer["members"]
    known = sorted(members["persona"].dropna().unique())
    if persona not in known:
        raise unknown("persona", "persona", persona, known, "the chapter 20_personas lists them")
    return study.only(f"persona {persona}", members.loc[members["persona"] == persona, "customer_id"].tolist())


def _plain(block: Block) -> str:
    if isinstance(block, Answer):
        return "\n".join(block.sentences)
    if isinstance(block, Figure):
        return block.alt
    if isinstance(block, Card):
        return f"Not enough data. {block.title}: {block.found}"
    return f"<{block.kind}>"
