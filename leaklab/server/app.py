"""The prediction API: TensorFlow Serving's REST interface, with keys.

    GET  /v1/models/{name}            status of the model
    GET  /v1/models/{name}/metadata   shapes; Leaklab's own fields under "leaklab"
    POST /v1/models/{name}:predict    {"instances": [...]} -> {"predictions": [...]}

Every request needs ``Authorization: Bearer <key>``. A refused request gets a 4xx status and ``{"error": "..."}``.
"""

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from leaklab.access import Access, Offers
from leaklab.access.remote import OCTETS
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key, Keys
from leaklab.server.limits import Limits, Problem, RateLimit, read_body
from leaklab.server.log import Entry, Log
from leaklab.server.worker import Job, Worker

BODY = {"requestBody": {"required": True, "content": {
    "application/json": {"schema": {"type": "object", "required": ["instances"],
                                    "properties": {"instances": {"type": "array", "items": {}, "minItems": 1}}}},
    OCTETS: {"schema": {"type": "string", "format": "binary"}}}}}


class Service:
    """What the routes do, and what they share."""

    def __init__(self, models: Mapping[str, Access], keys: Keys, log: Log, worker: Worker, limits: Limits):
        self.models, self.keys, self.log, self.worker, self.limits = models, keys, log, worker, limits
        self.rates, self.waiting = RateLimit(), 0

    def open(self, request: Request, name: str) -> Key:
        """The key of the request; refused without a valid key and a known model."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        key = self.keys.check(secret.strip()) if kind.lower() == "bearer" else None
        known = name if name in self.models else ""  # no text of a client's choice goes into the log
        if key is None:
            self.log.add(Entry(None, known, 0, 401))
            raise Problem(401, "Missing or invalid API key. Send Authorization: Bearer <key>.",
                          {"WWW-Authenticate": "Bearer"})
        if not known:
            self.log.add(Entry(key.id, "", 0, 404))
            raise Problem(404, "Unknown model.")
        return key

    async def predict(self, request: Request, name: str) -> Response:
        key = self.open(request, name)
        try:
            return await self._predict(request, name, key)
        except Problem as problem:
            if problem.status == 403:
                problem.more["left"] = self._left(key)
            raise

    async def _predict(self, request: Request, name: str, key: Key) -> Response:
        media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        self._in_time(key, name)
        if key.left == 0:
            self._refuse(key, name, Problem(403, "The query budget of this key is spent."))
        taken = 0

        def take(size):
            nonlocal taken
            if self.waiting + size > self.limits.waiting:
                raise Problem(429, "The server is busy.", {"Retry-After": "1", "Connection": "close"}, retry_after=1.0)
            taken += size
            self.waiting += size

        try:
            try:
                body = await read_body(request.receive, request.headers.get("content-length"), self.limits, take)
            except Problem as problem:
                self._refuse(key, name, problem)
            answer, form, count = await self._asked(key, name, body, media)
        finally:
            self.waiting -= taken
        self.rates.take(key.id, count - 1)  # one was taken when it began
        return Response(answer, media_type=OCTETS if form == OCTETS else "application/json")

    async def _asked(self, key: Key, name: str, body: bytes, media: str):
        loop = asyncio.get_running_loop()
        answered = loop.create_future()

        def arrive(outcome):
            if answered.cancelled():
                return
            if isinstance(outcome, Problem):
                answered.set_exception(outcome)
            else:
                answered.set_result(outcome)

        def done(outcome):
            with suppress(RuntimeError):  # the server has stopped, and nothing waits for the answer
                loop.call_soon_threadsafe(arrive, outcome)

        self.worker.add(Job(key, name, body, media, done))
        return await answered

    def _in_time(self, key: Key, name: str) -> None:
        if key.rate is None:
            return
        wait = self.rates.wait(key.id, key.rate)
        if wait:
            self._refuse(key, name, Problem(429, f"Rate limit of this key: {key.rate:g} queries per second.",
                                            {"Retry-After": str(math.ceil(wait))}, retry_after=round(wait, 3)))
        self.rates.take(key.id, 1)

    def _refuse(self, key: Key, name: str, problem: Problem) -> None:
        self.log.add(Entry(key.id, name, 0, problem.status))
        raise problem

    def _left(self, key: Key) -> int | None:
        return next((k.left for k in self.keys.all() if k.id == key.id), 0)

    def metadata(self, name: str, key: Key) -> dict:
        """TensorFlow Serving's description, and what this key may ask and will see."""
        model = self.models[name]
        seen = parse_hardening(key.hardening)(model.only(Offers.SCORES)).offers
        labels = [_plain(label) for label in model.classes]
        signature = {"inputs": {"x": _tensor(model.shape)}, "outputs": {"probabilities": _tensor((len(labels),))},
                     "method_name": "tensorflow/serving/predict"}
        return {"model_spec": {"name": name, "signature_name": "", "version": "1"},
                "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
                "leaklab": {"offers": seen.name, "classes": labels, "octets": True,
                            "most_instances": self.limits.instances, "most_bytes": self.limits.body, "left": key.left}}


def create_app(service: Service) -> FastAPI:
    """The ASGI application."""
    app = FastAPI(title="Leaklab prediction API", version="1", docs_url=None, redoc_url=None)

    @app.get("/v1/models/{name}")
    async def status(request: Request, name: str):
        service.open(request, name)
        return {"model_version_status": [{"version": "1", "state": "AVAILABLE",
                                          "status": {"error_code": "OK", "error_message": ""}}]}

    @app.get("/v1/models/{name}/metadata")
    async def metadata(request: Request, name: str):
        return service.metadata(name, service.open(request, name))

    @app.post("/v1/models/{name}:predict", openapi_extra=BODY)
    async def predict(request: Request, name: str):
        return await service.predict(request, name)

    @app.exception_handler(Problem)
    async def problem(request: Request, problem: Problem):
        return JSONResponse({"error": problem.message, **problem.more}, problem.status, problem.headers)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException):
        return JSONResponse({"error": f"{error.detail}."}, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def other(request: Request, error: Exception):
        return JSONResponse({"error": "Internal server error."}, 500)

    return app


def _plain(label):
    """A label as JSON has it."""
    return label if isinstance(label, str | int | float | bool) else str(label)


def _tensor(shape: tuple[int, ...]) -> dict:
    dims = [{"size": str(size), "name": ""} for size in (-1, *shape)]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": dims, "unknown_rank": False}, "name": ""}
