"""The questions as a small table that shows itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from ..questions import Question

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = ("question", "asks", "needs", "options")


class Listing:
    """What can be asked: iterate over it, show it, or take it as a frame.

    Example:
        >>> questions()
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = tuple(questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self._questions)

    def __len__(self) -> int:
        return len(self._questions)

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [(q.name, q.asks, ", ".join(q.needs) or " or ".join(q.needs_any), ", ".join(q.options)) for q in self._questions]

    def to_frame(self) -> pd.DataFrame:
        """Give the list as a frame.

        Returns:
            One row a question: its name, what it asks, the tables it needs and its options.

        Example:
            >>> questions().to_frame().query("question == 'funnel'")
        """
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=list(HEADINGS))

    def __repr__(self) -> str:
        width = max((len(q.name) for q in self._questions), default=0)
        return "\n".join([*(f"{q.name:<{width}}  {q.asks}" for q in self._questions), "ask one: study.ask.<question>(...)"])

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th scope='row' style='text-align:left'><code>{escape(name)}</code></th>"
                       + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in rest) + "</tr>" for name, *rest in self._rows())
        heads = "".join(f"<th style='text-align:left'>{h}</th>" for h in HEADINGS)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
