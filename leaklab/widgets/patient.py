"""A record form with the verdict: fill in a patient, and read whether the attack takes them for a member."""

from dataclasses import dataclass, replace

import ipywidgets as widgets
import numpy as np

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks import Shadow, Threshold
from leaklab.data import Records
from leaklab.metrics import Interval, Verdicts
from leaklab.plots.membership import score_histograms
from leaklab.plots.style import png

NO_YES = (("no", 0), ("yes", 1))
FIELDS = {
    "Age": ("Age", (("18 to 24", 1), *((f"{15 + 5 * i} to {19 + 5 * i}", i) for i in range(2, 13)),
                    ("80 and over", 13))),
    "Sex": ("Sex", (("female", 0), ("male", 1))),
    "BMI": ("Body mass index", tuple((str(i), i) for i in range(13, 99))),
    "GenHlth": ("General health", (("excellent", 1), ("very good", 2), ("good", 3), ("fair", 4), ("poor", 5))),
    "HighBP": ("High blood pressure", NO_YES),
    "HighChol": ("High cholesterol", NO_YES),
    "Smoker": ("Has smoked", NO_YES),
    "PhysActivity": ("Exercises", NO_YES),
}
"""Column -> (what the form calls it, the answers and their codes). The other columns stay the chosen patient's."""
KINDS = (("a member", "member"), ("not a member", "other"), ("surprise me", "surprise"))
PRIORS = (("1 in 2", 0.5), ("1 in 10", 0.1), ("1 in 100", 0.01))


def answers(record: Records) -> dict[str, str]:
    """What the form's questions are called, and what the one person in ``record`` answered, in words.

    >>> from leaklab.data import load_patients
    >>> answers(load_patients("synthetic").take([0]))["Has smoked"] in ("no", "yes")
    True
    """
    row = record.features.iloc[0]
    return {name: {code: text for text, code in options}[int(row[column])]
            for column, (name, options) in FIELDS.items() if column in row}


@dataclass(frozen=True)
class Reading:
    """What the form shows of one record.

    ``risk`` is the model's probability of the illness, ``loss`` the model's loss on the true outcome, ``says_member``
    the verdict, ``right`` how often such a verdict is right, and ``member`` the truth.
    """

    risk: float
    loss: float
    says_member: bool
    right: Interval
    member: bool


class PatientForm:
    """The state of the form, and its view (``.view``; or let the notebook show the object).

    Parameters
    ----------
    access : Access
        The model under attack; scores are enough.
    members, others : Records
        Patients it was trained on, and patients it never saw: to choose from, and to measure the verdicts on.
    shadow : Shadow
        What the threshold is learned from, so that no verdict is measured on the people who set it.
    rng : int or numpy.random.Generator
        Decides who is picked.
    """

    def __init__(self, access: Access, members: Records, others: Records, *, shadow: Shadow, rng):
        self._attack, self._access, self._shadow = Threshold(signal="loss"), access, shadow
        self._people = {"member": members, "other": others}
        self._rng = v.generator(rng)
        judged = {kind: self._ask(people) for kind, people in self._people.items()}
        self._losses = {kind: loss for kind, (loss, _) in judged.items()}
        guess = np.concatenate([says for _, says in judged.values()])
        self.verdicts = Verdicts.count(guess, np.repeat([True, False], [len(members), len(others)]))
        # Loss and calibrated score differ by a constant: the threshold.
        self.threshold = float(self._losses["member"][0] + self._scores(members)[0])
        self.prior = 0.5
        self._view_parts = None
        self.pick("member")

    def pick(self, kind: str) -> None:
        """Choose at random: a ``"member"``, an ``"other"``, or one of them without saying which (``"surprise"``)."""
        v.one_of("kind", kind, [code for _, code in KINDS])
        self.kind = kind
        people = self._people[kind if kind != "surprise" else ("member", "other")[self._rng.integers(2)]]
        self.record = people.take([self._rng.integers(len(people))])

    def change(self, column: str, code: int) -> None:
        """Answer one question differently: the patient is made up from now on. ``"label"`` is the true outcome."""
        if column == "label":
            code = v.one_of("code", code, range(len(self.record.classes)))
            changed = {"label": np.array([code])}
        else:
            v.one_of("column", column, FIELDS)
            v.one_of("code", code, [c for _, c in FIELDS[column][1]])
            changed = {"features": self.record.features.assign(**{column: code})}
        self.kind, self.record = "made up", replace(self.record, **changed)

    def reading(self) -> Reading:
        """Ask the model about the record as it stands (three queries: the answer, the loss and the verdict)."""
        loss, says = self._ask(self.record)
        right = self.verdicts.precision if says[0] else self.verdicts.clearance
        return Reading(float(self._access.probabilities(self.record.x)[0, 1]), float(loss[0]), bool(says[0]),
                       right(self.prior), self._is_member())

    def figure(self):
        """Where this record's loss lies among those of known members and others, as a matplotlib Figure."""
        ax = score_histograms(self._losses["member"], self._losses["other"], log=True, threshold=self.threshold,
                              record=self.reading().loss, quantity="loss: the model is sure and right  ←   →  wrong")
        return ax.figure

    def words(self) -> str:
        """The reading in words, as HTML; the truth is folded away."""
        r, record, rates = self.reading(), self.record, self.verdicts
        symbol, verdict, colour = ("●", "member", "#0072B2") if r.says_member else ("○", "not a member", "#D55E00")
        side = "below" if r.says_member else "above"
        share = {value: text for text, value in PRIORS}.get(self.prior, f"{self.prior:.0%}")
        truth = "in the training data" if r.member else "not in the training data"
        return (
            f"<div style='line-height:1.4'>{_TITLES[self.kind]}. "
            f"True outcome: <b>{record.classes[record.label[0]]}</b>."
            f"<br>The model's answer: {record.label_name} with probability <b>{r.risk:.0%}</b>."
            f"<br>Its loss on the true outcome is <b>{r.loss:.3f}</b>, {side} the threshold {self.threshold:.3f}."
            f"<div role='status' style='border-left:6px solid {colour};padding:4px 12px;margin:6px 0;font-size:150%'>"
            f"<span aria-hidden='true'>{symbol}</span> The attack says: <b>{verdict}</b></div>"
            f"If {share} people in question were members, this verdict is right in <b>{percent(r.right, 1)}</b>."
            f"<br>Measured: “member” is said of {percent(rates.tpr)} of the {rates.tpr.trials} members and of "
            f"{percent(rates.fpr)} of the {rates.fpr.trials} others."
            f"<details><summary>And the truth?</summary>This record is <b>{truth}</b>.</details></div>")

    @property
    def view(self) -> widgets.Widget:
        """The form, made at the first call."""
        if self._view_parts is None:
            self._view_parts = _View(self)
        return self._view_parts.box

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)

    def _scores(self, people: Records) -> np.ndarray:
        return self._attack(self._access, people.x, people.label, knowledge=self._shadow).score

    def _ask(self, people: Records) -> tuple[np.ndarray, np.ndarray]:
        """The loss of each, and whether the attack says "member"."""
        plain = self._attack(self._access, people.x, people.label).score
        return np.maximum(-plain, 1e-6), self._scores(people) > 0

    def _is_member(self) -> bool:
        members = self._people["member"]
        alike = (members.features.to_numpy() == self.record.features.to_numpy()).all(axis=1)
        return bool((alike & (members.label == self.record.label)).any())


