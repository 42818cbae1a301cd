"""Adobe Experience Platform and Journey Optimizer: experience events (XDM), JSON lines, with names written `xdm:timestamp` or `timestamp`.

Many events name no `eventType`; which part of the event is there then says what happened. Of several identities the one marked as primary is the person, else the first of the order below;
an identity is one of its namespace, whatever the namespace is called, and the import report counts which namespaces told who it was. Deliveries that reached nobody are dropped and counted. Source:
the public schemas and examples of XDM, and Adobe's documentation of Journey Optimizer's data sets.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import BadInput
from ..preset import Preset
from ..reading.rows import without
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

#: namespaces in the order in which they stand for the person; all others come after them, in the order of their names
_ORDER = ("crmid", "email", "email_lc_sha256", "phone", "cpgn", "ecid")
#: of an event without a type: what it is by the parts that it has, the first one that is there
_PARTS = (("commerce.purchases", "commerce.purchases"), ("commerce.checkouts", "commerce.checkouts"), ("commerce.productListAdds", "commerce.productListAdds"), ("commerce.productViews", "commerce.productViews"),
          ("commerce", "commerce"), ("web.webInteraction", "web.webInteraction"), ("web.webPageDetails", "web.webPageDetails"), ("media", "media"), ("directMarketing", "directMarketing"),
          ("pushNotificationTracking", "pushTracking"), ("search", "search"), ("application", "application"))
_UNREACHED = ("exclude", "error", "denylist", "bounce", "duplicate", "delay")
_MOST_COLUMNS = 2_000


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    where = f"source {source.name!r}"
    if frame.shape[1] > _MOST_COLUMNS:
        raise BadInput(where, f"{frame.shape[1]:,} names of fields", f"at most {_MOST_COLUMNS:,}", "export the fields that are wanted")
    plain: dict[str, pd.Series] = {}
    for column in frame.columns:  # both spellings of a name are one: an event has one of them
        name = str(column).replace("xdm:", "")
        plain[name] = plain[name].fillna(frame[column].astype("string")) if name in plain else frame[column].astype("string")
    rows = pd.DataFrame(plain)
    people, names = _people(rows), list(plain)
    status = next((c for c in names if c.endswith("messageDeliveryfeedback.feedbackStatus")), None)
    event = rows["eventType"].mask(rows["eventType"].str.strip() == "") if "eventType" in rows else pd.Series(pd.NA, index=rows.index, dtype="string")
    untyped = int(event.isna().sum())
    for part, name in _PARTS:
        there = [c for c in names if c == part or c.startswith(f"{part}.")]
        if there:
            event = event.mask(event.isna() & rows[there].notna().any(axis=1), name)
    if status is not None:
        event = event.mask(rows[status].notna(), event + "." + rows[status])
    if untyped:
        report.notes.append(f"{untyped:,} events name no type; {untyped - int(event.isna().sum()):,} are named by the part that they have")
    out = pd.DataFrame({"timestamp": rows["timestamp"], "eventType": event, "person": people["person"], "namespace": people["namespace"]})
    for name, wanted in (("page", "web.webPageDetails.name"), ("campaign", "marketing.trackingCode"), ("value", "commerce.order.priceTotal"), ("currency", "commerce.order.currencyCode")):
        if wanted in rows and rows[wanted].notna().any():
            out[name] = rows[wanted]
    if status is not None:
        out = without(out, rows[status].str.lower().isin(_UNREACHED), report, "message that did not reach the customer")
    named = out["namespace"].value_counts()
    if len(named):
        report.notes.append(f"who did an event is told by {', '.join(f'{n} ({c:,})' for n, c in named.head(8).items())}")
    return out


def _people(rows: pd.DataFrame) -> pd.DataFrame:
    """The person of each row, as namespace:id."""
    found: list[dict[str, tuple[bool, str]]] = [{} for _ in range(len(rows))]
    for column in map(str, rows.columns):
        if (of := re.fullmatch(r"identityMap\.(.+)", column)) is not None:
            for i, cell in enumerate(rows[column]):
                if isinstance(cell, str) and (one := _identity(cell)) is not None:
                    found[i][of[1]] = one
        elif (of := re.fullmatch(r"(endUserIDs\..+)\.id", column)) is not None:
            code = next((c for c in (f"{of[1]}.namespace.code", f"{of[1]}.namespace.@id") if c in rows), None)
            for i, cell in enumerate(rows[column]):
                if isinstance(cell, str) and cell.strip():
                    space = rows[code].iloc[i] if code else None
                    found[i].setdefault(str(space) if isinstance(space, str) else of[1].rpartition("/")[2], (False, cell.strip()))
    chosen = [min(((not primary, _place(space), space, key) for space, (primary, key) in ids.items()), default=None) for ids in found]
    return pd.DataFrame({"person": pd.array([None if c is None else f"{c[2]}:{c[3]}" for c in chosen], dtype="string"),
                         "namespace": pd.array([None if c is None else c[2] for c in chosen], dtype="string")}, index=rows.index)


def _identity(cell: str) -> tuple[bool, str] | None:
    """Whether an identity of a namespace is primary, and its id: the primary one of several, else the first."""
    try:
        listed: Any = json.loads(cell)
    except ValueError:
        return None
    ids = [(bool(i.get("primary", i.get("xdm:primary")) is True), str(i.get("id", i.get("xdm:id")) or "").strip()) for i in (listed if isinstance(listed, list) else [listed]) if isinstance(i, dict)]
    ids = [i for i in ids if i[1]]
    return min(ids, key=lambda i: not i[0]) if ids else None


def _place(space: str) -> int:
    low = space.lower()
    return _ORDER.index(low) if low in _ORDER else len(_ORDER)


EVENTS = Preset(
    name="adobe_xdm", title="Adobe Experience Platform, experience events (XDM, JSON lines)", reader="events", seen=True,
    signature=Signature(required=("/(?:xdm:)?timestamp/", "/(?:xdm:)?identityMap\\..+|(?:xdm:)?endUserIDs\\..+\\.(?:xdm:)?id/", "/_id|@id/"),
                        typical=("/(?:xdm:)?eventType/", "/(?:xdm:)?(?:web|commerce|environment|_experience)\\..+/")),
    columns={"customer_id": "person", "occurred_at": "timestamp", "event": "eventType", "value": "value", "currency": "currency"},
    settings={"key_type": "xdm_identity", "properties": ["page", "campaign", "namespace"]}, timezone="UTC", prepare=_prepare)
