"""One kept HTTP connection to a server nobody vouches for: every wait ends, every answer has a limit."""

import http.client
import io
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from leaklab import _validate as v
from leaklab.access.reading import Shown, fields

ERROR = 64_000
"""Most bytes that are read of an error."""
FRAMING = 128_000
"""Most bytes of headers; that of chunks may be as long as the body itself."""

LONGEST = 1e9
"""Seconds; the clocks of some systems take no more."""


class Unreachable(OSError):
    """The server is unreachable after all retries."""


class Declined(v.Refused):
    """The server refused, and a retry would not help; ``left`` is what it says of the budget, where it does."""

    def __init__(self, message: str, status: int, left: Any):
        super().__init__(message)
        self.left = left if status == 403 and type(left) is int and left >= 0 else None


class Wire:
    """One kept connection: requests made again where that may help."""

    def __init__(self, url: str, key: str | None, model: str | None, *, retries: int, timeout: float, patience: float):
        self._url, self._retries = url, v.integer("retries", retries, low=0)
        self._patience = v.number("patience", patience, low=0, high=LONGEST)
        self._timeout = v.number("timeout", timeout, low=0, high=LONGEST, open_low=True)
        self._connection, path = _opened(url, self._timeout)
        path = path if "/v1/models/" in path else f"{path}/v1/models/{model or 'model'}"
        self._path = quote(path, safe="/%:@!$&'()*+,;=~")
        if key is not None and not (isinstance(key, str) and key.isascii() and key.isprintable() and key.strip() == key
                                    and key):
            raise ValueError("key (not shown here): must be printable ASCII, without spaces or line breaks around it. "
                             "Strip it, and pass the key alone.")
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.show = Shown(key)

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, most: int, body=None, media: str | None = None) -> bytes:
        """One request, made again where that may help; the body of its answer, at most ``most`` bytes."""
        headers = self._headers | ({"Content-Type": media} if media else {})
        for attempt in range(self._retries + 1):
            wait = 0.05 * 2**attempt
            try:
                status, told, answer = self._once(method, path, most, body, headers)
            except _TooLong:
                raise v.Refused(f"The server's answer is longer than {most:,} bytes, too long for this request; the "
                                "connection was closed. Pass " + ("inputs=(...) and classes=... ." if method == "GET"
                                                                  else "a smaller batch=.")) from None
            except (OSError, http.client.HTTPException, ValueError) as fault:
                why = f"{type(fault).__name__}: {self.show(str(fault))}"
            else:
                if status == 200:
                    return answer
                said = fields(answer)
                why = f"The server answered {status}" + (f": {self.show(said['error'])}" if said.get("error") else ".")
                seconds = _seconds(said.get("retry_after"), told)
                if status in (429, 503) and seconds is not None and seconds <= self._patience:
                    wait = seconds
                elif status < 500 or "charged" in said:  # to ask again would be charged again
                    raise Declined(why, status, said.get("left"))
            if attempt < self._retries:
                time.sleep(wait)
        raise Unreachable(f"{self._url} did not answer in {self._retries + 1} attempts. {why}")

    def _once(self, method: str, path: str, most: int, body, headers: dict) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and body; the connection is kept after a whole 200 alone."""
        connection, whole = self._connection, False
        deadline = time.monotonic() + self._timeout
        try:
            if connection.sock is None:
                connection.connect()
                connection.sock = _Bounded(connection.sock)
            connection.sock.deadline, connection.sock.room = deadline, 2 * most + FRAMING
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have refused before all was sent
                connection.request(method, self._path + path, body, headers)
            with connection.getresponse() as response:
                good, length = response.status == 200, response.length or 0
                answer = b"" if good and length > most else response.read(most + 1 if good else ERROR)
                if good and max(length, len(answer)) > most:
                    raise _TooLong
                if good and response.length:
                    raise http.client.IncompleteRead(answer, response.length)
            whole = good
            return response.status, response.getheader("Retry-After"), answer
        finally:
            if not whole:
                connection.close()


class _TooLong(Exception):
    """Neither an OSError nor a ValueError, which http.client would take for its own."""


class _Bounded:
    """A socket for http.client, whose own timeout begins anew with every byte.

    All waits end at ``deadline``, and at most ``room`` bytes come in.
    """

    def __init__(self, sock):
        self._sock, self.close = sock, sock.close
        self.deadline, self.room = 0.0, 0

    def wait(self) -> None:
        """To be called before each wait."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)

    def sendall(self, data) -> None:
        rest = memoryview(data).cast("B")
        while rest:
            self.wait()
            rest = rest[self._sock.send(rest):]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self, self._sock.makefile(mode, buffering=0)))


class _Incoming(io.RawIOBase):
    def __init__(self, bounded: _Bounded, raw):
        self._bounded, self._raw = bounded, raw

    def readable(self):
        return True

    def readinto(self, buffer):
        self._bounded.wait()
        count = self._raw.readinto(buffer)
        self._bounded.room -= count
        if self._bounded.room < 0:
            raise _TooLong
        return count

    def close(self):
        self._raw.close()
        super().close()


def _opened(url: str, timeout: float) -> tuple[Any, str]:
    """A connection that is made when first asked, and the path; what may be secret in a URL is refused, not shown."""
    if "@" in str(url).partition("/v1/models/")[0] or "?" in str(url):
        raise ValueError("url (not shown here): must have no user:password@ and no ?query. Pass key=... .")
    try:
        parts = urlsplit(url)
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[parts.scheme]
        if parts.hostname:
            return kind(parts.hostname, parts.port, timeout=timeout), parts.path.rstrip("/")
    except (ValueError, KeyError, TypeError, AttributeError, http.client.InvalidURL):
        pass
    v.fail("url", url, "must be http://host:port or https://host:port", "For example http://127.0.0.1:8501.")


def _seconds(said: Any, header: str | None) -> float | None:
    """How long to wait, from the JSON or else the header; a date, which is rare, is as good as a second."""
    if type(said) in (int, float):
        return max(0.0, said)
    if header is None:
        return None
    return float(header) if header.strip().isdecimal() else 1.0
