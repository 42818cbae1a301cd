"""The process that opens a file of SPSS or Stata, `python -m … SPSS|Stata PATH`: values as text and what the file knows of them, as an Arrow stream on standard output."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any

MOST_CELLS = 50_000_000  # laid out in memory
REFUSED = 3  # what ends the process where the file cannot be read, with the reason in the last line of standard error


def main(program: str, path: str) -> int:
    """Write the file's content; returns 0, or `REFUSED`."""
    import pyarrow as pa
    import pyreadstat

    reader = pyreadstat.read_sav if program == "SPSS" else pyreadstat.read_dta
    try:
        known = reader(path, metadataonly=True)[1]
        cells = max(0, int(known.number_rows or 0)) * max(1, int(known.number_columns or 0))
        if cells > MOST_CELLS:
            print(f"it holds {cells:,} cells", file=sys.stderr)
            return REFUSED
        frame, about = reader(path, user_missing=True)
    except Exception as cause:  # ReadstatError, or what a damaged file makes of the decoder
        print(" ".join(str(cause).split()) or type(cause).__name__, file=sys.stderr)
        return REFUSED
    ranges: dict[str, Any] = dict(about.missing_ranges or {})
    told = {"wordings": {c: t for c, t in (about.column_names_to_labels or {}).items() if t},
            "labels": {c: {text(code) or "": str(label).strip() for code, label in of.items()} for c, of in (about.variable_value_labels or {}).items()},
            "missing": {c: [(r["lo"], r["hi"]) for r in of] for c, of in ranges.items()},
            "tagged": {c: [str(v) for v in of] for c, of in (about.missing_user_values or {}).items()}}
    schema = pa.schema([(c, pa.large_string()) for c in frame.columns], metadata={"about": json.dumps(told)})
    columns = [pa.array([text(v) for v in frame.iloc[:, i].tolist()], pa.large_string()) for i in range(frame.shape[1])]
    with pa.ipc.new_stream(sys.stdout.buffer, schema) as out:
        out.write_table(pa.Table.from_arrays(columns, schema=schema))
    return 0


def text(value: Any) -> str | None:
    """A value as text: whole numbers without a point, days and times in ISO 8601; None where there is none."""
    if value is None or value != value:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).strip() or None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
