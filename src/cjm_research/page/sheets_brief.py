"""A persona on one screen: needs and pains first, who they are last. What is not backed by the data says so; all else is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

STATUS = {"backed": "backed", "partly": "partly backed", "assumed": "assumed"}
#: in three columns: what is needed, what hurts, what delights
_FIRST = (("needs", "Needs"), ("pains", "What hurts"), ("gains", "What delights"))
#: below: what is expected, and how the journey differs
_THEN = (("What they expect", ("expectations",)), ("How their journey differs", ("does", "scores", "channels", "habits")))
_LAST = ("demographics",)
MOST, MOST_THEN, MOST_LAST = 3, 3, 5  # lines of a part
_TAIL = re.compile(r"^(.+?)\s*\(([^()]*)\)\.?$")
_LONGEST_QUOTE = 150  # characters


def brief_html(item: Mapping[str, Any], links: Mapping[str, str]) -> str:
    """The lines to read first; empty for a sheet without parts that are known here."""
    lines = {**mapping(item.get("sections")), **mapping(item.get("empathy"))}
    first = "".join(_part(title, lines.get(key), links, MOST, key) for key, title in _FIRST)
    then = "".join(_part(title, [line for key in keys for line in lines.get(key) or ()], links, MOST_THEN) for title, keys in _THEN)
    rule = [str(r.get("text") if isinstance(r, Mapping) else r) for r in item.get("rule") or ()]
    goals = _part("Goals", lines.get("goals"), links, 1)
    known = f"<section><h4>How to recognise one</h4><p>{escape(rule[0])}</p></section>" if rule else ""
    then += f"<div>{goals}{known}</div>" if goals or known else ""
    last = [line for key in _LAST for line in lines.get(key) or ()][:MOST_LAST]
    people = f'<ul class="people">{"".join(f"<li>{linked_text(line, links)}{mark(line)}</li>" for line in last)}</ul>' if last else ""
    if not (first or then or people):
        return ""
    return f'<div class="gist">{f"<div class=first>{first}</div>" if first else ""}{f"<div class=then>{then}</div>" if then else ""}{people}</div>'


def voice_html(item: Mapping[str, Any]) -> str:
    """The one quote beside the name: the first that says something and is short enough to be read at once."""
    quotes = [q for q in item.get("quotes") or () if isinstance(q, Mapping) and 0 < len(str(q.get("text") or "")) <= _LONGEST_QUOTE]
    if not quotes:
        return ""
    return f'<blockquote class="voice"><p>{escape(str(quotes[0]["text"]))}</p><footer>{said_by(quotes[0], number=False)}</footer></blockquote>'


def said_by(quote: Mapping[str, Any], *, number: bool = True) -> str:
    """Who said it, and where it stands."""
    who, where = str(quote.get("who") or ""), str(quote.get("where") or "")
    said = where if who and where.startswith(who) else ", ".join(x for x in (who, where) if x)
    code = str(quote.get("id") or "") if number else ""
    return escape(said if number else who or where) + (f' <span title="{escape(code, quote=True)}">#{escape(code[:8])}</span>' if code else "")


def _part(title: str, lines: Any, links: Mapping[str, str], most: int, css: str = "") -> str:
    if not isinstance(lines, Sequence) or isinstance(lines, str) or not lines:
        return ""
    items = "".join(f"<li>{_short(line, links)}</li>" for line in lines[:most])
    return f'<section{f" class={css}" if css else ""}><h4>{escape(title)}</h4><ul>{items}</ul></section>'


def _short(line: Any, links: Mapping[str, str]) -> str:
    """A line with what it counts below it: `Certainty before buying`, `3 of 3 participants`."""
    text = str(line.get("text") or line.get("statement") or "") if isinstance(line, Mapping) else str(line)
    head, below = _parted(text)
    shown = {**line, "text": head} if isinstance(line, Mapping) else {"text": head}
    below = f"<small>{escape(below)}</small>" if below else ""
    return f"{linked_text(shown, links)}{mark(shown)}{below}"


def lead_line(line: Any) -> str:
    """What a line is about, without what it counts: `Certainty before buying`."""
    return _parted(str(line.get("text") or line.get("statement") or "") if isinstance(line, Mapping) else str(line))[0]


def _parted(text: str) -> tuple[str, str]:
    """A line as what it is about and what it counts: at its colon, else at its last bracket."""
    head, _, rest = text.partition(": ")
    if rest and not head.startswith("“"):
        return head, rest.partition("; opportunity")[0]
    tail = _TAIL.match(text)
    return (tail[1], tail[2]) if tail else (text, "")


def linked_text(line: Any, links: Mapping[str, str]) -> str:
    """The words of a line, as a link to the finding it rests on where there is one."""
    if not isinstance(line, Mapping):
        return escape(str(line))
    text = escape(str(line.get("text") or line.get("statement") or ""))
    href = links.get(str(line.get("finding") or ""))
    return f'<a href="{escape(href, quote=True)}">{text}</a>' if href else text


def mark(line: Any) -> str:
    """The status of a line that the data do not back; empty for one that they do."""
    status = str(line.get("status") or "") if isinstance(line, Mapping) else ""
    if status in ("", "backed"):
        return ""
    return f' <span class="status {status if status in STATUS else "assumed"}">{escape(STATUS.get(status, status))}</span>'


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping; else an empty one."""
    return value if isinstance(value, Mapping) else {}
