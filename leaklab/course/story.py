"""One epsilon across the story: accuracy, both attacks, one person's case; prepared beforehand or trained live."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np

from leaklab import _validate as v
from leaklab._bundled import restore
from leaklab.course.saved import FOLDER, Runs, saved_runs
from leaklab.data import Records, load_patients, risk
from leaklab.experiments import SeedsPoint, Victim, seeds_point

MADE_BY = "python benchmarks/private.py --dial"


def story_pool() -> tuple[Records, dict[str, int]]:
    """The patients of the dial, half of them ill, and three among them: of one kind each, the clearest case."""
    pool = load_patients("synthetic", patients=40_000, rng=0).deduplicate().sample(4000, balanced=True, rng=1)
    ill, expected = pool.label == 1, risk(pool.features)
    return pool, {"ill, though nothing foretold it": int(np.argmin(np.where(ill, expected, 1))),
                  "ill, as expected": int(np.argmax(np.where(ill, expected, 0))),
                  "healthy, as expected": int(np.argmin(np.where(ill, 1, expected)))}


class PrivacyStory:
    """Stands at one epsilon and one victim; ``train`` replaces what was prepared by models of now.

    Attributes
    ----------
    runs : Runs
        Prepared runs, of which the faces are taken; they are not trained live, which takes minutes.
    epsilon, reached : float
        Where it stands, and the least epsilon so far.
    victim : str
        Who is looked at.
    points : dict of float to SeedsPoint
        The patients' models, by epsilon.
    live : set of float
        The epsilons whose models were trained here; the others were prepared.
    """

    def __init__(self, runs: Runs | None = None, points: dict[float, SeedsPoint] | None = None):
        self.runs = saved_runs() if runs is None else runs
        self.points = saved_points() if points is None else dict(points)
        self.epsilons = tuple(e for e in self.runs.epsilons if e in self.points)
        if not self.epsilons:
            v.fail("points", list(self.points), f"must share an epsilon with the runs, {list(self.runs.epsilons)}")
        self.live: set[float] = set()
        self.reached = self.epsilon = self.epsilons[0]
        self.victims = tuple(self.points[self.epsilon].victims)
        self.victim = self.victims[0]

    @cached_property
    def pool(self) -> tuple[Records, dict[str, int]]:
        """The patients, loaded when models are trained."""
        return story_pool()

    def turn(self, epsilon: float) -> None:
        """Stand at one of the epsilons."""
        self.epsilon = v.one_of("epsilon", epsilon, self.epsilons)
        self.reached = min(self.reached, self.epsilon)

    def choose(self, victim: str) -> None:
        """Look at another person."""
        self.victim = v.one_of("victim", victim, self.victims)

    @property
    def case(self) -> Victim:
        """The victim's case at this epsilon."""
        return self.points[self.epsilon].victims[self.victim]

    def train(self, progress: v.Progress | None = None, *, rng=None) -> SeedsPoint:
        """Train the patients' models of this epsilon now, with other seeds; returns what `keep` takes."""
        return seeds_point(*self._asked(), rng=np.random.default_rng(rng), progress=progress)

    def keep(self, point: SeedsPoint) -> None:
        """Show models that were trained now in the place of those prepared."""
        self.points[point.epsilon] = point
        self.live.add(point.epsilon)

    def _asked(self) -> tuple[Records, float, dict[str, int]]:
        pool, victims = self.pool
        return pool, self.epsilon, victims


def save_points(points: Iterable[SeedsPoint], *, folder: Path = FOLDER) -> None:
    """Write ``dial.json`` into ``folder``; numbers to three digits."""
    plain = [{**asdict(point), "epsilon": None if np.isinf(point.epsilon) else point.epsilon} for point in points]
    text = json.dumps({"made_by": MADE_BY, "points": plain}, default=lambda array: np.round(array, 3).tolist())
    (folder / "dial.json").write_text(text + "\n", encoding="utf-8")


def saved_points(folder: Path = FOLDER) -> dict[float, SeedsPoint]:
    """Read ``dial.json``.

    Raises
    ------
    FileNotFoundError
        If it is not there; the message names the command that makes it.

    Examples
    --------
    >>> saved_points()[np.inf].accuracy.shape
    (17,)
    """
    path = folder / "dial.json"
    if not path.is_file():
        raise FileNotFoundError(restore(path, MADE_BY))
    points = [SeedsPoint(np.inf if plain["epsilon"] is None else plain["epsilon"], np.array(plain["accuracy"]),
                         np.array(plain["auc"]),
                         {name: Victim(np.array(case["inside"]), np.array(case["outside"]), case["belief"])
                          for name, case in plain["victims"].items()})
              for plain in json.loads(path.read_text(encoding="utf-8"))["points"]]
    return {point.epsilon: point for point in points}
