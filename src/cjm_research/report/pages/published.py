"""The executed notebook as it is published: its code is folded away in JupyterLab unless the report shows code."""

from __future__ import annotations

import copy
from typing import Any


def published_notebook(notebook: Any, code: bool) -> Any:
    """The notebook (its outputs are shared) whose code cells are collapsed, or open with `code`; their text is the same in both."""
    out = copy.copy(notebook)
    out["cells"] = [copy.copy(cell) for cell in notebook.cells]
    for cell in out.cells:
        if cell.cell_type != "code":
            continue
        cell["metadata"] = copy.copy(cell.metadata)
        jupyter = dict(cell.metadata.get("jupyter") or {})
        jupyter.pop("source_hidden", None)
        if not code:
            jupyter["source_hidden"] = True
        if jupyter:
            cell.metadata["jupyter"] = jupyter
        else:
            cell.metadata.pop("jupyter", None)
    return out
