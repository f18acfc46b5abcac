"""The last record: exact from models that others made, loud where it cannot be, and never false without saying so."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from leaklab.access import BlackBox, WhiteBox
from leaklab.attacks import GeneralizedLinear, LastRecord, Others, last_record
from leaklab.training import SoftmaxRegression

TIGHT = {"solver": "newton-cholesky", "tol": 1e-13, "max_iter": 500}
IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
CANCER = (StandardScaler().fit_transform(CANCER[0]), CANCER[1])


def found_in(estimator, x, y, last=-1, known=(), **settings):
    """Train on all records, and look for one."""
    keep = np.arange(len(y)) != np.arange(len(y))[last]
    others = Others(x[keep], np.asarray(y)[keep], dict(known))
    return last_record(GeneralizedLinear.of(estimator.fit(x, y)), others, **settings)


@st.composite
def tables(draw):
    """A table of any scale, and the strength of the penalty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 8))
    x = draw(st.sampled_from([0.1, 1, 10])) * rng.normal(size=(draw(st.integers(d + 3, 60)), d))
    x = x.round() if draw(st.booleans()) and x.round().std(axis=0).min() > 0 else x
    return x, rng, draw(st.sampled_from([0.3, 1.0, 5.0]))


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from([2, 2, 3, 4]), st.integers(0, 9))
def test_a_logistic_regression_gives_the_last_record_to_rounding(table, classes, last):
    x, rng, penalty = table
    y = rng.permutation(np.arange(len(x)) % classes)
    found = found_in(LogisticRegression(C=1 / penalty, **TIGHT), x, y, last % len(x))
    np.testing.assert_allclose(found.x, x[last % len(x)], atol=1e-7 * np.abs(x).max(), rtol=1e-7)
    assert found.y == y[last % len(x)] and found.miss < 1e-6


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from(["cholesky", "svd", "none"]), st.booleans())
def test_a_linear_regression_gives_the_last_record_to_rounding(table, solver, whole_numbers):
    x, rng, penalty = table
    y = x.sum(axis=1) + np.abs(x).max() * rng.normal(size=len(x))
    y = y.round() if whole_numbers else y
    model = LinearRegression() if solver == "none" else Ridge(alpha=penalty, solver=solver)
    residual = y[-1] - model.fit(x, y).predict(x[-1:])[0]
    if abs(residual) <= 1e-3 * np.abs(y).max():
        return  # a record that the model fits does not pull
    found = found_in(model, x, y)
    np.testing.assert_allclose(found.x, x[-1], atol=1e-6 * np.abs(x).max())
    assert found.y == pytest.approx(y[-1], abs=1e-6 * max(1, np.abs(y).max()))
    assert np.isnan(found.miss) and found.residual == pytest.approx(abs(residual), rel=1e-5)


@pytest.mark.parametrize("model", [
    LogisticRegression(solver="newton-cg", tol=1e-12, max_iter=1000), LogisticRegression(C=1e3, **TIGHT),
    LogisticRegression(solver="saga", tol=1e-13, max_iter=20_000),
    LogisticRegression(solver="liblinear", tol=1e-14, max_iter=10_000, intercept_scaling=3.0)],
    ids=lambda model: model.solver)
def test_solvers_that_others_chose(model):
    x, y = CANCER[0][:150, :8], CANCER[1][:150]
    found = found_in(model, x, y, last=3, tolerance=1e-3)
    np.testing.assert_allclose(found.x, x[3], atol=1e-4)
    assert found.y == y[3]


