"""The handout's pictures: drawn for a page and for a phone, on light and on dark ground, with letters one can read."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from leaklab.plots.style import axes, figure_of, png
from leaklab.report.figures import svg

POINTS = 14
"""No letter is smaller, at the size at which the picture is shown on a page."""
WIDE, NARROW = 10.0, 4.6
"""Inches, on a page and on a phone."""
SHARP = 200  # dots an inch of photographs within a drawing
DARK = {"#000000": "#e9e7e2", "#222222": "#e9e7e2", "#444444": "#cfccc6", "#555555": "#adb1b8", "#6b6b6b": "#adb1b8",
        "#8a5f00": "#f0c362", "#0072b2": "#6cbcf0", "#d55e00": "#ff9a5c", "#009e73": "#4fd6ab", "#cc79a7": "#e6a6c9",
        "#a6cde8": "#24506e", "#e8e8e8": "#3a3e45", "#ffffff": "#16181b", "#f0e442": "#8a7f00"}
"""What each color becomes on a dark page: ink turns light, and what is dark in the palette is lightened."""


@dataclass(frozen=True)
class Picture:
    """A figure with what is seen on it in words; ``urls`` by (wide, dark)."""

    name: str
    alt: str
    urls: dict[tuple[bool, bool], str]
    slide: bytes
    caption: str = ""


def drawn(name: str, alt: str, draw: Callable[[Axes, bool], object], *, height: float = 4.4, low: float = 4.4,
          caption: str = "") -> Picture:
    """Draw a picture in all its forms.

    Parameters
    ----------
    name : str
        Of its PNG file, for slides.
    draw : callable
        ``draw(ax, wide)`` onto axes that are `WIDE` or `NARROW`.
    height, low : float
        Inches, on a page and on a phone.
    """
    urls, slide = {}, b""
    for wide, size in ((True, (WIDE, height)), (False, (NARROW, low))):
        with rc_context({"font.size": POINTS}):
            ax = axes(size=size)
            draw(ax, wide)
            figure = figure_of(ax)
            readable(figure)
            slide = slide or png(figure, dpi=130)
            light = svg(ax, dpi=SHARP).decode()
        urls[wide, False], urls[wide, True] = url(light), url(darkened(light))
    return Picture(name, alt, urls, slide, caption)


def readable(figure: Figure) -> None:
    """No letters below `POINTS`."""
    for text in figure.findobj(Text):
        text.set_fontsize(max(POINTS, text.get_fontsize()))


def settle(ax: Axes, wide: bool) -> None:
    """Rates on logarithmic axes, as `leaklab.plots.membership.rate_axes` draws them, for letters of this size."""
    for text in ax.texts:
        if text.get_text().startswith("too rare"):
            text.set(text="too rare to see", y=0.5)
        elif not wide:
            text.remove()
    if not wide:
        ax.set(xlabel="false-positive rate", ylabel="true-positive rate")
        legend = ax.get_legend()
        for text in legend.get_texts() if legend else ():
            text.set_text(text.get_text().partition(" [")[0])


def darkened(drawing: str) -> str:
    """The same drawing for a dark page.

    >>> darkened('<path style="fill: #0072b2; stroke: #123456"/>')
    '<path style="fill: #6cbcf0; stroke: #123456"/>'
    """
    drawing = drawing.replace("<svg ", '<svg fill="#000000" ', 1)  # letters without a color are black
    return re.sub("#[0-9a-f]{6}", lambda found: DARK.get(found[0], found[0]), drawing)


def url(drawing: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
