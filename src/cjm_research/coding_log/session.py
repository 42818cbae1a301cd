"""One coder at work: every action is checked, written to that coder's log, and told in words.

The coding widget forwards to a `Session`; a script may use one without any widget.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from ..errors import BadInput, unknown
from ..shapes import Json
from . import anchor
from .codes import PATH_SEPARATOR, Code
from .events import CODE_FIELDS, new_id
from .replay import Coding, steps
from .view import NUMBER_KEYS, View
from .words import clip, described

P = ParamSpec("P")
MAX_NAME = 200


@dataclass(frozen=True)
class Done:
    """What an action did, in words, and what it was about."""

    words: str
    coding_id: str | None = None
    document_id: str | None = None
    code_id: str | None = None


def _alone(action: Callable[Concatenate[Session, P], Done]) -> Callable[Concatenate[Session, P], Done]:
    """Check and write under the log's lock and on its latest state: another window of the same coder waits."""

    @functools.wraps(action)
    def done(session: Session, *args: P.args, **kwargs: P.kwargs) -> Done:
        with session.log.writing():
            session.refresh()
            words = action(session, *args, **kwargs)
        session.refresh()
        return words

    return done


class Session(View):
    """All that a coder can do to codings and codes.

    Every action raises `BadInput` in words where it cannot be done, and `OSError` where the log cannot be
    written; then nothing has changed.
    """

    # --- codings -----------------------------------------------------------------------------------------------

    @_alone
    def add(self, document_id: str, start: int, end: int, code: str, memo: str | None = None) -> Done:
        """Code a span (code points, end exclusive)."""
        span, code_id = self._span(document_id, start, end), self.code(code).code_id
        return self._added(span, code_id, self.now.codes.by_id[code_id].name, memo, [])

    @_alone
    def add_new(self, document_id: str, start: int, end: int, name: str, parent: str | None = None) -> Done:
        """Code a span with a code that is new; one step to undo."""
        span, (step, code_id) = self._span(document_id, start, end), self._new_code(name, parent, {})
        return self._added(span, code_id, step[1]["name"], None, [step])

    def _added(self, span: Mapping[str, Any], code_id: str, name: str, memo: str | None,
               before: list[tuple[str, Mapping[str, Any]]]) -> Done:
        for c in self.codings(span["document_id"]):
            if (c.coder, c.start, c.end, c.code_id) == (self.coder, span["start"], span["end"], code_id):
                raise BadInput("coding", f"{clip(span['quote'])} has the code {name!r} already", "another code for this passage, or another passage", "choose another code, or leave it as it is")
        coding_id = new_id()
        fields = {"coding_id": coding_id, **span, "code_id": code_id, **({"memo": _clean(memo)} if memo else {})}
        self._write([*before, ("add", fields)])
        return Done(f"Coded “{name}”: {clip(span['quote'])}", coding_id, span["document_id"], code_id)

    @_alone
    def remove(self, coding_id: str) -> Done:
        """Take a coding away."""
        coding = self._own(coding_id)
        self._write([("remove", self._about(coding))])
        return Done(f"Removed “{self._name(coding.code_id)}” from {clip(coding.quote)}", None, coding.document_id)

    @_alone
    def move(self, coding_id: str, start: int, end: int) -> Done:
        """Give a coding another span of its document."""
        coding = self._own(coding_id)
        span = self._span(coding.document_id, start, end)
        self._write([("move", {"coding_id": coding_id, **span})])
        return Done(f"“{self._name(coding.code_id)}” now covers {clip(span['quote'])}", coding_id, coding.document_id)

    @_alone
    def recode(self, coding_id: str, code: str) -> Done:
        """Give a coding another code."""
        coding, new = self._own(coding_id), self.code(code)
        old = self._name(coding.code_id)
        self._write([("recode", {**self._about(coding), "code_id": new.code_id})])
        return Done(f"Recoded from “{old}” to “{new.name}”: {clip(coding.quote)}", coding_id, coding.document_id,
                    new.code_id)

    @_alone
    def memo(self, coding_id: str, memo: str) -> Done:
        """Set the memo of a coding; an empty one takes it away."""
        coding = self._own(coding_id)
        self._write([("memo", {**self._about(coding), "memo": _clean(memo)})])
        return Done("Memo saved" if memo.strip() else "Memo removed", coding_id, coding.document_id)

    @_alone
    def finish(self, document_id: str) -> Done:
        """Mark a document as coded to its end: agreement compares what coders have finished."""
        self._known(document_id)
        if document_id in self.now.finished.get(self.coder, ()):
            raise BadInput("coding", f"{document_id} is finished already", "a document that is still open", "open the document again to take the mark away")
        self._write([("finish", {"document_id": document_id})])
        return Done(f"{document_id} is finished", None, document_id)

    @_alone
    def reopen(self, document_id: str) -> Done:
        """Take the mark away again."""
        self._known(document_id)
        if document_id not in self.now.finished.get(self.coder, ()):
            raise BadInput("coding", f"{document_id} is not marked as finished", "a document that is", "choose one that you marked")
        self._write([("reopen", {"document_id": document_id})])
        return Done(f"{document_id} is open again", None, document_id)

    @_alone
    def undo(self) -> Done:
        """Take back this coder's latest step."""
        return self._turn("undo")

    @_alone
    def redo(self) -> Done:
        """Do again what was undone last."""
        return self._turn("redo")

    def _turn(self, way: str) -> Done:
        stacks = steps(self.log.events)
        stack = stacks[0] if way == "undo" else stacks[1]
        if not stack:
            raise BadInput(way, f"there is nothing to {way}", "a change that was made since the interview was opened", "go on coding; older changes are changed back by hand")
        step = stack[-1]
        words = described(step, self.now)
        self._write([(way, {"targets": [e.event_id for e in step]})])
        about = next((e for e in step if e.get("coding_id")), None)
        still = about["coding_id"] if about and about["coding_id"] in self.now.codings else None
        return Done(f"{'Undone' if way == 'undo' else 'Done again'}: {words}", still,
                    about["document_id"] if about else None)

    # --- codebook ----------------------------------------------------------------------------------------------

    @_alone
    def code_add(self, name: str, parent: str | None = None, **values: Any) -> Done:
        """A new code. values: kind, valence, color, stage, touchpoint, memo."""
        step, code_id = self._new_code(name, parent, values)
        self._write([step])
        return Done(f"New code “{step[1]['name']}”", code_id=code_id)

    @_alone
    def code_rename(self, code: str, name: str) -> Done:
        """Another name for a code; its codings stay."""
        found = self.code(code)
        new = self._free_name(name, found.parent_id, found)
        self._write([("code_rename", {"code_id": found.code_id, "name": new})])
        return Done(f"“{found.name}” is now “{new}”", code_id=found.code_id)

    @_alone
    def code_move(self, code: str, parent: str | None) -> Done:
        """Put a code below another, or (None) at the top."""
        found, above = self.code(code), self.code(parent) if parent else None
        self._not_below_itself(found, above.code_id if above else None)
        self._free_name(found.name, above.code_id if above else None, found)
        self._write([("code_move", {"code_id": found.code_id, "parent_id": above.code_id if above else None})])
        place = f"below “{above.name}”" if above else "at the top"
        return Done(f"“{found.name}” is now {place}", code_id=found.code_id)

    @_alone
    def code_merge(self, code: str, into: str) -> Done:
        """Let one code take over another with all its codings, of every coder; undo separates them again."""
        found, target = self.code(code), self.code(into)
        if found is target:
            raise BadInput("codebook", f"“{found.name}” cannot be merged into itself", "another code of the codebook", "choose the code that it goes into")
        self._write([("code_merge", {"code_id": found.code_id, "into": target.code_id})])
        return Done(f"“{found.name}” went into “{target.name}” with its codings", code_id=target.code_id)

    @_alone
    def code_split(self, code: str, name: str, coding_ids: Sequence[str]) -> Done:
        """A new code beside a code, for some of this coder's codings of it; other coders decide on theirs."""
        found = self.code(code)
        new = self._free_name(name, found.parent_id, None)
        for coding_id in coding_ids:
            if self._own(coding_id).code_id != found.code_id:
                raise BadInput("codebook", f"a chosen coding is not one of “{found.name}”", "codings that have this code now", "choose again: another window may have moved one")
        code_id = new_id()
        self._write([("code_split", {"code_id": found.code_id, "new_code_id": code_id, "name": new,
                                     "coding_ids": list(coding_ids)})])
        return Done(f"“{new}” split from “{found.name}” with {len(coding_ids)} codings", code_id=code_id)

    @_alone
    def code_edit(self, code: str, **changes: Any) -> Done:
        """Several changes of a code, one step to undo: name, parent (None: the top), memo, what `code_set` sets."""
        found = self.code(code)
        above = found.parent_id
        todo: list[tuple[str, Mapping[str, Any]]] = []
        if "parent" in changes:
            above = self.code(changes["parent"]).code_id if changes["parent"] else None
            if above != found.parent_id:
                self._not_below_itself(found, above)
                todo.append(("code_move", {"code_id": found.code_id, "parent_id": above}))
        name = self._free_name(changes.get("name", found.name), above, found)
        if name != found.name:
            todo.append(("code_rename", {"code_id": found.code_id, "name": name}))
        if "memo" in changes and (changes["memo"] or "") != (found.memo or ""):
            todo.append(("code_memo", {"code_id": found.code_id, "memo": _clean(changes["memo"] or "")}))
        rest = _code_values({k: v for k, v in changes.items() if k not in ("name", "parent", "memo")})
        if rest := {k: v for k, v in rest.items() if v != getattr(found, k)}:
            todo.append(("code_set", {"code_id": found.code_id, **rest}))
        if not todo:
            return Done(f"“{found.name}” is unchanged", code_id=found.code_id)
        self._write(todo)
        return Done(f"“{name}” saved", code_id=found.code_id)

    @_alone
    def code_memo(self, code: str, memo: str) -> Done:
        """Set the definition of a code; an empty one takes it away."""
        found = self.code(code)
        self._write([("code_memo", {"code_id": found.code_id, "memo": _clean(memo)})])
        return Done(f"Definition of “{found.name}” saved", code_id=found.code_id)

    @_alone
    def code_set(self, code: str, **values: Any) -> Done:
        """Set kind, valence, color, stage or touchpoint of a code."""
        found = self.code(code)
        self._write([("code_set", {"code_id": found.code_id, **_code_values(values)})])
        return Done(f"“{found.name}” changed", code_id=found.code_id)

    @_alone
    def number(self, code: str, number: int) -> Done:
        """Give a code a number key, 1 to 9 or 0."""
        found = self.code(code)
        if number not in NUMBER_KEYS:
            raise BadInput("number key", f"{number} is none", "0 to 9, the keys of the coding widget", "choose one of these keys")
        self._write([("number", {"code_id": found.code_id, "number": number})])
        return Done(f"“{found.name}” has the number {number}", code_id=found.code_id)

    # --- helpers -----------------------------------------------------------------------------------------------

    def _write(self, todo: list[tuple[str, Mapping[str, Any]]]) -> None:
        self.log.append(self.coder, todo)
        self.refresh()

    def _known(self, document_id: str) -> None:
        if document_id not in self.texts:
            raise unknown("document", "document", document_id, self.texts, "open one of these interviews, or add its file to the source and build")

    def _span(self, document_id: str, start: int, end: int) -> Json:
        self._known(document_id)
        sha256, text = self.texts[document_id]
        if not 0 <= start < end <= len(text):
            raise BadInput(f"document {document_id}", f"the span {start} to {end} is not in its text",
                           f"0 to {len(text)}, start before end", "mark the passage in the text again")
        if not text[start:end].strip():
            raise BadInput(f"document {document_id}", "the selected passage is empty", "at least one visible character", "mark the words that the code is about")
        before, after = anchor.context(text, start, end)
        return {"document_id": document_id, "text_sha256": sha256, "start": start, "end": end, "quote": text[start:end],
                "before": before, "after": after}

    def _about(self, coding: Coding) -> Json:
        """The span fields of an event about a coding that stays where it is."""
        if coding.start is not None and coding.end is not None and coding.document_id in self.texts:
            return {"coding_id": coding.coding_id, **self._span(coding.document_id, coding.start, coding.end)}
        return {"coding_id": coding.coding_id, "document_id": coding.document_id, "start": None, "end": None,
                "text_sha256": coding.text_sha256 or "", "quote": coding.quote, "before": coding.before,
                "after": coding.after}

    def _own(self, coding_id: str) -> Coding:
        coding = self.now.codings.get(coding_id)
        if coding is None:
            raise BadInput("coding", "it is not there any more", "codings that are on the page now", "it may have been removed in another window")
        if coding.coder != self.coder:
            raise BadInput("coding", f"it is {coding.coder}'s", f"{self.coder}'s own codings", "add a coding of your own to the passage")
        return coding

    def _name(self, code_id: str) -> str:
        code = self.now.codes.by_id.get(self.now.codes.now(code_id))
        return code.name if code else code_id

    def _new_code(self, name: str, parent: str | None,
                  values: Mapping[str, Any]) -> tuple[tuple[str, Json], str]:
        above = self.code(parent).code_id if parent else None
        code_id = new_id()
        memo = {"memo": _clean(values["memo"])} if values.get("memo") else {}
        rest = _code_values({k: v for k, v in values.items() if k != "memo"})
        fields = {"code_id": code_id, "name": self._free_name(name, above, None), "parent_id": above, **memo, **rest}
        return ("code_add", fields), code_id

    def _not_below_itself(self, code: Code, parent_id: str | None) -> None:
        if code.code_id in self.now.codes.above(parent_id):
            raise BadInput("codebook", f"“{code.name}” cannot lie below itself", "a code outside of it, or the top", "move it below a code that is not one of its own")

    def _free_name(self, name: str, parent_id: str | None, itself: Code | None) -> str:
        name = " ".join(_clean(name).split())
        if not name or len(name) > MAX_NAME:
            raise BadInput("code", "the name is too long" if name else "it has no name", f"1 to {MAX_NAME} characters", "write a short name; what it means goes into its memo")
        if PATH_SEPARATOR in f" {name} ":
            raise BadInput("code", f"{name!r} holds ' > '", "names without it: it separates the levels of a path", "write the name alone, and choose the code above it")
        for other in self.now.codes.children(parent_id):
            if other is not itself and other.name.casefold() == name.casefold():
                raise BadInput("code", f"there is a code {other.name!r} at this place already", "a name that no other code has below the same one", "write another name, or code with the one that is there")
        return name


def _code_values(values: Mapping[str, Any]) -> dict[str, Any]:
    for name in values:
        if name not in CODE_FIELDS:
            raise unknown("code", "property", name, CODE_FIELDS, "leave it out, or write it into the memo")
    valence = values.get("valence")
    if valence is not None and not (isinstance(valence, (int, float)) and -2 <= valence <= 2):
        raise BadInput("code", f"valence {valence!r}", "a number from -2 (very negative) to 2 (very positive), or none", "choose a number from -2 to 2, or leave valence out")
    return {k: _clean(v) if isinstance(v, str) else v for k, v in values.items()}


def _clean(text: str) -> str:
    """Text that can be written as UTF-8: half a surrogate pair, cut by a browser, becomes a replacement mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n").replace("\0", "")
