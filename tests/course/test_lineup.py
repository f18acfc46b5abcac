"""The line-up: fair tasks, scores by hand, chance for who guesses, and a machine that knows."""

import numpy as np
import pytest
from scipy.stats import binom

from leaklab._validate import Refused
from leaklab.access import BlackBox
from leaklab.course.lineup import Lineup

FACES = np.random.default_rng(0).random((10, 4, 4)).astype(np.float32)


def test_everybody_has_a_task_and_the_right_share_is_absent():
    lineup = Lineup(FACES, FACES, absent=0.3, rng=0)
    assert sorted(task.person for task in lineup.tasks) == list(range(10))
    assert sum(task.solution is None for task in lineup.tasks) == 3
    for task in lineup.tasks:
        assert len(set(task.candidates.tolist())) == 5
        assert task.solution is None or task.candidates[task.solution] == task.person


def test_only_those_asked_about_stand_in_line():
    asked = [1, 3, 4, 6, 8, 9]
    lineup = Lineup(FACES, FACES, people=asked, absent=0.5, rng=0)
    assert sorted(task.person for task in lineup.tasks) == asked
    assert sum(task.solution is None for task in lineup.tasks) == 3
    assert set(np.concatenate([task.candidates for task in lineup.tasks]).tolist()) <= set(asked)


def test_the_person_stands_anywhere():
    """300 line-ups, the person present in one of 5 places: every place near a fifth (a deviation is 2.3%)."""
    places = [t.solution for seed in range(30) for t in Lineup(FACES, FACES, absent=0, rng=seed).tasks]
    assert np.abs(np.bincount(places) / 300 - 0.2).max() < 4 * 0.023


def test_score_by_hand():
    lineup = Lineup(FACES, FACES, absent=0.2, rng=1)
    for task in lineup.tasks:  # right wherever the person is there; never says "none of them"
        assert lineup.answer(task.solution or 0) is (task.solution is not None)
    score = lineup.score()
    assert (score.right.successes, score.right.trials) == (8, 10)
    assert (score.present.successes, score.present.trials) == (8, 8)
    assert (score.absent.successes, score.absent.trials) == (0, 2)
    assert score.chance == pytest.approx(1 / 6) and score.beyond_chance and "8 of 10 right" in str(score)
    assert lineup.score([lineup.tasks[0].solution]).right.trials == 1, "of the first task alone"


def test_five_of_twelve_may_be_luck_and_six_may_not():
    """Clopper and Pearson at 12 trials: 5 right have a lower end of 0.152, 6 of 0.211; chance is 1/6."""
    lineup = Lineup(FACES.repeat(2, 0)[:12], FACES.repeat(2, 0)[:12], absent=0, rng=1)
    for right, beyond in ((5, False), (6, True)):
        answers = [t.solution if i < right else None for i, t in enumerate(lineup.tasks)]
        assert lineup.score(answers).beyond_chance is beyond
        assert ("not shown" in str(lineup.score(answers))) is not beyond


def test_guessing_is_at_chance():
    rng, right = np.random.default_rng(0), 0
    for seed in range(60):
        lineup = Lineup(FACES, FACES, rng=seed)
        for _ in lineup.tasks:
            choice = int(rng.integers(6))
            right += lineup.answer(None if choice == 5 else choice)
    assert binom.cdf(right, 600, 1 / 6) > 1e-4 and binom.sf(right - 1, 600, 1 / 6) > 1e-4


def test_crossing_people_out_without_looking_is_at_chance():
    """Who chooses somebody not chosen before, of whom nothing was told: 400 games of 10 faces."""
    right = 0
    for seed in range(400):
        lineup, crossed = Lineup(FACES, FACES, rng=seed), set()
        for task in lineup.tasks:
            left = [place for place, person in enumerate(task.candidates) if person not in crossed]
            crossed.add(task.candidates[left[0]] if left else None)
            right += lineup.answer(left[0] if left else None)
    assert binom.sf(right - 1, 4000, 1 / 6) > 1e-4


def test_a_machine_that_knows_everybody_is_always_right_and_one_that_names_one_person_is_not():
    def knows(x):
        return (np.abs(x[:, None] - FACES[None]).sum(axis=(2, 3)) < 1e-6).astype(float)

    lineup = Lineup(FACES, FACES, rng=0)
    assert lineup.score(lineup.machine(BlackBox(knows, inputs=(4, 4), classes=10))).right.value == 1
    answers = lineup.machine(BlackBox(lambda x: np.tile(np.eye(10)[3], (len(x), 1)), inputs=(4, 4), classes=10))
    for task, answer in zip(lineup.tasks, answers, strict=True):
        assert (answer is None) == (3 not in task.candidates) and (answer is None or task.candidates[answer] == 3)
    own = next(task for task in lineup.tasks if task.person == 3)
    honest = sum(3 not in task.candidates and task.solution is None for task in lineup.tasks)
    assert lineup.score(answers).right.successes == honest + (own.solution is not None)
    assert lineup.answers == [], "the machine's answers are not taken for the student's"


def test_the_same_seed_gives_the_same_tasks():
    one, two = (Lineup(FACES, FACES, rng=7) for _ in range(2))
    assert all(a.person == b.person and (a.candidates == b.candidates).all()
               for a, b in zip(one.tasks, two.tasks, strict=True))


@pytest.mark.parametrize(("call", "message"), [
    (lambda lineup: Lineup(FACES, FACES[:5], rng=0), "photographs has 5 rows"),
    (lambda lineup: Lineup(FACES, FACES, candidates=10, rng=0), "able to be absent"),
    (lambda lineup: Lineup(FACES, FACES, absent=2, rng=0), "absent=2"),
    (lambda lineup: lineup.answer(5), '"none of them"'),
    (lambda lineup: Lineup(FACES, FACES, people=range(5), rng=0), "able to be absent"),
    (lambda lineup: Lineup(FACES, FACES, people=[10], rng=0), "people"),
    (lambda lineup: lineup.score(), "Answer at least one"),
    (lambda lineup: lineup.score([0] * 11), "11 answers to 10 tasks"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(Lineup(FACES, FACES, rng=0))


def test_nothing_is_answered_twice():
    lineup = Lineup(FACES, FACES, rng=0)
    for _ in lineup.tasks:
        lineup.answer(None)
    with pytest.raises(Refused, match="all tasks are answered"):
        lineup.answer(None)
