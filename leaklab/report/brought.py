"""A model, its members and others, from what people have: files, folders, an address."""

import os
import runpy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v
from leaklab.access import RemoteApi
from leaklab.data import Records, load_faces, read_tables
from leaklab.models import Model, adapt, load_model
from leaklab.models.base import check_classes
from leaklab.models.contents import Untrusted

KEY = "LEAKLAB_KEY"
TRUST = "If you trust its author with this machine, pass --trust."


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an officer states of the files, for they do not say it themselves.

    Parameters
    ----------
    label, person : str, optional
        Columns of the tables: the outcome; whose row it is.
    drop : tuple of str
        Columns that the model does not take.
    missing_values : tuple of str, optional
        What else than an empty cell means that nothing was measured: see `leaklab.data.read_tables`.
    missing : {"refuse", "drop", "keep"}, optional
        See `leaklab.data.load_patients`; "keep" where left out and the model takes gaps, else "refuse".
    classes : tuple, optional
        The model's labels in the order of its answers, where it does not tell.
    answers : str
        See `leaklab.models.adapt`.
    low, high : float
        What black and white of a photograph are to the model.
    trust : bool
        Whether code in the model's file may run.
    """

    label: str | None = None
    person: str | None = None
    drop: tuple[str, ...] = ()
    missing: str | None = None
    missing_values: tuple[str, ...] | None = None
    classes: tuple | None = None
    answers: str = "auto"
    low: float = 0.0
    high: float = 1.0
    trust: bool = False

    def __post_init__(self):
        v.number("range", self.low)
        if v.number("range", self.high) <= self.low:
            v.fail("range", (self.low, self.high), "LOW must be below HIGH")


def open_model(where: str, told: Told, name: str | None = None) -> Model | RemoteApi:
    """The model in a file; or at an address, where it is called ``name``."""
    if where.lower().startswith(("http://", "https://")):
        try:
            return RemoteApi(where, os.environ.get(KEY), model=name, classes=told.classes)
        except (ValueError, OSError) as error:
            if name is None and "not found" in str(error):
                raise ValueError(f"{where}: {error}. Say which model it is there: --name NAME.") from error
            raise
    if told.classes is not None:
        check_classes(told.classes)
    path = Path(where)
    if path.is_dir() and not told.trust:
        raise ValueError(f"{path} is a folder, and a SavedModel is a program of TensorFlow operations that can read "
                         f"and write files: it was not run. {TRUST} Or save the model as a .keras file.")
    try:
        loaded = load_model(path, run_code=told.trust, compiled=True)
    except Untrusted as error:
        raise ValueError(f"{error.found} {TRUST}") from None
    try:
        adapted = adapt(loaded, answers=told.answers, classes=None if hasattr(loaded, "classes_") else told.classes)
    except Exception as error:  # a model's own code, if it is trusted, fails as it likes
        raise ValueError(f"{path} cannot be audited: {error or type(error).__name__}") from error
    if told.classes is not None and len(told.classes) != len(adapted.classes):
        v.fail("classes", told.classes, f"must be {len(adapted.classes)} labels, one for each of the model's answers")
    return adapted


def open_fit(where: str | None, trust: bool) -> Callable | None:
    """The function NAME of a Python file, FILE.py:NAME, which is run for it."""
    if where is None:
        return None
    file, _, name = where.rpartition(":")
    if not file or not name.isidentifier():
        v.fail("fit", where, "must name a file and a function in it", "For example train.py:fit.")
    if not trust:
        raise ValueError(f"{file} is a program, and would be run. {TRUST}")
    try:
        found = runpy.run_path(file).get(name)
    except (Exception, SystemExit) as error:  # it fails as it likes
        raise ValueError(f"{file} failed: {error or type(error).__name__}") from error
    if not callable(found) and not hasattr(found, "fit_many"):
        v.fail("fit", where, f"has no function {name!r}")
    return found


def people_in(*folders: str) -> tuple[str, ...] | None:
    """The people whose photographs are in the folders, sorted by name; None where one is no folder."""
    paths = [Path(folder) for folder in folders]
    if not all(path.is_dir() for path in paths):
        return None
    return tuple(sorted({home.name for path in paths for home in path.iterdir()
                         if home.is_dir() and not home.name.startswith(".")}))


def open_records(members: str, others: str, model: Model | RemoteApi, told: Told, extra: Sequence[str] = ()
                 ) -> tuple[tuple, tuple, tuple[str, ...]]:
    """Members and others as `leaklab.report.audit_model` takes them, read together; and what was noticed."""
    paths = [Path(members), Path(others)]
    for name, path in zip(("members", "others"), paths, strict=True):
        if not path.exists():
            v.fail(name, str(path), "does not exist")
    if paths[0].resolve() == paths[1].resolve():
        raise ValueError(f"others={others!r}: is the members' own file, so nobody is known to be outside the training "
                         "data. Give records of the same population that the model was not trained on.")
    if all(path.is_dir() for path in paths):
        return _photographs(paths, model, told)
    if any(path.is_dir() for path in paths):
        raise ValueError(f"{members} and {others}: one is a folder and the other a file. Give two tables, or two "
                         "folders of photographs.")
    return _tables(paths, model, told, extra)


def _tables(paths: list[Path], model: Model | RemoteApi, told: Told, extra: Sequence[str]
            ) -> tuple[tuple, tuple, tuple[str, ...]]:
    if told.label is None:
        raise ValueError("label=None: name the column that the model predicts: --label COLUMN.")
    tables = read_tables(paths, label=told.label, missing_values=told.missing_values)
    columns, inputs = model.inputs.columns, model.inputs
    missing = told.missing or ("keep" if inputs.gaps or inputs.dtype == "table" else "refuse")
    features = None
    if wrong := {told.label, told.person}.intersection(extra):
        raise ValueError(f"column {wrong.pop()!r} is the label or says whose row it is, and can be neither a group nor "
                         "sensitive. Leave it out of --groups and --sensitive.")
    if columns is not None:
        here = list(tables[0].frame.columns)
        if lacking := [name for name in columns if name not in here]:
            raise ValueError(f"{paths[0]} lacks the column(s) {v.listed(lacking)}, which the model takes. Its columns "
                             f"are {v.listed(here)}.")
        for name in told.drop:
            if name not in here or name in (*columns, told.label, told.person):
                v.fail("drop", name, "is needed" if name in here else f"is no column of {paths[0]}, which has "
                       f"{v.listed(here)}", "The model's own columns alone are given to it: leave --drop out.")
        features = list(dict.fromkeys([*columns, *(name for name in extra if name in here)]))
    elif inputs.dtype == "object":  # of texts, where all may be different
        features = [name for name in tables[0].frame if name not in (told.label, told.person, *told.drop)]
    records = Records.of(tables, label=told.label, person=told.person, missing=missing, features=features,
                         drop=told.drop if features is None else ())
    width, taken = records.features.shape[1], int(np.prod(inputs.shape))
    if columns is None and width != taken:
        raise ValueError(f"{paths[0]} has {width} features, and the model takes {taken}: "
                         f"{v.listed(records.features.columns)}. Leave columns out with --drop.")
    if inputs.dtype not in ("table", "object") and not records.all_numbers and not columns:
        text = [name for name in records.features if not pd.api.types.is_numeric_dtype(records.features[name])]
        raise ValueError(f"{paths[0]}: column(s) {v.listed(text)} hold text, and the model takes numbers. "
                         "Give the table as the model takes it.")
    names = np.array([f"{table.path.name} line {line}" for table in tables for line in table.lines], object)
    at = records.features.index.to_numpy()
    features, labels = records.features.set_axis(names[at]), _known(records.outcome, model.classes, told)
    given: list[tuple] = []
    for name, side in (("members", at < len(tables[0].frame)), ("others", at >= len(tables[0].frame))):
        if not side.any():
            raise ValueError(f"{name}: no row is left of {paths[len(given)]}. Give at least 10.")
        given.append((features[side], labels[side], None if records.person is None else records.person[side]))
    return given[0], given[1], records.notes


def _known(found: np.ndarray, known: tuple, told: Told) -> np.ndarray:
    """The labels of the tables as the model has them: equal, or equal as text."""
    names = told.classes or known
    by_text = {_text(name): label for name, label in zip(names, known, strict=True)}
    same = {}
    for label in pd.unique(pd.Series(found)).tolist():
        if _text(label) not in by_text:
            remedy = "" if told.classes else " State the model's labels in the order of its answers: --classes A B ..."
            raise ValueError(f"{label!r} in column {told.label!r} is no label of the model, which knows "
                             f"{v.listed(names)}.{remedy}")
        same[label] = by_text[_text(label)]
    return np.array([same[label] for label in found.tolist()], dtype=object)


def _text(label: Any) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)


def _photographs(paths: list[Path], model: Model | RemoteApi, told: Told) -> tuple[tuple, tuple, tuple[str, ...]]:
    shape = model.inputs.shape
    if len(shape) not in (2, 3) or None in shape or (len(shape) == 3 and shape[-1] not in (1, 3)):
        raise ValueError(f"the model takes inputs of shape {shape}, and {paths[0]} is a folder: pictures are (height, "
                         "width), (height, width, 1) or (height, width, 3).")
    color = len(shape) == 3 and shape[-1] == 3
    given = []
    for path in paths:
        faces = load_faces(path, size=shape[:2], color=color, min_photographs=1)
        labels = np.array(faces.names, dtype=object)[faces.person]
        if unknown := sorted(set(faces.names) - set(map(str, model.classes))):
            raise ValueError(f"{path / unknown[0]}: {unknown[0]!r} is no class of the model, which knows "
                             f"{', '.join(map(str, model.classes[:8]))}. Name its classes in the order of its answers: "
                             "--classes A B ...")
        images = told.low + (told.high - told.low) * faces.images
        given.append((images[..., None] if len(shape) == 3 and not color else images,
                      _known(labels, model.classes, told)))
    return given[0], given[1], ()
