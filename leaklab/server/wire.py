"""Bytes to inputs, answers to bytes: JSON as TensorFlow Serving has it, and plain octets for those who know of them.

Octets are float32 little-endian, one input after another, and nothing else: a format without a header has no parser to
attack. The answer to octets is float64 little-endian, a row of probabilities an input.
"""

from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np
import orjson

from leaklab.access.remote import OCTETS
from leaklab.server.limits import Limits, Problem

INPUT, SIGNATURE = "x", "serving_default"
REPLY = {"instances": "predictions", "inputs": "outputs"}
"""The name of the answer, by the name of the question."""


def most_bytes(media: str, shape: tuple[int, ...], instances: int, limits: Limits) -> int:
    """Bytes that so many instances can have; in JSON, 64 a number, blanks included."""
    numbers = instances * int(np.prod(shape))
    if media == OCTETS:
        return min(limits.body, 4 * numbers)
    return min(limits.body, limits.json, 1000 + 100 * instances + 64 * numbers)


def decode(body: bytes | bytearray, media: str, shape: tuple[int, ...], most: int) -> tuple[np.ndarray, str]:
    """Inputs float32 (n, *shape), all finite, and the form of the answer: ``"predictions"``, ``"outputs"`` or OCTETS.

    Raises
    ------
    Problem
        400 with a sentence for everything that is not that.

    Examples
    --------
    >>> decode(b'{"instances": [[1, 2.5]]}', "application/json", (2,), 10)
    (array([[1. , 2.5]], dtype=float32), 'predictions')
    """
    if media == OCTETS:
        x, form = _octets(body, shape, most), OCTETS
    else:
        x, form = _json(body, shape, most)
    if not np.isfinite(x).all():
        raise Problem(400, "Every number must be finite in float32: no NaN, no infinity, nothing beyond 3.4e38.")
    return x, form


def encode(answers: np.ndarray, form: str) -> bytes:
    """Probabilities (n, classes) -> bytes."""
    answers = np.ascontiguousarray(answers, "<f8")
    return answers.tobytes() if form == OCTETS else to_json({form: answers})


def to_json(value: Any) -> bytes:
    """A value, arrays in it or not, as JSON."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def _octets(body, shape: tuple[int, ...], most: int) -> np.ndarray:
    size = 4 * int(np.prod(shape))
    if not body or len(body) % size:
        raise Problem(400, f"Octets must be float32, {size} bytes an instance; the body has {len(body)} bytes.")
    _count(len(body) // size, most)
    return np.frombuffer(body, "<f4").reshape(-1, *shape)


def _json(body, shape: tuple[int, ...], most: int) -> tuple[np.ndarray, str]:
    signs = {sign: np.count_nonzero(np.frombuffer(body, np.uint8) == ord(sign)) for sign in "[{:,uf"}
    if not _affordable(signs, shape, most):
        raise Problem(400, f"The body must be JSON with at most {most} instances, each nested lists of shape "
                           f"{list(shape)}; this one has more lists, objects or numbers.", most_instances=most)
    try:
        request = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):  # also NaN and Infinity, which are not JSON, and deep nesting
        raise Problem(400, "The body must be JSON (which has no NaN and no Infinity).") from None
    asked = [name for name in REPLY if isinstance(request, dict) and name in request]
    if len(asked) != 1:
        raise Problem(400, 'The body must be {"instances": [...]}.')
    signature = request.get("signature_name", "")
    if type(signature) is not str:
        raise Problem(400, "'signature_name' key must be a string value.")
    if signature not in ("", SIGNATURE):
        raise Problem(400, f'Serving signature name: "{signature[:100]}" not found in signature def.')
    rows = request[asked[0]]
    if asked[0] == "inputs":
        rows = _named(rows)
    if type(rows) is not list or not rows:
        raise Problem(400, f'"{asked[0]}" must be a list of at least one input.')
    _count(len(rows), most)
    x = np.empty((len(rows), *shape), np.float32)
    literals = (signs["u"] or signs["f"]) and (b"true" in body or b"false" in body)  # to numpy, numbers
    with np.errstate(over="ignore"):  # what overflows is refused as not finite
        for number, row in enumerate(rows):
            try:
                values = np.array(_named(row) if asked[0] == "instances" else row)
            except ValueError:  # ragged
                values = np.array(None)
            if values.shape != shape or values.dtype.kind not in "iuf" or literals:
                raise Problem(400, f"Every instance must be numbers in nested lists of shape {list(shape)}.")
            x[number] = values
    return x, REPLY[asked[0]]


def _named(value: Any) -> Any:
    """What is in {"x": ...}; anything else as it is."""
    return value[INPUT] if type(value) is dict and set(value) == {INPUT} else value


def _affordable(signs: dict[str, int], shape: tuple[int, ...], most: int) -> bool:
    """Whether so many instances can have what is in a body: known from its signs, before anything is made of it."""
    lists = sum(accumulate(shape[:-1], mul, initial=1)) if shape else 0
    bounds = {"[": lists, "{": 1, ":": 1, ",": max(1, int(np.prod(shape)))}
    return all(signs[sign] <= 16 + most * each for sign, each in bounds.items())


def _count(n: int, most: int) -> None:
    if n > most:
        raise Problem(400, f"A request may have at most {most} instances; this one has {n}. Send fewer at a time.",
                      most_instances=most)
