"""Names for plain data that has a shape known elsewhere, so that a signature says what it takes.

A value with few, fixed fields is a dataclass; these are for what is put together column by column or read from a file.
"""

from __future__ import annotations

from typing import Any

#: one row of a frame, column → value; the frame's declaration (`results.declared`) names its columns and their units
Row = dict[str, Any]
#: an object as JSON has it: from a file that a run wrote, a message of a widget, a cell of a notebook
Json = dict[str, Any]
