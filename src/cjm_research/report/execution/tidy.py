"""An executed notebook without what differs from run to run or tells of this machine: the one place that takes it out.

Equal inputs give equal bytes. Out go: papermill's notes and times, ids, folders of this machine, the names that ipykernel gives
to cells, numbers of processes, addresses in memory, times that tools measure of themselves, random ids of styled tables and of
drawings; and the places at which a printed text happened to be cut on its way. What a chapter prints on its own account stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...page.blocks import MIME
from .kernels import KERNEL_NAME

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_IMAGES = ("image/png", "image/jpeg", "application/pdf")
_CELL = re.compile(r"ipykernel_\d+[/\\]\d+\.py")
_OF_PATHS = re.compile(r"[\w.~:/\\-]")
_LONGEST_PATH = 400
_PROCESS = re.compile(r"\b((?:pid|process(?: id| number)?|subprocess)[ =:(]{1,2})(\d+)\b", re.IGNORECASE)

#: what is replaced in every text, and by what
_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=\bat )0x[0-9a-fA-F]{6,16}\b"), "0x…"),
    (re.compile(r"\b0x(?:0000)?(?:7[ef]|5[56])[0-9a-fA-F]{10}\b"), "0x…"),
    # tqdm
    (re.compile(r"\[(?:\d+:)?\d\d:\d\d(?:<(?:(?:\d+:)?\d\d:\d\d|\?))?,[^\]\n]{0,30}(?:it/s|s/it|B/s)[^\]\n]{0,30}\]"), "[…]"),
    # %time, %%time, %timeit
    (re.compile(r"^(CPU times: |Wall time: )[^\n]+", re.M), r"\1…"),
    (re.compile(r"^[\d.]+ (?:[mµun]?s|min|h)(?: [\d.]+ (?:ms|s|min))? ± [\d.]+ [mµun]?s per loop \(mean ± std\. dev\.[^\n]*"), "… per loop"),
)
#: random ids of HTML that other libraries make, numbered in their order
_HTML_IDS = (re.compile(r"\bT_[0-9a-f]{5}(?=_|\b)"), re.compile(r"(?<=[\"'#])[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?=[\"'])"))
_SVG_IDS = (re.compile(r"(?<=[\"#])[a-z][0-9a-f]{10}(?=[\")])"),)
_SVG_DATE = re.compile(r"<dc:date>[^<]*</dc:date>")


@dataclass(frozen=True)
class Here:
    """What tells of this machine: folders, longest first, with what to say instead; numbers of processes."""

    folders: Mapping[str, str] = field(default_factory=dict)
    processes: frozenset[int] = frozenset()


def plain(text: str, here: Here = Here()) -> str:
    """A text without places, numbers and times of this machine."""
    for folder, name in here.folders.items():
        if len(folder) > 3 and folder in text:
            text = re.sub(re.escape(folder) + r"(?![\w-])", name.replace("\\", "/"), text)
    if here.processes:
        text = _PROCESS.sub(lambda m: f"{m[1]}…" if int(m[2]) in here.processes else m[0], text)
    text = _without_cell_files(text)
    for pattern, instead in _PLAIN:
        text = pattern.sub(instead, text)
    return text


def _without_cell_files(text: str) -> str:
    """The files that ipykernel names cells by, with the folders before them, looked for backwards: that takes no longer in a long text."""
    parts, at = [], 0
    for found in _CELL.finditer(text):
        start = found.start()
        if start > at and text[start - 1] in "/\\":
            while start > at and found.start() - start < _LONGEST_PATH and _OF_PATHS.match(text[start - 1]):
                start -= 1
        parts += [text[at:start], "<cell>"]
        at = found.end()
    return "".join([*parts, text[at:]])


def tidy(notebook: Any, here: Here = Here()) -> None:
    """Tidy an executed notebook in place; doing it again changes nothing."""
    notebook.metadata.pop("papermill", None)
    cells = [c for c in notebook.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    notebook.cells = cells
    for position, cell in enumerate(cells):
        cell["id"] = f"cell-{position}"
        for name in ("papermill", "execution", "trusted", "collapsed", "scrolled"):
            cell.metadata.pop(name, None)
        if "outputs" in cell:
            cell["outputs"] = tidy_outputs(cell["outputs"], here)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": KERNEL_NAME}


def tidy_outputs(outputs: Sequence[Any], here: Here = Here()) -> list[Any]:
    """The outputs of a cell: printed texts joined, the others one by one."""
    def clean(text: str) -> str:
        return plain(text, here)

    found: list[Any] = []
    for output in outputs:
        output.get("metadata", {}).pop("transient", None)
        output.pop("transient", None)
        kind = output["output_type"]
        if kind == "stream":
            _join(found, output)
            continue
        if kind == "error":
            output["evalue"] = clean(str(output.get("evalue", "")))
            output["traceback"] = [clean(str(line)) for line in output.get("traceback", [])]
        elif "data" in output and MIME not in output["data"]:  # a block is data, the same in every run: quotes are not touched
            _tidy_data(output["data"], clean)
        found.append(output)
    for output in found:
        if output["output_type"] == "stream":
            output["text"] = clean(_last_of_lines(_text(output["text"])))
    return found


def _join(found: list[Any], output: Any) -> None:
    """Add a printed text to that of its stream since the last display: where streams were cut and interleaved is chance."""
    output["text"] = _text(output["text"])
    here = []
    for before in reversed(found):
        if before["output_type"] != "stream":
            break
        here.append(before)
    for before in here:
        if before.get("name") == output.get("name"):
            before["text"] += output["text"]
            return
    if output.get("name") == "stdout" and here:  # standard output first
        found.insert(len(found) - len(here), output)
    else:
        found.append(output)


def _last_of_lines(text: str) -> str:
    """What a terminal shows of lines that were written over (progress bars)."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(next((part for part in reversed(line.split("\r")) if part), "") for line in lines)


def _tidy_data(data: Any, clean: Callable[[str], str]) -> None:
    for kind, value in data.items():
        if kind in _IMAGES:
            continue
        if not isinstance(value, (str, list)) or (isinstance(value, list) and not all(isinstance(v, str) for v in value)):
            data[kind] = _deep(value, clean)
            continue
        text = clean(_text(value))
        if kind == "text/html":
            text = _numbered(text, _HTML_IDS)
        if kind in ("text/html", "image/svg+xml") and "<svg" in text:
            text = _SVG_DATE.sub("<dc:date></dc:date>", _numbered(text, _SVG_IDS))
        data[kind] = text


def _numbered(text: str, patterns: Sequence[re.Pattern[str]]) -> str:
    """Random ids replaced by numbers in the order of their first use."""
    for pattern in patterns:
        known: dict[str, str] = {}
        text = pattern.sub(lambda m, k=known: k.setdefault(m[0], f"id-{len(k) + 1}"), text)  # type: ignore[misc]
    return text


def _deep(value: Any, clean: Callable[[str], str]) -> Any:
    """The texts in data of other libraries, cleaned."""
    if isinstance(value, str):
        return value if len(value) > 100_000 else clean(value)
    if isinstance(value, Mapping):
        return {k: _deep(v, clean) for k, v in value.items()}
    if isinstance(value, list):
        return [_deep(v, clean) for v in value]
    return value


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
