"""One look for all figures: a palette for the colour-blind, light axes, words, and PNG bytes for pages and widgets."""

import io
from base64 import b64encode
from collections.abc import Collection, Sequence
from typing import cast

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from leaklab.metrics import Interval, Rate, Spread
from leaklab.plots.layout import Fitted, grown, scale, width_of, wrap

# Okabe and Ito's palette, which readers with any colour vision can tell apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, GREY = "#CC79A7", "#56B4E9", "#6b6b6b"


def axes(ax: Axes | None = None, *, size: tuple[float, float] = (5.5, 4.0)) -> Axes:
    """The given axes, or those of a new figure that pyplot does not know of."""
    if ax is None:
        ax = new_figure(size).add_subplot()
    return ax


def row_axes(ax: Axes | None, names: Sequence[str], *, wide: float, head: float, row: float,
             notes: Collection[str] = ()) -> Axes:
    """Axes of named rows from top to bottom; a new figure is as high as its text needs.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
    names : sequence of str
        Of the rows; long ones wrap.
    wide, head, row : float
        Inches for text of 10 points: of the figure, of all above and below the rows, of a row.
    notes : collection of str
        What stands on the right of the rows, wrapped already.
    """
    across = grown(wide, 1)[0] if ax is None else ax.bbox.width / ax.figure.dpi
    labels = [wrap(name, 0.36 * 72 * across) for name in names]
    lines = max((text.count("\n") + 1 for text in (*labels, *notes)), default=1)
    ax = tidy(axes(ax, size=(wide, (head + max(row, 0.18 * lines + 0.06) * max(len(names), 1)) * scale() ** 0.6)))
    ax.grid(visible=False, axis="y")
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    return ax


def legend_above(ax: Axes, *, flat: bool = False, handle: float = 3.2, title: str = "", lines: int = 0) -> None:
    """A legend above the axes and above so many ``lines`` of text: ``flat``, in one row, where there is room for it.

    ``handle`` is the length of a line in it, in letters; dashes need 3.
    """
    names = ax.get_legend_handles_labels()[1]
    wide = sum(width_of(name, "small") + (handle + 2.6) * 8.33 * scale() for name in names)
    # Before the layout is known axes are four fifths of their place, which ticks' labels will share with them.
    room = 1.25 * 72 * ax.bbox.width / ax.figure.dpi - 30 * scale() - max(
        (width_of(label.get_text()) for label in ax.get_yticklabels()), default=0.0)
    flat = flat and wide < room
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.5 + 1.2 * lines, ncols=len(names) if flat else 1,
              frameon=False, handlelength=handle, fontsize="small", alignment="left", title=title or None,
              title_fontsize="small")


class Chart(Figure):
    """A figure that a notebook shows as HTML, with the words of `describe` for those who do not see it.

    JupyterLab leaves alternative text out of a plain picture, wherever it stands in the output.
    """

    def words(self) -> str:
        """What is seen, or else what titles and labels say."""
        if said := str(self.get_label()):
            return said
        parts = [text.strip() for ax in self.axes for text in (
            *(ax.get_title(loc) for loc in ("left", "center", "right")), ax.get_xlabel(), ax.get_ylabel())]
        return "; ".join(dict.fromkeys(filter(None, [self.get_suptitle(), *parts]))) or "no words"

    def _ipython_display_(self) -> None:
        # A bundle by _repr_mimebundle_ would be joined by the picture that %matplotlib inline makes of all figures.
        from IPython.display import display

        buffer = io.BytesIO()
        self.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
        alt = self.words()
        display({"text/html": str(picture(buffer.getvalue(), alt)), "text/plain": f"a figure: {alt}"}, raw=True)


def new_figure(size: tuple[float, float]) -> Chart:
    """An empty figure of so many inches, larger where text is larger, whose labels find their room."""
    return Chart(figsize=grown(*size), layout=Fitted())


def describe(ax: Axes, words: str) -> Axes:
    """Say on the figure itself what the axes show: ``figure.get_label()`` is the words of all its axes.

    >>> describe(describe(axes(), "Two bars."), "One bar of 5.").figure.get_label()
    'One bar of 5.'
    """
    ax.set_label(words)
    figure = ax.figure.canvas.figure  # the whole, where axes stand in a part of it
    figure.set_label(" ".join(said for one in figure.axes if (said := str(one.get_label())) and said[0] != "<"))
    return ax


def several(parts: Sequence[str], most: int = 6) -> str:
    """Some of many, and how many are left out.

    >>> several(["a 1", "b 2", "c 3"]), several(["a 1", "b 2", "c 3"], most=2)
    ('a 1; b 2; c 3', 'a 1; b 2; and 1 more')
    """
    return "; ".join([*parts[:most], *([f"and {len(parts) - most} more"] if len(parts) > most else [])])


def legible(color: str) -> str:
    """The colour, darkened until text in it has a contrast of 4.5 on white (WCAG 2.1, criterion 1.4.3).

    >>> legible("#0072B2"), legible("white")
    ('#0072b2', '#767676')
    """
    rgb = to_rgb(color)
    while contrast(rgb) < 4.5:
        rgb = (0.98 * rgb[0], 0.98 * rgb[1], 0.98 * rgb[2])
    return to_hex(rgb)


def contrast(color) -> float:
    """The contrast of a colour to white, from 1 to 21.

    >>> contrast("white"), contrast("black")
    (1.0, 21.0)
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def figure_of(ax: Axes) -> Figure:
    """The figure that axes stand in."""
    return cast(Figure, ax.figure)


def tidy(ax: Axes) -> Axes:
    """Leave the two spines that carry ticks, and a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.tick_params(pad=3.5 * scale())
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


def span(rate: Interval | Rate | Spread) -> str:
    """A rate with its interval in percent.

    >>> span(Rate(9, 20))
    '45% [23%, 68%]'
    """
    return f"{rate.value:.0%} [{rate.low:.0%}, {rate.high:.0%}]"
