"""Every model in turn the target: by person where people have several records, and with fresh records beside them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from leaklab.attacks import ATTACKS
from leaklab.course.person import Trial
from leaklab.data import Records, load_patients
from leaklab.experiments.turns import Turns, take_turns
from leaklab.metrics import auc_by_group, exposure, over_targets
from leaklab.training import MLP, Estimator, SoftmaxRegression, halves

QUICK = SoftmaxRegression(epochs=1)
FOREST = Estimator(estimator=make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=10)))


def table(x, label, person=None):
    x = np.asarray(x, float).reshape(len(label), -1)
    d = x.shape[1]
    return Records(pd.DataFrame(x, columns=[f"f{j}" for j in range(d)]), np.asarray(label), "ill", ("no", "yes"),
                   np.zeros(d), np.ones(d), "test", person=person)


def visits(people, *, rng=0, low=4, high=8):
    """Several rows a person, alike within a person; the outcome is a person's, half of it chance."""
    rng = np.random.default_rng(rng)
    person = np.repeat(np.arange(people), rng.integers(low, high + 1, people))
    own = rng.normal(size=(people, 8))
    ill = rng.random(people) < 1 / (1 + np.exp(-own[:, :3].sum(axis=1)))
    return table(own[person] + 0.5 * rng.normal(size=(len(person), 8)), ill[person].astype(int), person)


class Recording:
    """A recipe that trains nothing, and keeps what it was given."""

    def fit_many(self, x, y, trained_on, **_):
        self.x, self.y, self.trained_on = x, y, trained_on
        return self

    def probabilities(self, x):
        return np.full((len(self.trained_on), len(x), 2), 0.5, np.float32)


# By person

@pytest.fixture(scope="module")
def forest():
    return take_turns(visits(150), FOREST, models=24, rng=0)


def test_a_person_is_in_a_model_with_all_their_records_or_none(forest):
    for who in forest.people:
        rows = forest.trained_on[:, forest.person == who]
        assert (rows == rows[:, :1]).all()
    assert 0 < forest.trained_on.mean() < 1 and "of 150 people; halves of one pool of" in repr(forest)


def test_by_row_the_leak_of_a_person_is_understated(forest):
    scores = forest.scores("LiRA, one variance")
    by_row, by_person = over_targets(scores, forest.trained_on), over_targets(*forest.by_person(scores))
    assert by_person.auc.low > by_row.auc.high
    assert by_person.tprs([0.05]).mean() > 1.3 * by_row.tprs([0.05]).mean()


def test_exposure_groups_and_one_persons_trial_are_of_people(forest):
    scores, trained_on = forest.by_person(forest.scores("RMIA"))
    assert scores.shape == trained_on.shape == (24, 150)
    assert len(exposure(scores, trained_on, fpr=0.05).tpr) == 150
    assert auc_by_group(scores, trained_on, forest.people % 2).records == {0: 75, 1: 75}
    trial = Trial(forest)
    assert trial.trained_on.shape == (24, 150)
    assert len(trial.person(149, shadows=23).inside) == trained_on[1:, 149].sum()


def test_where_every_record_is_a_person_nothing_changes():
    records = visits(40)
    alone = take_turns(replace(records, person=None), QUICK, models=8, rng=3)
    named = take_turns(replace(records, person=np.arange(len(records))[::-1]), QUICK, models=8, rng=3)
    assert np.array_equal(alone.trained_on, named.trained_on) and np.array_equal(alone.answers, named.answers)
    for turns in (alone, named):
        scores, trained_on = turns.by_person(turns.scores("loss threshold"))
        assert np.array_equal(scores, alone.scores("loss threshold")) and np.array_equal(trained_on, alone.trained_on)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.sampled_from("abcdef"), min_size=3, max_size=20), st.integers(0, 99))
