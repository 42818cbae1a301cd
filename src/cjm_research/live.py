"""Whether somebody looks on: a live notebook, as against a report run, a script or a test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

_PAUSE_S = 0.05  # in which a cell that was sent meanwhile begins


def shell() -> Any:
    """IPython's shell where this runs in one, else None; nothing is imported for it."""
    module = sys.modules.get("IPython.core.getipython") or sys.modules.get("IPython")
    found = getattr(module, "get_ipython", None)
    return found() if found else None


def is_notebook() -> bool:
    """Whether a person looks at a notebook: in a report run nobody does."""
    return hasattr(shell(), "kernel") and not os.environ.get("CJM_REPORT_RUN")


def cell() -> int | None:
    """The number of the cell that runs, None outside of IPython."""
    found = shell()
    return None if found is None else int(found.execution_count)


def display_once(thing: Any, html: Callable[[], str], text: str) -> None:
    """Show a thing at the end of a cell, unless this very cell has shown it already."""
    if cell() is not None and thing.__dict__.get("_shown_in") == cell():
        return
    mark_shown(thing)
    display_html(html(), text)


def display_html(html: str, text: str) -> None:
    """Display markup with the text that stands for it."""
    from IPython.display import display

    display({"text/html": html, "text/plain": text}, raw=True)


def mark_shown(thing: Any) -> None:
    """Remember that the cell that runs has shown a thing."""
    thing.__dict__["_shown_in"] = cell()


def when_idle(steps: Sequence[Callable[[], object]]) -> None:
    """Do each step while the kernel waits for the next cell, one at a time, so that a cell waits for one step at most.

    In the kernel's own thread: packages with circles of their own break when two threads import them. Where no loop runs, nothing
    is done.
    """
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return

    def go_on(left: Sequence[Callable[[], object]]) -> None:
        if left:
            left[0]()
            loop.call_later(_PAUSE_S, go_on, left[1:])

    loop.call_later(_PAUSE_S, go_on, list(steps))
