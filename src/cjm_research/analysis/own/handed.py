"""Answers of own questions, handed from the chapter that defines them to the chapters that draw the map.

In a report every chapter has a kernel of its own. Chapters that define own questions run first; what these answer is written
beside the kernel after each cell, the report collects it, and every kernel after that reads it in the run's pin.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import BadInput, NotEnoughData
from ...pins import OWN_ANSWERS, OWN_VARIABLE
from ...results.cache import answered
from ...results.result import Finding, Result
from ...shapes import Row

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class HandedAnswer:
    """The answer of an own question that another chapter defines. missing: why there is none."""

    name: str
    findings: tuple[Finding, ...] = ()
    missing: str = ""

    def answer(self) -> Result:
        """The answer as the map takes it. Raises `NotEnoughData` where there is none."""
        if self.missing:
            raise NotEnoughData(f"own question {self.name}", self.missing, "an answer", "see the chapter that defines it")
        return Result(f"Own question: {self.name}", {}, findings=list(self.findings))


def handed_answers(study: Study) -> list[HandedAnswer]:
    """The answers that chapters before this one gave in this run; none outside a report."""
    raw = _read(study)
    return [HandedAnswer(a["name"], tuple(Finding.from_dict(f) for f in a["findings"]), a["missing"]) for a in json.loads(raw)] if raw else []


def handed_state(study: Study) -> str:
    """A hash of the answers handed to this run; empty where there are none."""
    raw = _read(study)
    return hashlib.sha256(raw).hexdigest() if raw else ""


def _read(study: Study) -> bytes:
    pin = study.workspace.pin
    path = pin.folder / OWN_ANSWERS if pin is not None and pin.client == study.client else None
    return path.read_bytes() if path is not None and path.is_file() else b""


_written: dict[str, tuple[Any, Row]] = {}  # of this kernel: name → the function answered, its answer
_defined: dict[str, tuple[Callable[..., Result], Study]] = {}


def hand_over(name: str, function: Callable[..., Result], study: Study) -> None:
    """In a report's kernel, answer this own question after the cell that defines it, and write its findings down for the map."""
    if not os.environ.get(OWN_VARIABLE):
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()  # type: ignore[no-untyped-call]
    if shell is None:
        return
    if not _defined:
        shell.events.register("post_run_cell", _write_answers)
    _defined[name] = function, study


def _write_answers(_: Any) -> None:
    for name, (function, study) in _defined.items():
        done = _written.get(name)
        if done is None or done[0] is not function or done[1]["missing"]:  # a helper may be defined in a later cell
            _written[name] = function, _answer(name, function, study)
    Path(os.environ[OWN_VARIABLE]).write_text(json.dumps([answer for _, answer in _written.values()], ensure_ascii=False), encoding="utf-8")


def _answer(name: str, function: Callable[..., Result], study: Study) -> Row:
    findings: list[Finding] = []
    missing = ""
    try:
        findings = answered(function, study).findings
    except NotEnoughData as reason:
        missing = reason.found
    except BadInput as problem:
        missing = f"refused: {problem.where}: {problem.found}"
    except Exception as error:  # the researcher's code: the cell that asks it shows the whole error
        missing = f"it failed with {type(error).__name__}"
    return {"name": name, "findings": [f.to_dict() for f in findings], "missing": missing}
