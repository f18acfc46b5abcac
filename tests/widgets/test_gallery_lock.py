"""The gallery lock's view, without a browser: enrol, recognise, erase, and what it says of each."""

import re

import pytest
from course_states import emptied, tiny_door
from markupsafe import escape

from leaklab.plots.gallery import similarity_chart
from leaklab.widgets import GalleryLock


@pytest.fixture(scope="module")
def trained():
    return tiny_door()


@pytest.fixture
def lock(trained):
    lock = GalleryLock(emptied(trained))
    assert lock.view is lock.view
    return lock


def alts(lock):
    return re.findall('(?:alt|aria-label)="([^"]*)"', lock.readout.picture)


def test_it_opens_with_an_empty_gallery(lock):
    assert "Nobody is enrolled yet" in lock.readout.said and "has not been asked" in lock.readout.words
    assert not lock.enrol.disabled and lock.erase.disabled and len(alts(lock)) == 1
    lock.recognise.click()
    assert "closed: nobody is enrolled" in lock.readout.said and "✗ Door closed" in lock.readout.words


def test_enrol_recognise_erase(lock):
    name = str(escape(lock.state.name))
    lock.enrol.click()
    assert f"{name} stands at the door, enrolled" in lock.readout.said and lock.enrol.disabled
    lock.recognise.click()
    assert f"The door opens: {name} is recognised" in lock.readout.said and "✓ Door open" in lock.readout.words
    assert f"Most similar: {name}" in alts(lock)[1] and "threshold" in alts(lock)[1]
    lock.erase.click()
    assert "closed" in lock.readout.said and "✗ Door closed" in lock.readout.words and lock.erase.disabled
    assert len(alts(lock)) == 1, "nobody is left to compare with"


def test_a_stranger_before_a_full_gallery(lock):
    lock.others.click()
    lock.recognise.click()
    assert "not enrolled, is not recognised" in lock.readout.said and "✗ Door closed" in lock.readout.words
    assert "Similarity to 5 enrolled" in alts(lock)[1]
    before = lock.readout.picture
    lock.photograph.click()
    assert lock.readout.picture != before
    lock.visitor.value = lock.state.names[1]
    assert "Press Recognise" in lock.readout.said and "has not been asked" in lock.readout.words
    lock.recognise.click()
    assert "The door opens" in lock.readout.said


def test_mistakes_are_called_mistakes(lock):
    lock.others.click()
    lock.state.lock.threshold, kept = -1.0, lock.state.lock.threshold
    try:
        lock.recognise.click()
        assert "The door opens by mistake" in lock.readout.said and "is taken for" in lock.readout.said
        lock.state.lock.threshold = 2.0
        lock.enrol.click()
        assert "although enrolled, is not recognised" in lock.readout.said
    finally:
        lock.state.lock.threshold = kept


def test_what_leaks_is_told(lock):
    words = lock.readout.words
    assert "byte for byte" in words and "0 vectors" in words and "AUC" not in words
    for name in lock.state.names[:3]:
        lock.visitor.value = name
        lock.enrol.click()
    words = lock.readout.words
    assert "3 vectors" in words and "AUC 1.00" in words and "byte for byte" in words
    assert "show who was erased" in words and "mistakes add up" in words and "95% interval" in words


def test_a_refusal_is_told_in_place(lock):
    lock.state.enroll()
    lock.enrol.click()
    assert "is enrolled already" in lock.readout.fault
    lock.recognise.click()
    assert lock.readout.fault == ""


def test_every_control_says_what_it_does(lock):
    controls = [control for row in lock.view.children[0].children for control in row.children]
    assert len(controls) == 6 and all(c.tooltip and c.description for c in controls)


def test_it_reads_without_a_kernel(lock):
    lock.others.click()
    lock.recognise.click()
    page = lock.still().data
    assert page.count("data:image/") == 2 and "Door closed" in page


def test_the_chart_shows_the_best_first_and_names_as_they_are():
    similar = {f"$x_{i}^": 0.5 + i / 100 for i in range(12)}
    ax = similarity_chart(similar, 0.605)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "$x_11^" and len(names) == 8 and "8 most similar of 12" in ax.get_xlabel()
    assert sum(line.get_marker() == "o" and line.get_markerfacecolor() != "#ffffff" for line in ax.lines) == 1
    ax.figure.canvas.draw()
    assert similarity_chart({"only": -0.2}, 0.9).get_xlim()[0] < -0.2
