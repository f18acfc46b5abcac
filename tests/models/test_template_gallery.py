"""A gallery keeps the contract of a model, learns nobody, and stores what its protection says."""

import json
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from course_states import tiny_faces, tiny_network
from hypothesis import given, settings
from hypothesis import strategies as st

from leaklab.access import BlackBox, Offers, WhiteBox
from leaklab.models import (
    Embedding,
    Gallery,
    HashedTemplates,
    NoisyTemplates,
    PlainTemplates,
    RoundedTemplates,
    erased_between,
)
from leaklab.models.embedding import unit
from leaklab.training import CNN, MLP, Network
from leaklab.training.embedding import angular_body


@pytest.fixture(scope="module")
def network():
    return tiny_network()


@pytest.fixture(scope="module")
def people():
    return tiny_faces(8, 6, seed=9).split_photographs(3, rng=0)


@pytest.fixture(scope="module")
def gallery(network, people):
    return Gallery(network).enroll_all(people[0].names, people[0].images, people[0].person)


def test_it_knows_people_whom_its_network_never_saw(gallery, people):
    _, unseen = people
    assert gallery.identify(unseen.images) == [unseen.names[i] for i in unseen.person]
    p = BlackBox(gallery).probabilities(unseen.images)
    assert (p.argmax(axis=1) == unseen.person).all() and np.allclose(p.sum(axis=1), 1)


def test_a_template_is_the_mean_of_the_vectors_by_hand(gallery, network, people):
    known, _ = people
    mean = network(known.images[known.person == 2]).mean(axis=0)
    assert np.allclose(gallery.stored[known.names[2]], mean / np.linalg.norm(mean), atol=1e-6)


def test_enrolling_and_erasing_answer_another_gallery_and_leave_the_network(gallery, network):
    before, digest = gallery.names, network.digest
    less = gallery.erase(before[3])
    assert gallery.names == before and less.names == before[:3] + before[4:] and less.embedding.digest == digest
    assert list(erased_between(gallery.stored, less.stored)) == [before[3]]
    again = less.enroll(before[3], np.zeros((2, 8, 8)))
    assert again.names == (*less.names, before[3])
    with pytest.raises(ValueError, match="read-only"):
        gallery.stored[before[0]][:] = 0


def test_keras_answers_the_same_and_gradients_are_those_of_its_answers(gallery, people):
    x, label = people[1].images[:4].astype("f8"), np.array([0, 1, 2, 3])
    white = WhiteBox(gallery)
    value, gradient = white.gradient(x, [gallery.names[i] for i in label])
    assert np.allclose(np.exp(value), white.probabilities(x)[np.arange(4), label], atol=1e-5)
    step = np.random.default_rng(0).normal(size=x.shape) * 1e-3
    rise = np.log(white.probabilities(x + step) / white.probabilities(x - step))[np.arange(4), label]
    assert np.allclose(rise, 2 * (step * gradient).sum(axis=(1, 2)), rtol=0.05, atol=1e-4)
    assert (white.loss_gradient_norm(x, [gallery.names[i] for i in label]) > 0).all()
    assert white.parameters()[-1].shape == (8, 48)


def test_the_gradient_of_a_similarity(network, people):
    x, targets = people[1].images[:3].astype("f8"), np.eye(48)[:3]
    similarity, gradient = network.gradient(x, targets)
    assert np.allclose(similarity, (network(x) * targets).sum(axis=1), atol=1e-6)
    step = np.random.default_rng(0).normal(size=x.shape) * 1e-3
    rise = ((network(x + step) - network(x - step)) * targets).sum(axis=1)
    assert np.allclose(rise, 2 * (step * gradient).sum(axis=(1, 2)), rtol=0.05, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 100), st.sampled_from([
    PlainTemplates(), RoundedTemplates(bits=8), RoundedTemplates(bits=4), NoisyTemplates(scale=0.1),
    HashedTemplates(bits=2000, secret="s")]))
def test_a_mild_protection_keeps_similarities(seed, width, protection):
    rng = np.random.default_rng(seed)
    vectors = unit(rng.normal(size=(6, width)))
    stored = protection.store(vectors[0], "Ada", rng)
    assert np.allclose(protection.compare(vectors, stored, "Ada"), vectors @ vectors[0], atol=0.4)
    if width > 8:
        assert protection.estimate(stored, "Ada", width) @ vectors[0] > 0.9


@pytest.mark.parametrize("weak, strong", [
    (RoundedTemplates(bits=1), RoundedTemplates(bits=6)), (NoisyTemplates(scale=2), NoisyTemplates(scale=0.2)),
    (HashedTemplates(bits=16, secret="s"), HashedTemplates(bits=512, secret="s"))])
def test_the_coarser_the_further_from_the_template(weak, strong):
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(50, 32)))

    def near(protection):
        return np.mean([protection.estimate(protection.store(x, "n", rng), "n", 32) @ x for x in vectors])
    assert near(weak) < near(strong) > 0.95


def test_one_bit_a_number_is_its_sign():
    template = unit(np.random.default_rng(0).normal(size=20))
    assert np.allclose(RoundedTemplates(bits=1).store(template, "n", None), np.sign(template) / np.sqrt(20))


def test_bits_under_another_secret_or_name_have_nothing_in_common():
    template = unit(np.random.default_rng(0).normal(size=64))
    a, b = HashedTemplates(bits=4000, secret="a"), HashedTemplates(bits=4000, secret="b")
    bits = a.store(template, "Ada", None)
    assert set(np.unique(bits)) == {-1, 1} and (bits == a.store(template, "Ada", None)).all()
    for other in (b.store(template, "Ada", None), a.store(template, "Bo", None)):
        assert abs((bits == other).mean() - 0.5) < 0.05
    assert abs(b.estimate(bits, "Ada", 64) @ template) < 0.4


