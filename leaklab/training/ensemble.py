"""Many models of one table: which rows each was trained on, its answers, and any one of them as an ordinary model."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import pandas as pd

from leaklab import _validate as v


class Ensemble(Sequence):
    """k models trained on rows of one table.

    Attributes
    ----------
    trained_on : bool (k, n)
        Model j was trained on the rows of the table where ``trained_on[j]`` is true.
    columns : list of str, optional
        Names of the table's columns, where it was a DataFrame: one that is asked about is then matched by name.

    ``ensemble[j]`` is model j, an ordinary model; ``len(ensemble)`` is k.
    """

    columns: list | None = None

    def __init__(self, trained_on: np.ndarray):
        self.trained_on = trained_on

    def __len__(self) -> int:
        return len(self.trained_on)

    def __getitem__(self, j: int):
        return self._model(range(len(self))[j])

    def scores(self, x) -> np.ndarray:
        """Every model's probabilities for inputs ``x`` (n, ...): float32 (k, n, classes)."""
        return self._scores(v.table("x", v.by_name("x", x, self.columns)))

    @abstractmethod
    def _model(self, j: int):
        """Model j, 0 <= j < k."""

    @abstractmethod
    def _scores(self, x: np.ndarray) -> np.ndarray:
        """Answers to checked inputs, an array or a DataFrame."""

    def __repr__(self) -> str:
        n = self.trained_on.shape[1]
        return f"{type(self).__name__}({len(self)} models, of {n:,} records each trained on {self._share()})"

    def _share(self) -> str:
        low, high = self.trained_on.sum(axis=1).min(), self.trained_on.sum(axis=1).max()
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"


class Separate(Ensemble):
    """Models trained one by one, held as they came."""

    def __init__(self, models: Sequence, trained_on: np.ndarray):
        super().__init__(trained_on)
        self.models = tuple(models)

    def _model(self, j):
        return self.models[j]

    def _scores(self, x):
        return np.stack([ask(model, x) for model in self.models]).astype(np.float32)


def ask(model, x) -> np.ndarray:
    """Probabilities (n, classes) by an estimator, which gets the names it was fitted with, or by a callable model."""
    if not hasattr(model, "predict_proba"):
        x = v.array("x", x)
        return np.concatenate([np.asarray(model(x[i:i + 1024])) for i in range(0, len(x), 1024)])
    names = getattr(model, "feature_names_in_", None)
    if not hasattr(x, "columns"):
        x = x.reshape(len(x), -1)
        return model.predict_proba(x if names is None else pd.DataFrame(x, columns=names))
    return model.predict_proba(x.to_numpy() if names is None else v.by_name("x", x, names))


def halves(k: int, n: int, *, rng) -> np.ndarray:
    """``trained_on`` for k models: each is given a random half of n rows, and each row is given to half of the models.

    Models differ in size by a row at most, rows in their number of models by one, and apart from that all is drawn
    alike: no two models are given opposite halves, as a design of pairs would. (Fewer than 3 models are drawn
    independently, for two that share out every row *are* opposite halves.)

    Returns
    -------
    bool array (k, n)

    Examples
    --------
    >>> trained_on = halves(4, 10, rng=0)
    >>> trained_on.sum(axis=1).tolist(), trained_on.sum(axis=0).tolist()
    ([5, 5, 5, 5], [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    k, n, rng = v.integer("k", k), v.integer("n", n, low=2), v.generator(rng)
    if k < 3:
        trained_on = np.zeros((k, n), bool)
        np.put_along_axis(trained_on, rng.random((k, n)).argpartition(n // 2, axis=1)[:, :n // 2], True, axis=1)
        return trained_on
    of_row = k // 2 + (rng.permutation(n) < k * (n // 2) - n * (k // 2))
    trained_on = rng.permuted(np.arange(k)[:, None].repeat(n, axis=1), axis=0) < of_row
    extra = trained_on.sum(axis=1) - trained_on.sum() // k - (rng.permutation(k) < trained_on.sum() % k)
    while extra.any():  # rows move from the largest model to the smallest
        most, least = extra.argmax(), extra.argmin()
        moved = rng.permutation(np.flatnonzero(trained_on[most] & ~trained_on[least]))[:min(extra[most], -extra[least])]
        trained_on[most, moved], trained_on[least, moved] = False, True
        extra[[most, least]] += -len(moved), len(moved)
    return trained_on


def check_trained_on(trained_on, n: int) -> np.ndarray:
    """``trained_on`` as a bool array (k, n) that gives every model a row."""
    trained_on = v.mask("trained_on", trained_on, (None, n))
    if not trained_on.any(axis=1).all():
        v.fail("trained_on", f"row {int(trained_on.any(axis=1).argmin())}", "must give every model at least one record")
    return trained_on
