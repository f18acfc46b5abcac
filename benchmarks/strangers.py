"""A server in a process of its own, which can be watched, and strangers' connections to it (Linux)."""

import json
import os
import resource
import select
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

from server_load import environment, model

from leaklab.access.remote import OCTETS
from leaklab.server import serve

CHILD = "import sys; sys.path.insert(0, sys.argv[1]); import strangers as s; s.child(sys.argv[2], int(sys.argv[3]))"
KEYS = {"honest": {}, "paying": {}, "one": {"budget": 1, "hardening": "labels"}, "labels": {"hardening": "labels"}}
"""Who may ask; ``none`` has no key."""
PATH = "/v1/models/model"
PATIENCE = 20.0


def child(path, files):
    """Serve until the standard input ends."""
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    server = serve(model(), log=path)
    secrets = {who: server.keys.add(who, **how) for who, how in KEYS.items()}
    ids = {who: server.keys.check(secret).id for who, secret in secrets.items()}
    print(json.dumps([server.url, secrets, ids]), flush=True)
    sys.stdin.read()
    server.close()


class Stage:
    """A running server, and a tally of what its strangers were answered.

    Attributes
    ----------
    answers : list of (str, int, int)
        Whose, status (0 for a connection closed without an answer), rows asked.
    unread : Counter
        Rows whose answers may have been on their way, by who asked.
    held : int
        Connections of strangers that were still open at the end of the last attack.
    wrong : list of str
        What the server itself did that it must not.
    """

    def __init__(self, folder: str, files: int = 0):
        self.log = Path(folder) / "server.sqlite"
        command = [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(self.log), str(files)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment())
        self.said, self.noise = b"", 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        line = self.process.stdout.readline()
        self.url, self.secrets, self.ids = json.loads(line or self._died())
        host, port = self.url.removeprefix("http://").split(":")
        self.address = host, int(port)
        self.answers: list[tuple[str, int, int]] = []
        self.unread: Counter[str] = Counter()
        self.held, self.wrong = 0, []

    def _listen(self):
        while part := os.read(self.process.stderr.fileno(), 2**16):
            self.said = (self.said + part)[:10_000]
            self.noise += len(part)

    def _died(self):
        self._listener.join(5)
        raise RuntimeError(f"the server did not start: {self.said.decode(errors='replace')}")

    def memory(self, which: str = "VmRSS") -> float:
        """MB now, or ``"VmHWM"``: at most, since the last `forget_peak`; 0 once the server is dead."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith(which):
                    return int(line.split()[1]) / 1000
        return 0.0

    def forget_peak(self) -> None:
        with suppress(OSError):
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def seconds_worked(self) -> float:
        """Processor time of the server."""
        if self.process.poll() is not None:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Stop the server in good order, or by force where it does not stop."""
        if self.process.poll() is not None:
            self.wrong.append(f"the server died ({self.process.returncode})")
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.wrong.append("the server did not stop in 15 s")
            self.process.kill()
            self.process.wait()
        self._listener.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def line(self, who: str = "none", **how) -> "Line":
        return Line(self, who, **how)

    def together(self, count: int, act) -> None:
        """``act(i)`` in so many threads; ends when all have ended."""
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(act, range(count)))

    def check_books(self) -> None:
        """After `close`: where do log and budgets differ from the answers that clients have, by key and status?"""
        got: Counter[tuple[str, int]] = Counter()
        for who, status, rows in self.answers:
            got[who, status] += rows
        with closing(sqlite3.connect(self.log)) as file:
            logged = {(key, status): rows for key, status, rows in file.execute(
                "SELECT key, status, SUM(instances) FROM requests GROUP BY key, status")}
            spent = dict(file.execute("SELECT id, spent FROM keys"))
            others = file.execute("SELECT COUNT(*) FROM requests WHERE status NOT IN (200, 500)").fetchone()[0]
        if others:
            self.wrong.append(f"{others:,} rows in the log are no answers")
        for who, key in self.ids.items():
            for status in (200, 500):
                more = logged.get((key, status), 0) - got[who, status]
                if not 0 <= more <= self.unread[who]:
                    self.wrong.append(f"{who} has {got[who, status]:,} answers of status {status}, the log {more:+,}")
            if spent[key] != sum(logged.get((key, status), 0) for status in (200, 500)):
                self.wrong.append(f"{who} has spent {spent[key]:,}, and the log says otherwise")


class Line:
    """A stranger's connection."""

    def __init__(self, stage: Stage, who: str, *, receive: int = 0, timeout: float = PATIENCE):
        self.stage, self.who, self._begun = stage, who, b""
        self.socket = socket.socket()
        if receive:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        self.alive = True
        self._try(self.socket.connect, stage.address)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def head(self, verb="POST", path=f"{PATH}:predict", media=OCTETS, length=None) -> bytes:
        """A request's head, signed; chunked where ``length`` is None and there is to be a body."""
        key = self.stage.secrets.get(self.who)
        frame = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        return (f"{verb} {path} HTTP/1.1\r\nHost: x\r\n" + f"Authorization: Bearer {key}\r\n" * (key is not None)
                + f"Content-Type: {media}\r\n{frame}\r\n" * (verb == "POST") + "\r\n").encode()

    def send(self, data: bytes) -> bool:
        """Whether the connection still took it all."""
        self._try(self.socket.sendall, data)
        return self.alive

    def send_some(self, data: bytes) -> int:
        """How many bytes the connection takes without waiting."""
        return self._try(self.socket.send, data, socket.MSG_DONTWAIT) or 0

    def answer(self, rows: int = 0) -> int:
        """Status of the next answer, 0 where there is none; ``rows`` are answered if it is 200 or 500."""
        status = self._read()
        self.stage.answers.append((self.who, status, rows))
        if not status:
            self.stage.unread[self.who] += rows
        return status

    def ask(self, body: bytes, media: str = OCTETS, rows: int = 0) -> int:
        """Send a question and read the answer, also where the server stops listening before the end."""
        self._try(self.socket.sendall, self.head(media=media, length=len(body)) + body)
        self.alive = True  # what broke may yet have answered
        return self.answer(rows)

    def waits(self) -> bool:
        """Whether there is something to read: an answer, or the end."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def is_open(self) -> bool:
        """Whether the server still holds its side; what it sent is read and forgotten."""
        while self.waits():
            if not self._receive():
                return False
        return True

    def _try(self, act, *args):
        try:
            return act(*args)
        except BlockingIOError:
            return None
        except OSError:
            self.alive = False
            return None

    def _receive(self) -> bytes:
        """Some bytes, none at the end; acknowledged at once, so that a server that waits for it is not slowed down."""
        self._try(self.socket.setsockopt, socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = self._try(self.socket.recv, 2**16) or b""
        self.alive = self.alive and bool(part)
        return part

    def _read(self) -> int:
        data = self._begun
        while b"\r\n\r\n" not in data:
            if not (part := self._receive()):
                return 0
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        fields = head.lower()
        length = int(fields.split(b"content-length: ")[1].split(b"\r\n")[0]) if b"content-length: " in fields else 0
        while len(body) < length:
            if not (part := self._receive()):
                return 0
            body += part
        self._begun = body[length:]
        self.alive = b"connection: close" not in fields
        return int(head.split()[1])
