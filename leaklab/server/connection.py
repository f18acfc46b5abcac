"""HTTP/1.1 with patience that ends: a coroutine a connection, parsed by h11, a deadline for every phase.

Why not a library's server: uvicorn, hypercorn and granian have no deadline for clients that do not take their answers,
so that whoever wants to holds connections without a key.
"""

import asyncio
import logging
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import h11

from leaklab.server.limits import Limits, Problem

log = logging.getLogger("leaklab")
READ = 2**16
"""Bytes taken from a socket at a time."""
Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


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
        connection = Connection(self, reader, writer)
        if len(self.waiting) + self.busy.total() >= self.most:
            self._abort(next(iter(self.waiting), connection))
        self.waiting[connection] = None
        try:
            await connection.run()
        except (OSError, h11.ProtocolError, asyncio.CancelledError):  # gone, too slow to take its answer, or the end
            pass
        finally:
            self._abort(connection)

    def _abort(self, connection: "Connection") -> None:
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
        self._http, self._key, self._idle = h11.Connection(h11.SERVER), "", False
        self.transport = writer.transport
        self.transport.max_size = READ  # type: ignore[attr-defined]  # asyncio's own, not part of its interface
        self.transport.set_write_buffer_limits(0)  # so that drain waits until all is taken
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        """Answer its requests until one side ends it; then let it read the last answer before it is closed."""
        while await self._answered():
            self._http = h11.Connection(h11.SERVER)  # nothing but empty lines is left in the old one
        with suppress(TimeoutError):  # with bytes unread, to close is to reset the connection under the answer
            self._writer.write_eof()
            async with asyncio.timeout(self._limits.linger_seconds):
                while await self._reader.read(READ):
                    await asyncio.sleep(0.002)

    def claim(self, key: str) -> None:
        """Count the request as that of ``key``; refused where the key has its share of connections already."""
        if self._all.busy[key] >= self._all.most // 4:
            raise Problem(429, "Too many requests of this key at a time.", retry_after=1.0)
        self._all.waiting.pop(self, None)
        self._all.busy[key] += 1
        self._key = key

    async def body(self) -> bytearray:
        """The body of the request."""
        if self._http.they_are_waiting_for_100_continue:
            self._writer.write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
        body = bytearray()
        async with self._within(self._limits.body_seconds, "body"):
            while not isinstance(event := await self._event(), h11.EndOfMessage):
                body += event.data
        return body

    @asynccontextmanager
    async def _within(self, seconds: float, what: str) -> AsyncIterator[asyncio.Timeout]:
        """A part of the request that must come in time, and be HTTP."""
        try:
            async with asyncio.timeout(seconds) as clock:
                yield clock
        except TimeoutError:
            if self._idle:
                raise ConnectionResetError from None
            raise Problem(408, f"The {what} did not arrive in time.") from None
        except h11.RemoteProtocolError:
            raise Problem(400, f"The request is not HTTP, or ended in its {what}.") from None

    async def _event(self, clock: asyncio.Timeout | None = None):
        """The next event of h11; the ``clock`` of an idle connection starts anew with the first byte."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(READ)
            if self._http.their_state is h11.IDLE and not self._http.trailing_data[0]:
                if data and not (data := data.lstrip(b"\r\n")):  # before a request line (RFC 9112, section 2.2)
                    continue
                if clock and self._idle:
                    clock.reschedule(asyncio.get_running_loop().time() + self._limits.header_seconds)
                    self._idle = False
            self._http.receive_data(data)
        return event

    async def _head(self) -> None:
        """Wait for the next request, and take it into ``method``, ``path`` and ``headers``."""
        self.method, seconds = "", self._limits.idle_seconds if self._idle else self._limits.header_seconds
        async with self._within(seconds, "headers") as clock:
            event = await self._event(clock)
        self._idle = False
        if isinstance(event, h11.ConnectionClosed):
            raise ConnectionResetError
        self.method, target = event.method.decode(), event.target.decode("ascii", "replace")
        self.path = re.sub(r"^https?://[^/?]*", "", target, flags=re.IGNORECASE).partition("?")[0]
        self.headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
        if "transfer-encoding" in self.headers:  # what a body costs is known before it is read; RFC 9112, section 6.3
            raise Problem(411, "The body needs a Content-Length, and no Transfer-Encoding.")

    async def _answered(self) -> bool:
        """Answer the next request, or say what is wrong with it; whether the connection may go on."""
        try:
            await self._head()
            answer = await self._all.answer(self)
        except ConnectionError:
            self._release()
            return False
        except Exception as error:
            if not isinstance(error, Problem):
                log.exception("a request failed")
                error = Problem(500, "Internal server error.")
            self._all.refused(self._key, error.status)
            await asyncio.sleep(self._limits.pause_seconds)
            answer = error.answer()
        try:
            await self._send(*answer)
        finally:
            self._release()
        self._idle = True
        return self._http.our_state is h11.DONE

    def _release(self) -> None:
        if self._key:
            self._all.busy[self._key] -= 1
            self._all.waiting[self], self._key = None, ""

    async def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with suppress(h11.RemoteProtocolError):
            while self._key and self._http.their_state is h11.SEND_BODY:
                if self._http.next_event() is h11.NEED_DATA:  # else: what is here of a body that nobody read
                    break
        behind = self._http.trailing_data[0].strip()  # who does not wait for answers need not be listening to them
        if not self._key or self._all.stopping or self._http.their_state is h11.SEND_BODY or behind:
            headers["Connection"] = "close"
        headers["Content-Length"] = str(len(body))
        sent = self._http.send(h11.Response(status_code=status, headers=list(headers.items())))
        if self.method != "HEAD":
            sent += self._http.send(h11.Data(data=body))
        self._writer.write(sent + self._http.send(h11.EndOfMessage()))
        async with asyncio.timeout(self._limits.answer_seconds):
            await self._writer.drain()
