"""Ending in order where the system asks a command to end."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import NoReturn


class Ended(KeyboardInterrupt):
    """The system, or a terminal that was closed, asks the command to end."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number  # as shells tell it
        super().__init__(signal.Signals(number).name)


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Within, a command that is asked to end does so as after Ctrl-C: it ends what it started and removes what it began.

    A signal that the caller has set to be ignored (`nohup`) stays ignored.
    """

    def end(number: int, _: object) -> NoReturn:
        raise Ended(number)

    here = threading.current_thread() is threading.main_thread()
    numbers = [n for name in ("SIGTERM", "SIGHUP") if here and (n := getattr(signal, name, None)) is not None and signal.getsignal(n) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def code_of_stop(end: BaseException) -> int | None:
    """The exit code of a command that was stopped, as shells tell it; None for one that ended otherwise.

    The parser of the command line turns Ctrl-C into an exit of its own.
    """
    cause: BaseException | None = end
    while cause is not None:
        if isinstance(cause, KeyboardInterrupt):
            return cause.code if isinstance(cause, Ended) else 128 + signal.SIGINT
        cause = cause.__cause__ or cause.__context__
    return None
