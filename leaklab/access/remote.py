"""Access over HTTP, to Leaklab's server or to any other that speaks TensorFlow Serving's REST interface."""

import http.client
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson

from leaklab import _validate as v
from leaklab.access.base import Access
from leaklab.access.hardened import BudgetSpent
from leaklab.access.reading import Reader
from leaklab.models import Inputs, Model, Offers
from leaklab.models.base import check_classes

OCTETS = "application/octet-stream"


class Unreachable(OSError):
    """The server is unreachable after all retries."""

    answered = 0


class RemoteApi(Access):
    """A model behind ``POST /v1/models/{name}:predict``.

    Inputs and classes come from ``/metadata``, where they are not passed. Leaklab servers are asked in raw float32,
    all others in JSON. One connection is kept open. Not thread-safe.

    Parameters
    ----------
    url : str
        ``http://host:port``, or with ``/v1/models/{name}`` behind it.
    key : str, optional
        Sent as ``Authorization: Bearer``.
    model : str, optional
        Its name; ``"model"`` when neither this nor ``url`` says.
    inputs : Inputs or tuple of int, optional
        What the model takes, or the shape of one input.
    classes : sequence or int, optional
        Its labels in the order of its answers, or their number. Answers by name are put into this order.
    read : str or callable, optional
        Where the answers are in the JSON that comes back: a key, or a function from the decoded body to a row, a number
        or a name for each instance. By default ``predictions``, else ``outputs``. An entry may be a row of
        probabilities, one probability (of the second class), a label, or an object with one of these in it, or with a
        probability for every label.
    batch : int, optional
        Most inputs in a request; by default what the server allows, or 100.
    offers : Offers, optional
        SCORES by default; LABELS for a service that names classes and no more.
    retries : int
        How many times a request is made again after a fault of the network, a 5xx, or a 429 that says when to come
        back. An answer that is lost on the way back has been counted by the server, and its repetition is again.
    timeout : float
        Seconds without a byte after which the server counts as unreachable.
    patience : float
        Longest ``Retry-After``, in seconds, that is waited for.

    Raises
    ------
    BudgetSpent
        From `probabilities`, when the key's budget ends. Where a question took several requests, the first of them may
        have been answered; ``queries`` counts them.
    Unreachable
    """

    def __init__(self, url: str, key: str | None = None, *, model: str | None = None,
                 inputs: Inputs | tuple | None = None, classes: Any = None, read: str | Callable | None = None,
                 batch: int | None = None, offers: Offers | None = None, retries: int = 3, timeout: float = 60.0,
                 patience: float = 60.0):
        self.url, self._wire = url, Wire(url, key, model, retries=retries, timeout=timeout, patience=patience)
        about: dict = {}
        if inputs is None or classes is None:
            about = self._about()
        own = about.get("leaklab", {})
        inputs = Inputs(_shape(about, "inputs")) if inputs is None else inputs
        classes = own.get("classes", _width(about)) if classes is None else classes
        remote = _Remote(self._wire, inputs if isinstance(inputs, Inputs) else Inputs(inputs), check_classes(classes),
                         read, own, batch)
        super().__init__(remote, offers or Offers[own.get("offers", "SCORES")])

    def close(self) -> None:
        """Close the connection; asking again opens it again."""
        self._wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _about(self) -> dict:
        try:
            return orjson.loads(self._wire.ask("GET", "/metadata"))
        except orjson.JSONDecodeError:
            self.close()
            raise ValueError(f"{self.url}/metadata is not JSON. Pass inputs=(...) and classes=... .") from None
        except BaseException:
            self.close()  # there will be no object to close
            raise

    def _ask(self, question, x):
        try:
            return super()._ask(question, x)
        except (_Budget, Unreachable) as stopped:
            self._meter[0] += stopped.answered  # the requests before this one were answered
            if isinstance(stopped, Unreachable):
                raise
            raise BudgetSpent(self.queries, stopped.left, len(x) - stopped.answered) from None


