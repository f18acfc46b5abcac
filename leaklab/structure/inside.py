"""A model taken apart, and asked once about the members: what arrives at each part."""

import warnings
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import joblib
import numpy as np
import pandas as pd
from scipy import sparse

from leaklab.models import Model
from leaklab.structure.parts import ASKED, METHODS, PARTS, Piece, has, settings, walk

ELEMENTS = 50_000_000
"""Numbers in an array that is looked at."""
PORTION, HEARD = 256, 2**25
"""Records that a network is asked about at once, and numbers that are kept of what arrives at one layer."""


def _offers(value: Any, method: str) -> bool:
    """Whether a method is there, and with these settings of the model."""
    with suppress(Exception):  # properties may raise
        return has(value, method) and callable(getattr(value, method))
    return False


def count_people(group: np.ndarray, people: np.ndarray) -> np.ndarray:
    """How many people, numbered from 0, have a record in each group.

    >>> count_people(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 5]))
    array([2, 1])
    """
    many = int(people.max()) + 1
    return np.bincount(np.unique(group.astype(np.int64) * many + people) // many)


class Inside:
    """A model taken apart, and asked once about the members.

    Parameters
    ----------
    model : object
    x : the members' features, as the model takes them
    people : array (n,)
        Whose record it is.

    Attributes
    ----------
    parts : list of Piece
    complete : bool
        Whether every part was looked at.
    answers : array or None
        Probabilities, where the model gives them.
    """

    def __init__(self, model: Any, x: Any, people: np.ndarray):
        self.x, self.people, self.size = x, people, len(people)
        self.parts = list(walk(model))
        self.complete = len(self.parts) < PARTS and all(np.size(each) <= ELEMENTS for _, each in self.arrays)
        self.answers: np.ndarray | None = None
        self._given: dict[int, Any] = {}
        self._made: dict[int, Any] = {}
        asked = [part.value for part in self.parts if any(_offers(part.value, name) for name in (*ASKED, "call"))]
        asked = [each for each in asked if not isinstance(each, Model)] or asked  # an adapter only passes on
        self.asked = asked[0] if asked else None
        if asked:
            self._ask(asked[0])

    @cached_property
    def arrays(self) -> list[tuple[Piece, Any]]:
        """Arrays, sparse or dense, and tables; rows that lie apart in a list or a dictionary as one array."""
        found = [(part, each) for part in self.parts if (each := _array(part.value)) is not None]
        whole = {id(part.value) for part, _ in found}
        return [(part, each) for part, each in found if part.above is None or id(part.above.value) not in whole]

    @cached_property
    def views(self) -> list[tuple[str, Any]]:
        """The members as they come in, and as every part of the model is given them or makes them."""
        paths = {id(part.value): part.path for part in self.parts}
        heard = [*self._given.items(), *self._made.items()]
        return [("the model", self.x), *((paths[number], table) for number, table in heard)]

    def given(self, part: Piece) -> Any:
        """What arrives at a part, or at the nearest above it that is asked; None where that is unknown."""
        for each in part.chain:
            if id(each.value) in self._given:
                return self._given[id(each.value)]
        return None

    def _ask(self, model: Any) -> None:
        method = next((name for name in ASKED if _offers(model, name)), "call")
        network = has(model, "get_weights")
        size = PORTION if network else self.size
        answers, heard = [], []
        for start in range(0, self.size, size):
            rows = (self.x if size == self.size else self.x[start:start + size]).copy()  # which the model may change
            given: dict[int, Any] = {}
            made: dict[int, Any] = {}
            heard.append((given, made))
            # what the model sets for itself ends with its answer
            with np.errstate(), _listening(self.parts, rows.shape[0], HEARD * rows.shape[0] // self.size, given, made):
                try:
                    answers.append(np.asarray(model(rows, training=False) if network else getattr(model, method)(rows)))
                except (Exception, SystemExit) as error:  # of any library
                    first = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
                    raise ValueError(f"the model cannot answer about x: {first}. Pass x as in its training "
                                     "data.") from error
        for target, side in ((self._given, 0), (self._made, 1)):
            for key in heard[0][side]:
                each = [pair[side][key] for pair in heard if key in pair[side]]
                whole = each[0] if len(each) == 1 else np.concatenate(each)
                if whole.shape[0] == self.size:
                    target[key] = whole
        if network or method in ("predict_proba", "probabilities"):
            p = np.concatenate(answers) if len(answers) > 1 else answers[0]
            if p.ndim == 2 and len(p) == self.size and p.dtype.kind == "f" and p.min() >= 0 and p.max() <= 1.001:
                self.answers = p  # and not, say, logits


@contextmanager
def _listening(parts: list[Piece], size: int, most: int, given: dict, made: dict):
    """Notes the first table that each part is asked about, and what transformers make of it."""
    wrapped = []
    for part in parts:
        for name in METHODS:
            own = settings(part.value)
            if has(part.value, name) and name not in own and not isinstance(part.value, Model):
                with suppress(Exception):  # methods that this setting of the model does not have
                    own[name] = _noted(getattr(part.value, name), id(part.value), name, size, most, given, made)
                    wrapped.append((own, name))
    try:
        # in this process, or nothing would be heard of what others do
        with warnings.catch_warnings(), joblib.parallel_config(backend="threading"):
            warnings.simplefilter("ignore")
            yield
    finally:
        for own, name in wrapped:
            own.pop(name, None)


def _noted(method, number: int, name: str, size: int, most: int, given: dict, made: dict):
    def noted(*args, **settings):  # whatever the method takes
        answer = method(*args, **settings)
        table: Any
        for kept, table in ((given, args[0] if args else settings.get("X")), (made, answer)):
            if kept is given or name in ("transform", "call"):
                with suppress(Exception):  # no table, or a symbol of one
                    table = table if hasattr(table, "iloc") or sparse.issparse(table) else np.asarray(table)
                    if table.shape[0] == size and (sparse.issparse(table) or table.size <= most):
                        kept.setdefault(number, table)
        return answer

    return noted


def _array(value: Any) -> Any:
    if sparse.issparse(value) or isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, np.ndarray):
        return value if value.dtype.names is None and value.size and value.ndim else None
    rows = list(value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ())
    if not rows or not all(isinstance(row, np.ndarray | list | tuple) for row in rows):
        return None
    with suppress(Exception):  # rows of several lengths
        table = np.asarray(rows)
        return table if table.ndim >= 2 and table.dtype.kind in "biuf" else None
    return None
