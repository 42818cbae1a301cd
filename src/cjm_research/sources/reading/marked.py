"""Columns that say a record no longer stands for itself: deleted, merged into another, a duplicate, a test."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"\b(is ?)?(deleted|removed|merged|duplicate|obsolete|anonymi[sz]ed|geloescht|gelöscht|supprim[ée]e?|eliminado)( (at|on|date|flag|time|into|to|with|of|id|record|by|in))?$|"
    r"\b(master record id|master id|merge(d)? (into|to|with|target)|duplicate of|survivor id|deletion (date|time))$")
#: values of a column called status or state that say so
VALUES = ("deleted", "merged", "duplicate", "removed", "anonymized", "anonymised", "gelöscht", "geloescht", "supprimé", "eliminado")
_STATUS = re.compile(r"\b(status|state|record type|lifecycle|zustand)$")
#: what such a column holds where the record does stand
NOT_MARKED = ("false", "f", "no", "n", "0", "0.0", "", "null", "none", "active", "nein", "non", "open", "000000000000000", "000000000000000aaa")


def plain_name(column: str) -> str:
    """A column's name in lower case, its words apart."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", str(column).rsplit(".", 1)[-1]).lower()
    return re.sub(r"[^\w]+|_+", " ", words).strip()


def marks(column: str) -> str:
    """How a column marks records: "flag" where any value but `NOT_MARKED` does, "value" where `VALUES` do, "" where it does not."""
    name = plain_name(column)
    return "flag" if _NAME.search(name) else "value" if _STATUS.search(name) else ""
