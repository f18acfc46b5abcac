"""The record form: one patient, the model, the attack, and the truth."""

import numpy as np
import pandas as pd
import pytest

from leaklab.access import BlackBox
from leaklab.attacks import Shadow, Threshold
from leaklab.course.form import FIELDS, Form, answers, fields_of, model_says
from leaklab.data import Records, load_patients
from leaklab.metrics import Verdicts


def overfitted(records):
    """A model that is sure of the label of these records, and says 50:50 of any other."""
    known = {row.tobytes(): label for row, label in zip(records.x, records.label, strict=True)}

    def answer(x):
        p = np.full(len(x), 0.5)
        for i, row in enumerate(x):
            if row.tobytes() in known:
                p[i] = 0.05 + 0.9 * known[row.tobytes()]
        return np.stack([1 - p, p], axis=1)

    return BlackBox(answer, inputs=(records.x.shape[1],), classes=2)


@pytest.fixture(scope="module")
def shadow():
    own, rest = load_patients("synthetic").deduplicate().sample(400, rng=9).split(200, rng=9)
    return Shadow(overfitted(own), np.concatenate([own.x, rest.x]), np.concatenate([own.label, rest.label]),
                  np.arange(400) < 200)


@pytest.fixture
def form(shadow):
    members, others = load_patients("synthetic").deduplicate().sample(400, rng=0).split(200, rng=0)
    return Form(overfitted(members), members, others, knowledge=shadow, rng=0)


def test_verdicts_on_members_and_others(form):
    for kind, member in (("member", True), ("other", False)):
        for _ in range(5):
            form.pick(kind)
            reading = form.reading()
            assert reading.member is member and reading.says_member is member


def test_rates_are_those_of_the_attack(form, shadow):
    guess = [Threshold()(form._access, people.x, people.label, knowledge=shadow).guess
             for people in (form._people["member"], form._people["other"])]
    assert form.verdicts == Verdicts.count(np.concatenate(guess), np.arange(400) < 200)
    assert form.verdicts.tpr.value == 1


def test_threshold_parts_the_losses(form):
    assert -np.log(0.95) < form.threshold < -np.log(0.5)
    assert form.reading().loss == pytest.approx(-np.log(0.95), rel=1e-6)


def test_a_changed_record_is_another_person(form):
    before = form.record.features["BMI"].iloc[0]
    form.change("BMI", 98)
    assert form.kind == "made up" and not form.reading().member and not form.reading().says_member
    form.change("BMI", int(before))
    assert form.reading().member, "a record equal to a member's is in the data, whoever typed it"


def test_the_outcome_counts_too(form):
    form.change_outcome(1 - int(form.record.label[0]))
    assert not form.reading().member
    assert form.reading().loss == pytest.approx(-np.log(0.05), rel=1e-6)


def test_a_rarer_secret_makes_the_verdict_worth_less(form):
    at_half = form.reading().right
    form.prior = 0.01
    assert form.reading().right.low < at_half.low


def test_surprise_picks_both_kinds_and_does_not_tell(form):
    seen = set()
    for _ in range(30):
        form.pick("surprise")
        seen.add(form.reading().member)
        assert form.kind == "surprise"
    assert seen == {True, False}


def test_each_verdict_is_the_attacks_own(form, shadow):
    attack = Threshold(signal="loss")
    for step in range(30):
        form.pick("surprise") if step % 3 else form.change("BMI", 20 + step)
        own = attack(form._access, form.record.x, form.record.label, knowledge=shadow).guess[0]
        assert form.reading().says_member is bool(own)


def test_the_truth_is_told_until_the_next_is_picked(form):
    assert not form.told
    form.tell()
    form.change("BMI", 40)
    assert form.told
    form.pick("surprise")
    assert not form.told


@pytest.mark.parametrize("act, message", [
    (lambda form: form.pick("twin"), "kind='twin'"),
    (lambda form: form.change("Income", 3), "column='Income'"),
    (lambda form: form.change("Sex", 7), "code=7"),
    (lambda form: form.change_outcome(2), "label=2"),
])
def test_refusals(form, act, message):
    with pytest.raises(ValueError, match=message):
        act(form)


def test_every_answer_of_every_patient_is_on_the_form():
    features = load_patients("synthetic").features
    for column, (_, options) in FIELDS.items():
        assert set(features[column]) <= {code for _, code in options}, column
    assert dict(FIELDS["Age"][1])["25 to 29"] == 2 and dict(FIELDS["Age"][1])["75 to 79"] == 12


def test_answers_are_the_forms_own_words():
    patients = load_patients("synthetic")
    for at in np.linspace(0, len(patients) - 1, 20).astype(int):
        said = answers(patients.take([at]))
        assert list(said) == [name for name, _ in FIELDS.values()]
        assert said["Body mass index"] == str(int(patients.features["BMI"].iloc[at]))


def test_another_table_is_asked_in_its_own_words():
    """A table of three wards; the many temperatures are no question, and a column may be called as a keyword is."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"temperature": rng.normal(37, 1, 60), "self": rng.integers(3, size=60), 7: np.arange(60) % 2})
    wards = Records(table, np.arange(60) % 3, "ward", ("A", "B", "C"), np.zeros(3), np.ones(3), "a test")
    assert fields_of(wards.features) == {"self": ("self", (("0", 0), ("1", 1), ("2", 2))),
                                         7: ("7", (("0", 0), ("1", 1)))}
    model = BlackBox(lambda x: np.tile([0.2, 0.5, 0.3], (len(x), 1)), inputs=(3,), classes=3)
    shadow = Shadow(model, wards.x, wards.label, np.arange(60) < 30)
    form = Form(model, wards.take(range(30)), wards.take(range(30, 60)), knowledge=shadow, rng=0)
    form.change("self", 2 - int(form.record.features["self"].iloc[0]))
    form.change(7, 1)
    assert form.record.features[7].item() == 1 and answers(form.record)["7"] == "1"
    assert (form.reading().answer, form.reading().probability) == ("B", 0.5), "the likeliest of more than two"
    assert model_says(form.record, np.array([0.7, 0.1, 0.2])) == ("A", 0.7)


def test_a_record_costs_one_query_however_often_it_is_read(form):
    """At the start, all 400 are asked about twice: for their loss and their score."""
    access, start = form._access, form._access.queries
    assert start == 2 * 400
    for _ in range(3):
        form.reading()
    form.prior = 0.1
    form.reading()
    assert access.queries == start + 1
    form.pick("other")
    form.reading()
    form.change("BMI", 98)
    form.reading()
    assert access.queries == start + 3


def test_a_wide_table_still_fits_on_a_screen():
    wide = pd.DataFrame({f"c{i}": range(50) if i == 3 else [i, 0] * 25 for i in range(40)})
    assert list(fields_of(wide)) == [f"c{i}" for i in range(9) if i != 3]
