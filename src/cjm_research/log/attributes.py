"""What to say where a question names an attribute that no customer of this client has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import did_you_mean

if TYPE_CHECKING:
    from ..study import Study

_NAMED = 20  # attributes listed


def absent_attribute(study: Study, name: str) -> str:
    """In words that no customer has `attributes.<key>`, and which attributes there are; empty where somebody has it."""
    key = name.removeprefix("attributes.")
    known = study.query("SELECT DISTINCT unnest(json_keys(attributes)) AS key FROM customers WHERE attributes IS NOT NULL ORDER BY key")["key"].tolist()
    if key in known:
        return ""
    there = f"There are: {', '.join(known[:_NAMED])}{', …' if len(known) > _NAMED else ''}." if known else "Customers have no attributes."
    return f"no customer has the attribute {key!r}.{did_you_mean(key, known)} {there}"
