"""What a user gets: a wheel and an sdist that work in an empty folder, a workspace of one's own, a container file."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cjm_research.errors import BadInput
from cjm_research.params import Workspace, load_params
from cjm_research.workspaces import make_workspace, with_demo

ROOT = Path(__file__).resolve().parents[1]
SITE = next(p for p in map(Path, sys.path) if (p / "duckdb").is_dir())
pytestmark = pytest.mark.xdist_group("delivery")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def built(source: Path, target: str, folder: Path) -> Path:
    """One distribution, built from a folder without a network."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)], cwd=source, check=True, capture_output=True, text=True)
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


def installed(distribution: Path, folder: Path) -> Run:
    """A fresh virtual environment with this distribution and, of what it needs, the packages of the tests' own; returns how to run its `cjm`."""
    home = folder / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python*/site-packages"))
    # a line in a .pth adds a folder without obeying the .pth files in it: the checkout's own package is not found there
    (site / "dependencies.pth").write_text(f"{SITE}\n")
    (home / "share").symlink_to(Path(sys.prefix) / "share")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CJM_", "PYTHON", "VIRTUAL_ENV"))}
    subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--force-reinstall",
                    "--disable-pip-version-check", distribution], check=True, capture_output=True, text=True, env=environment, cwd=folder)

    def run(*words: str, cwd: Path, program: str = "cjm") -> subprocess.CompletedProcess[str]:
        return subprocess.run([home / "bin" / program, *words], cwd=cwd, env=environment, capture_output=True, text=True)

    where = run("-c", "import cjm_research; print(cjm_research.__file__)", cwd=folder, program="python").stdout
    assert where.startswith(str(site)), f"the installed package is tested, not the checkout: {where}"
    return run


def test_a_wheel_in_an_empty_folder_makes_the_demo(wheel: Path, tmp_path: Path) -> None:
    run, empty = installed(wheel, tmp_path), tmp_path / "empty"
    empty.mkdir()
    done = run("demo", "--customers", "300", cwd=empty)
    assert done.returncode == 0, done.stderr
    index = empty / "reports" / "demo"
    assert [p.name for p in index.glob("*/index.html")] and "index.html" in done.stdout + done.stderr
    receipt = json.loads(next(index.glob("*/run.json")).read_text())
    assert receipt["client"] == "demo" and list(next(index.glob("*/findings.json")).parent.glob("60_journey_map.html"))
    assert "made a workspace" in done.stderr and (empty / "params" / "_defaults.yaml").is_file()
    assert "demo" in run("list", cwd=empty).stdout