def test_tables_and_labels_as_people_have_them():
    """A DataFrame by name, labels that are text, three classes; and a column that repeats another."""
    x = pd.DataFrame(IRIS[0], columns=list("abcd")).assign(again=lambda t: 2 * t["a"])
    y = np.array(["setosa", "versicolor", "virginica"])[IRIS[1]]
    model = LogisticRegression(**TIGHT).fit(x, y)
    found = last_record(GeneralizedLinear.of(model), Others(x[1:], y[1:], {"again": 10.2}))
    np.testing.assert_allclose(found.x, x.iloc[0], rtol=1e-9)
    assert found.y == "setosa"


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), PCA(30)], ids=lambda s: type(s).__name__)
def test_a_pipeline_is_undone_by_what_it_learnt_from_everybody(scaler):
    x, y = load_breast_cancer(return_X_y=True)
    found = found_in(make_pipeline(scaler, LogisticRegression(**TIGHT)), x, y)
    np.testing.assert_allclose(found.x, x[-1], rtol=1e-5, atol=1e-6)
    assert found.y == y[-1]


def test_a_scaler_fitted_on_the_others_alone_is_found_out():
    """Whoever scales the others by their own figures solves another problem, and is told."""
    x, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)).fit(x, y)
    own = StandardScaler().fit(x[:-1])
    with pytest.raises(ValueError, match="no possible record"):
        last_record(GeneralizedLinear.of(model[-1]), Others(own.transform(x[:-1]), y[:-1]))


def test_a_scaler_alone_gives_the_features_away():
    """An average over everybody is a model too: an oracle for what a pipeline's scaler tells."""
    x = load_breast_cancer().data
    scaler = StandardScaler().fit(x)
    np.testing.assert_allclose(len(x) * scaler.mean_ - x[:-1].sum(axis=0), x[-1], rtol=1e-6, atol=1e-6)


def test_categories_behind_a_pipeline():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.choice(["a", "b", "c"], 80), rng.choice(["no", "yes"], 80)]).astype(object)
    found = found_in(make_pipeline(OneHotEncoder(), LogisticRegression(**TIGHT)), x, rng.integers(0, 2, 80))
    assert found.x.tolist() == x[-1].tolist()


def test_any_other_linear_model_by_its_parameters():
    """Poisson regression: what it expects is exp of the score, and its penalty counts for each record."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = rng.poisson(np.exp(x @ [0.5, -0.3, 0.2]))
    model = PoissonRegressor(alpha=0.1, solver="newton-cholesky", tol=1e-12).fit(x, y)
    form = GeneralizedLinear(model.coef_, model.intercept_, "exp", l2=0.1 * 60)
    found = last_record(form, Others(x[:-1], y[:-1]))
    np.testing.assert_allclose(found.x, x[-1], atol=1e-6)
    assert found.y == pytest.approx(y[-1], abs=1e-6)


def test_the_pull_is_the_gradient_of_the_loss():
    """An independent oracle: differences of the objective, written out."""
    rng = np.random.default_rng(0)
    x, y, coef = rng.normal(size=(12, 3)), rng.integers(0, 3, 12), rng.normal(size=(3, 4))

    def objective(coef):
        score = x @ coef[:, :3].T + coef[:, 3]
        loss = np.log(np.exp(score).sum(axis=1)) - score[np.arange(12), y]
        return loss.sum() + 0.7 / 2 * (coef[:, :3]**2).sum() + 0.2 / 2 * (coef[:, 3]**2).sum()

    pull = GeneralizedLinear(coef[:, :3], coef[:, 3], "softmax", l2=0.7, l2_intercept=0.2).pull(x, y)
    for k, j in np.ndindex(3, 4):
        step = np.zeros((3, 4))
        step[k, j] = 1e-6
        assert pull[k, j] == pytest.approx((objective(coef + step) - objective(coef - step)) / 2e-6, abs=1e-7)


@pytest.mark.parametrize("model", [LogisticRegression(fit_intercept=False, **TIGHT), Ridge(fit_intercept=False)],
                         ids=["logistic", "ridge"])
def test_without_an_intercept_one_value_is_needed(model):
    x, y = CANCER[0][:100, :5], CANCER[1][:100]
    with pytest.raises(ValueError, match="mirror image"):
        found_in(model, x, y)
    found = found_in(model, x, y, known={2: x[-1, 2]})
    np.testing.assert_allclose(found.x, x[-1], atol=1e-7)
    assert found.y == pytest.approx(y[-1])


def test_a_known_value_is_a_check_that_a_linear_regression_lacks():
    x, y = load_diabetes(return_X_y=True)
    assert np.isnan(found_in(Ridge(), x, y).miss)
    assert found_in(Ridge(), x, y, known={0: x[-1, 0]}).miss < 1e-6
    with pytest.raises(ValueError, match="no possible record"):
        found_in(Ridge(), x, y, known={0: x[-1, 0] + 0.01})


@pytest.mark.parametrize("seed", range(8))
def test_training_that_stopped_early_is_refused(seed):
    """scikit-learn's own default stops at 1e-4, early enough to spoil it."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(300, 10)), rng.integers(0, 2, 300)
    with pytest.raises(ValueError, match="no possible record"):
        found_in(LogisticRegression(), x, y)
    off = found_in(LogisticRegression(), x, y, tolerance=np.inf)
    assert off.miss > 1e-6 and np.abs(off.x - x[-1]).max() > 1e-6


