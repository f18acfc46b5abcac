"""The accountant against published figures, closed forms, limits, symmetries and refusals."""

import time

import dp_accounting
import numpy as np
import pytest
from dp_accounting.pld import PLDAccountant
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tensorflow_privacy.privacy.analysis.compute_dp_sgd_privacy_lib import compute_dp_sgd_privacy_statement

from leaklab._validate import Refused
from leaklab.privacy import (
    Batches,
    Guarantee,
    gaussian_delta,
    gaussian_epsilon,
    guarantee,
    noise_for_advantage,
    noise_for_epsilon,
)

TUTORIAL = Batches.over_epochs(60_000, size=256, epochs=60)
SMALL = Batches.over_epochs(2000, size=256, epochs=20)
WHOLE = Batches(10, 10, 9)  # everybody at every step: nine Gaussian answers, together one of mu = 3 / noise


def test_published_tutorial():
    """TensorFlow Privacy's MNIST tutorial prints 3.01 for this run, by Mironov's conversion of 2017."""
    found = guarantee(TUTORIAL, noise_multiplier=1.1, delta=1e-5, accountant="rdp-2017")
    assert found.epsilon == pytest.approx(3.01, abs=0.005)


def test_sharper_accountants_promise_no_more_than_blunt_ones():
    pld, rdp, old = (guarantee(TUTORIAL, noise_multiplier=1.1, delta=1e-5, accountant=a).epsilon
                     for a in ("pld", "rdp", "rdp-2017"))
    assert 2 < pld < rdp < old


def test_one_step_on_everything_is_the_gaussian_mechanism():
    """Balle and Wang 2018, theorem 8: delta of the Gaussian mechanism in closed form."""
    eps = guarantee(Batches(100, 100, 1), noise_multiplier=2.0, delta=1e-5).epsilon
    assert norm.cdf(0.25 - 2 * eps) - np.exp(eps) * norm.cdf(-0.25 - 2 * eps) == pytest.approx(1e-5, rel=0.02)


def test_replacing_a_record_is_accounted_with_half_the_noise():
    """With everything in every batch, replacing is removing and adding: the same curve at half the noise multiplier."""
    fixed = guarantee(Batches(100, 100, 10, "fixed"), noise_multiplier=8.0, delta=1e-5)
    poisson = guarantee(Batches(100, 100, 10), noise_multiplier=4.0, delta=1e-5, accountant="rdp")
    assert fixed.epsilon == pytest.approx(poisson.epsilon, rel=0.02)
    assert fixed.neighbours == "replace one record by another"


def test_no_noise_no_guarantee():
    found = guarantee(SMALL, noise_multiplier=0, delta=1e-5)
    assert found.epsilon == found.mu == np.inf
    assert found.tpr_at(0.01) == found.advantage == found.belief(0.1) == 1


@settings(max_examples=15, deadline=None)
@given(noise=st.floats(0.6, 20), more=st.floats(1.05, 3), steps=st.integers(1, 500))
def test_epsilon_falls_with_noise_and_grows_with_steps(noise, more, steps):
    def epsilon(noise, steps):
        return guarantee(Batches(2000, 256, steps), noise_multiplier=noise, delta=1e-5, accountant="rdp").epsilon

    assert epsilon(noise * more, steps) <= epsilon(noise, steps) <= epsilon(noise, 2 * steps)


@pytest.mark.parametrize("sampling", ["poisson", "fixed"])
@pytest.mark.parametrize("epsilon", [0.5, 2, 8])
def test_solved_noise_keeps_the_promise_and_wastes_little(epsilon, sampling):
    plan = Batches(2000, 256, 156, sampling)
    noise = noise_for_epsilon(epsilon, plan, delta=1e-5)
    assert 0.99 * epsilon < guarantee(plan, noise_multiplier=noise, delta=1e-5).epsilon <= epsilon


# The promise in other units ------------------------------------------------------------------------------------------


