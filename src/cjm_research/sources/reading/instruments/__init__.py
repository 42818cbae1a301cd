"""Answers of a questionnaire → responses, by the instrument map of the params.

Every cell is accounted for: scored, kept as text, not chosen, or no answer for a reason that is counted. What cannot be
read is never dropped by kind: above a small share the question is refused until its answers are mapped.
"""

from .responses import responses

__all__ = ["responses"]
