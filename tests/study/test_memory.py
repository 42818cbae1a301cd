"""What a study keeps while it is open."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

from cjm_research.engine import reads
from cjm_research.study import open_study


def test_what_is_kept_is_made_once_and_what_it_read_counts_each_time(demo_workspace: Any) -> None:
    study, made = open_study("demo", demo_workspace), []

    def make() -> int:
        made.append(study.scalar("SELECT count(*) FROM feedback"))
        return int(made[-1])

    taken = []
    for _ in range(2):
        with reads.recorded() as read:
            taken.append(study.kept(("feedback", 1), make))
        assert read.states == {"feedback": study.state("feedback")}
    assert taken == [made[0]] * 2 and len(made) == 1 and study.kept(("feedback", 2), lambda: "another") == "another"
    assert open_study("demo", demo_workspace).kept(("feedback", 1), lambda: "of another study") == "of another study"


def test_what_rests_on_codings_is_made_anew_after_a_refresh(demo_workspace: Any) -> None:
    study, made = open_study("demo", demo_workspace), []

    def make(table: str) -> str:
        made.append(table)
        return str(study.rows(table))

    for _ in range(2):
        for table in ("codings", "deals"):
            study.kept(table, lambda table=table: make(table))
        study.refresh()
    assert made == ["codings", "deals", "codings"]


def test_what_says_too_little_of_what_it_read_says_so_each_time(demo_workspace: Any) -> None:
    study = open_study("demo", demo_workspace)
    for _ in range(2):
        with reads.recorded() as read:
            study.kept("the clock", lambda: reads.note_unknown("the clock"))
        assert read.unknown == "the clock"


def test_threads_that_come_at_once_get_the_same(demo_workspace: Any) -> None:
    study, both, taken = open_study("demo", demo_workspace), Barrier(2), []

    def make() -> object:
        both.wait()  # both have found nothing kept
        return object()

    threads = [Thread(target=lambda: taken.append(study.kept("at once", make))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken[0] is taken[1]
