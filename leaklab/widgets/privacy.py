"""The privacy dial: one epsilon across the whole story, prepared beforehand or trained live."""

import ipywidgets as w
import numpy as np
from markupsafe import Markup

from leaklab.course.story import PrivacyStory
from leaklab.experiments import SeedsPoint
from leaklab.plots.private import shown
from leaklab.plots.story import seeds_along
from leaklab.plots.web import chart, without
from leaklab.privacy import belief
from leaklab.widgets.controls import control
from leaklab.widgets.epsilon import pairs
from leaklab.widgets.runner import Runner


class PrivacyDial(Runner[PrivacyStory]):
    """Turn epsilon: what the model is worth, what two attacks get of it, and what it does to one person."""

    name = "privacy-dial"

    def __init__(self, state: PrivacyStory):
        super().__init__(state)
        self.drawn: dict[tuple, Markup] = {}

    def controls(self):
        story = self.state
        self.slider = control(w.SelectionSlider, "Epsilon", "Smaller is a stronger guarantee; left is without one",
                              width="19em", label="4em", value=story.epsilon,
                              options=[(label(epsilon), epsilon) for epsilon in story.epsilons])
        self.victim = control(w.Dropdown, "Victim", "Whose case is shown on the right", options=story.victims,
                              width="18em", label="3.5em")
        self.start.description, self.start.tooltip = "Train live", "Train the patients' models of this epsilon now"
        self.bind(self.slider, self.turn)
        self.bind(self.victim, story.choose)
        return [[self.slider, self.victim, self.start, self.stop, self.progress]]

    def draw(self):
        self.slider.value, self.victim.value = self.state.epsilon, self.state.victim

    def stands(self):
        bound = belief(0.5, self.state.epsilon) if np.isfinite(self.state.epsilon) else 1.0
        promise = f"whoever thought 1 in 2 is never more than {bound:.1%} sure" if bound < 1 else "no promise"
        at = label(self.state.epsilon).capitalize() if bound == 1 else f"Epsilon {label(self.state.epsilon)}"
        return (f"{at}: {promise}. Measured on the victim ({self.state.victim}): "
                f"{self.state.case.belief:.0%} sure.")

    def words(self):
        story, point = self.state, self.state.points[self.state.epsilon]
        recognizer = story.runs.at(story.epsilon)[1]
        source = "prepared beforehand"
        if story.epsilon in story.live:
            source = f"{len(point.auc)} models trained here, just now"
        return Markup(
            "<p><b>Patients</b>, {source}: right {accuracy}, AUC {auc}. <b>Faces</b>, prepared: right "
            "{faces.accuracy.value:.2f}, {faces.top1.successes} of {faces.top1.trials} recovered.</p>").format(
                source=source, faces=recognizer, accuracy=spread(point.accuracy), auc=spread(point.auc))

    def key(self):
        story = self.state
        return story.epsilon, story.reached, story.victim, id(story.points[story.epsilon]), len(story.live)

    def picture(self):
        story, at = self.state, label(self.state.epsilon)
        hidden = {f"mark-{e:g}" for e in story.epsilons if e != story.epsilon} | {
            f"at-{e:g}" for e in story.epsilons if e < story.reached}
        return without(self.panels(), hidden) + pairs(story.runs.truth, story.runs.at(story.epsilon)[1].images, at)

    def panels(self) -> Markup:
        """The charts of one victim, all epsilons in them; drawn once."""
        story = self.state
        asked = story.victim, tuple(map(id, story.points.values()))
        if asked not in self.drawn:
            if asked[1] not in {points for _, points in self.drawn}:
                self.drawn.clear()  # trained anew since
            figure = seeds_along({e: story.points[e] for e in story.epsilons}, story.victim)
            self.drawn[asked] = chart(figure, "Along epsilon, as far as it was turned: accuracy and membership AUC of "
                                      f"each model; {story.victim}: models with and without them")
        return self.drawn[asked]

    def turn(self, epsilon: float) -> None:
        """Another epsilon; what was being trained is stopped."""
        self.halt()
        self.state.turn(epsilon)

    def begin(self):
        self.run(self.state.train, self.arrived, saying=f"Training 17 models at epsilon {label(self.state.epsilon)}.")

    def arrived(self, point: SeedsPoint) -> None:
        self.state.keep(point)


def label(epsilon: float) -> str:
    """An epsilon on one line.

    >>> label(np.inf), label(0.5)
    ('not private', '0.5')
    """
    return shown(epsilon).replace("\n", " ")


def spread(values: np.ndarray) -> str:
    """A mean, and the least and greatest.

    >>> spread(np.array([0.5, 0.7]))
    '0.60 (0.50–0.70)'
    """
    return f"{values.mean():.2f} ({values.min():.2f}–{values.max():.2f})"
