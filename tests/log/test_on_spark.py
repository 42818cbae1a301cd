"""The same answers from Spark as from the embedded engine: on random journeys, and on a standalone cluster."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from cjm_research.analysis.attribution import attribution
from cjm_research.analysis.funnels import funnel
from cjm_research.analysis.paths import path_graph, paths
from cjm_research.analysis.retention import retention
from cjm_research.build import build
from cjm_research.engine.portable import render, visits
from cjm_research.errors import BadInput
from cjm_research.params import Workspace
from cjm_research.results.result import Result
from cjm_research.study import Study, open_study
from tests.studies import make_study

pyspark = pytest.importorskip("pyspark", reason="pyspark is not here (pip install 'cjm-research[spark]')")

#: two partitions of a shuffle, so that customers are spread; no compiling for data this small, so that tests stay fast
LOCAL = {"kind": "spark", "master": "local[2]", "options": {
    "spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2", "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false", "spark.driver.memory": "1g", "spark.sql.optimizer.maxIterations": "20",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:CICompilerCount=1"}}
TIMES = int(os.environ.get("CJM_TEST_TIMES", "1"))
EVENTS = ["ad", "view", "cart", "pay", "help", "it's"]
FUNNELS: list[dict[str, Any]] = [
    {"name": "ordered", "window": "1d", "steps": [{"name": e, "event": e} for e in ("ad", "view", "cart", "pay")], "breakdown": ["channel", "attributes.plan"]},
    {"name": "strict", "order": "strict", "steps": [{"name": e, "event": e} for e in ("ad", "view", "cart")], "window": "2h"},
    {"name": "unordered", "order": "unordered", "steps": [{"name": e, "event": e} for e in ("cart", "view", "help")], "window": "12h"},
    {"name": "shared", "steps": [{"name": "any", "event": ["view", "cart"]}, {"name": "again", "event": ["cart", "it's"]}, {"name": "dear", "where": {"value": {">": 50}}}],
     "window": "3d", "breakdown": ["properties.the device"]},
    {"name": "excluded", "window": "2d", "steps": [{"name": "ad", "event": "ad", "first_ever": True}, {"name": "view", "event": "view", "optional": True},
                                                    {"name": "pay", "event": "pay"}],
     "exclusions": [{"event": ["help"], "after": "ad", "before": "pay"}]},
    {"name": "sessions", "unit": "session", "steps": [{"name": e, "event": e} for e in ("ad", "view", "nevr")]},
]


def tables(seed: int, customers: int, own_sessions: bool = False) -> dict[str, pd.DataFrame]:
    """A random log with ties, repeats and values that need quoting."""
    rng = np.random.default_rng(seed)
    n = customers * 5
    who = rng.integers(0, customers, n)
    time = pd.Timestamp("2024-03-30", tz="UTC") + pd.to_timedelta(rng.integers(0, 100, n) * 900, unit="s")  # a quarter of an hour: many ties
    log = pd.DataFrame({
        "interaction_id": [f"i{k:06}" for k in rng.permutation(n)], "customer_id": [f"c{k}" for k in who], "occurred_at": time, "source": "web",
        "event": rng.choice(EVENTS, n, p=[.3, .25, .2, .1, .1, .05]), "channel": rng.choice(["web", "app", "shop", None], n),
        "touchpoint": rng.choice(["Home", "Basket", None], n), "stage": rng.choice(["Decision", "Purchase"], n), "value": rng.choice([np.nan, 10, 99.5], n),
        "properties": rng.choice(['{"the device": "phone"}', '{"the device": "desk\\\\top"}', "{}", None], n)})
    if own_sessions:
        log["session_id"] = np.where(rng.random(n) < .8, log["customer_id"] + "-" + log["occurred_at"].dt.day.astype(str), None)
    people = pd.DataFrame({"customer_id": [f"c{k}" for k in range(customers)], "attributes": [json.dumps({"plan": p}) for p in rng.choice(["a", "b"], customers)]})
    return {"interactions": log, "customers": people}


def pair(folder: Path, engine: dict[str, Any], seed: int, customers: int, own_sessions: bool = False, channels: dict[str, str] | None = None,
         **params: Any) -> tuple[Study, Study]:
    """The study on the embedded engine and on Spark. channels: other names of them."""
    made = tables(seed, customers, own_sessions)
    if channels:
        made["interactions"]["channel"] = made["interactions"]["channel"].map(channels)
    here = make_study(folder, made, funnels=FUNNELS, **params)
    settings = here.params.model_copy(update={"engine": type(here.params.engine).model_validate(engine)})
    return here, Study(settings, here.workspace, here.build)


def same(a: Result, b: Result, but: tuple[str, ...] = ()) -> None:
    """Equal in every frame, fact and sentence."""
    assert a.facts == b.facts
    assert a.sentences == b.sentences
    assert set(a.caveats) == set(b.caveats)
    assert set(a.frames) == set(b.frames)
    for name, frame in a.frames.items():
        if name not in but:
            columns = [c for c in frame.columns if c not in ("value", "low", "high")]
            by = [c for c in columns if frame[c].dtype.kind not in "fc"]
            left, right = (f.sort_values(by, ignore_index=True, key=lambda c: c.astype(str)) if by else f for f in (frame, b.frames[name]))
            pd.testing.assert_frame_equal(left, right, check_dtype=False, obj=name)
    assert [f.statement for f in a.findings] == [f.statement for f in b.findings]
    assert [e.rows for f in a.findings for e in f.evidence] == [e.rows for f in b.findings for e in f.evidence]
    assert [e.rows_sha256 for f in a.findings for e in f.evidence] == [e.rows_sha256 for f in b.findings for e in f.evidence]


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[None]:
    """One session for all tests of the module."""
    yield
    from pyspark.sql import SparkSession

    found = SparkSession.getActiveSession()
    if found is not None:
        found.stop()


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Study]:
    """4,000 random journeys; as many more as asked for in a night run."""
    return pair(tmp_path_factory.mktemp("spark"), LOCAL, 7, 4_000 * TIMES)


@pytest.mark.parametrize("name", [f["name"] for f in FUNNELS])
def test_funnels_are_the_same(studies: tuple[Study, Study], name: str) -> None:
    same(*(funnel(s, name) for s in studies))


@pytest.mark.parametrize(("name", "at", "unit"), [("ordered", "all", "customer"), ("strict", "all", "customer"), ("unordered", "all", "session"),
                                                  ("shared", "step:again", "customer"), ("strict", "step:view", "session"), ("excluded", "step:view", "session")])
def test_funnels_by_the_value_of_steps_are_the_same(studies: tuple[Study, Study], name: str, at: str, unit: str) -> None:
    """The funnel once per value; of the last one a step counts a customer's first event ever, whatever the session."""
    same(*(funnel(s, name, at=at, unit=unit, breakdown="channel") for s in studies))


