"""Uniform argument checks: an error names the argument, its value, the rule and the remedy."""

from collections import Counter
from collections.abc import Callable, Collection
from numbers import Integral, Real
from typing import Any, NoReturn

import numpy as np

Progress = Callable[[int, int, str], None]
"""``progress(done, total, message)``, called now and then by long work; it may raise to stop it."""


class Refused(ValueError):
    """What was asked is understood and will not be done; the message says what would be."""


def fail(name: str, value: Any, rule: str, remedy: str = "") -> NoReturn:
    """Raise ``ValueError``: ``name=value: rule. Remedy.``"""
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    raise ValueError(f"{name}={shown}: {rule}." + (f" {remedy}" if remedy else ""))


def listed(values: Collection, most: int = 20) -> str:
    """Names in a message: a stranger's table may have many, and long ones.

    >>> listed(["age", "dose"]), listed(range(100), most=2)
    ("'age', 'dose'", '0, 1, ... (100 in all)')
    """
    shown = [text if len(text := repr(value)) <= 80 else text[:77] + "..." for value in list(values)[:most]]
    return ", ".join(shown) + (f", ... ({len(values)} in all)" if len(values) > most else "")


def integer(name: str, value: Any, *, low: int = 1, high: int | None = None, remedy: str = "") -> int:
    """A whole number in ``[low, high]``."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        fail(name, value, "must be a whole number", remedy)
    whole = int(value)
    if whole < low or (high is not None and whole > high):
        fail(name, value, f"must be at least {low}" + ("" if high is None else f" and at most {high}"), remedy)
    return whole


def number(name: str, value: Any, *, low: float = -np.inf, high: float = np.inf, open_low: bool = False,
           open_high: bool = False, remedy: str = "") -> float:
    """A finite real number between ``low`` and ``high``; ``open_*`` excludes the end."""
    try:
        real = float(value) if isinstance(value, Real) and not isinstance(value, bool) else np.nan
    except OverflowError:
        real = np.inf
    if not np.isfinite(real):
        fail(name, value, "must be a finite number", remedy)
    below = real <= low if open_low else real < low
    above = real >= high if open_high else real > high
    if below or above:
        ends = f"{'(' if open_low else '['}{low:g}, {high:g}{')' if open_high else ']'}"
        fail(name, value, f"must lie in {ends}", remedy)
    return real


def one_of(name: str, value: Any, allowed: Collection, remedy: str = "") -> Any:
    """One of the ``allowed`` values."""
    if value not in allowed:
        fail(name, value, "must be one of " + ", ".join(map(repr, allowed)), remedy)
    return value


def array(name: str, value: Any, *, ndim: int | None = None, length: int | None = None,
          dtype: Any = np.float32, gaps: bool = False, remedy: str = "") -> np.ndarray:
    """A finite, non-empty numeric array of the given number of dimensions and length; NaN only with ``gaps``."""
    try:
        out = np.asarray(value, dtype=dtype)
    except (TypeError, ValueError):
        fail(name, value, f"must be numbers that fit {np.dtype(dtype).name}", remedy)
    if ndim is not None and out.ndim != ndim:
        raise ValueError(f"{name} has shape {out.shape}: must have {ndim} dimension(s). {remedy}".rstrip())
    if out.size == 0:
        raise ValueError(f"{name} has shape {out.shape}: must not be empty. {remedy}".rstrip())
    if length is not None and len(out) != length:
        raise ValueError(f"{name} has {len(out)} rows: must have {length}. {remedy}".rstrip())
    if np.issubdtype(out.dtype, np.floating) and (wrong := np.isinf(out) if gaps else ~np.isfinite(out)).any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{name} holds {out[where]} at index {where}: must be finite. "
                         f"{remedy or 'Drop or fill the missing values first.'}")
    return out


def mask(name: str, value: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """True and False, or 1 and 0, in an array of that shape (None: any length); nothing else counts as True.

    >>> mask("member", [1, 0, 1], (None,))
    array([ True, False,  True])
    """
    raw = np.asarray(value)
    if raw.ndim != len(shape) or any(want not in (None, had) for want, had in zip(shape, raw.shape, strict=True)):
        wanted = ", ".join("any" if want is None else f"{want}" for want in shape)
        raise ValueError(f"{name} has shape {raw.shape}: must be ({wanted}).")
    if raw.size == 0:
        raise ValueError(f"{name} has shape {raw.shape}: must not be empty.")
    other = raw[~np.isin(raw, (0, 1))] if raw.dtype.kind in "biuf" else raw.ravel()
    if other.size:
        fail(name, other[0].item() if hasattr(other[0], "item") else other[0], "must be True or False (1 or 0)")
    return raw.astype(bool)


def by_name(name: str, table: Any, columns: Collection | None) -> Any:
    """The columns of a DataFrame in the order of ``columns``; what has no names, or meets a model without, as it is."""
    if columns is None or not hasattr(table, "columns"):
        return table
    given, columns = Counter(table.columns), list(columns)
    known = set(columns)
    for wrong, rule in (([c for c in columns if c not in given], "lacks the column(s)"),
                        ([c for c in given if c not in known], "has column(s) unknown to the model:"),
                        ([c for c in columns if given[c] > 1], "has more than once the column(s)")):
        if wrong:
            raise ValueError(f"{name} {rule} {listed(wrong)}. Give the columns that the model was trained on, in any "
                             f"order: {listed(columns)}.")
    return table[columns]


def table(name: str, value: Any) -> Any:
    """A DataFrame, or texts (n,), as they are, for an estimator that knows what to do with them; else an `array`."""
    if getattr(getattr(value, "dtype", None), "kind", "") == "O" and value.ndim == 1 and len(value):
        return np.asarray(value)
    if not hasattr(value, "columns"):
        return array(name, value, dtype=np.float64 if getattr(value, "dtype", None) == np.float64 else np.float32)
    if not len(value):
        raise ValueError(f"{name} has shape {value.shape}: must not be empty.")
    return value


def labels(name: str, value: Any, *, length: int | None = None, classes: int | None = None) -> np.ndarray:
    """Class labels: whole numbers from 0 to ``classes - 1``."""
    raw = np.asarray(value)
    if raw.dtype.kind not in "iub" and not (raw.dtype.kind == "f" and np.array_equal(raw, np.round(raw))):
        raise ValueError(f"{name} has type {raw.dtype}: must be whole numbers counted from 0. "
                         "Encode the classes first, e.g. with numpy.unique(..., return_inverse=True).")
    out = array(name, raw, ndim=1, length=length, dtype=np.int64)
    if out.min() < 0 or (classes is not None and out.max() >= classes):
        fail(name, int(out.min() if out.min() < 0 else out.max()),
             "labels must lie in [0, " + (f"{classes - 1}]" if classes else "classes - 1]"))
    return out


def generator(rng: Any) -> np.random.Generator:
    """A ``numpy.random.Generator`` from a seed or a generator; a missing one is refused."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, Integral) and not isinstance(rng, bool) and int(rng) >= 0:
        return np.random.default_rng(int(rng))
    fail("rng", rng, "must be a seed (a whole number >= 0) or a numpy.random.Generator", "For example rng=0.")
