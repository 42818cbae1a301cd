"""Mutated exports and params: every one is read or refused in words, within time and memory, and no row is lost uncounted.

    python -m tests.fuzz                   # 500 files of every kind, 500 params, and 500 through `cjm check`
    python -m tests.fuzz --size 50 --seed 3 --kind events

A table comes as it is, as a workbook, as a sheet of LibreOffice or as a zip of parts; archives are changed inside and packed again.

Inputs follow from the seed alone, which is printed; `--keep FOLDER` writes those that fail. The suite runs a small size
(tests/test_fuzz.py).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cjm_research.errors import BadInputs, CjmError, Unforeseen
from cjm_research.params.schema import Source
from cjm_research.params.yaml_text import read_yaml
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, find_files
from tests.sources.presets.samples import SAMPLES

from .fuzz_forms import FORMS, forms_of, inside, rows_inside, unzipped, xml_changed

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "sources" / "data"
LONGEST_S = 30
MOST_MB = 1024
#: kinds whose rows become rows of one table, so that rows read = rows kept + rows dropped
ROWS = {"events": "interactions", "customers": "customers", "feedback": "feedback", "checkpoints": "checkpoints"}
TOKENS = [b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\n\n\n", b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b",", b";", b"\t", b" " * 3_000, b"9" * 5_000, b"-", b"NaN", b"inf", b"1e999",
          b"\\ud83d", b"\xed\xa0\xbd", b"\xf0\x9f\x98\x80", b"{", b"}", b"[", b"]", b"[" * 300, b"{\"a\":" * 120, b"null", b"true", b"0000-00-00", b"9999-12-31T23:59:59Z",
          b"1/2/3", b"<", b"</", b"&amp;", b"&#x0;", b"<!DOCTYPE x>", b"-->", b"00:00:00,000 --> 00:00:01,000", b"=cmd|' /C calc'!A0", b"A" * 10_000, b"\xe2\x80\xae", b"\\N", b"%s%n", b"../../x"]
YAML_TOKENS = [b"NO", b"~", b"- ", b": ", b"? ", b"&a ", b"*a", b"<<: *a", b"!!python/object:x ", b"[", b"{", b"]", b"|", b">", b"\t", b"'", b'"', b"#", b"%", b"@", b"`", b"---\n", b"...\n", b".nan", b".inf", b"0x1F",
               b"1e400", b"9" * 5_000, b"2024-13-45", b"12:30", b"null", b"true", b"-1", b"0", b"''", b"\\", b"\0", b"\xff", b"\xe2\x80\xa8", b"***", b"[!", b"../..", b"x" * 400, b"{{}}", b"[[[[[[", b"\x1b[31m"]


@dataclass
class Outcome:
    """What became of the inputs of one kind."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    unforeseen: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class _Hang(BaseException):
    """Nothing else: the boundary around readers catches every `Exception`, and would count a hang as a refusal."""


def _alarm(*_: object) -> None:
    raise _Hang


def mutated(raw: bytes, chance: random.Random, tokens: list[bytes]) -> bytes:
    """The bytes with one to four changes."""
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        at = chance.randrange(len(raw) + 1)
        until = min(len(raw), at + chance.choice([1, 2, 10, 100, 1_000]))
        what = chance.randrange(9)
        if what == 0:
            raw = raw[:at]
        elif what == 1:
            raw = raw[:at] + raw[until:]
        elif what == 2:
            raw = raw[:until] + raw[at:until] * chance.choice([1, 2, 20]) + raw[until:]
        elif what == 3 and at < len(raw):
            raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1:]
        elif what == 4:
            raw = raw[:at] + chance.randbytes(chance.choice([1, 4, 40])) + raw[until:]
        elif what == 5:
            lines = raw.split(b"\n")
            chance.shuffle(lines)
            raw = b"\n".join(lines)
        else:
            raw = raw[:at] + chance.choice(tokens) + raw[at:] if what < 8 else raw[:at] + chance.choice(tokens) + raw[until:]
    return raw


def fuzz_kind(kind: str, size: int, seed: int, keep: Path | None = None) -> Outcome:
    """Read `size` mutated exports of a kind."""
    said = _said(kind)
    outcome = Outcome(kind)
    others = sorted(p for p in DATA.glob("*/*") if p.suffix != ".yaml" and p.is_file())
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(size):
            chance = random.Random(f"{seed} {kind} {number}")
            folder = Path(scratch) / "raw"
            shutil.rmtree(folder, ignore_errors=True)
            if kind in SAMPLES:
                folder.mkdir()
                (folder / SAMPLES[kind][0]).write_bytes(SAMPLES[kind][1])
            else:
                shutil.copytree(DATA / kind, folder)
            source = Source.model_validate(said)
            path = chance.choice(find_files(source, folder))
            raw = path.read_bytes()
            if (forms := forms_of(path)) and chance.random() < 0.4:
                raw = FORMS[chance.choice(forms)](path.name, raw)
            if path.suffix == ".gz" and chance.random() < 0.5:
                raw = gzip.compress(mutated(gzip.decompress(raw), chance, TOKENS))
            elif chance.random() < 0.03:
                raw = chance.choice(others).read_bytes()
            elif raw.startswith(b"PK") and chance.random() < 0.8:
                raw = inside(raw, chance, mutated, TOKENS)
            elif path.suffix == ".xes" and chance.random() < 0.4:
                raw = xml_changed(raw, chance)
            else:
                raw = mutated(raw, chance, TOKENS)
            if chance.random() < 0.05 and path.suffix != ".gz":
                raw = gzip.compress(raw)
            path.write_bytes(raw)
            fault = _run(outcome, lambda: _read(kind, source, folder, path))
            if fault:
                outcome.failures.append(f"{kind} seed {seed} number {number} ({path.name}): {fault}")
                if keep:
                    shutil.copytree(folder, keep / f"{kind}-{seed}-{number}", dirs_exist_ok=True)
    return outcome


