"""A template as sections of a params file, each part marked as assumed and the questions to the client beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .model import Fitted, StageWords, Template, TouchpointWords

QUESTIONS = 3  # that a template asks: what customers are called, which stages there are, which surveys
_ASSUMED = "an assumption of the template until the data confirm it"


def people_lines(template: Template) -> str:
    """What customers are called, with the question."""
    return f"# QUESTION: What does the client call its customers, in the plural?\n#   seen: nothing; the template {template.name} says {template.people}\npeople: {template.people}  # assumed\n"


def journey_text(template: Template, found: Fitted | None, customers: Mapping[str, int]) -> str:
    """Stages and touchpoints with their rules. found: the template on the client's events; None where there are none yet, so that rules look for words. customers: of each event."""
    lines = [f"# Stages and touchpoints of the template {template.name} ({template.title}): {_ASSUMED}.",
             "# QUESTION: Which of these stages and touchpoints does the client have, and what does it call them?"]
    if found is None:
        lines.append("#   each rule looks for a word in names of events; cjm check tells touchpoints at which nothing lies")
    else:
        placed = sum(map(len, found.events.values()))
        lines.append(f"#   seen: {placed:,} of {placed + len(found.unplaced):,} kinds of events have a word of the template")
        if found.missing:
            lines.append("#   nothing in the data matches: " + "; ".join(f"{t.name} ({', '.join(t.words)})" for t in found.missing))
        if found.unplaced:
            lines.append(f"#   events without a place: {_line(', '.join(found.unplaced[:30]))}{' …' if len(found.unplaced) > 30 else ''}")
    lines += ["journey:", "  stages:"]
    for stage in template.stages:
        lines += _stage(stage, found, customers)
    lines += ["  # lines that the map marks as assumed; take out what interviews and data do not bear out", "  assumptions:"]
    lines += [f"    - {{stage: {_text(s.name)}, lane: actions, text: {_text(s.does)}}}" for s in template.stages]
    return "\n".join(lines) + "\n\n"


def further_text(template: Template) -> str:
    """Instruments and opportunities as comments: neither is known of the client."""
    lines = ["# Opportunities that are typical; take the # away from those that the client knows already:", "# opportunities:"]
    lines += [f"#   - {{name: {_text(f'How might we {o}?')}, action: {_text(o[:1].upper() + o[1:])}}}" for o in template.opportunities]
    lines += ["", f"# QUESTION: Which surveys does the client have? Typical of {template.title.lower()}: {'; '.join(template.instruments)}",
              "#   each becomes a source of kind survey with its `questions`; without one the report says nothing of satisfaction"]
    return "\n".join(lines) + "\n"


def _stage(stage: StageWords, found: Fitted | None, customers: Mapping[str, int]) -> list[str]:
    shown = [t for t in stage.touchpoints if found is None or t.name in found.events]
    lines = [f"    - name: {_text(stage.name)}" + ("" if shown else "  # nothing in the data lies here yet")]
    return [*lines, *(["      touchpoints:"] if shown else []), *(_touchpoint(t, found, customers) for t in shown)]


def _touchpoint(touchpoint: TouchpointWords, found: Fitted | None, customers: Mapping[str, int]) -> str:
    if found is None:
        rules = ", ".join(f"{{where: {{event: {{contains: {_text(form)}}}}}}}" for word in touchpoint.words for form in dict.fromkeys((word, word.replace(" ", "_"))))
        rule, seen = f"[{rules}]", ""
    else:
        events = found.events[touchpoint.name]
        rule = f"{{event: [{', '.join(map(_text, events))}]}}"
        seen = f"  # at most {max(customers.get(e, 0) for e in events):,} customers an event"
    return f"        - {{name: {_text(touchpoint.name)}, match: {rule}{', unwanted: true' if touchpoint.unwanted else ''}}}{seen}"


def _text(text: str) -> str:
    """A text as YAML takes it, whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:600]
