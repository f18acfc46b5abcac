"""Start and stop the server, from Python in a thread."""

import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.server.app import Service, create_app
from leaklab.server.keys import Keys
from leaklab.server.limits import Limits
from leaklab.server.log import Log
from leaklab.server.protocol import PatientProtocol
from leaklab.server.worker import Worker

LOOPBACK = "127.0.0.1"
GRACE = 5
"""Seconds that pending requests have when the server stops."""


class Server:
    """A running prediction API; made by `serve`, stopped by `close` or at the end of ``with``.

    Attributes
    ----------
    url : str
    keys : Keys
    log : Path
        The SQLite file of keys and audit log.
    """

    def __init__(self, models: Mapping[str, Access], log: str | Path | None, limits: Limits, host: str, port: int):
        self._folder: tempfile.TemporaryDirectory | None = None
        if log is None:
            self._folder = tempfile.TemporaryDirectory(prefix="leaklab-")
            log = Path(self._folder.name, "server.sqlite")
        self.log = Path(log)
        self._socket = socket.create_server((host, port), backlog=1024)
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        try:
            self.keys, self._log = Keys(self.log), Log(self.log)
        except BaseException:
            self._socket.close()
            raise
        self._worker = Worker(models, self._log, limits)
        protocol = type("Protocol", (PatientProtocol,), {"header_seconds": limits.header_seconds})
        app = create_app(Service(models, self.keys, self._log, self._worker, limits))
        config = uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_config=None, log_level="error",
                                access_log=False, server_header=False, timeout_keep_alive=30,
                                timeout_graceful_shutdown=GRACE)
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._uvicorn.run, kwargs={"sockets": [self._socket]},
                                        name="leaklab-http", daemon=True)
        self._thread.start()
        while not self._uvicorn.started and self._thread.is_alive():
            time.sleep(0.002)

    def wait(self) -> None:
        """Block until the server stops."""
        self._thread.join()

    def close(self) -> None:
        """Answer the requests in progress, then stop."""
        self._uvicorn.should_exit = True
        self._thread.join()
        self._worker.close()
        self._log.close()
        self.keys.close()
        self._socket.close()
        if self._folder:
            self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def serve(models: Access | Mapping[str, Access], *, log: str | Path | None = None, limits: Limits | None = None,
          host: str = LOOPBACK, port: int = 0) -> Server:
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

    Examples
    --------
    >>> import numpy as np
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
    return Server(models, log, limits or Limits(), host, port)


NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
