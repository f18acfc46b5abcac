"""Attribute inversion: Bayes' rule by hand, what is asked, and that only what a model remembers comes out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leaklab.access import BlackBox, LabelOnly
from leaklab.attacks import AttributeInversion, Population
from leaklab.data import load_patients
from leaklab.experiments.attributes import SENSITIVE, Guesses, infer, infer_turns, study
from leaklab.experiments.private import private_mlp
from leaklab.training import MLP

ATTACK = AttributeInversion(column=1, values=(0.0, 1.0))
X, Y = np.zeros((3, 3)), np.array([0, 1, 1])


def model():
    """p_1 is 0.2, or 0.6 where feature 1 is set."""
    return BlackBox(lambda x: np.stack([0.8 - 0.4 * x[:, 1], 0.2 + 0.4 * x[:, 1]], axis=1), inputs=(3,), classes=2)


def test_scores_by_hand():
    found = ATTACK(model(), X, Y, knowledge=Population([0.75, 0.25]))
    np.testing.assert_allclose(found.posterior[:, 1], [0.1 / 0.7, 0.15 / 0.3, 0.15 / 0.3], atol=1e-6)
    assert found.queries == 6


def test_labels_by_hand():
    """Truth 1: answered 0 for value 0 and 1 for value 1, with probabilities 0.3 and 0.7 by the confusion matrix."""
    found = ATTACK(LabelOnly(model()), X, Y,
                   knowledge=Population([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]], [[0.6, 0.4], [0.3, 0.7]]))
    np.testing.assert_allclose(found.posterior[:, 1], [0.4, 0.7, 0.07 / 0.34], atol=1e-6)
    assert found.guess.tolist() == [0, 1, 0]


def test_what_the_record_holds_there_is_not_looked_at():
    x = np.random.default_rng(0).normal(size=(3, 3))
    other = x.copy()
    other[:, 1] += 100
    a, b = (ATTACK(model(), rows, Y, knowledge=Population([0.5, 0.5])).posterior for rows in (x, other))
    np.testing.assert_array_equal(a, b)


def test_a_model_that_ignores_the_feature_leaves_the_prior():
    blind = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(3,), classes=2)
    np.testing.assert_allclose(ATTACK(blind, X, Y, knowledge=Population([0.3, 0.7])).posterior, [[0.3, 0.7]] * 3)


@pytest.fixture(scope="module")
def cohort():
    pool, public = load_patients("synthetic", patients=6000, rng=3).split(1600, rng=0)
    return *pool.split(800, rng=0), public


def test_an_overfitted_model_gives_its_members_away_and_a_private_one_does_not(cohort):
    recipe = MLP(hidden=(64,), epochs=60, batch_size=32, learning_rate=5e-3)
    found = study(*cohort, recipe, SENSITIVE["Smoker"], rng=0)
    assert found.gain.low > 0 and found.leak.low > 0 and found.members.low > found.chance
    private = study(*cohort, private_mlp(2.0, 800), SENSITIVE["Smoker"], rng=0)
    assert private.gain.high < found.gain.low and private.leak.low < 0 < private.leak.high


def test_a_model_that_knows_nothing_gives_nothing(cohort):
    members, others, _ = cohort
    blind = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(21,), classes=2)
    flat = infer(blind, members, others, lambda r: np.tile([0.5, 0.3, 0.2], (len(r), 1)), SENSITIVE["BMI"])
    assert flat.members.value == pytest.approx(1 / 3) and flat.gain.value == flat.leak.value == 0


def test_turns_by_hand():
    """Four records, two of each value, two models on opposite halves: balanced means over the two values."""
    trained_on = np.array([[True, False, True, False], [False, True, False, True]])
    right = np.array([[True, False, True, True], [False, True, False, False]])
    found = Guesses(np.array([0, 0, 1, 1]), np.array([True, False, False, False]), right, trained_on, 2).study()
    assert found.without.value == 0.25 and found.members.value == 0.75 and found.others.value == 0.25
    assert found.gain.value == 0.5 and found.gain_others.value == 0 and found.leak.value == 0.5


def test_turns_ask_each_model_and_agree_with_one_model_alone(cohort):
    """Two models on opposite halves: the members of one are the others of the other."""
    members, others, _ = cohort
    smoker = SENSITIVE["Smoker"]

    def prior(records):
        yes = 0.2 + 0.6 * (records.features["Age"].to_numpy() > 8)
        return np.stack([1 - yes, yes], axis=1)

    def model(sign):
        slope = lambda x: 1 / (1 + np.exp(-sign * x.sum(axis=1)))  # noqa: E731
        return BlackBox(lambda x: np.stack([1 - slope(x), slope(x)], axis=1), inputs=(21,), classes=2)

    everybody = replace(members, features=pd.concat([members.features, others.features]),
                        label=np.concatenate([members.label, others.label]))
    first = np.arange(len(everybody)) < len(members)
    models = [model(1), model(-1)]
    found = infer_turns(models, [first, ~first], everybody, prior, smoker)
    one = infer(models[0], members, others, prior, smoker)
    assert found.study(first).members.value == pytest.approx(one.members.value)
    assert found.study(~first).others.value == pytest.approx(one.others.value)
    assert found.study(first).gain.value == pytest.approx(one.gain.value)


def test_turns_want_everybody_in_and_out(cohort):
    members, _, _ = cohort
    with pytest.raises(ValueError, match="out of others"):
        infer_turns([None, None], np.ones((2, 800), bool), members, None, SENSITIVE["BMI"])


def test_classes_begin_at_their_edges():
    assert SENSITIVE["Smoker"].classes(np.array([0, 1])).tolist() == [0, 1]
    assert SENSITIVE["BMI"].classes(np.array([24.9, 25, 29.9, 30])).tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize(("call", "message"), [
    (lambda: AttributeInversion(column=-1, values=(0, 1)), "column=-1"),
    (lambda: AttributeInversion(column=0, values=(1, 1)), "different candidates"),
    (lambda: AttributeInversion(column=9, values=(0, 1))(model(), X, Y, knowledge=Population([0.5, 0.5])),
     "x has no such column"),
    (lambda: ATTACK(model(), X, Y, knowledge=Population([0.5, 0.2, 0.3])), "prior has shape"),
    (lambda: ATTACK(model(), X, Y, knowledge=Population([0.5, 0.2])), "prior must hold probabilities"),
    (lambda: ATTACK(LabelOnly(model()), X, Y, knowledge=Population([0.5, 0.5])), "needed where there are only labels"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
