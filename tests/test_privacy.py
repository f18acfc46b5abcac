"""The accountant against a published figure, limits, symmetries and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from leaklab.privacy import guarantee, noise_for_epsilon

TUTORIAL = {"noise_multiplier": 1.1, "records": 60_000, "batch_size": 256, "steps": 60 * 60_000 // 256, "delta": 1e-5}
SMALL = {"records": 2000, "batch_size": 256, "steps": 156, "delta": 1e-5}


def test_published_tutorial():
    """TensorFlow Privacy's MNIST tutorial prints 3.01 for this run, by Mironov's conversion of 2017."""
    assert guarantee(**TUTORIAL, accountant="rdp-2017").epsilon == pytest.approx(3.01, abs=0.005)


def test_sharper_accountants_promise_no_more_than_blunt_ones():
    pld, rdp, old = (guarantee(**TUTORIAL, accountant=a).epsilon for a in ("pld", "rdp", "rdp-2017"))
    assert 2 < pld < rdp < old


def test_one_step_on_everything_is_the_gaussian_mechanism():
    """Balle and Wang 2018, theorem 8: delta of the Gaussian mechanism in closed form."""
    noise, delta = 2.0, 1e-5
    eps = guarantee(noise_multiplier=noise, records=100, batch_size=100, steps=1, delta=delta).epsilon
    exact = norm.cdf(0.5 / noise - eps * noise) - np.exp(eps) * norm.cdf(-0.5 / noise - eps * noise)
    assert exact == pytest.approx(delta, rel=0.02)


def test_replacing_a_record_is_accounted_with_half_the_noise():
    """With everything in every batch, replacing is removing and adding: the same curve at half the noise multiplier."""
    plan = {"records": 100, "batch_size": 100, "steps": 10, "delta": 1e-5, "accountant": "rdp"}
    fixed = guarantee(noise_multiplier=8.0, sampling="fixed", **plan)
    assert fixed.epsilon == pytest.approx(guarantee(noise_multiplier=4.0, **plan).epsilon, rel=0.02)
    assert fixed.neighbours == "replace one record by another"


def test_no_noise_no_guarantee():
    assert guarantee(noise_multiplier=0, **SMALL).epsilon == np.inf


@settings(max_examples=15, deadline=None)
@given(noise=st.floats(0.6, 20), more=st.floats(1.05, 3), steps=st.integers(1, 500))
def test_epsilon_falls_with_noise_and_grows_with_steps(noise, more, steps):
    plan = SMALL | {"steps": steps, "accountant": "rdp"}
    base = guarantee(noise_multiplier=noise, **plan).epsilon
    assert guarantee(noise_multiplier=noise * more, **plan).epsilon <= base
    assert guarantee(noise_multiplier=noise, **plan | {"steps": 2 * steps}).epsilon >= base


@pytest.mark.parametrize("sampling", ["poisson", "fixed"])
@pytest.mark.parametrize("epsilon", [0.5, 2, 8])
def test_solved_noise_keeps_the_promise_and_wastes_little(epsilon, sampling):
    noise = noise_for_epsilon(epsilon, **SMALL, sampling=sampling)
    reached = guarantee(noise_multiplier=noise, **SMALL, sampling=sampling).epsilon
    assert 0.99 * epsilon < reached <= epsilon


def test_the_statement_names_everything_epsilon_depends_on():
    text = str(guarantee(noise_multiplier=1.1, **SMALL))
    for part in ("epsilon", "delta = 1e-05", "add or remove one record", "poisson", "256", "2,000", "156", "pld"):
        assert part in text


@pytest.mark.parametrize(("change", "message"), [
    ({"noise_multiplier": -1}, "noise_multiplier=-1"),
    ({"delta": 0}, "delta=0"),
    ({"delta": 1.5}, "delta=1.5"),
    ({"batch_size": 3000}, "batch_size=3000: must be at least 1 and at most 2000"),
    ({"steps": 0}, "steps=0"),
    ({"sampling": "shuffle"}, "Shuffled epochs have no such accounting"),
    ({"sampling": "fixed", "accountant": "pld"}, "does not cover fixed batches"),
])
def test_refusals(change, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        guarantee(**({"noise_multiplier": 1.0} | SMALL | change))


def test_an_epsilon_out_of_reach_is_said_so():
    with pytest.raises(ValueError, match="out of reach"):
        noise_for_epsilon(1e-7, **SMALL | {"delta": 1e-12}, accountant="rdp")
