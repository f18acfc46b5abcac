"""The guessing game's view, without a browser."""

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.attacks import Shadow
from leaklab.course.game import Game
from leaklab.data import load_patients
from leaklab.widgets.game import GuessingGame
from leaklab.widgets.patient import FIELDS, answers


@pytest.fixture
def table():
    """Against a model that is sure of its members' labels, and undecided about everybody else."""
    people = load_patients("synthetic").deduplicate().sample(200, rng=0)
    members, others = people.split(100, rng=0)
    known = {row.tobytes(): label for row, label in zip(members.x, members.label, strict=True)}

    def answer(x):
        p = np.array([0.05 + 0.9 * known[row.tobytes()] if row.tobytes() in known else 0.5 for row in x])
        return np.stack([1 - p, p], axis=1)

    access = BlackBox(answer, inputs=(people.x.shape[1],), classes=2)
    shadow = Shadow(access, people.x, people.label, people.features.index.isin(members.features.index))
    return GuessingGame(Game(access, members, others, knowledge=shadow, rounds=12, rng=0))


def test_buttons_play_a_game_to_its_end(table):
    box = table.view and table._view_parts
    assert table.view is table.view
    assert "Patient 1 of 12" in box.patient.value and "No score yet" in box.words.value
    before = box.image.value
    box.member.click()
    last = table.game.turns[-1]
    assert last.said is True and box.image.value != before
    assert ("<b>member</b>.<br>" in box.outcome.value) is last.member
    box.other.click()
    assert table.game.turns[-1].said is False and "of 2 right" in box.words.value
    assert "Exact sign test" not in box.words.value, "no verdict before the end"
    while not table.game.over:
        box.member.click()
    assert "Exact sign test" in box.words.value and "All 12 patients judged" in box.patient.value
    assert box.member.disabled and box.other.disabled and not box.again.disabled
    box.again.click()
    assert "Patient 1 of 12" in box.patient.value and not box.member.disabled and box.again.disabled


def test_the_end_names_the_winner(table):
    """This model betrays every member: whoever is always wrong loses, whoever knows is not told apart."""
    for cheat, words in ((False, "The attack beat you"), (True, "No winner")):
        while not table.game.over:
            member = bool(table.game._member[len(table.game.turns)])
            table.guess(member if cheat else not member)
        assert words in table.words()
        table.again()


def test_the_truth_is_not_told_before_the_guess(table):
    now = table.game.round
    assert table.outcome() == "Was this patient in the training data?"
    assert "member" not in table.patient() and f"{now.risk:.0%}" in table.patient()


def test_it_says_when_patients_run_out(table):
    for _ in range(20):
        while not table.game.over:
            table.guess(True)
        table.again()
    assert "did not come yet" in table.patient()


def test_every_control_has_a_description_and_a_tooltip(table):
    parts = table.view and table._view_parts
    for button in (parts.member, parts.other, parts.again):
        assert button.description and button.tooltip


def test_answers_are_the_forms_own_words():
    patients = load_patients("synthetic")
    for at in np.linspace(0, len(patients) - 1, 20).astype(int):
        said = answers(patients.take([at]))
        assert list(said) == [name for name, _ in FIELDS.values()]
        assert said["Body mass index"] == str(int(patients.features["BMI"].iloc[at]))
