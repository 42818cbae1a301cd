"""Who did what: events of customers, of the company and of systems. What customers do is told from what is done to them.

The params decide (`actors:`). Where they say nothing, names that tools are known for are the company's (shipment scans, messages sent) or a
system's (opens by the proxies of mailboxes); an answer that leaves events out says which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..engine.conditions import literal, match_sql
from ..results import words
from ..results.caveats import Note
from ..tables import TABLES

if TYPE_CHECKING:
    from ..study import Study
    from .door import EventLog

#: names of events as tools write them, without case, spaces and marks: what the company or its carriers do
_MESSAGES = ("emailsent emaildelivered emailbounced emaildeferred emaildropped emailsend emailbounce receivedemail bouncedemail droppedemail emailprocessed "  # Segment, Klaviyo, Customer.io, Iterable
             "usersmessagesemailsend usersmessagesemaildelivery usersmessagesemailbounce usersmessagesemailsoftbounce usersmessagespushnotificationsend "  # Braze
             "usersmessagessmssend usersmessagessmsdelivery smssent smsdelivered sentsms receivedsms smssend pushsent pushsend pushdelivered newslettersent mailsent messagesent")
_SHIPMENT = ("handedtocarrier pretransit intransit outfordelivery delivered availableforpickup attemptfail deliveryattempted returntosender inforeceived labelprinted "  # AfterShip, EasyPost, Shopify
             "labelcreated shipped shipmentscanned shipmentscan parcelscanned orderfulfilled orderdelivered ordershipped")
COMPANY = frozenset(f"{_MESSAGES} {_SHIPMENT}".split())
#: properties by which tools mark opens that no person made, and what mailboxes' proxies call themselves
_MACHINE = ("sg_machine_open", "machine_open", "Apple Privacy Open", "prefetched")
_PROXIES = ("googleimageproxy", "yahoomailproxy")


def known_company(names: Sequence[str]) -> list[str]:
    """Those of the events' names that tools are known to write for what the company does."""
    return [n for n in names if re.sub(r"[^a-z0-9]", "", n.lower()) in COMPANY]


def others_sql(study: Study, names: Sequence[str]) -> str:
    """A condition on interactions: an event that no customer did; empty where there is none. names: the events that occur."""
    actors, columns = study.params.actors, TABLES["interactions"].names
    parts = [f"({match_sql(e, columns, 'actors')})" for e in (*actors.company, *actors.system)]
    own = [f"({match_sql(e, columns, 'actors')})" for e in actors.customer]
    known = []
    if company := known_company(names):
        known.append(f"event IN ({', '.join(map(literal, company))})")
    if opens := [n for n in names if re.search(r"open", n, re.IGNORECASE)]:
        marks = [f"lower(json_extract_string(properties, {literal(f'$.{chr(34)}{key}{chr(34)}')})) IN ('true', '1')" for key in _MACHINE]
        agents = [f"contains(lower(json_extract_string(properties, '$.\"user_agent\"')), {literal(p)})" for p in _PROXIES]
        known.append(f"event IN ({', '.join(map(literal, opens))}) AND ({' OR '.join([*marks, *agents])})")
    if known:
        parts.append(" AND ".join([f"({' OR '.join(f'({k})' for k in known)})", *(f"NOT coalesce({c}, FALSE)" for c in own)]))
    return " OR ".join(parts)


def not_theirs(study: Study) -> str:
    """The condition of interactions that no customer did (`actors` in the params, and names that tools are known for); empty where there are none.

    It looks into properties, which is slow, so it is asked once whether there is anything to leave out.
    """
    def look() -> str:
        names = [str(e) for e in study.query("SELECT DISTINCT event FROM interactions_all WHERE event IS NOT NULL ORDER BY 1")["event"]]
        others = others_sql(study, names)
        return others if others and study.scalar(f"SELECT count(*) FROM interactions_all WHERE {others}") else ""

    return study.kept("not done by customers", look)


def did_sql(study: Study, events: EventLog) -> str:
    """A condition on interactions: the customer did it."""
    others = others_sql(study, events.index.names["event"])
    return f"NOT coalesce({others}, FALSE)" if others else "true"


def not_done(study: Study, events: EventLog) -> list[str]:
    """The names of the events that no customer did, sorted."""
    others = others_sql(study, events.index.names["event"])
    if not others:
        return []
    return sorted(events.ask(f"SELECT DISTINCT event FROM log WHERE {others}")["event"])


def left_out(study: Study, names: Sequence[str]) -> list[str]:
    """What to say of events that are left out since no customer did them. names: of such events that occur."""
    if not names:
        return []
    why = "as the params say" if study.params.actors.company or study.params.actors.system else "by their names; `actors:` in the params says otherwise"
    shown = [repr(n) for n in names[:6]] + ([f"{len(names) - 6} more"] if len(names) > 6 else [])
    return [Note(f"Only what customers did is counted; the company's and systems' events are left out ({words.listing(shown)}), {why}.")]
