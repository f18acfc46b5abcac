"""Auditing a trainer: train with and without a conspicuous record, and test whether the models reveal it."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.audit.adversary import LABEL, WATCHERS
from leaklab.audit.bounds import METHODS
from leaklab.audit.promise import AuditResult, Promise, hold, unit_of
from leaklab.audit.scores import check_member
from leaklab.audit.trainers import log_odds, train_each
from leaklab.privacy import Guarantee
from leaklab.training import Recipe, SoftmaxRegression


def plant(x, y, *, canaries: int = 1, rows: int = 1, value: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """Append canaries: records that are zero everywhere but in a column of their own, where all others are zero.

    A canary's gradient lies almost wholly in its own column's weights, where nobody else's clipped gradient can hide
    it: the worst case that differential privacy promises to cover, made in the data alone.

    Parameters
    ----------
    x : float array (n, d)
    y : int array (n,)
    canaries : int
    rows : int
        Of each canary, all alike: a person with several records.
    value : float
        What stands in the column of its own; well above the clipping norm, so that clipping binds. Where the learning
        rate is large, the model learns the canary, whose gradient then falls below the norm: the audit sees less.

    Returns
    -------
    x : float32 array (n + canaries * rows, d + canaries)
    y : int array (n + canaries * rows,)
        Canaries have label 0.

    Examples
    --------
    >>> plant([[0.5], [0.25]], [0, 1], value=9.0)[0].tolist()
    [[0.5, 0.0], [0.25, 0.0], [0.0, 9.0]]
    """
    x = v.array("x", x, ndim=2)
    y = v.labels("y", y, length=len(x))
    v.integer("canaries", canaries)
    v.integer("rows", rows)
    v.number("value", value, low=0, open_low=True)
    n, d = x.shape
    planted = np.zeros((n + canaries * rows, d + canaries), np.float32)
    planted[:n, :d] = x
    planted[n:, d:] = np.repeat(value * np.eye(canaries), rows, axis=0)
    return planted, np.append(y, np.full(canaries * rows, LABEL))


@dataclass(frozen=True, kw_only=True)
class CanaryAudit:
    """Train models with and without canaries, attack them, and hold the measured epsilon against the promised.

    Parameters
    ----------
    models : int
        Models to train, each with or without the canary by a fair coin. With one model the bound is that of `one_run`,
        which needs many canaries. Their number limits how much can be proven: see
        ``AuditResult.most``.
    canaries : int
        More than one for a single model only.
    rows : int
        Rows of a canary, in or out together: a whole person. What is promised to a record is then held against what
        follows for so many records at once.
    guesses : int, optional
        In one run: canaries to guess about; a quarter of them when left out.
    value : float
        See `plant`.
    adversary : {"steps", "file order", "loss"}
        What the adversary sees: ``"steps"``: the weights before and after every step (softmax regression by SGD); it
        expects Poisson batches. ``"file order"``: those too, but it expects every epoch to take the rows in order.
        ``"loss"``: the answers of the finished model, as a customer sees them.
        What it expects decides how much it finds, never whether the bound holds.
    method : {"clopper-pearson", "joint-beta", "gdp"}
        How the counts over many models become epsilon: see `epsilon_from_counts`.
    confidence : float

    Examples
    --------
    Your own training, as a function from a table to a model. It promises epsilon 1, and memorizes its data:

    >>> from leaklab.audit import Promise
    >>> def train(x, y, rng):
    ...     return lambda asked: np.array([[0.9, 0.1] if (x == row).all(1).any() else [0.5, 0.5] for row in asked])
    >>> x, y = np.eye(6), np.arange(6) % 2
    >>> audit = CanaryAudit(models=200, adversary="loss")
    >>> audit(train, Promise(1, 1e-5, says="its owner"), x, y, rng=0).caught
    True

    Your own DP-SGD, observed at every step: a template. It trains one model per row of ``trained_on``, by the recipe's
    plan, and shows all weights before the first step and after each.

    >>> def trainer(recipes, x, y, trained_on, *, rng, classes, watch):
    ...     dp, rate, onehot = recipes[0].dp, recipes[0].learning_rate, np.eye(classes)[y]
    ...     for j, rows in enumerate(trained_on):
    ...         kernel, bias = np.zeros((x.shape[1], classes)), np.zeros(classes)
    ...         watch(0, slice(j, j + 1), [kernel[None], bias[None]])
    ...         for step in range(1, dp.batches.steps + 1):
    ...             batch = np.flatnonzero(rows)[dp.batches.draw(rng, rows.sum())]
    ...             answer = np.exp(x[batch] @ kernel + bias)
    ...             error = answer / answer.sum(axis=1, keepdims=True) - onehot[batch]
    ...             norm = np.linalg.norm(error, axis=1) * np.sqrt((x[batch]**2).sum(axis=1) + 1)
    ...             error *= np.minimum(1, dp.clip / norm)[:, None]
    ...             noise = dp.noise_multiplier * dp.clip * rng.normal(size=(x.shape[1] + 1, classes))
    ...             kernel = kernel - rate * (x[batch].T @ error + noise[:-1]) / dp.batches.size
    ...             bias = bias - rate * (error.sum(axis=0) + noise[-1]) / dp.batches.size
    ...             watch(step, slice(j, j + 1), [kernel[None], bias[None]])
    >>> from leaklab.privacy import Batches
    >>> from leaklab.training import DPSGD, SoftmaxRegression
    >>> dp = DPSGD.for_epsilon(1.0, Batches(6, size=3, steps=8), delta=1e-5)
    >>> recipe = SoftmaxRegression(optimizer="sgd", learning_rate=0.01, dp=dp)
    >>> result = CanaryAudit(models=200)(trainer, recipe, x, y, rng=0)
    >>> result.caught, result.could_refute
    (False, True)
    """

    models: int = 1000
    canaries: int = 1
    rows: int = 1
    guesses: int | None = None
    value: float = 30.0
    adversary: str = "steps"
    method: str = "clopper-pearson"
    confidence: float = 0.95

    def __post_init__(self):
        v.integer("models", self.models)
        v.integer("canaries", self.canaries, low=8 if self.models == 1 else 1, high=None if self.models == 1 else 1,
                  remedy="One model and many canaries, or many models and one canary: canaries of one model are not "
                         "independent.")
        v.integer("rows", self.rows)
        v.one_of("adversary", self.adversary, [*WATCHERS, "loss"])
        v.one_of("method", self.method, METHODS)
        if self.guesses is not None:
            v.integer("guesses", self.guesses, high=self.canaries)

    def __call__(self, trainer, promise: Recipe | Guarantee | Promise, x, y, *, delta: float | None = None, person=None,
                 rng, progress: v.Progress | None = None) -> AuditResult:
        """Audit a trainer.

        Parameters
        ----------
        trainer : callable, Recipe or estimator
            Where ``promise`` is a recipe: a trainer of recipes, such as `leaklab.training.fit_stack` or ``fit_many``:
            ``trainer(recipes, x, y, trained_on, *, rng, classes)`` trains a model on ``x[trained_on[j]]`` for every j,
            and returns them (`Trained`, or a list). An adversary at every step also passes ``watch=``, to be called
            as ``watch(step, models, weights)``; a plan that protects people, ``person=`` (whose row each is); and
            ``progress`` comes along where it is given.
            Where it is a guarantee or a bare promise (``adversary="loss"`` alone): a recipe, any scikit-learn
            classifier with ``predict_proba``, or a function ``train(x, y, rng)`` that returns a model: one with
            ``predict_proba``, or a callable from inputs to probabilities. Recipes and functions get ``person=`` where
            people are protected.
        promise : Recipe, Guarantee or Promise
            What is promised about adding or removing one record (or person). A recipe is private, on Poisson batches.
        x, y : array (n, d), (n,)
            The records beside the canaries. Few will do: a guarantee must hold for every data set.
        delta : float, optional
            Of a recipe's promise, 1e-5 when left out. The others say theirs.
        person : array (n,), optional
            Whose row each of ``x`` is, where people are protected; by default everyone has one.
        rng : int or numpy.random.Generator
            Tosses the coins, trains, and draws the half that chooses the threshold.

        Raises
        ------
        ValueError
            When the promise cannot be audited in this way, or a model returns no probabilities; (``Refused``) when
            nothing was observed: ``watch`` was not called at every step of every model, or all scores are equal.
        """
        promised, rng = self._promised(promise, delta, trainer), v.generator(rng)
        people = unit_of(promised) == "person"
        group = 1 if people else self.rows
        promised.for_groups_of(group)  # may be refused: before the training
        classes, n = int(v.labels("y", y).max()) + 1, len(x)
        if person is not None and not people:
            v.fail("person", person, "was given, but the promise is to records", "Promise something to people.")
        if classes < 2:
            v.fail("y", classes, "must hold at least two classes: the canaries are of class 0")
        whose = self._whose(n, person) if people else None
        x, y = plant(x, y, canaries=self.canaries, rows=self.rows, value=self.value)
        member = rng.random((self.models, self.canaries)) < 0.5
        if self.models > 1:
            check_member(member[:, 0])
        trained_on = np.hstack([np.ones((self.models, n), bool), np.repeat(member, self.rows, axis=1)])
        watcher = None
        if isinstance(promise, Recipe):
            if self.adversary != "loss":
                watcher = WATCHERS[self.adversary](self, promise, before=n if whose is None else int(whose[n]),
                                                   features=x.shape[1], classes=classes)
            asked = {"person": whose, "watch": watcher, "progress": progress}
            models = trainer([promise] * self.models, x, y, trained_on, rng=rng, classes=classes,
                             **{name: value for name, value in asked.items() if value is not None})
        else:
            models = train_each(trainer, x, y, trained_on, classes=classes, person=whose, rng=rng, progress=progress)
        scores = watcher.scores() if watcher else log_odds(models, trained_on, x[n::self.rows], classes)
        one = self.models == 1
        return hold(promised, scores[0] if one else scores[:, 0], member[0] if one else member[:, 0], group=group,
                    guesses=(self.guesses or self.canaries // 4) if one else None, confidence=self.confidence,
                    method=self.method, rng=rng)

    def _whose(self, n: int, person) -> np.ndarray:
        """Whose row each is, people numbered from 0, the canaries last."""
        person = np.arange(n) if person is None else np.asarray(person)
        if person.shape != (n,):
            raise ValueError(f"person has shape {person.shape}: must say whose row each of the {n} is.")
        person = np.unique(person, return_inverse=True)[1]
        return np.append(person, person.max() + 1 + np.repeat(np.arange(self.canaries), self.rows))

    def _promised(self, promise, delta: float | None, trainer) -> Guarantee | Promise:
        """What is promised to one unit; refuse what this audit cannot hold against it."""
        if isinstance(promise, Recipe):
            plan = promise.dp.batches if promise.dp and promise.dp.noise_multiplier else None
            if plan is None or plan.sampling != "poisson":
                v.fail("recipe.dp", promise.dp, "needs noise_multiplier > 0 and sampling='poisson'",
                       "Set dp=DPSGD.for_epsilon(epsilon, batches, delta=...).")
            if self.adversary != "loss" and not (isinstance(promise, SoftmaxRegression) and promise.optimizer == "sgd"):
                v.fail("recipe", promise, f"adversary={self.adversary!r} reads the steps of softmax regression by SGD",
                       "Use SoftmaxRegression(optimizer='sgd', ...) or adversary='loss'.")
            if not callable(trainer):
                v.fail("trainer", trainer, "must be a trainer of recipes, such as fit_stack, where a recipe promises",
                       "Hold another trainer against a Guarantee (recipe.guarantee(delta=...)) or a Promise.")
            return promise.guarantee(delta=1e-5 if delta is None else delta)
        if not isinstance(promise, Guarantee | Promise):
            v.fail("promise", promise, "must be a Recipe, a Guarantee or a Promise")
        if delta is not None:
            v.fail("delta", delta, f"the promise is at delta={promise.delta:g}", "Leave delta out.")
        if isinstance(promise, Guarantee) and promise.batches.sampling != "poisson":
            v.fail("promise", promise, "must be about adding or removing a unit, as this audit does",
                   "Plan Poisson batches.")
        if self.adversary != "loss":
            v.fail("adversary", self.adversary, "reads the steps of a recipe, and there is none",
                   "Set adversary='loss', or hold the recipe itself against its trainer.")
        if not (callable(trainer) or hasattr(trainer, "fit")):
            v.fail("trainer", trainer, "must be a recipe, a scikit-learn classifier or a function train(x, y, rng)")
        return promise
