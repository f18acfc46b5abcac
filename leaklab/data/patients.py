"""``load_patients``: clinical records, synthetic, bundled, fetched or your own."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes

from leaklab._bundled import bundled, restore
from leaklab._validate import fail, integer
from leaklab.data import cdc
from leaklab.data.cohort import sample_cohort
from leaklab.data.encoding import Encode
from leaklab.data.fetch import cdc_table
from leaklab.data.records import Records
from leaklab.data.scaling import Bounds, bounded, own_scaling
from leaklab.data.tables import Missing, read_tables

EMBEDDED = bundled("data", "patients.csv.gz")
PUBLISHED = "this source is standardized by published constants already"
CDC_CLASSES = ("no diabetes", "prediabetes or diabetes")


def load_patients(source: str | os.PathLike = "synthetic", *, label: str | None = None, person: str | None = None,
                  bounds: Bounds | None = None, encode: Encode | str | None = None, missing: str = "refuse",
                  missing_values: Missing | None = None, drop: Sequence[str] = (),
                  features: Sequence[str] | None = None, patients: int | None = None, rng=None) -> Records:
    """Load clinical records.

    =============== ======= ======== ======================================================================
    source          records features label 1 is
    =============== ======= ======== ======================================================================
    synthetic       5,000   21       prediabetes or diabetes; nobody's data, embedded
    cdc             229,474 21       prediabetes or diabetes; CDC survey 2015, exact duplicate rows dropped
    breast-cancer   569     30       a malignant tumour; bundled with scikit-learn
    diabetes        442     10       progression within a year above the median; bundled with scikit-learn
    path of a CSV   any     any      second of the classes in sorted order of the ``label`` column
    =============== ======= ======== ======================================================================

    "cdc" is looked for in the folder that ``LEAKLAB_DATA`` names, then in ``~/.cache/leaklab``, and is else
    downloaded once from the UCI archive. Its *content* is checked, so any of the usual files serves, and gives the
    same records in the same order. "synthetic" and "cdc" are standardised by published constants, the other sources
    by their own mean and standard deviation, or by ``bounds``: see ``Records.public_scaling`` for what that means for
    differential privacy.

    Parameters
    ----------
    source : str or path
        One of the names above, or a CSV file (``.gz`` too) with a header line, which `read_tables` reads. For files
        without one, or several, and for a table in memory: ``Records.of``.
    label : str, optional
        The label column of a CSV file; not for the named sources.
    person : str, optional
        The column of a CSV file that says whose row it is, where people have several; not a feature. See
        ``Records.person``.
    bounds : dict of str to (low, high), optional
        The range of every feature, known without a look at the table: from a codebook, an instrument's range, a public
        survey. It is mapped to [-1, 1], and values outside are clipped to it, so that no record moves another's
        features; then ``public_scaling`` is True. Not for the sources with published constants; true and false, and
        what `encode` makes categories of, need none.
    encode, missing, drop, features : optional
        Of a CSV file: what makes numbers of text, what becomes of gaps, and which columns are left out, or are the
        features. See ``Records.of``.
    missing_values : sequence of str, or dict of str to sequence of str, optional
        What means *missing* in a CSV file, beside an empty cell: see `read_tables`.
    patients : int, optional
        For "synthetic" only: draw this many further patients from ``rng`` instead of reading the embedded 5,000.
    rng : int or numpy.random.Generator, optional
        Needed with ``patients``.

    Raises
    ------
    FileNotFoundError
        If a file is missing, or "cdc" is not here and cannot be downloaded.
    ValueError
        If a table has missing values, an identifier that repeats, infinities, or a label that is not classes; it names
        column and line. If ``bounds`` lack a feature, name another column, or hold a low that is not below its high.

    Examples
    --------
    >>> load_patients("breast-cancer")
    Records(569 x 30 from 'breast-cancer', malignant tumour: {benign: 357, malignant: 212})
    """
    named: dict[str, Callable[[], Records]] = {
        "synthetic": _synthetic, "cdc": _cdc, "breast-cancer": _breast_cancer, "diabetes": _diabetes}
    names = ", ".join(map(repr, named))
    if not isinstance(source, str | os.PathLike):
        fail("source", source, f"must be one of {names}, or the path of a CSV file")
    if patients is not None:
        if source != "synthetic":
            fail("patients", patients, f"source {str(source)!r} has a fixed set of patients", "Draw some with .sample.")
        if bounds is not None:
            fail("bounds", bounds, PUBLISHED, "Leave bounds out.")
        return _drawn(integer("patients", patients), rng)
    if source in named:
        if label is not None:
            fail("label", label, f"source {source!r} has its own label", "Leave label out.")
        if person is not None:
            fail("person", person, f"in source {source!r} every row is a person", "Leave person out.")
        if (encode, missing, missing_values, drop, features) != (None, "refuse", None, (), None):
            fail("source", source, "is numbers without gaps",
                 "Leave encode, missing, missing_values, drop and features out.")
        records = named[source]()
        return records if bounds is None else _bounded(records, bounds)
    if not Path(source).is_file():
        raise FileNotFoundError(f"source={str(source)!r}: no such file, and none of the names {names}.")
    tables = read_tables(source, label=label, missing_values=missing_values)
    return Records.of(tables, label=label, person=person, encode=encode, bounds=bounds, missing=missing, drop=drop,
                      features=features)


def _cdc_records(features: pd.DataFrame, label: np.ndarray, source: str) -> Records:
    center, scale = cdc.moments()
    return Records(features, label, CDC_CLASSES[1], CDC_CLASSES, center, scale, source, public_scaling=True)


def _own_scaling(features, label, label_name, classes, source) -> Records:
    return Records(features, label, label_name, classes, *own_scaling(features, None), source)


def _bounded(records: Records, bounds: Bounds) -> Records:
    """The records clipped to public bounds, which then scale them."""
    if records.public_scaling:
        fail("bounds", bounds, PUBLISHED, "Leave bounds out.")
    features, center, scale = bounded(records.features, records.encode, bounds)
    return replace(records, features=features, center=center, scale=scale, public_scaling=True)


def _synthetic() -> Records:
    if not EMBEDDED.is_file():
        raise FileNotFoundError(restore(EMBEDDED, "python -m leaklab.data"))
    table = pd.read_csv(EMBEDDED)
    return _cdc_records(table[list(cdc.COLUMNS)], table[cdc.LABEL].to_numpy(), "synthetic")


def _drawn(patients: int, rng) -> Records:
    return _cdc_records(*sample_cohort(patients, rng=rng), "synthetic")


def _cdc() -> Records:
    table = cdc_table()
    table = table[np.r_[True, (table[1:] != table[:-1]).any(axis=1)]]  # sorted: equal rows are neighbours
    # Any file gives the same order, and one that is not sorted by label.
    table = table[np.random.default_rng(891).permutation(len(table))].astype(np.int64)
    return _cdc_records(pd.DataFrame(table[:, 1:], columns=list(cdc.COLUMNS)), table[:, 0], "cdc")


def _breast_cancer() -> Records:
    data = load_breast_cancer(as_frame=True)
    # scikit-learn counts malignant as 0; here 1 is the illness, as in the other sources.
    return _own_scaling(data.data, 1 - data.target.to_numpy(), "malignant tumour", ("benign", "malignant"),
                        "breast-cancer")


def _diabetes() -> Records:
    data = load_diabetes(as_frame=True, scaled=False)
    target = data.target.to_numpy()
    return _own_scaling(data.data, (target > np.median(target)).astype(np.int64), "progression above the median",
                        ("slower", "faster"), "diabetes")
