"""The story of a run as slides: problem, journey, evidence, test, decision, worth, next; the words are those of the first page.

Each title is the slide's message. Everything is measured before it is placed; letters have twelve points and more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...decisions import Answer, Decisions, Reason, Step
from ...results import words
from ...results.older import subject_of
from ...results.subjects import ExperimentEffect
from ..record.run_data import RunData
from . import shapes
from .layout import ACCENT, BAD, GOOD, LEADING, MUTED, PANEL, RULE
from .text import clean, fold
from .view import MapView, backing

LEFT, WIDE, TOP, FOOT = 40.0, 880.0, 104.0, 506.0
LEAST = 12.0


def story(show: Any, data: RunData, decisions: Decisions, picture: Any) -> None:
    """Add the slides that lead to a decision. picture: adds the slide of the journey, which stands behind the problem."""
    known = {str(f.get("id")): f for f in data.findings}
    first = decisions.first
    _problem(show, decisions)
    picture()
    if first is not None:
        _evidence(show, first, known)
    _test(show, decisions, known)
    if first is not None:
        _decision(show, first)
        _worth(show, first, known)
    elif decisions.silent:
        head, _, rest = decisions.silent.partition(": ")
        slide = shapes.new_slide(show, f"{head}.", "The decision", large=True)
        _lines(slide, LEFT, TOP, WIDE, FOOT - TOP, [(f"{rest[:1].upper()}{rest[1:]}", "label", 20, 0)], "Decision")
    _next(show, decisions)


def _title(step: Step) -> str:
    return f"{step.title}."


def _problem(show: Any, decisions: Decisions) -> None:
    """What the client asked, and what the data answer; its message is the answer to the first question, else the strongest number."""
    first, answers = decisions.first, decisions.answers
    known = [a for a in answers if a.known]
    message = f"{known[0].lead} {known[0].text}" if known else _said(first.why[0]) if first and first.why else decisions.silent or "No question was put to the data."
    slide = shapes.new_slide(show, message, "The problem", large=True)
    if not answers:
        reasons = [_said(r) for r in first.why] if first else [decisions.silent]
        _lines(slide, LEFT, TOP, WIDE, FOOT - TOP, [(r, "label", 18, 10) for r in reasons if r], "Problem")
        return
    height = (FOOT - TOP) / max(2, len(answers))
    size = 20 if len(answers) <= 2 else 16 if len(answers) <= 4 else 13
    for k, a in enumerate(answers):
        y = TOP + k * height
        shapes.block(slide, LEFT, y + 4, 4, height - 14, ACCENT if a.known else RULE, f"Mark of question {k + 1}")
        _lines(slide, LEFT + 18, y, WIDE - 18, height - 6, _answer(a, size, height), f"Question {k + 1}")


def _answer(a: Answer, size: float, height: float) -> list[tuple[str, str, float, float]]:
    told = f"{a.lead} {a.text} {a.needed}".strip()
    lines = [(a.ask, "none", max(LEAST, size - 2), 0.0), (told, "label", size, 2.0)]
    return [*lines, (f"{a.certainty.drawn} {a.certainty.words}", "none", LEAST, 2.0)] if height > 70 else lines


def _evidence(show: Any, first: Step, known: Mapping[str, Any]) -> None:
    """A card for each kind of source with its number, and what it is from."""
    if not first.why:
        return
    message = f"{first.agree[:1].upper()}{first.agree[1:]}: {first.touchpoint}" if first.agree and first.touchpoint else _said(first.why[0])
    slide = shapes.new_slide(show, message, "The evidence", large=True)
    n = len(first.why)
    width = (WIDE - 16 * (n - 1)) / n
    for k, r in enumerate(first.why):
        x, tone = LEFT + k * (width + 16), GOOD if r.good else BAD
        shapes.block(slide, x, TOP, width, 270, PANEL, f"Card {k + 1}")
        _lines(slide, x + 14, TOP + 10, width - 28, 22, [(r.source, "none", 14, 0)], f"Source {k + 1}")
        _lines(slide, x + 14, TOP + 38, width - 28, 62, [(f"{r.value} {r.of}", "good" if r.good else "bad", 34, 0)], f"Number {k + 1}")
        if r.share is not None:
            shapes.block(slide, x + 14, TOP + 106, width - 28, 10, RULE, f"Scale {k + 1}")
            shapes.block(slide, x + 14, TOP + 106, (width - 28) * max(0.0, min(1.0, r.share)), 10, tone, f"Bar {k + 1}", alt=f"{r.value} {r.of} {r.says}")
        _lines(slide, x + 14, TOP + 128, width - 28, 90, [(r.says, "label", 17, 0)], f"What {k + 1}")
        _lines(slide, x + 14, TOP + 224, width - 28, 40, [(_base(known.get(r.finding), r.share), "none", LEAST, 0)], f"Base {k + 1}")
    quote = next((str(e["quote"]) for f in known.values() if f.get("kind") == "quote" and f.get("touchpoint") == first.touchpoint and first.touchpoint
                  for e in f.get("evidence") or () if e.get("quote")), "")
    if quote:
        _lines(slide, LEFT, TOP + 290, WIDE, FOOT - TOP - 292, [(words.quoted(clean(quote)), "quote", 18, 0)], "Quote")


def _base(f: Mapping[str, Any] | None, share: float | None) -> str:
    size, inside = backing(f, share)
    if inside.endswith(")"):  # of a difference between two groups: the card tells one of them
        inside = ""
    return " · ".join(x for x in (f"95 % interval {inside}" if inside else "", size) if x)


def _test(show: Any, decisions: Decisions, known: Mapping[str, Any]) -> None:
    """What a test of two variants shows: both as bars, the difference with its interval, what must be checked; none where there is no test."""
    first = decisions.first
    cited = [*([first.finding] if first else []), *(i for a in decisions.answers for i in a.findings)]
    tried = [(known[i], s) for i in cited if i in known and isinstance(s := subject_of(known[i]), ExperimentEffect)]
    found = next(((f, s) for f, s in tried if s.level is not None and s.control_level is not None and s.unit == "share"), None)
    if found is None:
        return
    f, s = found
    answer = next((a for a in decisions.answers if f["id"] in a.findings), None)
    message = f"{answer.lead} {answer.text}" if answer else _title(first) if first else clean(s.experiment)
    slide = shapes.new_slide(show, message, "The test", large=True)
    arms = ((s.variant, s.level, ACCENT), (s.control, s.control_level, MUTED))
    for k, (name, level, tone) in enumerate(arms):
        assert level is not None
        y = TOP + 14 + k * 76
        _lines(slide, LEFT, y + 8, 170, 40, [(name.replace("_", " "), "label", 17, 0)], f"Arm {k + 1}")
        shapes.block(slide, LEFT + 180, y, 500, 46, PANEL, f"Scale of arm {k + 1}")
        shapes.block(slide, LEFT + 180, y, 500 * max(0.0, min(1.0, level)), 46, tone, f"Bar of arm {k + 1}", alt=f"{name}: {level * 100:.0f} of 100")
        _lines(slide, LEFT + 696, y + 8, 180, 40, [(f"{level * 100:.0f} of 100", "value", 20, 0)], f"Level of arm {k + 1}")
    e = f.get("estimate") or {}
    difference = ""
    if e.get("value") is not None:
        said, inside, _ = words.figure(e["value"], e.get("low"), e.get("high"), e.get("n") or 0, e.get("base") or 0, MapView.unit(f))
        difference = f"Difference {said}" + (f", 95 % interval {inside}" if inside else "") + f"; {words.count(e.get('n') or 0)} {decisions.people} took part."
    warning = first.warning if first and first.finding == f["id"] else answer.needed if answer else ""
    sure = first.sure if first and first.finding == f["id"] else ""
    _lines(slide, LEFT, TOP + 190, WIDE, FOOT - TOP - 192, [(t, style, 17, 8) for t, style in ((difference, "label"), (sure, "label"), (warning, "bad")) if t], "Reading")


def _decision(show: Any, first: Step) -> None:
    """What to do first, how sure it is, who does it and when it is looked at again."""
    slide = shapes.new_slide(show, _title(first), "The decision", large=True)
    lines = [(f"Why: {'; '.join(_said(r) for r in first.why)}.", "label", 18, 0.0)] if first.why else []
    lines += [(f"{first.certainty.drawn} {first.certainty.words}", "value", 18, 14), (first.sure, "label", 18, 4), (first.warning, "bad", 18, 10)]
    when = " · ".join(x for x in (f"Owner: {first.owner}" if first.owner else "", f"Review on {first.review}" if first.review else "") if x)
    lines += [(when, "value", 18, 18)]
    _lines(slide, LEFT, TOP, WIDE, FOOT - TOP, [line for line in lines if line[0]], "Decision")


def _worth(show: Any, first: Step, known: Mapping[str, Any]) -> None:
    """What it is worth, drawn with its interval where a test tells it."""
    if not first.worth:
        return
    said = first.worth if first.worth_says.startswith("(") else f"{first.worth} {first.worth_says}"  # in brackets: the interval
    slide = shapes.new_slide(show, f"{said[:1].upper()}{said[1:]}.", "What it is worth", large=True)
    subject = subject_of(known[first.finding]) if first.finding in known else None
    y = TOP + 10
    if isinstance(subject, ExperimentEffect) and subject.worth is not None:
        value, low, high = subject.worth
        top = max(0.0, high) * 1.15 or 1.0
        bottom = min(0.0, low) * 1.15
        def at(x: float) -> float:
            return LEFT + WIDE * (x - bottom) / (top - bottom)

        shapes.rule(slide, LEFT, y + 60, LEFT + WIDE, y + 60, "Scale", RULE, 1)
        shapes.rule(slide, at(0), y + 40, at(0), y + 80, "Nothing", MUTED, 1)
        shapes.block(slide, at(low), y + 52, at(high) - at(low), 16, ACCENT, "Interval", alt=f"{low:.0f} to {high:.0f} {subject.worth_unit}")
        shapes.block(slide, at(value) - 9, y + 51, 18, 18, GOOD if low > 0 else MUTED, "Worth", kind="oval", alt=f"{value:.0f} {subject.worth_unit}")
        for x, name in ((0.0, "0"), (low, words.count(round(low))), (high, words.count(round(high)))):
            _lines(slide, min(max(at(x) - 40, LEFT - 10), LEFT + WIDE - 80), y + 84, 80, 20, [(name, "none", 14, 0)], f"Mark {name}")
        y += 130
    whole = f"{first.worth} {first.worth_says}.".strip()
    lines = [(whole if whole[1:-1] != said[1:] else "", "label", 20, 0.0), (first.warning, "bad", 18, 12), (first.sure, "label", 18, 12)]
    _lines(slide, LEFT, y, WIDE, FOOT - y, [line for line in lines if line[0]], "Worth in words")


def _next(show: Any, decisions: Decisions) -> None:
    """The next steps with their owners, and what is not known."""
    then, unknown = decisions.then, decisions.unknown
    if not then and not unknown:
        return
    message = f"Then: {then[0].title}." if then else "What we do not know yet."
    slide = shapes.new_slide(show, message, "What is next", large=True)
    y = TOP
    room = (FOOT - TOP - (30 + 44 * len(unknown) if unknown else 0)) / max(1, len(then))
    for k, s in enumerate(then, start=2):
        height = min(room, 104.0)
        shapes.block(slide, LEFT, y + 2, 30, 30, ACCENT, f"Number {k}", kind="oval", text=[(str(k), "head")], size=14)
        sure = " · ".join(x for x in (f"{s.certainty.drawn} {s.certainty.words}", s.owner and f"Owner: {s.owner}") if x)
        _lines(slide, LEFT + 44, y, WIDE - 44, height - 4, [(s.title, "value", 16, 0), (s.says, "label", 14, 2), (sure, "none", LEAST, 2)], f"Step {k}")
        y += height
    if unknown:
        _lines(slide, LEFT, y + 4, WIDE, FOOT - y - 4, [("What we do not know", "lane", 14, 0), *((f"? {u}", "label", 16, 5) for u in unknown)], "Not known")


def _said(r: Reason) -> str:
    return clean(f"{r.value} {r.of} {r.says}")


def _lines(slide: Any, x: float, y: float, width: float, height: float, lines: Sequence[tuple[str, str, float, float]], name: str) -> None:
    """A box of paragraphs (text, style, size, space above), cut where the box ends."""
    paragraphs: list[tuple[shapes.Runs, float, float]] = []
    sizes: list[float] = []
    used = 0.0
    for text, style, size, space in lines:
        line = size * LEADING
        most = int((height - used - space) / line + 0.01)
        if most < 1 or not clean(text):
            continue
        told, whole = fold(clean(text), 0.97 * width, size, style in shapes.BOLD, most=most)
        paragraphs.append(([(whole, style)], line, space))
        sizes.append(size)
        used += len(told) * line + space
    if paragraphs:
        shapes.box(slide, x, y, width, height, paragraphs, 1.0, name, sizes=sizes)
