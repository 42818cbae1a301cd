"""Every number of a map counted anew in plain Python, from the definitions in docs/methods/journey-map.md and the files of the tables.

Nothing of the product's counting is used: its tables, params and the list of who belongs to which persona are what it starts from.
`recount(study, findings, personas)` gives for each finding with a number what it should be, or None where this file does not know how;
`disagreements` says in words which do not agree.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from statistics import NormalDist, mean, median, stdev
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from scipy.stats import t as student

from cjm_research.log.actors import COMPANY
from cjm_research.params.schema import Params
from cjm_research.results.result import Finding
from cjm_research.results.subjects import Stake
from cjm_research.study import Study

SESSION_ENDS = 30 * 60 * 1_000_000  # µs without an event after which a session is over
Z = NormalDist().inv_cdf(0.975)
#: µs, stage, touchpoint, channel, who says the order of the instant, place in it
Contact = tuple[int, str | None, str | None, str | None, str | None, int]
Number = tuple[float | None, int, int]  # value, n, base


def wilson(n: int, base: int) -> tuple[float, float]:
    p, z2 = n / base, Z * Z
    middle, half = (p + z2 / (2 * base)) / (1 + z2 / base), Z / (1 + z2 / base) * math.sqrt(p * (1 - p) / base + z2 / (4 * base * base))
    return max(0.0, middle - half), min(1.0, middle + half)


def ninth(spent: Iterable[int]) -> int | None:
    """The time by which nine in ten have, of the times that there are."""
    ordered = sorted(spent)
    return ordered[max(0, math.ceil(0.9 * len(ordered)) - 1)] if ordered else None


def when(x: Contact, first: Contact) -> str:
    """Whether a contact came "before" or "after" the first one of a place; "unknown" in one instant of which no source says it."""
    if x[0] != first[0]:
        return "after" if x[0] > first[0] else "before"
    if x[4] is None or x[4] != first[4]:
        return "unknown"
    return "after" if x[5] > first[5] else "before"


class Client:
    """The tables of a client as lists, and what its params say of them."""

    def __init__(self, study: Study) -> None:
        self.params: Params = study.params
        self.folder = study.workspace.tables(study.client)
        self.zone = ZoneInfo(self.params.timezone)
        self.stages = [s.name for s in self.params.journey.stages]
        self.stage_of = {t.name: s.name for s in self.params.journey.stages for t in s.touchpoints}
        self.bad_stages = {s.name for s in self.params.journey.stages if s.unwanted}
        self.bad = {t.name for s in self.params.journey.stages for t in s.touchpoints if s.unwanted or t.unwanted}
        self.interactions = self._read("interactions", "customer_id, epoch_us(occurred_at) AS at, event, touchpoint, channel, stage, value, source, properties, session_id, CASE WHEN order_known THEN source END AS said, sequence", "customer_id, occurred_at, sequence")
        self.responses = self._read("responses", "* EXCLUDE (answered_at), epoch_us(answered_at) AS at", "response_id, question_id, answer")
        self.feedback = self._read("feedback", "* EXCLUDE (published_at), epoch_us(published_at) AS at", "feedback_id")
        self.codings = self._read("codings", "coding_id, document_id, coder, code_id, start, \"end\", stage, touchpoint, is_synthetic", "coding_id")
        self.answer_codings = self._read("answer_codings", "document_id, code_id, coder, is_synthetic", "coding_id")
        self.documents = self._read("documents", "* EXCLUDE (recorded_at)", "document_id")
        self.codebook = self._read("codebook", "*", "code_id")
        self.assignments = self._read("assignments", "experiment, unit_id, variant", "unit_id")
        self.measurements = self._read("measurements", "* EXCLUDE (measured_at)", "unit_id, metric")
        self.turns = self._read("turns", "*", "document_id, turn")
        self.start = self._instant(self.params.period.start) if self.params.period.start else None
        self.end = self._instant(self.params.period.end + timedelta(days=1)) if self.params.period.end else None
        known = [r["at"] for r in self.interactions if r["at"] is not None and self.inside(r["at"])]
        self.until: int | None = self.end if self.end is not None else max(known, default=None)
        self.theirs = [r for r in self.interactions if r["customer_id"] and not self._not_done(r)]

    def _read(self, table: str, columns: str, order: str) -> list[dict[str, Any]]:
        path = self.folder / f"{table}.parquet"
        if not path.is_file():
            return []
        found = duckdb.sql(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY {order}")
        names = found.columns
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _instant(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1_000_000)

    def day(self, at: int) -> date:
        return datetime.fromtimestamp(at / 1e6, self.zone).date()

    def inside(self, at: int | None) -> bool:
        return at is None or ((self.start is None or at >= self.start) and (self.end is None or at < self.end))

    def _not_done(self, r: dict[str, Any]) -> bool:
        """What the company or a system did: declared, or known by its name unless declared as the customer's."""
        a = self.params.actors
        assert not any(e.where or e.touchpoint or e.channel or e.stage for e in (*a.company, *a.system, *a.customer)), "write the rule here before it is used"
        if any(r["event"] in e.event for e in (*a.company, *a.system)):
            return True
        named = "".join(c for c in r["event"].lower() if c.isalnum()) in COMPANY
        machine = "open" in r["event"].lower() and any(mark in (r["properties"] or "").lower() for mark in ("machine_open", "apple privacy open", "prefetched", "googleimageproxy", "yahoomailproxy"))
        return (named or machine) and not any(r["event"] in e.event for e in a.customer)

    def has_rules(self, stage: str) -> bool:
        s = next(s for s in self.params.journey.stages if s.name == stage)
        return bool(s.match or s.deals or any(t.match for t in s.touchpoints))

    def tells(self, r: dict[str, Any]) -> bool:
        """Whether an answer or a text is a contact: at a touchpoint or stage that no interaction can lie on."""
        if r["touchpoint"] is not None:
            return any(t.name == r["touchpoint"] and not t.match for s in self.params.journey.stages for t in s.touchpoints)
        return r["stage"] in self.stages and not self.has_rules(r["stage"])

    def ended(self, r: dict[str, Any]) -> bool:
        assert not any(e.where or e.touchpoint or e.channel or e.stage for e in self.params.journey.ends)
        return any(r["event"] in e.event for e in self.params.journey.ends)

    def goals(self) -> set[str]:
        wanted = [s for s in self.params.journey.stages if not s.unwanted]
        out = {t.name for s in wanted for t in s.touchpoints if t.goal} | {t.name for t in (wanted[-1].touchpoints if wanted else [])}
        for f in self.params.funnels:
            last = f.steps[-1]
            if len(f.steps) < 2 or not last.event:
                continue
            assert not (last.where or last.touchpoint or last.channel or last.stage)
            at = [(r["touchpoint"], r["event"] in last.event) for r in self.interactions if r["touchpoint"] and self.inside(r["at"])]
            share: dict[str, list[bool]] = defaultdict(list)
            for name, hit in at:
                share[name].append(hit)
            out |= {name for name, hits in share.items() if sum(hits) * 2 >= len(hits)}
        return out


