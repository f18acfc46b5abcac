"""Exposure of single records: Fisher and Clopper-Pearson record by record, and how often luck is called exposure."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from leaklab.metrics import Rate, exposure, over_targets


def turns(k, n, *, told=0, rng=0, shift=5.0):
    """``told`` records score high when in the model; all others know nothing."""
    rng = np.random.default_rng(rng)
    trained_on = rng.permuted(np.tile(np.arange(k) < k // 2, (n, 1)), axis=1).T
    return rng.normal(shift * trained_on * (np.arange(n) < told), 1), trained_on


@pytest.fixture(scope="module")
def found():
    scores, trained_on = turns(20, 150, told=6, shift=2.0)
    return scores, trained_on, exposure(scores, trained_on, fpr=0.05)


def test_rates_come_from_the_threshold_of_the_other_half(found):
    scores, trained_on, measured = found
    called = np.zeros_like(trained_on)
    for own, other in ((slice(0, 10), slice(10, 20)), (slice(10, 20), slice(0, 10))):
        outside = scores[other][~trained_on[other]]
        allowed = [t for t in np.sort(scores.ravel()) if np.mean(outside > t) <= 0.05]
        called[own] = scores[own] > min(t for t in allowed if t in outside)
    assert measured.tpr == pytest.approx([called[trained_on[:, i], i].mean() for i in range(150)])
    assert measured.fpr == pytest.approx([called[~trained_on[:, i], i].mean() for i in range(150)])
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
    (lambda s, k: (s, k | (np.arange(100) == 3)), r"trained_on\[:, 3\] has 8 turns in and 0 out"),
    (lambda s, k: (s[:, :20], k[:, :20]), "fpr=0.01: cannot be resolved with"),
    (lambda s, k: (s[:, :50], k), "trained_on has shape"),
])
def test_exposure_refused(change, message):
    with pytest.raises(ValueError, match=message):
        exposure(*change(*turns(8, 100)))


# Thresholds per record

def unlike(k, n, *, told=0, rng=0):
    """Records whose scores have scales and places of their own; the first ``told`` give themselves away."""
    scores, trained_on = turns(k, n, told=told, rng=rng)
    place, scale = np.random.default_rng(rng + 1).normal(0, 20, n), np.random.default_rng(rng + 2).uniform(0.1, 3, n)
    return scores * scale + place, trained_on


def test_a_records_own_threshold_does_not_mind_the_scale_of_others():
    scores, trained_on = unlike(64, 200, told=20)
    own = exposure(scores, trained_on, fpr=0.1, threshold="per_record")
    assert own.exposed()[:20].all() and own.exposed()[20:].sum() <= 4
    assert exposure(scores, trained_on, fpr=0.1).exposed()[:20].sum() < 10, "one threshold serves few of them"
    again = exposure(2 * scores + np.arange(200), trained_on, fpr=0.1, threshold="per_record")
    assert np.array_equal(again.tpr, own.tpr) and np.array_equal(again.fpr, own.fpr)


def test_own_thresholds_are_the_rth_highest_of_the_other_half():
    scores, trained_on = unlike(32, 40)
    measured = exposure(scores, trained_on, fpr=0.3, threshold="per_record")
    for i in range(40):
        inside, outside = scores[trained_on[:, i], i], scores[~trained_on[:, i], i]
        barriers = [np.sort(outside[(1 - j)::2])[-int(0.3 * (8 + 1))] for j in (0, 1)]
        assert measured.tpr[i] == pytest.approx(np.mean([inside[j::2] > barriers[j] for j in (0, 1)]))
        assert measured.fpr[i] == pytest.approx(np.mean([outside[j::2] > barriers[j] for j in (0, 1)]))


def test_own_thresholds_keep_the_false_positive_rate_for_every_record():
    # Each record's mean rate over 400 worlds, each of 16 turns outside; 4 standard errors.
    rates = np.array([exposure(*unlike(32, 30, rng=seed), fpr=0.15, threshold="per_record").fpr for seed in range(400)])
    mean, error = rates.mean(axis=0), rates.std(axis=0) / np.sqrt(400)
    assert (mean <= 0.15 + 4 * error).all() and (mean >= 1 / 9 - 4 * error).all(), "1 in 8 + 1 is the rate by rank"


def test_luck_alone_is_seldom_called_exposure_with_own_thresholds():
    some = sum(exposure(*unlike(16, 60, rng=seed), fpr=0.4, threshold="per_record").exposed().any()
               for seed in range(200))
    assert some <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)
    measured = exposure(*unlike(24, 4000), fpr=0.2, threshold="per_record")
    for level in (0.01, 0.05, 0.2):
        assert np.mean(measured.p_value <= level) <= level + 4 * np.sqrt(level * (1 - level) / 4000)
    assert np.mean((measured.low <= 0) & (measured.high >= 0)) >= 0.95


def test_a_rate_that_a_record_cannot_show_is_refused():
    scores, trained_on = turns(64, 50)
    for measure in (exposure, lambda *a, **k: over_targets(*a).verdicts(k["fpr"], threshold="per_record")):
        with pytest.raises(ValueError, match=r"cannot be resolved for record \d+ with 16 turns.*at least 0\.059"):
            measure(scores, trained_on, fpr=0.01, threshold="per_record")
    with pytest.raises(ValueError, match="threshold='own': must be one of 'pooled', 'per_record'"):
        exposure(scores, trained_on, threshold="own")


def test_over_targets_takes_thresholds_per_record_too():
    scores, trained_on = unlike(64, 200, told=20)
    verdicts, each = (over_targets(scores, trained_on).verdicts(0.1, threshold="per_record"),
                      exposure(scores, trained_on, fpr=0.1, threshold="per_record"))
    assert verdicts.tpr.value == pytest.approx(each.tpr @ each.inside / each.inside.sum())
    assert verdicts.fpr.value == pytest.approx(each.fpr @ each.outside / each.outside.sum())