def _said(kind: str) -> dict[str, Any]:
    """The source as params say it."""
    if kind in SAMPLES:
        file, _, _, more = SAMPLES[kind]
        return {"name": "x", "kind": kind, "files": file, **more}
    said: dict[str, Any] = read_yaml((DATA / kind / "source.yaml").read_text(encoding="utf-8"), kind).value["source"]
    return said


def _rows(kind: str) -> str | None:
    """The table that holds a row for each row of the export that is kept."""
    reader = SOURCES[kind].reader
    if not reader:
        return ROWS.get(kind)
    return {"events": "interactions", "feedback": "feedback", "customers": "customers"}.get(reader) if "settings.time_columns" not in SOURCES[kind].says else None


def _read(kind: str, source: Source, folder: Path, path: Path) -> str | None:
    """Read; returns what is wrong with what was read."""
    delivered = SOURCES[kind].read(find_files(source, folder), source, Context("fuzz", "UTC"))
    report = delivered.report
    if table := _rows(kind):
        if report.rows_read != len(delivered.tables[table]) + sum(report.dropped.values()):
            return f"silent loss: read {report.rows_read}, kept {len(delivered.tables[table])}, dropped {report.dropped}"
    if kind in ("events", "customers", "checkpoints", "experiment") and path.suffix == ".csv" and len(find_files(source, folder)) == 1 and not source.joins:
        raw = path.read_bytes()
        if raw.startswith(b"PK"):
            rows, blank = _counted_inside(raw), report.dropped.get("rows without any value", 0)
        else:
            rows, blank = _counted(raw), 0
        if rows is not None and rows != report.rows_read - blank:
            return f"silent loss: other readers count {rows} rows, read {report.rows_read - blank}"
    return None


def _counted_inside(raw: bytes) -> int | None:
    """Rows of a workbook, or of all parts of an archive, by other readers."""
    if b"xl/workbook.xml" in raw:
        return rows_inside(raw)
    members = unzipped(raw) or {}
    parts = [_counted(content) for name, content in members.items() if name.endswith(".csv") and not name.startswith((".", "__MACOSX"))]
    if any(not name.endswith((".csv", ".md")) for name in members) or not all(isinstance(n, int) for n in parts):
        return None
    return sum(n for n in parts if n is not None)


def _counted(raw: bytes) -> int | None:
    """Rows by the standard library, where the file is plain enough for both to mean the same."""
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    try:
        text = raw.decode("utf-8-sig")
        header = text.split("\n")[0]
        delimiter = max(",;\t|", key=header.count)
        return sum(bool(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) - 1
    except (UnicodeDecodeError, csv.Error):
        return None


def _run(outcome: Outcome, action: object, longest: int = LONGEST_S) -> str | None:
    """Run within the time; what is wrong, or None."""
    began = time.monotonic()
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(longest)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wrong = action()  # type: ignore[operator]
        outcome.counts["read"] += 1
        return wrong
    except CjmError as problem:
        outcome.counts["refused"] += 1
        for one in problem.problems if isinstance(problem, BadInputs) else [problem]:
            if isinstance(one, Unforeseen):
                outcome.unforeseen[one.found] += 1
            if not (one.where and one.found and one.allowed and one.next):
                return f"a message without all its parts: {one.text()}"
        return f"a message of {len(problem.text()):,} characters" if len(problem.text()) > 5_500 else None
    except _Hang:
        outcome.counts["hang"] += 1
        return f"longer than {longest} s"
    except Exception:
        outcome.counts["traceback"] += 1
        return traceback.format_exc(limit=-3)
    finally:
        signal.alarm(0)
        outcome.slowest = max(outcome.slowest, time.monotonic() - began)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", help="a kind of source, params or check; default: all")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    failed = 0
    from .fuzz_clients import fuzz_check
    from .fuzz_params import fuzz_params

    others = {"params": fuzz_params, "check": fuzz_check}
    for kind in given.kind or [*SOURCES, *others]:
        found = others[kind](given.size, given.seed, given.keep) if kind in others else fuzz_kind(kind, given.size, given.seed, given.keep)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{kind}: seed {given.seed}, {dict(found.counts)}, unforeseen {sum(found.unforeseen.values())}, slowest {found.slowest:.1f} s, memory {used} MB", flush=True)
        for fault in found.failures[:10]:
            print("  FAULT", fault)
        for what, count in found.unforeseen.most_common(5):
            print(f"  unforeseen {count} times: {what}")
        failed += len(found.failures) + (used > MOST_MB)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
