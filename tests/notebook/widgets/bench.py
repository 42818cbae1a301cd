"""What the browser tests share: a workspace of transcripts, a JupyterLab on it, and hands on its keyboard."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cjm_research.coding_log import LogFile, log_path

from .lab import write_notebook, write_workspace

TALK = (
    "Interviewer: Hello 👋🏽 and welcome! How did you find us?\n"
    "Ana: Through a friend 👨‍👩‍👧. Her café (cafe\u0301) had the sticker. I looked at the prices 😀 at once.\n"
    "Interviewer: And then?\n"
    "Ana: The plan was too dear 💸 for us. Nobody answered the phone for days. بعد ذلك ألغيت الاشتراك. That was it.\n"
    "Interviewer: Would you come back?\n"
    "Ana: Yes.\n")
RIGHT_TO_LEFT = "دانا: كيف كان ذلك؟ 😀\nسارة: كان السعر مرتفعا جدا. ثم ألغيت الاشتراك 👨‍👩‍👧 بعد شهر.\nדנה: היה יקר מדי.\n"
CODES = [{"code_id": "pain", "name": "Pain", "path": "Pain", "kind": "pain"},
         {"code_id": "cost", "name": "Cost", "parent_id": "pain", "path": "Pain > Cost"},
         {"code_id": "wait", "name": "Waiting", "parent_id": "pain", "path": "Pain > Waiting"},
         {"code_id": "trust", "name": "Trust", "path": "Trust", "kind": "need"}]
LONG_LINE = "Ana: It went on and on 😀 and cost ever more money. Nobody told us why it took so long, really nobody at all.\n"
LONG = "".join(("Interviewer: And then?\n" if i % 4 == 0 else "") + LONG_LINE for i in range(1760))  # about three hours
LONG_CODINGS = 2_000
JOURNEY = """\
client: demo
title: Talks
journey:
  stages:
    - name: Look
      touchpoints: [{name: Sticker, codes: [Trust]}]
    - name: Pay
      touchpoints: [{name: Plan, codes: [Cost]}, {name: Hotline, codes: [Waiting]}]
