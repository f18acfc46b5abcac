"""What a model's object gives away as it is: found where it is, and not found where it is not."""

import threading
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
from real_data import SHARED
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid, RadiusNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from leaklab.models import adapt
from leaklab.structure.inside import count_people
from leaklab.structure.inspection import inspect

RNG = np.random.default_rng(0)
N = 120
X = np.column_stack([RNG.normal(size=(N, 4)), RNG.integers(0, 3, (N, 2))])
Y = (X[:, 0] + X[:, 4] > 1).astype(int)


def found(model, x=X, y=Y, **settings):
    """Findings by kind."""
    return {each.kind: each for each in inspect(model, x, y, **settings)}


def nearest(**settings):
    return KNeighborsClassifier(3, **settings)


HOLDS = [nearest(), nearest(algorithm="brute"), RadiusNeighborsClassifier(99), GaussianProcessClassifier(),
         LabelSpreading("knn", n_neighbors=3), GridSearchCV(nearest(), {"n_neighbors": [3, 5]}, cv=2),
         CalibratedClassifierCV(nearest(), cv=2), OneVsRestClassifier(nearest()),
         VotingClassifier([("a", GaussianNB()), ("b", nearest())]),
         StackingClassifier([("a", GaussianNB()), ("b", nearest())], cv=2)]
CLEAN = [LogisticRegression(), GaussianNB(), NearestCentroid(), DecisionTreeClassifier(), RandomForestClassifier(10),
         ExtraTreesClassifier(10), GradientBoostingClassifier(n_estimators=5), AdaBoostClassifier(n_estimators=5),
         HistGradientBoostingClassifier(max_iter=5), MLPClassifier(max_iter=500, tol=0.1),
         make_pipeline(Nystroem(n_components=9), LogisticRegression())[1:],
         CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2)]


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("model", HOLDS, ids=lambda model: type(model).__name__)
def test_training_rows_are_found_raw_and_behind_a_step(model, scaled):
    held = found((make_pipeline(StandardScaler(), model) if scaled else model).fit(X, Y))["training rows"]
    assert (held.count, held.of, held.rows, held.severity) == (N, N, tuple(range(N)), "holds records")


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("model", CLEAN, ids=lambda model: type(model).__name__)
def test_what_holds_no_rows_comes_out_clean(model, scaled):
    kinds = found((make_pipeline(StandardScaler(), model) if scaled else model).fit(X, Y))
    assert not {"training rows", "support vectors"} & set(kinds)


def test_the_place_is_named():
    held = found(make_pipeline(StandardScaler(), nearest()).fit(X, Y))["training rows"]
    assert held.where == "pipeline step 'kneighborsclassifier' (KNeighborsClassifier)._fit_X"


@pytest.mark.parametrize("table", [X, sparse.csr_matrix(X)], ids=["dense", "sparse"])
def test_support_vectors_are_the_members_that_the_machine_kept(table):
    model = SVC().fit(table, Y)
    held = found(model, table)["support vectors"]
    assert held.rows == tuple(sorted(model.support_)) and held.count < N


def test_only_the_members_that_are_there_are_counted():
    model = nearest().fit(X[:50], Y[:50])
    assert found(model)["training rows"].rows == tuple(range(50))
    assert "training rows" not in found(model, X[50:], Y[50:])


def test_a_step_before_the_model_may_hold_the_rows():
    gaps = X.copy()
    gaps[::7, 0] = np.nan
    for step in (KNNImputer(), make_pipeline(SimpleImputer(), Nystroem(n_components=30))):
        held = found(make_pipeline(step, LogisticRegression()).fit(gaps, Y), gaps)["training rows"]
        assert held.count == (N if isinstance(step, KNNImputer) else 30)


def test_columns_and_rows_drawn_by_an_ensemble_are_followed():
    model = BaggingClassifier(nearest(), n_estimators=4, max_features=0.7, random_state=0).fit(X, Y)
    model.n_jobs = 2  # asked in processes of their own, where nothing would be heard
    kept = np.unique(np.concatenate(model.estimators_samples_))
    assert found(model)["training rows"].rows == tuple(kept)