def test_nine_gaussian_answers_in_every_unit():
    """mu = 3/5: TPR = Phi(Phi^-1(FPR) + mu), advantage = 2 Phi(mu/2) - 1 (Dong, Roth and Su 2022, section 2)."""
    found, mu = guarantee(WHOLE, noise_multiplier=5, delta=1e-5), 3 / 5
    assert mu <= found.mu < 1.02 * mu
    for fpr in (0.001, 0.01, 0.1, 0.5, 0.9):
        assert found.tpr_at(fpr) == pytest.approx(norm.cdf(norm.ppf(fpr) + mu), rel=2e-3)
    assert found.advantage == pytest.approx(2 * norm.cdf(mu / 2) - 1, rel=1e-3)
    assert found.delta_at([0.5, 1.0]) == pytest.approx([gaussian_delta(e, mu) for e in (0.5, 1.0)], rel=1e-3)


@pytest.mark.parametrize("plan", [SMALL, Batches(300, 5, 40), Batches(2000, 256, 156, "fixed")], ids=str)
def test_the_units_bound_one_another(plan):
    """What the whole profile allows is within what mu, and what (epsilon, delta), allow; chance is the least."""
    found = guarantee(plan, noise_multiplier=2.0, delta=1e-5)
    for fpr in (0.0, 0.01, 0.2, 1.0):
        tpr = found.tpr_at(fpr)
        assert fpr <= tpr <= min(1, norm.cdf(norm.ppf(fpr) + found.mu), np.exp(found.epsilon) * fpr + 1e-5) + 1e-8
        assert tpr - fpr <= found.advantage + 1e-9
    assert gaussian_epsilon(found.mu, 1e-5) >= found.epsilon


def test_belief_is_odds_times_e_to_epsilon():
    found = guarantee(SMALL, noise_multiplier=3.4, delta=1e-5)
    odds = 0.2 / 0.8 * np.exp(found.epsilon)
    assert found.belief(0.2) == pytest.approx(odds / (1 + odds))
    assert found.belief(0.0) == 0 and found.belief(1.0) == 1


@pytest.mark.parametrize(("advantage", "plan"), [(0.05, SMALL), (0.3, SMALL), (0.5, Batches(50, 5, 100)),
                                                 (0.3829249, Batches(10, 10, 1))], ids=str)
def test_noise_for_an_advantage(advantage, plan):
    noise = noise_for_advantage(advantage, plan)
    assert 0.98 * advantage < guarantee(plan, noise_multiplier=noise, delta=1e-6).advantage <= advantage
    if plan.steps == 1:  # 2 Phi(1/2) - 1 in closed form
        assert noise == pytest.approx(1.0, rel=2e-3)


# Groups --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_a_group_in_every_batch_is_a_gaussian_of_k_times_the_sensitivity(k):
    found = guarantee(WHOLE, noise_multiplier=5, delta=1e-5).for_groups_of(k)
    assert found.epsilon == pytest.approx(gaussian_epsilon(3 * k / 5, 1e-5), rel=1e-3)


@pytest.mark.parametrize("plan", [SMALL, Batches(300, 5, 40), Batches(40, 1, 400)], ids=str)
def test_groups_against_the_accountant_for_one_and_the_lemma_for_many(plan):
    """k = 1 is dp_accounting's own; k = 2, 4 are at most k-fold (Vadhan 2017, lemma 2.2), and more than for one."""
    one = guarantee(plan, noise_multiplier=3.0, delta=1e-6)
    assert one.for_groups_of(1) is one
    from leaklab.privacy.accounting import _group_losses
    assert _group_losses(3.0, plan, 1).get_epsilon_for_delta(1e-6) == pytest.approx(one.epsilon, rel=1e-3)
    for k in (2, 4):
        e = np.linspace(1e-3, 3 * one.epsilon, 400)
        lemma = one.delta_at(e) * np.expm1(k * e) / np.expm1(e)
        fits = k * e[lemma <= 1e-6]
        assert one.epsilon < one.for_groups_of(k).epsilon <= (fits[0] if len(fits) else np.inf) * 1.001


