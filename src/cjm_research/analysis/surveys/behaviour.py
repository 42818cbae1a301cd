"""What respondents did after they answered: satisfied people who leave, dissatisfied ones who stay.

An answer of a known customer meets that customer's log. The definitions stand in docs/methods/surveys.md.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ...engine.conditions import literal, match_sql
from ...errors import BadInput, NotEnoughData
from ...log.actors import left_out, not_theirs
from ...params.schema import Outcome
from ...params.values import Refused, seconds
from ...privacy.small_counts import hidden_cells, hide
from ...results import policy, words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.prose import many
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Subject
from ...shapes import Row
from ...stats.multiplicity import adjust
from ...stats.scores import DETRACTOR, PROMOTER
from ...stats.share_differences import share_difference
from ...stats.shares import share
from ...tables import TABLES
from . import declared
from .loaded import Asked, Survey, surveys

if TYPE_CHECKING:
    from ...study import Study

MATURE_SHARE = 0.9  # as on the map: of those who ever came back, so many had by then
ASKED = ("nps", "csat", "ces")
BACK = "came back"
DAY_S = 86_400.0
ALPHA = 0.05
MOST_TOLD = 6  # differences in sentences; the table has all


@dataclass(frozen=True)
class AfterAnswer(Subject):
    """What respondents of one group did after their answer. outcome: "came back", or one of the params."""

    question_id: str
    group: str
    outcome: str


@dataclass(frozen=True)
class _Counted:
    """One thing that can have become of respondents: its title, what is counted and who is looked at as conditions over `_followed_sql`."""

    title: str
    counted: str
    observed: str
    after: bool  # whether it happened after the answer, or may have been so before


@declares(declared.COMPARED, declared.BEHAVIOUR, declared.CROSSED, declared.MATCHED, declared.MISSING)
def survey_behaviour(study: Study, within: str = "") -> Result:
    """What satisfied and dissatisfied respondents did after they answered, with who could not be followed.

    within: how long they are followed (`30d`); default: the time by which nine in ten of those who ever came back had come back.

    Frames: `compared` (satisfied against dissatisfied: Newcombe's interval, pooled z test, Holm over all comparisons), `behaviour` (shares by group, Wilson), `crossed` (dissatisfied who
    came back, satisfied who did not, of all who were followed), `matched` (respondents who are known in the log and were observed for long enough), `missing` (whether those who could not be
    followed answered otherwise). Raises `NotEnoughData` where no respondent is known in the log, `BadInput` for a `within` that is no duration.
    """
    study.need("responses", "interactions", what="what respondents did afterwards")
    follow = _duration(within)
    frames: dict[str, list[Row]] = {name: [] for name in ("compared", "behaviour", "crossed", "matched", "missing")}
    findings, caveats, known = list[Finding](), list[str](), 0
    for survey in surveys(study):
        met = study.engine.hold(_back(study, _answered(survey)))
        horizon = follow or _horizon(study, met)
        rows, linked = _matched(study, survey, met, horizon)
        frames["matched"] += rows
        known += linked
        if linked and horizon is None:
            caveats.append(f"{survey.source}: nobody did anything on a later day than the answer, so nothing says how long coming back takes. Give `within` to count them as gone.")
        if not linked or horizon is None:
            continue
        for asked in survey.questions:
            if asked.kind in ASKED and asked.scored:
                made, found = _question(study, survey, asked, horizon)
                findings += found
                for name, own in made.items():
                    frames[name] += own
    if not known:
        n = sum(len(s) for s in surveys(study))
        raise NotEnoughData("what respondents did afterwards", f"none of {n:,} respondents is known in the log by a dated answer", "answers with a customer's key and a time",
                            "map the survey's key (`keys`) and its time, or answers stay apart from behaviour")
    result = Result("What did satisfied and dissatisfied respondents do afterwards?", {}, {"respondents_known": known, "within_s": follow},
                    method="Respondents whose answer has a time and whose key is that of a customer in the log, by their first answer to the question. Came back: did something on a later day (the client's time "
                           "zone) within the time stated; who was observed for less is left out and counted. Unweighted, since who is known in the log is no sample of the population. "
                           "Shares with Wilson's interval; differences with Newcombe's, p by the pooled z test, Holm over all comparisons of this answer. It says who came back, not that the answer is why.",
                    findings=findings)
    _finish(study, result, frames)
    result.caveats = caveats + result.caveats
    return result


def _duration(within: str) -> float | None:
    if not within:
        return None
    try:
        return seconds(within)
    except Refused as refused:
        raise BadInput("survey_behaviour: within", refused.found, refused.allowed, refused.next) from None


# --- who is followed -------------------------------------------------------------------------------------------------------------


def _did(study: Study) -> str:
    """One row for each dated thing that a customer did, up to the end of observation: who, moment, and its other columns."""
    others = not_theirs(study)
    until = round(study.observed_until.timestamp() * 1e6)
    return ("SELECT customer_id AS who, occurred_at AS moment, * FROM interactions_all "
            f"WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL AND epoch_us(occurred_at) <= {until}" + (f" AND NOT coalesce({others}, FALSE)" if others else ""))


def _answered(survey: Survey, asked: Asked | None = None) -> str:
    """One row for each person with a dated answer: id, score, said_at, of the first one."""
    own = f" AND question_id = {literal(asked.id)} AND instrument = {literal(asked.kind)} AND score IS NOT NULL" if asked else ""
    return ("SELECT customer_id AS id, arg_min(score, struct_pack(a := answered_at, b := response_id)) AS score, min(answered_at) AS said_at FROM responses "
            f"WHERE source = {literal(survey.source)}{own} AND customer_id IS NOT NULL AND answered_at IS NOT NULL GROUP BY customer_id")


def _back(study: Study, said: str) -> str:
    """Answers of people who are known in the log, with `back_at`: when they did something on a later day."""
    zone = literal(study.params.timezone)
    day = f"CAST(timezone({zone}, {{}}) AS DATE)"
    later = f"{day.format('d.moment')} > {day.format('s.said_at')}"
    return (f"SELECT s.id, any_value(s.score) AS score, any_value(s.said_at) AS said_at, min(d.moment) FILTER ({later}) AS back_at "
            f"FROM ({said}) s JOIN ({_did(study)}) d ON d.who = s.id GROUP BY s.id")


def _horizon(study: Study, met: str) -> float | None:
    """Seconds (whole days) by which nine in ten of those who ever came back had come back; None where nobody did. met: the table of a survey's answers in the log."""
    found = study.scalar(f"SELECT quantile_disc(epoch_us(back_at) - epoch_us(said_at), {MATURE_SHARE}) FROM {met} WHERE back_at IS NOT NULL")
    return None if found is None else math.ceil(float(found) / 1e6 / DAY_S) * DAY_S  # whole days, as they are told


