"""An audit that does not look, or cannot see, or is too small, does not pass anybody in silence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklab._validate import Refused
from leaklab.audit import (
    METHODS,
    CanaryAudit,
    PlainTrainer,
    Promise,
    epsilon_from_counts,
    epsilon_lower_bound,
    hold,
    one_run,
    one_run_epsilon,
)
from leaklab.privacy import Batches
from leaklab.training import DPSGD, SoftmaxRegression, fit_stack

PLAN = Batches(30, size=15, steps=6)
RECIPE = SoftmaxRegression(learning_rate=0.01, optimizer="sgd", dp=DPSGD(1.0, batches=PLAN))
X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


class Telling:
    """A trainer that forgets its noise, and tells ``watch`` only what ``tell(watch)`` lets through."""

    def __init__(self, tell):
        self.tell = tell

    def __call__(self, recipes, x, y, trained_on, *, rng, classes, watch):
        return PlainTrainer("unnoised layer")(recipes, x, y, trained_on, rng=rng, classes=classes,
                                              watch=self.tell(watch))


TELLS = {
    "never": (lambda watch: None, "called watch 0 times about model 0"),
    "the start alone": (lambda watch: lambda step, models, weights: step or watch(step, models, weights),
                        "called watch 1 times"),
    "all but the last step": (lambda watch: lambda step, models, weights: step < 6 and watch(step, models, weights),
                              "called watch 6 times .* must be 7 times about every model"),
    "all but the last model": (
        lambda watch: lambda step, models, weights: watch(step, slice(0, 39), [w[:39] for w in weights]),
        "called watch 0 times about model 39"),
    "every second step": (lambda watch: lambda step, models, weights: step % 2 or watch(step, models, weights),
                          "step=2: 1 is due"),
    "from step 1 on": (lambda watch: lambda step, models, weights: watch(step + 1, models, weights),
                       "step=1: 0 is due"),
    "one step twice": (lambda watch: lambda *told: [watch(*told) for _ in "12"],
                       "step=0: 1 is due"),
    "other weights": (lambda watch: lambda step, models, weights: watch(step, models, weights[::-1]),
                      "must be a kernel"),
    "weights that do not move": (
        lambda watch: lambda step, models, weights: watch(step, models, [0 * w for w in weights]), "are all"),
    "weights that are not numbers": (
        lambda watch: lambda step, models, weights: watch(step, models, [np.nan * w for w in weights]), "holds nan"),
}


@pytest.mark.parametrize("tell", TELLS)
@pytest.mark.parametrize("adversary", ["steps", "file order"])
def test_a_watcher_who_was_not_told_of_every_step_of_every_model_refuses(tell, adversary):
    """Such a trainer passed: all scores equal, epsilon >= 0.00."""
    telling, message = TELLS[tell]
    with pytest.raises(ValueError, match=message):
        CanaryAudit(models=40, adversary=adversary)(Telling(telling), RECIPE, X, Y, rng=0)


def test_one_run_looks_too():
    with pytest.raises(Refused, match="called watch 0 times"):
        CanaryAudit(models=1, canaries=40)(Telling(lambda watch: None), RECIPE, X, Y, rng=0)


def test_steps_beyond_the_plan_are_evidence():
    """A trainer that goes on after its plan spends more than it promised; who watches sees that, too."""
    short, long = (Batches(30, size=15, steps=steps) for steps in (1, 300))
    dp = DPSGD.for_epsilon(1.0, short, delta=1e-5)
    promises, does = (SoftmaxRegression(learning_rate=0.01, optimizer="sgd",
                                        dp=DPSGD(dp.noise_multiplier, batches=plan)) for plan in (short, long))

    def trainer(recipes, x, y, trained_on, *, rng, classes, watch):
        return PlainTrainer()([does] * len(recipes), x, y, trained_on, rng=rng, classes=classes, watch=watch)

    assert CanaryAudit(models=600)(trainer, promises, X, Y, rng=0).caught


@pytest.mark.parametrize("bound", [
    lambda scores, member: epsilon_lower_bound(scores, member, delta=1e-5, rng=0),
    lambda scores, member: one_run(scores, member, guesses=20, delta=1e-5),
    lambda scores, member: hold(Promise(1, 1e-5), scores, member, rng=0),
    lambda scores, member: hold(Promise(1, 1e-5), scores, member, guesses=20),
])
@pytest.mark.parametrize(("score", "message"), [(0.0, "are all 0"), (7.5, "are all 7.5"), (np.nan, "holds nan"),
                                                (np.inf, "holds inf"), (-np.inf, "holds -inf")])
def test_scores_without_evidence_are_refused(bound, score, message):
    with pytest.raises(ValueError, match=message):
        bound(np.full(100, score), np.arange(100) % 2 == 0)


@pytest.mark.parametrize(("answers", "message"), [
    (lambda x: np.full((len(x), 2), 0.5), "scores are all"),
    (lambda x: np.full((len(x), 2), np.nan), "the model's answer holds nan"),
    (lambda x: np.tile([3.0, -1.0], (len(x), 1)), "are not probabilities"),
    (lambda x: np.full((len(x), 3), 1 / 3), "a probability for every class"),
])
def test_answers_without_evidence_are_refused(answers, message):
    """A broken scoring: a stub, a model of NaN, logits, classes that were lost."""
    with pytest.raises(ValueError, match=message):
        CanaryAudit(models=40, adversary="loss")(lambda x, y, rng: answers, Promise(1, 1e-5), X, Y, rng=0)


def test_answers_near_1_are_told_apart():
    """float32 rounds 1 - 1e-9 and 1 - 1e-12 to 1; the other class's answer still tells."""
    def train(x, y, rng):
        rest = 1e-9 if len(x) == 30 else 1e-12
        return lambda asked: np.tile(np.float32([1 - rest, rest]), (len(asked), 1))

    assert CanaryAudit(models=200, adversary="loss")(train, Promise(1, 1e-5), X, Y, rng=0).caught


