"""Which passages to show for a theme: chosen by stated rules, never without the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cjm_research.errors import NotEnoughData, unknown

from ...results import words
from ...results.declared import declares
from ...results.result import Finding, Result
from ...results.subjects import Quote
from ...shapes import Row
from . import declared
from .coded import SEPARATOR, Coded, coded, quote_evidence, under

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...study import Study

SHORT, LONG = 40, 320  # characters a quote should have: enough to stand alone, short enough to be read
CUT = " […]"  # marks what was left out, as style guides for quotations ask
RULES = (
    f"verbatim from the transcript; longer than {LONG} characters cut at a word, marked […]",
    "words of participants, not of interviewers: of a passage over several turns the participant's longest",
    "located passages before those that could not be located",
    "another participant before a second passage of the same one",
    f"{SHORT} to {LONG} characters before shorter or longer ones; then the order of the interview",
    "beside each theme the passage that contradicts it most directly: opposite valence in the same passage's place or theme; "
    "where none is coded, that is said",
)


@declares(declared.QUOTES)
def quotes(
    study: Study,
    *,
    codes: Sequence[str] | None = None,
    per_code: int = 2,
    per_participant: int = 4,
    coders: Sequence[str] | None = None,
) -> Result:
    """Quotes for the themes, with at least one contrary each where one is coded.

    codes: names or paths to illustrate; default: every code of kind pain, gain, need or emotion that is used, else
    all used codes. per_code: quotes for a code and stage; per_participant: quotes of one participant in all (contrary
    ones not counted). Frame `quotes`: path, kind, stage, touchpoint, participant, persona, role ("theme" or "contrary"),
    quote (as shown), document_id, turn, start, end, text_sha256, coder, coding_id, counted ("5 of 12"), is_synthetic.
    Raises `NotEnoughData` without codings, `BadInput` for unknown codes.
    """
    base = coded(study, coders)
    candidates = _candidates(base, study)
    used: dict[str, int] = {}
    rows: list[Row] = []
    findings: list[Finding] = []
    without: list[str] = []
    opposed: set[str] = set()
    for path in _paths(base.rows, codes):
        own = base.rows[under(base.rows, path)]
        counted = f"{own['participant'].nunique()} of {len(base.participants)}"
        chosen: list[Row] = []
        for _, inside in candidates[under(candidates, path)].groupby("stage", dropna=False, sort=False):
            chosen += _choose(inside, per_code, used, per_participant)
        if not chosen:
            continue
        contrary = _contrary(candidates, path, chosen, opposed)
        opposed |= {str(contrary["coding_id"])} if contrary else set()
        if contrary is None and own["valence"].notna().any():
            without.append(path)
        for row, role in [*((c, "theme") for c in chosen), *([(contrary, "contrary")] if contrary else [])]:
            rows.append(_shown(row, path, role, counted))
            findings.append(_finding(base, row, path, role, counted))
    if not rows:
        raise NotEnoughData(
            "quotes", "no passage of a participant can be quoted", "at least one coded passage with words",
            "cjm check says what data there is"
        )
    frame = pd.DataFrame(rows)
    result = Result(
        "What do participants say in their own words?",
        {"quotes": frame},
        findings=list({f.id: f for f in findings}.values()),
        facts={
            "quotes": len(frame),
            "participants": int(frame["participant"].nunique()),
            "contrary": int((frame["role"] == "contrary").sum()),
            "rules": list(RULES),
        },
        method="Chosen by rules, not by hand: "
        + "; ".join(RULES)
        + ". Participants are named by number (COREQ item 29).",
        caveats=list(base.caveats),
    )
    result.sentences.append(
        f"{len(frame)} quotes of {frame['participant'].nunique()} participants illustrate "
        f"{frame['path'].nunique()} themes; {result.facts['contrary']} of them contradict the theme they stand beside."
    )
    if without:
        named = ", ".join(p.split(SEPARATOR)[-1] for p in without[:5])
        result.caveats.append(
            f"No contrary passage is coded for {len(without)} themes ({named}{', …' if len(without) > 5 else ''})."
        )
    return result


def _candidates(base: Coded, study: Study) -> pd.DataFrame:
    """Codings that may be quoted, each cut to the participant's turn that holds most of it."""
    rows = base.rows[base.rows["quote"].astype(str).str.strip() != ""]
    turns = study.query('SELECT document_id, turn, start, "end", is_interviewer FROM turns ORDER BY document_id, start')
    by_document = {str(d): t for d, t in turns.groupby("document_id", sort=False)}
    spoken = [_spoken(row, by_document.get(row["document_id"])) for row in rows.to_dict("records")]
    frame = pd.DataFrame([r for r in spoken if r is not None], columns=[*rows.columns, "turn"])
    return frame.astype({"turn": "Int64", "start": "Int64", "end": "Int64"})


def _spoken(row: dict[Any, Any], turns: pd.DataFrame | None) -> dict[Any, Any] | None:
    """A coding without what interviewers say in it; None where they say all of it."""
    if turns is None or pd.isna(row["start"]):
        return {**row, "turn": None}
    start, end = int(row["start"]), int(row["end"])
    if len(str(row["quote"])) != end - start:  # the quote is not the text of its span; show it whole
        return {**row, "turn": None}
    low = np.maximum(turns["start"].to_numpy(int), start)
    high = np.minimum(turns["end"].to_numpy(int), end)
    shared = np.clip(high - low, 0, None)
    if not shared.any():
        return {**row, "turn": None}
    shared[turns["is_interviewer"].fillna(False).to_numpy(bool)] = 0
    if not shared.any():
        return None
    most = int(shared.argmax())
    a, b = int(low[most]), int(high[most])
    return {
        **row,
        "turn": int(turns["turn"].iloc[most]),
        "start": a,
        "end": b,
        "quote": str(row["quote"])[a - start : b - start],
    }


