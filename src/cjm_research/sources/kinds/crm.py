"""Stage histories of deals or leads: a row a change (Salesforce, HubSpot), or a row a deal with a date for each stage.

A change of amount or close date repeats the stage; such rows are collapsed. Deals of known customers also become
interactions, named `deal: <stage>`.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..reading.amounts import CURRENCY_COLUMN, CURRENCY_SETTING, money
from ..reading.export import ROW_SETTINGS, Export
from ..reading.made import event_ids
from ..reading.ordering import rows_in_order
from ..reading.people import yes_or_no
from ..reading.tabular import read_rows

if TYPE_CHECKING:
    from ...params.schema import Source

#: exports known by their columns
KNOWN: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "Salesforce OpportunityHistory": (("OpportunityId", "StageName", "CreatedDate"),
                                      {"deal_id": "OpportunityId", "stage": "StageName", "entered_at": "CreatedDate", "amount": "Amount"}),
    "HubSpot deal_stage (Fivetran)": (("deal_id", "value", "date_entered"), {"deal_id": "deal_id", "stage": "value", "entered_at": "date_entered"}),
}
_SALESFORCE_ID = r"[A-Za-z0-9]{15}"
_CHECK = string.ascii_uppercase + "012345"


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Deals, and interactions of the customers they belong to. Raises `BadInput`."""
    report = ImportReport(source.name, "crm")
    frame = read_rows(files, source, report)
    for tool, (signs, columns) in KNOWN.items():
        if all(s in frame for s in signs):
            report.notes.append(f"columns are those of {tool}")
            source = source.model_copy(update={"columns": {k: v for k, v in columns.items() if v in frame} | source.columns})
    return deliver(Export("crm", source, context, frame=frame, report=report))


def deliver(export: Export) -> SourceTables:
    """Deals of the rows of an export, and interactions of the customers they belong to. Raises `BadInput`."""
    source, report = export.source, export.report
    deal = salesforce_ids(export.ids("deal_id", required=True), report)
    kept = export.drop(deal.isna(), "no deal id")
    history = _wide(export, deal[kept]) if export.setting("stage_columns", {}, dict) else _long(export, deal[kept])
    told = bool(export.setting("stage_columns", {}, dict)) or "sequence" in source.columns
    deals = export.table("deals", {"source": source.name, **{str(c): history[c] for c in history if c != "row"}})
    report.null_ids = int(deals["customer_key"].isna().sum())
    with_customer = deals[deals["customer_key"].notna()]
    tables = {"deals": deals}
    if len(with_customer):
        with_customer = with_customer.assign(row=history["row"])
        if not told:  # rows in the order of the export, which says what came first where no column does
            with_customer = with_customer.sort_values("row", kind="stable")
        tables["interactions"] = _interactions(export, with_customer, with_customer["row"] if told else None)
    return export.done(order="told" if told else "rows", **tables)


def _long(export: Export, deal: pd.Series) -> pd.DataFrame:
    stage = _labels(export, export.text("stage", required=True))
    kept = export.drop(stage.isna(), "no stage")
    deal, stage = deal[kept], stage[kept]
    at = export.time("entered_at", required=True)
    kept = export.drop(at.isna(), "no readable time")
    deal, at = deal[kept], at[kept]
    row = export.sequence() if "sequence" in export.source.columns else rows_in_order(deal, at).fillna(pd.Series(range(len(at)), index=at.index))
    facts = _facts(export, deal).assign(stage=stage[kept], entered_at=at, row=row)
    return _collapsed(export, _ended(export, facts))


def _wide(export: Export, deal: pd.Series) -> pd.DataFrame:
    """One row a deal, a column for each stage's date; empty where the deal never entered it."""
    stages = export.setting("stage_columns", {}, dict)
    at = pd.DataFrame({c: export.times(export.require(c, "settings.stage_columns"), f"settings.stage_columns.{c}") for c in stages})
    kept = export.drop(at.isna().all(axis=1), "no readable time")
    at, deal = at[kept], deal[kept]
    if deal.duplicated().any():
        raise BadInput(f"{export.where}: columns.deal_id", f"deal {deal[deal.duplicated()].iloc[0]!r} stands in several rows", "one row a deal",
                       "map stage and entered_at instead of settings.stage_columns where the export is a history")
    facts = _facts(export, deal, but=list(stages))
    parts = [facts[at[column].notna()].assign(stage=str(stage), entered_at=at[column], row=order)
             for order, (column, stage) in enumerate(stages.items())]
    history = _ended(export, pd.concat(parts, ignore_index=True).astype({"stage": "string"}))
    return history.sort_values(["deal_id", "entered_at", "row"], kind="stable").reset_index(drop=True)


def _facts(export: Export, deal: pd.Series, but: Sequence[str] = ()) -> pd.DataFrame:
    """What a row says besides stage and time."""
    keys = export.keys()
    amount, beside = money(export, "amount")
    return pd.DataFrame({
        "deal_id": deal, "key_type": keys["key_type"], "customer_key": salesforce_ids(keys["customer_key"], export.report),
        "amount": amount, "is_won": _flag(export, "is_won"), "is_closed": _flag(export, "is_closed"),
        "properties": export.properties(but=but, more=beside)})


