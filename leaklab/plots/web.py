"""Pictures as HTML: portraits, and figures in the page's own colors."""

import io
import re
from base64 import b64encode
from collections.abc import Container, Iterator
from contextlib import contextmanager

import numpy as np
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from leaklab.plots.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, Chart, figure_of, legible


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

    >>> face(np.zeros((2, 2)), "< src=", "step 3")[:70]
    Markup('<figure class="leaklab-face"><img alt="&lt; src=" width="112" src="dat')
    """
    shown = Markup('<img alt="{}" width="112" src="data:image/png;base64,{}">').format(
        alt, b64encode(photograph(image)).decode())
    return Markup('<figure class="leaklab-face">{}{}</figure>').format(
        shown, Markup("<figcaption>{}</figcaption>").format(caption) if caption else "")


@contextmanager
def large() -> Iterator[None]:
    """Figures for widgets are drawn in here: their smallest text has 14 pt."""
    with rc_context({"font.size": 17}):
        yield


NAMED = {BLUE: "blue", ORANGE: "orange", GREEN: "green", RED: "red", PURPLE: "purple", SKY: "sky", GREY: "grey"}
PAGE_COLORS = {
    **{color.lower(): name for color, name in NAMED.items()},
    **{legible(color): name for color, name in NAMED.items()},
    "#000000": "ink", "#222222": "ink", "#444444": "muted", "#555555": "muted", "#ffffff": "surface",
    "#e8e8e8": "pale", "#b0b0b0": "pale"}
"""Colors of figures -> the page's own, ``--leaklab-<name>``, which follow its light or dark theme."""


def chart(figure: Figure | Axes, alt: str = "") -> Markup:
    """A figure as SVG within HTML: its colors and letters are the page's, and ``alt`` says what is to be seen.

    Left out, ``alt`` is what the figure says of itself: see `leaklab.plots.style.describe`.

    >>> from leaklab.plots.style import axes
    >>> ax = axes(size=(2, 1))
    >>> str(chart(ax, "5 < 6"))[:70]
    '<svg role="img" aria-label="5 &lt; 6" style="max-width:144pt" viewBox='
    """
    figure = figure_of(figure) if isinstance(figure, Axes) else figure
    alt = alt or (figure.words() if isinstance(figure, Chart) else str(figure.get_label()))
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


def stills(page: str) -> Markup:
    """HTML with its charts as images, on white, for pages that show no SVG of a notebook nobody trusts.

    >>> stills(Markup('<svg role="img" aria-label="5 &lt; 6" style="max-width:9pt" viewBox="0 0 9 9">..</svg>'))[:55]
    Markup('<img alt="5 &lt; 6" style="max-width:9pt;width:100%;bac')
    """
    def image(found: re.Match) -> str:
        drawing = re.sub(r"var\(--[\w-]+, (#[0-9a-f]{6})\)", r"\1", found[0])
        drawing = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '
                                  'xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)
        return (f'<img alt="{found[1]}" style="{found[2]};width:100%;background:white" '
                f'src="data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}">')

    page = re.sub(r'<svg role="img" aria-label="([^"]*)" style="([^"]*)".*?</svg>', image, page, flags=re.S)
    beside = 'class="leaklab-face" style="display:inline-block;width:7em;margin:.2em"'  # there is no style sheet either
    return Markup(page.replace('class="leaklab-face"', beside))


class Backdrop:
    """A `chart` that is drawn once, and on which marks move: they are put in as SVG at the data's coordinates.

    Examples
    --------
    >>> from leaklab.plots.style import axes
    >>> ax = axes(size=(2, 1))
    >>> ax.set_position((0, 0, 1, 1)), Backdrop(ax).at(0.5, 1.0)
    (None, (72.0, 0.0))
    """

    def __init__(self, ax: Axes):
        self.drawing = str(chart(ax, "backdrop"))  # of a Markup, what is replaced would be escaped
        self._place, self._data = ax.get_position().bounds, (*ax.get_xlim(), *ax.get_ylim())
        self._size = figure_of(ax).get_size_inches() * 72

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the data stands in the drawing."""
        (left, bottom, width, height), (x0, x1, y0, y1) = self._place, self._data
        across, up = left + width * (x - x0) / (x1 - x0), bottom + height * (y - y0) / (y1 - y0)
        return round(float(across * self._size[0]), 2), round(float((1 - up) * self._size[1]), 2)

    def marked(self, marks: Markup, alt: str) -> Markup:
        """The chart with ``marks``, elements of SVG, and words on what is to be seen now."""
        body = self.drawing.removesuffix("</svg>").replace('aria-label="backdrop"', f'aria-label="{escape(alt)}"', 1)
        return Markup("{}<g>{}</g></svg>").format(Markup(body), marks)