@pytest.mark.parametrize(("change", "match"), [
    (lambda model, x, y: (model, x[:-2], y[:-2]), "no possible record"),
    (lambda model, x, y: (model, x[:-1], np.r_[1 - y[0], y[1:-1]]), "no possible record"),
    (lambda model, x, y: (model, x, y), "no record is missing"),
    (lambda model, x, y: (GeneralizedLinear(model.coef, model.intercept, l2=3.0), x[:-1], y[:-1]), "no possible"),
    (lambda model, x, y: (GeneralizedLinear(model.coef + 1e-3, model.intercept, l2=1.0), x[:-1], y[:-1]), "noise was"),
], ids=["two missing", "a wrong label", "none missing", "another penalty", "noise"])
def test_what_is_not_as_stated_is_found_out(change, match):
    x, y = CANCER
    model = GeneralizedLinear.of(LogisticRegression(**TIGHT).fit(x, y))
    changed, others, labels = change(model, x, y)
    with pytest.raises(ValueError, match=match):
        last_record(changed, Others(others, labels))


def test_a_record_that_is_fitted_perfectly_does_not_pull():
    """As many parameters as records: every residual is zero."""
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="fits it perfectly"):
        found_in(LinearRegression(), rng.normal(size=(6, 9)), rng.normal(size=6))


def test_a_table_with_a_column_of_true_and_false_behind_a_pipeline():
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"smokes": rng.random(80) < 0.5, "age": rng.integers(20, 80, 80)})
    y = (x["age"] + 20 * x["smokes"] + rng.normal(scale=15, size=80) > 60).to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(**TIGHT)).fit(x, y)
    found = last_record(GeneralizedLinear.of(model), Others(x[:-1], y[:-1]))
    np.testing.assert_allclose(found.x, x.iloc[-1].to_numpy(float), atol=1e-6)


@pytest.mark.parametrize(("estimator", "match"), [
    (LogisticRegression(class_weight="balanced"), "class_weight"), (Lasso(), "must be a LogisticRegression"),
    (LogisticRegression(l1_ratio=1, solver="saga"), "L1"), (RandomForestClassifier(3), "must be a LogisticRegression"),
    (Ridge(solver="sag"), "sag"), (Ridge(solver="lsqr"), "lsqr"), (LinearRegression(positive=True), "plain"),
    (make_pipeline(PCA(2), Ridge()), "lose something"), (make_pipeline(OneHotEncoder(), Lasso()), "must be a Logistic"),
], ids=lambda value: getattr(value, "solver", str(value)[:12]))
@pytest.mark.filterwarnings("ignore")
def test_models_that_are_refused(estimator, match):
    x, y = CANCER[0][:60, :4], CANCER[1][:60]
    with pytest.raises(ValueError, match=match):
        last_record(GeneralizedLinear.of(estimator.fit(x, y)), Others(x[:-1], y[:-1]))


