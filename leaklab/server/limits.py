"""What one client may ask of the server: sizes, times, rates. A refusal is a `Problem`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any


class Problem(Exception):
    """A request that is not answered: HTTP status and one sentence for the client, nothing of the server's inside."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **more):
        super().__init__(message)
        self.status, self.message, self.headers, self.more = status, message, headers or {}, more


@dataclass(frozen=True)
class Limits:
    """Sizes and times.

    Attributes
    ----------
    body : int
        Bytes of a request.
    instances : int
        Inputs in a request.
    waiting : int
        Bytes of all requests in flight, including those still being received; beyond that, new ones are told to retry
        after a second.
    header_seconds, body_seconds : float
        Time a client has to send its headers, and then its body.
    """

    body: int = 32_000_000
    instances: int = 1000
    waiting: int = 256_000_000
    header_seconds: float = 10.0
    body_seconds: float = 30.0


class RateLimit:
    """A bucket of tokens a key, filled at its rate and holding one second's worth (at least 1).

    A request may begin while its key's bucket is not empty, and its instances are taken out afterwards, below zero if
    need be: so large requests pass, and are waited for. Kept in memory; a restart fills all buckets.

    Examples
    --------
    >>> limit = RateLimit(clock=lambda: 0.0)
    >>> limit.wait("a", 10.0), limit.take("a", 25), limit.wait("a", 10.0)
    (0.0, None, 1.6)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, rate: float) -> float:
        """Seconds until the key may ask; 0 for now."""
        now, full = self._clock(), max(1.0, rate)
        tokens, since = self._buckets.get(key, (full, now))
        tokens = min(full, tokens + (now - since) * rate)
        self._buckets[key] = tokens, now
        return 0.0 if tokens > 0 else (1 - tokens) / rate

    def take(self, key: str, count: int) -> None:
        """Take ``count`` tokens from a key that has a bucket."""
        if key in self._buckets:
            tokens, since = self._buckets[key]
            self._buckets[key] = tokens - count, since


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], announced: str | None, limits: Limits,
                    take: Callable[[int], None]) -> bytes:
    """The body of a request, within the limits of size and time; ``take`` is told of its bytes as they come.

    A request that is too large is drained, up to twice the limit, so that the client can read the refusal.
    """
    try:
        too_large = announced is not None and int(announced) > limits.body
    except ValueError:
        raise Problem(400, "Content-Length must be a whole number.") from None
    parts, size, more = [], 0, True
    deadline = asyncio.get_running_loop().time() + limits.body_seconds
    try:
        async with asyncio.timeout_at(deadline):
            while more and size <= 2 * limits.body:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise Problem(400, "The connection was closed before the request was complete.")
                part, more = event.get("body", b""), event.get("more_body", False)
                size += len(part)
                too_large = too_large or size > limits.body
                if not too_large:
                    take(len(part))
                    parts.append(part)
    except TimeoutError:
        raise Problem(408, f"The request was not complete after {limits.body_seconds:g} s.",
                      {"Connection": "close"}) from None
    if too_large:
        raise Problem(413, f"A request may have at most {limits.body:,} bytes. Send fewer instances at a time.",
                      {"Connection": "close"})
    return b"".join(parts)
