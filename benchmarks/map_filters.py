"""What a filter of a wall-sized journey map costs, beside laying the same page out anew.

    python -m benchmarks.map_filters [--rounds 12] [--json FILE]

The map has 12 stages, 60 touchpoints, 5 personas and 15 lanes. Counted is the processor time of the page's own thread in
Chromium, until two frames were painted; the two contestants take turns: a filter (computed, laid out, painted) and the page
hidden and shown again (laid out and painted whole). A filter may cost at most as much as the latter (`BAR`), medians of all rounds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from cjm_research.report.exports.pdf import BROWSERS
from tests.page.maps import large_map
from tests.page.test_map_browser import write

BAR = 1.0
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FILTER = f"""([name, value]) => {{ const s = document.querySelector(`[data-map=${{name}}]`); s.value = value; s.dispatchEvent(new Event('change')); return {PAINTED} }}"""
ANEW = f"""async () => {{ document.body.style.display = 'none'; await {PAINTED}; document.body.style.display = ''; return {PAINTED} }}"""
FILTERS = (("persona", "p:Persona number 3"), ("channel", "channel 2"), ("period", "current"), ("stage", "Stage 7"))


def measured(page: Any, probe: Any, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of the page's thread, by contestant."""

    def spent(script: str, *given: Any) -> float:
        before = ticks()
        page.evaluate(script, *given)
        return ticks() - before

    def ticks() -> float:
        return 1000 * float(next(m["value"] for m in probe.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration"))

    out: dict[str, list[float]] = {"anew": []}
    for _ in range(rounds):
        for name, value in FILTERS:
            out.setdefault(name, []).append(spent(FILTER, [name, value]))
            page.evaluate(FILTER, [name, ""])
            out["anew"].append(spent(ANEW))
    return out


def main() -> int:
    """Print the medians and their ratios; exit code 1 where a filter costs more than the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = write(Path(folder), large_map())
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, BROWSERS)), None), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(path.as_uri())
        page.click("[data-map=more]")
        probe = page.context.new_cdp_session(page)
        probe.send("Performance.enable", {"timeDomain": "threadTicks"})
        times = measured(page, probe, options.rounds)
        browser.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = {name: medians[name] / medians["anew"] for name, _ in FILTERS}
    print(f"the page laid out and painted anew: {medians['anew']:.0f} ms")
    for name, ratio in ratios.items():
        print(f"filter by {name}: {medians[name]:.0f} ms, {ratio:.2f} times that ({'within' if ratio <= BAR else 'above'} the bar of {BAR:g})")
    if options.json:
        options.json.write_text(json.dumps({"bar": BAR, "ms": medians, "ratios": ratios}, indent=1) + "\n")
    return 0 if max(ratios.values()) <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
