"""The params that a folder of exports makes likely, with the questions that stay."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ...sources import SOURCES
from .beside import with_transcripts
from .hidden import Hiding, hide
from .joining import with_customers
from .journey import Journey, journey
from .kinds import Recognised, recognise
from .questions import Question
from .tables import Sample, samples
from .trial import Trial, trial
from .twice import mark_repeated

_PARTICIPANT = re.compile(r"(?:participant|interviewee|respondent|customer|client|user|teilnehmer(?:in)?|kund(?:e|in)|befragte[r]?|patient|[a-z]?p|b|user|subject) ?\d*", re.I)
_OTHERS = "amounts are not in EUR"  # the currency that a trial assumes
_CODE = re.compile(r"[0-9] in (?:US dollars \()?([A-Z]{3})\b")
_MOST_READ = 256 << 20  # bytes of all sources that are read here


@dataclass
class Proposal:
    """What was found in a folder. trials: what each recognised table is to be read as; others: what was ignored or not understood. hiding: masks what is told of them."""

    trials: list[tuple[Recognised, Trial]] = field(default_factory=list)
    others: list[Recognised] = field(default_factory=list)
    hiding: Hiding = field(default_factory=lambda: Hiding.of(()))

    @property
    def questions(self) -> list[Question]:
        """All open questions, source by source."""
        return [*self._of_amounts(), *(q for _, t in self.trials if not t.again for q in t.questions)]

    @property
    def currency(self) -> str:
        """The one currency that all amounts name; empty where they name none or several."""
        named = {m[1] for t in self._read() for note in t.delivered.report.notes if _OTHERS in note for m in _CODE.finditer(note.partition("they are no values")[0])}
        return named.pop() if len(named) == 1 and not self._unnamed() else ""

    def _read(self) -> list[Any]:
        return [t for _, t in self.trials if t.delivered is not None and not t.again]

    def _unnamed(self) -> int:
        tables = [t.delivered.tables for t in self._read()]
        return sum(int(ts[name][column].notna().sum()) for ts in tables for name, column in (("interactions", "value"), ("deals", "amount")) if name in ts and column in ts[name])

    def _of_amounts(self) -> list[Question]:
        if not (n := self._unnamed()):
            return []
        return [Question("currency", "In which currency are the client's amounts?", f"{n:,} amounts name none, or EUR", "a code such as EUR, USD or GBP", "the unit of every amount in the report", "", "currency")]

    def journey(self, trials: list[Trial]) -> Journey:
        """A first journey from what these sources delivered; events whose names hold an identifier are left out, since params are handed round."""
        return journey([t.delivered.tables["interactions"] for t in trials if t.delivered and "interactions" in t.delivered.tables], self.hiding.identifies)

    def shown(self, text: str) -> str:
        """A text of the proposal as the terminal may show it and params may hold it."""
        return self.hiding.text(text)


def propose(folder: Path) -> Proposal:
    """Look at every file of a folder and say what each is, how it is to be read, and what only the client can say."""
    out = Proposal()
    names: set[str] = set()
    left = _MOST_READ
    for found in with_transcripts(_talks_together(with_customers([recognise(sample) for sample in samples(folder)]))):
        sample = found.sample
        if not found.kind:
            out.others.append(found)
            continue
        said = _said(found, _free_name(sample, names))
        read = trial(said, folder, sample.frame) if sample.size <= left else Trial(said, large=True)
        left -= sample.size if not read.large else 0
        _ask_encoding(found, read)
        _ask_interviewers(read)
        if not found.proven:
            read.questions.insert(0, _confirm(found, said))
        out.trials.append((found, read))
    mark_repeated(out.trials)
    out.hiding = Hiding.of(read for _, read in out.trials)
    out.trials, unnamed = hide(out.trials, folder, out.hiding)
    out.others += unnamed
    return out


def _free_name(sample: Sample, taken: set[str]) -> str:
    """The sample's name; where another has it, with its folder or a number."""
    folder = re.sub(r"[^a-z0-9]+", "_", PurePosixPath(sample.files[0]).parent.name.lower()).strip("_")
    choices = [sample.name, *([f"{folder}_{sample.name}"] if folder else []), *(f"{sample.name}_{n}" for n in range(2, len(taken) + 3))]
    name = next(c for c in choices if c not in taken)
    taken.add(name)
    return name


