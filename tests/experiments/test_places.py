"""Noise in three places: the noise is what it says, and data pays most."""

import numpy as np
import pandas as pd
import pytest

from leaklab.data import load_patients
from leaklab.experiments import noise_in_counts, noise_in_data, noise_places, yes_no
from leaklab.experiments.places import private_regression
from leaklab.privacy import RandomizedResponse


@pytest.fixture(scope="module")
def table():
    return yes_no(load_patients("synthetic"))


def test_answers_are_read_off_the_patients(table):
    records = load_patients("synthetic")
    assert (table["obese"] == (records.features["BMI"] >= 30)).all() and (table["diabetes"] == records.label).all()
    assert set(np.unique(table)) == {0, 1}
    with pytest.raises(ValueError, match="lacks the column"):
        yes_no(load_patients("breast-cancer"))


def test_noise_in_the_data_shares_epsilon_among_the_columns(table):
    told = noise_in_data(table, 6.0, rng=0)
    assert (told == table).mean().to_numpy() == pytest.approx(RandomizedResponse(1.0).keep, abs=0.025)
    assert noise_in_data(table, float("inf"), rng=0).equals(table)


def test_noise_in_the_counts_is_of_all_combinations(table):
    exact = noise_in_counts(table, np.inf, rng=0)
    assert len(exact) == 64 and exact["people"].sum() == len(table)
    assert exact.drop(columns="people").duplicated().sum() == 0
    noisy = noise_in_counts(table, 0.5, rng=0)
    large = exact["people"] > 30
    assert (noisy["people"] - exact["people"])[large].abs().mean() == pytest.approx(2, rel=0.5) and (
        noisy["people"] >= 0).all()


@pytest.mark.parametrize("epsilon, answers, told", [
    (0, [0, 1], "epsilon=0"), (np.nan, [0, 1], "epsilon=nan"), (-np.inf, [0, 1], "epsilon=-inf"),
    (-1.0, [0, 1], "epsilon=-1"), (1.0, [0, 2], "table.'a'.*=2"), (1.0, ["0", "1"], "table.'a'.*='0'"),
    (1.0, [0, np.nan], "must be True or False")])
def test_counts_that_noise_would_not_protect_are_refused(epsilon, answers, told):
    with pytest.raises(ValueError, match=told):
        noise_in_counts(pd.DataFrame({"a": answers}), epsilon, rng=0)


def test_the_training_keeps_what_it_says():
    assert private_regression(1.0, 500).guarantee(delta=1e-5).epsilon == pytest.approx(1.0, abs=2e-3)
    assert private_regression(np.inf, 500).dp.noise_multiplier == 0


def test_data_pays_most():
    told = []
    plain, private = noise_places(load_patients(patients=30_000, rng=3), [np.inf, 1.0], people=600, repeats=3, rng=3,
                                  progress=lambda *step: told.append(step))
    for place in ("data", "answers", "training"):
        assert getattr(plain, place).value == pytest.approx(0.72, abs=0.04), "other people, the same without noise"
    assert private.answers.value > 0.66 and private.training.value > 0.64 > private.data.value and told
    for epsilon, repeats, told in ((1.0, 1, "repeats=1"), (-np.inf, 2, "epsilons=-inf"), (np.nan, 2, "epsilons=nan")):
        with pytest.raises(ValueError, match=told):
            noise_places(load_patients("synthetic"), [epsilon], repeats=repeats, rng=0)
