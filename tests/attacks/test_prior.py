"""Priors: the mathematics of eigenfaces, their range, other pictures than grey faces, and other generators."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LogisticRegression

from leaklab.access import BlackBox, LabelOnly, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace, Prior
from leaklab.data import load_faces
from leaklab.metrics import correlation_beyond
from leaklab.training import SoftmaxRegression


@pytest.fixture(scope="module")
def faces():
    return load_faces("synthetic", people=12).split_people(4, rng=0)


def pictures(person, shape, rng, high=1.0):
    """Pictures of ``person`` (n,), each a smooth pattern of its own, in [0, high]."""
    rows, columns = np.linspace(0, np.pi, shape[0])[:, None], np.linspace(0, np.pi, shape[1])[None]
    waves = np.stack([np.cos(i * rows) * np.cos(j * columns) for i in range(3) for j in range(3)])
    if len(shape) == 3:
        waves = np.concatenate([waves[..., None] * channel for channel in np.eye(shape[2])])
    own = np.random.default_rng(7).normal(size=(person.max() + 1, len(waves)))[person]
    weights = 0.08 * (own + 0.3 * rng.normal(size=own.shape))
    return high * np.clip(0.5 + np.tensordot(weights, waves, axes=1), 0, 1).astype(np.float32)


def test_it_is_the_principal_components_of_the_public_faces(faces):
    public = faces[1].images[:60]
    prior = EigenfacePrior.fit(public, components=30, mirror=False)
    flat = (public - public.mean(axis=0)).reshape(60, -1)
    basis = prior.basis.reshape(30, -1)
    covariance = basis @ flat.T @ flat @ basis.T / 59  # of whitened directions: squared variances, uncorrelated
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-3 * covariance.max())
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), (basis**2).sum(axis=1), rtol=1e-3)


def test_mirrored_it_is_even(faces):
    prior = EigenfacePrior.fit(faces[1].images[:20], components=5)
    np.testing.assert_allclose(prior.mean, prior.mean[:, ::-1], atol=1e-6)
    assert len(prior.photographs) == 20, "a search starts from photographs alone"


def test_the_gradient_is_the_chain_rule(faces):
    prior = EigenfacePrior.fit(faces[1].images[:40], components=5)
    rng = np.random.default_rng(0)
    slope, z, h = rng.normal(size=(1, 64, 64)), np.zeros((1, 5)), 1e-3
    for j in range(5):
        e = h * np.eye(5)[j:j + 1]
        change = ((prior.decode(z + e).astype(float) - prior.decode(z - e)) * slope).sum() / (2 * h)
        assert change == pytest.approx(prior.pull(slope, z)[0, j], rel=0.02, abs=0.05)


@pytest.mark.parametrize("common", [True, False])
def test_the_fast_neighborhood_is_the_plain_one(common, faces):
    prior, rng = EigenfacePrior.fit(faces[1].images[:40], components=5), np.random.default_rng(0)
    z, u = rng.normal(size=(3, 5)).astype("f4"), rng.normal(size=(1 if common else 3, 4, 5)).astype("f4")
    radius = np.array([0.5, 1, 2], "f4")
    np.testing.assert_allclose(prior.around(z, u, radius), Prior.around(prior, z, u, radius), atol=1e-5)


def test_encode_finds_what_decode_gave(faces):
    prior = EigenfacePrior.fit(0.25 + 0.5 * faces[1].images[:40], components=5)
    z = 0.3 * np.random.default_rng(0).normal(size=(3, 5))
    np.testing.assert_allclose(prior.encode(prior.decode(z)), z, atol=1e-3)


def test_a_copy_is_the_prior_itself(faces):
    prior = EigenfacePrior.fit(faces[1].images[:4])
    assert deepcopy({"state": prior})["state"] is prior
    assert "photographs of 64x64 in [0, 1]" in repr(prior) and len(repr(prior)) < 90


@pytest.mark.parametrize(("call", "message"), [
    (lambda p: EigenfacePrior.fit(255 * p), r"images reach from .* to 2\d\d.*: must lie in .0, 1..* low= and high="),
    (lambda p: EigenfacePrior.fit(p - 0.5), "must lie in .0, 1."),
    (lambda p: EigenfacePrior.fit(p, low=0, high=0), "high=0: must lie in .0, inf"),
    (lambda p: EigenfacePrior.fit(p[:1]), "images='1 photograph.s.': must be at least 2 that differ"),
    (lambda p: EigenfacePrior.fit(np.repeat(p[:1], 5, axis=0)), "must be at least 2 that differ"),
    (lambda p: EigenfacePrior.fit(p[0]), "images has shape .64, 64.: must have 3 dimension"),
    (lambda p: EigenfacePrior.fit(p, components=0), "components=0"),
])
def test_photographs_that_are_refused(call, message, faces):
    with pytest.raises(ValueError, match=message):
        call(faces[1].images)


def test_a_range_that_the_model_contradicts_is_refused(faces):
    private, public = faces
    access = WhiteBox(SoftmaxRegression(epochs=1).fit(private.images, private.person, rng=0))
    prior = EigenfacePrior.fit(public.images)
    access.inputs = replace(access.inputs, low=0.0, high=255.0)
    for attack in (FaceInversion(prior=prior), MIFace(start=prior)):
        with pytest.raises(ValueError, match=r"high=1.0: the model's inputs have high=255. Fit the prior on examples"):
            attack(access, [0])
    found = MIFace(max_steps=2)(access, [0])
    assert (found.path[0] == 127.5).all(), "an even middle of the range that the model states"
    access.inputs = replace(access.inputs, low=0.0, high=None)
    assert FaceInversion(prior=prior, steps=2)(access, [0]).complete


def network(shape, classes, *first):
    tf.keras.utils.set_random_seed(1)
    layers = [tf.keras.layers.Input(shape), *first, tf.keras.layers.Flatten(),
              tf.keras.layers.Dense(classes, activation="softmax")]
    return tf.keras.Sequential(layers)


SHAPES = {"grey": ((24, 20), (24, 20), 1), "100 x 100": ((100, 100), (100, 100), 1),
          "one channel": ((24, 20), (24, 20, 1), 1), "pixels": ((24, 20), (480,), 1),
          "RGB": ((24, 20, 3), (24, 20, 3), 1),
          "0 to 255": ((24, 20), (24, 20), 255), "RGB, 0 to 255": ((24, 20, 3), (24, 20, 3), 255)}


@pytest.mark.parametrize(("shape", "takes", "high"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("see", [WhiteBox, BlackBox, lambda model: LabelOnly(BlackBox(model))],
                         ids=["white box", "scores", "labels"])
def test_pictures_of_any_shape_and_range_are_recovered(see, shape, takes, high):
    """Nearest of 4 by likeness beyond the average: by chance all 4 right in 1 of 256."""
    rng, person = np.random.default_rng(0), np.repeat(range(4), 10)
    others = pictures(np.repeat(range(4, 30), 4), shape, rng, high)
    x = pictures(person, shape, rng, high)
    model = network(takes, 4, tf.keras.layers.Rescaling(1 / high))
    model.compile(tf.keras.optimizers.legacy.Adam(0.01 if np.prod(shape) < 5000 else 0.001),
                  "sparse_categorical_crossentropy")
    model.fit(x.reshape(-1, *takes), person, epochs=25, batch_size=10, verbose=0)
    found = FaceInversion(prior=EigenfacePrior.fit(others, high=high), queries=400)(see(model), range(4), rng=0)
    assert found.complete and found.images.shape == (4, *shape)
    assert 0.5 * high < found.images.max() <= high and found.images.min() >= 0
    mine, truth = found.images.reshape(4, -1, 1), np.stack([x[person == i].mean(axis=0) for i in range(4)])
    alike = np.stack([correlation_beyond(mine, np.repeat(t.reshape(1, -1, 1), 4, axis=0),
                                         others.mean(axis=0).reshape(-1, 1)) for t in truth])
    assert (alike.argmax(axis=0) == np.arange(4)).all()


@pytest.mark.parametrize("takes", [(24, 20, 1), (24, 20, 3)])
def test_miface_draws_and_denoises_pictures_with_channels(takes):
    found = MIFace(max_steps=3, process="denoise")(WhiteBox(network(takes, 4)), [0, 1])
    assert found.images.shape == (2, *takes)
    with pytest.raises(ValueError, match="process='denoise': is for pictures"):
        MIFace(process="denoise")(WhiteBox(network((5,), 4)), [0])


def test_a_model_of_pictures_of_any_size_is_attacked_at_the_size_of_the_prior():
    model = tf.keras.Sequential([tf.keras.layers.Input((None, None, 1)), tf.keras.layers.Conv2D(4, 3),
                                 tf.keras.layers.GlobalAveragePooling2D(), tf.keras.layers.Dense(3, "softmax")])
    prior = EigenfacePrior.fit(np.random.default_rng(0).random((10, 9, 7, 1)))
    for attack in (FaceInversion(prior=prior, steps=3), MIFace(start=prior, max_steps=3)):
        assert attack(WhiteBox(model), [0, 2]).images.shape == (2, 9, 7, 1)
    with pytest.raises(ValueError, match=r"start=None: the model takes inputs of any size\. Pass start=prior"):
        MIFace()(WhiteBox(model), [0])


class Ramp(Prior):
    """Pictures that rise along a direction: two coefficients, and not linear in them."""

    shape, size, low, high = (6, 8), 2, 0.0, 1.0
    rows, columns = np.meshgrid(np.linspace(-1, 1, 6), np.linspace(-1, 1, 8), indexing="ij")

    def decode(self, z):
        along = z[:, 0, None, None] * self.rows + z[:, 1, None, None] * self.columns
        return (1 / (1 + np.exp(-along))).astype(np.float32)

    def pull(self, gradient, z):
        p = self.decode(z)
        by_logit = gradient * p * (1 - p)
        return np.stack([(by_logit * axis).sum(axis=(1, 2)) for axis in (self.rows, self.columns)], axis=1)

    def examples(self):
        z = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
        return self.decode(z), z


def compass(x):
    """North, east, south, west: where a picture is brightest."""
    x = x - x.mean(axis=(1, 2), keepdims=True)
    rise = [(x * Ramp.rows).sum(axis=(1, 2)), (x * Ramp.columns).sum(axis=(1, 2))]
    logits = np.stack([-rise[0], rise[1], rise[0], -rise[1]], axis=1)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("wrap", [lambda a: a, LabelOnly], ids=["scores", "labels"])
def test_a_generator_of_two_parameters_is_a_prior(wrap):
    access = wrap(BlackBox(compass, inputs=(6, 8), classes=4))
    found = FaceInversion(prior=Ramp(), queries=400)(access, range(4), rng=0)
    assert (compass(found.images).argmax(axis=1) == np.arange(4)).all() and found.confidence.min() > 0.6


def test_a_generator_that_is_not_linear_climbs_by_its_own_gradient():
    """Of an RBF-like bowl around the picture of z = (1, -0.5), which only that chain rule finds."""
    want = Ramp().decode(np.array([[1, -0.5]]))
    inputs = tf.keras.Input((6, 8))
    away = tf.reduce_sum((inputs - want) ** 2, axis=(1, 2))[:, None]
    model = tf.keras.Model(inputs, tf.keras.layers.Softmax()(tf.concat([-away, tf.zeros_like(away) - 3], axis=1)))
    found = FaceInversion(prior=Ramp(), penalty=0)(WhiteBox(model), 0)
    np.testing.assert_allclose(found.images, want, atol=0.02)


class Patients(Prior):
    """Records of three numbers: mean and principal axes of the public ones."""

    def __init__(self, table):
        self.table, self.shape, self.size = table, (3,), 3
        self.mean, (_, spread, axes) = table.mean(axis=0), np.linalg.svd(table - table.mean(axis=0))
        self.axes = axes * spread[:, None] / np.sqrt(len(table))

    def decode(self, z):
        return (self.mean + z @ self.axes).astype(np.float32)

    def pull(self, gradient, z):
        return gradient @ self.axes.T

    def examples(self):
        return self.table, (self.table - self.mean) @ np.linalg.inv(self.axes)


@pytest.mark.parametrize("wrap", [lambda a: a, LabelOnly], ids=["scores", "labels"])
def test_records_are_inputs_like_any_other(wrap):
    """Classes of a table: the typical record of each lies on its side, in the table's own units."""
    rng = np.random.default_rng(0)
    table = np.array([50, 120, 25]) + rng.normal(size=(300, 3)) * [15, 20, 4]
    label = np.digitize(table[:, 1], [110, 130])
    model = LogisticRegression(max_iter=2000).fit(table, label)
    found = FaceInversion(prior=Patients(table), queries=400)(wrap(BlackBox(model)), range(3), rng=0)
    pressure = found.images[:, 1]
    assert found.images.shape == (3, 3) and pressure[0] < 110 < pressure[1] < 130 < pressure[2]
    assert (np.abs(found.images - table.mean(axis=0)) < 8 * table.std(axis=0)).all()
