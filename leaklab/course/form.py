"""A record to fill in, and what the threshold attack makes of it."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks import Shadow, Threshold
from leaklab.attacks.membership import loss
from leaklab.data import Records
from leaklab.metrics import Interval, Verdicts

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
"""Column of the patients -> (what the form calls it, the answers and their codes); other columns are not shown."""
MOST, FEW = 8, 30
"""Of another table, at most so many columns of so few different values are shown: a form fits on a screen."""
PICKS = (("a member", "member"), ("not a member", "other"), ("surprise me", "surprise"))


def fields_of(features: pd.DataFrame) -> dict[str, tuple[str, tuple[tuple[str, Any], ...]]]:
    """The questions that a form asks of a table: `FIELDS`, or of another table its first columns that have few values.

    >>> fields_of(pd.DataFrame({"pulse": [61.0, 72.5, 61.0]}))
    {'pulse': ('pulse', (('61', 61.0), ('72.5', 72.5)))}
    """
    known = {column: field for column, field in FIELDS.items()
             if column in features and set(features[column]) <= {code for _, code in field[1]}}
    if known:
        return known
    few = ((column, values) for column in features if len(values := set(features[column].tolist())) <= FEW)
    return {column: (str(column), tuple((_word(value), value) for value in sorted(values)))
            for column, values in islice(few, MOST)}


def answers(record: Records) -> dict[str, str]:
    """What the form's questions are called, and what the one person in ``record`` answered, in words.

    >>> from leaklab.data import load_patients
    >>> answers(load_patients("synthetic").take([0]))["Has smoked"] in ("no", "yes")
    True
    """
    row = record.features.iloc[0]
    return {name: {code: text for text, code in options}[row[column]]
            for column, (name, options) in fields_of(record.features).items()}


def model_says(record: Records, probabilities: np.ndarray) -> tuple[str, float]:
    """What a model says of one person: the outcome and its probability; of more than two classes, the likeliest.

    >>> from leaklab.data import load_patients
    >>> model_says(load_patients("synthetic").take([0]), np.array([0.75, 0.25]))
    ('prediabetes or diabetes', 0.25)
    """
    if len(record.classes) == 2:
        return record.label_name, float(probabilities[1])
    return str(record.classes[probabilities.argmax()]), float(probabilities.max())


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Reading:
    """What the form shows of one record.

    ``answer`` and ``probability`` are what the model says, ``loss`` is its loss on the true outcome, ``says_member``
    the verdict, ``right`` how often such a verdict is right, and ``member`` the truth.
    """

    answer: str
    probability: float
    loss: float
    says_member: bool
    right: Interval
    member: bool


class Form:
    """One record, picked or made up, before a model and the attack on it.

    Parameters
    ----------
    access : Access
        The model under attack; scores are enough.
    members, others : Records
        Patients it was trained on, and patients it never saw: to choose from, and to measure the verdicts on.
    knowledge : Shadow
        What the threshold is learned from, so that no verdict is measured on the people who set it.
    rng : int or numpy.random.Generator
        Decides who is picked.

    Attributes
    ----------
    record : Records
        Of length one.
    kind : str
        How the record came: ``"member"``, ``"other"``, ``"surprise"`` or ``"made up"``.
    prior : float
        The share of members among the people in question.
    losses : dict of str to float array
        Of the ``"member"`` and of the ``"other"`` records.
    verdicts : Verdicts
        Of the attack on all of them.
    threshold : float
        The loss below which a record is called a member's.
    told : bool
        Whether the truth about the record is told: see `tell`.
    """

    def __init__(self, access: Access, members: Records, others: Records, *, knowledge: Shadow, rng):
        self._access, self._people = access, {"member": members, "other": others}
        self._rng = v.generator(rng)
        self._read: tuple[Records, np.ndarray, float] | None = None
        self.fields = fields_of(pd.concat([members.features, others.features]))
        signals = [loss(self._ask(people), self._column(people)) for people in (members, others)]
        self.losses = {kind: _loss(signal) for kind, signal in zip(self._people, signals, strict=True)}
        scores = [Threshold(signal="loss")(access, people.x, people.label, knowledge=knowledge).score
                  for people in (members, others)]
        self.verdicts = Verdicts.count(np.concatenate(scores) > 0,
                                       np.repeat([True, False], [len(members), len(others)]))
        # Signal and calibrated score differ by a constant: the threshold.
        self.threshold = float(scores[0][0] - signals[0][0])
        self.prior = 0.5
        self.pick("member")

    def pick(self, kind: str) -> None:
        """Choose at random: a ``"member"``, an ``"other"``, or one of them without saying which (``"surprise"``)."""
        v.one_of("kind", kind, [code for _, code in PICKS])
        self.kind, self.told = kind, False
        people = self._people[kind if kind != "surprise" else ("member", "other")[self._rng.integers(2)]]
        self.record = people.take([self._rng.integers(len(people))])

    def change(self, column: str, code: Any) -> None:
        """Answer one question differently: the patient is made up from now on."""
        v.one_of("column", column, self.fields)
        v.one_of("code", code, [c for _, c in self.fields[column][1]])
        features = self.record.features.copy()
        features[column] = code
        self.kind, self.record = "made up", replace(self.record, features=features)

    def change_outcome(self, label: int) -> None:
        """Give the patient another true outcome, by its number: made up from now on."""
        v.one_of("label", label, range(len(self.record.classes)))
        self.kind, self.record = "made up", replace(self.record, label=np.array([label]))

    def tell(self) -> None:
        """Tell the truth about this record, until the next is picked."""
        self.told = True

    def reading(self) -> Reading:
        """What model and attack say of the record as it stands (one query, once: loss and verdict follow from it)."""
        if self._read is None or self._read[0] is not self.record:
            answer = self._ask(self.record)
            self._read = self.record, answer[0], float(loss(answer, self._column(self.record))[0])
        record, probabilities, signal = self._read
        says = signal + self.threshold > 0
        right = self.verdicts.precision if says else self.verdicts.clearance
        return Reading(*model_says(record, probabilities), float(_loss(signal)), says, right(self.prior),
                       self._is_member())

    def _ask(self, people: Records) -> np.ndarray:
        return self._access.probabilities(people.x)

    def _column(self, people: Records) -> np.ndarray:
        return self._access.encode(people.label, length=len(people))

    def _is_member(self) -> bool:
        members = self._people["member"]
        alike = (members.features.to_numpy() == self.record.features.to_numpy()).all(axis=1)
        return bool((alike & (members.label == self.record.label)).any())


def _loss(signal):
    """From the signal, a logarithm, a loss that a logarithmic axis can show."""
    return np.maximum(-signal, 1e-6)
