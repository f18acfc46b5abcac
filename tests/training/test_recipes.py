"""Recipes: what they learn, that the same rng gives the same model, and what they refuse."""

import numpy as np
import pytest

from leaklab.training import CNN, MLP, SoftmaxRegression

FAST = {"epochs": 3, "batch_size": 16}
RECIPES = [SoftmaxRegression(**FAST), MLP(**FAST, hidden=(8,)), CNN(**FAST, filters=(4,), dense=8),
           MLP(**FAST, hidden=(8, 4), dropout=0.2, weight_decay=1e-3)]


@pytest.fixture(scope="module")
def stripes():
    """Pictures of 8 x 8 with a bright left or right half: learnable by everything."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    x = 0.3 * rng.random((60, 8, 8)).astype(np.float32)
    for i, label in enumerate(y):
        x[i, :, 4 * label:4 * label + 4] += 0.6
    return x, y


@pytest.mark.parametrize("recipe", RECIPES, ids=repr)
def test_answers_probabilities(recipe, stripes):
    x, y = stripes
    p = recipe.fit(x, y, rng=0)(x).numpy()
    assert p.shape == (60, 2)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("recipe", RECIPES, ids=repr)
def test_same_rng_same_model_and_another_rng_another(recipe, stripes):
    first, again, other = (recipe.fit(*stripes, rng=seed).get_weights() for seed in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("recipe", [SoftmaxRegression(epochs=30, batch_size=16, learning_rate=0.01),
                                    MLP(epochs=30, batch_size=16, hidden=(8,), optimizer="sgd", learning_rate=0.05),
                                    CNN(epochs=30, batch_size=16, filters=(4,), dense=8)], ids=repr)
def test_learns(recipe, stripes):
    x, y = stripes
    assert (recipe.fit(x, y, rng=0)(x).numpy().argmax(axis=1) == y).mean() > 0.95


def test_softmax_regression_finds_scikit_learns_optimum():
    """An independent oracle: the weight-decayed logistic loss is convex, so both must find the same probabilities."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    y = (x[:, 0] + 0.5 * rng.normal(size=200) > 0).astype(int)
    decay = 0.01  # ours: decay * sum of both classes' squared weights; theirs: |w|^2 / (2 C) with w the difference
    ours = SoftmaxRegression(epochs=600, batch_size=200, learning_rate=0.05, weight_decay=decay).fit(x, y, rng=0)
    theirs = LogisticRegression(C=1 / (200 * decay), tol=1e-8).fit(x, y)
    np.testing.assert_allclose(ours(x).numpy(), theirs.predict_proba(x), atol=2e-3)


def test_classes_without_examples(stripes):
    x, y = stripes
    assert SoftmaxRegression(**FAST).fit(x, y, rng=0, classes=5)(x).shape == (60, 5)


def test_progress_tells_and_stops(stripes):
    class Stop(Exception):
        pass

    seen = []

    def progress(done, total, message):
        seen.append((done, total))
        if done > total / 2:
            raise Stop

    with pytest.raises(Stop):
        SoftmaxRegression(epochs=10, batch_size=16).fit(*stripes, rng=0, progress=progress)
    assert seen[0][0] < seen[-1][0] < seen[-1][1] == 40


@pytest.mark.parametrize(("call", "message"), [
    (lambda x, y: MLP(epochs=0), "epochs=0: must be at least 1"),
    (lambda x, y: MLP(optimizer="lbfgs"), "optimizer='lbfgs': must be one of 'adam', 'sgd'"),
    (lambda x, y: MLP(dropout=1.0), "dropout=1.0: must lie in"),
    (lambda x, y: MLP(**FAST).fit(x, y[:-1], rng=0), "y has 59 rows: must have 60"),
    (lambda x, y: MLP(**FAST).fit(x, y, rng=None), "rng=None: must be a seed"),
    (lambda x, y: MLP(**FAST).fit(np.where(x > 0.8, np.nan, x), y, rng=0), "x holds nan at index"),
    (lambda x, y: MLP(**FAST).fit(x, y - 1, rng=0), "labels must lie in"),
    (lambda x, y: MLP(**FAST).fit(x, y + 0.5, rng=0), "must be whole numbers counted from 0"),
    (lambda x, y: CNN(**FAST).fit(x.reshape(60, -1), y, rng=0), "a CNN takes grey images"),
    (lambda x, y: MLP(**FAST).guarantee(), "dp=None"),
])
def test_refusals(call, message, stripes):
    with pytest.raises(ValueError, match=message):
        call(*stripes)
