"""Which variant should customers get? A/B tests, planned, checked, evaluated; and changes that were not randomised.

`evaluate` answers for an experiment of params, `evaluate_change` for a change that was shipped without one, `plan` says how
many units and days an experiment needs, `stated` what its design says, `overview` what came of all of them, `shipped` what moved
after all changes together, `from_aggregates`
what those say that were delivered as aggregates per look, `earlier_reports` how often one was looked at.
"""

from .aggregates import from_aggregates
from .change import evaluate_change
from .evaluate import evaluate
from .looks import earlier_reports
from .overview import overview, stated
from .planner import plan
from .shipped import shipped

__all__ = ["earlier_reports", "evaluate", "evaluate_change", "from_aggregates", "overview", "plan", "shipped", "stated"]
