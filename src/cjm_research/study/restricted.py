"""Which rows a study sees: those of its period and of its members."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ..coding_log.answers import open_answers
from ..engine import Engine
from ..engine.duck import readable_here
from ..errors import BadInput
from ..params import Params

if TYPE_CHECKING:
    from .opened import Study

#: tables seen through period and members, and the time the period applies to
_TIMES: dict[str, str | None] = {
    "interactions": "occurred_at", "interactions_by_event": "occurred_at", "customers": None, "responses": "answered_at",
    "feedback": "published_at", "deals": "entered_at",
}
#: tables without a time that are seen through the members, by what ties their rows to a member
_OF_MEMBERS: dict[str, str] = {
    "identity_links": "customer_id IN (SELECT customer_id FROM member)",
    "assignments": "coalesce(customer_id, unit_id) IN (SELECT customer_id FROM member)",
    "measurements": "unit_id IN (SELECT unit_id FROM assignments)",
    "documents": "customer_id IN (SELECT customer_id FROM member)",
    "turns": "document_id IN (SELECT document_id FROM documents)",
    "codings": "document_id IN (SELECT document_id FROM documents)",
    "answer_codings": f"document_id IN (SELECT document_id FROM ({open_answers()}))",
}


def restricted_engine(study: Study) -> Engine:
    """An engine over the client's tables, restricted to the study's period and members."""
    try:
        engine = Engine(study.folder, study.params.engine.memory_limit, study.params.engine.threads)
    except BadInput:
        study.check_kept()  # taken away while they were opened
        raise
    elsewhere = readable_here(study.params.engine.path if study.params.engine.kind == "spark" else None)
    if elsewhere:
        engine.over("interactions", elsewhere, str(study._build.get("placed", "")))
    if study.members:
        import pandas as pd

        engine.register_own("member", pd.DataFrame({"customer_id": pd.Series(study.members[1], dtype="string")}))
        engine.register_own("member_document", pd.DataFrame({"document_id": pd.Series(study.document_ids or (), dtype="string")}))
        for table in _OF_MEMBERS:
            engine.restrict(table, members_sql(study, table))
    for table, time in _TIMES.items():
        parts = [p for p in (period_sql(study.params, time), members_sql(study, table)) if p]
        if parts:
            engine.restrict(table, " AND ".join(parts))
    return engine


def period_sql(params: Params, time: str | None) -> str:
    """A condition: within the params' period, by a table's time; empty without a period or a time."""
    import pandas as pd

    period = params.period
    if time is None or not (period.start or period.end):
        return ""
    parts = []
    for day, op, extra in ((period.start, ">=", 0), (period.end, "<", 1)):
        if day:
            at = (pd.Timestamp(day) + pd.Timedelta(days=extra)).tz_localize(params.timezone)
            parts.append(f"{time} {op} TIMESTAMPTZ '{at.tz_convert('UTC').isoformat()}'")
    # rows without a time are kept: they cannot be said to lie outside
    return f"({time} IS NULL OR ({' AND '.join(parts)}))"


def members_sql(study: Study, table: str) -> str:
    """A condition: rows of a table that belong to the study's members; empty where it has all customers."""
    if not study.members:
        return ""
    if table == "documents" and study.document_ids is not None:
        return "document_id IN (SELECT document_id FROM member_document)"
    if table == "responses":  # a survey that is linked to nobody: its members are its respondents
        return "coalesce(customer_id, response_id) IN (SELECT customer_id FROM member)"
    return _OF_MEMBERS.get(table, "customer_id IN (SELECT customer_id FROM member)")


def members_key(study: Study) -> str:
    """A name for the members and their interviews, for caches; empty where the study has all customers."""
    if not study.members:
        return ""
    who = "\n".join(study.members[1])
    talks = "" if study.document_ids is None else "\n\n" + "\n".join(study.document_ids)
    return study.members[0] + hashlib.sha256((who + talks).encode()).hexdigest()


def observed_until(study: Study) -> Any:
    """The end of observation, UTC: the period's end where given, else the client's last interaction; None without any.

    It is the same for every group: who is quiet is still observed, so that the last contact of a few is not the end of watching them.
    """
    import pandas as pd

    if study.params.period.end:
        end = pd.Timestamp(study.params.period.end) + pd.Timedelta(days=1)
        return end.tz_localize(study.params.timezone).tz_convert("UTC")
    # as a number: DuckDB wants pytz to hand out a time with a zone
    last = study.scalar("SELECT epoch_us(max(occurred_at)) FROM interactions_all")
    return pd.Timestamp(last, unit="us", tz="UTC") if last is not None else None