def test_a_thousand_models_cannot_refute_5_and_the_result_says_so():
    """The most that they prove is 4.2, by an adversary who never errs: 250 of each kind are counted."""
    member = np.arange(1000) < 500
    scores = np.random.default_rng(0).normal(size=1000) + 100 * member
    small, enough = (hold(Promise(epsilon, 1e-5), scores, member, rng=0) for epsilon in (5, 4))
    assert small.most == epsilon_from_counts(250, 0, 0, 250, delta=1e-5).low == small.epsilon
    assert 4.15 < small.most < 4.25
    assert not small.could_refute and not small.caught and "nothing could have refuted" in str(small)
    assert enough.could_refute and enough.caught and "nothing could" not in str(enough)
    assert "provable at most: 4.2" in str(small) and "provable at most: 4.2" in str(enough)


def test_one_run_of_too_few_guesses_says_so():
    member = np.arange(100) % 2 == 0
    result = hold(Promise(3, 1e-5), member + 0.0, member, guesses=20)
    assert result.most == one_run_epsilon(20, 20, 100, delta=1e-5) == result.epsilon
    assert not result.could_refute and "nothing could have refuted" in str(result)


@given(st.lists(st.integers(0, 5), min_size=40, max_size=80).filter(lambda scores: len(set(scores)) > 1),
       st.sampled_from([m for m in METHODS if m != "joint-beta"]), st.integers(0, 9))
def test_nobody_proves_more_than_the_most(scores, method, seed):
    member = np.arange(len(scores)) % 2 == 0
    measured = epsilon_lower_bound(scores, member, delta=1e-5, method=method, rng=seed)
    assert measured.epsilon.low <= measured.most


def test_too_few_models_are_refused_before_they_are_trained():
    with pytest.raises(ValueError, match="at least 4 of each"):
        CanaryAudit(models=6)(lambda *_: pytest.fail("trained"), RECIPE, X, Y, rng=0)


def test_the_packages_own_trainer_tells_all():
    result = CanaryAudit(models=40)(fit_stack, RECIPE, X, Y, rng=0)
    assert len(np.unique(result.scores)) > 30