def test_float32_is_near_enough_and_another_record_is_not():
    model = nearest().fit(X.astype(np.float32), Y)
    assert found(model)["training rows"].count == N
    assert "training rows" not in found(model, X + 0.01 * X.std(axis=0))


def test_duplicates_and_common_rows():
    copies, people = np.repeat(X[:20], 5, axis=0), np.repeat(np.arange(20), 5)
    order = np.random.default_rng(1).permutation(100)
    model = nearest().fit(copies[order], Y[:20].repeat(5)[order])
    assert found(model, copies, Y[:20].repeat(5), people=people)["training rows"].count == 100


class Codebook:
    """Every row that six yes-or-no columns can make, and a number for each."""

    def fit(self, x, y):
        self.table = np.array([[row >> column & 1 for column in range(6)] for row in range(64)], float)
        self.answers = np.arange(64) % 2
        return self

    def predict(self, x):
        return self.answers[(x @ 2**np.arange(6)).astype(int)]


def test_rows_that_match_by_chance_are_no_records():
    x = np.random.default_rng(3).integers(0, 2, (50, 6)).astype(float)
    y = x[:, 0].astype(int)
    assert "training rows" not in found(Codebook().fit(x, y), x, y)
    assert "training rows" not in found(make_pipeline(OneHotEncoder(), LogisticRegression()).fit(x, y), x, y)
    assert found(nearest().fit(x, y), x, y)["training rows"].count == 50


def test_a_class_of_one_is_its_own_mean():
    y = np.array([0, *[1] * 10, *[2] * 9])
    assert found(NearestCentroid().fit(X[:20], y), X[:20], y)["training rows"].rows == (0,)


class Odd:
    """By nobody's conventions: a lock, a circle, a property that raises, records prepared and kept by key."""

    def __init__(self):
        self.lock, self.me, self.kept = threading.Lock(), self, None

    def fit(self, x, y):
        self.prepare = StandardScaler().fit(x)
        self.memory = {f"key {i}": row for i, row in enumerate(self.prepare.transform(x))}
        self.told = y
        return self

    @property
    def broken(self):
        raise RuntimeError("nothing here")

    def predict(self, x):
        memory = np.stack(list(self.memory.values()))
        return self.told[((self.prepare.transform(x)[:, None] - memory)**2).sum(axis=2).argmin(axis=1)]


def test_a_class_of_no_library():
    held = found(Odd().fit(X, Y))["training rows"]
    assert (held.count, held.where) == (N, "Odd.memory")


class Kept:
    """A model that left something of its training on itself."""

    def __init__(self, kept, model):
        self.kept, self.model = kept, model

    def predict_proba(self, x):
        ask = "predict_proba" if hasattr(self.model, "predict_proba") else "probabilities"
        return getattr(self.model, ask)(x)


FRAME = pd.DataFrame(X, columns=list("abcdef"))


@pytest.mark.parametrize("kept", [
    FRAME, FRAME.assign(label=Y).iloc[:, ::-1], np.column_stack([X, Y]), np.column_stack([Y, X]), X.T, X.tolist(),
    list(X), X[:, None], sparse.csc_matrix(X), [{"rows": (1, {"deep": X})}]],
    ids=["frame", "frame with label", "label last", "label first", "standing", "lists", "rows", "with an axis",
         "sparse", "deep"])
def test_a_table_left_on_the_object(kept):
    model = LogisticRegression().fit(FRAME, Y)
    assert found(Kept(kept, model), FRAME)["training rows"].count == N
    assert "training rows" not in found(Kept(None, model), FRAME)


def test_texts_left_on_the_object():
    texts = [f"patient number {i} reports pain" for i in range(N)]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, Y)
    assert found(Kept(texts[:9], model), texts)["training rows"].rows == tuple(range(9))
    assert "training rows" not in found(Kept(["patient number"], model), texts)


