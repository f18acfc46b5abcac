"""Charts that answer at once: drawn once, after which parts are hidden and marks moved."""

import re
from collections.abc import Collection
from functools import cached_property

from markupsafe import Markup, escape
from matplotlib import rcParams
from matplotlib.axes import Axes

from leaklab.plots.style import figure_of
from leaklab.plots.web import chart, without


class MovingChart:
    """Axes drawn once; `show` hides parts by name (``artist.set_gid(name)``) and moves marks, in a millisecond.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Finished but for the marks; its horizontal axis stays as it is.

    Examples
    --------
    >>> from leaklab.plots.style import axes
    >>> moving = MovingChart(axes(size=(3, 2)))
    >>> moving.mark("here", "here")
    >>> moving.show("at 0.2", here=0.2) == moving.show("at 0.3", here=0.3)
    False
    """

    def __init__(self, ax: Axes):
        self.ax = ax
        ax.set_xlim(ax.get_xlim())
        self._home = float((ax.transAxes + ax.transData.inverted()).transform((0.5, 0))[0])

    def mark(self, name: str, words: str, *, color: str = "black", line: int = 0) -> None:
        """A vertical line that can be moved, with words above the axes, ``line`` lines of text up."""
        size = rcParams["font.size"]
        self.ax.axvline(self._home, color=color, linewidth=1.8, gid=name)
        for text, side, right in (("▼", "center", 0), (words, "left", 0.6), (words, "right", -0.6)):
            self.ax.annotate(text, (self._home, 1), xycoords=("data", "axes fraction"), ha=side, color=color,
                             xytext=(right * size, 3 + size * line), textcoords="offset points", fontsize="small",
                             gid=name if side == "center" else f"{name}-{side}")

    def show(self, alt: str, *, hidden: Collection[str] = (), **places: float) -> Markup:
        """The chart now, with ``alt`` words for it; ``places`` are where the marks stand, or else at the edge."""
        shares = {name: min(max(self._share(x), 0.0), 1.0) for name, x in places.items()}
        hidden = {*hidden, *(f"{name}-{'right' if share < 0.5 else 'left'}" for name, share in shares.items())}
        whole, width = self._drawing
        drawing = str(without(whole, hidden))  # of Markup, a replacement would be escaped
        for name, share in shares.items():
            moved = rf'<g id="\1" transform="translate({(share - 0.5) * width:.1f})">'
            drawing = re.sub(f'<g id="({re.escape(name)}(?:-left|-right)?)">', moved, drawing)
        return Markup(re.sub('aria-label="[^"]*"', lambda _: f'aria-label="{escape(alt)}"', drawing, count=1))

    @cached_property
    def _drawing(self) -> tuple[Markup, float]:
        """All that there is, and the width of the axes in points, which another drawing may change."""
        drawing = chart(self.ax, "")
        return drawing, 72 * figure_of(self.ax).get_figwidth() * self.ax.get_position().width

    def _share(self, x: float) -> float:
        return float((self.ax.transData + self.ax.transAxes.inverted()).transform((x, self.ax.get_ylim()[0]))[0])
