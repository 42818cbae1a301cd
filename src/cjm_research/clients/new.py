"""A new client: settings to start from, and a folder for its exports."""

from __future__ import annotations

from ..errors import BadInput
from ..params import Workspace, check_client_name

_TEMPLATE = """\
# yaml-language-server: $schema=schema.json
# Settings of {client}; docs/params.md explains every key, _defaults.yaml holds what is left out here.
client: {client}
title: Customer journey of {client}
objective:
timezone: {timezone}
currency: EUR

# One entry an export, files relative to data/raw/{client}/. `cjm sources` lists the kinds,
# `cjm sources events` explains one.
sources:
  - name: web
    kind: events
    files: events.csv
    columns: {{customer_id: user_id, occurred_at: timestamp, event: event}}

journey:
  stages:
    - name: Awareness
      touchpoints:
        - {{name: Website visit, channel: web, match: {{event: [page_view]}}}}
    - name: Purchase
      touchpoints:
        - {{name: Checkout, channel: web, match: {{event: [begin_checkout, purchase]}}}}

funnels:
  - name: purchase
    window: 30d
    steps:
      - {{name: Visit, event: page_view}}
      - {{name: Checkout, event: begin_checkout}}
      - {{name: Purchase, event: purchase}}
"""


def new_client(client: str, workspace: Workspace, timezone: str = "UTC") -> list[str]:
    """Write a params file to start from and make the raw folder; returns what was made.

    Raises `BadInput` where the name is no client name the client exists, or there is no workspace: nothing is overwritten.
    """
    check_client_name(client)
    workspace.check_made()
    path = workspace.params_file(client)
    if path.exists():
        raise BadInput(f"client {client}", f"{path.name} exists already", "a new name", f"edit {path.name}, or choose another name")
    raw = workspace.raw(client)
    raw.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEMPLATE.format(client=client, timezone=timezone), encoding="utf-8")
    return [str(path), str(raw)]
