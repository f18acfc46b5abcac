"""What the adversary holds: turn it by hand, attack, and see what both sides got."""

from copy import copy

import ipywidgets as w
from markupsafe import escape
from matplotlib.figure import Figure

from leaklab import _validate as v
from leaklab.course.desk import LABELS, SCORES, WHITE_BOX, Desk
from leaklab.plots.faces import portrait_grid
from leaklab.plots.hardening import both_sides
from leaklab.plots.style import figure_of
from leaklab.widgets.old import OldRunner as Runner

ALL = "all"


class AccessDesk(Runner[Desk]):
    """Controls that set what the adversary gets, and both sides of every attack so far.

    Parameters
    ----------
    state : Desk
    faces : int
        So many of the faces are drawn.
    """

    def __init__(self, state: Desk, *, faces: int = 8):
        super().__init__(state)
        self.faces = v.integer("faces", faces)

    def portraits(self, *, reveal: bool) -> Figure:
        """The recovered faces; the people above them when revealed."""
        names = self.state.stage.train.names[:self.faces]
        return figure_of(portrait_grid(self.state.faces(self.faces, reveal=reveal), names=names, size=0.95))

    def comparison(self) -> Figure | None:
        """Both sides of every attack so far; None before the first."""
        desk = self.state
        return figure_of(both_sides(desk.rows, chance=1 / len(desk.stage.people))) if desk.rows else None

    def honest(self) -> str:
        """What legitimate users get, in a sentence."""
        used, epsilon = self.state.used(), self.state.epsilon_per_query()
        words = (f"Honest users: first answer right {used.accuracy.value:.0%} "
                 f"[{used.accuracy.low:.0%}, {used.accuracy.high:.0%}], "
                 f"calibration error {used.calibration_error:.2f}.")
        return words if epsilon is None else (
            f"{words} Worst-case epsilon {epsilon:.1f} for each query, at delta 1e-5.")

    def layout(self) -> w.Widget:
        desk, wide = self.state, {"style": {"description_width": "150px"}, "layout": {"width": "440px"}}
        self.controls = {
            "holds": w.Dropdown(options=(WHITE_BOX, SCORES, LABELS), value=desk.holds, description="The adversary gets",
                                **wide),
            "decimals": w.SelectionSlider(options=(ALL, 3, 2, 1), value=desk.decimals or ALL, description="Decimals",
                                          **wide),
            "classes": w.SelectionSlider(options=(ALL, 5, 3, 1), value=desk.classes or ALL,
                                         description="Names in an answer", **wide),
            "noise": w.SelectionSlider(options=(0.0, 0.05, 0.1, 0.2, 0.5), value=desk.noise, description="Noise",
                                       **wide),
            "queries": w.SelectionSlider(options=(100, 200, 500, 1000, 2000, 5000), value=desk.queries,
                                         description="Queries a person", **wide),
            "over_http": w.Checkbox(value=desk.over_http, description="Over HTTP", **wide),
        }
        self.start.description, self.start.tooltip = "Attack", "Recover all faces"
        self.reveal = w.Checkbox(description="Reveal the truth", indent=False)
        self.used = w.HTML()
        self.shown = self.image("760px", "leaklab-access-faces")
        self.compared = self.image("760px", "leaklab-access-comparison")
        for name, control in self.controls.items():
            self.bind(control, lambda value, name=name: setattr(desk, name, None if value == ALL else value))
        self.bind(self.reveal, lambda _: None)
        self.say("Choose what the adversary gets, and attack.")
        settings = list(self.controls.values())
        return w.VBox([w.HBox([w.VBox(settings[:3]), w.VBox(settings[3:])]), self.used,
                       w.HBox([self.start, self.stop, self.reveal, self.done]), self.words, self.shown,
                       self.compared])

    def draw(self) -> None:
        desk = self.state
        scores = desk.holds == SCORES
        means = {"holds": True, "decimals": scores, "classes": scores, "noise": desk.asks, "queries": desk.asks,
                 "over_http": desk.asks and desk.server is not None}
        for name, control in self.controls.items():
            value = getattr(desk, name)
            control.value, control.disabled = ALL if value is None else value, not means[name]
        self.used.value = escape(self.honest())
        self.show(self.shown, self.portraits(reveal=self.reveal.value))
        figure = self.comparison()
        self.compared.layout.display = "none" if figure is None else None
        if figure is not None:
            self.show(self.compared, figure)

    def stands(self) -> str:
        return ""

    def begin(self) -> None:
        self.say(f"Attacking: {self.state.label} ...")
        self.run(copy(self.state).attack, self._arrived)

    def _arrived(self, outcome) -> None:
        self.state.keep(*outcome)
        label, found, (attack, _) = outcome
        self.refresh()
        ending = "" if found.complete else f" It ended early: {found.stopped}"
        self.say(f"{label}: {attack.successes} of {attack.trials} recognised by the evaluator, "
                 f"{found.queries:,} queries in all.{ending}")
        self.done.value = 1.0
