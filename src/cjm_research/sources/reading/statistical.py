"""Files of statistics programs (.sav, .zsav, .dta; extra `stat`): values as text, with what the file itself knows of them.

A value is a code with a label. A column of which every value that occurs has a label is read by its labels; a scale of which only the ends have one keeps its codes.
What the file declares as missing is missing, and counted.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ...shapes import Json
from .containers import first_bytes
from .statistical_file import MOST_CELLS, REFUSED

if TYPE_CHECKING:
    from ..contract import ImportReport

_LONGEST_S = 600
_SPSS = re.compile(rb"\$FL[23]@\(#\)")
_STATA = re.compile(rb"<stata_dta>|[\x6c-\x73][\x01\x02]\x01\x00")
_SHOWN = 6


@dataclass(frozen=True)
class Labelled:
    """codes: a column of text each, missing values empty; wordings: by column; labels: by column, of codes."""

    codes: pd.DataFrame
    wordings: dict[str, str]
    labels: dict[str, dict[str, str]]

    def by_labels(self, column: str) -> pd.Series:
        """A column by its labels where every value has one, else by its codes."""
        codes, labels = self.codes[column], self.labels.get(column, {})
        return codes.map(labels).astype("string") if labels and set(codes.dropna()) <= set(labels) else codes

    def codes_with_labels(self, column: str) -> pd.Series:
        """A column as `5 - Very good`: codes, and labels where there are any that say more."""
        labels = {code: f"{code} - {label}" for code, label in self.labels.get(column, {}).items() if label not in (code, "")}
        codes = self.codes[column]
        return codes.map(labels).astype("string").fillna(codes)


def is_statistical(path: Path) -> bool:
    """Whether a file is one of SPSS or Stata by its first bytes, whatever its name."""
    head = first_bytes(path)
    return bool(_SPSS.match(head) or _STATA.match(head))


def read_statistical(path: Path, report: ImportReport, where: str) -> pd.DataFrame:
    """A file as a frame of text by labels, see `Labelled.by_labels`. Raises `BadInput` as `read_labelled` does."""
    found = read_labelled(path, report, where)
    return pd.DataFrame({c: found.by_labels(str(c)) for c in found.codes.columns}, index=found.codes.index)


def read_labelled(path: Path, report: ImportReport, where: str) -> Labelled:
    """A file with its codes, wordings and labels. Raises `BadInput` for one that is damaged or too large, and where the extra is not installed."""
    if importlib.util.find_spec("pyreadstat") is None:
        raise BadInput(where, "this is a file of SPSS or Stata, and the package pyreadstat is not installed", "the package with its extra stat, or a CSV with value labels",
                       "pip install 'cjm-research[stat]'")
    program = "SPSS" if _SPSS.match(first_bytes(path)) else "Stata"
    codes, about = _apart(path, program, where)
    report.notes.append(f"{path.name} is a file of {program}: {len(codes):,} rows, {codes.shape[1]:,} variables; columns of which every value has a label are read by their labels")
    labels = {str(c): {str(code): str(label) for code, label in of.items()} for c, of in about["labels"].items()}
    _without_missing(codes, about, labels, report, path.name)
    return Labelled(codes, {str(c): " ".join(str(text).split()) for c, text in about["wordings"].items()}, labels)


def _apart(path: Path, program: str, where: str) -> tuple[pd.DataFrame, Json]:
    """The values and what is known of them, read by another process: the C library behind it does not survive every damaged file. Raises `BadInput`."""
    import pyarrow as pa

    next_ = "save it again from the program that made it"
    try:
        done = subprocess.run([sys.executable, "-P", "-m", f"{__package__}.statistical_file", program, str(path.resolve())], capture_output=True, timeout=_LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        raise BadInput(where, f"the {program} file was not read within {_LONGEST_S} s", "a whole .sav, .zsav or .dta file", next_) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1][:160] if done.returncode == REFUSED and said else f"what reads it ended with {done.returncode}"
        raise BadInput(where, f"the {program} file cannot be read: {why}", f"a whole .sav, .zsav or .dta file of at most {MOST_CELLS:,} cells", next_)
    table = pa.ipc.open_stream(done.stdout).read_all()
    about = json.loads(table.schema.metadata[b"about"])
    return pd.DataFrame({c: table[i].to_pandas().astype("string") for i, c in enumerate(table.column_names)}), about


def _without_missing(codes: pd.DataFrame, about: Json, labels: dict[str, dict[str, str]], report: ImportReport, name: str) -> None:
    """Empty what the file declares as missing; say what and how often."""
    said = []
    for column in codes.columns:
        text = codes[column]
        declared = pd.Series(False, index=text.index)
        numbers = None
        for low, high in about["missing"].get(column, []):
            if isinstance(low, str):
                declared |= text.eq(low.strip()).fillna(False).astype(bool)
                continue
            numbers = pd.to_numeric(text, errors="coerce") if numbers is None else numbers
            declared |= numbers.between(low, high).fillna(False).astype(bool)
        declared |= text.isin(about["tagged"].get(column, [])).fillna(False).astype(bool)
        if declared.any():
            counts = text[declared].value_counts()
            shown = ", ".join(f"{labels.get(str(column), {}).get(str(code), code)!r} {n:,}×" for code, n in list(counts.items())[:_SHOWN])
            said.append(f"{column}: {shown}{', …' if len(counts) > _SHOWN else ''}")
            codes[column] = text.mask(declared)
    if said:
        report.notes.append(f"{name}: the file declares as missing: " + "; ".join(said[:20]) + (f"; and of {len(said) - 20:,} more variables" if len(said) > 20 else ""))
