"""The prediction API: TensorFlow Serving's REST interface, with keys.

    GET  /v1/models/{name}            status of the model
    GET  /v1/models/{name}/metadata   shapes; Leaklab's own fields under "leaklab"
    POST /v1/models/{name}:predict    {"instances": [...]} -> {"predictions": [...]}, {"inputs": ...} -> {"outputs": ...}

``/versions/1`` may stand behind the name. Every request needs ``Authorization: Bearer <key>``. A refused request gets a
4xx status and ``{"error": "..."}``. Different from TensorFlow Serving on purpose: NaN and Infinity, which JSON does not
have, are refused; a request has a limit of instances; ``:classify`` and ``:regress`` are not offered.
"""

import asyncio
import logging
import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from leaklab.access import Access, Offers
from leaklab.access.remote import OCTETS
from leaklab.server.connection import Answer, Connection
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key, Keys
from leaklab.server.limits import Limits, Problem, RateLimit, Room
from leaklab.server.log import Log
from leaklab.server.wire import INPUT, most_bytes, to_json
from leaklab.server.worker import SPENT, Worker

log = logging.getLogger("leaklab")
PATH = re.compile(r"/v1/models(?:/([^/:]+)(?:/(versions|labels)/([^/:]+))?)?(?:/(metadata)|:(predict|classify|regress))?/?",
                  re.IGNORECASE)
STATUS = {"model_version_status": [{"version": "1", "state": "AVAILABLE",
                                    "status": {"error_code": "OK", "error_message": ""}}]}
REASONS = {
    "budget": (403, SPENT),
    "key": (401, "This key was revoked."),
    "log": (503, "The audit log cannot be written; no query is answered without it."),
}
"""What the client is told when the log refuses an entry."""


class Service:
    """What the server does with a request."""

    def __init__(self, models: Mapping[str, Access], keys: Keys, log: Log, worker: Worker, rates: RateLimit,
                 limits: Limits):
        self.models, self.keys, self.log, self.worker, self.limits = models, keys, log, worker, limits
        self.rates, self.room = rates, Room(limits.waiting)
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(self, request: Connection) -> Answer:
        """The answer to a request; raises `Problem` to refuse it."""
        try:
            key = self._key(request)
            try:
                return await self._routed(request, key)
            except Problem as problem:
                if problem.status == 403:
                    now = self.keys.get(key.id)
                    problem.more["left"] = now.left if now else 0
                raise
        except sqlite3.Error as error:
            log.error("the file of keys cannot be read: %s", error)
            raise Problem(*REASONS["log"], {"Retry-After": "1"}) from None

    def _key(self, request: Connection) -> Key:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        key = self.keys.check(secret.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise Problem(401, "Missing or invalid API key. Send Authorization: Bearer <key>.",
                          {"WWW-Authenticate": "Bearer"})
        request.claim(key.id)
        return key

    async def _routed(self, request: Connection, key: Key) -> Answer:
        parts = PATH.fullmatch(request.path)
        if not request.path.lower().startswith("/v1/"):
            raise Problem(404, "Not found.")
        if not parts or request.method != ("POST" if parts[5] else "GET"):
            raise Problem(400, f"Malformed request: {request.method} {request.path[:200]}")
        name, kind, version, _, verb = parts.groups()
        if name is None:
            raise Problem(400, "Missing model name in request.")
        if name not in self.models or kind and (kind.lower(), version) != ("versions", "1"):
            which = f"Specific({name[:100]}, {version[:20]})" if kind else f"Latest({name[:100]})"
            raise Problem(404, f"Servable not found for request: {which}")
        if not verb:
            return 200, "application/json", to_json(self._metadata(name, key) if parts[4] else STATUS), {}
        if verb.lower() != "predict":
            raise Problem(400, f"Expected {verb.lower()} signature method_name to be tensorflow/serving/{verb.lower()}; "
                               "was: tensorflow/serving/predict. Send to :predict.")
        return await self._predicted(request, name, key)

    async def _predicted(self, request: Connection, name: str, key: Key) -> Answer:
        if self.log.down:
            raise Problem(*REASONS["log"], {"Retry-After": "1"})
        self.rates.take(key.id, key.rate)
        if key.left == 0:
            raise Problem(403, SPENT)
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "The body must not be compressed.")
        media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        body = await self._body(request, name, key, media)
        try:
            async with self.turns[key.id]:  # one question of a key at a time, so that keys take turns
                outcome = await self.worker.ask(key, name, body, media)
        finally:
            self.room.give_back(key.id, len(body))
        refusal = await self.log.write(outcome.entry) if outcome.entry else ""
        if refusal:
            raise Problem(*REASONS[refusal], {"Retry-After": "1"} if refusal == "log" else None)
        if isinstance(outcome.answer, Problem):
            raise outcome.answer
        return 200, OCTETS if media == OCTETS else "application/json", outcome.answer, {}

    async def _body(self, request: Connection, name: str, key: Key, media: str) -> bytearray:
        """The body, for which the room has been taken; refused as soon as it is larger than the key may ask."""
        shape, limits = self.models[name].shape, self.limits
        most = most_bytes(media, shape, limits.instances, limits)
        affordable = most if key.left is None else most_bytes(media, shape, min(key.left, limits.instances), limits)
        size, announced = 0, int(request.headers.get("content-length", 0))

        def take(more: int) -> None:
            nonlocal size
            if size + more > most:
                raise Problem(413, f"A request to this model may have at most {most:,} bytes. Send fewer instances at a "
                                   "time.")
            if size + more > affordable:
                raise Problem(403, SPENT)
            self.room.take(key.id, more, max(size + more, announced))
            size += more

        try:
            take(announced)  # so that nothing is read of what would be refused at its end
            self.room.give_back(key.id, size)
            size = 0
            return await request.body(take)
        except BaseException:
            self.room.give_back(key.id, size)
            raise

    def _metadata(self, name: str, key: Key) -> dict:
        """TensorFlow Serving's description, and what this key may ask and will see."""
        model = self.models[name]
        seen = parse_hardening(key.hardening)(model.only(Offers.SCORES)).offers
        labels = [label if isinstance(label, str | int | float | bool) else str(label) for label in model.classes]
        signature = {"inputs": {INPUT: _tensor(model.shape)}, "outputs": {"probabilities": _tensor((len(labels),))},
                     "method_name": "tensorflow/serving/predict"}
        return {"model_spec": {"name": name, "signature_name": "", "version": "1"},
                "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
                "leaklab": {"offers": seen.name, "classes": labels, "octets": True,
                            "most_instances": self.limits.instances, "most_bytes": self.limits.body, "left": key.left}}


def _tensor(shape: tuple[int, ...]) -> dict:
    dims = [{"size": str(size), "name": ""} for size in (-1, *shape)]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": dims, "unknown_rank": False}, "name": ""}
