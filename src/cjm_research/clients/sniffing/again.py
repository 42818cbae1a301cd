"""A folder beside a client that exists: what is new, changed and gone, and the lines that would read what no source reads yet. Nothing is written."""

from __future__ import annotations

import filecmp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import BadInput
from ...params import Params
from ...params.schema import Source
from ...sources.contract import find_files
from .proposal import Proposal
from .tables import of_file
from .written import source_text


@dataclass
class Difference:
    """What differs, in lines; and sources to add to the params, as text, empty where all is read already."""

    lines: list[str] = field(default_factory=list)
    addition: str = ""


def differences(params: Params, raw: Path, folder: Path, found: Proposal) -> Difference:
    """What a folder holds beside a client's params and raw folder."""
    out = Difference()
    read = {s.name: _files(s, raw) for s in params.sources}
    reader = {f: name for name, files in read.items() for f in files}
    there = [f for one in (*(r for r, _ in found.trials), *found.others) for f in one.sample.files]
    itself = folder.resolve() == raw.resolve()
    takes = _taken(params.sources, folder)
    for name in dict.fromkeys(there):
        known = raw / name
        if not itself and known.is_file() and not filecmp.cmp(folder / name, known, shallow=False):
            out.lines.append(f"{name}: changed{_headers(known, folder / name, name)}; " + (f"{reader[name]} reads it" if name in reader else "no source reads it"))
        elif not known.is_file() and (taker := takes.get(name, "")):
            out.lines.append(f"{name}: new; {taker} reads it once it lies in the raw folder")
    for recognised, trial in found.trials:
        files = recognised.sample.files
        if not trial.again and not any(f in reader or f in takes for f in files):
            taken = {s.name for s in params.sources}
            trial.source["name"] = next(n for n in (str(trial.source["name"]), *(f"{trial.source['name']}_{i}" for i in range(2, len(taken) + 3))) if n not in taken)
            out.lines.append(f"{', '.join(files[:3])}: new; {recognised.kind}{'' if recognised.proven else '?'}, which no source reads yet")
            out.addition += source_text(recognised, trial, {}, found.shown)
    gone = [(name, [f for f in files if f not in there]) for name, files in read.items()]
    out.lines += [f"{', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}: not in this folder; {name} reads {'it' if len(missing) == 1 else 'them'} from the raw folder" for name, missing in gone if missing]
    out.lines = [found.shown(line) for line in out.lines]
    return out


def _files(source: Source, raw: Path) -> list[str]:
    try:
        return [p.relative_to(raw.resolve()).as_posix() for p in find_files(source, raw)]
    except BadInput:
        return []


def _taken(sources: Sequence[Source], folder: Path) -> dict[str, str]:
    """File of the folder → the source that would take it, if the folder were the raw one."""
    out: dict[str, str] = {}
    for source in reversed(sources):  # the first of several has it
        for pattern in [source.files] if isinstance(source.files, str) else source.files:
            out |= dict.fromkeys(_files(source.model_copy(update={"files": pattern}), folder), source.name)
    return out


def _headers(old: Path, new: Path, name: str) -> str:
    """What of the columns is gone and new, by the first rows of both files."""
    before, after = (_columns(path, name) for path in (old, new))
    said: Mapping[str, list[str]] = {"without": [c for c in before if c not in after], "with new": [c for c in after if c not in before]}
    return "".join(f", {word} {', '.join(' '.join(c.split())[:40] for c in names[:6])}" for word, names in said.items() if names and before and after)


def _columns(path: Path, name: str) -> list[str]:
    return [str(c) for sample in of_file(path, name) if sample.frame is not None for c in sample.frame.columns]
