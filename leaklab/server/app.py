"""The prediction API: TensorFlow Serving's REST interface, with keys.

    GET  /v1/models/{name}            status of the model
    GET  /v1/models/{name}/metadata   shapes; Leaklab's own fields under "leaklab"
    POST /v1/models/{name}:predict    {"instances": [...]} -> {"predictions": [...]}, {"inputs": ..} -> {"outputs": ..}

``/versions/1`` may stand behind the name. Every request needs ``Authorization: Bearer <key>``. A refused request gets a
4xx status and ``{"error": "..."}``. Different from TensorFlow Serving on purpose: NaN and Infinity, which JSON does not
have, are refused; a request has a limit of instances; ``:classify`` and ``:regress`` are not offered.
"""

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from leaklab.access import Access, Offers
from leaklab.access.remote import OCTETS
from leaklab.server.connection import Answer, Connection
from leaklab.server.database import Unusable
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key, Keys
from leaklab.server.limits import Limits, Problem, RateLimit, Room
from leaklab.server.log import Log
from leaklab.server.wire import INPUT, most_bytes, to_json
from leaklab.server.worker import SPENT, Worker

log = logging.getLogger("leaklab")
PATH = re.compile(r"(?i)/v1/models(?:/([^/:]+)(?:/(versions|labels)/([^/:]+))?"
                  r"(?:/(metadata)|:(predict|classify|regress))?)?")
STATUS = {"model_version_status": [{"version": "1", "state": "AVAILABLE",
                                    "status": {"error_code": "OK", "error_message": ""}}]}
Page = Callable[[Key, bytes | None], bytes]
"""A page of the operator's own: from who asks and what was posted (None for a GET) to JSON; a ValueError refuses."""
REASONS: dict[str, tuple[int, str, dict]] = {
    "budget": (403, SPENT, {}), "key": (401, "This key was revoked.", {}),
    "log": (503, "The audit log cannot be written; no query is answered without it.", {"retry_after": 1.0})}
"""What the client is told when the log refuses an entry."""


