"""A first journey from what was read: stages and touchpoints by the words of event names, and as a funnel the events that most customers do one after another.

All of it is an assumption of names, and said to be: the researcher moves what lies wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

#: stage → words of event names, in the order of a journey; the first stage with a word of the name has it
STAGES: tuple[tuple[str, str], ...] = (
    ("Service", r"support|ticket|complain|refund|return|cancel|call|chat|conversation|reklam|storno|kündig|warranty|claim"),
    ("Delivery", r"deliver|ship|dispatch|parcel|liefer|versand|pickup|install|onboard|activat"),
    ("Purchase", r"purchas|order|pay|checkout|basket|cart|buy|booking|invoice|subscrib|transaction|contract|deal|kauf|bestell|warenkorb|zahl|accept|approv|offer|quote"),
    ("Consideration", r"view|search|product|item|detail|compare|filter|wishlist|plan|pricing|download|video|sign.?up|register|form|submit|trial|lead|such|artikel"),
    ("Awareness", r"visit|page|session|first_open|open|click|impression|ad_|campaign|newsletter|e.?mail|landing|scroll|start|home"),
    ("Loyalty", r"review|recommend|refer|renew|repeat|login|return_visit|share|survey|rating"),
)
ORDER = ("Awareness", "Consideration", "Purchase", "Delivery", "Service", "Loyalty")
_MOST = 40  # events that are placed; rarer ones are listed
_STEPS = 4


@dataclass
class Journey:
    """Stages with their events, those that no word places, and a funnel's steps. hidden: how many events are not told, since their names hold identifiers."""

    stages: dict[str, list[str]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    funnel: list[str] = field(default_factory=list)
    customers: dict[str, int] = field(default_factory=dict)
    hidden: int = 0


def journey(frames: list[pd.DataFrame], identifies: Callable[[str], bool]) -> Journey:
    """A journey from frames of interactions (customer_key, event, occurred_at). identifies: whether a name of an event holds an identifier of a person."""
    out = Journey()
    if not frames:
        return out
    rows = pd.concat([f[["customer_key", "event", "occurred_at"]] for f in frames], ignore_index=True).dropna(subset=["event"])
    counts = rows.groupby("event")["customer_key"].nunique().sort_values(ascending=False, kind="stable")
    named = {str(k): int(v) for k, v in counts.items()}
    out.customers = {event: n for event, n in named.items() if not identifies(event)}
    out.hidden = len(named) - len(out.customers)
    for event in list(out.customers)[:_MOST]:
        stage = next((name for name, words in STAGES if re.search(words, event, re.I)), None)
        if stage is None:
            out.unplaced.append(event)
        else:
            out.stages.setdefault(stage, []).append(event)
    out.unplaced += list(out.customers)[_MOST:]
    out.stages = {s: out.stages[s] for s in ORDER if s in out.stages}
    out.funnel = _path(rows, list(out.customers)[:_MOST]) if out.customers else []
    return out


def _path(rows: pd.DataFrame, events: list[str]) -> list[str]:
    """Up to four events, each reached by many of those who did the one before, in the order in which most customers first did them.

    Begins with the event of most customers and goes on with the one that most of those who are left did later for the first time.
    """
    first = rows[rows["event"].isin(events)].groupby(["customer_key", "event"])["occurred_at"].min().unstack("event")
    if first.shape[0] < 20 or first.shape[1] < 2:
        return []
    path = [events[0]]
    left = first[first[events[0]].notna()]
    while len(path) < _STEPS:
        later = {e: int((left[e] > left[path[-1]]).sum()) for e in first.columns if e not in path}
        best = max(later, key=lambda e: (later[e], -events.index(e)), default=None)
        if best is None or later[best] < max(10, 0.02 * len(left)):
            break
        left = left[left[best] > left[path[-1]]]
        path.append(str(best))
    return path if len(path) > 1 else []


def sections(found: Journey) -> dict[str, Any]:
    """The sections journey and funnels of the params."""
    said: dict[str, Any] = {}
    if found.stages:
        said["journey"] = {"stages": [{"name": stage, "touchpoints": _touchpoints(events)} for stage, events in found.stages.items()]}
    if found.funnel:
        titles = [_title(e) for e in found.funnel]
        said["funnels"] = [{"name": "main path", "window": "30d",
                            "steps": [{"name": t if titles.count(t) == 1 else e, "event": e} for t, e in zip(titles, found.funnel, strict=True)]}]
    return said


def _touchpoints(events: list[str]) -> list[dict[str, Any]]:
    """A touchpoint for each name; spellings of one name (Buy, buy) are one."""
    out: dict[str, dict[str, Any]] = {}
    for event in events:
        out.setdefault(_title(event).casefold(), {"name": _title(event), "match": {"event": []}})["match"]["event"].append(event)
    return list(out.values())


def _title(event: str) -> str:
    words = re.sub(r"[_\-./:]+|(?<=[a-z])(?=[A-Z])", " ", event).strip()
    return (words[:1].upper() + words[1:])[:60] or event
