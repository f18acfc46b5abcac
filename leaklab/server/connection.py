"""HTTP/1.1 with patience that ends: a coroutine a connection, parsed by h11, a deadline for every phase.

Servers that were tried (uvicorn, hypercorn, granian, aiohttp, tornado) have no deadline for a client that does not take
its answers, so that connections without a key are held for ever.
"""

import asyncio
import logging
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import h11

from leaklab.server.limits import Limits, Problem

log = logging.getLogger("leaklab")
READ = 2**16
"""Bytes taken from a socket at a time."""
Answer = tuple[int, str, bytes, dict[str, str]]
"""Status, media type, body and other headers."""


class Connections:
    """All connections of a server, no more than ``most`` at a time.

    When all places are taken, a newcomer gets that of the connection that has waited longest without a request of a
    key in progress, so that nobody can shut others out by holding connections.

    Parameters
    ----------
    answer : callable
        From a `Connection` with a request to its `Answer`; raises `Problem` to refuse it.
    refused : callable
        Told of every refusal: the key, ``""`` for none, and the status.
    limits : Limits
    most : int
    """

    def __init__(self, answer: "Callable[[Connection], Awaitable[Answer]]", refused: Callable[[str, int], None],
                 limits: Limits, most: int):
        self.answer, self.refused, self.limits, self.most, self.stopping = answer, refused, limits, most, False
        self.waiting: dict[Connection, None] = {}  # in the order in which they began to wait
        self.busy: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end, as `asyncio.start_server` calls it."""
        if len(self.waiting) + self.busy.total() >= self.most:
            if not self.waiting:
                return writer.transport.abort()
            oldest = next(iter(self.waiting))
            del self.waiting[oldest]
            oldest.transport.abort()
        connection = Connection(self, reader, writer)
        self.waiting[connection] = None
        try:
            await connection.run()
        except (OSError, h11.ProtocolError):  # gone, or too slow to take its answer
            pass
        except Exception:
            log.exception("a connection broke off")
        finally:
            self.waiting.pop(connection, None)
            connection.transport.abort()

    async def close(self, grace: float) -> None:
        """Let the requests of keys be answered, for ``grace`` seconds at most."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self.busy.total():
                    await asyncio.sleep(0.005)


