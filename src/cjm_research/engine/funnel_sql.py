"""A funnel as one SQL statement: what a reviewer runs to get a number back, and what runs where arrays do not fit.

The same rule as `engine.sequence`, for ordered, strict and (where steps share no event) unordered funnels, in
DuckDB's dialect: a chain of ASOF joins, one per step. Slower than the kernel by about ten times, but it spills to
disk and needs nothing but the canonical tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..tables import IN_ORDER
from .sequence import Rule

FAR = 9_223_372_036_854_775_807  # stands for "no limit", µs
#: an instant that is also reached another way was not stopped by an exclusion
_STOPPED = "SELECT * REPLACE (dropped AND NOT bool_or(NOT cut) OVER (PARTITION BY u, t) AS dropped) FROM ({})"


@dataclass(frozen=True)
class SqlStep:
    """One step: a condition on `interactions`, and whether only a customer's first such event counts."""

    condition: str
    first_ever: bool = False


@dataclass(frozen=True)
class SqlExclusion:
    """Events that must not lie between two steps (0-based); see `sequence.Exclusion`."""

    condition: str
    after: int
    before: int
    drops: bool

    def covers(self, source: int, step: int) -> bool:
        """Whether the way from one step to another crosses the forbidden stretch."""
        return self.after < step and source < self.before


def chains_sql(steps: Sequence[SqlStep], rule: Rule, exclusions: Sequence[SqlExclusion] = (), *, shared: bool = False,
               unit: str = "customer_id", source: str = "interactions", history: str = "interactions_all", ends: str = "") -> str | None:
    """A query with one row for everybody who entered and was not excluded; None where it has no SQL.

    Columns: id; depth; t1 … tn, µs, NULL where the deciding attempt does not hold the step; first_start; open_until: the last
    instant at which an attempt could still go on. unit: column of who is counted. source: a table, view or subquery
    with the columns of `interactions`; history: where a customer's first-ever events are looked for. shared: whether
    an event may match two steps. ends: a condition on events after which nothing can follow.
    """
    if shared and (rule.order == "unordered" or rule.optional or rule.grace):
        return None
    ctes = [f"log AS (SELECT {unit} AS u, epoch_us(occurred_at) AS t, interaction_id AS o, * FROM {source} WHERE {unit} IS NOT NULL)"]
    if rule.order == "strict":
        ctes.append("instant AS (SELECT u, t, row_number() OVER (PARTITION BY u ORDER BY t) AS r, "
                    "lead(t) OVER (PARTITION BY u ORDER BY t) IS NULL AS is_last FROM (SELECT DISTINCT u, t FROM log))")
    ctes += [f"x{i} AS (SELECT DISTINCT u, t FROM log WHERE {e.condition})" for i, e in enumerate(exclusions)]
    if ends:
        ctes.append(f"finis AS (SELECT u, max(t) AS t FROM log WHERE {ends} GROUP BY u)")
    if rule.order == "share":
        return ("WITH " + ",\n".join(ctes) + f"\nSELECT u AS id, CASE WHEN t2 IS NULL THEN 1 ELSE 2 END AS depth, t1, t2, t1 AS first_start, CASE WHEN t2 IS NULL THEN {FAR} END AS open_until "
                f"FROM (SELECT u, min(t) FILTER ({steps[0].condition}) AS t1, min(t) FILTER ({steps[1].condition}) AS t2 FROM log GROUP BY u) WHERE t1 IS NOT NULL")
    writer = _Unordered if rule.order == "unordered" else _Shared if shared else _Ordered
    body = writer(steps, rule, exclusions, history)
    body.ends = bool(ends)
    return "WITH " + ",\n".join(ctes + body.ctes()) + "\n" + body.select()


