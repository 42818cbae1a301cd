"""PostgreSQL's types, and what becomes of each: numbers, texts, truth values and times stay what they are, all else is the server's own text.

`numeric` comes as text, so that no digit is lost, and becomes a number where every value of the column is one exactly. Arrays become JSON on the server, which
keeps their dimensions; ADBC would flatten them. Infinite times and numbers are refused: no report could reckon with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ...errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

_AS_THEY_ARE = ("bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name", "char", "timestamp", "timestamptz", "date")
_EXACT = 15  # digits that a 64-bit float holds whatever they are
_WHOLE = 18  # digits of a 64-bit integer, whatever they are
_FIRST, _END = -62_135_596_800, 253_402_300_800  # of the years 1 to 9999, in seconds since 1970


@dataclass
class Column:
    """A column of an answer: its place, what stands for it in the statement, and what was seen in its cells."""

    number: int
    name: str
    declared: str
    sent: str
    type: pa.DataType
    binary: bool = False
    numeric: bool = False
    digits: int = 0
    fraction: bool = False
    nan: int = 0

    @property
    def too_long(self) -> bool:
        """Whether a numeric column holds more digits than a number of a table does."""
        return self.numeric and self.digits > (_EXACT if self.fraction else _WHOLE)


def columns_of(schema: pa.Schema) -> list[Column]:
    """The columns of an answer, by the types that the server declares."""
    import pyarrow as pa

    out = []
    for number, field in enumerate(schema):
        declared = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode() or str(field.type)
        own, numeric = f"c{number}", declared in ("numeric", "money")
        if declared in _AS_THEY_ARE:
            sent, kind = own, field.type
        elif declared == "money":  # as text it is written in the server's language
            sent, kind = f"{own}::numeric::text", pa.string()
        elif pa.types.is_list(field.type) or declared.startswith("_"):
            sent, kind = f"array_to_json({own})::text", pa.string()
        else:
            sent, kind = f"{own}::text", pa.string()
        out.append(Column(number, field.name, declared, sent, kind, declared == "bytea", numeric))
    return out


def fitting(cells: pa.Array, column: Column, where: str) -> pa.Array:
    """The cells as a table can hold them; what is seen in them is noted in the column. Raises `BadInput` for what is infinite or in no year from 1 to 9999."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ExtensionArray):
        cells = cells.storage
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        whole, per = (cells.cast(pa.int64()), 1_000_000) if pa.types.is_timestamp(cells.type) else (cells.cast(pa.int32()).cast(pa.int64()), None)
        first, end = (_FIRST * per, _END * per) if per else (_FIRST // 86_400, _END // 86_400)
        odd = pc.sum(pc.or_(pc.less(whole, first), pc.greater_equal(whole, end))).as_py() or 0
        if odd:
            raise BadInput(where, f"the column {column.name!r} holds {odd:,} {'time' if odd == 1 else 'times'} that {'is' if odd == 1 else 'are'} infinite or in no year from 1 to 9999", "times of the years 1 to 9999",
                           f"write database.query with nullif({column.name}, 'infinity') or another value in their place")
    elif pa.types.is_floating(cells.type):
        _finite(pc.sum(pc.is_inf(cells)).as_py() or 0, column, where)
        nan = pc.is_nan(cells)
        column.nan += pc.sum(nan).as_py() or 0
        cells = pc.if_else(nan, pa.scalar(None, cells.type), cells)
    elif column.numeric:
        _finite(pc.sum(pc.match_substring(cells, "Inf")).as_py() or 0, column, where)
        nan = pc.equal(cells, "NaN")
        column.nan += pc.sum(nan).as_py() or 0
        cells = pc.if_else(nan, pa.scalar(None, cells.type), cells)
        column.fraction |= bool(pc.any(pc.match_substring(cells, ".")).as_py())
        column.digits = max(column.digits, pc.max(pc.utf8_length(pc.replace_substring_regex(cells, r"^-?0*\.?0*|\.", ""))).as_py() or 0)
    return cells


def _finite(infinite: int, column: Column, where: str) -> None:
    if infinite:
        raise BadInput(where, f"the column {column.name!r} holds {infinite:,} infinite {'number' if infinite == 1 else 'numbers'}", "finite numbers",
                       f"write database.query with nullif({column.name}, 'infinity') or another value in their place")


def final(columns: Sequence[Column]) -> Mapping[str, Callable[[pa.Array], pa.Array]]:
    """What is done with columns once all their cells were seen: numeric ones become numbers where these are exact."""
    import pyarrow as pa

    return {c.name: partial(_as, pa.float64() if c.fraction else pa.int64()) for c in columns if c.numeric and not c.too_long}


def _as(kind: pa.DataType, cells: pa.Array) -> pa.Array:
    return cells.cast(kind)