def _long_enough(study: Study, horizon: float) -> str:
    return f"epoch_us(said_at) + {round(horizon * 1e6)} <= {round(study.observed_until.timestamp() * 1e6)}"


def _matched(study: Study, survey: Survey, met: str, horizon: float | None) -> tuple[list[Row], int]:
    """How many respondents are left at every step from the questionnaire to the comparison, and how many are known in the log."""
    people = len(set(survey.person))
    dated = int(study.scalar(f"SELECT count(*) FROM ({_answered(survey)})") or 0)
    known = int(study.scalar(f"SELECT count(*) FROM {met}") or 0)
    steps = [("respondents", people), ("with a key that other exports could know", int(survey.people["customer_id"].nunique())), ("and with a time of their answer", dated), ("and known in the log", known)]
    if horizon is not None and known:
        steps.append((f"and observed for {words.span(horizon)} afterwards", int(study.scalar(f"SELECT count(*) FROM {met} WHERE {_long_enough(study, horizon)}") or 0)))
    return [{"source": survey.source, "step": step, "respondents": n, "share": n / people if people else None} for step, n in steps], known


# --- one question ------------------------------------------------------------------------------------------------------------


def _groups(asked: Asked) -> dict[str, str]:
    """The groups of respondents by their score, best first: name → condition; the first and the last are compared."""
    if asked.kind == "nps":
        return {"promoters": f"score >= {PROMOTER}", "passives": f"score > {DETRACTOR} AND score < {PROMOTER}", "detractors": f"score <= {DETRACTOR}"}
    assert asked.low is not None and asked.high is not None
    good = f"score > {asked.high - asked.points!r}" if asked.higher else f"score < {asked.low + asked.points!r}"
    name = "found it easy" if asked.kind == "ces" else "satisfied"
    return {name: good, {"found it easy": "did not find it easy"}.get(name, "not satisfied"): f"NOT ({good})"}