def test_a_network_whose_weights_are_a_gallery():
    import tensorflow as tf

    dense, x = tf.keras.layers.Dense, X.astype(np.float32)
    for first in ([], [dense(5, "tanh")]):  # of the records, or of what a layer makes of them
        model = tf.keras.Sequential([*first, dense(N, use_bias=False), dense(2, "softmax")])
        model.build((None, 6))
        assert "training rows" not in found(model, x)
        features = tf.keras.Sequential(model.layers[:-2])(x).numpy() if first else x
        model.layers[-2].set_weights([features.T])
        held = found(model, x)["training rows"]
        assert held.count == N and held.where == f"Sequential.layers[{model.layers[-2].name!r}] (Dense).weights[" \
            f"'{model.layers[-2].name}/kernel:0']"
        assert found(adapt(model), x)["training rows"].count == N


def test_a_gallery_as_a_tensor_and_answers_that_are_no_probabilities():
    import tensorflow as tf

    network = tf.keras.Sequential([tf.keras.layers.Dense(2)])
    network.build((None, 6))
    kinds = found(Kept(tf.constant(X), nearest().fit(X[:3], Y[:3])))
    assert kinds["training rows"].count == N
    assert {"certain answers", "few with the same answer"}.isdisjoint(found(network, X.astype(np.float32)))


@pytest.mark.parametrize("wrap", [lambda model: model.predict_proba, lambda model: partial(model.predict_proba),
                                  lambda model: {"model": model, "version": 3}, lambda model: [model]])
def test_a_model_in_a_wrapping(wrap):
    assert found(wrap(nearest().fit(X, Y)))["training rows"].count == N


def test_faces_kept_by_name():
    faces = np.random.default_rng(0).random((30, 8, 8))
    gallery = {f"person {i}": face for i, face in enumerate(faces)}
    network = adapt(lambda x: np.full((len(x), 2), 0.5), inputs=(8, 8), classes=2)
    assert found(Kept(gallery, network), faces, np.arange(30) % 2)["training rows"].count == 30


def test_a_model_is_left_as_it_was():
    model = make_pipeline(StandardScaler(), BaggingClassifier(DecisionTreeClassifier(), n_estimators=2)).fit(X, Y)
    before = joblib.hash(model), model.predict_proba(X)
    inspect(model, X, Y)
    assert joblib.hash(model) == before[0] and np.array_equal(model.predict_proba(X), before[1])
    assert all("predict_proba" not in vars(each) for each in (model, model[1], *model[1].estimators_))


def test_small_leaves_of_a_tree():
    tree = DecisionTreeClassifier(random_state=0).fit(X, np.random.default_rng(5).integers(0, 2, N))
    small, leaf = found(tree)["small leaves"], tree.apply(X)
    size = np.bincount(leaf)
    assert small.of == tree.get_n_leaves() and small.count == np.sum((size > 0) & (size < 10))
    assert small.rows == tuple(np.flatnonzero(size[leaf] < 10))
    alone = np.sum(size[leaf] == 1)
    assert f"{alone} of {N} members are the only one" in small.says and f"for {alone} of them the group" in small.says


@pytest.mark.parametrize("model", [
    DecisionTreeClassifier(min_samples_leaf=10), RandomForestClassifier(5, min_samples_leaf=20, bootstrap=False),
    HistGradientBoostingClassifier(max_iter=5), GradientBoostingClassifier(n_estimators=5, min_samples_leaf=10),
    LogisticRegression(), nearest()], ids=lambda model: type(model).__name__)
def test_leaves_that_are_large_enough(model):
    assert "small leaves" not in found(model.fit(X, Y))


