"""How the texts of a project are stored, and how positions in them count where the params say so."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cjm_research.errors import BadInput

from .model import Convention, Project
from .offsets import RawText


def decode(content: bytes, where: str) -> RawText:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return RawText(_strict(content[len(mark) :], encoding, where), had_bom=True)
    return RawText(_strict(content, "utf-8", where))


def _strict(content: bytes, encoding: str, where: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as cause:
        raise BadInput(
            where,
            f"is not {encoding.upper()} (byte {cause.start})",
            "plain text in UTF-8, as the standard says",
            "export the project again",
        ) from cause


def forced_by(convention: Mapping[str, Any] | None, where: str) -> Convention | None:
    if convention is None:
        return None
    allowed: dict[str, tuple[Any, ...]] = {
        "unit": ("code point", "utf-16"),
        "line_end": (1, 2),
        "bom": (True, False),
        "end_inclusive": (True, False),
    }
    for key, value in convention.items():
        if key not in allowed or value not in allowed[key]:
            raise BadInput(
                f"{where}: convention", f"{key}: {value!r}", "; ".join(f"{k}: {v}" for k, v in allowed.items()),
                "correct settings.convention"
            )
    return replace(Convention(evidence="given in the settings", basis="settings"), **convention)


def iter_evidence(project: Project) -> Iterator[str]:
    """One line for each source: how its positions count and why."""
    for source in project.sources:
        if source.convention and source.selections:
            yield f"{source.name or source.guid}: {source.convention.name} ({source.convention.evidence})"
