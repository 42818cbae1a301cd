"""Large exports of events, read by the engine from disk to disk: rows never stand in memory, and Python looks at distinct keys and names only.

The rules are those of the other readers and are decided by the same functions, on distinct values. What cannot be shown of a file in
this way (`Unproven`) is no error: the readers that hold all rows read it then, and say what is wrong.
"""

from .log import LEAST_BYTES, read_log
from .proof import Unproven

__all__ = ["LEAST_BYTES", "Unproven", "read_log"]
