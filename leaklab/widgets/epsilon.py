"""The epsilon dial: turn a guarantee up and down, choose whom it is for, and see what it protects and what it costs."""

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

WHOM = (("each photograph", "photograph"), ("each person", "person"))


class EpsilonDial(Display[Dial]):
    """A slider over precomputed runs, from "not private" on; the curves go as far as it was turned.

    The same epsilon is promised to a photograph, or to a person with all of theirs; and the noise that a photograph is
    promised something by promises something else to whoever has many.
    """

    name = "epsilon-dial"

    def __init__(self, state: Dial):
        super().__init__(state)
        self.curves: dict[str, Markup] = {}

    def controls(self):
        options = [(label(epsilon).replace("\n", " "), epsilon) for epsilon in self.state.runs.epsilons]
        self.slider = control(w.SelectionSlider, "Epsilon", "Smaller is a stronger guarantee; left is without one",
                              width="32em", label="5em", options=options, value=self.state.epsilon)
        self.unit = control(w.ToggleButtons, "Promised to", "Whom the guarantee of the faces' model is for",
                            width="auto", label="6em", options=WHOM, value=self.state.unit)
        self.unit.style.button_width = "auto"
        self.photographs = control(w.SelectionSlider, "Photographs of one person",
                                   "The same noise promises less to a person who has more of them", width="28em",
                                   label="15em", value=self.state.photographs,
                                   options=[(str(k), k) for k in self.state.runs.photographs])
        self.bind(self.slider, self.state.turn)
        self.bind(self.unit, self.state.protect)
        self.bind(self.photographs, self.state.count)
        return [[self.slider], [self.unit, self.photographs]]

    def draw(self):
        self.slider.value, self.unit.value = self.state.epsilon, self.state.unit
        self.photographs.value = self.state.photographs

    def said(self):
        stand = self.state
        if stand.unit == "person":
            return promise(stand.epsilon, "a person was in the data, with all their photographs,")
        one = promise(stand.epsilon)
        if stand.photographs == 1 or np.isinf(stand.epsilon):
            return one
        return (f"{one} For a person with {stand.photographs} photographs the same noise is worth epsilon "
                f"{_round(stand.promised)}: it can rise to {sure(stand.promised)}.")

    def words(self):
        patients, faces = self.state.points
        return Markup(
            "<p><b>Patients</b>: right about the unseen {p.accuracy}; membership attack, AUC {p.auc}{p_guess}.<br>"
            "<b>Faces</b>{whom}: right {f.accuracy}; recovered {f.top1.successes} of {f.top1.trials}; membership of a "
            "photograph, AUC {f.auc}{f_guess}.</p>").format(
                p=patients, f=faces, p_guess=guessing(patients.auc), f_guess=guessing(faces.auc), whom=self._whom())

    def picture(self):
        stand = self.state
        runs, epsilon = stand.runs, stand.epsilon
        hidden = {f"mark-{e:g}" for e in runs.epsilons if e != epsilon} | {
            f"at-{e:g}" for e in runs.epsilons if e < stand.reached}
        at = label(epsilon).replace("\n", " ")
        return pairs(runs.truth, stand.points[1].images, at + self._whom()) + without(self._curves(), hidden)

    def _whom(self) -> str:
        return "" if np.isinf(self.state.epsilon) else f", promised to each {self.state.unit}"

    def _curves(self) -> Markup:
        """All points and marks of a unit; drawn once, shown in part."""
        runs, unit = self.state.runs, self.state.unit
        if unit not in self.curves:
            figure = dial(runs.epsilons, *runs.curves(unit), titles=("Patients", f"Faces, promised to each {unit}"))
            self.curves[unit] = chart(figure, "Accuracy and attacks along epsilon, as far as it was turned; of the "
                                      f"faces where epsilon is promised to each {unit}")
        return self.curves[unit]


def pairs(truth: np.ndarray, drawn: np.ndarray, at: str) -> Markup:
    """Each person, and beside them what the attack draws at an epsilon."""
    return Markup("<div class='leaklab-faces leaklab-pairs'>{}</div>").format(Markup("").join(
        face(true, f"Person {i + 1}: a mean photograph") + face(image, f"Person {i + 1}: as recovered, epsilon {at}")
        for i, (true, image) in enumerate(zip(truth, drawn, strict=True))))


def promise(epsilon: float, what: str = "a record (a patient, a photograph) was in the data") -> str:
    """What an epsilon promises, in words.

    >>> promise(float("inf"))
    'No noise, no promise: whatever the model remembers, it may tell.'
    """
    if np.isinf(epsilon):
        return "No noise, no promise: whatever the model remembers, it may tell."
    return (f"The odds that {what} change by at most a factor of e^{epsilon:g} = {_round(np.exp(epsilon))}: a belief "
            f"of 50% can rise to {sure(epsilon)} (delta, 1 in 100,000, aside).")


def sure(epsilon: float) -> str:
    """What a belief of one in two may become.

    >>> sure(0.5), sure(8), sure(100)
    ('62.25%', '99.97%', 'more than 99.99%')
    """
    found = belief(0.5, epsilon)
    return f"{found:.2%}" if found <= 0.9999 else "more than 99.99%"


def guessing(auc) -> str:
    return " (guessing is inside)" if auc.low <= 0.5 <= auc.high else ""


def _round(factor: float) -> str:
    return f"{factor:,.2f}" if factor < 100 else f"{factor:,.0f}" if factor < 1e6 else f"{factor:.1e}"
