"""What a project must be when it is read: ids that occur once, codes that exist, selections with a place where they have one."""

from __future__ import annotations

from collections import Counter

from cjm_research.errors import BadInput

from .model import Code, Project, Selection, TextSource, new_guid
from .offsets import Reading


def complete(p: Project) -> None:
    """Dangling references and impossible positions are told, and nothing that refers to them is lost."""
    known = {code.guid for code, _, _ in p.walk_codes()}
    for source in [*p.sources, *p.notes]:
        lost = [s for s in source.selections if s.start is None]
        if lost and source.text is not None:
            again = sum(_by_name(s, source.text) for s in lost)
            p.limitations.append(
                f"{source.name or source.guid}: {len(lost)} positions lie beyond or inside characters of "
                f"the text; {again} were placed by their quote, {len(lost) - again} keep no position"
            )
        for coding in [*source.codings, *(c for s in source.selections for c in s.codings)]:
            if coding.code_ref not in known:
                known.add(coding.code_ref)
                p.codes.append(Code(coding.code_ref, f"unknown code {coding.code_ref[:8]}"))
                p.limitations.append(
                    f"code {coding.code_ref} is used but not in the codebook; added as 'unknown code'"
                )
    ids = Counter(c.guid for s in p.sources for c in [*s.codings, *(c for x in s.selections for c in x.codings)])
    seen: Counter[str] = Counter()
    for source in p.sources:
        for coding in [*source.codings, *(c for s in source.selections for c in s.codings)]:
            if ids[coding.guid] > 1:
                seen[coding.guid] += 1
                if seen[coding.guid] > 1:
                    coding.guid = new_guid("coding", coding.guid, seen[coding.guid])
    if seen:
        p.limitations.append(
            f"{sum(seen.values()) - len(seen)} codings repeat the id of another; they got ids of their own"
        )


def place(source: TextSource, reading: Reading) -> None:
    source.convention = reading.convention
    for selection, at in zip(source.selections, reading.spans, strict=True):
        selection.start, selection.end = at if at else (None, None)


def _by_name(selection: Selection, text: str) -> bool:
    """Place a lost selection by its quote where that occurs exactly once."""
    name = selection.name or ""
    if len(name) < 3 or text.count(name) != 1:
        return False
    selection.start = text.index(name)
    selection.end = selection.start + len(name)
    return True


def unique_codes(project: Project, where: str) -> None:
    unique([code.guid for code, _, _ in project.walk_codes()], "code", where)


def unique(ids: list[str], what: str, where: str) -> None:
    twice = [i for i, n in Counter(ids).items() if n > 1]
    if twice:
        raise BadInput(
            where,
            f"{len(twice)} {what} ids are given more than once, e.g. {twice[0]}",
            f"one {what} for each id (a code below itself would be a cycle)",
            "export the project again",
        )
