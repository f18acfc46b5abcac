"""Start and stop the server, from Python in a thread."""

import asyncio
import ipaddress
import os
import socket
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.server.app import Page, Service
from leaklab.server.connection import READ, Connections
from leaklab.server.keys import Keys
from leaklab.server.limits import Limits
from leaklab.server.log import Log

LOOPBACK = "127.0.0.1"
GRACE = 5
"""Seconds that pending requests have when the server stops."""
RESERVE = 64
"""Descriptors kept free: a few connections that were just accepted, or are closing, are not counted."""


class Server:
    """A running prediction API; made by `serve`, stopped by `close` or at the end of ``with``.

    Attributes
    ----------
    url : str
    keys : Keys
    log : Path
        The SQLite file of keys and audit log.
    """

    def __init__(self, models: Mapping[str, Access], log: str | Path | None, limits: Limits, host: str, port: int,
                 pages: Mapping[str, Page] | None = None):
        self._folder: tempfile.TemporaryDirectory | None = None
        if log is None:
            self._folder = tempfile.TemporaryDirectory(prefix="leaklab-")
            log = Path(self._folder.name, "server.sqlite")
        self.log = Path(log)
        with ExitStack() as stack:  # what is open already is closed where the rest cannot be had
            self.keys = stack.enter_context(Keys(self.log))
            seen = stack.enter_context(Keys(self.log, patience=0.0))  # asked on the way, where nothing may wait
            self._log = stack.enter_context(closing(Log(self.log)))
            service = stack.enter_context(closing(Service(models, seen, self._log, limits, pages)))
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = stack.enter_context(socket.create_server((host, port), family=family))
            self._open = stack.pop_all()
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self._socket.getsockname()[1]}"
        descriptors = getattr(os, "sysconf", lambda name: limits.connections)("SC_OPEN_MAX")
        most = max(4, min(limits.connections, descriptors - self._socket.fileno() - RESERVE))
        self._connections = Connections(service.answer, self._log.refused, limits, most)
        ready, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(ready)), name="leaklab-http", daemon=True)
        self._thread.start()
        ready.wait()

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        keeper = asyncio.create_task(self._log.keep())
        try:
            server = await asyncio.start_server(self._connections.serve, sock=self._socket, limit=READ,
                                                backlog=RESERVE // 8)
            self._socket.listen(1024)  # connections wait in the kernel; asyncio takes at most its backlog at a time
            ready.set()
            await self._stop.wait()
            self._loop.remove_reader(self._socket)
            await asyncio.sleep(0.01)  # asyncio loses those that it has just accepted when it closes the server at once
            server.close()
            await self._connections.close(GRACE)
        finally:
            keeper.cancel()
            ready.set()
            self._ended.set()

    @property
    def closed(self) -> bool:
        """Whether it has stopped."""
        return self._ended.is_set()

    def wait(self) -> None:
        """Block until the server stops."""
        self._ended.wait()  # not for the thread: Python takes one that was waited for in vain for ended

    def close(self) -> None:
        """Answer the requests in progress, then stop."""
        if not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._open.close()
        if self._folder:
            self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def serve(models: Access | Mapping[str, Access], *, log: str | Path | None = None, limits: Limits | None = None,
          host: str = LOOPBACK, port: int = 0, pages: Mapping[str, Page] | None = None) -> Server:
    """Serve models over HTTP from a thread of this process, and return when it answers.

    Protected: requests without a key are rejected; a key is held to its budget and rate, its responses are transformed
    as it requires, and every answer is in the audit log before it is sent. Not protected: traffic is not encrypted, so
    the server listens on this machine only; to be reached from others, put a TLS proxy in front of it. Anybody who can
    read the file, or the environment that holds a key, has access too.

    Parameters
    ----------
    models : Access or mapping of str to Access
        One model, named ``"model"``, or several by name.
    log : path, optional
        The SQLite file of keys and audit log, created if missing; by default a temporary one.
    limits : Limits, optional
    host : str
    port : int
        0 for a free one.
    pages : mapping of str to callable, optional
        What else is answered to those who hold a key, by path: ``page(key, body)``, with None for the body of a GET,
        returns JSON as bytes, at once; a ValueError refuses the request, with its message. Asks no model, costs no
        query.

    Raises
    ------
    ValueError
        If a model does not answer the one question that each is asked before the server listens, or the file of ``log``
        cannot be used.

    Examples
    --------
    >>> from leaklab.access import BlackBox, RemoteApi
    >>> model = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(3,), classes=2)
    >>> with serve(model) as server:
    ...     with RemoteApi(server.url, server.keys.add("me", budget=10)) as api:
    ...         api.probabilities(np.zeros((4, 3))).shape
    (4, 2)
    """
    models = {"model": models} if isinstance(models, Access) else dict(models)
    for name, model in models.items():
        if not isinstance(model, Access):
            v.fail("models", model, "must be an access object", "Wrap the model first: BlackBox(model).")
        if not name or not set(name) <= set(NAME):
            v.fail("models", name, "a model's name must be letters, digits, - and _")
        if None in model.shape or model.inputs.dtype == "table":
            v.fail("models", name, f"takes inputs of shape {model.shape}, type {model.inputs.dtype}: must be numbers "
                   "of a fixed shape to be served", "Wrap it in a function of such an array.")
        _try(name, model)
    is_local(host, port)
    return Server(models, log, limits or Limits(), host, port, pages)


NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"


def _try(name: str, model: Access) -> None:
    """Ask the model once: what cannot answer must not be said to be up."""
    low, high = model.inputs.low, model.inputs.high
    x = np.full((1, *model.shape), np.clip(0, low, high) if (low, high) != (None, None) else 0)
    try:
        model.probabilities(x)
    except Exception as error:
        raise ValueError(f"the model {name!r} cannot answer a first question, an input of {x.flat[0]:g}: "
                         f"{error}") from error


def is_local(host: str, port: int) -> bool:
    """Whether this machine alone can reach ``host``; refuses what nobody can listen to."""
    v.integer("port", port, low=0, high=65535, remedy="0 for a free one.")
    if not host.strip():
        v.fail("host", host, "must be an address", "127.0.0.1 is this machine only, 0.0.0.0 every network.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # not known; or no name at all
        v.fail("host", host, "is no address of this machine", "127.0.0.1 is this machine only.")
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
