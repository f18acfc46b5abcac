"""Face inversion: stopping rules by hand, refusals in the middle, and that it recovers what a model remembers."""

from dataclasses import replace

import numpy as np
import pytest

from leaklab._validate import Refused
from leaklab.access import Access, BlackBox, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace, Recovered
from leaklab.data import load_faces
from leaklab.metrics import correlation_beyond
from leaklab.models import Differentiable, Inputs
from leaklab.training import SoftmaxRegression


class Scripted(Differentiable):
    """The person's probability is given by a list, one entry a call; its gradient is 1."""

    inputs, classes = Inputs((2, 2)), (0, 1)

    def __init__(self, probabilities):
        self.script, self.seen = list(probabilities), []

    def probabilities(self, x):
        return np.full((len(x), 2), 0.5)

    def input_gradient(self, x, label):
        self.seen.append(x.copy())
        p = self.script[min(len(self.seen), len(self.script)) - 1]
        return np.full(len(x), np.log(p)), np.ones_like(x) / p


def test_miface_stops_when_the_cost_is_low_enough():
    script = Scripted([0.2, 0.5, 0.95, 0.99])
    MIFace(target_cost=0.1, step_size=0.01)(Access(script), [0])
    assert len(script.seen) == 3


def test_miface_stops_when_no_better_than_the_worst_of_the_last_costs():
    """Line 6 of Algorithm 1, by hand: costs .8 .5 .6 .6 .5 .7; only .7 is as high as all of the 4 before it."""
    script = Scripted([0.2, 0.5, 0.4, 0.4, 0.5, 0.3, 0.9])
    MIFace(patience=4, step_size=0.01)(Access(script), [0])
    assert len(script.seen) == 6


def test_miface_goes_on_while_the_cost_falls_and_ends_at_max_steps():
    script = Scripted(np.linspace(0.1, 0.5, 50))
    MIFace(patience=2, max_steps=20, step_size=0.001)(Access(script), [0])
    assert len(script.seen) == 21


def test_miface_answers_the_best_image_not_the_last():
    script = Scripted([0.2, 0.6, 0.1, 0.1, 0.1])
    out = MIFace(patience=3, step_size=0.01)(Access(script), [0])
    np.testing.assert_array_equal(out.images, script.seen[1])


def test_miface_steps_along_the_gradient_and_stays_in_range():
    script = Scripted(np.linspace(0.1, 0.9, 100))
    MIFace(max_steps=60, step_size=0.01)(Access(script), [0])
    np.testing.assert_allclose(script.seen[1] - script.seen[0], 0.01, atol=1e-6)
    assert script.seen[-1].max() <= 1


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
    public = public.take(range(0, len(public), 3))
    return train, EigenfacePrior.fit(public.images), WhiteBox(model), public.mean_face()


def test_recovers_people_and_not_by_chance(stage):
    """Nearest of the 8 by likeness beyond the average face: chance is 1 in 8."""
    train, prior, access, average = stage
    out = FaceInversion(prior=prior)(access, range(8), rng=0)
    truth = train.class_means()
    likeness = np.stack([correlation_beyond(out.images, np.repeat(t[None], 8, axis=0), average) for t in truth])
    assert (likeness.argmax(axis=0) == np.arange(8)).mean() >= 0.75
    assert np.diag(likeness).mean() > 0.5


def test_the_prior_is_what_makes_a_face(stage):
    train, prior, access, average = stage
    truth = train.class_means()
    with_prior = FaceInversion(prior=prior)(access, range(8))
    without = MIFace(max_steps=200)(access, range(8))
    assert (correlation_beyond(with_prior.images, truth, average).mean()
            > correlation_beyond(without.images, truth, average).mean() + 0.1)


ATTACKS = {"MIFace": lambda prior: MIFace(max_steps=60),
           "MIFace from the mean": lambda prior: MIFace(max_steps=20, start=prior, process="denoise"),
           "FaceInversion": lambda prior: FaceInversion(prior=prior, steps=30)}


