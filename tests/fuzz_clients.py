"""A small client whose params are changed, value by value and byte by byte, and taken through `cjm check`: loading, building, every design."""

from __future__ import annotations

import copy
import random
import tempfile
from pathlib import Path
from typing import Any

import yaml

from cjm_research.clients import check_client
from cjm_research.params import Workspace

from .fuzz import LONGEST_S, YAML_TOKENS, Outcome, _run, mutated

SETTINGS: dict[str, Any] = {
    "client": "acme", "title": "Acme", "objective": "More orders", "timezone": "Europe/Berlin", "language": "de-DE", "currency": "EUR",
    "period": {"start": "2026-01-01", "end": "2026-03-01"}, "privacy": {"min_cell": 1, "names": ["Dana Fox"], "keep": ["Shop"], "places": ["Ulm"], "countries": ["DE"]},
    "identity": {"kinds": {"cookie": "device"}, "keep_apart": []}, "limits": {"unpacked_mb": 50, "chapter_time": "5min"},
    "sources": [
        {"name": "web", "kind": "events", "files": "events*.csv", "columns": {"customer_id": "user", "occurred_at": "at", "event": "what", "channel": "via"},
         "settings": {"properties": ["price"]}},
        {"name": "people", "kind": "customers", "files": "people.csv", "columns": {"customer_id": "user"}, "settings": {"key_type": "user", "keys": {"cookie": "cookie"}}},
        {"name": "voices", "kind": "feedback", "files": ["voices.csv"], "columns": {"customer_id": "user", "published_at": "at", "text": "said"}, "encoding": "utf-8", "delimiter": ","},
        {"name": "asked", "kind": "survey", "files": "asked.csv", "columns": {"response_id": "id", "customer_id": "user", "answered_at": "at"},
         "questions": [{"column": "score", "instrument": "nps"}, {"column": "why", "instrument": "text"}]},
        {"name": "colour", "kind": "experiment", "files": "test.csv", "columns": {"unit_id": "unit", "customer_id": "user", "variant": "arm"}, "settings": {"metrics": ["bought"]}}],
    "journey": {"stages": [{"name": "Look", "touchpoints": [{"name": "Page", "channel": "web", "match": {"event": ["view"]}}]},
                           {"name": "Buy", "touchpoints": [{"name": "Till", "match": {"event": ["buy"], "where": {"properties.price": {">": 5}}}}]}]},
    "funnels": [{"name": "shop", "window": "7d", "steps": [{"name": "See", "event": "view"}, {"name": "Buy", "event": "buy"}]}],
    "experiments": [{"name": "colour", "control": "red", "variants": {"red": 0.5, "blue": 0.5}, "primary": "bought", "metrics": [{"name": "bought", "kind": "proportion", "unit": "share", "higher_is_better": True}]}],
    "personas": {"max_segments": 3, "seed": 1}, "review": {"status": "draft", "reviewers": ["Ana"]}, "chapter_params": {"20_personas": {"segments": 2}},
}
HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1, 10**30, 1e308, float("nan"), float("inf"), "", " ", "0", "NO", "..", ".", "/", "/etc/passwd", "../../etc", "C:\\x", "~", "a/b", "***", "[!", "**/*",
    "x" * 300, "x" * 20_000, "\x1b[31mred", "\u202eabc", "\U0001f4a5", "e\u0301", "'; DROP TABLE interactions; --", '"', "{{7*7}}", "<script>alert(1)</script>", "%s%n{0}", "=1+1", "\t", "a\nb",
    [], [[]], {}, {"a": {}}, [None], ["view"] * 500, {"event": "view"}, {"": ""}, [{"name": "x"}], "2026-13-40", "30 years", "-5d", "9" * 40, "nan", "1e999", "EUR", "utf-16", "events", "web", "interactions"]


