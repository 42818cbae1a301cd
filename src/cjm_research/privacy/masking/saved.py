"""The masker of the last build, kept in the vault: what is written later (memos, notes) is masked as the tables were."""

from __future__ import annotations

import json
from pathlib import Path

from ...errors import BadInput
from ...files import write_text_whole
from ...shapes import Json
from .known import KnownIds
from .masker import Masker
from .register import Register

FILE = "masking_names.json"  # names and what they are called: it undoes the masking, so it stays in the vault
REGISTER = "masking_numbers.json"  # which name has which number, so that numbers stay from build to build


def save_masker(masker: Masker, folder: Path) -> None:
    """Keep what a masker knows, whole or not at all, readable for its owner only."""
    data = {"names": dict(masker.names), "places": list(masker.places), "keep": list(masker.keep),
            "countries": list(masker.countries), "forms": list(masker.known.forms)}
    write_text_whole(folder / FILE, json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True))


def load_masker(folder: Path) -> Masker | None:
    """The masker of the last build, or None where nothing was masked (or the vault is elsewhere).

    Raises `BadInput` where the file is damaged: unmasked memos must not pass for masked ones.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        data: Json = json.loads(path.read_text(encoding="utf-8"))
        return Masker(data["names"], data["places"], data["keep"], data["countries"], KnownIds(forms=tuple(data["forms"])), Register(folder / REGISTER))
    except (ValueError, KeyError, TypeError) as cause:
        raise BadInput(FILE, f"is damaged ({type(cause).__name__})", "a readable register of masked words", "build the client again: cjm build --force") from cause
