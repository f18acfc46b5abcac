"""Models of every kind, brought and audited: what leaks is called so, what cannot be tested is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import leaklab
from leaklab.access import BlackBox, RemoteApi, Rounded
from leaklab.attacks import ATTACKS, Threshold
from leaklab.audit import Promise
from leaklab.models import adapt
from leaklab.privacy import Batches
from leaklab.report import Policy, Scope, audit_model, make_privacy_scorer
from leaklab.server import Keys, serve
from leaklab.training import DPSGD, MLP, Compiled

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
ORDER = np.random.default_rng(7).permutation(len(X))
MEMBERS, OTHERS = ORDER[:280], ORDER[280:]
QUICK = Scope(minutes=9, shadow_models=8)  # whatever the machine's pace


def sides(x, y=Y):
    return [(x.iloc[rows], np.asarray(y)[rows]) if hasattr(x, "iloc") else (x[rows], np.asarray(y)[rows])
            for rows in (MEMBERS, OTHERS)]


def fitted(model, x=X, y=Y):
    members, _ = sides(x, y)
    return model.fit(*members)


def table(n=400, seed=0):
    """Text, gaps and a number, as a clinic has them; nothing to learn but noise, so that a deep model learns people."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"town": rng.choice(["Ulm", "Köln", None], n), "dose": rng.normal(size=n).round(3),
                          "weight": rng.normal(size=n).round(3), "smoker": rng.choice([True, False], n)})
    frame.loc[rng.random(n) < 0.1, "dose"] = np.nan
    return frame, rng.choice(["alive", "dead"], n)


@pytest.fixture(scope="module")
def leaking():
    """A pipeline on text and gaps that learnt by heart."""
    frame, status = table()
    encode = make_column_transformer((OrdinalEncoder(encoded_missing_value=-1), ["town"]), remainder="passthrough")
    model = make_pipeline(encode, HistGradientBoostingClassifier(
        max_iter=60, min_samples_leaf=1, early_stopping=False, random_state=0)).fit(frame[:200], status[:200])
    return audit_model(model, (frame[:200], status[:200]), (frame[200:], status[200:]),
                       scope=Scope(minutes=9, shadow_models=24, groups=("town", "dose"), sensitive=("smoker",)), rng=0)


def test_a_pipeline_on_text_and_gaps_that_leaks(leaking):
    assert not leaking.clean and leaking.recommendation.decision == "keep"
    assert leaking.settings["shadow models"] >= 8
    assert {f.access for f in leaking.of("membership") if f.outcome == "leak"} >= {"scores", "rounded=2", "labels"}
    strongest = max((f for f in leaking.of("membership") if f.access == "scores"), key=lambda f: f.measures[0].value)
    assert strongest.measures[0].low > 0.8


def test_it_is_written_by_its_own_word(leaking, tmp_path):
    assert {file.name for file in leaking.save(tmp_path / "report")} >= {"report.html", "report.json", "exposed.csv"}


def test_its_groups_and_attributes_are_told(leaking):
    assert {group.value for group in leaking.groups if group.column == "town"} == {"Ulm", "Köln", "missing"}
    assert len([group for group in leaking.groups if group.column == "dose"]) == 5  # quarters, and the gaps
    assert sum(group.members for group in leaking.groups if group.column == "town") == leaking.data["members"]
    assert {f.access for f in leaking.of("attributes")} == {"scores", "rounded=2", "topk=1,rounded=1", "labels"}


def test_its_records_are_a_table_with_a_column_for_each_attack(leaking):
    records = leaking.records
    assert len(records) == leaking.data["members"] + leaking.data["others"]
    assert {f"score: {name}" for name in ATTACKS} <= set(records.columns)
    assert records["exposed"].dtype == bool and records["exposed"].any()
    assert list(records["exposed"]) == sorted(records["exposed"], reverse=True)  # the exposed first
    assert records["record"].is_unique and records["record"].str.match(r"(members|others) \d+").all()
    first = records.iloc[0]
    frame, _ = table()
    assert frame["town"].iloc[int(first["record"].split()[-1])] == first["town"]


def test_a_constant_is_clean_and_says_what_would_have_been_seen():
    report = audit_model(fitted(DummyClassifier()), *sides(X), scope=QUICK)
    assert report.clean and all("would have been seen" in f.says for f in report.of("membership")
                                if f.outcome == "clean")
    assert all(f.measures[0].least < 0.7 for f in report.of("membership") if f.outcome == "clean")


