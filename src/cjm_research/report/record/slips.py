"""What is mistyped on the command line is no attempt at a report: told before anything starts, or, where only a chapter can tell, published by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...errors import BadInput, BadInputs, CjmError
from ...params import Workspace
from .notebook import Chapter
from .plan import Plan, check_request


class GivenWrong(BadInput):
    """A value of the command line that cannot be used: a slip of whoever typed it, no attempt at a report."""


def refuse_slips(clients: Sequence[str], workspace: Workspace, only: Sequence[str] | None, sets: Sequence[str] | None) -> None:
    """Raise `GivenWrong` for what is wrong with `--only` and `--set` for any of the clients; a client whose params are wrong tells so in its turn."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    asked = 0
    for client in clients if only or sets else ():
        try:
            check_request(client, workspace)
        except CjmError:
            continue
        asked += 1
        try:
            check_request(client, workspace, only, sets)
        except BadInput as problem:
            for one in problem.problems if isinstance(problem, BadInputs) else [problem]:
                found.setdefault((one.where, one.found, one.allowed, one.next), []).append(client)
    if found:
        raise _one([GivenWrong(where if len(names) == asked else f"{where}, for {', '.join(names[:5])}{' …' if len(names) > 5 else ''}", *rest)
                    for (where, *rest), names in found.items()])


def refuse_since(client: str, workspace: Workspace, since: str | None) -> None:
    """Raise `GivenWrong` where `--since` names no published run of a client."""
    from .compare import runs_of

    if since and since not in (known := runs_of(client, workspace)):
        shown = ", ".join(known[-3:]) if known else "none is published yet"
        raise GivenWrong(f"--since {since}", f"{client} has no such run", f"a published run: {'…, ' if len(known) > 3 else ''}{shown}", "name one of them, or leave --since out to hold it against the last")


def refuse_given(plan: Plan, refused: Iterable[tuple[Chapter, str]], sets: Sequence[str] | None) -> None:
    """Raise `GivenWrong` where chapters that `--set` gave values refuse one in words: nothing is published then.

    refused: chapters that ended so, with what they said.
    """
    problems = []
    for chapter, said in refused:
        given = [text for text in sets or () if (key := text.partition("=")[0].strip().rpartition(".")[2]) in chapter.parameters and _given(plan, chapter, key)]
        if given:
            first, *more = said.splitlines() or [""]
            parts = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in more)}
            problems.append(GivenWrong(f"--set {', '.join(given)}", f"{chapter.name} cannot use it ({first})", parts.get("allowed") or "a value that the chapter can use",
                                       "correct --set; nothing was published"))
    if problems:
        raise _one(problems)


def _given(plan: Plan, chapter: Chapter, key: str) -> bool:
    """Whether the run gives this parameter another value than the chapter's own."""
    return any(t.chapter.name == chapter.name and t.values.get(key, chapter.parameters[key].default) != chapter.parameters[key].default for t in plan.tasks)


def _one(problems: list[GivenWrong]) -> GivenWrong:
    """All of them as one error of the same kind."""
    if len(problems) == 1:
        return problems[0]
    first = problems[0]
    more = "; ".join(f"{p.where}: {p.found}" for p in problems[1:])
    return GivenWrong(first.where, f"{first.found}; {more}", first.allowed, first.next)
