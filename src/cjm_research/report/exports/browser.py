"""A headless browser that draws a file of an export."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ...errors import BadInput, CjmError
from ...files import scratch_file


def ask(name: str, question: Callable[[Any], Any]) -> Any:
    """What a browser answers, without a file. Raises as `browse`."""
    with ThreadPoolExecutor(1) as own:  # as in `browse`
        return own.submit(_driven, name, question).result()


def browse(name: str, work: Callable[[Any, Path], None], path: Path) -> Path:
    """Let a browser write a file, whole or not at all. Raises `BadInput` without browser, `CjmError` where it fails."""
    temporary = scratch_file(path)
    try:
        with ThreadPoolExecutor(1) as own:  # playwright refuses a thread with a running loop, as in a notebook
            own.submit(_driven, name, lambda browser: work(browser, temporary)).result()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _driven(name: str, work: Callable[[Any], Any]) -> Any:
    from .pdf import launch

    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(f"cjm export --format {name}", "the package playwright is not installed", "svg needs none", "pip install 'cjm-research[pdf]'") from None
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            try:
                return work(browser)
            finally:
                browser.close()
    except Error as error:
        raise CjmError(f"cjm export --format {name}", f"the browser failed: {str(error).splitlines()[0]}", "a browser that draws the map", "try again, or export svg") from None
