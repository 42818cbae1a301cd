"""Interactions that lie on Spark: counted and hashed there, and placed on the journey where they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from ..params import Params
from ..placing import place_interactions_sql
from ..shapes import Json


def placed_sql(params: Params) -> str:
    """A query over `delivered`, interactions that lie elsewhere, with touchpoint, channel and stage filled in."""
    return place_interactions_sql(params, "SELECT * FROM delivered")


def remote_log(params: Params, say: Callable[[str], None]) -> Json | None:
    """Rows and content hash of interactions that lie on Spark, or None where they are built here."""
    where = params.engine.remote
    if where is None:
        return None
    from ..engine.spark import SparkLog

    say(f"counting {where} on Spark")
    rows, content = SparkLog(params.engine, where, is_table=bool(params.engine.table), placed=placed_sql(params)).fingerprint()
    return {"rows": rows, "sha256": hashlib.sha256(content.encode()).hexdigest(), "lies": where}
