"""Auditing trainers: correct DP-SGD keeps its promise, every planted bug is caught."""

import numpy as np
import pytest
from scipy.stats import kstest

from leaklab.audit import BUGS, CanaryAudit, PlainTrainer, plant
from leaklab.privacy import Batches
from leaklab.training import DPSGD, MLP, SoftmaxRegression, fit_stack


def records(n):
    x = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    return x, (x[:, 0] > 0).astype(int)


def recipe(epsilon, plan):
    return SoftmaxRegression(learning_rate=0.01, optimizer="sgd", dp=DPSGD.for_epsilon(epsilon, plan, delta=1e-5))


CENTRAL = Batches.over_epochs(30, size=15, epochs=8)
SPARSE = Batches.over_epochs(40, size=1, epochs=10)  # Poisson sampling protects a lot here, a known order nothing
PEOPLE = Batches.over_epochs(30, size=15, epochs=4, unit="person")
CATCHES = {  # bug: promised epsilon, plan, adversary, rows of the canary, models: all 20 seeds of 20 are caught
    "unnoised layer": (2.0, CENTRAL, "steps", 1, 1000),
    "noise over batch twice": (2.0, CENTRAL, "steps", 1, 1000),
    "clip the average": (1.0, CENTRAL, "steps", 1, 1000),
    "file order": (2.0, SPARSE, "file order", 1, 3000),  # of 1000, 13 seeds
    "clip rows": (0.5, PEOPLE, "steps", 10, 1000),
}


def test_correct_training_keeps_its_promise_and_the_audit_sees_half_of_it():
    """20 seeds, 95%: at most promised in at least 19, and at least half of promised in at least 19."""
    private, (x, y) = recipe(4.0, CENTRAL), records(30)
    audit = CanaryAudit(models=4000, method="gdp")
    found = [audit(PlainTrainer(), private, x, y, rng=seed) for seed in range(20)]
    assert sum(not result.caught for result in found) >= 19
    assert found[0].promised.epsilon == pytest.approx(4, rel=0.01)
    assert sum(result.epsilon >= result.promised.epsilon / 2 for result in found) >= 19


def test_the_stacked_trainer_keeps_its_promise():
    """Leaklab's own; and what is measured of it is not nothing."""
    private, (x, y) = recipe(4.0, CENTRAL), records(30)
    result = CanaryAudit(models=1000, method="gdp")(fit_stack, private, x, y, rng=0)
    assert 0.5 < result.epsilon < result.promised.epsilon


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bugs_are_caught(bug):
    epsilon, plan, adversary, rows, models = CATCHES[bug]
    private, (x, y) = recipe(epsilon, plan), records(plan.units)
    right, wrong = (CanaryAudit(models=models, adversary=adversary, rows=rows)(PlainTrainer(b), private, x, y, rng=0)
                    for b, models in ((None, 1000), (bug, models)))
    assert wrong.caught and "BROKEN" in str(wrong)
    assert not right.caught and "BROKEN" not in str(right)


def test_the_finished_model_alone_tells_of_forgotten_noise():
    private, (x, y) = recipe(2.0, CENTRAL), records(30)
    audit = CanaryAudit(models=1000, adversary="loss")
    assert audit(PlainTrainer("unnoised layer"), private, x, y, rng=0).caught
    assert not audit(PlainTrainer(), private, x, y, rng=0).caught


def test_full_batches_give_the_gaussian_mechanism():
    """All take part in each of T steps: scores are N(+-mu^2 / 2, mu^2) with mu = sqrt(T) / noise, members above."""
    x, y = records(20)
    dp = DPSGD(5.0, batches=Batches(20, size=20, steps=9))
    private = SoftmaxRegression(learning_rate=0.01, optimizer="sgd", dp=dp)
    result = CanaryAudit(models=3000)(PlainTrainer(), private, x, y, rng=0)
    mu = np.sqrt(9) / 5
    for inside, centre in ((True, mu / 2), (False, -mu / 2)):
        z = result.scores[result.member == inside] / mu - centre
        assert kstest(z, "norm").pvalue > 0.001


def test_one_run_keeps_its_promise():
    """About 200 of the canaries are in, so the plan counts on 230 records; the noise is that of epsilon 4 for 30."""
    dp, (x, y) = recipe(4.0, CENTRAL).dp, records(30)
    dp = DPSGD(dp.noise_multiplier, batches=Batches.over_epochs(230, size=15, epochs=8))
    private = SoftmaxRegression(learning_rate=0.01, optimizer="sgd", dp=dp)
    audit = CanaryAudit(models=1, canaries=400, guesses=100)
    right, wrong = (audit(PlainTrainer(b), private, x, y, rng=0) for b in (None, "unnoised layer"))
    assert not right.caught and right.measured.canaries == 400
    assert wrong.epsilon > right.epsilon and wrong.caught


def test_same_seed_same_audit():
    private, (x, y) = recipe(4.0, CENTRAL), records(30)
    audit = CanaryAudit(models=100)
    first, again, other = (audit(PlainTrainer(), private, x, y, rng=seed).scores for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_canaries_share_no_column_with_anybody():
    x, y = plant(*records(10), canaries=3, value=7.0)
    assert x.shape == (13, 7) and (y[10:] == 0).all()
    assert (x[:10, 4:] == 0).all() and (x[10:, :4] == 0).all()
    np.testing.assert_array_equal(x[10:, 4:], 7 * np.eye(3))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: CanaryAudit(models=10, canaries=10), "not independent"),
    (lambda: CanaryAudit(models=1), "canaries=1"),
    (lambda: CanaryAudit(adversary="god"), "adversary='god'"),
    (lambda: PlainTrainer("typo"), "bug='typo'"),
    (lambda: CanaryAudit()(PlainTrainer(), SoftmaxRegression(), *records(9), rng=0), "needs noise_multiplier > 0"),
    (lambda: CanaryAudit()(fit_stack, MLP(dp=DPSGD(1.0, batches=CENTRAL)), *records(9), rng=0), "adversary=.loss."),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
