"""What all sections share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic_core import CoreSchema, core_schema

from ...files import unusable
from ..values import Refused


def _visible(name: str) -> str:
    if why := unusable(name):
        raise Refused(why, "one line of visible characters", "write another name")
    return name


def _no_path(name: str) -> str:
    if why := unusable(name, separators=True):
        raise Refused(why, "a name with letters or digits, without / and \\", "write a short name, e.g. web_shop")
    return name


def _beside(path: str) -> str:
    if path.startswith(("/", "\\", "~")) or ":" in path or ".." in path.replace("\\", "/").split("/"):
        raise Refused(f"{path[:100]!r} lies outside of the params folder", "a file beside the params file, by its name", "put the file there and name it, e.g. logo.svg")
    if any(len(part.encode("utf-8", "replace")) > 255 for part in path.replace("\\", "/").split("/")):
        raise Refused(f"a name of {len(path)} characters", "at most 255 bytes a name", "give the file a shorter name")
    return path


#: a name that people read: one line of visible characters
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_visible)]
#: a name that files are told apart by, too: no path, and something to read in it
FileName = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_no_path)]
#: a heading: one line of visible characters
Title = Annotated[str, Field(max_length=300), AfterValidator(_visible)]
#: a file in the folder of the params
BesideFile = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_beside)]
#: what random steps start from, as every library takes it
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]

LARGEST = 2**53  # of all numbers: larger ones are slips, and not whole any more as 64-bit floats; microseconds since 1970 are below it
#: fields that repeat what exports hold, whatever the characters
_AS_EXPORTED = frozenset(("column", "columns", "constants", "filter", "where", "labels", "choices", "missing", "settings", "by", "event", "channel", "match", "separator", "delimiter"))


def refuse_unusable(value: Any, as_exported: bool, at: str = "") -> None:
    """Raise `Refused` for what no number or text of a params file may be, in lists and mappings too. at: where in the value."""
    if isinstance(value, dict):
        for key, one in value.items():
            refuse_unusable(key, as_exported, at)
            refuse_unusable(one, as_exported, f"{at}{key}: ")
    elif isinstance(value, list | tuple):
        for one in value:
            refuse_unusable(one, as_exported, at)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused(f"{at}{value} is no number to reckon with", "a finite number", "write the number, or leave the key out where there is none")
    elif isinstance(value, int | float) and abs(value) > LARGEST:
        digits = f"a number of {len(str(value))} digits" if isinstance(value, int) and value.bit_length() < 10_000 else "a very large number" if isinstance(value, int) else f"{value:g}"
        raise Refused(f"{at}{digits} is too large", f"at most {LARGEST:,}", "check its unit and its zeros")
    elif isinstance(value, str) and (why := unusable(value.translate(_LAYOUT), directions=not as_exported)):
        raise Refused(f"{at}{why}", "visible characters, and line breaks where a text has several lines", "write it anew by hand: such characters come along when text is copied")


_LAYOUT = {ord(c): " " for c in "\n\r\t"}


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values do not change after loading."""

    # numbers are text where text is meant (`variants: {0: 1, 1: 1}`, `event: 404`), spelled as in the file
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)

    @field_validator("*", mode="after")
    @classmethod
    def _usable(cls, value: Any, info: ValidationInfo) -> Any:
        refuse_unusable(value, info.field_name in _AS_EXPORTED)
        return value


def as_list(value: Any, of: type | tuple[type, ...] = str) -> Any:
    """One text or number (or what `of` says) as a list of it; anything else as it is."""
    one = isinstance(value, (str, int, float)) if of is str else isinstance(value, of)
    return [value] if one else value


@dataclass(frozen=True)
class OneOrMany:
    """Of a list: its only member, a text or what `of` says, may stand without the list, and editors know it."""

    of: type = str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(lambda value: as_list(value, self.of), handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def repeated(names: Iterable[str]) -> str:
    """The names that occur more than once, sorted, as a list to read; empty where all differ."""
    return ", ".join(sorted(name for name, count in Counter(names).items() if count > 1))


Names = Annotated[list[str], OneOrMany()]
