"""What the adversary knows beside the model under attack: models of their own, and records surely not in it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, BlackBox
from leaklab.attacks.floor import floored


@dataclass(frozen=True, eq=False)
class Shadow:
    """A model the adversary trained, on records whose membership the adversary therefore knows.

    Attributes
    ----------
    access : Access
        The shadow model.
    x : float array (n, d)
    y : int array (n,)
    member : bool array (n,)
        Whether the shadow model was trained on the record.
    """

    access: Access
    x: np.ndarray
    y: np.ndarray
    member: np.ndarray


@dataclass(frozen=True, eq=False)
class Outsiders:
    """Records the adversary knows to be outside the training data of the model under attack.

    Attributes
    ----------
    x : float array (m, d)
    y : int array (m,)
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        if hasattr(self.x, "columns"):
            v.fail("x", type(self.x).__name__, "must be an array, its columns in the model's order",
                   "For example table[access.columns].to_numpy().")
        object.__setattr__(self, "x", v.array("x", self.x))
        object.__setattr__(self, "y", v.labels("y", self.y, length=len(self.x)))


@dataclass(frozen=True, eq=False)
class Shadows:
    """Many models the adversary trained, and one table of records: who was in which model.

    Attacks that ask "is this model sure *for this record*?" score the rows of this table, and no other records.

    Attributes
    ----------
    models : object
        ``len(models)`` is k, ``models[j]`` a model, ``models.scores(x)`` probabilities ``(k, n, classes)``.
    x : float array (n, d)
        The records in question.
    y : int array (n,)
        Their true labels.
    trained_on : bool array (k, n)
        Model j was trained on row i where ``trained_on[j, i]``; its other training data need not be in the table.
    outsiders : Outsiders, optional
        Records in no shadow model, and not in the model under attack.
    """

    models: Any
    x: np.ndarray
    y: np.ndarray
    trained_on: np.ndarray
    outsiders: Outsiders | None = None

    def __post_init__(self):
        x = v.array("x", v.by_name("x", self.x, getattr(self.models, "columns", None)))
        trained_on = v.mask("trained_on", self.trained_on, (len(self.models), len(x)))
        for name, value in (("x", x), ("y", v.labels("y", self.y, length=len(x))), ("trained_on", trained_on)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, j: int) -> Shadow:
        return Shadow(BlackBox(self.models[j]), self.x, self.y, self.trained_on[j])

    def signals(self, signal, x=None, y=None) -> np.ndarray:
        """``signal(p, y)`` of every model on every record of the table (or of ``x``, ``y``): float64 ``(k, n)``."""
        y, answers = self.y if y is None else y, np.asarray(self.models.scores(self.x if x is None else x), np.float64)
        signal = floored(signal, answers)
        return np.stack([signal(p, y) for p in answers])

    def beside(self, access: Access, x: np.ndarray) -> np.ndarray:
        """The answers of the model under attack, and behind them those of all shadow models: (1 + k, n, classes)."""
        return np.concatenate([access.probabilities(x)[None], self.models.scores(x)])

    def check_rows(self, x: np.ndarray, y: np.ndarray) -> None:
        """Refuse records other than the table's rows: nothing is known of who trained on them."""
        if not (np.array_equal(x, self.x) and np.array_equal(y, self.y)):
            raise v.Refused(f"x, y ({len(x)} records) are not the table of the shadow models ({len(self.x)} records): "
                            "trained_on tells of its rows alone. Ask for shadow.x, shadow.y.")


def wanted(who: str, shadow: Any, *kinds: type) -> Any:
    """``shadow`` where it is one of ``kinds``, else a refusal that names them."""
    if not isinstance(shadow, kinds):
        names = " or ".join(f"{kind.__name__}(...)" for kind in kinds)
        one = " For one of many shadow models: knowledge=shadows[0]." if isinstance(shadow, Shadows) else ""
        raise v.Refused(f"knowledge={type(shadow).__name__}: {who} needs {names}.{one}")
    return shadow
