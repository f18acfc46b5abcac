"""scikit-learn estimators as recipes: one rng decides all that is random, columns have names, refusals come first."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, StratifiedShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from leaklab.access import BlackBox, Rounded
from leaklab.attacks import Shadows, Threshold
from leaklab.attacks.knowledge import Shadow
from leaklab.evaluation import utility
from leaklab.training import MLP, Estimator, SoftmaxRegression, halves

FOREST = RandomForestClassifier(n_estimators=3)
INNER = {
    "alone": FOREST,
    "pipeline": make_pipeline(StandardScaler(), FOREST),
    "calibrated": CalibratedClassifierCV(FOREST, cv=KFold(2, shuffle=True)),
    "voting": VotingClassifier([("a", FOREST), ("b", DecisionTreeClassifier(max_features=1))], voting="soft"),
    "columns": make_pipeline(ColumnTransformer([("q", QuantileTransformer(n_quantiles=9, subsample=20), [0, 1])]),
                             GaussianNB()),
    "search": GridSearchCV(FOREST, {"max_depth": [1, 5]}, cv=StratifiedShuffleSplit(2)),
    "bagging": BaggingClassifier(Pipeline([("tree", DecisionTreeClassifier(max_features=1))]), n_estimators=2),
}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(120, 3)), columns=["age", "dose", "weight"])
    return x, (x["age"] + rng.normal(size=120) > 0).to_numpy().astype(int)


@pytest.mark.parametrize("estimator", INNER.values(), ids=INNER)
def test_one_rng_one_model_however_deep_the_randomness(table, estimator):
    x, y = table[0].to_numpy(np.float32), table[1]
    before = repr(estimator)

    def answer(rng):
        return Estimator(estimator=estimator).fit(x, y, rng=rng).predict_proba(x)

    first = answer(7)
    np.testing.assert_array_equal(answer(7), first)  # what rng does not reach goes on from numpy's global state
    assert any(not np.array_equal(answer(seed), first) for seed in range(5)), "another rng, another model"
    assert repr(estimator) == before, "the estimator that was given is left alone"


def test_the_outermost_seed_is_the_first_number_of_the_rng(table):
    x, y = table[0].to_numpy(np.float32), table[1]
    model = Estimator(estimator=FOREST).fit(x, y, rng=3)
    assert model.random_state == np.random.default_rng(3).integers(2**31)


# Columns have names

def shuffled(frame):
    return frame[["weight", "age", "dose"]]


@pytest.mark.parametrize("recipe", [Estimator(estimator=FOREST),
                                    Estimator(estimator=make_pipeline(StandardScaler(), LogisticRegression())),
                                    SoftmaxRegression(epochs=2)], ids=repr)
def test_another_order_of_columns_gives_the_same_scores_of_all_models(table, recipe):
    x, y = table
    models = recipe.fit_many(x, y, halves(4, 120, rng=0), rng=0)
    right = models.probabilities(x)
    table = Shadows(models, shuffled(x), y, models.trained_on)
    for again in (models.probabilities(shuffled(x)), models.probabilities(x.to_numpy()), models.probabilities(table.x)):
        np.testing.assert_allclose(again, right, atol=1e-6)
    with pytest.raises(ValueError, match=r"lacks the column.* 'dose'"):
        models.probabilities(x.drop(columns="dose"))
    with pytest.raises(ValueError, match="unknown to the model: 'spare'"):
        models.probabilities(x.assign(spare=1.0))
    with pytest.raises(ValueError, match=r"more than once the column.* 'age'"):
        models.probabilities(pd.concat([x, x[["age"]]], axis=1))


def test_another_order_of_columns_gives_the_same_scores_through_any_access(table):
    x, y = table
    model = Estimator(estimator=FOREST).fit(x, y, rng=0)
    for access in (BlackBox(model), Rounded(BlackBox(model), 2)):
        right = access.probabilities(x)
        assert right.std() > 0 and np.array_equal(access.probabilities(shuffled(x)), right)
        score, score_shuffled = (Threshold()(access, data, y,
                                             knowledge=Shadow(access, data, y, np.arange(120) < 60)).score
                                 for data in (x, shuffled(x)))
        assert np.array_equal(score_shuffled, score) and utility(access, shuffled(x), y) == utility(access, x, y)
        with pytest.raises(ValueError, match=r"lacks the column.* 'age'"):
            access.probabilities(x.rename(columns={"age": "Age"}))


def test_a_pipeline_takes_text_and_gaps_as_they_are():
    rng = np.random.default_rng(1)
    x = pd.DataFrame({"sex": rng.choice(["f", "m"], 80), "age": rng.normal(50, 9, 80)}, index=np.arange(80) + 7)
    x.loc[x.index[::9], "age"] = np.nan
    y = (x["sex"] == "f").to_numpy().astype(int)
    columns = ColumnTransformer([("text", OneHotEncoder(), ["sex"]), ("numbers", SimpleImputer(), ["age"])])
    recipe = Estimator(estimator=make_pipeline(columns, LogisticRegression()))
    trained_on = halves(3, 80, rng=0)
    models = recipe.fit_many(x, y, trained_on, rng=0)
    assert models.probabilities(x[["age", "sex"]]).shape == (3, 80, 2)
    np.testing.assert_array_equal(models.probabilities(x), models.probabilities(x[["age", "sex"]]))
    alone = recipe.fit(x[trained_on[1]], y[trained_on[1]], rng=np.random.default_rng(0).spawn(3)[1])
    np.testing.assert_allclose(models.probabilities(x)[1], alone.predict_proba(x), atol=1e-6)
    with pytest.raises(ValueError, match="must be numbers"):
        MLP(hidden=(2,), epochs=1).fit_many(x, y, trained_on, rng=0)
    with pytest.raises(ValueError, match="must not be empty"):
        recipe.fit(x[:0], y[:0], rng=0)


# Refusals come before the training

class Counting(GaussianNB):
    fits = 0

    def fit(self, x, y):
        Counting.fits += 1
        return super().fit(x, y)


@pytest.mark.parametrize("executor", [nullcontext, lambda: ThreadPoolExecutor(1)], ids=["here", "executor"])
def test_a_model_that_cannot_be_trained_is_refused_before_the_first_is(table, executor):
    trained_on = np.vstack([halves(3, 120, rng=0), [table[1] == 0]])
    before = Counting.fits
    with executor() as pool, pytest.raises(ValueError, match="y=1: is a class without an example"):
        Estimator(estimator=Counting()).fit_many(table[0].to_numpy(), table[1], trained_on, rng=0, executor=pool)
    assert Counting.fits == before
