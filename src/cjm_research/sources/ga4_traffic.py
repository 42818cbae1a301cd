"""Where visits came from: source, medium and campaign of one and the same touch, never of two.

A touch is an event that names a source, or bears the click id of Google Ads (gclid, gbraid, wbraid: google / cpc, unless the tags name
another paid medium). A session came from the last click that Google attributed to it where the export has that, else from its first touch. A session
without one is direct: by the rule of the last touch that was not direct it came from the same browser's latest touch within `LOOKBACK` days, a browser's
first session from where the user first came from, and any other from nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ga4_schema import CHANNEL_SQL, paid_sql

if TYPE_CHECKING:
    from ..engine import Engine
    from .base import ImportReport

LOOKBACK = 90  # days, as Google attributes
_NAMES = ("source", "medium", "campaign")
_DIRECT = "{source: '(direct)', medium: '(none)', campaign: CAST(NULL AS VARCHAR)}"
_MOMENT = "micros, page, request, in_request, touch.source, touch.medium, touch.campaign"


def _struct(*texts: str) -> str:
    return "{" + ", ".join(f"{n}: CAST({t} AS VARCHAR)" for n, t in zip(_NAMES, texts, strict=True)) + "}"


def _not_direct(struct: str) -> str:
    return (f"coalesce({struct}.source, {struct}.medium, {struct}.campaign) IS NOT NULL AND NOT (lower(coalesce({struct}.source, '')) IN ('', '(direct)', 'direct') "
            f"AND lower(coalesce({struct}.medium, '')) IN ('', '(none)', 'none', '(not set)') AND {struct}.campaign IS NULL OR coalesce(lower({struct}.source), '') = '(direct)')")


def add_traffic(engine: Engine, report: ImportReport, first_user: bool) -> bool:
    """Make the table `events` have source, medium, campaign and traffic_channel; returns whether the export tells them by session.

    first_user: by where the user first came from instead.
    """
    click = "coalesce(collected_click, param_click, page_click)"
    engine.con.execute(f"""CREATE OR REPLACE TABLE events AS SELECT *, coalesce(user_pseudo_id, user_id) AS browser,
        CASE WHEN {click} IS NOT NULL THEN {_struct("'google'", f"CASE WHEN {paid_sql('collected_medium')} THEN collected_medium ELSE 'cpc' END", "collected_campaign")}
             ELSE {_struct("collected_source", "collected_medium", "collected_campaign")} END AS touch,
        CASE WHEN coalesce(cross_source, cross_medium) IS NOT NULL THEN {_struct("cross_source", "cross_medium", "cross_campaign")}
             WHEN ads_campaign IS NOT NULL THEN {_struct("'google'", "'cpc'", "ads_campaign")}
             WHEN coalesce(manual_source, manual_medium, manual_campaign) IS NOT NULL THEN {_struct("manual_source", "manual_medium", "manual_campaign")} END AS last_click,
        {_struct("first_source", "first_medium", "first_campaign")} AS first_came FROM events""")
    tells = bool(engine.scalar("SELECT count(last_click) + count(collected_source) + count(collected_medium) + count(collected_click) > 0 FROM events"))
    if first_user:
        came = "first_came"
        engine.con.execute("CREATE OR REPLACE TABLE visits AS SELECT NULL AS browser, NULL AS session, first_came AS came FROM events LIMIT 0")
    else:
        _visits(engine)
        # without anything about sessions a visit is not called direct: the export does not say so
        came = f"coalesce(v.came, {_own()})" if tells else f"coalesce(CASE WHEN v.own THEN v.came END, {_own()}, e.first_came)"
    table = f"SELECT e.* EXCLUDE (first_came), {came} AS came FROM events e LEFT JOIN visits v ON v.browser = e.browser AND v.session = e.session"
    if not tells and not first_user:
        report.notes.append("the export tells where users first came from (traffic_source), not where sessions came from; traffic_channel says the former")
    fields = ", ".join(f"came.{n} AS {n}" for n in _NAMES)
    engine.con.execute(f"CREATE OR REPLACE TABLE events AS SELECT *, {CHANNEL_SQL} AS traffic_channel FROM "
                       f"(SELECT * EXCLUDE (came), {fields} FROM ({table}))")
    if tells and not first_user:
        again = int(engine.scalar("SELECT count(*) FROM visits WHERE how = 'earlier'"))
        if again:
            report.notes.append(f"{again:,} sessions without a source came from the same browser's latest source within {LOOKBACK} days (last touch that was "
                                "not direct); `traffic: first_user` tells where users first came from instead")
    return tells and not first_user


def _own() -> str:
    return f"CASE WHEN {_not_direct('e.touch')} THEN e.touch END"


def _visits(engine: Engine) -> None:
    """`visits`: browser, session, came (one touch), how, own (whether the session itself bears it)."""
    engine.con.execute(f"""CREATE OR REPLACE TABLE visits AS WITH visit AS (
            SELECT browser, session, min(micros) AS began, bool_or(event IN ('first_visit', 'first_open')) OR min(session_number) IS NOT DISTINCT FROM 1 AS is_first,
                first(last_click ORDER BY micros, page, request, in_request, last_click) FILTER (WHERE last_click IS NOT NULL) AS clicked,
                first(touch ORDER BY {_MOMENT}) FILTER (WHERE {_not_direct('touch')}) AS touch,
                first(first_came ORDER BY micros, first_came) AS first_came
            FROM events WHERE session IS NOT NULL GROUP BY browser, session),
        named AS (SELECT *, coalesce(CASE WHEN {_not_direct('clicked')} THEN clicked END, touch) AS own_touch FROM visit),
        earlier AS (SELECT *, last_value(own_touch IGNORE NULLS) OVER before AS old_touch,
                last_value(CASE WHEN own_touch IS NOT NULL THEN began END IGNORE NULLS) OVER before AS touched FROM named
            WINDOW before AS (PARTITION BY browser ORDER BY began, session ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
        SELECT browser, session, own_touch IS NOT NULL AS own,
            CASE WHEN own_touch IS NOT NULL THEN 'own' WHEN clicked IS NOT NULL THEN 'direct'
                WHEN began - touched <= {LOOKBACK} * 86400000000 THEN 'earlier' WHEN is_first THEN 'first' ELSE 'direct' END AS how,
            CASE how WHEN 'own' THEN own_touch WHEN 'earlier' THEN old_touch WHEN 'first' THEN first_came ELSE {_DIRECT} END AS came
        FROM earlier""")
