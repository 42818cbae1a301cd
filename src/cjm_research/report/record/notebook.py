"""A chapter's notebook, read without running it: its title, and what its `parameters` cell declares."""

from __future__ import annotations

import ast
import hashlib
import json
import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import BadInput, BadInputs, unknown
from ...files import shipped
from ...params import Workspace
from ...syntax import parsed

Scalar = str | int | float | bool | None
NAME = re.compile(r"^\d\d_[a-z0-9][a-z0-9_]*$")
MAX_BYTES = 20_000_000  # a chapter without outputs is a few KB
_KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One knob of a chapter: `kind` is str, int, float or bool; `optional` where None is allowed."""

    name: str
    kind: str | None
    optional: bool
    default: Scalar


@dataclass(frozen=True)
class Chapter:
    """A notebook of the report: `name` is its file's name without the ending; `raw` is what was read, which is what is run.

    own_questions: names of the questions it defines (`@study.question`), whose answers the map shows.
    """

    name: str
    path: Path
    title: str
    parameters: Mapping[str, Parameter]
    sha256: str
    own_questions: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False, compare=False)


def list_chapters(folder: Path) -> list[Path]:
    """The chapters of a folder in order: `NN_name.ipynb`; others (templates, drafts) are not chapters."""
    return sorted(p for p in folder.glob("*.ipynb") if NAME.match(p.stem))


def own_chapters(workspace: Workspace) -> dict[str, Path]:
    """The chapters in the workspace's own `notebooks/`, by name."""
    return {p.stem: p for p in list_chapters(workspace.notebooks)} if workspace.notebooks.is_dir() else {}


def known_chapters(workspace: Workspace) -> dict[str, Path]:
    """All chapters that a client of the workspace can have, by name and in order: those that come with the package, and its own.

    An own chapter of the name of a shipped one takes its place.
    """
    known = {p.stem: p for p in list_chapters(shipped("notebooks"))} | own_chapters(workspace)
    return {name: known[name] for name in sorted(known)}


def read_chapter(path: Path) -> Chapter:
    """Read and check a chapter. Raises `BadInput` where the notebook or its parameters cell cannot be used."""
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise BadInput(path.name, f"the notebook has {len(raw):,} bytes", f"at most {MAX_BYTES:,}", "clear its outputs")
    try:
        notebook = json.loads(raw.decode("utf-8"))
        cells = [(c["cell_type"], cell_text(c.get("source", "")), c.get("metadata", {})) for c in notebook["cells"]]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(path.name, f"not readable as a notebook: {error}", "a notebook of format 4",
                       "open it in JupyterLab and save it again") from None
    tagged = [source for kind, source, meta in cells if kind == "code" and "parameters" in (meta.get("tags") or [])]
    if len(tagged) != 1:
        raise BadInput(path.name, f"{len(tagged)} cells have the tag 'parameters'", "exactly one",
                       "copy notebooks/_template.ipynb")
    parameters = read_parameters(tagged[0], path.name)
    if "client" not in parameters:
        raise BadInput(path.name, "the parameters cell does not declare 'client'", 'a line client = "demo"', "add it to the first cell")
    titles = [line[2:].strip() for kind, source, _ in cells if kind == "markdown" for line in _headings(source)]
    title = re.sub(r"[*_`]", "", titles[0]) if titles else path.stem[3:].replace("_", " ").capitalize()
    return Chapter(path.stem, path, title, parameters, hashlib.sha256(raw).hexdigest(), _own_questions([s for k, s, _ in cells if k == "code"]), raw)


