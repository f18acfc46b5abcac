"""Three places for noise, on one axis: in the data, in the answers, in the training of one and the same small model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from leaklab import _validate as v
from leaklab.data import Records
from leaklab.experiments.private import DELTA, cohorts, plan_for
from leaklab.metrics import Spread
from leaklab.privacy import LaplaceNoise, TableResponse
from leaklab.privacy.release import check_epsilon
from leaklab.training import DPSGD, Recipe, SoftmaxRegression, fit_many

QUESTIONS = {
    "high blood pressure": ("HighBP", 1),
    "high cholesterol": ("HighChol", 1),
    "obese": ("BMI", 30),
    "55 or older": ("Age", 8),
    "fair or poor health": ("GenHlth", 4),
}
"""Question -> the column of the patients, and the least value that means yes."""
OUTCOME = "diabetes"
RATE = 0.05
"""Of the training; chosen on people that no reported figure uses."""


@dataclass(frozen=True)
class NoisePoint:
    """How often a model is right about new people, by where its noise is; the mean over repeats with its interval.

    Attributes
    ----------
    epsilon : float
        ``inf`` without noise. Not the same promise in all places: in the data for a row replaced by another; in
        answers and training for one added or removed, in training at delta 1e-5.
    data, answers, training : Spread
        Noise on each person's answers before anybody sees them; on the counts that the model is fitted to; on the
        gradients.
    """

    epsilon: float
    data: Spread
    answers: Spread
    training: Spread


def yes_no(records: Records) -> pd.DataFrame:
    """Five answers of each patient, and the outcome: 0 or 1.

    >>> from leaklab.data import load_patients
    >>> table = yes_no(load_patients("synthetic"))
    >>> table.shape, round(table["obese"].mean(), 2)
    ((5000, 6), 0.36)
    """
    lacking = [column for column, _ in QUESTIONS.values() if column not in records.features]
    if lacking:
        v.fail("records", records.source, f"lacks the column(s) {v.listed(lacking)}",
               'Take load_patients("synthetic").')
    answers = {name: (records.features[column] >= least).astype(int) for name, (column, least) in QUESTIONS.items()}
    return pd.DataFrame(answers | {OUTCOME: np.asarray(records.label, int)})


def noise_in_data(table: pd.DataFrame, epsilon: float, *, rng) -> pd.DataFrame:
    """Each person answers every question under a coin, and shares their epsilon equally among the questions.

    Local differential privacy: whoever collects the table sees no true answer. Neighbours: one person's row replaced.
    """
    return TableResponse.for_epsilon(epsilon, dict.fromkeys(table.columns, (0, 1))).release(table, rng=rng)


def noise_in_counts(table: pd.DataFrame, epsilon: float, *, rng) -> pd.DataFrame:
    """How many gave each combination of answers, with noise: each row is one, ``people`` how many.

    All possible combinations are counted, whoever is there. A person stands in one of them, so adding or removing one
    moves one count by 1: sensitivity 1 for all counts together.
    """
    columns, epsilon = list(table.columns), check_epsilon(epsilon)
    for column in columns:
        v.mask(f"table[{column!r}]", table[column], (None,))
    every = pd.MultiIndex.from_product([(0, 1)] * len(columns), names=columns)
    counts = table.groupby(columns).size().reindex(every, fill_value=0).to_numpy(float)
    if epsilon < np.inf:
        counts = LaplaceNoise.for_epsilon(epsilon, sensitivity=1, unit="person").release(counts, rng=rng)
    return every.to_frame(index=False).assign(people=np.maximum(counts, 0.0))


def noise_places(records: Records, epsilons: Sequence[float], *, people: int = 2000, repeats: int = 5, rng,
                 progress: v.Progress | None = None) -> list[NoisePoint]:
    """The same logistic regression of five answers, with noise in three places, along epsilon.

    Parameters
    ----------
    records : Records
        Patients; enough for ``repeats`` cohorts of twice ``people``, half of them ill.
    epsilons : sequence of float
        ``inf`` for no noise.
    people : int
        To learn from; as many others test.
    repeats : int
        At least two, on people of their own.
    rng : int or numpy.random.Generator
    progress : callable, optional

    Returns
    -------
    list of NoisePoint
        In the order of ``epsilons``. Noise in data and answers is for epsilon alone; in training at delta 1e-5.
    """
    epsilons = [np.inf if e == np.inf else v.number("epsilons", e, low=0, open_low=True) for e in epsilons]
    v.integer("repeats", repeats, low=2, remedy="One shows no spread.")
    rng = v.generator(rng)
    pairs = [(yes_no(members), yes_no(others)) for members, others in cohorts(records, people, repeats, rng=rng)]
    training = _trained(pairs, epsilons, rng, progress)
    found = []
    for epsilon, by_training in zip(epsilons, training, strict=True):
        data, answers = [], []
        for members, others in pairs:
            data.append(_right(noise_in_data(members, epsilon, rng=rng).assign(people=1.0), others))
            answers.append(_right(noise_in_counts(members, epsilon, rng=rng), others))
        found.append(NoisePoint(epsilon, Spread.of(data), Spread.of(answers), Spread.of(by_training)))
    return found


def _right(learnt: pd.DataFrame, others: pd.DataFrame) -> float:
    """How often a logistic regression, fitted to rows with weights, is right about others."""
    rows = learnt[learnt["people"] > 0]
    x, y = rows[list(QUESTIONS)].to_numpy(float), rows[OUTCOME].to_numpy(int)
    if len(np.unique(y)) < 2:  # noise has left nobody of one kind
        return float((others[OUTCOME] == y[0]).mean()) if len(y) else 0.5
    model = LogisticRegression().fit(x, y, sample_weight=rows["people"])
    return float((model.predict(others[list(QUESTIONS)].to_numpy(float)) == others[OUTCOME]).mean())


def private_regression(epsilon: float, people: int) -> Recipe:
    """Softmax regression by DP-SGD, with the least noise for epsilon; for ``inf`` without, clipped all the same."""
    plan = plan_for(people)
    dp = DPSGD(0.0, batches=plan) if np.isinf(epsilon) else DPSGD.for_epsilon(epsilon, plan, delta=DELTA)
    return SoftmaxRegression(learning_rate=RATE, dp=dp)


def _trained(pairs, epsilons, rng, progress) -> list[list[float]]:
    """How often models with noise in training are right: a list an epsilon."""
    x = np.concatenate([members[list(QUESTIONS)].to_numpy(np.float32) for members, _ in pairs])
    y = np.concatenate([members[OUTCOME].to_numpy(int) for members, _ in pairs])
    people, repeats = len(pairs[0][0]), len(pairs)
    own = np.repeat(np.arange(repeats), people) == np.arange(repeats)[:, None]
    recipes = [private_regression(epsilon, people) for epsilon in epsilons for _ in pairs]
    models = fit_many(recipes, x, y, np.tile(own, (len(epsilons), 1)), rng=rng, classes=2, progress=progress)
    tests = np.stack([others[list(QUESTIONS)].to_numpy(np.float32) for _, others in pairs])
    said = models.probabilities(tests.reshape(-1, len(QUESTIONS))).argmax(axis=2)
    said = said.reshape(len(epsilons), repeats, repeats, people)[:, range(repeats), range(repeats)]
    truth = np.stack([others[OUTCOME].to_numpy() for _, others in pairs])
    return (said == truth).mean(axis=2).tolist()
