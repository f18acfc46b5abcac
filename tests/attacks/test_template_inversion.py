"""Template inversion: faces from a stolen gallery, and none from a network that never saw the people."""

import numpy as np
import pytest
from course_states import tiny_faces, tiny_network

from leaklab.access import Access, BlackBox, Offers, WhiteBox
from leaklab.attacks import Blueprint, EigenfacePrior, FaceInversion, MIFace, TemplateInversion
from leaklab.data import load_faces
from leaklab.experiments import enrolled, prepare, steal, without_photographs
from leaklab.metrics import correlation_beyond
from leaklab.models import (
    Gallery,
    HashedTemplates,
    PlainTemplates,
    RoundedTemplates,
    TemplateProtection,
    load_recognizer,
)
from leaklab.models.keras import Keras


@pytest.fixture(scope="module")
def network():
    return tiny_network()


@pytest.fixture(scope="module")
def people():
    return tiny_faces(6, 4, seed=9)


@pytest.fixture(scope="module")
def prior():
    return EigenfacePrior.fit(tiny_faces(60, 3, seed=21).images, mirror=False)


@pytest.fixture(scope="module")
def shipped():
    return load_recognizer()


@pytest.fixture(scope="module")
def stage():
    return prepare(load_faces("synthetic"), rng=1)


def alike(recovered, people, prior):
    return correlation_beyond(recovered.images, people.class_means(), prior.mean).mean()


@pytest.mark.parametrize("protection", [PlainTemplates(), RoundedTemplates(bits=1),
                                        HashedTemplates(bits=256, secret="s")], ids=lambda one: type(one).__name__)
def test_a_stolen_template_is_turned_back(network, people, prior, protection):
    gallery = enrolled(people, network, protection)
    attack = TemplateInversion(prior=prior, steps=60)
    found = attack(Access(gallery), gallery.names, knowledge=Blueprint(network, protection), rng=0)
    assert found.images.shape == (6, 8, 8) and found.queries == 6, "only the results are shown to the lock"
    assert (found.path_confidence[-2] > found.path_confidence[0] + 0.3).all(), "it comes nearer to the template"
    assert alike(found, people, prior) > 0.3
    again = attack(Access(gallery), gallery.names, knowledge=Blueprint(network, protection), rng=0)
    assert np.array_equal(again.images, found.images)


def test_with_the_wrong_secret_nothing_of_the_person_comes_back(network, people, prior):
    gallery = enrolled(people, network, HashedTemplates(bits=256, secret="s"))
    wrong = Blueprint(network, HashedTemplates(bits=256, secret="guess"))
    found = TemplateInversion(prior=prior, steps=60)(Access(gallery), gallery.names, knowledge=wrong)
    assert abs(alike(found, people, prior)) < 0.2


def test_a_gallery_of_one_is_enough(network, people, prior):
    gallery = Gallery(network).enroll("Ada", people.images[people.person == 0])
    found = TemplateInversion(prior=prior, steps=60)(WhiteBox(gallery), ["Ada"], knowledge=Blueprint(network))
    assert correlation_beyond(found.images, people.class_means()[:1], prior.mean)[0] > 0.3


class Reversed(TemplateProtection):
    """Somebody else's protection: the numbers in the opposite order."""

    def store(self, template, name, rng):
        return template[::-1]

    def compare(self, vectors, stored, name):
        return vectors @ stored[::-1]

    def estimate(self, stored, name, width):
        return stored[::-1]


def test_a_protection_that_we_did_not_make(network, people, prior):
    gallery, attack = enrolled(people, network, Reversed()), TemplateInversion(prior=prior, steps=60)
    plain = enrolled(people, network)
    assert np.allclose(gallery.similarities(people.images), plain.similarities(people.images), atol=1e-6)
    known, fooled = (attack(Access(gallery), gallery.names, knowledge=Blueprint(network, how))
                     for how in (Reversed(), PlainTemplates()))
    assert alike(known, people, prior) > 0.3 > alike(fooled, people, prior)


@pytest.mark.parametrize("call, told", [
    (lambda g, n, p: TemplateInversion(prior=p)(BlackBox(g), g.names, knowledge=Blueprint(n)), "needs PARAMETERS"),
    (lambda g, n, p: TemplateInversion(prior=p)(WhiteBox(g), g.names), "Blueprint"),
    (lambda g, n, p: TemplateInversion(prior=p)(WhiteBox(g), ["Mars"], knowledge=Blueprint(n)), "Mars"),
    (lambda g, n, p: TemplateInversion(prior=p)(Access(enrolled(tiny_faces(3, 2), n, HashedTemplates(secret="s"))),
                                                ["<b>0</b>"], knowledge=Blueprint(n)), "the gallery holds 128"),
    (lambda g, n, p: TemplateInversion(prior=p)(WhiteBox(g), g.names[:1], knowledge=Blueprint(
        n, HashedTemplates(secret="s"))), "stores 128 numbers of a person"),
    (lambda g, n, p: TemplateInversion(prior=p)(WhiteBox(Keras(n.with_templates(np.eye(3, n.width), 1.0))), [0],
                                                knowledge=Blueprint(n)), "holds no templates"),
    (lambda g, n, p: TemplateInversion(prior=p, steps=0), "steps=0"),
    (lambda g, n, p: TemplateInversion(prior=None), "prior=None"),
    (lambda g, n, p: TemplateInversion(prior=p, smoothing=-1), "smoothing=-1"),
    (lambda g, n, p: without_photographs(g.names, tiny_faces(2, 2), n, rng=0), "people of others"),
])
def test_refusals(network, people, prior, call, told):
    with pytest.raises(ValueError, match=told):
        call(enrolled(people, network), network, prior)


@pytest.mark.parametrize("attack, access", [
    (lambda s: MIFace(step_size=1.0, max_steps=30, start=s.prior), WhiteBox),
    (lambda s: FaceInversion(prior=s.prior, steps=40), WhiteBox),
    (lambda s: FaceInversion(prior=s.prior, queries=100), BlackBox),
    (lambda s: FaceInversion(prior=s.prior, queries=100), lambda gallery: BlackBox(gallery).only(Offers.LABELS)),
    (lambda s: TemplateInversion(prior=s.prior, steps=20), WhiteBox),
], ids=["MI-Face", "gradients", "scores", "labels", "templates"])
def test_nobodys_face_comes_out_of_the_shipped_file(stage, shipped, attack, access):
    """Whoever has the file alone can but put others under the names: at chance, with its interval."""
    gallery = without_photographs(stage.train.names, stage.public, shipped, rng=0)
    attack = attack(stage)
    knowledge = Blueprint(shipped) if isinstance(attack, TemplateInversion) else None
    found = attack(access(gallery), gallery.names, knowledge=knowledge, rng=0)
    top1 = stage.judge(found.images).top1
    assert top1.low <= 1 / 20 <= top1.high, top1


def test_the_gallery_gives_faces_away_and_its_hash_does_not(stage, shipped):
    """The same measure is far above chance where there is something to find."""
    plain = steal(stage, shipped, PlainTemplates(), steps=60)
    hashed = steal(stage, shipped, HashedTemplates(bits=128, secret="s"), steps=60)
    assert plain.guessed is plain.known and plain.known.top1.low > 0.3
    assert hashed.guessed.top1.low <= 1 / 20 <= hashed.guessed.top1.high < hashed.known.top1.value
    assert min(plain.accuracy.value, hashed.accuracy.value) > 0.95
