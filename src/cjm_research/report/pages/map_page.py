"""The page of the map: the journey as a picture with its personas, and on demand the whole map with every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...page.blocks import MIME, Map
from ...page.numbering import Numbering
from ...page.picture.people import people_cards
from ...page.picture.strip import journey_picture
from ...page.render import render
from ...shapes import Json
from ..record.comments import Comment, remarks
from .chapter_pages import ABOUT, MAP, SUMMARY, Drawn, navigation
from .frame import Brand, Page, markup, render_page


def map_page(chapters: Sequence[Drawn], brand: Brand, links: Mapping[str, str], last: Path | None = None, comments: Sequence[Comment] = (), objective: str = "") -> str | None:
    """The page; None where the report has no map.

    last: folder of the run before, for the map's marks; comments: told in their cells; objective: what the journey is looked at for.
    """
    maps = [_marked(data, chapters, last) for c in chapters if c.content for data in c.content.numbering.maps]
    if not maps:
        return None
    page = Page("The whole map", SUMMARY, ABOUT, navigation(chapters, MAP, []), ("map", "picture"))
    where, sheets = _sheets(chapters)
    shown = [{"picture": markup(journey_picture(data, links, steps=True)), "people": markup(people_cards(data, sheets, brand.portraits, where)), "said": bool(comments),
              "whole": markup(render(Map(data), Numbering(remarks=remarks(comments)), dict(links)))} for data in maps]
    return render_page("map", brand, page, objective=objective, maps=shown)


def _sheets(chapters: Sequence[Drawn]) -> tuple[str, list[Json]]:
    """The address of the first persona sheets of the report, and what stands on them."""
    for chapter in chapters:
        outputs = [o for cell in chapter.notebook.cells for o in cell.get("outputs", [])] if chapter.notebook is not None and chapter.content else []
        for block in (o.get("data", {}).get(MIME) for o in outputs):
            if isinstance(block, Mapping) and block.get("kind") == "sheets":
                return chapter.href, [dict(i) for i in block.get("items") or [] if isinstance(i, Mapping)]
    return "", []


def _marked(data: Json, chapters: Sequence[Drawn], last: Path | None) -> Json:
    """A map's data with what is other than in the run before."""
    if last is None:
        return data
    from ..record.compare import day_of, since_last_run

    found = [f for c in chapters if c.content for f in c.content.numbering.findings]
    changes = since_last_run(last, found, [c.name for c in chapters if c.state in ("ok", "no data")])
    return {**data, "changes": {"since": day_of(last.name), **changes}} if changes["marks"] or changes["vanished"] else data
