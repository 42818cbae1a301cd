"""What `cjm watch` does: build a client, look at its key figures, and say by exit code and a file whether anybody should look.

For cron and CI. 0: nothing left its usual range. 4: an alert. 5: it cannot be told (a break in the data, or too little of them). Failures keep
the codes they have everywhere (1, 2, 3), so that absence, alarm and failure never look alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import BadInput, NotEnoughData
from .files import write_text_whole
from .params import Workspace
from .shapes import Json

QUIET, ALERT, UNTOLD = 0, 4, 5
VERSION = 1


@dataclass
class Watch:
    """What was seen. state: "quiet", "alert" or "cannot tell"; alerts and breaks as plain values, for the file."""

    client: str
    state: str
    lines: list[str]
    content: Json = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, 4 or 5."""
        return {"quiet": QUIET, "alert": ALERT, "cannot tell": UNTOLD}[self.state]


def watch(client: str, workspace: Workspace, since: str | None = None, to: Path | None = None) -> Watch:
    """Build the client, hold its key figures against their baselines, and write what alerts.

    since: a day (2026-05-01); only points that begin on or after it alert. to: the JSON file to write, whole or not at all. Raises
    `BadInput` for another `since`, and for what is wrong with params or exports.
    """
    from .build import build, refuse_unanswered
    from .journey_map.monitoring import monitoring
    from .results.cache import answered
    from .study.overtaken import looked_through

    first = _day(since)
    with workspace.writing(client, "cjm watch"):
        built = build(client, workspace)
    refuse_unanswered(built)
    try:
        seen = looked_through(client, workspace, lambda study: _seen(client, answered(monitoring, study), first))
    except NotEnoughData as reason:
        seen = Watch(client, "cannot tell", [f"{client}: cannot tell: {reason.found}"], {"reason": reason.found, "alerts": [], "breaks": []})
    if to is not None:
        said = {"schema": "cjm-watch", "version": VERSION, "client": client, "state": seen.state, "exit_code": seen.exit_code, "since": first or None, **seen.content}
        write_text_whole(to, json.dumps(said, ensure_ascii=False, indent=1) + "\n")
    return seen


def _seen(client: str, result: Any, first: str) -> Watch:
    at = result["alerts"]
    late = at[at["day"] >= first] if first else _latest(result)
    alerts = late[late["state"] == "alert"]
    stopped = result["breaks"][result["breaks"]["kind"].isin(["stopped", "gap"])]
    touched = late[late["state"] == "data break"]
    breaks = stopped[(stopped["end"] >= first)] if first else stopped[stopped["kind"] == "stopped"]
    state = "alert" if len(alerts) else "cannot tell" if len(breaks) or len(touched) else "quiet"
    lines = [f"{client}: {state}", *(f"  {r['name']}, {r['day']}: {r['rule']}" for r in alerts.to_dict("records")), *(f"  break in the data: {w}" for w in breaks["words"])]
    keep = ["kpi", "name", "day", "value", "base", "center", "lower", "upper", "rule", "unit"]
    content = {"complete_to": result.facts["complete_to"], "by": result.facts["by"], "figures": result.facts["figures"], "expected_by_chance": round(result.facts["expected"], 3),
               "cannot_tell": result.facts["cannot_tell"], "alerts": json.loads(alerts[keep].to_json(orient="records")), "breaks": json.loads(breaks.to_json(orient="records"))}
    return Watch(client, state, lines, content)


def _latest(result: Any) -> Any:
    """The alerts at the latest whole point of each figure: a job that runs at each point tells each of them once."""
    last = result["points"].groupby("kpi")["day"].max()
    at = result["alerts"]
    return at[at["day"] == at["kpi"].map(last)]


def _day(since: str | None) -> str:
    from datetime import date

    if not since:
        return ""
    try:
        return date.fromisoformat(since).isoformat()
    except ValueError:
        raise BadInput("cjm watch: --since", f"{since!r} is no day", "a day such as 2026-05-01", "leave it out to look at the latest point of each figure") from None
