"""Databases as sources: where the URL stands (never the URL itself), and what is fetched."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator, model_validator

from ...files import file_name
from ..values import Refused
from .base import Section

FETCHED = "fetched"  # folder of the raw folder that fetched rows lie in
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


class Database(Section):
    """A table of a database, or what one SELECT gives. `cjm fetch CLIENT` freezes its rows in the raw folder; nothing else connects."""

    variable: str = Field(description="Environment variable that holds the URL (postgresql://…, sqlite:////path), password included. Never the URL itself.")
    table: str | None = Field(None, description="Table or view, with its schema where several have one of the name: shop.orders.")
    query: str | None = Field(None, description="In place of a table: one SELECT.")
    timeout_s: float = Field(300, gt=0, le=86_400, description="Seconds that reading may take; then the server ends it.")

    @field_validator("variable", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if not isinstance(value, str) or not _VARIABLE.fullmatch(value.strip()):  # what stands here may be a URL with a password, so it is not shown
            raise Refused("variable does not name an environment variable", "letters, digits and _, e.g. SHOP_DATABASE",
                          "put the URL into an environment variable and write its name here; the URL itself belongs into no file of the workspace")
        return value

    @model_validator(mode="after")
    def _one_of_two(self) -> Database:
        if (self.table is None) == (self.query is None):
            raise Refused("both table and query are given" if self.table is not None else "neither table nor query is given", "table or query, one of them",
                          "name the table, or write the rows that are wanted as one SELECT")
        return self

    @property
    def asked(self) -> dict[str, str]:
        """What is fetched: a table or a query."""
        return {"table": self.table} if self.table is not None else {"query": self.query or ""}


def frozen_name(source: str) -> str:
    """The file of the raw folder that a source's fetched rows lie in."""
    return f"{FETCHED}/{file_name(source, '.parquet')}"
