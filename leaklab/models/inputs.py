"""What a model takes: the only place where questions are cast."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v


@dataclass(frozen=True)
class Inputs:
    """Shape, type, column names and range of what a model takes.

    Parameters
    ----------
    shape : tuple of int or None
        Of one input; None is any length.
    dtype : str
        A numpy type; with an integer type only whole numbers are taken. ``"table"``: a DataFrame as it is, text and
        gaps included, for a model that knows what to do with them. ``"object"``: anything, such as one text a record.
    columns : tuple of str, optional
        Names of the inputs, in the model's order: the columns of a DataFrame are matched by name.
    low, high : float, optional
        Least and greatest value that the model takes, where that is known.
    gaps : bool
        Whether the model takes missing values (NaN).

    Examples
    --------
    >>> Inputs((2,), columns=("age", "dose")).check(pd.DataFrame({"dose": [2], "age": [60]}))
    array([[60.,  2.]], dtype=float32)
    >>> Inputs((2, 2), low=0, high=1).check([[[0, 255], [0, 0]]])
    Traceback (most recent call last):
        ...
    ValueError: x holds 255 at index (0, 0, 1): must lie in [0, 1].
    """

    shape: tuple[Any, ...]
    dtype: str = "float32"
    columns: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    gaps: bool = False

    def __post_init__(self):
        shape = self.shape if isinstance(self.shape, tuple | list) else (self.shape,)
        for size in shape:
            if size is not None:
                v.integer("shape", size)
        object.__setattr__(self, "shape", tuple(shape))
        if self.columns is not None:
            object.__setattr__(self, "columns", tuple(self.columns))

    def check(self, x: Any, name: str = "x") -> Any:
        """``x`` as the model takes it: an array ``(n, *shape)``, or for a table a DataFrame of n rows."""
        x = v.by_name(name, x, self.columns)
        if self.dtype == "table":
            return self._table(x, name)
        if self.dtype == "object":
            x = x.iloc[:, 0] if hasattr(x, "columns") and not self.shape and x.shape[1] == 1 else x
            return self._shaped(np.asarray(x, object), name)
        whole = np.issubdtype(self.dtype, np.integer)
        x = self._shaped(v.array(name, x, dtype=np.float64 if whole else self.dtype, gaps=self.gaps), name)
        if whole:
            _refuse(name, x, x != np.rint(x), "must be whole numbers")
        if self.low is not None or self.high is not None:
            low, high = -np.inf if self.low is None else self.low, np.inf if self.high is None else self.high
            _refuse(name, x, (x < low) | (x > high), f"must lie in [{low:g}, {high:g}]")
        return x.astype(self.dtype, copy=False)

    def _shaped(self, x: np.ndarray, name: str) -> np.ndarray:
        """Pictures as rows of pixels, or with an axis for one channel, where the model takes them so."""
        size = int(np.prod(x.shape[1:]))
        if None not in self.shape and x.ndim > 2 and size == np.prod(self.shape) and (
                len(self.shape) == 1 or np.squeeze(x[0]).shape == tuple(n for n in self.shape if n > 1)):
            return x.reshape(len(x), *self.shape)
        if x.ndim != 1 + len(self.shape) or not len(x) or any(
                want not in (None, had) for want, had in zip(self.shape, x.shape[1:], strict=True)):
            wanted = ", ".join("any" if n is None else f"{n}" for n in self.shape)
            raise ValueError(f"{name} has shape {x.shape}: this model takes (n, {wanted}).")
        return x

    def _table(self, x, name):
        if hasattr(x, "columns"):
            return v.table(name, x)
        try:
            return v.table(name, pd.DataFrame(np.asarray(x), columns=self.columns).infer_objects())
        except ValueError:
            raise ValueError(f"{name} has shape {np.shape(x)}: this model takes a DataFrame with the columns "
                             f"{', '.join(map(repr, self.columns or ()))}, or their values in that order.") from None


def inputs_of(x: Any) -> Inputs:
    """What a model takes that was trained on ``x``: numbers, a DataFrame's columns, or texts (n,)."""
    return Inputs(x.shape[1:], "float32" if x.shape[1:] else "object", columns=getattr(x, "columns", None))


def _refuse(name: str, x: np.ndarray, wrong: np.ndarray, rule: str) -> None:
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{name} holds {x[where]:g} at index {where}: {rule}.")


def same_rows(a: Any, b: Any) -> bool:
    """Whether two checked questions are about the same records, but for the digits that float32 has not."""
    if hasattr(a, "columns") or hasattr(b, "columns"):
        return hasattr(a, "equals") and a.reset_index(drop=True).equals(pd.DataFrame(b).reset_index(drop=True))
    if a.dtype == object or b.dtype == object:
        return np.array_equal(a, b)
    return a.shape == b.shape and np.array_equal(a.astype(np.float32), b.astype(np.float32), equal_nan=True)
