"""What the adversary holds: turn it by hand, attack, and see what both sides got."""

from copy import copy
from html import escape

import ipywidgets as w
from matplotlib.figure import Figure

from leaklab import _validate as v
from leaklab.access import Access, Noisy, Offers, RemoteApi, WhiteBox
from leaklab.attacks import FaceInversion, Recovered
from leaklab.evaluation import utility
from leaklab.experiments.faces import Stage
from leaklab.metrics import Rate
from leaklab.plots.faces import portrait_grid
from leaklab.plots.hardening import both_sides
from leaklab.plots.style import png
from leaklab.server import Server, parse_hardening
from leaklab.widgets.background import Background

WHITE_BOX, SCORES, LABELS = "the model itself", "probabilities", "the first name only"
ALL = "all"
KEPT = 7
"""So many attacks are compared, the last ones."""


class AccessDesk:
    """The state of the desk, and its view (``.view``; or let the notebook show the object).

    Parameters
    ----------
    stage : leaklab.experiments.faces.Stage
        Whose faces are wanted, who is public, and the judge.
    model : WhiteBox
        The recogniser, trained on ``stage.train``.
    server : Server, optional
        A server of the same model, to attack over HTTP; each attack there gets a key of its own.
    shown : int
        So many of the faces are drawn.

    Attributes
    ----------
    holds : str
        What the adversary is given: ``WHITE_BOX``, ``SCORES`` or ``LABELS``.
    decimals, classes : int or None
        Decimals of an answer, and how many classes it names; None for all.
    noise : float
        Standard deviation of Gaussian noise on each probability; 0 for none.
    queries : int
        Budget a person.
    over_http : bool
    rows : dict of str to (Rate, Rate)
        What was attacked so far -> the attack's success, the honest accuracy.
    """

    def __init__(self, stage: Stage, model: WhiteBox, *, server: Server | None = None, shown: int = 8):
        self.stage, self.model, self.server = stage, model, server
        self.answers = model.only(Offers.SCORES)
        self.shown = slice(0, v.integer("shown", shown))
        self.holds, self.decimals, self.classes, self.noise = SCORES, None, None, 0.0
        self.queries, self.over_http = 500, False
        self.rows: dict[str, tuple[Rate, Rate]] = {}
        self.recovered: Recovered | None = None

    @property
    def hardening(self) -> str:
        """As ``leaklab keys add --hardening`` and `leaklab.server.parse_hardening` take it; empty for none."""
        if self.holds == WHITE_BOX:
            return ""
        noise = [f"noisy={self.noise:g}"] if self.noise else []
        if self.holds == LABELS:
            return ",".join([*noise, "labels"])
        parts = {"topk": self.classes, "rounded": self.decimals}
        return ",".join([*noise, *(f"{name}={value}" for name, value in parts.items() if value is not None)])

    @property
    def label(self) -> str:
        """The settings in words."""
        if self.holds == WHITE_BOX:
            return WHITE_BOX
        said = [self.holds]
        if self.noise:
            said.append(f"noise {self.noise:g}")
        if self.classes is not None and self.holds == SCORES:
            said.append(f"top {self.classes}")
        if self.decimals is not None and self.holds == SCORES:
            said.append(f"{self.decimals} decimal{'s' * (self.decimals > 1)}")
        return ", ".join([*said, f"{self.queries:,} queries"]) + (", HTTP" if self.over_http else "")

    def access(self) -> Access:
        """The model, as a customer of these settings sees it."""
        if self.holds == WHITE_BOX:
            return self.model
        if self.over_http:
            budget = self.queries * len(self.stage.people) + len(self.stage.public.images)
            return RemoteApi(self.server.url, self.server.keys.add(self.label, hardening=self.hardening, budget=budget))
        return parse_hardening(self.hardening)(self.answers)

    def honest(self) -> str:
        """What honest users get, in a sentence."""
        found = utility(parse_hardening(self.hardening)(self.answers), self.stage.test.images, self.stage.test.person)
        words = (f"Honest users: first answer right {found.accuracy.value:.0%} "
                 f"[{found.accuracy.low:.0%}, {found.accuracy.high:.0%}], "
                 f"calibration error {found.calibration_error:.2f}.")
        if "noisy" in self.hardening:
            spent = Noisy(self.answers, self.noise, rng=0)
            words += f" Worst-case epsilon {spent.epsilon_per_query():.1f} for each query, at delta 1e-5."
        return words

    def attack(self, progress: v.Progress | None = None) -> tuple[str, Recovered, tuple[Rate, Rate]]:
        """Recover all faces; returns what `keep` takes, so that a stopped attack leaves nothing."""
        label, access = self.label, self.access()
        attack = FaceInversion(prior=self.stage.prior, queries=self.queries)
        try:
            found = attack(access, self.stage.people, rng=1, progress=progress)
        finally:
            if isinstance(access, RemoteApi):
                access.close()
        used = utility(parse_hardening(self.hardening)(self.answers), self.stage.test.images, self.stage.test.person)
        return label, found, (self.stage.judge(found.images).top1, used.accuracy)

    def keep(self, label: str, found: Recovered, rates: tuple[Rate, Rate]) -> None:
        """Show an attack's outcome, and compare it with those before."""
        self.recovered = found
        self.rows.pop(label, None)
        self.rows[label] = rates
        while len(self.rows) > KEPT:
            del self.rows[next(iter(self.rows))]

    def faces(self, *, reveal: bool) -> Figure:
        """The recovered faces; the people above them when revealed."""
        names, rows = self.stage.train.names[self.shown], {}
        if reveal:
            rows["the truth"] = self.stage.train.class_means()[self.shown]
        if self.recovered is not None:
            rows["recovered"] = self.recovered.images[self.shown]
        elif not reveal:
            rows["where it starts"] = self.stage.public.mean_face()[None].repeat(len(names), axis=0)
        return portrait_grid(rows, names=names, size=0.95).figure

    def comparison(self) -> Figure | None:
        """Both sides of every attack so far; None before the first."""
        return both_sides(self.rows, chance=1 / len(self.stage.people)).figure if self.rows else None

    @property
    def view(self) -> w.Widget:
        """A new view of the desk."""
        return _View(self).box

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)


