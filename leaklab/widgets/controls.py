"""Controls that say what they do: words before each, a tooltip, and measures in em."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as w


def remaining(share: float, seconds: float) -> str:
    """How long work still takes of which a ``share`` took so many seconds.

    >>> remaining(0.25, 5.0), remaining(0.0, 5.0), remaining(1.0, 5.0), remaining(0.01, 2.0)
    ('about 15 s left', '', '', 'about 3 min left')
    """
    if not 0 < share < 1:
        return ""
    left = seconds * (1 - share) / share
    return f"about {left:.0f} s left" if left < 100 else f"about {left / 60:.0f} min left"


def button(description: str, tooltip: str, *, icon: str = "", primary: bool = False,
           disabled: bool = False) -> w.Button:
    """A button that says what it does."""
    return w.Button(description=description, tooltip=tooltip, icon=icon, disabled=disabled,
                    button_style="primary" if primary else "")


def control(kind: type[w.Widget], description: str, tooltip: str, *, width: str = "24em", label: str = "9em",
            **traits: Any) -> Any:
    """A control with its words before it, and a tooltip; measures in em, so that large type cuts nothing."""
    return kind(description=description, tooltip=tooltip, layout={"width": width},
                style={"description_width": label}, **traits)


def row(children: Sequence[w.Widget], name: str = "leaklab-row") -> w.HBox:
    """Controls side by side, in an element of that class."""
    box = w.HBox(list(children))
    box.add_class(name)
    return box
