"""The first page: what to do first, the client's questions answered, what then, the journey in one picture, what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from ...decisions import Answer, Certainty, Decisions, Step, compose, since
from ...page.picture.strip import journey_picture
from ...params import Params
from ...results import policy
from ...results.result import Finding
from ...shapes import Json
from ..record.approval import Approval
from ..record.comments import Comment, is_open
from ..record.plan import Plan
from .chapter_pages import ABOUT, MAP, SUMMARY, Drawn, comment_row, map_reason, navigation
from .frame import Brand, Page, markup, render_page

FIELDS = set(Finding.__dataclass_fields__)


def decisions_of(params: Params, chapters: Sequence[Drawn], before: Path | None = None, settings: bool = False) -> Decisions:
    """What the findings of all chapters say to the client's questions, what moved since a run before, and which chapters are missing.

    before: folder of the run that this one is held against. settings: whether the settings changed since.
    """
    found: dict[str, Finding] = {}
    for chapter in chapters:
        for data in chapter.content.numbering.findings if chapter.content else []:
            if data.get("id") not in found and {"key", "statement", "kind"} <= data.keys():  # a block that somebody made by hand may hold less
                found[str(data.get("id"))] = Finding.from_dict({k: v for k, v in data.items() if k in FIELDS})
    decided = compose(list(found.values()), params, [c.title for c in chapters if c.state in ("failed", "not run")])
    if before is None:
        return decided
    from ..record.compare import changes_since, day_of

    with policy.following(params.evidence):
        changed = since(changes_since(before, [f.to_dict() for f in found.values()], [c.name for c in chapters if c.state in ("ok", "no data")]), day_of(before.name), settings)
    return replace(decided, moved=(*changed, *decided.moved))


def first_page(plan: Plan, chapters: Sequence[Drawn], brand: Brand, comments: Sequence[Comment], links: Mapping[str, str], decisions: Decisions, approval: Approval) -> str:
    """The page."""
    maps = [data for c in chapters if c.content for data in c.content.numbering.maps]
    problems = [{"href": c.href, "title": c.title, "reason": c.reason.splitlines()[0] if c.reason else ""}
                for c in chapters if c.state in ("failed", "not run")]
    review = plan.params.review
    inner = [(2, "Do first", "first"), *([(2, "Your questions", "questions")] if decisions.answers else []), *([(2, "What moved", "moved")] if decisions.moved else []), *([(2, "The journey", "h-pic")] if maps else []),
             (2, "What we do not know", "unknown")]
    page = Page("Summary", SUMMARY, ABOUT, navigation(chapters, SUMMARY, inner), ("first", "picture"))
    return render_page(
        "summary", brand, page, objective=plan.params.objective, status=approval.status, approval=approval, open_comments=sum(is_open(c) for c in comments), approved_on=review.approved_on, reviewers=review.reviewers,
        problems=problems, chapters=len(chapters), first=_step(decisions.first, links) if decisions.first else None, silent=decisions.silent,
        answers=[_answer(a, links) for a in decisions.answers], then=[_step(s, links) for s in decisions.then], unknown=decisions.unknown,
        moved=[{"lead": m.lead, "text": m.text, "certainty": _certainty(m.certainty), "href": links.get(m.finding, "")} for m in decisions.moved],
        picture=markup(journey_picture(maps[0], links)) if maps else "",
        whole=MAP if maps else "", map_reason=map_reason(chapters),
        comments=[comment_row(c, f"{c.chapter}.html" if c.chapter else "", links) for c in comments])


def _step(step: Step, links: Mapping[str, str]) -> Json:
    why = [{**asdict(r), "href": links.get(r.finding, ""), "width": None if r.share is None else f"{max(0.0, min(1.0, r.share)) * 100:.0f}%"} for r in step.why]
    return {**asdict(step), "why": why, "href": links.get(step.finding, ""), "certainty": _certainty(step.certainty)}


def _answer(a: Answer, links: Mapping[str, str]) -> Json:
    return {"ask": a.ask, "lead": a.lead, "text": a.text, "needed": a.needed, "known": a.known, "certainty": _certainty(a.certainty),
            "href": next((links[i] for i in a.findings if i in links), "")}


def _certainty(c: Certainty) -> Json:
    return {"dots": c.drawn, "level": c.dots, "words": c.words}
