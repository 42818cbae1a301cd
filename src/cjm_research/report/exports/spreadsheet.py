"""The run as a spreadsheet: the map, its entries, all findings and their evidence, each on a sheet.

Text from data is written as text: nothing becomes a formula or a link.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...analysis import words
from .run_data import RunData

NUMBERS = ("value", "low", "high", "n", "base")
ENTRY = ("lane", "stage", "touchpoint", "channel", "persona", "statement", "value", "low", "high", "n", "base", "unit", "method", "source", "status",
         "caveats", "chapter", "id")
EVIDENCE = ("finding", "kind", "definition", "table", "rows", "rows_sha256", "sql", "document_id", "start", "end", "speaker", "quote", "text_sha256")
CELL_LIMIT = 32_000  # characters a spreadsheet cell takes


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.xlsx`; returns its path."""
    import xlsxwriter

    path = target / "journey_map.xlsx"
    temporary = path.with_suffix(".partial")
    book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False})
    book.set_properties({"title": data.title, "comments": f"client {data.client}, run {data.run}"})
    looks: dict[str, dict[str, Any]] = {
        "head": {"bold": True, "bottom": 1, "bg_color": "#F0F2F5", "text_wrap": True}, "text": {"text_wrap": True}, "plain": {}, "share": {"num_format": "0.0%"},
        "number": {"num_format": "#,##0.00"}, "count": {"num_format": "#,##0"}, "lane": {"bold": True, "text_wrap": True}}
    style = {name: book.add_format({"valign": "top", **more}) for name, more in looks.items()}
    lanes = _lane_names(data)
    if data.map is not None:
        _map_sheet(book.add_worksheet("Map"), data, style)
    entries = list(data.by_id.values())
    if entries:
        _findings_sheet(book.add_worksheet("Entries"), entries, lanes, style)
    _findings_sheet(book.add_worksheet("Findings"), data.findings, lanes, style)
    _evidence_sheet(book.add_worksheet("Evidence"), list({f["id"]: f for f in [*data.findings, *entries]}.values()), style)
    book.close()
    temporary.replace(path)
    return path


def _lane_names(data: RunData) -> dict[str, str]:
    out: dict[str, str] = {}
    for key, ids in (data.map or {}).get("cells", {}).items():
        lane = key.split("|", 1)[0]
        title = next((x["title"] for x in data.map["lanes"] if x["name"] == lane), lane) if data.map else lane
        out.update(dict.fromkeys(ids, title))
    return out


def _map_sheet(sheet: Any, data: RunData, style: dict[str, Any]) -> None:
    found = data.need_map()
    by_id = data.by_id
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, len(found["stages"]), 42)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.write_string(0, 0, data.title, style["head"])
    for c, stage in enumerate(found["stages"], start=1):
        sheet.write_string(0, c, stage["name"], style["head"])
    row = 1
    for lane in found["lanes"]:
        cells = [found["cells"].get(f"{lane['name']}|{s['name']}", []) for s in found["stages"]]
        if not any(cells):
            continue
        sheet.write_string(row, 0, lane["title"], style["lane"])
        for c, ids in enumerate(cells, start=1):
            lines = [_line(by_id[i]) for i in ids if not by_id[i].get("persona")]
            sheet.write_string(row, c, "\n".join(lines)[:CELL_LIMIT] or "no data", style["text"])
        row += 1


def _line(f: dict[str, Any]) -> str:
    e = f.get("estimate")
    text = f"“{f['statement']}”" if f["kind"] == "quote" else str(f["statement"])
    if e and e.get("value") is not None and words.number(e["value"], e["unit"]) not in text:
        text = f"{words.number(e['value'], e['unit'])}: {text}"
    return text + (" [assumed]" if f.get("status") == "assumed" else "")


def _findings_sheet(sheet: Any, findings: list[dict[str, Any]], lanes: dict[str, str], style: dict[str, Any]) -> None:
    _header(sheet, ENTRY, style, {"statement": 70, "method": 34, "caveats": 34})
    for r, f in enumerate(findings, start=1):
        e = f.get("estimate") or {}
        values = {**f, **{k: e.get(k) for k in ("value", "low", "high", "n", "base", "unit", "method")}, "lane": lanes.get(f["id"], ""),
                  "caveats": "; ".join(f.get("caveats") or ())}
        for c, name in enumerate(ENTRY):
            number = style["share"] if e.get("unit") == "share" and name in ("value", "low", "high") else style["count"] if name in ("n", "base") else style["number"]
            _cell(sheet, r, c, values.get(name), number, style["text" if name in ("statement", "caveats", "method") else "plain"])
    sheet.autofilter(0, 0, max(1, len(findings)), len(ENTRY) - 1)


def _evidence_sheet(sheet: Any, findings: list[dict[str, Any]], style: dict[str, Any]) -> None:
    _header(sheet, EVIDENCE, style, {"definition": 60, "sql": 60, "quote": 60})
    r = 1
    for f in findings:
        for e in f.get("evidence") or ():
            for c, name in enumerate(EVIDENCE):
                _cell(sheet, r, c, f["id"] if name == "finding" else e.get(name), style["count"], style["text" if name in ("definition", "quote") else "plain"])
            r += 1
    sheet.autofilter(0, 0, max(1, r - 1), len(EVIDENCE) - 1)


def _header(sheet: Any, names: tuple[str, ...], style: dict[str, Any], widths: dict[str, int]) -> None:
    sheet.freeze_panes(1, 0)
    for c, name in enumerate(names):
        sheet.set_column(c, c, widths.get(name, 16))
        sheet.write_string(0, c, name, style["head"])


def _cell(sheet: Any, row: int, column: int, value: Any, number: Any, text: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        sheet.write_string(row, column, str(value)[:CELL_LIMIT], text)
    else:
        sheet.write_number(row, column, value, number)
