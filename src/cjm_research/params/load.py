"""Reading `params/<client>.yaml` over `_defaults.yaml`: strict, and every problem told with its line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ..errors import MOST_PROBLEMS, BadInput, BadInputs, did_you_mean, keep_details, unforeseen, unknown
from .schema import Params
from .values import Refused
from .workspace import Workspace
from .yaml_text import Node, read_yaml

MAX_BYTES = 1_000_000  # a params file is written by hand; more is a mistake or an attack
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")  # of a key: aws_secret_key, s3a.secret.key, accessKey
_SECRET = re.compile(r"(?:^| )(?:password|passwd|pwd|passphrase|secrets?|token|apikey|credentials?|(?:api|access|secret|private|account|shared|encryption|sas) ?key)(?: id)?(?= |$)")
INHERITED = ".."  # in the list of chapters: those of `_defaults.yaml`, or all shipped ones
_CONNECTION = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@|\b(?:password|pwd|accountkey|sharedaccess(?:key|signature)|secret)\s*=\s*[^;&\s]+")


def client_names(workspace: Workspace) -> list[str]:
    """The clients that have a params file, sorted; files starting with `_` are not clients, nor are hidden ones. Raises `BadInput` where there is no workspace."""
    workspace.check_made()
    return sorted(p.stem for p in workspace.params.glob("*.yaml") if not p.stem.startswith(("_", ".")) and p.is_file())


def load_params(client: str, workspace: Workspace, overrides: Mapping[str, Any] | None = None) -> Params:
    """The client's params. Raises `BadInput(s)` with file and line for everything that is wrong."""
    path = workspace.params_file(client)
    folder = path.parent
    if not path.is_file():
        workspace.check_made()
        raise unknown("client", "client", client, client_names(workspace), f"cjm new {client}")
    defaults_path = folder / "_defaults.yaml"
    defaults = _read(defaults_path) if defaults_path.is_file() else Node(1, {})
    own = _read(path)
    problems: list[BadInput] = []
    if "client" in own.value and own.value["client"] != client:
        problems.append(BadInput(_at(path, ("client",), own), f"client is {own.value['client']!r}", f"the file's name, {client!r}",
                                 "correct the one or rename the other"))
    merged = {**merge(defaults.value, own.value), "client": client, **dict(overrides or {})}
    merged["chapters"] = _with_inherited(merged.get("chapters", []), defaults.value.get("chapters"))
    try:
        params = Params.model_validate(merged)
        params.model_dump_json()  # what cannot be written down would fail later
    except ValidationError as error:
        # told are the first few only: a file with thousands of faults is answered as fast as one with ten
        found = {(e["loc"], e["msg"]): e for e in error.errors(include_url=False)}
        for e in list(found.values())[:MOST_PROBLEMS]:
            if overrides and e["loc"] and e["loc"][0] in overrides:  # said by who opens the study, not by a file
                problems.append(_problem(e, " ".join([f"open_study {client}:", ".".join(map(str, e["loc"]))])))
                continue
            file, document = (path, own) if _has(own.value, e["loc"]) else (defaults_path, defaults)
            problems.append(_problem(e, _at(file, tuple(e["loc"]), document)))
        raise BadInputs(_distinct(problems), more=max(0, len(found) - MOST_PROBLEMS)) from None
    except Exception as error:
        raise keep_details(unforeseen(path.name, error, "the params cannot be used", "keys and values as docs/params.md explains them",
                                      "leave out the newest entries until it reads"), workspace.logs) from error
    if problems:
        raise BadInputs(problems)
    return params


def _with_inherited(chapters: Any, inherited: Any) -> Any:
    """The list of chapters with those of `_defaults.yaml` in the place of `..`; a list of nothing but added ones comes after them."""
    if not isinstance(chapters, list) or not chapters:
        return chapters
    if all(isinstance(c, str) and c.startswith("+") for c in chapters):
        chapters = [INHERITED, *chapters]
    if chapters is inherited or not isinstance(inherited, list) or not inherited:
        return chapters  # who asks for the chapters puts the shipped ones there
    return [c for entry in chapters for c in (_with_inherited(inherited, None) if entry == INHERITED else [entry])]


def with_sections(params: Params, changes: Mapping[str, Any], where: str) -> Params:
    """The params with other top-level sections, checked as a params file is. Raises `BadInput(s)`; where: what asks for it."""
    if "client" in changes:
        raise BadInput(where, "client cannot be changed: the tables are its own", "sections of the params", "open_study of the other client")
    try:
        return Params.model_validate({name: getattr(params, name) for name in Params.model_fields} | dict(changes))
    except ValidationError as error:
        found = {(e["loc"], e["msg"]): e for e in error.errors(include_url=False)}
        told = [_problem(e, " ".join([where, ".".join(map(str, e["loc"]))])) for e in list(found.values())[:MOST_PROBLEMS]]
        raise BadInputs(_distinct(told), more=max(0, len(found) - MOST_PROBLEMS)) from None


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
    return _with_numbers(schema)


