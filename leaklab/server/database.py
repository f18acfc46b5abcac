"""One SQLite file for the keys and the audit log: they are committed together, so that budgets and log always agree."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

OWNER = 0x4C4C6162
"""SQLite's ``application_id`` of a Leaklab server file: "LLab"."""
SEED = "SELECT value FROM settings WHERE name = 'sketch_seed'"
SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, budget INTEGER, spent INTEGER NOT NULL DEFAULT 0,
    rate REAL, hardening TEXT NOT NULL, created REAL NOT NULL, revoked REAL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, key TEXT, model TEXT NOT NULL, instances INTEGER NOT NULL,
    status INTEGER NOT NULL, sketches BLOB, labels BLOB) STRICT;
CREATE TABLE IF NOT EXISTS refusals (
    hour INTEGER, key TEXT, status INTEGER, count INTEGER NOT NULL, PRIMARY KEY (hour, key, status)) STRICT;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO settings VALUES ('sketch_seed', abs(random()));
PRAGMA application_id = {OWNER};
"""
SAID = {
    sqlite3.SQLITE_BUSY: "is locked by another program. Try again when it is done.",
    sqlite3.SQLITE_READONLY: "is not writable. Change its permissions, or choose another.",
    sqlite3.SQLITE_FULL: "cannot be written: the disk is full.",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: it must be a file, in a folder, that this user may read and write.",
    sqlite3.SQLITE_CORRUPT: "is damaged: SQLite cannot read it. Restore a copy, or choose another.",
}
"""Sentences for SQLite's errors; the rest mean that the file is not ours."""


class Unusable(ValueError):
    """Whatever is wrong with the file, in a sentence."""


def connect(path: str | Path, *, patience: float = 1.0) -> sqlite3.Connection:
    """Open the file, created if missing and readable only by its owner; transactions are begun explicitly.

    Write-ahead log with full synchronisation: what is committed outlives a killed process and a power cut.

    Raises
    ------
    ValueError
        If the file is another program's, or damaged, locked for ``patience`` seconds, open to others than its owner ...
    """
    path = Path(path).absolute()
    path.touch(mode=0o600)
    if os.name == "posix" and (mode := path.stat().st_mode & 0o777) & 0o077:
        raise ValueError(f"{path} has mode {mode:03o}: keys and audit log are for their owner alone. chmod 600 {path}")
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        with explained(path):
            owner, = connection.execute("PRAGMA application_id").fetchone()
            used = connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
            if owner != OWNER and (owner or (used and not connection.execute(SEED).fetchone())):  # 0: or an older file
                raise sqlite3.DatabaseError("another program's database")
            connection.executescript(SCHEMA)
    except Unusable:
        connection.close()
        raise
    return connection


def query(path: str | Path, sql: str, *values) -> list[tuple]:
    """The rows of one question to a file that must be there; nothing is written, also while a server writes."""
    path = Path(path).absolute()
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: no server has used it and no key was created in it.")
    log = path.with_name(f"{path.name}-wal")  # where it is empty, the folder may be one in which SQLite cannot write
    how = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    with explained(path), closing(sqlite3.connect(f"{path.as_uri()}?{how}", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


@contextmanager
def explained(path: str | Path) -> Iterator[None]:
    """SQLite's errors as `Unusable`."""
    try:
        yield
    except sqlite3.Error as error:
        other = f"is not a Leaklab server file ({error}). Choose another."
        raise Unusable(f"{path} {SAID.get(getattr(error, 'sqlite_errorcode', 0) & 0xFF, other)}") from None
