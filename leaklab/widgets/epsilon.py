"""The epsilon dial: turn a guarantee up and down, and see what it protects and what it costs."""

import ipywidgets as w
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from leaklab.course.saved import Dial
from leaklab.plots.private import dial
from leaklab.plots.private import shown as label
from leaklab.plots.style import png
from leaklab.privacy import belief
from leaklab.widgets.base import Display


class EpsilonDial(Display[Dial]):
    """A slider over precomputed runs, from "not private" to the strongest guarantee."""

    dpi = 80

    def __init__(self, state: Dial):
        super().__init__(state)
        self._drawn: dict[float, bytes] = {}

    def words(self) -> Markup:
        """Where the dial stands, in sentences."""
        patients, faces = self.state.runs.at(self.state.epsilon)
        return Markup(
            "<p>{promise}</p>"
            "<p><b>Patients</b> (noise multiplier {patients.noise_multiplier:.2f}): accuracy {patients.accuracy}; "
            "membership attack, AUC {patients.auc}{patients_guess}.<br>"
            "<b>Faces</b> (noise multiplier {faces.noise_multiplier:.2f}): accuracy {faces.accuracy}; faces "
            "recovered {faces.top1.successes} of {faces.top1.trials}; a photograph's membership, AUC {faces.auc}"
            "{faces_guess}.</p>").format(promise=promise(self.state.epsilon), patients=patients, faces=faces,
                                         patients_guess=guessing(patients.auc), faces_guess=guessing(faces.auc))

    def figure(self) -> Figure:
        """The runs, with where the dial stands marked."""
        runs, epsilon = self.state.runs, self.state.epsilon
        return dial(runs.epsilons, *runs.curves(), epsilon, runs.at(epsilon)[1].images, runs.truth)

    def layout(self) -> w.Widget:
        self.slider = w.SelectionSlider(
            options=[(label(epsilon).replace("\n", " "), epsilon) for epsilon in self.state.runs.epsilons],
            value=self.state.epsilon, description="epsilon", continuous_update=False, layout={"width": "600px"})
        self.said, self.shown = w.HTML(), self.image(name="leaklab-epsilon-dial")
        self.bind(self.slider, self.state.turn)
        return w.VBox([self.slider, self.said, self.shown])

    def draw(self) -> None:
        epsilon = self.state.epsilon
        if epsilon not in self._drawn:  # it takes most of a second
            self._drawn[epsilon] = png(self.figure(), dpi=self.dpi)
        self.said.value, self.shown.value = self.words(), self._drawn[epsilon]


def promise(epsilon: float) -> str:
    """What an epsilon promises, in words.

    >>> promise(float("inf"))
    'No noise, no promise: whatever the model remembers, it may tell.'
    """
    if np.isinf(epsilon):
        return "No noise, no promise: whatever the model remembers, it may tell."
    return (f"The odds that a record was in the data change by at most a factor of e^{epsilon:g} = "
            f"{_round(np.exp(epsilon))}: a belief of 50% becomes at most {belief(0.5, epsilon):.2%} "
            "(delta, 1 in 100,000, aside). A record is a patient on the left, one photograph on the right.")


def guessing(auc) -> str:
    return " (guessing is inside)" if auc.low <= 0.5 <= auc.high else ""


def _round(factor: float) -> str:
    return f"{factor:,.2f}" if factor < 100 else f"{factor:,.0f}" if factor < 1e6 else f"{factor:.1e}"
