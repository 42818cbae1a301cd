"""Who of the interviewed belongs to which persona, and what they said, by kind of code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...log.talks import ASKED_ONLY, BOOK
from ...shapes import Row
from .rule import Tree, assign

if TYPE_CHECKING:
    from ...study import Study

SHEET, RECORD, RULE, UNTYPED = "participant sheet", "customer record", "rule", "not typed"
SECTIONS = {"need": "needs", "pain": "pains", "gain": "gains", "emotion": "feels", "thought": "thinks", "action": "does"}
SURE = 3  # participants who must say a thing before it counts as backed
SHORT, LONG = 30, 280  # characters a quote should have
_FEEDBACK_EACH = 2


@dataclass(frozen=True)
class Participants:
    """frame: document_id, participant_id, persona, by, also (what the other ways say), missing. notes: in words."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def participants(study: Study, members: pd.DataFrame, titles: Sequence[str], tree: Tree | None) -> Participants:
    """Every document's persona: by the participant sheet, else the customer's own persona, else the rule.

    The rule is asked with the participant's variables; where it needs one that is unknown and the answers would
    differ, the participant stays untyped and what is missing is listed.
    """
    documents = study.query("SELECT document_id, participant_id, customer_id, persona, attributes FROM documents ORDER BY document_id")
    known = {t.casefold(): t for t in titles}
    of = dict(zip(members["customer_id"].astype(str), members["persona"], strict=True))
    rows, strange, differ, both = [], set(), 0, 0
    for d in documents.astype(object).where(documents.notna(), None).to_dict("records"):
        sheet = known.get(str(d["persona"]).strip().casefold()) if d["persona"] else None
        if d["persona"] and sheet is None:
            strange.add(str(d["persona"]))
        found = of.get(str(d["customer_id"])) if d["customer_id"] else None
        record = None if found is None or pd.isna(found) else str(found)
        ruled, missing = assign(tree, _record(d["attributes"], tree)) if tree else (None, [])
        persona, by = next(((p, b) for p, b in ((sheet, SHEET), (record, RECORD), (ruled, RULE)) if p), (None, UNTYPED))
        if sheet and record:
            both += 1
            differ += sheet != record
        also = [f"{b}: {p}" for p, b in ((record, RECORD), (ruled, RULE)) if p and b != by and p != persona]
        rows.append({"document_id": d["document_id"], "participant_id": d["participant_id"] or d["document_id"], "persona": persona, "by": by,
                     "also": "; ".join(also), "missing": ", ".join(dict.fromkeys(missing)) if by == UNTYPED else ""})
    frame = pd.DataFrame(rows, columns=["document_id", "participant_id", "persona", "by", "also", "missing"])
    notes = []
    if both:
        notes.append(f"{both - differ} of {both} participants with a sheet and a customer record have the same persona in both.")
    if strange:
        notes.append(f"The participant sheet names personas that are none of these: {', '.join(sorted(strange))}.")
    untyped = int((frame["by"] == UNTYPED).sum())
    if untyped:
        notes.append(f"{untyped} of {len(frame)} documents could not be typed.")
    return Participants(frame, tuple(notes))


def _record(attributes: Any, tree: Tree) -> Row:
    """A participant's variables under the features' names; names are compared without case, blanks and underscores."""
    try:
        given = json.loads(attributes) if isinstance(attributes, str) else {}
    except ValueError:
        given = {}
    by_name = {_plain(str(k)): v for k, v in given.items()} if isinstance(given, Mapping) else {}
    return {f: by_name.get(_plain(f.split(".", 1)[-1])) for f in _asked(tree)}


def _asked(tree: Tree) -> set[str]:
    return {tree["feature"]} | _asked(tree["yes"]) | _asked(tree["no"]) if "feature" in tree else set()


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def codings_of(study: Study, typed: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Codings of typed participants: persona, participant, path, code, kind, valence, stage, touchpoint, quote and span.

    Codings made by a program are used only where no person coded; then the second value is True. Interviewers' words are none (`log.talks`).
    """
    frame = study.query(
        "SELECT c.coding_id, c.document_id, c.start, c.\"end\" AS \"end\", c.quote, c.coder, coalesce(c.is_synthetic, false) AS is_synthetic, "
        "b.path, b.name AS code, b.kind, b.valence, coalesce(c.stage, b.stage) AS stage, coalesce(c.touchpoint, b.touchpoint) AS touchpoint, "
        "d.text_sha256 FROM codings c JOIN documents d USING (document_id) "
        f"JOIN ({BOOK}) b USING (code_id) "
        f"WHERE c.coding_id NOT IN ({ASKED_ONLY}) ORDER BY c.document_id, c.start NULLS LAST, c.coding_id")
    people = frame[~frame["is_synthetic"].astype(bool)]
    synthetic = people.empty and len(frame) > 0
    frame = frame if synthetic else people
    joined = frame.merge(typed[["document_id", "participant_id", "persona"]], on="document_id", how="inner").dropna(subset=["persona"])
    return joined.rename(columns={"participant_id": "participant"}), synthetic


def feedback_of(study: Study, view: str) -> pd.DataFrame:
    """Feedback of typed customers, those with a label or rating first: persona, feedback_id, source, channel, rating, label, text."""
    return study.query(
        "SELECT p.persona, f.feedback_id, f.source, f.channel, f.rating, f.rating_max, f.label, f.text, f.stage, f.touchpoint, f.customer_id "
        f"FROM feedback f JOIN {view} p ON p.customer_id = f.customer_id WHERE f.text IS NOT NULL AND length(trim(f.text)) > 0 "
        "ORDER BY f.source, f.feedback_id")


def best_quote(rows: pd.DataFrame, used: set[str]) -> Row | None:
    """The passage to show: not shown yet, of a participant not quoted yet, readable, the first of the interview.

    used: participants quoted and passages shown (`passage_key`) so far.
    """
    if rows.empty:
        return None
    text = rows["quote"].astype(str).str.strip()
    ranked = rows.assign(_long=~text.str.len().between(SHORT, LONG), _used=rows["participant"].isin(used), _unplaced=rows["start"].isna(),
                         _again=[passage_key(r) in used for r in rows.to_dict("records")])
    ranked = ranked[text != ""].sort_values(["_again", "_used", "_unplaced", "_long"], kind="stable")
    if ranked.empty:
        return None
    row: Row = {str(k): v for k, v in ranked.iloc[0].to_dict().items() if not str(k).startswith("_")}
    return row


def passage_key(row: Mapping[Any, Any]) -> str:
    """What makes a passage the same: its words in its document."""
    return f"{row['document_id']}|{' '.join(str(row['quote']).split())}"


def cut(text: str) -> str:
    """A quote at readable length, cut at a word and marked."""
    flat = " ".join(str(text).split())
    return flat if len(flat) <= LONG else f"{flat[:LONG].rsplit(' ', 1)[0]} […]"


def feedback_quotes(frame: pd.DataFrame, persona: str) -> list[Row]:
    """A persona's feedback to quote: of its commonest labels, readable length first."""
    own = frame[frame["persona"] == persona]
    if own.empty:
        return []
    ranked = own.assign(_long=~own["text"].str.len().between(SHORT, LONG), _common=own["label"].map(own["label"].value_counts()).fillna(0))
    ranked = ranked.sort_values(["_common", "_long"], ascending=[False, True], kind="stable")
    # one of a label, so that two complaints about the same thing do not stand for everything
    labelled = ranked.drop_duplicates("label") if ranked["label"].notna().any() else ranked
    return [{str(k): v for k, v in r.items()} for r in labelled.head(_FEEDBACK_EACH).to_dict("records")]
