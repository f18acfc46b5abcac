"""A small model to serve, and a client that sends what no library would."""

import errno
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from leaklab.access import BlackBox
from leaklab.server import Limits

LIMITS = Limits(body=20_000, instances=50, pause_seconds=0, header_seconds=0.5, body_seconds=0.5)


def softmax(x):
    """Three classes from a 2 x 2 input: known by hand, so that answers can be checked."""
    scores = np.exp(np.clip(x, -50, 50).reshape(len(x), -1)[:, :3].astype(float))
    return scores / scores.sum(axis=1, keepdims=True)


def small_model():
    return BlackBox(softmax, inputs=(2, 2), classes=3)


def slow(x):
    """The same, in its own time."""
    time.sleep(0.05)
    return softmax(x)


class Raw:
    """One HTTP exchange, byte by byte, with a server in this process or at a URL."""

    def __init__(self, server):
        host, port = getattr(server, "url", server).removeprefix("http://").split(":")
        self.address = host, int(port)

    def send(self, data: bytes, *, half_close=False, bodiless=False) -> tuple[int, dict]:
        """Status and JSON body of the answer; status 0 where the connection was closed without one."""
        with socket.create_connection(self.address, timeout=5) as s:
            try:
                s.sendall(data)
                if half_close:
                    s.shutdown(socket.SHUT_WR)
                return read_answer(s, bodiless=bodiless)
            except OSError as error:  # a server that has closed with bytes unread resets, and its answer may be lost
                if error.errno not in (errno.ECONNRESET, errno.ENOTCONN, errno.EPIPE):
                    raise
                return 0, {}

    def head(self, secret, length, *, model="model", media="application/json") -> bytes:
        auth = f"Authorization: Bearer {secret}\r\n" if secret is not None else ""
        return (f"POST /v1/models/{model}:predict HTTP/1.1\r\nHost: x\r\n{auth}Content-Type: {media}\r\n"
                f"Content-Length: {length}\r\n\r\n").encode()

    def post(self, body: bytes, secret: str | None, **how) -> tuple[int, dict]:
        return self.send(self.head(secret, len(body), **how) + body)

    def ask(self, x, secret: str | None, **how) -> tuple[int, dict]:
        """A question in octets; the answer's are under ``"octets"``."""
        return self.post(np.array(x, "<f4").tobytes(), secret, media="application/octet-stream", **how)

    def get(self, path: str, secret: str | None) -> tuple[int, dict]:
        auth = f"Authorization: Bearer {secret}\r\n" if secret is not None else ""
        return self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n{auth}\r\n".encode())

    def until_closed(self, data: bytes, seconds: float = 5) -> bytes:
        """All that comes back until the server closes the connection; TimeoutError where it does not."""
        received = b""
        with socket.create_connection(self.address, timeout=seconds) as s:
            try:
                s.sendall(data)
                while part := s.recv(65536):
                    received += part
            except (ConnectionResetError, BrokenPipeError):
                pass
        return received


def statuses(received: bytes) -> list[int]:
    """The statuses of all answers in a stream."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", received)]


def read_answer(s, begun=b"", *, bodiless=False) -> tuple[int, dict]:
    """Status, and the JSON body with the headers and what came behind it; ``bodiless`` after HEAD."""
    data = begun
    while b"\r\n\r\n" not in data:
        part = s.recv(65536)
        if not part:
            return 0, {}
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status == 100:
        return read_answer(s, body, bodiless=bodiless)
    fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    length = 0 if bodiless else int(fields.get("content-length", 0))
    while len(body) < length:
        part = s.recv(65536)
        assert part, "the answer broke off"
        body += part
    body, behind = body[:length], body[length:]
    answer = json.loads(body) if length and "json" in fields.get("content-type", "") else {"octets": body}
    return status, answer | {"headers": fields} | ({"behind": behind} if behind else {})


def child(script: str, *args, **settings) -> subprocess.Popen:
    """A Python process that imports what this one does."""
    path = [str(Path(__file__).parent), *filter(None, sys.path)]
    return subprocess.Popen([sys.executable, "-c", script, *map(str, args)], stdout=subprocess.PIPE, text=True,
                            env=os.environ | {"PYTHONPATH": os.pathsep.join(path)}, **settings)
