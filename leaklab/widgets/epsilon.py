"""The epsilon dial: turn a guarantee up and down, and see what it protects and what it costs."""

from functools import cached_property

import ipywidgets as w
import numpy as np
from markupsafe import Markup

from leaklab.course.saved import Dial
from leaklab.plots.private import dial
from leaklab.plots.private import shown as label
from leaklab.plots.web import chart, face, without
from leaklab.privacy import belief
from leaklab.widgets.base import Display
from leaklab.widgets.controls import control


class EpsilonDial(Display[Dial]):
    """A slider over precomputed runs, from "not private" on; the curves go as far as it was turned."""

    name = "epsilon-dial"

    def controls(self):
        options = [(label(epsilon).replace("\n", " "), epsilon) for epsilon in self.state.runs.epsilons]
        self.slider = control(w.SelectionSlider, "Epsilon", "Smaller is a stronger guarantee; left is without one",
                              width="40em", label="5em", options=options, value=self.state.epsilon)
        self.bind(self.slider, self.state.turn)
        return [[self.slider]]

    def draw(self):
        self.slider.value = self.state.epsilon

    def said(self):
        return promise(self.state.epsilon)

    def words(self):
        patients, faces = self.state.runs.at(self.state.epsilon)
        return Markup(
            "<p><b>Patients</b>: right about the unseen {p.accuracy}; membership attack, AUC {p.auc}{p_guess}.<br>"
            "<b>Faces</b>: right {f.accuracy}; recovered {f.top1.successes} of {f.top1.trials}; membership of a "
            "photograph, AUC {f.auc}{f_guess}.</p>").format(
                p=patients, f=faces, p_guess=guessing(patients.auc), f_guess=guessing(faces.auc))

    def picture(self):
        runs, epsilon = self.state.runs, self.state.epsilon
        hidden = {f"mark-{e:g}" for e in runs.epsilons if e != epsilon} | {
            f"at-{e:g}" for e in runs.epsilons if e < self.state.reached}
        at = label(epsilon).replace("\n", " ")
        return pairs(runs.truth, runs.at(epsilon)[1].images, at) + without(self.curves, hidden)

    @cached_property
    def curves(self) -> Markup:
        """All points and marks; drawn once, shown in part."""
        runs = self.state.runs
        figure = dial(runs.epsilons, *runs.curves())
        return chart(figure, "Accuracy and attacks along epsilon, as far as it was turned")


def pairs(truth: np.ndarray, drawn: np.ndarray, at: str) -> Markup:
    """Each person, and beside them what the attack draws at an epsilon."""
    return Markup("<div class='leaklab-faces leaklab-pairs'>{}</div>").format(Markup("").join(
        face(true, f"Person {i + 1}: a mean photograph") + face(image, f"Person {i + 1}: as recovered, epsilon {at}")
        for i, (true, image) in enumerate(zip(truth, drawn, strict=True))))


def promise(epsilon: float) -> str:
    """What an epsilon promises, in words.

    >>> promise(float("inf"))
    'No noise, no promise: whatever the model remembers, it may tell.'
    """
    if np.isinf(epsilon):
        return "No noise, no promise: whatever the model remembers, it may tell."
    return (f"The odds that a record was in the data change by at most a factor of e^{epsilon:g} = "
            f"{_round(np.exp(epsilon))}: a belief of 50% becomes at most {belief(0.5, epsilon):.2%} "
            "(delta, 1 in 100,000, aside).")


def guessing(auc) -> str:
    return " (guessing is inside)" if auc.low <= 0.5 <= auc.high else ""


def _round(factor: float) -> str:
    return f"{factor:,.2f}" if factor < 100 else f"{factor:,.0f}" if factor < 1e6 else f"{factor:.1e}"
