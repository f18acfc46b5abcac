"""scikit-learn estimators as recipes: one rng decides all that is random, columns have names, refusals come first."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.metrics import make_scorer, recall_score
from sklearn.model_selection import GridSearchCV, KFold, StratifiedShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from leaklab.access import BlackBox, Rounded
from leaklab.attacks import Shadows, Threshold
from leaklab.attacks.knowledge import Shadow
from leaklab.evaluation import utility
from leaklab.training import MLP, Estimator, SoftmaxRegression, halves
from leaklab.training.compiled import as_recipe

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


# Labels of their own

LABELS = {"text": ("dead", "alive"), "upside down": ("z", "b", "a"), "bool": (True, False), "negative": (1, -1),
          "numpy": tuple(np.array([7, 3])), "numpy text": np.array(["no", "ever"]), "whole floats": (2.0, 1.0)}


class Particular(LogisticRegression):
    """Takes no labels but its own."""

    def __init__(self, own=(), class_weight=None):
        super().__init__(class_weight=class_weight)
        self.own = own

    def fit(self, x, y):
        assert set(y.tolist()) == set(self.own), y
        return super().fit(x, y)


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_clones_see_the_labels_and_answer_in_their_order(table, labels):
    x, k = table[0], len(labels)
    y = np.digitize(x["age"], np.quantile(x["age"], np.arange(1, k) / k))
    raw = np.array(labels)[y]
    estimator = Particular(tuple(labels), class_weight={label: 1 + i for i, label in enumerate(labels)})
    recipe = Estimator(estimator=estimator, labels=labels)
    models = recipe.fit_many(x, y, halves(3, 120, rng=0), rng=0)
    assert models.classes == tuple(np.array(labels).tolist()) and (models.encode(raw) == y).all()
    p = models.probabilities(x)
    assert (p.argmax(axis=2) == y).mean() > 0.8
    own = Particular(tuple(labels), class_weight=estimator.class_weight).fit(x[models.trained_on[0]],
                                                                             raw[models.trained_on[0]])
    order = [own.classes_.tolist().index(label) for label in labels]
    np.testing.assert_allclose(p[0], own.predict_proba(x)[:, order], atol=1e-6)
    np.testing.assert_array_equal(BlackBox(models[0]).labels(x), p[0].argmax(axis=1))
    with ThreadPoolExecutor(1) as pool:
        again = recipe.fit_many(x, y, halves(3, 120, rng=0), rng=0, executor=pool)
    np.testing.assert_array_equal(again.probabilities(x), p)


def test_a_search_scores_by_the_labels(table):
    x, y = table
    scoring = make_scorer(recall_score, pos_label="dead")
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, scoring=scoring, cv=2, error_score="raise")
    models = Estimator(estimator=search, labels=("dead", "alive")).fit_many(x, y, halves(2, 120, rng=0), rng=0)
    assert models.probabilities(x).shape == (2, 120, 2)
    with pytest.raises(ValueError, match="pos_label"):
        Estimator(estimator=search).fit(x, y, rng=0)


@pytest.mark.parametrize(("labels", "message"), [
    (("a", 1), "must be all text, all numbers or all booleans"), ((True, 2), "must be all text"),
    ((None, "a"), "must be all text"), (("a", "a"), "at least two different"), (("a",), "at least two different"),
    (3, "a sequence of labels"), ("ab", "a sequence of labels"), ({"a", "b"}, "a sequence of labels")])
def test_labels_that_one_array_cannot_hold(labels, message):
    with pytest.raises(ValueError, match=message):
        Estimator(estimator=GaussianNB(), labels=labels)


def test_a_class_without_an_example_is_refused_also_by_its_label(table):
    x, y = table[0], table[1]
    recipe = Estimator(estimator=GaussianNB(), labels=("b", "c", "a"))
    with pytest.raises(ValueError, match="y=2: is a class without an example"):
        recipe.fit(x, y, rng=0)
    with pytest.raises(ValueError, match=r"classes=2: .*That many labels"):
        recipe.fit_many(x, y, halves(2, 120, rng=0), classes=2, rng=0)


# Whose estimators

class Foreign:
    """scikit-learn's conventions, and none of its classes; a constant guess by the nearest mean."""

    def __init__(self, scale=1.0, random_state=None):
        self.scale, self.random_state = scale, random_state

    def get_params(self, deep=True):
        return {"scale": self.scale, "random_state": self.random_state}

    def set_params(self, **settings):
        for name, value in settings.items():
            setattr(self, name, value)
        return self

    def fit(self, x, y):
        x = np.asarray(x)
        self.classes_, self.n_features_in_ = np.unique(y), x.shape[1]
        self.means_ = np.stack([x[y == label].mean(axis=0) for label in self.classes_])
        return self

    def predict_proba(self, x):
        p = np.exp(-self.scale * ((np.asarray(x)[:, None] - self.means_) ** 2).sum(axis=2))
        return p / p.sum(axis=1, keepdims=True)

    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=1)]


