"""Guess against the attack: what is counted, against what can be counted by hand."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklab.access import BlackBox
from leaklab.attacks import Shadow, Threshold
from leaklab.course.game import Game, Score, Turn
from leaklab.data import load_patients
from leaklab.metrics import Rate


def knowing(records):
    """A model sure of the label of some records, and undecided about any other."""
    known = {row.tobytes(): label for row, label in zip(records.x, records.label, strict=True)}

    def answer(x):
        p = np.array([0.05 + 0.9 * known[row.tobytes()] if row.tobytes() in known else 0.5 for row in x])
        return np.stack([1 - p, p], axis=1)

    return BlackBox(answer, inputs=(records.x.shape[1],), classes=2)


@pytest.fixture(scope="module")
def people():
    patients = load_patients("synthetic").deduplicate()
    return patients.sample(160, rng=0).split(80, rng=0)


@pytest.fixture(scope="module")
def shadow():
    own = load_patients("synthetic").deduplicate().sample(120, rng=9)
    return Shadow(knowing(own.take(np.arange(120) < 60)), own.x, own.label, np.arange(120) < 60)


def game(people, shadow, *, knows=None, **settings):
    return Game(knowing(people[0] if knows is None else knows), *people, knowledge=shadow, **settings)


def test_a_known_sequence():
    """M: member, said and attack's verdict: both right, only the attack, only the attack, only the student, none."""
    turns = [Turn(True, True, True), Turn(False, True, True), Turn(True, False, False), Turn(False, True, False),
             Turn(True, True, False)]
    score = Score.of(turns)
    assert (score.student, score.attack) == (Rate(2, 5), Rate(3, 5))
    assert (score.student_alone, score.attack_alone) == (1, 2)
    assert score.p_value == pytest.approx(1) and score.winner is None


def test_intervals_are_exact():
    """All of n right: Clopper and Pearson's lower end solves p^n = 0.025."""
    score = Score.of([Turn(True, False, True)] * 20)
    assert score.student.low == pytest.approx(0.025 ** (1 / 20)) and score.student.high == 1
    assert score.attack.high == pytest.approx(1 - 0.025 ** (1 / 20)) and score.attack.low == 0


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 5))
def test_the_sign_test_counts_coins(student, attack, both):
    """Two-sided: all outcomes of fair coins at least as lopsided; rounds alike do not count."""
    turns = [Turn(True, False, True)] * student + [Turn(False, True, True)] * attack + [Turn(True, True, True)] * both
    if not turns:
        return
    n, fewer = student + attack, min(student, attack)
    by_hand = sum(comb(n, k) for k in range(n + 1) if abs(n - 2 * k) >= n - 2 * fewer) / 2**n
    score = Score.of(turns)
    assert score.p_value == pytest.approx(by_hand)
    assert score.winner == (None if by_hand >= 0.05 else "attack" if attack > student else "student")


def test_players_who_always_agree_tie():
    score = Score.of([Turn(True, True, True), Turn(False, False, True)] * 10)
    assert score.student == score.attack and score.p_value == 1 and score.winner is None


def test_five_rounds_cannot_make_a_winner_and_six_can():
    """2 / 2^5 = 0.0625, 2 / 2^6 = 0.03125."""
    assert Score.of([Turn(False, True, True)] * 5).winner is None
    assert Score.of([Turn(False, True, True)] * 6).winner == "attack"
    assert Score.of([Turn(True, False, True)] * 6).winner == "student"


def test_nobody_comes_twice_and_the_truth_is_the_truth(people, shadow):
    play = game(people, shadow, rounds=40, rng=0)
    insiders, seen = set(people[0].features.index), []
    for _ in range(2):
        while not play.over:
            now = play.round
            assert now.number == len(play.turns) + 1 and play.round.record is now.record, "looking changes nothing"
            who = now.record.features.index[0]
            seen.append(who)
            assert play.guess(True).member is (who in insiders)
        if len(seen) == 40 and min(map(len, play._queues)) >= 40:
            play.again()
    assert len(seen) == len(set(seen)) >= 40


def test_the_coin_is_fair(people, shadow):
    """Of 50 x 40 patients half are members, within four standard deviations."""
    members = sum(int(game(people, shadow, rounds=40, rng=seed)._member.sum()) for seed in range(50))
    assert abs(members - 1000) < 4 * np.sqrt(2000) / 2


