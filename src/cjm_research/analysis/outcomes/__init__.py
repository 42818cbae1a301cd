"""What goes with a good or a bad outcome: journeys with a property against those without it.

Nobody drew lots for it: it shows what goes together, never what causes what.
"""

from .compared import comparison

__all__ = ["comparison"]
