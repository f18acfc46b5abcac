"""One SQLite file for the keys and the audit log: they are committed together, so that budgets and log always agree."""

import sqlite3
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


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the file, created if missing and readable only by its owner; transactions are begun explicitly.

    Write-ahead log with full synchronisation: what is committed outlives a killed process and a power cut.
    """
    Path(path).touch(mode=0o600, exist_ok=True)
    return _open(path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA)


def query(path: str | Path, sql: str, *values) -> list[tuple]:
    """The rows of one question to a file that must be there; nothing is written, also while a server writes."""
    if not Path(path).exists():
        raise FileNotFoundError(f"{path} does not exist: no server has used it and no key was created in it.")
    connection = _open(path, "PRAGMA query_only = ON")
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def _open(path: str | Path, script: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        connection.executescript(script)
        connection.execute("SELECT 1 FROM sqlite_schema")  # the first look at the file itself
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ValueError(f"{path} is not a Leaklab server file ({error}). Choose another.") from None
    return connection