def test_mean_over_a_persons_records_by_its_definition(person, seed):
    person, rng = np.array(person), np.random.default_rng(seed)
    people = list(dict.fromkeys(person))
    own = rng.random((3, len(people))) < 0.5
    turns = Turns(own[:, [people.index(who) for who in person]], np.zeros(len(person), int),
                  np.ones((3, len(person), 1)), person)
    scores, trained_on = turns.by_person(values := rng.normal(size=(3, len(person))))
    assert list(turns.people) == people and np.array_equal(trained_on, own)
    np.testing.assert_allclose(scores, np.stack([values[:, person == who].mean(axis=1) for who in people], axis=1))
    some = turns.take(person == people[0])
    assert list(some.people) == people[:1] and np.allclose(some.by_person(values[:, person == people[0]])[0],
                                                           scores[:, :1])


def test_keep_that_parts_a_person_is_refused_before_training():
    records = visits(10)
    trained_on = halves(4, len(records), rng=0)
    with pytest.raises(ValueError, match=r"has some records of person .* in and others out"):
        take_turns(records, Recording(), trained_on=trained_on, rng=0)
    with pytest.raises(ValueError, match=r"trained_on=0\.5: must be True or False"):
        take_turns(records, Recording(), trained_on=trained_on / 2, rng=0)
    whole = halves(12, 10, rng=0)[:, pd.factorize(records.person)[0]]
    found = take_turns(records, Recording(), trained_on=whole, rng=0)
    assert (found.design, found.classes) == ("training sets as given", records.classes)
    with pytest.raises(ValueError, match="values has shape"):
        take_turns(records, Recording(), models=12, rng=0).by_person(np.zeros((12, 10)))


def test_equal_records_are_in_a_model_together():
    turns = take_turns(table([1, 2, 1, 3, 4, 5, 2, 6], [0, 1, 0, 0, 1, 1, 1, 0]), Recording(), models=30, rng=0)
    assert np.array_equal(turns.trained_on[:, 0], turns.trained_on[:, 2])
    assert np.array_equal(turns.trained_on[:, 1], turns.trained_on[:, 6])


def test_visits_of_real_patients(shared_data, tmp_path):
    if not shared_data:
        pytest.skip("needs pbcseq.csv")
    from real_data import SHARED
    raw = pd.read_csv(SHARED / "pbcseq.csv").drop(columns=["rownames", "futime"])
    raw = raw.assign(sex=(raw["sex"] == "f").astype(int), status=(raw["status"] == 2).astype(int))
    raw.fillna(raw.median()).to_csv(tmp_path / "visits.csv", index=False)
    records = load_patients(tmp_path / "visits.csv", label="status", person="id")
    assert (len(records), records.people) == (1945, 312) and "id" not in records.features
    turns = take_turns(records, FOREST, models=17, rng=0)
    scores = turns.scores("RMIA")
    assert over_targets(*turns.by_person(scores)).auc.low > over_targets(scores, turns.trained_on).auc.high


# Text and gaps

def pipeline(model):
    """Fills gaps, encodes text, leaves numbers."""
    text = make_pipeline(SimpleImputer(strategy="most_frequent"),
                         OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    return make_pipeline(make_column_transformer(
        (text, make_column_selector(dtype_include=object)),
        (SimpleImputer(), make_column_selector(dtype_exclude=object))), model)


def test_a_pipeline_is_given_the_table_as_it_is(shared_data):
    if not shared_data:
        pytest.skip("needs cirrhosis.csv")
    from real_data import SHARED
    records = load_patients(SHARED / "cirrhosis.csv", label="Status", drop=("ID", "N_Days"), missing="keep")
    turns = take_turns(records, pipeline(GradientBoostingClassifier(n_estimators=20)), models=16, rng=0)
    assert turns.answers.shape == (16, 418, 3) and turns.classes == ("C", "CL", "D")
    assert over_targets(turns.scores("RMIA"), turns.trained_on).auc.low > 0.5
    with pytest.raises(ValueError, match="'Drug' holds text"):
        take_turns(records, QUICK, models=16, rng=0)


def test_fresh_records_with_text_and_gaps():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"drug": rng.choice(["a", "b", None], 900), "dose": rng.normal(size=900),
                          "smokes": rng.random(900) < 0.5, "ill": rng.choice(["no", "yes"], 900)})
    frame.loc[::5, "dose"] = np.nan
    audited, others = Records.of(frame, label="ill", missing="keep").split(20, rng=0)
    turns = take_turns(audited, pipeline(RandomForestClassifier(5)), models=16, fresh=others, size=60, rng=0)
    assert turns.answers.shape == (16, 20, 2) and turns.classes == ("no", "yes")


