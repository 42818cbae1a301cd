"""What must happen before anything of Jupyter is imported, so that commands start fast."""

from __future__ import annotations

import sys


def skip_slow_imports() -> None:
    """Keep `jsonschema` from compiling the 35 grammars of rfc3987_syntax (1.0 to 1.9 CPU seconds a process).

    Only the check of the "iri" format is lost, which notebooks do not use (python-jsonschema#1428).
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
