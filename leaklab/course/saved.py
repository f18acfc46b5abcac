"""Precomputed runs of lesson 07: a small JSON file of numbers and a PNG sheet of faces, written once and read often."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import get_type_hints

import numpy as np
from PIL import Image

from leaklab._bundled import bundled, restore
from leaklab._repr import summary
from leaklab._validate import one_of
from leaklab.experiments.private import FacePoint, PatientPoint
from leaklab.metrics import Interval, Rate

FOLDER = bundled("lessons", "07_private_training")
SHOWN = 6
"""So many people's faces are kept."""
UNITS = ("photograph", "person")
"""Whom a face recogniser's guarantee protects."""


@dataclass(frozen=True, eq=False)
class Runs:
    """What `saved_runs` gives.

    Attributes
    ----------
    patients : tuple of PatientPoint
    faces : tuple of FacePoint
        Same epsilons, each promised to a photograph; ``images`` holds the first 6 people only.
    people : tuple of FacePoint
        The same recogniser, each epsilon promised to a person with all their photographs.
    photographs : tuple of int
        From 1 on: so many that one person may have.
    promised : float (epsilons, photographs)
        What the noise of ``faces`` promises to a person who has so many: see `leaklab.privacy.Guarantee.for_groups_of`.
    truth : float32 (6, height, width)
        Their mean training photographs.
    made_by : str
        The command that writes the file.
    """

    patients: tuple[PatientPoint, ...]
    faces: tuple[FacePoint, ...]
    people: tuple[FacePoint, ...]
    photographs: tuple[int, ...]
    promised: np.ndarray
    truth: np.ndarray
    made_by: str
    __repr__ = summary

    @property
    def epsilons(self) -> tuple[float, ...]:
        """``inf`` (not private) first, then ever smaller."""
        return tuple(point.epsilon for point in self.patients)

    def curves(self, unit: str = "photograph") -> tuple[dict[str, list], dict[str, list]]:
        """For patients and for faces, label -> a value for each epsilon, as `leaklab.plots.private.tradeoff` draws."""
        patients: dict[str, list] = {"accuracy": [p.accuracy for p in self.patients],
                                     "membership\nattack (AUC)": [p.auc for p in self.patients]}
        points = self.of(unit)
        faces: dict[str, list] = {"accuracy": [p.accuracy for p in points],
                                  "face recovered\n(top-1)": [p.top1 for p in points],
                                  "was this photo used?\n(AUC, guess 0.5)": [p.auc for p in points]}
        return patients, faces

    def of(self, unit: str) -> tuple[FacePoint, ...]:
        """The face recognisers whose guarantee is for a photograph, or for a person."""
        return self.people if one_of("unit", unit, UNITS) == "person" else self.faces

    def at(self, epsilon: float, unit: str = "photograph") -> tuple[PatientPoint, FacePoint]:
        """The patients' model and the face recogniser of one of the epsilons."""
        place = self.epsilons.index(one_of("epsilon", epsilon, self.epsilons))
        return self.patients[place], self.of(unit)[place]

    def promise(self, epsilon: float, photographs: int) -> float:
        """The epsilon of a person who has so many photographs, where it is promised to each photograph.

        Examples
        --------
        >>> round(saved_runs().promise(2, 7), 1)
        20.5
        """
        row = self.epsilons.index(one_of("epsilon", epsilon, self.epsilons))
        return float(self.promised[row, self.photographs.index(one_of("photographs", photographs, self.photographs))])


