"""What a guarantee costs: accuracy and attack beside each other along epsilon, for patients and for faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, BlackBox, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, Threshold
from leaklab.data import Faces, Records
from leaklab.evaluation import Likeness, accuracy, judge
from leaklab.metrics import Interval, Rate, RocCurve, Spread, mean_of, roc
from leaklab.privacy import Batches
from leaklab.training import DPSGD, MLP, Recipe, SoftmaxRegression

DELTA = 1e-5
PENALTY = 0.01
"""Of the inversion. A firm prior: against noisy weights it draws better faces than a loose one (chosen on others)."""


@dataclass(frozen=True)
class PatientPoint:
    """A patients' model at one epsilon, over a few independent cohorts.

    Attributes
    ----------
    epsilon, noise_multiplier : float
        ``inf`` and 0 for training without privacy.
    accuracy : Rate
        On people the models never saw; all models' answers together.
    auc : Interval
        Of the threshold attack on the loss: the models' mean. 0.5 is guessing.
    tpr : Rate
        Members found at 1% false alarms; all models' members together.
    """

    epsilon: float
    noise_multiplier: float
    accuracy: Rate
    auc: Interval
    tpr: Rate


@dataclass(frozen=True, eq=False)
class FacePoint:
    """A face recogniser at one epsilon, and what inversion with a public prior draws from it.

    Attributes
    ----------
    epsilon, noise_multiplier : float
        ``inf`` and 0 for training without privacy. Neighbours differ by one *photograph*, or by one person with all of
        theirs, as the plan has it.
    accuracy : Rate
        On photographs it never saw.
    auc : Interval
        Of the threshold attack that asks "was this photograph in the training set?". 0.5 is guessing.
    top1 : Rate
        People whom an independent evaluator recognises in the recovered faces.
    beyond : Interval
        Likeness beyond the average face, mean over people with Student's 95% interval.
    images : float32 (people, height, width)
        The recovered faces.
    """

    epsilon: float
    noise_multiplier: float
    accuracy: Rate
    auc: Interval
    top1: Rate
    beyond: Interval
    images: np.ndarray
    __repr__ = summary


def plan_for(records: int) -> Batches:
    """The plan of both experiments: 20 epochs of Poisson batches of 256 records, or of all where there are fewer."""
    return Batches.over_epochs(records, size=min(256, records), epochs=20)


def plan_for_people(people: int, *, steps: int = 40) -> Batches:
    """A plan that protects people with all their rows: few people, so that each takes part in each step."""
    return Batches(people, people, steps, unit="person")


def private_mlp(epsilon: float, records: int, *, delta: float = DELTA) -> MLP:
    """The patients' recipe: 64-64; for ``inf`` 50 plain epochs, else DP-SGD by `plan_for` with the least noise.

    Adam at 0.005 and clipping at 1 were chosen once, on cohorts that no reported figure uses.
    """
    if np.isinf(epsilon):
        return MLP(hidden=(64, 64), epochs=50, batch_size=64)
    return MLP(hidden=(64, 64), learning_rate=5e-3, dp=DPSGD.for_epsilon(epsilon, plan_for(records), delta=delta))


def cohorts(records: Records, members: int, count: int, *, rng) -> list[tuple[Records, Records]]:
    """``count`` disjoint pairs (members, others) of ``members`` records each, half ill: no record serves twice."""
    members, count, rng = v.integer("members", members), v.integer("count", count), v.generator(rng)
    pool = records.sample(2 * members * count, rng=rng, balanced=True)
    parts = np.arange(len(pool)).reshape(count, -1)
    return [pool.take(part).split(members, rng=rng) for part in parts]


def patient_point(recipe: Recipe, pairs: Sequence[tuple[Records, Records]], *, epsilon: float, rng,
                  progress: v.Progress | None = None) -> PatientPoint:
    """Train a model on the members of each pair, test it on the others, and ask it who was who.

    Parameters
    ----------
    recipe : Recipe
        For example `private_mlp`.
    pairs : sequence of (members, others)
        From `cohorts`.
    epsilon : float
        The name the point goes by; refused when ``recipe`` does not keep that promise.
    """
    rng = v.generator(rng)
    _hold(recipe, epsilon)
    for members, others in pairs:
        if min(len(members), len(others)) < 100:
            v.fail("pairs", f"{len(members)} members and {len(others)} others", "must be at least 100 of each: the "
                   "attack is read at an FPR of 1%")
    right, asked, curves = 0, 0, []
    for done, (members, others) in enumerate(pairs):
        access = BlackBox(recipe.fit(members.x, members.label, classes=len(members.classes), rng=rng))
        found = accuracy(access, others.x, others.label)
        right, asked = right + found.successes, asked + found.trials
        curves.append(_membership(access, (members.x, others.x), (members.label, others.label)))
        if progress:
            progress(done + 1, len(pairs), f"patients, epsilon {epsilon:g}")
    rates = [rate for curve in curves if isinstance(rate := curve.tpr_at(0.01), Rate)]  # all: see above
    tpr = Rate(sum(rate.successes for rate in rates), sum(rate.trials for rate in rates))
    return PatientPoint(float(epsilon), _noise(recipe), Rate(right, asked), mean_of([c.auc for c in curves]), tpr)


@dataclass(frozen=True)
class PublicScaling:
    """What public faces teach before any private photograph is seen: subtract ``mean``, multiply by ``factor``.

    Clipping bounds a gradient's length. On raw pixels most of that length is what all faces share; centred, it is
    what tells people apart. ``factor`` brings the median public photograph to length 1.
    """

    mean: np.ndarray
    factor: float
    __repr__ = summary

    @classmethod
    def of(cls, public: np.ndarray) -> "PublicScaling":
        """From photographs (n, height, width) of people who are not in the model."""
        public = v.array("public", public, ndim=3)
        mean = public.mean(axis=0)
        return cls(mean, float(1 / np.median(np.linalg.norm((public - mean).reshape(len(public), -1), axis=1))))

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return (images - self.mean) * self.factor

    def folded(self, model, *, rng=0):
        """A softmax regression on scaled pixels, rewritten to take raw ones: the same answers, one model file."""
        weights, bias = model.get_weights()
        whole = SoftmaxRegression().build(self.mean.shape, len(bias), rng=rng)
        whole.set_weights([self.factor * weights, bias - self.factor * self.mean.ravel() @ weights])
        return whole


def private_softmax(epsilon: float, batches: Batches, *, delta: float = DELTA) -> SoftmaxRegression:
    """The faces' recipe, for inputs of length about 1: plain for ``inf``, else DP-SGD with the least noise.

    SGD at 4 and clipping at 1 were chosen once, on people whom no reported figure uses.
    """
    if np.isinf(epsilon):
        return SoftmaxRegression(epochs=20, batch_size=64, learning_rate=0.02)
    return SoftmaxRegression(optimizer="sgd", learning_rate=4.0, dp=DPSGD.for_epsilon(epsilon, batches, delta=delta))


def face_model(recipe: Recipe, train: Faces, public: Faces, *, rng, classes: int | None = None,
               progress: v.Progress | None = None):
    """Train a softmax regression on `PublicScaling`'s pixels; the Keras model takes raw ones.

    ``classes`` may be more than there are people: names that are enrolled without a photograph.
    """
    scaling = PublicScaling.of(public.images)
    plan = recipe.dp.batches if recipe.dp else None
    whose = train.person if plan and plan.unit == "person" else None
    return scaling.folded(recipe.fit(scaling(train.images), train.person, rng=rng, classes=classes or train.people,
                                     person=whose, progress=progress))


def face_point(train: Faces, test: Faces, public: Faces, *, epsilon: float, evaluator: Access, rng,
               delta: float = DELTA, batches: Batches | None = None) -> FacePoint:
    """Train a recogniser of ``train``'s people, test it, ask it who was who, and invert everybody in it.

    Parameters
    ----------
    train, test : Faces
        Different photographs of the same people.
    public : Faces
        Other people: they scale the pixels, and are the adversary's prior.
    evaluator : Access
        Judges whose face was recovered; see `leaklab.training.train_evaluator`.
    batches : Batches, optional
        The plan: `plan_for` the photographs when left out; `plan_for_people` protects a person with all of theirs.
    """
    if train.color:
        v.fail("train", train, "must be grey: recovered faces are judged in grey", "Load them with color=False.")
    rng, batches = v.generator(rng), batches or plan_for(len(train))
    recipe = private_softmax(epsilon, batches, delta=delta)
    access = WhiteBox(face_model(recipe, train, public, rng=rng))
    everybody = np.arange(train.people)
    attack = FaceInversion(prior=EigenfacePrior.fit(public.images), penalty=PENALTY)
    images = attack(access, everybody, rng=rng).images
    like = judge(images, everybody, evaluator=evaluator, truth=train.class_means(),
                 average=public.images.mean(axis=0))
    photographs = _membership(access, (train.images, test.images), (train.person, test.person))
    return FacePoint(float(epsilon), _noise(recipe), accuracy(access, test.images, test.person), photographs.auc,
                     like.top1, mean_beyond(like), images)


def mean_beyond(like: Likeness) -> Interval:
    """Mean likeness beyond the average face over people, with Student's 95% interval."""
    spread = Spread.of(like.beyond)
    return Interval(spread.value, spread.low, spread.high)


def _membership(access: Access, x: tuple, y: tuple) -> RocCurve:
    """The threshold attack on (members, others)."""
    score = Threshold(signal="loss")(access, np.concatenate(x), np.concatenate(y)).score
    return roc(score, np.arange(len(score)) < len(y[0]))


def _noise(recipe: Recipe) -> float:
    return recipe.dp.noise_multiplier if recipe.dp else 0.0


def _hold(recipe: Recipe, epsilon: float) -> None:
    kept = recipe.guarantee(delta=DELTA).epsilon if recipe.dp else np.inf
    if kept > epsilon:
        raise v.Refused(f"epsilon={epsilon:g}: this recipe guarantees {kept:.3g}. Use private_mlp(epsilon, records).")
