"""Who is who in the records: raw keys become customers, those who said no or asked to be erased are left out."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pyarrow as pa

from ..engine import literal
from ..engine.duck import Engine
from ..engine.log_index import LogIndex
from ..errors import BadInput
from ..identity import KEY, Identities, resolve
from ..params import Params
from ..privacy import Vault
from ..privacy.erasures import Erasures
from ..shapes import Json
from ..tables import TABLES
from .staging import ORDER, Staged


def all_keys(staged: list[Staged]) -> pd.DataFrame:
    """Every key of every source, once."""
    frames = [keys for keys in (s.keys for s in staged) if len(keys)]
    if len(frames) == 1:  # of one source each is there once
        return frames[0]
    return pd.concat(frames, ignore_index=True).drop_duplicates() if frames else pd.DataFrame(columns=KEY, dtype="string")


def who_is_who(staged: list[Staged], params: Params, vault: Vault, erasures: Erasures) -> Identities:
    """Every key with its person, by what the sources and params say. Raises `BadInput` where a key would join many ids."""
    keys, pairs = all_keys(staged), [s.same_person for s in staged if s.same_person is not None]
    apart: set[tuple[str, str]] = set()
    if params.identity.keep_apart:
        known = pd.concat([keys, *(p[[f"key_type_{e}", f"key_{e}"]].set_axis(KEY, axis=1) for p in pairs for e in "ab")]).dropna().drop_duplicates()
        names = vault.pseudonyms((known["key_type"] + "|" + known["key"]).astype("string"), "k")
        for name in params.identity.keep_apart:
            found = known[(known["key"] == name) | (names == name) | (known["key"].str.lower() == name.strip().lower())]
            if found.empty and any(erasures.holds("setting", [name.strip().lower()])):
                continue  # their keys are gone
            if found.empty:
                raise BadInput("identity.keep_apart", f"no key of the exports is {name!r}", "an identifier of the exports, or its pseudonym k_… in identity_links",
                               "correct it or take it out")
            apart.update(found.itertuples(index=False, name=None))
    return resolve(keys, pairs, kinds=params.identity.kinds, allow=params.identity.allow, apart=apart)


def register_persons(engine: Engine, named: pd.DataFrame, vault: Vault) -> None:
    """`person`: key_type, key, source-free customer_id, key pseudonym, reason; without erased persons. named: keys with what `customer_ids` says."""
    erased = vault.erased()
    frame = named
    if erased:
        gone = set(frame.loc[frame["key"].isin(erased) | frame["customer_id"].isin(erased), "customer_id"])
        frame = frame[~frame["customer_id"].isin(gone)]
    engine.register("person_frame", frame[[*KEY, "customer_id", "key_pseudonym", "reason"]])
    engine.con.execute("CREATE TEMP TABLE person AS SELECT * FROM person_frame")


def customer_ids(keys: pd.DataFrame, vault: Vault) -> pd.DataFrame:
    """The keys with the pseudonym of their customer and their own: customer_id, key_pseudonym."""
    frame = keys.copy()
    first = frame.drop_duplicates("person").set_index("person")
    names = vault.pseudonyms((first["key_type"] + "|" + first["key"]).astype("string"), "c")
    frame["customer_id"] = names.array.take(names.index.get_indexer(frame["person"]))
    frame["key_pseudonym"] = vault.pseudonyms((frame["key_type"] + "|" + frame["key"]).astype("string"), "k")
    return frame


def with_persons(engine: Engine, name: str) -> None:
    """Replace raw keys by customer_id; those of interactions are replaced where they are gathered."""
    if "customer_key" not in engine.columns(f"in_{name}"):
        return
    # a person who asked to be erased has no entry in `person`: whatever carries their key goes
    engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_{name} AS SELECT i.* EXCLUDE (key_type, customer_key), p.customer_id FROM in_{name} i
        LEFT JOIN person p ON i.key_type = p.key_type AND i.customer_key = p.key WHERE i.customer_key IS NULL OR p.customer_id IS NOT NULL""")


