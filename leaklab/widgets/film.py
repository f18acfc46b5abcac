"""A face that forms before one's eyes: start, stop, pause, look at any frame, play it again."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeVar

import ipywidgets as w
import numpy as np
from markupsafe import Markup

from leaklab import _validate as v
from leaklab.course.film import PERSON, RATE, FilmedAttack, Frame, Pace
from leaklab.plots.web import face
from leaklab.widgets.controls import button, control
from leaklab.widgets.runner import Runner

Filmed = TypeVar("Filmed", bound=FilmedAttack)


class FilmView(Runner[Filmed]):
    """Choose, start, watch; an author says what the choices are for, and which portraits stand beside the face.

    Parameters
    ----------
    state : FilmedAttack
    pause : float
        Seconds each frame stays while the film is played again.
    """

    tips: ClassVar[dict[str, str]]
    """What there is to choose -> what it is for."""

    def __init__(self, state: Filmed, *, pause: float = 1 / RATE):
        super().__init__(state)
        self.pause = v.number("pause", pause, low=0)

    @abstractmethod
    def portraits(self) -> Sequence[Markup]:
        """What stands beside the face that forms."""

    def below(self) -> str:
        """What stands below the portraits, as HTML."""
        return ""

    def controls(self):
        self.choosers = {what: control(w.Dropdown, what, tip, label="auto", width="auto",
                                       options=self.state.options(what)) for what, tip in self.tips.items()}
        self.hold = w.ToggleButton(description="Pause", icon="pause", tooltip="Hold the picture, or go on")
        self.replay = button("Replay", "Play the film again", icon="repeat")
        self.slider = control(w.IntSlider, "Frame", "Go back and forth; holds the film where it runs", label="4em",
                              min=1, max=1)
        self.reveal = w.Checkbox(description="Reveal the truth", indent=False, layout={"width": "auto"},
                                 tooltip="Show who the person is: guess first")
        for what, chooser in self.choosers.items():
            self.bind(chooser, lambda choice, what=what: self.choose(what, choice))
        self.bind(self.replay, self.play_again)
        self.bind(self.slider, self.turn)
        for each in (self.hold, self.reveal):
            self.bind(each, lambda _: None)
        self.bind(self.stop, lambda: None)
        return [[*self.choosers.values()], [self.start, self.stop, self.hold, self.replay, self.progress],
                [self.slider, self.reveal]]

    def draw(self):
        state, running = self.state, not self.stop.disabled
        for what, chooser in self.choosers.items():
            if [*chooser.options] != state.options(what):
                chooser.options = state.options(what)
            chooser.value = state.chosen[what]
        self.slider.max = max(len(state.film), 1)
        self.slider.value, self.slider.disabled = state.at + 1, not state.film
        self.replay.disabled, self.hold.disabled = running or not state.film, not running
        self.hold.value = self.hold.value and running

    def stands(self):
        return self.state.says()

    def words(self):
        frame = self.state.frame
        if frame is None:
            return ""
        return Markup("<p class='leaklab-sure'><span class='leaklab-bar'><span style='width:{:.0f}%'></span></span> "
                      "The model is <b>{:.0%}</b> sure that this is {}. Queries: <b>{:,}</b></p>").format(
                          100 * frame.confidence, frame.confidence, self.state.name, frame.queries)

    def picture(self):
        frame, name = self.state.frame, self.state.name
        if frame is None:
            forming = unseen("The face will form here", "recovered")
        else:
            forming = face(frame.image, f"The face that forms for {name}, after {frame.queries} queries; "
                           f"the model is {frame.confidence:.0%} sure", f"recovered ({frame.confidence:.0%})")
        return Markup("<div class='leaklab-faces leaklab-film'>{}</div>{}").format(
            Markup("").join([forming, *self.portraits()]), Markup(self.below()))

    def truth(self, image: np.ndarray, what: str, caption: str) -> Markup:
        """A portrait that is hidden until the truth is revealed."""
        return face(image, what, caption) if self.reveal.value else unseen(f"Hidden: {what}", caption)

    def choose(self, what: str, choice: str) -> None:
        """What ran before is forgotten, and the next person's truth is hidden."""
        self.halt()
        self.state.choose(what, choice)
        self.done.value, self.reveal.value = 0.0, self.reveal.value and what != PERSON

    def turn(self, frame: int) -> None:
        """A hand on the slider holds the film; its first frame is 1."""
        self.hold.value = not self.stop.disabled
        self.state.turn(frame - 1)

    def begin(self):
        with self.lock:
            self.halt()
            self.hold.value = False
            self.state.forget()
        self.run(self.work, self.arrived, saying=f"Asking the model for {self.state.name}: {self.state.means()}.")

    def work(self, progress: v.Progress):
        """Attack, and show it as it goes; ``progress`` raises when somebody has stopped it."""
        pace, told = Pace(), (0, 1, "")

        def tell(*report):
            nonlocal told
            told = report
            progress(*report)

        def seen(frame: Frame):
            progress(*told)
            self._hold(progress, told)
            wait = pace.wait(frame)
            if wait is not None:
                self.background.pause(wait)
                with self.lock:  # so that no frame of a stopped run comes after the next has begun
                    progress(*told)
                    self.state.add(frame)
                    self.refresh()

        return self.state.run(seen, tell)

    def arrived(self, found) -> None:
        """The attack has ended by itself."""
        self.state.end(found)
        self.done.value = 1.0

    def play_again(self) -> None:
        """Play the film from its first frame; after a pause, from the one that is looked at."""
        film, pause = len(self.state.film), self.pause * self.state.slower

        def play(progress):
            at = 0
            while at < film:
                with self.lock:
                    progress(at + 1, film, "")
                    self.state.turn(at)
                    self.refresh()
                self.background.pause(pause)
                self._hold(progress, (at + 1, film, ""))
                at = self.state.at + 1

        self.run(play, lambda _: None, saying=f"Replay: {self.state.name}, {self.state.means()}.")

    def _hold(self, progress: v.Progress, told: tuple) -> None:
        while self.hold.value:
            self.background.pause(0.05)
            progress(*told)


def unseen(alt: str, caption: str) -> Markup:
    """The place of a portrait that is not to be seen yet."""
    return Markup('<figure class="leaklab-face"><div class="leaklab-unseen" role="img" aria-label="{}">?</div>'
                  "<figcaption>{}</figcaption></figure>").format(alt, caption)
