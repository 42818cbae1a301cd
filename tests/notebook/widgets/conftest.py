"""The JupyterLab that all browser tests of widgets share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .bench import Bench, write_bench
from .lab import lab


@pytest.fixture(scope="session")
def lab_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """The address of a JupyterLab and the folder it works on."""
    root, home = tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("home")
    write_bench(root)
    with lab(root, home) as url:
        yield url, root


@pytest.fixture(scope="module")
def bench(lab_url: tuple[str, Any], browser: Any) -> Iterator[Bench]:
    """A page with the notebook of the client `talks`."""
    url, root = lab_url
    found = Bench(browser.new_page(viewport={"width": 1400, "height": 1000}), root / "data" / "codings" / "talks")
    found.open(f"{url}lab/tree/coding.ipynb?reset")
    yield found
    found.page.close()
