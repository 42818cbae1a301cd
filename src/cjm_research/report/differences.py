"""What `cjm diff` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..params import Workspace
from .record.compare import SHOWN, TITLES, VERSION, Change, Comparison, compare_runs


def diff_command(client: str, workspace: Workspace, runs: Sequence[str], as_json: bool = False, page: bool = False) -> str:
    """What `cjm diff` prints: text, JSON, or the path of the page it has written."""
    found = compare_runs(client, workspace, runs)
    if page:
        from .pages.diff_page import write_page

        return str(write_page(workspace, found))
    return as_data_text(found) if as_json else as_text(found)


def as_text(found: Comparison) -> str:
    """A comparison for the terminal."""
    lines = [f"{found.client}: {found.old} → {found.new}", found.summary, *(f"  {c}" for c in found.causes)]
    for state, title in TITLES.items():
        group = found.of(state)
        lines.append(f"{title}: {len(group)}")
        if state == "moved":
            continue  # nothing is to be concluded from these
        lines += [f"  {_place(c)}{c.statement}" + (f" [{c.note}]" if c.note else "") for c in group[:SHOWN]]
        if len(group) > SHOWN:
            lines.append(f"  … and {len(group) - SHOWN} more (--json has all, --page most)")
    lines.append(f"The same: {len(found.of('same'))}")
    return "\n".join("".join(c if c.isprintable() or c in "\u00a0\u202f" else " " for c in line) for line in lines)


def _place(c: Change) -> str:
    f = c.finding
    place = " · ".join(str(x) for x in (f.stage, f.persona, f.channel, f.period and f"{f.period} half") if x)
    return f"{place}: " if place else ""


def as_data_text(found: Comparison) -> str:
    """A comparison as JSON: every finding that is not the same, with both of its states."""
    counts = {state: len(found.of(state)) for state in (*TITLES, "same")}
    return json.dumps({"schema": "cjm-diff", "version": VERSION, "client": found.client, "old": found.old, "new": found.new, "summary": found.summary,
                       "causes": found.causes, "counts": counts, "changes": [c.to_dict() for c in found.changes if c.state != "same"]},
                      ensure_ascii=False, indent=1)
