"""A server's description of its model, read without trust."""

import math
import re
from typing import Any, NoReturn

import orjson

from leaklab.access.reading import Shown
from leaklab.models import Offers

LARGEST = 100_000_000
"""Most numbers in an input that a server may ask for."""
MOST_CLASSES = 1_000_000


class Metadata:
    """A server's description of its model, each field checked when it is asked for.

    TensorFlow Serving's signature, and what Leaklab's server adds under ``leaklab``.

    Parameters
    ----------
    body : bytes
    show : Shown
    """

    def __init__(self, body: bytes, show: Shown):
        self._show = show
        try:
            self._said = orjson.loads(body)
        except orjson.JSONDecodeError:
            self._fail(f"is not JSON: {show(body.decode(errors='replace'))}")
        self._own = _at(self._said, "leaklab") or {}
        if not isinstance(self._own, dict):
            self._fail(f"says leaklab={show(self._own)}: must be an object")
        self.octets = self._own.get("octets") is True

    def shape(self, side: str) -> tuple[int, ...]:
        """Shape of the one tensor among the ``inputs`` or ``outputs``."""
        tensors = _at(self._said, "metadata", "signature_def", "signature_def", "serving_default", side)
        if isinstance(tensors, dict) and len(tensors) != 1:
            raise ValueError(f"the model has {len(tensors)} {side}: {self._show(', '.join(sorted(tensors)))}. Pass "
                             "inputs=(...) and classes=..., and read=\"...\", the name of the output to ask for.")
        (tensor,) = tensors.values() if isinstance(tensors, dict) else (None,)
        told = _at(tensor, "tensor_shape")
        dims = _at(told, "dim") or []
        sizes = [_size(dim) for dim in dims[1:]] if isinstance(dims, list) else [None]
        shape = tuple(size for size in sizes if size is not None)
        if not isinstance(told, dict) or len(shape) < len(sizes):
            self._fail(f"does not tell the shape of its {side}")
        if -1 in shape or _at(told, "unknown_rank") is True:
            self._fail(f"leaves the shape of its {side} open, {self._show(shape)}")
        if min(shape, default=1) < 1 or len(shape) > 31 or math.prod(shape) > LARGEST:
            self._fail(f"says that the shape of its {side} is {self._show(shape)}: must be sizes of at least 1, and at "
                       f"most {LARGEST:,} numbers")
        return shape

    def classes(self) -> list | int:
        """The labels, or else the number of outputs."""
        labels = self._own.get("classes")
        if labels is not None and not (
                isinstance(labels, list) and set(map(type, labels)) <= {str, int, float, bool}
                and len(labels) == len(set(labels)) == len(set(map(str, labels)))):
            self._fail(f"says classes={self._show(labels)}: must be a list of different texts or numbers")
        number = max(2, math.prod(self.shape("outputs"))) if labels is None else len(labels)
        if not 2 <= number <= MOST_CLASSES:
            self._fail(f"says that there are {number:,} classes: must be 2 to {MOST_CLASSES:,}")
        return labels or number

    def offers(self) -> Offers:
        """What the access may offer: SCORES at most, whatever the server says."""
        said = self._own.get("offers", Offers.SCORES.name)
        if not isinstance(said, str) or said not in Offers.__members__:
            self._fail(f"says offers={self._show(said)}: must be one of {', '.join(Offers.__members__)}")
        return min(Offers.SCORES, Offers[said])

    def batch(self, numbers: int, classes: int) -> int:
        """How many inputs of so many numbers to send in a request."""
        allowed, answers = 100, 100_000
        if self.octets:
            allowed, answers = self._whole("most_instances", 100), 10_000_000
            allowed = min(allowed, self._whole("most_bytes", 32_000_000) // (4 * numbers))
        return max(1, min(allowed, answers // classes))

    def _whole(self, name: str, otherwise: int) -> int:
        said = self._own.get(name, otherwise)
        if type(said) is not int or said < 1:
            self._fail(f"says {name}={self._show(said)}: must be a whole number of at least 1")
        return said

    def _fail(self, what: str) -> NoReturn:
        raise ValueError(f"the server's metadata {what}. Pass inputs=(...) and classes=... .") from None


def _at(said: Any, *path: str) -> Any:
    """What stands under these keys, one in the other; None where one is missing."""
    for name in path:
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _size(dim: Any) -> int | None:
    """A dimension: a whole number, which Protocol Buffers' JSON writes as text."""
    size = _at(dim, "size")
    if isinstance(size, str) and re.fullmatch(r"-?[0-9]{1,18}", size):
        return int(size)
    return size if type(size) is int else None
