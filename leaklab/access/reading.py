"""What a prediction service sends back, read as probabilities: rows, columns, objects, names. None of it is trusted."""

import reprlib
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
import orjson

from leaklab._repr import printable
from leaklab.models.base import encode, one_hot

KEYS = ("predictions", "outputs")


class Shown(reprlib.Repr):
    """What a server said, fit for an error: printable, at most 200 characters, without the key.

    Examples
    --------
    >>> Shown("s3cret")("\\x1b[31mNo s3cret,\\nno answer")
    '\\\\x1b[31mNo (the key),\\\\nno answer'
    """

    def __init__(self, secret: str | None = None):
        super().__init__()
        self.maxstring, self._secret = 200, secret

    def __call__(self, said: Any) -> str:
        text = printable(self._without(said if isinstance(said, str) else self.repr(said))[:200])
        return text if len(text) < 200 else f"{text[:197]}..."

    def repr_str(self, x, level):
        return super().repr_str(self._without(x), level)  # before it is cut short

    def _without(self, text: str) -> str:
        return text.replace(self._secret, "(the key)") if self._secret else text


def fields(body: bytes) -> dict:
    """The fields of a JSON object; none where it is something else."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


class Reader:
    """From the body of an answer to probabilities ``(n, classes)``.

    Parameters
    ----------
    read : str, callable or None
        See `leaklab.access.RemoteApi`.
    classes : tuple
        The model's labels.
    show : Shown

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

    def __init__(self, read: str | Callable | None, classes: tuple, show: Shown | None = None):
        self._read, self._classes, self._show = read, classes, show or Shown()
        self._column = {str(label): number for number, label in enumerate(classes)}

    def __call__(self, body: bytes, n: int) -> np.ndarray:
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            shown = self._show(body.decode(errors="replace"))
            raise ValueError(f"the server answered {shown}: must be JSON.") from None
        found = self._called(said) if callable(self._read) else self._found(said)
        try:
            rows = self._rows(found, n)
        except Exception:  # whatever it may be that was sent in place of an answer
            rows = None
        if rows is None or len(rows) != n:
            raise ValueError(f"the server answered {self._show(found)} to {n} instances: must be a row of "
                             "probabilities, a probability, or a label for each. Pass read=, a key or a function that "
                             "finds them, and classes=[...], its labels.")
        return rows

    def _called(self, said: Any) -> Any:
        """What the function of ``read=`` finds, arrays as lists."""
        try:
            found = self._read(said)  # type: ignore[operator, misc]
        except Exception as wrong:  # its text and its traceback may hold what the server said
            raise ValueError(f"read= raised {type(wrong).__name__}, {self._show(str(wrong))}, on the server's answer "
                             f"{self._show(said)}. Make it find the answers in that.") from None
        found = found.tolist() if hasattr(found, "tolist") else found
        return list(found) if isinstance(found, tuple) else found

    def _found(self, said: Any) -> Any:
        """What stands under the key; also where it is one of several named outputs."""
        keys = KEYS if self._read is None else (self._read, *KEYS)
        key = next((key for key in keys if isinstance(said, dict) and key in said), None)
        if key is None:
            raise ValueError(f"the server answered {self._show(said)}: there is no {' or '.join(map(repr, keys))} in "
                             "it. Pass read=, the key that holds the answers, or a function that finds them.")
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
                columns = np.stack([_numbers(found[label]) for label in self._column], axis=-1)
                return columns.reshape(len(columns), -1)
            return self._rows(next(iter(found.values())), n) if len(found) == 1 else None
        if not isinstance(found, list) or len(found) != n:
            return None
        if all(isinstance(row, dict) for row in found):
            if all(set(row) == set(self._column) for row in found):
                return _numbers([[row[label] for label in self._column] for row in found])
            name = next(iter(found[0]))
            return self._rows([row[name] for row in found], n) if all(set(row) == {name} for row in found) else None
        flat = [row[0] if isinstance(row, list) and len(row) == 1 else row for row in found]
        if all(isinstance(label, str) for label in flat):
            return one_hot([self._column[label] for label in flat], len(self._classes))
        if all(isinstance(label, bool) for label in (*flat, *self._classes)):
            return one_hot([self._classes.index(label) for label in flat], 2)
        rows = _numbers(flat)
        if rows.ndim == 1 and len(self._classes) == 2 and rows.min() >= 0 and rows.max() <= 1:
            return np.stack([1 - rows, rows], axis=1)  # the probability of the second class
        if rows.ndim == 1:
            return one_hot(encode("the server's label", rows, self._classes), len(self._classes))
        return rows.reshape(len(rows), -1)


def _numbers(said: Any) -> np.ndarray:
    """Numbers in lists of one length and depth as float64; a text that looks like a number is none, nor is True."""
    array = np.asarray(said, np.float64)
    if not _all_numbers(said):
        raise TypeError
    return array


def _all_numbers(said: Any) -> bool:
    kinds = set(map(type, said))
    if kinds & {list, tuple, np.ndarray}:
        return all(map(_all_numbers, said))
    return all(issubclass(kind, Real) and kind is not bool for kind in kinds)
