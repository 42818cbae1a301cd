"""`Coder`: code a transcript in JupyterLab. What is done is on the disk before it is shown as done."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from ....coding_log import Session
from ....coding_log.answers import beside, is_answer
from ....errors import CjmError, unknown
from ....shapes import Json
from ....study import Study
from .documents import all_texts, documents_of, labels_of
from .messages import arguments, code_messages, coding_message

if TYPE_CHECKING:
    import pandas as pd

STATIC = Path(__file__).parent / "static"
KINDS = ("pain", "gain", "emotion", "need", "action", "thought", "theme")


class Coder(anywidget.AnyWidget):
    """Code one transcript after another, by keyboard or mouse.

    study: an opened study with documents. document_id: where to begin (default: the first document). coder: who
    codes; names the log. see_others: show other coders' codings too, to read only; without it coding is blind.
    height: of the widget, in CSS pixels. answers: code the answers to this open question of a survey (its id) in place of interviews,
    one document an answer; default: interviews, or the first open question where there are none.

    Everything the widget does can be done without it: `session` has the same actions, `table()` shows what is
    coded. Raises `NotEnoughData` where the client has no document, `BadInput` for an unknown one.
    """

    _esm = STATIC / "coder.js"
    _css = STATIC / "coder.css"
    document_id = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(620).tag(sync=True)

    def __init__(self, study: Study, document_id: str | None = None, coder: str = "", see_others: bool = False,
                 height: int = 620, answers: str | None = None) -> None:
        documents = documents_of(study, answers)
        ids = documents["document_id"].tolist()
        if document_id is not None and document_id not in ids:
            raise unknown("Coder", "document", document_id, ids, "open one of these interviews: open_coder(study, document_id=…)")
        engine = study.engine
        self._labels = labels_of(documents)
        self._study, self._documents = study, documents.set_index("document_id", drop=False)
        self.session = Session(study.workspace.codings(study.client), coder, all_texts(study), engine.built("codebook"),
                               beside(engine.built("codings"), engine.built("answer_codings")), see_others, study.params.journey)
        self._sent: dict[str, Json] = {}
        self._codes: list[Json] = []
        super().__init__(document_id=document_id or ids[0], height=height)
        self.on_msg(self._hear)

    # --- without a browser ---------------------------------------------------------------------------------------

    def table(self, document_id: str | None = None) -> pd.DataFrame:
        """What this coder sees coded (in one document or all): document_id, code, quote, memo, coder, start, end."""
        import pandas as pd

        codes = self.session.now.codes
        rows = [(c.document_id, codes.path(c.code_id) or c.code_id, c.quote, c.memo, c.coder, c.start, c.end)
                for c in self.session.codings(document_id)]
        frame = pd.DataFrame(rows, columns=["document_id", "code", "quote", "memo", "coder", "start", "end"])
        return frame.astype({"start": "Int64", "end": "Int64"})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for readers without a kernel a table of how often each code was used."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            counts = self.table()["code"].value_counts()
            rows = "".join(f"<tr><th scope='row'>{escape(str(c))}</th><td>{n}</td></tr>" for c, n in counts.items())
            caption = f"Codings by {self.session.coder}"
            data["text/plain"] = f"{caption}: {int(counts.sum())} in {len(self._documents)} documents"
            data["text/html"] = f"<table><caption>{escape(caption)}</caption>{rows}</table>"
        return bundle

    # --- with a browser ------------------------------------------------------------------------------------------

    def _hear(self, _: Any, content: Any, __: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "ready":
            self.session.refresh()
            self.send(self._snapshot())
        elif kind == "open" and content.get("document_id") in self._documents.index:
            self.session.refresh()
            self.document_id = content["document_id"]
            self.send(self._snapshot())
        elif kind == "do":
            self._do(content)
        elif kind == "list":
            own = [c for c in self.session.codings() if c.coder == self.session.coder and c.code_id == content.get("code")]
            items = [{"id": c.coding_id, "document": self._label(c.document_id), "quote": c.quote} for c in own]
            self.send({"type": "listed", "for": content.get("id"), "items": items})

    def _do(self, content: Json) -> None:
        asked = {"for": content.get("id"), "action": content.get("action")}
        try:
            given = arguments(str(content.get("action")), content.get("args"))
            done = getattr(self.session, str(content["action"]))(**given)
        except CjmError as error:
            words = error.found.rstrip(".") + "." + (f" Allowed: {error.allowed}." if error.allowed else "")
            self.send({"type": "refused", **asked, "words": words[:1].upper() + words[1:]})
        except OSError as error:
            self.send({"type": "refused", **asked, "words": f"Not saved: the log cannot be written ({error.strerror})"})
        except Exception as error:
            self.send({"type": "refused", **asked, "words": f"Not done: {type(error).__name__}"})
            raise  # into JupyterLab's log, for whoever mends it
        else:
            # what is asked of the study from now on counts it
            self._study.refresh()
            self.send({"type": "change", **asked, "words": done.words, "coding_id": done.coding_id,
                       "code_id": done.code_id, "in_document": done.document_id, **self._changes()})

    def _changes(self) -> Json:
        now = self._codings()
        upsert = [message for key, message in now.items() if self._sent.get(key) != message]
        remove = [key for key in self._sent if key not in now]
        self._sent = now
        codes = code_messages(self.session, self.document_id)
        changed = {"codes": codes} if codes != self._codes else {}
        self._codes = codes
        return {"document_id": self.document_id, "upsert": upsert, "remove": remove, **changed, **self._footing()}

    def _codings(self) -> dict[str, Json]:
        seen = self.session.codings(self.document_id)
        return {c.coding_id: coding_message(c, self.session.coder) for c in seen}

    def _footing(self) -> Json:
        return {"undo": self.session.undoable, "redo": self.session.redoable,
                "finished": self.document_id in self.session.now.finished.get(self.session.coder, ()),
                "problems": [f"{p.where}: {p.found}" for p in self.session.problems[:20]]}

    def _snapshot(self) -> Json:
        self._sent, self._codes = self._codings(), code_messages(self.session, self.document_id)
        row = self._documents.loc[self.document_id]
        whole = is_answer(self.document_id)
        turns = self._study.query('SELECT "start", "end", speaker, is_interviewer, start_s FROM turns_all '
                                  "WHERE document_id = ? ORDER BY turn", [self.document_id])
        said = [[0, len(row["text"]), None, False, None]] if whole else turns.astype(object).where(turns.notna(), None).values.tolist()
        labels = [{"id": d, "label": self._label(d)} for d in self._documents.index]
        return {"type": "snapshot", "coder": self.session.coder, "see_others": self.session.see_others,
                "documents": labels, "stages": self._study.stages, "kinds": KINDS,
                "touchpoints": [list(pair) for pair in self._study.touchpoint_stage.items()],
                "document": {"id": self.document_id, "label": self._label(self.document_id), "text": row["text"],
                             "turns": said, "whole": whole},
                "codes": self._codes, "codings": list(self._sent.values()), **self._footing()}

    def _label(self, document_id: str) -> str:
        return self._labels.get(document_id, document_id)
