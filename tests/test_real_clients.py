"""Real clients over ../shared/data: the figures that their SOURCE.md publishes, recomputed from the built tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.analysis import coding
from cjm_research.analysis.outcomes import comparison
from cjm_research.build import BuildReport, build
from cjm_research.decisions import Decisions, compose
from cjm_research.errors import NotEnoughData
from cjm_research.params import Workspace, client_names, load_params
from cjm_research.results import cache
from cjm_research.results.result import Result
from cjm_research.study import Study, open_study
from cjm_research.tables import TABLES
from tests.decisions.conftest import findings_of
from tests.decisions.words import faults

CLIENTS = Path(__file__).parent / "clients"
NAMES = client_names(Workspace(CLIENTS.parent, CLIENTS))
Open = Callable[[str], tuple[Study, BuildReport]]


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Builds a client at its first use, in a workspace beside which the shared folder lies as it does beside the project."""
    top = tmp_path_factory.mktemp("real")
    (top / "shared").symlink_to(shared.resolve())
    (top / "project").mkdir()
    workspace = Workspace(top / "project", CLIENTS)
    opened: dict[str, tuple[Study, BuildReport]] = {}

    def client(name: str) -> tuple[Study, BuildReport]:
        if name not in opened:
            report = build(name, workspace)
            opened[name] = open_study(name, workspace), report
        return opened[name]

    with pytest.MonkeyPatch.context() as patch:  # the data sets lie outside the workspace: whoever runs it must allow that
        patch.setenv("CJM_ALLOW_RAW", str(top / "shared"))
        yield client


@pytest.mark.parametrize("name", NAMES)
def test_params_are_whole(name: str) -> None:
    params = load_params(name, Workspace(CLIENTS.parent, CLIENTS))
    assert params.raw and params.raw.startswith("../shared/data/") and params.objective and params.journey.stages


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_accounted_for(name: str, real: Open) -> None:
    study, report = real(name)
    assert report.tables
    for source in report.sources:
        assert source["rows_read"] > 0, source["source"]
        primary = next(iter(source["rows_kept"]))
        if not any(s.settings.get("time_columns") or s.settings.get("stage_columns") or s.kind == "experiment"
                   for s in study.params.sources if s.name == source["source"]):
            assert source["rows_read"] == source["rows_kept"][primary] + sum(source["dropped"].values()), source["source"]
    for table, said in report.tables.items():
        assert study.scalar(f"SELECT count(*) FROM {table}") == said["rows"]
        for column in TABLES[table].columns:
            if not column.nullable:
                assert study.scalar(f'SELECT count(*) - count("{column.name}") FROM {table}') == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_the_journey_finds_something(name: str, real: Open) -> None:
    """A touchpoint or stage that params give records to has some."""
    study, _ = real(name)
    found = set()
    for table in ("interactions", "responses", "feedback", "codings"):
        found |= set(study.query(f"SELECT DISTINCT touchpoint FROM {table} WHERE touchpoint IS NOT NULL")["touchpoint"])
    for stage in study.params.journey.stages:
        for t in stage.touchpoints:
            if t.match or t.questions or t.codes or t.feedback:
                assert t.name in found, f"{name}: {t.name}"


# --- Olist ------------------------------------------------------------------------------------------------------------


def test_olist_deals(real: Open) -> None:
    """842 of 8,000 leads won; by origin as published; 60 leads without one."""
    deals = real("olist_marketplace")[0].query("SELECT deal_id, stage, json_extract_string(properties, '$.origin') AS origin FROM deals")
    assert deals.loc[deals["stage"] == "lead", "deal_id"].nunique() == 8000 and deals.loc[deals["stage"] == "won", "deal_id"].nunique() == 842
    counts = deals.pivot_table(index="origin", columns="stage", values="deal_id", aggfunc="nunique").fillna(0).astype(int)
    published = {"paid_search": (195, 1586), "organic_search": (271, 2296), "social": (75, 1350), "unknown": (179, 1099), "direct_traffic": (56, 499),
                 "email": (15, 493), "referral": (24, 284)}
    found = {str(origin).replace(" ", "_"): (int(row["won"]), int(row["lead"])) for origin, row in counts.iterrows()}
    for origin, pair in published.items():
        assert found.get(origin, found.get(origin.removesuffix("_traffic"))) == pair, (origin, found)
    assert int(deals.loc[deals["stage"] == "lead", "origin"].isna().sum()) == 60
    # the sellers' own journey counts the same persons
    sellers = real("olist_sellers")[0]
    assert sellers.query("SELECT event, count(DISTINCT customer_id) AS n FROM interactions GROUP BY event").set_index("event")["n"].to_dict().items() >= {
        "deal: lead": 8000, "deal: won": 842}.items()
    sold = sellers.query("SELECT customer_id FROM interactions WHERE event = 'item sold' EXCEPT SELECT customer_id FROM interactions WHERE event = 'deal: won'")
    assert len(sold) == 0  # a seller's key was tied to the lead's