class _View:
    """Controls that set the state, and outputs that show it."""

    def __init__(self, desk: AccessDesk):
        self.desk, self.background = desk, Background()
        wide = {"style": {"description_width": "150px"}, "layout": {"width": "440px"}}
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
        self.start = w.Button(description="Attack", icon="play", button_style="primary", tooltip="Recover all faces")
        self.stop = w.Button(description="Stop", icon="stop", disabled=True, tooltip="Stop at once")
        self.reveal = w.Checkbox(description="Reveal the truth", indent=False)
        self.done = w.FloatProgress(max=1.0, description="Progress", style={"description_width": "80px"})
        self.honest, self.words = w.HTML(), w.HTML()
        self.faces = w.Image(format="png", layout={"max_width": "100%", "width": "760px"})
        self.comparison = w.Image(format="png", layout={"max_width": "100%", "width": "760px", "display": "none"})
        self.faces.add_class("leaklab-access-faces")
        self.comparison.add_class("leaklab-access-comparison")
        settings = list(self.controls.values())
        self.box = w.VBox([w.HBox([w.VBox(settings[:3]), w.VBox(settings[3:])]), self.honest,
                           w.HBox([self.start, self.stop, self.reveal, self.done]), self.words, self.faces,
                           self.comparison])
        for name, control in self.controls.items():
            control.observe(lambda change, name=name: self._on_setting(name, change.new), "value")
        self.start.on_click(self._on_start)
        self.stop.on_click(self._on_stop)
        self.reveal.observe(lambda change: self._draw(), "value")
        self._settle()
        self._say("Choose what the adversary gets, and attack.")
        self._draw()

    def _on_setting(self, name: str, value):
        setattr(self.desk, name, None if value == ALL else value)
        self._settle()

    def _settle(self):
        asked = self.desk.holds != WHITE_BOX
        for name in ("noise", "queries"):
            self.controls[name].disabled = not asked
        for name in ("decimals", "classes"):
            self.controls[name].disabled = self.desk.holds != SCORES
        self.controls["over_http"].disabled = not asked or self.desk.server is None
        self.honest.value = f"<span>{escape(self.desk.honest())}</span>"

    def _on_start(self, _):
        self._busy(True)
        self._say(f"Attacking: {self.desk.label} ...")
        self.background.start(copy(self.desk).attack, self._arrive, self._fail, self._report)

    def _on_stop(self, _):
        self.background.stop()
        self._busy(False)
        self._say("Stopped.")

    def _report(self, step, steps, message):
        self.done.value = step / steps

    def _arrive(self, outcome):
        self.desk.keep(*outcome)
        label, found, (attack, _) = outcome
        self._draw()
        ending = "" if found.complete else f" It ended early: {found.stopped}"
        self._say(f"{label}: {attack.successes} of {attack.trials} recognised by the evaluator, "
                  f"{found.queries:,} queries in all.{ending}")
        self.done.value = 1.0
        self._busy(False)

    def _fail(self, error):
        self._say(f"The attack failed: {error}")
        self._busy(False)

    def _busy(self, running: bool):
        self.start.disabled, self.stop.disabled = running, not running

    def _draw(self):
        self.faces.value = png(self.desk.faces(reveal=self.reveal.value), dpi=90)
        figure = self.desk.comparison()
        if figure is not None:
            self.comparison.value, self.comparison.layout.display = png(figure, dpi=90), None

    def _say(self, words: str):
        self.words.value = f'<span role="status">{escape(words)}</span>'
