"""A client's tables and settings, opened: what every analysis asks."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import live
from ..coding_log import State, logs_sha256, read_logs, state
from ..engine import Engine, condition_sql, reads
from ..engine.duck import Given, readable_here
from ..errors import BadInput, NotEnoughData, TablesGone
from ..params import Params, Workspace, find_workspace, load_params, params_sha256, with_sections
from ..pins import BUILD_FILE as BUILD_FILE
from ..pins import pin_study
from ..tables import TABLES
from . import shown
from .sql import run_sql
from .tables import Lazy, Tables

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..notebook.asked import Asked

_TRIES = 5  # to open a study that erasures overtake
#: tables seen through period and members, and the time the period applies to
_TIMES: dict[str, str | None] = {
    "interactions": "occurred_at", "interactions_by_event": "occurred_at", "customers": None, "responses": "answered_at",
    "feedback": "published_at", "deals": "entered_at",
}
#: tables without a time that are seen through the members, by what ties their rows to a member
_OF_MEMBERS: dict[str, str] = {
    "identity_links": "customer_id IN (SELECT customer_id FROM member)",
    "assignments": "coalesce(customer_id, unit_id) IN (SELECT customer_id FROM member)",
    "measurements": "unit_id IN (SELECT unit_id FROM assignments)",
    "documents": "customer_id IN (SELECT customer_id FROM member)",
    "turns": "document_id IN (SELECT document_id FROM documents)",
    "codings": "document_id IN (SELECT document_id FROM documents)",
}


def _table(name: str, study: Study) -> pd.DataFrame:
    return Tables(study)[name]


class Study:
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
            if logs["sha256"] != self._overlaid:
                coded = self._coded
                engine.overlay("codings", coded.codings)
                engine.overlay("codebook", coded.codebook)
                if self.members:  # the overlay is the whole table again
                    engine.restrict("codings", self._members_sql("codings"))
                self._overlaid = logs["sha256"]
            engine.states = self._states
        return engine

    @functools.cached_property
    def _engine(self) -> Engine:
        self.check_kept()
        try:
            engine = Engine(self.folder, self.params.engine.memory_limit, self.params.engine.threads)
        except BadInput:
            self.check_kept()  # taken away while they were opened
            raise
        elsewhere = readable_here(self.params.engine.path if self.params.engine.kind == "spark" else None)
        if elsewhere:
            engine.over("interactions", elsewhere, str(self._build.get("placed", "")))
        if self.members:
            import pandas as pd

            engine.register_own("member", pd.DataFrame({"customer_id": pd.Series(self.members[1], dtype="string")}))
            engine.register_own("member_document", pd.DataFrame({"document_id": pd.Series(self.document_ids or (), dtype="string")}))
            for table in _OF_MEMBERS:
                engine.restrict(table, self._members_sql(table))
        for table, time in _TIMES.items():
            parts = [p for p in (self._period_sql(time), self._members_sql(table)) if p]
            if parts:
                engine.restrict(table, " AND ".join(parts))
        return engine

    def _period_sql(self, time: str | None) -> str:
        import pandas as pd

        period = self.params.period
        if time is None or not (period.start or period.end):
            return ""
        parts = []
        for day, op, extra in ((period.start, ">=", 0), (period.end, "<", 1)):
            if day:
                at = (pd.Timestamp(day) + pd.Timedelta(days=extra)).tz_localize(self.params.timezone)
                parts.append(f"{time} {op} TIMESTAMPTZ '{at.tz_convert('UTC').isoformat()}'")
        # rows without a time are kept: they cannot be said to lie outside
        return f"({time} IS NULL OR ({' AND '.join(parts)}))"

    def _members_sql(self, table: str) -> str:
        if not self.members:
            return ""
        if table == "documents" and self.document_ids is not None:
            return "document_id IN (SELECT document_id FROM member_document)"
        if table == "responses":  # a survey that is linked to nobody: its members are its respondents
            return "coalesce(customer_id, response_id) IN (SELECT customer_id FROM member)"
        return _OF_MEMBERS.get(table, "customer_id IN (SELECT customer_id FROM member)")

    @property
    def view_key(self) -> str:
        """What this study is restricted to beyond its params, for caches."""
        if not self.members:
            return ""
        who = "\n".join(self.members[1])
        talks = "" if self.document_ids is None else "\n\n" + "\n".join(self.document_ids)
        return self.members[0] + hashlib.sha256((who + talks).encode()).hexdigest()

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
        if self._logs["sha256"]:
            with reads.unrecorded():
                counts |= {"codings": len(self._coded.codings), "codebook": len(self._coded.codebook)}
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
        tables = self._build.get("tables", {})
        own = {name: str(tables.get(name, {}).get("sha256", "")) for name in TABLES}
        coded = [*(own[n] for n in ("codings", "codebook", "documents")), self._logs["sha256"]]
        return own | {n: hashlib.sha256(json.dumps([n, *coded]).encode()).hexdigest() for n in ("codings", "codebook")}

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
        import pandas as pd

        if self.params.period.end:
            end = pd.Timestamp(self.params.period.end) + pd.Timedelta(days=1)
            return end.tz_localize(self.params.timezone).tz_convert("UTC")
        # as a number: DuckDB wants pytz to hand out a time with a zone
        last = self.scalar("SELECT epoch_us(max(occurred_at)) FROM interactions")
        return pd.Timestamp(last, unit="us", tz="UTC") if last is not None else None

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
    def _logs(self) -> dict[str, Any]:
        logs = read_logs(self.workspace.codings(self.client))
        return {"logs": logs, "sha256": logs_sha256(logs)}

    @functools.cached_property
    def _coded(self) -> State:
        built = self._engine.built
        found = state(self._logs["logs"], built("codebook"), built("codings"), built("documents"), self.params.journey)
        if not self._logs["sha256"]:
            return found
        from ..privacy.erasures import Erasures
        from ..privacy.later import later_masker

        # memos, and quotes whose place was lost, were written before or beside the masking of the tables
        erasures = Erasures(self.workspace.live.erasures(self.client))
        masker = later_masker(self.workspace.vault(self.client), erasures, pseudonymise=self.params.privacy.pseudonymise) if self.params.privacy.mask_text else None
        return found.masked(lambda text: masker.mask(text).text) if masker else found

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
        parts = self.data_sha256 + params_sha256(self.params) + self._logs["sha256"]
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

    # --- what a researcher sees and types --------------------------------------------------------------------------

    #: the questions, each with its options: `study.ask.funnel("purchase", window="7 days")`
    ask: Lazy[Asked] = Lazy(lambda study: importlib.import_module("cjm_research.notebook.asked").Asked(study))  # of a room above: imported when used
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
        return importlib.import_module("cjm_research.analysis.own").question(self, lane=lane, stage=stage, touchpoint=touchpoint)

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
        return importlib.import_module("cjm_research.analysis.own").share(self, counted, of=of, says=says, table=table, per=per)

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
        return importlib.import_module("cjm_research.analysis.own").mean(self, value, unit=unit, of=of, says=says, table=table, per=per)

    def __repr__(self) -> str:
        return shown.as_line(self)

    def _repr_html_(self) -> str:
        return shown.as_html(self)

    def _ipython_display_(self) -> None:
        live.display_once(self, self._repr_html_, repr(self))


for _name in TABLES:
    setattr(Study, _name, Lazy(functools.partial(_table, _name)))


def _build_state(study: Study, which: str) -> str:
    return hashlib.sha256(json.dumps([study._build, study._states], sort_keys=True, default=str).encode()).hexdigest()


reads.STATES["build"] = _build_state


def open_study(client: str, workspace: Workspace | Path | str | None = None, **overrides: Any) -> Study:
    """Open a client's study. Raises `BadInput` where params are wrong or the tables are not built yet.

    workspace: a `Workspace` or a folder; default: found from the current folder. `overrides` replace
    top-level sections of the params (`period`, `timezone`, …). Tables are pinned while the study is used; in a chapter that a
    report runs, everything is as that run pinned it.
    """
    given = workspace if isinstance(workspace, Workspace) else find_workspace(Path(workspace) if workspace else None)
    for _ in range(_TRIES):
        place = pin_study(client, given)
        params = load_params(client, place, overrides)
        try:
            return Study(params, place, json.loads((place.tables(client) / BUILD_FILE).read_text(encoding="utf-8")))
        except TablesGone:
            continue  # an erasure took them between pinning and reading
        except FileNotFoundError:
            if place.pin is None or place.pin.folder.is_dir():
                raise BadInput(f"client {client}", "its tables are not built yet", "built tables", f"cjm build {client}") from None
    raise TablesGone(client)
