"""The coding log: what each coder did, append-only, one JSONL file a coder; and what it all amounts to today.

`state` gives the codings and the codebook in the canonical columns; `Session` is one coder at work.
"""

from .erase import erase_documents
from .frames import State, logs_sha256, read_logs, state
from .session import Done, Session
from .store import LogFile, Problem, log_path

__all__ = ["Done", "LogFile", "Problem", "Session", "State", "erase_documents", "log_path", "logs_sha256", "read_logs", "state"]