def test_a_hashed_gallery_answers_and_has_no_gradient(network, people):
    known, unseen = people
    hashed = Gallery(network, protection=HashedTemplates(bits=256, secret="s")).enroll_all(known.names, known.images,
                                                                                 known.person)
    assert np.mean(np.array(hashed.identify(unseen.images)) == [unseen.names[i] for i in unseen.person]) > 0.9
    with pytest.raises(ValueError, match="no derivative"):
        WhiteBox(hashed).gradient(unseen.images, [known.names[0]] * len(unseen))
    assert BlackBox(hashed).offers == Offers.SCORES


@pytest.mark.parametrize("recipe", [
    MLP(hidden=(9, 7), epochs=1), CNN(filters=(4,), dense=5, dropout=0.2, epochs=1),
    Network(body=lambda shape, seeds: [*angular_body((16, 16), seeds)], epochs=1)], ids=["MLP", "CNN", "angular"])
def test_a_file_gives_the_same_vectors_back(recipe, tmp_path):
    size = 16 if isinstance(recipe, Network) else 8
    x = np.random.default_rng(0).random((12, size, size)).astype("f4")
    embedding = Embedding(recipe.fit(x, np.arange(12) % 3, rng=0))
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path in paths:
        embedding.save(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    loaded = Embedding.load(paths[0])
    assert np.allclose(loaded(x), embedding(x), atol=5e-3) and loaded.inputs == embedding.inputs
    loaded.save(paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes(), "16 bits stay 16 bits"


def test_a_file_with_code_or_without_sense_is_refused(network, tmp_path):
    path, bad = tmp_path / "a.npz", tmp_path / "bad.npz"
    network.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    about = json.loads(arrays["about"].tobytes())
    for change, told in ((lambda a: a["layers"][0].update(kind="Lambda"), "Lambda"),
                         (lambda a: a.pop("layers"), "no embedding"),
                         (lambda a: a.update(layers=7), "no embedding"),
                         (lambda a: a.update(layers=[7]), "no embedding"),
                         (lambda a: a["layers"][0].update(config=7), "no embedding"),
                         (lambda a: a["layers"][0]["config"].update(surprise=1), "do not fit together"),
                         (lambda a: a["layers"][-1]["config"].update(units="many"), "do not fit together"),
                         (lambda a: a["layers"][0]["config"].update(name={"class_name": "Lambda"}), "Python code"),
                         (lambda a: a.update(shape=["x"]), "do not fit together"),
                         (lambda a: a.update(shape=[9, 9]), "do not fit together")):
        changed = json.loads(json.dumps(about))
        change(changed)
        np.savez(bad, **{**arrays, "about": np.frombuffer(json.dumps(changed).encode(), np.uint8)})
        with pytest.raises(ValueError, match=told):
            Embedding.load(bad)
    bad.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no embedding"):
        Embedding.load(bad)
    np.savez(bad, about=np.array([object()]))
    with pytest.raises(ValueError, match="no embedding"):
        Embedding.load(bad)
    with zipfile.ZipFile(bad, "w") as file:
        file.writestr("x", "y")
    with pytest.raises(ValueError, match="no embedding"):
        Embedding.load(bad)
    inputs = tf.keras.Input((4,))
    hidden = tf.keras.layers.Lambda(lambda t: t)(tf.keras.layers.Dense(3)(inputs))
    with pytest.raises(ValueError, match="cannot stand in"):
        Embedding(tf.keras.Model(inputs, tf.keras.layers.Dense(2)(hidden))).save(bad)


@pytest.mark.parametrize("call, told", [
    (lambda g: g.erase("Mars"), "is not enrolled"), (lambda g: g.enroll("<b>0</b>", np.zeros((1, 8, 8))), "already"),
    (lambda g: g.enroll(" ", np.zeros((1, 8, 8))), "name=' '"), (lambda g: g.enroll("Bo", np.zeros((9, 9))), "images"),
    (lambda g: Gallery(g.embedding).identify(np.zeros((1, 8, 8))), "nobody is enrolled"),
    (lambda g: Gallery(g.embedding).parameters(), "nobody is enrolled"),
    (lambda g: Gallery(g.embedding, temperature=0), "temperature=0"),
    (lambda g: Gallery(g.embedding, protection=NoisyTemplates()).enroll("Bo", np.zeros((1, 8, 8))), "rng=None"),
    (lambda g: WhiteBox(Gallery(g.embedding).enroll("Bo", np.zeros((1, 8, 8)))).gradient(np.zeros((1, 8, 8)), ["Bo"]),
     "always 1"),
    (lambda g: g.embedding.gradient(np.zeros((1, 8, 8)), np.zeros((1, 3))), "targets"),
    (lambda g: HashedTemplates(bits=0, secret="s"), "bits=0"), (lambda g: HashedTemplates(secret=""), "secret=''"),
    (lambda g: Gallery(g.embedding, {"Ada": np.zeros(g.embedding.width)}), "'Ada'.* holds only 0"),
    (lambda g: Gallery(g.embedding, {"Ada": np.ones(3)}), "has 3 rows"),
    (lambda g: Gallery(g.embedding, {"Ada": np.ones(g.embedding.width)}, protection=HashedTemplates(secret="s")),
     "must have 128"),
    (lambda g: RoundedTemplates(bits=17), "bits=17"), (lambda g: NoisyTemplates(scale=-1), "scale=-1"),
])
def test_refusals(gallery, call, told):
    with pytest.raises(ValueError, match=told):
        call(gallery)


def test_a_secret_is_not_printed(gallery):
    hashed = Gallery(gallery.embedding, protection=HashedTemplates(secret="another drawer"))
    assert "drawer" not in repr(hashed) + str(hashed.protection)
