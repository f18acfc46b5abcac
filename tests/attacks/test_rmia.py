"""RMIA: against the dense comparison, by hand, and in its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaklab.attacks import RMIA, rmia, rmia_turns


def marginal(signals, trained_on, a, online):
    """p(x) record by record."""
    out = []
    for p, kept in zip(signals.T, trained_on.T, strict=True):
        mean_out = p[~kept].mean()
        mean_in = p[kept].mean() if online and kept.any() else a * mean_out + 1 - a
        out.append((mean_in + mean_out) / 2)
    return np.array(out)


def dense(target, signals, trained_on, population, gamma, a, online):
    """Every record against every z, in one matrix."""
    x = target / marginal(signals, trained_on, a, online)
    if population is None:
        z = x
    else:
        z = population[0] / marginal(population[1], np.zeros(population[1].shape, bool), a, online)
    return (x[:, None] / gamma >= z).mean(axis=1)


CASES = given(seed=st.integers(0, 10**6), m=st.sampled_from([0, 1, 7]), gamma=st.sampled_from([0.5, 1.0, 1.3, 2.0]),
              a=st.sampled_from([0.0, 0.3, 1.0]), online=st.booleans(), ties=st.booleans())


def draw(seed, m, ties, k=6, n=9):
    rng = np.random.default_rng(seed)

    def p(*shape):
        return rng.integers(1, 4, shape) / 4 if ties else rng.random(shape)

    trained_on = rng.permuted(np.arange(k)[:, None].repeat(n, axis=1) < k // 2, axis=0)
    return p(n), p(k, n), trained_on, (p(m), p(k, m)) if m else None


@settings(max_examples=80, deadline=None, derandomize=True)
@CASES
def test_sorting_equals_comparing_all_with_all(seed, m, gamma, a, online, ties):
    target, signals, trained_on, population = draw(seed, m, ties)
    np.testing.assert_allclose(rmia(target, signals, trained_on, population=population, gamma=gamma, a=a,
                                    online=online),
                               dense(target, signals, trained_on, population, gamma, a, online), atol=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@CASES
def test_a_turn_is_the_attack_with_that_model_left_out(seed, m, gamma, a, online, ties):
    _, signals, _, population = draw(seed, m, ties=False, k=8)
    trained_on = np.random.default_rng(seed).permuted(np.arange(8)[:, None] < 2 + np.arange(9) % 5, axis=0)
    turns = rmia_turns(signals, trained_on, population=population and population[1], gamma=gamma, a=a, online=online)
    for j in range(len(trained_on)):
        rest = np.arange(len(trained_on)) != j
        others = population and (population[1][j], population[1][rest])
        np.testing.assert_allclose(
            turns[j], rmia(signals[j], signals[rest], trained_on[rest], population=others, gamma=gamma, a=a,
                           online=online),
            atol=1e-12)


def test_by_hand():
    """One record: out 0.2, in 0.6, so p(x) = 0.4 and the ratio 2. Outsiders: 1, 2 and 4 times their p(z)."""
    trained_on = np.array([[False], [True]])
    population = (np.array([0.1, 0.2, 0.4]), np.full((2, 3), 0.1))
    kind = {"population": population, "a": 1.0}
    assert rmia([0.8], [[0.2], [0.6]], trained_on, **kind)[0] == pytest.approx(2 / 3)
    assert rmia([0.8], [[0.2], [0.6]], trained_on, gamma=2.0, **kind)[0] == pytest.approx(1 / 3)


def test_the_linear_correction_by_hand():
    """Offline, out mean 0.4, a = 0.5: p(x) = ((1 + a) 0.4 + 1 - a) / 2 = 0.55; ratio 1 at a target of 0.55."""
    population = (np.array([0.5, 0.6]), np.full((1, 2), 0.4))
    score = rmia([0.55, 0.7], np.full((1, 2), 0.4), np.zeros((1, 2), bool), population=population, a=0.5, online=False)
    np.testing.assert_allclose(score, [0.5, 1.0])


def test_offline_ignores_the_models_that_trained_on_a_record():
    target, signals, trained_on, _ = draw(3, 0, ties=False)
    other = np.where(trained_on, 0.999, signals)
    np.testing.assert_array_equal(rmia(target, signals, trained_on, online=False),
                                  rmia(target, other, trained_on, online=False))
    assert not np.array_equal(rmia(target, signals, trained_on), rmia(target, other, trained_on))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: RMIA(gamma=0), "gamma=0: must lie in"),
    (lambda: RMIA(a=1.5), "a=1.5: must lie in"),
    (lambda: rmia([0.5], [[0.5]], np.array([[True]])), "no reference model was trained without record 0"),
    (lambda: rmia([0.5], [[0.5]], np.array([[2]])), "trained_on=2: must be True or False"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
