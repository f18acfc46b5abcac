"""Label-only robustness where the boundary is known, and the quantile attack where the quantiles are."""

import numpy as np
import pytest
from models_for_tests import Labels, half_space
from scipy.stats import norm

from leaklab.access import Access, BlackBox
from leaklab.attacks import LabelOnlyMembership, Outsiders, QuantileRegression


def test_the_distance_on_a_line_is_found_to_the_last_halving():
    """With one coordinate a direction is left or right; 30 tries miss one side with probability 2**-30."""
    x = np.array([[0.3], [1.7], [-0.6], [5.0], [0.4]])
    y = np.array([1, 1, 0, 1, 0])  # the last is answered wrongly, the one before lies beyond the search
    found = LabelOnlyMembership(by="boundary", scale=2.0, tries=30, steps=12)(half_space(1), x, y).score
    np.testing.assert_allclose(found, [0.3, 1.7, 0.6, 2.0, 0.0], atol=2 * 2.0 / 2**12)


def test_the_distance_is_never_below_the_true_one_and_falls_with_tries():
    x = np.abs(np.random.default_rng(1).normal(size=(50, 8))) + 0.1
    y = np.ones(50, int)
    few, many = (LabelOnlyMembership(by="boundary", scale=20.0, tries=tries, steps=20)(half_space(8), x, y).score
                 for tries in (3, 30))
    assert (many >= x[:, 0] - 1e-4).all() and (many <= few).all() and many.mean() < few.mean()


def test_boundary_queries_by_hand():
    """One record, one direction that crosses: 1 for the record, 1 for the far end, 5 halvings."""
    attack = LabelOnlyMembership(by="boundary", scale=100.0, tries=1, steps=5)
    asked = {attack(half_space(1), [[1.0]], [1], rng=seed).queries for seed in range(10)}
    assert asked == {2, 7}  # 2 where the direction leads away


def test_noise_counts_what_the_normal_says():
    """At a distance t from the boundary a copy is right with probability Phi(t / scale)."""
    x = np.array([[0.0], [0.5], [1.0], [2.0]]) + 1e-9
    tries = 4000
    score = LabelOnlyMembership(scale=1.0, tries=tries)(half_space(1), x, np.ones(4, int)).score
    expected = norm.cdf(x[:, 0])
    assert (np.abs(score - expected) < 4 * np.sqrt(expected * (1 - expected) / tries) + 1 / tries).all()


def test_images_have_directions_too():
    bright = Access(Labels(lambda x: x.mean(axis=(1, 2)) > 0, 3, 3))
    score = LabelOnlyMembership(by="boundary", scale=50.0, tries=50)(bright, np.ones((2, 3, 3)), [1, 1]).score
    assert (score >= 3 - 0.2).all() and (score < 50).all()  # the mean of nine ones lies 3 from the plane


@pytest.fixture(scope="module")
def uneven():
    """Answers whose logit is normal about 3 with a spread that depends on the record: 0.2 or 2."""
    def answer(x):
        logit = 3 + np.where(x[:, 0] > 0, 2.0, 0.2) * x[:, 1]
        return np.stack([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))], axis=1)

    return BlackBox(lambda x: answer(np.asarray(x, np.float64)), inputs=(2,), classes=2)


def test_the_verdict_keeps_its_false_positive_rate(uneven):
    """Fresh outsiders exceed the threshold in 10%, within four deviations of threshold and count."""
    rng = np.random.default_rng(0)
    x, fresh = rng.normal(size=(4000, 2)), rng.normal(size=(4000, 2))
    attack = QuantileRegression(fpr=0.1)
    guess = attack(uneven, fresh, np.ones(4000, int), knowledge=Outsiders(x, np.ones(4000))).guess
    assert abs(guess.mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 * (1 / 1000 + 1 / 4000))


def test_one_scale_for_records_of_unequal_spread():
    """The answer's own noise is not in x here, so only the spread can be learned: both kinds get alike scores."""
    rng = np.random.default_rng(3)

    def answer(x):
        noise = np.random.default_rng(len(x)).normal(size=len(x))
        logit = 1 + np.where(x[:, 0] > 0, 2.0, 0.2) * noise
        return np.stack([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))], axis=1)

    access = BlackBox(answer, inputs=(1,), classes=2)
    x, fresh = rng.normal(size=(3000, 1)), rng.normal(size=(2000, 1))
    score = QuantileRegression()(access, fresh, np.ones(2000, int), knowledge=Outsiders(x, np.ones(3000))).score
    wide, narrow = score[fresh[:, 0] > 0].std(), score[fresh[:, 0] <= 0].std()
    assert 0.7 < wide / narrow < 1.4  # their logits differ tenfold