@pytest.mark.parametrize("make", ATTACKS.values(), ids=ATTACKS)
def test_contract(make, stage):
    _, prior, access, _ = stage
    attack, seen, before = make(prior), [], access.queries
    out = attack(access, [3, 1], rng=0, progress=lambda *a: seen.append(a))
    again = attack(access, [3, 1], rng=0)
    np.testing.assert_array_equal(out.images, again.images)
    assert out.images.shape == (2, 64, 64) and 0 <= out.images.min() <= out.images.max() <= 1
    assert (out.path_confidence[-1] > out.path_confidence[0]).all()
    np.testing.assert_array_equal(out.path[-1], out.images)
    assert len(out.path) == len(out.path_steps) == len(out.path_confidence)
    assert list(out.path_steps) == sorted(set(out.path_steps))
    assert access.queries - before == out.queries + again.queries
    assert seen
    assert out.complete and out.found_start.all()
    assert attack == replace(attack) and hash(attack) == hash(replace(attack)) and len(repr(attack)) < 250


class Drying(Differentiable):
    """Gives gradients, and refuses after some questions."""

    def __init__(self, access, questions):
        self.inputs, self.classes, self.access, self.questions = access.inputs, access.classes, access, questions

    def probabilities(self, x):
        return self.access.probabilities(x)

    def input_gradient(self, x, label):
        self.questions -= 1
        if self.questions < 0:
            raise Refused("no more today")
        return self.access.gradient(x, label)


@pytest.mark.parametrize("questions", [0, 3, 9])
@pytest.mark.parametrize("make", ATTACKS.values(), ids=ATTACKS)
def test_what_was_recovered_before_a_refusal_is_kept(make, questions, stage):
    _, prior, access, _ = stage
    half = make(prior)(Access(Drying(access, questions)), [3, 1])
    assert isinstance(half, Recovered) and not half.complete and half.stopped == "no more today"
    assert half.queries == 2 * questions and half.images.shape == (2, 64, 64)
    np.testing.assert_array_equal(half.path[-1], half.images)
    assert np.isnan(half.confidence).all() if not questions else (half.confidence > 0).all()
    if isinstance(make(prior), FaceInversion):
        whole, rest = make(prior)(access, [3, 1]), half.resume(access)
        np.testing.assert_array_equal(rest.images, whole.images)
        assert rest.queries == whole.queries
    else:
        with pytest.raises(ValueError, match="only an interrupted FaceInversion can be resumed"):
            half.resume(access)


def test_miface_starts_from_the_mean_of_the_examples(stage):
    """Not from the prior's center, which is even where mirror images were learned too."""
    _, prior, access, _ = stage
    found = MIFace(start=prior, max_steps=1)(access, [0])
    np.testing.assert_allclose(found.path[0, 0], prior.photographs.mean(axis=0), atol=1e-6)
    assert (MIFace(max_steps=1)(access, [0]).path[0] == 0.5).all()


def test_miface_needs_gradients(stage):
    with pytest.raises(Refused, match="MIFace needs GRADIENTS; this access offers SCORES"):
        MIFace()(BlackBox(lambda x: x, inputs=(64, 64), classes=8), [0])


def test_all_at_once_is_one_by_one(stage):
    _, prior, access, _ = stage
    attack = FaceInversion(prior=prior, steps=8)
    together = attack(access, [0, 5]).images
    alone = np.concatenate([attack(access, k).images for k in (0, 5)])
    np.testing.assert_allclose(together, alone, atol=1e-3)


@pytest.mark.parametrize(("call", "message"), [
    (lambda a, p: FaceInversion(prior=p.photographs), "must be a Prior. For faces: EigenfacePrior.fit"),
    (lambda a, p: FaceInversion(prior=p)(a, [99]), "people=99: is no label of this model"),
    (lambda a, p: FaceInversion(prior=EigenfacePrior.fit(p.photographs[:, :32]))(a, [0]),
     "prior has shape .1, 32, 64.: this model takes .n, 64, 64."),
    (lambda a, p: FaceInversion(prior=p)("model", [0]), "Wrap the model"),
    (lambda a, p: FaceInversion(prior=p, steps=0), "steps=0"),
    (lambda a, p: MIFace(process="sharpen"), "process='sharpen'"),
    (lambda a, p: MIFace(start="public"), "start='public': must be a Prior"),
    (lambda a, p: MIFace(start=EigenfacePrior.fit(p.photographs[:, :32]))(a, [0]), "start has shape .1, 32, 64."),
    (lambda a, p: FaceInversion(prior=p)(a, [0], knowledge=p), "FaceInversion needs None or Recovered"),
])
def test_refusals(call, message, stage):
    with pytest.raises(ValueError, match=message):
        call(stage[2], stage[1])
