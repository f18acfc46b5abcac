"""How results print: a line per field, with the figures that matter in place of whole arrays."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

WIDTH = 100


def summary(result: Any) -> str:
    """The ``__repr__`` of a dataclass that holds arrays; put ``__repr__ = summary`` into its body.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Found:
    ...     score: np.ndarray
    ...     queries: int
    ...     __repr__ = summary
    >>> Found(np.array([0.5, 1.0]), 7)
    Found
      score    float64 (2,), 0.5 to 1, mean 0.75
      queries  7
    """
    shown = [field.name for field in fields(result) if field.repr]
    width = max(map(len, shown), default=0)
    return "\n".join([type(result).__name__, *(f"  {name:{width}}  {_line(getattr(result, name))}" for name in shown)])


def _line(value: Any) -> str:
    """A value on one line of at most ``WIDTH`` characters."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if hasattr(value, "dtypes"):  # a table
        return f"{type(value).__name__} of {' x '.join(map(str, value.shape))}"
    if isinstance(value, Collection) and not isinstance(value, str):
        items = [f"{key}: {_line(item)}" for key, item in value.items()] if isinstance(value, Mapping) else value
        text = ", ".join(_line(item) if item is not value else "..." for item in items)
        text = text if len(value) < 8 and len(text) < WIDTH - 20 else f"{len(value)} items: {text}"
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= WIDTH else text[:WIDTH - 3] + "..."


def _array(value: np.ndarray) -> str:
    about = f"{value.dtype} {value.shape}"
    if value.dtype == bool:
        return f"{about}, {np.count_nonzero(value):,} True"
    if value.dtype.kind not in "iuf" or not np.isfinite(value).any():
        return about
    known = value[np.isfinite(value)]
    missing = f", {value.size - known.size:,} not finite" if known.size < value.size else ""
    mean = f", mean {known.mean(dtype=float):.3g}" if value.dtype.kind == "f" else ""
    return f"{about}, {known.min():.3g} to {known.max():.3g}{mean}{missing}"