def test_olist_orders(real: Open) -> None:
    study, _ = real("olist_marketplace")
    counts = study.query("SELECT event, count(*) AS n, count(DISTINCT session_id) AS orders FROM interactions GROUP BY event").set_index("event")
    assert counts["n"].to_dict() == {"order placed": 20864, "payment approved": 20823, "handed to carrier": 20493, "delivered": 20253, "review written": 20795}
    assert counts.loc["order placed", "orders"] == 20864
    assert study.scalar("SELECT count(DISTINCT customer_id) FROM interactions WHERE event = 'order placed'") == 20702
    assert study.scalar("SELECT count(*) FROM (SELECT customer_id FROM interactions WHERE event = 'order placed' GROUP BY 1 HAVING count(*) > 1)") == 155
    status = study.query("SELECT json_extract_string(properties, '$.order_status') AS status, count(*) AS n FROM interactions "
                         "WHERE event = 'order placed' GROUP BY 1").set_index("status")["n"]
    assert round(100 * status["delivered"] / status.sum(), 2) == 97.07
    early = study.scalar("SELECT count(*) FROM interactions a JOIN interactions c USING (session_id) "
                         "WHERE a.event = 'payment approved' AND c.event = 'handed to carrier' AND c.occurred_at < a.occurred_at")
    assert early == 291


def test_olist_reviews(real: Open) -> None:
    """Shares of the scores; late orders score 2.565 (n 1,595), those on time 4.286 (n 18,617)."""
    study, _ = real("olist_marketplace")
    shares = study.query("SELECT score, count(*) AS n FROM responses GROUP BY score ORDER BY score")
    assert [round(100 * n / shares["n"].sum(), 2) for n in shares["n"]] == [11.40, 3.24, 8.49, 19.39, 57.48]
    without = 1 - study.scalar("SELECT count(*) FROM feedback") / 20795
    assert round(100 * without) == 59
    # the promised day is the shop's, and ends there when the day begins
    late = study.query("""
        SELECT d.occurred_at > (json_extract_string(d.properties, '$.estimated')::TIMESTAMP AT TIME ZONE 'America/Sao_Paulo') AS late,
               count(*) AS n, avg(json_extract_string(r.properties, '$.score')::DOUBLE) AS mean
        FROM interactions d JOIN interactions r ON r.session_id = d.session_id AND r.event = 'review written'
        WHERE d.event = 'delivered' GROUP BY 1""").set_index("late")
    assert {k: (int(v["n"]), round(v["mean"], 3)) for k, v in late.iterrows()} == {True: (1595, 2.565), False: (18617, 4.286)}


# --- GA4 --------------------------------------------------------------------------------------------------------------


def test_ga4_published_funnel(real: Open, shared: Path) -> None:
    """Every row a third party computed in BigQuery for the stored days: sessions, and shares with cart, checkout, purchase."""
    study, _ = real("ga4_merch_store")
    # the published shares are of sessions with the event on a day to sessions that began on it, not of a funnel
    visits, *goals = (f"count(DISTINCT session_id) FILTER (event = '{e}')" for e in ("session_start", "add_to_cart", "begin_checkout", "purchase"))
    row = ", ".join(f"json_extract_string(properties, '$.{n}') AS {n}" for n in ("campaign", "source", "medium"))
    found = study.query(f"""
        SELECT strptime(json_extract_string(properties, '$.event_date'), '%Y%m%d')::DATE::VARCHAR AS event_date, {row}, {visits} AS sessions,
               {', '.join(f'100.0 * {g} / {visits} AS {n}' for g, n in zip(goals, ('cart', 'checkout', 'purchase'), strict=True))}
        FROM interactions GROUP BY ALL HAVING sessions > 0""")
    published = pd.read_csv(shared / "data" / "ga4_merch_store" / "published_bigquery_funnel.csv", dtype={"event_date": str})
    days = set(found["event_date"])
    published = published[published["event_date"].isin(days)]
    assert days == {"2021-01-14", "2021-01-15", "2021-01-16", "2021-01-17"} and len(published) == len(found)
    both = published.merge(found, on=["event_date", "campaign", "source", "medium"], how="left")
    assert (both["sessions_start_count"] == both["sessions"]).all()
    for theirs, ours in (("visit_to_cart", "cart"), ("visit_to_checkout", "checkout"), ("visit_to_purchase", "purchase")):
        assert (both[theirs] - both[ours]).abs().max() < 1e-9
    totals = {k: round(float((both["sessions"] * both[k]).sum() / 100)) for k in ("cart", "checkout", "purchase")}
    assert int(both["sessions"].sum()) == 14320 and totals == {"cart": 579, "checkout": 240, "purchase": 123}


