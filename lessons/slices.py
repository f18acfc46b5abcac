"""What a cell needs of the cells before it: a backward slice over names, statement by statement.

A name is followed through assignments, imports, functions and classes, and through what changes a value in place:
``a.b = ...``, ``a[b] += ...``, ``a.method(...)`` on a line by itself, or anywhere in a ``with``. What a call does to
its arguments is not seen.
"""

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

CERTAIN = ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Statement:
    """One statement at the top of a cell, and what it does with names."""

    cell: int
    text: str
    uses: frozenset[str]
    binds: frozenset[str]
    alters: frozenset[str]
    certain: bool
    """Whether it binds its names whatever happens: what stood in them before does not matter any more."""


def python(source: str) -> str:
    """A cell's source without IPython's magics; lines keep their numbers."""
    return re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.M)


def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell."""
    return ast.parse(python(source)).body


def called(node: ast.AST | None) -> str | None:
    """``name`` of an expression ``name(...)``."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def read(source: str, cell: int) -> list[Statement]:
    """The statements of a code cell, and its number; those that check an exercise are left out."""
    lines = python(source).splitlines()
    return [_statement(cell, node, lines) for node in statements(source)
            if not (isinstance(node, ast.Expr) and called(node.value) == "check")]


def needed(lesson: list[Statement], shown: set[int]) -> list[Statement]:
    """The statements that the cells in ``shown`` need, and these cells whole, in the lesson's order.

    What changes a module (``os.environ[...] = ...``, a logger's level) is always needed.
    """
    modules = {name for one in lesson if one.text.startswith("import ") for name in one.binds}
    names: set[str] = set()
    kept = []
    for one in reversed([one for one in lesson if one.cell <= max(shown, default=-1)]):
        if one.cell in shown or names & (one.binds | one.alters) or modules & one.alters:
            names = (names - one.binds if one.certain else names) | one.uses
            kept.append(one)
    return kept[::-1]


def _statement(cell: int, node: ast.stmt, lines: list[str]) -> Statement:
    first = min([node.lineno, *(other.lineno for other in getattr(node, "decorator_list", []))])
    text = "\n".join(lines[first - 1:node.end_lineno])
    top = symtable.symtable(text, "cell", "exec")
    uses = {name.get_name() for name in top.get_symbols() if name.is_referenced()}
    uses |= {name.get_name() for table in _inner(top) for name in table.get_symbols() if name.is_global()}
    if isinstance(node, ast.For):  # its own variables, unless they are what it goes through
        uses -= _names(node.target) - _names(node.iter)
    binds = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
    alters = frozenset(_altered(node))
    return Statement(cell, text, frozenset(uses) | alters, frozenset(binds), alters, isinstance(node, CERTAIN))


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)


def _altered(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return  # it only says what would be done
    for part in ast.walk(node):
        if isinstance(part, ast.With):  # a connection, say: done for what it does, and any call in it may do it
            yield from (name for call in ast.walk(part) if isinstance(call, ast.Call) for name in _root(call.func))
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            yield from _root(part.value.func)
        elif isinstance(part, ast.AugAssign):
            yield from [part.target.id] if isinstance(part.target, ast.Name) else _root(part.target)
        elif isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            yield from _root(part)


def _root(node: ast.expr) -> Iterator[str]:
    """``a`` of ``a.b(c).d[e]``; nothing of a plain name, nor of what a class or a function has just made."""
    inner = node
    while isinstance(inner, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(inner, ast.Attribute) and inner.attr[0].isupper():
            return
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            return
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    if isinstance(inner, ast.Name) and inner is not node:
        yield inner.id
