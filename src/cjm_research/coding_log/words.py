"""Steps of a coding log in words, for people who see them and people who hear them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .events import Event

if TYPE_CHECKING:
    from .replay import Replay

CLIP = 60  # characters of a quote that are read aloud


def clip(quote: str) -> str:
    """A quote in one line, cut at a word."""
    line = " ".join(quote.split())
    return f"“{line}”" if len(line) <= CLIP else f"“{line[:CLIP].rsplit(' ', 1)[0]}…”"


def described(step: Sequence[Event], now: Replay) -> str:
    """What a step did: `coded “Cost”: “too dear”`."""
    born = {e["code_id"]: e["name"] for e in step if e.event == "code_add"}
    return "; ".join(_one(event, now, born) for event in step)


def _one(event: Event, now: Replay, born: dict[str, str]) -> str:
    code_id = event.get("code_id")
    if code_id is None:
        coding = now.codings.get(event.get("coding_id", ""))
        code_id = coding.code_id if coding else None
    name = _name(code_id, now, born)
    quote = clip(event.get("quote") or "")
    match event.event:
        case "add":
            return f"coded “{name}”: {quote}"
        case "remove":
            return f"removed a coding of {quote}"
        case "move":
            return f"moved “{name}” to {quote}"
        case "recode":
            return f"recoded to “{name}”: {quote}"
        case "memo":
            return f"memo on {quote}"
        case "code_add":
            return f"new code “{event['name']}”"
        case "code_rename":
            return f"renamed a code to “{event['name']}”"
        case "code_move":
            return f"moved the code “{name}”"
        case "code_merge":
            return f"merged a code into “{_name(event['into'], now, born)}”"
        case "code_split":
            return f"split “{event['name']}” from “{name}”"
        case "code_memo":
            return f"definition of “{name}”"
        case "code_set":
            return f"properties of “{name}”"
        case "finish":
            return f"{event['document_id']} marked as finished"
        case "reopen":
            return f"{event['document_id']} open again"
        case "number":
            return f"number {event['number']} for “{name}”"
        case _:
            return event.event


def _name(code_id: str | None, now: Replay, born: dict[str, str]) -> str:
    if code_id is None:
        return "a code"
    code = now.codes.by_id.get(now.codes.now(code_id)) or now.codes.undone.get(code_id)
    return code.name if code else born.get(code_id, "a code")