def drop_without_consent(engine: Engine, staged: list[Staged], notes: list[str]) -> None:
    """Leave out all records of customers who did not consent, and say how many they are.

    That is who says no in any source, and who is in a source that asks and says yes in none.
    """
    parts = []
    for i, s in enumerate(staged):
        if "customers" in s.tables:  # a source that has no such column does not ask
            asked = any(r[0] == "consent" for r in engine.con.execute(f"DESCRIBE {s.select('customers')}").fetchall())
            parts.append(f"SELECT *, {i} AS {ORDER}, {str(asked).lower()} AS asked FROM ({s.select('customers')})")
    if not parts:
        return
    engine.con.execute("CREATE OR REPLACE TEMP TABLE in_customers AS " + " UNION ALL BY NAME ".join(parts))
    with_persons(engine, "customers")
    if "consent" not in engine.columns("in_customers"):
        return
    # one no outweighs every yes; without a no or yes a column that asks was left empty, which is no consent
    engine.con.execute("""CREATE OR REPLACE TEMP TABLE refused AS SELECT customer_id, coalesce(bool_or(NOT CAST(consent AS BOOLEAN)), false) AS said_no FROM in_customers
        WHERE asked AND customer_id IS NOT NULL GROUP BY customer_id HAVING NOT coalesce(bool_and(CAST(consent AS BOOLEAN)), false)""")
    count, silent = engine.con.execute("SELECT count(*), count(*) FILTER (NOT said_no) FROM refused").fetchall()[0]
    if not count:
        return
    none = f" ({silent:,} of them gave no answer, which is no consent)" if silent else ""
    notes.append(f"{count:,} {_customers(count)} did not consent to analysis{none}; all their records are left out")
    for name in TABLES:
        if name != "interactions" and "customer_id" in engine.columns(f"in_{name}"):  # those are joined with `person`
            engine.con.execute(f"DELETE FROM in_{name} WHERE customer_id IN (SELECT customer_id FROM refused)")
    for name in ("person", "person_code"):
        if engine.columns(name):
            engine.con.execute(f"DELETE FROM {name} WHERE customer_id IN (SELECT customer_id FROM refused)")


def customers(engine: Engine, staged: list[Staged], notes: list[str], log: LogIndex | None) -> None:
    """customers: everybody with a record; attributes merged over the sources in their order. log: the interactions as they were written."""
    seen = []
    if log is not None:  # of very many rows: of each customer the ends, which lie at the borders
        first = log.log.first
        engine.register("log_ends", pa.table({"customer_id": log.customers, "low": log.log.t[first[:-1]], "high": log.log.t[first[1:] - 1]}))
        seen.append("SELECT customer_id, make_timestamptz(unnest([low, high])) AS at FROM log_ends")
    for name, time in (("responses", "answered_at"), ("feedback", "published_at"), ("deals", "entered_at")):
        if "customer_id" in (columns := engine.columns(f"in_{name}")):
            at = f"CAST({time} AS TIMESTAMPTZ)" if time in columns else "CAST(NULL AS TIMESTAMPTZ)"
            seen.append(f"SELECT customer_id, {at} AS at FROM in_{name} WHERE customer_id IS NOT NULL")
    given = bool(engine.columns("in_customers"))
    if given:
        seen.append("SELECT customer_id, CAST(NULL AS TIMESTAMPTZ) AS at FROM in_customers WHERE customer_id IS NOT NULL")
    if not seen:
        return
    consent = "bool_or(CAST(consent AS BOOLEAN))" if "consent" in engine.columns("in_customers") else "CAST(NULL AS BOOLEAN)"
    if given:
        rows = engine.query(f"SELECT customer_id, {consent} AS consent, list(attributes) AS attributes, count(*) AS n FROM "
                            f"(SELECT * FROM in_customers WHERE customer_id IS NOT NULL ORDER BY customer_id, {ORDER}, attributes) GROUP BY customer_id")
        rows["attributes"] = [_merge_attributes(a) for a in rows["attributes"]]
        rows["attributes"] = rows["attributes"].astype("string")
        rows["consent"] = rows["consent"].astype("boolean")
        several = int((rows["n"] > 1).sum())
        if several:
            notes.append(f"{several:,} {_customers(several)} with attributes from several rows; of each the first given value counts, in the order of the sources")
        engine.register("given_frame", rows)
        engine.con.execute("CREATE OR REPLACE TEMP TABLE given AS SELECT customer_id, consent, attributes FROM given_frame")
    else:
        engine.con.execute("CREATE OR REPLACE TEMP TABLE given (customer_id VARCHAR, consent BOOLEAN, attributes VARCHAR)")
    engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_customers AS
        SELECT s.customer_id, min(s.at) AS first_seen, max(s.at) AS last_seen, any_value(g.consent) AS consent,
               any_value(g.attributes) AS attributes
        FROM ({" UNION ALL ".join(seen)}) s LEFT JOIN given g ON g.customer_id = s.customer_id GROUP BY s.customer_id""")
    links = " UNION ".join(f"SELECT {literal(s.name)} AS source, key_type, key FROM ({s.select('keys')})" for s in staged if len(s.keys))
    if links:
        engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_identity_links AS
            SELECT p.customer_id, l.source, p.key_type, p.key_pseudonym, p.reason, 1.0 AS score
            FROM ({links}) l JOIN person p ON p.key_type = l.key_type AND p.key = l.key""")


def _merge_attributes(parts: Any) -> str | None:
    merged: Json = {}
    for part in parts:
        if part:
            for name, value in json.loads(part).items():
                if value is not None:
                    merged.setdefault(name, value)
    return json.dumps(merged, ensure_ascii=False, sort_keys=True) if merged else None


def _customers(count: int) -> str:
    return "customer" if count == 1 else "customers"
