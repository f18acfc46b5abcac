"""Lower bounds on epsilon: known answers, coverage on mechanisms of known epsilon, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from leaklab.audit import METHODS, epsilon_from_counts, epsilon_lower_bound, gaussian_epsilon, one_run, one_run_epsilon
from leaklab.audit.bounds import epsilon_from_rates, gaussian_epsilon_from_rates
from leaklab.audit.onerun import one_run_p_value
from leaklab.privacy import Batches, guarantee

PUBLISHED = {"tp": 487, "fn": 0, "fp": 512, "tn": 1, "delta": 1e-5}


def too_many(errors, trials, share=0.05):
    """Whether so many errors are beyond what chance makes of an error rate of ``share``, once in a thousand tests."""
    return errors > binom.ppf(0.999, trials, share)


def test_the_published_case():
    """Microsoft's privacy-estimates prints, for these counts at alpha = 0.1 two-sided (0.05 each side): Clopper-Pearson
    [0.000, inf], joint beta [0.145, 6.399]. Its quadrature is coarser than ours, whence the tolerance."""
    exact = epsilon_from_counts(**PUBLISHED)
    assert (exact.low, exact.high) == (0, np.inf)
    bayes = epsilon_from_counts(**PUBLISHED, method="joint-beta")
    assert bayes.low == pytest.approx(0.145, abs=0.002) and bayes.high == pytest.approx(6.399, rel=0.005)


def test_clopper_pearson_by_hand():
    """No false positive and no miss in n and n: both rates are limited by 0.025^(1/n)."""
    n, delta = 100, 1e-5
    right = 0.025 ** (1 / n)
    interval = epsilon_from_counts(n, 0, 0, n, delta=delta)
    assert interval.low == pytest.approx(np.log((right - delta) / (1 - right))) and interval.high == np.inf


@given(*[st.integers(0, 200)] * 2, *[st.integers(1, 200)] * 2, st.sampled_from(["clopper-pearson", "gdp"]))
def test_limits_are_ordered_and_symmetric(tp, fp, fn, tn, method):
    found = epsilon_from_counts(tp, fn, fp, tn, delta=1e-5, method=method)
    assert 0 <= found.low <= found.value + 1e-9 <= found.high + 2e-9
    mirrored = epsilon_from_counts(tn, fp, fn, tp, delta=1e-5, method=method)  # ask for non-members instead
    assert mirrored.low == pytest.approx(found.low, abs=1e-6)


@pytest.mark.parametrize("mu", [0.2, 1.0, 3.0])
def test_gaussian_epsilon_is_that_of_the_accountant(mu):
    """One full batch of DP-SGD is a Gaussian mechanism."""
    by_accountant = guarantee(Batches(10, 10, 1), noise_multiplier=1 / mu, delta=1e-5).epsilon
    assert gaussian_epsilon(mu, 1e-5) == pytest.approx(by_accountant, rel=2e-3)


@pytest.mark.parametrize("mu", [0.5, 2.0])
def test_no_threshold_of_a_gaussian_mechanism_passes_its_epsilon(mu):
    """(epsilon, delta) never does; the Gaussian curve gives exactly epsilon at every threshold."""
    t = np.linspace(-3, 5, 200)
    tpr, fpr = norm.sf(t - mu), norm.sf(t)
    exact = gaussian_epsilon(mu, 1e-5)
    assert epsilon_from_rates(tpr, fpr, 1e-5).max() <= exact + 1e-9
    assert gaussian_epsilon_from_rates(tpr[100], fpr[100], 1e-5) == pytest.approx(exact)


@pytest.mark.parametrize(("rate", "noise"), [(0.01, 0.7), (0.1, 1.0), (0.3, 2.0)])
def test_the_gaussian_curve_does_not_overstate_a_sampled_gaussian(rate, noise):
    """Where thresholds lie that some hundred models can resolve (both rates from 0.001 to 0.999)."""
    t = np.linspace(-8, 8, 4000) * noise
    fpr, tpr = norm.sf(t / noise), (1 - rate) * norm.sf(t / noise) + rate * norm.sf((t - 1) / noise)
    seen = (fpr > 1e-3) & (tpr < 1 - 1e-3)
    mu = (norm.ppf(tpr) - norm.ppf(fpr))[seen].max()
    n = 1000
    promised = guarantee(Batches(n, round(rate * n), 1), noise_multiplier=noise, delta=1e-5).epsilon
    assert 0 < gaussian_epsilon(mu, 1e-5) <= promised


@pytest.mark.parametrize("method", ["clopper-pearson", "gdp"])
@pytest.mark.parametrize("mu", [0.0, 1.0])
def test_measured_is_at_most_true_and_not_vacuous(method, mu):
    """A Gaussian mechanism, audited 300 times: above its epsilon in at most 5% of them, within chance."""
    rng = np.random.default_rng(0)
    member = np.arange(400) < 200
    low = np.array([epsilon_lower_bound(rng.normal(size=400) + mu * member, member, delta=1e-5, method=method,
                                        rng=rng).epsilon.low for _ in range(300)])
    exact = gaussian_epsilon(mu, 1e-5)
    assert not too_many((low > exact).sum(), 300)
    if mu:
        assert np.median(low) > (exact / 4 if method == "gdp" else 0.3)


def test_randomised_response_is_measured():
    """The answer is true with probability e^epsilon / (1 + e^epsilon): nothing is lost but the confidence."""
    rng, epsilon, low = np.random.default_rng(1), 1.5, []
    member = np.arange(2000) < 1000
    for _ in range(200):
        answer = member ^ (rng.random(2000) < 1 / (1 + np.exp(epsilon)))
        low.append(epsilon_lower_bound(answer, member, delta=0.0, rng=rng).epsilon.low)
    assert not too_many((np.array(low) > epsilon).sum(), 200)
    assert np.median(low) > 1.1


def best_of_all_thresholds(scores, member):
    """The largest of every threshold's own 95% limit on log(TPR / FPR) (Katz et al. 1978), without correction."""
    order = np.argsort(-scores)
    tp, fp, n = np.cumsum(member[order]), np.cumsum(~member[order]), member.sum()
    tp, fp = (count[(tp > 0) & (fp > 0)] for count in (tp, fp))
    return (np.log(tp / fp) - norm.ppf(0.95) * np.sqrt(1 / tp + 1 / fp - 2 / n)).max()