def _own_questions(sources: list[str]) -> tuple[str, ...]:
    """The functions that stand under `@….question(…)`; "" for a question that is made otherwise."""
    found: list[str] = []
    for source in sources:
        try:
            tree = parsed(source)
        except SyntaxError:  # a cell of the shell's, or one that fails when it is run
            found += [""] if ".question(" in source else []
            continue
        calls = {id(n) for n in ast.walk(tree) if _is_question(n)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                above = {id(d) for d in node.decorator_list} & calls
                found += [node.name] if above else []
                calls -= above
        found += [""] if calls else []
    return tuple(found)


def _is_question(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "question" and any(k.arg == "lane" for k in node.keywords)


def cell_text(source: Any) -> str:
    """A cell's source, which a file may hold as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def _headings(source: str) -> list[str]:
    fenced, found = False, []
    for line in source.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and line.startswith("# "):
            found.append(line)
    return found


def read_parameters(source: str, where: str) -> dict[str, Parameter]:
    """The parameters a cell declares: lines `name = value` or `name: kind = value` with plain scalars.

    Raises `BadInputs` for anything else, since papermill would paste values into code it cannot check.
    """
    try:
        tree = parsed(source)
    except SyntaxError as error:
        raise BadInput(f"{where}, parameters cell, line {error.lineno}", f"not Python: {error.msg}", "plain assignments", "correct the first cell") from None
    found: dict[str, Parameter] = {}
    problems: list[BadInput] = []
    for node in tree.body:
        try:
            parameter = _parameter(node, where)
        except BadInput as problem:
            problems.append(problem)
            continue
        if parameter is not None:
            found[parameter.name] = parameter
    if problems:
        raise BadInputs(problems)
    return found


def _parameter(node: ast.stmt, where: str) -> Parameter | None:
    at = f"{where}, parameters cell, line {node.lineno}"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return None  # a docstring
    target: ast.expr | None = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value, annotation = node.targets[0], node.value, ""
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target, value, annotation = node.target, node.value, ast.unparse(node.annotation)
    if not isinstance(target, ast.Name):
        raise BadInput(at, f"{ast.unparse(node)[:60]!r} is no parameter", "lines like  window_days = 30", "move code into a later cell")
    try:
        default = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise BadInput(at, f"the default of {target.id!r} is computed", "a plain text, number, true/false or None", "write the value itself") from None
    if not isinstance(default, (str, int, float, bool, type(None))):
        raise BadInput(at, f"the default of {target.id!r} is a {type(default).__name__}",
                       "a plain text, number, true/false or None", "give it a plain default")
    kinds = [k for k in re.findall(r"\w+", annotation) if k in _KINDS]
    if annotation and len(kinds) != 1:
        raise BadInput(at, f"the kind of {target.id!r} is {annotation!r}", "str, int, float or bool, perhaps `| None`", "correct the annotation")
    kind = kinds[0] if kinds else type(default).__name__ if default is not None else None
    optional = default is None or "None" in annotation or "Optional" in annotation
    parameter = Parameter(target.id, kind, optional, default)
    check_value(parameter, default, at)
    return parameter


def check_value(parameter: Parameter, value: Any, where: str) -> Scalar:
    """The value as the parameter's kind. Raises `BadInput` where it is of another kind."""
    allowed = f"{parameter.kind or 'str, int, float or bool'}{' or None' if parameter.optional else ''}"
    if value is None and parameter.optional:
        return None
    if not isinstance(value, (str, int, float, bool)) or (isinstance(value, float) and not math.isfinite(value)):
        raise BadInput(where, f"{parameter.name} is {value!r}", allowed, "correct chapter_params or --set")
    if parameter.kind is None:
        return value
    if parameter.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not _KINDS[parameter.kind]:
        raise BadInput(where, f"{parameter.name} is {value!r}, a {type(value).__name__}", allowed, "correct chapter_params or --set")
    return value


def parse_value(parameter: Parameter, text: str, where: str) -> Scalar:
    """The text of `--set NAME=VALUE` as the parameter's kind."""
    if parameter.optional and text.lower() in ("none", "null", ""):
        return None
    if parameter.kind == "str":
        return text
    readers: dict[str | None, tuple[Any, str]] = {
        "int": (int, "a whole number"), "float": (float, "a number"), "bool": (_bool, "true or false"), None: (_any, "")}
    reader, allowed = readers[parameter.kind]
    try:
        value = reader(text)
    except ValueError:
        raise BadInput(where, f"{parameter.name} is {text!r}", allowed, "correct chapter_params or --set") from None
    return check_value(parameter, value, where)


def _bool(text: str) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _any(text: str) -> Scalar:
    for reader in (int, float, _bool):
        try:
            return reader(text)  # type: ignore[no-any-return,operator]
        except ValueError:
            continue
    return text


def check_name(name: str, known: Mapping[str, Parameter], where: str) -> Parameter:
    """The declared parameter of that name. Raises `BadInput` with a suggestion for any other name."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise BadInput(where, f"{name!r} is not a name", "letters, digits and _", "correct the name")
    if name not in known:
        raise unknown(where, "parameter", name, known, "correct chapter_params or --set")
    return known[name]
