"""What a proposal may not say: identifiers of persons in names of files, headings, remarks and questions.

Params are handed round and versioned, and what a command prints is kept in logs; exports are neither. A name of a file that holds an identifier
becomes a pattern that takes no other file, a column whose heading holds one is left out, and all that is told is masked. What cannot be
read without such a name is not proposed, and why is said.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ...privacy import Known
from ...privacy.masking import Masker, countries_of, known_ids, names_of
from .kinds import Recognised
from .trial import Trial

_LABEL = re.compile(r"\[[^\]]*\]|\b(?:E-mail|Customer|Person|Phone|Label) \d+\b")


@dataclass
class Hiding:
    """Masks what identifies a person: addresses and numbers by their form, keys and speakers of what was read."""

    masker: Masker

    @classmethod
    def of(cls, trials: Iterable[Trial]) -> Hiding:
        """From what the sources delivered. Keys that are words are left alone: events may share them."""
        tables = [t.delivered.tables for t in trials if t.delivered]
        keys = {k for ts in tables for frame in ts.values() if "customer_key" in frame for k in frame["customer_key"].dropna().astype(str).unique() if not k.replace("_", "").isalpha()}
        names: dict[str, str | None] = {}
        for ts in tables:
            if "documents" in ts and "turns" in ts and {"document_id", "participant_id"} <= set(ts["documents"]) and {"speaker", "is_interviewer"} <= set(ts["turns"]):
                names |= dict.fromkeys(names_of(ts["documents"], ts["turns"]))
        masker = Masker(names, countries=countries_of([], "UTC"), known=known_ids({"any": keys}))
        masker.identifiers = Known(keys, in_fields=True).whole().spans
        return cls(masker)

    def text(self, text: str) -> str:
        """The text as it may be told."""
        return self.masker.mask_id(self.masker.mask(text).text)

    def identifies(self, text: str) -> bool:
        """Whether it holds an identifier, or the name of somebody who speaks."""
        return self.text(text) != text

    def name(self, file: str, of: str) -> str:
        """A short name of a source, without what of its file's name identifies a person; the kind's where nothing is left. of: the name it had."""
        if not self.identifies(file) and not self.identifies(of):
            return of
        bare = _LABEL.sub(" ", self.text(PurePosixPath(file).name).rsplit(".", 1)[0])
        return re.sub(r"[^a-z0-9]+", "_", bare.lower()).strip("_")[:40]

    def pattern(self, file: str, folder: Path) -> str | None:
        """The file as params name it: itself, or a pattern that takes no other file of the folder; None where there is none."""
        shown = self.text(file)
        if shown == file:
            return glob.escape(file)
        head = _alike(file, shown)
        tail = _alike(file[head:][::-1], shown[head:][::-1])
        middle = file[head:len(file) - tail]
        made = glob.escape(file[:head]) + "".join("/" if c == "/" else "?" for c in middle) + glob.escape(file[len(file) - tail:])
        return made if [p.relative_to(folder).as_posix() for p in folder.glob(made)] == [file] and not self.identifies(made) else None


def hide(trials: list[tuple[Recognised, Trial]], folder: Path, hiding: Hiding) -> tuple[list[tuple[Recognised, Trial]], list[Recognised]]:
    """The sources as they may be proposed, and those that cannot be without telling of a person."""
    kept: list[tuple[Recognised, Trial]] = []
    refused: list[Recognised] = []
    renamed: dict[str, str] = {}
    taken = {str(t.source["name"]) for f, t in trials if not any(map(hiding.identifies, (*f.sample.files, str(t.source["name"]))))}
    for found, read in trials:
        patterns, joined = ([hiding.pattern(f, folder) for f in files] for files in (found.sample.files, found.needs))
        if None in patterns or None in joined:
            refused.append(Recognised(found.sample, why="the name of the file holds an identifier of a person, and no pattern tells it from the others; rename it"))
            continue
        renamed[str(read.source["name"])] = _rename(read, found, hiding, taken)
        said = read.source
        if "joins" in said:
            said["joins"] = [{**join, "files": joined[0]} if len(joined) == 1 else join for join in said["joins"]]
        said["files"] = patterns[0] if len(patterns) == 1 else patterns
        if questions := said.get("questions"):
            said["questions"] = [q for q in questions if not any(map(hiding.identifies, _strings(q)))]
            if hidden := len(questions) - len(said["questions"]):
                read.left_out.append(f"{hidden} whose headings hold identifiers of persons (rename them in the export)")
        if any(map(hiding.identifies, _strings({k: v for k, v in said.items() if k not in ("name", "kind", "files", "joins")}))):
            refused.append(Recognised(found.sample, why="the name of a column or sheet that it is read by holds an identifier of a person; rename it"))
            continue
        read.problem = hiding.text(read.problem)
        read.left_out = [hiding.text(c) for c in read.left_out]
        read.questions = [replace(q, found=hiding.text(q.found), private=q.private or (q.found if hiding.identifies(q.found) else "")) for q in read.questions]
        found.why = hiding.text(found.why)
        kept.append((found, read))
    for _, read in kept:
        read.again = renamed.get(read.again, read.again)
    return kept, refused


def _rename(read: Trial, found: Recognised, hiding: Hiding, taken: set[str]) -> str:
    """Give a source, and its questions, a name that identifies nobody; returns it."""
    old = str(read.source["name"])
    plain = hiding.name(found.sample.title or found.sample.files[0], old)
    if plain == old:
        return old
    stem = plain or found.kind
    new = next(n for n in (stem, *(f"{stem}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)
    taken.add(new)
    read.source["name"] = new
    read.questions = [replace(q, source=new, where=new + q.where.removeprefix(old)) for q in read.questions]
    return new


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in (str(k), *_strings(v))]
    if isinstance(value, list | tuple):
        return [s for v in value for s in _strings(v)]
    return [value] if isinstance(value, str) else []