class Connection:
    """One client, and its request.

    Attributes
    ----------
    method, path : str
    headers : dict of str to str
        Names in lower case.
    """

    def __init__(self, all: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._all, self._limits, self._reader, self._writer = all, all.limits, reader, writer
        self._http = h11.Connection(h11.SERVER)
        self._key: str | None = None
        self.transport = writer.transport
        self.transport.max_size = READ  # type: ignore[attr-defined]  # asyncio's own, not part of its interface
        self.transport.set_write_buffer_limits(0)  # so that drain waits until all is taken
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        first = True
        while await self._head(first):
            first = False
            try:
                await self._answered()
            finally:
                self._release()
            if self._http.our_state is not h11.DONE:
                break
            self._http.start_next_cycle()
        await self._linger()

    def claim(self, key: str) -> None:
        """Count the request as that of ``key``; refused where the key has its share of connections already."""
        if self._all.busy[key] >= max(1, self._all.most // 4):
            raise Problem(429, "Too many requests of this key at a time.", {"Retry-After": "1"}, retry_after=1.0)
        self._all.waiting.pop(self, None)
        self._all.busy[key] += 1
        self._key = key

    async def body(self, take: Callable[[int], None]) -> bytearray:
        """The body; ``take`` is told of its bytes before they are kept, and may refuse them."""
        if self._http.they_are_waiting_for_100_continue:
            self._writer.write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
        body, chunks = bytearray(), 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while not isinstance(event := await self._event(), h11.EndOfMessage):
                    take(len(event.data))
                    body += event.data
                    chunks += event.chunk_start
                    if chunks > 64 + len(body) // 64:
                        raise Problem(400, "The body comes in too many small chunks. Send larger ones.")
        except TimeoutError:
            raise Problem(408, f"The body was not complete after {self._limits.body_seconds:g} s.") from None
        except h11.RemoteProtocolError:
            raise Problem(400, "The request ended before its body was complete, or is not HTTP.") from None
        return body

    async def _event(self, clock: asyncio.Timeout | None = None):
        """The next event of h11; ``clock`` is set anew when a request begins."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(READ)
            if data and self._http.their_state is h11.IDLE and not self._http.trailing_data[0]:
                data = data.lstrip(b"\r\n")  # before a request line (RFC 9112, section 2.2)
                if not data:
                    continue
            if clock:
                clock.reschedule(asyncio.get_running_loop().time() + self._limits.header_seconds)
                clock = None
            self._http.receive_data(data)
        return event

    async def _head(self, first: bool) -> bool:
        """Whether there is a next request, now in ``method``, ``path`` and ``headers``; else the last word is said."""
        idle = not first and not self._http.trailing_data[0]
        try:
            async with asyncio.timeout(self._limits.idle_seconds if idle else self._limits.header_seconds) as clock:
                event = await self._event(clock if idle else None)
            if isinstance(event, h11.ConnectionClosed):
                return False
            self.method, target = event.method.decode(), event.target.decode("ascii", "replace")
            self.headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
            self.path = re.sub(r"^https?://[^/?]*", "", target, flags=re.IGNORECASE).partition("?")[0]
            if {"content-length", "transfer-encoding"} <= set(self.headers):
                raise h11.RemoteProtocolError("two lengths")  # RFC 9112, section 6.1
            return True
        except TimeoutError:
            if idle and not self._http.trailing_data[0]:
                return False
            problem = Problem(408, f"The headers were not complete after {self._limits.header_seconds:g} s.")
        except h11.RemoteProtocolError:
            problem = Problem(400, "The request is not HTTP, or ended in its headers.")
        self.method = "GET"
        await self._send(*self._refused(problem), close=True)
        return False

    def _refused(self, problem: Problem) -> Answer:
        self._all.refused(self._key or "", problem.status)
        return problem.answer()

    async def _answered(self) -> None:
        try:
            answer = await self._all.answer(self)
        except Problem as problem:
            answer = self._refused(problem)
        except Exception:
            log.exception("a request failed")
            answer = self._refused(Problem(500, "Internal server error."))
        close = self._key is None or self._all.stopping or not self._heard_out()
        await self._send(*answer, close=close)

    def _heard_out(self) -> bool:
        """Whether the whole request is here, so that the connection can go on; what is left of it is passed over."""
        with suppress(h11.RemoteProtocolError):
            for _ in range(64):
                if self._http.their_state is not h11.SEND_BODY:
                    return True
                if self._http.they_are_waiting_for_100_continue or self._http.next_event() is h11.NEED_DATA:
                    return False
        return False

    async def _send(self, status: int, media: str, body: bytes, headers: dict[str, str], close: bool) -> None:
        fields = {"Content-Type": media, "Content-Length": str(len(body)), **headers}
        if close:
            fields["Connection"] = "close"
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        parts = [self._http.send(h11.Response(status_code=status, headers=list(fields.items())))]
        parts += [self._http.send(h11.Data(data=body))] * (self.method != "HEAD")
        self._writer.write(b"".join([*parts, self._http.send(h11.EndOfMessage())]))
        async with asyncio.timeout(self._limits.answer_seconds):
            await self._writer.drain()

    def _release(self) -> None:
        if self._key is not None:
            self._all.busy[self._key] -= 1
            self._key = None
            self._all.waiting[self] = None

    async def _linger(self) -> None:
        """Let the client read the last answer: to close with its bytes unread would reset the connection under it."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger_seconds):
                while await self._reader.read(READ):
                    await asyncio.sleep(0.001)
