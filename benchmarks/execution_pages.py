"""Pages of the same notebook beside each other: ours, nbconvert's own templates and, where installed, Quarto.

    python benchmarks/execution_pages.py [--quarto PAGE.html] [--json FILE]

Quarto's package downloads its program from elsewhere when it installs; where it cannot be installed, `--quarto` takes a page
that Quarto published (of another notebook: read its figures as of their kind, not as of the same content).

Two figures and three tables, opened from disk in Chromium with every request to the network counted and refused:
bytes, bytes compressed, requests, console messages, axe violations (light and dark), and the time until the first
heading is there (the least of five).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
from axe_playwright_python.sync_playwright import Axe
from execution import workspace
from playwright.sync_api import sync_playwright

from cjm_research.params import Workspace
from cjm_research.report.exports.pdf import BROWSERS
from cjm_research.report.run import run_report


def ours(folder: Path) -> tuple[Path, Path]:
    """Our page, and the executed notebook the others are made of."""
    workspace(folder / "w", 1)
    run = run_report("demo", Workspace(folder / "w")).folder
    return run / "10_chapter.html", run / "10_chapter.ipynb"


def others(folder: Path, notebook: Path) -> dict[str, Path]:
    made = {}
    for template in ("lab", "classic", "basic"):
        out = folder / f"{template}.html"
        subprocess.run([Path(sys.executable).parent / "jupyter", "nbconvert", "--to", "html", "--template", template, "--output", out, notebook],
                       check=True, capture_output=True)
        made[f"nbconvert, template {template}"] = out
    if shutil.which("quarto"):
        source = folder / "quarto.ipynb"
        nbformat.write(nbformat.read(notebook, 4), source)
        for name, options in (("quarto.html", []), ("quarto-embedded.html", ["-M", "embed-resources:true"])):
            subprocess.run(["quarto", "render", source, "--to", "html", "--no-execute", "--output", name, *options], check=True, capture_output=True, cwd=folder)
            made[f"Quarto{', one file' if options else ''}"] = folder / name
    else:
        print("Quarto is not installed: not measured here", file=sys.stderr)
    return made


def looked_at(browser: Any, path: Path) -> dict[str, Any]:
    seen: dict[str, Any] = {"requests": 0, "console": 0, "axe rules": {}, "axe nodes": {}}
    files = {path}
    times = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        requests: list[str] = []
        page.route(lambda url: url.startswith("http"), lambda route: (requests.append(route.request.url), route.abort()))
        page.on("request", lambda r: files.add(Path(unquote(urlsplit(r.url).path))) if r.url.startswith("file:") else None)
        console: list[str] = []
        page.on("console", lambda m: console.append(m.text))
        page.on("pageerror", lambda e: console.append(str(e)))
        page.goto(path.as_uri())
        page.wait_for_timeout(500)
        violations = Axe().run(page).response["violations"]
        seen["requests"], seen["console"] = max(seen["requests"], len(requests)), max(seen["console"], len(console))
        seen["axe rules"][scheme], seen["axe nodes"][scheme] = len(violations), sum(len(v["nodes"]) for v in violations)
        context.close()
    raw = b"".join(p.read_bytes() for p in sorted(files) if p.is_file())
    seen = {"bytes": len(raw), "gzip": len(gzip.compress(raw, 9)), "files": len(files), **seen}
    for _ in range(5):
        context = browser.new_context()
        page = context.new_page()
        page.route(lambda url: url.startswith("http"), lambda route: route.abort())
        began = time.perf_counter()
        page.goto(path.as_uri(), wait_until="commit")
        page.wait_for_selector("h1", state="attached")
        times.append(time.perf_counter() - began)
        context.close()
    seen["first heading, ms"] = round(min(times) * 1000)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quarto", type=Path, metavar="PAGE.html", help="a page that Quarto published, with its files beside it")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        page, notebook = ours(folder)
        pages = {"ours": page, **others(folder, notebook)}
        if options.quarto:
            pages["a page Quarto published"] = options.quarto.resolve()
        browser = playwright.chromium.launch(executable_path=os.environ.get("CJM_CHROMIUM") or next(p for p in map(shutil.which, BROWSERS) if p))
        result = {name: looked_at(browser, path) for name, path in pages.items()}
        browser.close()
    for name, seen in result.items():
        print(f"{name:28s}", json.dumps(seen))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
