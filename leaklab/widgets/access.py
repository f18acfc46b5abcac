"""What the adversary holds: turn it by hand, attack, and see what both sides got."""

from copy import copy
from functools import partial

import ipywidgets as w
from markupsafe import Markup

from leaklab import _validate as v
from leaklab.course.desk import EVERYTHING, LABELS, NAME_ALONE, SCORES, WHITE_BOX, Desk
from leaklab.plots.hardening import both_sides
from leaklab.plots.style import axes
from leaklab.plots.web import chart, face
from leaklab.widgets.controls import control
from leaklab.widgets.runner import Runner

ALL = "all"


class AccessDesk(Runner[Desk]):
    """Controls that set what the adversary gets, and both sides of every attack so far.

    Parameters
    ----------
    state : Desk
    faces : int
        So many of the faces are drawn.
    """

    name, columns = "access-desk", True

    def __init__(self, state: Desk, *, faces: int = 8):
        super().__init__(state)
        self.faces = v.integer("faces", faces)
        self.start.tooltip = "Attack: recover all faces with these settings"

    def controls(self):
        desk, slider, made = self.state, w.SelectionSlider, partial(control, label="10.5em", width="24.5em")
        self.settings = {
            "holds": made(w.Dropdown, "The adversary gets", "What it may look at or ask for",
                          options=(WHITE_BOX, SCORES, LABELS), value=desk.holds),
            "decimals": made(slider, "Decimals", "Probabilities are rounded to so many", options=(ALL, 3, 2, 1),
                             value=desk.decimals or ALL),
            "classes": made(slider, "Names in an answer", "Only the most likely ones are answered",
                            options=(ALL, 5, 3, 1), value=desk.classes or ALL),
            "noise": made(slider, "Noise", "Scale of the Laplace noise on each probability",
                          options=(0.0, 0.05, 0.1, 0.2, 0.5), value=desk.noise),
            "looks_at": made(w.Dropdown, "The adversary looks at", "What it makes use of, of all it gets",
                             options=(EVERYTHING, NAME_ALONE), value=desk.looks_at),
            "queries": made(slider, "Queries a person", "The budget for each face",
                            options=(100, 200, 500, 1000, 2000, 5000), value=desk.queries),
            "over_http": control(w.Checkbox, "Over HTTP", "Ask the server, with a key for each attack: its log sees it",
                                 width="auto", label="0", value=desk.over_http, indent=False)}
        self.reveal = control(w.Checkbox, "Reveal the truth", "Show the people above what was recovered", width="auto",
                              label="0", indent=False)
        for name, setting in self.settings.items():
            self.bind(setting, lambda value, name=name: setattr(desk, name, None if value == ALL else value))
        self.bind(self.reveal, lambda _: None)
        *sliders, http = self.settings.values()
        return [*([one] for one in sliders), [http, self.reveal], [self.start, self.stop], [self.progress]]

    def draw(self):
        desk = self.state
        scores = desk.holds == SCORES
        means = {"holds": True, "decimals": scores, "classes": scores, "noise": desk.asks, "looks_at": scores,
                 "queries": desk.asks, "over_http": desk.asks and desk.server is not None}
        for name, setting in self.settings.items():
            value = getattr(desk, name)
            setting.value, setting.disabled = ALL if value is None else value, not means[name]

    def begin(self):
        self.run(copy(self.state).attack, lambda outcome: self.state.keep(*outcome),
                 saying=f"Attacking: {self.state.label} …")

    def stands(self):
        found = self.state.recovered
        if found is None:
            return "Choose what the adversary gets, and attack."
        attack, _ = self.state.rows[self.state.last]
        return (f"{self.state.last}: {attack.successes} of {attack.trials} recognised by the evaluator, "
                f"{found.queries:,} queries in all.{'' if found.complete else f' Why it ended: {found.stopped}'}")

    def words(self):
        used, epsilon = self.state.used(), self.state.epsilon_per_query()
        price = "" if epsilon is None else f" Worst-case epsilon {epsilon:.1f} for each query."
        return Markup("<p>Legitimate users: first answer right {u.value:.0%} [{u.low:.0%}, {u.high:.0%}]; {}.{}"
                      "</p>").format(used.stated, price, u=used.accuracy)

    def key(self):
        return self.reveal.value, self.state.attacks

    def picture(self):
        rows, names = self.state.rows, self.state.stage.train.names
        strips, seen = Markup(""), self.state.faces(self.faces, reveal=self.reveal.value)
        for what, images in seen.items():
            named = what == [*seen][-1]  # below the last row alone
            faces = (face(image, f"{name}: {what}", name if named else "")
                     for image, name in zip(images, names, strict=False))
            strips += Markup("<div class='leaklab-faces leaklab-strip'><span>{}</span>{}</div>").format(
                what, Markup("").join(faces))
        if not rows:
            return strips
        return strips + chart(both_sides(rows, chance=1 / len(self.state.stage.people),
                                         ax=axes(size=(5.2, 1.4 + 0.65 * len(rows)))))
