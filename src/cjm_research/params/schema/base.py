"""What all sections share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

Name = Annotated[str, Field(min_length=1, max_length=120)]


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def as_list(value: Any, of: type = str) -> Any:
    """One text (or what `of` says) as a list of it; anything else as it is."""
    return [value] if isinstance(value, of) else value


@dataclass(frozen=True)
class OneOrMany:
    """Of a list: its only member, a text or what `of` says, may stand without the list, and editors know it."""

    of: type = str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(lambda value: as_list(value, self.of), handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


Names = Annotated[list[str], OneOrMany()]
