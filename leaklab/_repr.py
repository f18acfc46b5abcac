"""How results print: a line per field, with the figures that matter in place of whole arrays."""

from collections.abc import Mapping
from dataclasses import fields
from itertools import islice
from typing import Any

import numpy as np

WIDTH, SHOWN = 100, 4


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


def printable(text: str) -> str:
    """Text of strangers for a terminal: control characters, escapes and line ends as Python writes them.

    >>> print(printable("Zoë\\x1b[2J\\n"))
    Zoë\\x1b[2J\\n
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _line(value: Any) -> str:
    """A value on one line of at most ``WIDTH`` characters."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Mapping):
        return _several([f"{key}: {_line(item)}" for key, item in islice(value.items(), SHOWN)], len(value))
    if isinstance(value, list | tuple):
        return _several([_line(item) for item in value[:SHOWN]], len(value))
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return _cut(f"{type(value).__name__}(...)" if "\n" in text else text)


def _several(items: list[str], number: int) -> str:
    return _cut(("" if number <= SHOWN else f"{number}: ") + ", ".join(items) + (", ..." if number > SHOWN else ""))


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[:WIDTH - 3] + "..."


def _array(value: np.ndarray) -> str:
    about = f"{value.dtype} {value.shape}"
    if value.dtype == bool:
        return f"{about}, {np.count_nonzero(value):,} True"
    if value.dtype.kind not in "iuf" or not value.size:
        return about
    known = value[np.isfinite(value)]
    missing = f", {value.size - known.size:,} not finite" if known.size < value.size else ""
    if not known.size or known.min() == known.max():
        return about + (f", all {known[0]:.3g}" if known.size else "") + missing
    mean = f", mean {known.mean(dtype=float):.3g}" if value.dtype.kind == "f" else ""
    return f"{about}, {known.min():.3g} to {known.max():.3g}{mean}{missing}"
