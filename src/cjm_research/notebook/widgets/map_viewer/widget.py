"""`MapViewer`: the journey map in JupyterLab. Change a rule or an assumption, and see what the map says then."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ....errors import BadInput, CjmError, unknown
from ....journey_map import journey_map, seen_by
from ....journey_map.changes import since
from ....page.map_html import map_html
from ....page.render import ASSETS, notebook_css
from ....results.cache import answered
from ....results.evidence import agrees, recompute
from ....results.result import Finding, Result
from ....shapes import Json
from ....study import Study
from .settings import changed_lines, journey_text, read_journey, write_journey
from .what_if import placed_anew

STATIC = Path(__file__).parent / "static"
_START = "document.querySelectorAll('.cjm .map:not(.static)').forEach(m=>cjmMap(m));"


def _script() -> str:
    """The page's own script of the map, without the line that starts it on a page, and what the widget adds."""
    script = (ASSETS / "map.js").read_text(encoding="utf-8").rstrip()
    if not script.endswith(_START):
        raise RuntimeError("map.js does not end with the line that starts it")
    return script.removesuffix(_START) + (STATIC / "map_viewer.js").read_text(encoding="utf-8")


class MapViewer(anywidget.AnyWidget):
    """The client's journey map, and its `journey` settings beside it to try out.

    study: an opened study. by_persona, by_channel, by_period: as `journey_map`. Whatever is tried is computed by the same
    analysis over the same rows; nothing is written until `save` is confirmed.

    Everything the widget does can be done without it: `attempt(text)`, `reset()`, `difference()`, `save()`, `evidence(id)`;
    `result` is the map as it stands, `text` the settings it follows from. Raises `NotEnoughData` where the client has no map.
    """

    _esm = _script()
    _css = notebook_css(with_map=True) + (STATIC / "map_viewer.css").read_text(encoding="utf-8")
    height = traitlets.Int(760).tag(sync=True)

    def __init__(self, study: Study, *, by_persona: bool = True, by_channel: bool = True, by_period: bool = True, height: int = 760) -> None:
        self._options = {"by_persona": by_persona, "by_channel": by_channel, "by_period": by_period}
        self._path = study.workspace.params_file(study.client)
        self._origin, self._study = study, study
        self._first: Result = answered(journey_map, study, **self._options)
        self.result: Result = self._first
        self.text = self._given = journey_text(self._path, study.params.journey)
        self._shown = ""  # the params file as it was when its difference was last shown
        super().__init__(height=height)
        self.on_msg(self._hear)

    # --- without a browser ---------------------------------------------------------------------------------------

    def attempt(self, text: str) -> Result:
        """The map with these settings (a `journey:` section as in the params file). Raises `BadInput` for what is wrong."""
        journey = read_journey(text)
        study = self._origin if journey == self._origin.params.journey else placed_anew(self._origin, journey)
        result = answered(journey_map, study, **self._options)
        self._study, self.result, self.text = study, result, text
        return result

    def reset(self) -> Result:
        """Back to the settings of the params file as it was opened."""
        self._study, self.result, self.text = self._origin, self._first, self._given
        return self.result

    def difference(self) -> str:
        """What saving would change in the params file; empty where nothing."""
        self._shown = self._path.read_text(encoding="utf-8")
        return changed_lines(self._path, self.text)

    def save(self) -> str:
        """Write the settings into the params file, in the place of its own; everything else of it stays.

        Raises `BadInput` where `difference` was not looked at since the file last changed.
        """
        write_journey(self._path, self.text, self._origin.client, self._origin.workspace, self._shown)
        self._given = self.text
        return f"Written to params/{self._path.name}. `cjm build {self._origin.client}` lets tables and reports follow."

    def evidence(self, finding_id: str) -> Json:
        """What an entry rests on, recomputed now: statement, evidence (definition, rows, sql or quote) and `holds`."""
        found = next((f for f in self.result.findings if f.id == finding_id), None)
        if found is None:
            raise unknown("MapViewer", "entry", finding_id, [f.id for f in self.result.findings][:5], "choose an entry of the map that is shown")
        return {"id": found.id, "statement": found.statement, "holds": self._holds(found), "evidence": [
            {"definition": e.definition, "rows": e.rows, "table": e.table, "sql": e.sql, "quote": e.quote, "document": e.document_id, "start": e.start}
            for e in found.evidence]}

    def _holds(self, f: Finding) -> str:
        e = f.evidence[0] if f.evidence else None
        if e is None or e.sql is None or f.estimate is None:
            return ""
        value, n, base = recompute(seen_by(self._study, f), e, f.estimate.unit)
        same = agrees(f.estimate, value, n, base)
        return f"Recomputed from the tables now: {n:,} of {base:,}; {'the same' if same else 'NOT the same'}."

    def data(self) -> Json:
        """The map as plain values, with marks of what an attempt changed."""
        data: dict[str, Any] = {**self.result.facts, "findings": [f.to_dict() for f in self.result.findings]}
        if self.result is not self._first:
            data["changes"] = {"since": "as opened", **since(self._first.findings, self.result.findings)}
        return data

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for readers without a kernel the map as a table."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = " ".join(self.result.sentences[:2])
            data["text/html"] = f'<style>{notebook_css(True)}</style><div class="cjm">{map_html(self.data(), {}, scripted=False)}</div>'
        return bundle

    # --- with a browser ------------------------------------------------------------------------------------------

    def _hear(self, _: Any, content: Any, __: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        try:
            if kind == "ready":
                self._show("")
            elif kind == "try" and isinstance(content.get("text"), str):
                self.attempt(content["text"])
                self._show(self._told())
            elif kind == "reset":
                self.reset()
                self._show("As in the params file.")
            elif kind == "difference":
                self.send({"type": "difference", "text": self.difference(), "file": f"params/{self._path.name}"})
            elif kind == "save":
                self.send({"type": "said", "words": self.save()})
            elif kind == "evidence" and isinstance(content.get("id"), str):
                self.send({"type": "evidence", **self.evidence(content["id"])})
        except CjmError as error:
            words = f"{error.where}: {error.found}" + (f" Allowed: {error.allowed}." if isinstance(error, BadInput) and error.allowed else "")
            self.send({"type": "refused", "words": words})
        except Exception as error:
            self.send({"type": "refused", "words": f"Not done: {type(error).__name__}"})
            raise  # into JupyterLab's log, for whoever mends it

    def _told(self) -> str:
        marks = since(self._first.findings, self.result.findings)
        changed = sum(m["state"] == "changed" for m in marks["marks"].values())
        new = len(marks["marks"]) - changed
        return f"{changed} changed beyond uncertainty, {new} new, {len(marks['vanished'])} gone against the map as opened."

    def _show(self, words: str) -> None:
        places = [s.name for s in self._study.params.journey.stages] + list(self._study.touchpoint_stage)
        self.send({"type": "map", "html": f'<div class="cjm">{map_html(self.data(), {})}</div>', "text": self.text, "words": escape(words, quote=False),
                   "places": places})
