"""REFI-QDA projects (`.qdpx`) and codebooks (`.qdc`): read from any program, written to the standard."""

from .model import Case, Code, CodedSpan, Coding, Convention, Project, Selection, Set, TextSource, User, Variable
from .read import read_qdc, read_qdpx
from .source import KIND as REFI_QDA
from .tables import project_from_tables
from .texts import iter_evidence
from .write import write_qdc, write_qdpx

__all__ = [
    "REFI_QDA",
    "Case",
    "Code",
    "CodedSpan",
    "Coding",
    "Convention",
    "Project",
    "Selection",
    "Set",
    "TextSource",
    "User",
    "Variable",
    "iter_evidence",
    "project_from_tables",
    "read_qdc",
    "read_qdpx",
    "write_qdc",
    "write_qdpx",
]
