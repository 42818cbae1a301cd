"""What all sections share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
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


#: a name that people read: one line of visible characters
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_visible)]
#: a name that files are told apart by, too: no path, and something to read in it
FileName = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_no_path)]


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values do not change after loading."""

    # numbers are text where text is meant (`variants: {0: 1, 1: 1}`, `event: 404`), spelled as in the file
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)


def as_list(value: Any, of: type = str) -> Any:
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
