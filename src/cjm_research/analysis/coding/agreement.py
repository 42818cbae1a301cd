"""Do coders see the same? Agreement code by code at a declared unit, with intervals and the list of differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cjm_research.errors import BadInput, NotEnoughData

from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import Agreement
from ...shapes import Row
from . import declared
from .coded import SEPARATOR, coded
from .disagreements import disagreements, examples
from .finished import in_words, standing
from .resampled import Floats, Tables, alpha, by_code, fleiss, kappa, percent, resamples, tables_of, weighted
from .unitizing import EDITION, binary_alpha, concatenate, unitizing_alpha
from .units import UNITS, Document, Unit, documents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...study import Study

RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff's customary bounds for α
FEW_DOCUMENTS = 10  # below, resampling documents gives intervals that are too narrow
ALL = "all codes"


@declares(declared.AGREED_CODES, declared.SUMMARY, declared.UNITIZING, declared.DISAGREEMENTS, declared.EXAMPLES, declared.DOCUMENTS, declared.IN_PROGRESS)
def agreement(
    study: Study,
    *,
    coders: Sequence[str] | None = None,
    unit: Unit = "turn",
    samples: int = 1000,
    seed: int = 20260101,
) -> Result:
    """Agreement of two or more coders on the documents that at least two of them have finished (`finished.standing`).

    unit: character, turn, sentence or document; passages that could not be located count for documents only. coders:
    default all, programs included and named. Intervals: percentiles of `samples` resamples of documents (cluster
    bootstrap, `seed`). Frames: `codes` (path, measure, prevalence, units and an estimate; "all codes" pools them),
    `summary` (one row a code: α as an estimate, beside it percent_share, kappa, u_alpha_binary), `unitizing` (uα family for domains whose codes do not overlap), `disagreements`, `examples` of them, `documents`, `in_progress` (what is not compared, and why).
    Raises `NotEnoughData` without a document that two coders finished, `BadInput` for an unknown unit.
    """
    if unit not in UNITS:
        raise BadInput("agreement", f"unit {unit!r}", ", ".join(UNITS), "correct unit in the cell that asks for agreement, or in chapter_params")
    study.need("codings", what="agreement of coders")
    everybody = study.query("SELECT DISTINCT coder FROM codings ORDER BY coder")["coder"].tolist()
    base = coded(study, coders or everybody)
    texts = study.query("SELECT document_id, text FROM documents")
    turns = study.query('SELECT document_id, start, "end" FROM turns ORDER BY document_id, start')
    if unit == "turn" and turns.empty:
        unit = "sentence"
    where = standing(base.rows, study.coding_finished)
    in_progress = where[~where["finished"]].reset_index(drop=True)
    finished = base.rows.merge(where.loc[where["finished"], ["document_id", "coder"]], on=["document_id", "coder"])
    both = documents(finished, texts, turns, unit)
    if not both:
        begun = documents(base.rows, texts, turns, unit)
        raise NotEnoughData(
            "agreement of coders",
            f"no interview was finished by two coders: {' '.join(in_words(in_progress))}" if begun else _why_not(base.rows, everybody, unit),
            "two coders on at least one document",
            "let a second person code some interviews",
        )
    rows = finished[finished["document_id"].isin([d.document_id for d in both])]
    names = sorted(rows["coder"].unique())
    weights = resamples(len(both), samples, seed)
    estimates, pooled = [], None
    for path, code in by_code(rows).items():
        tables = tables_of(code, both, names, unit)
        pooled = tables if pooled is None else pooled + tables
        estimates += _rows(path, tables, weights, names, unit, len(both))
    assert pooled is not None
    estimates = _rows(ALL, pooled, weights, names, unit, len(both)) + estimates
    differing = disagreements(rows)
    frames = {
        "codes": estimates_frame(estimates),
        "summary": _summary(estimates),
        "unitizing": _domains(rows, both, names),
        "disagreements": differing,
        "examples": examples(differing),
        "in_progress": in_progress,
        "documents": pd.DataFrame(
            [
                {
                    "document_id": d.document_id,
                    "participant": d.participant,
                    "coders": ", ".join(d.coders),
                    "characters": d.length,
                }
                for d in both
            ]
        ),
    }
    synthetic = sorted(rows.loc[rows["is_synthetic"], "coder"].unique())
    result = Result(
        "Do coders see the same?",
        frames,
        facts={
            "coders": names,
            "synthetic_coders": synthetic,
            "documents": len(both),
            "unit": unit,
            "edition": EDITION,
            "differences": differing["kind"].value_counts().to_dict(),
        },
        method=f"A code is present in a {unit} where a coder gave it to any character of it. Percent agreement: agreeing pairs of coders. "
        "Cohen's κ (1960) for two coders, Fleiss' κ (1971) for more, Krippendorff's α (nominal; 2011) and |uα of the spans "
        f"themselves ({EDITION}). Intervals: percentiles of {samples:,} resamples of whole documents. Uncoded text counts as "
        "agreement that the code is absent, which is why κ and α are given beside the percentage.",
        caveats=[*(c for c in base.caveats if "not counted" not in c), *in_words(in_progress)],
    )
    if len(both) < FEW_DOCUMENTS:
        result.caveats.append(f"{len(both)} documents were coded twice; intervals from so few are too narrow.")
    _say(study, result, frames["codes"], names, synthetic)
    return result


def _why_not(rows: pd.DataFrame, coders: Sequence[str], unit: Unit) -> str:
    if unit != "document" and (rows.groupby("document_id")["coder"].nunique() > 1).any():
        lost = sorted(set(rows["coder"]) - set(rows.loc[rows["start"].notna(), "coder"]))
        named = f" (none of {words.listing(lost)})" if lost else ""
        return f"no document has passages of two coders whose place in the transcript is known{named}"
    return f"no document was coded by two of {len(coders)} coders" if len(coders) > 1 else f"only {coders[0]} coded"


def _rows(
    path: str, t: Tables, weights: Floats, names: Sequence[str], unit: Unit, n: int
) -> list[tuple[Row, Estimate]]:
    all_once = np.ones((1, len(t.rated)))
    present, ratings = t.rated.sum(0)
    units = float(t.coincidence.sum() / len(names)) if len(names) else 0.0
    plain = {
        "path": path,
        "code": path.split(SEPARATOR)[-1],
        "prevalence": float(present / ratings) if ratings else None,
        "unit_coded": unit,
        "units": round(units),
    }
    measures: dict[str, Callable[[Floats], Floats]] = {
        "percent": lambda w: percent(weighted(w, t.coincidence)),
        "alpha": lambda w: alpha(weighted(w, t.coincidence)),
    }
    if len(names) == 2:
        measures["cohen_kappa"] = lambda w: kappa(weighted(w, t.confusion))
    else:
        measures["fleiss_kappa"] = lambda w: fleiss(w @ t.fleiss, len(names))
    measures["u_alpha_binary"] = lambda w: binary_alpha(weighted(w, t.spans), w @ t.own)
    labels = {
        "percent": "percent agreement",
        "alpha": "Krippendorff's α, nominal",
        "cohen_kappa": "Cohen's κ",
        "fleiss_kappa": "Fleiss' κ",
        "u_alpha_binary": f"|uα, {EDITION}",
    }
    out = []
    for measure, function in measures.items():
        value = _number(function(all_once)[0])
        low = high = None
        why = "no interval: one document"
        if value is None:
            why = "undefined: the code is present or absent throughout"
        elif len(weights):
            drawn = function(weights)
            drawn = drawn[np.isfinite(drawn)]
            why = f"{len(drawn):,} resamples of {n} documents"
            if len(drawn):
                low, high = (float(q) for q in np.quantile(drawn, [0.025, 0.975]))
        shown = "share" if measure == "percent" else "score"
        out.append(
            ({**plain, "measure": measure}, Estimate(value, low, high, n, n, shown, f"{labels[measure]}; {why}"))
        )
    return out


def _summary(estimates: Sequence[tuple[Row, Estimate]]) -> pd.DataFrame:
    """α by code with its interval, the other measures beside it; the code that needs most work first, all codes on top."""
    by_path: dict[str, Row] = {}
    alphas = []
    for plain, estimate in estimates:
        measures = by_path.setdefault(plain["path"], {})
        short = "kappa" if plain["measure"].endswith("_kappa") else plain["measure"]
        measures[short] = estimate.value
        if short == "alpha":
            alphas.append((plain, estimate))
    rows = []
    for plain, estimate in alphas:
        other = by_path[plain["path"]]
        named = {"percent_share": other.get("percent"), "kappa": other.get("kappa"), "u_alpha_binary": other.get("u_alpha_binary")}
        rows.append(({k: plain[k] for k in ("path", "code", "prevalence")} | named, estimate))
    rows.sort(key=lambda r: (r[0]["path"] != ALL, r[1].value is None, r[1].value or 0.0, r[0]["path"]))
    return estimates_frame(rows)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _domains(rows: pd.DataFrame, both: Sequence[Document], names: Sequence[str]) -> pd.DataFrame:
    """uα, cuα and (k)uα of each topmost code whose codes no coder laid over each other."""
    found = []
    placed = rows.dropna(subset=["start", "end"])
    for root, inside in placed.groupby(placed["path"].str.split(SEPARATOR).str[0]):
        if inside["path"].nunique() < 2:
            continue
        parts = []
        for d in both:
            here = inside[inside["document_id"] == d.document_id]
            parts.append(
                (
                    {
                        n: [
                            (int(r["start"]), int(r["end"]), r["path"])
                            for r in here[here["coder"] == n]
                            .drop_duplicates(["start", "end", "path"])
                            .to_dict("records")
                        ]
                        for n in names
                        if n in d.coders
                    },
                    d.length,
                )
            )
        if len({frozenset(spans) for spans, _ in parts}) > 1:
            continue  # a continuum needs the same coders throughout
        try:
            u = unitizing_alpha(*concatenate(parts))
        except BadInput:
            continue  # codes overlap: no partition, so uα does not apply; |uα code by code does
        found.append({"domain": root, "measure": "u_alpha", "value": u.u_alpha, "coverage": None})
        found.append({"domain": root, "measure": "u_alpha_binary", "value": u.u_alpha_binary, "coverage": None})
        found.append({"domain": root, "measure": "cu_alpha", "value": u.cu_alpha, "coverage": u.coverage})
        found += [
            {"domain": str(k), "measure": "k_u_alpha", "value": v, "coverage": u.value_coverage[k]}
            for k, v in u.per_value.items()
        ]
    return pd.DataFrame(found, columns=["domain", "measure", "value", "coverage"]).assign(edition=EDITION)


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _say(study: Study, result: Result, codes: pd.DataFrame, names: Sequence[str], synthetic: Sequence[str]) -> None:
    whole = codes[(codes["path"] == ALL) & (codes["measure"] == "alpha")].iloc[0]
    who = words.listing([f"{n} (synthetic)" if n in synthetic and "synthetic" not in n.casefold() else n for n in names])
    if whole["value"] is None or pd.isna(whole["value"]):
        result.sentences.append(f"Agreement of {who} cannot be computed: nothing varies.")
        return
    if len(set(names) - set(synthetic)) < 2:
        people = sorted(set(names) - set(synthetic))
        result.sentences.append(
            f"This is no agreement of people: {words.listing(list(synthetic))} {'is a program' if len(synthetic) == 1 else 'are programs'}. "
            f"α of {who} is {_two(whole['value'])} over all codes by {result.facts['unit']}, which says how far the program departs"
            f"{' from ' + words.listing(people) if people else ''}, not how well people agree."
        )
        _finding(study, result, result.sentences[0], whole, names, synthetic)
        return
    grade = (
        "reliable"
        if whole["value"] >= RELIABLE
        else "good for tentative conclusions"
        if whole["value"] >= TENTATIVE
        else "not reliable"
    )
    span = "" if pd.isna(whole["low"]) else f" (95\u202f% interval {_two(whole['low'])} to {_two(whole['high'])})"
    statement = (
        f"{who} agree with α = {_two(whole['value'])}{span} over all codes by {result.facts['unit']}: {grade} by "
        f"Krippendorff's bounds ({RELIABLE:g} and {TENTATIVE:g})."
    )
    result.sentences += [_IN_WORDS[grade].format(who), statement]
    alphas = codes[(codes["path"] != ALL) & (codes["measure"] == "alpha")].dropna(subset=["value"])
    weak = alphas[alphas["value"] < TENTATIVE].sort_values("value")
    if len(weak):
        named = words.listing([f"{r['code']} ({_two(r['value'])})" for r in weak.head(3).to_dict("records")])
        result.sentences.append(
            f"{len(weak)} of {len(alphas)} codes lie below {TENTATIVE:g}, lowest {named}; the list of "
            f"{len(result['disagreements'])} differences shows both readings."
        )
    _finding(study, result, statement, whole, names, synthetic)


_IN_WORDS = {"reliable": "{} read the interviews alike: the codes mean the same to them.", "good for tentative conclusions": "{} read the interviews alike enough for tentative conclusions.",
             "not reliable": "{} read the interviews too differently: talk about the codes before you rely on them."}


def _finding(study: Study, result: Result, statement: str, whole: pd.Series, names: Sequence[str], synthetic: Sequence[str]) -> None:
    low, high = (None if pd.isna(whole[k]) else float(whole[k]) for k in ("low", "high"))
    estimate = Estimate(
        float(whole["value"]), low, high, int(whole["n"]), int(whole["base"]), str(whole["unit"]), str(whole["method"])
    )
    result.findings.append(
        Finding(
            "agreement:alpha",
            statement,
            "quality",
            estimate,
            source="interview",
            evidence=(rows_evidence(study, "codings", f"codings of {words.listing(names)}", "SELECT coding_id AS id, coder FROM codings"),),
            caveats=("includes a synthetic coder",) if synthetic else (),
            subject=Agreement("alpha"),
        )
    )
