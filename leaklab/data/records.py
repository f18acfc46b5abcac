"""Records: a table about people, the outcome to predict, and the line between members and non-members."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from leaklab._validate import Refused, array, fail, generator, integer, labels, number
from leaklab.data.encoding import Encode, all_numbers, not_encoded, table_of
from leaklab.data.grouping import equal_rows, fitting, linked
from leaklab.data.prepare import prepare
from leaklab.data.scaling import Bounds
from leaklab.data.tables import Table

OWN_SCALING = ("features were standardized by the table's own mean and standard deviation, which the guarantee does "
               "not cover")
OWN_CATEGORIES = "the categories of text were taken from the table, which the guarantee does not cover"


@dataclass(frozen=True, eq=False)
class Records:
    """A table of people.

    Parameters
    ----------
    features : pandas.DataFrame, shape (n, d)
        As they are: numbers, text, true and false, dates, gaps. A pipeline of your own is given these. The index is
        kept, so that a row can be traced through ``take``, ``sample`` and ``split``.
    label : numpy.ndarray of int64, shape (n,)
        The outcome, counted from 0.
    label_name : str
        What the outcome is.
    classes : tuple
        What each label stands for, as the table has it (numbers, text, true and false): ``classes[label]``.
    center, scale : numpy.ndarray of float64, shape (columns of ``encoded``,)
        ``x`` is ``(encoded - center) / scale``; both empty where there is no ``x``: for text without `encode`, or gaps.
    source : str
        Where the records come from.
    public_scaling : bool
        True if ``center`` and ``scale`` are published constants, fixed before any record is drawn. Only then does a
        differential-privacy guarantee of a training on ``x`` hold for the whole way from record to model; numbers
        computed from the table itself are one more release about it, which the guarantee does not cover: see `caveats`.
    person : array (n,), optional
        Whose row it is, where several rows belong to one person: numbers or names, none missing. `take` keeps it;
        `sample` and `split` keep a person's rows together. Left out, every row is a person.
    encode : dict, optional
        What makes numbers of text: each column's categories, one column of 0 and 1 for each, or ``"days"`` (since 1970)
        for dates such as 2020-12-31. True and false are 1 and 0.
    public_categories : bool
        False if the categories were taken from the table: see `caveats`.
    notes : tuple of str
        What was read, what was left out, and how many rows are alike.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [30.0, 40.0, 50.0, 60.0]})
    >>> r = Records(table, np.array([0, 0, 1, 1]), "ill", ("no", "yes"), np.array([45.0]), np.array([10.0]), "example")
    >>> r.x.ravel().tolist(), len(r.take([0, 3]))
    ([-1.5, -0.5, 0.5, 1.5], 2)
    """

    features: pd.DataFrame
    label: np.ndarray
    label_name: str
    classes: tuple
    center: np.ndarray
    scale: np.ndarray
    source: str
    public_scaling: bool = False
    person: np.ndarray | None = None
    encode: Encode | None = None
    public_categories: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        if not isinstance(self.features, pd.DataFrame):
            fail("features", type(self.features).__name__, "must be a pandas.DataFrame")
        n = len(self.features)
        object.__setattr__(self, "label", labels("label", self.label, length=n, classes=len(self.classes)))
        if np.size(self.center) or np.size(self.scale):
            self._check_scaling()
        if self.person is not None:
            object.__setattr__(self, "person", _person(self.person, n))

    @classmethod
    def of(cls, table: pd.DataFrame | Table | Sequence[Table], *, label: Hashable, person: Hashable | None = None,
           encode: Encode | str | None = None, bounds: Bounds | None = None, missing: str = "refuse",
           drop: Sequence[Hashable] = (), features: Sequence[Hashable] | None = None) -> "Records":
        """Records of a table in memory, of what `leaklab.data.read_tables` gives, or of several such together.

        Several tables become one, in their order: rows are counted through, from 0, in the index of ``features``.

        Parameters
        ----------
        table : pandas.DataFrame, Table, or sequence of Table
        label : str
            The column to predict: 2 to 20 classes of any values.
        person : str, optional
            The column that says whose row it is, where people have several; not a feature. See ``Records.person``.
        encode : dict, or "table", optional
            What makes numbers of text for Leaklab's own networks: see ``Records.encode``. "table" takes the categories
            that the table holds, and is a caveat.
        bounds : dict of str to (low, high), optional
            The public range of every number: see `leaklab.data.load_patients`.
        missing : {"refuse", "drop", "keep"}
            What becomes of rows with missing values. A pipeline that fills them in may have them ("keep").
        drop : sequence of str
            Columns to leave out. Row numbers, and columns in which every row has a name of its own, are left out with a
            warning; an identifier that repeats is refused, until it is named here or as ``person``.
        features : sequence of str, optional
            Exactly these columns are the features, and nothing is left out unasked.

        Raises
        ------
        ValueError
            Naming column, row (of a file the line) and remedy.

        Examples
        --------
        >>> visits = pd.DataFrame({"age": [30, 41, 52], "drug": ["A", "B", "A"], "ill": [True, False, True]})
        >>> r = Records.of(visits, label="ill", encode={"drug": ("A", "B")}, bounds={"age": (0, 100)})
        >>> r, r.encoded.columns.tolist()
        (Records(3 x 2 from 'the table', ill: {False: 1, True: 2}), ['age', 'drug=A', 'drug=B'])
        """
        return cls(**prepare(table, label, person, encode=encode, bounds=bounds, missing=missing, drop=drop,
                             features=features))

    def __len__(self) -> int:
        return len(self.features)

    def __repr__(self) -> str:
        counts = ", ".join(f"{c}: {k}" for c, k in zip(self.classes, self._counts(), strict=True))
        people = "" if self.person is None else f" of {self.people} people"
        return (f"Records({len(self)} x {self.features.shape[1]}{people} from {self.source!r}, {self.label_name}: "
                f"{{{counts}}})")

    @property
    def people(self) -> int:
        """How many people the rows belong to."""
        return len(self) if self.person is None else len(pd.unique(self.person))

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a differential-privacy guarantee of a training on ``x`` does not cover; empty if all of it is public."""
        own = {OWN_SCALING: len(self.center) and not self.public_scaling, OWN_CATEGORIES: not self.public_categories}
        return tuple(caveat for caveat, holds in own.items() if holds)

    @property
    def all_numbers(self) -> bool:
        """Whether the features are numbers alone: no text, no true and false, no gaps."""
        return all_numbers(self.features)

    @property
    def encoded(self) -> pd.DataFrame:
        """The features in numbers, a column for each category; refused where `encode` does not say how."""
        return table_of(self.features, self.encode)

    @property
    def x(self) -> np.ndarray:
        """The encoded features, standardized, float32 (n, columns): what Leaklab's own networks are given."""
        if not len(self.center):
            raise Refused("x: " + (not_encoded(self.features, self.encode) or "these records have no center and scale. "
                                   "Make them anew of the rows without gaps: Records.of(table, ...)."))
        return ((self.encoded.to_numpy(np.float64) - self.center) / self.scale).astype(np.float32)

    @property
    def outcome(self) -> np.ndarray:
        """The label as the table has it: what a model that was fitted on the table answers."""
        return np.array(self.classes)[self.label]

    def take(self, rows) -> "Records":
        """The records at these positions (or where a bool mask of length n is true), in this order."""
        rows = np.asarray(rows)
        if rows.dtype == bool and rows.shape != (len(self),):
            fail("rows", rows.shape, f"a mask must have shape ({len(self)},)")
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        if rows.ndim != 1 or rows.size == 0 or rows.dtype.kind not in "iu":
            fail("rows", rows, "must be a non-empty list of whole numbers, or a mask that is true somewhere")
        if rows.min() < 0 or rows.max() >= len(self):
            fail("rows", int(rows.min() if rows.min() < 0 else rows.max()), f"must lie in [0, {len(self) - 1}]")
        person = None if self.person is None else self.person[rows]
        return replace(self, features=self.features.iloc[rows], label=self.label[rows], person=person)

    def sample(self, n: int, *, rng, balanced: bool = False) -> "Records":
        """``n`` different records in random order; ``balanced`` takes equally many of each class.

        Where records have a ``person``, whole people are drawn, in random order, each as long as all their rows fit: at
        most ``n`` rows, one person's beside each other.

        Raises
        ------
        ValueError
            If there are not enough records (of some class), or ``n`` does not divide by the number of classes;
            (``Refused``) for a balanced sample of records with a ``person``, whose rows it would part.
        """
        n, rng = integer("n", n), generator(rng)
        if n > len(self) and not balanced:
            fail("n", n, f"there are only {len(self)} records", f"Ask for {len(self)} or fewer.")
        if self.person is not None:
            return self._sample_people(n, balanced, rng)
        if not balanced:
            return self.take(rng.permutation(len(self))[:n])
        counts, share = self._counts(), n // len(self.classes)
        if share * len(self.classes) != n:
            fail("n", n, f"must divide by the {len(self.classes)} classes when balanced")
        if share > counts.min():
            rare = int(counts.argmin())
            fail("n", n, f"balanced needs {share} records of each class; {self.classes[rare]!r} has {counts[rare]}",
                 f"Ask for {counts.min() * len(counts)} or fewer.")
        rows = [rng.permutation(np.flatnonzero(self.label == c))[:share] for c in range(len(self.classes))]
        return self.take(rng.permutation(np.concatenate(rows)))

    def split(self, members: int | float, *, rng) -> tuple["Records", "Records"]:
        """Members and non-members, at random; records that are exactly alike, or one person's, always stay together.

        A record on both sides would make the question "was it in the training set?" meaningless. Groups of equal
        records (features and label), of one person's records, and of people who share an equal record are dealt in
        random order: to the members as long as the group fits, else to the others. So there are never more than
        ``members`` members, and fewer only when too few small groups are left to fill up with.

        Parameters
        ----------
        members : int or float
            How many records (int, 1 to n - 1), or the share (float, between 0 and 1).
        """
        size, rng = self._size(members), generator(rng)
        group = self.groups()
        counts = np.bincount(group)
        inside = np.zeros(len(counts), dtype=bool)
        inside[fitting(counts, rng.permutation(len(counts)), size)] = True
        if not inside.any() or inside.all():
            kind = "equal ones" if self.person is None else "one person's, or equal, ones"
            fail("members", members, f"the {len(self)} records fall into only {len(counts)} groups of {kind}, "
                 "which cannot be split at this size", "Deduplicate first, or ask for a more even split.")
        return self.take(inside[group]), self.take(~inside[group])

    def deduplicate(self) -> "Records":
        """The first of each group of equal records (features and label, whosever they are), in the order they had."""
        return self.take(np.unique(equal_rows(self.features, self.label), return_index=True)[1])

    def groups(self) -> np.ndarray:
        """Numbers (n,), from 0, of the groups that belong on one side: equal rows, one person's rows, what these link.

        >>> table = pd.DataFrame({"age": [30.0, 40.0, 40.0, 60.0]})
        >>> r = Records(table, np.zeros(4), "ill", ("no", "yes"), np.zeros(1), np.ones(1), "example")
        >>> r.groups(), replace(r, person=["ann", "ann", "bob", "eve"]).groups()
        (array([0, 1, 1, 2]), array([0, 0, 0, 1]))
        """
        group = equal_rows(self.features, self.label)
        return group if self.person is None else linked(group, self.person)

    def _size(self, members: int | float) -> int:
        if isinstance(members, float):
            share = number("members", members, low=0, high=1, open_low=True, open_high=True,
                           remedy="A float is a share: 0.5 is half; for a count give an int.")
            members = round(share * len(self))
        return integer("members", members, high=len(self) - 1, remedy="At least one record must remain a non-member.")

    def _check_scaling(self) -> None:
        encoded = self.encoded
        d = array("features", encoded, ndim=2, dtype=np.float64).shape[1]
        for name in ("center", "scale"):
            object.__setattr__(self, name, array(name, getattr(self, name), ndim=1, length=d, dtype=np.float64))
        if (self.scale <= 0).any():
            column = encoded.columns[int(np.argmax(self.scale <= 0))]
            fail("scale", float(self.scale.min()), f"must be above 0 (column {column!r})", "Drop a constant column.")

    def _sample_people(self, n: int, balanced: bool, rng: np.random.Generator) -> "Records":
        if balanced:
            raise Refused("balanced=True: would separate the rows of one person. Sample people with balanced=False, or "
                          "take the classes by hand.")
        code = pd.factorize(self.person)[0]
        counts = np.bincount(code)
        drawn = fitting(counts, rng.permutation(len(counts)), n)
        if not len(drawn):
            fail("n", n, f"every person has more rows than that: the fewest are {counts.min()}", "Ask for more.")
        place = np.full(len(counts), len(counts))
        place[drawn] = np.arange(len(drawn))
        return self.take(np.argsort(place[code], kind="stable")[:counts[drawn].sum()])

    def _counts(self) -> np.ndarray:
        return np.bincount(self.label, minlength=len(self.classes))


def _person(person, n: int) -> np.ndarray:
    person = np.asarray(person)
    if person.shape != (n,):
        raise ValueError(f"person has shape {person.shape}: must say whose row it is for each of {n} rows.")
    if pd.isna(person).any():
        fail("person", person[np.argmax(pd.isna(person))], f"is missing in row {int(np.argmax(pd.isna(person)))}",
             "Name a person for every row.")
    return person
