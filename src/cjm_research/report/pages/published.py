"""The executed notebook as it is published: its code is folded away in JupyterLab unless the report shows code."""

from __future__ import annotations

import copy
from typing import Any


def published_notebook(notebook: Any, code: bool) -> Any:
    """A copy of the notebook whose code cells are collapsed, or open with `code`; their text is the same in both."""
    out = copy.deepcopy(notebook)
    for cell in out.cells:
        if cell.cell_type != "code":
            continue
        jupyter = dict(cell.metadata.get("jupyter") or {})
        jupyter.pop("source_hidden", None)
        if not code:
            jupyter["source_hidden"] = True
        if jupyter:
            cell.metadata["jupyter"] = jupyter
        else:
            cell.metadata.pop("jupyter", None)
    return out