def _with_numbers(schema: Any) -> Any:
    """Where any text may stand the loader takes a number for its text (`event: 404`), and editors must not mark it."""
    if isinstance(schema, list):
        return [_with_numbers(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _with_numbers(value) for key, value in schema.items()}
    if out.get("type") == "string" and not {"enum", "const", "pattern", "format"} & set(out):
        out["type"] = ["string", "number"]
    return out


# --- reading YAML ------------------------------------------------------------------------------------------------


def _read(path: Path) -> Node:
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise BadInput(path.name, f"the file has {len(raw):,} bytes", f"at most {MAX_BYTES:,}", "move data into a file of the raw folder")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(path.name, f"byte {error.start} is not UTF-8", "UTF-8 text", "save the file as UTF-8") from None
    document = read_yaml(text, path.name)
    if document.value is None:
        return Node(1, {})
    if not isinstance(document.value, dict):
        what = "a list" if isinstance(document.value, list) else f"the value {document.value!r}"
        raise BadInput(path.name, f"the file holds {what}", "a mapping: `key: value` lines", "docs/params.md shows an example")
    if (secret := _secret(document.value)) is not None:
        raise BadInput(_at(path, secret, document), f"the key {secret[-1]!r} looks like a secret", "settings without passwords and keys",
                       "params are copied into reports; put secrets into the environment")
    return document


def _secret(value: Any, path: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    """Where a secret stands: by its key, or a connection string with a password in it."""
    items: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, child in items:
        here = (*path, key)
        if isinstance(key, str) and _names_a_secret(key, anywhere=path[:2] == ("engine", "options")):
            return here
        if isinstance(child, str) and len(child) < MAX_BYTES and _CONNECTION.search(child):
            return here
        if (found := _secret(child, here)) is not None:
            return found
    return None


def _names_a_secret(key: str, anywhere: bool) -> bool:
    """Whether a key is that of a secret; anywhere: also where more words follow, as in settings of other programs."""
    if " " in key.strip():
        return False  # the words of an answer or a label
    words = " ".join(w.lower() for w in _WORDS.findall(key))
    found = list(_SECRET.finditer(words))
    return bool(found) and (anywhere or found[-1].end() == len(words))


# --- telling what is wrong ----------------------------------------------------------------------------------------


def _has(data: Any, loc: tuple[Any, ...]) -> bool:
    return not loc or (isinstance(data, dict) and loc[0] in data)


def _at(path: Path, loc: tuple[Any, ...], document: Node) -> str:
    """`file.yaml:12 (sources.0.kind)`; the line is that of the deepest part of `loc` found in the file."""
    words = ".".join(str(p) for p in loc)
    return f"{path.name}:{document.line_of(loc)}" + (f" ({words})" if words else "")


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
          (("date_",), "a day as 2026-01-31"), (("string_type",), "a text"))


def _problem(error: Any, where: str) -> BadInput:
    loc = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        model = _model_at(loc[:-1])
        known = list(model.model_fields) if model else []
        return BadInput(where, f"unknown key {loc[-1]!r}.{did_you_mean(str(loc[-1]), known)}", ", ".join(known),
                        "docs/params.md lists all keys")
    if error["type"] == "missing":
        return BadInput(where, f"the key {loc[-1]!r} is missing", f"a section with the key {loc[-1]}", "docs/params.md says what it means")
    found, cause = error.get("input"), error.get("ctx", {}).get("error")
    if isinstance(cause, Refused):
        return BadInput(where, cause.found, cause.allowed, cause.next)
    if error["type"].startswith("string_type") and isinstance(found, bool):
        word = "true" if found else "false"
        return BadInput(where, f"{word} stands where a text is meant", "a text", f"put it into quotes: '{word}'")
    if wanted := next((said for kinds, said in _KINDS if error["type"].startswith(kinds)), None):
        what = "a list" if isinstance(found, list) else "a section" if isinstance(found, dict) else "nothing" if found is None else repr(found)
        keys = list(model.model_fields) if error["type"].startswith("model") and (model := _model_at(loc)) else []
        return BadInput(where, f"{what} cannot stand here", wanted + (f" with keys of {', '.join(keys)}" if keys else ""), "docs/params.md shows one")
    if error["type"] == "literal_error":
        allowed = str(error.get("ctx", {}).get("expected", ""))
        suggestion = did_you_mean(str(found), re.findall(r"'([^']+)'", allowed))
        return BadInput(where, f"{found!r} is not allowed.{suggestion}", allowed, "write one of these in its place")
    shown = "a list" if isinstance(found, list) else "a section" if isinstance(found, dict) else "nothing" if found is None else repr(found)
    return BadInput(where, f"{shown} cannot stand here", error["msg"].removeprefix("Value error, "), "docs/params.md says what this key takes")


def _distinct(problems: list[BadInput]) -> list[BadInput]:
    return list({p.text(): p for p in problems}.values())


def schema_text() -> str:
    """`params/schema.json` as written to disk."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