def test_a_group_by_simulation():
    """One step, q = 0.3, k = 3: no threshold on the sum separates groups better than promised (2 million draws)."""
    plan, noise, rng = Batches(10, 3, 1), 1.5, np.random.default_rng(0)
    found = guarantee(plan, noise_multiplier=noise, delta=0.01).for_groups_of(3)
    joined, alone = rng.binomial(3, 0.3, 2_000_000) + noise * rng.normal(size=2_000_000), noise * norm.ppf(0.98)
    for threshold in np.linspace(0, 5, 11):
        fpr = norm.sf(threshold / noise)
        assert (joined > threshold).mean() <= np.exp(found.epsilon) * fpr + 0.01 + 0.002
    assert (joined > alone).mean() > 0.02  # and it is not vacuous


@pytest.mark.parametrize(("noise", "k", "plan"), [
    (50.0, 2000, SMALL), (0.1, 50, SMALL), (20.0, 20, Batches(1000, 5, 10**6))], ids=str)
def test_large_groups_and_many_steps_take_seconds(noise, k, plan):
    start = time.process_time()
    found = guarantee(plan, noise_multiplier=noise, delta=1e-5)
    assert found.epsilon < found.for_groups_of(k).epsilon < np.inf
    assert time.process_time() - start < 120


def test_groups_are_not_above_tensorflow_privacys_statement():
    """Its user-level epsilon for at most k examples a user: Renyi accounting and the lemma of group privacy."""
    for k in (1, 2, 4):
        text = compute_dp_sgd_privacy_statement(2000, 256, 20, 3.4, 1e-5, used_microbatching=False,
                                                max_examples_per_user=k)
        theirs = float([line for line in text.splitlines() if "Poisson sampling (*)" in line][-1].split()[-1])
        ours = guarantee(SMALL, noise_multiplier=3.4, delta=1e-5).for_groups_of(k).epsilon
        assert 0.5 * theirs < ours <= theirs


# What is admitted is accounted, quickly ------------------------------------------------------------------------------

HARD = [(1e-6, SMALL), (1e-3, Batches(10, 5, 1_000_000)), (0.05, SMALL), (0.3, Batches(1000, 10, 1000)),
        (1.0, Batches(1_000_000, 1, 100_000_000)), (20.0, Batches(10, 10, 1_000_000)),
        (200.0, Batches(10, 10, 1_000_000)), (0.06, Batches(1_000_000_000, 1, 3)), (300.0, Batches(10, 5, 10_000_000))]


@pytest.mark.parametrize(("noise", "plan"), HARD, ids=str)
def test_tiny_noise_and_many_steps_take_seconds(noise, plan):
    """Valid, if loose: never below a single step's, nor (where that has a closed form) below the exact value."""
    start = time.process_time()
    found = guarantee(plan, noise_multiplier=noise, delta=1e-5)
    assert time.process_time() - start < 80  # many minutes and gigabytes before
    assert np.isfinite(found.epsilon) and found.accountant in ("pld", "rdp")
    if plan.rate == 1:
        assert found.epsilon >= gaussian_epsilon(np.sqrt(plan.steps) / noise, 1e-5) * 0.999


def test_an_accountant_that_would_take_minutes_is_refused():
    with pytest.raises(ValueError, match=r"cannot resolve so little privacy.*accountant='rdp'"):
        guarantee(SMALL, noise_multiplier=0.01, delta=1e-5, accountant="pld")


