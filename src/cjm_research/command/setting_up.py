"""`cjm new CLIENT --from FOLDER`: what each file is, the questions, and what was written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from ..clients.new import compared, exists, new_from, proposal_of
from ..clients.sniffing import Proposal, Question
from ..clients.templates import TEMPLATES, template_named
from ..errors import CjmError, printable, shortened, unknown
from ..params import Workspace
from ..params.values import known_zone, usable_encoding
from ..sources import SOURCES


def set_up(client: str, workspace: Workspace, folder: Path, *, asking: bool, say: Callable[[str], None], template: str | None = None) -> None:
    """Look at a folder, ask at the terminal, and write the client's params. Raises `BadInput`; nothing is written then."""
    if template:
        template_named(template, TEMPLATES)  # a slip is told before anything is read
    if exists(client, workspace):
        _compare(client, workspace, folder, say)
        return
    found = proposal_of(client, workspace, folder)
    for recognised, read in found.trials:
        rows = f", {read.delivered.report.rows_read:,} rows" if read.delivered is not None else ""
        say(printable(found.shown(f"{', '.join(recognised.sample.files[:3])}: {recognised.kind}{'' if recognised.proven else '?'}{rows} ({recognised.why})")))
        if read.problem:
            say(printable(f"  not read yet: {read.problem}"))
        if read.again:
            say(printable(f"  left out: it holds the same rows as {read.again}, which would count twice"))
    for other in found.others:
        say(printable(shortened(found.shown(f"{other.sample.files[0]}: not read ({other.why})"), 400)))
    answers = _asked(found, say) if asking else {}
    for path in new_from(client, workspace, folder, found, answers, template):
        say(f"made {found.shown(path.removeprefix(f'{workspace.root}{os.sep}'))}")
    left = [q for q in found.questions if (q.source, q.key) not in answers]
    if template:
        say(f"stages, touchpoints and words are those of the template {template}: assumptions, with questions of their own in params/{client}.yaml")
    if left:
        say(f"{len(left)} question{'s are' if len(left) > 1 else ' is'} open; they stand as QUESTION in params/{client}.yaml: {'; '.join(printable(q.where) for q in left[:6])}{' …' if len(left) > 6 else ''}")
    if not found.trials:
        say(f"next: no file was recognised; put those that count into data/raw/{client}/, describe them under `sources` in params/{client}.yaml (cjm sources lists the kinds), then: cjm check {client}")
        return
    say(f"next: {'answer them, then: ' if left else ''}cjm check {client}")


def _compare(client: str, workspace: Workspace, folder: Path, say: Callable[[str], None]) -> None:
    """Say what a folder holds beside a client that exists; params and raw folder stay as they are."""
    found = compared(client, workspace, folder)
    for line in found.lines:
        say(printable(line))
    if found.addition:
        say(f"to read what is new, copy it into data/raw/{client}/ and add to `sources` in params/{client}.yaml:\n")
        for line in found.addition.rstrip().split("\n"):
            say(printable(line))
    say(f"{'' if found.lines else 'nothing differs; '}params/{client}.yaml and data/raw/{client}/ are as they were; next: cjm check {client} says what a changed delivery changes")


def _asked(found: Proposal, say: Callable[[str], None]) -> dict[tuple[str, str], str]:
    """The answers given at the terminal; an empty line leaves a question open, or takes what is proposed, and the end of input ends the asking."""
    answers: dict[tuple[str, str], str] = {}
    for question in found.questions:
        for line in question.lines(asking=True):
            say(printable(line))
        while True:
            try:
                said = _value(question, input(f"  answer{f' [{question.proposed}]' if question.proposed else ' (empty: later)'}: ").strip())
            except EOFError:
                return answers
            if not said:
                break
            if not (wrong := _wrong(question, said)):
                answers[question.source, question.key] = said
                break
            say(printable(f"  {wrong}"))
    return answers


def _value(question: Question, said: str) -> str:
    if question.key == "kind":
        return "" if said.lower() in ("n", "no", "later", "-") else question.proposed if not said else question.yes if said.lower() in ("y", "yes") else said
    return said or question.proposed


def _wrong(question: Question, said: str) -> str:
    """Why an answer cannot stand in the params, in words; empty where it can."""
    try:
        if question.key == "timezone":
            known_zone(said)
        elif question.key == "currency" and not re.fullmatch(r"[A-Z]{3}", said):
            return f"{said!r} is no code of a currency; write one such as EUR, USD or GBP"
        elif question.key == "encoding":
            usable_encoding(said)
        elif question.key == "kind" and said not in SOURCES:
            raise unknown("kind", "kind of source", said, SOURCES, "cjm sources")
    except CjmError as problem:
        return f"{problem.found}; {problem.next}"
    except ValueError as problem:
        return str(problem)
    return ""
