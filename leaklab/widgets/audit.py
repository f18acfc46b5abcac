"""The auditor's bench: pick a trainer, slide the threshold, then open the half that counts."""

from functools import lru_cache

import ipywidgets as w
from markupsafe import Markup

from leaklab.course import Bench
from leaklab.plots.audit import AuditBackdrops
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button, control

HALVES = (("choose on the first half", False), ("count on the other half", True))


class AuditBench(Display[Bench]):
    """A verdict, and the rates among those that a promise allows."""

    name = "audit-bench"
    backdrops = staticmethod(lru_cache(maxsize=16)(AuditBackdrops))

    def controls(self):
        bench = self.state
        self.trainer = control(w.ToggleButtons, "Trainer", "Whose models are audited", width="auto", label="4em",
                               options=tuple(bench.results), value=bench.trainer)
        self.half = control(w.ToggleButtons, "Scores", "Choose a threshold on one half of the models, then count on "
                            "the other", width="auto", label="4em", options=HALVES, value=bench.opened)
        self.percent = control(w.IntSlider, "Guessed members, %", "So many percent of the models, those of highest "
                               "score, are guessed to have seen the canary", width="30em", label="11em",
                               value=bench.percent, min=1, max=99)
        self.again = button("Again", "Start over with a fresh bench: what was seen and moved is forgotten",
                            icon="refresh")
        for choice in (self.trainer, self.half):
            choice.style.button_width = "auto"
        self.bind(self.trainer, bench.choose)
        self.bind(self.half, lambda counts: bench.open() if counts else bench.close())
        self.bind(self.percent, bench.move)
        self.bind(self.again, bench.reset)
        return [[self.trainer, self.again], [self.percent, self.half]]

    def draw(self):
        bench = self.state
        self.trainer.value, self.half.value, self.percent.value = bench.trainer, bench.opened, bench.percent

    def said(self):
        bench = self.state
        color, symbol = ("grey", "?") if not bench.opened else ("grey", "⚠") if not bench.valid else (
            "red", "✗") if bench.broken else ("blue", "○")
        return Markup("<div class='leaklab-verdict leaklab-{}'>{} {}</div>").format(color, symbol, bench.verdict)

    def words(self):
        bench, count = self.state, self.state.count
        return Markup(
            "<p>{half}, the {bench.percent}% of highest score are guessed to have seen the canary: true-positive rate "
            "{count.tpr}, false-positive rate {count.fpr}. That comes to <b>epsilon ≥ {count.epsilon.low:.2f}</b>; "
            "trainer {bench.trainer} promised {bench.result.owed.epsilon:.2f}.</p>").format(
                half="On the half that counts" if bench.opened else "On the half to choose on", bench=bench,
                count=count)

    def picture(self):
        bench, count = self.state, self.state.count
        figures = self.backdrops(bench.result.owed.epsilon, bench.measured.delta, most=bench.result.most)
        word = "proven" if bench.valid else "would prove"
        return Markup("<div class='leaklab-beside'>{}{}</div>").format(
            figures.rates(count.tpr, count.fpr, word=word), figures.proven(count.epsilon, bench.broken, word=word))
