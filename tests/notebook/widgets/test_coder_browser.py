"""The coding widget in a real JupyterLab in a real Chromium, by keyboard only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.notebook.widgets.coder.widget import STATIC

from .bench import LONG, RIGHT_TO_LEFT, TALK, Bench, axe

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("coder_browser")]


def test_code_three_passages_by_keyboard_undo_restart_and_find_them(bench: Bench) -> None:
    page, cells = bench.page, ".jp-Notebook .jp-Cell"
    bench.run_cell()
    bench.run_cell()
    page.wait_for_selector(".cjm-coder[data-ready=P1]")
    count, kinds = page.locator(cells).count(), page.locator(".jp-CodeCell").count()
    bench.tab_to("cm-content", "Shift+Tab")
    page.wait_for_timeout(450)

    # first passage: three emoji clusters before it, selected by word, coded by number
    bench.press("Control+Home", "j")
    bench.told("Ana 0:14")
    bench.press(*["Control+ArrowRight"] * 3, "ArrowRight", "Shift+ArrowRight")
    bench.press("2")
    bench.told("^Coded “Cost”")
    # second: a sentence, by the filter
    bench.press("j", "j", "s")
    bench.told("^Selected “The plan was too dear 💸 for us.”")
    bench.press("/")
    page.keyboard.type("wait")
    bench.told("^1 code. Enter: Pain > Waiting")
    bench.press("Enter")
    bench.told("^Coded “Waiting”: “The plan")
    assert "cm-content" in bench.focused(), "back in the transcript"
    # third: the same passage with a new code, overlapping the second
    bench.press("s")
    bench.told("Nobody answered")
    bench.press("/")
    page.keyboard.type("Hotline 📞")
    bench.told("No code matches")
    bench.press("Enter")
    bench.told("^Coded “Hotline 📞”")
    assert page.locator(".cjm-coder mark.cjm-mark mark.cjm-mark").count() > 0, "overlapping ones are drawn in each other"

    # a fourth one, by Enter, taken back, done again, taken back
    bench.press("j", "t")
    bench.told("^Selected")
    bench.press("Enter")
    bench.told("^Coded “Hotline 📞”: “Would you")
    bench.press("Control+z")
    bench.told("^Undone: coded “Hotline 📞”: “Would")
    bench.press("Control+y")
    bench.told("^Done again")
    bench.press("Control+z")
    bench.told("^Undone")

    # no key reached the notebook
    for where in ("cm-content", "treeitem"):
        bench.press("c" if where == "treeitem" else "Escape")
        assert where in bench.focused()
        bench.press("a", "b", "x", "d", "d", "y", "Shift+M", "o", "z")
        page.wait_for_timeout(100)
        assert (page.locator(cells).count(), page.locator(".jp-CodeCell").count()) == (count, kinds)
        assert page.locator(".jp-Dialog").count() == 0
    bench.press("Escape")

    events = bench.log("ana")
    added = {e["quote"]: e for e in events if e.event == "add"}
    friend, plan = added.pop("👨‍👩‍👧"), added["The plan was too dear 💸 for us."]
    assert friend["start"] == TALK.index("👨‍👩‍👧") and friend["end"] == friend["start"] + 5, "code points"
    assert plan["start"] == TALK.index("The plan")
    assert any(q.startswith("The plan") and q.endswith("for days.") for q in added)
    for event in events:
        if event.event == "add":
            assert TALK[event["start"]:event["end"]] == event["quote"]

    # restart the kernel, from the keyboard; the widget's cell again
    bench.tab_to("jp-Cell", "Shift+Tab")
    bench.press("0", "0")
    page.wait_for_selector(".jp-Dialog")
    bench.press("Enter")
    page.wait_for_selector(".jp-Dialog", state="detached")
    page.wait_for_selector("text=| Idle", timeout=60_000)

    # the widget that is still shown belongs to the kernel that is gone, and says so
    page.focus(".cjm-coder .cm-content")
    bench.press("j", "s", "1")
    bench.told("^Not saved yet: the kernel does not answer")
    bench.tab_to("jp-Cell", "Shift+Tab")

    bench.press("ArrowUp", "ArrowUp")
    bench.run_cell()
    bench.run_cell()
    page.wait_for_selector(".cjm-coder[data-ready=P1]")
    assert re.search("P1: 3 codings", bench.told("codings"))
    bench.run_cell()
    counted = page.locator(".jp-OutputArea-output").all_inner_texts()[-1]
    assert re.sub(r"\s+", " ", counted.replace("\\n", " ")).strip("' ") == "Hotline 📞 1 Pain > Cost 1 Pain > Waiting 1"


def test_boundaries_memo_recode_remove_and_order(bench: Bench) -> None:
    page = bench.page
    bench.start("P4")
    bench.press("j", *["Control+ArrowRight"] * 3, "ArrowRight", "Shift+ArrowRight", "2")
    bench.told("^Coded")
    bench.press("j", "j")
    bench.add("s", "3")
    bench.press("j", "j")
    bench.add("s", "1")
    bench.press("Control+Home", "n")
    assert "Coding 1 of 3: Pain > Cost: “👨‍👩‍👧”" in bench.told("Coding 1")
    before = len(bench.log("ana"))
    bench.press("Alt+ArrowRight", "Alt+ArrowRight", "Alt+ArrowDown", "Alt+Shift+ArrowUp")
    words = bench.told("now covers")
    assert len(bench.log("ana")) == before + 1, "one event for a boundary moved in several steps"
    moved = bench.log("ana")[-1]
    assert (moved.event, TALK[moved["start"]:moved["end"]]) == ("move", "friend 👨‍👩‍👧. Her")
    assert "friend 👨‍👩‍👧. Her" in words
    bench.press("m")
    page.keyboard.type("who told her? 👂")
    bench.press("Control+Enter")
    bench.told("^Memo saved")
    assert "cm-content" in bench.focused()
    bench.press("r")
    page.keyboard.type("trust")
    bench.press("Enter")
    bench.told("^Recoded from “Cost” to “Trust”")
    bench.press("n")
    bench.told("Coding 2 of 3")
    bench.press("p")
    assert "Memo: who told her? 👂" in bench.told("Coding 1 of 3")
    bench.press("Delete")
    bench.told("^Removed “Trust”")
    bench.press("Control+z")
    bench.told("^Undone")
    kinds = [e.event for e in bench.log("ana")[before:]]
    assert kinds == ["move", "memo", "recode", "remove", "undo"]
    bench.press("Control+End", "n")
    bench.told("last coding")


def test_the_codebook_is_edited_by_keyboard(bench: Bench) -> None:
    page = bench.page
    bench.start("P1")
    names = page.locator(".cjm-coder [role=treeitem] .cjm-name").all_inner_texts()
    bench.press("c")
    assert "treeitem" in bench.focused()
    bench.press("Home", "ArrowLeft")
    assert page.get_attribute(".cjm-coder [role=treeitem] >> nth=0", "aria-expanded") == "false"
    bench.press("ArrowRight", "ArrowDown")
    bench.press("F2")
    page.keyboard.type("Price")
    bench.press("Enter")
    bench.told("^“Price” saved")
    bench.press("+")
    page.keyboard.type("Relief")
    bench.press("Control+Enter")
    bench.told("^New code “Relief”")
    bench.press("c", "Alt+9")
    bench.told("has the number 9")
    for _ in range(3):
        bench.press("Control+z")
    bench.told("Undone: renamed")
    assert page.locator(".cjm-coder [role=treeitem] .cjm-name").all_inner_texts() == names
    bench.press("Escape")


def test_codes_are_moved_defined_split_and_merged_by_keyboard_and_codings_stay(bench: Bench) -> None:
    page = bench.page
    bench.start("P4")

    def tree() -> list[str]:
        return [f"{'  ' * (int(level) - 1)}{name}" for level, name in page.eval_on_selector_all(
            ".cjm-coder [role=treeitem]", "items => items.map(i => [i.getAttribute('aria-level'), i.querySelector('.cjm-name').innerText])")]

    before = tree()
    assert before[:3] == ["Pain", "  Cost", "  Waiting"]
    bench.press("Control+End", "p")  # leave any selection of earlier tests
    bench.press("Control+Home", "j")
    bench.add("s", "3")
    bench.press("s")
    bench.told("^Selected")
    bench.press("3")
    bench.told("^Coded")  # two codings of Waiting, of which one moves on
    ids = [e["coding_id"] for e in bench.log("ana") if e.event == "add"][-2:]

    def at(code: str) -> None:
        bench.press("Escape", "c", "Home")
        for _ in range(12):
            if page.evaluate("document.activeElement.querySelector('.cjm-name')?.innerText") == code:
                return
            bench.press("ArrowDown")
        raise AssertionError(f"no code {code} in the tree")

    at("Waiting")
    bench.press("F2", "Tab")
    page.keyboard.type("the t")  # below: the top
    bench.press("Tab")
    page.keyboard.type("time that is lost, not time that is spent")
    bench.press("Control+Enter")
    bench.told("^“Waiting” saved")
    assert "Waiting" in tree() and "  Waiting" not in tree()
    at("Waiting")
    bench.tab_to_button("Split")
    bench.press("Enter")
    page.wait_for_selector(".cjm-dialog input[type=text]")  # the kernel is asked which codings there are
    page.keyboard.type("Queue")
    bench.press("Tab")
    boxes = page.locator(".cjm-dialog [type=checkbox]").count()
    bench.press(*["Tab"] * (boxes - 1), "Space", "Control+Enter")
    bench.told("^“Queue” split from “Waiting” with 1 codings")
    at("Queue")
    bench.tab_to_button("Merge")
    bench.press("Enter")
    page.keyboard.type("Trust")
    bench.press("Control+Enter")
    bench.told("^“Queue” went into “Trust” with its codings")
    assert "Queue" not in tree()
    assert axe(page) == []
    events = [e.event for e in bench.log("ana")][-4:]
    assert events == ["code_move", "code_memo", "code_split", "code_merge"]
    split = next(e for e in reversed(bench.log("ana")) if e.event == "code_split")
    assert len(split["coding_ids"]) == 1 and sum(e["coding_id"] in ids for e in bench.log("ana") if e.event == "add") == 2
    bench.press("Escape")
    for _ in range(5):
        bench.press("Control+z")
        bench.told("^Undone")
    assert tree() == before


def test_right_to_left_answers_are_coded_where_they_stand(bench: Bench) -> None:
    bench.start("P3")
    before = len(bench.log("ana"))
    bench.press("j")
    bench.add("s", "2")
    bench.press("s", "2")
    bench.told("^Coded “Cost”: “كان.*شهر")
    bench.press("j", "Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "3")
    bench.told("^Coded “Waiting”: “היה”")
    for event, quote in zip(bench.log("ana")[before:], ["كان السعر مرتفعا جدا.", "كان السعر مرتفعا جدا. ثم ألغيت الاشتراك 👨‍👩‍👧 بعد شهر.",
                                                      "היה"], strict=True):
        assert event["quote"] == quote == RIGHT_TO_LEFT[event["start"]:event["end"]]


def test_a_closed_browser_loses_nothing(bench: Bench) -> None:
    page = bench.page
    bench.start("P1")
    bench.press("j", "t", "2")
    bench.told("^(Coded|“)")
    count = sum(e.event == "add" for e in bench.log("ana"))
    bench.press("Control+s")
    bench.told("saved when it is made")
    bench.tab_to("jp-Cell", "Shift+Tab")
    bench.press("Control+s")
    page.wait_for_selector(".jp-mod-dirty", state="detached")
    page.reload()
    page.wait_for_selector("text=| Idle")
    page.wait_for_selector(".cjm-coder[data-ready=P1]")
    assert bench.told(r"^P1: \d+ coding")
    bench.start("P1")
    bench.press("n")
    bench.told("^Coding 1 of")
    assert sum(e.event == "add" for e in bench.log("ana")) == count


def test_the_mouse_works_too(bench: Bench) -> None:
    page = bench.page
    bench.start("P4")
    bench.double_click(".cjm-coder .cm-line >> text=Nobody answered", "!document.querySelector('.cjm-coder .cjm-primary').disabled",
                       {"x": 30, "y": 8})
    bench.double_click(".cjm-coder [role=treeitem] >> text=Trust", "/^(Coded|“)/.test(document.querySelector('.cjm-coder .cjm-words').innerText)")
    words = bench.told("^Coded “Trust”")
    page.click(".cjm-coder .cjm-bar span >> text=Trust >> nth=-1")
    assert words.split(": ")[1].rstrip(".") in bench.told("^Coding .* Trust")
    page.click(".cjm-coder button:text-is('Remove')")
    bench.told("^Removed “Trust”")
    page.click(".cjm-coder button:text-is('Undo')")
    bench.told("^Undone")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing(bench: Bench, theme: str) -> None:
    page = bench.page
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_function(f"document.body.dataset.jpThemeName === '{theme}'")
    page.wait_for_timeout(300)
    bench.start("P1")
    for keys, code in ((("j", "s", "2"), "Cost"), (("s", "3"), "Waiting")):  # in the second theme they are there already
        bench.press(*keys)
        bench.told(f"^(Coded “{code}”|“.*the code '{code}' already)")
    bench.press("Control+Home", "n", "n")
    bench.told("Coding 2")
    assert axe(page) == []
    bench.press("/")
    page.keyboard.type("pai")
    assert axe(page) == []
    bench.press("Escape", "c", "F2")
    page.wait_for_selector("dialog.cjm-dialog[open]")
    assert axe(page) == []
    bench.press("Escape", "Escape", "?")
    page.wait_for_selector("dialog .cjm-help")
    assert axe(page) == []
    bench.press("Escape")


def test_three_hours_with_two_thousand_codings_are_as_quick_as_six_lines(bench: Bench) -> None:
    """From key to picture against a short transcript in the same Lab: the time must not grow with the transcript."""
    page = bench.page
    bench.start("P4")
    page.evaluate("""() => {
        window.took = [];
        addEventListener('keydown', () => {
            const begin = performance.now();
            requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - begin)));
        }, true);
    }""")

    def took(keys: list[str]) -> float:
        """Lower quartile in ms: what else the machine does only adds to it."""
        page.evaluate("() => { window.took = [] }")
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(30)
        page.wait_for_function(f"window.took.length >= {len(keys)}")
        return float(sorted(page.evaluate("window.took"))[len(keys) // 4])

    does = {"next": ["n"] * 20, "page down": ["PageDown"] * 20, "end": ["Control+End", "Control+Home"] * 4,
            "boundary": ["n", *["Alt+ArrowRight"] * 10], "typing in the filter": ["/", *"waiting"]}

    def times() -> dict[str, float]:
        found = {name: took(keys) for name, keys in does.items()}
        page.keyboard.press("Escape")
        page.wait_for_timeout(900)  # a boundary that was moved is saved
        return found

    bench.press("j")
    bench.press("s", "4")
    bench.told("^(Coded|“)")
    bench.press("Control+Home")
    short = times()
    bench.tab_to("jp-Cell", "Shift+Tab")
    bench.press("ArrowDown", "ArrowDown", "ArrowDown")
    bench.run_cell()
    page.wait_for_selector(".cjm-coder[data-ready=P2]")
    page.focus(".cjm-coder[data-ready=P2] .cm-content")
    page.evaluate("document.activeElement.closest('.cjm-coder').scrollIntoView({block: 'center'})")
    bench.press("Control+Home")
    long = times()
    for _ in range(2):  # the best of three, where the machine was busy
        if all(long[name] <= 3 * short[name] + 60 for name in does):
            break
        long = {name: min(ms, long[name]) for name, ms in times().items()}
    assert all(long[name] <= 3 * short[name] + 60 for name in does), (long, short)
    drawn = page.locator(".cjm-coder[data-ready=P2] .cm-line").count()
    assert 5 < drawn < LONG.count("\n") / 5, "only what can be seen is drawn"
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("s")
        page.wait_for_function("document.querySelector('.cjm-coder[data-ready=P2] .cjm-words').innerText.startsWith('Selected')")
        before = len(bench.log("ben"))
        page.keyboard.press("4")
        page.wait_for_function("document.querySelector('.cjm-coder[data-ready=P2] .cjm-words').innerText.startsWith('Coded')")
        assert bench.log("ben")[before:][-1].event == "add"
    print(f"from key to picture, lower quartile in ms: three hours {long}, six lines {short}")


def test_nothing_is_asked_of_the_network_and_nothing_fails(bench: Bench) -> None:
    outside = [url for url in bench.asked if not re.match(r"(http://(127\.0\.0\.1|localhost)[:/]|data:|blob:)", url)]
    assert outside == []
    assert bench.errors == []


@pytest.fixture(scope="module")
def module(browser: Any) -> Iterator[Any]:
    """The bundle as a module in an empty page."""
    source = (STATIC / "coder.js").read_text(encoding="utf-8")
    page = browser.new_page()
    page.evaluate("""async source => {
        window.bundle = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    }""", source)
    yield page
    page.close()


PIECES = st.sampled_from(["a", " ", "\n", "é", "e\u0301", "😀", "👨‍👩‍👧", "👋🏽", "🇩🇪", "ب", "\u200f", "\ufeff", "\u2028", "𝒳", "漢"])


def test_positions_are_converted_both_ways(module: Any) -> None:
    """Against Python, for every position of random texts."""

    @settings(max_examples=60)
    @given(st.lists(PIECES, max_size=40).map("".join))
    def check(text: str) -> None:
        units = [len(text[:i].encode("utf-16-le")) // 2 for i in range(len(text) + 1)]
        there, back, odd = module.evaluate("""([text, units]) => {
            const offsets = new bundle.Offsets(text);
            return [units.map((_, i) => offsets.toUnits(i)), units.map((u) => offsets.toCodePoints(u)),
                    [...text].flatMap((c, i) => c.length > 1 ? [[offsets.toCodePoints(offsets.toUnits(i) + 1), i]] : [])];
        }""", [text, units])
        assert there == units
        assert back == list(range(len(text) + 1))
        assert all(found == begin for found, begin in odd), "inside a pair is its begin"

    check()


def test_steps_keep_graphemes_whole(module: Any) -> None:
    @settings(max_examples=60)
    @given(st.lists(PIECES, max_size=25).map("".join))
    def check(text: str) -> None:
        forward, backward, words = module.evaluate("""(text) => {
            const walk = (step, at, on) => { const seen = [at]; for (;;) { const next = step(text, at, on);
                if (next === at) return seen; seen.push(at = next); } };
            return [walk(bundle.graphemeStep, 0, true), walk(bundle.graphemeStep, text.length, false).reverse(),
                    walk(bundle.wordStep, 0, true)];
        }""", text)
        length = len(text.encode("utf-16-le")) // 2
        assert forward[0] == 0 and forward[-1] == length and forward == backward
        assert set(words) <= set(forward)
        raw = text.encode("utf-16-le")
        for a, b in zip(forward, forward[1:], strict=False):
            piece = raw[2 * a:2 * b].decode("utf-16-le")  # raises on half a pair
            assert piece
    check()
    assert module.evaluate("bundle.graphemeStep('a👨‍👩‍👧b', 1, true)") == 9
    assert module.evaluate("bundle.graphemeStep('e\u0301x', 0, true)") == 2
    assert module.evaluate("bundle.wordStep('so cafe\u0301, no', 0, true)") == 2
    assert module.evaluate("bundle.wordStep('so cafe\u0301, no', 2, true)") == 8
    assert module.evaluate("bundle.wordStep('so cafe\u0301, no', 8, false)") == 3
    assert module.evaluate("bundle.sentenceAt('One. Two two! Three?', 6, 0, 20)") == {"from": 5, "to": 13}
    assert module.evaluate("bundle.sentenceAt('One. Two two! Three?', 19, 0, 20)") == {"from": 14, "to": 20}
