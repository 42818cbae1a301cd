"""Salesforce: the history of opportunities, and cases, as objects (API names). Source: Salesforce's object reference."""

from __future__ import annotations

from ..kinds.crm import KNOWN
from ..preset import Preset
from ..reading.rows import without_history
from ..signature import Signature

_ID = r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?"

_SIGNS, _COLUMNS = KNOWN["Salesforce OpportunityHistory"]

STAGES = Preset(
    name="salesforce_opportunities", title="Salesforce, OpportunityHistory", reader="crm",
    signature=Signature(required=_SIGNS, typical=("Amount", "Probability", "CloseDate", "IsDeleted"), cells={"OpportunityId": _ID}),
    columns=_COLUMNS, timezone="UTC",
    prepare=lambda frame, source, report: without_history(frame, report))

CASES = Preset(
    name="salesforce_cases", title="Salesforce, Case", reader="feedback",
    signature=Signature(required=("CaseNumber", "Subject", "Origin", "CreatedDate"), typical=("Id", "Description", "Status", "Priority", "ContactId", "SuppliedEmail")),
    columns={"feedback_id": "Id", "published_at": "CreatedDate", "title": "Subject", "text": "Description", "channel": "Origin", "label": "Type", "customer_id": "ContactId"},
    settings={"key_type": "salesforce_contact", "keys": {"email": "SuppliedEmail"}}, timezone="UTC",
    prepare=lambda frame, source, report: without_history(frame, report))
