"""`PathViewer`: the graph of transitions and the step matrix in JupyterLab, with sliders for how much of them is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ....analysis.paths import path_graph
from ....analysis.paths.declared import TRANSITIONS
from ....errors import BadInput, CjmError
from ....page.blocks import Figure
from ....page.render import notebook_css, widget_html
from ....page.tables import table_block
from ....plots.path_graph import step_matrix, transitions
from ....results.cache import answered
from ....results.result import Result
from ....study import Study

STATIC = Path(__file__).parent / "static"
NODES, MOVES = (1, 40), (1, 120)  # least and most of each slider; more where more is asked for at the start


class PathViewer(anywidget.AnyWidget):
    """The paths of a study, as simple or as detailed as the sliders say.

    study: an opened study. by, unit, and all further options: as `path_graph`. nodes: the most visited values that are told apart;
    the others become "(other)". moves: the most frequent transitions drawn and listed. Every position of the sliders is a
    call of `path_graph` that a chapter can make too, and shows what `paths` shows; `result` is the answer.

    Raises `BadInput` for unknown names and values out of range, `NotEnoughData` where there is no path.
    """

    _esm = STATIC / "path_viewer.js"
    _css = notebook_css() + (STATIC / "path_viewer.css").read_text(encoding="utf-8")
    nodes = traitlets.Int().tag(sync=True)
    moves = traitlets.Int().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)  # slider → [least, most]
    drawing = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, study: Study, *, by: str = "touchpoint", unit: str = "customer", nodes: int = 12, moves: int = 30, **options: Any) -> None:
        self._allowed = {"nodes": [NODES[0], max(NODES[1], nodes)], "moves": [MOVES[0], max(MOVES[1], moves)]}
        self._check(nodes=nodes, moves=moves)
        self._study, self._options = study, {"by": by, "unit": unit, "edges": self._allowed["moves"][1], **options}
        self.result = self._answer(nodes)
        super().__init__(nodes=nodes, moves=moves, limits=self._allowed)
        self._draw()
        self.observe(self._changed, ["nodes", "moves"])

    def _answer(self, nodes: int) -> Result:
        return answered(path_graph, self._study, nodes=nodes, **self._options)

    def _check(self, **given: int) -> None:
        for name, value in given.items():
            least, most = self._allowed[name]
            if not least <= value <= most:
                raise BadInput(f"PathViewer: {name}", str(value), f"{least} to {most}", f"set {name} within these bounds")

    def _changed(self, change: Any) -> None:
        if change["name"] == "nodes" and not self.result.facts["has_other"] and self._allowed["nodes"][1] >= self.nodes >= self.result.facts["nodes_shown"]:
            return  # all there are are shown already
        try:
            self._check(nodes=self.nodes, moves=self.moves)
            if change["name"] == "nodes":
                self.result = self._answer(self.nodes)
            self._draw()
        except CjmError as error:
            self.said = str(error)

    def _draw(self) -> None:
        graph, matrix = transitions(self.result, self.moves), step_matrix(self.result)
        listed = table_block(self.result["transitions"], TRANSITIONS.title, rows=self.moves, declared=TRANSITIONS)
        self.drawing = widget_html([*(Figure(c.svg(), c.alt, c.caption) for c in (graph, matrix)), listed])
        facts = self.result.facts
        rest = "; all others are (other)" if facts["has_other"] else ", which are all there are"
        if not facts["has_other"] and facts["nodes_shown"] < self.nodes:  # there are no more: the slider ends here
            most = max(NODES[0], int(facts["nodes_shown"]))
            with self.hold_trait_notifications():
                self.limits, self.nodes = {**self.limits, "nodes": [NODES[0], most]}, most
        self.said = f"{facts['nodes_shown']} {'value' if facts['nodes_shown'] == 1 else 'values'} of {facts['by']} told apart{rest}. {graph.caption.split(';')[0]}."

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for readers without a kernel the drawings as they stand."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/plain"] = self.said
            data["text/html"] = f'<style>{notebook_css()}</style><div class="cjm">{self.drawing}</div>'
        return bundle
