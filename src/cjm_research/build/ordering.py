"""The order of events of one instant, made the same for every engine: a number that no key of a vault decides."""

from __future__ import annotations

from ..engine.duck import Engine
from .rows import RANK, ROW, redefine
from .staging import ORDER


def order_ties(engine: Engine, notes: list[str]) -> None:
    """Number the events of a customer and instant in `in_interactions`; drops the columns `ORDER` and `ROW`.

    By source in the order of the params, then by the source's own `sequence`, and where it has none by the event's name and
    by its id as the export has it. So this comes before ids are replaced by pseudonyms. An event alone at its instant has the
    number 1 and nothing to say of an order: how the rows of an export stand changes nothing but the events of one instant.
    """
    have = engine.columns("in_interactions")
    if not have:
        return
    sequence, known = ("sequence" if "sequence" in have else "NULL", "coalesce(order_known, false)" if "order_known" in have else "false")
    left = ", ".join(c for c in (ORDER, ROW, "sequence", "order_known") if c in have)
    # few events share an instant as a rule: only these are sorted
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE tie AS SELECT {RANK}, occurred_at FROM in_interactions GROUP BY {RANK}, occurred_at HAVING count(*) > 1")
    if engine.scalar("SELECT count(*) FROM tie"):
        found = engine.query(f"""SELECT sum(n) AS tied, coalesce(sum(n) FILTER (WHERE said), 0) AS said FROM (SELECT count(*) AS n,
            bool_and({known}) AND count(DISTINCT source) = 1 AS said FROM in_interactions SEMI JOIN tie USING ({RANK}, occurred_at)
            GROUP BY {RANK}, occurred_at)""").iloc[0]
        tied, said = int(found["tied"]), int(found["said"])
        total = int(engine.scalar("SELECT count(*) FROM in_interactions"))
        notes.append(f"{tied:,} of {total:,} events share their instant with another event of the same customer: of {said:,} the exports say which came "
                     f"first, of {tied - said:,} nobody does; those stand by source, then by row or name of the event")
        _tell_repeated(engine, notes)
    # a row is known by its source and its place there
    engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE tied AS SELECT {ORDER}, {ROW}, {known} AS known,
        row_number() OVER (PARTITION BY {RANK}, occurred_at ORDER BY {ORDER}, {sequence} NULLS LAST, event, interaction_id) AS number
        FROM in_interactions SEMI JOIN tie USING ({RANK}, occurred_at)""")
    engine.con.execute("DROP TABLE tie")
    redefine(engine, f"""SELECT r.* EXCLUDE ({left}), coalesce(t.number, 1) AS sequence, t.known AS order_known
        FROM {{rows}} r LEFT JOIN tied t ON r.{ORDER} = t.{ORDER} AND r.{ROW} = t.{ROW}""" if engine.scalar("SELECT count(*) FROM tied") else
             f"SELECT * EXCLUDE ({left}), 1 AS sequence, CAST(NULL AS BOOLEAN) AS order_known FROM {{rows}}")


def _tell_repeated(engine: Engine, notes: list[str]) -> None:
    """Note the events that two sources hold alike: overlapping exports of one system count them twice."""
    found = engine.query(f"""SELECT sources, count(*) AS n FROM (SELECT list_sort(list(DISTINCT source)) AS sources FROM in_interactions SEMI JOIN tie USING ({RANK}, occurred_at)
        GROUP BY {RANK}, occurred_at, event HAVING count(DISTINCT source) > 1) GROUP BY sources ORDER BY n DESC, sources""")
    for sources, n in zip(found["sources"], found["n"], strict=True):
        notes.append(f"{int(n):,} {'events stand' if n > 1 else 'event stands'} in {' and in '.join(sources)} alike (customer, event and time) and {'count' if n > 1 else 'counts'} once for each: "
                     "where these are overlapping exports of one system, name their files as one source, or leave one out")
