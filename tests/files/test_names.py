"""Names of files from text: no text is a path, and nobody in the package makes a path from text but `files` and the workspace."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from cjm_research.errors import BadInput
from cjm_research.files import file_name, inside, plain_file_name, unusable
from cjm_research.params import Workspace
from cjm_research.params.schema import Funnel, Source

SOURCE = Path(__file__).resolve().parents[2] / "src" / "cjm_research"
PLAIN = set(string.ascii_lowercase + string.digits + "-~")
HOSTILE = ["..", ".", "/etc", "web/app", "..\\up", "C:\\x", "a\x00b", "a\nb", "\u202egnp.exe", "\u2028", " ", "CON", "x" * 300, "Größe", "客户", "\U0001f600",
           "~", "-rf", ".hidden", "\ud800"]


def test_any_text_becomes_one_plain_name_of_its_own() -> None:
    names = [file_name(t) for t in [*HOSTILE, "web", "Web", "WEB"]]
    assert len({n.lower() for n in names}) == len(HOSTILE) + 3  # also where upper and lower case are one
    assert all(set(n) <= PLAIN and len(n) < 80 and not n.startswith(("-", "~")) for n in names)
    assert file_name("Gro\u0308ße") == file_name("Größe")  # one text in two spellings of Unicode


@pytest.mark.parametrize("name", ["..", "/an/absolute/folder", "web/app", "..\\up", "a\x07b", "a\nb", "a\u202eb", "---", "x" * 300, ""])
def test_a_source_is_not_named_by_a_path(name: str) -> None:
    with pytest.raises(ValueError):
        Source.model_validate({"name": name, "kind": "events", "files": "a.csv"})


@pytest.mark.parametrize("name", ["web", "Web shop (EU)", "客户", "größe", "a.b", "x" * 120])
def test_ordinary_names_stay(name: str) -> None:
    assert Source.model_validate({"name": name, "kind": "events", "files": "a.csv"}).name == name


def test_names_that_people_read_may_hold_a_slash_but_nothing_invisible() -> None:
    steps = [{"name": "a", "event": "a"}, {"name": "b", "event": "b"}]
    assert Funnel.model_validate({"name": "trial/paid", "steps": steps}).name == "trial/paid"
    with pytest.raises(ValueError, match="control character"):
        Funnel.model_validate({"name": "trial\x1b[2Jpaid", "steps": steps})
    assert unusable("a/b") == "" and unusable("a/b", separators=True)


@pytest.mark.parametrize("run", ["..", "../x", "/etc", "a/b", ".hidden", "", "a\n", "x" * 101, "a..b"])
def test_a_run_is_named_by_a_plain_name(run: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no run id"):
        Workspace(tmp_path).run("acme", run)
    assert plain_file_name("20260102T000000.000Z-b1", "x", "run id")


@pytest.mark.parametrize("client", ["..", "a/b", "Acme", "", "acme\n", "-a", "a" * 65])
def test_a_client_is_named_by_a_plain_name_everywhere(client: str, tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    for path in (place.raw, place.tables, place.vault, place.cache, place.codings, place.lab, place.erasures, place.report, place.params_file):
        with pytest.raises(BadInput, match="not a client name"):
            path(client)


def test_what_params_name_lies_inside(tmp_path: Path) -> None:
    assert inside(tmp_path, "a/../b", "x", "y") == tmp_path / "b"
    for text in ("..", "../b", "/etc", "a/../../b", "a\x00b"):
        with pytest.raises(BadInput):
            inside(tmp_path, text, "x", "y")


def test_raw_stays_inside_unless_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, away = tmp_path / "ws", tmp_path / "away"
    root.mkdir()
    (away / "acme").mkdir(parents=True)
    place = Workspace(root)
    assert place.raw("acme", "exports/x") == root / "exports" / "x"
    for text in ("../away/acme", str(away / "acme"), ".."):
        with pytest.raises(BadInput, match="lies outside") as told:
            place.raw("acme", text)
        assert "CJM_ALLOW_RAW" in told.value.next
    monkeypatch.setenv("CJM_ALLOW_RAW", f"/nowhere:{away}")
    assert place.raw("acme", "../away/acme") == place.raw("acme", str(away / "acme")) == away / "acme"
    with pytest.raises(BadInput, match="lies outside"):
        place.raw("acme", str(tmp_path / "away2"))
    monkeypatch.delenv("CJM_ALLOW_RAW")
    (root / "exports").symlink_to(away)  # a link in the workspace is its owner's own doing
    assert place.raw("acme", "exports/acme") == away / "acme"


# --- nobody else makes paths from text, or removes folders ----------------------------------------------------------

#: words for what users name: none of them stands right of a / of a path
NAMED = {"client", "run", "chapter", "source", "name", "word", "coder", "title", "label", "text", "logo", "comments", "override"}
#: places where such a word is a name of ours (a table, a column, a chapter's file that was listed), by module and code
OURS = {
    "files/": None,
    "params/workspace.py": None,
    "coding_log/store.py": {"f'{name}{SUFFIX}'", "f\"{slug.strip('-')[:40] or 'coder'}~{hashlib.sha256(name.encode()).hexdigest()[:8]}{SUFFIX}\""},
    "page/render.py": {"name"}, "report/pages/frame.py": {"name"}, "command/docs.py": {"name"}, "workspaces.py": {"name", "path.name"}, "errors.py": {"f'{one.report}.txt'"},  # assets, generated docs
    "engine/duck.py": {"f'{name}.parquet'"}, "engine/log_index.py": {"f'{name}.npy'", "f'{self.name}.npy'", "f'{c}.npy'"},  # tables, columns
    "erasing.py": {"f'{number}.json'", "name"}, "privacy/erasures.py": {"f\"{certificate['id']}.json\""}, "privacy/pseudonyms.py": {"name"},  # made by us
    "build/staging.py": {"f'{table}.parquet'", "f'{name}.parquet'"}, "build/writing.py": {"f'{name}.parquet'", "f'{BY_EVENT}.parquet'"}, "build/building.py": {"f'{t}.parquet'"},
    "notebook/widgets/map_viewer/what_if.py": {"f'{n}.parquet'", "f'{name}.parquet'", "f'{BY_EVENT}.parquet'", "path.name"},
    "results/cache.py": {"f'{i}.parquet'", "f'{key}-{hashlib.sha256(json.dumps(states, sort_keys=True).encode()).hexdigest()[:12]}'"},  # made by us
    "report/exports/banner.py": {"name"}, "report/exports/codings.py": {"f'{name}.csv'"}, "report/record/home.py": {"f'{NAME}.ipynb'"}, "privacy/masking/saved.py": {"f'{FILE}.new'"}, "engine/spark/session.py": set(),
    "report/record/new_chapter.py": {"f'{stem}.ipynb'"},  # checked to be two digits and small letters
    "report/record/publish.py": {"client", "run"},  # made by `run`, checked by the workspace
    "report/run.py": {"f'{chapter.task.chapter.name}.ipynb'", "f'{d.name}.ipynb'"}, "report/verify.py": {"f'{chapter.name}.ipynb'", "f'{name}.parquet'"},
    "report/record/working_copies.py": {"f'{next(iter(self.titles))}.ipynb'", "f'{name}.ipynb'"}, "report/exports/archive.py": {"f'{data.client}_{data.run}.zip'", "f'{data.client}_{data.run}'"},
    "report/exports/pdf.py": {"f'{page}.html'"}, "report/exports/brief.py": {"f'{data.client}_{data.run}_brief.pdf'"},  # client and run as they were checked
    "build/since.py": {"f'{table}.parquet'"}, "clients/sniffing/again.py": {"name"},  # tables; files as they were listed, which are only read
    "clients/new.py": {"name"}, "clients/sniffing/tables.py": {"f'{number}{_ending(members[0])}'"},  # files as they were listed; a number and letters
 "sources/reading/streamed/rows.py": {"f'part_{number}.parquet'"}, "pins.py": {"client", "path.name", "entry.name", "f'{own_tag()}.{next(_NUMBER)}'"},  # checked by the workspace
}


def _divisions(tree: ast.AST) -> list[ast.expr]:
    """What stands right of a / and can be a text: f-strings, and names and attributes that users give."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            right = node.right
            if isinstance(right, ast.JoinedStr) or (isinstance(right, ast.Name) and right.id in NAMED) or (isinstance(right, ast.Attribute) and right.attr in NAMED):
                found.append(right)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
            found += [a for a in node.args if not isinstance(a, ast.Constant)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Path" and any(isinstance(a, ast.JoinedStr) for a in node.args):
            found += node.args
    return found


def test_nobody_else_makes_a_path_from_text() -> None:
    odd = []
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).as_posix()
        allowed = next((v for k, v in OURS.items() if module.startswith(k)), set())
        if module.startswith("demo/") or allowed is None:  # the demo's files are named by the demo
            continue
        odd += [f"{module}:{e.lineno}: {ast.unparse(e)}" for e in _divisions(ast.parse(path.read_text(encoding="utf-8"))) if ast.unparse(e) not in allowed]
    assert not odd, "make these paths in params/workspace.py, or name the file by files.file_name: " + "; ".join(odd)


def test_nobody_else_removes_folders_or_makes_temporary_ones() -> None:
    odd = [f"{path.relative_to(SOURCE)}:{number}: {line.strip()}" for path in sorted(SOURCE.rglob("*.py")) if path.parent.name != "files"
           for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
           if any(word in line for word in ("rmtree", "mkdtemp", "TemporaryDirectory", "removedirs", "shutil.move"))]
    assert not odd, "remove folders by files.remove_folder or files.remove_scratch: " + "; ".join(odd)