class Service:
    """What the server does with a request."""

    def __init__(self, models: Mapping[str, Access], keys: Keys, log: Log, limits: Limits,
                 pages: Mapping[str, Page] | None = None):
        self._models, self._keys, self._log, self._limits = models, keys, log, limits
        self._pages = dict(pages or {})
        self._rates, self._room = RateLimit(), Room(limits.waiting)
        self._worker = Worker(models, log.sketch_seed, self._rates, limits)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # one request of a key at a time

    def close(self) -> None:
        """Stop when the question at hand is answered."""
        self._worker.close()

    async def answer(self, request: Connection) -> Answer:
        """The answer to a request; raises `Problem` to refuse it."""
        key = None
        try:
            kind, _, secret = request.headers.get("authorization", "").partition(" ")
            key = self._keys.check(secret.strip()) if kind.lower() == "bearer" else None
            if key is None:
                raise Problem(401, "Missing or invalid API key. Send Authorization: Bearer <key>.")
            request.claim(key.id)
            if request.path in self._pages:
                return await self._page(request, key)
            name, verb = self._routed(request)
            if verb == "predict":
                return await self._predicted(request, name, key)
            async with self._turns[f"{key.id} about"]:
                return 200, {"Content-Type": "application/json"}, to_json(self._metadata(name, key) if verb else STATUS)
        except Problem as problem:
            if problem.status == 403 and key and (now := self._keys.get(key.id)):
                problem.more["left"] = now.left
            raise
        except Unusable as error:
            log.error("%s", error)
            raise _refusal("log") from None

    def _routed(self, request: Connection) -> tuple[str, str]:
        """The model's name, and ``"predict"``, ``"metadata"`` or nothing."""
        parts = PATH.fullmatch(request.path)
        if not request.path.lower().startswith("/v1/"):
            raise Problem(404, "Not found.")
        if not parts or request.method != ("POST" if parts[5] else "GET"):
            raise Problem(400, f"Malformed request: {request.method} {request.path[:200]}")
        name, kind, version, about, verb = (part and part.lower() for part in parts.groups())
        if not (name := parts[1]):
            raise Problem(400, "Missing model name in request.")
        if name not in self._models or (kind and (kind, version) != ("versions", "1")):
            which = f"Specific({name[:100]}, {version[:20]})" if kind else f"Latest({name[:100]})"
            raise Problem(404, f"Servable not found for request: {which}")
        if verb in ("classify", "regress"):
            raise Problem(400, f"Expected {verb} signature method_name to be tensorflow/serving/{verb}; was: "
                               "tensorflow/serving/predict. Send to :predict.")
        return name, verb or about or ""

    async def _predicted(self, request: Connection, name: str, key: Key) -> Answer:
        self._rates.take(key.id, key.rate)
        media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        size = int(request.headers.get("content-length", 0))
        self._refuse_early(request, key, size, lambda n: most_bytes(media, self._models[name].shape, n, self._limits))
        with self._room.taken(key.id, size):
            body = await request.body()
            async with self._turns[key.id]:
                entry, answer = await self._worker.ask(key, name, body, media)
        if entry and (refusal := await self._log.write(entry)):
            raise _refusal(refusal)
        if isinstance(answer, Problem):
            raise answer
        return 200, {"Content-Type": OCTETS if media == OCTETS else "application/json"}, answer

    async def _page(self, request: Connection, key: Key) -> Answer:
        """What a page of the operator's own says: no model is asked, nothing is charged."""
        self._rates.take(key.id, key.rate)
        if request.method not in ("GET", "POST"):
            raise Problem(400, f"Malformed request: {request.method} {request.path[:200]}")
        if (size := int(request.headers.get("content-length", 0))) > self._limits.json:
            raise Problem(413, f"A request to this page may have at most {self._limits.json:,} bytes.")
        with self._room.taken(key.id, size):
            body = bytes(await request.body()) if request.method == "POST" else None
            async with self._turns[f"{key.id} about"]:
                try:
                    return 200, {"Content-Type": "application/json"}, self._pages[request.path](key, body)
                except ValueError as error:
                    raise Problem(400, str(error)) from None

    def _refuse_early(self, request: Connection, key: Key, size: int, most) -> None:
        """Refuse what cannot be answered before its body is read; ``most`` is how many bytes so many inputs have."""
        if self._log.down:
            raise _refusal("log")
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "The body must not be compressed.")
        if size > most(self._limits.instances):
            raise Problem(413, f"A request to this model may have at most {most(self._limits.instances):,} bytes. Send "
                               "fewer instances at a time.")
        if key.left is not None and (key.left == 0 or size > most(min(key.left, self._limits.instances))):
            raise Problem(403, SPENT)

    def _metadata(self, name: str, key: Key) -> dict:
        """TensorFlow Serving's description, and what this key may ask and will see."""
        model = self._models[name]
        seen = parse_hardening(key.hardening)(model.only(Offers.SCORES)).offers
        labels = [label if isinstance(label, str | int | float | bool) else str(label) for label in model.classes]
        signature = {"inputs": {INPUT: _tensor(model.shape)}, "outputs": {"probabilities": _tensor((len(labels),))},
                     "method_name": "tensorflow/serving/predict"}
        return {"model_spec": {"name": name, "signature_name": "", "version": "1"},
                "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
                "leaklab": {"offers": seen.name, "classes": labels, "octets": True,
                            "most_instances": self._limits.instances, "most_bytes": self._limits.body,
                            "left": key.left}}


def _refusal(reason: str) -> Problem:
    status, message, more = REASONS[reason]
    return Problem(status, message, **more)


def _tensor(shape: tuple[int, ...]) -> dict:
    dims = [{"size": str(size), "name": ""} for size in (-1, *shape)]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": dims, "unknown_rank": False}, "name": ""}