def test_the_default_is_dp_accountings_own_figure():
    book = PLDAccountant()
    event = dp_accounting.PoissonSampledDpEvent(0.128, dp_accounting.GaussianDpEvent(2.0))
    book.compose(dp_accounting.SelfComposedDpEvent(event, 156))
    assert guarantee(SMALL, noise_multiplier=2.0, delta=1e-5).epsilon == pytest.approx(book.get_epsilon(1e-5), rel=1e-9)


# The plan, and what is said ------------------------------------------------------------------------------------------


def test_poisson_batches_are_binomial_whatever_the_table_holds():
    """Five more people than planned: the same rate, so the batches are as accounted."""
    rng, plan = np.random.default_rng(0), Batches(1000, 50, 1)
    sizes = np.array([len(plan.draw(rng, 1005)) for _ in range(2000)])
    assert sizes.mean() == pytest.approx(50.25, abs=5 * np.sqrt(47.7 / 2000))
    assert sizes.var() == pytest.approx(47.7, rel=5 * np.sqrt(2 / 2000))


def test_fixed_batches_want_the_planned_number():
    plan, rng = Batches(1000, 50, 1, "fixed"), np.random.default_rng(0)
    assert len(set(plan.draw(rng))) == 50
    with pytest.raises(Refused, match="the number of units is public"):
        plan.draw(rng, 999)


def test_the_statement_names_everything_epsilon_depends_on():
    text = str(guarantee(SMALL, noise_multiplier=1.1, delta=1e-5, caveats=("one was tuned",)))
    for part in ("epsilon", "delta = 1e-05", "add or remove one record", "poisson", "256", "2,000", "156", "pld",
                 "public: this plan, the classes, the scaling", "Caveat: one was tuned."):
        assert part in text
    people = Batches(312, 60, 100, unit="person", most=16)
    text = str(guarantee(people, noise_multiplier=1.1, delta=1e-5))
    assert "add or remove one person (all of their rows)" in text and "312 people, at most 16 rows each" in text


def test_a_delta_that_is_too_large_is_a_caveat():
    """1 in 100 for 2,000 records: publishing a record at random keeps that promise."""
    found = guarantee(SMALL, noise_multiplier=3.0, delta=0.01)
    assert "not below 1 / 2,000" in found.caveats[0] and "Caveat: delta = 0.01" in str(found)
    assert found.for_groups_of(2).caveats == found.caveats
    assert guarantee(SMALL, noise_multiplier=3.0, delta=1e-4).caveats == ()


@pytest.mark.parametrize(("call", "message"), [
    (lambda: guarantee(SMALL, noise_multiplier=-1, delta=1e-5), "noise_multiplier=-1"),
    (lambda: guarantee(SMALL, noise_multiplier=1, delta=0), "delta=0"),
    (lambda: guarantee(SMALL, noise_multiplier=1, delta=1.5), "delta=1.5"),
    (lambda: Batches(2000, 3000, 1), r"size=3000: must be at least 1 and at most 2000"),
    (lambda: Batches.over_epochs(2000, size=3000, epochs=1), r"size=3000: must be at least 1 and at most 2000"),
    (lambda: Batches(2000, 256, 0), "steps=0"),
    (lambda: Batches(2000, 256, 1, "shuffle"), "Shuffled epochs have no such accounting"),
    (lambda: Batches(2000, 256, 1, unit="family"), "unit='family'"),
    (lambda: Batches(2000, 256, 1, most=3), "most=3: limits the rows of a person"),
    (lambda: guarantee(Batches(9, 3, 1, "fixed"), noise_multiplier=1, delta=1e-5, accountant="pld"),
     "does not cover fixed batches"),
    (lambda: Guarantee(1.0, 1e-5, 1.0, Batches(9, 3, 1, "fixed"), "rdp").for_groups_of(2), "Poisson batches alone"),
    (lambda: noise_for_epsilon(1e-7, SMALL, delta=1e-12, accountant="rdp"), "out of reach"),
    (lambda: noise_for_advantage(1e-9, Batches(2000, 2000, 10_000)), "out of reach"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