class Eyes:
    """Contacts as somebody sees them: of everybody, of a persona, in a half."""

    def __init__(self, client: Client, members: set[str] | None = None) -> None:
        self.client, c = client, client
        self.members = members
        self.contacts: dict[str, list[Contact]] = defaultdict(list)
        self.ends: dict[str, list[int]] = defaultdict(list)
        for r in c.theirs:
            if self._is(r["customer_id"]):
                self.contacts[r["customer_id"]].append((r["at"], r["stage"], r["touchpoint"], r["channel"], r["said"], r["sequence"]))
        for r in c.interactions:
            if r["customer_id"] and self._is(r["customer_id"]) and c.ended(r) and c.inside(r["at"]):
                self.ends[r["customer_id"]].append(r["at"])
        for table in (c.feedback, c.responses):
            for r in table:
                if r["customer_id"] and self._is(r["customer_id"]) and c.tells(r):
                    self.contacts[r["customer_id"]].append((r["at"], r["stage"], r["touchpoint"], None, None, math.inf))
        # customers seen in the period, with all that is known of them until its end
        self.known = {who: [x for x in cs if x[0] is None or c.end is None or x[0] < c.end] for who, cs in self.contacts.items() if any(c.inside(x[0]) for x in cs)}

    def _is(self, who: str) -> bool:
        return self.members is None or who in self.members

    @cache  # noqa: B019 - a recount lives as long as its test
    def entrants(self, stage: str, touchpoint: str | None = None, channel: str | None = None) -> list[dict[str, Any]]:
        c = self.client
        order = {s: i for i, s in enumerate(c.stages)}
        k = order[stage]
        later = [s for s in c.stages[k + 1:] if s not in c.bad_stages] if touchpoint or stage not in c.bad_stages else []
        out = []
        for who, cs in self.known.items():
            here = [x for x in cs if x[0] is not None and (x[2] == touchpoint if touchpoint else x[1] == stage and (channel is None or x[3] == channel))]
            if not here or not c.inside(min(x[0] for x in here)):
                continue
            first = min(here, key=lambda x: (x[0], x[5]))
            good = [(x, when(x, first)) for x in cs if x[0] is not None and x[1] in order and x[1] not in c.bad_stages and x[2] not in c.bad]
            beyond = [(x[0], w) for x, w in good if order[x[1]] > k]  # type: ignore[index]
            near = [(x[0], w) for x, w in good if later and x[1] == later[0]]
            other = [(x[0], w) for x, w in good if order[x[1]] >= k and (x[2] != touchpoint if x[2] is not None else order[x[1]] > k)] if touchpoint else beyond  # type: ignore[index]

            def soonest(these: list[tuple[int, str]]) -> int | None:
                return min((m for m, w in these if w == "after"), default=None)

            out.append({"id": who, "first": first[0], "onward": soonest(beyond), "next": soonest(near), "other": soonest(other), "further": any(w == "before" for _, w in beyond),
                        "tied": any(w == "unknown" for _, w in other), "ended": min((m for m in self.ends.get(who, []) if m >= first[0]), default=None)})
        return out


