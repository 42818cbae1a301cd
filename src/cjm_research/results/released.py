"""What a researcher writes of an answer passes the same check as a report: nobody is named in it, and an erasure knows of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CjmError
from ..params import Params, Workspace

if TYPE_CHECKING:
    from ..study import Study


@dataclass(frozen=True)
class Source:
    """The client an answer is about, and who had been erased when its tables were built."""

    params: Params
    workspace: Workspace
    erasures: str

    @classmethod
    def of(cls, study: Study) -> Source:
        """The source of what a study answers."""
        return cls(study.params, study.workspace.live, str(study._build.get("erasures", "")))

    @contextmanager
    def releasing(self, path: Path, data: bytes) -> Iterator[None]:
        """Write the file within: it was looked through, and the client's erasures know of it.

        Raises `WouldExposePerson` where an identifier of a person stands in it, `CjmError` where somebody was erased since the
        answer's tables were built.
        """
        from ..privacy import Guard, require_whole_vault  # what masks and checks is slow to load, and asking needs none of it
        from ..privacy.erasures import Erasures
        from ..privacy.exported import note_export
        from ..study import BUILD_FILE

        client, place = self.params.client, self.workspace
        where = f"{path.name} of client {client}"
        try:
            build = json.loads((place.tables(client) / BUILD_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            build = {}
        require_whole_vault(client, place, build)
        Guard.of(self.params, place).check_files([(path.name, data)])
        with place.writing(client, "to_excel"):
            if self.erasures != Erasures(place.erasures(client)).sha256:
                raise CjmError(where, "persons were erased since the answer's tables were built, so it is not written",
                               "an answer of a study that was opened after the erasure", f"ask again: open_study({client!r})")
            note_export(place.exports(client), "", [path])
            yield


@contextmanager
def releasing(source: Source | None, path: Path, data: bytes) -> Iterator[None]:
    """`Source.releasing`; what was not asked of a study is searched for the forms of addresses and numbers alone."""
    if source is None:
        from ..privacy import Guard, Known

        Guard(Known(())).check_files([(path.name, data)])
        yield
        return
    with source.releasing(path, data):
        yield
