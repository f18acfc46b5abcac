"""Reads the code of a lesson and of its learner: which solution belongs to which check, what is to be filled in."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any


def solutions_in(source: str) -> dict[str, str]:
    """Solutions by exercise: what ``### BEGIN`` and ``### END SOLUTION`` enclose belongs to the next ``check``.

    Examples
    --------
    >>> solutions_in('### BEGIN SOLUTION\\nx = 1\\n### END SOLUTION\\ncheck("1.1", x)\\n')
    {'1.1': 'x = 1'}
    """
    piece = re.compile(r"^[ \t]*### BEGIN SOLUTION[^\n]*\n(?P<body>.*?)^[ \t]*### END SOLUTION"
                       r"|^[^#\n]*\bcheck\(\s*[\"'](?P<id>[^\"']+)[\"']", re.M | re.S)
    found, waiting = {}, []
    for match in piece.finditer(source):
        if match["id"] is None:
            waiting.append(textwrap.dedent(match["body"]).rstrip())
        elif waiting:
            found[match["id"]], waiting = "\n".join(waiting), []
    return found


def untouched(answer: Any) -> bool:
    """Whether an answer still is, holds, or (a function) has a ``...`` to be filled in."""
    if answer is None or answer is ...:
        return True
    if isinstance(answer, tuple | list | dict | set):
        return any(part is ... for part in (answer.values() if isinstance(answer, dict) else answer))
    return inspect.isfunction(answer) and _open_function(answer)


def _open_function(function: Callable) -> bool:
    """Whether a ``...`` stands as a statement, or as the value of one, in the function's source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return False
    values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr | ast.Return | ast.Assign))
    return any(isinstance(value, ast.Constant) and value.value is ... for value in values)
