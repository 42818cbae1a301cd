"""Exact funnels over sorted events: how far each customer came, when, and what is still open.

Pure numpy, no query and no study: `Log` and `Rows` in, `Chains` out. The rule is that of
docs/methods/funnels.md; tests compare it with an enumeration of all chains.
"""

from .attempts import count_attempts
from .chains import Chains
from .kernel import count, walk
from .rows import FOREVER, NEVER, Log, Rows, log_of
from .rule import Exclusion, Rule

__all__ = ["FOREVER", "NEVER", "Chains", "Exclusion", "Log", "Rows", "Rule", "count", "count_attempts", "log_of", "walk"]
