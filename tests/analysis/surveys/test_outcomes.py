"""Outcomes by group: a telecom's churn by contract, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from cjm_research.analysis.surveys import outcomes
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.results.evidence import agrees, recompute
from cjm_research.results.subjects import CustomerOutcome
from tests.analysis.surveys.made import people
from tests.studies import interactions, make_study

LEFT = {"name": "left", "title": "customers who left", "when": {"attributes.Churn": "Yes"}, "by": ["attributes.Contract"]}


def test_churn_by_contract(shared: Path, tmp_path: Path) -> None:
    raw = pd.read_csv(shared / "data" / "telco_churn_ibm" / "Telco-Customer-Churn.csv")
    study = make_study(tmp_path, {"customers": people(Churn=raw["Churn"].tolist(), Contract=raw["Contract"].tolist())}, outcomes=[{**LEFT, "stage": "Stay"}],
                       journey={"stages": [{"name": "Stay"}]})
    result = outcomes(study)
    frame = result["outcomes"].set_index("group")
    assert frame.loc["everybody", "value"] == pytest.approx(0.265, abs=0.0005) and frame.loc["everybody", "base"] == len(raw)
    table = pd.crosstab(raw["Contract"], raw["Churn"])
    for contract, row in table.iterrows():
        assert (frame.loc[contract, "n"], frame.loc[contract, "base"]) == (row["Yes"], row.sum())
        assert (frame.loc[contract, "low"], frame.loc[contract, "high"]) == pytest.approx(proportion_confint(row["Yes"], row.sum(), method="wilson"))
    assert frame.loc["One year", "p"] == pytest.approx(chi2_contingency(table, correction=False).pvalue) and frame.loc["Month-to-month", "letters"] == "BC"
    finding, *parts = result.findings
    assert [f.estimate.value for f in parts if f.estimate and f.lane == "outcomes" and f.stage == "Stay"] == frame["value"].tolist()[1:]
    assert finding.lane == "outcomes" and finding.stage == "Stay" and finding.estimate is not None
    assert agrees(finding.estimate, *recompute(study, finding.evidence[0], "share"))


def test_every_group_is_a_finding_with_its_rows(shared: Path, tmp_path: Path) -> None:
    raw = pd.read_csv(shared / "data" / "telco_churn_ibm" / "Telco-Customer-Churn.csv")
    study = make_study(tmp_path, {"customers": people(Churn=raw["Churn"].tolist(), Contract=raw["Contract"].tolist())}, outcomes=[LEFT])
    found = {f.subject.group: f for f in outcomes(study).findings if isinstance(f.subject, CustomerOutcome)}
    assert set(found) == {"", *raw["Contract"]} and all(f.lane is None for f in found.values())  # no stage: told, but in no cell of the map
    for group, f in found.items():
        own = raw[raw["Contract"] == group] if group else raw
        assert f.estimate is not None and (f.estimate.n, f.estimate.base) == ((own["Churn"] == "Yes").sum(), len(own))
        assert agrees(f.estimate, *recompute(study, f.evidence[0], "share"))


def test_an_outcome_by_events_gives_everybody_the_same_time(tmp_path: Path) -> None:
    # by hand, day of the first event, day of the order: a 1 → 3 yes; b 1 → 9 too late; c 1, none; d 8 → 9 observed for 2 days only
    days = {"c00000": (1, 3), "c00001": (1, 9), "c00002": (1, None), "c00003": (8, 9)}
    rows = [(who, "visit", f"2026-03-{a:02d}T10:00:00") for who, (a, _) in days.items()] + [(who, "order", f"2026-03-{b:02d}T10:00:00") for who, (_, b) in days.items() if b] + [("c00002", "visit", "2026-03-10T10:00:00")]
    tables = {"interactions": interactions(*rows), "customers": people(Contract=["a", "a", "b", "b"])}
    ordered = {"name": "ordered", "event": {"event": "order"}}
    found = outcomes(make_study(tmp_path / "within", tables, outcomes=[{**ordered, "within": "5d"}]))
    assert found["outcomes"][["n", "base"]].to_numpy().tolist() == [[1, 3]] and any("1 of 4 customers were observed for less than" in c for c in found.caveats)
    ever = outcomes(make_study(tmp_path / "ever", tables, outcomes=[ordered]))
    assert ever["outcomes"][["n", "base"]].to_numpy().tolist() == [[3, 4]] and any("less time" in c for c in ever.caveats)
    among = outcomes(make_study(tmp_path / "among", tables, outcomes=[{**ordered, "among": {"attributes.Contract": "b"}}]))
    assert among["outcomes"][["n", "base"]].to_numpy().tolist() == [[1, 2]]
    study = make_study(tmp_path / "alone", {"interactions": tables["interactions"]}, outcomes=[ordered])  # no list of customers is needed
    f = outcomes(study).findings[0]
    assert f.estimate is not None and f.estimate.base == 4 and agrees(f.estimate, *recompute(study, f.evidence[0], "share"))


def test_what_the_company_does_begins_nobodys_time(tmp_path: Path) -> None:
    """c00000 is written to on day 1 and comes on day 6; c00001 is only written to; c00002 comes on day 2 and gets a refund, by the company, on day 4."""
    rows = [("c00000", "email_sent", "2026-03-01T10:00:00"), ("c00000", "visit", "2026-03-06T10:00:00"), ("c00000", "order", "2026-03-09T10:00:00"),
            ("c00001", "email_sent", "2026-03-01T10:00:00"), ("c00002", "visit", "2026-03-02T10:00:00"), ("c00002", "shipped", "2026-03-04T10:00:00"), ("c00002", "visit", "2026-03-20T10:00:00")]
    tables = {"interactions": interactions(*rows)}
    asked = [{"name": "ordered", "event": {"event": "order"}, "within": "5d"}, {"name": "got it", "event": {"event": "shipped"}}]
    assert outcomes(make_study(tmp_path, tables, outcomes=asked))["outcomes"][["n", "base"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def test_of_many_groupings_one_differs_by_chance(tmp_path: Path) -> None:
    """Each grouping by itself against scipy; what the first page reads is Holm's, by statsmodels. Where nothing differs, hardly a set of ten says so."""
    said = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        columns = {f"g{k}": rng.choice(["a", "b", "c"], 300).tolist() for k in range(10)}
        who = people(Churn=rng.choice(["Yes", "No"], 300, p=[0.3, 0.7]).tolist(), **columns)
        result = outcomes(make_study(tmp_path / str(seed), {"customers": who}, outcomes=[{**LEFT, "by": [f"attributes.{c}" for c in columns]}]))
        read = {f.subject.by: f.subject.p for f in result.findings if isinstance(f.subject, CustomerOutcome) and f.subject.by}
        alone = result["outcomes"].dropna(subset="p").drop_duplicates("by").set_index("by")["p"]
        assert [read[by] for by in alone.index] == pytest.approx(multipletests(alone.to_numpy(), method="holm")[1].tolist())
        said += min(read.values()) < 0.05
    assert said <= 6  # 2 of 40 are expected; without the correction about 16


