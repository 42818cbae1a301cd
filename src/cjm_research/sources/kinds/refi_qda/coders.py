"""Coders by their GUID: two users of one name are two, and one user who was renamed is one."""

from __future__ import annotations

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
            name = user.name or user.id or user.guid
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
    return own


def _digits(part: str) -> bool:
    """Whether a part of a GUID holds digits only: beside a name it would look like a telephone number."""
    return len(part) < _WHOLE and part.replace("-", "").isdigit()
