"""One look for all figures: a palette for the colour-blind, light axes, and pictures for pages and widgets."""

import io
import re
from base64 import b64encode
from collections.abc import Container, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

import numpy as np
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

# Okabe and Ito's palette, which readers with any colour vision can tell apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, GREY = "#CC79A7", "#56B4E9", "#6b6b6b"


def axes(ax: Axes | None = None, *, size: tuple[float, float] = (5.5, 4.0)) -> Axes:
    """The given axes, or those of a new figure that pyplot does not know of."""
    if ax is None:
        ax = Figure(figsize=size, layout="constrained").add_subplot()
    return ax


def figure_of(ax: Axes) -> Figure:
    """The figure that axes stand in."""
    return cast(Figure, ax.figure)


def tidy(ax: Axes) -> Axes:
    """Leave the two spines that carry ticks, and a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    return ax


def png(figure: Figure, *, dpi: int = 110) -> bytes:
    """The figure as PNG, for ``widgets.Image`` or a page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def picture(data: bytes, alt: str, *, style: str = "max-width:100%") -> Markup:
    """A PNG as HTML, with words for those who do not see it, which are escaped.

    >>> picture(b"", "5 < 6")
    Markup('<img alt="5 &lt; 6" style="max-width:100%" src="data:image/png;base64,">')
    """
    return Markup('<img alt="{}" style="{}" src="data:image/png;base64,{}">').format(
        alt, style, b64encode(data).decode())


def photograph(image: np.ndarray) -> bytes:
    """A picture in [0, 1] as PNG; what is no number is black.

    >>> photograph(np.zeros((4, 3)))[1:4]
    b'PNG'
    """
    pixels = np.round(np.clip(np.nan_to_num(np.asarray(image, dtype=np.float64)), 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels).save(buffer, "PNG")
    return buffer.getvalue()


def face(image: np.ndarray, alt: str, caption: str = "") -> Markup:
    """A portrait as HTML, with words below it; made in a millisecond, for pictures that move.

    >>> face(np.zeros((2, 2)), "Ada", "step 3")[:72]
    Markup('<figure class="leaklab-face"><img alt="Ada" style="" width="112" src="da')
    """
    before, _, data = str(picture(photograph(image), alt, style="")).rpartition(" src=")  # the words may say src= too
    below = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup('<figure class="leaklab-face">{}{}</figure>').format(
        Markup(f'{before} width="112" src={data}'), below)


@contextmanager
def large() -> Iterator[None]:
    """Figures for widgets are drawn in here: their smallest text has 14 pt."""
    with rc_context({"font.size": 17, "svg.fonttype": "none"}):
        yield


STILLS: ContextVar[bool] = ContextVar("stills", default=False)


@contextmanager
def stills() -> Iterator[None]:
    """In here `chart` gives PNG on white, for pages that show no SVG."""
    before = STILLS.set(True)
    try:
        yield
    finally:
        STILLS.reset(before)


PAGE_COLORS = {color.lower(): name for color, name in {
    BLUE: "blue", ORANGE: "orange", GREEN: "green", RED: "red", PURPLE: "purple", SKY: "sky", GREY: "grey",
    "#000000": "ink", "#222222": "ink", "#444444": "muted", "#555555": "muted", "#ffffff": "surface",
    "#e8e8e8": "pale", "#b0b0b0": "pale"}.items()}
"""Colors of figures -> the page's own, ``--leaklab-<name>``, which follow its light or dark theme."""


def chart(figure: Figure | Axes, alt: str) -> Markup:
    """A figure as SVG within HTML: its colors and letters are the page's, and ``alt`` says what is to be seen.

    >>> ax = axes(size=(2, 1))
    >>> str(chart(ax, "5 < 6"))[:70]
    '<svg role="img" aria-label="5 &lt; 6" style="max-width:144pt" viewBox='
    """
    figure = figure_of(figure) if isinstance(figure, Axes) else figure
    if STILLS.get():
        return picture(png(figure, dpi=72), alt)
    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawing = buffer.getvalue()
    box, body = re.search(r'viewBox="([^"]*)"[^>]*>(.*)</svg>', drawing, re.S).groups()  # type: ignore[union-attr]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub("#[0-9a-f]{6}", lambda found: f"var(--leaklab-{PAGE_COLORS[found[0]]}, {found[0]})"
                  if found[0] in PAGE_COLORS else found[0], body)
    return Markup('<svg role="img" aria-label="{}" style="max-width:{}pt" viewBox="{}" '
                  'fill="var(--leaklab-ink, #222222)">{}</svg>').format(
                      alt, f"{float(box.split()[2]):g}", box, Markup(body))


def without(drawing: Markup, hidden: Container[str]) -> Markup:
    """A `chart` in which the artists of some names (``artist.set_gid(name)``) are not to be seen; made at once."""
    return Markup(re.sub(r'<g id="([\w.-]+)">', lambda found: '<g display="none">' if found[1] in hidden else found[0],
                         drawing))


class Backdrop:
    """A `chart` that is drawn once, and on which marks move: they are put in as SVG at the data's coordinates.

    Examples
    --------
    >>> ax = axes(size=(2, 1))
    >>> ax.set_position((0, 0, 1, 1)), Backdrop(ax).at(0.5, 1.0)
    (None, (72.0, 0.0))
    """

    def __init__(self, ax: Axes):
        self.drawing = str(chart(ax, ""))  # of a Markup, what is replaced would be escaped
        self._place, self._data = ax.get_position().bounds, (*ax.get_xlim(), *ax.get_ylim())
        self._size = figure_of(ax).get_size_inches() * 72

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the data stands in the drawing."""
        (left, bottom, width, height), (x0, x1, y0, y1) = self._place, self._data
        across, up = left + width * (x - x0) / (x1 - x0), bottom + height * (y - y0) / (y1 - y0)
        return round(float(across * self._size[0]), 2), round(float((1 - up) * self._size[1]), 2)

    def marked(self, marks: Markup, alt: str) -> Markup:
        """The chart with ``marks``, elements of SVG, and words on what is to be seen now."""
        body = self.drawing.removesuffix("</svg>").replace('aria-label=""', f'aria-label="{escape(alt)}"', 1)
        return Markup("{}<g>{}</g></svg>").format(Markup(body), marks)
