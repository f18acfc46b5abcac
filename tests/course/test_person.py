"""One person before one model: the attacker's threshold, too few shadow models, and how a verdict firms up."""

import numpy as np
import pytest

from leaklab.attacks import lira
from leaklab.course.person import ENOUGH, Trial
from leaklab.experiments.turns import Turns


def world(gain, *, models=65, people=300, seed=0):
    """Models whose logits are normal, ``gain`` (people,) higher where they trained on the person."""
    rng = np.random.default_rng(seed)
    trained_on = rng.random((models, people)) < 0.5
    ill = 1 / (1 + np.exp(-rng.normal(gain * trained_on, 1)))
    return Turns(trained_on, np.ones(people, int), np.stack([1 - ill, ill], axis=2))


@pytest.fixture(scope="module")
def trial():
    return Trial(world(np.where(np.arange(300) < 100, 6.0, 0.0)))


def test_the_score_is_that_of_the_attack(trial):
    scores, _ = trial.scores(64)
    assert np.allclose(scores, lira(trial.signals[0], trial.signals[1:], trial.trained_on[1:], variance="per_record"))


def test_false_alarms_are_as_rare_as_the_attacker_wished():
    alarms = [Trial(world(np.zeros(300), seed=seed)).verdicts(64).fpr for seed in range(6)]
    share = sum(rate.successes for rate in alarms) / sum(rate.trials for rate in alarms)
    assert share < 0.01 + 4 * np.sqrt(0.01 * 0.99 / sum(rate.trials for rate in alarms))


def test_more_shadow_models_find_more(trial):
    few, many = trial.verdicts(8).tpr.value, trial.verdicts(64).tpr.value
    assert few < many
    assert many == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / 150))  # all of the exposed, 1 in 100 of the rest


def test_nobody_is_judged_without_enough_shadow_models(trial):
    for i in range(60):
        person = trial.person(i, shadows=8)
        assert len(person.inside) + len(person.outside) == 8
        assert person.judged is (min(len(person.inside), len(person.outside)) >= ENOUGH)
        assert person.judged or not person.says_member


def test_a_person_is_told_by_their_own_two_worlds(trial):
    person = trial.person(3, shadows=64)
    kept = trial.trained_on[1:, 3]
    assert np.array_equal(person.inside, trial.signals[1:, 3][kept])
    assert np.array_equal(person.outside, trial.signals[1:, 3][~kept])
    assert person.member is bool(trial.trained_on[0, 3]) is person.says_member


def test_it_refuses_what_it_cannot_do(trial):
    with pytest.raises(ValueError, match="shadows=65: must be"):
        trial.scores(65)
    with pytest.raises(ValueError, match="shadows=5: must be"):
        trial.scores(5)
    with pytest.raises(ValueError, match="i=300: must be"):
        trial.person(300, shadows=64)
    with pytest.raises(ValueError, match="fpr=0"):
        Trial(world(np.zeros(20), people=20), fpr=0)


def test_turns_of_some_records():
    turns = world(np.zeros(20), models=5, people=20)
    part = turns.take(slice(3, 9))
    assert part.trained_on.shape == (5, 6) and len(part.label) == 6
    assert np.array_equal(part.answers, turns.answers[:, 3:9])
