"""Which variant should customers get? A/B tests, planned, checked, evaluated; and changes that were not randomised.

`evaluate` answers for an experiment of params, `evaluate_change` for a change that was shipped without one, `plan` says how
many units and days an experiment needs, `earlier_reports` how often it was looked at.
"""

from .evaluate import evaluate
from .looks import earlier_reports

__all__ = ["earlier_reports", "evaluate"]
