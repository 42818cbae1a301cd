"""Persona sheets on paper: one page each, whatever they hold, and nothing else beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdf
import pytest

from cjm_research.analysis.personas.sheets import EMPATHY, ORDER
from cjm_research.page import sheets_html as sheets
from cjm_research.page.numbering import Numbering

ASSETS = Path(sheets.__file__).parent / "assets"
LINE = {"text": "Preferred channel is web and the store: 62.5 % (others 34.2 %, 1.47 times the base)", "status": "partly", "evidence": "n = 1,511; adjusted p < 0.001"}


def sheet(name: str, number: int, lines: int, quotes: int = 6) -> dict[str, Any]:
    return {"name": name, "number": number, "size": "28.8 % of customers (27.6 to 30.1 %; 1,511 of 5,239)", "summary": "High research hours, high budget",
            "glyph": [{"label": f"feature {i}", "text": f"feature {i}: 4", "position": 0.4 + i / 20} for i in range(8)],
            "sections": {s: [LINE] * lines for s in ORDER if s not in EMPATHY}, "empathy": {s: [LINE] * lines for s in EMPATHY},
            "rule": ["Research hours above 5.05 and yearly budget eur above 415: right for 97.8 % of 1,449"] * 2,
            "quotes": [{"text": "They offer me Tuesday between ten and one, and at that time I am in the office like everybody else.", "who": "P02",
                        "where": "P02, characters 1160–1259", "id": "34D7887C"}] * quotes, "counts": {"backed": 20, "partly": 10, "assumed": 1}}


@pytest.mark.parametrize("lines", [1, 3, 4])
def test_every_sheet_is_one_page(browser: Any, tmp_path: Path, lines: int) -> None:
    names = ["Trail planner", "Weekender", "Loyalist"]
    body = sheets.sheets_html([sheet(n, i + 1, lines) for i, n in enumerate(names)], Numbering(), {})
    styles = "".join((ASSETS / f).read_text(encoding="utf-8") for f in ("blocks.css", "page.css"))
    page = browser.new_page()
    page.set_content(f'<style>{styles}</style><main><div class="cjm"><h2>Before</h2>{body}<h2>After</h2></div></main>')
    paper = tmp_path / "sheets.pdf"
    page.pdf(path=paper, prefer_css_page_size=True, print_background=True)
    page.close()
    texts = [p.extract_text() for p in pypdf.PdfReader(paper).pages]
    assert len(texts) == len(names) + 2, [t[:60] for t in texts]  # what comes before and after has pages of its own
    for name, text in zip(names, texts[1:-1], strict=True):
        assert name in text and "In their words" in text and "In their words" not in texts[0] + texts[-1]
    assert "Before" in texts[0] and "After" in texts[-1]
