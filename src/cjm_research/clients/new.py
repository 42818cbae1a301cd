"""A new client: settings to start from, and a folder for its exports."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput
from ..files import copy_whole, inside, write_text_whole
from ..params import Workspace, check_client_name, load_params
from ..params.values import Refused, known_zone
from .templates import TEMPLATES, template_named
from .templates.written import further_text, journey_text, people_lines

if TYPE_CHECKING:
    from .sniffing import Proposal
    from .sniffing.again import Difference

_TEMPLATE = """\
# yaml-language-server: $schema=schema.json
# Settings of {client}; docs/params.md explains every key, _defaults.yaml holds what is left out here.
client: {client}
title: Customer journey of {client}
objective:
{people}timezone: {timezone}
currency: EUR

# One entry an export, files relative to data/raw/{client}/. `cjm sources` lists the kinds,
# `cjm sources events` explains one.
sources:
  - name: web
    kind: events
    files: events.csv
    columns: {{customer_id: user_id, occurred_at: timestamp, event: event}}

{journey}"""
_JOURNEY = """\
journey:
  stages:
    - name: Awareness
      touchpoints:
        - {name: Website visit, channel: web, match: {event: [page_view]}}
    - name: Purchase
      touchpoints:
        - {name: Checkout, channel: web, match: {event: [begin_checkout, purchase]}}

funnels:
  - name: purchase
    window: 30d
    steps:
      - {name: Visit, event: page_view}
      - {name: Checkout, event: begin_checkout}
      - {name: Purchase, event: purchase}
"""


def new_client(client: str, workspace: Workspace, timezone: str = "UTC", template: str | None = None) -> list[str]:
    """Write a params file to start from and make the raw folder; returns what was made. template: an industry whose typical journey it begins with.

    Raises `BadInput` where the name is no client name, the client exists, the zone is none, or there is no workspace: nothing is overwritten.
    """
    drawn = template_named(template, TEMPLATES) if template else None
    people, journey = (people_lines(drawn), journey_text(drawn, None, {}) + further_text(drawn)) if drawn else ("", _JOURNEY)
    try:
        text = _TEMPLATE.format(client=client, timezone=known_zone(timezone), people=people, journey=journey)
    except Refused as slip:
        raise BadInput("cjm new --timezone", slip.found, slip.allowed, slip.next) from None
    with _making(client, workspace) as path:
        raw = workspace.raw(client)
        raw.mkdir(parents=True, exist_ok=True)
        write_text_whole(path, text, 0o644)
    return [str(path), str(raw)]


def proposal_of(client: str, workspace: Workspace, folder: Path) -> Proposal:
    """What the exports of a folder are. Nothing is written.

    The folder is the raw folder itself, or one whose files `new_from` copies there. Raises `BadInput` where it is missing or empty, or the client exists.
    """
    _free(client, workspace)
    return _proposed(folder)


def compared(client: str, workspace: Workspace, folder: Path) -> Difference:
    """What a folder holds beside a client that exists. Nothing is written. Raises `BadInput`."""
    from .sniffing.again import differences

    params = load_params(client, workspace)
    return differences(params, workspace.raw(client, params.raw), folder.resolve(), _proposed(folder))


def exists(client: str, workspace: Workspace) -> bool:
    """Whether a client has params."""
    check_client_name(client)
    workspace.check_made()
    return workspace.params_file(client).is_file()


def _proposed(folder: Path) -> Proposal:
    from .sniffing import propose

    if not folder.is_dir():
        raise BadInput("cjm new --from", f"there is no folder {folder.name!r}", "a folder with a client's exports", "correct the path")
    found = propose(folder.resolve())
    if not found.trials and not found.others:
        raise BadInput("cjm new --from", f"the folder {folder.name!r} is empty", "a folder with a client's exports", "put the exports there")
    return found


def new_from(client: str, workspace: Workspace, folder: Path, found: Proposal, answers: dict[tuple[str, str], str], template: str | None = None) -> list[str]:
    """Copy the recognised exports into the raw folder and write the params; returns what was made. Nothing is overwritten. template: an industry whose journey is laid on the events."""
    from .sniffing.written import params_text

    drawn = template_named(template, TEMPLATES) if template else None
    raw, copies = workspace.raw(client), dict[Path, Path]()
    with _making(client, workspace) as path:
        if folder.resolve() != raw.resolve():
            for name in dict.fromkeys(f for recognised, _ in found.trials for f in (*recognised.sample.files, *recognised.needs)):
                target = inside(raw, name, "cjm new --from", "rename the file")
                if not target.exists():
                    copies[folder / name] = target
                elif not filecmp.cmp(folder / name, target, shallow=False):  # an equal one is what an interrupted run copied
                    raise BadInput("cjm new --from", f"another {found.shown(name)} lies in the raw folder already", "a raw folder without other files of the same name", f"remove it, or run: cjm new {client} --from the raw folder itself")
        text = params_text(client, found, answers, drawn)
        copy_whole(copies, raw.parent)
        write_text_whole(path, text, 0o644)
    return [*map(str, copies.values()), str(path)]


@contextmanager
def _making(client: str, workspace: Workspace) -> Iterator[Path]:
    """The params file of a client that nobody else makes meanwhile."""
    _free(client, workspace)  # a slip is told without waiting for others
    with workspace.writing(client, "cjm new"):
        yield _free(client, workspace)


def _free(client: str, workspace: Workspace) -> Path:
    """The params file of a client that does not exist yet."""
    check_client_name(client)
    workspace.check_made()
    path = workspace.params_file(client)
    if path.exists():
        raise BadInput(f"client {client}", f"{path.name} exists already", "a new name", f"edit {path.name}, or choose another name")
    return path