"""
CELLS = ["from cjm_research import open_study\nfrom cjm_research.notebook.widgets import Coder\nstudy = open_study('talks')",
         "Coder(study, 'P1', coder='ana')",
         "study.query('SELECT c.path, count(*) AS n FROM codings JOIN codebook c USING (code_id) "
         "WHERE coder = \\'ana\\' GROUP BY ALL ORDER BY 1').to_string(header=False, index=False)",
         "Coder(study, 'P2', coder='ben', height=560)"]


ANSWERS = ["Far too dear 💸 for us", "We waited an hour, and it was dear", "So easy 👨‍👩‍👧", "Nothing"]
POLL_CELLS = ["from cjm_research import ask, open_coder, open_study, table\nfrom cjm_research.analysis import surveys\nstudy = open_study('poll')",
              "open_coder(study, 'ana', answers='why')", "written = ask(surveys.open_answers, study)", "table(written, 'codes')",
              "crossed = ask(surveys.survey_banner, study, by='fare', questions=['why_codes'])", "table(crossed, 'tables')"]


def poll() -> list[dict[str, Any]]:
    """Answers to an open and a closed question, one respondent each."""
    own = {"source": "survey", "touchpoint": "Plan", "stage": "Pay"}
    return [{**own, "response_id": f"r{i}", "customer_id": f"c{i}", **q} for i, words in enumerate(ANSWERS)
            for q in ({"question_id": "why", "question": "Why this score?", "instrument": "text", "answer": words},
                      {"question_id": "fare", "question": "Which fare?", "instrument": "choice", "answer": ("Full", "Saver")[i % 2]})]


def _long_codings() -> list[dict[str, Any]]:
    step = len(LONG) // LONG_CODINGS
    return [{"coding_id": f"L{i}", "document_id": "P2", "code_id": ("cost", "wait", "trust")[i % 3], "coder": "ben",
             "start": i * step, "end": i * step + 60 + 97 * (i % 5), "quote": "", "is_synthetic": False}
            for i in range(LONG_CODINGS - 4)]


@dataclass
class Bench:
    """The page, the folder of the logs, and all that the page asked the network for."""

    page: Any
    codings: Path
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    before: str | None = None  # what the live region said before the last keys

    def open(self, url: str) -> None:
        """Open a notebook, note what the page asks for, and wait for its kernel."""
        page = self.page
        page.set_default_timeout(30_000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)
        page.wait_for_selector("text=| Idle", timeout=90_000)
        page.wait_for_selector(".jp-Cell.jp-mod-active")

    def start(self, document: str) -> None:
        """Have the widget open at a document, with the caret at the begin of its text."""
        if not self.page.locator(".cjm-coder[data-ready]").count():
            self.run_cell()
            self.run_cell()
            self.page.wait_for_selector(".cjm-coder[data-ready]")
        self.page.focus(".cjm-coder .cm-content")
        if not self.page.locator(f".cjm-coder[data-ready={document}]").count():
            self.page.select_option(".cjm-coder select >> nth=0", document)
            self.page.wait_for_selector(f".cjm-coder[data-ready={document}]")
            self.page.focus(".cjm-coder .cm-content")
        self.press("Control+Home")

    def add(self, select: str, number: str) -> None:
        """Code what a key selects."""
        self.press(select, number)
        self.told("^Coded")

    def said(self) -> str | None:
        """What the live region holds; what is said twice differs by a hair space, as a screen reader needs it."""
        words: str | None = self.page.evaluate("document.querySelector('.cjm-coder .cjm-words')?.textContent")
        return words

    def words(self) -> str:
        return (self.said() or "").strip()

    def told(self, pattern: str, timeout: float = 20) -> str:
        """Wait until the live region says something, and says it since the last keys: an older answer is none to them."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            said = self.said()
            if said is not None and said != self.before and re.search(pattern, said.strip()):
                self.before = None
                return said.strip()
            self.page.wait_for_timeout(25)
        raise AssertionError(f"the live region says {self.words()!r}, not {pattern!r}; before the last keys: {self.before!r}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other; where the kernel answers to one of them, hear it (`told`) before the next."""
        self.before = self.said()
        for key in keys:
            self.page.keyboard.press(key)

    def double_click(self, selector: str, done: str, position: Any = None) -> None:
        """Double-click, and again where a busy machine made two clicks of it; `done`: JavaScript that says it worked."""
        from playwright.sync_api import TimeoutError as Late

        for _ in range(4):
            self.page.dblclick(selector, position=position)
            try:
                self.page.wait_for_function(done, timeout=8_000)
                return
            except Late:
                continue
        raise AssertionError(f"a double click on {selector} did nothing; the live region says {self.words()!r}")

    def log(self, coder: str) -> list[Any]:
        log = LogFile(log_path(self.codings, coder))
        log.refresh()
        assert not log.all_problems()
        return log.events

    def focused(self) -> str:
        """Where the focus is: the class or role of the active element."""
        return str(self.page.evaluate("(document.activeElement?.className || '') + ' ' + (document.activeElement?.role || '')"))

    def tab_to(self, wanted: str, key: str = "Tab", limit: int = 40) -> None:
        for _ in range(limit):
            if wanted in self.focused():
                return
            self.press(key)
        raise AssertionError(f"{key} does not lead to {wanted}; the focus is on {self.focused()!r}")

    def tab_to_button(self, label: str) -> None:
        """Tab until the button of this label has the focus."""
        for _ in range(30):
            if self.page.evaluate("document.activeElement?.tagName === 'BUTTON' && document.activeElement.textContent") == label:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {label!r}")

    def run_to(self, text: str) -> None:
        """Shift+Enter from cell to cell until the chosen one holds `text`, then on that one, and wait until all have run."""
        chosen = ".jp-Notebook:visible .jp-Cell.jp-mod-active"
        for _ in range(60):
            here = self.page.inner_text(chosen)
            self.press("Shift+Enter")
            if text in here:
                break
        else:
            raise AssertionError(f"no cell holds {text!r}")
        self.page.wait_for_selector("text=| Idle", timeout=120_000)
        self.page.wait_for_function("""() => ![...document.querySelectorAll('.jp-InputArea-prompt')].some((p) => p.textContent.includes('[*]'))""",
                                    timeout=120_000)

    def run_cell(self) -> None:
        """Shift+Enter on the selected cell, and wait until it has run."""
        self.page.evaluate("""() => {
            const prompt = document.querySelector('.jp-Cell.jp-mod-active .jp-InputArea-prompt');
            prompt.textContent = 'not run';
            window.cellPrompt = prompt;
        }""")
        self.press("Shift+Enter")
        self.page.wait_for_function("/^\\[\\d+\\]/.test(window.cellPrompt.textContent)", timeout=60_000)


def write_bench(root: Path) -> None:
    """Two clients: `talks` with a notebook of its own, and `demo` with the chapters that come with the package."""
    write_workspace(root, "talks", {"P1": TALK, "P2": LONG, "P3": RIGHT_TO_LEFT, "P4": TALK}, CODES, _long_codings())
    write_notebook(root / "coding.ipynb", CELLS)
    write_workspace(root, "poll", {}, CODES, responses=poll())
    (root / "params" / "poll.yaml").write_text(JOURNEY.replace("client: demo", "client: poll") + "privacy: {min_cell: 1}\n")
    write_notebook(root / "poll.ipynb", POLL_CELLS)
    places = {"cost": ("Pay", "Plan"), "wait": ("Pay", "Hotline"), "trust": ("Look", "Sticker")}  # as a build places them
    codes = [{**c, "stage": places[c["code_id"]][0], "touchpoint": places[c["code_id"]][1]} if c["code_id"] in places else c for c in CODES]
    write_workspace(root, "demo", {"P1": TALK, "P2": RIGHT_TO_LEFT}, [{"kind": "pain", **c} for c in codes])
    (root / "params" / "demo.yaml").write_text(JOURNEY)
    chapters = Path(__file__).resolve().parents[3] / "notebooks"
    (root / "notebooks").mkdir()
    for name in ("30_interview_coding.ipynb", "60_journey_map.ipynb"):
        (root / "notebooks" / name).write_bytes((chapters / name).read_bytes())


def axe(page: Any) -> list[str]:
    """What axe finds wrong with the widget."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=".cjm-coder").response
    assert len(found["passes"]) > 10, "it looked at something"
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for v in found["violations"] for node in v["nodes"]]
