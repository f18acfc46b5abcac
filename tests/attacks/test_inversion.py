"""Face inversion: stopping rules by hand, the prior's mathematics, and that it recovers what a model remembers."""

import numpy as np
import pytest

from leaklab._validate import Refused
from leaklab.access import Access, BlackBox, Offers, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace
from leaklab.data import load_faces
from leaklab.metrics import correlation_beyond
from leaklab.training import SoftmaxRegression


class Slope(Access):
    """An access of known shape: the person's probability is given by a list, one entry a call; the slope is 1."""

    def __init__(self, probabilities):
        super().__init__(Offers.GRADIENTS, (2, 2), 2)
        self.probabilities, self.seen = list(probabilities), []

    def _predict(self, x):
        return np.full((len(x), 2), 0.5)

    def _gradient(self, x, label, of):
        self.seen.append(x.copy())
        p = self.probabilities[min(len(self.seen) - 1, len(self.probabilities) - 1)]
        return np.full(len(x), p, np.float32), np.ones_like(x)


def test_miface_stops_when_the_cost_is_low_enough():
    access = Slope([0.2, 0.5, 0.95, 0.99])
    MIFace(target_cost=0.1, step_size=0.01)(access, [0])
    assert len(access.seen) == 3


def test_miface_stops_when_no_better_than_the_worst_of_the_last_costs():
    """Line 6 of Algorithm 1, by hand: costs .8 .5 .6 .6 .5 .7; only .7 is as high as all of the 4 before it."""
    access = Slope([0.2, 0.5, 0.4, 0.4, 0.5, 0.3, 0.9])
    MIFace(patience=4, step_size=0.01)(access, [0])
    assert len(access.seen) == 6


def test_miface_goes_on_while_the_cost_falls_and_ends_at_max_steps():
    access = Slope(np.linspace(0.1, 0.5, 50))
    MIFace(patience=2, max_steps=20, step_size=0.001)(access, [0])
    assert len(access.seen) == 21


def test_miface_answers_the_best_image_not_the_last():
    access = Slope([0.2, 0.6, 0.1, 0.1, 0.1])
    out = MIFace(patience=3, step_size=0.01)(access, [0])
    np.testing.assert_array_equal(out.images, access.seen[1])


def test_miface_steps_along_the_gradient_and_stays_in_range():
    access = Slope(np.linspace(0.1, 0.9, 100))
    MIFace(max_steps=60, step_size=0.01)(access, [0])
    np.testing.assert_allclose(access.seen[1] - access.seen[0], 0.01, atol=1e-6)
    assert access.seen[-1].max() <= 1


def test_process_denoises():
    rng = np.random.default_rng(0)
    from leaklab.attacks.inversion import PROCESS

    smooth = np.tile(np.linspace(0.2, 0.8, 16), (16, 1))[None]
    noisy = smooth + 0.1 * rng.normal(size=smooth.shape)
    assert np.abs(PROCESS["denoise"](noisy) - smooth).mean() < np.abs(noisy - smooth).mean()


@pytest.fixture(scope="module")
def stage():
    private, public = load_faces("synthetic").split_people(8, rng=0)
    train, _ = private.split_photographs(7, rng=0)
    model = SoftmaxRegression(epochs=40, batch_size=16).fit(train.images, train.person, rng=0)
    return train, public.take(range(0, len(public), 3)), WhiteBox(model)


def test_prior_is_the_principal_components_of_the_public_faces(stage):
    public = stage[1].images[:60]
    prior = EigenfacePrior.fit(public, components=30)
    flat = (public - public.mean(axis=0)).reshape(60, -1)
    basis = prior.basis.reshape(30, -1)
    covariance = basis @ flat.T @ flat @ basis.T / 59  # of whitened directions: squared variances, uncorrelated
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-3 * covariance.max())
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), (basis**2).sum(axis=1), rtol=1e-3)


