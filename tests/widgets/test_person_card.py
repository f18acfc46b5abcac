"""The card of one person, without a browser."""

import ipywidgets as widgets
import numpy as np
import pytest

from leaklab.experiments.turns import Turns
from leaklab.metrics import exposure
from leaklab.widgets.person import PersonCard

PNG = b"\x89PNG"
LONELY = np.arange(200) < 20


@pytest.fixture(scope="module")
def turns():
    rng = np.random.default_rng(1)
    trained_on = rng.random((65, 200)) < 0.5
    ill = 1 / (1 + np.exp(-rng.normal(np.where(LONELY, 6, 0) * trained_on, 1)))
    return Turns(trained_on, np.ones(200, int), np.stack([1 - ill, ill], axis=2))


@pytest.fixture
def card(turns):
    return PersonCard(turns, {"lonely": LONELY, "crowd": ~LONELY}, rng=0)


def test_it_tells_of_the_lonely_and_not_of_the_crowd(card):
    for _ in range(8):
        card.pick("lonely")
        assert LONELY[card.row] and "<b>shown to be exposed" in card.words()
        assert card.person().says_member is card.person().member
    for _ in range(8):
        card.pick("crowd")
        assert not LONELY[card.row] and "not shown to be exposed" in card.words()


def test_the_truth_and_the_exposure_are_the_measured_ones(card, turns):
    found = exposure(turns.scores("LiRA"), turns.trained_on)
    for _ in range(5):
        card.pick("crowd")
        words = card.words()
        assert (f"<b>{found.advantage[card.row]:.2f}</b> [{found.low[card.row]:.2f}, {found.high[card.row]:.2f}]"
                in words)
        assert ("<b>not in the training data" in words) is not turns.trained_on[0, card.row]


def test_a_person_with_several_records_is_one_person(turns):
    twice = np.repeat(np.arange(200), 2)
    both = Turns(turns.trained_on[:, twice], turns.label[twice], turns.answers[:, twice], person=twice)
    card, same = (PersonCard(one, {"lonely": LONELY, "crowd": ~LONELY}, rng=0) for one in (turns, both))
    assert card.words() == same.words() and np.array_equal(card.marked, same.marked)


def test_fewer_shadow_models_give_another_picture_on_the_same_axis(card):
    card.pick("lonely")
    before, axis = card.words(), card.figure().axes[0].get_xlim()
    card.use(8)
    assert "With 8 shadow models" in card.words() != before
    assert card.figure().axes[0].get_xlim() == axis


def test_with_too_few_it_says_nothing_yet(card):
    card.use(8)
    shadows = card.trial.trained_on[1:9]
    rows = np.flatnonzero(np.minimum(shadows.sum(axis=0), (~shadows).sum(axis=0)) < 3)
    card.row = int(rows[0])
    assert "nothing yet" in card.words() and "too few shadow models" in card.words()


def test_it_refuses_what_it_does_not_have(card, turns):
    with pytest.raises(ValueError, match="group='loud'"):
        card.pick("loud")
    with pytest.raises(ValueError, match="shadows=9"):
        card.use(9)
    with pytest.raises(ValueError, match="groups='nobody'"):
        PersonCard(turns, {"nobody": np.zeros(200, bool)}, rng=0)
    with pytest.raises(ValueError, match="turns=5: must hold"):
        PersonCard(Turns(turns.trained_on[:5], turns.label, turns.answers[:5]), {"all": LONELY}, rng=0)


def test_the_view_follows_its_controls(card):
    (picker, shadows, words, image) = card.view.children
    group, another = picker.children
    assert isinstance(shadows, widgets.SelectionSlider) and shadows.description == "Shadow models"
    assert group.description == "Pick from" and bytes(image.value).startswith(PNG)
    before = image.value
    shadows.value = 16
    assert card.shadows == 16 and words.value == card.words() and image.value != before
    group.value = "crowd"
    assert card.group == "crowd" and words.value == card.words()
    row = card.row
    for _ in range(5):
        another.click()
    assert card.row != row or len(card.groups["crowd"]) == 1
