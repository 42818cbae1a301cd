"""HubSpot: deals and contacts as the interface exports them (English labels), and the stage table of a connector.

Times of the interface's CSV are in the account's zone, which nobody but the client knows: `timezone` is asked for. Stage labels repeat over
pipelines, so that a column names both. Source: HubSpot's documentation of record exports, and connector tables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from ..kinds.crm import KNOWN
from ..preset import Preset
from ..reading.rows import without_history
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_ENTERED = re.compile(r'Date entered "(.+) \((.+)\)"')
STAGE, AT, DEAL = "stage entered", "stage entered at", "Record ID"


def _long(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    """A row for each stage that a deal entered: the columns name stage and pipeline, as many as the account has."""
    stages = {c: m for c in frame.columns if (m := _ENTERED.fullmatch(str(c)))}
    pipelines = {m[2] for m in stages.values()}
    rest = frame.drop(columns=[c for c in frame.columns if str(c).startswith(("Date entered ", "Date exited ", "Time in "))])
    parts = []
    for column, found in stages.items():
        there = frame[column].notna()
        name = found[1] if len(pipelines) == 1 else f"{found[2]}: {found[1]}"
        parts.append(rest[there].assign(**{STAGE: name, AT: frame.loc[there, column]}))
    never = frame[list(stages)].isna().all(axis=1)
    report.drop("no stage was entered", int(never.sum()))
    made = pd.concat(parts, ignore_index=True)
    if (contacts := "Associated Contact IDs") in made and (several := made[contacts].str.contains(";", regex=False).fillna(False)).any():
        report.notes.append(f"{int(made.loc[several, DEAL].nunique()):,} deals have several contacts; the first of each is taken for the customer")
        made = made.assign(**{contacts: made[contacts].str.split(";").str[0].str.strip()})
    report.notes.append(f"{len(frame):,} deals became {len(made):,} stages that they entered")
    return made.astype({STAGE: "string"})


DEALS = Preset(
    name="hubspot_deals", title="HubSpot, deals (CSV of the interface)", reader="crm",
    signature=Signature(required=("Record ID", "Deal Name", '/Date entered ".+ \\(.+\\)"/'), typical=("Deal Stage", "Pipeline", "Close Date", "Amount", "Create Date")),
    columns={"deal_id": DEAL, "stage": STAGE, "entered_at": AT, "amount": "Amount", "customer_id": "Associated Contact IDs"},
    settings={"key_type": "hubspot_contact"}, prepare=_long)

_SIGNS, _COLUMNS = KNOWN["HubSpot deal_stage (Fivetran)"]

STAGES = Preset(  # rows that are no longer active are the stages before: all count
    name="hubspot_deal_stages", title="HubSpot, table deal_stage of a connector", reader="crm", seen=True,
    signature=Signature(required=_SIGNS, typical=("_fivetran_active", "source", "source_id", "_fivetran_start")),
    columns=_COLUMNS, timezone="UTC")

CONTACTS = Preset(
    name="hubspot_contacts", title="HubSpot, contacts (CSV of the interface)", reader="customers",
    signature=Signature(required=("Record ID", "Email", "Lifecycle Stage"), typical=("First Name", "Last Name", "Contact owner", "Create Date", "Lead Status"), forbidden=("Deal Name",)),
    columns={"customer_id": "Record ID"}, settings={"key_type": "hubspot_contact", "keys": {"email": "Email"}},
    prepare=lambda frame, source, report: without_history(frame, report))