class _Remote(Model):
    """The model at the other end."""

    def __init__(self, wire: "Wire", inputs: Inputs, classes: tuple, read, own: dict, batch: int | None):
        if None in inputs.shape:
            v.fail("inputs", inputs.shape, "must be a fixed shape", "Pass inputs=(...), the shape of one input.")
        self.inputs, self.classes, self._wire = inputs, classes, wire
        self._read, self._octets = Reader(read, classes), bool(own.get("octets"))
        allowed = 100
        if self._octets:
            allowed = max(1, min(own["most_instances"], own["most_bytes"] // (4 * int(np.prod(inputs.shape)))))
        self._batch = v.integer("batch", batch) if batch else allowed

    def probabilities(self, x):
        answers = []
        for start in range(0, len(x), self._batch):
            try:
                answers.append(self._answer(x[start:start + self._batch]))
            except (_Budget, Unreachable) as stopped:
                stopped.answered = start
                raise
        return np.concatenate(answers)

    def _answer(self, x: np.ndarray) -> np.ndarray:
        if self._octets:
            raw = np.ascontiguousarray(x, "<f4").data.cast("B")
            return np.frombuffer(self._wire.ask("POST", ":predict", raw, OCTETS), "<f8").reshape(len(x), -1)
        body = orjson.dumps({"instances": np.ascontiguousarray(x)}, option=orjson.OPT_SERIALIZE_NUMPY)
        return self._read(self._wire.ask("POST", ":predict", body, "application/json"), len(x))


class Wire:
    """One kept connection: requests made again where that may help."""

    def __init__(self, url: str, key: str | None, model: str | None, *, retries: int, timeout: float, patience: float):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            v.fail("url", url, "must begin with http:// or https://", "For example http://127.0.0.1:8501.")
        self._url, self._retries = url, v.integer("retries", retries, low=0)
        self._patience = v.number("patience", patience, low=0)
        timeout = v.number("timeout", timeout, low=0, open_low=True)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        path = parts.path.rstrip("/")
        self._path = path if "/v1/models/" in path else f"{path}/v1/models/{model or 'model'}"
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body=None, media: str | None = None) -> bytes:
        """One request, made again where that may help; the body of its answer."""
        headers = self._headers | ({"Content-Type": media} if media else {})
        for attempt in range(self._retries + 1):
            try:
                self._connection.request(method, self._path + path, body, headers)
                response = self._connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException) as fault:
                self._connection.close()
                why, wait = f"{type(fault).__name__}: {fault}", 0.05 * 2**attempt
            else:
                if response.status == 200:
                    return answer
                why = _error(response.status, answer)
                wait = self._wait(response, answer, why, attempt)
            if attempt < self._retries:
                time.sleep(wait)
        raise Unreachable(f"{self._url} did not answer in {self._retries + 1} attempts. {why}")

    def _wait(self, response, answer: bytes, why: str, attempt: int) -> float:
        """Seconds until the next attempt; raises where there is none to be made."""
        status = response.status
        if status >= 500:
            return 0.05 * 2**attempt
        told = _field(answer, "retry_after", response.getheader("Retry-After"))
        if status == 429 and told is not None:
            try:
                wait = float(told)
            except ValueError:  # a date: rare, and as good as a second
                wait = 1.0
            if wait <= self._patience:
                return max(0.0, wait)
        if status == 403 and _field(answer, "left") is not None:
            raise _Budget(int(_field(answer, "left")))
        raise v.Refused(why)


class _Budget(Exception):
    answered = 0

    def __init__(self, left: int):
        super().__init__(left)
        self.left = left


def _field(answer: bytes, name: str, otherwise=None):
    try:
        return orjson.loads(answer).get(name, otherwise)
    except (ValueError, AttributeError):
        return otherwise


def _error(status: int, answer: bytes) -> str:
    said = _field(answer, "error")
    return f"The server answered {status}" + (f": {str(said)[:300]}" if said else ".")


def _shape(about: dict, side: str) -> tuple[int, ...]:
    """Shape of the one tensor on a side of TensorFlow Serving's signature."""
    try:
        tensors = about["metadata"]["signature_def"]["signature_def"]["serving_default"][side]
        shapes = {name: [int(dim["size"]) for dim in tensor["tensor_shape"].get("dim", [])][1:]
                  for name, tensor in tensors.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ValueError(f"the server's metadata does not tell the shape of its {side}. "
                         "Pass inputs=(...) and classes=... .") from None
    if len(shapes) != 1:
        raise ValueError(f"the model has {len(shapes)} {side}: {', '.join(sorted(shapes))}. Pass inputs=(...) and "
                         "classes=..., and read=\"...\", the name of the output to ask for.")
    (shape,) = shapes.values()
    if min(shape, default=1) < 1:
        raise ValueError(f"the server's metadata leaves the shape of its {side} open, {tuple(shape)}. "
                         "Pass inputs=(...) and classes=... .")
    return tuple(shape)


def _width(about: dict) -> int:
    return max(2, int(np.prod(_shape(about, "outputs"))))