def _counted(study: Study, horizon: float) -> tuple[list[_Counted], str]:
    """What is counted of respondents, and the columns that it needs beside `back_at`."""
    until = round(study.observed_until.timestamp() * 1e6)
    out = [_Counted(f"{BACK} within {words.span(horizon)}", f"coalesce(epoch_us(back_at) - epoch_us(said_at) <= {round(horizon * 1e6)}, false)", _long_enough(study, horizon), True)]
    columns = ""
    for k, outcome in enumerate(study.params.outcomes):
        title = outcome.title or words.column(outcome.name)
        if outcome.event:
            limit = round((outcome.within or horizon) * 1e6)
            columns += f", (SELECT min(epoch_us(moment)) FROM did WHERE who = b.id AND moment > b.said_at AND ({_hit(outcome)})) AS hit_{k}"
            out.append(_Counted(f"{title}, within {words.span(limit / 1e6)} of the answer", f"coalesce(hit_{k} - epoch_us(said_at) <= {limit}, false)", f"epoch_us(said_at) + {limit} <= {until}", True))
        elif study.has("customers") and all(name.startswith("attributes.") for name in (*outcome.when, *outcome.among)):
            known = " AND ".join([*(f"json_extract_string(attributes, {_path(n)}) IS NOT NULL" for n in outcome.when), *([f"({study.where_sql(outcome.among, 'customers')})"] if outcome.among else [])])
            columns += f", (SELECT any_value(CASE WHEN {known} THEN coalesce(({study.where_sql(outcome.when, 'customers')}), false) END) FROM customers WHERE customer_id = b.id) AS hit_{k}"
            out.append(_Counted(title, f"hit_{k}", f"hit_{k} IS NOT NULL", False))
    return out, columns


def _hit(outcome: Outcome) -> str:
    return " OR ".join(f"({match_sql(e, TABLES['interactions'].names, f'outcome {outcome.name!r}')})" for e in outcome.event)


def _path(name: str) -> str:
    return literal("$." + json.dumps(name.removeprefix("attributes."), ensure_ascii=False))


def _question(study: Study, survey: Survey, asked: Asked, horizon: float) -> tuple[dict[str, list[Row]], list[Finding]]:
    counted, columns = _counted(study, horizon)
    followed = f"WITH did AS ({_did(study)}) SELECT b.*{columns} FROM ({_back(study, _answered(survey, asked))}) b"
    held = {followed: study.engine.hold(followed)}
    groups = _groups(asked)
    place = {"source": survey.source, "question_id": asked.id, "question": asked.text}
    made: dict[str, list[Row]] = {"behaviour": [], "compared": [], "crossed": [], "missing": []}
    findings = list[Finding]()
    least = study.params.privacy.min_cell
    for what in counted:
        counts = {g: study.query(f"SELECT count(*) AS base, count(*) FILTER ({what.counted}) AS n FROM {held[followed]} WHERE {what.observed} AND {where}").iloc[0] for g, where in groups.items()}
        cells = {g: (int(r["n"]), int(r["base"])) for g, r in counts.items()}
        if not sum(base for _, base in cells.values()):
            continue
        made["behaviour"] += [place | {"group": g, "outcome": what.title, "back": what is counted[0], "after": what.after} | share(*cells[g]).row() for g in groups]
        hidden = dict(zip(groups, hidden_cells([("", base, n) for n, base in cells.values()], least), strict=True))
        good, bad = next(iter(groups)), list(groups)[-1]
        if not hidden[good] and not hidden[bad] and cells[good][1] and cells[bad][1]:
            difference = share_difference(*cells[good], *cells[bad])
            made["compared"].append(place | {"outcome": what.title, "good": good, "good_n": cells[good][0], "good_base": cells[good][1], "bad": bad, "bad_n": cells[bad][0],
                                             "bad_base": cells[bad][1], "p": difference.p, "after": what.after} | difference.estimate().row())
        for g in (good, bad):
            if not hidden[g] and cells[g][1]:
                e = share(*cells[g])
                evidence = rows_evidence(study, "interactions", f"{g} at “{asked.text}” who are known in the log and were observed for long enough; counted: {what.title}",
                                         f"SELECT id, {what.counted} AS counted FROM ({followed}) WHERE {what.observed} AND {groups[g]}", held)
                findings.append(Finding(f"after:{survey.source}:{asked.id}:{g}:{what.title}", f"{words.begun(what.title)}, {g} at “{asked.text}”: {words.estimate(e)}", "metric", e, stage=asked.stage,
                                        touchpoint=asked.touchpoint, source="survey", evidence=(evidence,), subject=AfterAnswer(asked.id, g, what.title)))
        if what is counted[0]:
            base = sum(b for _, b in cells.values())
            both = {bad: (f"{bad}, {BACK}", cells[bad][0]), good: (f"{good}, did not come back", cells[good][1] - cells[good][0])}
            made["crossed"] += [place | {"who": who} | share(n, base).row() for g, (who, n) in both.items() if not hidden[g]]
    made["missing"] = _missing(survey, asked, study, f"SELECT id FROM {held[followed]} WHERE {counted[0].observed}", groups)
    return made, findings


