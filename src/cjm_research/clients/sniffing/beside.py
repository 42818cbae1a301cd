"""What belongs beside a source: the transcripts and the codebook of coded segments, the talks of one folder."""

from __future__ import annotations

from dataclasses import replace

from .codings import is_codebook
from .kinds import Recognised


def with_transcripts(found: list[Recognised]) -> list[Recognised]:
    """With the transcripts of the folder, in which quotes are looked up, and its one codebook in each source of codings."""
    texts = [f for one in found if one.kind == "transcripts" for f in one.sample.files]
    books = [one.sample.files[0] for one in found if not one.kind and one.sample.frame is not None and is_codebook(one.sample.frame)]
    return [_beside(one, texts, books[0] if len(books) == 1 else "") if one.kind == "codings_csv" else one for one in found
            if not (one.kind == "" and [one.sample.files[0]] == books and any(o.kind == "codings_csv" for o in found))]


def _beside(one: Recognised, texts: list[str], book: str) -> Recognised:
    sample = replace(one.sample, files=[*one.sample.files, *([book] if book else []), *texts], title=one.sample.name)
    settings = {"codebook": book.rsplit("/", 1)[-1]} if book else {}
    beside = f", with {len(texts)} transcripts" if texts else ", without transcripts: quotes are kept without their place"
    return replace(one, sample=sample, settings={**one.settings, **settings}, why=f"{one.why}{beside}{' and a codebook' if book else ''}")