#: what flags say beside yes and no
_WORDS = {"is_won": {"won": True, "closed-won": True, "gewonnen": True, "gagne": True, "ganado": True,
                     "lost": False, "closed-lost": False, "open": False, "verloren": False, "perdu": False, "perdido": False},
          "is_closed": {"closed": True, "geschlossen": True, "open": False, "offen": False}}


def _ended(export: Export, history: pd.DataFrame) -> pd.DataFrame:
    """With is_won and is_closed by the stages that params name, where the export does not say so itself."""
    won, closed = set(map(str, export.setting("won", [], list))), set(map(str, export.setting("closed", [], list)))
    if won:
        history["is_won"] = history["is_won"].fillna(history["stage"].isin(won))
    if won | closed:
        history["is_closed"] = history["is_closed"].fillna(history["stage"].isin(won | closed))
    return history


def _flag(export: Export, name: str) -> pd.Series:
    """A column that says yes or no. Raises `BadInput` for other words: what becomes of a deal is never guessed."""
    text = export.text(name)
    flag, odd = yes_or_no(text, _WORDS[name])
    if odd.any():
        raise BadInput(f"{export.where}: columns.{name}", f"{str(text[odd].iloc[0])[:40]!r} says neither yes nor no ({int(odd.sum()):,} such rows)",
                       f"yes, no, true, false, 1, 0, x and the like in other languages, {', '.join(_WORDS[name])}",
                       f"recode the column, or leave {name} unmapped and name the stages under settings.{name.removeprefix('is_')}")
    if (flag == True).any() and not (flag == False).any() and text.isna().any():  # noqa: E712  (missing stays missing)
        export.report.notes.append(f"columns.{name}: only yes is written, {int((flag == True).sum()):,}×; an empty cell means no")  # noqa: E712
        flag = flag.mask(text.isna(), False)
    return flag


def _labels(export: Export, stage: pd.Series) -> pd.Series:
    """Internal stage ids as their labels, where params give them."""
    labels = {str(k): str(v) for k, v in export.setting("stage_labels", {}, dict).items()}
    return stage.map(labels).astype("string").fillna(stage) if labels else stage


def _collapsed(export: Export, history: pd.DataFrame) -> pd.DataFrame:
    """Each stay in a stage once: entered at its first row, with the last amount it was given."""
    history = history.sort_values(["deal_id", "entered_at", "row"], kind="stable").reset_index(drop=True)
    before = history[["deal_id", "stage"]].shift()
    again = (history[["deal_id", "stage"]] == before).fillna(False).all(axis=1).astype(bool)
    stay = (~again).cumsum()
    history["amount"] = history.groupby(stay)["amount"].transform("last")
    export.report.drop("same stage again (amount or close date changed)", int(again.sum()))
    return history[~again].reset_index(drop=True)


def _interactions(export: Export, deals: pd.DataFrame, sequence: pd.Series | None) -> pd.DataFrame:
    event = "deal: " + deals["stage"]
    columns = {"key_type": deals["key_type"], "customer_key": deals["customer_key"], "occurred_at": deals["entered_at"], "event": event,
               # an amount counts when it is won, not at every stage on the way
               "value": deals["amount"].where(deals["is_won"].fillna(False).astype(bool)), "properties": deals["properties"]}
    ids = event_ids(pd.DataFrame({**columns, "deal": deals["deal_id"]}), export.source.name)
    return export.table("interactions", {"interaction_id": ids, "source": export.source.name, **columns, "sequence": sequence})


def salesforce_ids(ids: pd.Series, report: ImportReport) -> pd.Series:
    """15-character Salesforce ids (reports) as the 18 characters of the API, where a column holds both.

    The three more characters say which letters are capitals: five characters each, lowest bit first.
    """
    short = ids.str.fullmatch(_SALESFORCE_ID).fillna(False).astype(bool)
    long = ids.str.fullmatch(_SALESFORCE_ID + "[A-Z0-5]{3}").fillna(False).astype(bool)
    if not (short.any() and long.any()) or not (short | long | ids.isna()).all():
        return ids
    known = {i: i + "".join(_CHECK[sum(1 << k for k, c in enumerate(i[s:s + 5]) if c in string.ascii_uppercase)] for s in (0, 5, 10))
             for i in ids[short].unique()}
    report.notes.append(f"{len(known):,} ids of 15 characters were completed to Salesforce's 18")
    return ids.map(known).astype("string").fillna(ids)


KIND = SourceKind(
    name="crm", title="Stage history of deals or leads (Salesforce, HubSpot, NetSuite, any CSV)", read=read, tables=("deals", "interactions"),
    columns={
        "deal_id": "the deal or lead", "customer_id": "whose it is; deals without one stay deals and become no interactions",
        "stage": "stage that was entered; not with settings.stage_columns", "entered_at": "when; not with settings.stage_columns",
        "sequence": "a number that says which of several stages of one instant came first; default: the order of the rows, where they stand in the "
                    "order of time; not with settings.stage_columns, which list the stages in order",
        "amount": "deal amount", "currency": CURRENCY_COLUMN, "is_won": "whether the stage means won", "is_closed": "whether the stage ends the deal",
    },
    settings={**ROW_SETTINGS, "currency": CURRENCY_SETTING, "won": "stages that mean won", "closed": "stages that end a deal (won ones need not be repeated)",
              "stage_columns": "{column: stage}: one row a deal with a date for each stage",
              "stage_labels": "{stage in the export: label}",
              "properties": "columns to keep as properties (list, or {name: column}); default: all that are not mapped"})
