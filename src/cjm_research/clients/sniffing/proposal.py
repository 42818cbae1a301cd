"""The params that a folder of exports makes likely, with the questions that stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...sources import SOURCES
from .journey import Journey, journey
from .kinds import Recognised, recognise
from .questions import Question
from .tables import samples
from .trial import Trial, trial

_MOST_READ = 256 << 20  # bytes of all sources that are read here


@dataclass
class Proposal:
    """What was found in a folder. trials: what each recognised table is to be read as; others: what was ignored or not understood."""

    trials: list[tuple[Recognised, Trial]] = field(default_factory=list)
    others: list[Recognised] = field(default_factory=list)

    @property
    def questions(self) -> list[Question]:
        """All open questions, source by source."""
        return [q for _, t in self.trials for q in t.questions]

    def journey(self, trials: list[Trial]) -> Journey:
        """A first journey from what these sources delivered."""
        return journey([t.delivered.tables["interactions"] for t in trials if t.delivered and "interactions" in t.delivered.tables])


def propose(folder: Path) -> Proposal:
    """Look at every file of a folder and say what each is, how it is to be read, and what only the client can say."""
    out = Proposal()
    names: dict[str, int] = {}
    left = _MOST_READ
    for sample in samples(folder):
        found = recognise(sample)
        if not found.kind:
            out.others.append(found)
            continue
        name = sample.name
        names[name] = names.get(name, 0) + 1
        said = _said(found, name if names[name] == 1 else f"{name}_{names[name]}")
        read = trial(said, folder, sample.frame) if sample.size <= left else Trial(said, large=True)
        left -= sample.size if not read.large else 0
        _ask_encoding(found, read)
        if not found.proven:
            read.questions.insert(0, _confirm(found, said))
        out.trials.append((found, read))
    return out


def _said(found: Recognised, name: str) -> dict[str, Any]:
    settings = found.sample.settings | found.settings
    said: dict[str, Any] = {"name": name, "kind": found.kind, "files": found.sample.pattern}
    if found.sample.encoding:
        said["encoding"] = found.sample.encoding
    if found.columns:
        said["columns"] = dict(found.columns)
    if settings:
        said["settings"] = dict(settings)
    if found.questions:
        said["questions"] = found.questions
    return said


def _ask_encoding(found: Recognised, read: Trial) -> None:
    if found.sample.encoding:
        read.questions.append(Question(f"{read.source['name']}: encoding", "Do these words read right?", ", ".join(map(repr, found.sample.odd)) or "bytes that are no UTF-8",
                                       f"{found.sample.encoding} if so; else cp1252, cp1250, mac_roman, latin-1, …", "how letters beyond ASCII read", str(read.source["name"]), "encoding",
                                       found.sample.encoding))


def _confirm(found: Recognised, said: dict[str, Any]) -> Question:
    columns = ", ".join(f"{k}: {v}" for k, v in said.get("columns", {}).items())
    return Question(f"{said['name']}: kind", f"Is this {SOURCES[found.kind].title.split(' (')[0].lower()}?", found.why, "yes, or another kind (cjm sources) and its columns",
                    f"what its rows count as{f' ({columns})' if columns else ''}", str(said["name"]), "kind", found.kind)
