"""What a researcher types and sees of a study."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import live
from ..errors import did_you_mean
from ..questions import resolve
from . import shown
from .sql import run_sql
from .tables import Lazy, Tables

if TYPE_CHECKING:
    import pandas as pd

    from ..notebook.asked import Asked
    from .opened import Study


class Typed:
    """The part of a study that a notebook's Tab is for: tables by name, questions, queries and helpers for questions of one's own."""

    #: the questions, each with its options: `study.ask.funnel("purchase", window="7 days")`
    ask: Lazy[Asked] = Lazy(lambda study: resolve("notebook.asked:Asked")(study))  # of a room above: found by its name when used
    #: the canonical tables as frames: `study.tables.interactions`, or `study.interactions`
    tables: Lazy[Tables] = Lazy(Tables)

    def sql(self, query: str, /, **given: Any) -> pd.DataFrame:
        """Run a query of your own over the canonical tables. It reads; it never changes anything.

        Args:
            query: The query.
            **given: Values for `$name` in the query, and frames that it may name as tables.

        Returns:
            Its rows as a frame.

        Raises:
            BadInput: A query that is none, names what is not there, or would change something.

        Example:
            >>> study.sql("SELECT * FROM responses JOIN mine USING (customer_id) WHERE channel = $c", c="email", mine=frame)
        """
        return run_sql(self, query, given)

    def question(self, *, lane: str, stage: str, touchpoint: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Make the function below one of this client's questions.

        The function takes the study and returns what `study.share` or `study.mean` gives, or a list of them. Its findings join the
        map under their own name, with evidence that is recomputed as that of all others.

        Args:
            lane: The lane of the map.
            stage: The stage of the journey.
            touchpoint: One of the stage's touchpoints.

        Returns:
            A decorator.

        Raises:
            BadInput: An unknown lane, stage or touchpoint, with the nearest one.

        Example:
            >>> @study.question(lane="pain", stage="Decision")
            ... def full_baskets(study):
            ...     return study.share("value > 100", of="event = 'add_to_cart'", says="fill a basket of more than 100 EUR")
        """
        return resolve("analysis.own:question")(self, lane=lane, stage=stage, touchpoint=touchpoint)

    def share(self, counted: str, *, says: str, of: str = "true", table: str = "interactions", per: str = "customer_id") -> Any:
        """Count a share of the customers for a question of your own; the same query is its evidence.

        Args:
            counted: Who is counted, as an SQL condition on a row: customers with at least one such row.
            says: What those counted do, in words.
            of: Who is the base, as an SQL condition on a row; default: everybody in the table.
            table: The table.
            per: The column that tells one customer from another.

        Returns:
            The estimate with Wilson's interval, its evidence and its words.

        Raises:
            BadInput: An unknown table or column, or no words.

        Example:
            >>> study.share("event = 'begin_checkout'", of="event = 'add_to_cart'", says="of those who fill a basket check out")
        """
        return resolve("analysis.own:share")(self, counted, of=of, says=says, table=table, per=per)

    def mean(self, value: str, *, unit: str, says: str, of: str = "true", table: str = "responses", per: str = "customer_id") -> Any:
        """Take a mean over customers for a question of your own; the same query is its evidence.

        Args:
            value: What is averaged, an SQL expression on a row: first over each customer's rows, then over customers.
            unit: Its unit.
            says: What the number says, in words.
            of: Which rows, as an SQL condition.
            table: The table.
            per: The column that tells one customer from another.

        Returns:
            The estimate with Student's interval, its evidence and its words.

        Raises:
            BadInput: An unknown table or column, no words, or seconds, whose average on the map is the median.

        Example:
            >>> study.mean("value", unit="points", of="question_id = 'Q3'", says="is the ease of finding products")
        """
        return resolve("analysis.own:mean")(self, value, unit=unit, of=of, says=says, table=table, per=per)

    def __getattr__(self, name: str) -> Any:
        """Say what a misspelt attribute may have meant."""
        if name.startswith("_") or hasattr(type(self), name):  # the latter: what it computes raised an AttributeError of its own
            return object.__getattribute__(self, name)
        raise AttributeError(f"the study has no {name!r}.{did_you_mean(name, dir(type(self)))} study. and Tab lists what it has")

    def __repr__(self) -> str:
        return shown.as_line(self)

    def _repr_html_(self) -> str:
        return shown.as_html(self)

    def _ipython_display_(self) -> None:
        live.display_once(self, self._repr_html_, repr(self))


def table_named(name: str, study: Study) -> pd.DataFrame:
    """Read a canonical table, for the attribute of a study that bears its name."""
    return Tables(study)[name]
