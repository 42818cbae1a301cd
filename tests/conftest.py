"""Fixtures shared by all tests: the real data sets and oracles, the browser, the demo client built once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# how long an example takes says more about what else runs on the machine than about the code
settings.register_profile("cjm", deadline=None)
settings.load_profile("cjm")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """Undo what a command run in this process says of its workspace: `--workspace`, `--params` and `--allow-raw` set variables for kernels."""
    before = {k: v for k, v in os.environ.items() if k.startswith("CJM_")}
    yield
    for name in [k for k in os.environ if k.startswith("CJM_") and k not in before]:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data sets and oracles; tests that need it are skipped where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder ../shared with the real data sets and oracles is not here")
    return SHARED


@pytest.fixture(scope="session")
def oracle(shared: Path) -> Any:
    """A function that reads `../shared/oracles/<name>.json`."""
    return lambda name: json.loads((shared / "oracles" / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium; tests that need a browser are skipped where it is absent."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here (Debian: apt-get install chromium)")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A headless browser that reaches nothing beyond this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace with the demo client's exports written and its tables built, once a test session and worker."""
    from cjm_research.build import build
    from cjm_research.demo import write_demo
    from cjm_research.params import Workspace

    folder = tmp_path_factory.mktemp("workspace")
    shutil.copytree(ROOT / "params", folder / "params")
    (folder / "notebooks").symlink_to(ROOT / "notebooks")
    place = Workspace(folder)
    write_demo(place.raw("demo"), seed=7)
    build("demo", place)
    return place


@pytest.fixture(scope="session")
def demo(demo_workspace: Any) -> Any:
    """The demo client's study."""
    from cjm_research.study import open_study

    return open_study("demo", demo_workspace)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Where nothing may be skipped (CI), say what was."""
    if os.environ.get("CJM_NO_SKIPS"):
        for report in terminalreporter.stats.get("skipped", []):
            terminalreporter.write_line(f"skipped, which CI does not allow: {report.nodeid}: {report.longrepr}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CJM_NO_SKIPS") and reporter and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = 1
