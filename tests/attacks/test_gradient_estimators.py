"""Three estimates of a gradient agree where it is known; an interrupted attack ends where it would have."""

from dataclasses import replace

import numpy as np
import pytest
from models_for_tests import Labels

from leaklab.access import Access, BlackBox, LabelOnly, Metered, Offers, Rounded
from leaklab.attacks import EigenfacePrior, FaceInversion
from leaklab.attacks.gradient_estimators import Exact, FromLabels, FromScores, antithetic_gradient, estimator_for
from leaklab.models import Inputs, Open

SHAPE, SIZE = (4, 4), 16


class Bowl(Open):
    """log p of class 1 is -|x - middle|^2 / 2, less a half; exact gradients are known."""

    inputs, classes, middle = Inputs(SHAPE), (0, 1), np.full(SHAPE, 0.6, np.float32)

    def probabilities(self, x):
        p = np.exp(self.input_gradient(x, None)[0])
        return np.stack([1 - p, p], axis=1)

    def input_gradient(self, x, label):
        return -0.5 - ((x - self.middle)**2).sum(axis=(1, 2)) / 2, self.middle - x

    def loss_gradient_norm(self, x, y):
        return np.linalg.norm(self.middle - x, axis=(1, 2))

    def parameters(self):
        return [self.middle.copy()]


def bowl(offers=Offers.GRADIENTS):
    return Access(Bowl(), offers)


@pytest.fixture(scope="module")
def prior():
    """An orthogonal basis, scaled down so that nothing is clipped; four examples, of known coefficients."""
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(SIZE, SIZE)))[0][:6] * 0.03
    known = np.array([[3.0, 1], [1, 2], [-1, 0], [2, 0]]) @ np.eye(2, 6)
    bare = EigenfacePrior(np.full(SHAPE, 0.5, np.float32), basis.reshape(6, *SHAPE).astype(np.float32), np.empty(0))
    return replace(bare, photographs=bare.decode(known))


def cosine(a, b):
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_scores_give_the_exact_gradient_of_the_log_odds(prior):
    """d(log p - log(1 - p)) = d(log p) / (1 - p). Nearly a plane at this scale, so least squares find it at once."""
    people, z = np.ones(4, int), np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    _, exact = Exact(people, prior, 1)(bowl(), z, 0)
    estimate = FromScores(people, prior, 10_000, seed=0)
    slope = np.mean([estimate(bowl(Offers.SCORES), z, step)[1] for step in range(24)], axis=0)
    p = bowl().probabilities(prior.decode(z))[:, 1:]
    assert (cosine(slope, exact) > 0.98).all()
    np.testing.assert_allclose(np.linalg.norm(slope, axis=1), np.linalg.norm(exact / (1 - p), axis=1), rtol=0.15)


WEIGHTS = np.random.default_rng(7).normal(size=(SIZE, 8))


def regression():
    """Softmax regression: the log-odds of a class against all others."""
    return BlackBox(lambda x: x.reshape(len(x), SIZE) @ WEIGHTS, inputs=SHAPE, classes=8, answers="logits")


def test_faces_asked_for_one_person_tell_about_the_others(prior):
    """Three pairs span half of six dimensions; those of eight people span them all."""
    people, z = np.arange(8), np.zeros((8, 6), np.float32)
    flat = prior.basis.reshape(6, -1)
    p = regression().probabilities(prior.decode(z[:1]))[0]
    w = (flat @ WEIGHTS).T
    exact = (w - p @ w) / (1 - p)[:, None]
    _, together = FromScores(people, prior, 100, seed=0)(regression(), z, 0)
    alone = np.concatenate([FromScores(people[i:i + 1], prior, 100, seed=i)(regression(), z[:1], 0)[1] for i in people])
    assert cosine(together, exact).min() > 0.9 and cosine(together, exact).mean() > cosine(alone, exact).mean() + 0.1


@pytest.mark.parametrize(("p", "odds"), [([0.25, 0.75, 0, 1], [-1.0986, 1.0986, -1.9459, 1.9459]),
                                         ([0.5, 0.5, 0.0, 0.0], [0, 0, -1.0986, -1.0986]),
                                         ([0.0, 1.0, 1.0, 1.0], [-1.0986, 1.0986, 1.0986, 1.0986])])
def test_an_answer_of_nothing_counts_as_half_a_step(prior, p, odds):
    """By hand: odds of 1:3 and 3:1, of 1:7 and 7:1; then of 1:3, and of 1:3 and 3:1."""
    np.testing.assert_allclose(FromScores(np.ones(1, int), prior, 100, seed=0)._log_odds(np.array(p)), odds, atol=1e-4)


def test_confidence_from_scores_is_that_of_the_face_itself(prior):
    estimate, z = FromScores(np.ones(2, int), prior, 1000, seed=0), np.ones((2, 6), np.float32)
    scores = bowl(Offers.SCORES)
    np.testing.assert_allclose(estimate(scores, z, 0)[0], scores.probabilities(prior.decode(z))[:, 1], rtol=1e-5)
    assert scores.queries == 2 * 41 + 2  # 24 steps of 20 pairs and the face itself