# --- the airport --------------------------------------------------------------------------------------------------------


def test_airport_scores(real: Open) -> None:
    study, report = real("sfo_airport_2017")
    row = study.query("SELECT count(*) AS n, count(*) FILTER (score >= 9) AS p, count(*) FILTER (score <= 6) AS d, sum(weight) AS w, "
                      "sum(weight) FILTER (score >= 9) AS wp, sum(weight) FILTER (score <= 6) AS wd FROM responses WHERE question_id = 'nps'").iloc[0]
    assert (row["n"], row["p"], row["d"]) == (2746, 1436, 342)
    assert round(100 * (row["p"] - row["d"]) / row["n"], 2) == 39.84
    assert round(100 * (row["wp"] - row["wd"]) / row["w"], 2) == 40.40
    means = study.query("SELECT question_id, count(*) AS n, round(avg(score), 4) AS mean FROM responses "
                        "WHERE question_id IN ('overall', 'food', 'art') GROUP BY 1").set_index("question_id")
    assert {k: (int(v["n"]), v["mean"]) for k, v in means.iterrows()} == {"overall": (2688, 4.0644), "food": (2421, 3.6154), "art": (2284, 3.9926)}
    comments = study.query("SELECT question_id, count(*) AS n FROM responses WHERE question_id LIKE 'comments%' GROUP BY 1").set_index("question_id")["n"]
    assert comments.to_dict() == {"comments_airport": 1943, "comments_safe": 1282, "comments_security": 495, "comments_problem": 364, "comments_clean": 192}
    assert comments.sum() == 4276
    assert report.sources[0]["rows_read"] == 2831


# --- loans, interviews, campaign ------------------------------------------------------------------------------------------


def test_loan_states(real: Open) -> None:
    study, report = real("bpic2012_loans")
    reached = study.query("SELECT event, count(DISTINCT customer_id) AS n FROM interactions GROUP BY event").set_index("event")["n"].to_dict()
    assert reached.items() >= {
        "A_SUBMITTED": 13087, "A_PARTLYSUBMITTED": 13087, "A_PREACCEPTED": 7367, "A_ACCEPTED": 5113, "A_FINALIZED": 5015, "O_SENT": 5015,
        "O_SENT_BACK": 3254, "A_APPROVED": 2246, "A_REGISTERED": 2246, "A_ACTIVATED": 2246, "A_DECLINED": 7635, "A_CANCELLED": 2807}.items()
    assert report.sources[0]["rows_read"] == 262200 and study.row_counts["interactions"] == 164506 and study.row_counts["customers"] == 13087
    ended = study.scalar("SELECT count(DISTINCT customer_id) FROM interactions WHERE event IN ('A_DECLINED', 'A_CANCELLED', 'A_ACTIVATED')")
    assert 13087 - ended > 0  # open cases stay open
    assert study.scalar("SELECT count(*) FROM customers WHERE json_extract_string(attributes, '$.AMOUNT_REQ') IS NULL") == 0


def test_interview_codings(real: Open, shared: Path) -> None:
    study, _ = real("pdpilot_interviews")
    by = study.query("SELECT document_id, count(*) AS n FROM codings WHERE coder = 'the authors' GROUP BY 1").set_index("document_id")["n"].to_dict()
    assert by == {"P1": 34, "P2": 43, "P3": 32, "P4": 41, "P5": 32, "P6": 30, "P7": 49}
    codes = study.query("SELECT b.name, count(*) AS n FROM codings c JOIN codebook b USING (code_id) WHERE coder = 'the authors' GROUP BY 1").set_index("name")["n"]
    published = pd.read_csv(shared / "data" / "pdpilot_interviews" / "code_system.csv").set_index("code")["frequency"]
    assert codes.to_dict() == published[published > 0].drop("Anonymize").to_dict()
    assert study.scalar("SELECT count(*) FROM codings WHERE start IS NOT NULL AND coder = 'the authors'") == 244
    second = study.query("SELECT DISTINCT coder, is_synthetic FROM codings ORDER BY coder")
    assert second.to_numpy().tolist() == [["second coder (synthetic)", True], ["the authors", False]]
    wrong = study.query("SELECT c.quote, d.text[c.start + 1 : c.\"end\"] AS there FROM codings c JOIN documents d USING (document_id) WHERE c.start IS NOT NULL")
    assert len(wrong) and (wrong["quote"] == wrong["there"]).all()
    # the synthetic file counts in another text than the transcripts and has no quotes: no place is invented for it
    assert study.scalar("SELECT count(*) FROM codings WHERE is_synthetic") == 195
    assert study.scalar("SELECT count(*) FROM codings WHERE start IS NOT NULL AND is_synthetic") == 0
    with pytest.raises(NotEnoughData, match="second coder"):
        coding.agreement(study)


