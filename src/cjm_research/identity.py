"""One person across sources: keys that the exports themselves tie together become one customer.

Keys are of four kinds (`params.schema.identity`). Of groups (an account) they tie nobody. Persons' own ids are never tied to another id of
their type through a key that both share: neither through another id, nor an address, nor a device. So keys join in the order of what they
prove, and each joins only where it contradicts nothing:

1. ids that stand in one record (a contact's user id);
2. e-mail addresses, then phone numbers: one that stands beside two ids of one type is shared and ties none of them;
3. devices, browsers, orders: one that stands beside two persons stays by itself, with what happened on it while nobody was logged in.

Every key keeps the reason of where it belongs, shared keys too. `keep_apart` undoes a link.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from .errors import BadInput
from .params.schema import kind_of

MAX_KEYS_OF_A_TYPE = 20  # browsers, devices or addresses one person is believed to have
MAX_IDS = 3  # ids of one type beside one other id, and
MAX_SHARE = 0.05  # share of ids with several beside them, from which on the key is refused until params say what it is
KEY = ["key_type", "key"]
PAIR = ["key_type_a", "key_a", "key_type_b", "key_b", "reason"]
_PHONE = ("phone", "tel", "mobile", "cell", "msisdn", "fax", "whatsapp")


@dataclass
class Identities:
    """keys: one row a key (key_type, key, person); person is a number; reason says why it belongs there; shared: it ties nobody.

    links: the pairs that sources deliver, with `tied` (whether both are one person) and `why` (where they are not).
    """

    keys: pd.DataFrame
    links: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    def merges(self) -> pd.DataFrame:
        """The keys of persons who have several, and those that tie nobody though they stand beside others: what a person may check and undo."""
        several = self.keys["person"].duplicated(keep=False) | self.keys["shared"]
        return self.keys[several].sort_values(["person", *KEY]).reset_index(drop=True)


def resolve(keys: pd.DataFrame, same_person: Iterable[pd.DataFrame], *, kinds: Mapping[str, str] | None = None, allow: Collection[str] = (),
            apart: Collection[tuple[str, str]] = ()) -> Identities:
    """Who is who.

    keys: key_type, key of every record (duplicates allowed); same_person: frames of pairs with columns
    key_type_a, key_a, key_type_b, key_b, reason. kinds: what key types are, where their names do not say it. allow: key types of which
    one key may join several ids of another type. apart: keys (type, key) that tie nobody. Returns every key with a person number that
    depends on the set of keys only, not on the order of rows. Raises `BadInput` where ids of one type stand beside several of another so
    often that one of the two is no person's own id.
    """
    pairs = pd.concat([pd.DataFrame(columns=PAIR, dtype="string"), *same_person], ignore_index=True)[PAIR]
    pairs = pairs.dropna(subset=["key_a", "key_b"]).astype("string")
    # texts are looked up once; from here on a key is a number, in the order of type and key
    ends = [pairs[[f"key_type_{s}", f"key_{s}"]].set_axis(KEY, axis=1) for s in "ab"]
    said = pd.concat([keys[KEY].astype("string"), *ends], ignore_index=True)
    (kind, kinds_named), (text, texts) = (pd.factorize(said[c], sort=True) for c in KEY)
    wide = max(1, len(texts))
    number = np.where((kind < 0) | (text < 0), -1, kind.astype(np.int64) * wide + text)
    numbers = np.unique(number[number >= 0])
    place = np.searchsorted(numbers, number)
    own, a, b = place[:len(keys)][number[:len(keys)] >= 0], place[len(keys):len(keys) + len(pairs)], place[len(keys) + len(pairs):]
    reason, reasons = pd.factorize(pairs["reason"], sort=True)
    once = ~pd.DataFrame({"a": a, "b": b, "reason": reason}).duplicated().to_numpy()
    pairs, a, b, reason = pairs[once], a[once], b[once], reason[once]
    nodes = pd.DataFrame({"key_type": pd.array(kinds_named, dtype="string").take(numbers // wide), "key": pd.array(texts, dtype="string").take(numbers % wide)})
    links = _Links(nodes, a, b, kinds or {}, allow)
    links.leave_out(apart)
    for level in range(4):
        links.join(level)
    # a key that only stands beside others, and beside too many, is no customer
    known = np.zeros(len(nodes), dtype=bool)
    known[own] = True
    nodes["person"] = links.person
    nodes["shared"] = links.shared
    kept = links.person[links.all_a] == links.person[links.all_b]
    first = np.full(len(nodes), len(reasons), dtype=np.int64)  # the first reason of those that tie a key
    for end in (a, b):
        np.minimum.at(first, end[kept], np.where(reason < 0, len(reasons), reason)[kept])
    nodes["reason"] = pd.Series(pd.array(reasons, dtype="string").take(np.where(first == len(reasons), -1, first), allow_fill=True), index=nodes.index, dtype="string")
    told = pd.Series(links.told, index=nodes.index, dtype="string")
    nodes["reason"] = nodes["reason"].fillna(told).fillna("only key of this customer")
    ends_why = [told.iloc[e].reset_index(drop=True) for e in (links.all_a, links.all_b)]
    listed = pairs.assign(tied=kept, why=ends_why[0].fillna(ends_why[1]).to_numpy(dtype=object)).reset_index(drop=True)
    listed["why"] = listed["why"].astype("string").fillna("would join several persons").mask(listed["tied"])
    return Identities(nodes[known | ~links.hub][[*KEY, "person", "reason", "shared"]].reset_index(drop=True), listed, links.notes)


class _Links:
    """The keys as numbers, and who belongs to whom so far."""

    def __init__(self, nodes: pd.DataFrame, a: np.ndarray, b: np.ndarray, kinds: Mapping[str, str], allow: Collection[str]) -> None:
        types = nodes["key_type"].astype(str)
        self.nodes, self.allow = nodes, set(allow)
        self.type, names = pd.factorize(types)
        self.names = [str(n) for n in names]
        of = {n: kind_of(n, kinds) for n in self.names}
        # ids, addresses, phone numbers, devices; groups tie nobody
        ranks = {"person": 0, "contact": 1, "device": 3, "group": 9}
        rank = [2 if of[n] == "contact" and any(w in n.lower() for w in _PHONE) else ranks[of[n]] for n in self.names]
        self.rank = np.array(rank, dtype=np.int64)[self.type] if len(nodes) else np.empty(0, dtype=np.int64)
        self.all_a, self.all_b = a, b
        self.open = (self.rank[a] < 9) & (self.rank[b] < 9)  # links that may still tie
        self.kept = np.zeros(len(a), dtype=bool)
        self.person = np.arange(len(nodes))
        self.shared = np.zeros(len(nodes), dtype=bool)
        self.hub = np.zeros(len(nodes), dtype=bool)
        self.told: list[Any] = [pd.NA] * len(nodes)
        self.notes: list[str] = []

    def leave_out(self, apart: Collection[tuple[str, str]]) -> None:
        """Cut the links of keys that params keep apart."""
        if apart:
            wanted = pd.MultiIndex.from_frame(self.nodes[KEY]).isin(list(apart))
            self._cut(np.flatnonzero(wanted), "kept apart by the params", "")

    def join(self, level: int) -> None:
        """Join the keys of a rank to those of lower ones, unless they are shared."""
        a, b = self.all_a, self.all_b
        mine = self.open & (np.maximum(self.rank[a], self.rank[b]) == level)
        if level == 0:
            self._refuse(mine, self._beside(mine, self.type, self.type, both=True))
        self._cut_hubs(mine)
        mine &= self.open
        if level == 0:
            shared = self._beside(mine, self.type, self.type, both=True)
        elif level < 3:
            shared = self._beside(mine, self.type, self.person)
        else:
            shared = self._beside(mine, np.zeros_like(self.type), self.person)
        self._cut(shared, "stands beside several persons: ties nobody", "and tie nobody")
        mine &= self.open
        if level == 3:
            mine &= ~self._between_persons(mine)
        while True:
            person = self._components(self.kept | mine)
            if level == 3 or not (bad := self._contradictions(person, level)).size:
                break
            wrong = np.isin(person[a], bad) & mine
            chain = np.unique(np.concatenate([a[wrong], b[wrong]]))
            self._cut(chain[self.rank[chain] == level], "would join several persons over other keys: ties nobody", "would join several persons over other keys, so they tie nobody")
            mine &= self.open
        self.kept |= mine
        self.person = person

    def _beside(self, mine: np.ndarray, group: np.ndarray, what: np.ndarray, both: bool = False) -> np.ndarray:
        """Keys that stand beside several different neighbours of one group. For ids: several ids of one type; else several persons."""
        a, b = self.all_a[mine], self.all_b[mine]
        if both:  # of two ids either may be the shared one
            key, other = np.concatenate([a, b]), np.concatenate([b, a])
            seen = pd.DataFrame({"key": key, "group": group[other], "what": other})
            seen = seen[~np.isin(self.type[key], self._allowed())]
        else:
            upper = self.rank[a] > self.rank[b]
            key, other = np.where(upper, a, b), np.where(upper, b, a)
            unequal = self.rank[a] != self.rank[b]
            key, other = key[unequal], other[unequal]
            seen = pd.DataFrame({"key": key, "group": group[other], "what": what[other]})
            seen = seen[~np.isin(self.type[key], self._allowed())]
        counts = seen.drop_duplicates().groupby(["key", "group"]).size()
        return np.unique(counts[counts > 1].index.get_level_values("key").to_numpy(dtype=np.int64))

    def _between_persons(self, mine: np.ndarray) -> np.ndarray:
        """Links from device to device that would join devices of different persons."""
        alike = mine & (self.rank[self.all_a] == self.rank[self.all_b])
        before, after = self._components(self.kept | (mine & ~alike)), self._components(self.kept | mine)
        known = np.isin(before, before[self.rank < 3])
        counts = pd.DataFrame({"after": after, "before": before})[known].drop_duplicates().groupby("after").size()
        several = counts[counts > 1].index.to_numpy()
        return np.asarray(alike & np.isin(after[self.all_a], several))

    def _allowed(self) -> list[int]:
        return [k for k, n in enumerate(self.names) if n in self.allow]

    def _contradictions(self, person: np.ndarray, level: int) -> np.ndarray:
        """Persons that would have several former persons with ids of one type."""
        frame = pd.DataFrame({"new": person, "type": self.type, "old": self.person})[(self.rank < max(level, 1)) & ~np.isin(self.type, self._freed())]
        counts = frame.drop_duplicates().groupby(["new", "type"]).size()
        return np.unique(counts[counts > 1].index.get_level_values("new").to_numpy(dtype=np.int64))

    def _freed(self) -> np.ndarray:
        """Types of which several ids may be one person, since a type that params allow stands beside them."""
        allowed = self._allowed()
        a, b = self.type[self.all_a], self.type[self.all_b]
        return np.unique(np.concatenate([b[np.isin(a, allowed)], a[np.isin(b, allowed)]]))

    def _components(self, links: np.ndarray) -> np.ndarray:
        """Who belongs together by some of the links: a person is numbered by the first of their keys in sorted order."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        size = len(self.nodes)
        if not size:
            return np.empty(0, dtype=np.int64)
        a, b = self.all_a[links], self.all_b[links]
        label = connected_components(coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(size, size)), directed=False)[1]
        first = np.unique(label, return_index=True)[1]
        return np.asarray(first[label])

    def _cut(self, keys: np.ndarray, why: str, note: str) -> None:
        if not len(keys):
            return
        cut = np.zeros(len(self.nodes), dtype=bool)
        cut[keys] = True
        self.open &= ~(cut[self.all_a] | cut[self.all_b])
        self.shared |= cut
        for k in keys:
            self.told[k] = why
        if note:
            for number, count in zip(*np.unique(self.type[keys], return_counts=True), strict=True):
                beside = "are shared: they stand beside several persons " if note.startswith("and") else ""
                self.notes.append(f"{count:,} keys of the type {self.names[number]!r} {beside}{note}; they are listed in identity_links")

    def _cut_hubs(self, mine: np.ndarray) -> None:
        """Cut keys that stand beside more keys of a type than a person can have."""
        a, b = self.all_a[mine], self.all_b[mine]
        key, other = np.concatenate([a, b]), np.concatenate([b, a])
        seen = pd.DataFrame({"key": key, "type": self.type[other], "other": other}).drop_duplicates()
        counts = seen.groupby(["key", "type"]).size()
        hubs = np.unique(counts[counts > MAX_KEYS_OF_A_TYPE].index.get_level_values("key").to_numpy(dtype=np.int64))
        self.hub[hubs] = True
        self._cut(hubs, f"shared by more than {MAX_KEYS_OF_A_TYPE} keys: ties nobody", f"are shared by more than {MAX_KEYS_OF_A_TYPE} keys each and tie nobody together")

    def _refuse(self, mine: np.ndarray, shared: np.ndarray) -> None:
        """Raise where ids of one type stand beside several of another so often that they are ids of something else."""
        if not len(shared):
            return
        a, b = self.all_a[mine], self.all_b[mine]
        seen = pd.DataFrame({"key": np.concatenate([a, b]), "other": np.concatenate([b, a])}).drop_duplicates()
        seen = seen.assign(type=self.type[seen["key"]], beside=self.type[seen["other"]])
        counts = seen.groupby(["type", "beside", "key"]).size().rename("n").reset_index()
        for (kind, beside), found in counts.groupby(["type", "beside"]):
            most, several = int(found["n"].max()), int((found["n"] > 1).sum())
            if self.names[int(kind)] in self.allow or several == 0 or (most <= MAX_IDS and several <= MAX_SHARE * len(found)):
                continue
            key, other = self.names[int(kind)], self.names[int(beside)]
            raise BadInput(f"identity: keys of the type {key!r}", f"{several:,} of {len(found):,} stand beside several ids of the type {other!r}, one of them beside {most:,}: they would make "
                           f"one person of those", f"at most {MAX_IDS} ids of another type beside one, and several beside at most {MAX_SHARE:.0%} of them",
                           f"say what they are: `identity: {{kinds: {{{key}: group}}}}` for an account, company or household, which ties nobody; `{{kinds: {{{other}: device}}}}` where one "
                           f"person has many of those; `identity: {{allow: [{key}]}}` where these ids are one person")
