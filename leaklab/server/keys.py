"""API keys: random, shown once, stored as a hash, compared in constant time."""

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from leaklab import _validate as v
from leaklab.server.database import connect, explained, query
from leaklab.server.hardening import parse_hardening

COLUMNS = "id, name, budget, spent, rate, hardening, created, revoked"
SLOWEST = 1e-6
"""Queries per second, at least: one in 12 days."""


@dataclass(frozen=True)
class Key:
    """What the server knows of a key; the secret itself is not among it.

    Attributes
    ----------
    id : str
        The public part: it names the key in the log.
    name : str
        Whose it is.
    budget : int or None
        Lifetime query budget, in instances; None for unlimited.
    spent : int
        Queries answered.
    rate : float or None
        Sustained queries per second; None for unlimited.
    hardening : str
        Transformations applied to its responses, e.g. ``"rounded=2,topk=1"``.
    created, revoked : float
        Seconds since 1970; ``revoked`` is None while the key is active.
    """

    id: str
    name: str
    budget: int | None
    spent: int
    rate: float | None
    hardening: str
    created: float
    revoked: float | None

    @property
    def left(self) -> int | None:
        """Queries remaining; None for unlimited."""
        return None if self.budget is None else max(0, self.budget - self.spent)


class Keys:
    """The keys in a server's file. A server that runs on the same file sees changes at its next request.

    A secret has 256 random bits, so nobody can guess it from its hash however fast the hash is: the slow hashes that
    protect passwords, which people choose and others guess, would only slow the server down.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Keys(folder + "/server.sqlite") as keys:
    ...     secret = keys.add("a student", budget=1000)
    ...     key = keys.check(secret)
    ...     keys.revoke(key.id)
    ...     key.name, key.left, keys.check(secret)
    ('a student', 1000, None)
    """

    def __init__(self, path: str | Path, *, patience: float = 1.0):
        self._path, self._connection, self._lock = path, connect(path, patience=patience), threading.Lock()

    def add(self, name: str, *, budget: int | None = None, rate: float | None = None, hardening: str = "") -> str:
        """Create a key and return its secret, which is not stored and cannot be shown again."""
        if not isinstance(name, str) or not name.strip():
            v.fail("name", name, "must be the owner's name")
        if any("\ud800" <= char <= "\udfff" for char in name):  # SQLite stores UTF-8
            v.fail("name", name, "must be valid Unicode text")
        budget = budget if budget is None else v.integer("budget", budget, low=0, high=2**62)
        rate = rate if rate is None else v.number("rate", rate, low=SLOWEST)
        parse_hardening(hardening)
        key = secrets.token_hex(4)
        secret = f"leaklab_{key}_{secrets.token_urlsafe(32)}"
        self._run("INSERT INTO keys (id, name, hash, budget, rate, hardening, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  key, name, _hash(secret), budget, rate, hardening, time.time())
        return secret

    def revoke(self, key: str) -> None:
        """Revoke the key with this id; its queries stay in the log."""
        if not self._run("UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL RETURNING id", time.time(), key):
            v.fail("key", key, "no active key has this id", "Run `leaklab keys list` to see them.")

    def all(self) -> list[Key]:
        """All keys, also revoked ones, oldest first."""
        return [Key(*row) for row in self._run(f"SELECT {COLUMNS} FROM keys ORDER BY created")]

    def get(self, key: str) -> Key | None:
        """The key with this id, or None."""
        rows = self._run(f"SELECT {COLUMNS} FROM keys WHERE id = ?", key)
        return Key(*rows[0]) if rows else None

    def check(self, secret: str) -> Key | None:
        """The active key with this ``secret``, or None.

        The row is found by the public part. Whether it exists or not, two hashes are compared, in a time that does not
        depend on where they differ.
        """
        parts = secret.split("_", 2)
        rows = self._run(f"SELECT hash, {COLUMNS} FROM keys WHERE id = ?", parts[1] if len(parts) == 3 else "")
        known, *row = rows[0] if rows else (_hash(""),)
        if not hmac.compare_digest(known, _hash(secret)) or not row or row[-1] is not None:
            return None
        return Key(*row)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _run(self, sql: str, *values) -> list[tuple]:
        with self._lock, explained(self._path):
            return self._connection.execute(sql, values).fetchall()


def list_keys(path: str | Path) -> list[Key]:
    """All keys in a server's file, also revoked ones, oldest first; nothing is written, also while a server runs.

    Raises
    ------
    FileNotFoundError, ValueError
        Where there is no such file, or it is not a server's.
    """
    return [Key(*row) for row in query(path, f"SELECT {COLUMNS} FROM keys ORDER BY created")]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
