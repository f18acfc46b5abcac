"""What strangers do to the server while an honest client asks: the scenes of `hostile.py`.

An attack is a function of the stage and of the time when it should end. It leaves no connection behind.
"""

import os
import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle

import numpy as np
from strangers import PATH, Line, Stage

JSON = "application/json"
SIZES = 31_900_000, 7_900_000, 1_900_000
"""Below the limits that the server has, or once had: for any body, and for JSON."""
ZEROS = b"[" + b",".join([b"[" + b",".join([b"0"] * 64) + b"]"] * 64) + b"]"
ROW = np.random.default_rng(0).random(64 * 64, np.float32).tobytes()
SIGNS = np.random.default_rng(1).choice([-1, 1], 64 * 64).astype(np.float32)
OVERFLOW = [(np.float32(3e38) * x).tobytes() for x in (SIGNS, abs(SIGNS))]
"""Finite, and the model's scores are not: its softmax gives NaN."""
DEPTH = 900


@dataclass(frozen=True)
class Scene:
    """An attack and what is judged with it.

    Attributes
    ----------
    files : int
        The server's limit of open files; 0 for as many as there are.
    new_connections : bool
        Whether the honest client comes anew with every request.
    log_fails : bool
        Whether 503 is the right answer while it lasts.
    """

    name: str
    attack: Callable[[Stage, float], None]
    files: int = 0
    new_connections: bool = False
    log_fails: bool = False


