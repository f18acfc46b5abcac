"""The auditor's bench: pick a trainer, slide the threshold, then open the half that counts."""

import ipywidgets as w
from matplotlib.figure import Figure

from leaklab.course import Bench
from leaklab.plots.audit import allowed_region, measured_dots
from leaklab.plots.style import png

HALVES = (("choose on the first half", False), ("count on the other half", True))


class AuditBench:
    """Words and picture of a `leaklab.course.Bench`, and its view (``.view``; or let the notebook show the object)."""

    def __init__(self, bench: Bench):
        self.bench = bench

    def figure(self) -> Figure:
        """The rates among those that the promise allows, and the epsilon they come to."""
        bench, count = self.bench, self.bench.count
        figure = Figure(figsize=(10.5, 4.4), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
        allowed_region(bench.result.owed.epsilon, bench.result.measured.delta, (count.tpr, count.fpr), left)
        measured_dots({f"trainer {bench.trainer}": count.epsilon}, bench.result.owed.epsilon, right,
                      verdict=bench.broken)
        return figure

    def words(self) -> str:
        """What is on the bench, in sentences (HTML)."""
        bench, count = self.bench, self.bench.count
        half = "On the half that counts" if bench.opened else "On the half to choose on"
        return (f"<p>{half}, the {bench.percent}% of highest score are called “with the canary”: TPR {count.tpr}, "
                f"FPR {count.fpr}. That comes to <b>epsilon ≥ {count.epsilon.low:.2f}</b>; trainer {bench.trainer} "
                f"promised {bench.result.owed.epsilon:.2f}.</p><p role='status'><b>{self.verdict()}</b></p>")

    def verdict(self) -> str:
        """What the number on show is worth."""
        bench = self.bench
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

    @property
    def view(self) -> w.Widget:
        """A new view of the bench."""
        wide = {"description_width": "90px"}
        trainer = w.ToggleButtons(options=tuple(self.bench.results), value=self.bench.trainer, description="Trainer",
                                  style={**wide, "button_width": "60px"})
        half = w.ToggleButtons(options=HALVES, value=self.bench.opened, description="Scores",
                               style={**wide, "button_width": "200px"})
        percent = w.IntSlider(value=self.bench.percent, min=1, max=99, description="Called with", style=wide,
                              readout_format="d", layout={"width": "600px"})
        said, shown = w.HTML(), w.Image(format="png", layout={"max_width": "100%", "width": "820px"})
        shown.add_class("leaklab-audit-bench")

        def show():
            said.value, shown.value = self.words(), png(self.figure(), dpi=80)

        def picked(change):
            self.bench.choose(change.new)
            half.value = False
            show()

        def turned(change):
            self.bench.open() if change.new else self.bench.close()
            show()

        def moved(change):
            self.bench.move(change.new)
            show()

        trainer.observe(picked, "value")
        half.observe(turned, "value")
        percent.observe(moved, "value")
        show()
        return w.VBox([trainer, percent, half, said, shown])

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)
