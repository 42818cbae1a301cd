"""What is raised where the engine cannot show that a file keeps to a rule."""

from __future__ import annotations


class Unproven(Exception):
    """A rule that needs all rows at once, or that this file may break; whoever holds the rows decides.

    Says what there may be in the file; large: whether holding its rows is worth telling.
    """

    def __init__(self, what: str, large: bool = True) -> None:
        super().__init__(what)
        self.large = large


def need(shown: bool, what: str) -> None:
    """Raise `Unproven` unless it is shown. what: there may be in the file."""
    if not shown:
        raise Unproven(what)
