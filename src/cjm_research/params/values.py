"""Small value types of params files: durations with a unit and conditions on columns."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from .yaml_text import WrittenFloat, WrittenInt

SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
LONGEST = 365_250 * 86400  # a thousand years; more does not fit where times are counted in µs
_WORDS = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "day": "d", "week": "w"}
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w|seconds?|secs?|minutes?|mins?|hours?|days?|weeks?)\s*$")


class Refused(ValueError):
    """A value of a params file that cannot be used, told in the parts of a message."""

    def __init__(self, found: str, allowed: str, next: str) -> None:
        self.found, self.allowed, self.next = found, allowed, next
        super().__init__(f"{found}; {allowed}; {next}")


def seconds(text: Any) -> float:
    """Seconds of a duration such as `30m`, `7d`, `1.5h` or `7 days`; a bare number is refused, it has no unit.

    Raises `Refused`.
    """
    match = _DURATION.match(str(text)[:100])
    if not match:
        raise Refused(f"{text!r} is not a duration with a unit", "a number with s, m, h, d or w", "write e.g. 30m, 12h, 7d, 7 days or 2w")
    value = float(match[1]) * SECONDS[_WORDS.get(match[2].removesuffix("s"), match[2])]
    if value > LONGEST:
        raise Refused(f"{text!r} is longer than a thousand years", "a shorter duration", "leave it out for no limit")
    return value


def known_zone(name: str) -> str:
    """The name itself. Raises `Refused` where it is no time zone."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except Exception:  # a path, a folder, a NUL: each has its own error
        raise Refused(f"{name!r} is no known time zone", "a name such as Europe/Berlin, America/New_York or UTC", "write the zone of the place, not its abbreviation") from None
    return name


#: codecs of Python's that turn bytes into text but are no way to write a file
_NO_CHARACTER_SETS = ("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7", "mbcs", "oem")


def usable_encoding(name: str) -> str:
    """The name itself. Raises `Refused` where it is no character encoding."""
    try:
        codec = codecs.lookup(name)
        if codec.name.replace("_", "-") in _NO_CHARACTER_SETS or not isinstance("a".encode(codec.name).decode(codec.name), str):
            raise LookupError(name)
    except (LookupError, ValueError, TypeError):  # base64, rot13: codecs, but not of texts
        raise Refused(f"{name!r} is no character encoding", "e.g. utf-8, cp1252, latin-1, utf-16, shift_jis", "ask which program wrote the file; on Windows it is often cp1252") from None
    return name


def usable_delimiter(sign: str) -> str:
    """The sign itself, `\\t` as a tab. Raises `Refused` where it cannot separate fields."""
    sign = "\t" if sign in ("\\t", "tab") else sign
    if len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in "\"\r\n\0":
        raise Refused(f"{sign!r} cannot separate fields", "one ASCII sign, e.g. ',', ';', '|' or '\\t'",
                      "leave it out, and the delimiter is found by itself; replace longer or other separators in the export")
    return sign


def duration_text(value_s: float) -> str:
    """A duration as people write it: `7d`, `1.5h`, `30m`, `20s`."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if value_s >= size and abs(value_s / size * 2 - round(value_s / size * 2)) < 1e-9:
            return f"{value_s / size:g}{unit}"
    return f"{value_s:g}s"


DurationField = Annotated[
    float,
    BeforeValidator(seconds),
    PlainSerializer(lambda v: duration_text(float(v)), return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern, "examples": ["30m", "7d"]}),
]



def spelled(value: Any) -> Any:
    """A value, or several, that cells of an export are compared with: a number spelled otherwise than by its value (1e3, 0x1F, 1.10) also stands for its spelling."""
    values = value if isinstance(value, list) else [value]
    out = [s for v in values for s in ([v.written, v + 0] if isinstance(v, WrittenInt | WrittenFloat) else [v])]
    return out if isinstance(value, list) or len(out) > 1 else value


def _compared(condition: Any) -> Any:
    def one(op: str, value: Any) -> Any:
        return spelled(value) if op in ("in", "not in", "!=") else str(value) if op in ("contains", "starts") and isinstance(value, WrittenInt | WrittenFloat) else value

    return {column: {op: one(op, v) for op, v in wanted.items()} if isinstance(wanted, dict) else spelled(wanted)
            for column, wanted in condition.items()} if isinstance(condition, dict) else condition


def as_text(value: Any) -> Any:
    """A number where a text of the export is meant, as it is written in the file; other values as they are."""
    return str(value) if isinstance(value, int | WrittenFloat) and not isinstance(value, bool) else value


#: A condition on columns: {column: value | [values] | {"op": value}}; `properties.<key>` reaches into properties.
Scalar = str | int | float | bool | None
Condition = Annotated[dict[str, Scalar | list[Scalar] | dict[str, Scalar | list[Scalar]]], BeforeValidator(_compared)]
OPERATORS = (">", ">=", "<", "<=", "!=", "contains", "starts", "in", "not in", "is null")
