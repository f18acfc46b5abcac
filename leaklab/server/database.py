"""One SQLite file for the keys and the audit log: they are committed together, so that budgets and log always agree."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

APPLICATION = 0x4C4C6162
"""SQLite's ``application_id`` of a Leaklab server file: "LLab"."""
SCHEMA = f"""
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
PRAGMA application_id = {APPLICATION};
"""
FileError = sqlite3.Error
"""Whatever is wrong with the file."""
OURS = {"keys", "requests", "settings"}


def connect(path: str | Path, *, patience: float = 10.0) -> sqlite3.Connection:
    """Open the file, created if missing and readable only by its owner; transactions are begun explicitly.

    Write-ahead log with full synchronisation: what is committed outlives a killed process and a power cut.

    Raises
    ------
    ValueError
        If it belongs to another program, others than its owner may use it, or it cannot be written; nothing of it is
        changed.
    """
    Path(path).touch(mode=0o600, exist_ok=True)
    if os.name == "posix" and (mode := Path(path).stat().st_mode & 0o777) & 0o077:
        raise ValueError(f"{path} has mode {mode:03o}: others must not read or write keys and audit log. "
                         f"chmod 600 {path}")
    return _open(str(path), "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA, patience)


def query(path: str | Path, sql: str, *values) -> list[tuple]:
    """The rows of one question to a file that must be there; nothing is written, also while a server writes."""
    if not Path(path).exists():
        raise FileNotFoundError(f"{path} does not exist: no server has used it and no key was created in it.")
    with closing(_open(path, "PRAGMA query_only = ON", 10.0)) as connection:
        return connection.execute(sql, values).fetchall()


def _open(path: str | Path, script: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        (owner,), tables = connection.execute("PRAGMA application_id").fetchone(), {
            name for name, in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if owner != APPLICATION and tables and not (owner == 0 and tables >= OURS):  # 0: made by an earlier version
            raise sqlite3.DatabaseError("another program's database")
        connection.executescript(script)
    except sqlite3.DatabaseError as error:
        connection.close()
        what = str(error)
        if "locked" in what or "readonly" in what or "full" in what or "unable to open" in what:
            raise ValueError(f"{path} cannot be used: {what}.") from None
        raise ValueError(f"{path} is not a Leaklab server file ({what}). Choose another.") from None
    return connection