def test_campaign_rates(real: Open) -> None:
    study, _ = real("hillstrom")
    rates = study.query("SELECT a.variant, m.metric, avg(m.value) AS mean, count(*) AS n FROM assignments a JOIN measurements m USING (experiment, unit_id) "
                        "WHERE m.period = 'post' GROUP BY ALL").pivot(index="variant", columns="metric", values="mean")
    assert [round(100 * rates.loc[v, "visit"], 2) for v in ("Mens E-Mail", "Womens E-Mail", "No E-Mail")] == [18.28, 15.14, 10.62]
    assert [round(100 * rates.loc[v, "conversion"], 2) for v in ("Mens E-Mail", "Womens E-Mail", "No E-Mail")] == [1.25, 0.88, 0.57]
    assert [round(rates.loc[v, "spend"], 2) for v in ("Mens E-Mail", "Womens E-Mail", "No E-Mail")] == [1.42, 1.08, 0.65]
    assert study.row_counts["assignments"] == 64000


# --- persons --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "file", "column"), [
    ("olist_marketplace", "olist_customers_dataset.csv.gz", "customer_unique_id"), ("olist_sellers", "olist_closed_deals_dataset.csv.gz", "seller_id")])
def test_no_raw_key_in_the_tables(name: str, file: str, column: str, real: Open, shared: Path) -> None:
    study, _ = real(name)
    raw = pd.read_csv(shared / "data" / "olist_marketplace" / file, dtype=str)[column].dropna().unique()
    study.engine.register("raw_keys", pd.DataFrame({"k": raw}))
    for table in study.build["tables"]:
        for c in TABLES[table].columns:
            if c.type == "text":
                assert study.scalar(f'SELECT count(*) FROM {table} t JOIN raw_keys r ON t."{c.name}" = r.k') == 0, f"{table}.{c.name}"


# --- what the first page says ------------------------------------------------------------------------------------------


def first_page(study: Study) -> Decisions:
    return compose(findings_of(study, by_persona=False), study.params)


def test_late_delivery_is_what_disappoints(real: Open) -> None:
    """Reviews of orders delivered after the promised time: 1,595 with a mean of 2.565, the others 18,617 with 4.286."""
    study, _ = real("olist_marketplace")
    found = comparison(study, "late_delivery")
    assert found.facts["counts"] == [1595, 18617] and found.facts["levels"] == pytest.approx([2.5649, 4.2855], abs=1e-4) and found.facts["p"] < 1e-6
    said = first_page(study)
    assert said.first is not None and said.first.touchpoint == "Delivery" and said.first.owner == "Logistics"
    assert said.answers[1].lead == "Late orders:" and "4.29" in said.answers[1].text and "1,595 against 18,617" in said.answers[1].certainty.words


def test_one_of_the_two_mailings_is_chosen(real: Open) -> None:
    study, _ = real("hillstrom")
    said = first_page(study)
    assert said.first is not None and said.first.title == "Send the men's e-mail"
    assert [a.lead for a in said.answers] == ["Yes: send the men's e-mail.", "The men's e-mail:"]
    assert said.answers[0].text.startswith("18 of 100 customers visit the shop with the men's e-mail, 15 with the women's e-mail and 11 without an e-mail")


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_answered_in_words_a_client_would_write(name: str, real: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page one, and the first sentence of every answer that it rests on."""
    study, _ = real(name)
    answers: list[Result] = []
    for step in ("_asked", "_load"):  # an answer is computed, or taken from the cache

        def told(*args: Any, ask: Any = getattr(cache, step)) -> Any:
            answers.append(found := ask(*args))
            return found

        monkeypatch.setattr(cache, step, told)
    said = first_page(study)
    assert len(said.answers) == len(study.params.questions) >= 2
    given = {s.name for s in study.params.journey.stages} | {t.name for s in study.params.journey.stages for t in s.touchpoints}
    given |= {s.name for f in study.params.funnels for s in f.steps} | {q.text for s in study.params.sources for q in s.questions if q.text}
    assert {s: f for s in said.sentences if (f := faults(s, given))} == {}
    firsts = {a.sentences[0] for a in answers if a is not None and a.sentences}
    assert len(firsts) >= 2 and {s: f for s in firsts if (f := faults(s, given))} == {}
    assert all(a.known or (a.lead.startswith("The data cannot say") and a.needed) for a in said.answers)
