"""Many models of one table, every one taking its turn as the target of all others: the membership experiment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v
from leaklab.attacks import ATTACKS, MembershipAttack, check_turns, scores_in_turns
from leaklab.attacks.floor import signals_of
from leaklab.data import Records
from leaklab.experiments.patients import VICTIM
from leaklab.training import Estimator, Recipe, halves
from leaklab.training.compiled import as_recipe
from leaklab.training.halves import check_rows

AS_GIVEN = "training sets as given"
FEWEST, LEAST = 16, 3  # models with fresh records; of them in and out of which a record is
SHARED = 0.1
"""Share of their fresh records that two models may be expected to have in common."""


@dataclass(frozen=True, eq=False)
class Turns:
    """What k models, each trained on some of a table's records, answer about all records of the table.

    Attributes
    ----------
    trained_on : bool (k, n)
        Who was in which model's training data.
    label : int (n,)
    answers : float32 (k, n, classes)
    person : array (n,), optional
        Whose record it is, where people have several; all of a person's are in a model, or none: see `by_person`.
    design : str
        How the training sets were drawn, which decides what is shown. *Halves of one pool* show what an adversary finds
        who holds the whole pool: the shadow models' other records are those of the target too, so that they resemble it
        more than models of strangers would, and the figures flatter the attack (Jälkö and others 2026,
        arXiv 2605.25819). *Fresh records* show what an adversary finds who holds the audited records and others from
        the same population; what all other members risk, they show only as far as the audited were drawn at random.
    classes : tuple
        What each label stands for; empty where that is not known.
    """

    trained_on: np.ndarray
    label: np.ndarray
    answers: np.ndarray
    person: np.ndarray | None = None
    design: str = AS_GIVEN
    classes: tuple = ()

    def __repr__(self) -> str:
        people = "" if self.person is None else f" of {len(self.people)} people"
        return f"Turns({len(self.trained_on)} models, {len(self.label):,} records{people}; {self.design})"

    @property
    def first(self) -> np.ndarray:
        """Where each person's first record is, int (people,): all records, where each is a person."""
        person = np.arange(len(self.label)) if self.person is None else self.person
        return np.flatnonzero(~pd.Series(person).duplicated())

    @property
    def people(self) -> np.ndarray:
        """Whose the columns of `by_person` are: people in the order of their first record, or records' numbers."""
        return self.first if self.person is None else self.person[self.first]

    def by_person(self, values) -> tuple[np.ndarray, np.ndarray]:
        """The mean of a person's records in each model (k, people), and who was in which model: bool (k, people).

        Of scores, such as `scores` gives, it makes an attack on *people*, for `leaklab.metrics.over_targets`,
        `exposure` and `auc_by_group`: record by record, the leak of somebody with several is understated, and
        intervals take one person's records for independent people. Where every record is a person it changes nothing.

        The mean is on one scale however many records a person has. The sum of log-likelihood ratios, their best
        statistic if they were independent, does no better (random forests, 1 to 16 records a person), and summed RMIA
        scores find who has many records.

        Examples
        --------
        >>> trained_on = np.array([[True, False, True], [False, True, False]])
        >>> turns = Turns(trained_on, np.zeros(3, int), np.ones((2, 3, 1)), person=np.array(["ann", "bob", "ann"]))
        >>> turns.by_person([[1.0, 5.0, 3.0], [0.0, 7.0, 4.0]])
        (array([[2., 5.],
               [2., 7.]]), array([[ True, False],
               [False,  True]]))
        """
        values = v.array("values", values, ndim=2, dtype=np.float64)
        if values.shape != self.trained_on.shape:
            raise ValueError(f"values has shape {values.shape}: must be {self.trained_on.shape}, a row for every model "
                             "and a column for every record.")
        if self.person is None:
            return values, self.trained_on
        code = pd.factorize(self.person)[0]
        total = np.stack([np.bincount(code, weights=row) for row in values])
        return total / np.bincount(code), self.trained_on[:, self.first]

    def signals(self, signal: Callable) -> np.ndarray:
        """A signal of each model's answer on each record, float (k, n), such as `leaklab.attacks.lira.logit`."""
        return signals_of(signal, self.answers, self.label)

    def take(self, rows) -> "Turns":
        """The same models asked about these records alone: positions, or a bool mask of length n."""
        person = None if self.person is None else self.person[rows]
        return replace(self, trained_on=self.trained_on[:, rows], label=self.label[rows], answers=self.answers[:, rows],
                       person=person)

    def scores(self, attack: str | MembershipAttack) -> np.ndarray:
        """Membership scores (k, n): row j attacks model j with the others as shadow models.

        Of records: where people have several, `by_person` makes them scores of people.

        Parameters
        ----------
        attack : str or MembershipAttack
            A name in `leaklab.attacks.ATTACKS`, or an attack, also one of your own: see
            `leaklab.attacks.scores_in_turns`.
        """
        if isinstance(attack, str):
            attack = ATTACKS[v.one_of("attack", attack, ATTACKS)]
        return scores_in_turns(attack, self.answers, self.label, self.trained_on)

    def accuracy(self) -> tuple[float, float]:
        """Mean share of right answers: about the models' own records, and about the others."""
        right = self.answers.argmax(axis=2) == self.label
        return float(right[self.trained_on].mean()), float(right[~self.trained_on].mean())