class _Base:
    ends = False  # whether there are any

    def __init__(self, steps: Sequence[SqlStep], rule: Rule, exclusions: Sequence[SqlExclusion], history: str) -> None:
        self.steps, self.rule, self.exclusions, self.history = steps, rule, exclusions, history
        self.n = len(steps)
        self.window = FAR if rule.window is None else rule.window

    def events(self, k: int, columns: str = "u, t, o") -> str:
        """The events of a step."""
        step = self.steps[k]
        if not step.first_ever:
            return f"SELECT {columns} FROM log WHERE {step.condition}"
        return (f"SELECT {columns} FROM log WHERE interaction_id IN (SELECT interaction_id FROM {self.history} WHERE {step.condition} "
                f"QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY {IN_ORDER}) = 1)")

    def instants(self, k: int) -> str:
        """The instants of a step, with their number where the order is strict."""
        if self.rule.order == "strict":
            return f"s{k} AS (SELECT DISTINCT u, t, r FROM ({self.events(k)}) JOIN instant USING (u, t))"
        return f"s{k} AS (SELECT DISTINCT u, t FROM ({self.events(k)}))"

    def first(self) -> str:
        """Which entries may begin an attempt."""
        if self.rule.start == "best":
            return ""
        return f" QUALIFY t = {'min' if self.rule.start == 'first' else 'max'}(t) OVER (PARTITION BY u)"

    def in_reach(self, step: int) -> str:
        """Whether event x carries on attempt p."""
        parts = [f"x.t - p.t1 <= {self.window}"] if self.rule.window is not None else []
        limit = self.rule.step_window(step)
        if limit is not None:
            parts.append(f"x.t - p.t <= {limit}")
        if self.rule.order == "strict":
            parts.append("x.r - p.r <= 1")
        return " AND ".join(parts) or "true"

    def crossed(self, source: int, step: int) -> tuple[str, str, str]:
        """(joins, whether any exclusion lies between p and x, whether a dropping one does)."""
        joins, cut, drop = [], ["false"], ["false"]
        for i, e in enumerate(self.exclusions):
            if e.covers(source, step):
                joins.append(f"ASOF LEFT JOIN x{i} ON x{i}.u = a.u AND x{i}.t < a.t")
                cut.append(f"coalesce(x{i}.t > a.pt, false)")
                if e.drops:
                    drop.append(f"coalesce(x{i}.t > a.pt, false)")
        return " ".join(joins), " OR ".join(cut), " OR ".join(drop)

    def following(self, step: int, drops_only: bool) -> list[int]:
        """The exclusions that may end an attempt that stands at `step` (all of them, or those that drop)."""
        found = []
        for i, e in enumerate(self.exclusions):
            skips = e.after > step and all(self.rule.is_optional(s) for s in range(step + 1, e.after + 1))
            if (e.drops or not drops_only) and (e.after <= step < e.before or (skips and drops_only)):
                found.append(i)
        return found

    def result_ctes(self) -> list[str]:
        """From levels c0 … to one row a customer."""
        out = []
        for k in range(self.n):
            out.append(f"f{k} AS (SELECT * FROM c{k} QUALIFY row_number() OVER (PARTITION BY u ORDER BY t, t1 DESC) = 1)")
        depth = " ".join(f"WHEN f{k}.u IS NOT NULL THEN {k + 1}" for k in range(self.n - 1, 0, -1))
        joins = " ".join(f"LEFT JOIN f{k} USING (u)" for k in range(1, self.n))
        out.append("entered AS (SELECT u, t AS first_start FROM f0)")
        out.append(f"depth AS (SELECT f0.u, CASE {depth} ELSE 1 END AS depth FROM f0 {joins})")
        out += self._spoiled()
        out += self._deciding()
        out += self._open()
        return out

    def _spoiled(self) -> list[str]:
        parts = [f"SELECT DISTINCT u, {k + 1} AS level FROM a{k} WHERE dropped" for k in range(1, self.n)
                 if any(e.drops for e in self.exclusions)]
        body = " UNION ALL ".join(parts) or "SELECT NULL AS u, 0 AS level WHERE false"
        return [f"spoiled AS (SELECT u, max(level) AS level FROM ({body}) GROUP BY u)"]

    def _deciding(self) -> list[str]:
        out = []
        for k in range(self.n):
            ends = self.following(k, drops_only=True) if k < self.n - 1 else []
            columns = ", ".join(f"{f'c.t{j + 1}' if j <= k else 'NULL::BIGINT'} AS t{j + 1}" for j in range(self.n))
            joins = " ".join(f"ASOF LEFT JOIN x{i} ON x{i}.u = c.u AND x{i}.t > c.t" for i in ends)
            clean = "".join(f" AND NOT coalesce(x{i}.t - c.t1 <= {self.window}, false)" for i in ends)
            # of attempts that meet at an instant the one with the later start carries on
            last = f"(SELECT * FROM c{k} QUALIFY t1 = max(t1) OVER (PARTITION BY u, t))"
            out.append(f"d{k} AS (SELECT c.u, d.depth, {columns} FROM {last} c JOIN depth d ON d.u = c.u AND d.depth = {k + 1} {joins} "
                       f"WHERE true{clean} QUALIFY row_number() OVER (PARTITION BY c.u ORDER BY c.t, c.t1 DESC) = 1)")
        return out

    def _open(self) -> list[str]:
        parts = []
        for k in range(self.n - 1):
            over = "t1 + " + str(self.window) if self.rule.window is not None else str(FAR)
            last = f"SELECT * FROM c{k} QUALIFY row_number() OVER (PARTITION BY u ORDER BY t DESC, t1 DESC) = 1"
            for following in self.rule.may_follow(k, self.n):
                limit = self.rule.step_window(following)
                end = over if limit is None else f"least({over}, t + {limit})"
                closed = [f"NOT EXISTS (SELECT 1 FROM x{i} WHERE x{i}.u = l.u AND x{i}.t > l.t)"
                          for i, e in enumerate(self.exclusions) if e.covers(k, following)]
                if self.ends:
                    closed.append("NOT EXISTS (SELECT 1 FROM finis WHERE finis.u = l.u AND finis.t >= l.t)")
                if (self.exclusions or self.ends) and self.rule.takes_first:  # an attempt that went on does not stand here too
                    closed += [f"NOT EXISTS (SELECT 1 FROM c{j} m WHERE m.u = l.u AND m.t1 = l.t1)" for j in range(k + 1, self.n)]
                if self.rule.order == "strict":
                    closed.append("EXISTS (SELECT 1 FROM instant i WHERE i.u = l.u AND i.t = l.t AND i.is_last)")
                parts.append(f"SELECT u, {end} AS until FROM ({last}) l WHERE {' AND '.join(closed) or 'true'}")
        body = " UNION ALL ".join(parts) or "SELECT NULL AS u, 0 AS until WHERE false"
        return [f"open AS (SELECT u, max(until) AS open_until FROM ({body}) GROUP BY u)"]

    def select(self) -> str:
        """The last part of the statement."""
        columns = ", ".join(f"t{j + 1}" for j in range(self.n))
        every = " UNION ALL ".join(f"SELECT * FROM d{k}" for k in range(self.n))
        return (f"SELECT u AS id, depth, {columns}, first_start, open_until FROM ({every}) JOIN entered USING (u) "
                "LEFT JOIN spoiled USING (u) LEFT JOIN open USING (u) WHERE coalesce(level, 0) <= depth")


