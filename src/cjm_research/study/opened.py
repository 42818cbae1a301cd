"""A client's tables and settings, opened: what every analysis asks."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..coding_log import State
from ..engine import Engine, condition_sql, reads
from ..engine.duck import Given
from ..errors import NotEnoughData, TablesGone
from ..params import Params, Workspace, params_sha256, with_sections
from ..tables import TABLES
from .coded import Logs, coded_since, logs_of, parted
from .memory import Kept, Memory
from .restricted import members_key, members_sql, observed_until, restricted_engine
from .states import table_states
from .tables import Lazy
from .typed import Typed, table_named

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

class Study(Typed):
    """One client, opened for reading.

    `query`, `arrays` and `scalar` run SQL over views named as the canonical tables; `need` raises
    `NotEnoughData` where a table has too few rows. `persona` and the period restrict `where_sql`. A study keeps reading the
    tables it was opened on, whatever is built meanwhile (`pins`).
    """

    def __init__(self, params: Params, workspace: Workspace, build: Mapping[str, Any],
                 members: tuple[str, tuple[str, ...]] | None = None, documents: tuple[str, ...] | None = None) -> None:
        self.params, self.workspace, self._build = params, workspace, build
        self.document_ids = documents  # of the members, where not only their customer id says so
        self.client = params.client
        self.folder = workspace.tables(params.client)
        self.members = members
        self._overlaid = ""  # hash of the coding logs that the engine's views include
        self._memory = Memory()
        self.check_kept()

    def check_kept(self) -> None:
        """Raise `TablesGone` where what the study pinned was taken away: tables of another state must not pass for its own."""
        pin = self.workspace.pin
        if pin is not None and pin.client == self.client and not pin.folder.is_dir():
            raise TablesGone(self.client)

    @property
    def engine(self) -> Engine:
        """The engine over the client's tables, restricted to the period and the members; opened at first use.

        Where coders have coded, codings and codebook are the built ones with all that the coding logs say.
        """
        with reads.unrecorded():  # who asks first must not seem to have read what every study reads to be opened
            engine, logs = self._engine, self._logs
            if logs.sha256 != self._overlaid:
                for table, frame in parted(self._coded).items():
                    engine.overlay(table, frame)
                if self.members:  # the overlay is the whole table again
                    for table in ("codings", "answer_codings"):
                        engine.restrict(table, members_sql(self, table))
                self._overlaid = logs.sha256
            engine.states = self._states
        return engine

    @functools.cached_property
    def _engine(self) -> Engine:
        self.check_kept()
        return restricted_engine(self)

    @property
    def view_key(self) -> str:
        """What this study is restricted to beyond its params, for caches."""
        return members_key(self)

    def only(self, label: str, customer_ids: Sequence[str], document_ids: Sequence[str] | None = None) -> Study:
        """Look through some customers only (a persona, a segment). Records without a customer are left out.

        Args:
            label: What the group is called.
            customer_ids: Its customers.
            document_ids: Its interviews, since a participant may be known by the participant sheet alone; default: none.

        Returns:
            A study of the same tables, restricted to the group.

        Raises:
            NotEnoughData: The group is empty.

        Example:
            >>> study.only("newsletter", readers["customer_id"]).ask.funnel("checkout")
        """
        if not len(customer_ids):
            raise NotEnoughData(label, "no customer belongs to it", "at least one customer", "cjm check says which customers there are")
        documents = None if document_ids is None else tuple(sorted(map(str, document_ids)))
        return Study(self.params, self.workspace, self._build, (label, tuple(sorted(map(str, customer_ids)))), documents)

    # --- asking ---------------------------------------------------------------------------------------------

    def query(self, sql: str, params: Given = None) -> pd.DataFrame:
        """Run a query over the canonical tables; one that the client does not have is empty.

        Args:
            sql: The query, with `?` or `$name` for values.
            params: The values.

        Returns:
            Its rows as a frame.

        Example:
            >>> study.query("SELECT count(*) AS n FROM interactions WHERE channel = ?", ["web"])
        """
        return self.engine.query(sql, params)

    def arrays(self, sql: str, params: Given = None) -> dict[str, np.ndarray[Any, Any]]:
        """Run a query as `query` does.

        Args:
            sql: The query.
            params: Its values.

        Returns:
            Numpy arrays by column.

        Example:
            >>> study.arrays("SELECT occurred_at FROM interactions")["occurred_at"]
        """
        return self.engine.arrays(sql, params)

    def scalar(self, sql: str, params: Given = None) -> Any:
        """Run a query that gives one value.

        Args:
            sql: The query.
            params: Its values.

        Returns:
            The value; None where there is no row.

        Example:
            >>> study.scalar("SELECT count(*) FROM interactions")
        """
        return self.engine.scalar(sql, params)

    @functools.cached_property
    def _row_counts(self) -> dict[str, int]:
        tables = self._build.get("tables", {})
        counts = {name: int(tables.get(name, {}).get("rows", 0)) for name in TABLES}
        if self._logs.sha256:
            with reads.unrecorded():
                counts |= {table: len(frame) for table, frame in parted(self._coded).items()}
        return counts

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows of every canonical table, 0 where absent."""
        self.note(*TABLES)
        return dict(self._row_counts)

    def rows(self, table: str) -> int:
        """Count the rows of one canonical table.

        Args:
            table: Its name.

        Returns:
            The rows; 0 where the client has none.

        Example:
            >>> study.rows("responses")
        """
        self.note(table)
        return self._row_counts[table]

    def has(self, table: str) -> bool:
        """Say whether the client has any row of a table.

        Args:
            table: Its name.

        Returns:
            True where it has one.

        Example:
            >>> study.has("codings")
        """
        return self.rows(table) > 0

    def need(self, *tables: str, rows: int = 1, what: str = "") -> None:
        """Refuse to go on where tables have too few rows; a question of your own begins with it.

        Args:
            *tables: Names of tables.
            rows: Rows that each must have.
            what: What they are needed for, in words.

        Raises:
            NotEnoughData: A table has fewer; a notebook shows it as a card.

        Example:
            >>> study.need("responses", rows=30)
        """
        for table in tables:
            found = self.rows(table)
            if found < rows:
                raise NotEnoughData(
                    what or TABLES[table].meaning, f"{found:,} {table}" if found else f"no {table}", f"at least {rows:,}",
                    f"add a source that delivers {table} to params/{self.client}.yaml (docs/sources.md lists them)")

    @property
    def build(self) -> Mapping[str, Any]:
        """What the build wrote down: row counts, hashes, import reports of all sources."""
        self.note("build:")
        return self._build

    # --- what an answer rests on -------------------------------------------------------------------------------

    def note(self, *names: str) -> None:
        """Note that something of this study is read: a table, or what `reads.STATES` knows."""
        if reads.is_recorded():
            for name in names:
                reads.note(name, self.state(name))

    def state(self, name: str) -> str:
        """Hash a table's content, codings with all that coders' logs say, or of what else an answer can rest on."""
        kind, colon, which = name.partition(":")
        if not colon:
            return self._states.get(name, "")
        with reads.unrecorded():
            return reads.STATES[kind](self, which) if kind in reads.STATES else "unknown"

    @functools.cached_property
    def _states(self) -> dict[str, str]:
        return table_states(self._build, self._logs.sha256)

    def kept(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Make something of this study once and keep it while the study is open.

        What was read for it counts as read each time it is taken. It is made anew when the study takes in new codings it rests on.

        Args:
            key: What it is called; a tuple begins with the name.
            make: Makes it, without options that the key does not name.

        Returns:
            What was made, the same each time.

        Example:
            >>> study.kept("longest", lambda: study.scalar("SELECT max(length(text)) FROM feedback"))
        """
        return self._memory.take(key, make)

    # --- settings that several questions share ---------------------------------------------------------------

    @property
    def stages(self) -> list[str]:
        """The stages of the journey in order."""
        return [s.name for s in self.params.journey.stages]

    @functools.cached_property
    def touchpoint_stage(self) -> dict[str, str]:
        """Touchpoint → its stage."""
        return {t.name: s.name for s in self.params.journey.stages for t in s.touchpoints}

    @property
    def observed_until(self) -> Any:
        """The end of observation, UTC: the period's end where given, else the last interaction."""
        if not self.params.period.end:
            self.note("interactions")
        return self._observed_until

    @functools.cached_property
    def _observed_until(self) -> Any:
        return observed_until(self)

    def where_sql(self, condition: Mapping[str, Any], table: str = "interactions") -> str:
        """Turn a condition of the params into SQL.

        Args:
            condition: As `match` and `where` have it in the params.
            table: The table whose columns it names.

        Returns:
            The condition as SQL.

        Raises:
            BadInput: It names a column that the table does not have.

        Example:
            >>> study.where_sql({"event": "add_to_cart"})
        """
        return condition_sql(condition, TABLES[table].names, where=f"{self.client}: where")

    # --- what coders did since the tables were built ------------------------------------------------------------

    @functools.cached_property
    def _logs(self) -> Logs:
        return logs_of(self.client, self.workspace)

    @functools.cached_property
    def _coded(self) -> State:
        return coded_since(self, self._logs)

    @property
    def coding_problems(self) -> pd.DataFrame:
        """What in the coding logs could not be used: where, found."""
        self.note("codings", "codebook", "documents")
        return self._coded.problems

    @property
    def coding_finished(self) -> Mapping[str, frozenset[str]]:
        """Coder → the documents that coder marked as finished; coders who never marked one are not in it."""
        self.note("codings", "codebook", "documents")
        return self._coded.finished

    def refresh(self) -> None:
        """Take in what was coded since this study first looked; until then its answers do not change.

        Example:
            >>> study.refresh()
        """
        self._memory.forget("codings", "answer_codings", "codebook")
        for name in ("_logs", "_coded", "_row_counts", "_states", "sha256"):
            self.__dict__.pop(name, None)

    # --- identity of what is asked -----------------------------------------------------------------------------

    @functools.cached_property
    def data_sha256(self) -> str:
        """A hash of the content of all canonical tables."""
        parts = {name: t.get("sha256") for name, t in sorted(self._build.get("tables", {}).items())}
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @functools.cached_property
    def sha256(self) -> str:
        """A hash of the tables, the coding logs and the settings: equal hashes, equal answers."""
        parts = self.data_sha256 + params_sha256(self.params) + self._logs.sha256
        return hashlib.sha256(parts.encode()).hexdigest()

    def with_params(self, **changes: Any) -> Study:
        """Take other settings, for "what if" in a notebook.

        Args:
            **changes: Top-level sections, as the params file has them or as they were read.

        Returns:
            A study of the same tables with these settings.

        Raises:
            BadInput: A section that the params file would not take.

        Example:
            >>> study.with_params(period={"start": "2026-03-01", "end": "2026-05-31"})
        """
        return Study(with_sections(self.params, changes, f"{self.client}: with_params"), self.workspace, self._build, self.members, self.document_ids)

    def close(self) -> None:
        """Close the connection, if one was opened.

        Example:
            >>> study.close()
        """
        if "_engine" in self.__dict__:
            self._engine.close()


for _name in TABLES:
    setattr(Study, _name, Lazy(functools.partial(table_named, _name)))


def _build_state(study: Study, which: str) -> str:
    return hashlib.sha256(json.dumps([study._build, study._states], sort_keys=True, default=str).encode()).hexdigest()


reads.STATES["build"] = _build_state
