"""Which workspace and clients a command is for, and what it says to whoever typed it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import typer

from ..errors import printable


def workspace() -> Any:
    """The workspace that the command is given in."""
    from ..params import find_workspace

    return find_workspace()


def chosen_clients(clients: list[str] | None, all: bool, *, load: bool = True) -> list[str]:
    """The clients that a command is for; with load, each one's params are read before anything is done. Raises `BadInput`."""
    from ..errors import BadInput
    from ..params import client_names, load_params

    place = workspace()
    known = client_names(place)
    if all and clients:
        raise BadInput("cjm", "both --all and client names are given", "names of clients, or --all alone", "name clients, or give --all alone")
    if all:
        if not known:
            raise BadInput("cjm", "there is no client yet", "a client with a params file", "cjm new <client>")
        return known
    if not clients:
        raise BadInput("cjm", "no client is named", ", ".join(known) or "none yet", "name one or more, or --all")
    for client in clients if load else ():
        load_params(client, place)
    return list(dict.fromkeys(clients))


def say_step(client: str, step: str) -> None:
    """A step of a client's run, as it is begun."""
    say(f"{client}: {step}")


def say(text: str) -> None:
    """A message: files of the workspace by their path within it, nothing that a terminal would obey."""
    from ..errors import CjmError

    with contextlib.suppress(CjmError):
        text = text.replace(f"{workspace().root}{os.sep}", "")
    typer.echo(printable(text), err=True)


def tell(error: Exception) -> None:
    """A problem of ours in words; any other goes on."""
    from ..errors import CjmError

    if isinstance(error, CjmError):
        say(f"cjm: {error.text()}")
    else:
        raise error


def tell_unforeseen(error: Exception) -> NoReturn:
    """Tell in words what the program did not foresee; the traceback goes into a private file of the workspace."""
    from ..errors import CjmError, keep_details, unforeseen
    from ..files import refused

    root = Path.cwd()
    with contextlib.suppress(CjmError):
        root = workspace().root
    if told := refused(error, "this command", root, "what was built and published before is whole"):
        say(f"cjm: {told.text()}")
        sys.exit(told.exit_code)
    problem = unforeseen("this command", error, "it met something that the program does not know", "commands, settings and exports that the program knows",
                         "leave out what was added last, or report the id")
    with contextlib.suppress(CjmError):  # without a workspace there is no place to keep it
        keep_details(problem, workspace().logs)
    say(f"cjm: {problem.text()}")
    sys.exit(problem.exit_code)
