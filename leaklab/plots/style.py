"""One look for all figures: a palette for the colour-blind, light axes, and PNG bytes for pages and widgets."""

import io
from base64 import b64encode
from typing import cast

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