class _View:
    """Controls that call the state, and outputs that show it."""

    def __init__(self, form: PatientForm):
        self.form, self.filling = form, False
        wide = {"style": {"description_width": "150px"}, "layout": {"width": "330px"}}
        self.kind = widgets.ToggleButtons(options=KINDS, value=form.kind, description="Pick a patient",
                                          style={"button_width": "105px", "description_width": "100px"},
                                          layout={"width": "auto"})
        self.another = widgets.Button(description="Another one", icon="random", tooltip="Pick another at random")
        self.fields = {column: widgets.Dropdown(options=options, description=name, **wide) if column != "BMI"
                       else widgets.SelectionSlider(options=options, description=name, continuous_update=False, **wide)
                       for column, (name, options) in FIELDS.items()}
        outcomes = tuple((name, code) for code, name in enumerate(form.record.classes))
        self.fields["label"] = widgets.Dropdown(options=outcomes, description="True outcome", **wide)
        self.prior = widgets.Dropdown(options=PRIORS, value=form.prior, description="Members in question", **wide)
        self.words, self.image = widgets.HTML(), widgets.Image(format="png", layout={"width": "450px"})
        self.kind.observe(lambda change: None if self.filling else self.pick(), "value")
        self.another.on_click(lambda button: self.pick())
        self.prior.observe(lambda change: self.ask(change.new), "value")
        for column, control in self.fields.items():
            control.observe(lambda change, column=column: self.change(column, change.new), "value")
        self.box = widgets.VBox([
            widgets.HBox([self.kind, self.another], layout={"align_items": "flex-end"}),
            widgets.HBox([widgets.VBox([*self.fields.values(), self.prior], layout={"flex": "0 0 auto"}),
                          widgets.VBox([self.words, self.image],
                                       layout={"flex": "1 1 0", "min_width": "0", "margin": "0 0 0 16px"})])])
        self.fill()

    def pick(self):
        self.form.pick(self.kind.value or "surprise")
        self.fill()

    def change(self, column, code):
        if not self.filling:
            self.form.change(column, code)
            self.fill()

    def ask(self, prior):
        self.form.prior = prior
        self.show()

    def fill(self):
        """Put the patient into the controls, without taking that for the user's changes."""
        self.filling = True
        self.kind.value = self.form.kind if self.form.kind != "made up" else None
        for column, control in self.fields.items():
            record = self.form.record
            control.value = int(record.label[0] if column == "label" else record.features[column].iloc[0])
        self.filling = False
        self.show()

    def show(self):
        self.words.value = self.form.words()
        self.image.value = png(self.form.figure())


_TITLES = {"member": "A patient from the training data", "other": "A patient the model never saw",
           "surprise": "A patient; member or not?", "made up": "A patient made up on this form"}


def percent(rate, decimals: int = 0) -> str:
    """A rate and its interval in percent."""
    return "{:.{d}%} [{:.{d}%}, {:.{d}%}]".format(rate.value, rate.low, rate.high, d=decimals)
