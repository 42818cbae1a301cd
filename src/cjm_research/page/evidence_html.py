"""What an answer rests on: a panel for each finding, with its number, interval, place, definition, rows and query, and the way back to the map."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..results import words
from ..results.lanes import BY_NAME
from .numbering import Numbering
from .wording import for_readers, typeset, unbroken

HASH_SHOWN = 12  # hex digits; enough to compare by eye, the whole hash is in findings.json
MAP_PAGE, QUERIES_PAGE = "map.html", "queries.html"


def findings_html(findings: Sequence[Mapping[str, Any]], numbering: Numbering) -> str:
    """A disclosure with the findings that this page did not show before; empty where there are none."""
    items = []
    for finding in findings:
        anchor = numbering.finding(dict(finding))
        if anchor is not None:
            items.append(_finding(finding, anchor, numbering))
    if not items:
        return ""
    return f"<details class=evidence><summary>Findings and evidence ({len(items)})</summary><ul>{''.join(items)}</ul></details>"


def _finding(finding: Mapping[str, Any], anchor: str, numbering: Numbering) -> str:
    """The panel: the words and the number of its cell on the map, the statement, and what stands behind them."""
    place = " · ".join(escape(str(finding[k])) for k in ("stage", "touchpoint", "channel", "persona") if finding.get(k))
    status = str(finding.get("status") or "")
    shown = "" if status == "backed" else {"partly": "partly backed"}.get(status, status)
    kicker = " · ".join(x for x in (escape(_what(finding)), place, escape(shown)) if x)
    said = str(finding.get("statement", ""))
    statement, cell = f'<span class=statement>{escape(said) if finding.get("kind") == "quote" else unbroken(said)}</span>', _cell(finding)
    head = f'<p class="says">{cell}</p><p>{statement}</p>' if cell else f'<p class="says">{statement}</p>'
    details = [_estimate(finding.get("estimate")), *(f"<li>{t}{_rows(e, finding.get('estimate'))}</li>" for e in finding.get("evidence") or () if (t := _evidence(e))),
               *(f"<li>{escape(c)}</li>" for c in _caveats(finding, numbering))]
    rest = f"<ul>{''.join(details)}</ul>" if any(details) else ""
    remarks = numbering.remarks.get(str(finding.get("id")), ())
    told = f'<ul class=remarks>{"".join(f"<li>{escape(r)}</li>" for r in remarks)}</ul>' if remarks else ""
    return f'<li id="{anchor}" class="finding"><p class=kicker>{kicker}</p>{head}{told}{rest}{_links(finding, numbering)}</li>'


def _links(finding: Mapping[str, Any], numbering: Numbering) -> str:
    """On a client's page the way to the query and back to the map."""
    if not numbering.readers:
        return ""
    queries = dict.fromkeys(query_anchor(str(e["sql"])) for e in finding.get("evidence") or () if e.get("sql"))
    links = [f'<a href="{QUERIES_PAGE}#{q}">Query (SQL)</a>' for q in queries]
    if finding.get("id") in numbering.on_map:
        links.append(f'<a href="{MAP_PAGE}#m-{escape(str(finding["id"]), quote=True)}">Back to the map</a>')
    return f'<p class="foot-links">{"".join(links)}</p>' if links else ""


def _what(finding: Mapping[str, Any]) -> str:
    """The lane of the map it stands in, else what kind of finding it is."""
    lane = BY_NAME.get(str(finding.get("lane") or ""))
    return lane.title if lane else str(finding.get("kind", ""))


def _cell(finding: Mapping[str, Any]) -> str:
    """What its cell on the map says: the number and the words beside it. Empty where the cell holds the statement itself."""
    estimate, label = finding.get("estimate"), finding.get("label")
    if not estimate or estimate.get("value") is None or label is None:
        return ""
    said, _, _ = words.figure(estimate["value"], estimate.get("low"), estimate.get("high"), estimate.get("n") or 0, estimate.get("base") or 0, str(estimate.get("unit") or ""))
    return f"<b>{escape(said)}</b> {escape(str(label))}".strip()


def _caveats(finding: Mapping[str, Any], numbering: Numbering) -> list[str]:
    told = [str(c) for c in finding.get("caveats") or ()]
    return [c for c in map(for_readers, told) if c] if numbering.readers else told


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
    said = _for_readers(str(evidence.get("definition") or "").rstrip("."))
    text = escape(said[:1].upper() + said[1:])
    if evidence.get("rows") is not None:
        text += f": {words.count(evidence['rows'])} rows"
        text += f" of {escape(str(evidence['table']))}" if evidence.get("table") else ""
    if evidence.get("rows_sha256"):
        text += f' <code title="SHA-256 of the rows">SHA-{escape(str(evidence["rows_sha256"])[:HASH_SHOWN])}</code>'
    return text


#: clauses of definitions that speak to whoever runs the query
_FOR_ANALYSTS = re.compile(r" \(to be run on [^()]*\)")
_BY_HAND = re.compile(r"written in params/\S+ by hand")


def _for_readers(definition: str) -> str:
    """A definition as a client reads it: names in quotation marks, nothing about files and runs."""
    return typeset(_BY_HAND.sub("written by hand, not counted from data", _FOR_ANALYSTS.sub("", definition)))


#: headings of the columns of a query's rows
_HEADINGS = {"id": "Pseudonym", "counted": "Counted", "value": "Value", "amount": "Amount"}


def _rows(evidence: Mapping[str, Any], estimate: Mapping[str, Any] | None) -> str:
    """Some of the rows, pseudonymous; where they are not listed one by one, how many there are of each kind."""
    if evidence.get("kind") != "rows" or not evidence.get("rows") or evidence.get("table") == "findings":
        return ""
    sample, unit = list(evidence.get("sample") or ()), str((estimate or {}).get("unit") or "")
    if not sample:
        if unit != "share" or estimate is None or estimate.get("base") != evidence["rows"]:
            return '<p class="rows">Not listed one by one.</p>'
        n, base = int(estimate.get("n") or 0), int(estimate["base"])
        return f'<p class="rows">Not listed one by one: {words.count(n)} counted, {words.count(base - n)} not.</p>'
    columns = list(dict.fromkeys(c for row in sample for c in row))
    head = "".join(f'<th scope="col">{escape(_HEADINGS.get(c, c.replace("_", " ")))}</th>' for c in columns)
    cells = [[escape(words.event(str(row.get(c) or "–")) if c == "source" else _value(row.get(c), unit if c == "value" else "")) for c in columns] for row in sample]
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    all_of = len(sample) >= int(evidence["rows"])
    summary = f"All {words.some(len(sample), 'rows')}" if all_of else f"{len(sample)} of {words.some(evidence['rows'], 'rows')}, drawn at random"
    return f'<details class="rows"><summary>{summary}</summary><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>'


def _value(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return words.number(value, unit if unit == "s" else "")
    return "–" if value is None else str(value)


def query_anchor(sql: str) -> str:
    """Where the page of queries shows one; in letters, since digits look like telephone numbers to the release check."""
    return "q-" + "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(sql.encode()).hexdigest()[:HASH_SHOWN])
