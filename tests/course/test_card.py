"""The card of one person: who is picked, what is found of them, and what they had."""

from dataclasses import replace

import numpy as np
import pytest
from course_states import LONELY, lonely_turns

from leaklab.course.card import Card
from leaklab.experiments.turns import Turns
from leaklab.metrics import exposure


@pytest.fixture(scope="module")
def turns():
    return lonely_turns()


@pytest.fixture
def card(turns):
    return Card(turns, {"lonely": LONELY, "crowd": ~LONELY}, rng=0)


def test_it_tells_of_the_lonely_and_not_of_the_crowd(card):
    for _ in range(8):
        card.pick("lonely")
        assert LONELY[card.row] and card.marked[card.row]
        assert card.person().says_member is card.person().member
    for _ in range(8):
        card.pick("crowd")
        assert not LONELY[card.row] and not card.marked[card.row]


def test_the_exposure_is_the_measured_one(card, turns):
    found = exposure(turns.scores("LiRA"), turns.trained_on)
    assert np.array_equal(card.found.advantage, found.advantage)
    assert card.person().member == turns.trained_on[0, card.row]


def test_a_person_with_several_records_is_one_person(turns):
    twice = np.repeat(np.arange(200), 2)
    both = Turns(turns.trained_on[:, twice], turns.label[twice], turns.answers[:, twice], person=twice)
    card, same = (Card(one, {"lonely": LONELY, "crowd": ~LONELY}, rng=0) for one in (turns, both))
    assert card.person().score == same.person().score and np.array_equal(card.marked, same.marked)


def test_the_outcome_is_called_as_the_data_call_it(turns):
    third = replace(turns, label=np.full(200, 2), answers=np.repeat(turns.answers, 2, axis=2) / 2)
    for classes, outcome in (((), "2"), (("A", "B", "C", "D"), "C")):
        assert Card(replace(third, classes=classes), {"all": LONELY}, rng=0).outcome == outcome


def test_it_refuses_what_it_does_not_have(card, turns):
    with pytest.raises(ValueError, match="group='loud'"):
        card.pick("loud")
    with pytest.raises(ValueError, match="shadows=9"):
        card.use(9)
    with pytest.raises(ValueError, match="groups='nobody'"):
        Card(turns, {"nobody": np.zeros(200, bool)}, rng=0)
    with pytest.raises(ValueError, match="turns=5: must hold"):
        Card(replace(turns, trained_on=turns.trained_on[:5], answers=turns.answers[:5]), {"all": LONELY}, rng=0)


def test_it_opens_on_somebody_whose_verdict_turns():
    """Not called a member with 16 shadow models or fewer, and called one with any number beyond."""
    turns, seen = lonely_turns(apart=2.5), set()
    for seed in range(8):
        card = Card(turns, {"lonely": LONELY, "crowd": ~LONELY}, rng=seed)
        says = {count: card.person(count).says_member for count in card.counts}
        assert card.shadows == 16 and says == {count: count > 16 for count in card.counts}
        assert card.person().member and LONELY[card.row]
        seen.add(card.row)
    assert len(seen) > 1, "the seed decides"


def test_where_nobodys_verdict_turns_anybody_is_picked(turns):
    assert Card(turns, {"crowd": np.arange(200) == 77}, rng=0).row == 77


def test_the_truth_is_told_until_the_next_is_picked(card):
    assert not card.told
    card.tell()
    card.use(64)
    assert card.told
    card.pick("crowd")
    assert not card.told