def test_numbers_are_given_standardized_and_text_as_it_is():
    seen = []

    class Noting(RandomForestClassifier):
        def fit(self, x, y):
            seen.append(x)
            return super().fit(np.asarray(x, float), y)

        def predict_proba(self, x):
            return np.full((len(x), 2), 0.5)

    numbers = visits(40)
    take_turns(numbers, Noting(n_estimators=1), models=16, rng=0)
    flags = replace(numbers, features=numbers.features.assign(f0=numbers.features["f0"] > 0))
    take_turns(flags, Noting(n_estimators=1), models=16, rng=0)
    assert all(isinstance(x, np.ndarray) for x in seen[:16])
    assert all(x["f0"].dtype == bool for x in seen[16:]) and len(seen) == 32


# Fresh records

@pytest.fixture(scope="module")
def pool():
    return load_patients().deduplicate()


def test_fresh_records_serve_one_model_and_the_audited_enter_by_a_coin(pool):
    audited, others = pool.split(200, rng=0)
    recipe = Recording()
    turns = take_turns(audited, recipe, models=40, fresh=others, size=400, rng=1)
    assert turns.trained_on.shape == (40, 200) and turns.answers.shape == (40, 200, 2)
    assert turns.design == f"each in by a fair coin, beside 300 of {len(others):,} fresh records"
    assert np.array_equal(recipe.x[:200], audited.x) and np.array_equal(recipe.trained_on[:, :200], turns.trained_on)
    beside = recipe.trained_on[:, 200:]
    assert (beside.sum(axis=1) == 300).all() and beside.any(axis=0).all(), "only what is used is held"
    known = {row.tobytes() for row in others.x}
    assert all(row.tobytes() in known for row in recipe.x[200:])
    assert abs(turns.trained_on.mean() - 0.5) < 4 * 0.5 / np.sqrt(40 * 200)
    assert turns.trained_on.sum(axis=1).std() > 0, "coins, not halves"
    shared = (beside.astype(int) @ beside.T)[np.triu_indices(40, 1)].mean()
    assert shared == pytest.approx(300**2 / len(others), rel=0.1)


def test_every_audited_record_can_be_attacked(pool):
    audited, others = pool.split(200, rng=0)
    for seed in range(20):  # 200 columns of 16 coins hold one with fewer than 3 of a side more often than not
        trained_on = take_turns(audited, Recording(), models=16, fresh=others, size=300, rng=seed).trained_on
        assert np.minimum(trained_on.sum(axis=0), (~trained_on).sum(axis=0)).min() >= 3
        assert 0.4 < trained_on.mean() < 0.6 and len(set(trained_on.sum(axis=0))) > 3


@pytest.mark.parametrize("attack", ATTACKS)
def test_null_is_null_with_fresh_records(pool, attack):
    # Answers that know nothing of the training: over 60 repeats the mean AUC is 0.5 within 4 standard errors.
    audited, others = pool.split(200, rng=0)
    aucs = []
    for seed in range(60):
        trained_on = take_turns(audited, Recording(), models=16, fresh=others, size=300, rng=seed).trained_on
        ill = 1 / (1 + np.exp(-np.random.default_rng(seed).normal(1, 2, trained_on.shape)))
        turns = Turns(trained_on, np.ones(200, int), np.stack([1 - ill, ill], axis=2))
        aucs.append(over_targets(turns.scores(attack), trained_on).auc.value)
    assert abs(np.mean(aucs) - 0.5) < 4 * np.std(aucs) / np.sqrt(60)