class Dial:
    """Runs, and where one looks at them.

    Attributes
    ----------
    epsilon, reached : float
        Where it stands, and the least epsilon so far.
    unit : {"photograph", "person"}
        Whom the recogniser's guarantee is for.
    photographs : int
        So many has the person whose promise is asked for; one of ``runs.photographs``.

    Examples
    --------
    >>> dial = Dial(saved_runs())
    >>> dial.turn(2), dial.count(7), round(dial.promised, 1), dial.protect("person"), dial.promised
    (None, None, 20.5, None, 2)
    """

    def __init__(self, runs: Runs):
        self.runs, self.epsilon = runs, runs.epsilons[0]
        self.reached, self.unit, self.photographs = self.epsilon, UNITS[0], runs.photographs[0]

    def turn(self, epsilon: float) -> None:
        """Stand at one of the epsilons of the runs."""
        self.epsilon = one_of("epsilon", epsilon, self.runs.epsilons)
        self.reached = min(self.reached, self.epsilon)

    def protect(self, unit: str) -> None:
        """Look at the recognisers that promise epsilon to a photograph, or to a person."""
        self.unit = one_of("unit", unit, UNITS)

    def count(self, photographs: int) -> None:
        """Ask what is promised to a person who has so many photographs."""
        self.photographs = one_of("photographs", photographs, self.runs.photographs)

    @property
    def promised(self) -> float:
        """The epsilon of that person; where the unit is a person, it is the same for all."""
        return self.epsilon if self.unit == "person" else self.runs.promise(self.epsilon, self.photographs)

    @property
    def points(self) -> tuple[PatientPoint, FacePoint]:
        """The patients' model and the face recogniser that are looked at."""
        return self.runs.at(self.epsilon, self.unit)


def save_runs(runs: Runs, folder: Path = FOLDER) -> None:
    """Write ``runs.json`` and ``faces.png`` into ``folder``; all lists from ``inf`` down, at the same epsilons."""
    order = list(runs.epsilons)
    for name in ("faces", "people"):
        if order != sorted(order, reverse=True) or order != [point.epsilon for point in getattr(runs, name)]:
            raise ValueError(f"epsilons of patients {order} and {name} {[p.epsilon for p in getattr(runs, name)]}: "
                             "must be the same and fall. Sort both lists.")
    content = {"made_by": runs.made_by, "photographs": runs.photographs,
               "promised": [[_finite(epsilon) for epsilon in row] for row in runs.promised],
               **{name: [_numbers(p) for p in getattr(runs, name)] for name in ("patients", "faces", "people")}}
    (folder / "runs.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    rows = [runs.truth[:SHOWN], *(point.images[:SHOWN] for point in (*runs.faces, *runs.people))]
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
    Image.fromarray(np.round(sheet * 255).astype(np.uint8)).save(folder / "faces.png", optimize=True)


def saved_runs(folder: Path = FOLDER) -> Runs:
    """Read the precomputed runs.

    Raises
    ------
    FileNotFoundError
        If they are not there; the message names the command that makes them.

    Examples
    --------
    >>> runs = saved_runs()
    >>> runs.epsilons[0], runs.faces[0].images.shape
    (inf, (6, 64, 64))
    """
    for name in ("runs.json", "faces.png"):
        if not (folder / name).is_file():
            raise FileNotFoundError(restore(folder / name, "python benchmarks/private.py --lesson"))
    content = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    with Image.open(folder / "faces.png") as sheet:
        pixels = np.asarray(sheet, np.float32) / 255
    side = pixels.shape[1] // SHOWN
    images = pixels.reshape(-1, side, SHOWN, side).transpose(0, 2, 1, 3)
    both = content["faces"] + content["people"]
    faces = [_point(FacePoint, d, images=image) for d, image in zip(both, images[1:], strict=True)]
    half = len(content["faces"])
    promised = [[np.inf if epsilon is None else epsilon for epsilon in row] for row in content["promised"]]
    return Runs(tuple(_point(PatientPoint, d) for d in content["patients"]), tuple(faces[:half]), tuple(faces[half:]),
                tuple(content["photographs"]), np.array(promised), images[0], content["made_by"])


def _numbers(point) -> dict:
    """Plain JSON: a Rate as [successes, trials], an Interval as [value, low, high], infinity as null."""
    plain: dict = {}
    for name, value in ((f.name, getattr(point, f.name)) for f in fields(point) if f.name != "images"):
        if isinstance(value, Rate):
            plain[name] = [value.successes, value.trials]
        elif isinstance(value, Interval):
            plain[name] = [round(number, 4) for number in asdict(value).values()]
        else:
            plain[name] = _finite(value)
    return plain


def _finite(number: float) -> float | None:
    return None if np.isinf(number) else round(float(number), 4)


def _point(kind: type, plain: dict, **more: np.ndarray):
    """The inverse of `_numbers`."""
    kinds = get_type_hints(kind)
    read: dict = {Rate: lambda n: Rate(*n), Interval: lambda n: Interval(*n),
                  float: lambda n: np.inf if n is None else n}
    return kind(**{f.name: read[kinds[f.name]](plain[f.name]) for f in fields(kind) if f.name in plain}, **more)