class Recount:
    """What the map of a client should say."""

    def __init__(self, study: Study, personas: dict[str, set[str]]) -> None:
        self.client = Client(study)
        self.whole = Eyes(self.client)
        self.personas = personas
        self._eyes: dict[str, Eyes] = {}
        self._horizon: dict[tuple[str, str | None], int | None] = {}
        self._reach_horizon: dict[tuple[Any, ...], int] = {}

    def eyes(self, persona: str | None) -> Eyes:
        if persona is None:
            return self.whole
        if persona not in self._eyes:
            self._eyes[persona] = Eyes(self.client, self.personas[persona])
        return self._eyes[persona]

    # --- places -------------------------------------------------------------------------------------------------------

    def horizon(self, stage: str, touchpoint: str | None = None) -> int | None:
        """µs after which an entrant was observed long enough: of the params, else by which nine in ten had got further; the longest of the stages where nobody had."""
        key = (stage, touchpoint)
        if key not in self._horizon:
            own = self._own_horizon(stage, touchpoint)
            self._horizon[key] = own if own is not None else max((h for s in self.client.stages if (h := self._own_horizon(s)) is not None), default=None)
        return self._horizon[key]

    def _own_horizon(self, stage: str, touchpoint: str | None = None) -> int | None:
        given = next(s.horizon for s in self.client.params.journey.stages if s.name == stage)
        went = "other" if touchpoint else "onward"
        return int(given * 1e6) if given is not None else ninth(r[went] - r["first"] for r in self.whole.entrants(stage, touchpoint) if r[went] is not None and not r["tied"])

    def observed(self, rows: list[dict[str, Any]], least: int | None) -> list[dict[str, Any]]:
        """Those who count: observed long enough, in an order that somebody knows."""
        return [r for r in rows if not r["tied"] and (self.client.until is None or (least is not None and r["first"] + least <= self.client.until))]

    @cache  # noqa: B019
    def half(self, name: str) -> tuple[date, date]:
        """Days of a half: equally many; a day left over at the beginning lies in neither."""
        c = self.client
        times = [r["at"] for r in c.interactions if r["at"] is not None and c.inside(r["at"])]
        first, last = c.params.period.start or c.day(min(times)), c.params.period.end or c.day(max(times))
        days = ((last - first).days + 1) // 2
        middle = last - timedelta(days=days)
        return (middle - timedelta(days=days - 1), middle) if name == "previous" else (middle + timedelta(days=1), last)

    def going_on(self, f: Finding, what: str) -> Number | list[float]:
        stage = str(f.stage)
        least = self.horizon(stage)
        rows = self.observed(self.eyes(f.persona).entrants(stage, channel=f.channel), least)
        if f.period:
            start, end = self.half(f.period)
            rows = [{**r, **{w: r[w] if r[w] is not None and (least is None or r[w] <= r["first"] + least) else None for w in ("onward", "next")}}
                    for r in rows if start <= self.client.day(r["first"]) <= end]
        if what == "time":
            # in a half everybody is timed who went on, however late
            raw = self.observed(self.eyes(f.persona).entrants(stage, channel=f.channel), least)
            if f.period:
                raw = [r for r in raw if start <= self.client.day(r["first"]) <= end]
            return [(r["onward"] - r["first"]) / 1e6 for r in raw if r["onward"] is not None]
        n = sum(r[what] is not None for r in rows)
        return (n / len(rows) if rows else None, n, len(rows))

    def reach(self, f: Finding) -> Number:
        c, eyes = self.client, self.eyes(f.persona)

        def here(x: Contact) -> bool:
            return x[2] == f.touchpoint if f.touchpoint else x[1] == f.stage and (f.channel is None or x[3] == f.channel)

        if not f.period:
            n = sum(any(here(x) and c.inside(x[0]) for x in cs) for cs in eyes.known.values())
            return n / len(eyes.known), n, len(eyes.known)
        start, end = self.half(f.period)
        came = {who: min((x[0] for x in cs if x[0] is not None), default=None) for who, cs in eyes.known.items()}
        first = {who: min((x[0] for x in cs if here(x) and x[0] is not None), default=None) for who, cs in eyes.known.items()}
        allowed = ninth(first[w] - came[w] for w in came if first[w] is not None) or 0  # type: ignore[operator]
        base = [w for w, m in came.items() if m is not None and start <= c.day(m) <= end and m + allowed <= (c.until or 0)]
        n = sum(first[w] is not None and first[w] <= came[w] + allowed for w in base)  # type: ignore[operator]
        return (n / len(base) if base else None), n, len(base)

    def stops(self, f: Finding) -> Number:
        if f.touchpoint in self.client.bad or f.stage in self.client.bad_stages:
            return self.reach(f)
        least = self.horizon(str(f.stage), f.touchpoint)
        rows = [r for r in self.observed(self.eyes(f.persona).entrants(str(f.stage), f.touchpoint), least) if not r["further"]]
        n = sum(r["other"] is None and r["ended"] is None for r in rows)
        return n / len(rows), n, len(rows)

    def action(self, f: Finding) -> Number:
        event = f.key.split(":", 2)[2]
        base: dict[str, bool] = defaultdict(bool)
        for r in self.client.theirs:
            if r["stage"] == f.stage and self.client.inside(r["at"]):
                base[r["customer_id"]] |= r["event"] == event
        return sum(base.values()) / len(base), sum(base.values()), len(base)

    def stake(self, f: Finding) -> Number:
        """Customers to level up × (share of the reference − theirs) × mean later value of those who went on, within channel and entry.

        value, and the customers compared.
        """
        c, s = self.client, f.subject
        assert isinstance(s, Stake) and s.reference == "persona", "the half before as a reference is not counted here"
        at_stage = self.observed(self.whole.entrants(s.stage), self.horizon(s.stage))
        order = {x: i for i, x in enumerate(c.stages)}
        groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for r in at_stage:
            cs = [x for x in self.whole.known[r["id"]] if x[0] is not None]
            channel = min((x[3] for x in cs if x[1] == s.stage and x[0] == r["first"] and x[3]), default="")
            entry = min((x for x in cs if x[1] in order), key=lambda x: (x[0], order[str(x[1])]))[1]
            groups[(channel, str(entry))].append(r)
        later = [x for x in c.stages[order[s.stage] + 1:] if x not in c.bad_stages]
        spent: dict[str, list[tuple[int, str, float]]] = defaultdict(list)
        for x in c.interactions:
            if x["customer_id"] and x["value"] is not None and c.inside(x["at"]) and x["stage"] in later:
                spent[x["customer_id"]].append((x["at"], x["stage"], x["value"]))
        each = [sum(v for at, _, v in spent[r["id"]] if at >= r["first"]) for r in at_stage if r["onward"] is not None]
        gained, compared, least = 0.0, 0, c.params.evidence.headline_from
        for rows in groups.values():
            own, others = ([r for r in rows if (r["id"] in self.personas[s.group]) == mine] for mine in (True, False))
            if len(own) >= least and len(others) >= least:
                shares = [sum(r["onward"] is not None for r in part) / len(part) for part in (own, others)]
                gained += len(others) * (shares[0] - shares[1])
                compared += len(rows)
        return gained * mean(each), compared, compared

    def difference(self, f: Finding) -> Number:
        """What a test's verdict rests on: the primary proportion of the variant less that of the control."""
        _, name, _, variant = f.key.split(":")
        e = next(x for x in self.client.params.experiments if x.name == name)
        metric = next(m for m in e.metrics if m.name == e.primary)
        assert metric.kind == "proportion" and f.estimate is not None
        arm = {r["unit_id"]: r["variant"] for r in self.client.assignments if r["experiment"] == name}
        got = {r["unit_id"]: r["value"] for r in self.client.measurements if r["experiment"] == name and r["metric"] == e.primary and r["unit_id"] in arm and r["period"] == "post" and r["value"] is not None}
        share = {v: mean(x for u, x in got.items() if arm[u] == v) for v in (variant, e.control)}
        return share[variant] - share[e.control], f.estimate.n, sum(arm[u] in share for u in got)

    # --- answers ------------------------------------------------------------------------------------------------------

    def last_answers(self, question: str, f: Finding, *, by_wave: bool = True) -> list[dict[str, Any]]:
        """The last answer of everybody, of a wave, to a question; of a persona, of a half by the day of the answer."""
        c = self.client
        members = self.personas[f.persona] if f.persona else None
        last: dict[tuple[Any, ...], dict[str, Any]] = {}
        for r in c.responses:
            who = r["customer_id"] or r["response_id"]
            if r["question_id"] != question or r["score"] is None or not c.inside(r["at"]) or (members is not None and who not in members):
                continue
            if f.period and r["at"] is not None and not (self.half(f.period)[0] <= c.day(r["at"]) <= self.half(f.period)[1]):
                continue
            key, rank = (r["source"], who, r["wave"] if by_wave else None), (r["at"] is not None, r["at"] or 0)
            old = last.get(key)
            # of answers at one instant: of scores the later id, of pain the earlier one
            if old is None or rank > (old["at"] is not None, old["at"] or 0) or (rank == (old["at"] is not None, old["at"] or 0) and by_wave):
                last[key] = r
        return list(last.values())

    @staticmethod
    def satisfied(r: dict[str, Any]) -> bool:
        points = (r["box"] or 2) if r["instrument"] == "csat" else max(1, math.floor(3 / 7 * (r["scale_max"] - r["scale_min"] + 1) + 0.5))
        return bool(r["score"] > r["scale_max"] - points if r["higher_is_better"] else r["score"] < r["scale_min"] + points)

    def score(self, f: Finding) -> Number:
        question = f.key.split(":")[1]
        rows = self.last_answers(question, f)
        kind = rows[0]["instrument"]
        if kind == "nps":
            return 100 * (sum(r["score"] >= 9 for r in rows) - sum(r["score"] <= 6 for r in rows)) / len(rows), len(rows), len(rows)
        if kind == "likert":
            return mean(r["score"] for r in rows), len(rows), len(rows)
        n = sum(map(self.satisfied, rows))
        return n / len(rows), n, len(rows)

    def unhappy(self, f: Finding) -> Number:
        """Of the worst question at the touchpoint, among those with enough answers: who is below the top box."""
        asked: dict[tuple[str, str], list[bool]] = {}
        for source, question in sorted({(r["source"], r["question_id"]) for r in self.client.responses if r["touchpoint"] == f.touchpoint and r["instrument"] in ("csat", "ces") and r["higher_is_better"] is not None}):
            rows = [r for r in self.last_answers(question, f, by_wave=False) if r["source"] == source and r["touchpoint"] == f.touchpoint]
            if rows:
                asked[(source, question)] = [not self.satisfied(r) for r in rows]
        least = min(self.client.params.evidence.headline_from, self._most_answers(f))
        worst = sorted(((-sum(h) / len(h), -len(h), key) for key, h in asked.items() if len(h) >= least))[0][2]
        hurt = asked[worst]
        return sum(hurt) / len(hurt), sum(hurt), len(hurt)

    def _most_answers(self, f: Finding) -> int:
        placed = {r["question_id"] for r in self.client.responses if r["touchpoint"] is not None and r["instrument"] in ("csat", "ces")}
        return max(len(self.last_answers(q, f, by_wave=False)) for q in placed)

    def against_target(self, f: Finding) -> Number:
        rows = self.last_answers(f.key.split(":")[1], f)
        return mean(r["score"] for r in rows), len(rows), len(rows)

    def against_benchmark(self, f: Finding) -> Number | list[float]:
        kind, *name = f.key.removeprefix("benchmark:").split(":")
        if kind == "funnel":
            return self.funnel_number(_as(f, f"funnel:{name[0]}:conversion"))
        return self.score(_as(f, f"satisfaction:{name[0] if name else kind}"))

    def low_ratings(self, f: Finding) -> Number:
        rows = [r for r in self.client.feedback if r["rating"] is not None and r["touchpoint"] == f.touchpoint and self.client.inside(r["at"])]
        n = sum(r["rating"] <= 2 / 5 * (r["rating_max"] or 5) for r in rows)
        return n / len(rows), n, len(rows)

    def chosen(self, f: Finding) -> Number:
        """Of everybody who was shown a choice question – the last questionnaire of a person in a wave that holds it – who chose the answer."""
        _, source, question, answer = f.key.split(":", 3)
        members = self.personas[f.persona] if f.persona else None
        last: dict[Any, tuple[tuple[bool, int, str], str]] = {}
        gave: dict[str, set[str | None]] = defaultdict(set)
        for r in self.client.responses:
            who = r["customer_id"] or r["response_id"]
            if r["source"] == source and r["question_id"] == question and r["instrument"] == "choice" and self.client.inside(r["at"]) and (members is None or who in members):
                gave[r["response_id"]].add(r["answer"])
                rank = (r["at"] is not None, r["at"] or 0, r["response_id"])
                last[who, r["wave"]] = max(last.get((who, r["wave"]), (rank, r["response_id"])), (rank, r["response_id"]))
        n = sum(answer in gave[response] for _, response in last.values())
        return n / len(last), n, len(last)

    def written(self, f: Finding) -> Number:
        """Of everybody who wrote at an open question, in whose answer a passage has the code or one below it."""
        _, source, question, path = f.key.split(":", 3)
        last: dict[Any, tuple[tuple[bool, int, str], str]] = {}
        for r in self.client.responses:
            if r["source"] == source and r["question_id"] == question and r["instrument"] == "text" and (r["answer"] or "").strip() and self.client.inside(r["at"]):
                rank, key = (r["at"] is not None, r["at"] or 0, r["response_id"]), (r["customer_id"] or r["response_id"], r["wave"])
                last[key] = max(last.get(key, (rank, r["response_id"])), (rank, r["response_id"]))
        under = {c["code_id"] for c in self.client.codebook if c["path"] == path or c["path"].startswith(path + " > ")}
        coded = {c["document_id"] for c in self.client.answer_codings if c["code_id"] in under and not c["is_synthetic"]}
        n = sum(f"answer:{source}:{question}:{response}" in coded for _, response in last.values())
        return n / len(last), n, len(last)

    def goes_with(self, f: Finding) -> Number:
        """Pearson's correlation of the last answers of everybody to two questions, the good end up."""
        _, outcome, driver = f.key.split(":")
        found = []
        for question in (driver, outcome):
            found.append({(r["source"], r["response_id"]): r["scale_min"] + r["scale_max"] - r["score"] if r["higher_is_better"] is False and r["instrument"] != "nps" else r["score"]
                          for r in self.last_answers(question, f)})
        weights = {(r["source"], r["response_id"]): r["weight"] or 0.0 for r in self.client.responses}
        weighted = any(r["weight"] is not None for r in self.client.responses)
        both = [(found[0][k], found[1][k], weights[k] if weighted else 1.0) for k in found[0] if k in found[1] and (not weighted or weights[k] > 0)]
        total = sum(w for *_, w in both)
        mx, my = sum(x * w for x, _, w in both) / total, sum(y * w for _, y, w in both) / total
        xy, xx, yy = (sum(w * (a - b) * (p - q) for a, b, p, q, w in rows) for rows in (
            [(x, mx, y, my, w) for x, y, w in both], [(x, mx, x, mx, w) for x, y, w in both], [(y, my, y, my, w) for x, y, w in both]))
        return xy / math.sqrt(xx * yy), len(both), len(both)

    # --- what participants say ----------------------------------------------------------------------------------------

    @cache  # noqa: B019
    def coded(self) -> tuple[list[dict[str, Any]], set[str]]:
        """Passages of people's coding in participants' words, with participant and place; and everybody whose interview was coded."""
        c = self.client
        docs, book = {d["document_id"]: d for d in c.documents}, {}
        for b in c.codebook:
            book.setdefault(b["code_id"], b)
        people = {x["coder"] for x in c.codings if not x["is_synthetic"]}
        rows, base, once = [], set(), set()
        for x in c.codings:
            d = docs.get(x["document_id"])
            if x["coder"] not in people or x["coding_id"] in once or (d is None and (c.start or c.end)):
                continue
            once.add(x["coding_id"])
            assert d is None or "group" not in (d["kind"] or "").lower(), "focus groups count by speaker: write it here"
            who = (d or {}).get("participant_id") or x["document_id"]
            base.add(who)
            touched = [t for t in c.turns if t["document_id"] == x["document_id"] and x["start"] is not None and t["start"] < x["end"] and x["start"] < t["end"]]
            if touched and all(t["is_interviewer"] for t in touched):
                continue
            b = book.get(x["code_id"], {})
            guessed = b.get("guessed") or ""
            rows.append({"document": x["document_id"], "start": x["start"], "end": x["end"], "who": who, "path": b.get("path") or x["code_id"], "kind": None if "kind" in guessed else b.get("kind"),
                         "valence": None if guessed else b.get("valence"), "stage": x["stage"] or b.get("stage"), "touchpoint": x["touchpoint"] or b.get("touchpoint")})
        placed = []
        for r in rows:
            near = [o for o in rows if o["document"] == r["document"] and r["start"] is not None and o["start"] is not None and o["start"] < r["end"] and r["start"] < o["end"]]
            own = dict(r)
            for column in ("stage", "touchpoint"):
                lent = [(min(r["end"], o["end"]) - max(r["start"], o["start"]), o[column]) for o in near if o[column] is not None]
                if own[column] is None and lent and (r["stage"] is None or r["touchpoint"] is None):
                    own[column] = max(lent)[1]
            placed.append(own)
        return placed, base

    def named(self, f: Finding) -> Number:
        rows, base = self.coded()
        path = f.key.removeprefix("theme:")
        who = {r["who"] for r in rows if (r["path"] == path or r["path"].startswith(path + " > ")) and r["stage"] == f.stage and r["touchpoint"] == f.touchpoint}
        return len(who) / len(base), len(who), len(base)

    def felt(self, f: Finding) -> list[float]:
        rows, _ = self.coded()
        some = [r for r in rows if r["valence"] is not None and r["kind"] == "emotion"] or [r for r in rows if r["valence"] is not None]
        column = "touchpoint" if f.touchpoint else "stage"
        docs = {d["document_id"]: d for d in self.client.documents}
        own: dict[str, list[float]] = defaultdict(list)
        for r in some:
            if r[column] == (f.touchpoint or f.stage) and (f.persona is None or (docs.get(r["document"]) or {}).get("persona") == f.persona):
                own[r["who"]].append(r["valence"])
        return [mean(v) for v in own.values()]

    # --- funnels ------------------------------------------------------------------------------------------------------

    @cache  # noqa: B019
    def funnel(self, name: str) -> list[tuple[list[int | None], int, int]]:
        """Of everybody who entered: the times of the steps of the deciding attempt (deepest, then earliest end, then latest start),
        the first time they entered, and their last event."""
        f = next(f for f in self.client.params.funnels if f.name == name)
        assert f.order == "ordered" and not f.exclusions and f.start == "best" and not any(s.optional or s.window or s.where for s in f.steps), name
        journeys: dict[str, list[tuple[int, list[bool]]]] = defaultdict(list)
        for r in self.client.interactions:
            unit = r["session_id"] if f.unit == "session" else r["customer_id"]
            if unit and self.client.inside(r["at"]):
                journeys[unit].append((r["at"], [all(not (allowed := getattr(s, column)) or r[column] in allowed for column in ("event", "touchpoint", "stage", "channel")) for s in f.steps]))
        window = int(f.window * 1e6) if f.window else None
        out = []
        for journey in journeys.values():
            assert all(sum(hits) < 2 for _, hits in journey), "steps that share events are walked by tests/engine"
            at = [sorted(t for t, hits in journey if hits[k]) for k in range(len(f.steps))]
            best: tuple[int, int, int] | None = None
            times: list[int | None] = []
            for start in at[0]:
                chain: list[int | None] = [start]
                for own in at[1:]:
                    following = next((t for t in own if t >= chain[-1] and (window is None or t - start <= window)), None)  # type: ignore[operator]
                    if following is None:
                        break
                    chain.append(following)
                rank = (len(chain), -(chain[-1] or 0), start)
                if best is None or rank > best:
                    best, times = rank, chain
            if best is not None:
                out.append((times + [None] * (len(f.steps) - len(times)), at[0][0], max(t for t, _ in journey)))
        return out

    def funnel_number(self, f: Finding) -> Number | list[float]:
        _, name, what, *step = f.key.split(":")
        rows = [times for times, *_ in self.funnel(name)]
        if what == "conversion":
            n = sum(r[-1] is not None for r in rows)
            return n / len(rows), n, len(rows)
        k = int(step[0]) - 1
        if what == "step":
            base = [r for r in rows if r[k - 1] is not None]
            n = sum(r[k] is not None for r in base)
            return n / len(base), n, len(base)
        if what == "time":
            return [(r[k] - r[k - 1]) / 1e6 for r in rows if r[k] is not None and r[k - 1] is not None]  # type: ignore[operator]
        # lost: of those who had their chance, who never got there
        declared = next(d for d in self.client.params.funnels if d.name == name)
        if declared.unit == "session":
            ripe = [times for times, _, last in self.funnel(name) if last + SESSION_ENDS <= (self.client.until or 0)]
        else:
            assert declared.window is not None
            ripe = [times for times, first, _ in self.funnel(name) if first + int(declared.window * 1e6) <= (self.client.until or 0)]
        base = [r for r in ripe if r[k - 1] is not None]
        n = sum(r[k] is None for r in base)
        return n / len(base), n, len(base)

    # --- by finding ---------------------------------------------------------------------------------------------------

    def of(self, f: Finding) -> Number | list[float] | None:
        """What the number of a finding should be; a list where it is a median or mean of values; None: not known here."""
        by_prefix: tuple[tuple[str, Callable[[Finding], Any]], ...] = (
            ("reach:", self.reach), ("conversion:", lambda f: self.going_on(f, "onward")), ("next:", lambda f: self.going_on(f, "next")),
            ("time:", lambda f: self.going_on(f, "time")), ("actions:", self.action), ("satisfaction:", self.score), ("pain:behaviour:", self.stops),
            ("pain:survey:", self.unhappy), ("pain:feedback:", self.low_ratings), ("feedback:low:", self.low_ratings), ("target:", self.against_target), ("driver:", self.goes_with),
            ("theme:", self.named), ("choice:", self.chosen), ("answers:", self.written), ("emotion:", self.felt), ("benchmark:", self.against_benchmark), ("stake:", self.stake), ("experiment:", self.difference))
        for prefix, count in by_prefix:
            if f.key.startswith(prefix):
                return count(f)  # type: ignore[no-any-return]
        if f.key.startswith("funnel:"):
            return self.funnel_number(f)
        return None


