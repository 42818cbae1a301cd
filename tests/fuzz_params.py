"""Params changed lightly and wildly: each is read as it is written, by the word of another reader, or refused in words.

Most light changes leave a file that is right, so that what is lost in silence would be seen; most wild ones are refused.
"""

from __future__ import annotations

import random
import re
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from cjm_research.build.reading import source_files
from cjm_research.params import Workspace, load_params
from cjm_research.sources.reading.joins import input_files

from .fuzz import ROOT, YAML_TOKENS, Outcome, _run, mutated
from .fuzz_clients import SETTINGS

_VALUE = re.compile(rb"^(\s*(?:- )?[A-Za-z_]+: +)([^\s{\[>|&'\"#][^#{}\[\]'\"]*?)(\s*(?:#.*)?)$")
_WORDS = [b"a", b"x y", b"NO", b"off", b"12:30", b"010", b"1.10", b"1e3", b"0x1F", b"true", b"2026-02-03", b"7d", b"30 days", b"caf\xc3\xa9", b"'quoted # text'", b'"a: b"', b"5", b"0.2", b"-1", b"~", b"EUR", b"UTC", b"a.b"]


def light(raw: bytes, chance: random.Random) -> bytes:
    """The file with one to three changes as a person makes them: another value, another spelling, a remark, a line more or less."""
    lines = raw.split(b"\n")
    for _ in range(chance.choice([1, 1, 2, 3])):
        at = chance.randrange(len(lines))
        line, found = lines[at], _VALUE.match(lines[at])
        what = chance.randrange(8)
        if what == 0 and found:
            lines[at] = found[1] + chance.choice(_WORDS) + found[3]
        elif what == 1 and found:
            lines[at] = found[1] + b"'" + found[2] + b"'" + found[3]
        elif what == 2 and found:
            lines[at] = found[1] + b">-\n" + b" " * (len(found[1]) - len(found[1].lstrip()) + 6) + found[2]
        elif what == 3:
            lines[at] = re.sub(rb"[0-9]", lambda m: str(chance.randrange(10)).encode(), line, count=1)
        elif what == 4:
            lines[at] = re.sub(rb"([a-z])([a-z])", rb"\2\1", line, count=1) if chance.random() < 0.3 else line + b"   # a remark: with {signs}"
        elif what == 5:
            lines.insert(at, chance.choice([b"", b"# a remark", b"   "]))
        elif what == 6:
            lines.insert(at, line)
        elif line.strip():
            del lines[at]
    return (b"\r\n" if chance.random() < 0.1 else b"\n").join(lines)


def lost(raw: bytes, read: Any) -> str | None:
    """What another reader finds in the file and the params do not hold, or hold otherwise."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    whole = yaml.compose(raw, Loader=loader)
    if twice := _twice(whole):
        return f"silent loss: the key {twice!r} is given twice"
    return _differs(yaml.load(raw, Loader=loader), read, "")  # noqa: S506 (texts only)


def _twice(node: Any) -> str | None:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        if again := next((k for k in keys if keys.count(k) > 1), None):
            return str(again)
        return next((found for _, value in node.value if (found := _twice(value))), None)
    return next((found for value in node.value if (found := _twice(value))), None) if isinstance(node, yaml.SequenceNode) else None


def _differs(text: Any, value: Any, at: str) -> str | None:
    value = _long(value, text)
    if isinstance(text, dict):
        if not isinstance(value, dict) or set(text) - set(value):
            return f"silent loss: {at or 'the file'} holds {sorted(text)}, read {value!r}"[:300]
        return next((found for key in text if (found := _differs(text[key], value[key], f"{at}.{key}"))), None)
    if isinstance(text, list):
        if not isinstance(value, (list, tuple)) or len(text) != len(value):
            return f"silent loss: {at} holds {len(text)} entries, read {value!r}"[:300]
        return next((found for n, (a, b) in enumerate(zip(text, value, strict=True)) if (found := _differs(a, b, f"{at}.{n}"))), None)
    if value is None:
        same = text.lower() in ("", "~", "null")
    elif isinstance(value, bool):
        same = text.lower() == str(value).lower()
    elif isinstance(value, (int, float)):
        same = float(int(text, 0) if text[:2] in ("0x", "0o") else text) == value
    elif isinstance(value, (date, timedelta)):
        same = any(c.isdigit() for c in text)
    else:
        same = " ".join(str(value).split()) == " ".join(text.split()) or _span(str(value)) == _span(text) is not None
    return None if same else f"silent loss: {at} is {text!r}, read {value!r}"[:300]


def _long(value: Any, text: Any) -> Any:
    """The value without what a short form leaves out: the list around one entry, `event:` of a condition."""
    while True:
        if isinstance(value, dict) and [*value] == ["event"] and not isinstance(text, dict):
            value = value["event"]
        elif isinstance(value, (list, tuple)) and len(value) == 1 and not isinstance(text, list):
            value = value[0]
        else:
            return value


def _span(text: str) -> tuple[str, str] | None:
    """A length of time by its number and the first letter of its unit: `5min` is `5m`."""
    found = re.fullmatch(r"(\d+) ?([smhdw])[a-z]*", text)
    return (found[1], found[2]) if found else None


def bases() -> list[bytes]:
    """Params that are right: the demo's, those of real clients, and one that names each section."""
    files = [ROOT / "params" / "demo.yaml", *sorted((ROOT / "tests" / "clients").glob("[a-z]*.yaml"))]
    whole = [re.sub(rb"(?m)^raw:.*\n", b"", p.read_bytes()) for p in files] + [yaml.safe_dump(SETTINGS, allow_unicode=True, sort_keys=False).encode()]
    return [b"client: acme\n" + b"\n".join(line for line in base.split(b"\n") if not line.startswith(b"client:")) for base in whole]


def exports(raw: Path, params: Any) -> None:
    """An empty file for each that a source of the params reads, so that only the params can be at fault."""
    for source in params.sources:
        patterns = [source.files, *(join.files for join in source.joins)]
        for name in (name for given in patterns for name in ([given] if isinstance(given, str) else given)):
            path = raw / name.replace("**/", "").replace("*", "x").replace("?", "x")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def fuzz_params(size: int, seed: int, keep: Path | None = None) -> Outcome:
    """Load `size` changed params files and look their exports up; three of four are changed lightly."""
    outcome, right = Outcome("params"), bases()
    with tempfile.TemporaryDirectory() as scratch:
        place = Workspace(Path(scratch))
        place.params.mkdir()
        raw_folder = place.root / "data" / "raw" / "acme"
        raw_folder.mkdir(parents=True)
        file = place.params / "acme.yaml"
        for base in right:  # raises where one is refused unchanged: no change of it would get further
            file.write_bytes(base)
            exports(raw_folder, params := load_params("acme", place))
            source_files(params, place)
            for source in params.sources:
                input_files(source, raw_folder)
        for number in range(size):
            chance = random.Random(f"{seed} params {number}")
            base = chance.choice(right)
            raw = light(base, chance) if chance.random() < 0.75 else mutated(base, chance, YAML_TOKENS)
            file.write_bytes(raw)

            def load(raw: bytes = raw) -> str | None:
                params = load_params("acme", place)
                source_files(params, place)
                return lost(raw, params.model_dump(exclude_unset=True))

            fault = _run(outcome, load)
            if fault:
                outcome.failures.append(f"params seed {seed} number {number}: {fault}")
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"params-{seed}-{number}.yaml").write_bytes(raw)
    return outcome
