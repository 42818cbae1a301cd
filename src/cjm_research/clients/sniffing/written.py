"""Params as text, with why each source was taken and the questions that are open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from ..templates import Template, fitted
from ..templates.written import QUESTIONS, further_text, journey_text, people_lines
from .journey import sections as journey_sections
from .kinds import Recognised
from .proposal import Proposal
from .questions import Question
from .trial import Trial

_LISTS = ("interviewers", "metrics")
_HEAD = """\
# yaml-language-server: $schema=schema.json
# Settings of {client}, proposed from its exports. docs/params.md explains every key, _defaults.yaml holds what is left out here.
{questions}client: {client}
title: Customer journey of {client}
objective:
{people}{currency}

"""


def params_text(client: str, proposal: Proposal, answers: dict[tuple[str, str], str], template: Template | None = None) -> str:
    """The params file. answers: (source, key) → what the client said; what has no answer stands as a comment. template: whose journey takes the place of one by words alone."""
    open_questions = [q for q in proposal.questions if (q.source, q.key) not in answers]
    count = len(open_questions) + (QUESTIONS if template else 0)
    told = f"# {count} question{'s are' if count > 1 else ' is'} open below (QUESTION): answer each, then: cjm check {client}\n" if count else ""
    parts = [_HEAD.format(client=client, questions=told, currency=_currency(proposal, answers), people=people_lines(template) if template else ""), "sources:\n"]
    parts += [source_text(found, read, answers, proposal.shown) for found, read in proposal.trials]
    if not any(included(f, t, answers) for f, t in proposal.trials):
        parts[1] = "sources: []  # " + ("take [] away when the first source below counts" if proposal.trials else f"no file was recognised: put those that count into data/raw/{client}/ and describe them "
                                        "here (cjm sources lists the kinds, cjm sources KIND its columns)") + "\n\n"
    if proposal.others:
        parts.append("# Files that are not read:\n" + "".join(f"#   {_one_line(proposal.shown(o.sample.files[0]))}: {_one_line(proposal.shown(o.why))}\n" for o in proposal.others) + "\n")
    drawn = proposal.journey([t for f, t in proposal.trials if included(f, t, answers)])
    sections = journey_sections(drawn)
    if drawn.hidden:
        parts.append(f"# {drawn.hidden:,} event{'s' if drawn.hidden > 1 else ''} whose names hold identifiers of persons, which no params file should\n")
    if template:
        parts.append(journey_text(template, fitted(template, drawn.customers) if drawn.customers else None, drawn.customers))
    elif "journey" in sections:
        parts.append("# Stages and touchpoints by the words of event names: an assumption. Move, rename and merge them.\n")
        if drawn.unplaced:
            parts.append(f"# Events that no word places: {_one_line(', '.join(drawn.unplaced[:20]))}\n")
        parts.append("journey:\n  stages:\n")
        for stage in sections["journey"]["stages"]:
            parts.append(f"    - name: {stage['name']}\n      touchpoints:\n" + "".join(f"        - {_flow(t)}\n" for t in stage["touchpoints"]))
        parts.append("\n")
    if "funnels" in sections:
        parts.append("# Events that most customers do one after another; the window is an assumption.\n")
        for funnel in sections["funnels"]:
            parts.append(f"funnels:\n  - name: {funnel['name']}\n    window: {funnel['window']}\n    steps:\n" + "".join(f"      - {_flow(s)}\n" for s in funnel["steps"]))
    if template:
        parts.append("\n" + further_text(template))
    return "".join(parts)


def source_text(found: Recognised, read: Trial, answers: dict[tuple[str, str], str], shown: Callable[[str], str]) -> str:
    """A source as the params have it, with why it was taken, what was read, and its open questions. shown: a text without what tells of persons."""
    said = _answered(read.source, answers)
    comments = [f"{_size(found.sample.size)}: {found.why}"]
    if read.delivered is not None:
        comments.append(f"read once: {read.delivered.report.rows_read:,} rows, {', '.join(f'{n:,} {t}' for t, n in read.delivered.report.rows_kept.items())}")
    if read.large:
        comments.append("too large to be read here; cjm check reads it")
    if read.left_out:
        comments.append(f"columns that need words of their own in `questions`: {', '.join(read.left_out[:8])}")
    if read.problem:
        comments.append(f"PROBLEM: {read.problem}")
    if read.again:
        comments.append(f"it holds the same rows as {read.again}, which would count twice")
    lines = [f"# {_one_line(shown(c))}" for c in comments]
    for question in read.questions if not read.again else ():
        if (question.source, question.key) not in answers:
            lines += [f"# {_one_line(line)}" for line in question.lines()]
            lines += [f"# {line}" for line in _place(question)]
    body = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=160, default_flow_style=None).rstrip().split("\n")
    text = [f"  - {body[0]}"] + ["    " + line for line in body[1:]]
    if not included(found, read, answers):
        lines.append("# it is not read: take the # away from the lines below if its rows are others" if read.again else "# until then it is not read: take the # away from the lines below if it is right")
        text = [f"  # {line[2:]}" for line in text]
    return "\n".join(["  " + line for line in lines] + text) + "\n\n"


def _currency(proposal: Proposal, answers: dict[tuple[str, str], str]) -> str:
    asked = [line for q in proposal.questions if q.key == "currency" and (q.source, q.key) not in answers for line in q.lines()]
    said = answers.get(("", "currency")) or proposal.currency
    why = "  # all amounts name it" if proposal.currency == said and said else "  # assumed" if asked else ""
    return "\n".join([*(f"# {_one_line(line)}" for line in asked), f"currency: {said or 'EUR'}{why}"])


def included(found: Recognised, read: Trial, answers: dict[tuple[str, str], str]) -> bool:
    """Whether a source stands in the params: its form is proven, or somebody said that it is right."""
    return not read.again and (found.proven or (str(read.source["name"]), "kind") in answers)


def _answered(said: dict[str, Any], answers: dict[tuple[str, str], str]) -> dict[str, Any]:
    said = {**said, "settings": dict(said.get("settings", {}))}
    for (source, key), value in answers.items():
        if source == said["name"] and value:
            if key in ("timezone", "encoding", "kind"):
                said[key] = value
            else:
                said["settings"][key] = [v.strip() for v in value.split(",")] if key in _LISTS else value
    if not said["settings"]:
        del said["settings"]
    return said


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100_000, default_flow_style=True).strip()


def _place(question: Question) -> list[str]:
    """Where the answer goes, as it would stand."""
    if question.key in ("encoding", "kind"):
        return []
    value = question.proposed or "…"
    value = f"[{value}]" if question.key in _LISTS else value
    return [f"  answer: {question.key}: {value}"] if question.key == "timezone" else [f"  answer: settings: {{{question.key}: {value}}}"]


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:400]


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
