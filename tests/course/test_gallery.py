"""The face lock: enrolled people pass, erased ones do not, and the network never learns of either."""

import numpy as np
import pytest
from course_states import emptied, tiny_door, tiny_faces

from leaklab.course import Door, FaceLock
from leaklab.data import Faces, load_faces
from leaklab.metrics import auc
from leaklab.models import erased_between
from leaklab.training import MLP, SoftmaxRegression


@pytest.fixture(scope="module")
def trained():
    return tiny_door()


@pytest.fixture
def door(trained):
    return emptied(trained)


def test_nobody_is_in_two_roles(door):
    assert len(set(door.names)) == 6 and door.lock.names == ()
    assert not (door.known.images[:, None] == door.shown.images[None]).all(axis=(2, 3)).any()


def test_enrolled_recognized_erased(door):
    nobody = door.recognize()
    assert nobody.name is None and np.isnan(nobody.similarity)
    door.enroll()
    assert door.enrolled and door.match.name == door.name and door.match.similarity > door.lock.threshold
    door.erase()
    assert not door.enrolled and door.match.name is None, "at once, without asking again"


def test_others_do_not_pass_and_another_photograph_does(door):
    door.enroll()
    seen = []
    for _ in range(3):
        seen.append(door.image)
        assert door.recognize().name == door.name
        door.another()
    assert len({image.tobytes() for image in seen}) == 3 and door.image.tobytes() == seen[0].tobytes()
    door.come(door.names[1])
    assert door.match is None, "not asked yet"
    assert door.recognize().name is None and list(door.similarities) == [door.names[0]]


def test_the_network_is_byte_for_byte_the_same(door):
    before = [w.tobytes() for w in door.lock.embedding.parameters()]
    vectors = door.lock.embedding(door.shown.images).tobytes()
    for name in door.names:
        door.come(name)
        door.enroll()
    door.erase()
    assert [w.tobytes() for w in door.lock.embedding.parameters()] == before and door.untouched
    assert door.lock.embedding(door.shown.images).tobytes() == vectors


def test_it_would_be_seen_if_the_network_learned_somebody(door):
    weights = door.lock.embedding.parameters()
    door.lock.embedding._body.set_weights([w + 1e-3 for w in weights])
    assert not door.untouched
    door.lock.embedding._body.set_weights(weights)
    assert door.untouched


def test_the_threshold_keeps_its_promise_on_those_it_was_chosen_on(trained):
    faces = tiny_faces()
    for rate in (0.01, 0.05, 0.3):
        gallery = FaceLock(trained.lock.embedding, faces, false_accept=rate, photographs=3, rng=0)
        assert gallery.chosen.value <= rate < gallery.chosen.value + 1.01 / (40 * 39 * 3)
        assert gallery.chosen.low <= gallery.chosen.value <= gallery.chosen.high


def test_the_interval_of_the_threshold_by_hand(trained):
    """Three people, one visit each: leaving a person out leaves the two comparisons of the others."""
    faces = tiny_faces(3, 2)
    gallery = FaceLock(trained.lock.embedding, faces, false_accept=0.5, photographs=1, rng=0)
    assert gallery.chosen.value == 0.5 and gallery.chosen.high > 0.9, "three people say next to nothing"


def test_people_like_those_at_the_door(trained):
    visitors = tiny_faces(40, 6, seed=9)
    found = trained.lock.rates(visitors, photographs=3, rng=0)
    assert (found.true_accept.trials, found.false_accept.trials, found.enrolled) == (20, 20, 20)
    assert found.true_accept.low > found.false_accept.high
    assert trained.lock.rates(visitors, photographs=3, rng=0) == found


def test_a_lock_that_lets_everybody_in_or_nobody_is_measured_as_such(trained):
    gallery = FaceLock(trained.lock.embedding, tiny_faces(), photographs=3, rng=0)
    gallery.threshold = -2.0
    assert gallery.rates(tiny_faces(20, seed=3), photographs=3, rng=0).false_accept.value == 1
    gallery.threshold = 2.0
    found = gallery.rates(tiny_faces(20, seed=3), photographs=3, rng=0)
    assert (found.true_accept.value, found.false_accept.value) == (0, 0)


