"""Persona sheets: one page a persona, every line with its evidence and its status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...coding_log.codes import PATH_SEPARATOR
from ...errors import NotEnoughData
from ...results import words
from ...results.cache import answered
from ...results.declared import declares
from ...results.lanes import OF_KIND
from ...results.result import Estimate, Evidence, Finding, Result, Status
from ...results.subjects import Code
from ...shapes import Row
from ...stats.shares import share
from . import declared
from .expectations import expectations
from .features import ANSWER, ATTRIBUTE, BEHAVIOUR, PAIR, SCORE
from .journeys import ONWARD, REACH, SATISFACTION, journeys
from .members import VIEW, typed
from .profiles import FORMED, lift_words, telling
from .voices import SECTIONS, SURE, best_quote, codings_of, cut, feedback_of, feedback_quotes, participants, passage_key

if TYPE_CHECKING:
    from ...study import Study

ORDER = ("demographics", "goals", "needs", "expectations", "pains", "gains", "channels", "habits", "scores",
         "says", "thinks", "does", "feels")
EMPATHY = ("says", "thinks", "does", "feels")
SURE_BASE = 30  # persons behind a number before it counts as backed
CLEAR = 0.2  # standardised difference from which a number is worth a line
_LINES = {"demographics": 6, "channels": 3, "habits": 4, "scores": 4, "journey": 3, "expectations": 3}
_QUALITATIVE = 4
_PETALS = 8
_COLUMNS = ["persona", "section", "text", "status", "source", "value", "low", "high", "n", "base", "unit", "method", "evidence", "finding"]


@declares(declared.LINES, declared.QUOTES, declared.PARTICIPANTS)
def sheets(study: Study) -> Result:
    """A sheet for every persona, and for every persona that so far is only assumed in the settings.

    facts `sheets`: what `page.sheets_html` draws. Frames: `lines` (persona, section, text, status assumed, partly or
    backed, source, estimate, evidence, finding), `quotes` (with document and span, or feedback id), `participants`
    (the persona of everybody interviewed, and by what). A number is backed if it rests on 30 persons and differs from
    the others beyond chance (or formed the persona); what participants say is backed if three of them say it.
    Raises `NotEnoughData` with neither two personas nor assumed ones.
    """
    assumed = [p for p in study.params.personas.names if p.lines]
    try:
        answer, titles = typed(study)
    except NotEnoughData:
        if not assumed:
            raise
        answer, titles = None, []
    rows: list[Row] = []
    quotes: list[Row] = []
    findings: list[Finding] = []
    caveats: list[str] = []
    frames: dict[str, pd.DataFrame] = {
        "participants": pd.DataFrame(columns=["document_id", "participant_id", "persona", "by", "also", "missing"])}
    if answer is not None:
        rows += _numbers(answer["profile"], titles)
        rows += _journey(study, titles) + _expected(study, titles)
        talk = participants(study, answer["members"], titles, answer.facts.get("rule_tree"))
        frames["participants"] = talk.frame
        caveats += talk.notes
        spoken, more, said = _voices(study, titles, talk.frame, caveats)
        rows += spoken
        quotes += more
        findings += said
    for persona in assumed:
        rows += [{"persona": persona.name, "section": line.section, "text": line.text, "status": "assumed", "source": "assumption",
                  "evidence": "written by hand, not counted from data"} for line in persona.lines]
    lines = _ordered(pd.DataFrame(rows, columns=_COLUMNS), titles)
    names = [*titles, *(p.name for p in assumed if p.name not in titles)]
    frames = {"lines": lines, "quotes": pd.DataFrame(quotes, columns=["persona", "text", "who", "where", "code", "id"]), **frames}
    items = [_item(n, i, answer, lines, quotes) for i, n in enumerate(names)]
    result = Result("Who are the personas, in one page each?", frames, {"sheets": items, "personas": names}, caveats=caveats, findings=findings,
                    method="Numbers come from the personas' profile, journey and survey answers and are compared with all other customers. "
                           f"What people say comes from coded interviews and from feedback. Status: backed (number: at least {SURE_BASE} persons and a "
                           f"difference beyond chance; statement: at least {SURE} participants), partly (less than that), assumed (written by hand).")
    result.sentences = _sentences(lines, names)
    if answer is not None and answer.facts["natural"] is False:
        result.caveats.append("The personas are slices of one cloud, not natural groups.")
    return result


# --- lines ---------------------------------------------------------------------------------------------------------


def _numbers(profile: pd.DataFrame, titles: Sequence[str]) -> list[Row]:
    out = []
    shown = telling(profile)
    shown = shown[shown["effect"].abs() >= CLEAR]
    for name in titles:
        own = shown[(shown["persona"] == name) & ~shown["feature"].map(_asked_twice)]
        for section, prefix in (("demographics", (ATTRIBUTE,)), ("channels", (f"{BEHAVIOUR}channel_",)), ("habits", (BEHAVIOUR,)), ("scores", (SCORE, ANSWER))):
            part = own[own["feature"].str.startswith(prefix)]
            if section == "habits":
                part = part[~part["feature"].str.startswith(f"{BEHAVIOUR}channel_")]
            for r in part.head(_LINES[section]).to_dict("records"):
                sure = r["base"] >= SURE_BASE and (r["role"] == FORMED or _beyond_chance(r["p_adjusted"]))
                what = "formed the persona" if r["role"] == FORMED else f"adjusted p {_p(r['p_adjusted'])}"
                out.append(_line(name, section, _upper(lift_words(r)), "backed" if sure else "partly", "survey" if section == "scores" else "behaviour", r,
                                 f"n = {words.count(r['base'])}; {what}"))
    return out


def _asked_twice(feature: str) -> bool:
    """Importance and satisfaction of an item have a section of their own."""
    return feature.startswith(SCORE) and PAIR.match(feature.removeprefix(SCORE)) is not None


def _journey(study: Study, titles: Sequence[str]) -> list[Row]:
    try:
        frame = answered(journeys, study)["journey"]
    except NotEnoughData:
        return []
    out = []
    frame = frame[frame["value"].notna() & frame["measure"].isin([REACH, ONWARD, SATISFACTION]) & (frame["effect"].abs() >= CLEAR)]
    for name in titles:
        own = frame[frame["persona"] == name].assign(_by=lambda f: f["effect"].abs()).sort_values("_by", ascending=False, kind="stable")
        stages = own[own["measure"] != SATISFACTION]
        for r in stages.drop_duplicates("stage").head(_LINES["journey"]).to_dict("records"):
            verb = f"Reach {r['what']}" if r["measure"] == REACH else f"Seen in the next stage afterwards, {r['what']}"
            text = f"{verb}: {words.figure(r['value'], None, None, r['n'], r['base'], r['unit'])[0]} (others {words.number(r['others'], r['unit'])})"
            sure = r["base"] >= SURE_BASE and _beyond_chance(r["p_adjusted"])
            out.append(_line(name, "does", text, "backed" if sure else "partly", "behaviour", r,
                             f"{words.count(r['n'])} of {words.count(r['base'])} customers; adjusted p {_p(r['p_adjusted'])}"))
    return out


def _expected(study: Study, titles: Sequence[str]) -> list[Row]:
    try:
        frame = answered(expectations, study)["expectations"]
    except NotEnoughData:
        return []
    out = []
    for name in titles:
        own = frame[(frame["persona"] == name) & frame["value"].notna()].sort_values("value", ascending=False, kind="stable")
        for r in own.head(_LINES["expectations"]).to_dict("records"):
            text = (f"{r['question']}: important to {words.percent(r['importance'])}, well served for {words.percent(r['satisfaction'])}; "
                    f"opportunity {words.number(r['value'])} of 20 ({words.interval(r['low'], r['high'])})")
            out.append(_line(name, "expectations", text, "backed" if r["base"] >= SURE_BASE else "partly", "survey", r,
                             f"{words.count(r['base'])} answered both questions; {r['reading']}"))
    return out


def _voices(study: Study, titles: Sequence[str], typed_documents: pd.DataFrame,
            caveats: list[str]) -> tuple[list[Row], list[Row], list[Finding]]:
    coded, synthetic = codings_of(study, typed_documents)
    if synthetic:
        caveats.append("What participants say was coded by a program, not by a person; its lines are at most partly backed.")
    feedback = feedback_of(study, VIEW)
    rows: list[Row] = []
    quotes: list[Row] = []
    findings: list[Finding] = []
    used: set[str] = set()
    for name in titles:
        own = coded[coded["persona"] == name]
        base = int(own["participant"].nunique())
        for kind, section in SECTIONS.items():
            part = own[own["kind"] == kind]
            counts = part.groupby("path")["participant"].nunique().sort_values(ascending=False, kind="stable")
            for path, n in counts.head(_QUALITATIVE).items():
                finding, quote = _said(name, kind, str(path), part[part["path"] == path], int(n), base, used, synthetic)
                findings.append(finding)
                rows.append(_line(name, section, f"{str(path).rsplit(' > ', 1)[-1]} ({n} of {base} participants)", finding.status, "interview",
                                  share(int(n), base).row(), _where(quote) if quote else "codings without a quote", finding.id))
                if quote and passage_key(quote) not in used:
                    used |= {str(quote["participant"]), passage_key(quote)}
                    quotes.append({"persona": name, "text": cut(quote["quote"]), "who": str(quote["participant"]), "where": _where(quote),
                                   "code": str(path), "id": str(quote["coding_id"])})
        for f in feedback_quotes(feedback, name):
            about = f["label"] if isinstance(f["label"], str) else ""
            rating: str = f"{f['rating']:g} of {f['rating_max']:g}" if not pd.isna(f["rating"]) and not pd.isna(f["rating_max"]) else ""
            where = ", ".join(x for x in (str(f["source"]), about, rating) if x)
            quotes.append({"persona": name, "text": cut(f["text"]), "who": "a customer", "where": where, "code": about, "id": str(f["feedback_id"])})
        labels = feedback[(feedback["persona"] == name) & feedback["label"].notna()]
        least = study.params.privacy.min_cell
        for label, n in labels.groupby("label")["customer_id"].nunique().sort_values(ascending=False, kind="stable").head(3).items():
            writers = int(feedback.loc[feedback["persona"] == name, "customer_id"].nunique())
            if n >= least:
                rows.append(_line(name, "says", f"Writes about {label} ({words.count(int(n))} of {words.count(writers)} who wrote)",
                                  "backed" if n >= SURE_BASE else "partly", "feedback", share(int(n), writers).row(), f"feedback with the label {label}"))
        for q in [q for q in quotes if q["persona"] == name][:2]:
            source = "feedback" if q["who"] == "a customer" else "interview"
            rows.append({"persona": name, "section": "says", "text": f"“{q['text']}”", "status": "partly", "source": source,
                         "evidence": q["where"] if q["where"].startswith(q["who"]) else f"{q['who']}, {q['where']}"})
    return rows, quotes, findings


def _said(name: str, kind: str, path: str, part: pd.DataFrame, n: int, base: int, used: set[str],
          synthetic: bool) -> tuple[Finding, Row | None]:
    quote = best_quote(part, used)
    stage, touchpoint = (_commonest(part[c]) for c in ("stage", "touchpoint"))
    status: Status = "backed" if n >= SURE and not synthetic else "partly"
    evidence = tuple(_quote_evidence(r) for r in part.drop_duplicates("participant").to_dict("records"))
    code = Code(tuple(path.split(PATH_SEPARATOR)))
    return Finding(f"personas:said:{path}", f"{code.name}: {n} of {base} interviewed of persona {name}", kind, share(n, base), stage=stage, touchpoint=touchpoint,
                   persona=name, source="interview", status=status, evidence=evidence,
                   caveats=("coded by a program",) if synthetic else (), lane=OF_KIND.get(kind), subject=code), quote


def _commonest(values: pd.Series) -> str | None:
    known = values.dropna()
    return str(known.mode().iloc[0]) if len(known) else None


def _quote_evidence(r: Mapping[Any, Any]) -> Evidence:
    placed = not pd.isna(r["start"])
    return Evidence("quote", f"passage coded {r['path']!r} by {r['coder']}", table="codings", document_id=str(r["document_id"]),
                    start=int(r["start"]) if placed else None, end=int(r["end"]) if placed else None, quote=str(r["quote"]),
                    speaker=str(r["participant"]), text_sha256=r["text_sha256"] if isinstance(r["text_sha256"], str) else None)


def _where(quote: Mapping[str, Any]) -> str:
    if pd.isna(quote["start"]):
        return str(quote["document_id"])
    return f"{quote['document_id']}, characters {int(quote['start'])}–{int(quote['end'])}"


def _line(persona: str, section: str, text: str, status: str, source: str, estimate: Mapping[str, Any], evidence: str, finding: str = "") -> Row:
    return {"persona": persona, "section": section, "text": text, "status": status, "source": source,
            **{c: estimate[c] for c in ("value", "low", "high", "n", "base", "unit", "method")}, "evidence": evidence, "finding": finding}


def _ordered(lines: pd.DataFrame, titles: Sequence[str]) -> pd.DataFrame:
    place = {n: i for i, n in enumerate(titles)}
    by = lines["persona"].map(lambda n: place.get(n, len(place)))
    out = lines.assign(_p=by, _s=lines["section"].map({s: i for i, s in enumerate(ORDER)}))
    out = out.sort_values(["_p", "persona", "_s"], kind="stable").drop(columns=["_p", "_s"]).reset_index(drop=True)
    for column in ("value", "low", "high", "n", "base"):
        out[column] = pd.to_numeric(out[column])
    return out


# --- sheets --------------------------------------------------------------------------------------------------------


def _item(name: str, index: int, answer: Result | None, lines: pd.DataFrame, quotes: Sequence[Mapping[str, Any]]) -> Row:
    """What one sheet shows, as plain values; the fields are described in `page.blocks.Sheets`."""
    own = lines[lines["persona"] == name]
    sections = {s: [_shown(r) for r in own[own["section"] == s].to_dict("records")] for s in ORDER}
    item: Row = {"name": name, "number": index + 1, "size": "", "summary": "", "natural": None, "glyph": [], "rule": [],
                            "sections": {s: v for s, v in sections.items() if v and s not in EMPATHY},
                            "empathy": {s: sections[s] for s in EMPATHY},
                            "quotes": [{k: q[k] for k in ("text", "who", "where", "id")} for q in quotes if q["persona"] == name],
                            "counts": {s: int((own["status"] == s).sum()) for s in ("backed", "partly", "assumed")}}
    if answer is None or name not in set(answer["personas"]["persona"]):
        return {**item, "summary": "No segment of customers stands behind this persona yet: all of its lines are assumed."}
    row = answer["personas"].set_index("persona").loc[name]
    estimate = Estimate(*(row[c] if c in ("unit", "method") else float(row[c]) if c in ("value", "low", "high") else int(row[c])
                          for c in ("value", "low", "high", "n", "base", "unit", "method")))
    item |= {"size": _size(estimate, f"{answer.facts['unit']}s"),
             "summary": _upper(str(row["in_short"])), "natural": answer.facts["natural"], "glyph": glyph(answer["profile"], name),
             "rule": _recognised(answer, name)}
    return item


def _size(e: Estimate, who: str) -> str:
    """`12.3 % of customers (10.1 to 14.5 %; 123 of 1,000)`, of few `5 of 7 customers`."""
    said, inside, counts = words.figure(e.value or 0.0, e.low, e.high, e.n, e.base, "share")
    return f"{said} of {who} ({inside}; {counts})" if counts else f"{said} {who}"


def _recognised(answer: Result, name: str) -> list[str]:
    """The rules that catch most of a persona, with how often they are right."""
    rule = answer["rule"]
    own = rule[rule["persona"] == name].head(2)
    return [f"{_upper(r['rule'])}: right for {words.part_of(r)}" for r in own.to_dict("records")]


def glyph(profile: pd.DataFrame, persona: str) -> list[Row]:
    """The portrait in data: for the features that differ most between personas, where this one lies.

    The same features in the same order for all personas. position: 0…1, .5 the other customers, .25 one standard
    deviation (flags: Cohen's h); text: the line in words.
    """
    table = profile[profile["effect"].notna() & profile["value"].notna()].copy()
    if table.empty:
        return []
    table["key"] = table["feature"] + "|" + table["level"]
    told = telling(profile)
    spread = table[table["key"].isin(set(told["feature"] + "|" + told["level"]))].groupby("key")["effect"].agg(lambda e: float(np.abs(e).max()))
    features = {k: k.split("|", 1)[0] for k in spread.index}
    chosen: list[str] = []
    for key in spread.sort_values(ascending=False, kind="stable").index:
        if features[key] not in {features[c] for c in chosen}:
            chosen.append(str(key))
        if len(chosen) == _PETALS:
            break
    own = table[table["persona"] == persona].set_index("key")
    out = []
    for key in sorted(chosen):
        if key in own.index:
            r = own.loc[key].to_dict()
            out.append({"label": f"{r['label']}: {r['level']}" if r["level"] else str(r["label"]), "text": lift_words(r),
                        "position": float(np.clip(0.5 + r["effect"] / 4, 0.03, 1.0))})
    return out


def _shown(r: Mapping[Any, Any]) -> Row:
    return {"text": r["text"], "status": r["status"], "evidence": r["evidence"] or "", "finding": r["finding"] if isinstance(r["finding"], str) else ""}


def _sentences(lines: pd.DataFrame, names: Sequence[str]) -> list[str]:
    counts = lines["status"].value_counts()
    backed, partly, assumed = (words.count(int(counts.get(s, 0))) for s in ("backed", "partly", "assumed"))
    out = [f"Of {words.some(len(lines), 'lines')} about {words.some(len(names), 'personas')}, data back {backed} and, in part, {partly} more; {assumed} {'is' if assumed == '1' else 'are'} assumed."]
    for name in names:
        own = lines[lines["persona"] == name]
        if len(own) and (own["status"] == "assumed").all():
            out.append(f"{name} is only assumed so far: no segment of customers stands behind it.")
    return out


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _beyond_chance(p: Any) -> bool:
    return p is not None and not pd.isna(p) and bool(p <= 0.05)


def _p(p: Any) -> str:
    return "not tested" if p is None or pd.isna(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
