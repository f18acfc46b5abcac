"""Honest traffic: real photographs, retaken; of whom, and how often, as its kind says."""

import numpy as np
import pytest
from tiny_stage import tiny_stage

from leaklab.access import Offers
from leaklab.attacks import FaceInversion
from leaklab.course import NotYet
from leaklab.course.traffic import KINDS, honest_visit, questions_asked, retaken
from leaklab.data import load_faces
from leaklab.server import Detector


@pytest.fixture(scope="module")
def faces():
    return load_faces("synthetic").split_people(4, rng=0)[0]


def nearest(asked, faces):
    """Whose photograph each question is most like, light and level aside."""
    flat, known = (images.reshape(len(images), -1) for images in (asked, faces.images))
    flat, known = ((a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True) for a in (flat, known))
    return faces.person[(flat @ known.T).argmax(axis=1)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_visit_is_made_of_photographs_and_repeats_as_its_kind_says(faces, kind):
    asked = honest_visit(faces, 60, kind=kind, rng=0)
    assert asked.shape == (60, *faces.shape) and asked.dtype == np.float32
    assert asked.min() >= 0 and asked.max() <= 1
    people = np.unique(nearest(asked, faces))
    assert (len(people) <= 2) if kind == "one person" else (len(people) == 4)
    different = len(np.unique(asked.reshape(60, -1), axis=0))
    assert (20 <= different <= 40) if kind == "resent" else different == 60  # half, 4 standard deviations


def test_retaken_photographs_are_near_and_not_the_same(faces):
    again = retaken(faces.images[:20], 0)
    apart = np.abs(again - faces.images[:20]).mean(axis=(1, 2))
    assert (apart > 0.005).all() and (apart < 0.2).all()
    np.testing.assert_array_equal(again, retaken(faces.images[:20], 0))


@pytest.fixture(scope="module")
def attacked():
    stage, model = tiny_stage()
    return FaceInversion(prior=stage.prior, queries=200), model.only(Offers.SCORES), stage.people[:2]


def test_what_an_attack_asks_is_logged_in_the_order_in_which_it_was_sent(attacked):
    attack, model, people = attacked
    log = questions_asked(attack, model, people)
    before = model.queries
    found = attack(model, people)
    assert len(log) == model.queries - before == found.queries and log.dtype == np.float32
    assert Detector(3).first_alarm(log.reshape(len(log), -1)) is not None


def test_shuffled_questions_get_the_same_faces_and_no_alarm(attacked):
    attack, model, people = attacked
    rng, seen = np.random.default_rng(0), []

    def shuffled(ask, questions):
        order = rng.permutation(len(questions))
        seen.append(len(questions))
        return ask(questions[order])[np.argsort(order)]

    log = questions_asked(attack, model, people, send=shuffled)
    as_sent = questions_asked(attack, model, people)
    assert sum(seen) == len(log) == len(as_sent), "the same answers lead the same way"
    start = 0
    for many in seen:
        one, other = (np.sort(part[start:start + many].reshape(many, -1), axis=0) for part in (log, as_sent))
        np.testing.assert_allclose(one, other, atol=1e-5)
        start += many
    assert Detector(3).first_alarm(log.reshape(len(log), -1)) is None


@pytest.mark.parametrize("send, says", [(lambda ask, questions: None, "returns nothing"), (..., "the function itself"),
                                        (lambda ask, questions: ask(questions)[:1], "a row for each question"),
                                        (lambda ask, questions: 1 / 0, "divides by zero")])
def test_a_way_of_sending_that_does_not_work_is_told_in_words(attacked, send, says):
    with pytest.raises(NotYet, match=says):
        questions_asked(*attacked, send=send)


def test_refusals(faces):
    with pytest.raises(ValueError, match="kind"):
        honest_visit(faces, 5, kind="robot", rng=0)
    with pytest.raises(ValueError, match="queries"):
        honest_visit(faces, 0, rng=0)


def test_who_answers_without_asking_is_told_so(attacked):
    attack, model, people = attacked
    unsure = np.full(len(model.classes), 1 / len(model.classes))
    with pytest.raises(NotYet, match="No question reached the server"):
        questions_asked(attack, model, people, send=lambda ask, questions: np.tile(unsure, (len(questions), 1)))
