"""The difference of two linear models is the record between them; what spoils that, and what does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from leaklab.attacks import cosine, erased_record, second_moment


def table(seed, n=60, d=5, outputs=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)
    y = x @ rng.normal(size=(d, outputs)) + rng.normal(size=(n, outputs))
    return x, y if outputs > 1 else y[:, 0]


def coefficients(model):
    return np.column_stack([np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)])


def ones(x):
    return np.column_stack([x, np.ones(len(x))])


def differ(model, x, y, gone):
    """Coefficients with everybody, and without the rows ``gone``; the table that remains."""
    stay = np.setdiff1d(np.arange(len(x)), gone)
    return coefficients(model().fit(x, y)), coefficients(model().fit(x[stay], y[stay])), ones(x[stay])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 3), st.floats(0.01, 100))
def test_least_squares_gives_the_record_back_exactly(seed, d, outputs, penalty):
    x, y = table(seed, d=d, outputs=outputs)
    before, after, rest = differ(lambda: Ridge(alpha=penalty, solver="cholesky"), x, y, [0])
    found = erased_record(before, after, second_moment(rest, penalty=penalty))
    if np.abs((before - after) @ second_moment(rest, penalty=penalty))[:, -1].max() > 1e-6:  # it was not fitted exactly
        assert np.allclose(found.record, x[0], atol=1e-5 * np.abs(x).max())
        assert outputs == 1 or found.alone == pytest.approx(1, abs=1e-6)


def test_without_penalty_and_without_intercept():
    x, y = table(1)
    before, after, rest = differ(LinearRegression, x, y, [3])
    assert np.allclose(erased_record(before, after, second_moment(rest)).record, x[3])
    bare = [LinearRegression(fit_intercept=False).fit(x[k:], y[k:]).coef_ for k in (0, 1)]
    found = erased_record(*bare, second_moment(x[1:]), intercept=False)
    assert found.record is None and np.isnan(found.alone)
    assert abs(cosine([found.direction], x[:1])[0]) == pytest.approx(1, abs=1e-9)


def test_a_logistic_regression_by_one_newton_step():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6))
    y = (x @ rng.normal(size=6) + rng.logistic(size=400) > 0).astype(int)
    nearness = []
    for gone in range(20):
        before, after, rest = differ(lambda: LogisticRegression(C=1.0, tol=1e-10, max_iter=1000), x, y, [gone])
        p = 1 / (1 + np.exp(-rest @ after[0]))
        found = erased_record(before, after, second_moment(rest, penalty=1.0, weights=p * (1 - p)))
        nearness.append(cosine([found.record], x[[gone]])[0])
    assert np.min(nearness) > 0.99


def test_public_records_do_nearly_as_well_and_the_mean_record_does_not():
    x, y = table(2, n=2000, d=8)
    public, x, y = x[1000:], x[:1000], y[:1000]
    by_public, by_mean = [], []
    for gone in range(20):
        before, after, _ = differ(lambda: Ridge(alpha=1.0), x, y, [gone])
        found = erased_record(before, after, second_moment(ones(public), penalty=1.0, records=999))
        center = public.mean(axis=0)
        by_public += cosine([found.direction[:-1] / found.direction[-1] - center], [x[gone] - center]).tolist()
        by_mean += cosine([public[gone] - center], [x[gone] - center]).tolist()
    assert np.median(by_public) > 0.9 and abs(np.median(by_mean)) < 0.5


def test_it_fails_where_many_go_at_once_or_noise_is_added():
    x, y = table(3, n=200, d=6, outputs=3)
    before, after, rest = differ(lambda: Ridge(alpha=1.0), x, y, np.arange(20))
    many = erased_record(before, after, second_moment(rest, penalty=1.0))
    assert many.alone < 0.99 and max(cosine(np.tile(many.record, (20, 1)), x[:20])) < 0.999
    before, after, rest = differ(lambda: Ridge(alpha=1.0), x, y, [0])
    exact = second_moment(rest, penalty=1.0)
    noise = np.random.default_rng(0).normal(size=after.shape)
    errors = [np.abs(erased_record(before, after + scale * noise, exact).record - x[0]).max() for scale in (0, 1e-4, 1)]
    assert errors[0] < 1e-8 < errors[1] < errors[2]


@pytest.mark.parametrize("call, told", [
    (lambda: erased_record([1.0, 2.0], [1.0, 2.0], np.eye(2)), "nothing was erased"),
    (lambda: erased_record([1.0, 2.0], [1.0], np.eye(2)), "must be"),
    (lambda: erased_record([1.0, 2.0], [1.0, 3.0], np.eye(3)), "must be"),
    (lambda: erased_record([1.0, np.nan], [1.0, 3.0], np.eye(2)), "finite"),
    (lambda: second_moment(np.ones((3, 2)), penalty=-1), "penalty=-1"),
    (lambda: second_moment(np.ones((3, 2)), weights=[1.0]), "weights"),
    (lambda: second_moment(np.ones((3, 2)), records=0), "records=0"),
    (lambda: cosine([[1.0]], [[1.0, 2.0]]), "must be the same"),
])
def test_refusals(call, told):
    with pytest.raises(ValueError, match=told):
        call()
