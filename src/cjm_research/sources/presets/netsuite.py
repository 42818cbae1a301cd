"""NetSuite: transactions of SuiteAnalytics Connect. Bills of vendors and journals are no customer's.

`createddate` orders within a day, `trandate` is a day. Source: NetSuite's records catalogue, and connector tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import without, without_history
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_CUSTOMERS = {"Estimate": "estimate", "SalesOrd": "sales order", "CustInvc": "invoice", "CashSale": "cash sale", "CustPymt": "payment", "CustCred": "credit memo",
              "RtnAuth": "return authorised", "ItemShip": "item shipped", "Opprtnty": "opportunity"}


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    frame = without_history(frame, report)
    frame = without(frame, ~frame["type"].isin(_CUSTOMERS), report, "transaction of vendors or the books, not of a customer")
    return frame.assign(type=frame["type"].map(_CUSTOMERS).astype("string"))


TRANSACTIONS = Preset(
    name="netsuite", title="NetSuite, transactions (SuiteAnalytics)", reader="events", seen=True,
    signature=Signature(required=("trandate", "entity", "type", "createddate"), typical=("transactionnumber", "postingperiod", "posting", "status", "duedate")),
    columns={"customer_id": "entity", "occurred_at": "createddate", "event": "type", "interaction_id": "id"},
    settings={"key_type": "netsuite_customer"}, prepare=_prepare)
