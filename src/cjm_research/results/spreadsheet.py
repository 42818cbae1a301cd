"""An answer as a spreadsheet: its words on the first sheet, then a sheet a frame."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..files import write_bytes_whole
from .released import releasing

if TYPE_CHECKING:
    import pandas as pd

    from .result import Result

MOST_ROWS = 1_048_575  # of a sheet, below its heading
LONGEST_NAME = 31  # characters of a sheet's name


def write_answer(result: Result, path: Path) -> Path:
    """Write an answer whole or not at all, once it was looked through as a report is (`released`).

    Raises `BadInput` for another kind of file, a folder that is not there, too many rows, and what `released` raises.
    """
    import pandas as pd

    where = "to_excel"
    if path.suffix.lower() != ".xlsx":
        raise BadInput(where, f"{path.name!r} does not end in .xlsx", "a path that ends in .xlsx", f"to_excel({path.stem + '.xlsx'!r})")
    if not path.parent.is_dir():
        raise BadInput(where, f"there is no folder {path.parent}", "an existing folder", "make the folder, or write elsewhere")
    if long := [n for n, f in result.frames.items() if len(f) > MOST_ROWS]:
        raise BadInput(where, f"{long[0]} has {len(result.frames[long[0]]):,} rows", f"at most {MOST_ROWS:,} a sheet", f"answer.{long[0]}.to_parquet(...)")
    words = [("Question", result.question), *(("Answer", s) for s in result.sentences), *(("Mind", c) for c in result.caveats), ("Method", result.method)]
    sheets = {"Answer": pd.DataFrame(words, columns=["what", "text"]), **result.frames}
    taken: set[str] = set()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True}
    data = io.BytesIO()
    with pd.ExcelWriter(data, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        for name, frame in sheets.items():
            _plain(frame).to_excel(book, sheet_name=_sheet_name(name, taken), index=False)
    with releasing(result.asked_of, path, data.getvalue()):
        write_bytes_whole(path, data.getvalue())
    return path


def _sheet_name(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[\[\]:*?/\\\\']", " ", name)[:LONGEST_NAME].strip() or "frame"
    found, k = plain, 2
    while found.lower() in taken:
        end = f" {k}"
        found, k = plain[:LONGEST_NAME - len(end)] + end, k + 1
    taken.add(found.lower())
    return found


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """As a sheet can hold it: times in UTC without a zone, lists as text."""
    import pandas as pd

    out = frame.copy()
    for column in out.columns:
        if isinstance(out[column].dtype, pd.DatetimeTZDtype):
            out[column] = out[column].dt.tz_convert("UTC").dt.tz_localize(None)
        elif out[column].dtype == object:
            out[column] = out[column].map(_cell)
    return out


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
