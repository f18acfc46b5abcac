"""An honest client in a process of its own, and how it fares beside strangers."""

import http.client
import multiprocessing
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from strangers import PATH, PATIENCE, Stage

from leaklab.access.remote import OCTETS


@dataclass(frozen=True)
class Asked:
    """One request; the status is 0 if the connection broke or `PATIENCE` ended; ``same`` as the first answer to it."""

    begun: float
    ended: float
    status: int
    same: bool

    @property
    def took(self) -> float:
        return self.ended - self.begun

    def overlaps(self, spans, more: float = 0.0) -> bool:
        return any(self.begun < end + more and begun < self.ended for begun, end in spans)


class Honest:
    """Asks one row at a time, again and again, from `begin` to `end`."""

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, stage: Stage, new_connections: bool = False) -> None:
        self._pipe.send((stage.address, stage.secrets["honest"], new_connections))

    def end(self) -> list[Asked]:
        self._pipe.send(None)
        return self._pipe.recv()

    def close(self) -> None:
        self._pipe.close()
        self._process.join()


def _work(pipe):
    with suppress(EOFError):
        while True:
            told = pipe.recv()
            asked = list(_ask(*told, stop=pipe.poll))
            pipe.recv()
            pipe.send(asked)


def _ask(address, secret, new_connections, stop):
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    rows = [row.tobytes() for row in np.random.default_rng(0).random((8, 64 * 64), np.float32)]
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": OCTETS}
    known: dict[bytes, bytes] = {}
    while not stop():
        rows.append(row := rows.pop(0))
        begun = time.monotonic()
        try:
            connection.request("POST", f"{PATH}:predict", row, headers)
            response = connection.getresponse()
            status, answer = response.status, response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            status, answer = 0, b""
        ended = time.monotonic()
        yield Asked(begun, ended, status, status != 200 or known.setdefault(row, answer) == answer)
        if new_connections:
            connection.close()
        if status != 200:
            time.sleep(0.01)
    connection.close()


@dataclass
class Played:
    """What a scene came to.

    Attributes
    ----------
    quiet, beside : list of Asked
        The honest client's requests between the attacks, and those that an attack overlapped.
    attacks : list of (float, float)
        When they began and ended.
    peak : float
        MB above the memory before the attack.
    busy : float
        Processor seconds of the server, a second of attack.
    """

    stage: Stage
    quiet: list[Asked] = field(default_factory=list)
    beside: list[Asked] = field(default_factory=list)
    attacks: list[tuple[float, float]] = field(default_factory=list)
    peak: float = 0.0
    busy: float = 0.0


def play(attack, honest: Honest, *, seconds: float, rounds: int, files: int = 0, new_connections: bool = False,
         pause: float = 0.3) -> Played:
    """Quiet and attack in turn on a new server; ``pause`` is what it has to recover before it counts as quiet."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder, files)
        played = Played(stage)
        honest.begin(stage, new_connections)
        time.sleep(0.5)
        start, worked = time.monotonic(), 0.0
        for _ in range(rounds):
            time.sleep(seconds / 2)
            idle, before, begun = stage.memory(), stage.seconds_worked(), time.monotonic()
            stage.forget_peak()
            attack(stage, begun + seconds)
            played.attacks.append((begun, time.monotonic()))
            played.peak = max(played.peak, stage.memory("VmHWM") - idle)
            worked += stage.seconds_worked() - before
            time.sleep(pause)
        time.sleep(seconds / 2)
        asked = honest.end()
        stage.close()
        stage.answers += [("honest", one.status, 1) for one in asked]
        stage.unread["honest"] = sum(one.status == 0 for one in asked)
        stage.check_books()
    asked = [one for one in asked if one.begun > start]
    played.beside = [one for one in asked if one.overlaps(played.attacks)]
    played.quiet = [one for one in asked if not one.overlaps(played.attacks, pause)]
    played.busy = worked / sum(end - begun for begun, end in played.attacks)
    return played
