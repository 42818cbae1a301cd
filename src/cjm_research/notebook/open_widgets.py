"""What a chapter opens in JupyterLab: the bench where interviews are coded, the map and the paths to try out.

In a report run nobody sits there, and nothing is shown: the drawing is there instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..errors import NotEnoughData
from ..study import Study
from .chapter import members_of, show_card

SHARED_LOGINS = ("root", "jovyan", "user", "ubuntu", "admin")  # names that say nothing of who sits there


def open_coder(study: Study, coder: str | None = None, document_id: str | None = None, *, see_others: bool = False, answers: str | None = None) -> None:
    """Open the coding widget on the study's interviews; a report shows nothing in its place.

    A card is shown where the client has no transcript, or nobody says who codes.

    Args:
        study: The client whose interviews are coded.
        coder: Who codes, a name or initials; default: the variable `CJM_CODER`, else the name of the login.
        document_id: The interview to begin with.
        see_others: Show other coders' codings, to read only.
        answers: Id of an open question of a survey whose answers are coded in place of interviews.

    Example:
        >>> open_coder(study, "ana")
        >>> open_coder(study, "ana", answers="comment")
    """
    try:
        if os.environ.get("CJM_REPORT_RUN"):  # nobody codes in a page; the count of codings is the next cell's
            if not answers:
                study.need("documents", what="interview coding")
            return
        from .widgets import Coder

        widget = Coder(study, document_id, _who_codes(coder), see_others, answers=answers or None)
    except NotEnoughData as reason:
        show_card(reason)
        return
    from IPython.display import display

    display(widget)


def open_map(study: Study, *, by_persona: bool = True) -> None:
    """In JupyterLab the map as a widget, to try other match rules and assumptions; in a report run nothing, the map is there.

    Shows a card where the client has no map.
    """
    def widget() -> Any:
        from .widgets import MapViewer

        return MapViewer(study, by_persona=by_persona)

    _open(widget)


def open_paths(study: Study, *, persona: str | None = None, **options: Any) -> None:
    """In JupyterLab the graph of moves with sliders for its detail; in a report run nothing, the drawing is there.

    options: as `widgets.PathViewer`. Shows a card where the client has no paths.
    """
    def widget() -> Any:
        from .widgets import PathViewer

        return PathViewer(members_of(study, persona) if persona else study, **options)

    _open(widget)


def _open(widget: Callable[[], Any]) -> None:
    """Display a widget in JupyterLab, or a card where there is not enough data for it; nothing in a report run."""
    if os.environ.get("CJM_REPORT_RUN"):
        return
    from IPython.display import display

    try:
        display(widget())
    except NotEnoughData as reason:
        show_card(reason)


def _who_codes(coder: str | None) -> str:
    import getpass

    named = (coder or os.environ.get("CJM_CODER") or "").strip()
    if named:
        return named
    try:
        login = getpass.getuser()
    except (OSError, KeyError):
        login = ""
    if login and login not in SHARED_LOGINS:
        return login
    raise NotEnoughData("interview coding", "nobody says who codes", "a name or initials, which name the log of what is coded",
                        'write coder = "ana" into the parameters cell, run it and this cell again')
