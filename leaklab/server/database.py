"""One SQLite file for the keys and the audit log: they are committed together, so that budgets and log always agree."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, budget INTEGER, spent INTEGER NOT NULL DEFAULT 0,
    rate REAL, hardening TEXT NOT NULL, created REAL NOT NULL, revoked REAL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, key TEXT, model TEXT NOT NULL, instances INTEGER NOT NULL,
    status INTEGER NOT NULL, sketches BLOB, labels BLOB) STRICT;
CREATE INDEX IF NOT EXISTS requests_of_key ON requests (key, id);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO settings VALUES ('sketch_seed', abs(random()));
"""
BUSY = 1.0
"""Seconds to wait for another process that holds the file."""
SAID = {
    sqlite3.SQLITE_BUSY: "is locked by another program. Try again when it is done.",
    sqlite3.SQLITE_LOCKED: "is locked by another program. Try again when it is done.",
    sqlite3.SQLITE_READONLY: "is not writable. Change its permissions, or choose another.",
    sqlite3.SQLITE_PERM: "is not writable. Change its permissions, or choose another.",
    sqlite3.SQLITE_FULL: "cannot be written: the disk is full.",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: it must be a file, in a folder, that this user may read and write.",
    sqlite3.SQLITE_CORRUPT: "is damaged: SQLite cannot read it. Restore a copy, or choose another.",
}
"""Sentences for SQLite's errors; the rest mean that the file is not ours."""


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the file, created if missing and readable only by its owner; transactions are begun explicitly.

    Write-ahead log with full synchronisation: what is committed outlives a killed process and a power cut.
    """
    Path(path).touch(mode=0o600, exist_ok=True)
    return _open(path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA)


def query(path: str | Path, sql: str, *values) -> list[tuple]:
    """The rows of one question to a file that must be there; nothing is written, also while a server writes.

    Where no server writes, the file is read without the two that SQLite lays beside it, so that it may lie in a folder
    that is read-only, and none are left behind. A server that starts meanwhile is noticed.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: no server has used it and no key was created in it.")
    with explained(path):
        before = logged, *_ = _state(path)
        try:
            rows = _read(path, "mode=ro" if logged else "mode=ro&immutable=1", sql, values)
        except sqlite3.DatabaseError:
            if logged or _state(path) == before:
                raise
        else:
            if logged or _state(path) == before:
                return rows
        return _read(path, "mode=ro", sql, values)


def _read(path: Path, how: str, sql: str, values: tuple) -> list[tuple]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=BUSY, isolation_level=None)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def _state(path: Path) -> tuple[bool, int, int]:
    """Whether there is a write-ahead log with something in it; time and size of the file."""
    file, size = path.stat(), 0
    with suppress(FileNotFoundError):
        size = Path(f"{path.resolve()}-wal").stat().st_size
    return size > 0, file.st_mtime_ns, file.st_size


@contextmanager
def explained(path: str | Path) -> Iterator[None]:
    """SQLite's errors as a sentence about the file."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        said = SAID.get(code, f"is not a Leaklab server file ({error}). Choose another.")
        raise ValueError(f"{path} {said}") from None


def _open(path: str | Path, script: str) -> sqlite3.Connection:
    with explained(path):
        connection = sqlite3.connect(Path(path).absolute(), timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            connection.executescript(script)
            connection.execute("SELECT 1 FROM sqlite_schema")  # the first look at the file itself
        except sqlite3.DatabaseError:
            connection.close()
            raise
    return connection
