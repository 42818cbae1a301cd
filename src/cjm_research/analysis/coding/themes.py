"""What do participants say, how many of them, and who? Codes by participant, persona, stage and touchpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ...results import words
from ...results.declared import declares
from ...results.lanes import OF_KIND
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Code
from . import declared
from .coded import SEPARATOR, Coded, coded, path_condition, quote_evidence, text_literal, under
from .cooccurrence import cooccurrence
from .matrices import by_group, by_participant, by_place, codes_frame, ranked, with_codes_above

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...study import Study

FINDING_KINDS = ("pain", "gain", "need", "thought", "action")
QUOTES_PER_FINDING = 3  # passages named as evidence of a finding, of different participants first
TOP_OF_STAGE = 6  # codes of a stage that a page names; the matrix has them all
SMALL_GROUP = 5  # participants of a persona below which a share says little and names of evidence say more


@declares(declared.CODES, declared.PARTICIPANTS, declared.PERSONAS, declared.STAGES, declared.TOUCHPOINTS, declared.COOCCURRENCE, declared.RANKED,
          declared.BY_STAGE)
def themes(study: Study, *, coders: Sequence[str] | None = None, near: int = 200) -> Result:
    """Codes counted in participants, not in mentions, each "n of N" with its Wilson interval.

    The base is every participant whose interview was coded. A code counts for a participant who has it or any
    code below it. coders: whose codings count (default: all people); near: characters between two passages that
    still lie "near" each other. Frames: `codes`; `participants` (code × participant: passages); `personas`, `stages`,
    `touchpoints` (code × group, estimates); `ranked` and `by_stage` (used codes, those of most participants first); `cooccurrence` (pairs of codes, typed). Raises `NotEnoughData` without
    codings.
    """
    base = coded(study, coders)
    people = len(base.participants)
    spread = with_codes_above(base.rows)
    codes = codes_frame(spread, people)
    findings = [
        f
        for r in codes.to_dict("records")
        if r["kind"] in FINDING_KINDS
        for f in _findings(base, r["path"], r["kind"], r["code"])
    ]
    frames = {
        "codes": codes,
        "participants": by_participant(spread, base.participants),
        "personas": by_group(spread, base, "persona"),
        "stages": by_place(spread, people, "stage", study.stages),
        "touchpoints": by_place(spread, people, "touchpoint", list(study.touchpoint_stage)),
        "cooccurrence": cooccurrence(base.rows, people, near),
    }
    used = set(codes.loc[codes["passages_own"] > 0, "path"])
    frames["ranked"] = ranked(codes[codes["passages_own"] > 0])
    frames["by_stage"] = ranked(frames["stages"][frames["stages"]["path"].isin(used)], "stage", TOP_OF_STAGE)
    result = Result(
        "What do participants say, and how many of them?",
        frames,
        facts={
            "participants": len(base.participants),
            "passages": len(base.rows),
            "codes": int(base.rows["path"].nunique()),
            "coders": sorted(base.rows["coder"].unique()),
            "synthetic": bool(base.rows["is_synthetic"].any()),
        },
        method="Counted are participants, not mentions: a participant has a code if any passage of theirs has it or a code below it. "
        "The base is every participant whose interview was coded. Shares carry Wilson intervals (Wilson 1927); they speak of "
        "people like these participants, not of all customers.",
        caveats=base.caveats,
        findings=findings,
    )
    result.sentences = _sentences(frames["codes"], result.facts)
    personas = base.rows.dropna(subset=["persona"]).groupby("persona")["participant"].nunique()
    if len(personas) and personas.min() < SMALL_GROUP:
        small = ", ".join(f"{p} ({n})" for p, n in personas[personas < SMALL_GROUP].items())
        result.caveats.append(f"Few participants in {small}: read the named passages, not the shares.")
    if len(base.participants) < 12:
        result.caveats.append(
            f"{len(base.participants)} participants show what occurs, not how often it occurs among customers."
        )
    return result


def _findings(base: Coded, path: str, kind: str, name: str) -> list[Finding]:
    """One finding a place where the code occurs; passages without a place give one of their own."""
    inside = base.rows[under(base.rows, path)]
    found = []
    places = inside[["stage", "touchpoint"]].drop_duplicates().to_dict("records")
    for place in sorted(places, key=lambda p: (str(p["stage"]), str(p["touchpoint"]))):
        condition = path_condition(path)
        mask = under(base.rows, path)
        for column in ("stage", "touchpoint"):
            value = place[column]
            condition += f" AND {column} " + (f"= {text_literal(str(value))}" if value is not None else "IS NULL")
            mask &= base.rows[column] == value if value is not None else base.rows[column].isna()
        where = " at ".join(str(x) for x in (place["touchpoint"], place["stage"]) if x is not None)
        estimate, evidence = base.share_of(condition, mask, f"a passage about {words.quoted(name)}" + (f" ({where})" if where else ""))
        caveats = (
            ("rests on synthetic codings, made by a program",) if base.rows.loc[mask, "is_synthetic"].all() else ()
        )
        found.append(
            Finding(
                f"theme:{path}",
                f"{name}: {of(estimate)} participants",
                kind,
                estimate,
                stage=place["stage"],
                touchpoint=place["touchpoint"],
                source="interview",
                evidence=(evidence, *(quote_evidence(r) for r in passages(base.rows[mask]))),
                caveats=caveats,
                lane=OF_KIND.get(kind),
                label=name,
                subject=Code(tuple(path.split(SEPARATOR))),
            )
        )
    return found


def of(estimate: Estimate) -> str:
    """`5 of 12`."""
    return f"{estimate.n} of {estimate.base}"


def passages(rows: pd.DataFrame, count: int = QUOTES_PER_FINDING) -> list[dict[Any, Any]]:
    """The first passages of as many participants as possible, located ones first."""
    ordered = rows.assign(lost=rows["start"].isna(), turn=rows.groupby("participant").cumcount())
    return ordered.sort_values(["turn", "lost", "document_id", "start"], kind="stable").head(count).to_dict("records")


def _lead(leaves: pd.DataFrame) -> list[str]:
    """What most people we interviewed say hurts; else what most of them speak of."""
    first = leaves[leaves["kind"] == "pain"].head(1) if (leaves["kind"] == "pain").any() else leaves.head(1)
    return [f"{r['n']} of {r['base']} people interviewed: {words.quoted(str(r['code']))}." for r in first.to_dict("records")]


def _sentences(codes: pd.DataFrame, facts: dict[str, Any]) -> list[str]:
    leaves = codes[(codes["passages_own"] > 0)].sort_values(["n", "passages"], ascending=False)
    out = [
        *_lead(leaves),
        f"{facts['codes']} codes were given to {facts['passages']:,} passages of {facts['participants']} {'participant' if facts['participants'] == 1 else 'participants'}."
    ]
    top = [f"{r['code']} ({r['n']} of {r['base']})" for r in leaves.head(3).to_dict("records")]
    out.append(f"Most participants speak of {words.listing(top)}.")
    for kind, word in (("pain", "pain point"), ("gain", "gain"), ("need", "need")):
        some = leaves[leaves["kind"] == kind]
        if len(some):
            r = some.iloc[0]
            out.append(
                f"The most common {word} is {r['code']}: {r['n']} of {r['base']} participants "
                f"({words.interval(r['low'], r['high'], 'share')})."
            )
    return out
