"""Every part of a model's object, found as a file would be written: by what it holds, without calling it."""

import functools
import types
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

ASKED = ("predict_proba", "predict", "decision_function", "probabilities")
"""The ways to ask a model, the most telling first."""
METHODS = (*ASKED, "transform", "kneighbors", "radius_neighbors", "call")
PARTS = 200_000
"""Parts of an object that are looked at."""
FOREIGN = ("tensorflow", "keras", "torch", "numpy.random", "threading", "logging")
ATOMS = (str, bytes, bool, int, float, complex, type(None), type, types.ModuleType, types.FunctionType,
         types.BuiltinFunctionType, np.generic, np.dtype, pd.DataFrame, pd.Series, pd.Index)


@dataclass(frozen=True)
class Piece:
    """One object inside a model: its path, itself, and the part that holds it."""

    path: str
    value: Any = field(repr=False)
    above: "Piece | None" = field(default=None, repr=False)
    name: str = ""

    @property
    def chain(self) -> Iterator["Piece"]:
        """The part, what holds it, and so on up to the model."""
        part: Piece | None = self
        while part is not None:
            yield part
            part = part.above

    @property
    def owner(self) -> "Piece":
        """The nearest part above, itself excluded, that computes something; the model where there is none."""
        above = list(self.chain)[1:] or [self]
        return next((part for part in above if computes(part.value)), above[-1])


def computes(value: Any) -> bool:
    return not isinstance(value, ATOMS) and any(has(value, name) for name in (*METHODS, "fit"))


def settings(value: Any) -> dict:
    """The attributes that an object holds itself: no properties, which may compute or raise."""
    found = getattr(value, "__dict__", None)
    return found if isinstance(found, dict) and not isinstance(value, ATOMS) else {}


def walk(model: Any) -> Iterator[Piece]:
    """Every part once, the nearest first."""
    waiting = deque([Piece(type(model).__name__, model)])
    known: dict[int, Any] = {}
    while waiting and len(known) < PARTS:
        part = waiting.popleft()
        if id(part.value) not in known:
            known[id(part.value)] = part.value  # held, so that no other object is given its number
            yield part
            waiting += _below(part)


def _below(part: Piece) -> Iterator[Piece]:
    for name, value, key in _children(part.value):
        if value is None or isinstance(value, bool | int | float | np.generic):
            continue
        path = f"{part.path}[{key!r}]" if key is not None else f"{part.path}.{name}"
        if part.name == "steps" and isinstance(key, str):
            outer = part.path.removesuffix(".steps")
            path = f"{'' if outer == 'Pipeline' else outer + ', '}pipeline step {key!r}"
        kind = f" ({type(value).__name__})" if computes(value) else ""
        yield Piece(path + kind, value, part, name)


def _children(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Name, object and key of what a value holds: as a file would be written, so without properties."""
    if isinstance(value, types.MethodType):
        yield "__self__", value.__self__, None
    elif isinstance(value, functools.partial):
        yield from (("func", value.func, None), ("args", value.args, None), ("keywords", value.keywords, None))
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
        if has(value, "get_weights"):  # a network of Keras, or a layer of one
            layers = list(getattr(value, "layers", ()))
            inner = {id(each) for layer in layers for each in layer.weights}
            yield from ((f"layers[{layer.name!r}]", layer) for layer in layers)
            yield from ((f"weights[{each.name!r}]", each.numpy()) for each in value.weights if id(each) not in inner)
        elif has(value, "state_dict"):  # a network of PyTorch
            yield from ((name, np.asarray(each)) for name, each in value.state_dict().items())
        elif foreign and has(value, "numpy"):  # a tensor
            yield "numpy()", value.numpy()
    if foreign:
        return
    state: Any = settings(value)
    with suppress(Exception):  # locks, and objects that no file takes
        state = state or value.__getstate__()
    if isinstance(state, dict):
        yield from list(state.items())
    elif isinstance(state, tuple | list):
        yield from ((f"state[{index}]", each) for index, each in enumerate(state))


def has(value: Any, method: str) -> bool:
    return callable(getattr(type(value), method, None))