def beyond(prior, threshold):
    """Labels alone: class 1 where the first coefficient is above a threshold."""
    return Access(Labels(lambda x: prior.encode(x)[:, 0] > threshold, *SHAPE))


def test_labels_lead_away_from_a_plane(prior):
    """P(inside) is Phi(z / radius): the slope of its logarithm at 0 is phi(0) / Phi(0) = 0.798 along the normal."""
    estimate = FromLabels(np.ones(1, int), prior, 20_000, seed=0)
    share, slope = estimate(beyond(prior, 0.0), np.zeros((1, 6), np.float32), 0)
    assert share[0] == pytest.approx(0.5, abs=0.01)  # of each pair one is inside
    assert slope[0, 0] / np.linalg.norm(slope) > 0.9
    assert slope[0, 0] == pytest.approx(0.798, rel=0.2)


def test_the_radius_widens_inside_and_shrinks_at_the_edge(prior):
    estimate = FromLabels(np.ones(2, int), prior, 5000, seed=0)
    estimate(beyond(prior, 0.0), np.array([[9.0] + [0] * 5, [-0.5] + [0] * 5], np.float32), 0)
    np.testing.assert_allclose(estimate.radius, [1.2, 0.9])


def test_a_walk_starts_from_the_most_typical_example_with_the_label(prior):
    estimate = FromLabels(np.array([1, 0]), prior, 5000, seed=0)
    z = estimate.start(beyond(prior, 0.5))
    np.testing.assert_allclose(z, [[2, 0, 0, 0, 0, 0], [-1, 0, 0, 0, 0, 0]], atol=1e-3)
    nobody = FromLabels(np.array([1, 0]), prior, 5000, seed=0)
    nobody.start(beyond(prior, 50.0))
    assert nobody.found_start.tolist() == [False, True]


@pytest.mark.parametrize(("offers", "kind"), [(Offers.LABELS, FromLabels), (Offers.SCORES, FromScores),
                                              (Offers.GRADIENTS, Exact), (Offers.PARAMETERS, Exact)])
def test_the_best_estimator_that_is_offered_is_taken(prior, offers, kind):
    found = estimator_for(bowl(offers), np.ones(1, int), prior, steps=5, queries=None, rng=np.random.default_rng(0))
    assert type(found) is kind


@pytest.fixture(scope="module")
def recogniser():
    """Three people told apart by the mean of a third of the picture, and public faces that vary there."""
    rng = np.random.default_rng(0)
    public = np.clip(0.5 + 0.15 * np.repeat(rng.normal(size=(30, 3)), 16, axis=1).reshape(30, 6, 8)
                     + 0.02 * rng.normal(size=(30, 6, 8)), 0, 1).astype(np.float32)

    def answer(x):
        logits = 20 * x.reshape(len(x), 3, 16).mean(axis=2)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    return (lambda: BlackBox(answer, inputs=(6, 8), classes=3)), EigenfacePrior.fit(public)


WRAP = {"scores": lambda a: a, "rounded": lambda a: Rounded(a, 2), "labels": LabelOnly}


@pytest.mark.parametrize("wrap", WRAP.values(), ids=WRAP)
def test_everybody_is_found_within_the_budget(wrap, recogniser):
    make, prior = recogniser
    access = wrap(make())
    out = FaceInversion(prior=prior, queries=600)(access, range(3), rng=0)
    assert out.queries == access.queries <= 600 * 3 and out.complete and out.found_start.all()
    thirds = out.images.reshape(3, 3, 16).mean(axis=2)
    assert (thirds.argmax(axis=1) == np.arange(3)).all() and (thirds.max(axis=1) > 0.6).all()


@pytest.mark.parametrize("wrap", [WRAP["scores"], WRAP["labels"]], ids=["scores", "labels"])
@pytest.mark.parametrize("budget", [10, 700, 1500])
def test_a_resumed_attack_ends_where_an_uninterrupted_one_does(wrap, budget, recogniser):
    make, prior = recogniser
    attack = FaceInversion(prior=prior, queries=600)
    whole = attack(wrap(make()), range(3), rng=5)
    half = attack(Metered(wrap(make()), budget), range(3), rng=5)
    assert not half.complete and f"budget of {budget:,}" in half.stopped and half.queries <= budget
    assert half.images.shape == whole.images.shape
    np.testing.assert_array_equal(half.path[-1], half.images)
    for _ in range(2):  # a partial result may be resumed twice
        again = half.resume(wrap(make()))
        assert again.complete and again.queries == whole.queries
        for name in ("images", "confidence", "path", "path_steps", "path_confidence"):
            np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))


