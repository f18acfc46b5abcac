"""ROC curves against independent oracles, symmetries and limits; intervals against repeated draws."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score, roc_curve

from leaklab.metrics import NotResolvable, Rate, auc, clopper_pearson, roc

groups = st.tuples(st.lists(st.integers(-20, 20), min_size=2, max_size=30), st.lists(st.integers(-20, 20), min_size=2,
                                                                                  max_size=30))
calm = settings(deadline=None, derandomize=True)  # a busy machine is no failure, and every run tries the same


def joined(inside, outside):
    return np.array([*inside, *outside], float), np.array([1] * len(inside) + [0] * len(outside), bool)


def normal_scores(rng, shift, members=60, others=60):
    return joined(rng.normal(shift, 1, members), rng.normal(0, 1, others))


# Area under the curve

@calm
@given(groups)
def test_auc_is_mann_whitney_and_scikit_learns_with_ties(two):
    scores, member = joined(*two)
    u = mannwhitneyu(*two, method="asymptotic").statistic if len(set(scores)) > 1 else len(two[0]) * len(two[1]) / 2
    found = auc(scores, member)
    assert found.value == pytest.approx(u / (len(two[0]) * len(two[1])))
    assert found.value == pytest.approx(roc_auc_score(member, scores))
    assert 0 <= found.low <= found.value + 1e-12 and found.value - 1e-12 <= found.high <= 1


@calm
@given(groups)
def test_turning_the_scores_around_turns_the_auc_around(two):
    scores, member = joined(*two)
    a, b, c = auc(scores, member), auc(-scores, member), auc(scores, ~member)
    for other in (b, c):
        expected = (1 - other.value, 1 - other.high, 1 - other.low)
        np.testing.assert_allclose((a.value, a.low, a.high), expected, atol=1e-9)


@calm
@given(groups, st.sampled_from([np.exp, np.arctan, lambda s: 3 * s - 7, lambda s: s**3 + s]))
def test_only_the_order_of_the_scores_counts(two, transform):
    scores, member = joined(*two)
    a, b = roc(scores, member), roc(transform(scores / 10), member)
    assert a.auc == b.auc and np.array_equal(a.fpr, b.fpr) and np.array_equal(a.tpr, b.tpr)
    assert a.tpr_at(0.5) == b.tpr_at(0.5) and a.advantage() == b.advantage()


def test_delong_variance_by_its_definition():
    # DeLong's structural components by the plain double loop instead of midranks.
    scores, member = normal_scores(np.random.default_rng(0), 0.8, 23, 31)
    wins = (scores[member][:, None] > scores[~member][None]).astype(float)
    variance = wins.mean(1).var(ddof=1) / 23 + wins.mean(0).var(ddof=1) / 31
    found, value = auc(scores, member), wins.mean()
    logit_width = np.log(found.high / (1 - found.high)) - np.log(found.low / (1 - found.low))
    assert logit_width / (2 * 1.959964) == pytest.approx(np.sqrt(variance) / (value * (1 - value)), rel=1e-5)


@pytest.mark.parametrize("shift, truth", [(0.0, 0.5), (1.0, 0.7602499), (2.0, 0.9213504)])
def test_auc_interval_covers_as_often_as_it_says(shift, truth):
    # truth = Phi(shift / sqrt 2). 1,000 repeats: standard error 0.007; 4 of them, and 0.01 for the approximation.
    rng, hits = np.random.default_rng(11), 0
    for _ in range(1000):
        found = auc(*normal_scores(rng, shift))
        hits += found.low <= truth <= found.high
    assert abs(hits / 1000 - 0.95) < 4 * 0.007 + 0.01


@pytest.mark.parametrize("inside, outside, value", [
    ([3, 4, 5], [0, 1, 2], 1), ([0, 1], [2, 3, 4], 0), ([1] * 40, [1] * 40, 0.5)])
def test_no_variance_is_no_certainty(inside, outside, value):
    found = auc(*joined(inside, outside))
    assert found.value == value and found.high - found.low > 0.2
    if value == 1:  # three disjoint pairs, all won
        assert (found.low, found.high) == clopper_pearson(3, 3)


@pytest.mark.parametrize("scores, member, message", [
    ([1, 2, np.nan, 4], [1, 1, 0, 0], "scores holds nan at index .2,"),
    ([1, 2, np.inf, 4], [1, 1, 0, 0], "scores holds inf.*Clip"),
    ([1, 2, 3], [1, 1, 0, 0], "member has 4 rows: must have 3"),
    ([1, 2, 3, 4], [1, 1, 1, 0], "3 members and 1 non-members"),
    ([1, 2, 3, 4], [0, 0, 0, 0], "0 members"),
    ([1, 2, 3, 4], [2, 0, 1, 0], "member=2.0"),
    ([[1, 2, 3, 4]], [1, 1, 0, 0], "scores has shape"),
    (["a", "b", "c", "d"], [1, 1, 0, 0], "scores="),
])
def test_scores_refused(scores, member, message):
    for measure in (auc, roc):
        with pytest.raises(ValueError, match=message):
            measure(scores, member)


# ROC curve

@calm
@given(groups)
def test_roc_is_scikit_learns(two):
    scores, member = joined(*two)
    found = roc(scores, member)
    for ours, theirs in zip((found.fpr, found.tpr, found.thresholds),
                            roc_curve(member, scores, drop_intermediate=False), strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert trapezoid(found.tpr, found.fpr) == pytest.approx(found.auc.value)
    assert (found.members, found.non_members) == (len(two[0]), len(two[1]))


@calm
@given(groups, st.floats(0.01, 1))
def test_tpr_at_is_a_threshold_that_keeps_the_promise(two, fpr):
    scores, member = joined(*two)
    found, n = roc(scores, member).tpr_at(fpr), len(two[1])
    assume(abs(fpr * n - round(fpr * n)) > 1e-6)  # on the edge rounding decides; the next test stands on it
    if fpr * n < 1:
        assert found == NotResolvable(fpr, n)
        return
    kept = [t for t in [*scores, np.inf] if np.mean(np.array(two[1]) >= t) <= fpr]
    assert found == Rate(int(max(np.sum(np.array(two[0]) >= t) for t in kept)), len(two[0]))


def test_tpr_at_one_false_positive_exactly():
    curve = roc(*joined(np.arange(10), np.full(10, 4.5) - np.arange(10)))
    # The two highest non-members score 4.5 and 3.5: threshold 4 admits one of them, and the members 4 to 9.
    assert curve.tpr_at(0.1) == Rate(6, 10) == curve.tpr_at(0.19)
    assert str(curve.tpr_at(0.05)) == "not resolvable with 10 non-members: an FPR of 0.05 needs at least 20"
    assert curve.tpr_at(1) == Rate(10, 10)


def test_what_is_resolvable_depends_on_the_non_members():
    scores, member = normal_scores(np.random.default_rng(0), 1, 50, 1000)
    assert isinstance(roc(scores, member).tpr_at(0.001), Rate)
    assert isinstance(roc(scores, ~member).tpr_at(0.001), NotResolvable)


@pytest.mark.parametrize("fpr", [0, -0.1, 1.1, float("nan"), "0.1", True])
def test_tpr_at_refuses(fpr):
    with pytest.raises(ValueError, match="fpr="):
        roc([1, 2, 3, 4], [1, 1, 0, 0]).tpr_at(fpr)


def test_advantage_covers_the_truth_though_its_value_is_optimistic():
    # Guessing has advantage 0; two unit normals a distance d apart have 2 Phi(d / 2) - 1.
    rng = np.random.default_rng(5)
    for shift, truth in ((0, 0.0), (1, 0.3829249)):
        found = [roc(*normal_scores(rng, shift)).advantage() for _ in range(300)]
        assert np.mean([f.low <= truth <= f.high for f in found]) >= 0.95
        assert np.mean([f.value for f in found]) > truth
    # Massart: each group's curve strays further than e with probability at most 2 exp(-2 m e^2), here half of 5%.
    slack = (found[0].value - found[0].low) / 2 if found[0].low > 0 else (found[0].high - found[0].value) / 2
    assert 2 * np.exp(-2 * 60 * slack**2) == pytest.approx(0.025)
    exact = roc(*joined([3, 4], [1, 2]))
    assert exact.advantage().value == 1 and exact.balanced_accuracy().value == 1


@calm
@given(groups)
def test_balanced_accuracy_is_that_of_the_best_threshold(two):
    scores, member = joined(*two)
    best = max((np.mean(scores[member] >= t) + np.mean(scores[~member] < t)) / 2 for t in [*scores, np.inf])
    assert roc(scores, member).balanced_accuracy().value == pytest.approx(best)
