"""What one client may ask of the server: sizes, times, rates, room. A refusal is a `Problem`."""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


class Problem(Exception):
    """A request that is not answered: HTTP status and one sentence for the client, nothing of the server's inside."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **more):
        super().__init__(message)
        self.status, self.message, self.headers, self.more = status, message, headers or {}, more

    def answer(self) -> tuple[int, str, bytes, dict[str, str]]:
        """As it is sent."""
        body = json.dumps({"error": self.message, **self.more}).encode()
        return self.status, "application/json", body, self.headers


@dataclass(frozen=True)
class Limits:
    """Sizes and times.

    Attributes
    ----------
    body, json : int
        Bytes of a request, and of one in JSON, which costs more to read.
    instances : int
        Inputs in a request.
    waiting : int
        Bytes of all requests in flight, including those still being received. A key may have a quarter of it, and a
        quarter is kept for requests of up to 1 MB; beyond that, clients are told to retry after a second.
    connections : int
        Connections at a time, of which a key may have a quarter; fewer where the descriptor limit is lower.
    header_seconds, body_seconds, answer_seconds : float
        Time a client has to send its headers, then its body, and to take its answer.
    idle_seconds, linger_seconds : float
        Time without a request after which a connection is closed, and time to read a last answer before it is.
    """

    body: int = 32_000_000
    json: int = 8_000_000
    instances: int = 1000
    waiting: int = 256_000_000
    connections: int = 1000
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 30.0
    idle_seconds: float = 30.0
    linger_seconds: float = 1.0


class Room:
    """Bytes of requests in flight, shared among keys.

    >>> room = Room(8_000_000)
    >>> room.take("a", 2_000_000, 2_000_000), room.total
    (None, 2000000)
    """

    def __init__(self, size: int):
        self.size, self.total, self.held = size, 0, Counter[str]()

    def take(self, key: str, size: int, so_far: int) -> None:
        """Make room for ``size`` more bytes of a request that has ``so_far`` with them."""
        free = self.size if so_far <= 1_000_000 else self.size * 3 // 4
        if self.total + size > free or self.held[key] + size > self.size // 4:
            raise Problem(429, "The server is busy.", {"Retry-After": "1"}, retry_after=1.0)
        self.total += size
        self.held[key] += size

    def give_back(self, key: str, size: int) -> None:
        self.total -= size
        self.held[key] -= size
        if not self.held[key]:
            del self.held[key]


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
            wait = (1 - tokens) / rate
            raise Problem(429, f"Rate limit of this key: {rate:g} queries per second.",
                          {"Retry-After": str(math.ceil(wait))}, retry_after=round(wait, 3))
