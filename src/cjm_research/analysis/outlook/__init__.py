"""Outlook: what customers buy, who will buy again, what that may be worth; each with the answer that it cannot be told.

`sales` counts, `endings` says how journeys end and when, `return_outlook` predicts and is judged on a later period, `customer_value` forecasts where its model held.
"""

from .endings import endings
from .returning import return_outlook
from .sales import sales
from .worth import customer_value

__all__ = ["customer_value", "endings", "return_outlook", "sales"]