@pytest.mark.parametrize("model", [
    RandomForestClassifier(5), GradientBoostingClassifier(n_estimators=5, max_depth=5), BaggingClassifier(
        make_pipeline(StandardScaler(), DecisionTreeClassifier()), n_estimators=3), OneVsRestClassifier(
        DecisionTreeClassifier()), HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2)],
    ids=lambda model: type(model).__name__)
def test_small_leaves_behind_a_step_are_one_finding(model):
    pipeline = make_pipeline(StandardScaler(), model).fit(X, np.random.default_rng(5).integers(0, 2, N))
    small = [each for each in inspect(pipeline, X, Y) if each.kind == "small leaves"]
    assert len(small) == 1 and 0 < small[0].count <= small[0].of and type(model).__name__ in small[0].where


def test_people_count_and_rows_do_not():
    x, y, people = X[:6].repeat(20, axis=0), Y[:6].repeat(20), [f"person {i // 20}" for i in range(N)]
    tree = DecisionTreeClassifier(min_samples_leaf=10).fit(x, y)
    assert "small leaves" not in found(tree, x, y)
    assert found(tree, x, y, people=people)["small leaves"].count == tree.get_n_leaves()
    assert count_people(np.array([0, 2, 2, 2]), np.array([1, 1, 1, 0])).tolist() == [1, 0, 2]


class Leaves:
    """Trees of another library, which name their leaves by ``apply``."""

    def __init__(self, size):
        self.classes_, self.size = np.array([0, 1]), size

    def predict(self, x):
        return (x[:, 0] > 0).astype(int)

    def apply(self, x):
        return np.arange(len(x))[:, None] // np.array([self.size, 60])


def test_trees_of_another_library():
    assert found(Leaves(5))["small leaves"].count == N / 5
    assert "small leaves" not in found(Leaves(20))


def test_degrees_of_freedom():
    assert "few degrees of freedom" not in found(LogisticRegression().fit(X, Y))
    assert found(LogisticRegression().fit(X[:16], Y[:16]), X[:16], Y[:16])["few degrees of freedom"].count == 7
    assert "few degrees of freedom" not in found(LogisticRegression().fit(X[:17], Y[:17]), X[:17], Y[:17])
    network = found(MLPClassifier((20,), max_iter=500, tol=0.1).fit(X, Y))["few degrees of freedom"]
    assert (network.count, network.severity) == (6 * 20 + 20 + 20 + 1, "little room")
    tree = DecisionTreeClassifier(max_depth=1).fit(X[:12], Y[:12])
    assert found(tree, X[:12], Y[:12])["few degrees of freedom"].count == 2 + 2


def test_the_same_answer_and_certain_answers():
    tree = DecisionTreeClassifier(min_samples_leaf=15).fit(X, Y)
    assert "few with the same answer" not in found(tree)
    sizes = np.unique(tree.predict_proba(X), axis=0, return_counts=True)[1]
    assert found(tree, group_size=200)["few with the same answer"].count == sizes.sum()
    own = found(LogisticRegression().fit(X, Y))["few with the same answer"]
    assert (own.count, own.severity) == (N, "information")
    certain = (tree.predict_proba(X) == 0).any(axis=1)
    assert certain.any() and found(tree)["certain answers"].rows == tuple(np.flatnonzero(certain))
    assert "certain answers" not in found(LogisticRegression(C=0.1).fit(X, Y))


@pytest.mark.parametrize("model, risky", [
    (DecisionTreeClassifier(), True), (DecisionTreeClassifier(max_depth=3), False),
    (DecisionTreeClassifier(min_samples_leaf=10), False), (RandomForestClassifier(40, max_depth=5), True),
    (RandomForestClassifier(40, max_depth=3), False), (nearest(), False), (nearest(weights="distance"), True),
    (KNeighborsClassifier(1), True), (GridSearchCV(DecisionTreeClassifier(), {"max_depth": [2, 3]}, cv=2), False)])
def test_settings_that_invite_memorizing(model, risky):
    assert ("settings that invite memorizing" in found(make_pipeline(model).fit(X, Y))) == risky


