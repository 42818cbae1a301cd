"""Who are the customers? The question `personas(study)`: segments, members, names, the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import BadInput, NotEnoughData
from ...results import words
from ...results.declared import declares
from ...results.result import Estimate, Evidence, Finding, Result, frame_sha256
from ...results.subjects import Persona
from ...shapes import Row
from ...stats.shares import share
from . import declared, memory, names
from .choose import at_least
from .columns import judge
from .features import Features, features_of, label_of, resolve, unit_of
from .profiles import clearest, lift_words, profile, telling
from .rule import fit_rule, rule_frame
from .segment import Segmentation, segment

if TYPE_CHECKING:
    from ...study import Study

# frames that not every answer has; empty ones keep their columns, so that a chapter can always ask for them
QUESTION = "Who are the customers, and how natural are these groups?"
MOST_GIVEN = 12  # values of an attribute that may serve as personas
DESCRIBE_MISSING = 0.99  # share missing up to which a column still describes those who have it


@declares(*declared.ALL)
def personas(study: Study, *, segments: int | None = None, method: str | None = None, seed: int | None = None,
             max_segments: int | None = None, bootstraps: int = 40, replicas: int = 99) -> Result:
    """The client's personas: found by segmentation, or given by `personas.attribute`.

    Options override `personas:` of the params. Frames: `members` (customer_id, persona; empty persona: not typed),
    `personas` (size with Wilson interval, Jaccard, size over refits, in short), `candidates` (every number of
    segments side by side), `features` (used or refused, and why), `other_solutions`, `methods`, `rule`, `drift`,
    `profile` (what sets each apart), `clearest` (its strongest lines). facts: natural, chosen, segments, slices, unit,
    rule_tree, rule_accuracy. Raises `NotEnoughData` where no customer or nothing about them is known.
    """
    options = study.params.personas
    features = features_of(study)
    if options.attribute:
        return _given(study, features, options.attribute)
    known = list(map(str, features.frame.columns))
    chosen = resolve(options.features, known, f"{study.client}: personas.features")
    excluded = resolve([e for e in options.exclude if _known(e, known)], known, f"{study.client}: personas.exclude")
    found = segment(features.frame, features=chosen, exclude=excluded, method=method or options.method,
                    segments=segments or options.segments, max_segments=max_segments or options.max_segments,
                    seed=options.seed if seed is None else seed, bootstraps=bootstraps, replicas=replicas)
    described = described_table(features.frame, excluded)
    label = _label(features)
    profiles = names.profiles_of(found.table, found.labels, found.k)
    remembers = not study.members and segments is None and method is None and seed is None and max_segments is None
    titles, drift = _titles(study, features, found, profiles, described, label)
    persona = np.array([*titles, None], object)[found.labels]
    result = _result(study, features, found, persona, titles, described, label)
    result.frames["drift"] = drift
    _complete(result)
    if remembers and found.k > 1:
        sizes = np.bincount(found.labels[found.labels >= 0], minlength=found.k)
        memory.remember(study, [{"name": t, "share": float(sizes[i] / sizes.sum()), "customers": int(sizes[i]), "profile": profiles[i]}
                                for i, t in enumerate(titles)])
    return result


def described_table(frame: pd.DataFrame, excluded: list[str]) -> pd.DataFrame:
    """All columns that can describe a persona, cleaned; those too empty to form one included, excluded ones not."""
    table, _ = judge(frame.drop(columns=excluded), named=list(map(str, frame.columns)), max_missing=DESCRIBE_MISSING)
    return table


def _known(name: str, known: list[str]) -> bool:
    """Whether an excluded name exists here; one that does not needs no excluding."""
    return any(k == name or k.split(".", 1)[-1] == name for k in known)


def _label(features: Features) -> Any:
    return lambda name: label_of(name, features.questions)


def _titles(study: Study, features: Features, found: Segmentation, profiles: list[names.Profile], described: pd.DataFrame,
            label: Any) -> tuple[list[str], pd.DataFrame]:
    """The names by segment, and the drift against the last run."""
    previous = memory.recall(study)
    if found.k == 1:
        return [names.EVERYBODY], _drift([], previous, {}, [], 0)
    known = list(map(str, described.columns))
    given = []
    for persona in study.params.personas.names:
        match = {}
        for key, value in persona.match.items():
            match[resolve([key], known, f"{study.client}: personas.names: {persona.name}: match")[0]] = value
        given.append((persona.name, match))
    everything = names.profiles_of(described, found.labels, found.k)
    base = names.profiles_of(described, np.zeros(len(described), int), 1)[0]
    taken = names.by_settings(everything, base, names.spreads_of(described), given)
    spreads = names.spreads_of(found.table)
    kept = names.as_before(profiles, spreads, previous, taken)
    titles = {**taken, **{i: n for i, (n, _) in kept.items()}}
    plain = [f"#{i}" for i in range(found.k)]
    numbered = np.array([*plain, None], object)[found.labels]
    lines = telling(profile(found.table, list(numbered), list(map(str, found.table.columns)), label, lambda n: ""))
    for i in range(found.k):
        if i not in titles:
            titles[i] = names.made_up(lines, plain[i], set(titles.values()) | {n for n, _ in given})
    ordered = [titles[i] for i in range(found.k)]
    moved = dict(kept)
    for i, name in taken.items():  # a name of the settings may have had another segment last time
        old = next((p for p in previous if p["name"] == name), None)
        if old is not None:
            moved[i] = (name, names.distance(profiles[i], old["profile"], spreads))
    sizes = np.bincount(found.labels[found.labels >= 0], minlength=found.k)
    return ordered, _drift(ordered, previous, moved, sizes.tolist(), int(sizes.sum()))


def _drift(titles: list[str], previous: list[Row], moved: dict[int, tuple[str, float]], sizes: list[int],
           total: int) -> pd.DataFrame:
    """Persona by persona: kept, new or gone since the last run, its share then and now, how far it has moved."""
    old = {p["name"]: p for p in previous}
    rows: list[Row] = []
    for i, title in enumerate(titles if previous else []):
        before = old.pop(title, None) if i in moved else None
        rows.append({"persona": title, "state": "kept" if before else "new", "share": sizes[i] / total,
                     "share_before": before["share"] if before else None, "moved_sd": moved[i][1] if before else None})
    rows += [{"persona": n, "state": "gone", "share": None, "share_before": p["share"], "moved_sd": None} for n, p in old.items()]
    frame = pd.DataFrame(rows, columns=["persona", "state", "share", "share_before", "moved_sd"])
    return frame.astype({"share": "float64", "share_before": "float64", "moved_sd": "float64"})


def _result(study: Study, features: Features, found: Segmentation, persona: np.ndarray, titles: list[str],
            described: pd.DataFrame, label: Any) -> Result:
    members = pd.DataFrame({"customer_id": features.frame.index.astype(str), "persona": pd.array(list(persona), dtype="string")}).sort_values("customer_id", ignore_index=True)
    min_cell = study.params.privacy.min_cell
    lines = profile(described, list(persona), [b.name for b in found.encoder.blocks], label,
                    lambda n: unit_of(n, study.params.currency), min_cell) if found.k > 1 else pd.DataFrame()
    sheet = found.frames["segments"].rename(columns={"segment": "persona"})
    sheet["persona"] = [titles[i] for i in sheet["persona"]]
    sheet["in_short"] = [in_short(lines, t) for t in sheet["persona"]]
    frames = {"members": members, "personas": sheet, "candidates": found.frames["candidates"],
              "features": _named(found.frames["features"], label)}
    frames |= {k: found.frames[k] for k in ("other_solutions", "methods") if k in found.frames}
    facts: dict[str, Any] = {"natural": found.natural, "segments": found.k, "fixed": found.fixed, "why": found.why,
                             "slices": found.choice.slices, "unit": features.unit, "method": found.method.name,
                             "p_one_cloud": found.choice.cloud.p, "features": [b.name for b in found.encoder.blocks]}
    result = Result(QUESTION, frames, facts, method=_method(found), caveats=[*found.caveats, *features.left_out])
    if found.k > 1:
        frames |= {"profile": lines, "clearest": clearest(lines)}
        _add_rule(result, found, persona, label, study.params.personas.seed)
    result.sentences = _sentences(found, titles, features.unit, result)
    result.findings = _findings(study, members, sheet, lines, found.natural)
    return result


def _add_rule(result: Result, found: Segmentation, persona: np.ndarray, label: Any, seed: int) -> None:
    typed = found.labels >= 0
    rule = fit_rule(found.encoder.filled(found.table[typed]), list(persona[typed]), seed)
    result.frames["rule"] = rule_frame(rule.tree, label)
    result.facts |= {"rule_tree": rule.tree, "rule_accuracy": rule.accuracy.row(), "rule_baseline": rule.baseline}


def _given(study: Study, features: Features, attribute: str) -> Result:
    """Personas by an attribute of the customers, no segmentation."""
    where = f"{study.client}: personas.attribute"
    name = resolve([attribute], list(map(str, features.frame.columns)), where)[0]
    values = features.frame[name].astype("string").str.strip()
    values = values.mask(values == "")
    counts = values.value_counts()
    if counts.empty:
        raise NotEnoughData("personas", f"{attribute} is empty for all customers", "a value for some customers", "cjm check says what data there is")
    if len(counts) > MOST_GIVEN:
        raise BadInput(where, f"{attribute} has {len(counts):,} different values", f"at most {MOST_GIVEN}",
                       "choose an attribute with few values, or leave personas.attribute out")
    label = _label(features)
    described = described_table(features.frame, [name])
    least = study.params.privacy.min_cell
    lines = profile(described, list(values.astype(object).where(values.notna(), None)), [], label,
                    lambda n: unit_of(n, study.params.currency), least)
    total = int(counts.sum())
    sheet = pd.DataFrame([{"persona": str(v), **share(int(n), total).row(), "jaccard": None, "refit_low": None, "refit_high": None,
                           "in_short": in_short(lines, str(v))} for v, n in counts.items()])
    members = pd.DataFrame({"customer_id": features.frame.index.astype(str), "persona": values.array}).sort_values("customer_id", ignore_index=True)
    result = Result(QUESTION, {"members": members, "personas": sheet, "profile": lines, "clearest": clearest(lines)},
                    {"natural": None, "segments": len(counts), "fixed": True, "why": f"given by {label(name)}", "slices": None,
                     "unit": features.unit, "method": "attribute", "features": [name]},
                    method=f"Personas are the values of {label(name)} (`personas.attribute`); nothing was segmented.",
                    caveats=list(features.left_out))
    untyped = len(values) - total
    if untyped:
        result.caveats.append(f"{untyped:,} of {len(values):,} {features.unit}s have no {label(name)} and no persona.")
    result.sentences = [f"The {len(counts)} personas are given by {label(name)}.", *_sizes(sheet)]
    _complete(result)
    result.findings = _findings(study, members, sheet, lines, None)
    return result


def _complete(result: Result) -> None:
    """Give every declared frame, with its columns where it has no rows."""
    for frame in declared.ALL:
        if frame.name not in result.frames or result.frames[frame.name].shape[1] == 0:
            result.frames[frame.name] = pd.DataFrame(columns=list(frame.stored))


def in_short(lines: pd.DataFrame, persona: str, most: int = 4) -> str:
    """A persona in a few words: its strongest differences."""
    if lines.empty:
        return ""
    own = telling(lines[lines["persona"] == persona])
    clear = own[own["effect"].abs() >= 0.35].head(most)
    plain = (clear["level"] == "") & ~clear["feature"].astype(str).str.startswith("behaviour.channel_")
    said = [f"{where} average: {', '.join(clear.loc[plain & side, 'label'])}" for where, side in (("above", clear["effect"] > 0), ("below", clear["effect"] <= 0)) if (plain & side).any()]
    return "; ".join([*said, *clear.loc[~plain, "words"]])


def _named(frame: pd.DataFrame, label: Any) -> pd.DataFrame:
    out = frame.copy()
    out.insert(1, "label", [label(n) for n in out["feature"]])
    return out


def _method(found: Segmentation) -> str:
    chosen = next((c for c in found.choice.candidates if c.k == found.k), None)
    return (
        f"{found.method.title[:1].upper()}{found.method.title[1:]} on {len(found.encoder.blocks)} features, each with the same say; "
        "for every number of segments: adjusted Rand index between bootstrap refits (Dolnicar & Leisch 2010), Jaccard of every segment "
        "(Hennig 2007), the gap to replicas of one cloud that keeps margins, correlations and tails (after Tibshirani et al. 2001 and "
        "Liu et al. 2008), valleys between neighbours (after Hartigan & Hartigan 1985), and how well a short rule tells them apart. "
        "Natural: p ≤ .01 against one cloud, every Jaccard ≥ .75, valleys between at least half of the neighbours. "
        "Names: by the settings, else kept from the last run, else made up from what sets a segment apart."
        + (f" {chosen.stability.jaccard.shape[0]} bootstrap samples." if chosen else ""))


def _sentences(found: Segmentation, titles: list[str], unit: str, result: Result) -> list[str]:
    why = found.why
    if found.k == 1:
        out = [f"There are no natural segments among these {words.several(unit)}.", f"{why[:1].upper()}{why[1:]}."]
        if found.choice.slices:
            c = next(c for c in found.choice.candidates if c.k == found.choice.slices)
            out.append(f"Where groups are needed to work with, {c.k} slices come back on other samples (Jaccard "
                       f"{at_least(c.stability.segments.min())} or more), to be read as slices of one cloud (`personas.segments: {c.k}`).")
        return out
    if found.natural:
        out = [f"{words.number_word(found.k)} kinds of {unit} differ clearly and stay the same when we draw new samples: {found.k} natural segments.", f"In numbers: {why}."]
    else:
        out = [f"The {found.k} segments that were asked for are not natural groups: {_not_natural(found)}."]
    out += _sizes(result["personas"])
    accuracy = result.facts["rule_accuracy"]
    if accuracy["value"] is not None:
        e = Estimate(**accuracy)
        out.append(f"A rule of few questions finds the persona of {words.estimate(e, with_n=False)} of customers it has not seen; "
                   f"always guessing the largest would reach "
                   f"{words.percent(result.facts['rule_baseline'])}.")
    return out


def _not_natural(found: Segmentation) -> str:
    if found.choice.natural:
        return f"the data rather fall into {found.choice.k}"
    return found.why


def _sizes(sheet: pd.DataFrame) -> list[str]:
    parts = [f"{r['persona']} {words.part(r)}" for r in sheet.to_dict("records")]
    return [f"By size: {words.listing(parts)}."]


def _findings(study: Study, members: pd.DataFrame, sheet: pd.DataFrame, lines: pd.DataFrame, natural: bool | None) -> list[Finding]:
    """One finding a persona: its size, resting on its members; and its three clearest differences."""
    out = []
    if len(sheet) < 2:
        return []
    for row in sheet.to_dict("records"):
        name = row["persona"]
        own = members[members["persona"] == name]
        estimate = Estimate(**{c: row[c] for c in ("value", "low", "high", "n", "base", "unit", "method")})
        about = [lift_words(r) for r in lines[lines["persona"] == name].drop_duplicates("feature").head(3).to_dict("records")
                 if r["value"] is not None and not pd.isna(r["value"])] if len(lines) else []
        caveats = () if natural is not False else ("a slice of one cloud, not a natural group",)
        out.append(Finding(
            f"personas:{name}", f"{name}: {words.estimate(estimate)}" + (f"; {'; '.join(about)}" if about else ""), "persona", estimate,
            persona=name, status="backed" if natural is not False else "partly", caveats=caveats,
            evidence=(Evidence("rows", f"customers whom their persona fits best, here {words.quoted(str(name))}", "customers",
                               rows=len(own), rows_sha256=frame_sha256(own[["customer_id"]])),), subject=Persona(str(name))))
    return out

