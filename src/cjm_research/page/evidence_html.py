"""What an answer rests on: its findings, each with number, interval, place and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..results import words
from .numbering import Numbering

HASH_SHOWN = 12  # hex digits; enough to compare by eye, the whole hash is in findings.json


def findings_html(findings: Sequence[Mapping[str, Any]], numbering: Numbering) -> str:
    """A disclosure with the findings that this page did not show before; empty where there are none."""
    items = []
    for finding in findings:
        anchor = numbering.finding(dict(finding))
        if anchor is not None:
            items.append(_finding(finding, anchor, numbering.remarks.get(str(finding.get("id")), ())))
    if not items:
        return ""
    return f"<details class=evidence><summary>Findings and evidence ({len(items)})</summary><ul>{''.join(items)}</ul></details>"


def _finding(finding: Mapping[str, Any], anchor: str, remarks: Sequence[str] = ()) -> str:
    place = " · ".join(escape(str(finding[k])) for k in ("stage", "touchpoint", "channel", "persona") if finding.get(k))
    status = str(finding.get("status") or "")
    kicker = " · ".join(x for x in (escape(str(finding.get("kind", ""))), place, escape(status)) if x)
    evidence = "".join(f"<li>{text}</li>" for text in map(_evidence, finding.get("evidence") or ()) if text)
    estimate = _estimate(finding.get("estimate"))
    caveats = "".join(f"<li>{escape(str(c))}</li>" for c in finding.get("caveats") or ())
    rest = f"<ul>{estimate}{evidence}{caveats}</ul>" if estimate or evidence or caveats else ""
    said = f'<ul class=remarks>{"".join(f"<li>{escape(r)}</li>" for r in remarks)}</ul>' if remarks else ""
    return (f'<li id="{anchor}"><span class=kicker>{kicker}</span> <span class=statement>{escape(str(finding.get("statement", "")))}</span>{said}{rest}</li>')


def _estimate(estimate: Mapping[str, Any] | None) -> str:
    if not estimate or estimate.get("value") is None:
        return ""
    unit = str(estimate.get("unit") or "")
    n, base = estimate.get("n") or 0, estimate.get("base") or 0
    said, inside, size = words.figure(estimate["value"], estimate.get("low"), estimate.get("high"), n, base, unit)
    parts = [said, f"95 % interval {inside}" if inside else "", f"n {words.count(n)} of base {words.count(base)}" if size else "",
             str(estimate.get("method") or "")]
    return f"<li>{escape('; '.join(p for p in parts if p))}</li>"


def _evidence(evidence: Mapping[str, Any]) -> str:
    if evidence.get("kind") == "quote":
        where = ", ".join(str(x) for x in (evidence.get("speaker"), evidence.get("document_id")) if x)
        span = f", characters {evidence['start']}–{evidence['end']}" if evidence.get("start") is not None else ""
        return f"<q>{escape(str(evidence.get('quote') or evidence.get('definition') or ''))}</q> ({escape(where + span)})"
    text = escape(str(evidence.get("definition") or ""))
    if evidence.get("rows") is not None:
        text += f": {words.count(evidence['rows'])} rows"
        text += f" of {escape(str(evidence['table']))}" if evidence.get("table") else ""
    if evidence.get("rows_sha256"):
        text += f' <code title="SHA-256 of the rows">SHA-{escape(str(evidence["rows_sha256"])[:HASH_SHOWN])}</code>'
    return text
