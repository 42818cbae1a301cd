"""What to do first and what then, and when to be silent."""

from __future__ import annotations

from cjm_research.decisions import compose

from .made import chance, leaves, params, says, survey, verdict

PAINFUL = [leaves("Counter", 400, 1000), survey("Counter", 60, 100), says("Counter", "slow", 9)]


def test_the_first_step_has_three_numbers_of_three_sources_and_an_owner() -> None:
    first = compose([*PAINFUL, chance("Counter")], params()).first
    assert first is not None
    assert [(r.source, r.value, r.of) for r in first.why] == [("What people do", "40", "of 100"), ("What they answer", "60", "of 100"), ("What they say", "9", "of 12")]
    assert (first.title, first.owner, first.review, first.agree) == ("Mend it", "Ann", "30 September 2026", "three sources agree")
    assert (first.worth, first.certainty.dots) == ("up to 400 customers", 2), "nobody has tried the remedy"


def test_a_test_that_was_won_names_the_action_and_is_sure() -> None:
    first = compose([*PAINFUL, chance("Counter"), verdict(worth=(40.0, 20.0, 60.0), worth_unit="customers", worth_of=400)], params()).first
    assert first is not None
    assert (first.title, first.certainty.drawn, first.certainty.words) == ("Build the new counter", "●●●", "tested with 800 customers")
    assert first.worth == "40 more customers buy in 30 days" and first.worth_says == "(20 to 60, from 400 customers there)"
    assert first.sure.startswith("10 more of 100 (5 to 15) buy.")


def test_an_effect_too_good_to_be_true_is_said_beside_it() -> None:
    first = compose([*PAINFUL, chance("Counter"), verdict(doubtful=(("bought", 0.53),))], params()).first
    assert first is not None and first.warning == "Check the bought figure (+53\u202f%) before you quote it: too good to be true." and first.certainty.dots == 2


def test_what_was_tried_in_vain_is_not_proposed_again() -> None:
    said = compose([*PAINFUL, chance("Counter"), verdict("do not ship")], params())
    assert said.first is None and not any(s.touchpoint == "Counter" for s in said.then)


def test_what_is_asked_goes_before_what_weighs_more() -> None:
    heavy = [leaves("Shelf", 4000, 5000), survey("Shelf", 70, 100, rank=1), says("Shelf", "dark", 11), chance("Shelf", "How might we light it?", proposed=True)]
    found = [*PAINFUL, chance("Counter"), *heavy]
    asked = params(questions=[{"ask": "What about the counter?", "about": "Counter"}])
    assert [compose(found, p).first.touchpoint for p in (params(), asked)] == ["Shelf", "Counter"]  # type: ignore[union-attr]


def test_it_is_silent_where_only_behaviour_speaks() -> None:
    said = compose([leaves("Counter", 900, 1000), chance("Counter")], params())
    assert said.first is None and said.then == ()
    assert said.silent == "No first step is named: only what people do is known. Ask customers at Counter before you change anything."


def test_it_is_silent_where_nothing_is_known_or_all_is_thin() -> None:
    for found in ([], [chance("Counter")], [chance("Counter"), survey("Counter", 12, 15), leaves("Counter", 5, 9)], [chance("Counter"), survey("Counter", 10, 100)]):
        said = compose(found, params())
        assert said.first is None and said.silent.startswith("No first step is named"), found


def test_one_loud_source_of_peoples_own_word_is_a_first_step_with_one_dot() -> None:
    said = compose([survey("Counter", 300, 500), chance("Counter")], params())
    assert said.first is not None and said.first.certainty.drawn == "●○○" and said.first.certainty.words == "one source, untested"
    assert compose([survey("Counter", 30, 50), chance("Counter")], params()).first is None, "50 answers are not loud"


def test_what_is_shipped_already_is_not_done_again() -> None:
    done = params(opportunities=[{"name": "How might we mend it?", "touchpoint": "Counter", "status": "shipped"}], experiments=[])
    assert compose([*PAINFUL, chance("Counter")], done).first is None
