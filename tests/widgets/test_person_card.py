"""The card of one person, without a browser."""

import ipywidgets as widgets
import numpy as np
import pytest
from course_states import LONELY, lonely_turns

from leaklab.course.card import Card
from leaklab.widgets.person import PersonCard


@pytest.fixture(scope="module")
def turns():
    return lonely_turns()


@pytest.fixture
def card(turns):
    return PersonCard(Card(turns, {"lonely": LONELY, "crowd": ~LONELY}, rng=0))


def test_the_words_are_what_is_found(card):
    for group in ("lonely", "crowd"):
        card.state.pick(group)
        words, found, row = card.words(), card.state.found, card.state.row
        assert ("<b>shown to be exposed" in words) is (group == "lonely")
        assert f"<b>{found.advantage[row]:.2f}</b> [{found.low[row]:.2f}, {found.high[row]:.2f}]" in words
        assert ("<b>not in the training data" in words) is not card.state.person().member


def test_fewer_shadow_models_give_another_picture_on_the_same_axis(card):
    before, axis = card.words(), card.figure().axes[0].get_xlim()
    card.state.use(8)
    assert "With 8 shadow models" in card.words() != before
    assert card.figure().axes[0].get_xlim() == axis


def test_with_too_few_it_says_nothing_yet(card):
    card.state.use(8)
    shadows = card.state.trial.trained_on[1:9]
    card.state.row = int(np.flatnonzero(np.minimum(shadows.sum(axis=0), (~shadows).sum(axis=0)) < 3)[0])
    assert "nothing yet" in card.words() and "too few shadow models" in card.words()


def test_the_view_follows_its_controls(card):
    (picker, shadows, words, image) = card.view.children[0].children
    group, another = picker.children
    assert isinstance(shadows, widgets.SelectionSlider) and shadows.description == "Shadow models"
    assert group.description == "Pick from" and bytes(image.value).startswith(b"\x89PNG")
    before = image.value
    shadows.value = 16
    assert card.state.shadows == 16 and words.value == card.words() and image.value != before
    group.value = "crowd"
    assert card.state.group == "crowd" and words.value == card.words()
    rows = set()
    for _ in range(6):
        another.click()
        rows.add(card.state.row)
    assert len(rows) > 1
