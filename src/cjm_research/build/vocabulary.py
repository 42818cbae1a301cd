"""Identifiers that are words of the exports themselves: a customer called "open" beside the event "open" of everybody else.

Such a word tells nobody. Were it looked for, names of events and categories would become pseudonyms, funnels would be empty,
and every page that says the word would be stopped. An identifier counts as one where it has lower-case letters only and

- the params name it, as an event, a condition's value, a stage, a touchpoint, a funnel or a step; or
- at least `OTHERS` customers that are not called so have it in the name of an event, in a category, or in a property whose
  values are not mostly identifiers (a property that lists persons is no vocabulary).

Several words ("add_to_cart") count where the whole name of an event is the identifier. `privacy.names` has the last word.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from ..engine.duck import Engine
from ..files import write_text_whole
from ..params import Params
from ..params.schema import Match
from ..privacy import Known, Vault
from ..privacy.masking.patterns.urls import in_urls
from ..privacy.masking.roles import is_role
from ..privacy.release import COMMON_WORDS, Finder, fold
from .fields import json_pieces

OTHERS = 3  # customers, besides who is called so
_LISTED = 0.5  # of a property's values; where more are identifiers, it lists persons
_MOST_ROWS = 200_000  # of properties that are looked at
_ONE, _SEVERAL = re.compile(r"[^\W\d_]{3,40}"), re.compile(r"[^\W\d_]{2,40}(?:[_-][^\W\d_]{2,40}){1,5}")
_NO_WORD = re.compile(r"[0-9@]")  # no spelling of a word
#: names of events and categories; persons and coders are none
_NAMES = {
    "interactions": ("event", "channel", "touchpoint", "stage"), "responses": ("question_id", "question", "wave", "touchpoint", "stage", "answer"),
    "feedback": ("channel", "label", "touchpoint", "stage"), "deals": ("stage",), "assignments": ("experiment", "variant"),
}
_PROPERTIES = {"interactions": "properties", "deals": "properties", "assignments": "properties", "customers": "attributes"}


def common_words(engine: Engine, identifiers: Iterable[str], params: Params) -> dict[str, str]:
    """word → where it is used, of the identifiers that are words of the exports. The tables being built hold what was delivered."""
    listed = list(identifiers)
    given = _by_fold(i for i in listed if not _NO_WORD.search(i))
    named = {fold(n).strip() for n in params.privacy.names}
    chosen = {f for f, spelt in given.items() if f not in named and all(s == s.lower() for s in spelt) and (_ONE.fullmatch(f) or _SEVERAL.fullmatch(f)) and not is_role(f)}
    if not chosen:
        return {}
    given = _by_fold(listed)
    found = dict.fromkeys(chosen & set(_words_of(params)), "params")
    finder = Known(chosen).whole()
    _own(engine, chosen)
    for table, columns in _NAMES.items():
        have = engine.columns(f"in_{table}")
        for column in columns if "customer_id" in have else ():
            if column in have:
                for word in _used(engine, table, column, finder):
                    found.setdefault(word, f"{table}.{column}")
    for table, column in _PROPERTIES.items():
        if {"customer_id", column} <= engine.columns(f"in_{table}"):
            for word, name in _in_properties(engine, table, column, finder, given):
                found.setdefault(word, f"{table}.{column}: {name}")
    return found


def _by_fold(identifiers: Iterable[str]) -> dict[str, list[str]]:
    """Identifiers by how they are compared."""
    given: dict[str, list[str]] = defaultdict(list)
    for identifier in identifiers:
        given[fold(identifier).strip()].append(identifier)
    return given


def keep_common_words(vault: Vault, words: Mapping[str, str]) -> None:
    """Write them into the vault, where the release check reads them; no file where there are none."""
    path = vault.folder / COMMON_WORDS
    if words:
        write_text_whole(path, pd.DataFrame(sorted(words.items()), columns=["word", "where"]).to_csv(index=False))
    else:
        path.unlink(missing_ok=True)


def _own(engine: Engine, chosen: set[str]) -> None:
    """`own_word`: word, customer_id of who is called so."""
    rows = [(fold(str(key)).strip(), customer) for key, customer in engine.query("SELECT key, customer_id FROM person").itertuples(index=False, name=None)]
    engine.register("own_frame", pd.DataFrame([r for r in rows if r[0] in chosen], columns=["word", "customer_id"], dtype="string"))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE own_word AS SELECT * FROM own_frame")


def _used(engine: Engine, table: str, column: str, finder: Finder) -> list[str]:
    """The words that enough other customers have in a column."""
    where = " AND instrument <> 'text'" if (table, column) == ("responses", "answer") else ""
    values = engine.query(f'SELECT DISTINCT CAST("{column}" AS VARCHAR) AS value FROM in_{table} WHERE "{column}" IS NOT NULL{where}')["value"].astype(str)
    hits = [(value, word) for value in values for word in set(_hits(value, finder, (table, column) == ("interactions", "event")))]
    if not hits:
        return []
    engine.register("word_hits", pd.DataFrame(hits, columns=["value", "word"], dtype="string"))
    return [str(w) for w in engine.query(f"""SELECT h.word FROM in_{table} t JOIN word_hits h ON CAST(t."{column}" AS VARCHAR) = h.value
        ANTI JOIN own_word o ON o.word = h.word AND o.customer_id = t.customer_id
        WHERE t.customer_id IS NOT NULL{where} GROUP BY h.word HAVING count(DISTINCT t.customer_id) >= {OTHERS}""")["word"]]


def _hits(value: str, finder: Finder, of_event: bool) -> Iterator[str]:
    """The words in a value, but for those that stand where a web address names a person."""
    whole = fold(value).strip()
    persons = {fold(value[a:z]) for a, z, _ in in_urls(value)}
    for word in finder.find(value):
        if word not in persons and (_ONE.fullmatch(word) or (of_event and word == whole)):
            yield word


def _in_properties(engine: Engine, table: str, column: str, finder: Finder, identifiers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(word, name of the property) where enough other customers have it in a property that lists no persons, or in the property's name."""
    dirty = [p for p in json_pieces(engine, table, column).astype(str) if any(True for _ in _hits(p, finder, False))]
    if not dirty:
        return
    engine.register("word_pieces", pd.DataFrame({"piece": pd.Series(dirty, dtype="string")}))
    rows = engine.query(f"""SELECT DISTINCT customer_id, "{column}" AS raw FROM in_{table} WHERE "{column}" IS NOT NULL AND customer_id IS NOT NULL
        AND list_has_any(string_split("{column}", '"'), (SELECT list(piece) FROM word_pieces)) ORDER BY hash(customer_id, "{column}") LIMIT {_MOST_ROWS}""")
    own = set(engine.query("SELECT word, customer_id FROM own_word").itertuples(index=False, name=None))
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    parsed: dict[str, list[tuple[str, str]]] = {}
    for customer, raw in rows.itertuples(index=False, name=None):
        if raw not in parsed:
            parsed[raw] = [(word, name) for name, text in _texts(raw) for word in _hits(text, finder, False)]
        for word, name in parsed[raw]:
            if (word, customer) not in own:
                users[word, name].add(customer)
    enough = [(word, name) for (word, name), who in users.items() if len(who) >= OTHERS]
    listing = {name for name in {n for _, n in enough} if _lists_persons(engine, table, column, name, identifiers)}
    yield from sorted((word, name) for word, name in enough if name not in listing)


