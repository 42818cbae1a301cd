"""`cjm lab`: what JupyterLab is started with, what it asks of anybody, and the notebook that it opens."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cjm_research.command import lab
from cjm_research.errors import BadInput
from cjm_research.params import Workspace
from cjm_research.report.record.home import home_of_all, home_of_client
from cjm_research.workspaces import make_workspace


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    make_workspace(tmp_path / "w")
    return Workspace(tmp_path / "w")


@pytest.fixture
def anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_is_root", lambda: False)


def command(place: Workspace, **options: Any) -> list[str]:
    return lab.lab_command(place, place.root / "data" / "lab" / "home.ipynb", **options)


def text_of(path: Path) -> str:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    return "\n".join(cell.source for cell in notebook.cells)


@pytest.mark.usefixtures("anybody")
def test_options_are_handed_on_and_the_users_own_come_last(place: Workspace) -> None:
    words = command(place, port=0, ip="0.0.0.0", no_browser=True, further=["--LabApp.news_url=https://example.org/feed", "--debug"])
    assert {"--ServerApp.ip=0.0.0.0", "--ServerApp.port=0", "--no-browser", *lab.QUIET} <= set(words)
    assert words[-2:] == ["--LabApp.news_url=https://example.org/feed", "--debug"] and "--LabApp.default_url=/lab/tree/data/lab/home.ipynb" in words
    assert lab.reachable("0.0.0.0") and not lab.reachable("127.0.0.1") and not lab.reachable(None)


@pytest.mark.usefixtures("anybody")
def test_a_port_that_is_taken_is_told_and_no_other_is_taken_for_it(place: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(BadInput, match="listens on port"):
        command(place, port=other.getsockname()[1], ip="127.0.0.1")
    with pytest.raises(BadInput, match="no address of this machine"):
        command(place, port=8888, ip="nowhere.invalid")


def test_root_is_told_the_cure_at_once(place: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lab, "_is_root", lambda: True)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    with pytest.raises(BadInput, match="cjm lab --allow-root"):
        command(place)
    assert "--allow-root" in command(place, allow_root=True) and "--allow-root" in command(place, further=["--allow-root"])


def test_what_follows_two_dashes_goes_to_jupyterlab_and_nothing_else_does(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from cjm_research.command.cli import app

    started: list[list[str]] = []
    monkeypatch.setattr(lab, "run_lab", lambda words, place: started.append(list(words)) or 0)
    monkeypatch.setenv("CJM_WORKSPACE", str(place.root))
    monkeypatch.delenv("CJM_PARAMS", raising=False)

    def cjm(*words: str) -> int:
        return CliRunner().invoke(app, ["lab", *words]).exit_code

    assert cjm("demo", "--allow-root", "--", "--debug", "x") == 0 and started[-1][-2:] == ["--debug", "x"] and "/lab/tree/data/lab/demo/home.ipynb" in " ".join(started[-1])
    assert cjm("--allow-root", "--", "--debug") == 0 and started[-1][-1] == "--debug" and "/lab/tree/data/lab/home.ipynb" in " ".join(started[-1])
    assert cjm("demo", "--allow-root") == 0 and started[-1][-1] == "--allow-root"
    assert cjm("demo", "--debug") == 2 and cjm("demo", "more") == 2 and cjm("demo", "--port", "70000") == 2 and len(started) == 3


ROOT = Path(__file__).parents[2]


def test_the_home_notebook_says_what_to_do_next(place: Workspace) -> None:
    home, desk = home_of_client("demo", place)
    text = text_of(home)
    assert "not built yet" in text and "cjm check demo" in text
    linked = re.findall(r"\]\((\w+\.ipynb)\)", text)
    assert linked == [f"{name}.ipynb" for name in desk.titles] and set(linked) == {p.name for p in (ROOT / "notebooks").glob("[0-9]*.ipynb")} and all((home.parent / name).is_file() for name in linked)
    (place.tables("demo")).mkdir(parents=True)
    (place.tables("demo") / "build.json").write_text("{}")
    assert "publishes the first report" in text_of(home_of_client("demo", place)[0])
    written = json.loads(home.read_text())
    written["cells"][0]["source"] = "mine"
    home.write_text(json.dumps(written))
    (place.tables("demo") / "build.json").unlink()
    assert "mine" in text_of(home_of_client("demo", place)[0]), "an edited one is kept"
    everybody = text_of(home_of_all(place))
    assert "cjm lab demo" in everybody and "cjm new" in everybody
    place.params_file("broken").write_text("client: [\n")
    assert "broken" in text_of(home_of_all(place))


@contextlib.contextmanager
def running(place: Workspace, folder: Path) -> Iterator[str]:
    """`cjm lab demo` as a user starts it; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CJM_")}
    environment |= {"JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_DATA_DIR": str(folder / "share"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "layouts"),
                    "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    words = [sys.executable, "-m", "cjm_research", "lab", "demo", "--no-browser", "--ip", "127.0.0.1", "--port", str(port), "--allow-root", "--", "--IdentityProvider.token=t"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=place.root, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(1200):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api/status?token=t", timeout=5):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@pytest.mark.browser
