"""Every model takes its turn: oracles target by target, and the null as a test."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp
from sklearn.metrics import roc_auc_score

from leaklab.metrics import NotResolvable, Rate, auc, over_targets, roc

calm = settings(deadline=None, derandomize=True)


def turns(k, n, *, shift=1.0, ties=False, seed=0):
    """Scores of ``k`` targets on ``n`` records; every target holds half of them."""
    rng = np.random.default_rng(seed)
    trained_on = rng.permuted(np.tile(np.arange(n) < n // 2, (k, 1)), axis=1)
    scores = rng.normal(shift * trained_on, 1)
    return np.round(scores) if ties else scores, trained_on


@pytest.mark.parametrize("ties", [False, True])
def test_each_target_is_measured_as_if_alone(ties):
    scores, trained_on = turns(7, 60, ties=ties)
    found = over_targets(scores, trained_on)
    assert found.aucs == pytest.approx([roc_auc_score(m, s) for s, m in zip(scores, trained_on, strict=True)])
    assert found.aucs == pytest.approx([auc(s, m).value for s, m in zip(scores, trained_on, strict=True)])
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.auc.number == 7 and found.auc.sd == pytest.approx(np.std(found.aucs, ddof=1))


@calm
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0.02, 0.1, 0.35, 1.0]))
def test_tpr_of_each_target_is_its_own_curves(seed, ties, fpr):
    scores, trained_on = turns(3, 44, ties=ties, seed=seed)
    own = [roc(s, m).tpr_at(fpr) for s, m in zip(scores, trained_on, strict=True)]
    expected = [np.nan if isinstance(one, NotResolvable) else one.value for one in own]
    np.testing.assert_allclose(over_targets(scores, trained_on).tprs([fpr])[:, 0], expected)


def test_targets_of_unequal_size():
    scores, trained_on = turns(4, 50)
    trained_on[1, :12], trained_on[2, :9] = True, False
    found = over_targets(scores, trained_on)
    assert found.aucs == pytest.approx([roc_auc_score(m, s) for s, m in zip(scores, trained_on, strict=True)])


@pytest.mark.parametrize("ties", [False, True])
def test_pooled_verdicts_count_every_turn(ties):
    scores, trained_on = turns(5, 100, ties=ties)
    found = over_targets(scores, trained_on).verdicts(0.05)
    threshold = min(t for t in [*scores.ravel(), np.inf] if np.mean(scores[~trained_on] >= t) <= 0.05)
    assert found.tpr == Rate(int((scores[trained_on] >= threshold).sum()), 250)
    assert found.fpr == Rate(int((scores[~trained_on] >= threshold).sum()), 250)
    # Bayes by hand, one member in ten asked about.
    hit, alarm = 0.1 * found.tpr.value, 0.9 * found.fpr.value
    assert found.precision(0.1).value == pytest.approx(hit / (hit + alarm))


def test_what_cannot_be_resolved_is_said():
    found = over_targets(*turns(5, 100))
    assert found.tpr_at(0.001) == NotResolvable(0.001, 250) == found.verdicts(0.001)
    assert np.isnan(found.tprs([0.01, 0.02])).tolist() == [[True, False]] * 5
    assert "at 0.1% not resolvable with 250 non-members" in str(found) and "over 5 targets" in str(found)


def test_identical_inside_and_outside_reads_as_chance():
    """The null: 200 repeats of 10 targets, scores that know nothing of who was in."""
    rng, covered, alone = np.random.default_rng(2), 0, 0
    for _ in range(200):
        trained_on = rng.permuted(np.tile(np.arange(80) < 40, (10, 1)), axis=1)
        scores = rng.normal(rng.normal(0, 1, 80), 1, trained_on.shape)  # some records score high whether in or not
        spread, single = over_targets(scores, trained_on).auc, auc(scores[0], trained_on[0])
        covered += spread.low <= 0.5 <= spread.high
        alone += single.low <= 0.5 <= single.high
    few, many = binom.ppf([0.0005, 0.9995], 200, 0.95)
    assert few <= covered <= many and few <= alone <= many


def test_order_of_targets_and_of_records_does_not_matter():
    scores, trained_on = turns(6, 40)
    rows, columns = np.random.default_rng(1).permutation(6), np.random.default_rng(2).permutation(40)
    a, b = over_targets(scores, trained_on), over_targets(scores[rows][:, columns], trained_on[rows][:, columns])
    assert a.aucs[rows] == pytest.approx(b.aucs) and a.tpr_at(0.1) == b.tpr_at(0.1)
    assert over_targets(-scores, trained_on).aucs == pytest.approx(1 - a.aucs)


@pytest.mark.parametrize("change, message", [
    (lambda s, k: (s, k[:2]), "trained_on has shape"), (lambda s, k: (s[0], k[0]), "2 dimension"),
    (lambda s, k: (s, 2 * k), "trained_on=2: must be True or False"), (lambda s, k: (s * np.inf, k), "Clip"),
    (lambda s, k: (s[:1], k[:1]), "one repeat shows no spread"),
    (lambda s, k: (s, k & (np.arange(3) != 1)[:, None]), r"trained_on\[1\] marks 0 members"),
])
def test_turns_refused(change, message):
    scores, trained_on = turns(3, 20)
    with pytest.raises(ValueError, match=message):
        over_targets(*change(scores, trained_on))


@pytest.mark.parametrize("fpr", [0, 1.5])
def test_rates_refused(fpr):
    found = over_targets(*turns(3, 20))
    for call in (found.tpr_at, lambda at: found.tprs([0.1, at])):
        with pytest.raises(ValueError, match="fpr"):
            call(fpr)


def test_what_varies_from_target_to_target_is_in_the_interval():
    """Each target leaks by an amount of its own: the interval is then nearly Student's over the targets."""
    rng = np.random.default_rng(0)
    trained_on = rng.permuted(np.tile(np.arange(2000) < 1000, (20, 1)), axis=1)
    found = over_targets(rng.normal(trained_on * rng.uniform(0, 2, (20, 1)), 1), trained_on)
    oracle = ttest_1samp(found.aucs, 0).confidence_interval()
    assert found.auc.high - found.auc.low == pytest.approx(oracle.high - oracle.low, rel=0.1)


def test_the_interval_of_independent_turns_is_delongs():
    """Scores that are fresh in every turn: the mean of k AUCs has their variance over k (50 worlds, in the mean). Ours
    is a little wider, for six targets may also vary by chance in what is theirs."""
    rng, widths = np.random.default_rng(0), []
    for _ in range(50):
        trained_on = rng.permuted(np.tile(np.arange(300) < 150, (6, 1)), axis=1)
        scores = rng.normal(trained_on, 1)
        mine = over_targets(scores, trained_on).auc
        each = [auc(s, m) for s, m in zip(scores, trained_on, strict=True)]
        widths.append([mine.high - mine.low, np.mean([one.high - one.low for one in each]) / np.sqrt(6)])
    mine, theirs = np.mean(widths, axis=0)
    assert 0.95 * theirs < mine < 1.2 * theirs