def take_turns(records: Records, recipe: Recipe = VICTIM, *, models: int = 65, trained_on=None,
               fresh: Records | None = None, size: int | None = None, rng, progress: v.Progress | None = None) -> Turns:
    """Train ``models`` models on parts of ``records`` and ask each about all of them.

    Parameters
    ----------
    records : Records
        Those who are asked about. Equal records, and those of one ``person``, are in a model together or not at all.
    recipe : Recipe, Estimator, Compiled, or a scikit-learn classifier or compiled Keras model of your own
        A scikit-learn estimator is given ``records.features`` as they are where these hold text, true and false, or
        gaps; else, and all others, ``records.x``.
    models : int
        At least 16 with ``fresh``.
    trained_on : bool array (models, n), optional
        Who is in which model. By default each model is given a random half of the records.
    fresh : Records, optional
        Others from the same population, of whom each model is given its own. Then ``records`` are audited: each is in
        a model by a fair coin (a record in or out of fewer than 3 models is drawn again, seldom from 16 models on), and
        nobody is asked about the fresh ones. 200 audited records give rates enough to count, and are few beside the
        fresh ones. See `Turns` for what either design can claim. Fresh records that
        equal an audited one, or belong to an audited person, are left out; columns are matched by name.
    size : int, optional
        With ``fresh``: how many records a model has on average. Those beside the audited are as many in every
        model (or a few less, where people have several), and at most a tenth of ``fresh``, so that two models have
        few in common.

    Raises
    ------
    ValueError
        Before any training: where ``trained_on`` parts a person, or ``fresh`` are too few or of another kind.

    Examples
    --------
    >>> from leaklab.data import load_patients
    >>> from leaklab.training import SoftmaxRegression
    >>> audited, others = load_patients().split(200, rng=0)
    >>> take_turns(audited, SoftmaxRegression(epochs=1), models=16, fresh=others, size=400, rng=0)
    Turns(16 models, 200 records; each in by a fair coin, beside 300 of 4,800 fresh records)
    """
    rng, recipe = v.generator(rng), as_recipe(recipe)
    if fresh is not None:
        if trained_on is not None:
            v.fail("trained_on", "bool array", "cannot be given together with fresh", "Leave one of the two out.")
        if size is None:
            v.fail("size", size, "is needed with fresh", "Say how many records a model has on average.")
        v.integer("models", models, low=FEWEST, remedy="Fewer cannot each get a fair coin and a turn on either side.")
        table, trained_on, design = _fresh(records, fresh, models, size, rng)
    else:
        if size is not None:
            v.fail("size", size, "is for models with fresh records", "Pass fresh=, or leave size out.")
        table, trained_on, design = records, *_of_one_pool(records, models, trained_on, rng)
    n = len(records)
    check_turns(trained_on[:, :n])
    plan = getattr(getattr(recipe, "dp", None), "batches", None)
    whose: dict[str, Any] = {"person": table.person} if plan and plan.unit == "person" else {}
    as_it_is = isinstance(recipe, Estimator) and not table.all_numbers  # a pipeline knows what to do with text and gaps
    x = table.features if as_it_is else table.x
    trained = recipe.fit_many(x, table.label, trained_on, classes=len(records.classes), rng=rng, progress=progress,
                              **whose)
    answers = trained.probabilities(records.features if as_it_is else records.x)
    return Turns(trained_on[:, :n], records.label, answers, records.person, design, records.classes)