@pytest.mark.parametrize(("name", "unit"), [("ordered", "customer"), ("shared", "session")])
def test_attempts_are_the_same(studies: tuple[Study, Study], name: str, unit: str) -> None:
    same(*(funnel(s, name, unit=unit, breakdown=[], attempts=True) for s in studies))
    with pytest.raises(BadInput, match="attempts"):
        funnel(studies[1], "strict", attempts=True)


def test_paths_are_the_same(studies: tuple[Study, Study]) -> None:
    same(*(paths(s, by="event", nodes=4) for s in studies))
    same(*(path_graph(s, by="channel", unit="customer", edges=3) for s in studies))


def test_medians_are_not_approximated() -> None:
    """PERCENTILE_DISC would be, once rendered; small logs do not show it."""
    all_of = "SELECT * FROM visits"
    for text in (visits.transitions_sql(all_of), visits.variants_sql(all_of, 20), visits.loops_sql(all_of), visits.between_sql(all_of, ["a", "b"]),
                 visits.deviations_sql(all_of, ["a", "b"], [("a", 1), ("b", None)])):
        assert "median" in text and "APPROX" not in render(text, "spark").upper()


@pytest.mark.parametrize("ask", [{"goal": "pay", "unit": "customer", "compare": "attributes.plan"}, {"goal": "it's", "nodes": 3, "compare": "channel"},
                                 {"by": "channel", "conversion": "pay"}])
def test_ways_to_a_goal_and_groups_are_the_same(studies: tuple[Study, Study], ask: dict[str, Any]) -> None:
    same(*(paths(s, **ask) for s in studies))


