"""What lies inside a model's object: every part of it, and what arrives at each part when the model is asked."""

import types
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import joblib
import numpy as np
import pandas as pd
from scipy import sparse

from leaklab import _validate as v
from leaklab.models import Model

PARTS, ELEMENTS = 200_000, 50_000_000
"""Parts of an object that are looked at, and numbers in one array; what lies beyond is said to be unseen."""
PORTION, HEARD = 256, 2**25
"""Records that a network is asked about at once, and numbers that are kept of what arrives at one layer."""
ASKED = ("predict_proba", "predict", "decision_function", "probabilities")
METHODS = (*ASKED, "transform", "kneighbors", "radius_neighbors", "call")
FOREIGN = ("tensorflow", "keras", "torch", "numpy.random", "threading", "logging")
ATOMS = (str, bytes, bool, int, float, complex, type(None), type, types.ModuleType, types.FunctionType,
         types.BuiltinFunctionType, np.generic, np.dtype, pd.DataFrame, pd.Series, pd.Index)


@dataclass(frozen=True)
class Part:
    """One object inside a model: its path, itself, and the part that holds it."""

    path: str
    value: Any = field(repr=False)
    above: "Part | None" = field(default=None, repr=False)
    name: str = ""

    @property
    def chain(self) -> Iterator["Part"]:
        """The part, what holds it, and so on up to the model."""
        part: Part | None = self
        while part is not None:
            yield part
            part = part.above

    @property
    def owner(self) -> "Part":
        """The nearest part above, itself excluded, that computes something; the model where there is none."""
        above = list(self.chain)[1:] or [self]
        return next((part for part in above if computes(part.value)), above[-1])


def computes(value: Any) -> bool:
    return not isinstance(value, ATOMS) and any(_has(value, name) for name in (*METHODS, "fit"))


def settings(value: Any) -> dict:
    """The attributes that an object holds itself: no properties, which may compute or raise."""
    found = getattr(value, "__dict__", None)
    return found if isinstance(found, dict) and not isinstance(value, ATOMS) else {}


def walk(model: Any) -> Iterator[Part]:
    """Every part once, the nearest first."""
    waiting, known = deque([Part(type(model).__name__, model)]), {}
    while waiting and len(known) < PARTS:
        part = waiting.popleft()
        if id(part.value) not in known:
            known[id(part.value)] = part.value  # held, so that no other object is given its number
            yield part
            waiting += _below(part)


def _below(part: Part) -> Iterator[Part]:
    for name, value, key in _children(part.value):
        if value is None or isinstance(value, bool | int | float | np.generic):
            continue
        path = f"{part.path}[{key!r}]" if key is not None else f"{part.path}.{name}"
        if part.name == "steps" and isinstance(key, str):
            outer = part.path.removesuffix(".steps")
            path = f"{'' if outer == 'Pipeline' else outer + ', '}pipeline step {key!r}"
        kind = f" ({type(value).__name__})" if computes(value) else ""
        yield Part(path + kind, value, part, name)


