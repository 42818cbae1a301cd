"""Small value types of params files: durations with a unit and conditions on columns."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
LONGEST = 365_250 * 86400  # a thousand years; more does not fit where times are counted in µs
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)\s*$")


def seconds(text: Any) -> float:
    """Seconds of a duration such as `30m`, `7d` or `1.5h`; a bare number is refused, it has no unit.

    Raises ValueError.
    """
    match = _DURATION.match(str(text))
    if not match:
        raise ValueError(f"{text!r} is not a duration with a unit: write e.g. 30m, 12h, 7d or 2w")
    value = float(match[1]) * SECONDS[match[2]]
    if value > LONGEST:
        raise ValueError(f"{text!r} is longer than a thousand years; leave it out for no limit")
    return value


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

#: A condition on columns: {column: value | [values] | {"op": value}}; `properties.<key>` reaches into properties.
Scalar = str | int | float | bool | None
Condition = dict[str, Scalar | list[Scalar] | dict[str, Scalar | list[Scalar]]]
OPERATORS = (">", ">=", "<", "<=", "!=", "contains", "starts", "in", "not in", "is null")
