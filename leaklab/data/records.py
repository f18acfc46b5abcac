"""Records: a table about people, the outcome to predict, and the line between members and non-members."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from leaklab._validate import Refused, array, fail, generator, integer, labels, number

OWN_SCALING = ("features were standardized by the table's own mean and standard deviation, which the guarantee does "
               "not cover")


@dataclass(frozen=True, eq=False)
class Records:
    """A table of people.

    Parameters
    ----------
    features : pandas.DataFrame, shape (n, d)
        Numbers, finite. Its index is kept, so that a row can be traced through ``take``, ``sample`` and ``split``.
    label : numpy.ndarray of int64, shape (n,)
        The outcome, counted from 0.
    label_name : str
        What the outcome is.
    classes : tuple of str
        What each label stands for: ``classes[label]``.
    center, scale : numpy.ndarray of float64, shape (d,)
        ``x`` is ``(features - center) / scale``.
    source : str
        Where the records come from.
    public_scaling : bool
        True if ``center`` and ``scale`` are published constants, fixed before any record is drawn. Only then does a
        differential-privacy guarantee of a training on ``x`` hold for the whole way from record to model; numbers
        computed from the table itself are one more release about it, which the guarantee does not cover: see `caveats`.
    person : array (n,), optional
        Whose row it is, where several rows belong to one person: numbers or names, none missing. `take` keeps it;
        `sample` and `split` keep a person's rows together. Left out, every row is a person.

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
    classes: tuple[str, ...]
    center: np.ndarray
    scale: np.ndarray
    source: str
    public_scaling: bool = False
    person: np.ndarray | None = None

    def __post_init__(self):
        if not isinstance(self.features, pd.DataFrame):
            fail("features", type(self.features).__name__, "must be a pandas.DataFrame")
        n, d = array("features", self.features, ndim=2, dtype=np.float64).shape
        object.__setattr__(self, "label", labels("label", self.label, length=n, classes=len(self.classes)))
        for name in ("center", "scale"):
            object.__setattr__(self, name, array(name, getattr(self, name), ndim=1, length=d, dtype=np.float64))
        if (self.scale <= 0).any():
            column = self.features.columns[int(np.argmax(self.scale <= 0))]
            fail("scale", float(self.scale.min()), f"must be above 0 (column {column!r})", "Drop a constant column.")
        if self.person is not None:
            object.__setattr__(self, "person", _person(self.person, n))

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
        """What a differential-privacy guarantee of a training on ``x`` does not cover; empty with public scaling."""
        return () if self.public_scaling else (OWN_SCALING,)

    @property
    def x(self) -> np.ndarray:
        """The standardised features, float32 (n, d): what models are given."""
        return ((self.features.to_numpy(np.float64) - self.center) / self.scale).astype(np.float32)

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
        inside[_fitting(counts, rng.permutation(len(counts)), size)] = True
        if not inside.any() or inside.all():
            kind = "equal ones" if self.person is None else "one person's, or equal, ones"
            fail("members", members, f"the {len(self)} records fall into only {len(counts)} groups of {kind}, "
                 "which cannot be split at this size", "Deduplicate first, or ask for a more even split.")
        return self.take(inside[group]), self.take(~inside[group])

    def deduplicate(self) -> "Records":
        """The first of each group of equal records (features and label, whosever they are), in the order they had."""
        return self.take(np.unique(self._equal(), return_index=True)[1])

    def groups(self) -> np.ndarray:
        """Numbers (n,), from 0, of the groups that belong on one side: equal rows, one person's rows, what these link.

        >>> table = pd.DataFrame({"age": [30.0, 40.0, 40.0, 60.0]})
        >>> r = Records(table, np.zeros(4), "ill", ("no", "yes"), np.zeros(1), np.ones(1), "example")
        >>> r.groups(), replace(r, person=["ann", "ann", "bob", "eve"]).groups()
        (array([0, 1, 1, 2]), array([0, 0, 0, 1]))
        """
        group = self._equal()
        if self.person is None:
            return group
        link = np.ones(len(self)), (group, pd.factorize(self.person)[0] + len(self))
        joined = connected_components(coo_matrix(link, shape=(2 * len(self),) * 2), directed=False)[1][group]
        return pd.factorize(joined)[0]

    def _size(self, members: int | float) -> int:
        if isinstance(members, float):
            share = number("members", members, low=0, high=1, open_low=True, open_high=True,
                           remedy="A float is a share: 0.5 is half; for a count give an int.")
            members = round(share * len(self))
        return integer("members", members, high=len(self) - 1, remedy="At least one record must remain a non-member.")

    def _equal(self) -> np.ndarray:
        """Group numbers (n,), counted in order of first appearance: equal for records that are exactly alike."""
        columns = [self.features.iloc[:, j].to_numpy() for j in range(self.features.shape[1])]
        group = self.label
        for column in columns:  # pair by pair: the pairs' numbers stay below n squared
            code, values = pd.factorize(column)
            group = pd.factorize(group * len(values) + code)[0]
        return group

    def _sample_people(self, n: int, balanced: bool, rng: np.random.Generator) -> "Records":
        if balanced:
            raise Refused("balanced=True: would separate the rows of one person. Sample people with balanced=False, or "
                          "take the classes by hand.")
        code = pd.factorize(self.person)[0]
        counts = np.bincount(code)
        drawn = _fitting(counts, rng.permutation(len(counts)), n)
        if not len(drawn):
            fail("n", n, f"every person has more rows than that: the fewest are {counts.min()}", "Ask for more.")
        place = np.full(len(counts), len(counts))
        place[drawn] = np.arange(len(drawn))
        return self.take(np.argsort(place[code], kind="stable")[:counts[drawn].sum()])

    def _counts(self) -> np.ndarray:
        return np.bincount(self.label, minlength=len(self.classes))


def _fitting(counts: np.ndarray, order: np.ndarray, size: int) -> list[int]:
    """The groups, taken in ``order``, that fit one after the other into ``size`` rows."""
    taken = []
    for g in order:
        if counts[g] <= size:
            taken.append(g)
            size -= counts[g]
        if size == 0:
            break
    return taken


def _person(person, n: int) -> np.ndarray:
    person = np.asarray(person)
    if person.shape != (n,):
        raise ValueError(f"person has shape {person.shape}: must say whose row it is for each of {n} rows.")
    if pd.isna(person).any():
        fail("person", person[np.argmax(pd.isna(person))], f"is missing in row {int(np.argmax(pd.isna(person)))}",
             "Name a person for every row.")
    return person
