"""What figures of faces are made of: bare axes in units of a portrait, portraits, and text that finds its room."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from leaklab.plots.layout import scale, width_of, wrap
from leaklab.plots.style import Chart

INK, PALE, PALE_BLUE = "#222222", "#e8e8e8", "#a6cde8"
GAP = 0.07  # between portraits; a portrait is 1 wide and 1 high
LINE = 0.21  # for a line of text above or below them, or more where text is large beside a portrait


class Grid:
    """How far apart portraits stand, so that short texts above and below them do not touch.

    Parameters
    ----------
    size : float
        Inches a portrait.
    texts : sequence of str
        What will stand above and below portraits, in small letters; long ones wrap.
    """

    def __init__(self, size: float, texts: Sequence[str]):
        self.unit = 72 * size
        self.room = max(1.2 * self.unit, 8 * 10 * scale())
        self.line = line_of(size)
        widest = max((width_of(self.wrapped(text), "small", "bold") for text in texts), default=0.0) / self.unit
        self.over = max(0.0, widest - 1) / 2  # what a text reaches beyond its portrait
        self.gap = GAP + 2 * self.over
        self.pitch = 1 + self.gap

    def wrapped(self, text: str) -> str:
        """The text in as many lines as it needs."""
        return wrap(str(text), self.room, "small")

    def lines(self, texts: Sequence[str] | None) -> float:
        """The height of the highest of these."""
        most = max((self.wrapped(text).count("\n") for text in texts), default=0) if texts is not None else -1
        return 0.0 if most < 0 else self.line + most * 1.2 * 8.33 * scale() / self.unit

    def label(self, text: str) -> "RowLabel":
        """A row's name: its first line in bold, further lines below it."""
        first, _, rest = text.partition("\n")
        return RowLabel(wrap(first, 110 * scale() ** 0.6, "large", "bold"),
                        wrap(rest, 110 * scale() ** 0.6, "small") if rest else "", self.unit)


@dataclass(frozen=True)
class RowLabel:
    """What stands on the left of a row of portraits that are ``unit`` points large."""

    first: str
    rest: str
    unit: float

    @property
    def wide(self) -> float:
        """In portraits, with the gap to the first."""
        if not self.first + self.rest:
            return 0.0
        return max(width_of(self.first, "medium", "bold"), width_of(self.rest, "small")) / self.unit + 0.16

    @property
    def high(self) -> float:
        """In portraits."""
        return self._first + self._rest

    @property
    def _first(self) -> float:
        return 1.25 * (self.first.count("\n") + 1) * 10 * scale() / self.unit

    @property
    def _rest(self) -> float:
        return 1.25 * (self.rest.count("\n") + 1) * 8.33 * scale() / self.unit if self.rest else 0.0

    def draw(self, ax: Axes, y: float, over: float) -> None:
        """Beside the portrait whose upper edge is at y, and what of its texts reaches ``over`` its side."""
        x, top = -0.12 - over, y + max(0.5 - self.high / 2, 0)
        write(ax, x, top + self._first / 2, self.first, size="medium", va="center", ha="right", weight="bold")
        if self.rest:
            write(ax, x, top + self._first + self._rest / 2, self.rest, size="small", va="center", ha="right",
                  colour="#555555")


def line_of(size: float) -> float:
    """The height of a line of small text beside portraits of so many inches, in portraits."""
    return max(LINE, (1.2 * 8.33 * scale() + 3.6) / (72 * size))


def portrait(ax: Axes, image: np.ndarray, x: float, y: float) -> None:
    """One grey portrait with rounded corners, one unit wide, its upper left corner at (x, y)."""
    drawn = ax.imshow(image, cmap="gray", vmin=0, vmax=1, extent=(x, x + 1, y + 1, y), interpolation="bicubic")
    frame = draw_frame(x, y, facecolor="none", edgecolor="#cccccc", lw=0.4)
    ax.add_patch(frame)
    drawn.set_clip_path(frame)


def draw_frame(x: float, y: float, **look) -> FancyBboxPatch:
    return FancyBboxPatch((x + 0.06, y + 0.06), 0.88, 0.88, boxstyle="round,pad=0.06,rounding_size=0.06", **look)


def canvas(ax: Axes | None, wide: tuple[float, float], high: tuple[float, float], size: float) -> Axes:
    """Bare axes in units of a portrait, y downwards; a new figure fits them exactly."""
    if ax is None:
        wide, high = (wide[0] - 0.03, wide[1] + 0.03), (high[0] - 0.03, high[1] + 0.03)
        figure = Chart(figsize=((wide[1] - wide[0]) * size, (high[1] - high[0]) * size))
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_autoscale_on(False)
    ax.set(xlim=wide, ylim=high[::-1], aspect="equal")
    return ax


def write(ax: Axes, x: float, y: float, text: str, *, size: str | float, va: str, ha: str = "center",
          colour: str = INK, weight: str = "normal") -> Text:
    return ax.text(x, y, text, size=size, va=va, ha=ha, color=colour, weight=weight)
