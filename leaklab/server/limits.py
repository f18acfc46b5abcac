"""What one client may ask of the server: sizes, times, rates, room. A refusal is a `Problem`."""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class Problem(ValueError):
    """A request that is not answered: HTTP status and one sentence for the client, nothing of the server's inside."""

    def __init__(self, status: int, message: str, **more):
        super().__init__(message)
        self.status, self.message, self.more = status, message, more

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        headers = {"Content-Type": "application/json"} | ({"WWW-Authenticate": "Bearer"} if self.status == 401 else {})
        if "retry_after" in self.more:
            headers["Retry-After"] = str(math.ceil(self.more["retry_after"]))
        return self.status, headers, json.dumps({"error": self.message, **self.more}).encode()


@dataclass(frozen=True)
class Limits:
    """Sizes and times.

    Attributes
    ----------
    body, json : int
        Bytes of a request, and of one in JSON: to parse 2 MB takes about 30 ms, in which nobody else is heard.
    instances : int
        Inputs in a request.
    waiting : int
        Bytes of all requests in flight, including those still being received. A key may have a quarter, and a quarter
        is kept for requests of up to 1 MB; beyond that, clients are told to retry after a second.
    connections : int
        Connections at a time, of which a key may have a quarter; fewer where the descriptor limit is lower.
    header_seconds, body_seconds, answer_seconds : float
        Time a client has to send its headers, then its body, and to take its answer.
    idle_seconds, linger_seconds : float
        Time without a request after which a connection is closed, and time to read a last answer before it is.
    pause_seconds : float
        Pause before a refusal: who asks in vain as fast as they can takes little from the others.
    """

    body: int = 32_000_000
    json: int = 2_000_000
    instances: int = 1000
    waiting: int = 256_000_000
    connections: int = 1000
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 30.0
    idle_seconds: float = 30.0
    linger_seconds: float = 1.0
    pause_seconds: float = 0.05


class Room:
    """Bytes of requests in flight, shared among keys."""

    def __init__(self, size: int):
        self.size, self.held = size, Counter[str]()

    @contextmanager
    def taken(self, key: str, size: int) -> Iterator[None]:
        """Room for ``size`` bytes of a key's request, until the end of ``with``."""
        free = self.size if size <= 1_000_000 else self.size * 3 // 4
        if self.held.total() + size > free or self.held[key] + size > self.size // 4:
            raise Problem(429, "The server is busy.", retry_after=1.0)
        self.held[key] += size
        try:
            yield
        finally:
            self.held[key] -= size


class RateLimit:
    """A bucket of tokens a key, filled at its rate and holding one second's worth (at least 1).

    A request takes a token to begin, and one for each further instance before the model is asked, below zero if need
    be: so large requests pass, one at a time, and are waited for. Kept in memory; a restart fills all buckets.

    Examples
    --------
    >>> limit = RateLimit(clock=lambda: 0.0)
    >>> limit.take("a", 10.0)
    >>> limit.take("a", 10.0, 24, begun=True)
    >>> limit.take("a", 10.0)
    Traceback (most recent call last):
        ...
    leaklab.server.limits.Problem: Rate limit of this key: 10 queries per second.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._lock = clock, threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, rate: float | None, count: int = 1, *, begun: bool = False) -> None:
        """Take ``count`` tokens; refused while there is none, or for a request that has ``begun``, in debt."""
        if rate is None or not count:
            return
        with self._lock:
            now, full = self._clock(), max(1.0, rate)
            tokens, since = self._buckets.get(key, (full, now))
            tokens = min(full, tokens + (now - since) * rate)
            enough = tokens > (-1 if begun else 0)
            self._buckets[key] = tokens - count * enough, now
        if not enough:
            raise Problem(429, f"Rate limit of this key: {rate:g} queries per second.",
                          retry_after=round((1 - tokens) / rate, 3))
