"""The record form's view, without a browser."""

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.attacks import Shadow
from leaklab.course.form import Form
from leaklab.data import load_patients
from leaklab.widgets.patient import PatientForm


@pytest.fixture
def widget():
    patients = load_patients("synthetic").deduplicate().sample(200, rng=0)
    members, others = patients.split(100, rng=0)
    known = {row.tobytes(): label for row, label in zip(members.x, members.label, strict=True)}

    def answer(x):
        p = np.array([0.05 + 0.9 * known[row.tobytes()] if row.tobytes() in known else 0.5 for row in x])
        return np.stack([1 - p, p], axis=1)

    access = BlackBox(answer, inputs=(members.x.shape[1],), classes=2)
    shadow = Shadow(access, patients.x, patients.label, patients.features.index.isin(members.features.index))
    return PatientForm(Form(access, members, others, knowledge=shadow, rng=0))


def test_the_words_are_the_reading(widget):
    for kind, member in (("member", True), ("other", False)):
        widget.state.pick(kind)
        words = widget.words()
        assert ("<b>in the training data" in words, "<b>not in the training data" in words) == (member, not member)
        assert ("not a member" in words) is not member
    widget.state.prior = 0.01
    widget.state.pick("surprise")
    assert "1 in 100" in widget.words() and "member or not?" in widget.words()


def test_view_follows_the_state_and_the_state_the_view(widget):
    form = widget.state
    assert widget.view is widget.view
    widget.kind.value = "other"
    assert form.kind == "other" and not form.reading().member
    picture, words = widget.shown.value, widget.said.value
    widget.fields["BMI"].value = 60
    assert form.kind == "made up" and form.record.features["BMI"].iloc[0] == 60
    assert widget.shown.value != picture or widget.said.value != words
    widget.outcome.value = 1 - widget.outcome.value
    assert form.record.label[0] == widget.outcome.value
    widget.prior.value = 0.01
    assert "1 in 100" in widget.said.value
    assert widget.kind.value is None, "none of the buttons made this patient"
    widget.another.click()
    assert form.kind == widget.kind.value == "surprise"
    assert widget.fields["BMI"].value == form.record.features["BMI"].iloc[0]
    controls = [widget.kind, widget.another, widget.prior, widget.outcome, *widget.fields.values()]
    assert all(control.description for control in controls)
