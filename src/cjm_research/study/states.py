"""The states that a study's tables are in: equal states, equal content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..tables import TABLES


def table_states(build: Mapping[str, Any], logs_sha256: str) -> dict[str, str]:
    """Table → a hash of its content; of codings and codebook with all that coders' logs say."""
    tables = build.get("tables", {})
    own = {name: str(tables.get(name, {}).get("sha256", "")) for name in TABLES}
    coded = [*(own[n] for n in ("codings", "codebook", "documents")), logs_sha256]
    answers = [*(own[n] for n in ("answer_codings", "codebook", "responses")), logs_sha256]
    return own | {n: hashlib.sha256(json.dumps([n, *rests_on]).encode()).hexdigest() for n, rests_on in (("codings", coded), ("codebook", coded), ("answer_codings", answers))}
