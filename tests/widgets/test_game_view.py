"""The guessing game's view, without a browser."""

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.attacks import Shadow
from leaklab.course.game import Game
from leaklab.data import load_patients
from leaklab.widgets.game import GuessingGame


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
    assert table.view is table.view
    assert "Patient 1 of 12" in table.asked.value and "No score yet" in table.said.value
    before = table.shown.value
    table.member.click()
    last = table.state.turns[-1]
    assert last.said is True and table.shown.value != before
    assert ("<b>member</b>.<br>" in table.ended.value) is last.member
    table.other.click()
    assert table.state.turns[-1].said is False and "of 2 right" in table.said.value
    assert "Exact sign test" not in table.said.value, "no verdict before the end"
    while not table.state.over:
        table.member.click()
    table.member.click()  # a click that comes late
    assert "Exact sign test" in table.said.value and "All 12 patients judged" in table.asked.value
    assert table.member.disabled and table.other.disabled and not table.again.disabled
    table.again.click()
    assert "Patient 1 of 12" in table.asked.value and not table.member.disabled and table.again.disabled


def test_the_end_names_the_winner(table):
    """This model betrays every member: whoever is always wrong loses, whoever knows is not told apart."""
    for cheat, words in ((False, "The attack beat you"), (True, "No winner")):
        while not table.state.over:
            member = bool(table.state._member[len(table.state.turns)])
            table.state.guess(member if cheat else not member)
        assert words in table.words()
        table.state.again()


def test_the_truth_is_not_told_before_the_guess(table):
    now = table.state.round
    assert table.outcome() == "Was this patient in the training data?"
    assert "member" not in table.patient() and f"{now.probability:.0%}" in table.patient()


def test_it_says_when_patients_run_out(table):
    assert table.view
    for _ in range(20):
        while not table.state.over:
            table.state.guess(True)
        table.again.click()
    assert "unused patients remain" in table.refusal.value and table.refusal.layout.display is None


def test_every_control_has_a_description_and_a_tooltip(table):
    assert table.view
    for button in (table.member, table.other, table.again):
        assert button.description and button.tooltip
