"""Slow values kept in a folder, so that a talk whose kernel died is ready again in seconds."""

import ast
import hashlib
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from leaklab import _validate as v

SLOW = 1.0
"""Seconds: what is made in less is made again."""
PACKAGE = Path(__file__).resolve().parents[1]


class Kept:
    """Runs code, and keeps what slow assignments gave, by all the code that led to them.

    A value is taken from the folder only where the code before it, the package and Python are the same. What cannot be
    pickled (a server, a model with compiled functions) is made again. The folder must be one's own: a pickle can run
    anything.

    Parameters
    ----------
    folder : Path, optional
        Where values are kept; without one, nothing is.
    slow : float
        So many seconds an assignment must take to be worth keeping.

    Examples
    --------
    >>> names = {}
    >>> Kept().run("a = 20; b = a + 1; 2 * b", names), names["b"]
    (42, 21)
    """

    def __init__(self, folder: Path | None = None, *, slow: float = SLOW):
        self.folder, self.slow = folder, v.number("slow", slow, low=0)
        self.led = hashlib.sha256()
        if folder is not None:
            self.led.update(package().encode())

    def copy(self) -> "Kept":
        """With the same folder and the same code before it, to run other code from here."""
        other = Kept(slow=self.slow)
        other.folder, other.led = self.folder, self.led.copy()
        return other

    def run(self, code: str, names: dict[str, Any]) -> Any:
        """Run statements in a namespace; the value of the last line, if it is an expression, else None."""
        body = ast.parse(code).body
        last = body[-1] if body else None
        for statement in body[:-1] if isinstance(last, ast.Expr) else body:
            self._one(statement, names)
        if not isinstance(last, ast.Expr):
            return None
        self.led.update(ast.unparse(last).encode())
        return eval(compile(ast.Expression(last.value), "<step>", "eval"), names)

    def _one(self, statement: ast.stmt, names: dict[str, Any]) -> None:
        self.led.update(ast.unparse(statement).encode() + b"\n")
        bound = list(targets(statement))
        path = self.folder / f"{self.led.hexdigest()[:24]}.pickle" if self.folder is not None and bound else None
        if path is not None and (values := _read(path)) is not None:
            names.update(values)
            return
        began = time.perf_counter()
        exec(compile(ast.Module([statement], []), "<step>", "exec"), names)
        if path is not None and time.perf_counter() - began >= self.slow:
            _write(path, {name: names[name] for name in bound})


def targets(statement: ast.stmt) -> Iterator[str]:
    """The names that an assignment gives values to; nothing where it changes parts of values, too.

    >>> list(targets(ast.parse("a, (b, *c) = 1, (2, 3)").body[0])), list(targets(ast.parse("a[0] = b = 1").body[0]))
    (['a', 'b', 'c'], [])
    """
    if isinstance(statement, ast.Assign):
        parts = [part for target in statement.targets for part in ast.walk(target)]
        if not any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts):
            yield from (part.id for part in parts if isinstance(part, ast.Name))


@cache
def package() -> str:
    """Changes when this package or this Python changes."""
    sources = (path.read_bytes() for path in sorted(PACKAGE.rglob("*.py")))
    return hashlib.sha256(b"\0".join([sys.version.encode(), *sources])).hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return pickle.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except Exception:  # cut short, or of a library that has changed since: make it again
        path.unlink(missing_ok=True)
        return None


def _write(path: Path, values: dict[str, Any]) -> None:
    try:
        content = pickle.dumps(values)
        pickle.loads(content)  # what cannot be read again is of no use
    except Exception:  # what cannot be pickled is made again next time
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    os.replace(part.name, path)