class _Ordered(_Base):
    """Steps without common events: each instant looks back to the last attempt that stands before it."""

    def ctes(self) -> list[str]:
        """All parts in order."""
        out = [self.instants(k) for k in range(self.n)]
        rank = ", r" if self.rule.order == "strict" else ""
        out.append(f"c0 AS (SELECT u, t{rank}, t AS t1 FROM s0{self.first()})")
        for k in range(1, self.n):
            sources = self.rule.sources(k)
            parts = [self._arrivals(i, k) for i in sources]
            out.append(f"a{k} AS ({_STOPPED.format(' UNION ALL '.join(parts))})")
            keep = f"SELECT * EXCLUDE (cut, dropped, source, pt) FROM a{k} WHERE NOT cut"
            if len(sources) > 1:
                keep += " QUALIFY row_number() OVER (PARTITION BY u, t ORDER BY t1 DESC, source DESC) = 1"
            if self.rule.takes_first:
                keep = f"SELECT * FROM ({keep}) QUALIFY row_number() OVER (PARTITION BY u, t1 ORDER BY t) = 1"
            out.append(f"c{k} AS ({keep})")
        return out + self.result_ctes()

    def _arrivals(self, source: int, step: int) -> str:
        times = ", ".join(f"p.t{j + 1}" for j in range(source + 1))
        skipped = "".join(f", NULL::BIGINT AS t{j + 1}" for j in range(source + 1, step))
        rank = ", x.r" if self.rule.order == "strict" else ""
        reach = f"x.t + {self.rule.grace}" if self.rule.grace else "x.t"
        found = (f"SELECT x.u, x.t{rank}, {times}{skipped}, x.t AS t{step + 1}, p.t AS pt, {source} AS source "
                 f"FROM (SELECT *, {reach} AS reach FROM s{step} x) x ASOF JOIN c{source} p ON x.u = p.u AND x.reach >= p.t WHERE {self.in_reach(step)}")
        joins, cut, drop = self.crossed(source, step)
        return f"SELECT a.*, ({cut}) AS cut, ({drop}) AS dropped FROM ({found}) a {joins}"