def _paths(rows: pd.DataFrame, codes: Sequence[str] | None) -> list[str]:
    if codes:
        known = {**{p.split(SEPARATOR)[-1]: p for p in rows["path"]}, **{p: p for p in rows["path"]}}
        for path in list(rows["path"]):
            parts = path.split(SEPARATOR)
            known |= {SEPARATOR.join(parts[:i]): SEPARATOR.join(parts[:i]) for i in range(1, len(parts))}
        for code in codes:
            if code not in known:
                raise unknown("quotes", "code", code, known, "correct the code in the cell that asks for quotes")
        return [known[c] for c in codes]
    strong = rows[rows["kind"].isin(["pain", "gain", "need", "emotion"])]
    counts = (strong if len(strong) else rows).groupby("path")["participant"].nunique()
    return [str(p) for p in counts.sort_values(ascending=False, kind="stable").index]


def _choose(inside: pd.DataFrame, count: int, used: dict[str, int], limit: int) -> list[Row]:
    """Up to `count` passages by the rules; `used` counts quotes of each participant over all themes."""
    ranked = sorted(
        inside.drop_duplicates(["document_id", "quote"]).to_dict("records"),
        key=lambda r: (
            pd.isna(r["start"]),
            used.get(r["participant"], 0),
            not SHORT <= len(r["quote"]) <= LONG,
            r["document_id"],
            r["start"] if pd.notna(r["start"]) else 0,
        ),
    )
    chosen: list[Row] = []
    for fresh in (True, False):
        for row in ranked:
            known = row["participant"] in {c["participant"] for c in chosen}
            if len(chosen) < count and row not in chosen and known != fresh and used.get(row["participant"], 0) < limit:
                chosen.append(row)
                used[row["participant"]] = used.get(row["participant"], 0) + 1
    return chosen


def _contrary(
    rows: pd.DataFrame, path: str, chosen: list[Row], opposed: set[str]
) -> Row | None:
    """The passage that contradicts a theme most directly: opposite valence, as near to the theme as there is one.

    opposed: coding ids that stand against other themes already; another passage as near is taken before them.
    """
    valences = [
        float(c["valence"]) for c in chosen if c["valence"] is not None and pd.notna(c["valence"]) and c["valence"]
    ]
    if not valences:
        return None
    sign = np.sign(sum(valences)) or np.sign(valences[0])
    other = rows[(np.sign(rows["valence"].astype(float)) == -sign) & rows["start"].notna()]
    stages = {c["stage"] for c in chosen} - {None}
    touchpoints = {c["touchpoint"] for c in chosen} - {None}
    root = path.split(SEPARATOR)[0]
    people = {c["participant"] for c in chosen}

    def nearness(row: Row) -> tuple[Any, ...]:
        return (
            row["touchpoint"] not in touchpoints,
            row["stage"] not in stages,
            str(row["path"]).split(SEPARATOR)[0] != root,
            row["coding_id"] in opposed,
            row["participant"] in people,
            not SHORT <= len(row["quote"]) <= LONG,
            -abs(row["valence"]),
            row["document_id"],
            row["start"],
        )

    found = sorted(other.to_dict("records"), key=nearness)
    return found[0] if found else None


def _shown(row: Row, path: str, role: str, counted: str) -> Row:
    keep = (
        "kind",
        "stage",
        "touchpoint",
        "participant",
        "persona",
        "document_id",
        "turn",
        "start",
        "end",
        "text_sha256",
        "coder",
        "is_synthetic",
        "coding_id",
    )
    return {
        "path": path,
        "coded": row["path"],
        "role": role,
        "quote": shorten(str(row["quote"])),
        "counted": counted,
        **{k: row[k] for k in keep},
    }


def shorten(quote: str, most: int = LONG) -> str:
    """The quote on one line, cut at a word where it is longer than `most` characters."""
    plain = " ".join(quote.split())
    if len(plain) <= most:
        return plain
    return plain[: most - len(CUT)].rsplit(" ", 1)[0].rstrip(",;:–- ") + CUT


def _finding(base: Coded, row: Row, path: str, role: str, counted: str) -> Finding:
    who = ", ".join(str(x) for x in (row["participant"], row["persona"]) if x is not None and pd.notna(x))
    against = f", against “{path.split(SEPARATOR)[-1]}”" if role == "contrary" else f", {row['code']}: {counted}"
    caveats = ("rests on synthetic codings, made by a program",) if row["is_synthetic"] else ()
    return Finding(
        f"quote:{row['coding_id']}",
        f"“{shorten(str(row['quote']))}” ({who}{against})",
        "quote",
        stage=row["stage"],
        touchpoint=row["touchpoint"],
        source="interview",
        evidence=(quote_evidence(row),),
        caveats=caveats,
        lane="quotes",
        label=words.quoted(str(row["quote"])),
        subject=Quote(str(row["coding_id"]), str(row["kind"]), None if pd.isna(row["valence"]) else float(row["valence"])),
    )
