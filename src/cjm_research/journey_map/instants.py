"""What cannot be told of an order, since several contacts have one time and no source says which came first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..log.onward import places_of
from ..log.outcomes import unwanted_places
from ..log.places import Seen
from ..privacy.small_counts import countable
from ..results import words
from ..results.caveats import Note

if TYPE_CHECKING:
    from ..study import Study


def tied(seen: Seen, least: int = 1, *, of: bool = False) -> str:
    """Those of whom nobody knows where they were first, in words; empty where there are none. least: the fewest persons of whom a count is
    told. of: also of how many.
    """
    if not seen.tied:
        return ""
    few = not countable(seen.entered, seen.tied, least)
    many = "some" if few else f"{seen.tied:,} of {words.some(seen.entered, 'customers')}" if of else f"{seen.tied:,} more"
    were = "was" if seen.tied == 1 and not of and not few else "were"
    further = "at another touchpoint of this or a later stage" if seen.place.touchpoint else "in a later stage"
    return f"{many} {were} seen here and {further} in one instant, and no source says which came first" + ("" if of else "; they are left out")


def stops_untold(study: Study) -> list[str]:
    """What cannot be told of who stops, since nobody knows what came first in one instant."""
    if not study.stages:
        return []
    places = places_of(study)
    unwanted = unwanted_places(study)
    told = {t: seen for t, s in study.touchpoint_stage.items() if t not in places.goals and t not in unwanted and s not in unwanted
            and (seen := places.seen[f"touchpoint:{t}"]).tied and not seen.unobserved}
    blurred = [t for t, seen in told.items() if seen.order_unknown]
    few = [t for t in told if t not in blurred]
    return [*([f"Who stops at {words.listing(blurred)} cannot be told: too many were seen there and at another touchpoint of the same or a later stage in one instant, "
               "and no source says which came first."] if blurred else []),
            *([Note(f"Left out of those who stop at {words.listing(few)}: customers whose first contact there shares its instant with one at another touchpoint of the same "
                    "or a later stage, where no source says which came first.")] if few else [])]
