"""The rule in words assigns as the tree does, also where something is unknown."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from cjm_research.analysis.personas.rule import assign, assign_frame, fit_rule, rule_frame, sentence

from .populations import shoppers

TREE = {"feature": "attributes.age", "below": 40.0, "persona": "Young", "n": 100, "right": 60,
        "yes": {"feature": "attributes.channel", "is": "app", "persona": "Young", "n": 60, "right": 55,
                "yes": {"persona": "Young", "n": 50, "right": 48}, "no": {"persona": "Old", "n": 10, "right": 7}},
        "no": {"persona": "Old", "n": 40, "right": 39}}


def test_the_rule_finds_the_segments_and_says_how_often() -> None:
    frame, truth = shoppers(np.random.default_rng(1), 600)
    persona = np.array(["Ann", "Ben", "Cleo", "Dan"], object)[truth]
    rule = fit_rule(frame, list(persona), seed=3)
    again = assign_frame(rule.tree, frame)
    assert (again == persona).mean() >= (rule.accuracy.value or 0) > 0.85
    assert rule.baseline == pytest.approx(np.bincount(truth).max() / 600)
    assert rule.accuracy.base == 600 and (rule.accuracy.low or 0) < (rule.accuracy.value or 0) < (rule.accuracy.high or 1)
    # a peer: the same tree cross-validated by scikit-learn on its own folds
    x = frame.assign(channel=frame["channel"].factorize()[0], club=(frame["club"] == "yes").astype(int)).to_numpy(float)
    peer = cross_val_score(DecisionTreeClassifier(max_depth=4, max_leaf_nodes=8, random_state=0), x, persona, cv=5).mean()
    assert rule.accuracy.value == pytest.approx(peer, abs=0.05)
    for record, said in zip(frame.head(50).to_dict("records"), again[:50], strict=True):
        assert assign(rule.tree, record) == (said, [])
    leaves = rule_frame(rule.tree, lambda n: n)
    assert leaves["base"].sum() == 600 and leaves["n"].sum() == (again == persona).sum()


def test_unknown_features_follow_both_answers() -> None:
    assert assign(TREE, {"attributes.age": 30, "attributes.channel": "app"}) == ("Young", [])
    assert assign(TREE, {"attributes.age": "55"}) == ("Old", [])
    assert assign(TREE, {"attributes.age": 30}) == (None, ["attributes.channel"])
    assert assign(TREE, {"attributes.channel": "web"}) == ("Old", ["attributes.age"])  # either way the same
    assert assign(TREE, {"attributes.age": "unknown", "attributes.channel": "app"})[0] is None
    assert assign({"persona": "Only", "n": 3, "right": 3}, {}) == ("Only", [])


def test_conditions_become_one_sentence() -> None:
    frame = rule_frame(TREE, lambda n: n.split(".")[1])
    assert frame["rule"].tolist() == ["age above 40", "age up to 40 and channel is not app", "age up to 40 and channel is app"]
    assert frame["value"].tolist() == pytest.approx([39 / 40, 7 / 10, 48 / 50])
    assert sentence([("x", "above", 3.0), ("x", "at most", 8.0), ("x", "above", 5.0)], str) == "x above 5 up to 8"
    assert sentence([("c", "is not", "a"), ("c", "is not", "b")], str) == "c is not a or b"
    assert sentence([], str) == "everybody"
