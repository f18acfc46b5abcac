"""Choose a person and watch the face form."""

import ipywidgets as w
import numpy as np
from matplotlib.figure import Figure

from leaklab import _validate as v
from leaklab.course.inversion import InversionRun
from leaklab.plots.faces import stage
from leaklab.widgets.old import OldRunner as Runner


class InversionStage(Runner[InversionRun]):
    """The widget: choose a name and an attack, start, stop, go back and forth, and reveal the truth.

    Parameters
    ----------
    state : InversionRun
    pause : float
        Seconds each frame stays while the path is played.
    """

    def __init__(self, state: InversionRun, *, pause: float = 0.1):
        super().__init__(state)
        self.pause = v.number("pause", pause, low=0)

    def figure(self, *, reveal: bool = False) -> Figure:
        """The frame that is looked at; the truth stands beside it when revealed."""
        run = self.state
        look = {"name": run.name, "truth": run.truth[run.person] if reveal else None}
        if run.recovered is None:
            return stage(np.full(run.truth.shape[1:], 0.5), **look)
        found, frame = run.recovered, run.frame
        return stage(found.path[frame, 0], step=int(found.path_steps[frame]),
                     confidence=float(found.path_confidence[frame, 0]), **look)

    def layout(self) -> w.Widget:
        run, wide = self.state, {"description_width": "90px"}
        self.name = w.Dropdown(options=run.names, value=run.name, description="Person", style=wide)
        self.attack = w.Dropdown(options=tuple(run.attacks), value=run.attack, description="Attack", style=wide,
                                 layout={"width": "360px"})
        self.start.description, self.start.tooltip = "Start", "Run the attack"
        self.frame = w.IntSlider(max=0, description="Frame", style=wide, disabled=True, layout={"width": "420px"})
        self.reveal = w.Checkbox(description="Reveal the truth", indent=False)
        self.shown = self.image("720px")
        for control in (self.name, self.attack):
            self.bind(control, lambda _: self.choose())
        self.bind(self.frame, self.turn)
        self.bind(self.reveal, lambda _: None)
        return w.VBox([w.HBox([self.name, self.attack]), w.HBox([self.start, self.stop, self.done]),
                       w.HBox([self.frame, self.reveal]), self.shown, self.words])

    def draw(self) -> None:
        self.frame.max, self.frame.disabled = self.state.frames - 1, self.state.recovered is None
        self.frame.value = self.state.frame
        self.show(self.shown, self.figure(reveal=self.reveal.value))
        self.say(self.stands())

    def stands(self) -> str:
        return self.state.says()

    def choose(self) -> None:
        """Take the person and the attack that are chosen; what ran before is forgotten."""
        self.halt()
        self.state.choose(self.name.value, self.attack.value)
        self.done.value = 0.0

    def turn(self, frame: int) -> None:
        """A hand on the slider ends the playing."""
        self.halt()
        self.state.turn(frame)

    def begin(self) -> None:
        self.act(self.choose)
        self.run(self.work, lambda _: None)

    def work(self, progress: v.Progress) -> None:
        """Attack, then play the path; ``progress`` raises when somebody has stopped it."""
        found = self.state.run(progress)
        for frame in range(len(found.path)):
            with self.lock:  # so that no frame of a stopped run comes after the next has begun
                progress(1, 1, "")
                self.state.recovered = found
                self.state.turn(frame)
                self.refresh()
            self.background.pause(self.pause)
