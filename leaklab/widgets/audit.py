"""The auditor's bench: pick a trainer, slide the threshold, then open the half that counts."""

import ipywidgets as w
from markupsafe import Markup
from matplotlib.figure import Figure

from leaklab.course import Bench
from leaklab.plots.audit import allowed_region, measured_dots
from leaklab.plots.style import new_figure
from leaklab.widgets.old import OldDisplay as Display

HALVES = (("choose on the first half", False), ("count on the other half", True))


class AuditBench(Display[Bench]):
    """The rates among those that a promise allows, and what they prove."""

    dpi = 80

    def figure(self) -> Figure:
        """The rates among those that the promise allows, and the epsilon they come to."""
        bench, count = self.state, self.state.count
        figure = new_figure((10.5, 4.4))
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
        allowed_region(bench.result.owed.epsilon, bench.result.measured.delta, (count.tpr, count.fpr), left)
        measured_dots({f"trainer {bench.trainer}": count.epsilon}, bench.result.owed.epsilon, right,
                      verdict=bench.broken)
        return figure

    def words(self) -> Markup:
        """What is on the bench, in sentences."""
        bench = self.state
        return Markup(
            "<p>{half}, the {bench.percent}% of highest score are called “with the canary”: TPR {count.tpr}, "
            "FPR {count.fpr}. That comes to <b>epsilon ≥ {count.epsilon.low:.2f}</b>; trainer {bench.trainer} "
            "promised {bench.result.owed.epsilon:.2f}.</p><p role='status'><b>{verdict}</b></p>").format(
                half="On the half that counts" if bench.opened else "On the half to choose on", bench=bench,
                count=bench.count, verdict=self.verdict())

    def verdict(self) -> str:
        """What the number on show is worth."""
        bench = self.state
        if not bench.opened:
            return "Not yet evidence: choose a threshold here, then count on the other half."
        if not bench.valid:
            return "Spoiled: the threshold moved after this half had been seen. This number proves nothing any more."
        if bench.broken:
            return "The promise is broken."
        most = f"{bench.result.most:.2f}"
        if not bench.result.could_refute:
            return f"Not refuted, nor could it be: so few models prove epsilon {most} at most."
        return f"Not refuted: no better than the promise allows. (So many models could have proven epsilon {most}.)"

    def layout(self) -> w.Widget:
        bench, wide = self.state, {"description_width": "90px"}
        self.trainer = w.ToggleButtons(options=tuple(bench.results), value=bench.trainer, description="Trainer",
                                       style={**wide, "button_width": "60px"})
        self.half = w.ToggleButtons(options=HALVES, value=bench.opened, description="Scores",
                                    style={**wide, "button_width": "200px"})
        self.percent = w.IntSlider(value=bench.percent, min=1, max=99, description="Called with", style=wide,
                                   readout_format="d", layout={"width": "600px"})
        self.said, self.shown = w.HTML(), self.image("820px", "leaklab-audit-bench")
        self.bind(self.trainer, bench.choose)
        self.bind(self.half, lambda counts: bench.open() if counts else bench.close())
        self.bind(self.percent, bench.move)
        return w.VBox([self.trainer, self.percent, self.half, self.said, self.shown])

    def draw(self) -> None:
        self.trainer.value, self.half.value = self.state.trainer, self.state.opened
        self.percent.value = self.state.percent
        self.said.value = self.words()
        self.show(self.shown, self.figure())