def test_who_is_audited_is_never_fresh(pool):
    audited, others = pool.split(100, rng=0)
    both = replace(others, features=pd.concat([others.features, audited.features]),
                   label=np.concatenate([others.label, audited.label]))
    recipe = Recording()
    turns = take_turns(audited, recipe, models=16, fresh=both, size=150, rng=1)
    assert f"of {len(others):,} fresh" in turns.design
    rows = {row.tobytes() for row in np.column_stack([audited.x, audited.label])}
    assert not any(row.tobytes() in rows for row in np.column_stack([recipe.x, recipe.y])[100:])


def test_fresh_people_are_whole_and_are_not_audited():
    records = visits(400)
    audited, others = records.split(100, rng=0)
    half = audited.take(np.arange(0, len(audited), 2))  # the other records of the same people are in ``fresh``
    rest = replace(others, features=pd.concat([others.features, audited.features[1::2]]),
                   label=np.concatenate([others.label, audited.label[1::2]]),
                   person=np.concatenate([others.person, audited.person[1::2]]))
    recipe = Recording()
    take_turns(half, recipe, models=16, fresh=rest, size=150, rng=0)
    n = len(half)
    whose = {row.tobytes(): who for row, who in zip(others.x, others.person, strict=True)}
    person = np.array([whose[row.tobytes()] for row in recipe.x[n:]])  # KeyError for an audited person's
    for row in recipe.trained_on[:, n:]:
        assert 150 - n // 2 - 8 < row.sum() <= 150 - n // 2
        for who in set(person[row]):
            assert row[person == who].sum() == (records.person == who).sum()


def test_fresh_records_are_scaled_and_ordered_as_the_audited(pool):
    audited, others = pool.split(100, rng=0)
    other_way = replace(others, features=others.features[others.features.columns[::-1]],
                        center=np.zeros(21), scale=np.ones(21))
    given, turned = Recording(), Recording()
    take_turns(audited, given, models=16, fresh=others, size=100, rng=0)
    take_turns(audited, turned, models=16, fresh=other_way, size=100, rng=0)
    assert np.array_equal(given.x, turned.x) and np.array_equal(given.trained_on, turned.trained_on)


@pytest.mark.parametrize("change, message", [
    ({"size": 5000}, "size=5000: is too large for 4,7.*more than 10%.*Ask for 5"),
    ({"size": 100}, "size=100: must be at least 101"),
    ({"size": None}, "size=None: is needed with fresh"),
    ({"models": 8}, "models=8: must be at least 16"),
    ({"fresh": None}, "size=300: is for models with fresh records"),
    ({"trained_on": np.ones((2, 200), bool)}, "together with fresh"),
    ({"change": {"classes": ("yes", "no")}}, "fresh.classes"),
    ({"change": {"person": True}}, "for neither"),
    ({"drop": "BMI"}, "fresh lacks the column.* 'BMI'"),
])
def test_fresh_refused_before_training(pool, change, message):
    audited, others = pool.split(200, rng=0)
    if "change" in change:
        person = np.arange(len(others)) if change["change"].pop("person", False) else None
        others = replace(others, **change.pop("change"), person=person)
    if "drop" in change:
        d = list(others.features).index(change.pop("drop"))
        others = replace(others, features=others.features.drop(columns=others.features.columns[d]),
                         center=np.delete(others.center, d), scale=np.delete(others.scale, d))
    with pytest.raises(ValueError, match=message):
        take_turns(audited, None, **{"models": 16, "fresh": others, "size": 300, **change}, rng=0)


def test_a_model_that_learns_by_heart_leaks_and_one_that_cannot_does_not(pool):
    audited, others = load_patients("synthetic", patients=20_000, rng=0).deduplicate().split(200, rng=0)
    learned = take_turns(audited, MLP(hidden=(64,), epochs=60, batch_size=32), models=24, fresh=others, size=400, rng=0)
    assert over_targets(learned.scores("RMIA"), learned.trained_on).auc.low > 0.6
    same = Estimator(estimator=LogisticRegression(C=1e-6))
    calm = take_turns(audited, same, models=24, fresh=others, size=1000, rng=0)
    found = over_targets(calm.scores("loss threshold"), calm.trained_on).auc
    assert found.low <= 0.5 <= found.high
