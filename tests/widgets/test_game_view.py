"""The guessing game's view, without a browser."""

import asyncio

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
    table = GuessingGame(Game(access, members, others, knowledge=shadow, rounds=12, rng=0))
    assert table.view is table.view
    return table


def played(table, guess):
    """A round by its buttons."""
    for button in (guess, table.reveal, table.next):
        button.click()


def on(table):
    """The buttons that can be pressed."""
    return [one.description for one in (table.member, table.other, table.reveal, table.undo, table.next)
            if not one.disabled]


def test_the_truth_comes_first_and_then_the_next_patient(table):
    assert "Patient 1 of 12" in table.readout.said and "No score yet" in table.readout.words
    assert on(table) == ["● Member", "○ Not a member"]
    table.member.click()
    assert "You say: member" in table.readout.said and on(table) == ["Reveal the truth", "Undo"]
    assert not table.state.turns and "No score yet" in table.readout.words
    patient = table.readout.words.split("No score")[0]
    table.reveal.click()
    last = table.state.turns[0]
    assert ("<b>member</b></div>" in table.readout.said) is last.member and on(table) == ["Next"]
    assert patient in table.readout.words, "the patient of whom it is the truth stays"
    assert "of 1 right" in table.readout.words
    table.next.click()
    assert "Patient 2 of 12" in table.readout.said and patient not in table.readout.words


def test_a_guess_is_taken_back_before_the_truth(table):
    table.member.click()
    table.undo.click()
    assert "Patient 1 of 12" in table.readout.said and on(table) == ["● Member", "○ Not a member"]
    played(table, table.other)
    assert [turn.said for turn in table.state.turns] == [False]


def test_a_double_click_judges_nobody_unseen(table):
    for button in (table.member, table.reveal, table.next) * 3:
        button.click()
        button.click()
        assert table.readout.fault == ""
    assert len(table.state.turns) == 3 and table.state.step == "ask"


def test_of_twenty_fast_clicks_one_counts_and_they_cost_no_pictures(table):
    async def clicks():
        for _ in range(20):
            table.other.click()
        assert len(table.state.turns) == 0 and table.state.said is False
        for _ in range(20):
            table.reveal.click()
        assert len(table.state.turns) == 1
        await asyncio.sleep(0.4)
        assert "1 of 1" in table.readout.picture

    drawn = []
    picture = table.picture
    table.picture = lambda: drawn.append(1) or picture()
    asyncio.run(clicks())
    assert len(drawn) <= 3 and table.readout.fault == ""


def test_the_verdict_comes_at_the_end(table):
    while True:
        table.member.click()
        assert "sign test" not in table.readout.words + table.readout.said
        table.reveal.click()
        if table.state.over:
            break
        table.next.click()
    assert "Exact sign test" in table.readout.words and "Patient 12 of 12" in table.readout.said
    assert on(table) == [] and not table.rounds.disabled
    table.again.click()
    assert "Patient 1 of 12" in table.readout.said and on(table) == ["● Member", "○ Not a member"]


def test_rounds_are_chosen_before_a_game_not_in_it(table):
    assert list(table.rounds.options) == [5, 10, 12, 20] and not table.rounds.disabled
    table.rounds.value = 5
    assert "Patient 1 of 5" in table.readout.said
    table.member.click()
    assert table.rounds.disabled
    table.reveal.click()
    assert table.rounds.disabled
    table.again.click()
    assert "Patient 1 of 5" in table.readout.said and not table.rounds.disabled, "start over, at any time"


def test_the_focus_goes_along(table, monkeypatch):
    where = []
    for one in (table.member, table.reveal, table.next, table.again):
        monkeypatch.setattr(type(one), "focus", lambda self: where.append((self.description, self.disabled)))
    table.refresh()
    assert where == [], "the page keeps its focus until somebody plays"
    for _ in range(12):
        played(table, table.other)
    assert where[:4] == [("Reveal the truth", False), ("Next", False), ("● Member", False), ("Reveal the truth", False)]
    assert where[-1] == ("Again", False)


@pytest.mark.parametrize("cheat, words", [(False, "The attack beat you"), (True, "No winner")])
def test_the_end_names_the_winner(table, cheat, words):
    """This model betrays every member: whoever is always wrong loses, whoever knows is not told apart."""
    while not table.state.over:
        member = bool(table.state._member[len(table.state.turns)])
        assert words not in table.said()
        table.state.guess(member if cheat else not member)
    assert words in table.said() and words in table.still().data


def test_the_truth_is_not_told_before_the_guess(table):
    now = table.state.round
    for _ in range(2):
        html = table.readout.said + table.readout.words
        assert "the attack said" not in html and "●" not in html and f"{now.probability:.0%}" in html
        assert "leaklab-verdict" not in html and table.readout.picture == ""
        table.member.click()


def test_it_says_when_patients_run_out(table):
    for _ in range(20):
        table.again.click()
    assert "unused patients remain" in table.readout.fault
    assert table.state.step == "ask", "this game goes on"


def test_every_control_has_a_description_and_a_tooltip(table):
    for row in table.view.children[0].children:
        for one in row.children:
            assert one.description and one.tooltip
