"""The same answer in other forms, to test judges with."""

from collections.abc import Callable, Set
from fractions import Fraction
from numbers import Number
from typing import Any

import numpy as np


def forms(value: Any) -> tuple:
    """At least five other forms of a right answer, all of which a judge must accept.

    Parameters
    ----------
    value : number, str, set, list, tuple, array or callable
        Of a function that takes anything: functions that return other forms of what it returns.

    Examples
    --------
    >>> forms(0.38)[:2], forms("labels")[:3], forms({"A"})[:2]
    ((0.38, [0.38]), ('LABELS', 'Labels', ' labels '), (['A'], ('A',)))
    >>> [type(form((3.0,))) for form in forms(sum)[1:3]]
    [<class 'list'>, <class 'tuple'>]
    """
    if isinstance(value, str):
        return (value.upper(), value.capitalize(), f" {value} ", [value], (value,), np.str_(value), np.array(value))
    if isinstance(value, bool | np.bool_):
        return (bool(value), np.bool_(value), int(value), np.array(value), [value], (value,))
    if isinstance(value, Number):
        return _numbers(float(value))  # type: ignore[arg-type]
    if isinstance(value, Set):
        names = sorted(value)
        return (names, tuple(names), frozenset(names), np.array(names, dtype=object), [name.upper() for name in names],
                {name.lower() for name in names}, names[::-1], ", ".join(names))
    if callable(value):
        return tuple(_returning(value, place) for place in range(5))
    if isinstance(value, list | tuple) and not all(isinstance(part, Number) for part in value):
        return tuple(kind(part) for kind in (list, tuple) for part in zip(*map(forms, value), strict=False))
    return _arrays(np.asarray(value), flat=isinstance(value, list | tuple))


def _numbers(x: float) -> tuple:
    exact = (np.float64(x), [x], (x,), np.array(x), np.array([x]), np.float32(x), repr(x))
    if not np.isfinite(x):
        return exact
    rounded = float(f"{x:.4g}")
    counts = (int(x), np.int64(x), f"{x:,.0f}") if x == int(x) else ()
    return (*exact, Fraction(x), rounded, str(rounded), f"{100 * x:.10g}%", f"{100 * x:.10g} %", *counts)


def _arrays(x: np.ndarray, *, flat: bool) -> tuple:
    floats = x.astype(float) if x.dtype != bool else x
    same = (x.tolist(), tuple(x.tolist()), floats, x.copy(order="F"), x.astype(object), x[None])
    if x.dtype == bool:
        return (*same, x.astype(int), x.astype(int).tolist())
    return (*same, x.astype(np.float32), *((tuple(map(str, x.tolist())),) if flat and x.ndim == 1 else ()))


def _returning(function: Callable, place: int) -> Callable:
    """A function that returns one of the other forms of what this one returns."""
    return lambda *args: forms(function(*args))[place]
