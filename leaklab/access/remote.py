"""Access over HTTP, to Leaklab's server or to any other that speaks TensorFlow Serving's REST interface."""

import http.client
import time
from urllib.parse import urlsplit

import numpy as np
import orjson

from leaklab import _validate as v
from leaklab.access.base import Access, Offers
from leaklab.access.hardened import BudgetSpent

OCTETS = "application/octet-stream"


class Unreachable(OSError):
    """The server cannot be reached, or breaks off, at every attempt."""


class RemoteApi(Access):
    """A model behind ``POST /v1/models/{name}:predict``.

    Shape and classes come from ``/metadata``, where they are not passed. Leaklab's server is asked in octets, which
    cost little beside JSON; others in JSON. One connection is kept open. Not for several threads at once.

    Parameters
    ----------
    url : str
        ``http://host:port``, or with ``/v1/models/{name}`` behind it.
    key : str, optional
        Sent as ``Authorization: Bearer``.
    model : str, optional
        Its name; ``"model"`` when neither this nor ``url`` says.
    batch : int, optional
        Most inputs in a request; by default what the server allows, or 100.
    shape, classes, offers : optional
        Where the server does not tell. ``offers`` is SCORES by default.
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
        From `predict`, when the key's budget ends. Where a question took several requests, the first of them may have
        been answered; ``queries`` counts them.
    Unreachable
    """

    def __init__(self, url: str, key: str | None = None, *, model: str | None = None, batch: int | None = None,
                 shape: tuple[int, ...] | None = None, classes: int | None = None, offers: Offers | None = None,
                 retries: int = 3, timeout: float = 60.0, patience: float = 60.0):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            v.fail("url", url, "must begin with http:// or https://", "For example http://127.0.0.1:8501.")
        self._retries = v.integer("retries", retries, low=0)
        self._patience = v.number("patience", patience, low=0)
        timeout = v.number("timeout", timeout, low=0, open_low=True)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        path = parts.path.rstrip("/")
        self._path = path if "/v1/models/" in path else f"{path}/v1/models/{model or 'model'}"
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.url, about = url, {}
        if shape is None or classes is None:
            about = self._about()
            shape, classes = shape or _shape(about, "inputs"), classes or _classes(about)
        own = about.get("leaklab", {})
        self._octets = bool(own.get("octets"))
        self._batch = v.integer("batch", batch) if batch else self._most(own, shape)
        super().__init__(offers or Offers[own.get("offers", "SCORES")], shape, classes)

    def close(self) -> None:
        """Close the connection; asking again opens it again."""
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _most(self, own: dict, shape: tuple[int, ...]) -> int:
        if not self._octets:
            return 100
        return max(1, min(own["most_instances"], own["most_bytes"] // (4 * int(np.prod(shape)))))

    def _about(self) -> dict:
        try:
            return orjson.loads(self._ask("GET", "/metadata"))
        except BaseException:
            self.close()  # there will be no object to close
            raise

    def _predict(self, x: np.ndarray):
        answers = []
        for start in range(0, len(x), self._batch):
            answers.append(self._answer(x[start:start + self._batch], asked=len(x), before=start))
        return answers[0] if len(answers) == 1 else np.concatenate(answers)

    def _answer(self, x: np.ndarray, asked: int, before: int) -> np.ndarray:
        try:
            if self._octets:
                body = self._ask("POST", ":predict", memoryview(np.ascontiguousarray(x, "<f4")).cast("B"), OCTETS)
                return np.frombuffer(body, "<f8").reshape(len(x), -1)
            body = orjson.dumps({"instances": np.ascontiguousarray(x)}, option=orjson.OPT_SERIALIZE_NUMPY)
            answers = orjson.loads(self._ask("POST", ":predict", body, "application/json"))["predictions"]
            return _rows(np.asarray(answers, np.float64))
        except _Budget as budget:
            self._queries += before  # the requests before this one were answered
            raise BudgetSpent(self._queries, budget.left, asked - before) from None
        except Unreachable:
            self._queries += before
            raise

    def _ask(self, method: str, path: str, body=None, media: str | None = None) -> bytes:
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
        raise Unreachable(f"{self.url} did not answer in {self._retries + 1} attempts. {why}")

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


def _rows(answers: np.ndarray) -> np.ndarray:
    """One output for two classes: the probability of class 1."""
    if answers.ndim == 2 and answers.shape[1] == 1:
        return np.hstack([1 - answers, answers])
    return answers


def _shape(about: dict, side: str) -> tuple[int, ...]:
    try:
        tensors = about["metadata"]["signature_def"]["signature_def"]["serving_default"][side]
        (tensor,) = tensors.values()
        return tuple(int(dim["size"]) for dim in tensor["tensor_shape"]["dim"][1:])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"the server's metadata does not tell the shape of its {side}. "
                         "Pass shape=(...) and classes=... .") from None


def _classes(about: dict) -> int:
    return max(2, int(np.prod(_shape(about, "outputs"))))
