"""The model's thread: asks about one request at a time, and transforms the answer as its key requires."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from leaklab.access import Access
from leaklab.models import Model
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key
from leaklab.server.limits import Limits, Problem, RateLimit
from leaklab.server.log import Entry
from leaklab.server.sketch import Sketch
from leaklab.server.wire import decode, encode

log = logging.getLogger("leaklab")
SPENT = "The query budget of this key is spent or does not cover this many instances. Nothing was answered."


class Outcome(NamedTuple):
    """What becomes of a request: the entry that is to be logged before anything is said, and the answer or refusal."""

    entry: Entry | None
    answer: bytes | Problem


class Worker:
    """Answers requests, each by a question of its own to the model.

    Requests are not put together into batches, although many small ones would cost less so: the last bits of a matrix
    product depend on its size, and what one client sends must not change what another gets.
    """

    def __init__(self, models: Mapping[str, Access], seed: int, rates: RateLimit, limits: Limits):
        self._models, self._rates, self._limits = models, rates, limits
        self._sketches = {name: Sketch.of_shape(m.shape, seed=seed) for name, m in models.items()}
        self._views: dict[tuple[str, str], tuple[_Given, Access]] = {}
        self._thread = ThreadPoolExecutor(1, "leaklab-model")

    async def ask(self, key: Key, name: str, body: bytearray, media: str) -> Outcome:
        """What the model says to ``body``, for this key."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._asked, key, name, body, media)

    def close(self) -> None:
        """Stop when the question at hand is answered."""
        self._thread.shutdown(cancel_futures=True)

    def _asked(self, key: Key, name: str, body: bytearray, media: str) -> Outcome:
        model, most = self._models[name], self._limits.instances
        try:
            x, form = decode(body, media, model.shape, most)
            if key.left is not None and len(x) > key.left:
                raise Problem(403, SPENT)
            x = model.inputs.check(x, "instances")
            self._rates.take(key.id, key.rate, len(x) - 1, begun=True)
        except ValueError as error:
            return Outcome(None, Problem(400, str(error)))
        except Problem as problem:
            return Outcome(None, problem.with_traceback(None))  # which holds the body and all that was made of it
        except BaseException:
            log.exception("a request to model %r could not be read", name)
            return Outcome(None, Problem(500, "Internal server error."))
        sketches, labels, said = self._sketches[name](x), np.full(len(x), -1), None
        try:
            said = model.probabilities(x)
            labels = said.argmax(axis=1)
        except BaseException:  # the model's own fault: what it says is for the operator, not for the client
            log.exception("model %r failed on a request of %d instances", name, len(x))
        status, answer = 500, Problem(500, "The model failed on this input.", charged=len(x))
        try:
            if said is not None or key.hardening:
                status, answer = 200, encode(self._seen(key, name, x, said), form)
        except BaseException:
            log.exception("an answer of model %r could not be transformed for key %s", name, key.id)
            answer.message = "The response could not be transformed as this key requires."
        return Outcome(Entry(key.id, name, len(x), status, sketches, labels), answer)

    def _seen(self, key: Key, name: str, x: np.ndarray, said: np.ndarray | None) -> np.ndarray:
        """The answers as the key may see them; what a wrapper remembers, it remembers for one key.

        A failure depends on the model too. So it is hardened like an answer: all classes are equally likely.
        """
        if not key.hardening:
            return said
        if (name, key.id) not in self._views:
            given = _Given(self._models[name])
            self._views[name, key.id] = given, parse_hardening(key.hardening)(Access(given))
        given, view = self._views[name, key.id]
        given.known, given.failed = x, said is None
        given.answers = np.full((len(x), len(given.classes)), 1 / len(given.classes)) if said is None else said
        return view.probabilities(x)


class _Given(Model):
    """The model as the wrappers see it: answers known already are handed over, others asked for."""

    def __init__(self, access: Access):
        self.inputs, self.classes, self._access = access.inputs, access.classes, access
        self.known, self.answers, self.failed = None, None, False

    def probabilities(self, x):
        return self.answers if x is self.known else self._access.probabilities(x)

    def labels(self, x):
        return self._access.labels(x) if self._access.own_labels and not self.failed else super().labels(x)
