"""Precomputed runs of lesson 07: a small JSON file of numbers and a PNG sheet of faces, written once and read often."""

import json
from collections.abc import Sequence
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


@dataclass(frozen=True, eq=False)
class Runs:
    """What `saved_runs` gives.

    Attributes
    ----------
    patients : tuple of PatientPoint
    faces : tuple of FacePoint
        Same epsilons; ``images`` holds the first 6 people only.
    truth : float32 (6, height, width)
        Their mean training photographs.
    made_by : str
        The command that writes the file.
    """

    patients: tuple[PatientPoint, ...]
    faces: tuple[FacePoint, ...]
    truth: np.ndarray
    made_by: str
    __repr__ = summary

    @property
    def epsilons(self) -> tuple[float, ...]:
        """``inf`` (not private) first, then ever smaller."""
        return tuple(point.epsilon for point in self.patients)

    def curves(self) -> tuple[dict[str, list], dict[str, list]]:
        """For patients and for faces, label -> a value for each epsilon, as `leaklab.plots.private.tradeoff` draws."""
        patients: dict[str, list] = {"accuracy": [p.accuracy for p in self.patients],
                                     "membership\nattack (AUC)": [p.auc for p in self.patients]}
        faces: dict[str, list] = {"accuracy": [p.accuracy for p in self.faces],
                                  "face recovered\n(top-1)": [p.top1 for p in self.faces],
                                  "was this photo used?\n(AUC, guess 0.5)": [p.auc for p in self.faces]}
        return patients, faces

    def at(self, epsilon: float) -> tuple[PatientPoint, FacePoint]:
        """The patients' model and the face recogniser of one of the epsilons."""
        place = self.epsilons.index(one_of("epsilon", epsilon, self.epsilons))
        return self.patients[place], self.faces[place]


class Dial:
    """Runs, and the epsilon of theirs that one looks at; ``turn`` moves it, and ``reached`` is the least one so far."""

    def __init__(self, runs: Runs):
        self.runs, self.epsilon = runs, runs.epsilons[0]
        self.reached = self.epsilon

    def turn(self, epsilon: float) -> None:
        """Stand at one of the epsilons of the runs."""
        self.epsilon = one_of("epsilon", epsilon, self.runs.epsilons)
        self.reached = min(self.reached, self.epsilon)


def save_runs(patients: Sequence[PatientPoint], faces: Sequence[FacePoint], truth: np.ndarray, *, made_by: str,
              folder: Path = FOLDER) -> None:
    """Write ``runs.json`` and ``faces.png`` into ``folder``; both lists from ``inf`` down, at the same epsilons."""
    order = [point.epsilon for point in patients]
    if order != sorted(order, reverse=True) or order != [point.epsilon for point in faces]:
        raise ValueError(f"epsilons of patients {order} and faces {[p.epsilon for p in faces]}: must be the same and "
                         "fall. Sort both lists.")
    content = {"made_by": made_by, "patients": [_numbers(p) for p in patients], "faces": [_numbers(p) for p in faces]}
    (folder / "runs.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    rows = [truth[:SHOWN], *(point.images[:SHOWN] for point in faces)]
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
    faces = (_point(FacePoint, d, images=image) for d, image in zip(content["faces"], images[1:], strict=True))
    return Runs(tuple(_point(PatientPoint, d) for d in content["patients"]), tuple(faces), images[0],
                content["made_by"])


def _numbers(point) -> dict:
    """Plain JSON: a Rate as [successes, trials], an Interval as [value, low, high], infinity as null."""
    plain: dict = {}
    for name, value in ((f.name, getattr(point, f.name)) for f in fields(point) if f.name != "images"):
        if isinstance(value, Rate):
            plain[name] = [value.successes, value.trials]
        elif isinstance(value, Interval):
            plain[name] = [round(number, 4) for number in asdict(value).values()]
        else:
            plain[name] = None if np.isinf(value) else round(value, 4)
    return plain


def _point(kind: type, plain: dict, **more: np.ndarray):
    """The inverse of `_numbers`."""
    kinds = get_type_hints(kind)
    read: dict = {Rate: lambda n: Rate(*n), Interval: lambda n: Interval(*n),
                  float: lambda n: np.inf if n is None else n}
    return kind(**{f.name: read[kinds[f.name]](plain[f.name]) for f in fields(kind) if f.name in plain}, **more)
