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
            "<table><thead><tr><td></td><th scope='col'>right about the unseen</th><th scope='col'>membership attack, "
            "AUC</th><th scope='col'>faces recovered</th></tr></thead>"
            "<tr><th scope='row'>Patients</th><td>{p.accuracy}</td><td>{p.auc}{p_guess}</td><td>–</td></tr>"
            "<tr><th scope='row'>Faces</th><td>{f.accuracy}</td><td>{f.auc}{f_guess}</td>"
            "<td>{f.top1.successes} of {f.top1.trials}</td></tr></table>").format(
                p=patients, f=faces, p_guess=guessing(patients.auc), f_guess=guessing(faces.auc))

    def picture(self):
        runs, epsilon = self.state.runs, self.state.epsilon
        hidden = {f"mark-{e:g}" for e in runs.epsilons if e != epsilon} | {
            f"at-{e:g}" for e in runs.epsilons if e < self.state.reached}
        at = label(epsilon).replace("\n", " ")
        rows = Markup("").join(
            face(image, f"Person {i + 1}: {what}") for what, images in (
                ("a mean photograph", runs.truth),
                (f"what the attack draws at epsilon {at}", runs.at(epsilon)[1].images))
            for i, image in enumerate(images))
        return Markup("<div class='leaklab-faces leaklab-six'>{}</div>{}").format(rows, without(self.curves, hidden))

    @cached_property
    def curves(self) -> Markup:
        """All points and marks; drawn once, shown in part."""
        runs = self.state.runs
        figure = dial(runs.epsilons, *runs.curves())
        return chart(figure, "Accuracy and attacks along epsilon, as far as it was turned")


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