def client(root: Path) -> Workspace:
    """The workspace with the client's exports; its params are yet to be written."""
    raw = root / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (root / "params").mkdir()
    users = range(12)
    files = {
        "events 1": ("user,at,what,via,price", [f"u{i}0{i}x,2026-01-{n + 1:02d} 10:00,{what},web,{i}" for i in users for n, what in enumerate(("view", "view", "buy")[: 2 + i % 2])]),
        "people": ("user,cookie,age", [f"u{i}0{i}x,ck-{i}77,{20 + i}" for i in users]),
        "voices": ("user,at,said", [f"u{i}0{i}x,2026-01-09 10:00,it was number {i}" for i in users]),
        "asked": ("id,user,at,score,why", [f"r{i},u{i}0{i}x,2026-01-10 10:00,{i % 11},because {i}" for i in users]),
        "test": ("unit,user,arm,bought", [f"t{i},u{i}0{i}x,{('red', 'blue')[i % 2]},{i % 3 % 2}" for i in users])}
    for name, (head, rows) in files.items():
        (raw / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")
    (root / "beside").mkdir()
    (root / "beside" / "keep.txt").write_text("mine")
    return Workspace(root)


def changed(chance: random.Random) -> bytes:
    """The params with one to three values, keys or bytes changed."""
    settings = copy.deepcopy(SETTINGS)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        _change(settings, chance)
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")
    return mutated(text, chance, YAML_TOKENS) if chance.random() < 0.15 else text


def _change(node: Any, chance: random.Random) -> None:
    """Go down a random way and put something else in the place of what is there."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = chance.choice(keys)
        below = node[key]
        if isinstance(below, (dict, list)) and below and chance.random() < 0.85:
            node = below
            continue
        if key == "client":
            return
        what = chance.random()
        if what < 0.15:
            del node[key]
        elif what < 0.2 and isinstance(node, dict):
            node[str(chance.choice(HOSTILE))[:300]] = node.pop(key)
        elif what < 0.3 and isinstance(node, list):
            node.append(copy.deepcopy(below))
        elif what < 0.5:
            node[key] = chance.choice(_leaves(SETTINGS))  # right elsewhere
        else:
            node[key] = copy.deepcopy(chance.choice(HOSTILE))
        return


def _leaves(node: Any) -> list[Any]:
    return [leaf for below in (node.values() if isinstance(node, dict) else node) for leaf in (_leaves(below) if isinstance(below, (dict, list)) else [below])]


def fuzz_check(size: int, seed: int, keep: Path | None = None) -> Outcome:
    """Check the client with `size` changed params; nothing outside of its own folders may change, the exports least of all."""
    outcome = Outcome("check")
    with tempfile.TemporaryDirectory() as scratch:
        place = client(Path(scratch))
        before = _untouched(place.root)
        (place.params / "acme.yaml").write_text(yaml.safe_dump(SETTINGS, allow_unicode=True, sort_keys=False))
        check_client("acme", place)  # raises where the unchanged client is refused: no change of it would get further
        for number in range(size):
            raw = changed(random.Random(f"{seed} check {number}"))
            (place.params / "acme.yaml").write_bytes(raw)
            fault = _run(outcome, lambda: check_client("acme", place) and None, 4 * LONGEST_S)  # a whole build, on a busy machine
            if _untouched(place.root) != before:
                fault = f"changed: {_untouched(place.root) ^ before}"
            if fault:
                outcome.failures.append(f"check seed {seed} number {number}: {fault}")
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"check-{seed}-{number}.yaml").write_bytes(raw)
    return outcome


def _untouched(root: Path) -> set[tuple[str, int]]:
    """What no command may change: the exports, what lies beside, and which folders there are."""
    own = {"tables", "vault", "erasures", "cache", "lab", "locks", "logs", "pins", "codings", "exports"}
    files = [p for p in root.rglob("*") if p.is_file() and not (p.parts[len(root.parts)] == "data" and p.parts[len(root.parts) + 1] in own)]
    return {(str(p.relative_to(root)), p.stat().st_size) for p in files if p.parent != root / "params"}