def test_a_stolen_gallery_tells_who_is_enrolled(door):
    photographs = np.stack([door.shown.images[door.shown.person == i][0] for i in range(6)])
    enrolled = np.arange(6) % 2 == 0
    for i in np.flatnonzero(enrolled):
        door.come(door.names[i])
        door.enroll()
    assert door.lock.membership(photographs, enrolled).value == 1
    nobodys = door.lock.embedding(np.random.default_rng(1).random((8, 8, 8)))
    scores = (door.lock.embedding(photographs) @ nobodys.T).max(axis=1)
    assert auc(scores, enrolled).low < 0.5, "other vectors tell nothing"


def test_what_two_copies_differ_by_shows_who_was_erased(door):
    for name in door.names[:4]:
        door.come(name)
        door.enroll()
    before = {f"#{i}": vector for i, vector in enumerate(door.lock.gallery.stored.values())}  # even without the names
    door.come(door.names[2])
    door.erase()
    gone = erased_between(before, door.lock.gallery.stored)
    assert list(gone) == ["#2"]
    photographs = np.stack([door.shown.images[door.shown.person == i][0] for i in range(6)])
    assert (door.lock.embedding(photographs) @ gone["#2"]).argmax() == 2


@pytest.mark.parametrize("call, told", [
    (lambda d: d.erase(), "is not enrolled"), (lambda d: (d.enroll(), d.enroll()), "is enrolled already"),
    (lambda d: d.lock.enroll("Bo", np.zeros((0, 8, 8))), "must not be empty"),
    (lambda d: d.lock.enroll("Bo", np.zeros((2, 9, 8))), "images"),
    (lambda d: d.lock.enroll("Bo", np.zeros((8, 8))), "images"),
    (lambda d: d.lock.enroll("Bo", np.full((1, 8, 8), np.nan)), "finite"),
    (lambda d: d.lock.enroll(" ", np.zeros((1, 8, 8))), "name=' '"),
    (lambda d: d.lock.enroll(None, np.zeros((1, 8, 8))), "name=None"),
    (lambda d: (d.enroll(), d.lock.recognize(np.zeros((9, 9)))), "images"),
    (lambda d: d.come("Mars"), "name='Mars'"), (lambda d: d.lock.membership(np.zeros((4, 8, 8)), [1] * 4), "steal"),
    (lambda d: FaceLock(d.lock.embedding, tiny_faces(2), photographs=3, rng=0), "three people"),
    (lambda d: FaceLock(d.lock.embedding, tiny_faces(), photographs=6, rng=0), "train"),
    (lambda d: FaceLock(d.lock.embedding, tiny_faces(), false_accept=0, rng=0), "false_accept=0"),
    (lambda d: Door.of(tiny_faces(), MLP(), visitors=30, choosing=9, rng=0), "choosing=9"),
    (lambda d: Door.of(tiny_faces(), MLP(), visitors=36, choosing=3, rng=0), "visitors=36"),
    (lambda d: Door.of(tiny_faces(), SoftmaxRegression(epochs=1), visitors=6, choosing=5, rng=0), "no hidden layer"),
    (lambda d: Door(d.lock, Faces(tiny_faces(2).images, tiny_faces(2).person, ("A", "A"), ""), rng=0), "different"),
])
def test_refusals(door, call, told):
    with pytest.raises(ValueError, match=told):
        call(door)


def test_it_works_with_photographs_of_real_people(shared_data):
    if not shared_data:
        pytest.skip("no real faces here")
    door = Door.of(load_faces("olivetti"), MLP(hidden=(128,), epochs=25, batch_size=32), visitors=16, choosing=12,
                   rng=0)
    known = np.concatenate([door.known.images, door.shown.images])
    visitors = Faces(known, np.concatenate([door.known.person, door.shown.person]), door.names, "olivetti")
    found = door.lock.rates(visitors, rng=0)
    assert found.true_accept.value > found.false_accept.value
    door.enroll()
    door.recognize()
    assert door.match.similarity > 0
    door.erase()
    assert door.match.name is None and door.untouched
