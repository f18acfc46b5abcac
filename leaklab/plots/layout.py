"""Text that finds its room at any size: figures whose labels wrap, thin out and keep apart.

Sizes of text are relative to matplotlib's ``font.size``: whoever sets that gets a figure that is as tidy as before.
"""

from collections.abc import Iterable

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Annotation, Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox

WIDEST = 10.5  # inches: what a page beside JupyterLab's file list shows without shrinking it
APART = "apart"
"""The ``gid`` of annotations that `Fitted` moves upwards until none lies on another."""


def scale() -> float:
    """How large text is, beside matplotlib's own 10 points."""
    return rcParams["font.size"] / 10


def grown(wide: float, high: float) -> tuple[float, float]:
    """A size in inches for text of 10 points, enlarged for larger text, though by less: labels wrap."""
    more = max(1.0, scale()) ** 0.4
    return max(wide, min(wide * more, WIDEST)), high * more


def width_of(text: str, size: str | float = "medium", weight: str = "normal") -> float:
    """The width of the widest line, in points.

    >>> width_of("wide") > width_of("i\\ni") > 0
    True
    """
    font = FontProperties(size=size, weight=weight)
    return max(text_to_path.get_text_width_height_descent(line or " ", font, False)[0] for line in text.split("\n"))


def wrap(text: str, room: float, size: str | float = "medium", weight: str = "normal") -> str:
    """Break lines wider than ``room`` points between words, and within a word that has no room alone.

    >>> wrap("a b", 1e6), wrap("a b", 1), wrap("first\\nsecond", 1e6)
    ('a b', 'a\\nb', 'first\\nsecond')
    """
    lines: list[str] = []
    for line in text.split("\n"):
        now = ""
        for word in line.split(" "):
            longer = f"{now} {word}" if now else word
            if now and width_of(longer, size, weight) > room:
                lines.append(now)
                longer = word
            pieces = int(np.ceil(width_of(longer, size, weight) / max(room, 1e-9))) if " " not in longer else 1
            cut = max(8, -(-len(longer) // pieces))
            lines.extend(longer[i:i + cut] for i in range(0, len(longer) - cut, cut))
            now = longer[(len(longer) - 1) // cut * cut:]
        lines.append(now)
    return "\n".join(lines)


class Fitted(ConstrainedLayoutEngine):
    """Constrained layout, after which no label is cut or lies on another: labels wrap, ticks' labels thin out."""

    def execute(self, fig) -> None:
        for ax in fig.axes:
            _fit_legend(ax, fig.bbox)
        super().execute(fig)
        if sum(_fit_labels(ax, fig.bbox) + _fit_legend(ax, fig.bbox) for ax in fig.axes):
            super().execute(fig)
        for ax in fig.axes:
            _thin(ax)
            _part([text for text in ax.texts if text.get_gid() == APART], ax.bbox.y1)


def _rewrap(text: Text, room: float) -> bool:
    """Wrap a text to so many pixels along its own direction; whether that changed it."""
    pixels = text.figure.dpi / 72
    said = wrap(text.get_text(), room / pixels, text.get_fontsize(), str(text.get_fontweight()))
    if said == text.get_text():
        return False
    text.set_text(said)
    return True


def _fit_legend(ax: Axes, figure: Bbox) -> bool:
    """Wrap the entries of a legend that has no room between the left end of the axes and the figure's right end."""
    if (legend := ax.get_legend()) is None:
        return False
    ticks = ax.yaxis.get_tightbbox()
    left = 0 if ticks is None else max(0.0, ax.bbox.x0 - ticks.x0)
    over = legend.get_window_extent().width + left + 8 - figure.width
    texts = [*legend.get_texts(), legend.get_title()]
    if over <= 0:
        return False
    widest = max(text.get_window_extent().width for text in texts)
    return sum(_rewrap(text, max(widest - over, figure.width / 5)) for text in texts) > 0


def _fit_labels(ax: Axes, figure: Bbox) -> bool:
    """Wrap the axes' labels where they would leave the figure, or the axes by much."""
    box = ax.bbox
    across, along = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    rooms = ((ax.xaxis.label, min(1.15 * box.width, 2 * min(across - figure.x0, figure.x1 - across))),
             (ax.yaxis.label, min(1.1 * box.height, 2 * min(along - figure.y0, figure.y1 - along))))
    return sum(_rewrap(label, room) for label, room in rooms) > 0


def _thin(ax: Axes) -> None:
    """Hide labels of the horizontal axis that touch others; what is bold stays first, then both ends."""
    low, high = sorted(ax.get_xlim())
    ticks = [tick for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high and tick.label1.get_text()]
    order = sorted(range(len(ticks)), key=lambda i: (
        ticks[i].label1.get_fontweight() != "bold", i not in (0, len(ticks) - 1), i))
    kept: list[Bbox] = []
    for i in order:
        label = ticks[i].label1
        label.set_visible(True)
        box = label.get_window_extent()
        gap = 0.25 * float(label.get_fontsize())
        free = all(box.x0 > other.x1 + gap or box.x1 < other.x0 - gap for other in kept)
        label.set_visible(free)
        if free:
            kept.append(box)


def _part(texts: Iterable[Text], top: float) -> None:
    """Move annotations up, and down again from the ``top``, so that none lies on another."""
    boxes = [(text.get_window_extent(), text) for text in texts]
    boxes.sort(key=lambda item: item[0].y0)
    feet: list[float] = []
    gap = 0.15 * max((float(text.get_fontsize()) * text.figure.dpi / 72 for _, text in boxes), default=0)
    for i, (box, _) in enumerate(boxes):
        below = [feet[j] + boxes[j][0].height + gap for j in range(i) if _beside(boxes[j][0], box)]
        feet.append(max([box.y0, *below]))
    for i in reversed(range(len(boxes))):
        box, text = boxes[i]
        above = [feet[j] for j in range(i + 1, len(boxes)) if _beside(boxes[j][0], box)]
        feet[i] = min(feet[i], min([max(top, box.y1), *(foot - gap for foot in above)]) - box.height)
        if isinstance(text, Annotation):
            x, y = text.xyann
            text.xyann = (x, y + (feet[i] - box.y0) * 72 / text.figure.dpi)


def _beside(one: Bbox, other: Bbox) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1
