"""Build the documentation as a site in `site/`, searchable from disk: guides, reference, a gallery of figures and rendered chapters.

Figures and chapters are those of the demo's latest report. Needs the extra `site` (mkdocs-material, mkdocstrings).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGE = ROOT / "build" / "site" / "docs"
SHIM = "https://unpkg.com/iframe-worker/shim"


def main() -> None:
    sys.path.insert(0, str(ROOT / "src"))
    from cjm_research.page.blocks import MIME
    from cjm_research.report.record.publish import latest_run

    run = latest_run(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "reports", "demo")
    if run is None:
        sys.exit("make site: there is no report of the demo, whose figures and chapters it shows; make demo first")
    shutil.rmtree(STAGE.parent, ignore_errors=True)
    shutil.copytree(ROOT / "docs", STAGE)
    (STAGE / "index.md").write_text(within(ROOT / "README.md"), encoding="utf-8")
    (STAGE / "changelog.md").write_text(within(ROOT / "CHANGELOG.md"), encoding="utf-8")
    (STAGE / "chapters.md").write_text(chapters(run), encoding="utf-8")
    (STAGE / "gallery.md").write_text(gallery(run, MIME), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--clean"], cwd=ROOT, check=True)
    ask_nobody(ROOT / "site")
    print(ROOT / "site" / "index.html")


def ask_nobody(site: Path) -> None:
    """Give the search its helper from the site itself: pages that are opened from disk ask nothing of the network."""
    shutil.copyfile(ROOT / "tools" / "iframe-worker.js", site / "assets" / "javascripts" / "iframe-worker.js")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if SHIM in text:
            base = "../" * (len(page.relative_to(site).parts) - 1)
            page.write_text(text.replace(SHIM, f"{base}assets/javascripts/iframe-worker.js"), encoding="utf-8")


def within(path: Path) -> str:
    """A document of the root with its links as they are from `docs/`; what lies outside becomes plain words."""
    text = path.read_text(encoding="utf-8").replace("](docs/", "](")
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)((?:src|tests|CONTRIBUTING|CHANGELOG|LICENSE|decisions/\)|methods/\))[^)]*)\)", r"\1", text)


def chapters(run: Path) -> str:
    """The chapters of the demo's report, each as it was published."""
    receipt = json.loads((run / "run.json").read_text(encoding="utf-8"))
    shutil.copytree(run, STAGE / "chapters", ignore=shutil.ignore_patterns("*.ipynb", "*.json"))
    lines = ["# Chapters", "", "As they were published for the simulated demo client ([the whole report](chapters/index.html){target=_blank}).", ""]
    lines += [f"- [{c['title']}](chapters/{c['name']}.html){{target=_blank}}" for c in receipt["chapters"] if c["state"] in ("ok", "no data")]
    return "\n".join(lines) + "\n"


def gallery(run: Path, mime: str) -> str:
    """Every figure of the demo's chapters with its caption and its alternative text."""
    (STAGE / "figures").mkdir()
    lines = ["# Gallery", "", "Every figure of the demo's report, with what it says to those who cannot see it.", ""]
    for path in sorted(run.glob("[0-9]*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        blocks = [o["data"][mime] for c in notebook["cells"] for o in c.get("outputs", []) if mime in o.get("data", {})]
        figures = [b for b in blocks if b.get("kind") == "figure"]
        if figures:
            lines += [f"## {path.stem[3:].replace('_', ' ').capitalize()}", ""]
        for number, figure in enumerate(figures, 1):
            name = f"figures/{path.stem}-{number}.svg"
            (STAGE / name).write_text(figure["svg"], encoding="utf-8")
            alt = figure["alt"].replace("]", ")").replace("[", "(").replace("\n", " ")
            lines += [f"### {figure['caption']}", "", f"![{alt}]({name})", "", figure["alt"], ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
