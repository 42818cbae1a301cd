"""What a researcher sees in JupyterLab while a question is being answered; nothing in a report, nothing in the saved notebook."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

AFTER_S = 1.0  # a quicker answer needs no word
EVERY_S = 1.0


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say under the cell what is being computed and for how long, from one second on, until it is there or has failed.

    what: the question in a few words. Outside a live notebook (a report run, a terminal, a test) it does nothing.
    """
    shown = _handle()
    if shown is None:
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(shown, what, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _handle() -> Any:
    """A place under the running cell that can be written anew, or None where nobody looks on."""
    if os.environ.get("CJM_REPORT_RUN"):
        return None
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import DisplayHandle

    return DisplayHandle()


def _tell(shown: Any, what: str, done: threading.Event) -> None:
    began = time.monotonic()
    told = False
    while not done.wait(EVERY_S if told else AFTER_S):
        seconds = round(time.monotonic() - began)
        bundle = {"text/html": f'<p role="status"><progress aria-label="computing"></progress> {escape(what)}: {seconds} s</p>',
                  "text/plain": f"{what}: {seconds} s"}
        if told:
            shown.update(bundle, raw=True)
        else:
            shown.display(bundle, raw=True)
            told = True
    if told:
        shown.update({"text/html": "", "text/plain": ""}, raw=True)
