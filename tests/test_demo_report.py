"""From exports to the page a reviewer reads: the real command, real kernels, a real browser, the network off."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def run_folder(demo_workspace: Any) -> Path:
    """The published run of the demo client."""
    env = {**os.environ, "CJM_WORKSPACE": str(demo_workspace.root)}
    done = subprocess.run([sys.executable, "-m", "cjm_research", "report", "demo"], env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    path = Path(next(line for line in reversed((done.stdout + done.stderr).splitlines()) if line.strip().endswith("index.html")).split()[-1])
    assert path.is_file()
    return path.parent


@pytest.fixture(scope="module")
def pages(run_folder: Path) -> list[Path]:
    return sorted(run_folder.glob("*.html"))


def test_every_chapter_is_ok(run_folder: Path) -> None:
    receipt = json.loads((run_folder / "run.json").read_text())
    assert {c["name"]: c["state"] for c in receipt["chapters"]} and all(c["state"] == "ok" for c in receipt["chapters"]), receipt["chapters"]


def test_the_first_sentence_of_every_answer_reads_as_a_client_would_write_it(run_folder: Path, demo: Any) -> None:
    """The lint of words over all chapters; names that params, tools and coders gave stay as they are."""
    from tests.decisions.test_words import names_of
    from tests.decisions.words import faults

    cells = [c for path in run_folder.glob("*.ipynb") for c in json.loads(path.read_text())["cells"]]
    blocks = [b for c in cells for o in c.get("outputs", []) for b in o.get("data", {}).values() if isinstance(b, dict) and b.get("kind") == "answer"]
    firsts = {b["sentences"][0] for b in blocks if b.get("sentences")}
    assert len(firsts) > 20 and {s: f for s in firsts if (f := faults(s, names_of(demo.params)))} == {}


def test_pages_are_quiet_and_ask_nobody(pages: list[Path], browser: Any) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    seen: list[str] = []
    page.on("console", lambda m: seen.append(f"console {m.type}: {m.text}"))
    page.on("pageerror", lambda e: seen.append(f"error: {e}"))
    page.on("request", lambda r: seen.append(f"request {r.url[:100]}") if not r.url.startswith(("file:", "data:")) else None)
    for path in pages:
        page.goto(path.as_uri())
        assert page.locator("h1").count() == 1, path.name
        assert page.locator("meta[http-equiv='Content-Security-Policy']").count() == 1, path.name
    assert seen == []
    context.close()


def test_the_map_shows_every_stage_with_numbers(run_folder: Path, browser: Any, demo: Any) -> None:
    page = browser.new_page()
    page.goto((run_folder / "map.html").as_uri())
    page.locator(".everything > summary").click()
    heads = page.locator(".map thead th .stage").all_inner_texts()
    assert heads == demo.stages
    for lane in ("reach", "satisfaction", "emotion"):
        cells = page.locator(f".map tr[data-lane={lane}] td")
        assert cells.count() == len(heads)
        for k in range(len(heads)):
            assert any(c.isdigit() for c in cells.nth(k).inner_text()), f"{lane} of {heads[k]}"
    page.close()


def test_links_of_the_map_lead_to_their_findings(run_folder: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((run_folder / "map.html").as_uri())
    links = page.locator(".map li a").evaluate_all("a => a.map(x => x.getAttribute('href'))")
    assert len(links) > 50
    broken = []
    for href in links:
        file, _, anchor = href.partition("#")
        text = (run_folder / file).read_text() if file else ""
        if f'id="{anchor}"' not in text and f"id={anchor}" not in text:
            broken.append(href)
    assert broken == []
    page.close()


def test_filters_by_keyboard(run_folder: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((run_folder / "map.html").as_uri())
    whole = page.locator(".everything > summary")
    assert not page.locator(".map").first.is_visible()
    whole.focus()
    page.keyboard.press("Enter")
    hidden = page.locator(".map tr[data-lane=backstage]")
    assert not hidden.is_visible()
    page.locator("[data-map=more]").focus()
    page.keyboard.press("Enter")
    assert hidden.is_visible()
    persona = page.locator("[data-map=persona]")
    if persona.count():
        before = page.locator(".map tr[data-lane=reach] td").first.inner_text()
        persona.select_option(index=1)
        assert page.locator(".map tr[data-lane=reach] td").first.inner_text() != before
    page.locator(".map tr[data-lane=reach] li a").first.focus()
    assert page.locator(".map .tip").is_visible()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(pages: list[Path], browser: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    found = {}
    for path in pages:
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")  # folded tables and evidence are judged, too
        violations = Axe().run(page).response["violations"]
        if violations:
            found[path.name] = [(v["id"], len(v["nodes"]), v["nodes"][0]["html"][:120]) for v in violations]
    assert found == {}
    context.close()


def test_no_raw_name_is_read_by_a_client(pages: list[Path], browser: Any, demo: Any) -> None:
    """Names of columns, events, metrics, questions and sources are told in words; data health, the queries and the receipt show what was delivered."""
    raw = {q.id for s in demo.params.sources for q in s.questions} | {s.name for s in demo.params.sources} | {m.name for e in demo.params.experiments for m in e.metrics}
    raw |= set(demo.query("SELECT DISTINCT event FROM interactions")["event"].dropna().astype(str))
    raw = {n for n in raw if "_" in n}
    assert len(raw) > 20
    page, found = browser.new_page(), {}
    for path in pages:
        if path.stem in ("10_data_health", "queries", "about"):
            continue
        page.goto(path.as_uri())
        text = page.evaluate("""() => { document.querySelectorAll('code, pre, script, style, template').forEach(e => e.remove());
            document.querySelectorAll('details').forEach(d => d.open = true); return document.body.innerText; }""")
        if shown := sorted(n for n in raw if re.search(rf"(?<![\w.-]){re.escape(n)}(?![\w-])", text)):
            found[path.name] = shown
    page.close()
    assert found == {}


def test_every_figure_has_real_alt_text(pages: list[Path], browser: Any) -> None:
    page = browser.new_page()
    for path in pages:
        page.goto(path.as_uri())
        for alt in page.locator("figure img").evaluate_all("i => i.map(x => x.alt)"):
            assert len(alt.split()) >= 4 and "No description" not in alt, (path.name, alt)
    page.close()


def test_no_identifier_reaches_a_page(pages: list[Path], demo_workspace: Any) -> None:
    from cjm_research.privacy.release import vault_identifiers

    identifiers = {i for i in vault_identifiers(demo_workspace.vault("demo")) if len(i) >= 8 and not i.isalpha()}
    assert len(identifiers) > 1000
    for path in pages:
        text = path.read_text()
        assert not any(i in text for i in identifiers if "@" in i), path.name


def test_every_number_of_the_map_follows_from_its_evidence(run_folder: Path, demo: Any) -> None:
    """Every finding that rests on rows: the query of its evidence gives its rows, their hash, and its number."""
    from cjm_research.journey_map import seen_by
    from cjm_research.results.evidence import agrees, fingerprint, recompute
    from cjm_research.results.result import Finding

    findings = [Finding.from_dict({k: v for k, v in f.items() if k in Finding.__dataclass_fields__})
                for f in json.loads((run_folder / "findings.json").read_text())["findings"]]
    checked, wrong = 0, []
    for f in findings:
        assert f.evidence, f.statement
        for e in f.evidence:
            if e.kind != "rows" or e.sql is None:
                continue
            study = seen_by(demo, f)
            rows, digest = fingerprint(study, e.sql)
            if (rows, digest) != (e.rows, e.rows_sha256):
                wrong.append(f"rows of {f.key} {f.persona}: {rows} {e.rows}")
                continue
            if f.estimate is not None and f.kind in ("metric", "pain") and not f.key.startswith(("flag:", "target:", "change:", "ending:")):  # Aalen–Johansen of the rows: tests/analysis/outlook
                value, n, base = recompute(study, e, f.estimate.unit)
                if f.estimate.unit == "points":
                    same = value is not None and f.estimate.value is not None and abs(value - f.estimate.value) < 1e-9 and base == f.estimate.base
                else:
                    same = agrees(f.estimate, value, n, base)
                checked += 1
                if not same:
                    wrong.append(f"{f.key} {f.persona}: {f.estimate.value} {f.estimate.n}/{f.estimate.base} from evidence {value} {n}/{base}")
    assert wrong == []
    assert checked > 60


def test_second_run_runs_no_chapter_and_publishes_nothing_new(run_folder: Path, demo_workspace: Any) -> None:
    env = {**os.environ, "CJM_WORKSPACE": str(demo_workspace.root)}
    done = subprocess.run([sys.executable, "-m", "cjm_research", "report", "demo"], env=env, check=True, capture_output=True, text=True, timeout=300)
    assert [p.parent.name for p in run_folder.parent.glob("*/run.json")] == [run_folder.name]
    assert "demo: nothing changed" in done.stdout + done.stderr and "ok in" not in done.stdout + done.stderr


def test_every_finding_has_the_same_words_on_the_map_page_one_its_chapter_and_every_export(run_folder: Path, demo_workspace: Any, tmp_path: Path) -> None:
    """Statements stand where there is room for them; what says less says no other number."""
    from dataclasses import fields

    from cjm_research.decisions import Decisions
    from cjm_research.report.exports import export_run
    from cjm_research.results.result import Finding
    from tests.report.test_same_words import allowed, plain, text_of, tokens

    def close(text: str) -> str:
        """Words and figures; pages set names in “double quotes”, files keep the 'single' ones of the statement."""
        return plain(text).translate(dict.fromkeys(map(ord, " '“”")))

    known_of = {f.name for f in fields(Finding)} | {"id"}
    findings = [Finding.from_dict({k: v for k, v in f.items() if k in known_of}) for f in json.loads((run_folder / "findings.json").read_text())["findings"]]
    decisions = Decisions.from_dict(json.loads((run_folder / "decisions.json").read_text()))
    chapters = close(" ".join(text_of(p) for p in run_folder.glob("[0-9]*.html")))
    said = {"map": close(text_of(run_folder / "map.html")), "page one": close(text_of(run_folder / "index.html"))}
    for name in ("xlsx", "pptx", "json", "svg", "mermaid", "dot", "map-pdf", "poster", "pdf"):
        said[name] = close(text_of(export_run("demo", demo_workspace, formats=[name], run=run_folder.name, to=tmp_path)[0]))
    listed = [f for f in findings if f.lane]
    drawn = {f["id"] for f in json.loads((tmp_path / "journey_map.json").read_text())["findings"]}
    assert len(listed) > 300 and len(drawn) > 300
    for where, text, ours in (("chapters", chapters, listed), ("xlsx", said["xlsx"], listed), ("map", said["map"], drawn), ("json", said["json"], drawn)):
        assert [f.statement for f in listed if (ours is listed or f.id in drawn) and close(f.statement) not in text] == [], where
    sentences = [s for s in decisions.sentences if not s.startswith("http")]
    assert len(sentences) > 10
    for where in ("page one", "pptx"):
        assert [s for s in sentences[:6] if close(s) not in said[where]] == [], where
    cited = {f.id: f for f in findings}
    for step in [s for s in (decisions.first, *decisions.then) if s]:
        for reason in step.why:  # so many of a hundred: the number of the finding it names, by that finding's words or rounded
            e = cited[reason.finding].estimate
            assert e is not None and e.value is not None and (reason.of in (f"of {e.base:,}", "of 100", "of 1,000"))
            if reason.of == "of 100":
                assert abs(int(reason.value) - 100 * e.value) <= 0.5 + 1e-9
    known = {t.replace(" ", "") for t in allowed(findings)} | {t for s in decisions.sentences for t in tokens(plain(s))} | {"95%"}
    for where in ("svg", "mermaid", "dot", "map-pdf", "poster"):
        path = next(p for p in tmp_path.iterdir() if p.name == {"svg": "journey_map.svg", "mermaid": "journey_map.mmd", "dot": "journey_map.dot", "map-pdf": "journey_map.pdf", "poster": "poster.pdf"}[where])
        assert tokens(plain(text_of(path))) - known == set(), where
