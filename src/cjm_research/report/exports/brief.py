"""The brief: what a decision needs on at most twelve pages of paper.

The answer as page one gives it, the journey as a poster, a page for each persona, the opportunities, what is not known, and how it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from ...decisions import Certainty, Decisions
from ...page.colour import accent_css
from ...results import words
from ..record.run_data import RunData
from . import poster
from .brief_persona import persona_page
from .browser import ask
from .pdf import Part, document, main_of, printed, style_of, within
from .text import clean, short
from .view import MapView, backing

MOST_PAGES = 12
MOST_PERSONAS = 6  # the other parts take six pages at most
MOST_CHANCES = 14  # opportunities on a page
LONGEST = 220  # characters of a cell
SMALLER = (1.0, 0.9, 0.8, 0.7)
PAPER = replace(poster.A3, width=1587 - 80, height=1123 - 116, edge=8)  # what A3 has for the poster within its margins
CSS = """
@page{margin:16mm 14mm 15mm}
@page poster{size:A3 landscape;margin:14mm 10mm 14mm}
#index--top{zoom:.83}.part:has(>.brief){font-size:9.5pt;line-height:1.4}
.whole,.pic,.unknown,.cjm [aria-labelledby=comments]{display:none}
.cjm .why{grid-template-columns:repeat(auto-fit,minmax(4.4rem,1fr));gap:.4rem}.cjm .why li>*{padding:.4rem .5rem}
.wall{border:0;display:block;transform-origin:0 0}
.wall-box{overflow:hidden;margin:0 auto}
.part>h1{margin:0 0 .6rem}
.cjm .brief table{width:100%;font-size:8.5pt;line-height:1.3}.brief td,.brief th{max-width:none}
.cjm .brief h1{margin:0 0 .4rem}.cjm .brief *+h1{margin-top:1.4rem}.cjm .brief h2{font-size:11.5pt;margin:1rem 0 .3rem}.cjm .brief :is(p,ul){max-width:none}
.cjm .brief :is(th,td){padding:.28rem .8rem .28rem 0}.cjm .brief th[scope=row]{min-width:9rem}
.person .story{font-size:1.1em}.person blockquote p{font-size:1.15em;font-style:italic}
.person .needs{columns:2;column-gap:2rem;margin-top:.6rem}.person section{break-inside:avoid}.cjm .person section h2{margin-top:0}.cjm .person section ul{margin:.2rem 0 .7rem;padding-left:1rem}
.brief dl{display:grid;grid-template-columns:9rem 1fr;gap:.3rem 1rem;margin:.5rem 0}.brief dt{color:var(--muted)}.brief dd{margin:0}
"""


def write(data: RunData, target: Path) -> Path:
    """Write `<client>_<run>_brief.pdf`. Raises `NotEnoughData` for a run of before the first page said what to do, `BadInput` without a browser."""
    decisions = data.need_decisions()
    index = (data.folder / "index.html").read_text(encoding="utf-8")
    personas = [s for s in data.sheets if s.get("name")]
    parts = [Part("index", "The answer", within(main_of(index), "index", ["index"]))]
    parts += _wall(data)
    parts += [_persona(s, data) for s in personas[:MOST_PERSONAS]]
    parts += [p for p in (_chances(data), _last(data, decisions, personas)) if p]
    colour = f"body{{--brand:{accent_css(data.look.colour)}}}" if data.look.colour else ""
    out = target / f"{data.client}_{data.run}_brief.pdf"
    for smaller in SMALLER:  # long lines of a client take more pages: then everything is printed smaller
        printed(document(data.title, [style_of(index)], parts, f"{CSS}{colour}\n.part:has(>.brief){{zoom:{smaller}}}"), out)
        if _pages(out) <= MOST_PAGES:
            break
    return out


def _pages(path: Path) -> int:
    from pypdf import PdfReader

    return len(PdfReader(path).pages)


def _wall(data: RunData) -> list[Part]:
    """The poster with as many entries as A3 holds in letters of nine points, or made smaller where it holds none; none where there is nothing to draw."""
    if data.map is None or not MapView(data.map).by_id:
        return []
    sheet, html = ask("pdf --brief", lambda browser: poster.fitting(browser, poster.small(data, PAPER), close=True)[1:])
    scale = min(1.0, PAPER.width / sheet.width, PAPER.height / sheet.height)
    box = f"width:{sheet.width * scale:.0f}px;height:{sheet.height * scale:.0f}px"
    frame = (f'<iframe class="wall" title="The journey as a poster" srcdoc="{escape(html)}" '
             f'style="width:{sheet.width}px;height:{sheet.height}px;transform:scale({scale:.4f})"></iframe>')
    return [Part("journey", "The journey", f'<div class="wall-box" style="{box}">{frame}</div>', "poster")]


def _persona(sheet: Mapping[str, Any], data: RunData) -> Part:
    return Part(f"persona-{sheet.get('number', 0)}", str(sheet["name"]), persona_page(sheet, MapView(data.map) if data.map else None, data.look.portraits))


def _chances(data: RunData) -> Part | None:
    """The opportunities in their order, with where they stand; None where there are none."""
    if data.map is None:
        return None
    view = MapView(data.map)
    found = view.opportunities()
    if not found:
        return None
    rows = [(c.name, c.where, c.standing, c.came) for c in found[:MOST_CHANCES]]
    more = _said(f"{words.some(len(found) - MOST_CHANCES, 'opportunities')} more: in the report.") if len(found) > MOST_CHANCES else ""
    return Part("opportunities", "Opportunities", f'<div class="brief"><h1>Opportunities</h1>{_table(("Opportunity", "Where", "Where it stands", "What came of it"), rows)}{more}</div>')


def _last(data: RunData, decisions: Decisions, personas: Sequence[Mapping[str, Any]]) -> Part:
    html = _unknown(data, decisions, personas) + _method(data, decisions)
    return Part("unknown", "What we do not know · How this was made", f'<div class="brief">{html}</div>')


def _unknown(data: RunData, decisions: Decisions, personas: Sequence[Mapping[str, Any]]) -> str:
    """What page one says is not known, questions without an answer, and the lanes of the map without data."""
    open_ = [(a.ask, f"{a.lead} {a.text} {a.needed}") for a in decisions.answers if not a.known]
    dark = MapView(data.map).without_data() if data.map else []
    rest = personas[MOST_PERSONAS:]
    lines = [*decisions.unknown, *([f"{words.count(len(rest))} more {'persona stands' if len(rest) == 1 else 'personas stand'} in the report alone: {words.listing([short(clean(p['name']), 60) for p in rest])}."] if rest else [])]
    html = _list(lines) if lines else _said("Nothing that changes what to do first.")
    html += f"<h2>Questions without an answer</h2>{_pairs(open_)}" if open_ else ""
    html += _said(f"The map has no data for {words.listing(dark)}.") if dark else ""
    return f"<h1>What we do not know</h1>{html}"


def _method(data: RunData, decisions: Decisions) -> str:
    """How the numbers of the first page were made, from what, and how to check them."""
    receipt = data.receipt
    known = {str(f.get("id")): f for f in data.findings}
    rows = [(_whose(known[i], said), *_figure(known[i], share)) for i, (said, share) in _cited(decisions).items() if (known.get(i) or {}).get("estimate")]
    html = f"<h2>Behind the answer</h2>{_table(('What it says', 'From', '95 % interval', 'Method'), rows)}" if rows else ""
    html += "<h2>How sure</h2>" + _pairs([(Certainty(n, "").drawn, said) for n, said in (
        (3, "a test, or three kinds of sources that agree"), (2, "two kinds of sources, or a comparison"), (1, "one source"), (0, "assumed, or not known"))])
    html += "<h2>What it rests on</h2>"
    facts = [("Intervals", "95 %. Shares name the people counted and the people they are counted of."),
             ("People", "Names and addresses were replaced by pseudonyms before anything was counted.")]
    if receipt is not None:
        read = [f"{words.count(t.rows)} in {words.column(name)}" for name, t in receipt.tables.items() if t.rows]
        facts += [("Records", words.listing(read) or "none"), ("Files", words.some(len(receipt.inputs), "files")),
                  ("Run", f"{receipt.run}, made {receipt.started_at[:10]}; {receipt.status}"), ("To check", f"cjm verify {receipt.client}/{receipt.run}")]
    return f"<h1>How this was made</h1>{html}{_pairs(facts)}"


def _cited(decisions: Decisions) -> dict[str, tuple[str, float | None]]:
    """Finding id → what the answer says of it, in the answer's words, with the share it tells."""
    said: dict[str, tuple[str, float | None]] = {}
    for step in (decisions.first, *decisions.then):
        if step is not None:
            for r in step.why:
                said.setdefault(r.finding, (f"{r.value} {r.of} {r.says}", r.share))
            said.setdefault(step.finding, (step.sure, None))
    for a in decisions.answers:
        for i in a.findings:
            said.setdefault(i, ((a.lead or a.text).rstrip(":"), None))
    return said


def _whose(f: Mapping[str, Any], said: str) -> str:
    """What is said, or of several personas that are named together what is known of this one."""
    return f"{f['persona']}: {f.get('label') or said}" if f.get("persona") else said


def _figure(f: Mapping[str, Any], share: float | None) -> tuple[str, str, str]:
    return *backing(f, share), clean((f.get("estimate") or {}).get("method") or "–")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join(f'<tr><th scope="row">{_cut(r[0])}</th>{"".join(f"<td>{_cut(c)}</td>" for c in r[1:])}</tr>' for r in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{_cut(a)}</dt><dd>{_cut(b, 2 * LONGEST)}</dd>" for a, b in pairs) + "</dl>"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{_cut(line, 2 * LONGEST)}</li>" for line in lines) + "</ul>"


def _cut(text: str, longest: int = LONGEST) -> str:
    """Words of data as they fit on a few pages; the report has them whole."""
    return escape(short(clean(text), longest))


def _said(text: str) -> str:
    return f"<p>{escape(text)}</p>"
