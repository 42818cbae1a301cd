"""Keys and sentences of findings are never taken apart: what a finding is about is its subject."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "cjm_research"
TEXTS = ("key", "statement")
METHODS = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit", "splitlines", "replace", "find", "rfind",
           "index", "rindex", "strip", "lstrip", "rstrip", "count"}
PATTERNS = {"search", "match", "fullmatch", "sub", "subn", "findall", "finditer"}
#: (file, function) → why it may
ALLOWED = {
    **{("results/older.py", name): "reads runs from before findings carried lane, label and subject" for name in ("completed", "_step", "_rank", "_opportunity")},
    ("journey_map/changes.py", "_wording"): "compares whole sentences without their numbers; takes nothing out of them",
    ("report/record/withheld.py", "_quotes"): "asks whether there are quotation marks, to withhold the whole sentence",
}


def surgery(source: str) -> list[tuple[str, str]]:
    """(function, expression) wherever a key or statement, or a name that was given one, is cut, searched or matched."""
    found = []
    tree = ast.parse(source)
    places = [(n.name, list(ast.walk(n))) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for name, inside in [*places, ("", list(outside(tree)))]:
        names = {t.id for n in inside if isinstance(n, ast.Assign) and told(n.value, set()) for t in n.targets if isinstance(t, ast.Name)}
        for n in inside:
            bad = (isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
                   and (n.func.attr in METHODS and told(n.func.value, names) or n.func.attr in PATTERNS and any(told(a, names) for a in n.args))
                   or isinstance(n, ast.Compare) and any(isinstance(o, ast.In | ast.NotIn) and told(c, names) for o, c in zip(n.ops, n.comparators, strict=True))
                   or isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Slice) and told(n.value, names))
            if bad:
                found.append((name, ast.unparse(n)))
    return found


def outside(n: ast.AST) -> Iterator[ast.AST]:
    """What stands in no function: tables of lambdas, class bodies."""
    for child in ast.iter_child_nodes(n):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from outside(child)


def told(n: ast.expr, names: set[str]) -> bool:
    """Whether an expression is a key or statement: `f.key`, `f["key"]`, `f.get("key")`, `str(…)` of one, or a name given one."""
    if isinstance(n, ast.Name):
        return n.id in names
    if isinstance(n, ast.Attribute):
        return n.attr in TEXTS
    if isinstance(n, ast.Subscript):
        return isinstance(n.slice, ast.Constant) and n.slice.value in TEXTS
    if isinstance(n, ast.BoolOp):
        return any(told(v, names) for v in n.values)
    if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute):
        got = n.func.attr == "get" and bool(n.args) and isinstance(n.args[0], ast.Constant) and n.args[0].value in TEXTS
        return got or n.func.attr in METHODS and told(n.func.value, names)
    return isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in ("str", "clean") and any(told(a, names) for a in n.args)


def test_nobody_takes_keys_or_statements_apart() -> None:
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        for function, text in surgery(path.read_text(encoding="utf-8")):
            found.setdefault((path.relative_to(SRC).as_posix(), function), []).append(text)
    assert {k: v for k, v in found.items() if k not in ALLOWED} == {}
    assert set(ALLOWED) == set(found), "an exception that nobody needs any more"


def test_the_search_sees_each_way_of_doing_it() -> None:
    ways = ["f.key.startswith('a:')", "f['statement'].rsplit(' (')", "str(f.get('key')).partition(':')", "'(' in f.statement", "f.key[3:]", "RE.search(f.statement)"]
    for way in ways:
        assert surgery(f"def g(f):\n    return {way}"), way
    assert surgery("LABELS = {'a': lambda f: f.key.split(':')}")
    assert surgery("def g(f):\n    key = f.key\n    return key.split(':')")
    assert not surgery("def g(f, said):\n    return f.key == 'a' and f.statement not in said and [f.key, f.statement]")
