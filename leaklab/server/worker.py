"""The model's thread: asks about one request at a time, and transforms the answer as its key requires."""

import logging
from collections.abc import Mapping

import numpy as np

from leaklab.access import Access
from leaklab.models import Model
from leaklab.server.gathered import Gathered
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key
from leaklab.server.limits import Limits, Problem, RateLimit
from leaklab.server.log import Entry
from leaklab.server.sketch import Sketch
from leaklab.server.wire import decode, encode

log = logging.getLogger("leaklab")
SPENT = "The query budget of this key is spent or does not cover this many instances. Nothing was answered."


class Worker:
    """Answers requests, each by a question of its own to the model.

    The model is not asked about several requests at once, although many small ones would cost less so: the last bits of
    a matrix product depend on its size, and what one client sends must not change what another gets.
    """

    def __init__(self, models: Mapping[str, Access], seed: int, rates: RateLimit, limits: Limits):
        self._models, self._rates, self._limits = models, rates, limits
        self._sketches = {name: Sketch.of_shape(m.shape, seed=seed) for name, m in models.items()}
        self._views: dict[tuple[str, str], tuple[_Given, Access]] = {}
        self._failed: set[str] = set()
        self._gathered = Gathered(lambda jobs: [self._asked(*job) for job in jobs], "leaklab-model")

    async def ask(self, key: Key, name: str, body: bytearray, media: str) -> tuple[Entry | None, bytes | Problem]:
        """What the model says to ``body``, for this key; and the entry to be logged before that is sent."""
        return await self._gathered((key, name, body, media))

    def close(self) -> None:
        """Stop when the questions at hand are answered."""
        self._gathered.close()

    def _asked(self, key: Key, name: str, body: bytearray, media: str) -> tuple[Entry | None, bytes | Problem]:
        model = self._models[name]
        try:
            x, form = decode(body, media, model.shape, self._limits.instances)
            if key.left is not None and len(x) > key.left:
                raise Problem(403, SPENT)
            x = model.inputs.check(x, "instances")
            self._rates.take(key.id, key.rate, len(x) - 1, begun=True)
            sketches = self._sketches[name](x)
        except ValueError as error:  # without its traceback, which holds the body and all that was made of it
            return None, error.with_traceback(None) if isinstance(error, Problem) else Problem(400, str(error))
        except BaseException:
            log.exception("a request to model %r could not be read", name)
            return None, Problem(500, "Internal server error.")
        labels, status = np.full(len(x), -1), 500
        answer: bytes | Problem = Problem(500, "The model failed on this input.", charged=len(x))
        try:
            seen, labels = self._seen(key, name, x)
            status, answer = 200, encode(seen, form)
        except BaseException:  # the model's own fault: what it says is for the operator, not for the client
            self._tell(key, name)
        return Entry(key.id, name, len(x), status, sketches, labels), answer

    def _seen(self, key: Key, name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The answers as the key may see them, and labels for the log.

        What a wrapper remembers, it remembers for one key. A failure depends on the model too; so it is hardened like
        an answer, in which all classes are equally likely.
        """
        model = self._models[name]
        try:
            said = model.probabilities(x)
            labels = said.argmax(axis=1)
        except BaseException:
            if not key.hardening:
                raise
            self._tell(key, name)
            said, labels = np.full((len(x), len(model.classes)), 1 / len(model.classes)), np.full(len(x), -1)
        if not key.hardening:
            return said, labels
        if (name, key.id) not in self._views:
            given = _Given(model)
            self._views[name, key.id] = given, parse_hardening(key.hardening)(Access(given))
        given, view = self._views[name, key.id]
        given.known, given.answers, given.failed = x, said, labels[0] < 0
        return view.probabilities(x), labels

    def _tell(self, key: Key, name: str) -> None:
        """Tell the operator of a failure: the first of a model in full."""
        log.error("model %r failed on a request of key %s", name, key.id, exc_info=name not in self._failed)
        self._failed.add(name)


class _Given(Model):
    """The model as the wrappers see it: answers known already are handed over, others asked for."""

    def __init__(self, access: Access):
        self.inputs, self.classes, self._access = access.inputs, access.classes, access
        self.known, self.answers, self.failed = np.empty(0), np.empty(0), False

    def probabilities(self, x):
        return self.answers if np.array_equal(x, self.known) else self._access.probabilities(x)

    def labels(self, x):
        return self._access.labels(x) if self._access.own_labels and not self.failed else super().labels(x)