def test_prior_gradient_is_the_chain_rule(stage):
    prior = EigenfacePrior.fit(stage[1].images[:40], components=5)
    rng = np.random.default_rng(0)
    slope, z, h = rng.normal(size=(1, 64, 64)), np.zeros((1, 5)), 1e-3
    for j in range(5):
        e = h * np.eye(5)[j:j + 1]
        change = ((prior.decode(z + e).astype(float) - prior.decode(z - e)) * slope).sum() / (2 * h)
        assert change == pytest.approx(prior.pull(slope)[0, j], rel=0.02, abs=0.05)


def test_recovers_people_and_not_by_chance(stage):
    """Nearest of the 8 by likeness beyond the average face: chance is 1 in 8."""
    train, public, access = stage
    out = FaceInversion()(access, range(8), public=public.images, rng=0)
    truth, average = train.class_means(), public.mean_face()
    likeness = np.stack([correlation_beyond(out.images, np.repeat(t[None], 8, axis=0), average) for t in truth])
    assert (likeness.argmax(axis=0) == np.arange(8)).mean() >= 0.75
    assert np.diag(likeness).mean() > 0.5


def test_the_prior_is_what_makes_a_face(stage):
    train, public, access = stage
    truth, average = train.class_means(), public.mean_face()
    with_prior = FaceInversion()(access, range(8), public=public.images)
    without = MIFace(max_steps=200)(access, range(8))
    assert (correlation_beyond(with_prior.images, truth, average).mean()
            > correlation_beyond(without.images, truth, average).mean() + 0.1)


@pytest.mark.parametrize("attack", [MIFace(max_steps=60), MIFace(max_steps=20, start="public", process="denoise"),
                                    FaceInversion(steps=30)], ids=repr)
def test_contract(attack, stage):
    _, public, access = stage
    seen, before = [], access.queries
    out = attack(access, [3, 1], public=public.images, rng=0, progress=lambda *a: seen.append(a))
    again = attack(access, [3, 1], public=public.images, rng=0)
    np.testing.assert_array_equal(out.images, again.images)
    assert out.images.shape == (2, 64, 64) and 0 <= out.images.min() <= out.images.max() <= 1
    assert (out.path_confidence[-1] > out.path_confidence[0]).all()
    np.testing.assert_array_equal(out.path[-1], out.images)
    assert len(out.path) == len(out.path_steps) == len(out.path_confidence)
    assert list(out.path_steps) == sorted(set(out.path_steps))
    assert access.queries - before == out.queries + again.queries
    assert seen
    assert out.complete and out.reached.all()


def test_miface_needs_gradients(stage):
    with pytest.raises(Refused, match="MIFace needs GRADIENTS; this access offers SCORES"):
        MIFace()(BlackBox(lambda x: x, inputs=(64, 64), classes=8), [0])


def test_all_at_once_is_one_by_one(stage):
    _, public, access = stage
    attack, known = FaceInversion(steps=8, components=40), public.images[:60]
    together = attack(access, [0, 5], public=known).images
    alone = np.concatenate([attack(access, [k], public=known).images for k in (0, 5)])
    np.testing.assert_allclose(together, alone, atol=1e-3)


@pytest.mark.parametrize(("call", "message"), [
    (lambda a, p: FaceInversion()(a, [0]), "public=None: must be photographs of public people"),
    (lambda a, p: FaceInversion()(a, [99], public=p), "labels must lie in"),
    (lambda a, p: FaceInversion()(a, [0], public=p[:, :32]), "public has images of"),
    (lambda a, p: FaceInversion()("model", [0], public=p), "Wrap the model"),
    (lambda a, p: FaceInversion(steps=0), "steps=0"),
    (lambda a, p: MIFace(process="sharpen"), "process='sharpen'"),
    (lambda a, p: MIFace(start="public")(a, [0]), "Or start from grey"),
    (lambda a, p: EigenfacePrior.fit(p[:1]), "must be at least 2"),
])
def test_refusals(call, message, stage):
    with pytest.raises(ValueError, match=message):
        call(stage[2], stage[1].images)
