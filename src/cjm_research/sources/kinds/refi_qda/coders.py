"""Coders by their GUID: two users of one name are two, and one user who was renamed is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...contract import ImportReport
from .model import GUID, Project, guid

_WHOLE = 36  # characters of a GUID
_SHOWN = 8  # characters of a GUID beside a name that several have


def coder_names(projects: Sequence[tuple[str, Project]], settings: Mapping[str, str], report: ImportReport) -> dict[str, str]:
    """What each user is called, by GUID; says where one name has several users or one user several names.

    settings: GUID or name → the coder it is, which ties users together. The last file's name of a user counts.
    """
    called: dict[str, list[str]] = {}
    for _, project in projects:
        for user in project.users:
            names = called.setdefault(user.guid, [])
            name = " ".join((user.name or user.id or "").split()) or user.guid
            if name in names:
                names.remove(name)
            names.append(name)
    ruled = {(guid(k) if GUID.fullmatch(k.strip()) else k): v for k, v in settings.items()}
    own = {g: ruled.get(g) or ruled.get(names[-1]) or names[-1] for g, names in called.items()}
    for g, names in called.items():
        if len(names) > 1 and own[g] == names[-1]:
            report.notes.append(f"coder {names[-1]!r} is called {', '.join(map(repr, names[:-1]))} in another file; it is one user ({g[:_SHOWN]})")
    holders: dict[str, list[str]] = {}
    for g, name in own.items():
        if g not in ruled and called[g][-1] not in ruled:
            holders.setdefault(name, []).append(g)
    for name, guids in holders.items():
        taken = set(own.values())
        if len(guids) > 1:
            size = _SHOWN
            while len({g[:size] for g in guids}) < len(guids) or any(f"{name} ({g[:size]})" in taken or _digits(g[:size]) for g in guids):
                size += 1
            own.update({g: f"{name} ({g[:size]})" for g in guids})
            report.notes.append(
                f"{len(guids)} users are called {name!r} and stay {len(guids)} coders: {', '.join(own[g] for g in guids)}; "
                "settings.coders ({GUID or name: coder}) ties them where they are one person"
            )
    alike: dict[str, set[str]] = {}
    for name in own.values():
        alike.setdefault(name.casefold(), set()).add(name)
    report.notes += [f"coders {', '.join(map(repr, sorted(names)))} differ only by capitals and stay {len(names)} coders; settings.coders ties them where they are one person"
                     for names in alike.values() if len(names) > 1]
    return own


def tell_unnamed(name: str, project: Project, report: ImportReport) -> None:
    """Say whose codings name no user, or one whom the project does not list."""
    listed = {user.guid for user in project.users}
    unlisted = Counter(c.coder_guid for c in project.codings() if c.coder_guid and c.coder_guid not in listed)
    if unlisted:
        report.notes.append(f"{name}: {sum(unlisted.values()):,} codings are by {len(unlisted)} users whom the project does not list; their GUIDs stand for them, and settings.coders "
                            f"({{GUID: coder}}) names them")
    by = Counter(c.coder_of for c in project.codings())
    if by["source"]:
        report.notes.append(f"{name}: {by['source']:,} codings name no user; whoever created their document is taken for the coder")
    if by["nothing"]:
        report.notes.append(f"{name}: {by['nothing']:,} codings name no user and stand under 'unknown coder'")


def _digits(part: str) -> bool:
    """Whether a part of a GUID holds digits only: beside a name it would look like a telephone number."""
    return len(part) < _WHOLE and part.replace("-", "").isdigit()
