"""What uvicorn leaves open in HTTP/1.1: clients that send their headers slowly or never, or close one half.

uvicorn limits the pause between requests, not the time that headers take, and answers a client that has closed its
sending half with silence.
"""

import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

READ_HEADERS, READ_BODY = 2**15, 2**20
"""Bytes taken from a socket at a time. With asyncio's 256 KiB a large body costs twice the processor time; and headers
that come in one piece are parsed whatever their size."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with a time limit on headers, answers to half-closed clients, and errors in JSON."""

    header_seconds = 10.0
    _deadline = None

    def connection_made(self, transport):
        super().connection_made(transport)
        self._watch()

    def data_received(self, data):
        super().data_received(data)
        self._watch()

    def on_response_complete(self):
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc):
        self._stop()
        super().connection_lost(exc)

    def eof_received(self):
        """The client closed its sending half: answer a complete request, refuse an incomplete one."""
        if self._between():
            if self.conn.trailing_data[0]:
                self.send_400_response("The request ended in its headers.")
            return False
        if self.cycle.more_body:
            self.send_400_response("The request ended before its body was complete.")
            return False
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg):
        self._send_error(400, msg)

    def _send_error(self, status: int, message: str) -> None:
        answering = not self._between()
        if answering:  # the pending answer must not be sent as well
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # an answer has already started
            self.transport.close()
            return
        body = json.dumps({"error": message}).encode()
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
        body = b"" if answering and self.cycle.scope["method"] == "HEAD" else body
        for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def _between(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        """Run the clock exactly while headers are awaited of a new connection, or have begun."""
        most = READ_HEADERS if self._between() or not self.cycle.more_body else READ_BODY
        self.transport.max_size = most  # type: ignore[attr-defined]  # asyncio's own, not part of its interface
        waiting = self._between() and (self.cycle is None or bool(self.conn.trailing_data[0]))
        if waiting and self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self._too_slow)
        elif not waiting:
            self._stop()

    def _stop(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self._between() and not self.transport.is_closing():
            self._send_error(408, f"The headers were not complete after {self.header_seconds:g} s.")
