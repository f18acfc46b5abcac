"""The last patient behind noise: exact without, no better than the ceilings with it; and the ceiling itself."""

import numpy as np
import pytest
from scipy.stats import norm

from leaklab.attacks import Share
from leaklab.experiments import PropertyStudy, behind_noise
from leaklab.experiments.last_patient import clipped, fit_bounded, with_constant
from leaklab.metrics import Rate
from leaklab.plots import estimated_shares, picked_behind_noise
from leaklab.privacy import Batches, guarantee, reconstruction_ceiling


def draw(n, rng, d=6):
    x = rng.normal(size=(n, d))
    return x, (x[:, 0] + rng.normal(size=n) > 0).astype(int)


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    return behind_noise(draw(60, rng), draw(8, rng), [np.inf, 30, 3, 0.5], l2=5, norm=3, trials=150, rng=1)


def test_without_noise_all_comes_back(points):
    assert points[0].noise == 0 and points[0].error < 1e-6 and points[0].picked.value == 1 == points[0].ceiling


def test_noise_spoils_the_equations_then_the_pick(points):
    errors, picked = [one.error for one in points], [one.picked.value for one in points]
    assert errors[0] < errors[1] < 5 and picked == sorted(picked, reverse=True)
    assert points[-1].picked.low < points[-1].guess == 1 / 8 < 0.3 < picked[1]


def test_no_pick_beats_a_ceiling(points):
    for one in points:
        assert one.picked.low <= one.ceiling_here + 1e-12 <= one.ceiling + 2e-12


def test_one_record_moves_the_parameters_by_less_than_the_promise():
    """Of 60 tables, each with another record of the greatest length allowed, in any direction."""
    rng, l2, longest = np.random.default_rng(0), 2.0, 1.5
    for _ in range(60):
        x, y = draw(20, rng, 3)
        x, more = clipped(x, longest), rng.normal(size=3)
        more *= longest / np.linalg.norm(more)
        first, second = fit_bounded(x, y, l2), fit_bounded(np.vstack([x, more]), np.append(y, rng.integers(2)), l2)
        assert np.linalg.norm(first.coef - second.coef) <= np.hypot(longest, 1) / l2


def test_parameters_lie_at_the_minimum():
    x, y = draw(40, np.random.default_rng(0))
    model = fit_bounded(x, y, 3.0)
    assert np.abs(model.pull(with_constant(x), y)).max() < 1e-9


@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0])
def test_the_ceiling_is_reached_by_two_records_that_pull_against_each_other(mu):
    """Without the record the mean is 0, with either -mu or mu; the best pick is the sign, right in Phi(mu)."""
    rng = np.random.default_rng(0)
    secret = rng.integers(0, 2, 4000)
    picked = (2 * secret - 1) * mu + rng.normal(size=4000) > 0
    hits = Rate(int((picked == secret).sum()), 4000, confidence=0.999)
    assert hits.low <= reconstruction_ceiling(0.5, mu) <= hits.high
    assert reconstruction_ceiling(0.5, mu) == pytest.approx(norm.cdf(mu))


def test_the_ceiling_of_a_training_is_its_trade_off():
    """One full batch of noise 1 is a Gaussian mechanism of mu = 1, and the accountant must come to the same."""
    one = guarantee(Batches(10, 10, 1), noise_multiplier=1.0, delta=1e-5)
    for guess in (0.01, 0.1, 0.5):
        assert reconstruction_ceiling(guess, one) == pytest.approx(reconstruction_ceiling(guess, 1.0), abs=2e-3)
    nothing = guarantee(Batches(10, 10, 1), noise_multiplier=0.0, delta=1e-5)
    assert reconstruction_ceiling(0.1, nothing) == 1


def test_ends_of_the_ceiling():
    assert reconstruction_ceiling(0.2, 0.0) == pytest.approx(0.2) and reconstruction_ceiling(0.2, np.inf) == 1
    assert reconstruction_ceiling(0.0, np.inf) == 1, "no promise allows everything"
    assert reconstruction_ceiling(0.0, 5.0) == 0 and reconstruction_ceiling(1.0, 0.1) == 1
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match="guess="):
            reconstruction_ceiling(wrong, 1.0)
    with pytest.raises(ValueError, match="Guarantee"):
        reconstruction_ceiling(0.1, -1.0)


def test_figures_say_what_they_show(points):
    ax = picked_behind_noise(points)
    assert len(ax.get_legend().get_texts()) == 3 and "a guess being right 0.12" in ax.figure.get_label()
    with pytest.raises(ValueError, match="at least two"):
        picked_behind_noise(points[:1])
    with pytest.raises(ValueError, match="at least one"):
        estimated_shares({})
    found = [Share(0.35, 0.1, 0.6, 0.95, 0.2), Share(0.6, 0.4, 0.8, 0.95, 0.9)]
    unlike = {f"{ends}": PropertyStudy.of(np.array(ends), found) for ends in ((0.3, 0.7), (0.1, 0.2))}
    with pytest.raises(ValueError, match="the same two shares"):
        estimated_shares(unlike)


@pytest.mark.parametrize("wrong", [0.0, -1.0])
def test_a_promise_must_promise_something(wrong):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="promises="):
        behind_noise(draw(20, rng), draw(3, rng), [wrong], l2=1, norm=1, trials=2, rng=0)
