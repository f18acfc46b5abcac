"""Slow values kept in a folder, so that a talk whose kernel died is ready again in seconds."""

import ast
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leaklab import _validate as v
from leaklab._kept import package, read, write

SLOW = 1.0
"""Seconds: what is made in less is made again."""


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
        if path is not None and (values := read(path)) is not None:
            names.update(values)
            return
        began = time.perf_counter()
        exec(compile(ast.Module([statement], []), "<step>", "exec"), names)
        if path is not None and time.perf_counter() - began >= self.slow:
            write(path, {name: names[name] for name in bound})


def targets(statement: ast.stmt) -> Iterator[str]:
    """The names that an assignment gives values to; nothing where it changes parts of values, too.

    >>> list(targets(ast.parse("a, (b, *c) = 1, (2, 3)").body[0])), list(targets(ast.parse("a[0] = b = 1").body[0]))
    (['a', 'b', 'c'], [])
    """
    if isinstance(statement, ast.Assign):
        parts = [part for target in statement.targets for part in ast.walk(target)]
        if not any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts):
            yield from (part.id for part in parts if isinstance(part, ast.Name))
