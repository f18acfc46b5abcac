"""The audit log: an answer leaves only after what was asked is on disk."""

import asyncio
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from leaklab import _validate as v
from leaklab.server.database import SEED, Unusable, connect, explained, query
from leaklab.server.gathered import Gathered
from leaklab.server.sketch import SIZE, Sketch

COUNT = "INSERT INTO refusals VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
log = logging.getLogger("leaklab")


@dataclass(frozen=True, eq=False)
class Entry:
    """A request that the model was asked, as it is logged and charged.

    Attributes
    ----------
    key, model : str
    instances : int
        What it spends of the key's budget.
    status : int
        The HTTP status it is answered with: 200, or 500 where the model failed.
    sketches : float32 (instances, 32)
        What it asked, projected (`Sketch`).
    labels : int32 (instances,)
        The model's own most likely classes; -1 where it failed.
    """

    key: str
    model: str
    instances: int
    status: int
    sketches: np.ndarray
    labels: np.ndarray
    time: float = field(default_factory=time.time)


class Log:
    """Writes entries from one thread, many in a transaction.

    A disk takes only so many transactions a second: while one is being synchronised the next entries gather, and go
    together into the next. Whether a budget covers an answer is decided inside the transaction that logs it, so the two
    agree at every moment, also for a process killed between any two instructions, and for two servers on one file.
    Refusals, which cost those who cause them nothing, are counted by the hour, not listed.

    Attributes
    ----------
    down : bool
        Whether the last write failed.
    """

    def __init__(self, path: str | Path):
        self._path, self._connection = Path(path), connect(path, patience=1.0)
        self._file, self.down = os.stat(path)[1:3], False  # what tells it from another of its name
        self._lock = threading.Lock()
        self.sketch_seed = self._connection.execute(SEED).fetchone()[0]
        self._refusals: Counter[tuple[int, str, int]] = Counter()
        self._gathered = Gathered(self._write, "leaklab-log")

    async def write(self, entry: Entry | None) -> str:
        """Charge and log an entry: "" when it is on disk, else why not: ``"budget"``, ``"key"`` (revoked) or ``"log"``.

        None writes the counts alone.
        """
        return await self._gathered(entry)

    def refused(self, key: str, status: int) -> None:
        """Count a refusal, to a key or (``""``) to none."""
        with self._lock:
            self._refusals[int(time.time() // 3600), key, status] += 1

    async def keep(self) -> None:
        """Write the counts several times a second, and find out when the file can be written again."""
        while True:
            if self._refusals or self.down:
                await self.write(None)
            await asyncio.sleep(0.25)

    def close(self) -> None:
        """Write what is left and stop."""
        self._gathered.close()
        self._write([])
        self._connection.close()

    def _write(self, entries: Sequence[Entry | None]) -> list[str]:
        with self._lock:
            counts, self._refusals = self._refusals, Counter()
        try:
            if os.stat(self._path)[1:3] != self._file:
                raise OSError(f"{self._path} is another file now")
            self._connection.execute("BEGIN IMMEDIATE")
            refusals = [self._insert(entry) if entry else "" for entry in entries]
            self._connection.executemany(COUNT, [(*what, count) for what, count in counts.items()])
            self._connection.execute("COMMIT")
        except Exception:  # a full disk above all; whatever it is, nobody is answered until it is over
            if not self.down:
                log.exception("the audit log cannot be written, and nothing is answered until it can")
            with suppress(Unusable), explained(self._path):
                self._connection.execute("ROLLBACK")
            with self._lock:
                self._refusals += counts
            self.down = True
            return ["log"] * len(entries)
        self.down = False
        return refusals

    def _insert(self, entry: Entry) -> str:
        refusal = self._spend(entry)
        if not refusal:
            self._connection.execute(
                "INSERT INTO requests (time, key, model, instances, status, sketches, labels) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (entry.time, entry.key, entry.model, entry.instances, entry.status,
                 entry.sketches.astype("<f4").tobytes(), entry.labels.astype("<i4").tobytes()))
        return refusal

    def _spend(self, entry: Entry) -> str:
        spent = self._connection.execute(
            "UPDATE keys SET spent = spent + ? WHERE id = ? AND revoked IS NULL "
            "AND (budget IS NULL OR spent + ? <= budget) RETURNING spent",
            (entry.instances, entry.key, entry.instances)).fetchone()
        if spent:
            return ""
        good = self._connection.execute("SELECT 1 FROM keys WHERE id = ? AND revoked IS NULL", (entry.key,)).fetchone()
        return "budget" if good else "key"


@dataclass(frozen=True, eq=False)
class Asked:
    """The charged queries of a log, one row an instance, in the order of their answers.

    Attributes
    ----------
    key : str (n,)
    time : float (n,)
    request : int (n,)
        Number of the request in the log.
    sketches : float32 (n, size)
    labels : int32 (n,)
        -1 where the model failed.
    """

    key: np.ndarray
    time: np.ndarray
    request: np.ndarray
    sketches: np.ndarray
    labels: np.ndarray

    def of(self, key: str) -> "Asked":
        """The queries of one key."""
        mine = self.key == key
        return Asked(*(getattr(self, each.name)[mine] for each in fields(self)))


def read_log(path: str | Path, *, model: str, after: int = 0) -> Asked:
    """The charged queries to ``model``, in requests numbered above ``after``; also while a server writes."""
    after = v.integer("after", after, low=0)  # of numpy's whole numbers SQLite makes bytes
    rows = query(path, "SELECT key, time, id, instances, sketches, labels FROM requests "
                       "WHERE sketches IS NOT NULL AND model = ? AND id > ? ORDER BY id", model, after)
    keys, times, requests, counts, sketches, labels = zip(*rows, strict=True) if rows else ((),) * 6
    key, time, request = (np.repeat(np.array(values, kind), np.array(counts, int))
                          for values, kind in ((keys, object), (times, float), (requests, int)))
    return Asked(key, time, request, np.frombuffer(b"".join(sketches), "<f4").reshape(-1, SIZE),
                 np.frombuffer(b"".join(labels), "<i4"))


def sketch_of(path: str | Path, shape: tuple[int, ...]) -> Sketch:
    """The projection that a server on this file uses for models that take ``shape``."""
    return Sketch.of_shape(shape, seed=query(path, SEED)[0][0])

