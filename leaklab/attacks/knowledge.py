"""What the adversary may know beside the model under attack: models of their own, other records, another version."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, BlackBox
from leaklab.attacks.floor import signals_of
from leaklab.models import Trained
from leaklab.models.inputs import same_rows


@dataclass(frozen=True, eq=False)
class Shadow:
    """A model the adversary trained, on records whose membership the adversary therefore knows.

    Attributes
    ----------
    access : Access
        The shadow model.
    x : array (n, ...) or DataFrame
        Records, as the shadow model takes them.
    y : array (n,)
        Their true labels, of the kind in ``access.classes``.
    column : int array (n,)
        Their places in ``access.classes``.
    member : bool array (n,)
        Whether the shadow model was trained on the record.
    """

    access: Access
    x: Any
    y: np.ndarray
    member: np.ndarray
    column: np.ndarray = field(init=False, repr=False)
    __repr__ = summary

    def __post_init__(self):
        if not isinstance(self.access, Access):
            v.fail("access", self.access, "must be an access object", "Wrap the shadow model: BlackBox(model).")
        x = self.access.inputs.check(self.x)
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", np.asarray(self.y))
        object.__setattr__(self, "column", self.access.encode(self.y, length=len(x)))
        object.__setattr__(self, "member", v.mask("member", self.member, (len(x),)))


@dataclass(frozen=True, eq=False)
class Outsiders:
    """Records the adversary knows to be outside the training data of the model under attack.

    Attributes
    ----------
    x : array (m, ...) or DataFrame
    y : array (m,)
        Labels, of the kind in the ``classes`` of the model.
    """

    x: Any
    y: np.ndarray
    __repr__ = summary

    def __post_init__(self):
        if len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(f"x has {len(self.x)} rows and y {len(self.y)}: must be as many, and at least one.")

    def asked(self, of: Any) -> tuple[Any, np.ndarray]:
        """The records as ``of``, an access or models, takes them, and the columns of their labels."""
        return of.inputs.check(self.x, "outsiders.x"), of.encode(self.y, "outsiders.y", len(self.x))


@dataclass(frozen=True, eq=False)
class Earlier:
    """Another version of the model under attack, such as the one before an update; what it is asked counts too.

    Attributes
    ----------
    access : Access
    """

    access: Access

    @property
    def under_attack(self) -> tuple[Access, ...]:
        return (self.access,)


@dataclass(frozen=True, eq=False)
class Shadows:
    """Many models the adversary trained, and one table of records: who was in which model.

    Attacks that ask "is this model sure *for this record*?" score the rows of this table, and no other records.

    Attributes
    ----------
    models : Trained or sequence
        Of k models; fitted models of any kind, in a list, will do.
    x : array (n, ...) or DataFrame
        The records in question, as the models take them.
    y : array (n,)
        Their true labels, of the kind in ``models.classes``.
    column : int array (n,)
        Their places in ``models.classes``.
    trained_on : bool array (k, n), optional
        Model j was trained on row i where ``trained_on[j, i]``; its other training data need not be in the table. Left
        out, it is that of ``models``, whose table this then is.
    outsiders : Outsiders, optional
        Records in no shadow model, and not in the model under attack.
    """

    models: Any
    x: Any
    y: np.ndarray
    trained_on: Any = None
    outsiders: Outsiders | None = None
    column: np.ndarray = field(init=False, repr=False)
    __repr__ = summary

    def __post_init__(self):
        given, models = self.trained_on, self.models
        if not isinstance(models, Trained):
            if given is None:
                v.fail("trained_on", None, "is needed with a list of models", "Say which of them saw which record.")
            models = Trained(models, given)
        x = models.inputs.check(self.x)
        trained_on = v.mask("trained_on", models.trained_on if given is None else given, (len(models), len(x)))
        if models.trained_on.shape == trained_on.shape and not np.array_equal(models.trained_on, trained_on):
            v.fail("trained_on", given, "contradicts what the models were trained on", "Leave it out.")
        for name, value in (("models", models), ("x", x), ("y", np.asarray(self.y)), ("trained_on", trained_on),
                            ("column", models.encode(self.y, length=len(x)))):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, j: int) -> Shadow:
        return Shadow(BlackBox(self.models[j]), self.x, self.y, self.trained_on[j])

    def signals(self, signal) -> np.ndarray:
        """``signal(p, y)`` of every model on every record of the table: float64 ``(k, n)``."""
        return signals_of(signal, self.models.probabilities(self.x), self.column)

    def beside(self, access: Access, x: Any) -> np.ndarray:
        """The answers of the model under attack, and behind them those of all shadow models: (1 + k, n, classes)."""
        return np.concatenate([access.probabilities(x)[None], self.models.probabilities(x)])

    def check_rows(self, access: Access, x: Any, y: np.ndarray) -> None:
        """Refuse records other than the table's rows: nothing is known of who trained on them."""
        if access.classes != self.models.classes:
            v.fail("knowledge", self.models.classes, "are the classes of the shadow models, and not those of the model "
                   f"under attack, {access.classes}")
        if not (np.array_equal(y, self.column) and same_rows(self.models.inputs.check(x), self.x)):
            raise v.Refused(f"x, y ({len(x)} records) are not the table of the shadow models ({len(self.x)} records): "
                            "trained_on tells of its rows alone. Ask for shadows.x, shadows.y.")