def _of_one_pool(records: Records, models: int, trained_on, rng) -> tuple[np.ndarray, str]:
    if trained_on is None:
        group = records.groups()
        return halves(models, group.max() + 1, rng=rng)[:, group], f"halves of one pool of {len(records):,} records"
    trained_on = check_rows(trained_on, None, len(records))
    if records.person is not None:
        code = pd.factorize(records.person)[0]
        parted = trained_on != trained_on[:, np.unique(code, return_index=True)[1]][:, code]
        if parted.any():
            j, i = np.argwhere(parted)[0]
            v.fail("trained_on", f"row {j}", f"has some records of person {records.person[i]!r} in and others out",
                   "Draw it for people: halves(k, people)[:, code].")
    return trained_on, AS_GIVEN


def _fresh(records: Records, fresh: Records, models: int, size, rng) -> tuple[Records, np.ndarray, str]:
    """The audited records with the fresh ones that serve a model behind them; ``trained_on``; and what was done."""
    both = _joined(records, fresh)
    n, group = len(records), both.groups()
    others = n + np.flatnonzero(~np.isin(group[n:], group[:n]))
    beside = v.integer("size", size, low=n // 2 + 1, remedy="Half of the audited records come first.") - n // 2
    if beside > SHARED * len(others):
        v.fail("size", size, f"is too large for {len(others):,} fresh records: two models would have more than "
               f"{SHARED:.0%} of theirs in common", f"Ask for {int(SHARED * len(others)) + n // 2:,} or fewer, or "
               "leave fresh out: then models are halves of one pool.")
    trained_on = np.zeros((models, len(both)), bool)
    audited, code = pd.factorize(group[:n])[0], pd.factorize(group[others])[0]
    trained_on[:, :n] = _coins(models, audited.max() + 1, rng)[:, audited]
    counts = np.bincount(code)
    for row in trained_on:
        order = rng.permutation(len(counts))
        row[others] = np.isin(code, order[counts[order].cumsum() <= beside])
    used = trained_on.any(axis=0) | (np.arange(len(both)) < n)
    return both.take(used), trained_on[:, used], (f"each in by a fair coin, beside {beside:,} of {len(others):,} fresh "
                                            "records")


def _coins(k: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Fair coins (k, n), a column thrown again that is in or out of too few models: of 16, one in 240."""
    trained_on = rng.random((k, n)) < 0.5
    while (few := np.minimum(trained_on.sum(axis=0), (~trained_on).sum(axis=0)) < LEAST).any():
        trained_on[:, few] = rng.random((k, few.sum())) < 0.5
    return trained_on


def _joined(records: Records, fresh: Records) -> Records:
    for name in ("label_name", "classes"):
        if getattr(fresh, name) != getattr(records, name):
            v.fail(f"fresh.{name}", getattr(fresh, name), f"must be that of the records, {getattr(records, name)!r}")
    if (fresh.person is None) != (records.person is None):
        v.fail("fresh.person", fresh.person, "must be known for the fresh records and the audited ones, or for neither")
    features = pd.concat([records.features, v.by_name("fresh", fresh.features, records.features.columns)])
    person = None if records.person is None else np.concatenate([records.person, fresh.person])
    return replace(records, features=features, label=np.concatenate([records.label, fresh.label]), person=person)