def test_an_sdist_makes_the_same_wheel_and_a_workspace(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    again = built(next((tmp_path / "unpacked").iterdir()), "wheel", tmp_path / "again")
    one, other = zipfile.ZipFile(wheel), zipfile.ZipFile(again)
    assert {i.filename: i.CRC for i in one.infolist() if not i.filename.endswith("RECORD")} == {i.filename: i.CRC for i in other.infolist() if not i.filename.endswith("RECORD")}
    run, empty = installed(sdist, tmp_path), tmp_path / "empty"
    empty.mkdir()
    for words in (("list",), ("new", "acme"), ("check", "acme"), ("report", "acme"), ("lab",), ("build", "--all")):
        done = run(*words, cwd=empty)
        assert done.returncode == 2 and "cjm init" in done.stderr and "Traceback" not in done.stderr, words
    assert list(empty.iterdir()) == []
    assert run("init", cwd=empty).returncode == 0
    assert run("new", "acme", "--timezone", "UTC", cwd=empty / "params").returncode == 0, "found from within"
    (empty / "data" / "raw" / "acme" / "events.csv").write_text("user_id,timestamp,event\na,2026-01-01,page_view\na,2026-01-02,purchase\n")
    assert run("check", "acme", cwd=empty).returncode == 0
    assert "40_funnel" in run("list", "--chapters", cwd=empty).stdout


def test_the_wheel_holds_what_is_in_git_and_no_client(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()
    ours = subprocess.run(["git", "ls-files", "src/cjm_research", "notebooks"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in ours:
        assert name.replace("src/", "", 1).replace("notebooks/", "cjm_research/_notebooks/", 1) in held, name
    assert {Path(n).name for n in held if "/_params/" in n} == {"_defaults.yaml", "demo.yaml", "schema.json"}


# --- a workspace ---------------------------------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_init_makes_what_a_client_needs(tmp_path: Path) -> None:
    make_workspace(tmp_path / "new" / "journeys")
    made = tmp_path / "new" / "journeys"
    assert {p.name for p in made.iterdir()} == {"params", "data", "reports", "docs", "README.md", ".gitignore"} and (made / "data" / "raw").is_dir()
    assert load_params("demo", Workspace(made)).chapters, "from the defaults"
    subprocess.run(["git", "init", "-q"], cwd=made, check=True)
    for name in ("data/raw/acme/events.csv", "data/vault/acme/key", "reports/acme/index.html"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("a customer")
    subprocess.run(["git", "add", "-A"], cwd=made, check=True)
    staged = subprocess.run(["git", "ls-files"], cwd=made, check=True, capture_output=True, text=True).stdout.split()
    assert "params/demo.yaml" in staged and not [n for n in staged if n.startswith(("data/", "reports/"))]


def test_every_link_of_a_workspaces_documentation_leads_somewhere(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w")
    broken = []
    for path in (tmp_path / "w").rglob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            if not (path.parent / link).exists():
                broken.append(f"{path.name}: {link}")
    assert broken == []


@pytest.mark.parametrize("there", ["params/acme.yaml", "params/_defaults.yaml", "data/raw/x.csv", "reports/index.html", "notebooks/mine.ipynb", "data"])
def test_init_overwrites_nothing(tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text("mine")
    before = files(tmp_path)
    with pytest.raises(BadInput, match="already"):
        make_workspace(tmp_path)
    assert files(tmp_path) == before and not list(tmp_path.glob(".cjm*"))


def test_a_second_workspace_is_refused_in_and_within_the_first(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    before = files(tmp_path)
    for folder in (tmp_path, tmp_path / "data", tmp_path / "further" / "down"):
        with pytest.raises(BadInput, match="workspace"):
            make_workspace(folder)
    assert files(tmp_path) == before and not (tmp_path / "further").exists()
    (tmp_path.parent / f"{tmp_path.name}-file").write_text("")
    with pytest.raises(BadInput, match="is a file"):
        make_workspace(tmp_path.parent / f"{tmp_path.name}-file")


def test_what_a_folder_has_is_kept_and_customers_data_stays_out_of_its_repository(tmp_path: Path) -> None:
    for name in ("README.md", ".gitignore", "docs/mine.md", "analysis.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("*.tmp\n")
    told = make_workspace(tmp_path)
    assert [(tmp_path / n).read_text() for n in ("README.md", ".gitignore", "docs/mine.md")] == ["*.tmp\n"] * 3 and len(told) == 4
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "data" / "raw" / "events.csv").write_text("a customer")
    status = subprocess.run(["git", "status", "--porcelain", "-uall"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert "params/demo.yaml" in status and "data/" not in status


def test_what_cannot_be_finished_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.name == "params":
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(Exception, match="space"):
        make_workspace(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_the_demo_gets_its_settings_but_never_new_ones(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w")
    place = Workspace(tmp_path / "w")
    assert with_demo(place) == []
    place.params_file("demo").write_text("client: demo\n")
    assert with_demo(place) == [] and place.params_file("demo").read_text() == "client: demo\n"
    place.params_file("demo").unlink()
    assert len(with_demo(place)) == 1 and "Birkfell" in place.params_file("demo").read_text()
    other = tmp_path / "other"
    (other / "params").mkdir(parents=True)
    (other / "params" / "acme.yaml").write_text("client: acme\n")
    with pytest.raises(BadInput, match="neither"):
        with_demo(Workspace(other))


# --- the container file --------------------------------------------------------------------------------------------------

KNOWN = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "VOLUME", "EXPOSE", "CMD", "ENV", "ARG", "LABEL", "ENTRYPOINT"}


def instructions() -> list[tuple[str, str]]:
    text = "\n".join(line for line in (ROOT / "Containerfile").read_text().splitlines() if not line.startswith("#"))
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_container_file_can_be_read() -> None:
    found = instructions()
    assert {word for word, _ in found} <= KNOWN and found[0][0] == "FROM" and found[-1][0] == "CMD"
    stages = {m[1] for word, rest in found if word == "FROM" and (m := re.fullmatch(r"\S+ AS (\w+)", rest))}
    for word, rest in found:
        if word == "RUN":
            subprocess.run(["sh", "-n", "-c", rest], check=True)
        if word in ("CMD", "ENTRYPOINT", "VOLUME"):
            assert all(isinstance(part, str) for part in json.loads(rest)), rest
        if word == "COPY":
            parts = shlex.split(rest)
            if parts[0].startswith("--from="):
                assert parts[0].removeprefix("--from=") in stages
            else:
                assert all((ROOT / part).exists() for part in parts[:-1]), rest
    users = [rest for word, rest in found if word == "USER"]
    assert users and users[-1] != "root"


def test_the_image_holds_all_that_the_wheel_is_made_of(wheel: Path, tmp_path: Path) -> None:
    """What the first stage copies, past the ignore file, builds the same wheel."""
    ignored = [line for line in (ROOT / ".containerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert ignored[0] == "*", "nothing but what is named"
    for name in (line[1:] for line in ignored if line.startswith("!")):
        source, target = ROOT / name, tmp_path / "context" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")) if source.is_dir() else shutil.copyfile(source, target)
    first = instructions()
    first = first[:next(i for i, (word, _) in enumerate(first) if i and word == "FROM")]
    for parts in (shlex.split(rest) for word, rest in first if word == "COPY"):
        assert all((tmp_path / "context" / part).exists() for part in parts[:-1]), parts
    again = built(tmp_path / "context", "wheel", tmp_path / "again")
    one, other = zipfile.ZipFile(wheel), zipfile.ZipFile(again)
    assert {i.filename: i.CRC for i in one.infolist()} == {i.filename: i.CRC for i in other.infolist()}


def test_its_commands_are_commands(tmp_path: Path) -> None:
    """Each `cjm …` of the container file is understood: read by the command line itself, with its help in the place of its work."""
    shell = json.loads(instructions()[-1][1])
    assert shell[:2] == ["sh", "-c"]
    commands = re.findall(r"cjm ([^&;]+)", shell[2])
    assert [c.split()[0] for c in commands] == ["demo", "lab"]
    for command in commands:
        done = subprocess.run([sys.executable, "-m", "cjm_research", *command.split(), "--help"], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
