"""The audit log: an answer leaves only after what was asked is on disk."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from leaklab import _validate as v
from leaklab.server.database import connect, query
from leaklab.server.sketch import SIZE, Sketch

SEED = "SELECT value FROM settings WHERE name = 'sketch_seed'"
log = logging.getLogger("leaklab")
COMMIT = 1000
"""Entries in a transaction, at most."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One request, as it is logged.

    Attributes
    ----------
    key, model : str
        ``key`` is None if the request had no valid key.
    instances : int
    status : int
        The HTTP status it is answered with; 200 spends ``instances`` of the key's budget.
    sketches : float32 (instances, 32), optional
        What it asked, projected (`Sketch`).
    labels : int32 (instances,), optional
        The model's own most likely classes.
    done : callable, optional
        Called from the log's thread with "" when the entry is on disk, else with the reason why it is not: ``"budget"``
        or ``"key"`` (revoked) or ``"log"`` (cannot be written).
    """

    key: str | None
    model: str
    instances: int
    status: int
    sketches: np.ndarray | None = None
    labels: np.ndarray | None = None
    done: Callable[[str], None] | None = None
    time: float = field(default_factory=time.time)


class Log:
    """Writes entries from one thread, many in a transaction.

    A disk takes only so many transactions a second: while one is being synchronised the next entries gather, and go
    together into the next. Whether a budget covers an answer is decided inside the transaction that logs it, so the two
    agree at every moment, also for a process killed between any two instructions, and for two servers on one file.
    """

    def __init__(self, path: str | Path):
        self._connection = connect(path)
        self.sketch_seed = self._connection.execute(SEED).fetchone()[0]
        self._entries: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="leaklab-log", daemon=True)
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Queue an entry; returns immediately."""
        self._entries.put(entry)

    def close(self) -> None:
        """Write the queued entries and stop."""
        self._entries.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self):
        more = True
        while more:
            batch = [self._entries.get()]
            while len(batch) < COMMIT and not self._entries.empty():
                batch.append(self._entries.get())
            more = None not in batch
            entries = [entry for entry in batch if entry is not None]
            for entry, refusal in zip(entries, self._write(entries), strict=True):
                if entry.done:
                    entry.done(refusal)

    def _write(self, entries: list[Entry]) -> list[str]:
        if not entries:
            return []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            refusals = [self._insert(entry) for entry in entries]
            self._connection.execute("COMMIT")
        except Exception:  # a full disk above all; whatever it is, the thread must live and nobody be answered
            log.exception("the audit log cannot be written; %d requests are not answered", len(entries))
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return ["log"] * len(entries)
        return refusals

    def _insert(self, entry: Entry) -> str:
        refusal = self._spend(entry) if entry.status == 200 else ""
        status = {"": entry.status, "budget": 403, "key": 401}[refusal]
        blobs = [None if a is None else np.ascontiguousarray(a, t).tobytes()
                 for a, t in ((entry.sketches, "<f4"), (entry.labels, "<i4"))]
        self._connection.execute(
            "INSERT INTO requests (time, key, model, instances, status, sketches, labels) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entry.time, entry.key, entry.model, entry.instances, status, *blobs))
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
    """The answered queries of a log, one row an instance, in the order of their answers.

    Attributes
    ----------
    key : str (n,)
    time : float (n,)
    request : int (n,)
        Number of the request in the log.
    sketches : float32 (n, size)
    labels : int32 (n,)
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
    """The answered queries to ``model``, in requests numbered above ``after``; also while a server writes."""
    after = v.integer("after", after, low=0)  # of numpy's whole numbers SQLite makes bytes
    rows = query(path, "SELECT key, time, id, instances, sketches, labels FROM requests "
                       "WHERE status = 200 AND model = ? AND id > ? ORDER BY id", model, after)
    keys, times, requests, counts, sketches, labels = zip(*rows, strict=True) if rows else ((),) * 6
    key, time, request = (np.repeat(np.array(values, kind), np.array(counts, int))
                          for values, kind in ((keys, object), (times, float), (requests, int)))
    return Asked(key, time, request, np.frombuffer(b"".join(sketches), "<f4").reshape(-1, SIZE),
                 np.frombuffer(b"".join(labels), "<i4"))


def sketch_of(path: str | Path, shape: tuple[int, ...]) -> Sketch:
    """The projection that a server on this file uses for models that take ``shape``."""
    return Sketch.of_shape(shape, seed=query(path, SEED)[0][0])
