"""One by one over an Executor: the same models wherever they are trained."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from leaklab.training import CNN, MLP, Estimator, Network, halves


def body(shape, seeds):
    return [tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(4, activation="elu", kernel_initializer=tf.keras.initializers.HeNormal(next(seeds)))]


RECIPES = [Estimator(estimator=RandomForestClassifier(n_estimators=5)), Network(body=body, epochs=2, batch_size=16),
           CNN(filters=(2,), dense=4, epochs=1, batch_size=16)]


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    return rng.random((48, 4, 4)).astype(np.float32), np.arange(48) % 3


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: type(recipe).__name__)
def test_an_executor_gives_the_same_models_as_one_by_one(recipe, pictures):
    trained_on = halves(3, 48, rng=0)
    here = recipe.fit_many(*pictures, trained_on, rng=4).probabilities(pictures[0])
    with ThreadPoolExecutor(2) as pool:
        there = recipe.fit_many(*pictures, trained_on, rng=4, executor=pool)
    np.testing.assert_array_equal(there.probabilities(pictures[0]), here)
    assert here.shape == (3, 48, 3) and not np.array_equal(here[0], here[1])
    own = trained_on[1]
    alone = recipe.fit(pictures[0][own], pictures[1][own], rng=np.random.default_rng(4).spawn(3)[1], classes=3)
    answer = alone.predict_proba(pictures[0].reshape(48, -1)) if hasattr(alone, "predict_proba") else alone(pictures[0])
    np.testing.assert_allclose(here[1], answer, atol=1e-6)


def test_other_processes_give_the_same_models_too(pictures):
    trained_on = halves(2, 48, rng=0)
    here = RECIPES[0].fit_many(*pictures, trained_on, rng=4).probabilities(pictures[0])
    import multiprocessing
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = RECIPES[0].fit_many(*pictures, trained_on, rng=4, executor=pool)
    np.testing.assert_array_equal(there.probabilities(pictures[0]), here)


def test_a_stack_and_an_executor_agree(pictures):
    trained_on, recipe = halves(3, 48, rng=0), MLP(hidden=(5,), epochs=2, batch_size=8)
    with ThreadPoolExecutor(2) as pool:
        separate = recipe.fit_many(*pictures, trained_on, rng=1, executor=pool)
    stack = recipe.fit_many(*pictures, trained_on, rng=1)
    np.testing.assert_allclose(stack.probabilities(pictures[0]), separate.probabilities(pictures[0]), atol=1e-5)
    assert repr(stack) == "Trained(3 models, of 48 records each trained on 24)"


def test_progress_can_stop_what_waits(pictures):
    def stop(done, total, message):
        assert (done, total) == (1, 3)
        raise KeyboardInterrupt
    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        RECIPES[0].fit_many(*pictures, halves(3, 48, rng=0), rng=0, executor=pool, progress=stop)


def test_refusals(pictures):
    with pytest.raises(ValueError, match="with predict_proba"):
        Estimator(estimator=SVC())
    trained_on = np.ones((1, 48), bool)
    trained_on[0, pictures[1] == 2] = False
    with pytest.raises(ValueError, match="a class without an example"):
        RECIPES[0].fit_many(*pictures, trained_on, rng=0)
    with pytest.raises(IndexError):
        MLP(hidden=(2,), epochs=1).fit_many(*pictures, np.ones((1, 48), bool), rng=0)[1]
