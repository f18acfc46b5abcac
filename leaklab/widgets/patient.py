"""A record form with the verdict: fill in a patient, and read whether the attack takes them for a member."""

from functools import cached_property

import ipywidgets as w
from markupsafe import Markup

from leaklab.course.form import PICKS, Form
from leaklab.plots.membership import score_histograms
from leaklab.plots.moving import MovingChart
from leaklab.plots.style import span
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button, control
from leaklab.widgets.verdict import SAYS, verdict

PRIORS = (("1 in 2", 0.5), ("1 in 10", 0.1), ("1 in 100", 0.01))
TITLES = {"member": "A patient from the training data.", "other": "A patient the model never saw.",
          "surprise": "A patient: member or not?", "made up": "A patient made up on this form."}


class PatientForm(Display[Form]):
    """Questions and answers on the left, the verdict and where its loss lies on the right."""

    name, columns = "patient-form", True

    def controls(self):
        form = self.state
        self.kind = w.ToggleButtons(options=PICKS, description="Pick a patient", style={"button_width": "auto"},
                                    tooltip="Pick a patient at random", tooltips=[
                                        "Somebody of the training data", "Somebody the model never saw",
                                        "One or the other, which is not told"])
        self.another = button("Another one", "Pick another at random", icon="random")
        self.tell = button("Reveal the truth", "Tell whether this record is in the training data", icon="eye")
        self.fields = {column: control(w.Dropdown if len(options) < 20 else w.SelectionSlider, name,
                                       "Another answer makes somebody up", options=options, width="12em", label="100%")
                       for column, (name, options) in form.fields.items()}
        outcomes = [(str(name), code) for code, name in enumerate(form.record.classes)]
        self.outcome = control(w.Dropdown, "True outcome", "The loss is measured on it", options=outcomes,
                               width="15em", label="100%")
        self.prior = control(w.Dropdown, "Members are", "The share of members among all people in question",
                             options=PRIORS, width="9em", label="100%")
        self.bind(self.kind, form.pick)
        self.bind(self.another, lambda: form.pick(self.kind.value or "surprise"))
        self.bind(self.tell, form.tell)
        self.bind(self.outcome, form.change_outcome)
        self.bind(self.prior, lambda prior: setattr(form, "prior", prior))
        for column, field in self.fields.items():
            self.bind(field, lambda code, column=column: form.change(column, code))
        return [[self.kind, self.another, self.tell], [*self.fields.values(), self.outcome, self.prior]]

    def draw(self):
        form, record = self.state, self.state.record
        self.kind.value = form.kind if form.kind != "made up" else None
        self.tell.disabled, self.outcome.value = form.told, int(record.label[0])
        for column, field in self.fields.items():
            field.value = record.features[column].iloc[0]

    def said(self):
        return Markup("{}{}").format(TITLES[self.state.kind], verdict(*SAYS[self.state.reading().says_member]))

    def words(self):
        form, r, rates = self.state, self.state.reading(), self.state.verdicts
        truth = Markup("<p>The truth: this record is <b>{}in the training data</b>.</p>").format(
            "" if r.member else "not ") if form.told else ""
        return Markup(
            "{truth}<p>True outcome: <b>{outcome}</b>. The model's answer: {r.answer} with probability "
            "<b>{r.probability:.0%}</b>. Its loss on the true outcome is <b>{r.loss:.3f}</b>, {side} the threshold "
            "{form.threshold:.3f}.</p><p>If {share} people in question were members, this verdict is right in "
            "<b>{r.right.value:.1%} [{r.right.low:.1%}, {r.right.high:.1%}]</b>. “Member” is said of {tpr} of the "
            "{rates.tpr.trials} members and of {fpr} of the {rates.fpr.trials} others.</p>").format(
                truth=truth, r=r, form=form, rates=rates, side="below" if r.says_member else "above",
                outcome=form.record.classes[form.record.label[0]],
                share={value: text for text, value in PRIORS}.get(form.prior, f"{form.prior:.0%} of the"),
                tpr=span(rates.tpr), fpr=span(rates.fpr))

    def picture(self):
        r, form = self.state.reading(), self.state
        return self.losses.show(
            f"Histograms of the losses of members and of others. This record's loss, {r.loss:.3g}, lies "
            f"{'below' if r.says_member else 'above'} the threshold {form.threshold:.3g}.", record=r.loss)

    @cached_property
    def losses(self) -> MovingChart:
        """Losses of members and others, drawn once, with a mark that moves."""
        losses, threshold = self.state.losses, self.state.threshold
        chart = MovingChart(score_histograms(losses["member"], losses["other"], log=True, threshold=threshold,
                                             quantity="loss: the model is sure and right  ←   →  wrong"))
        chart.mark("record", "this record", line=1)
        return chart
