"""Any trainer against any promise: recipes, scikit-learn's classifiers, functions; guarantees and bare words."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leaklab._validate import Refused
from leaklab.audit import CanaryAudit, PlainTrainer, Promise, hold
from leaklab.privacy import Batches, guarantee
from leaklab.training import CNN, DPSGD, MLP, Estimator, SoftmaxRegression, fit_many, fit_stack

PLAN = Batches.over_epochs(30, size=15, epochs=8)
X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
WORD = Promise(2, 1e-5, says="its owner")
LOSS = CanaryAudit(models=300, adversary="loss")


def recipe(epsilon, plan=PLAN, kind=SoftmaxRegression):
    return kind(learning_rate=0.01, optimizer="sgd", dp=DPSGD.for_epsilon(epsilon, plan, delta=1e-5))


@pytest.mark.parametrize("trainer", [fit_stack, fit_many, PlainTrainer()])
def test_the_packages_trainers_of_recipes(trainer):
    """On the answers alone; fit_many knows no watch."""
    result = LOSS(trainer, recipe(2.0), X, Y, rng=0)
    assert not result.caught and result.promised.epsilon == pytest.approx(2, rel=0.01)


@pytest.mark.parametrize("kind", [SoftmaxRegression, MLP])
def test_a_recipe_itself_against_its_guarantee(kind):
    private = recipe(2.0, kind=kind)
    result = LOSS(private, private.guarantee(delta=1e-6), X, Y, rng=0)
    assert not result.caught and result.promised.delta == result.measured.delta == 1e-6


def test_a_recipe_without_noise_breaks_its_owners_word():
    plain = SoftmaxRegression(epochs=30, batch_size=15, learning_rate=0.1, optimizer="sgd")
    assert LOSS(plain, WORD, X, Y, rng=0).caught


@pytest.mark.parametrize("estimator", [
    KNeighborsClassifier(1), GaussianNB(), make_pipeline(StandardScaler(), KNeighborsClassifier(1)),
    Estimator(estimator=GaussianNB())], ids=lambda e: type(e).__name__)
def test_scikit_learn_on_real_records(estimator):
    """None of them is private, whatever its owner says; 40 real patients beside the canary."""
    x, y = (a[:40] for a in load_breast_cancer(return_X_y=True))
    result = CanaryAudit(models=100, adversary="loss")(estimator, Promise(1, 1e-5), x, y, rng=0)
    assert result.caught and result.could_refute


def test_scikit_learn_with_random_numbers_repeats_by_seed():
    forest = RandomForestClassifier(5)
    first, again = (CanaryAudit(models=20, adversary="loss")(forest, WORD, X, Y, rng=3).scores for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_model_that_learns_nothing_is_refused_not_passed():
    with pytest.raises(Refused, match="scores are all"):
        LOSS(DummyClassifier(strategy="uniform"), WORD, X, Y, rng=0)


def test_a_function_gets_its_table_and_a_generator_of_its_own():
    seen, drawn = [], set()

    def train(x, y, rng):
        assert x.shape == (len(y), 5)
        seen.append(len(x))
        drawn.add(float(rng.random()))
        p = rng.uniform(0.4, 0.6)
        return lambda asked: np.tile([p, 1 - p], (len(asked), 1))

    result = LOSS(train, Promise(1, 1e-5), X, Y, rng=0)
    np.testing.assert_array_equal(np.array(seen) == 31, result.member[:, 0])
    assert len(drawn) == 300 and not result.caught


def test_a_function_may_return_a_scikit_learn_model():
    assert LOSS(lambda x, y, rng: GaussianNB().fit(x, y), WORD, X, Y, rng=0).caught


def test_output_perturbation_keeps_its_word_and_breaks_a_smaller_one():
    """Counts of the canary's column with Laplace noise of scale 1 / epsilon: exactly epsilon-private."""
    def train(x, y, rng):
        noisy = (x[:, -1] > 0).sum() + rng.laplace(scale=1 / 3)
        return lambda asked: np.tile([1 / (1 + np.exp(-noisy)), 1 / (1 + np.exp(noisy))], (len(asked), 1))

    audit = CanaryAudit(models=2000, adversary="loss")
    assert not audit(train, Promise(3, 0.0, says="the mechanism"), X, Y, rng=0).caught
    assert audit(train, Promise(1, 0.0, says="somebody"), X, Y, rng=0).caught