def test_the_best_threshold_uncorrected_would_not_be_valid():
    """On scores that know nothing epsilon is 0. The best of all thresholds proves more far too often; ours does not."""
    rng = np.random.default_rng(2)
    member = np.arange(200) < 100
    naive, ours = 0, 0
    for _ in range(400):
        scores = rng.normal(size=200)
        naive += best_of_all_thresholds(scores, member) > 0
        ours += epsilon_lower_bound(scores, member, delta=0.0, rng=rng).epsilon.low > 0
    assert not too_many(ours, 400)
    assert naive > 400 / 4, naive


def test_joint_beta_is_tighter_than_clopper_pearson():
    counts = {"tp": 90, "fn": 10, "fp": 20, "tn": 80, "delta": 1e-5}
    loose, tight = (epsilon_from_counts(**counts, method=m) for m in ("clopper-pearson", "joint-beta"))
    assert loose.low < tight.low < tight.value < tight.high < loose.high


@given(st.integers(1, 60), st.data())
def test_one_run_at_delta_0_is_a_binomial_test(guesses, data):
    correct = data.draw(st.integers(0, guesses))
    epsilon = data.draw(st.floats(0, 5))
    expected = binom.sf(correct - 1, guesses, np.exp(epsilon) / (1 + np.exp(epsilon)))
    assert one_run_p_value(correct, guesses, 100, epsilon, 0.0) == pytest.approx(expected)


@pytest.mark.parametrize("delta", [0.0, 1e-5, 1e-3])
def test_one_run_is_monotone(delta):
    by_correct = [one_run_epsilon(c, 50, 200, delta=delta) for c in range(51)]
    assert by_correct == sorted(by_correct) and by_correct[25] == 0 < by_correct[-1]
    assert one_run_epsilon(48, 50, 200, delta=delta) >= one_run_epsilon(48, 50, 200, delta=2 * delta + 1e-4)
    assert one_run_epsilon(48, 50, 200, delta=delta, confidence=0.99) < by_correct[48]


def test_one_run_delta_by_hand():
    """One guess, right, at epsilon 0: 1/2 + 2 m delta P[1 > W >= 0] = 1/2 + m delta."""
    assert one_run_p_value(1, 1, 7, 0.0, 0.01) == pytest.approx(0.5 + 7 * 0.01)


def test_one_run_covers_randomised_response():
    rng, epsilon = np.random.default_rng(3), 1.0
    low = []
    for _ in range(400):
        member = rng.random(300) < 0.5
        answer = member ^ (rng.random(300) < 1 / (1 + np.exp(epsilon)))
        low.append(one_run(answer + 1e-3 * rng.random(300), member, guesses=100, delta=1e-5).low)
    assert not too_many((np.array(low) > epsilon).sum(), 400)
    assert np.median(low) > 0.5


@pytest.mark.parametrize(("call", "message"), [
    (lambda: epsilon_from_counts(0, 0, 1, 1, delta=0.0), "needs members and non-members"),
    (lambda: epsilon_from_counts(-1, 0, 1, 1, delta=0.0), "tp=-1"),
    (lambda: epsilon_from_counts(1, 1, 1, 1, delta=1.0), "delta=1.0"),
    (lambda: epsilon_from_counts(1, 1, 1, 1, delta=0.0, method="gdp"), "delta=0.0"),
    (lambda: epsilon_from_counts(1, 1, 1, 1, delta=0.0, method="best"), "joint-beta"),
    (lambda: epsilon_lower_bound([1.0, 2.0], [True, False], delta=0.0, rng=0), "at least 4 of each"),
    (lambda: one_run([1.0, 2.0], [True, False], guesses=3, delta=0.0), "guesses=3"),
    (lambda: one_run_epsilon(3, 2, 4, delta=0.0), "correct=3"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_every_method_says_what_it_assumes():
    assert all("assumption" in text or "valid when" in text for text in METHODS.values())
