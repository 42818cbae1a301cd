"""Where visits came from: source, medium and campaign of one and the same touch, never of two.

A touch is an event that tells a source, and its source, medium and campaign are of one place of that event, the first that names any of them:
collected_traffic_source, the event's parameters (which older exports have alone), the utm_* of the page's address. A click id outweighs tags
that are not paid ones of its own network: gclid, gbraid and wbraid are Google Ads (google / cpc), dclid is Display & Video 360 and Campaign
Manager (dfa / cpm); medium and campaign are then those of the place that bears the id, where its medium is a paid one. Other click ids (msclkid,
fbclid) tell nothing: Google derives no source from them. A referral from the page's own host, or one marked ignore_referrer, is no touch.
A session came from the last click that Google attributed to it where the export has that, else from its first touch. A session
without one is direct: by the rule of the last touch that was not direct it came from the same browser's latest touch within `LOOKBACK` days, a browser's
first session from where the user first came from, and any other from nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ga4_schema import CHANNEL_SQL, paid_sql

if TYPE_CHECKING:
    from ...engine import Engine
    from ..contract import ImportReport

LOOKBACK = 90  # days, as Google attributes
#: the places of an event that tell its source, strongest first: the prefixes of their fields
PLACES = ("collected", "param", "page")
_NAMES = ("source", "medium", "campaign")
_DIRECT = "{source: '(direct)', medium: '(none)', campaign: CAST(NULL AS VARCHAR)}"
_MOMENT = "micros, page, request, in_request, touch.source, touch.medium, touch.campaign"


def _struct(*texts: str) -> str:
    return "{" + ", ".join(f"{n}: CAST({t} AS VARCHAR)" for n, t in zip(_NAMES, texts, strict=True)) + "}"


def _not_direct(struct: str) -> str:
    return (f"coalesce({struct}.source, {struct}.medium, {struct}.campaign) IS NOT NULL AND NOT (lower(coalesce({struct}.source, '')) IN ('', '(direct)', 'direct') "
            f"AND lower(coalesce({struct}.medium, '')) IN ('', '(none)', 'none', '(not set)') AND {struct}.campaign IS NULL OR coalesce(lower({struct}.source), '') = '(direct)')")


def _tags(place: str) -> str:
    return _struct(*(f"{place}_{n}" for n in _NAMES))


def _touch() -> str:
    """SQL of an event's touch: the tags of its first place that has any, unless a click id says otherwise."""
    own = ("lower(coalesce(param_medium, '')) = 'referral' AND (ignore_referrer OR page_host IS NOT NULL AND (page_host = {0} OR "
           "ends_with(page_host, '.' || {0}) OR ends_with({0}, '.' || page_host)))").format("regexp_replace(lower(param_source), '^www[.]', '')")
    # events have parameters of their own called source ("banner"): alone it tells where a visit came from only where a page was opened
    meant = "(param_medium IS NOT NULL OR param_campaign IS NOT NULL OR event IN ('page_view', 'session_start', 'first_visit', 'first_open', 'screen_view'))"
    there = {p: f"coalesce({p}_source, {p}_medium, {p}_campaign) IS NOT NULL" for p in PLACES}
    there["param"] += f" AND {meant} AND NOT coalesce({own}, FALSE)"
    sql = f"CASE {' '.join(f'WHEN {is_there} THEN {_tags(p)}' for p, is_there in there.items())} END"
    for id_, source, medium, network in (("display", "dfa", "cpm", "('dfa', 'dv360', 'dbm', 'dcm', 'doubleclick', 'cm360')"), ("click", "google", "cpc", "('google')")):
        clicked = f"coalesce({', '.join(f'{p}_{id_}' for p in PLACES)}) IS NOT NULL"
        at = " ".join(f"WHEN {p}_{id_} IS NOT NULL THEN " + _struct(f"'{source}'", f"CASE WHEN {paid_sql(f'{p}_medium')} THEN {p}_medium ELSE '{medium}' END",
                                                                    f"{p}_campaign") for p in PLACES)
        sql = (f"CASE WHEN {clicked} AND NOT coalesce(lower(({sql}).source) IN {network} AND {paid_sql(f'({sql}).medium')}, FALSE) "
               f"THEN CASE {at} END ELSE {sql} END")
    return sql


def add_traffic(engine: Engine, report: ImportReport, first_user: bool) -> bool:
    """Make the table `events` have source, medium, campaign and traffic_channel; returns whether the export tells them by session.

    first_user: by where the user first came from instead.
    """
    engine.con.execute(f"""CREATE OR REPLACE TABLE events AS SELECT *, coalesce(user_pseudo_id, user_id) AS browser, {_touch()} AS touch,
        CASE WHEN coalesce(cross_source, cross_medium) IS NOT NULL THEN {_tags("cross")}
             WHEN ads_campaign IS NOT NULL THEN {_struct("'google'", "'cpc'", "ads_campaign")}
             WHEN coalesce(manual_source, manual_medium, manual_campaign) IS NOT NULL THEN {_tags("manual")} END AS last_click,
        {_tags("first")} AS first_came FROM events""")
    # addresses and their click ids tell of the visits that have them; that others are direct follows only from fields made for it
    told = " + ".join(f"count({c})" for c in ("last_click", "collected_source", "collected_medium", "collected_click", "collected_display", "param_medium"))
    tells = bool(engine.scalar(f"SELECT {told} > 0 FROM events"))
    if first_user:
        came = "first_came"
        engine.con.execute("CREATE OR REPLACE TABLE visits AS SELECT NULL AS browser, NULL AS session, first_came AS came FROM events LIMIT 0")
    else:
        _visits(engine)
        # without anything about sessions a visit is not called direct: the export does not say so
        came = f"coalesce(v.came, {_own()})" if tells else f"coalesce(CASE WHEN v.own THEN v.came END, {_own()}, e.first_came)"
    table = f"SELECT e.* EXCLUDE (first_came), {came} AS came FROM events e LEFT JOIN visits v ON v.browser = e.browser AND v.session = e.session"
    if not tells and not first_user:
        own = int(engine.scalar("SELECT count(*) FROM visits WHERE own"))
        report.notes.append("the export tells where users first came from (traffic_source), not where sessions came from"
                            + (f", but for {own:,} sessions whose parameters or addresses do" if own else "")
                            + f"; traffic_channel{' of the others' if own else ''} says the former")
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
