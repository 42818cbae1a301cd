"""Starting JupyterLab: on this machine only, without a word to anybody else's, on the notebook that says what to do next."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadInput
from ..params import Workspace

#: JupyterLab asks its makers for news and new versions, and an index of packages for extensions; here it asks nobody
QUIET = ("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
         "--LabApp.extension_manager=readonly")
#: a folder of Jupyter's configuration: labconfig/default_setting_overrides.json
DEFAULTS = Path(__file__).with_name("lab_defaults")
_ROOT = ("--allow-root", "--ServerApp.allow_root=True")
_HERE = ("localhost", "127.0.0.1", "::1")


def lab_command(place: Workspace, home: Path, *, port: int | None = None, ip: str | None = None, no_browser: bool = False, allow_root: bool = False,
                further: Sequence[str] = ()) -> list[str]:
    """The command that starts JupyterLab in the workspace, on the notebook `home`.

    further: options for JupyterLab itself; they come last, so that they win. Raises `BadInput` where JupyterLab would refuse to
    start: as root without leave, or on a port that is taken.
    """
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={place.root}", *QUIET,
               f"--LabApp.default_url=/lab/tree/{home.relative_to(place.root).as_posix()}"]
    if no_browser:
        command.append("--no-browser")
    if ip is not None:
        command.append(f"--ServerApp.ip={ip}")
    if port is not None:
        _check_free(port, ip or "localhost")
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if allow_root:
        command.append("--allow-root")
    elif _is_root() and not (set(further) & set(_ROOT) or _root_is_configured(further)):
        raise BadInput("cjm lab", "you are root, as whom JupyterLab does not start by itself: what runs in a notebook could change the whole machine",
                       "another user, or root where that is meant (in a container, say)", "cjm lab --allow-root …")
    return [*command, *further]


def run_lab(command: Sequence[str], place: Workspace) -> int:
    """Run JupyterLab until it ends; returns its exit code."""
    return subprocess.run(command, env=lab_environment(place)).returncode


def lab_environment(place: Workspace) -> dict[str, str]:
    """The environment that JupyterLab starts in: the workspace, and the defaults of its settings beside this file.

    They say that completions may take ten seconds (a kernel that imports meanwhile needs more than JupyterLab's one, after which no list
    appears) and that nobody is asked whether they want news. What a user sets in JupyterLab wins.
    """
    paths = [str(DEFAULTS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, "CJM_WORKSPACE": str(place.root), "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def reachable(ip: str | None) -> bool:
    """Whether other machines may reach a server that listens there."""
    return ip is not None and ip not in _HERE


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _root_is_configured(further: Sequence[str]) -> bool:
    """Whether the user's own configuration of Jupyter lets root in."""
    if any(word.startswith(("--config", "--ServerApp.allow_root")) for word in further):
        return True  # theirs to say: JupyterLab reads it and refuses by itself
    from jupyter_server.serverapp import ServerApp

    app = ServerApp()
    app.load_config_file(suppress_errors=True)
    return bool(app.allow_root)


def _check_free(port: int, ip: str) -> None:
    where = "cjm lab --port"
    try:
        found = socket.getaddrinfo(ip or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise BadInput("cjm lab --ip", f"{ip!r} is no address of this machine", "localhost, an address of this machine, or 0.0.0.0 for all of them",
                       "leave it out to stay on this machine") from None
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except PermissionError:
                raise BadInput(where, f"{port} is a port of the system", "a port from 1024 to 65535", "choose another, or leave it out") from None
            except OSError as error:
                if error.errno == 98 or "in use" in str(error):
                    raise BadInput(where, f"another program listens on port {port} already", "a free port from 1024 to 65535",
                                   "choose another, or leave it out: JupyterLab then finds one") from None
