"""Exposure of single records: Fisher and Clopper-Pearson record by record, and how often luck is called exposure."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from leaklab.metrics import Rate, exposure


def turns(k, n, *, told=0, rng=0, shift=5.0):
    """``told`` records score high when in the model; all others know nothing."""
    rng = np.random.default_rng(rng)
    keep = rng.permuted(np.tile(np.arange(k) < k // 2, (n, 1)), axis=1).T
    return rng.normal(shift * keep * (np.arange(n) < told), 1), keep


@pytest.fixture(scope="module")
def found():
    scores, keep = turns(20, 150, told=6, shift=2.0)
    return scores, keep, exposure(scores, keep, fpr=0.05)


def test_rates_come_from_the_threshold_of_the_other_half(found):
    scores, keep, measured = found
    called = np.zeros_like(keep)
    for own, other in ((slice(0, 10), slice(10, 20)), (slice(10, 20), slice(0, 10))):
        outside = scores[other][~keep[other]]
        allowed = [t for t in np.sort(scores.ravel()) if np.mean(outside > t) <= 0.05]
        called[own] = scores[own] > min(t for t in allowed if t in outside)
    assert measured.tpr == pytest.approx([called[keep[:, i], i].mean() for i in range(150)])
    assert measured.fpr == pytest.approx([called[~keep[:, i], i].mean() for i in range(150)])
    assert measured.advantage == pytest.approx(measured.tpr - measured.fpr)


def test_p_values_are_fishers_and_limits_are_clopper_and_pearsons(found):
    _, _, measured = found
    for i in range(0, 150, 7):
        hits, alarms = round(measured.tpr[i] * 10), round(measured.fpr[i] * 10)
        exact = fisher_exact([[hits, 10 - hits], [alarms, 10 - alarms]], alternative="greater").pvalue
        assert measured.p_value[i] == pytest.approx(exact)
        tpr, fpr = Rate(hits, 10, 0.975), Rate(alarms, 10, 0.975)
        assert (measured.low[i], measured.high[i]) == pytest.approx((tpr.low - fpr.high, tpr.high - fpr.low))
    assert (measured.low <= measured.advantage).all() and (measured.advantage <= measured.high).all()


def test_the_exposed_are_found_and_marked_by_benjamini_and_hochberg():
    measured = exposure(*turns(32, 400, told=20))
    p = np.sort(measured.p_value)
    passing = np.flatnonzero(p <= 0.05 * np.arange(1, 401) / 400)  # the step-up rule by its definition
    assert (measured.exposed() == (measured.p_value <= p[passing[-1]])).all()
    assert measured.exposed()[:20].all() and measured.exposed()[20:].sum() <= 4
    assert str(measured) == f"{measured.exposed().sum()} of 400 records exposed (false discoveries at most 5%)"
    assert (measured.exposed(0.001) <= measured.exposed(0.2)).all()


def test_luck_alone_is_seldom_called_exposure():
    # Under the null any discovery is false: in at most 5% of repeats. 200 repeats, 3 standard errors.
    some = sum(exposure(*turns(16, 60, rng=seed), fpr=0.2).exposed().any() for seed in range(200))
    assert some <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_a_null_record_has_honest_p_values_and_limits():
    measured = exposure(*turns(24, 4000), fpr=0.2)
    for level in (0.01, 0.05, 0.2):
        assert np.mean(measured.p_value <= level) <= level + 4 * np.sqrt(level * (1 - level) / 4000)
    assert np.mean((measured.low <= 0) & (measured.high >= 0)) >= 0.95


def test_few_turns_show_nobody():
    assert not exposure(*turns(4, 300, told=15)).exposed().any(), "with 2 turns in and 2 out p is at least 1/6"


@pytest.mark.parametrize("change, message", [
    (lambda s, k: (s, k | (np.arange(100) == 3)), r"keep\[:, 3\] has 8 turns in and 0 out"),
    (lambda s, k: (s[:, :20], k[:, :20]), "fpr=0.01: cannot be seen with"),
    (lambda s, k: (s[:, :50], k), "must be the same"),
])
def test_exposure_refused(change, message):
    with pytest.raises(ValueError, match=message):
        exposure(*change(*turns(8, 100)))
