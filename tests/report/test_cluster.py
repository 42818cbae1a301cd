"""A batch on a Dask cluster gives the reports of a batch on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput
from cjm_research.report.batch import run_batch
from cjm_research.report.record.receipt import files_sha256

from .workspace import ANSWER, notebook, workspace

CHAPTERS = {"10_a": notebook("A", ANSWER), "40_b": notebook("B", "if client == 'bad': raise ValueError('its data')", ANSWER.replace('"buy"', '"b"'))}
CLIENTS = ["bad", "gone", "good"]


def test_without_the_extra_or_a_scheduler_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace(tmp_path, CHAPTERS, ["a", "b"])
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(BadInput, match=r"cjm-research\[dask\]"):
        run_batch(["a", "b"], place, cluster="tcp://127.0.0.1:1", build=False)


def test_same_reports_as_here(tmp_path: Path) -> None:
    distributed: Any = pytest.importorskip("distributed", reason="the extra dask is not installed: no test of fan-out")
    outcomes = {}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        for where, address in (("here", None), ("there", cluster.scheduler_address)):
            place = workspace(tmp_path / where, CHAPTERS, CLIENTS)
            (place.tables("gone") / "build.json").unlink()
            outcomes[where] = run_batch(CLIENTS, place, cluster=address, build=False)
    here, there = outcomes["here"].clients, outcomes["there"].clients
    assert {c: (o.state, o.exit_code, o.note) for c, o in here.items()} == {c: (o.state, o.exit_code, o.note) for c, o in there.items()}
    for client in ("bad", "good"):
        one, other = here[client].report, there[client].report
        assert one and other and files_sha256(one.folder) == files_sha256(other.folder)