@pytest.mark.parametrize("ask", [{"by": "channel", "compare": "nope"}, {"nodes": 0}, {"timeout": -1}])
def test_what_cannot_be_asked_is_said_the_same(studies: tuple[Study, Study], ask: dict[str, Any]) -> None:
    said = []
    for study in studies:
        with pytest.raises(BadInput) as problem:
            paths(study, **ask)
        said.append(str(problem.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("ask", [{"by": "channel", "compare": "source"}, {"by": "channel", "goal": "nope", "compare": "attributes.plam"}, {"by": "channel", "compare": "reached:nope"}])
def test_what_a_client_lacks_is_said_the_same(studies: tuple[Study, Study], ask: dict[str, Any]) -> None:
    answers = [paths(s, **ask) for s in studies]
    same(*answers)
    assert any("Nothing is compared" in c for c in answers[0].caveats)


@pytest.mark.parametrize("channels", [{"web": "(other)", "app": "(end)", "shop": "(none)"}, {"web": "(start)", "app": "(other)", "shop": "(end)"}])
def test_values_named_as_marks_are_the_same(tmp_path: Path, channels: dict[str, str]) -> None:
    both = pair(tmp_path, LOCAL, 5, 300, channels=channels)
    same(*(paths(s, by="channel", goal="(none)", compare="channel") for s in both))
    same(*(attribution(s, "pay", lookback="6h", draws=5) for s in both))
    same(*(retention(s, period="day", by="channel") for s in both))


def test_retention_is_the_same(studies: tuple[Study, Study]) -> None:
    same(*(retention(s, kind="unbounded", period="day", periods=3, start="ad", back="pay", by="channel") for s in studies))
    same(*(retention(s, period="day", by="attributes.paln") for s in studies))
    same(*(retention(s, period="day", periods=2, calendar=True, back="view") for s in studies))


def test_attribution_is_the_same(studies: tuple[Study, Study]) -> None:
    same(*(attribution(s, "pay", draws=20, lookback="6h") for s in studies))


def test_period_members_and_own_sessions(tmp_path: Path) -> None:
    """What is outside the period still tells a customer's first event and a session's end; a persona sees its customers only."""
    period = {"start": "2024-03-30", "end": "2024-03-30"}
    both = pair(tmp_path, LOCAL, 8, 400, True, period=period, timezone="Europe/Berlin")
    same(*(funnel(s, "excluded", breakdown=[]) for s in both))
    some = [s.only("some", [f"c{k}" for k in range(0, 400, 2)]) for s in both]
    same(*(funnel(s, "sessions") for s in some))
    same(*(attribution(s, "pay", draws=5, lookback="session", touch_events=["ad", "view"]) for s in some))
    late = pair(tmp_path / "late", LOCAL, 8, 400, True, period={"start": "2024-03-31"}, timezone="Europe/Berlin")
    for study in (late, [s.only("some", [f"c{k}" for k in range(0, 400, 2)]) for s in late]):
        same(*(attribution(s, "pay", draws=5, lookback="6h") for s in study))
        same(*(retention(s, period="day", periods=2, start="ad", by="channel") for s in study))
        same(*(retention(s, period="day", periods=2, start="ad", calendar=True) for s in study))


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    _, there = pair(tmp_path, {**LOCAL, "path": str(tmp_path / "nowhere")}, 1, 5)
    with pytest.raises(BadInput, match="engine.path"):
        funnel(there, "ordered")


def test_a_report_from_a_table_that_lies_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cjm build` with engine.path: nothing is copied, touchpoints are placed there, blank ids are counted and left out."""
    made = tables(9, 300)["interactions"].drop(columns=["touchpoint", "stage", "source"])
    made.loc[:4, "customer_id"] = None
    made.loc[5:9, "customer_id"] = " "
    lake = tmp_path / "lake" / "interactions"
    lake.mkdir(parents=True)
    made.sample(frac=1, random_state=1).to_parquet(lake / "part-0.parquet", coerce_timestamps="us")
    place = Workspace(tmp_path / "ws")
    place.params.mkdir(parents=True)
    settings = {"client": "far", "engine": {**LOCAL, "path": str(lake)}, "funnels": FUNNELS[:1],
                "journey": {"stages": [{"name": "Buy", "touchpoints": [{"name": "Checkout", "match": [{"event": ["cart", "pay"]}]}]}]}}
    settings["funnels"][0] = {**FUNNELS[0], "breakdown": ["channel"]}
    (place.params / "far.yaml").write_text(yaml.safe_dump(settings))
    report = build("far", place)
    assert report.tables["interactions"]["rows"] == len(made) - 10
    assert not (place.tables("far") / "interactions.parquet").exists()
    assert not build("far", place).changed
    there = open_study("far", place)
    answer = funnel(there, "ordered")
    assert any("10 events name no customer" in c for c in answer.caveats)
    clean = made[made["customer_id"].str.strip().fillna("") != ""]
    here = make_study(tmp_path / "here", {"interactions": clean.assign(source="spark", touchpoint=clean["event"].map({"cart": "Checkout", "pay": "Checkout"}),
                                          stage=clean["event"].map({"cart": "Buy", "pay": "Buy"}))}, **{k: v for k, v in settings.items() if k in ("funnels", "journey")})
    expected = funnel(here, "ordered")
    for name in ("steps", "breakdown", "next_after_drop"):
        pd.testing.assert_frame_equal(answer[name], expected[name], check_dtype=False, obj=name)
    assert [(f.statement, f.touchpoint, f.stage) for f in answer.findings] == [(f.statement, f.touchpoint, f.stage) for f in expected.findings]
    # what only the embedded engine answers reads the same files
    assert there.scalar("SELECT count(*) FROM interactions WHERE touchpoint = 'Checkout'") == int(made["event"].isin(["cart", "pay"]).sum())


def test_on_a_standalone_cluster(tmp_path: Path) -> None:
    """A master and two workers from the package, on loopback; the client runs in a process of its own, as a report does."""
    home = Path(pyspark.__file__).parent
    ports = [_free_port() for _ in range(4)]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m", "PYSPARK_PYTHON": sys.executable,
                   "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "SPARK_WORKER_DIR": str(tmp_path / "work"), "SPARK_LOG_DIR": str(tmp_path)}
    start = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy."]
    master = f"spark://127.0.0.1:{ports[0]}"
    running = [subprocess.Popen([start[0], start[1] + "master.Master", "--host", "127.0.0.1", "--port", str(ports[0]), "--webui-port", str(ports[1])],
                                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    try:
        _await_port(ports[0])
        for k in range(2):
            running.append(subprocess.Popen([start[0], start[1] + "worker.Worker", "--host", "127.0.0.1", "--webui-port", str(_free_port()), "--cores", "1",
                                             "--memory", "1g", master], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        engine = {"kind": "spark", "master": master, "options": {**LOCAL["options"], "spark.executor.memory": "512m", "spark.cores.max": "2",
                                                                 "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}}
        here, _ = pair(tmp_path, engine, 11, 2_000)
        expected = funnel(here, "ordered")
        code = ("import sys, json; from tests.log.test_on_spark import *\n"
                f"_, there = pair(Path({str(tmp_path)!r}), json.loads({json.dumps(json.dumps(engine))}), 11, 2_000)\n"
                "a = funnel(there, 'ordered'); print(json.dumps([a['steps'][['n', 'base', 'pending', 'median_s']].astype(float).fillna(-1).to_numpy().tolist(), a.sentences]))")
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=500)
        assert run.returncode == 0, run.stderr[-2000:]
        steps, sentences = json.loads(run.stdout.strip().splitlines()[-1])
        assert steps == expected["steps"][["n", "base", "pending", "median_s"]].astype(float).fillna(-1).to_numpy().tolist()
        assert sentences == expected.sentences
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(timeout=60)


def test_through_spark_connect(tmp_path: Path) -> None:
    """A Spark Connect server on loopback, as managed platforms offer it; the client speaks gRPC and starts no Java."""
    home, port = Path(pyspark.__file__).parent, _free_port()
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    settings = {"spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port), "spark.sql.shuffle.partitions": "2",
                "spark.ui.enabled": "false", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    server = subprocess.Popen([str(home / "bin" / "spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[2]",
                               "--driver-memory", "1g", *(x for k, v in settings.items() for x in ("--conf", f"{k}={v}")), "spark-internal"],
                              env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    engine = {"kind": "spark", "master": f"sc://127.0.0.1:{port}"}
    code = ("import sys, json, warnings; from tests.log.test_on_spark import *\nwarnings.simplefilter('error', UserWarning)\n"
            f"here, there = pair(Path({str(tmp_path)!r}), json.loads({json.dumps(json.dumps(engine))}), 11, 500)\n"
            "for ask in (lambda s: funnel(s, 'ordered'), lambda s: paths(s, goal='pay', compare='reached:pay'), retention,\n"
            "            lambda s: attribution(s, 'pay', touch='channel', lookback='3d', draws=20)):\n"
            "    a, b = ask(here), ask(there)\n"
            "    assert a.sentences == b.sentences\n"
            "    for name in a.frames: pd.testing.assert_frame_equal(a[name], b[name], check_dtype=False, rtol=1e-9, obj=name)\n"
            "print('the same')")
    try:
        _await_port(port)
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=240)
        assert run.returncode == 0 and run.stdout.strip().endswith("the same"), run.stderr[-3000:]
    finally:
        server.terminate()
        server.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _await_port(port: int, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.3)
    raise TimeoutError(f"nothing listens on port {port}")
