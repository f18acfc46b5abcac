"""What an exercise answers, and how a notebook shows it: at once, wherever in its cell it was asked."""

import sys
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

# Icon and border; the words keep the page's own color, and so read in a dark theme too.
ICONS = {"correct": ("✔", "#009e73"), "not yet": ("↻", "#d55e00"), "not attempted": ("○", "#808080"),
         "hint": ("➜", "#0072b2"), "solution": ("☰", "#0072b2")}
"""Of each outcome."""


@dataclass(frozen=True)
class Reply:
    """What a student sees: ``outcome`` is correct, not yet, not attempted, hint or solution.

    ``cell`` is the number of the cell that showed it already, so that it does not show twice as the last line.
    """

    outcome: str
    exercise: str
    message: str = ""
    code: str = ""
    cell: int | None = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        first = f"{self.exercise}: {self.outcome}" + (f". {self.message}" if self.message else "")
        return first + (f"\n{self.code}" if self.code else "")

    def _repr_html_(self) -> str:
        icon, color = ICONS[self.outcome]
        code = f"<pre style='margin:6px 0 0 0'>{escape(self.code)}</pre>" if self.code else ""
        return (f"<div role='status' style='border-left:4px solid {color};padding:4px 10px'><b>"
                f"<span aria-hidden='true'>{icon}</span> {escape(self.exercise)}: {self.outcome}</b> "
                f"{escape(self.message)}{code}</div>")

    def _ipython_display_(self) -> None:
        shell = _shell()
        if shell is None or shell.execution_count != self.cell:
            _publish(self)


def shown(reply: Reply) -> Reply:
    """Show a reply now, where there is a notebook; elsewhere it is the value of the call that shows."""
    shell = _shell()
    if shell is None:
        return reply
    _publish(reply)
    return replace(reply, cell=shell.execution_count)


def _shell() -> Any:
    """The running IPython, if there is one; it is never imported for that."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _publish(reply: Reply) -> None:
    from IPython.display import display

    display({"text/plain": repr(reply), "text/html": reply._repr_html_()}, raw=True)