def _as(f: Finding, key: str) -> Finding:
    from dataclasses import replace

    return replace(f, key=key, subject=None)


def disagreements(study: Study, findings: Sequence[Finding], personas: dict[str, set[str]]) -> tuple[dict[str, int], list[str]]:
    """(how many numbers of each lane were counted anew, the findings whose numbers are not what they should be, in words)."""
    counted = Recount(study, personas)
    done: dict[str, int] = defaultdict(int)
    wrong = []
    for f in findings:
        e = f.estimate
        if e is None or e.value is None:
            continue
        right = counted.of(f)
        if f.lane == "evidence":  # the map counts itself
            own = [x for x in findings if x.stage == f.stage and not (x.persona or x.channel or x.period) and not x.key.startswith(("future:", "evidence:"))]
            right = (e.value, sum(x.status == "backed" for x in own), len(own))
        if right is None:
            done[f"not counted: {f.key.split(':')[0]}"] += 1
            continue
        if isinstance(right, list):
            right_value = (median(right) if e.unit == "s" else mean(right)) if right else None
            low, high = _student(right) if e.unit != "s" and e.low is not None else (None, None)
            right = (right_value, len(right), len(right))
        else:
            low, high = wilson(right[1], right[2]) if e.unit == "share" and right[2] else (None, None)
        value, n, base = right
        same = value is not None and abs(value - e.value) < 1e-9 * max(1.0, abs(value)) and (n, base) == (e.n, e.base)
        if same and low is not None and high is not None and e.low is not None and e.high is not None and e.unit in ("share", "score"):
            same = abs(low - e.low) < 1e-9 and abs(high - e.high) < 1e-9
        done[str(f.lane)] += 1
        if not same:
            wrong.append(f"{f.key} {f.persona or ''} {f.period or ''} {f.channel or ''}: {e.value} ({e.low} to {e.high}; {e.n} of {e.base}), counted anew {value} ({low} to {high}; {n} of {base})")
    return dict(done), wrong


def _student(values: list[float]) -> tuple[float | None, float | None]:
    """Student's interval of a mean of valences, cut at the ends of the scale."""
    if len(values) < 2:
        return None, None
    half = float(student.ppf(0.975, len(values) - 1)) * stdev(values) / math.sqrt(len(values))
    return max(-2.0, mean(values) - half), min(2.0, mean(values) + half)
