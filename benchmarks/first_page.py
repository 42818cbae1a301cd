"""What the first page of every client says, where the first answer stands, and how much is to be read before the map.

    python -m benchmarks.first_page [REPORTS] [--clients NAME …]

Reads the latest runs below `reports/`. Positions are the bottom of the first recommendation's title and of the first question's answer, in px
of a 1400 × 900 and a 390 × 844 window. A sentence is what ends in a full stop, a question mark or an exclamation mark, or stands by itself. Needs Debian's chromium.
Bar: the first answer is wholly on the screen in both windows; the exit code says whether it holds.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

WINDOWS = ((1400, 900), (390, 844))
_READ = """() => {
  const bottom = s => { const e = document.querySelector(s); return e ? Math.round(e.getBoundingClientRect().bottom + scrollY) : null; };
  const seen = e => !e.closest('.vh') && e.getClientRects().length > 0;
  const parts = [...document.querySelectorAll('.dofirst h2, .dofirst .two p, .asked li > p:not(.ft), .then h3, .then li > p:not(.ft), .unknown li')].filter(seen).map(e => e.innerText);
  const map = document.getElementById('h-pic'), range = document.createRange();
  range.setStart(document.getElementById('main'), 0);
  if (map) range.setEndBefore(map); else range.setEndAfter(document.getElementById('main').lastChild);
  return {first: bottom('#first'), answer: bottom('.asked li > p'), parts: parts, before: range.toString(), map: !!map, wide: document.documentElement.scrollWidth > innerWidth}; }"""


def sentences(parts: list[str]) -> list[str]:
    """The sentences of the parts of a page."""
    return [s.strip() for part in parts for s in re.split(r"(?<=[.!?])\s+|\n+", part) if re.search(r"\w", s)]


def measured(page: Any, run: Path) -> dict[str, Any]:
    """What one client's first page measures."""
    out: dict[str, Any] = {}
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        page.goto((run / "index.html").as_uri())
        found = page.evaluate(_READ)
        out[f"{width}"] = (found["first"], found["answer"], found["wide"])
    said = sentences(found["parts"])
    longest = max(said, key=lambda s: len(s.split()), default="")
    return out | {"sentences": len(said), "longest": (len(longest.split()), longest), "before": len(found["before"].split()), "bytes": (run / "index.html").stat().st_size}


def main() -> int:
    """Print the table; 1 where an answer is not on the first screen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="?", type=Path, default=Path("reports"))
    parser.add_argument("--clients", nargs="*", default=[])
    chosen = parser.parse_args()
    from playwright.sync_api import sync_playwright

    held = True
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for latest in sorted(chosen.reports.resolve().glob("*/latest.txt")):
            client, run = latest.parent.name, latest.parent / latest.read_text(encoding="utf-8").strip()
            if chosen.clients and client not in chosen.clients:
                continue
            m, said = measured(page, run), json.loads((run / "decisions.json").read_text(encoding="utf-8"))
            print(f"{client}\n  do first: {said['first']['title'] if said['first'] else said['silent']}")
            for a in said["answers"]:
                print(f"  {a['ask']} {a['lead']} {a['text']} {a['needed'] or ''}".rstrip() + f" [{a['certainty']['words']}]")
            for width, height in WINDOWS:
                first, answer, wide = m[f"{width}"]
                held = held and first is not None and first <= height and not wide
                print(f"  {width} × {height}: the first recommendation ends at {first} px, the first question's answer at {answer} px{'; the page is wider than the window' if wide else ''}")
            print(f"  {m['sentences']} sentences, the longest {m['longest'][0]} words ({m['longest'][1]!r}); {m['before']} words until the map; {m['bytes'] / 1024:.0f} KiB")
        browser.close()
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