def test_the_attack_is_the_threshold_attack(people, shadow):
    play = game(people, shadow, rounds=30, rng=1)
    access = knowing(people[0])
    while not play.over:
        now = play.round
        verdict = Threshold(signal="loss")(access, now.record.x, now.record.label, knowledge=shadow).guess[0]
        assert now.probability == pytest.approx(access.probabilities(now.record.x)[0, 1])
        assert play.guess(False).attack == verdict
    assert play.score().attack == Rate(30, 30), "a model that tells members apart betrays them all"


def test_against_a_model_that_knows_nobody_the_attack_is_a_coin(people, shadow):
    """It calls nobody a member, so it is right about the others alone."""
    nobody = people[0].take([0])
    play = game((people[0].take(np.arange(1, 80)), people[1]), shadow, knows=nobody, rounds=60, rng=2)
    while not play.over:
        play.guess(True)
    score = play.score()
    assert score.attack.low < 0.5 < score.attack.high
    assert score.attack_alone + score.student_alone == 60 and score.winner is None


def test_the_seed_decides(people, shadow):
    ids = [[r.features.index[0] for r in game(people, shadow, rng=seed)._records] for seed in (3, 3, 4)]
    assert ids[0] == ids[1] != ids[2]


def test_twins_come_once(people, shadow):
    twice = people[0].take(np.repeat(np.arange(10), 2))
    with pytest.raises(ValueError, match="rounds=11: must be at least 1 and at most 10"):
        game((twice, people[1]), shadow, rounds=11, rng=0)


def test_refusals(people, shadow):
    play = game(people, shadow, rounds=70, rng=0)
    with pytest.raises(ValueError, match="turns=0: nobody has guessed yet"):
        play.score()
    with pytest.raises(ValueError, match="said='member': must be one of True, False"):
        play.guess("member")
    while not play.over:
        play.guess(True)
    with pytest.raises(ValueError, match=r"step='over': the game is over.*again\(\)"):
        play.guess(True)
    assert play.round.number == 70
    with pytest.raises(ValueError, match=r"rounds=70: only \d+ unused patients remain in one group"):
        play.again()
    assert play.over and play.score().student.trials == 70, "a refusal leaves the game as it was"


def test_a_round_has_steps(people, shadow):
    """The truth comes after the guess, which can be taken back until then, and counts from then on."""
    play = game(people, shadow, rounds=2, rng=0)
    first = play.round.record
    play.say(True)
    play.undo()
    assert (play.step, play.turns) == ("ask", ())
    play.say(False)
    assert (play.step, play.said, play.turns) == ("said", False, ())
    turn = play.reveal()
    assert (play.step, play.turns, turn.said) == ("told", (turn,), False)
    assert play.round.record is first and play.round.number == 1, "the patient stays while the truth is read"
    play.next()
    assert play.step == "ask" and play.round.number == 2 and play.round.record is not first
    play.say(True)
    play.reveal()
    assert play.step == "over" and play.over


def test_no_step_is_skipped(people, shadow):
    play = game(people, shadow, rounds=2, rng=0)

    def refused(*calls):
        for call in calls:
            with pytest.raises(ValueError, match=f"step='{play.step}'"):
                call()

    refused(play.reveal, play.undo, play.next)
    play.say(True)
    refused(lambda: play.say(False), lambda: play.guess(False), play.next)
    assert play.said is True
    play.reveal()
    refused(lambda: play.say(False), play.undo, play.reveal)
    assert len(play.turns) == 1
    play.next()
    play.say(True)
    play.reveal()
    refused(play.next, play.undo, play.reveal)


def test_another_game_may_be_shorter_and_forgets_this_one(people, shadow):
    play = game(people, shadow, rounds=20, rng=0)
    play.guess(True)
    play.say(True)
    play.again(5)
    assert (play.rounds, play.turns, play.said, play.step) == (5, (), None, "ask")
    for _ in range(5):
        play.guess(True)
    assert play.over
    play.again()
    assert play.rounds == 5
    with pytest.raises(ValueError, match="rounds=71"):
        play.again(71)
    with pytest.raises(ValueError, match="rounds=0"):
        play.again(0)
    assert play.rounds == 5 and play.step == "ask"