def test_a_model_of_other_people_is_clean():
    x, y = np.random.default_rng(0).normal(size=(900, 5)), np.random.default_rng(1).integers(0, 2, 900)
    model = DecisionTreeClassifier(random_state=0).fit(x[600:], y[600:])
    assert audit_model(model, (x[:300], y[:300]), (x[300:600], y[300:600]), scope=QUICK).clean


@pytest.mark.parametrize("model", [KNeighborsClassifier(1), DecisionTreeClassifier(random_state=0)], ids=str)
def test_what_learns_by_heart_leaks_whatever_is_shown_of_it(model):
    x, y = np.random.default_rng(0).normal(size=(400, 4)), np.random.default_rng(1).integers(0, 3, 400)
    report = audit_model(model.fit(x[:200], y[:200]), (x[:200], y[:200]), (x[200:], y[200:]), scope=QUICK)
    assert not report.clean and report.recommendation.decision == "keep"


def test_an_access_shows_no_more_than_it_offers():
    access = BlackBox(fitted(GaussianNB()))
    report = audit_model(access, *sides(X), scope=QUICK, fit=GaussianNB())
    assert report.of("structure")[0].outcome == "untested" and report.recommendation.decision != "share"
    assert report.model["queries"] == access.queries == len(report.records)  # each record was asked about once
    held = audit_model(Rounded(access, 1), *sides(X), scope=QUICK)
    assert not held.settings["shadow models"] and held.recommendation.decision == "undecided"


@pytest.mark.parametrize("hardening, least", [("", "scores"), ("rounded=2", "rounded=2"), ("labels", "labels"),
                                              ("topk=1,rounded=1", "topk=1,rounded=1")])
def test_an_endpoint_is_not_cleared_for_finer_answers_than_it_gave(hardening, least):
    x = X.to_numpy() / X.to_numpy().max(axis=0)
    model = LogisticRegression().fit(x[MEMBERS], Y.to_numpy()[MEMBERS])
    with serve(BlackBox(model)) as server, RemoteApi(server.url, server.keys.add("an officer", hardening=hardening)
                                                     ) as api:
        report = audit_model(api, *sides(x), scope=QUICK, fit=LogisticRegression())
    tested = [f.access for f in report.of("membership") if f.measures and f.access]
    assert tested[0] == least and report.recommendation.limits == ("" if least == "scores" else least)
    assert any("no finer" in told for told in report.recommendation.untested) == (
        least in ("rounded=2", "topk=1,rounded=1"))


def test_labels_alone():
    report = audit_model(fitted(LinearSVC(C=1e-3, random_state=0), StandardScaler().fit_transform(X)),
                         *sides(StandardScaler().fit_transform(X)), scope=QUICK)
    assert {f.access for f in report.of("membership") if f.measures} == {"labels"}
    assert report.recommendation.decision in ("undecided", "keep")


def test_a_searched_model_is_trained_again_with_what_was_found():
    search = fitted(GridSearchCV(LogisticRegression(max_iter=5000), {"C": [1e-3, 1e-2]}), X / X.max())
    report = audit_model(search, *sides(X / X.max()), scope=QUICK)
    assert "LogisticRegression" in report.settings["shadow training"] and report.settings["shadow models"] >= 8


def test_labels_of_their_own_reach_the_training():
    y = np.where(Y == 1, "benign", "malignant")
    model = fitted(RandomForestClassifier(20, class_weight={"benign": 1, "malignant": 5}, random_state=0), X, y)
    report = audit_model(model, *sides(X, y), scope=QUICK)
    assert report.settings["shadow models"] >= 8, report.settings["shadow training"]


def test_texts_are_audited_as_they_are():
    rng = np.random.default_rng(0)
    texts = np.array([f"patient {i} with {word}" for i, word in enumerate(rng.choice(["fever", "rash"], 240))], object)
    y = rng.integers(0, 2, 240)
    model = make_pipeline(CountVectorizer(), LogisticRegression(C=100)).fit(texts[:120], y[:120])
    report = audit_model(model, (texts[:120], y[:120]), (texts[120:], y[120:]), scope=QUICK)
    assert report.settings["shadow models"] == 8 and not report.clean  # each patient's number is a word of its own
    assert any("Words" in f.title for f in report.of("structure"))


