"""The record form, without a browser."""

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.attacks import Shadow, Threshold
from leaklab.data import load_patients
from leaklab.metrics import Verdicts
from leaklab.widgets.patient import FIELDS, PatientForm


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


@pytest.fixture
def form():
    patients = load_patients("synthetic").deduplicate()
    members, others = patients.sample(400, rng=0).split(200, rng=0)
    own, rest = patients.sample(400, rng=9).split(200, rng=9)
    shadow = Shadow(overfitted(own), np.concatenate([own.x, rest.x]), np.concatenate([own.label, rest.label]),
                    np.arange(400) < 200)
    return PatientForm(overfitted(members), members, others, knowledge=shadow, rng=0)


def test_verdicts_on_members_and_others(form):
    for kind, member in (("member", True), ("other", False)):
        for _ in range(5):
            form.pick(kind)
            reading = form.reading()
            assert reading.member is member and reading.says_member is member
            words = form.words()
            assert ("<b>in the training data" in words, "<b>not in the training data" in words) == (member, not member)
            assert ("not a member" in words) is not member


def test_rates_are_those_of_the_attack(form):
    guess = [Threshold()(form._access, people.x, people.label, knowledge=form._shadow).guess
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
    form.change("label", 1 - int(form.record.label[0]))
    assert not form.reading().member
    assert form.reading().loss == pytest.approx(-np.log(0.05), rel=1e-6)


def test_a_rarer_secret_makes_the_verdict_worth_less(form):
    at_half = form.reading().right
    form.prior = 0.01
    assert form.reading().right.low < at_half.low
    assert "1 in 100" in form.words()


def test_surprise_picks_both_kinds_and_does_not_tell(form):
    seen = set()
    for _ in range(30):
        form.pick("surprise")
        seen.add(form.reading().member)
        assert "member or not?" in form.words()
    assert seen == {True, False}


@pytest.mark.parametrize("act, message", [
    (lambda form: form.pick("twin"), "kind='twin'"),
    (lambda form: form.change("Income", 3), "column='Income'"),
    (lambda form: form.change("Sex", 7), "code=7"),
    (lambda form: form.change("label", 2), "code=2"),
])
def test_refusals(form, act, message):
    with pytest.raises(ValueError, match=message):
        act(form)


def test_every_answer_of_every_patient_is_on_the_form():
    features = load_patients("synthetic").features
    for column, (_, answers) in FIELDS.items():
        assert set(features[column]) <= {code for _, code in answers}, column
    assert dict(FIELDS["Age"][1])["25 to 29"] == 2 and dict(FIELDS["Age"][1])["75 to 79"] == 12


def test_view_follows_the_state_and_the_state_the_view(form):
    view = form.view
    assert view is form.view
    box = form._view_parts
    box.kind.value = "other"
    assert form.kind == "other" and not form.reading().member
    picture, words = box.image.value, box.words.value
    box.fields["BMI"].value = 60
    assert form.kind == "made up" and form.record.features["BMI"].iloc[0] == 60
    assert box.image.value != picture or box.words.value != words
    box.prior.value = 0.01
    assert "1 in 100" in box.words.value
    assert box.kind.value is None, "none of the buttons made this patient"
    box.another.click()
    assert form.kind == box.kind.value == "surprise" and box.fields["BMI"].value == form.record.features["BMI"].iloc[0]
    controls = [box.kind, box.another, box.prior, *box.fields.values()]
    assert all(control.description for control in controls)