PEOPLE = ["George_W_Bush", "Ada Lovelace", "Turing, Alan", "Emmy Noether", "Jean van Damme", "Marie S. Curie"]


@pytest.mark.parametrize("labels, rows, named", [
    (PEOPLE, 20, True), ([f"{name[0]}@example.org" for name in "abc"], 40, True), (PEOPLE[:2], 60, False),
    (["Iris Setosa", "Iris Virginica", "Iris Versicolor"], 40, False), ([f"P{i:04d}" for i in range(12)], 10, True),
    (list(range(40)), 3, True), (list(range(8)), 15, False),
    (["heart attack", "flu", "cold", "gout", "acne"], 24, False)])
def test_labels_that_name_people(labels, rows, named):
    y = np.repeat(np.array(labels), rows)[:N]
    assert ("names of people" in found(GaussianNB(var_smoothing=1).fit(X[:len(y)], y), X[:len(y)], y)) == named


def test_labels_that_are_people_by_their_records():
    y = np.arange(N) // 20
    model = GaussianNB().fit(X, y)
    assert "names of people" in found(model, y=y, people=y)
    assert "names of people" not in found(model, y=y, people=np.arange(N) // 2)
    assert "names of people" not in found(model, y=y)


PLACES = pd.DataFrame({"place": ["Vaduz"] + ["Bern"] * 59 + ["Basel"] * 60, "ward": np.arange(N) % 3,
                       "age": np.arange(N) * 1.5})


@pytest.mark.parametrize("encoder", [OneHotEncoder(), OrdinalEncoder(), make_pipeline(
    SimpleImputer(strategy="most_frequent"), OneHotEncoder())], ids=["one-hot", "ordinal", "behind a step"])
def test_rare_categories(encoder):
    model = make_pipeline(make_column_transformer((encoder, ["place", "ward"])), LogisticRegression()).fit(PLACES, Y)
    rare = found(model, PLACES)["rare categories"]
    assert (rare.count, rare.of, rare.rows) == (1, 6, (0,)) and "column place" in rare.says
    assert "Vaduz" not in rare.says  # a report is passed on
    common = PLACES.replace("Vaduz", "Bern")
    assert "rare categories" not in found(model.fit(common, Y), common)


def test_rare_categories_of_numbers_and_of_a_class_of_no_library():
    codes = np.column_stack([np.where(np.arange(N) < 3, 77, 5), np.arange(N) % 2])
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(codes, Y)
    assert found(model, codes)["rare categories"].rows == (0, 1, 2)
    ages = make_pipeline(make_column_transformer((StandardScaler(), ["age"])), LogisticRegression()).fit(PLACES, Y)
    assert "rare categories" not in found(ages, PLACES)
    bins = make_pipeline(KBinsDiscretizer(40, strategy="uniform"), LogisticRegression()).fit(X[:, :1], Y)
    assert "rare categories" not in found(bins, X[:, :1])  # numbers of bins, and no values of the data
    assert found(Kept({"Vaduz": 0, "Bern": 1}, ages), PLACES)["rare categories"].rows == (0,)


def test_words_of_single_people():
    texts = [f"reports {'pain' if i % 2 else 'fever'}" for i in range(N)]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    assert "vocabulary" not in found(model.fit(texts, Y), texts)
    texts[4] += " after Zermatt"
    words = found(model.fit(texts, Y), texts)["vocabulary"]
    assert (words.count, words.of, words.rows) == (2, 5, (4,))
    texts[5] += " after Zermatt"
    model.fit(texts, Y)
    assert "vocabulary" not in found(model, texts)
    assert found(model, texts, people=np.arange(N) // 2)["vocabulary"].rows == (4, 5)


def test_extremes_of_single_people():
    x = np.column_stack([np.arange(N) * 1.0, np.arange(N) % 2])
    for scaler in (MinMaxScaler(), KBinsDiscretizer(2, strategy="uniform")):
        ends = found(make_pipeline(scaler, LogisticRegression()).fit(x, Y), x)["extremes"]
        assert ends.rows == (0, N - 1) and "1 column" in ends.says
    assert "extremes" not in found(make_pipeline(StandardScaler(), LogisticRegression()).fit(x, Y), x)
    assert "extremes" not in found(make_pipeline(MinMaxScaler(), LogisticRegression()).fit(x % 2, Y), x % 2)


def test_scores_kept_for_calibration():
    kept = found(CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=2).fit(X, Y))["calibration scores"]
    assert kept.severity == "information"
    assert "calibration scores" not in found(CalibratedClassifierCV(GaussianNB(), cv=2).fit(X, Y))


@pytest.mark.parametrize("model", [lambda x: x, adapt(lambda x: np.full((len(x), 2), 0.5), inputs=(6,), classes=2)])
def test_a_function_cannot_be_looked_into(model):
    (only,) = inspect(model, X, Y)
    assert only.kind == "cannot be looked into"


def test_nothing_found_is_said():
    x = np.repeat(np.eye(2), 30, axis=0)
    (only,) = inspect(LogisticRegression().fit(x, x[:, 0]), x, x[:, 0])
    assert (only.kind, only.count) == ("none", 0)


def test_what_is_too_large_is_said(monkeypatch):
    monkeypatch.setattr("leaklab.structure.inside.ELEMENTS", 200)
    monkeypatch.setattr("leaklab.structure.records.ELEMENTS", 200)
    assert "not looked into" in found(nearest().fit(X, Y))


@pytest.mark.parametrize("wrong", [{"y": Y[:5]}, {"people": Y[:5]}, {"group_size": 1}, {"x": X[:, :3]}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=r"y has|people has|group_size=1|cannot answer about x"):
        inspect(**{"model": LogisticRegression().fit(X, Y), "x": X, "y": Y} | wrong)


def test_the_gravest_comes_first():
    severities = [each.severity for each in inspect(KNeighborsClassifier(1).fit(X, Y), X, Y)]
    assert severities[0] == "holds records" and severities[-1] == "information"


@pytest.mark.skipif(not SHARED.is_dir(), reason="real data is not here")
def test_real_patients_with_text_and_gaps():
    patients = pd.read_csv(SHARED / "cirrhosis.csv").drop(columns=["ID", "N_Days"])
    y = patients.pop("Status").to_numpy()
    numbers = list(patients.select_dtypes("number"))
    words = [name for name in patients if name not in numbers]
    patients["note"] = [f"seen in ward {i % 3} by {'Dr Specimen' if i == 8 else 'staff'}" for i in range(len(patients))]
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(), MinMaxScaler()), numbers), (TfidfVectorizer(), "note"),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), words))
    linear = found(make_pipeline(prepare, LogisticRegression(max_iter=2000)).fit(patients, y), patients, y)
    assert {"vocabulary", "extremes"} <= set(linear) and "training rows" not in linear
    assert linear["vocabulary"].rows == (8,)
    held = found(make_pipeline(prepare, nearest()).fit(patients, y), patients, y)["training rows"]
    assert held.count == held.of == len(patients)


@pytest.mark.skipif(not SHARED.is_dir(), reason="real data is not here")
def test_real_hearts():
    table = pd.read_csv(SHARED / "processed.cleveland.data", header=None, na_values="?")
    x, y = table.iloc[:, :13].to_numpy(float), (table[13] > 0).to_numpy()
    half = make_pipeline(SimpleImputer(), StandardScaler(), nearest()).fit(x[:150], y[:150])
    assert found(half, x, y)["training rows"].rows == tuple(range(150))
    assert "training rows" not in found(half, x[150:], y[150:])
    forest = found(make_pipeline(SimpleImputer(), RandomForestClassifier(50, random_state=0)).fit(x, y), x, y)
    assert {"small leaves", "few degrees of freedom", "settings that invite memorizing"} <= set(forest)
    assert "training rows" not in forest
