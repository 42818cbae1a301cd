"""Templates by industry: params that are read, rules that place what has a typical name, assumptions that are marked, and what matches nothing told."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cjm_research.build import build
from cjm_research.clients import check_client, new_client
from cjm_research.clients.new import new_from, proposal_of
from cjm_research.clients.templates import TEMPLATES, fitted
from cjm_research.command.cli import main
from cjm_research.errors import BadInput
from cjm_research.params import Workspace, load_params
from cjm_research.params.schema import Opportunity
from cjm_research.workspaces import make_workspace


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    make_workspace(tmp_path / "w")
    return Workspace(tmp_path / "w")


def _events(path: Path, names: list[str]) -> None:
    rows = [f"u{i},2026-01-{1 + n:02}T10:00:00Z,{name}" for n, name in enumerate(names) for i in range(30 - n)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["user_id,timestamp,event", *rows]) + "\n")


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_checks_up_to_its_questions_and_tells_what_matches_nothing(name: str, place: Workspace) -> None:
    template = TEMPLATES[name]
    new_client("acme", place, template=name)
    touchpoints = [t for s in template.stages for t in s.touchpoints]
    words = [t.words[0].replace(" ", "_").title() for t in touchpoints[:-1]]  # of every touchpoint but the last
    _events(place.raw("acme") / "events.csv", words)
    report = check_client("acme", place)
    assert report.state == "open" and len(report.open_questions) == 3 and not report.problems
    assert {q["source"] for q in report.open_questions} == {""}  # none of them is about a source
    assert [w for w in report.warnings if "no event matches the touchpoints" in w] == [f"no event matches the touchpoints {touchpoints[-1].name}: correct their match, or take them out"]
    placed = pd.read_parquet(place.tables("acme") / "interactions.parquet").drop_duplicates("event").set_index("event")["touchpoint"]
    assert placed.to_dict() == {word: t.name for word, t in zip(words, touchpoints, strict=False)}
    params = load_params("acme", place)
    assert params.people == template.people and [a.stage for a in params.journey.assumptions] == [s.name for s in template.stages]
    assert {t.name for s in params.journey.stages for t in s.touchpoints if t.unwanted} == {t.name for t in touchpoints if t.unwanted}


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_words_mean_one_touchpoint_with_and_without_data(name: str) -> None:
    """A word within another comes later in the journey, where the first rule wins; laid on events the longer one wins."""
    words = [(word, t.name) for s in TEMPLATES[name].stages for t in s.touchpoints for word in t.words]
    for (first, here), (later, there) in itertools.combinations(words, 2):
        assert here == there or first not in later, (first, later)
    for word, touchpoint in words:
        assert fitted(TEMPLATES[name], [word.replace(" ", "_").upper() if "_" not in word else word]).events == {touchpoint: [word.replace(" ", "_").upper()]}
    assert all(word == word.lower() and len(word) > 2 for word, _ in words)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_comments_are_params_once_they_are_no_comments(name: str, place: Workspace) -> None:
    new_client("acme", place, template=name)
    text = place.params_file("acme").read_text()
    said = yaml.safe_load(text.replace("# opportunities:", "opportunities:").replace("#   - {name: \"How", "  - {name: \"How"))
    assert len([Opportunity.model_validate(o) for o in said["opportunities"]]) == len(TEMPLATES[name].opportunities)
    assert "opportunities" not in yaml.safe_load(text)  # nobody said that they are known


def test_on_a_folder_the_events_that_are_there_take_the_place_of_words(place: Workspace, tmp_path: Path) -> None:
    _events(tmp_path / "x" / "log.csv", ["page_view", "AddToCart", "sorry: \"{x}\" zzz", "Purchase", "return_requested"])
    found = proposal_of("acme", place, tmp_path / "x")
    new_from("acme", place, tmp_path / "x", found, {(str(found.trials[0][1].source["name"]), "kind"): "events"}, "retail")
    text = place.params_file("acme").read_text()
    params = load_params("acme", place)
    rules = {t.name: t.match[0].event for s in params.journey.stages for t in s.touchpoints}
    assert rules == {"Visit": ["page_view"], "Basket": ["AddToCart"], "Order": ["Purchase"], "Return or refund": ["return_requested"]}
    assert "#   nothing in the data matches: Advertisement (campaign" in text and "#   events without a place: sorry" in text
    assert "seen: 4 of 5 kinds of events have a word of the template" in text and "# at most 30 customers an event" in text
    assert [s.name for s in params.journey.stages] == [s.name for s in TEMPLATES["retail"].stages]
    build("acme", place)
    assert not [w for w in check_client("acme", place).warnings if "no event matches" in w]


def test_where_no_source_counts_yet_rules_look_for_words(place: Workspace, tmp_path: Path) -> None:
    """Events of a table that nobody has confirmed are not known, so that nothing is said to be missing."""
    _events(tmp_path / "x" / "log.csv", ["page_view", "Purchase"])
    new_from("acme", place, tmp_path / "x", proposal_of("acme", place, tmp_path / "x"), {}, "retail")
    text = place.params_file("acme").read_text()
    assert "nothing in the data" not in text and "contains: \"purchase\"" in text and "# 4 questions are open below" in text
    assert text.count("QUESTION: ") == 4


def test_assumptions_are_marked_on_the_map_and_findings_are_not_theirs(place: Workspace) -> None:
    from cjm_research.journey_map.handwritten import assumptions
    from cjm_research.study import open_study

    new_client("acme", place, template="health")
    _events(place.raw("acme") / "events.csv", ["page_view", "appointment"])
    build("acme", place)
    lines = assumptions(open_study("acme", place))
    assert len(lines) == len(TEMPLATES["health"].stages) and {f.status for f in lines} == {"assumed"}


def test_an_unknown_template_is_one_message_and_makes_nothing(place: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="Did you mean 'retail'"):
        new_client("acme", place, template="retial")
    _events(tmp_path / "x" / "log.csv", ["page_view"])
    for words in (["--template", "nope"], ["--template", "nope", "--from", str(tmp_path / "x"), "--yes"]):
        monkeypatch.setattr("sys.argv", ["cjm", "--workspace", str(place.root), "new", "acme", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2 and "b2b, bank, health, public, retail, saas" in capsys.readouterr().err
    assert not place.params_file("acme").exists()
