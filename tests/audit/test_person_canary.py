"""A whole person as the canary: protected where people are, and not by what is promised to each of their records."""

import numpy as np
import pytest
from scipy.stats import kstest

from leaklab.audit import CanaryAudit, PlainTrainer, Promise, plant
from leaklab.privacy import Batches
from leaklab.training import DPSGD, SoftmaxRegression, fit_stack

ROWS = 6
X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
PERSON = np.arange(60) // 2  # 30 people with two records each


def recipe(dp):
    return SoftmaxRegression(learning_rate=0.01, optimizer="sgd", dp=dp)


def private(epsilon, unit):
    return recipe(DPSGD.for_epsilon(epsilon, Batches.over_epochs(30, size=15, epochs=4, unit=unit), delta=1e-5))


def test_a_person_is_protected_where_people_are():
    """Not above what is promised, in 10 seeds (95% each: more than 3 would be beyond chance), and not nothing."""
    audit = CanaryAudit(models=2000, rows=ROWS, method="gdp")
    found = [audit(PlainTrainer(), private(2.0, "person"), X, Y, person=PERSON, rng=seed) for seed in range(10)]
    assert sum(result.caught for result in found) <= 3
    assert all(result.group == 1 and result.owed is result.promised for result in found)
    assert np.median([result.epsilon for result in found]) > 0.5


def test_a_person_is_not_protected_by_a_promise_to_records_which_is_not_broken():
    audit = CanaryAudit(models=2000, rows=ROWS)
    for seed in range(5):
        result = audit(PlainTrainer(), private(0.5, "record"), X[:30], Y[:30], rng=seed)
        assert result.promised.epsilon < result.epsilon <= result.owed.epsilon < result.most, str(result)
        assert result.owed == result.promised.for_groups_of(ROWS)
        assert not result.caught and "is not broken: it does not speak of 6 records" in str(result)


@pytest.mark.parametrize("unit", ["person", "record"])
def test_the_stacked_trainer_clips_what_it_says(unit):
    """Starts known to the canary blunt the audit, so its value is low here."""
    result = CanaryAudit(models=2000, rows=ROWS, value=2.0)(fit_stack, private(0.5, unit), X[:30], Y[:30], rng=0)
    assert not result.caught
    assert (result.epsilon > 0.5) == (unit == "record")


def test_clipping_records_where_people_were_promised_is_caught():
    """The commonest slip: the plan says people, the program clips rows."""
    audit = CanaryAudit(models=1000, rows=10)
    for seed in range(3):
        assert audit(PlainTrainer("clip rows"), private(0.5, "person"), X[:30], Y[:30], rng=seed).caught
        assert not audit(PlainTrainer(), private(0.5, "person"), X[:30], Y[:30], rng=seed).caught


@pytest.mark.parametrize(("unit", "mu"), [("record", ROWS * np.sqrt(9) / 20), ("person", np.sqrt(9) / 20)])
def test_full_batches_give_the_gaussian_mechanism(unit, mu):
    """All rows take part in each of 9 steps: clipped one by one they pull 6 norms, together one."""
    x, y, person = X[:20], Y[:20], PERSON[:20]
    units = 20 if unit == "record" else 10
    dp = DPSGD(20.0, batches=Batches(units, size=units, steps=9, unit=unit))
    result = CanaryAudit(models=2000, rows=ROWS)(
        PlainTrainer(), recipe(dp), x, y, person=person if unit == "person" else None, rng=0)
    for inside, centre in ((True, mu / 2), (False, -mu / 2)):
        assert kstest(result.scores[result.member == inside] / mu - centre, "norm").pvalue > 0.001


@pytest.mark.parametrize("adversary", ["steps", "file order"])
@pytest.mark.parametrize("unit", ["record", "person"])
def test_scores_are_likelihood_ratios(unit, adversary):
    """Under "out" e^score averages 1, under "in" e^-score does, if the adversary knows how batches are drawn."""
    dp = DPSGD(5.0, batches=Batches.over_epochs(30, size=10, epochs=3, unit=unit))
    trainer = PlainTrainer("file order" if adversary == "file order" else None)
    result = CanaryAudit(models=3000, rows=4, adversary=adversary)(trainer, recipe(dp), X[:30], Y[:30], rng=1)
    for ratio in (np.exp(result.scores[~result.member]), np.exp(-result.scores[result.member])):
        assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(len(ratio))
    assert result.scores.std() > 0.1


def test_a_person_with_most_is_as_long_as_the_rows_that_are_used():
    """The stacked trainer takes 2 of 6 rows; short of the clipping norm, the pull is that of two."""
    batches = Batches(30, size=30, steps=3, unit="person", most=2)
    result = CanaryAudit(models=1500, rows=ROWS, value=1.0)(
        fit_stack, recipe(DPSGD(2.0, clip=5.0, batches=batches)), X[:30], Y[:30], rng=0)
    for ratio in (np.exp(result.scores[~result.member]), np.exp(-result.scores[result.member])):
        assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(len(ratio))


def test_the_answers_alone_of_whole_people():
    """A function is told whose row each is; a bare promise to a record is k-fold for k of them."""
    whose = []

    def train(x, y, rng, person):
        whose.append(person)
        p = 0.5 + 0.1 * rng.random() + 0.4 * (len(x) > 60)
        return lambda asked: np.tile([p, 1 - p], (len(asked), 1))

    audit = CanaryAudit(models=100, rows=3, adversary="loss")
    assert audit(train, Promise(1, 1e-5, unit="person"), X, Y, person=PERSON, rng=0).caught
    assert {len(np.unique(person)) for person in whose} == {30, 31}
    result = audit(lambda x, y, rng: train(x, y, rng, None), Promise(0.5, 1e-5), X, Y, rng=0)
    assert result.group == 3 and result.owed.epsilon == 1.5 and result.measured.delta == result.owed.delta


def test_a_canary_of_many_rows():
    x, y = plant(X[:5], Y[:5], canaries=2, rows=3, value=7.0)
    assert x.shape == (11, 6) and (y[5:] == 0).all() and (x[5:, :4] == 0).all()
    np.testing.assert_array_equal(x[5:, 4:], 7 * np.repeat(np.eye(2), 3, axis=0))
