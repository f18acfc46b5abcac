"""A record form with the verdict: fill in a patient, and read whether the attack takes them for a member."""

import ipywidgets as w
from markupsafe import Markup
from matplotlib.figure import Figure

from leaklab.course.form import PICKS, Form
from leaklab.plots.membership import score_histograms
from leaklab.plots.style import BLUE, RED, figure_of
from leaklab.widgets.old import OldDisplay as Display

PRIORS = (("1 in 2", 0.5), ("1 in 10", 0.1), ("1 in 100", 0.01))
TITLES = {"member": "A patient from the training data", "other": "A patient the model never saw",
          "surprise": "A patient; member or not?", "made up": "A patient made up on this form"}
SAYS = {True: ("●", "member", BLUE), False: ("○", "not a member", RED)}
"""What is said -> its mark, its words, its color."""


class PatientForm(Display[Form]):
    """Questions and answers on the left, the verdict and where its loss lies on the right."""

    dpi = 110

    def words(self) -> Markup:
        """The reading in words; the truth is folded away."""
        form, r = self.state, self.state.reading()
        mark, says, color = SAYS[r.says_member]
        return Markup(
            "<div style='line-height:1.4'>{title}. True outcome: <b>{outcome}</b>."
            "<br>The model's answer: {r.answer} with probability <b>{r.probability:.0%}</b>."
            "<br>Its loss on the true outcome is <b>{r.loss:.3f}</b>, {side} the threshold {form.threshold:.3f}."
            "{verdict}If {share} people in question were members, this verdict is right in <b>{right}</b>."
            "<br>Measured: “member” is said of {tpr} of the {rates.tpr.trials} members and of {fpr} of the "
            "{rates.fpr.trials} others.<details><summary>And the truth?</summary>This record is <b>{truth}</b>."
            "</details></div>").format(
                r=r, form=form, rates=form.verdicts, title=TITLES[form.kind],
                outcome=form.record.classes[form.record.label[0]], side="below" if r.says_member else "above",
                verdict=verdict(mark, says, color), right=percent(r.right, 1),
                share={value: text for text, value in PRIORS}.get(form.prior, f"{form.prior:.0%}"),
                tpr=percent(form.verdicts.tpr), fpr=percent(form.verdicts.fpr),
                truth="in the training data" if r.member else "not in the training data")

    def figure(self) -> Figure:
        """Where this record's loss lies among those of known members and others."""
        losses = self.state.losses
        return figure_of(score_histograms(
            losses["member"], losses["other"], log=True, threshold=self.state.threshold,
            record=self.state.reading().loss, quantity="loss: the model is sure and right  ←   →  wrong"))

    def layout(self) -> w.Widget:
        form = self.state
        wide = {"style": {"description_width": "150px"}, "layout": {"width": "330px"}}
        self.kind = w.ToggleButtons(options=PICKS, value=form.kind, description="Pick a patient",
                                    style={"button_width": "105px", "description_width": "100px"},
                                    layout={"width": "auto"})
        self.another = w.Button(description="Another one", icon="random", tooltip="Pick another at random")
        self.fields = {column: w.Dropdown(options=options, description=name, **wide) if len(options) < 20
                       else w.SelectionSlider(options=options, description=name, continuous_update=False, **wide)
                       for column, (name, options) in form.fields.items()}
        outcomes = tuple((str(name), code) for code, name in enumerate(form.record.classes))
        self.outcome = w.Dropdown(options=outcomes, description="True outcome", **wide)
        self.prior = w.Dropdown(options=PRIORS, value=form.prior, description="Members in question", **wide)
        self.said, self.shown = w.HTML(), self.image("450px")
        self.bind(self.kind, form.pick)
        self.bind(self.another, lambda: form.pick(self.kind.value or "surprise"))
        self.bind(self.outcome, form.change_outcome)
        self.bind(self.prior, lambda prior: setattr(form, "prior", prior))
        for column, control in self.fields.items():
            self.bind(control, lambda code, column=column: form.change(column, code))
        return w.VBox([
            w.HBox([self.kind, self.another], layout={"align_items": "flex-end"}),
            w.HBox([w.VBox([*self.fields.values(), self.outcome, self.prior], layout={"flex": "0 0 auto"}),
                    w.VBox([self.said, self.shown],
                           layout={"flex": "1 1 0", "min_width": "0", "margin": "0 0 0 16px"})])])

    def draw(self) -> None:
        record = self.state.record
        self.kind.value = self.state.kind if self.state.kind != "made up" else None
        self.outcome.value = int(record.label[0])
        for column, control in self.fields.items():
            control.value = record.features[column].iloc[0]
        self.said.value = self.words()
        self.show(self.shown, self.figure())


def verdict(mark: str, says: str, color: str) -> Markup:
    """The attack's word, large."""
    return Markup(
        "<div role='status' style='border-left:6px solid {};padding:4px 12px;margin:6px 0;font-size:150%'>"
        "<span aria-hidden='true'>{}</span> The attack says: <b>{}</b></div>").format(color, mark, says)


def percent(rate, decimals: int = 0) -> str:
    """A rate and its interval in percent."""
    return "{:.{d}%} [{:.{d}%}, {:.{d}%}]".format(rate.value, rate.low, rate.high, d=decimals)