def _talks_together(found: list[Recognised]) -> list[Recognised]:
    """With the transcripts of one folder as one source; a folder with one that is proven by its format is proven."""
    out: list[Recognised] = []
    first: dict[str, Recognised] = {}
    for one in found:
        place = str(PurePosixPath(one.sample.files[0]).parent)
        if one.kind != "transcripts":
            out.append(one)
        elif place in first:
            first[place].sample.files += one.sample.files
            first[place].sample.size += one.sample.size
            first[place].proven |= one.proven
        else:
            first[place] = one
            out.append(one)
    for place, one in first.items():
        if len(one.sample.files) > 1:
            one.why = f"{len(one.sample.files)} transcripts{f' in {place}' if place != '.' else ''}"
            one.sample.title = place if place != "." else "interviews"
    return out


def _ask_interviewers(read: Trial) -> None:
    """Who asks, where roles do not say it: labels that are heard in most talks."""
    if read.delivered is None or "turns" not in read.delivered.tables or read.source["kind"] not in ("transcripts", "conversations"):
        return
    turns, documents = read.delivered.tables["turns"], len(read.delivered.tables["documents"])
    if "is_interviewer" not in turns or turns.groupby("document_id")["is_interviewer"].any().all():
        return
    heard = turns.groupby("speaker")["document_id"].nunique().sort_values(ascending=False)
    likely = [str(s) for s, n in heard.items() if n > max(1, documents / 2) and not _PARTICIPANT.fullmatch(str(s))][:3]
    if len(likely) == len(heard):  # everybody cannot be who asks
        likely = []
    listed = [s for s in map(str, heard.index) if s in likely or _PARTICIPANT.fullmatch(s)][:8]
    rest = len(heard) - len(listed)
    told = [*listed, *([f"{rest} more name{'s' if rest > 1 else ''}"] if rest else [])]
    read.questions.append(Question(f"{read.source['name']}: settings.interviewers", "Who asks the questions?" if read.source["kind"] == "transcripts" else "Who speaks for the company, or asks?", f"speakers: {', '.join(told)}",
                                   "labels of interviewers, as they stand in the transcripts", "whose words count as participants'", str(read.source["name"]), "interviewers", ", ".join(likely),
                                   private=f"speakers: {', '.join(map(str, heard.index[:8]))}"))


def _said(found: Recognised, name: str) -> dict[str, Any]:
    settings = found.sample.settings | found.settings
    said: dict[str, Any] = {"name": name, "kind": found.kind, "files": found.sample.pattern}
    if found.sample.encoding:
        said["encoding"] = found.sample.encoding
    if found.columns:
        said["columns"] = dict(found.columns)
    if found.constants:
        said["constants"] = dict(found.constants)
    if found.joins:
        said["joins"] = found.joins
    if found.filter:
        said["filter"] = dict(found.filter)
    if settings:
        said["settings"] = dict(settings)
    if found.questions:
        said["questions"] = found.questions
    return said


def _ask_encoding(found: Recognised, read: Trial) -> None:
    if found.sample.encoding:
        plain = [w for w in found.sample.odd if w.islower()]  # a word with a capital may be somebody's name
        read.questions.append(Question(f"{read.source['name']}: encoding", "Do these words read right?", ", ".join(map(repr, plain)) or "bytes that are no UTF-8",
                                       f"{found.sample.encoding} if so; else cp1252, cp1250, mac_roman, latin-1, …", "how letters beyond ASCII read", str(read.source["name"]), "encoding",
                                       found.sample.encoding, private=", ".join(map(repr, found.sample.odd))))


def _confirm(found: Recognised, said: dict[str, Any]) -> Question:
    columns = ", ".join(f"{k}: {v}" for k, v in said.get("columns", {}).items())
    title = SOURCES[found.kind].title.split(" (")[0]
    return Question(f"{said['name']}: kind", f"Does it hold {title[:1].lower() + title[1:] if title[1:2].islower() else title}?", found.why, "yes, or another kind (cjm sources) and its columns",
                    f"what its rows count as{f' ({columns})' if columns else ''}", str(said["name"]), "kind", "" if found.weak else found.kind, found.kind)