@lru_cache(len(SIZES))
def body(kind: str, size: int) -> bytes:
    """JSON of about ``size`` bytes which costs as much as possible to read."""
    if kind == "distinct keys":
        return b'{"instances":[{' + b",".join(b'"%d":0' % i for i in range(size // 13)) + b"}]}"
    if kind == "nested":
        return b'{"instances":[' + b",".join([b"[" * DEPTH + b"]" * DEPTH] * (size // (2 * DEPTH + 1))) + b"]}"
    if kind == "good rows":
        return b'{"instances":[' + b",".join([ZEROS] * good_rows(size)) + b"]}"
    return b'{"instances":[' + kind.encode() * (size // len(kind)) + kind.encode()[:-1] + b"]}"


def good_rows(size: int) -> int:
    return min(1000, size // (len(ZEROS) + 1))


def large(kind: str, who: str, at_once: int = 1):
    """Bodies that are slow to read, one after another on each of so many connections."""
    def attack(stage, until):
        def act(number):
            for size in cycle(SIZES):
                with stage.line(who) as line:
                    line.ask(body(kind, size), JSON, rows=good_rows(size) * (kind == "good rows"))
                if time.monotonic() > until:
                    return
        stage.together(at_once, act)
    return attack


def late(count: int, drip: bool, length: int = 100_000_000):
    """Without a key: the body comes after the refusal, the first byte and then nothing, or a byte every second."""
    def attack(stage, until):
        with ExitStack() as stack:
            lines = [stack.enter_context(stage.line(timeout=1.0)) for _ in range(count)]
            for line in lines:
                line.send(line.head(length=length))
            time.sleep(0.5)
            for line in lines:
                if line.waits():
                    line.answer()
                line.send(b"x")
            while (left := until - time.monotonic()) > 0:
                time.sleep(min(1.0, left))
                for line in lines if drip else []:
                    line.send(b"x")
            stage.held = sum(line.is_open() for line in lines)
    return attack


def ask_on(bodies, who: str, connections: int = 16, length: int = 1):
    """Rows asked one after another on each of so many kept connections."""
    def attack(stage, until):
        def act(number):
            line = stage.line(who)
            for octets in cycle(bodies):
                line.ask(octets, rows=length)
                if not line.alive:
                    line.socket.close()
                    line = stage.line(who)
                if time.monotonic() > until:
                    return line.socket.close()
        stage.together(connections, act)
    return attack


def chunks(connections: int, who: str):
    """A body in one-byte chunks without end, whatever the server says to it."""
    piece = b"1\r\nx\r\n" * 10_000

    def attack(stage, until):
        def act(number):
            while time.monotonic() < until:
                with stage.line(who) as line:
                    line.send(line.head())
                    answered = False
                    while line.send(piece) and time.monotonic() < until:
                        if not answered and line.waits():
                            answered = bool(line.answer())
                            line.alive = True
        stage.together(connections, act)
    return attack


def hold(count: int, begin: Callable[[Line], None] = lambda line: None, who: str = "none"):
    """So many connections that are opened, begin something, and then do nothing."""
    def attack(stage, until):
        with ExitStack() as stack:
            lines = [stack.enter_context(stage.line(who, timeout=1.0)) for _ in range(count)]
            for line in lines:
                begin(line)
            time.sleep(max(0.0, until - time.monotonic()))
            for line in lines:
                if line.waits():
                    line.answer()
            stage.held = sum(line.is_open() for line in lines)
    return attack


def half_headers(line: Line) -> None:
    line.send(line.head(length=1)[:40])


def status(line: Line) -> None:
    line.send(line.head("GET", PATH))


def short_by_one(size: int):
    def begin(line):
        line.send(line.head(length=size))
        line.send(bytes(size - 1))
    return begin


def never_read(count: int, who: str):
    """Requests in one pipe, as fast as the server takes them, and no answer is ever read."""
    def attack(stage, until):
        with ExitStack() as stack:
            lines = [stack.enter_context(stage.line(who, receive=1024, timeout=1.0)) for _ in range(count)]
            sent = dict.fromkeys(lines, 0)
            while time.monotonic() < until:
                for line in lines:
                    request = line.head("GET", f"{PATH}/metadata")
                    sent[line] += line.send_some((request * 1000)[sent[line] % len(request):])
                time.sleep(0.01)
            stage.held = sum(line.alive for line in lines)
    return attack


def lock(stage: Stage, until: float) -> None:
    """Another process holds the file's lock, for longer than a client should be kept waiting."""
    with closing(sqlite3.connect(stage.log, isolation_level=None)) as file:
        file.execute("BEGIN EXCLUSIVE")
        time.sleep(max(0.0, until - time.monotonic()) + 1.5)
        file.execute("ROLLBACK")


def fill(stage: Stage, until: float) -> None:
    """Not a byte more goes into any file of the server's."""
    before = resource.prlimit(stage.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(stage.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    time.sleep(max(0.0, until - time.monotonic()))
    resource.prlimit(stage.process.pid, resource.RLIMIT_FSIZE, before)


def move(stage: Stage, until: float) -> None:
    """The file is elsewhere for a while."""
    away = stage.log.with_name("elsewhere")
    os.rename(stage.log, away)
    time.sleep(max(0.0, until - time.monotonic()))
    os.rename(away, stage.log)


def both(one, other):
    def attack(stage, until):
        stage.together(2, lambda number: (one, other)[number](stage, until))
    return attack


SIGNED = {"none": "no key", "one": "budget 1", "paying": "paying key"}
BODIES = ["[],", "nested", "{},", "distinct keys", "1e1,"]
SCENES = [
    *(Scene(f"large bodies `{kind}`, {key}", large(kind, who)) for kind in BODIES for who, key in SIGNED.items()),
    *(Scene(f"12 large bodies at once, {key}", large("[],", who, 12)) for who, key in SIGNED.items()),
    Scene("large bodies of good rows, paying key", large("good rows", "paying")),
    Scene("16 ordinary clients, paying key", ask_on([ROW], "paying")),
    Scene("late bodies, 60, first byte alone", late(60, drip=False)),
    Scene("late bodies, 60, a byte a second", late(60, drip=True)),
    Scene("poisoned batches, 16, budget 1 and labels", ask_on(OVERFLOW, "one")),
    Scene("poisoned batches, 16, paying key", ask_on(OVERFLOW, "paying")),
    Scene("poisoned batches, 16, paying key with labels", ask_on(OVERFLOW, "labels")),
    *(Scene(f"one-byte chunks, {count} connections, {SIGNED[who]}", chunks(count, who))
      for count in (1, 8) for who in ("none", "paying")),
    Scene("200 silent connections", hold(200), new_connections=True),
    Scene("200 half headers", hold(200, half_headers), new_connections=True),
    Scene("200 idle kept connections, no key", hold(200, status), new_connections=True),
    Scene("200 idle kept connections, budget 1", hold(200, status, "one"), new_connections=True),
    *(Scene(f"answers never read, 50 connections, {SIGNED[who]}", never_read(50, who), new_connections=True)
      for who in ("none", "one")),
    Scene("locked log", lock, log_fails=True),
    Scene("locked log, and a flood of 401", both(lock, ask_on([ROW], "none", 8, 0)), log_fails=True),
    Scene("full log", fill, log_fails=True),
    Scene("moved log", move, log_fails=True),
    Scene("8 uploads of 32 MB one byte short, budget 1", hold(8, short_by_one(31_999_999), "one")),
    Scene("16 uploads of 1,000 rows one byte short, paying key", hold(16, short_by_one(16_384_000), "paying")),
    Scene("flood of 401, 8 connections", ask_on([ROW], "none", 8, 0)),
    Scene("256 files: 244 late bodies, no key", late(244, drip=False, length=1), 256, True),
    Scene("256 files: 300 silent connections", hold(300), 256, True),
    *(Scene(f"256 files: 300 never read, {SIGNED[who]}", never_read(300, who), 256, True) for who in ("none", "one")),
]