def test_many_canaries_in_one_model_of_any_kind():
    audit = CanaryAudit(models=1, canaries=200, guesses=60, adversary="loss")
    result = audit(KNeighborsClassifier(1), Promise(1, 1e-5), X, Y, rng=0)
    assert result.caught and result.scores.shape == result.member.shape == (1, 200)


def test_a_bare_promise_against_scores():
    """One release of a Gaussian mechanism: epsilon 4.38 at delta 1e-5; 20 deviations apart: nothing is private."""
    rng, member = np.random.default_rng(0), np.arange(2000) < 1000
    kept = hold(Promise(4.38, 1e-5), rng.normal(size=2000) + member, member, rng=0)
    broken = hold(WORD, rng.normal(size=2000) + 20 * member, member, rng=0)
    assert not kept.caught and broken.caught and broken.scores.shape == (2000, 1)
    assert str(WORD) == "epsilon = 2.00 at delta = 1e-05, says its owner (neighbours: add or remove one record)"


def test_a_guarantee_against_scores():
    promised = guarantee(Batches(10, 10, 1), noise_multiplier=1.0, delta=1e-5)
    rng, member = np.random.default_rng(0), np.arange(2000) < 1000
    assert not hold(promised, rng.normal(size=2000) + member, member, method="gdp", rng=0).caught
    assert hold(promised, rng.normal(size=2000) + 9 * member, member, method="gdp", rng=0).caught


def test_groups_of_a_bare_promise_by_hand():
    """Of k = 2: 2 epsilon, at delta (1 + e^epsilon)."""
    pair = Promise(0.5, 1e-3, unit="person").for_groups_of(2)
    assert (pair.epsilon, pair.unit) == (1.0, "person") and pair.delta == pytest.approx(1e-3 * (1 + np.exp(0.5)))
    assert Promise(0.5, 0.0).for_groups_of(1) == Promise(0.5, 0.0)
    with pytest.raises(Refused, match="promises nothing to so many"):
        Promise(5, 1e-5).for_groups_of(10)


def audit(trainer, promise, adversary="loss", **named):
    return CanaryAudit(models=40, adversary=adversary)(trainer, promise, X, Y, rng=0, **named)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: audit(fit_stack, 3.0), "promise=3.0: must be a Recipe, a Guarantee or a Promise"),
    (lambda: audit(LogisticRegression(), WORD, "steps"), "adversary='steps': reads the steps of a recipe"),
    (lambda: audit(recipe(2.0), recipe(2.0)), "must be a trainer of recipes"),
    (lambda: audit("model.h5", WORD), "trainer='model.h5'"),
    (lambda: audit(fit_stack, MLP()), "needs noise_multiplier > 0"),
    (lambda: audit(LogisticRegression(), guarantee(Batches(30, 15, 9, "fixed"), noise_multiplier=5.0, delta=1e-5)),
     "adding or removing"),
    (lambda: audit(fit_many, recipe(2.0), person=np.arange(30)), "the promise is to records"),
    (lambda: audit(fit_many, recipe(2.0, Batches(30, 15, 9, unit="person")), person=np.arange(9)), "person has shape"),
    (lambda: audit(CNN(epochs=1), WORD), "grey images"),
    (lambda: audit(LogisticRegression(), WORD, delta=1e-6), "delta=1e-06: the promise is at delta=1e-05"),
    (lambda: audit(lambda *table, rng, classes: None, recipe(2.0)), "must be Trained, or a list of models"),
    (lambda: audit(lambda *table, rng, classes: [lambda x: np.full((len(x), 2), 0.5)] * 39, recipe(2.0)),
     "trained_on has shape"),
    (lambda: CanaryAudit()(fit_stack, recipe(2.0), X, 0 * Y, rng=0), "at least two classes"),
    (lambda: CanaryAudit(rows=0), "rows=0"),
    (lambda: Promise(-1, 1e-5), "epsilon=-1"),
    (lambda: Promise(1, 1.0), "delta=1.0"),
    (lambda: Promise(1, 0.1, unit="family"), "unit='family'"),
    (lambda: hold(2.0, [0.0, 1.0], [True, False], rng=0), "Guarantee or a Promise"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