def test_a_network_fault_is_survived_too(recogniser):
    make, prior = recogniser
    inner, asked = make(), []

    def faulty(x):
        asked.append(len(x))
        if len(asked) == 4:
            raise ConnectionResetError("the line is dead")
        return inner.probabilities(x)

    access, attack = BlackBox(faulty, inputs=(6, 8), classes=3), FaceInversion(prior=prior, queries=600)
    half = attack(access, [1], rng=0)
    assert half.stopped == "the line is dead" and half.path_steps[-1] == 2
    rest = half.resume(access)
    np.testing.assert_array_equal(rest.images, attack(make(), [1], rng=0).images)


def test_queries_are_counted_to_the_last(recogniser):
    """Steps of two faces a pair and the face itself, as many as the budget pays for, and the recovered face at last."""
    make, prior = recogniser
    access = make()
    out = FaceInversion(prior=prior, queries=600)(access, range(3), rng=0)
    pairs = (600 // 24 - 1) // 2
    assert out.queries == access.queries == 3 * ((599 // (2 * pairs + 1)) * (2 * pairs + 1) + 1)


def test_a_floor_keeps_noise_from_being_magnified(prior):
    """Answers of 0.001 and 0.002 about nobody: with a floor above both there is no slope at all."""
    p = np.array([0.001, 0.002, 0.5])
    odds = FromScores(np.ones(1, int), prior, 100, 0, floor=0.01)
    assert odds._log_odds(p)[0] == odds._log_odds(p)[1] and odds._log_odds(p)[2] == 0


def test_labels_that_the_model_never_gives_are_reported(recogniser):
    _, prior = recogniser
    never = BlackBox(lambda x: np.tile([0.9, 0.1], (len(x), 1)), inputs=(6, 8), classes=2)
    out = FaceInversion(prior=prior, queries=200)(LabelOnly(never), [0, 1], rng=0)
    assert out.found_start.tolist() == [True, False] and out.confidence.tolist() == [1, 0]


def test_a_second_interruption_counts_all_queries_so_far(recogniser):
    make, prior = recogniser
    whole = FaceInversion(prior=prior, queries=600)(make(), range(3), rng=5)
    found, spent, seen = FaceInversion(prior=prior, queries=600)(Metered(make(), 500), range(3), rng=5), [], []
    while not found.complete:
        spent.append(found.queries)
        found = found.resume(Metered(make(), 500), progress=lambda *told: seen.append(told))
    assert len(spent) > 2 and spent == sorted(set(spent)) and seen
    assert found.queries == whole.queries
    np.testing.assert_array_equal(found.images, whole.images)


def test_only_what_was_interrupted_can_be_resumed_and_by_the_same_attack_alone(recogniser):
    make, prior = recogniser
    attack = FaceInversion(prior=prior, queries=600)
    half = attack(Metered(make(), 700), range(3))
    with pytest.raises(ValueError, match="complete=True: only an interrupted"):
        half.resume(make()).resume(make())
    for other, people in ((attack, [0]), (FaceInversion(prior=prior, queries=601), range(3))):
        with pytest.raises(ValueError, match="an interrupted result of this attack"):
            other(make(), people, knowledge=half)
    assert not half.complete and half.resume(make()).complete


@pytest.mark.parametrize(("settings", "message"), [
    ({"queries": 50}, "queries=50: must be at least 100"),
    ({"floor": 0}, "floor=0: must lie in"),
])
def test_refusals(settings, message, recogniser):
    with pytest.raises(ValueError, match=message):
        FaceInversion(prior=recogniser[1], **settings)


@pytest.mark.parametrize("pairs", [5, 50, 500])
@pytest.mark.parametrize("radius", [0.1, 1.0])
def test_the_cosine_of_a_felt_slope_is_what_the_number_of_directions_allows(pairs, radius):
    """On a plane in k dimensions near sqrt(m / (m + k + 1)); 100 slopes, whose spread is below 0.2 each."""
    rng, k = np.random.default_rng(0), 20
    slope, u = rng.normal(size=k), rng.normal(size=(100, pairs, k))
    felt = antithetic_gradient(3 + radius * u @ slope, 3 - radius * u @ slope, u, radius)
    cosine = felt @ slope / np.linalg.norm(felt, axis=1) / np.linalg.norm(slope)
    assert cosine.mean() == pytest.approx((pairs / (pairs + k + 1)) ** 0.5, abs=0.06)
    np.testing.assert_allclose(felt[0], sum((u[0] @ slope)[i] * u[0, i] for i in range(pairs)) / pairs)


def test_a_bent_function_gives_the_slope_of_its_smoothed_self():
    """Of f(z) = z^3 at z: 3 z^2 + 3 radius^2, by the moments of a Gaussian; 400,000 draws, error about 0.02."""
    u, z, radius = np.random.default_rng(0).normal(size=(400_000, 1)), 0.5, 0.7
    felt = antithetic_gradient((z + radius * u[:, 0])**3, (z - radius * u[:, 0])**3, u, radius)
    assert felt == pytest.approx([3 * z**2 + 3 * radius**2], abs=0.1)
