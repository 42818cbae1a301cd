"""Opening a client's study, or several to compare, in a notebook."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import live
from ..errors import BadInput, NotEnoughData, did_you_mean
from ..params import Workspace
from ..questions import QUESTIONS, question
from ..results import policy
from ..results.cache import answered
from ..study import Study
from ..study import open_study as open_quietly
from .completing import complete_studies
from .options import checked_options

if TYPE_CHECKING:
    import pandas as pd


def open_study(client: str, workspace: Workspace | Path | str | None = None, **overrides: Any) -> Study:
    """Open a client's study; in a live notebook it shows title, period, tables and what to do next.

    Args:
        client: Name of the client, as its file in `params/`.
        workspace: A workspace or its folder; default: the one that the current folder lies in.
        **overrides: Sections of the params to replace, as the params file has them (`period`, `timezone`, ...).

    Returns:
        The client's tables and settings, ready to be asked. Tables stay as they are now for as long as it is used.

    Raises:
        BadInput: The params are wrong, or the tables are not built yet.

    Example:
        >>> study = open_study("demo")
        >>> spring = open_study("demo", period={"start": "2026-03-01", "end": "2026-05-31"})
    """
    study = open_quietly(client, workspace, **overrides)
    policy.follow(study.params.evidence)  # of its tables and charts; a notebook is about one client
    if live.is_notebook():
        complete_studies()
        live.display_once(study, study._repr_html_, repr(study))
        live.when_idle([partial(_import, module) for module in _imported_by_answers()])
    return study


def _imported_by_answers() -> list[str]:
    """List the modules of questions and of their charts, in the order of the questions.

    Importing all of them takes seconds; without it the first Tab after `study.ask.` does so, and JupyterLab gives up waiting.
    """
    named = [function for part in ((q.function for q in QUESTIONS), (c for q in QUESTIONS for c in q.charts)) for function in part]
    return list(dict.fromkeys(function.partition(":")[0] for function in named))


def _import(module: str) -> None:
    with suppress(ImportError):  # told when the question is asked
        importlib.import_module(f"{__package__.rpartition('.')[0]}.{module}")


def open_studies(*clients: str, workspace: Workspace | Path | str | None = None, **overrides: Any) -> Studies:
    """Open several clients, to ask the same of each.

    Args:
        *clients: Names of two or more clients.
        workspace: A workspace or its folder; default: the one that the current folder lies in.
        **overrides: Sections of the params to replace for each of them.

    Returns:
        The studies; `.ask.<question>(...)` gives one frame with a column `client`, whose `attrs["missing"]` says why a client
        has no rows.

    Raises:
        BadInput: As `open_study`; fewer than two clients, or one named twice.

    Example:
        >>> open_studies("acme", "demo").ask.funnel("checkout")
    """
    if len(clients) < 2 or len(set(clients)) < len(clients):
        raise BadInput("open_studies", f"{', '.join(map(repr, clients)) or 'no client'}", "two or more clients, each once", 'open_studies("a", "b")')
    return Studies([open_quietly(c, workspace, **overrides) for c in clients])


class Studies:
    """Several clients, asked the same question."""

    def __init__(self, studies: list[Study]) -> None:
        self._studies = {s.client: s for s in studies}
        self.ask = _AskedOfAll(self._studies)

    def __iter__(self) -> Iterator[Study]:
        return iter(self._studies.values())

    def __len__(self) -> int:
        return len(self._studies)

    def __getitem__(self, client: str) -> Study:
        return self._studies[client]

    def __repr__(self) -> str:
        return "\n".join(repr(s).splitlines()[0] for s in self) + "\nnext: studies.ask. and Tab lists the questions; an answer is one frame with a column client"


class _AskedOfAll:
    def __init__(self, studies: dict[str, Study]) -> None:
        self._studies = studies

    def __dir__(self) -> list[str]:
        return [q.name for q in QUESTIONS]

    def __getattr__(self, name: str) -> Callable[..., pd.DataFrame]:
        if name not in {q.name for q in QUESTIONS}:
            raise AttributeError(f"no question is called {name!r}.{did_you_mean(name, [q.name for q in QUESTIONS])} questions() lists them")
        from .asked import bound

        listed = question(name)
        template = bound(name, listed.answers, next(iter(self._studies.values())), listed.asks)

        def asked(*given: Any, frame: str = "", **options: Any) -> pd.DataFrame:
            return self(listed.answers, *given, frame=frame, **options)

        asked.__name__, asked.__doc__, asked.__signature__ = name, template.__doc__, template.__signature__  # type: ignore[attr-defined]
        return asked

    def __call__(self, function: Callable[..., Any], *given: Any, frame: str = "", **options: Any) -> pd.DataFrame:
        """Ask the same question of each client: one frame with a column `client` before all others.

        frame: which frame of the answer; default the first. `attrs["missing"]` says why a client has no rows. Raises
        `NotEnoughData` where no client has data.
        """
        import pandas as pd

        from .asked import signature_of

        positional = [p.name for p in signature_of(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        named = {**dict(zip(positional, given, strict=False)), **options}
        parts, missing = [], {}
        for client, study in self._studies.items():
            try:
                found = answered(function, study, **checked_options(function, study, named)).to_frame(frame)
            except NotEnoughData as reason:
                missing[client] = reason.found
                continue
            found.insert(0, "client", client)
            parts.append(found)
        if not parts:
            raise NotEnoughData("open_studies", "; ".join(f"{c}: {why}" for c, why in missing.items()), "data of one client", "cjm check says what there is")
        whole = pd.concat(parts, ignore_index=True)
        whole.attrs["missing"] = missing
        return whole
