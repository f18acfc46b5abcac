"""The record form's view, without a browser."""

import asyncio
import re
import time
from html import unescape

import numpy as np
import pandas as pd
import pytest

from leaklab.access import BlackBox
from leaklab.attacks import Shadow
from leaklab.course.form import Form
from leaklab.data import Records, load_patients
from leaklab.widgets.patient import PatientForm


def form_on(patients, members, others, answer, classes):
    access = BlackBox(answer, inputs=(members.x.shape[1],), classes=classes)
    shadow = Shadow(access, patients.x, patients.label, patients.features.index.isin(members.features.index))
    widget = PatientForm(Form(access, members, others, knowledge=shadow, rng=0))
    assert widget.view is widget.view
    return widget


@pytest.fixture
def widget():
    patients = load_patients("synthetic").deduplicate().sample(200, rng=0)
    members, others = patients.split(100, rng=0)
    known = {row.tobytes(): label for row, label in zip(members.x, members.label, strict=True)}

    def answer(x):
        p = np.array([0.05 + 0.9 * known[row.tobytes()] if row.tobytes() in known else 0.5 for row in x])
        return np.stack([1 - p, p], axis=1)

    return form_on(patients, members, others, answer, 2)


def test_the_words_are_the_reading(widget):
    for kind, member in (("member", True), ("other", False)):
        widget.kind.value = kind
        assert "in the training data</b>" not in widget.readout.words, "told only when asked"
        widget.tell.click()
        words = widget.readout.words
        assert ("<b>in the training data" in words, "<b>not in the training data" in words) == (member, not member)
        assert ("not a member" in widget.readout.said) is not member
    widget.kind.value = "surprise"
    widget.prior.value = 0.01
    assert "1 in 100" in widget.readout.words and "member or not?" in widget.readout.said
    assert "?." not in widget.readout.said


def test_the_truth_is_told_until_another_comes(widget):
    widget.kind.value = "surprise"
    widget.tell.click()
    assert "The truth" in widget.readout.words and widget.tell.disabled
    widget.another.click()
    assert "The truth" not in widget.readout.words and not widget.tell.disabled


def test_view_follows_the_state_and_the_state_the_view(widget):
    form = widget.state
    widget.kind.value = "other"
    assert form.kind == "other" and not form.reading().member
    widget.kind.value = "member"
    picture = widget.readout.picture
    widget.fields["BMI"].value = 98
    assert form.kind == "made up" and form.record.features["BMI"].iloc[0] == 98
    assert widget.readout.picture != picture, "a member no more, and so another loss"
    widget.outcome.value = 1 - widget.outcome.value
    assert form.record.label[0] == widget.outcome.value
    assert widget.kind.value is None, "none of the buttons made this patient"
    widget.another.click()
    assert form.kind == widget.kind.value == "surprise"
    assert widget.fields["BMI"].value == form.record.features["BMI"].iloc[0]
    controls = [widget.kind, widget.another, widget.tell, widget.prior, widget.outcome, *widget.fields.values()]
    assert all(control.description and control.tooltip for control in controls if control is not widget.kind)
    assert all(widget.kind.tooltips)


def test_the_picture_says_and_shows_where_the_record_lies(widget):
    def now():
        alt = re.search('aria-label="([^"]*)"', widget.readout.picture)[1]
        return alt, float(re.search(r'<g id="record" transform="translate\(([-\d.]+)\)', widget.readout.picture)[1])

    widget.kind.value = "member"
    below, left = now()
    widget.kind.value = "other"
    above, right = now()
    assert "below the threshold" in below and "above the threshold" in above and left < right


def test_the_histograms_are_drawn_once(widget):
    began = time.perf_counter()
    for _ in range(20):
        widget.another.click()
    assert (time.perf_counter() - began) / 20 < 0.1


def test_twenty_fast_clicks_settle_within_a_second(widget):
    drawn = []
    picture = widget.picture
    widget.picture = lambda: drawn.append(1) or picture()

    async def clicks():
        await asyncio.sleep(0.3)
        drawn.clear()
        began = time.perf_counter()
        for _ in range(20):
            widget.another.click()
            await asyncio.sleep(0)
        assert time.perf_counter() - began < 1
        await asyncio.sleep(0.3)

    asyncio.run(clicks())
    assert len(drawn) <= 4, "the first, the last, and of those between few"
    loss = f"This record's loss, {widget.state.reading().loss:.3g},"
    assert loss in unescape(widget.readout.picture)


def test_another_table_with_text_and_three_classes():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"ward": rng.choice(["<b>A", "B & C", "D"], 80), "fever": rng.integers(0, 3, 80),
                          "pulse": rng.normal(80, 9, 80), "out": rng.choice(["home", "<i>away", "here"], 80)})
    visits = Records.of(table, label="out", encode="table")
    widget = form_on(visits, visits.take(range(40)), visits.take(range(40, 80)),
                     lambda x: np.tile([0.2, 0.5, 0.3], (len(x), 1)), 3)
    assert list(widget.fields) == ["ward", "fever"] and len(widget.outcome.options) == 3
    widget.fields["ward"].value = "B & C"
    widget.outcome.value = 2
    assert widget.readout.fault == "" and "<i>away" not in widget.readout.words + widget.readout.said
    assert "0.5" in widget.readout.words or "50%" in widget.readout.words


def test_the_still_has_a_picture(widget):
    page = widget.still().data
    assert "<img" in page and "A patient from the training data" in page


def test_another_share_of_members_than_those_offered(widget):
    widget.state.prior = 0.3
    widget.refresh()
    assert "If 30% of the people in question" in widget.readout.words
