"""Access over HTTP, to Leaklab's server or to any other that speaks TensorFlow Serving's REST interface."""

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson

from leaklab import _validate as v
from leaklab.access.base import Access
from leaklab.access.hardened import BudgetSpent
from leaklab.access.metadata import Metadata
from leaklab.access.reading import Reader
from leaklab.access.wire import Declined, Wire
from leaklab.models import Inputs, Model, Offers
from leaklab.models.base import check_classes
from leaklab.models.base import read as read_probabilities

OCTETS = "application/octet-stream"
METADATA = 1_000_000
"""Most bytes of a server's metadata."""


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
        How many times a request is made again after a fault of the network, a 5xx that was not charged, or a 429 that
        says when to come back. An answer that is lost on the way back has been counted by the server, and its
        repetition is again.
    timeout : float
        Seconds for a whole request and its answer, however many bytes come, after which the server counts as
        unreachable.
    patience : float
        Longest ``Retry-After``, in seconds, that is waited for.

    Raises
    ------
    BudgetSpent
        From `probabilities`, when the key's budget ends. Where a question took several requests, the first of them may
        have been answered; ``queries`` counts them.
    Unreachable
    ValueError
        What the server sends is no answer to what was asked, or is longer than one can be. ``Refused`` where it said
        no.
    """

    def __init__(self, url: str, key: str | None = None, *, model: str | None = None,
                 inputs: Inputs | tuple | None = None, classes: Any = None, read: str | Callable | None = None,
                 batch: int | None = None, offers: Offers | None = None, retries: int = 3, timeout: float = 60.0,
                 patience: float = 60.0):
        self.url, self._wire = url, Wire(url, key, model, retries=retries, timeout=timeout, patience=patience)
        try:
            about = Metadata(b"{}", self._wire.show)
            if inputs is None or classes is None:
                about = Metadata(self._wire.ask("GET", "/metadata", METADATA), self._wire.show)
            inputs = about.shape("inputs") if inputs is None else inputs
            inputs = inputs if isinstance(inputs, Inputs) else Inputs(inputs)
            classes = check_classes(about.classes() if classes is None else classes)
            remote = _Remote(self._wire, inputs, classes, read, about, batch)
            super().__init__(remote, offers or about.offers())
        except BaseException:
            self.close()  # there will be no object to close
            raise

    def close(self) -> None:
        """Close the connection; asking again opens it again."""
        self._wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _ask(self, question, x):
        self._model.answered = 0
        try:
            return super()._ask(question, x)
        except BaseException as stopped:
            self._meter[0] += self._model.answered  # the requests before this one
            if isinstance(stopped, Declined) and stopped.left is not None:
                asked = len(x) - self._model.answered
                if stopped.left < asked:
                    raise BudgetSpent(self.queries, stopped.left, asked) from None
            raise


class _Remote(Model):
    """The model at the other end."""

    answered = 0
    """Inputs of the question at hand whose answers have come."""

    def __init__(self, wire: Wire, inputs: Inputs, classes: tuple, read, about: Metadata, batch: int | None):
        if None in inputs.shape:
            v.fail("inputs", inputs.shape, "must be a fixed shape", "Pass inputs=(...), the shape of one input.")
        self.inputs, self.classes, self._wire = inputs, classes, wire
        self._read, self._octets = Reader(read, classes, wire.show), about.octets
        self._batch = v.integer("batch", batch) if batch else about.batch(int(np.prod(inputs.shape)), len(classes))

    def probabilities(self, x):
        answers = []
        for start in range(0, len(x), self._batch):
            part = x[start:start + self._batch]
            answers.append(read_probabilities(self._answer(part), len(part), len(self.classes)))
            self.answered += len(part)
        return np.concatenate(answers)

    def _answer(self, x: np.ndarray) -> np.ndarray:
        n, classes = len(x), len(self.classes)
        if self._octets:
            raw = np.ascontiguousarray(x, "<f4").data.cast("B")
            answer = self._wire.ask("POST", ":predict", 8 * n * classes + 1000, raw, OCTETS)
            if len(answer) != 8 * n * classes:
                raise ValueError(f"the server answered {len(answer):,} bytes to {n} instances: must be "
                                 f"{8 * n * classes:,}, a float64 for each of {classes} classes.")
            return np.frombuffer(answer, "<f8").reshape(n, classes)
        body = orjson.dumps({"instances": np.ascontiguousarray(x)}, option=orjson.OPT_SERIALIZE_NUMPY)
        most = 1_000_000 + n * (32_000 + 100 * classes)  # other outputs may stand beside the one that is read
        return self._read(self._wire.ask("POST", ":predict", most, body, "application/json"), n)
