"""Choose a person and watch the face form."""

import threading
from html import escape

import ipywidgets as w
import numpy as np

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks import FaceInversion, Inversion, MIFace, Prior, Recovered
from leaklab.plots import faces as plots
from leaklab.plots.style import png
from leaklab.widgets.background import Background

GREY, WARM, PRIOR = "MI-Face, from grey", "MI-Face, from the mean public face", "with a public prior"


def attacks_with(prior: Prior) -> dict[str, Inversion]:
    """What there is to choose from, where nothing else is asked for."""
    return {GREY: MIFace(step_size=1.0), WARM: MIFace(step_size=1.0, start=prior), PRIOR: FaceInversion(prior=prior)}


class Stage:
    """What the widget shows, without a screen: a person, an attack, and the path of frames it took.

    Parameters
    ----------
    access : Access
        The recogniser under attack.
    names : sequence of str (people,)
    truth : float array (people, height, width)
        What the people look like; only ever drawn, never given to an attack.
    attacks : dict of str to Inversion
        The attacks to choose from, such as `attacks_with` a prior; the last one is chosen at first.
    """

    def __init__(self, access: Access, *, names, truth, attacks: dict[str, Inversion]):
        self.access, self.names = access, tuple(names)
        self.truth = v.array("truth", truth, ndim=3, length=len(self.names))
        self.attacks = dict(attacks)
        self.choose(self.names[0], list(self.attacks)[-1])

    def choose(self, name: str, attack: str) -> None:
        """Set the person and the attack; what ran before is forgotten."""
        self.name = v.one_of("name", name, self.names)
        self.attack = v.one_of("attack", attack, tuple(self.attacks))
        self.recovered: Recovered | None = None

    def run(self, progress: v.Progress | None = None) -> Recovered:
        """Attack the chosen person; returns the path without keeping it, so that a stopped run leaves nothing."""
        attack, person = self.attacks[self.attack], self.names.index(self.name)
        return attack(self.access, person, progress=progress)

    @property
    def frames(self) -> int:
        """How many frames there are to show; 1, plain grey, before the attack has run."""
        return 1 if self.recovered is None else len(self.recovered.path)

    def says(self, frame: int) -> str:
        """The frame in words."""
        if self.recovered is None:
            return f"Ready to ask the model for {self.name}."
        found = self.recovered
        step, sure = found.path_steps[frame], found.path_confidence[frame, 0]
        return f"{self.name}, step {step}: the model is {sure:.0%} sure. {found.queries} queries in all."

    def picture(self, frame: int, *, reveal: bool) -> bytes:
        """The frame as PNG; the truth stands beside it when revealed."""
        truth = self.truth[self.names.index(self.name)] if reveal else None
        if self.recovered is None:
            return png(plots.stage(np.full(self.access.shape, 0.5), name=self.name, truth=truth))
        found = self.recovered
        return png(plots.stage(found.path[frame, 0], name=self.name, step=int(found.path_steps[frame]),
                               confidence=float(found.path_confidence[frame, 0]), truth=truth))


class InversionStage:
    """The widget: choose a name and an attack, start, stop, go back and forth, and reveal the truth.

    Parameters
    ----------
    stage : Stage
    pause : float
        Seconds each frame stays while the path is played.

    Attributes
    ----------
    view : ipywidgets.Widget
    """

    def __init__(self, stage: Stage, *, pause: float = 0.1):
        self.stage, self.pause = stage, v.number("pause", pause, low=0)
        self._lock = threading.RLock()  # matplotlib draws for one thread at a time
        self.background = Background()
        wide = {"description_width": "90px"}
        self.name = w.Dropdown(options=stage.names, description="Person", style=wide)
        self.attack = w.Dropdown(options=tuple(stage.attacks), value=stage.attack, description="Attack", style=wide,
                                 layout={"width": "360px"})
        self.start = w.Button(description="Start", icon="play", button_style="primary", tooltip="Run the attack")
        self.stop = w.Button(description="Stop", icon="stop", disabled=True, tooltip="Stop at once")
        self.done = w.FloatProgress(max=1.0, description="Progress", style=wide)
        self.frame = w.IntSlider(max=0, description="Frame", style=wide, disabled=True, layout={"width": "420px"})
        self.reveal = w.Checkbox(description="Reveal the truth", indent=False)
        self.image = w.Image(format="png", layout={"max_width": "100%", "width": "720px"})
        self.words = w.HTML()
        self.view = w.VBox([w.HBox([self.name, self.attack]), w.HBox([self.start, self.stop, self.done]),
                            w.HBox([self.frame, self.reveal]), self.image, self.words])
        self.start.on_click(self._on_start)
        self.stop.on_click(self._on_stop)
        for control in (self.name, self.attack):
            control.observe(self._on_choice, "value")
        self.frame.observe(self._on_frame, "value")
        self.reveal.observe(lambda _: self._draw(), "value")
        self._draw()

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)

    def wait(self, seconds: float = 60) -> bool:
        """Wait for a run that is under way; whether it ended in time."""
        return self.background.wait(seconds)

    def _on_start(self, _):
        self._halt()
        self._forget()
        self._busy(True)
        self.background.start(self._work, lambda _: self._busy(False), self._fail, self._report)

    def _on_stop(self, _):
        self._halt()
        self._say("Stopped. " + self.stage.says(self.frame.value))

    def _on_choice(self, _):
        self._halt()
        self._forget()

    def _on_frame(self, _):
        if not self.background.inside():  # a hand on the slider ends the playing
            self._halt()
        self._draw()

    def _halt(self):
        self.background.stop()
        self._busy(False)

    def _forget(self):
        with self._lock:
            self.stage.choose(self.name.value, self.attack.value)
            self.done.value, self.frame.disabled = 0.0, True
            self.frame.value = 0
            self.frame.max = 0
            self._draw()

    def _busy(self, running: bool):
        self.start.disabled, self.stop.disabled = running, not running

    def _work(self, progress: v.Progress):
        """Attack, then play the path; ``progress`` raises when somebody has stopped it."""
        found = self.stage.run(progress)
        last = len(found.path) - 1
        with self._lock:
            progress(1, 1, "")
            self.stage.recovered = found
            self.frame.max, self.frame.disabled = last, False
            self._draw()
        for i in range(1, last + 1):
            self.background.pause(self.pause)
            with self._lock:  # so that no frame of a stopped run comes after the next has begun
                progress(1, 1, "")
                self.frame.value = i

    def _report(self, step, steps, message):
        self.done.value = step / steps

    def _fail(self, error):
        self._say(f"The attack failed: {error}")
        self._busy(False)

    def _draw(self):
        with self._lock:
            self.image.value = self.stage.picture(self.frame.value, reveal=self.reveal.value)
            self._say(self.stage.says(self.frame.value))

    def _say(self, words: str):
        self.words.value = f'<span role="status">{escape(words)}</span>'
