"""What the logs say today: undo and redo resolved, codes and codings folded from the events that hold.

Undo is each coder's own: it takes back that coder's latest step, whatever others did since. What one coder
undoes never takes away another's coding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import anchor, places
from .codes import Codes, apply, base_codes
from .events import CODE_EVENTS, CODING_EVENTS, MARK_EVENTS, Event
from .store import LogFile, Problem

if TYPE_CHECKING:
    from ..params.schema import Journey


@dataclass
class Coding:
    """One code on one span by one coder, as it is now. start is None where the quote could not be found again."""

    coding_id: str
    document_id: str
    code_id: str
    coder: str
    start: int | None
    end: int | None
    quote: str
    memo: str | None = None
    created_at: datetime | None = None
    is_synthetic: bool = False
    touchpoint: str | None = None
    stage: str | None = None
    text_sha256: str | None = None  # of the text the span was set in; None for codings of the built tables
    before: str = ""
    after: str = ""


@dataclass
class Replay:
    """All codings and codes as they are now, and what could not be used."""

    codings: dict[str, Coding]
    codes: Codes
    problems: list[Problem] = field(default_factory=list)
    numbers: dict[str, dict[int, str]] = field(default_factory=dict)  # coder → number key → code
    finished: dict[str, set[str]] = field(default_factory=dict)  # coder → documents; of coders who ever marked one


def steps(events: Iterable[Event]) -> tuple[list[list[Event]], list[list[Event]]]:
    """A log's steps that hold and those that can be redone, each a list of events undone together."""
    done: list[list[Event]] = []
    undone: list[list[Event]] = []
    for event in events:
        if event.event in ("undo", "redo"):
            source, target = (done, undone) if event.event == "undo" else (undone, done)
            wanted = set(event["targets"])
            # always the latest; another one only if two machines' copies of a log were put together
            found = next((i for i in reversed(range(len(source))) if wanted & {e.event_id for e in source[i]}), None)
            if found is not None:
                target.append(source.pop(found))
        elif done and done[-1][0].group == event.group:
            done[-1].append(event)
        else:
            done.append([event])
            undone.clear()
    return done, undone


def effective(logs: Sequence[LogFile]) -> tuple[list[Event], list[Event]]:
    """The events of all logs that hold, in order of time, and those taken back."""
    holding: dict[str, Event] = {}
    taken_back: dict[str, Event] = {}
    for log in logs:
        done, _ = steps(log.events)
        hold = {e.event_id: e for step in done for e in step}
        holding.update(hold)
        taken_back.update({e.event_id: e for e in log.events
                           if e.event_id not in hold and e.event not in ("undo", "redo")})
    # a copy of a log counts once; what either copy took back stays taken back
    order = sorted((e for e in holding.values() if e.event_id not in taken_back),
                   key=lambda e: (e.at, e.coder, e.event_id))
    return order, list(taken_back.values())


def replay(logs: Sequence[LogFile], codebook: Iterable[Mapping[str, Any]], codings: Iterable[Coding],
           texts: Mapping[str, tuple[str, str]] | None = None, journey: Journey | None = None) -> Replay:
    """Fold the logs over the built codebook and codings.

    texts: document → (hash, text); spans set in another text are searched again (`anchor.relocate`) and, where
    that is not certain, left empty and told. journey: places codes that coders made or moved. A coder's events
    touch only that coder's own codings.
    """
    events, taken_back = effective(logs)
    codes, base = base_codes(codebook), {c.coding_id: c for c in codings}
    rules = places.Rules.of(journey)
    built = places.Built.of(codes, base, rules)
    apply(codes, [e for e in events if e.event in CODE_EVENTS],
                  [e for e in taken_back if e.event in CODE_EVENTS])
    state = Replay(base, codes, [p for log in logs for p in log.all_problems()])
    for event in events:
        if event.event in CODING_EVENTS:
            _fold(state, event)
        elif event.event == "code_split":
            _reassign(state, event)
        elif event.event in MARK_EVENTS:
            done = state.finished.setdefault(event.coder, set())
            (done.add if event.event == "finish" else done.discard)(event["document_id"])
        elif event.event == "number":
            keys = state.numbers.setdefault(event.coder, {})
            for number in [n for n, code_id in keys.items() if code_id == event["code_id"]]:
                del keys[number]
            keys[event["number"]] = event["code_id"]
    _settle_codes(state)
    places.settle_codes(codes, built, rules)
    places.settle_codings(state.codings, codes, built)
    if texts is not None:
        _settle_spans(state, texts)
    state.problems += codes.problems
    return state


def _fold(state: Replay, event: Event) -> None:
    if event.event == "add":
        state.codings[event["coding_id"]] = Coding(
            event["coding_id"], event["document_id"], event["code_id"], event.coder, event["start"], event["end"],
            event["quote"], event.get("memo"), event.at, False, event.get("touchpoint"), event.get("stage"),
            event["text_sha256"], event["before"], event["after"])
        return
    coding = state.codings.get(event["coding_id"])
    where = f"{event.event} by {event.coder}, {event.at:%Y-%m-%d %H:%M}, {event['quote'][:40]!r}"
    if coding is None:
        state.problems.append(Problem(where, "the coding is not there any more", event.coder))
    elif coding.coder != event.coder:
        state.problems.append(Problem(where, f"the coding is {coding.coder}'s; left as it is", event.coder))
    elif event.event == "remove":
        del state.codings[coding.coding_id]
    elif event.event == "recode":
        coding.code_id = event["code_id"]
    elif event.event == "memo":
        coding.memo = event["memo"] or None
    else:
        coding.start, coding.end, coding.quote = event["start"], event["end"], event["quote"]
        coding.text_sha256, coding.before, coding.after = event["text_sha256"], event["before"], event["after"]


def _reassign(state: Replay, event: Event) -> None:
    for coding_id in event["coding_ids"]:
        coding = state.codings.get(coding_id)
        if coding is not None and coding.coder == event.coder:
            coding.code_id = event["new_code_id"]


def _settle_codes(state: Replay) -> None:
    for coding in list(state.codings.values()):
        code_id = state.codes.now(coding.code_id)
        if code_id not in state.codes.by_id and not state.codes.keep(code_id, f"{coding.coder} coded with it"):
            if coding.text_sha256 is None:
                continue  # the built tables' own matter
            state.problems.append(Problem(f"coding {coding.quote[:40]!r} by {coding.coder}",
                                          f"its code {code_id} is in no codebook; left out until it is", coding.coder))
            del state.codings[coding.coding_id]
            continue
        coding.code_id = code_id


def _settle_spans(state: Replay, texts: Mapping[str, tuple[str, str]]) -> None:
    for coding in state.codings.values():
        if coding.text_sha256 is None or coding.start is None:
            continue
        where = f"coding {coding.quote[:40]!r} by {coding.coder} in {coding.document_id}"
        if coding.document_id not in texts:
            coding.start = coding.end = None
            state.problems.append(Problem(where, "the document is not in the tables any more", coding.coder))
            continue
        sha256, text = texts[coding.document_id]
        if sha256 == coding.text_sha256 and text[coding.start:coding.end] == coding.quote:
            continue
        span = anchor.relocate(text, coding.quote, coding.before, coding.after)
        if span is None:
            coding.start = coding.end = None
            state.problems.append(Problem(where, "the text was changed after coding and the quote is not found again",
                                          coding.coder))
        else:
            coding.start, coding.end = span
            coding.quote = text[span[0]:span[1]]
