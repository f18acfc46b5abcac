"""Halves: every model, and every row, half."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaklab.training import halves

calm = settings(deadline=None, derandomize=True)


@calm
@given(k=st.integers(1, 40), n=st.integers(2, 60), seed=st.integers(0, 10**6))
def test_every_model_has_half_of_the_rows_and_every_row_half_of_the_models(k, n, seed):
    trained_on = halves(k, n, rng=seed)
    of_model, of_row = trained_on.sum(axis=1), trained_on.sum(axis=0)
    assert trained_on.shape == (k, n) and trained_on.dtype == bool
    assert np.ptp(of_model) <= 1 and abs(of_model - n / 2).max() <= 1
    if n % 2 == 0 or k < 3:
        assert (of_model == n // 2).all()
    if k > 2:
        assert set(of_row) <= {k // 2, -(-k // 2)}
    np.testing.assert_array_equal(trained_on, halves(k, n, rng=seed))


@pytest.mark.parametrize("k", [3, 4, 5, 8, 16, 65])
def test_any_two_models_are_related_alike(k):
    """As they must where a row's models are constant in number (k even), or by one coin (k odd); five deviations."""
    trained_on = halves(k, 4000, rng=k)
    found = np.corrcoef(trained_on)[~np.eye(k, dtype=bool)]
    np.testing.assert_allclose(found, -1 / (k if k % 2 else k - 1), atol=5 / np.sqrt(4000))


def test_all_is_drawn_alike():
    """Over many draws each row is as often in each model, and any two rows as often together."""
    draws = np.stack([halves(5, 6, rng=seed) for seed in range(2000)])
    np.testing.assert_allclose(draws.mean(axis=0), 0.5, atol=5 * 0.5 / np.sqrt(2000))
    together = np.einsum("ski,skj->ij", draws, draws.astype(int)) / (2000 * 5)
    apart = together[~np.eye(6, dtype=bool)]
    np.testing.assert_allclose(apart, 0.2, atol=5 * 0.4 / np.sqrt(2000))  # 3 of 6 rows: 1/2 * 2/5