def test_a_function_is_trained_by_its_owners_function():
    def fit(x, y, rng):
        return DecisionTreeClassifier(random_state=int(rng.integers(9))).fit(x, y)

    x = X.to_numpy()
    tree = fit(x[MEMBERS], Y.to_numpy()[MEMBERS], np.random.default_rng(0))
    model = BlackBox(lambda x: tree.predict_proba(x), inputs=(30,), classes=2)
    without = audit_model(model, *sides(x), scope=QUICK)
    assert "by fit=" in " ".join(f.says for f in without.findings if f.outcome == "untested")
    assert audit_model(model, *sides(x), scope=QUICK, fit=fit).settings["shadow models"] >= 8


def test_training_that_fails_is_said_and_the_rest_is_tested():
    def fit(x, y, rng):
        raise RuntimeError("no licence left")

    report = audit_model(fitted(GaussianNB()), *sides(X), scope=QUICK, fit=fit)
    assert "no licence left" in report.settings["shadow training"]
    assert any(f.outcome == "clean" for f in report.of("membership"))


def test_a_network_is_trained_again_as_its_optimizer_says():
    x = StandardScaler().fit_transform(X).astype(np.float32)
    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Input((30,)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[MEMBERS], Y.to_numpy()[MEMBERS], epochs=3, verbose=0)
    report = audit_model(model, *sides(x), scope=QUICK)
    assert "epochs=3:" in report.settings["shadow training"]
    assert any(f.access == "file" and f.title == "gradient norm" for f in report.of("membership"))


def test_a_network_of_logits_is_trained_again_as_its_owner_says():
    x = StandardScaler().fit_transform(X).astype(np.float32)
    model = tf.keras.Sequential([tf.keras.layers.Input((30,)), tf.keras.layers.Dense(2)])
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x[MEMBERS], Y.to_numpy()[MEMBERS], epochs=2, verbose=0)
    report = audit_model(adapt(model, answers="logits"), *sides(x), scope=QUICK)
    assert report.settings["shadow models"] == 8 and report.of("structure")[0].outcome != "untested"
    only = BlackBox(lambda x: tf.nn.softmax(model(x)).numpy(), inputs=(30,), classes=2)
    report = audit_model(only, *sides(x), scope=QUICK, fit=Compiled(model=model, epochs=2, answers="logits"))
    assert report.settings["shadow models"] == 8, report.settings["shadow training"]


def test_a_network_may_be_the_recipe_of_an_endpoint():
    x = StandardScaler().fit_transform(X).astype(np.float32)
    model = tf.keras.Sequential([tf.keras.layers.Input((30,)), tf.keras.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[MEMBERS], Y.to_numpy()[MEMBERS], epochs=2, verbose=0)
    report = audit_model(BlackBox(model), *sides(x), scope=QUICK, fit=model)
    assert "epochs=2" in report.settings["shadow training"]


def test_people_are_the_unit_where_they_are_named():
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(100), 3)
    x, y = rng.normal(size=(300, 3)) + rng.normal(size=(100, 3))[person], rng.integers(0, 2, 100)[person]
    inside = person < 50
    model = RandomForestClassifier(30, random_state=0).fit(x[inside], y[inside])
    report = audit_model(model, (x[inside], y[inside], person[inside]), (x[~inside], y[~inside], person[~inside]),
                         scope=QUICK)
    assert (report.data["members"], report.data["others"], report.data["unit"]) == (50, 50, "person")
    assert len(report.records) == 100 and report.records["person"].is_unique


def test_a_promise_is_held_against_what_is_measured():
    x = StandardScaler().fit_transform(X).astype(np.float32)
    plan = Batches(280, 64, 30)
    recipe = MLP(hidden=(8,), dp=DPSGD.for_epsilon(2, plan, delta=1e-5))
    model = recipe.fit(x[MEMBERS], Y.to_numpy()[MEMBERS], classes=2, rng=0)
    promise = recipe.guarantee(delta=1e-5)
    report = audit_model(model, *sides(x), fit=recipe, scope=replace(QUICK, promise=promise))
    assert report.clean and report.of("guarantee")[0].title == "promised"
    broken = audit_model(fitted(KNeighborsClassifier(1), x), *sides(x), scope=replace(
        QUICK, promise=Promise(0.01, 1e-9, says="its owner")))
    assert broken.of("guarantee")[1].says


def test_files_that_were_not_drawn_alike_accuse_and_clear_nobody():
    x = X.copy()
    x.loc[OTHERS, "mean radius"] += 10
    report = audit_model(fitted(LogisticRegression(max_iter=9000), x / 100), *sides(x / 100), scope=QUICK)
    assert report.of("comparison")[0].outcome == "caution" and report.recommendation.decision in ("undecided", "serve")
    assert any("rule 4" in reason for reason in report.recommendation.reasons)