@pytest.mark.parametrize("labels", [None, ("z", "a")])
def test_a_foreign_classifier_with_the_same_conventions(table, labels):
    x, y = table[0].to_numpy(np.float32), table[1]
    recipe = Estimator(estimator=Foreign(), labels=labels)
    models = recipe.fit_many(x, y, halves(3, 120, rng=0), rng=0)
    assert (models.probabilities(x).argmax(axis=2) == y).mean() > 0.7
    assert recipe.estimator.random_state is None


class Bare:
    fit = predict = predict_proba = None


class Changing(GaussianNB):
    def __init__(self, var_smoothing=1e-9):
        super().__init__(var_smoothing=2 * var_smoothing)


@pytest.mark.parametrize(("estimator", "message"), [
    (LinearSVC(), "with predict_proba.*CalibratedClassifierCV"), (SGDClassifier(), "CalibratedClassifierCV"),
    (RidgeClassifier(), "CalibratedClassifierCV"), (make_pipeline(StandardScaler(), LinearSVC()), "Calibrated"),
    (GridSearchCV(LinearSVC(), {"C": [1]}), "Calibrated"), (Bare(), "cannot be cloned.*get_params"),
    (Changing(), "cannot be cloned")], ids=lambda value: type(value).__name__)
def test_what_cannot_serve_is_refused_with_the_remedy(estimator, message):
    for make in (lambda: Estimator(estimator=estimator), lambda: as_recipe(estimator)):
        with pytest.raises(ValueError, match=message):
            make()


def test_of_a_finished_search_its_settings_are_taken(table):
    x, y = table
    search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 3]}, cv=2)
    assert isinstance(as_recipe(search).estimator, GridSearchCV)
    found = as_recipe(search.fit(x, y)).estimator
    assert isinstance(found, DecisionTreeClassifier) and found.max_depth == search.best_params_["max_depth"]


@pytest.mark.parametrize("dtypes", [
    {"sex": "category", "age": "Float64", "visits": "Int64", "smokes": "boolean"},
    {"sex": "string", "age": "Float32", "visits": "Int8", "smokes": "boolean"},
    {"sex": "object", "age": "float64", "visits": "float32", "smokes": "object"}], ids=["category", "string", "object"])
@pytest.mark.parametrize("labels", [None, ("m", "f")])
def test_tables_with_pandas_own_types_and_gaps(dtypes, labels):
    rng = np.random.default_rng(1)
    x = pd.DataFrame({"sex": rng.choice(["f", "m"], 80), "age": rng.normal(50, 9, 80), "visits": rng.integers(0, 9, 80),
                      "smokes": rng.choice([True, False], 80)}).astype(dtypes)
    x.loc[::9, ["age", "visits"]] = pd.NA if "Int" in dtypes["visits"] else np.nan
    y = (x["sex"] == "f").to_numpy(bool).astype(int)
    columns = ColumnTransformer([("text", OneHotEncoder(), ["sex", "smokes"]),
                                 ("numbers", SimpleImputer(), ["age", "visits"])])
    recipe = Estimator(estimator=make_pipeline(columns, LogisticRegression(max_iter=2000)), labels=labels)
    models = recipe.fit_many(x, y, halves(3, 80, rng=0), rng=0)
    assert (models.probabilities(x).argmax(axis=2) == y).all()
    np.testing.assert_array_equal(models.probabilities(x[x.columns[::-1]]), models.probabilities(x))


def test_texts_reach_a_pipeline_that_takes_them():
    texts = np.array(["fever and cough", "no fever", "cough", "rash"] * 10, dtype=object)
    y = np.arange(40) % 2
    recipe = Estimator(estimator=make_pipeline(CountVectorizer(), LogisticRegression()), labels=("ill", "well"))
    trained = recipe.fit_many(pd.Series(texts), y, np.ones((2, 40), bool), rng=0)
    assert trained.probabilities(texts).shape == (2, 40, 2) and trained.classes == ("ill", "well")