def test_jupyterlab_asks_nobody_for_anything(place: Workspace, browser: Any, tmp_path: Path) -> None:
    """The page in a browser: every request goes to this machine, and what JupyterLab asks its server for by itself has no answer from elsewhere."""
    (tmp_path / "jupyter").mkdir()
    with running(place, tmp_path / "jupyter") as address:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/?token=t")
        page.wait_for_selector(".jp-Notebook h2:has-text(\"What next?\")", timeout=120_000)
        page.wait_for_selector(".jp-Notebook a:has-text(\"Journey map\")", timeout=120_000)
        config = json.loads(page.inner_text("#jupyter-config-data", timeout=5_000) if page.locator("#jupyter-config-data").count() else "{}")
        with urllib.request.urlopen(f"{address}/lab/api/news?token=t") as news:
            assert json.loads(news.read())["news"] == []
        with urllib.request.urlopen(f"{address}/lab/api/update?token=t") as update:
            assert json.loads(update.read())["notification"] is None
        for plugin, key, value in defaults():
            with urllib.request.urlopen(f"{address}/lab/api/settings/{plugin}?token=t") as setting:
                assert json.loads(setting.read())["schema"]["properties"][key]["default"] == value
        page.close()
    assert asked and not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert config == {} or (config["news"] == {"disabled": True} and config["extensionManager"]["name"] == "read-only")


def test_its_reference_of_switches_is_that_of_the_installed_jupyterlab() -> None:
    """A switch that JupyterLab no longer knows would be ignored with a warning, and it would ask again."""
    from jupyterlab.labapp import LabApp

    for word in lab.QUIET:
        name = word.removeprefix("--LabApp.").split("=")[0]
        assert name in LabApp.class_trait_names(config=True), name


def defaults() -> list[tuple[str, str, Any]]:
    """(plugin, setting, value) of the defaults that `cjm lab` brings."""
    found = json.loads((lab.DEFAULTS / "labconfig" / "default_setting_overrides.json").read_text())
    return [(plugin, key, value) for plugin, settings in found.items() for key, value in settings.items()]


def test_its_defaults_are_settings_of_the_installed_jupyterlab(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that JupyterLab no longer knows would be ignored, and Tab would again find nothing while a kernel imports."""
    from jupyter_core.paths import jupyter_config_path
    from jupyterlab.commands import get_app_dir

    for plugin, key, value in defaults():
        package, _, name = plugin.rpartition(":")
        schema = json.loads((Path(get_app_dir()) / "schemas" / package / f"{name}.json").read_text())["properties"]
        assert schema[key]["type"] == {bool: "boolean", int: "number", str: "string"}[type(value)] and schema[key].get("default") != value, key
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/elsewhere")
    found = lab.lab_environment(place)["JUPYTER_CONFIG_PATH"]
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", found)
    assert {str(lab.DEFAULTS), "/elsewhere"} <= set(jupyter_config_path()), "the user's own folders stay"