def test_who_says_nothing_is_in_no_base_and_small_groups_are_not_shown(tmp_path: Path) -> None:
    who = people(Churn=["Yes", "No", None, "Yes"] * 20 + ["Yes"] * 3, Contract=(["a", "b"] * 40) + ["c"] * 3)
    result = outcomes(make_study(tmp_path, {"customers": who}, outcomes=[LEFT]))
    frame = result["outcomes"].set_index("group")
    assert frame.loc["everybody", "base"] == 63 and "c" not in frame.index and any("fewer than 5 customers" in c for c in result.caveats)
    among = outcomes(make_study(tmp_path / "b", {"customers": who}, outcomes=[{**LEFT, "among": {"attributes.Contract": "a"}, "by": []}]))["outcomes"]
    assert among["base"].tolist() == [20]


def test_refusals(tmp_path: Path) -> None:
    who = people(Churn=["Yes", "No"], Contract=["a", "b"])
    for changed, said in (({"when": {"attributes.Chrun": "Yes"}}, "Churn"), ({"by": ["attributes.Kontrakt"]}, "Kontrakt"), ({"when": {"event": "x"}}, "no attribute"), ({"stage": "Nowhere"}, "no stage")):
        with pytest.raises(BadInput, match=said):
            outcomes(make_study(tmp_path / said.replace(" ", ""), {"customers": who}, outcomes=[{**LEFT, **changed}]))
    with pytest.raises(NotEnoughData):
        outcomes(make_study(tmp_path / "none", {"customers": who}))
