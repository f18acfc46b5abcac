"""The model's thread: answers all queued requests by one call, and transforms each answer as its key requires."""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from leaklab.access import Access
from leaklab.models import Model
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key
from leaklab.server.limits import Limits, Problem
from leaklab.server.log import Entry, Log
from leaklab.server.sketch import Sketch
from leaklab.server.wire import decode, encode

log = logging.getLogger("leaklab")

SPENT = "The query budget of this key is spent or does not cover this many instances. Nothing was answered."
REASONS = {
    "budget": (403, SPENT),
    "key": (401, "This key was revoked."),
    "log": (503, "The audit log cannot be written; no query is answered without it."),
}
"""What the client is told when the log refuses an entry."""


@dataclass(frozen=True, eq=False)
class Job:
    """A request with a valid key, queued for the model.

    Attributes
    ----------
    key : Key
    model : str
    body : bytes
    media : str
        The body's media type.
    done : callable
        Called, from another thread, with bytes, their form and the number of instances, or with a `Problem`.
    """

    key: Key
    model: str
    body: bytes
    media: str
    done: Callable


class Worker:
    """Answers jobs one batch at a time.

    Requests that arrive while the model works are answered together by its next call: many small ones cost little more
    than one. The log's sketches and labels are made here too.
    """

    def __init__(self, models: Mapping[str, Access], log: Log, limits: Limits):
        self._models, self._log, self._limits = models, log, limits
        self._sketches = {name: Sketch.of_shape(m.shape, seed=log.sketch_seed) for name, m in models.items()}
        self._views: dict[tuple[str, str], tuple[_Given, Access]] = {}
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="leaklab-model", daemon=True)
        self._thread.start()

    def add(self, job: Job) -> None:
        """Queue a job; returns immediately."""
        self._jobs.put(job)

    def close(self) -> None:
        """Answer the queued jobs and stop."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self):
        while True:
            first = self._jobs.get()
            if first is None:
                return
            batch, bytes_taken = [first], len(first.body)
            while bytes_taken < 4_000_000 and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    self._jobs.put(None)
                    break
                batch.append(job)
                bytes_taken += len(job.body)
            for name in {job.model for job in batch}:
                self._answer(name, [job for job in batch if job.model == name])

    def _answer(self, name: str, jobs: list[Job]) -> None:
        model, ready = self._models[name], []
        for job in jobs:
            try:
                x, form = decode(job.body, job.media, model.shape, self._limits.instances)
                if job.key.left is not None and len(x) > job.key.left:
                    raise Problem(403, SPENT)
                ready.append((job, model.inputs.check(x, "instances"), form))
            except ValueError as error:
                self._refuse(job, Problem(400, str(error)))
            except Problem as problem:
                self._refuse(job, problem)
        if not ready:
            return
        try:
            x = ready[0][1] if len(ready) == 1 else np.concatenate([x for _, x, _ in ready])
            answers = model.probabilities(x)
            sketches, labels = self._sketches[name](x), answers.argmax(axis=1)
        except Exception:  # the model's own fault: what it says is for the operator, not for the client
            log.exception("model %r failed on a batch of %d requests", name, len(ready))
            for job, _, _ in ready:
                self._refuse(job, Problem(500, "The model failed on this input."))
            return
        start = 0
        for job, x, form in ready:
            rows = slice(start, start := start + len(x))
            self._finish(job, x, form, answers[rows], sketches[rows], labels[rows])

    def _finish(self, job, x, form, answers, sketches, labels):
        try:
            body = encode(self._hardened(job, x, answers), form)
        except Exception:
            log.exception("a response of model %r could not be transformed for key %s", job.model, job.key.id)
            return self._refuse(job, Problem(500, "The response could not be transformed as this key requires."))

        def logged(refusal: str):
            job.done(Problem(*REASONS[refusal]) if refusal else (body, form, len(x)))

        self._log.add(Entry(job.key.id, job.model, len(x), 200, sketches, labels, logged))

    def _hardened(self, job: Job, x: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """The answers as the key may see them; what a wrapper remembers, it remembers for one key."""
        if not job.key.hardening:
            return answers
        if (job.model, job.key.id) not in self._views:
            given = _Given(self._models[job.model])
            self._views[job.model, job.key.id] = given, parse_hardening(job.key.hardening)(Access(given))
        given, view = self._views[job.model, job.key.id]
        given.known = x, answers
        return view.probabilities(x)

    def _refuse(self, job: Job, problem: Problem) -> None:
        self._log.add(Entry(job.key.id, job.model, 0, problem.status))
        job.done(problem)


class _Given(Model):
    """The model as the wrappers see it: answers known already are handed over, others asked for."""

    def __init__(self, access: Access):
        self.inputs, self.classes, self._access = access.inputs, access.classes, access
        self.known: tuple[np.ndarray | None, np.ndarray | None] = None, None

    def probabilities(self, x):
        known, answers = self.known
        return answers if x is known else self._access.probabilities(x)

    def labels(self, x):
        return self._access.labels(x) if self._access.own_labels else super().labels(x)
