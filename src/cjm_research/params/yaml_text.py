"""YAML written by hand, read by the core schema of YAML 1.2: `NO`, `off` and `12:30` are text, only `true` and `false` are truth.

All YAML of the product is read and written here. Three things are stricter than the schema, since they lose what was
written: a number with a leading zero (`010`) or of more than 18 digits stays text, a key is always text, and merge keys
(`<<`), tags and several documents in one file are refused. A file is read event by event, so that neither depth nor
aliases can exhaust the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from ..errors import BadInput

MAX_CHARACTERS = 1_000_000  # such a file is written by hand; more is a mistake or an attack
MAX_VALUES = 100_000  # aliases can blow up a small file
MAX_DEPTH = 50
_NULL = ("", "~", "null", "Null", "NULL")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,40}|(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,3})?")
_SPECIAL = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TEXT_TAG = "tag:yaml.org,2002:str"
_ADVICE = "mind indentation, and quote texts that hold ': ' or start with a special character"


class WrittenInt(int):
    """A whole number that knows how it was written: where text is meant, `0x1F` is `0x1F`."""

    written: str

    def __str__(self) -> str:
        return self.written


class WrittenFloat(float):
    """A number that knows how it was written: where text is meant, the version `1.10` is not 1.1."""

    written: str

    def __str__(self) -> str:
        return self.written


@dataclass
class Node:
    """A value with the line it stands on. Of a mapping or list, `parts` holds the members and the line each begins on."""

    line: int
    value: Any = None
    parts: dict[Any, tuple[int, Node]] = field(default_factory=dict)
    size: int = 1
    depth: int = 0

    def line_of(self, place: tuple[Any, ...]) -> int:
        """The line of the deepest part of `place` that is here; steps that lead nowhere are passed over."""
        line, node = self.line, self
        for step in place:
            found = node.parts.get(step) or node.parts.get(str(step))
            if found is not None:
                line, node = found
        return line


def read_yaml(text: str, where: str) -> Node:
    """The one document of a text; an empty text is None. Raises `BadInput` with the line that cannot be read."""
    if len(text) > MAX_CHARACTERS:
        raise BadInput(where, f"the text has {len(text):,} characters", f"at most {MAX_CHARACTERS:,}", "move data into a file of its own")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(where).build(yaml.parse(text, Loader=loader))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise BadInput(f"{where}:{mark.line + 1}" if mark else where, f"not readable as YAML: {problem}", "YAML with one key a line", _ADVICE) from None


def _line(event: yaml.Event) -> int:
    """The line an event begins at, counted from 1."""
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def write_yaml(value: Any) -> str:
    """A value as YAML that `read_yaml` reads back as it was; texts that look like something else are quoted."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Builder:
    """Builds the nodes of one document from the parser's events, without recursion."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.anchors: dict[str, Node | None] = {}  # None: still open
        self.open: list[_Open] = []
        self.root: Node | None = None

    def build(self, events: Iterator[Any]) -> Node:
        for event in events:
            if isinstance(event, yaml.AliasEvent):
                self._take(self._aliased(event), event)
            elif isinstance(event, yaml.ScalarEvent):
                node = Node(_line(event), self._scalar(event))
                if event.anchor:
                    self.anchors[event.anchor] = node
                self._take(node, event)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._start(event)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                done = self.open.pop()
                if done.anchor:
                    self.anchors[done.anchor] = done.node
                self._take(done.node, event)
            elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                raise self._refused(event, "the file holds several documents", "one document", "remove the lines `---`")
        return self.root or Node(1)

    def _start(self, event: Any) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise self._tagged(event)
        if len(self.open) >= MAX_DEPTH:
            raise self._refused(event, f"nested deeper than {MAX_DEPTH} levels", f"at most {MAX_DEPTH}", "look for brackets that are not closed")
        if self.open and self.open[-1].wants_key:
            raise self._refused(event, "a key is a list or a mapping", "a plain word before the colon", "quote a key that begins with [ or {")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append(_Open(Node(event.start_mark.line + 1, value), event.anchor, isinstance(value, dict)))

    def _aliased(self, event: Any) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            what = "stands inside itself" if event.anchor in self.anchors else "is not defined"
            raise self._refused(event, f"the alias *{event.anchor} {what}", "an alias of an anchor (&name) that stands before it", "write the value out")
        return node

    def _take(self, node: Node, event: Any) -> None:
        """Put a whole node into what it belongs to."""
        if not self.open:
            self.root = node
            return
        box = self.open[-1]
        line = _line(event) if isinstance(event, yaml.AliasEvent) else node.line
        if box.wants_key:
            box.key, box.key_line = self._key(node, event), line
            return
        if box.is_mapping:
            key: str | int | None = box.key
            line, box.key = box.key_line, None
            box.node.value[key] = node.value
        else:
            key = len(box.node.value)
            box.node.value.append(node.value)
        box.node.parts[key] = (line, node)
        box.node.size += node.size
        box.node.depth = max(box.node.depth, node.depth + 1)
        if box.node.size > MAX_VALUES:
            raise self._refused(event, "the file expands to too many values (aliases?)", f"at most {MAX_VALUES:,} values", "write the values out")
        if box.node.depth > MAX_DEPTH:
            raise self._refused(event, f"nested deeper than {MAX_DEPTH} levels (aliases?)", f"at most {MAX_DEPTH}", "write the values out")

    def _key(self, node: Node, event: Any) -> str:
        if node.parts or isinstance(node.value, (dict, list)):
            raise self._refused(event, "a key is a list or a mapping", "a plain word before the colon", "quote a key that begins with [ or {")
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "a key is an alias", "a plain word before the colon", "write the key out")
        key: str = event.value
        if event.style in (None, "") and key == "<<":
            raise self._refused(event, "the merge key << is not read", "every key written out (YAML 1.2 has no merge keys)",
                                "copy the keys here, or put what clients share into _defaults.yaml")
        if event.style in (None, "") and key in _NULL:
            raise self._refused(event, "a key is empty", "a word before the colon", "name the key, or quote it")
        if key in self.open[-1].node.value:
            raise self._refused(event, f"the key {key!r} is given twice", "each key once", "remove one, or put both values into one list")
        return key

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag not in (None, "!", _TEXT_TAG):
            raise self._tagged(event)
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise self._refused(event, f"half a character in {text!r}", "whole characters", "write the character itself instead of its \\u codes")
        if event.style not in (None, "") or event.tag:
            return text
        return _meant(text)

    def _tagged(self, event: Any) -> BadInput:
        return self._refused(event, f"the tag {event.tag!r} is not read", "plain values", "leave the tag out")

    def _refused(self, event: Any, found: str, allowed: str, next: str) -> BadInput:
        return BadInput(f"{self.where}:{event.start_mark.line + 1}", f"not readable as YAML: {found}", allowed, next)


@dataclass
class _Open:
    node: Node
    anchor: str | None
    is_mapping: bool
    key: str | None = None
    key_line: int = 0

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and self.key is None


def _meant(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _NULL:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if len(text) > 80:
        return text
    if _INTEGER.fullmatch(text):
        plain = int(text, 0)
        return plain if str(plain) == text else _written(WrittenInt(plain), text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if str(number) == text else _written(WrittenFloat(number), text)
    if found := _SPECIAL.fullmatch(text):
        return float("nan") if found[1] is None else float(found[1] + "inf")
    return text


def _written(number: Any, text: str) -> Any:
    number.written = text
    return number


class _Dumper(yaml.SafeDumper):
    """SafeDumper that also quotes what only YAML 1.2 takes for a number."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"(?:{_FLOAT.pattern}|{_INTEGER.pattern}|{_SPECIAL.pattern})$"), list("-+.0123456789"))
