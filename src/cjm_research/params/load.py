"""Reading `params/<client>.yaml` over `_defaults.yaml`: strict, and every problem told with its line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import BadInput, BadInputs, did_you_mean, unknown
from .schema import Params
from .workspace import Workspace

MAX_BYTES = 1_000_000  # a params file is written by hand; more is a mistake or an attack
MAX_NODES = 100_000  # aliases can blow up a small file
_CLIENT = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
_SECRET = re.compile(r"(?i)^(.*_)?(password|passwd|secret|token|api_?key|credentials?)$")


def client_names(workspace: Workspace) -> list[str]:
    """The clients that have a params file, sorted; files starting with `_` are not clients."""
    return sorted(p.stem for p in workspace.params.glob("*.yaml") if not p.stem.startswith("_"))


def check_client_name(client: str) -> str:
    """The name itself. Raises `BadInput` where it is not a plain name (a path, say)."""
    if not _CLIENT.match(client):
        raise BadInput("client", f"{client!r} is not a client name", "lower-case letters, digits, - and _, e.g. acme_2026",
                       "cjm list")
    return client


def load_params(client: str, workspace: Workspace, overrides: Mapping[str, Any] | None = None) -> Params:
    """The client's params. Raises `BadInput(s)` with file and line for everything that is wrong."""
    check_client_name(client)
    folder = workspace.settings(client)
    path = folder / f"{client}.yaml"
    if not path.is_file():
        raise unknown("client", "client", client, client_names(workspace), f"cjm new {client}")
    problems: list[BadInput] = []
    defaults_path = folder / "_defaults.yaml"
    defaults = _read(defaults_path) if defaults_path.is_file() else {}
    own = _read(path)
    if "client" in own and own["client"] != client:
        problems.append(BadInput(_at(path, ("client",)), f"client is {own['client']!r}", f"the file's name, {client!r}"))
    merged = {**merge(defaults, own), "client": client, **dict(overrides or {})}
    try:
        params = Params.model_validate(merged)
    except ValidationError as error:
        problems += [_problem(e, path if _has(own, e["loc"]) else defaults_path, own) for e in error.errors()]
        raise BadInputs(_distinct(problems)) from None
    if problems:
        raise BadInputs(problems)
    return params


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: mappings are merged key by key, everything else replaced."""
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        out[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return out


def params_sha256(params: Params) -> str:
    """A hash of everything the params say."""
    return hashlib.sha256(params.model_dump_json().encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete params files with."""
    schema = Params.model_json_schema()
    # a client file lies over _defaults.yaml, so nothing is required at the top but what is in neither
    schema["required"] = ["client"]
    return schema


# --- reading YAML ------------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses a key given twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
        if isinstance(key, (dict, list)):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        seen.add(key)
    return dict(yaml.SafeLoader.construct_mapping(loader, node, deep))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _read(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise BadInput(path.name, f"the file has {len(raw):,} bytes", f"at most {MAX_BYTES:,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(path.name, f"byte {error.start} is not UTF-8", "UTF-8 text", "save the file as UTF-8") from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise BadInput(f"{path.name}{line}", f"not readable as YAML: {problem}", "YAML with one key a line",
                       "mind indentation and quote texts that hold ': ' or start with a special character") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadInput(path.name, f"the file holds a {type(data).__name__}", "a mapping: `key: value` lines")
    if _nodes(data) > MAX_NODES:
        raise BadInput(path.name, "the file expands to too many values (aliases?)", f"at most {MAX_NODES:,} values")
    if (secret := _secret(data)) is not None:
        raise BadInput(_at(path, secret), f"the key {secret[-1]!r} looks like a secret",
                       "params are copied into reports; secrets belong into the environment")
    return data


def _nodes(value: Any, limit: int = MAX_NODES + 1) -> int:
    count, stack = 0, [value]
    while stack and count < limit:
        item = stack.pop()
        count += 1
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return count


def _secret(value: Any, path: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    items: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, child in items:
        if isinstance(key, str) and _SECRET.match(key):
            return (*path, key)
        if (found := _secret(child, (*path, key))) is not None:
            return found
    return None


# --- telling what is wrong ----------------------------------------------------------------------------------------


def _has(data: Any, loc: tuple[Any, ...]) -> bool:
    return not loc or (isinstance(data, dict) and loc[0] in data)


def _at(path: Path, loc: tuple[Any, ...]) -> str:
    """`file.yaml:12 (sources.0.kind)`; the line is that of the deepest part of `loc` found in the file."""
    line = 1
    try:
        node: Any = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, OSError):
        node = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                continue  # pydantic puts names of union members into loc
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    words = ".".join(str(p) for p in loc)
    return f"{path.name}:{line}" + (f" ({words})" if words else "")


def _model_at(loc: tuple[Any, ...]) -> type[BaseModel] | None:
    """The section a location lies in, for suggestions."""
    model: type[BaseModel] | None = Params
    for part in loc:
        if isinstance(part, int) or model is None:
            continue
        field = model.model_fields.get(str(part))
        if field is None:
            return model
        model = _inner_model(field.annotation) or None
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for arg in getattr(annotation, "__args__", ()):
        if (found := _inner_model(arg)) is not None:
            return found
    return None


#: what a key of a kind takes, by the beginning of pydantic's name for the mistake
_KINDS = ((("model_", "dict_"), "a section: `key: value` lines, indented"), (("list_",), "a list: [a, b], or one entry a line, each after a dash"),
          (("int_",), "a whole number"), (("float_",), "a number"), (("bool_",), "true or false"),
          (("date_",), "a day as 2026-01-31"))


def _problem(error: Any, path: Path, own: Mapping[str, Any]) -> BadInput:
    loc = tuple(error["loc"])
    where = _at(path, loc)
    if error["type"] == "extra_forbidden":
        model = _model_at(loc[:-1])
        known = list(model.model_fields) if model else []
        return BadInput(where, f"unknown key {loc[-1]!r}.{did_you_mean(str(loc[-1]), known)}", ", ".join(known),
                        "docs/params.md lists all keys")
    if error["type"] == "missing":
        return BadInput(where, f"the key {loc[-1]!r} is missing", "", "docs/params.md says what it means")
    message = error["msg"].removeprefix("Value error, ")
    found = error.get("input")
    if wanted := next((said for kinds, said in _KINDS if error["type"].startswith(kinds)), None):
        what = "a list" if isinstance(found, list) else "a section" if isinstance(found, dict) else "nothing" if found is None else repr(found)
        keys = list(model.model_fields) if error["type"].startswith("model") and (model := _model_at(loc)) else []
        return BadInput(where, f"{what} cannot stand here", wanted + (f" with keys of {', '.join(keys)}" if keys else ""), "docs/params.md shows one")
    shown = "" if isinstance(found, (dict, list)) or error["type"] == "value_error" else f", found {found!r}"
    allowed = ""
    if error["type"] == "literal_error":
        allowed = str(error.get("ctx", {}).get("expected", ""))
        suggestion = did_you_mean(str(found), re.findall(r"'([^']+)'", allowed))
        return BadInput(where, f"{found!r} is not allowed.{suggestion}", allowed)
    return BadInput(where, message + shown, allowed)


def _distinct(problems: list[BadInput]) -> list[BadInput]:
    return list({p.text(): p for p in problems}.values())


def schema_text() -> str:
    """`params/schema.json` as written to disk."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
