"""Which event of one instant came first: the same in every workspace, by the export's order where it has one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from benchmarks import ties

from cjm_research.analysis.paths import paths
from cjm_research.analysis.paths.variants import variants_of
from cjm_research.analysis.paths.walks import walk_nodes
from cjm_research.build import BuildReport, build
from cjm_research.errors import BadInputs
from cjm_research.params import Workspace
from cjm_research.study import Study, open_study

COLUMNS = {"customer_id": "who", "occurred_at": "at", "event": "event"}
DAY = "2026-01-0{}T10:00:00Z"


def made(place: Path, files: Mapping[str, str | bytes], *sources: dict[str, Any]) -> tuple[Study, BuildReport]:
    """A client built in a workspace of its own, whose vault has a key of its own."""
    raw = place / "data" / "raw" / "tied"
    raw.mkdir(parents=True)
    for name, text in files.items():
        (raw / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (place / "params").mkdir()
    given = sources or ({"name": "e", "kind": "events", "files": sorted(files), "columns": COLUMNS},)
    (place / "params" / "tied.yaml").write_text(yaml.safe_dump({"client": "tied", "timezone": "UTC", "sources": list(given)}, sort_keys=False))
    report = build("tied", Workspace(place))
    return open_study("tied", Workspace(place)), report


def csv(rows: list[tuple[Any, ...]], header: str = "who,at,event") -> str:
    return "\n".join([header, *(",".join(map(str, r)) for r in rows)]) + "\n"


def ways(study: Study) -> dict[str, int]:
    """Path → customers, from the index that the kernels read."""
    walks = walk_nodes(study, unit="customer", nodes=50, repeats=True)
    told = [" ".join(walks.names[n] for n in walks.node[a:b]) for a, b in itertools.pairwise(walks.first)]
    return {way: told.count(way) for way in sorted(set(told))}


def in_sql(study: Study) -> dict[str, int]:
    """The same from the table, by the order that evidence uses."""
    rows = study.query("SELECT string_agg(event, ' ' ORDER BY occurred_at, sequence, interaction_id) AS way FROM interactions GROUP BY customer_id")
    return {k: int(v) for k, v in sorted(rows["way"].value_counts().items())}


LOG = [(w, DAY.format(1 + step // 3), f"{'zyx'[step % 3]}{step // 3}") for w in range(12) for step in range(6)]  # z0 y0 x0 at one instant, then z1 y1 x1


def test_rows_in_the_order_of_time_keep_their_order_in_every_workspace(tmp_path: Path) -> None:
    for name in "ab":
        study, report = made(tmp_path / name, {"e.csv": csv(LOG)})
        assert ways(study) == in_sql(study) == {"z0 y0 x0 z1 y1 x1": 12}
        assert any("72 of 72 events share their instant" in n and "of 72 the exports say which came first, of 0 nobody does" in n for n in report.notes)
        assert not any("same instant" in c for c in paths(study, unit="customer").caveats)


def test_newest_first_counts_from_the_last_row(tmp_path: Path) -> None:
    study, report = made(tmp_path, {"e.csv": csv(LOG[::-1])})
    assert ways(study) == {"z0 y0 x0 z1 y1 x1": 12} and any("newest first" in n for n in report.sources[0]["notes"])


def test_shuffled_rows_claim_no_order_and_give_one_answer(tmp_path: Path) -> None:
    found = []
    for seed in (1, 2):
        rows = random.Random(seed).sample(LOG, len(LOG))
        study, report = made(tmp_path / str(seed), {"e.csv": csv(rows)})
        found.append(ways(study))
        assert study.scalar("SELECT count(*) FROM interactions WHERE order_known") == 0
        assert any("of 0 the exports say which came first, of 72 nobody does" in n for n in report.notes)
        assert any("do not stand in the order of time" in n and "columns.sequence" in n for n in report.sources[0]["notes"])
        assert any(c.startswith("48 of 60 moves are between visits of the same instant") for c in paths(study, unit="customer").caveats)
    assert found[0] == found[1] == {"x0 y0 z0 x1 y1 z1": 12}, "by the name of the event, whatever the rows' order and the vault's key"


def test_a_declared_order_decides_and_gaps_in_it_are_told(tmp_path: Path) -> None:
    rows = [(w, DAY.format(1), e, n) for w in range(5) for e, n in (("start", 1), ("middle", 2), ("finish", 10))]
    columns = {**COLUMNS, "sequence": "n"}
    source = {"name": "e", "kind": "events", "files": "e.csv", "columns": columns}
    study, _ = made(tmp_path / "a", {"e.csv": csv(random.Random(3).sample(rows, 15), "who,at,event,n")}, source)
    assert ways(study) == {"start middle finish": 5}
    holes, report = made(tmp_path / "b", {"e.csv": csv([*rows[1:], ("0", DAY.format(1), "start", "")], "who,at,event,n")}, source)
    assert ways(holes) == {"middle finish start": 1, "start middle finish": 4} and any("missing or equal for 1" in n for n in report.sources[0]["notes"])
    with pytest.raises(BadInputs, match="columns.sequence: 1 values are no whole numbers, e.g. 'first'"):
        made(tmp_path / "c", {"e.csv": csv([("a", DAY.format(1), "x", "first")], "who,at,event,n")}, source)


def test_files_by_name_and_sources_in_the_order_of_the_params(tmp_path: Path) -> None:
    files = {"1.csv": csv([("a", DAY.format(1), "zoo"), ("b", DAY.format(1), "zoo"), ("b", DAY.format(2), "zoo")]),
             "2.csv": csv([("a", DAY.format(1), "ape"), ("a", DAY.format(3), "end")]), "app.csv": csv([("a", DAY.format(1), "aaa")])}
    web, app = ({"name": n, "kind": "events", "files": f, "columns": COLUMNS, "settings": {"key_type": "user"}} for n, f in (("web", ["1.csv", "2.csv"]), ("app", "app.csv")))
    study, report = made(tmp_path / "a", files, web, app)
    assert ways(study) == {"zoo ape aaa end": 1, "zoo zoo": 1}
    assert any("of 0 the exports say which came first, of 3 nobody does" in n for n in report.notes), "of two sources nobody says it"
    assert ways(made(tmp_path / "b", files, app, web)[0]) == {"aaa zoo ape end": 1, "zoo zoo": 1}


def test_stages_and_moments_by_column_come_as_they_are_listed(tmp_path: Path) -> None:
    text = "id,who,zeta,beta,alpha\n1,a,2026-01-01,2026-01-01,2026-01-01\n2,b,2026-01-02,,2026-01-02\n"
    listed = {"zeta": "zeta", "beta": "beta", "alpha": "alpha"}
    deals = {"name": "d", "kind": "crm", "files": "d.csv", "columns": {"deal_id": "id", "customer_id": "who"}, "settings": {"stage_columns": listed}}
    events = {"name": "d", "kind": "events", "files": "d.csv", "columns": {"customer_id": "who"}, "settings": {"time_columns": listed}}
    assert ways(made(tmp_path / "a", {"d.csv": text}, deals)[0]) == {"deal: zeta deal: alpha": 1, "deal: zeta deal: beta deal: alpha": 1}
    assert ways(made(tmp_path / "b", {"d.csv": text}, events)[0]) == {"zeta alpha": 1, "zeta beta alpha": 1}


def test_a_trace_is_ordered(tmp_path: Path) -> None:
    events = "".join(f'<event><string key="concept:name" value="{n}"/><date key="time:timestamp" value="2026-01-01T10:00:00Z"/></event>' for n in "cba")
    text = f'<log><trace><string key="concept:name" value="1"/>{events}</trace></log>'
    study, _ = made(tmp_path, {"l.xes": text}, {"name": "l", "kind": "xes", "files": "l.xes"})
    assert ways(study) == in_sql(study) == {"c b a": 1} and study.scalar("SELECT bool_and(order_known) FROM interactions")


def test_the_published_variants_through_the_build(shared: Path, tmp_path: Path) -> None:
    raw = pd.read_csv(shared / "data/bpic2012_loans/bpic2012_events.csv.gz", dtype=str)
    columns = {"customer_id": "case:concept:name", "occurred_at": "time:timestamp", "event": "concept:name"}
    study, _ = made(tmp_path, {"e.csv": raw.to_csv(index=False)}, {"name": "e", "kind": "events", "files": "e.csv", "columns": columns})
    assert len(variants_of(walk_nodes(study, unit="customer", nodes=100, repeats=True))) == 4_366


def test_the_published_variants_of_the_log_itself(shared: Path, tmp_path: Path) -> None:
    """The same log as it is published, XES: 13,087 cases, 262,200 events, 4,366 variants."""
    log = (shared / "data/bpic2012_loans/bpic2012.xes.gz").read_bytes()
    study, _ = made(tmp_path, {"l.xes.gz": log}, {"name": "l", "kind": "xes", "files": "l.xes.gz"})
    found = study.query("SELECT string_agg(event, '>' ORDER BY occurred_at, sequence) AS way, count(*) AS n FROM interactions GROUP BY customer_id")
    assert (len(found), int(found["n"].sum()), found["way"].nunique()) == (13_087, 262_200, 4_366)


@pytest.mark.parametrize("tied", [False, True])
def test_rows_and_files_in_another_order_change_nothing_but_ties(tmp_path: Path, tied: bool) -> None:
    """Only events of one instant may stand in another order then; a file cut in two is the same export."""
    rows = LOG if tied else [(w, f"2026-01-0{1 + step}T10:00:00Z", "zyx"[step % 3]) for w in range(12) for step in range(6)]
    given = {"whole": {"e.csv": csv(rows)}, "cut": {"e1.csv": csv(rows[:31]), "e2.csv": csv(rows[31:])},
             "mixed": {"e1.csv": csv(rows[31::-1]), "e2.csv": csv(random.Random(1).sample(rows[32:], len(rows) - 32))}}
    found = {name: made(tmp_path / name, files)[0].query("SELECT occurred_at, event, sequence, order_known FROM interactions ORDER BY ALL") for name, files in given.items()}
    pd.testing.assert_frame_equal(found["whole"], found["cut"])
    kept = ["occurred_at", "event"]
    pd.testing.assert_frame_equal(found["whole"][kept], found["mixed"][kept])
    assert found["whole"].equals(found["mixed"]) is not tied, "without ties there is no order to claim"
    alone = found["mixed"]["order_known"].isna() & (found["mixed"]["sequence"] == 1)
    assert int(alone.sum()) == (0 if tied else 72)


@pytest.mark.parametrize("form", ties.FORMS)
def test_every_form_keeps_the_order_of_its_rows_in_two_workspaces(form: str, tmp_path: Path) -> None:
    """What the benchmark shows of a million rows, on some hundred; Parquet in row groups, so that they could be read apart."""
    assert ties.check(form, 600, tmp_path) == 60


def test_the_check_of_forms_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, write = ties.FORMS["csv"]
    monkeypatch.setitem(ties.FORMS, "csv", (kind, lambda frame, path: write(frame.sort_values(["who", "at", "event"]), path)))
    with pytest.raises(AssertionError, match="another order than the file"):
        ties.check("csv", 100, tmp_path)


def test_events_that_two_sources_hold_alike_are_told(tmp_path: Path) -> None:
    files = {"a.csv": csv([("ann", DAY.format(d), "buy") for d in (1, 2, 3)]), "b.csv": csv([("ann", DAY.format(d), "buy") for d in (2, 3, 4)])}
    apart = [{"name": n, "kind": "events", "files": f"{n}.csv", "columns": {**COLUMNS, "customer_id": "who"}, "settings": {"key_type": "who"}} for n in "ab"]
    _, report = made(tmp_path, files, *apart)
    assert [n for n in report.notes if n.startswith("2 events stand in a and in b alike")]
    _, report = made(tmp_path / "other", {**files, "b.csv": files["b.csv"].replace("buy", "call")}, *apart)
    assert not [n for n in report.notes if "alike" in n]