def _children(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Name, object and key of what a value holds: as a file would be written, so without properties."""
    if isinstance(value, types.MethodType):
        yield "__self__", value.__self__, None
    elif isinstance(value, ATOMS) or sparse.issparse(value):
        return
    elif isinstance(value, np.ndarray):
        if value.dtype == object and value.ndim:
            yield from (("", each, index) for index, each in enumerate(value.ravel()[:PARTS]))
    elif isinstance(value, Mapping):
        for key in list(value)[:PARTS]:
            with suppress(Exception):  # a mapping that computes may raise
                yield "", value[key], key if isinstance(key, str | int) else str(key)
    elif isinstance(value, list | tuple | set | frozenset | deque):
        for index, each in enumerate(list(value)[:PARTS]):
            named = isinstance(each, tuple) and len(each) > 1 and isinstance(each[0], str)
            yield from (("", item, each[0]) for item in each[1:]) if named else [("", each, index)]
    else:
        yield from ((name, each, None) for name, each in _state(value))


def _state(value: Any) -> Iterator[tuple[str, Any]]:
    foreign = type(value).__module__.startswith(FOREIGN)
    with suppress(Exception):
        if _has(value, "get_weights"):  # a network of Keras, or a layer of one
            yield from ((f"layers[{layer.name!r}]", layer) for layer in getattr(value, "layers", ()))
            yield from ((f"weights[{each.name!r}]", each.numpy()) for each in value.weights)
        elif _has(value, "state_dict"):  # a network of PyTorch
            yield from ((name, np.asarray(each)) for name, each in value.state_dict().items())
    if foreign:
        return
    state: Any = settings(value)
    with suppress(Exception):  # locks, and objects that no file takes
        state = value.__getstate__() if not state else state
    if isinstance(state, dict):
        yield from list(state.items())
    elif isinstance(state, tuple | list):
        yield from ((f"state[{index}]", each) for index, each in enumerate(state))


def _has(value: Any, method: str) -> bool:
    return callable(getattr(type(value), method, None))


def _offers(value: Any, method: str) -> bool:
    """Whether a method is there, and with these settings of the model."""
    with suppress(Exception):  # properties may raise
        return _has(value, method) and callable(getattr(value, method))
    return False


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
    parts : list of Part
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
    def arrays(self) -> list[tuple[Part, Any]]:
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

    def given(self, part: Part) -> Any:
        """What arrives at a part, or at the nearest above it that is asked; None where that is unknown."""
        for each in part.chain:
            if id(each.value) in self._given:
                return self._given[id(each.value)]
        return None

    def count_people(self, group: np.ndarray, groups: int) -> np.ndarray:
        """How many people have a record in each group, int ``(groups,)``; -1 is none."""
        pairs = np.unique(np.column_stack([group, self.people])[group >= 0], axis=0)
        return np.bincount(pairs[:, 0], minlength=groups)

    def _ask(self, model: Any) -> None:
        method = next((name for name in ASKED if _offers(model, name)), "call")
        network = _has(model, "get_weights")
        size = PORTION if network else self.size
        answers, heard = [], []
        for start in range(0, self.size, size):
            rows = self.x if size == self.size else self.x[start:start + size]
            given: dict[int, Any] = {}
            made: dict[int, Any] = {}
            heard.append((given, made))
            with _listening(self.parts, rows.shape[0], HEARD * rows.shape[0] // self.size, given, made):
                try:
                    answers.append(np.asarray(model(rows, training=False) if network else getattr(model, method)(rows)))
                except Exception as error:  # of any library
                    first = (str(error).strip().split("\n") or [""])[0]
                    raise ValueError(f"the model cannot answer about x: {first}. Pass x as in its training data.") \
                        from error
        for target, side in ((self._given, 0), (self._made, 1)):
            for key in heard[0][side]:
                each = [pair[side][key] for pair in heard if key in pair[side]]
                whole = each[0] if len(each) == 1 else np.concatenate(each)
                if whole.shape[0] == self.size:
                    target[key] = whole
        if network or method in ("predict_proba", "probabilities"):
            p = np.concatenate(answers) if len(answers) > 1 else answers[0]
            self.answers = p if p.ndim == 2 and len(p) == self.size and p.dtype.kind == "f" else None


@contextmanager
def _listening(parts: list[Part], size: int, most: int, given: dict, made: dict):
    """Notes the first table that each part is asked about, and what transformers make of it."""
    wrapped = []
    for part in parts:
        for name in METHODS:
            own = settings(part.value)
            if _has(part.value, name) and name not in own and not isinstance(part.value, Model):
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
        return value if value.dtype.names is None and value.size else None
    rows: list = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    if not rows or not all(isinstance(row, np.ndarray | list | tuple) for row in rows):
        return None
    with suppress(Exception):  # rows of several lengths
        table = np.asarray(rows)
        return table if table.ndim >= 2 and table.dtype.kind in "biuf" else None
    return None


def table_of(x: Any) -> Any:
    """Features as they can be cut by rows: a list as an array."""
    if hasattr(x, "iloc") or hasattr(x, "shape"):
        return x
    x = np.asarray(x, dtype=object) if len(x) and isinstance(x[0], str) else np.asarray(x)
    return x if x.ndim else v.fail("x", x, "must be one record for every member")