def test_a_model_that_was_asked_wrongly_is_said_to_be():
    model = fitted(GaussianNB())
    wrong = [(x * np.nan_to_num(-1), y) for x, y in sides(X)]
    report = audit_model(model, *wrong, scope=QUICK)
    assert any("hardly right" in f.title for f in report.of("comparison"))


def test_an_endpoint(tmp_path):
    x = X.to_numpy()
    model = DecisionTreeClassifier(random_state=0).fit(x[MEMBERS], Y.to_numpy()[MEMBERS])
    with Keys(tmp_path / "keys.sqlite") as keys:
        key = keys.add("an officer")
    with serve({"tree": BlackBox(model)}, log=tmp_path / "keys.sqlite", port=0) as server, \
            RemoteApi(server.url, key, model="tree") as api:
        report = audit_model(api, *sides(x), scope=QUICK, fit=DecisionTreeClassifier())
        assert api.queries == len(report.records)
    assert not report.clean and report.recommendation.decision in ("keep", "serve")


def test_the_same_seed_gives_the_same_report():
    first, second = (audit_model(fitted(GaussianNB()), *sides(X), scope=QUICK, rng=3, fit=lambda x, y, rng: 1 / 0)
                     for _ in range(2))
    assert first.to_dict()["findings"] == second.to_dict()["findings"]


def test_progress_keeps_to_the_budget_and_may_stop():
    told = []
    audit_model(fitted(GaussianNB()), *sides(X), scope=QUICK, progress=lambda *args: told.append(args))
    assert all(0 <= done <= total == 540 for done, total, _ in told) and len({message for *_, message in told}) > 5

    def stop(done, total, message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_model(fitted(GaussianNB()), *sides(X), scope=QUICK, progress=stop)


def test_too_little_time_is_said():
    report = audit_model(fitted(RandomForestClassifier(300, random_state=0)), *sides(X), scope=Scope(minutes=0.005))
    assert "about" in report.settings["shadow training"] and report.recommendation.decision != "share"


@pytest.mark.parametrize("scope, says", [({"groups": ("height",)}, "groups='height'"),
                                         ({"sensitive": "height"}, "sensitive='height'"), ({"minutes": 0}, "minutes")])
def test_what_the_records_have_not_is_refused_before_any_work(scope, says):
    with pytest.raises(ValueError, match=says):
        audit_model(fitted(GaussianNB()), *sides(X), scope=Scope(**scope))


def test_an_attack_of_ones_own_enters_by_one_line(monkeypatch):
    monkeypatch.setitem(ATTACKS, "entropy", Threshold(signal="entropy"))
    report = audit_model(fitted(GaussianNB()), *sides(X), scope=QUICK)
    assert {f.access for f in report.of("membership") if f.title == "entropy"} == {
        "scores", "rounded=2", "topk=1,rounded=1", "labels"}
    assert "score: entropy" in report.records


def test_the_package_offers_it_at_its_door():
    assert leaklab.audit_model is audit_model and leaklab.make_privacy_scorer is make_privacy_scorer
    with pytest.raises(AttributeError):
        leaklab.audit_models  # noqa: B018


def test_a_grid_search_weighs_the_leak():
    grid = {"min_samples_leaf": [1, 40]}
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, refit="privacy", cv=3, scoring={
        "accuracy": "accuracy", "privacy": make_privacy_scorer("rmia_auc", data=(X, Y), models=9)}).fit(X, Y)
    assert search.best_params_ == {"min_samples_leaf": 40}
    assert (search.cv_results_["mean_test_privacy"] < 0).all()
    assert -1 <= make_privacy_scorer("rmia_tpr_at_1pct", models=9)(DecisionTreeClassifier(random_state=0), X, Y) < 0


@pytest.mark.parametrize("name", ["rmia", "auc", "rmia_tpr", "lira_auc ", "RMIA_auc", 3])
def test_a_scorer_that_is_not_known_is_refused(name):
    with pytest.raises(ValueError, match="must be one of"):
        make_privacy_scorer(name)


def test_a_policy_of_ones_own_decides():
    sure = Policy(must_see_auc=0.51)
    assert audit_model(fitted(DummyClassifier()), *sides(X), scope=QUICK, policy=sure).recommendation.decision == \
        "undecided"
