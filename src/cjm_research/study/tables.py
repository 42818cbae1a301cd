"""The canonical tables of a study as frames, read when they are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ..errors import did_you_mean, unknown
from ..tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from .opened import Study


T = TypeVar("T")


class Lazy(Generic[T]):
    """What a study has once it is named. Not a property: a notebook's Tab looks behind this, and not behind properties."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make

    @overload
    def __get__(self, study: None, owner: type) -> Lazy[T]: ...
    @overload
    def __get__(self, study: Study, owner: type) -> T: ...
    def __get__(self, study: Study | None, owner: type) -> T | Lazy[T]:
        return self if study is None else self._make(study)


class Tables:
    """The tables of a study: `tables.interactions` or `tables["interactions"]` is a frame, empty where the client has none.

    As the study sees them: within its period and of its members. A frame is read anew each time it is named.
    """

    def __init__(self, study: Study) -> None:
        self._study = study

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise unknown(f"{self._study.client}: tables", "table", name, TABLES, "docs/tables.md explains them")
        return self._study.query(f'SELECT * FROM "{name}"')

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES and "_study" in self.__dict__:
            return self[name]
        raise AttributeError(f"there is no table {name!r}.{did_you_mean(name, TABLES)} Tables: {', '.join(TABLES)}")

    def __dir__(self) -> list[str]:
        return [*TABLES]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)

    def __repr__(self) -> str:
        counts = self._study.row_counts
        return "\n".join(f"{name:<14} {counts[name]:>10,} rows  {table.meaning}" for name, table in TABLES.items())

    def _repr_html_(self) -> str:
        counts = self._study.row_counts
        rows = "".join(f"<tr><th scope='row'>{escape(n)}</th><td>{counts[n]:,}</td><td style='text-align:left'>{escape(t.meaning)}</td></tr>"
                       for n, t in TABLES.items())
        return f"<table><thead><tr><th>table</th><th>rows</th><th>meaning</th></tr></thead><tbody>{rows}</tbody></table>"
