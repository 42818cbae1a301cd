"""The structure in numbers: how large, how tangled and how untyped the package may become."""

from __future__ import annotations

import ast
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "cjm_research"
MODULES = {".".join(p.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__").removeprefix("__init__"): p for p in sorted(SRC.rglob("*.py"))}
UNTYPED = 100
BIGGEST_ROOM = 0.27
LONGEST_MODULE = 400
CODES_OFF = 2


def imported(name: str, text: str, is_package: bool, modules: Iterable[str]) -> set[str]:
    """The modules of the package that one module imports, also within functions; not those for type checkers alone."""
    found, modules = set(), set(modules)
    for node in statements(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = name.split(".") if is_package else name.split(".")[:-1]
            base = base[:len(base) - node.level + 1] + (node.module.split(".") if node.module else [])
            found |= {full if (full := ".".join([*base, a.name])) in modules else ".".join(base) for a in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args and isinstance(node.args[0], ast.Constant):
            found.add(str(node.args[0].value).removeprefix("cjm_research."))
    return (found & modules) - {name, ""}


def statements(tree: ast.AST) -> Iterable[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from statements(child)


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of names that reach each other, each sorted."""
    def reach(start: str) -> set[str]:
        seen, todo = set[str](), [start]
        while todo:
            for name in arrows.get(todo.pop(), set()) - seen:
                seen.add(name)
                todo.append(name)
        return seen

    reached = {name: reach(name) for name in arrows}
    return [list(group) for group in sorted({tuple(sorted({a} | {b for b in reached[a] if a in reached.get(b, set())})) for a in arrows if a in reached[a]})]


def arrows() -> dict[str, set[str]]:
    return {name: imported(name, path.read_text(encoding="utf-8"), path.name == "__init__.py", MODULES) for name, path in MODULES.items()}


def test_no_modules_and_no_rooms_import_each_other_in_a_circle() -> None:
    between = arrows()
    assert circles(between) == []
    rooms: dict[str, set[str]] = {}
    for name, others in between.items():
        room = name.split(".")[0]
        rooms.setdefault(room, set()).update({o.split(".")[0] for o in others} - {room})
    assert circles(rooms) == []


def test_a_circle_is_seen() -> None:
    texts = {"a.b": "from ..c import d", "c.d": "def f():\n    from ..a.b import g", "c": "", "e": "if TYPE_CHECKING:\n    from .c import d"}
    between = {n: imported(n, t, n == "c", texts) for n, t in texts.items()}
    assert between == {"a.b": {"c.d"}, "c.d": {"a.b"}, "c": set(), "e": set()} and circles(between) == [["a.b", "c.d"]]
    assert imported("a.b", 'importlib.import_module("cjm_research.c.d")', False, texts) == {"c.d"}


def test_no_room_outgrows_the_house() -> None:
    lines = Counter[str]()
    for path in MODULES.values():
        lines[path.relative_to(SRC).parts[0]] += path.read_text(encoding="utf-8").count("\n")
    room, most = lines.most_common(1)[0]
    assert most / lines.total() <= BIGGEST_ROOM, f"{room} has {most / lines.total():.1%} of all lines: a subject of it deserves a room of its own"


def test_a_module_is_read_in_one_sitting() -> None:
    long = {name: n for name, path in MODULES.items() if (n := path.read_text(encoding="utf-8").count("\n")) > LONGEST_MODULE}
    assert long == {}, "make it a folder of the same name, a subject a file"


def test_no_module_defines_a_name_twice() -> None:
    """Two changes that each add a function of one name merge without a word; the later one answers for both."""
    twice = {name: found for name, path in MODULES.items() if (found := defined_twice(path.read_text(encoding="utf-8")))}
    assert twice == {}
    assert defined_twice("def f(): ...\ndef g(): ...\ndef f(x): ...") == ["f"] and not defined_twice("@overload\ndef f(): ...\ndef f(x): ...")


def defined_twice(text: str) -> list[str]:
    counted = Counter(n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef | ast.ClassDef)
                      and not any(ast.unparse(d).endswith("overload") for d in n.decorator_list))
    return [name for name, n in counted.items() if n > 1]


def test_signatures_say_what_they_take() -> None:
    found = {p.relative_to(SRC).as_posix(): n for p in SRC.rglob("*.py*") if p.suffix in (".py", ".pyi") and (n := p.read_text(encoding="utf-8").count("dict[str, Any]"))}
    assert sum(found.values()) <= UNTYPED, f"a dataclass, or a name of shapes.py, says more: {sorted(found.items(), key=lambda f: -f[1])[:10]}"


def test_headings_of_tables_stand_in_declarations_not_in_notebooks() -> None:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                assert headings("".join(cell["source"])) == [], path.name
    assert headings('table(a, "steps", {"n": "Customers"})') == ["{'n': 'Customers'}"] == headings('table(a, columns={"n": "Customers"})')


def headings(code: str) -> list[str]:
    calls = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "table"]
    return [ast.unparse(d) for c in calls for a in [*c.args, *(k.value for k in c.keywords)] for d in ast.walk(a) if isinstance(d, ast.Dict)]


def test_the_type_checker_looks_at_nearly_everything() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert len(mypy["disable_error_code"]) <= CODES_OFF and mypy["disallow_untyped_defs"] and mypy["check_untyped_defs"]
    assert not [o for o in mypy.get("overrides", []) if o.get("ignore_errors") or o.get("disable_error_code")]
