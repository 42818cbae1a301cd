"""Through which eyes the map can be seen: personas, channels, and the two halves of the study's period."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..engine import reads
from ..errors import NotEnoughData, unknown
from ..log.places import Half
from ..params.schema import Period
from ..results.cache import answered
from ..results.result import frame_sha256

if TYPE_CHECKING:
    from ..results.result import Finding
    from ..study import Study

PERSONAS = 5  # curves and columns by persona become unreadable beyond
LEAST_DAYS = 14  # days of a half; below, weekdays alone would make the halves differ
PREVIOUS, CURRENT = "previous", "current"


def halves(study: Study) -> tuple[Half, Half]:
    """The previous and the current half: equally many days; a day left over at the beginning lies in neither.

    Raises `NotEnoughData` where a half has fewer than 14 days.
    """
    given = study.params.period
    start, end = given.start, given.end
    if start is None or end is None:
        zone = study.params.timezone.replace("'", "''")
        found = study.query(f"SELECT min(d) AS first, max(d) AS last FROM (SELECT CAST(timezone('{zone}', occurred_at) AS DATE) AS d "
                            "FROM interactions WHERE occurred_at IS NOT NULL)").iloc[0]
        if pd.isna(found["first"]):
            raise NotEnoughData("the journey by period", "no interaction has a time", "at least one interaction with a time", "cjm check says what data there is")
        start, end = start or pd.Timestamp(found["first"]).date(), end or pd.Timestamp(found["last"]).date()
    days = ((end - start).days + 1) // 2
    if days < LEAST_DAYS:
        raise NotEnoughData("the journey by period", f"half of the period has {days} days", f"at least {LEAST_DAYS}", "cjm check says what data there is")
    middle = end - timedelta(days=days)
    return Half(PREVIOUS, middle - timedelta(days=days - 1), middle), Half(CURRENT, middle + timedelta(days=1), end)


def half_named(study: Study, name: str) -> Half:
    """One half by its name. Raises `BadInput` for an unknown one, `NotEnoughData` where there are none."""
    found = {h.name: h for h in halves(study)}
    if name not in found:
        raise unknown("journey map", "period", name, found, "give the view one of these where the chapter draws the map")
    return found[name]


def members(study: Study) -> pd.DataFrame:
    """Who belongs to which persona: customer_id, persona. Raises `NotEnoughData` where there are fewer than two."""
    from ..analysis import personas

    study.note("members given:")
    if (given := _given(study)) is not None:
        return given
    frame: pd.DataFrame = answered(personas.personas, study)["members"].dropna(subset=["persona"])
    if frame["persona"].nunique() < 2:
        raise NotEnoughData("the journey by persona", "no natural segments", "at least two personas", "cjm check says what data there is")
    return frame


def _given(study: Study) -> pd.DataFrame | None:
    """The members that another study lent; None where the study finds its own."""
    lent = study.kept("members given", dict[str, Any])
    return lent.get("frame")


def _given_state(study: Study, which: str) -> str:
    given = _given(study)
    return "" if given is None else frame_sha256(given)


reads.STATES["members given"] = _given_state


def keep_members(other: Study, study: Study) -> None:
    """Let `other`, the same study with other settings, have the personas of `study`; none where it has none."""
    try:
        other.kept("members given", dict[str, Any])["frame"] = members(study)
    except NotEnoughData:
        return


def seen_as(study: Study, persona: str | None = None, period: str | None = None) -> Study:
    """The study as a finding of the map saw it: through the customers of a persona, or in a half of the period.

    The evidence of such a finding is a query over this study's views. What was opened once is kept, with what was
    counted in it. Raises `BadInput` for unknown names.
    """
    kept: dict[tuple[str | None, str | None, str], tuple[Study, dict[str, str]]] = study.kept("seen as", dict)
    key = (persona, period, study.sha256)  # what was opened before the study took in new codings does not know of them
    if key not in kept:
        for old in [k for k in kept if k[2] != study.sha256]:
            del kept[old]
        with reads.recorded() as read:
            seen = _restricted(study, persona, period)
        kept[key] = (seen, read.states)
    seen, states = kept[key]
    reads.note_all(states)
    return seen


def seen_by(study: Study, finding: Finding) -> Study:
    """The study whose views a finding's evidence asks: that of its persona and half, save where its query names them itself.

    Interviews say themselves whom they are with; hand-written lines ask nothing; what is counted of behaviour by half names
    the half and looks beyond it.
    """
    of_group = finding.source not in ("interview", "assumption")
    return seen_as(study, persona=finding.persona if of_group else None, period=None if finding.source == "behaviour" else finding.period)


def _restricted(study: Study, persona: str | None, period: str | None) -> Study:
    seen = study
    if period is not None:
        half = half_named(study, period)
        seen = study.with_params(period=Period(start=half.start, end=half.end))
    if persona is not None:
        frame = members(study)  # of the whole period: halves do not change who somebody is
        if persona not in set(frame["persona"]):
            raise unknown("journey map", "persona", persona, sorted(frame["persona"].unique()), "give the view one of these where the chapter draws the map")
        seen = seen.only(f"persona {persona}", frame.loc[frame["persona"] == persona, "customer_id"].tolist())
    return seen


def sizes(frame: pd.DataFrame) -> dict[str, int]:
    """The personas shown: the largest, with their number of customers."""
    counted: Any = frame.groupby("persona").size().sort_values(ascending=False, kind="stable").head(PERSONAS)
    return {str(name): int(n) for name, n in counted.items()}
