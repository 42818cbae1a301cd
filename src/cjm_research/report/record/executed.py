"""The executed notebook as the file of a run: every finding in full once, every block on one line.

A map repeats what answers of its chapter say, and a chapter's later answers repeat the map: in the file a finding that stands in
an earlier block of the notebook, to the letter, is its id alone. Whoever reads the file through this module gets it whole.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

from ...page.blocks import MIME
from ...shapes import Json


def written(notebook: Any) -> str:
    """The notebook as text, as nbformat writes it but for the blocks; the notebook itself is left as it is."""
    from nbformat.v4.rwbase import split_lines, strip_transient

    out = _copied(notebook)
    place = secrets.token_hex(16)
    known: dict[str, Json] = {}
    blocks: list[str] = []
    for data in _bundles(out):
        if isinstance(data.get(MIME), dict):
            blocks.append(json.dumps(_told_once(data[MIME], known), ensure_ascii=False, sort_keys=True, separators=(",", ":")))
            data[MIME] = f"{place}-{len(blocks) - 1}"
    text = json.dumps(strip_transient(split_lines(out)), ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
    return re.sub(rf'"{place}-(\d+)"', lambda m: blocks[int(m[1])], text) + "\n"


def read(text: str) -> Any:
    """A notebook that `written` gave, or one of before, as nbformat reads it and whole."""
    import nbformat

    return whole(nbformat.reads(text, as_version=4))


def whole(notebook: Any) -> Any:
    """The notebook with every finding in full, changed in place; one that has them all is left as it is."""
    known: dict[str, Json] = {}
    for data in _bundles(notebook):
        for findings in _findings(data.get(MIME)):
            for i, finding in enumerate(findings):
                if set(finding) == {"id"} and finding["id"] in known:
                    findings[i] = copy.copy(known[finding["id"]])
                else:
                    known.setdefault(str(finding.get("id")), finding)
    return notebook


def _told_once(block: Json, known: dict[str, Json]) -> Json:
    """The block with the ids of what earlier blocks say; `known`: what they say, added to."""
    out = {**block, "data": {**block["data"]}} if isinstance(block.get("data"), dict) else {**block}
    for holder in (out, out.get("data")):
        if isinstance(holder, dict) and isinstance(holder.get("findings"), list):
            holder["findings"] = [_once(f, known) if isinstance(f, dict) else f for f in holder["findings"]]
    return out


def _once(finding: Json, known: dict[str, Json]) -> Json:
    name = str(finding.get("id"))
    if name in known:
        return {"id": finding["id"]} if known[name] == finding else finding
    known[name] = finding
    return finding


def _findings(block: Any) -> Iterator[list[Json]]:
    """The lists of findings of a block: of an answer its own, of a map those of its data."""
    for holder in (block, block.get("data")) if isinstance(block, dict) else ():
        if isinstance(holder, dict) and isinstance(holder.get("findings"), list) and all(isinstance(f, dict) for f in holder["findings"]):
            yield holder["findings"]


def _bundles(notebook: Any) -> Iterator[Json]:
    """What every output shows, by kind."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if isinstance(output.get("data"), dict):
                yield output["data"]


def _copied(notebook: Any) -> Any:
    """A copy as far down as writing changes it."""
    out = copy.copy(notebook)
    out["metadata"] = copy.copy(notebook["metadata"])
    out["cells"] = [copy.copy(c) for c in notebook["cells"]]
    for cell in out["cells"]:
        cell["metadata"] = copy.copy(cell["metadata"])
        if "attachments" in cell:
            cell["attachments"] = copy.deepcopy(cell["attachments"])
        if "outputs" in cell:
            cell["outputs"] = [copy.copy(o) for o in cell["outputs"]]
            for output in cell["outputs"]:
                if isinstance(output.get("data"), dict):
                    output["data"] = copy.copy(output["data"])
    return out