def _missing(survey: Survey, asked: Asked, study: Study, followed: str, groups: dict[str, str]) -> list[Row]:
    """The share of the best group among those who were followed, and among all others who answered the question."""
    good, where = next(iter(groups.items()))
    rows = study.query(f"""SELECT person IN ({followed}) AS inside, count(*) AS base, count(*) FILTER ({where}) AS n FROM (
        SELECT coalesce(customer_id, response_id) AS person, arg_min(score, struct_pack(a := answered_at, b := response_id)) AS score FROM responses
        WHERE source = ? AND question_id = ? AND instrument = ? AND score IS NOT NULL GROUP BY 1) GROUP BY 1""", [survey.source, asked.id, asked.kind])
    found = {bool(r["inside"]): (int(r["n"]), int(r["base"])) for r in rows.to_dict("records")}
    cells = {"followed": found.get(True, (0, 0)), "not followed": found.get(False, (0, 0))}
    p = share_difference(*cells["followed"], *cells["not followed"]).p if len(found) == 2 else None
    return [{"source": survey.source, "question_id": asked.id, "question": asked.text, "answer": good, "group": g, "p": p} | share(*cell).row() for g, cell in cells.items()]


# --- the answer --------------------------------------------------------------------------------------------------------------


def _finish(study: Study, result: Result, frames: dict[str, list[Row]]) -> None:
    """Frames in their order, without what tells of few; sentences and caveats."""
    least = study.params.privacy.min_cell
    for r, p in zip(frames["compared"], adjust([r["p"] for r in frames["compared"]], "holm"), strict=True):
        r["p"] = p
    out = {name: pd.DataFrame(rows) for name, rows in frames.items()}
    if len(out["behaviour"]):
        out["behaviour"] = hide(out["behaviour"], least, table=("source", "question_id", "outcome"))
        out["crossed"] = hide(out["crossed"], least, table=("source", "question_id", "who"))
        out["missing"] = hide(out["missing"], least, table=("source", "question_id"), blank=("p",))
    result.frames.update(out)
    result.sentences = _sentences(frames["compared"])
    several = len({r["source"] for r in frames["matched"]}) > 1
    for source, rows in pd.DataFrame(frames["matched"]).groupby("source", sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        result.caveats.append(f"{f'{source}: ' if several else ''}{words.count(last['respondents'])} of {words.count(first['respondents'])} respondents could be followed "
                              f"({words.percent(last['share']) if first['respondents'] else 'none'}); of the others nothing is known.")
    for row in out["missing"].drop_duplicates(["source", "question_id"]).to_dict("records") if len(out["missing"]) else []:
        if row["p"] is not None and row["p"] == row["p"] and row["p"] < ALPHA:
            result.caveats.append(f"{row['question']}: those who could not be followed answered otherwise ({words.p_value(row['p'])}); what is said here need not hold for them.")
    if any(not r["after"] for r in frames["behaviour"]):
        result.caveats.append("Outcomes told by an attribute have no date: it may have been so before the answer.")
    if others := not_theirs(study):
        result.caveats += left_out(study, [str(e) for e in study.query(f"SELECT DISTINCT event FROM interactions_all WHERE event IS NOT NULL AND {others} ORDER BY 1")["event"]])
    result.caveats.append(Note("Only people who were asked and answered are compared: customers who left before they were asked are in no group."))


_WHO = {"satisfied": "who were satisfied", "not satisfied": "who were not", "found it easy": "who found it easy", "did not find it easy": "who did not"}


def _sentences(compared: list[Row]) -> list[str]:
    """What differs beyond chance, the surest first; where nothing does, that, and what the first question leaves open. Of few respondents nothing is said here."""
    told = [r for r in compared if policy.carries_headline(min(r["good_base"], r["bad_base"]))]
    if not told:
        return ["Too few respondents of either kind could be followed to compare them."]
    asked = list(dict.fromkeys(str(r["question"]) for r in told))
    names = dict(zip(asked, words.apart(asked), strict=True))
    sure = sorted((r for r in told if r["p"] is not None and r["p"] < ALPHA), key=lambda r: r["p"])
    if not sure:
        return [f"Satisfied and dissatisfied respondents do not differ beyond chance in what they did afterwards ({words.some(len(told), 'comparisons')}).", _told(told[0], names)]
    rest = len(told) - len(sure)
    return [*(_told(r, names) for r in sure[:MOST_TOLD]), *([f"In {words.some(rest, 'other comparisons')} there is no difference beyond chance."] if rest else [])]


def _told(r: Row, names: dict[str, str]) -> str:
    """One comparison in words, whole numbers first, with what the difference may be."""
    good, bad = (f"{many(r[f'{side}_n'], r[f'{side}_base'])} {_WHO.get(r[side], r[side])}" for side in ("good", "bad"))
    sure = f"; {words.p_value(r['p'])}" if r["p"] is not None and r["p"] < ALPHA else ""
    return f"{words.begun(r['outcome'])}, by “{names[str(r['question'])]}”: {good}, {bad} (difference {words.estimate(Estimate.of(r), with_n=False)}{sure})."