def test_what_is_not_fitted_is_refused():
    for model in (LogisticRegression(), lambda x: x):
        with pytest.raises(ValueError, match="must be a fitted estimator"):
            GeneralizedLinear.of(model)


@pytest.mark.parametrize(("call", "match"), [
    (lambda: Others(np.zeros((2, 3)), [1]), "as many"),
    (lambda: GeneralizedLinear(np.zeros((2, 3)), mean="logistic"), "coef has shape"),
    (lambda: GeneralizedLinear(np.zeros(3), mean="probit"), "mean='probit'"),
    (lambda: GeneralizedLinear(np.zeros(3), l2=-1.0), "l2=-1.0"),
    (lambda: last_record(GeneralizedLinear(np.zeros(3), 0.0), Others(np.zeros((2, 4)), [0, 1])), "must be \\(n, 3\\)"),
    (lambda: last_record(GeneralizedLinear(np.zeros(3), 0.0), Others(np.zeros((2, 3)), [0, 7])), "y=7"),
    (lambda: last_record(GeneralizedLinear(np.zeros(3), 0.0), Others(np.zeros((2, 3)), [0, 1], {5: 1})), "known=5"),
    (lambda: last_record(GeneralizedLinear(np.zeros(3), 0.0), Others([1.0, 2.0], [0, 1])), "dimension"),
    (lambda: last_record(GeneralizedLinear.of(make_pipeline(StandardScaler(), LogisticRegression()).fit(*CANCER)),
                         Others(CANCER[0][:-1], CANCER[1][:-1], {0: 1.0})), "behind a pipeline"),
    (lambda: LastRecord(l2=-1), "l2=-1"),
])
def test_refusals(call, match):
    with pytest.raises(ValueError, match=match):
        call()


class TestAsAnAttack:
    def test_it_reads_parameters_and_asks_little(self):
        x, y = CANCER
        access = WhiteBox(LogisticRegression(C=0.5, **TIGHT).fit(x, y))
        found = LastRecord(l2=2.0)(access, knowledge=Others(x[:-1], y[:-1]))
        np.testing.assert_allclose(found.x, x[-1], atol=1e-8)
        assert found.y == y[-1] and found.queries == access.queries == 10

    def test_several_classes_and_no_intercept(self):
        x, y = IRIS
        access = WhiteBox(LogisticRegression(fit_intercept=False, **TIGHT).fit(x, y))
        found = LastRecord(l2=1.0, intercept=False)(access, knowledge=Others(x[:-1], y[:-1], {0: x[-1, 0]}))
        np.testing.assert_allclose(found.x, x[-1], atol=1e-8)
        assert found.y == y[-1]

    def test_answers_alone_are_too_little(self):
        model = LogisticRegression().fit(*CANCER)
        with pytest.raises(ValueError, match="needs PARAMETERS"):
            LastRecord(l2=1.0)(BlackBox(model), knowledge=Others(*CANCER))

    @pytest.mark.parametrize(("model", "match"), [
        (MLPClassifier((4,), max_iter=5, random_state=0), "hidden layers"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "something stands before it"),
        (LogisticRegression(), "no possible record")], ids=["network", "pipeline", "stopped early"])
    @pytest.mark.filterwarnings("ignore")
    def test_models_on_which_it_fails_are_named(self, model, match):
        x, y = 3 + 2 * CANCER[0], CANCER[1]
        with pytest.raises(ValueError, match=match):
            LastRecord(l2=1.0)(WhiteBox(model.fit(x, y)), knowledge=Others(x[:-1], y[:-1]))

    def test_a_network_without_hidden_layers_trained_by_steps_is_not_at_its_minimum(self):
        x, y = IRIS
        model = SoftmaxRegression(epochs=3, batch_size=32).fit(x.astype(np.float32), y, rng=0)
        with pytest.raises(ValueError, match="training stopped early"):
            LastRecord(l2=0.0)(WhiteBox(model), knowledge=Others(x[:-1], y[:-1]))
