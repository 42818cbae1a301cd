"""What the notebooks call: `ask` a question, `show` a chart of the answer, show a `table` of it.

    study = open_study(client)
    funnel = ask(funnels.funnel, study, name="purchase")
    show(charts.funnel_steps, funnel)
    table(funnel, "steps")

Where there is not enough data, `ask` shows a card and returns `Missing`, for which `show` and `table` draw
nothing. Every other error stops the chapter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from .. import live
from ..errors import BadInput, NotEnoughData, stoppable, unknown
from ..page.blocks import MIME, Answer, Block, Card, Figure, Map, Quotes
from ..page.plain import brief_text, plain_text
from ..page.tables import table_block
from ..results.cache import answered
from ..results.caveats import of_weight
from ..results.declared import check_options
from ..results.result import Result
from ..shapes import Json
from ..study import Study
from .drawable import charts_of, named_chart
from .options import checked_options
from .waiting import waiting


class Missing:
    """The answer that could not be given for want of data; drawing it draws nothing."""

    def __init__(self, reason: NotEnoughData) -> None:
        self.reason = reason

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"Missing({self.reason.found!r})"


def display_block(block: Block) -> None:
    """Display a block in the notebook: as data for the report and as HTML for JupyterLab; in a plain script print it as text."""
    if live.shell() is None:  # a plain script
        print(plain_text(block))
        return
    from IPython.display import display

    from ..page.render import notebook_html

    bundle = {MIME: block.to_dict(), "text/html": notebook_html(block), "text/plain": brief_text(block)}
    display(bundle, raw=True)


def ask(question: Callable[..., Result], study: Study, *, persona: str | None = None, quiet: bool = False,
        **options: Any) -> Result | Missing:
    """Answer a question, show the answer in words, and return it. In a plain script the answer is printed.

    Args:
        question: A function `f(study, **options) -> Result`, one of ours or of your own; `study.ask.<name>` finds ours by name.
        study: The client it is asked of.
        persona: Look through the customers of this persona only.
        quiet: Show nothing.
        **options: Options of the question; durations are texts such as `7d` or `7 days`.

    Returns:
        The answer, or `Missing` where the client has not enough data: a card says what is missing.

    Raises:
        BadInput: An option the question does not have (with the nearest one), or a value of another kind.

    Example:
        >>> answer = ask(funnels.funnel, study, name="checkout", window="7 days")
        >>> answer = study.ask.funnel("checkout", window="7 days")
    """
    seen: list[str] = []
    if not callable(question):
        raise BadInput("ask", f"{question!r} is no function", "a question of your own, f(study, **options)",
                       f"study.ask.{question}(…) asks ours by name" if isinstance(question, str) and question.isidentifier() else "ask(question, study)")
    options = checked_options(question, study, options)
    try:
        if "" in (options.get("name"), options.get("conversion")):  # `first_name` or `conversion_event` of an empty list
            raise NotEnoughData(question.__name__.replace("_", " "), "none is defined", "at least one in the params", "docs/params.md says how")
        if persona:
            study, seen = members_of(study, persona), [_seen(study, persona)]
        with stoppable(question.__name__.replace("_", " ")), waiting(" ".join([question.__name__.replace("_", " "), str(options.get("name") or "")]).strip()):
            result = answered(question, study, **{k: v for k, v in options.items() if v is not None})
    except NotEnoughData as reason:
        if not quiet:
            show_card(reason)
        return Missing(reason)
    if not quiet:
        display_block(Answer(result.question, result.sentences, [*seen, *of_weight(result.caveats, "limit")], result.method,
                             [f.to_dict() for f in result.findings], of_weight(result.caveats, "note"), of_weight(result.caveats, "blocker")))
        live.mark_shown(result)
    result.charts = charts_of(question)
    return result


def show(chart: Callable[..., Any] | str, result: Result | Missing, *, quiet: bool = False, **options: Any) -> None:
    """Draw a chart of an answer.

    Args:
        chart: Name of one of the answer's charts (`answer.charts` lists them), or a function that draws: it returns a
            `plots.theme.Chart` (figure, alternative text and caption) or a block.
        result: The answer; nothing is drawn of a `Missing` one.
        quiet: Show nothing instead of a card, where the drawing before it has said why there is nothing.
        **options: Options of the chart.

    Raises:
        BadInput: The answer has no chart of this name, or the chart has no such option.

    Example:
        >>> show("steps", answer)
    """
    if isinstance(result, Missing):
        return
    draw = named_chart(chart, result) if isinstance(chart, str) else chart
    check_options(draw, options, "show", ("quiet",))
    try:
        drawn = draw(result, **options)
    except NotEnoughData as reason:
        if not quiet:
            show_card(reason)
        return
    display_block(drawn if isinstance(drawn, Block) else Figure(drawn.svg(), drawn.alt, drawn.caption, drawn.title))


def table(result: Result | Missing, frame: str, caption: str = "", columns: Sequence[str] | Mapping[str, str] | None = None,
          rows: int | None = None, if_empty: str = "", *, where: str = "", quiet: bool = False) -> None:
    """Show a frame of an answer as a table, with the headings and units that the question declares.

    Args:
        result: The answer; nothing is shown of a `Missing` one.
        frame: Name of the frame; `answer.frames` lists them.
        caption: Default: the title the frame is declared with. It may name facts of the answer in braces.
        columns: Names to show, in their order; default: those that are declared to be shown. An answer without a declaration
            takes a mapping of names to headings.
        rows: At most so many.
        if_empty: What to say in the place of a table without rows, where it is another thing than declared.
        where: Which rows, as a condition on columns.
        quiet: Show nothing where there are no rows, for a table whose drawing has said why.

    Raises:
        BadInput: An unknown frame, column or fact, with the nearest one.

    Example:
        >>> table(answer, "steps", columns=["name", "n", "value"], where="step > 1")
    """
    if isinstance(result, Missing):
        return
    if frame not in result.frames:
        raise unknown("table", "frame", frame, result.frames, "correct the name in the chapter's call of table")
    declared = result.declared.get(frame)
    shown = rows_where(result[frame], where, frame)
    words_if_empty = if_empty or (declared.if_empty if declared else "")
    if shown.empty and (words_if_empty or quiet):
        if words_if_empty and not (quiet and not if_empty):
            say(words_if_empty)
        return
    named = _named(caption or (declared.title if declared else ""), result.facts, "caption")
    if declared:
        declared = replace(declared, columns=tuple(replace(c, heading=_named(c.heading, result.facts, f"heading of {c.name}")) for c in declared.columns))
    display_block(table_block(shown, named or f"{result.question}: {frame}", columns, rows, declared))


def _named(text: str, facts: Mapping[str, Any], what: str) -> str:
    """Fill a caption or heading with the facts of the answer that it names in braces."""
    try:
        return text.format_map(facts) if "{" in text else text
    except (KeyError, ValueError, IndexError, AttributeError):
        raise unknown(f"table: {what}", "fact in braces", text, facts, "correct the name in the chapter's call of table") from None


def rows_where(frame: pd.DataFrame, where: str, name: str) -> pd.DataFrame:
    """Select the rows of a frame that meet a condition on its columns (`step > 1`). Raises `BadInput` where it names no column or is none."""
    if not isinstance(where, str):
        raise BadInput(f"table {name}: where", f"{where!r} is no condition", "a comparison of columns as a text, such as \"step > 1\"", "correct the chapter's cell")
    if not where:
        return frame
    try:
        return frame.query(where) if len(frame) else frame
    except Exception as problem:
        words_of = re.findall(r"[^\W\d]\w*", re.sub(r"'[^']*'|\"[^\"]*\"", "", where))
        absent = [w for w in words_of if w not in frame.columns and w not in ("and", "or", "not", "in", "True", "False", "None")]
        if absent:
            raise unknown(f"table {name}: where", "column", absent[0], list(map(str, frame.columns)), "correct the chapter's cell") from None
        raise BadInput(f"table {name}: where", f"{where!r} is no condition: {problem}", "a comparison of columns, such as step > 1", "correct the chapter's cell") from None


def show_card(reason: NotEnoughData) -> None:
    """Show what is missing and what to do about it."""
    display_block(Card(reason.where, reason.found, reason.allowed, reason.next))


def say(markdown: str) -> None:
    """Show a line of markdown."""
    if live.shell() is None:
        print(markdown)
        return
    from IPython.display import display

    display({"text/markdown": markdown, "text/plain": markdown}, raw=True)


def quotes_block(result: Result, most: int = 8) -> Quotes:
    """Make a block of the quotes of `coding.quotes`, for `show`: each with who said it, where, its theme and its turn.

    most: themes, those of most participants first; every quote is in the answer's frame and in the spreadsheet export.
    """
    frame = result["quotes"]
    themes = list(dict.fromkeys(frame["path"]))
    findings = {f.key: f.id for f in result.findings}
    items = [_quote(row, findings) for row in frame[frame["path"].isin(themes[:most])].to_dict("records")]
    left = f"; {len(themes) - most} more themes are in the spreadsheet export" if len(themes) > most else ""
    return Quotes(f"Quotes by the stated rules, contrary ones marked{left}", items)


def _quote(row: Mapping[Any, Any], findings: Mapping[str, str]) -> Json:
    said = [v for v in (row["participant"], row["persona"]) if isinstance(v, str) and v]
    turn = "" if pd.isna(row["turn"]) else f"turn {int(row['turn'])}"
    document = "" if row["document_id"] == row["participant"] else str(row["document_id"])  # an interview is often named after its participant
    place = ", ".join(v for v in (document, turn) if v)
    where = [v for v in (row["stage"], place) if isinstance(v, str) and v]
    code = str(row["path"]).split(" > ")[-1]
    theme = f"{code} ({row['counted']})" if row["role"] == "theme" else f"contrary to {code} ({row['counted']}); coded {str(row['coded']).split(' > ')[-1]}"
    return {"text": row["quote"], "who": ", ".join(said), "where": " · ".join(where),
            "code": theme + (" · synthetic coding" if row["is_synthetic"] else ""), "finding": findings.get(f"quote:{row['coding_id']}", "")}


def first_name(items: Sequence[Any]) -> str:
    """Take the name of the first funnel or experiment of the params, or an empty string where there is none."""
    return items[0].name if items else ""


def conversion_event(funnels: Sequence[Any]) -> str:
    """Take the event of the last step of the first funnel that names one; an empty string where there is none."""
    return next((f.steps[-1].event[0] for f in funnels if f.steps[-1].event), "")


def journey_map_block(result: Result) -> Map:
    """Make a block of the journey map, for `show`."""
    return Map({**result.facts, "findings": [f.to_dict() for f in result.findings]})


def members_of(study: Study, persona: str) -> Study:
    """Look at a study through one persona: its customers, their records, tests and interviews."""
    from ..analysis.personas import through

    return through(study, persona)


def _seen(study: Study, persona: str) -> str:
    """Through whom an answer looks, in words; a page must not pass for one about all customers."""
    from ..analysis import personas

    answer = answered(personas.personas, study)
    members = answer["members"]["persona"]
    return f"Persona “{persona}” only: {int((members == persona).sum()):,} of {len(members):,} {answer.facts['unit']}s."
