"""Figure of a line-up: the recovered face, and the people it may show."""

import numpy as np
from matplotlib.figure import Figure

from leaklab.plots.faces import INK, portrait
from leaklab.plots.style import GREEN, GREY


def lineup(face, candidates, *, chosen: int | None = None, solution: int | None = None) -> Figure:
    """A recovered face on the left, numbered photographs on the right.

    Parameters
    ----------
    face : float array (height, width)
    candidates : float array (c, height, width)
    chosen, solution : int, optional
        Places to mark, in words below the photograph: the answer given, and the person.

    Examples
    --------
    >>> figure = lineup(np.zeros((8, 8)), np.zeros((5, 8, 8)), chosen=0, solution=2)
    >>> len(figure.axes[0].images)
    6
    """
    candidates = np.asarray(candidates)
    figure = Figure(figsize=(1.35 * (len(candidates) + 1.5), 2.1))
    ax = figure.add_axes((0, 0, 1, 1))
    wide = 1.5 + 1.1 * len(candidates)
    ax.set_autoscale_on(False)
    ax.set(xlim=(-0.15, wide), ylim=(1.35, -0.35), aspect="equal")
    ax.axis("off")
    portrait(ax, np.asarray(face), 0, 0)
    ax.text(0.5, -0.08, "recovered", ha="center", va="bottom", weight="bold", color=INK)
    for place, image in enumerate(candidates):
        x = 1.4 + 1.1 * place
        portrait(ax, image, x, 0)
        ax.text(x + 0.5, -0.08, str(place + 1), ha="center", va="bottom", color=INK)
        marks = [word for word, where in (("the person", solution), ("your choice", chosen)) if where == place]
        ax.text(x + 0.5, 1.06, "\n".join(marks), ha="center", va="top", size=9,
                color=GREEN if solution == place else GREY)
    return figure
