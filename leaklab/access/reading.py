"""What a prediction service sends back, read as probabilities: rows, columns, objects, names."""

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from leaklab.models.base import encode

KEYS = ("predictions", "outputs")


class Reader:
    """From the body of an answer to probabilities ``(n, classes)``.

    Parameters
    ----------
    read : str, callable or None
        See `leaklab.access.RemoteApi`.
    classes : tuple
        The model's labels.

    Examples
    --------
    >>> read = Reader(None, ("ill", "well"))
    >>> read(b'{"predictions": [{"well": 0.9, "ill": 0.1}, {"well": 0.2, "ill": 0.8}]}', 2)
    array([[0.1, 0.9],
           [0.8, 0.2]])
    >>> read(b'{"outputs": ["well", "ill"]}', 2)
    array([[0., 1.],
           [1., 0.]])
    """

    def __init__(self, read: str | Callable | None, classes: tuple):
        self._read, self._classes = read, classes
        self._column = {str(label): number for number, label in enumerate(classes)}

    def __call__(self, body: bytes, n: int) -> np.ndarray:
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ValueError(f"the server answered {body[:60]!r}: must be JSON.") from None
        found = self._read(said) if callable(self._read) else self._found(said)
        try:
            rows = self._rows(found, n)
        except (ValueError, TypeError, KeyError):
            rows = None
        if rows is None or len(rows) != n:
            raise ValueError(f"the server answered {_shown(found)} to {n} instances: must be a row of probabilities, a "
                             "probability, or a label for each. Pass read=, a key or a function that finds them, and "
                             "classes=[...], its labels.")
        return rows

    def _found(self, said: Any) -> Any:
        """What stands under the key; also where it is one of several named outputs."""
        keys = KEYS if self._read is None else (self._read, *KEYS)
        key = next((key for key in keys if isinstance(said, dict) and key in said), None)
        if key is None:
            raise ValueError(f"the server answered {_shown(said)}: there is no {' or '.join(map(repr, keys))} in it. "
                             "Pass read=, the key that holds the answers, or a function that finds them.")
        return self._inside(said[key])

    def _inside(self, found: Any) -> Any:
        """One of several named outputs: in each instance's object, or in the object of all."""
        if isinstance(found, dict) and self._read in found:
            return found[self._read]
        if isinstance(found, list) and found and all(isinstance(row, dict) and self._read in row for row in found):
            return [row[self._read] for row in found]
        return found

    def _rows(self, found: Any, n: int) -> np.ndarray | None:
        if isinstance(found, dict):  # columns, by label or by output
            if set(found) == set(self._column):
                return np.stack([np.asarray(found[label], np.float64).ravel() for label in self._column], axis=1)
            return self._rows(next(iter(found.values())), n) if len(found) == 1 else None
        if found and all(isinstance(row, dict) for row in found):
            if all(set(row) == set(self._column) for row in found):
                return np.array([[row[label] for label in self._column] for row in found], np.float64)
            name = next(iter(found[0]))
            return self._rows([row[name] for row in found], n) if all(set(row) == {name} for row in found) else None
        flat = [row[0] if isinstance(row, list) and len(row) == 1 else row for row in found]
        if flat and all(isinstance(label, str) for label in flat):
            return np.eye(len(self._classes))[[self._column[label] for label in flat]]
        rows = np.asarray(flat, np.float64)
        if rows.ndim == 1 and len(self._classes) == 2 and rows.min() >= 0 and rows.max() <= 1:
            return np.stack([1 - rows, rows], axis=1)  # the probability of the second class
        if rows.ndim == 1:
            return np.eye(len(self._classes))[encode("the server's label", rows, self._classes)]
        return rows.reshape(len(rows), -1)


def _shown(said: Any) -> str:
    text = repr(said)
    return text if len(text) <= 80 else f"{text[:77]}..."
