"""The epsilon dial: turn a guarantee up and down, and see what it protects and what it costs."""

from html import escape

import ipywidgets as widgets
import numpy as np

from leaklab._validate import one_of
from leaklab.course.saved import Runs
from leaklab.plots.private import dial
from leaklab.plots.style import png
from leaklab.privacy import belief


class EpsilonDial:
    """A slider over precomputed runs, from "not private" to the strongest guarantee.

    ``turn(epsilon)`` moves it; ``words`` and ``picture`` say and show where it stands; ``view`` is the widget.

    Parameters
    ----------
    runs : Runs
        From `leaklab.course.saved.saved_runs`.
    """

    def __init__(self, runs: Runs):
        self.runs = runs
        self.epsilon = runs.epsilons[0]
        self._pictures: dict[float, bytes] = {}

    def turn(self, epsilon: float) -> None:
        """Stand at one of the epsilons of the runs."""
        self.epsilon = one_of("epsilon", epsilon, self.runs.epsilons)

    @property
    def words(self) -> str:
        """Where the dial stands, in sentences (HTML)."""
        here = self.runs.epsilons.index(self.epsilon)
        patients, faces = self.runs.patients[here], self.runs.faces[here]
        return (f"<p>{promise(self.epsilon)}</p>"
                f"<p><b>Patients</b> (noise multiplier {patients.noise_multiplier:.2f}): accuracy {patients.accuracy}; "
                f"membership attack, AUC {patients.auc}{guessing(patients.auc)}.<br>"
                f"<b>Faces</b> (noise multiplier {faces.noise_multiplier:.2f}): accuracy {faces.accuracy}; faces "
                f"recovered {faces.top1.successes} of {faces.top1.trials}; a photograph's membership, AUC {faces.auc}"
                f"{guessing(faces.auc)}.</p>")

    @property
    def picture(self) -> bytes:
        """The figure, as PNG; drawn once an epsilon."""
        if self.epsilon not in self._pictures:
            self._pictures[self.epsilon] = png(dial(self.runs, self.epsilon), dpi=80)
        return self._pictures[self.epsilon]

    @property
    def view(self) -> widgets.Widget:
        """A new view of this dial."""
        slider = widgets.SelectionSlider(
            options=[(name(e), e) for e in self.runs.epsilons], value=self.epsilon, description="epsilon",
            continuous_update=False, layout=widgets.Layout(width="600px"))
        said = widgets.HTML(self.words)
        shown = widgets.Image(value=self.picture, format="png", layout=widgets.Layout(max_width="100%"))
        shown.add_class("leaklab-epsilon-dial")

        def moved(change):
            self.turn(change["new"])
            said.value, shown.value = self.words, self.picture

        slider.observe(moved, "value")
        return widgets.VBox([slider, said, shown])


def name(epsilon: float) -> str:
    """What the slider calls an epsilon."""
    return "not private" if np.isinf(epsilon) else f"{epsilon:g}"


def promise(epsilon: float) -> str:
    """What an epsilon promises, in words.

    >>> promise(float("inf"))
    'No noise, no promise: whatever the model remembers, it may tell.'
    """
    if np.isinf(epsilon):
        return "No noise, no promise: whatever the model remembers, it may tell."
    return escape(f"The odds that a record was in the data change by at most a factor of e^{epsilon:g} = "
                  f"{_round(np.exp(epsilon))}: a belief of 50% becomes at most {belief(0.5, epsilon):.2%} "
                  "(delta, 1 in 100,000, aside). A record is a patient on the left, one photograph on the right.")


def guessing(auc) -> str:
    return " (guessing is inside)" if auc.low <= 0.5 <= auc.high else ""


def _round(factor: float) -> str:
    return f"{factor:,.2f}" if factor < 100 else f"{factor:,.0f}" if factor < 1e6 else f"{factor:.1e}"