def _texts(raw: str) -> Iterator[tuple[str, str]]:
    """(name of the property, text) of a row of JSON; a name itself stands under "names"."""
    def inside(value: Any, name: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, list):
            for v in value:
                yield from inside(v, name)
        elif isinstance(value, dict):
            for key, v in value.items():
                yield "names", key
                yield from inside(v, name or key)

    try:
        yield from inside(json.loads(raw), "")
    except ValueError:
        return


def _lists_persons(engine: Engine, table: str, column: str, name: str, identifiers: Mapping[str, Any]) -> bool:
    """Whether most of the different values of a property are identifiers."""
    if name == "names":
        return False
    path = '$."' + name.replace('"', '\\"') + '"'
    values = [fold(str(v)).strip() for v in engine.query(f'SELECT DISTINCT json_extract_string("{column}", ?) AS v FROM in_{table} WHERE "{column}" IS NOT NULL', [path])["v"].dropna()]
    return not values or sum(v in identifiers for v in values) > _LISTED * len(values)


def _words_of(params: Params) -> Iterator[str]:
    """Words by which the params name events, categories and parts of the journey."""
    def match(rule: Match) -> Iterator[str]:
        yield from (*rule.event, *rule.channel, *_values(rule.where))

    def texts() -> Iterator[str]:
        for stage in params.journey.stages:
            yield from (stage.name, *stage.deals)
            for rule in stage.match:
                yield from match(rule)
            for t in stage.touchpoints:
                yield from (t.name, t.channel or "", *t.feedback)
                for rule in t.match:
                    yield from match(rule)
        for funnel in params.funnels:
            yield funnel.name
            for part in (*funnel.steps, *funnel.exclusions):
                yield from (*part.event, *part.touchpoint, *part.channel, *part.stage, *_values(part.where))
            yield from (step.name for step in funnel.steps)
        for experiment in params.experiments:
            yield from (experiment.name, *experiment.variants, *(m.name for m in experiment.metrics), *(e for m in experiment.metrics for e in m.event))
        for change in params.changes:
            yield from change.metric.split(":")
        for source in params.sources:
            yield from (source.name, *_values(source.filter))

    for text in texts():
        folded = fold(text)
        yield folded.strip()
        yield from re.findall(r"[^\W\d_]+", folded)


def _values(condition: Mapping[str, Any]) -> Iterator[str]:
    """The texts in a condition."""
    for value in condition.values():
        held = list(value.values()) if isinstance(value, Mapping) else [value]
        for one in held:
            yield from (v for v in (one if isinstance(one, list) else [one]) if isinstance(v, str))