class _Shared(_Base):
    """Steps with common events: at one instant an attempt remembers which kinds of event it has used.

    kind: the steps an event matches, as bits; nth: its number among those of its kind at its instant. Events of a
    kind are used in that order, so that equal choices are looked at once.
    """

    def ctes(self) -> list[str]:
        """All parts in order."""
        flags = ", ".join(f"coalesce(o IN (SELECT o FROM ({self.events(k)})), false) AS m{k}" for k in range(self.n))
        bits = " + ".join(f"m{k}::INT * {1 << k}" for k in range(self.n))
        rank = "JOIN instant USING (u, t)" if self.rule.order == "strict" else ""
        out = [f"marked AS (SELECT u, t, o, {flags} FROM log)",
               f"ev AS (SELECT *, {bits} AS kind, row_number() OVER (PARTITION BY u, t, {bits} ORDER BY o) AS nth "
               f"FROM marked {rank} WHERE {bits} > 0)"]
        r = ", r" if rank else ""
        out.append(f"c0 AS (SELECT DISTINCT u, t{r}, t AS t1, [kind] AS used FROM ev WHERE m0 AND nth = 1{self.first()})")
        for k in range(1, self.n):
            times = ", ".join(f"p.t{j + 1}" for j in range(k))
            x_r = ", x.r" if r else ""
            earlier = (f"SELECT x.u, x.t{x_r}, {times}, x.t AS t{k + 1}, p.t AS pt, [x.kind] AS used FROM (SELECT * FROM ev WHERE m{k} AND nth = 1) x "
                       f"ASOF JOIN (SELECT * FROM c{k - 1} QUALIFY row_number() OVER (PARTITION BY u, t ORDER BY t1 DESC) = 1) p "
                       f"ON x.u = p.u AND x.t > p.t WHERE {self.in_reach(k)}")
            joins, cut, drop = self.crossed(k - 1, k)
            same = (f"SELECT x.u, x.t{x_r}, {times}, x.t AS t{k + 1}, p.t AS pt, list_sort(list_append(p.used, x.kind)) AS used "
                    f"FROM (SELECT * FROM ev WHERE m{k}) x JOIN c{k - 1} p ON x.u = p.u AND x.t = p.t "
                    "WHERE len(list_filter(p.used, lambda y: y = x.kind)) = x.nth - 1")
            both = (f"SELECT a.*, ({cut}) AS cut, ({drop}) AS dropped FROM ({earlier}) a {joins} "
                    f"UNION ALL SELECT *, false, false FROM ({same})")
            out.append(f"a{k} AS ({_STOPPED.format(both)})")
            keep = (f"SELECT * EXCLUDE (cut, dropped, pt) FROM a{k} WHERE NOT cut "
                    "QUALIFY row_number() OVER (PARTITION BY u, t, used ORDER BY t1 DESC) = 1")
            if self.rule.takes_first:
                keep = f"SELECT * FROM ({keep}) QUALIFY rank() OVER (PARTITION BY u, t1 ORDER BY t) = 1"
            out.append(f"c{k} AS ({keep})")
        return out + self.result_ctes()


class _Unordered(_Base):
    """Every event opens a window; each step is served by its first event in it."""

    def ctes(self) -> list[str]:
        """All parts in order."""
        out = [self.instants(k) for k in range(self.n)]
        union = " UNION ".join(f"SELECT u, t FROM s{k}" for k in range(self.n))
        first = " QUALIFY t = min(t) OVER (PARTITION BY u)" if self.rule.start == "first" else ""
        ends = f"o.t + {self.window}" if self.rule.window is not None else str(FAR)
        joins = " ".join(f"ASOF LEFT JOIN x{i} ON x{i}.u = o.u AND x{i}.t > o.t" for i in range(len(self.exclusions)))
        cut = ", ".join(["FAR.v", *(f"coalesce(x{i}.t, FAR.v)" for i in range(len(self.exclusions)))])
        drop = " OR ".join([f"coalesce(x{i}.t <= {ends}, false)" for i, e in enumerate(self.exclusions) if e.drops] or ["false"])
        out.append(f"opens AS (SELECT o.u, o.t, {ends} AS until, least({ends}, {cut}) AS ends, ({drop}) AS met "
                   f"FROM (SELECT u, t FROM ({union}){first}) o CROSS JOIN (SELECT {FAR} AS v) FAR {joins})")
        served = ", ".join(f"CASE WHEN s{k}.t <= o.ends THEN s{k}.t END AS v{k}" for k in range(self.n))
        steps = " ".join(f"ASOF LEFT JOIN s{k} ON s{k}.u = o.u AND s{k}.t >= o.t" for k in range(self.n))
        values = ", ".join(f"v{k}" for k in range(self.n))
        out.append(f"w AS (SELECT o.*, list_sort(list_filter([{values}], lambda y: y IS NOT NULL)) AS times "
                   f"FROM (SELECT o.*, {served} FROM opens o {steps}) o)")
        out.append(f"kept AS (SELECT *, len(times) AS depth FROM w WHERE NOT (met AND len(times) < {self.n}))")
        out.append("best AS (SELECT * FROM kept QUALIFY row_number() OVER (PARTITION BY u ORDER BY depth DESC, times[depth], t DESC) = 1)")
        out.append("open AS (SELECT u, min(t) AS first_start, "
                   f"max(CASE WHEN ends = until{self._not_over()} THEN until END) AS open_until FROM kept GROUP BY u)")
        return out

    def _not_over(self) -> str:
        return " AND NOT EXISTS (SELECT 1 FROM finis WHERE finis.u = kept.u AND finis.t >= coalesce(times[depth], kept.t))" if self.ends else ""

    def select(self) -> str:
        """The last part of the statement."""
        columns = ", ".join(f"times[{j + 1}] AS t{j + 1}" for j in range(self.n))
        return f"SELECT u AS id, depth, {columns}, first_start, open_until FROM best JOIN open USING (u)"
