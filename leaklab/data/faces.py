"""Faces: photographs of people, each with the number of the person it shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leaklab import _validate as check
from leaklab._bundled import bundled, restore
from leaklab.data import albums
from leaklab.data.duplicates import copies
from leaklab.data.folders import folder
from leaklab.data.portraits import render_portraits

EMBEDDED = bundled("data", "faces.png")
SEED, PEOPLE, PHOTOGRAPHS = 1872, 60, 10  # what the embedded sheet was rendered with: a row a person


@dataclass(frozen=True, eq=False)
class Faces:
    """Photographs and whom they show.

    Parameters
    ----------
    images : array (n, height, width) or (n, height, width, 3), float32 in [0, 1]
        Photographs, grey or in color (red, green, blue); 0 is black.
    person : array (n,), int64
        Whose photograph it is, counted from 0; everybody has at least one.
    names : tuple of str
        The people's names, in the order of their numbers.
    source : str
        Where the photographs are from, for captions and credits.

    Raises
    ------
    ValueError
        If shapes disagree, a pixel lies outside [0, 1], or a person has no photograph.

    Examples
    --------
    >>> faces = Faces(np.zeros((3, 8, 8)), [0, 0, 1], ("Ada", "Bo"), "nowhere")
    >>> len(faces), faces.people, faces.shape
    (3, 2, (8, 8))
    """

    images: np.ndarray
    person: np.ndarray
    names: tuple[str, ...]
    source: str

    def __post_init__(self):
        images = check.array("images", self.images, ndim=4 if np.ndim(self.images) == 4 else 3).copy()
        if images.ndim == 4 and images.shape[3] != 3:
            raise ValueError(f"images has shape {images.shape}: must be (n, height, width), or in color "
                             "(n, height, width, 3). Drop an axis of length 1 with images[..., 0].")
        names = tuple(str(name) for name in self.names)
        person = check.labels("person", self.person, length=len(images), classes=len(names)).copy()
        if images.min() < 0 or images.max() > 1:
            raise ValueError(f"images range from {images.min():g} to {images.max():g}: must lie in [0, 1]. "
                             "Divide 8-bit photographs by 255.")
        absent = np.setdiff1d(np.arange(len(names)), person)
        if absent.size:
            check.fail("person", names[absent[0]], "everybody in names must have at least one photograph",
                       "Keep only the people you have with Faces.of.")
        for name, value in (("images", images), ("person", person)):
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "names", names)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.shape[:2])) + (" in color" if self.color else "")
        return f"Faces({len(self)} photographs of {self.people} people, {size}, {self.source!r})"

    @property
    def people(self) -> int:
        """How many people."""
        return len(self.names)

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width of a photograph; and 3, in color."""
        return self.images.shape[1:]

    @property
    def color(self) -> bool:
        """Whether the photographs are in color."""
        return self.images.ndim == 4

    def groups(self) -> np.ndarray:
        """Numbers (n,), from 0, of the photographs that belong on one side of a split: copies of one photograph.

        Copies are found by their pixels, also where a photograph was saved again or scaled: `duplicates.copies`.

        >>> pictures = np.random.default_rng(0).random((2, 8, 8))
        >>> Faces(pictures[[0, 1, 0]], [0, 0, 0], ("Ada",), "nowhere").groups()
        array([0, 1, 0])
        """
        return copies(self.images)

    def take(self, rows) -> "Faces":
        """Only these photographs (numbers or a mask); the people and their numbers stay, so each must keep one."""
        rows = np.asarray(rows)
        return Faces(self.images[rows], self.person[rows], self.names, self.source)

    def of(self, people: Iterable[int]) -> "Faces":
        """Only these people, renumbered from 0 in the order given; names are kept."""
        people = check.labels("people", list(people), classes=self.people)
        if len(people) == 0 or len(np.unique(people)) < len(people):
            check.fail("people", people.tolist(), "must name at least one person, each only once")
        number = np.full(self.people, -1)
        number[people] = np.arange(len(people))
        rows = number[self.person] >= 0
        return Faces(self.images[rows], number[self.person[rows]], tuple(self.names[i] for i in people), self.source)

    def split_people(self, private: int, *, rng) -> tuple["Faces", "Faces"]:
        """Private people (whom a model will learn) and public people (all others); nobody is in both.

        Refused if two people have the same photograph.

        Parameters
        ----------
        private : int in [1, people - 1]
            How many people are private.
        rng : seed or numpy.random.Generator
            Who they are.
        """
        private = check.integer("private", private, high=self.people - 1, remedy="At least one must stay public.")
        self._groups_of_one_person()
        order = check.generator(rng).permutation(self.people)
        return self.of(np.sort(order[:private])), self.of(np.sort(order[private:]))

    def split_photographs(self, train: int, *, rng) -> tuple["Faces", "Faces"]:
        """Of every person ``train`` photographs to train with and the rest to test; no photograph is in both.

        Copies of a photograph (`groups`) count once, and go where it goes.

        Parameters
        ----------
        train : int
            At least 1, and fewer than the different photographs of the person who has the fewest.
        rng : seed or numpy.random.Generator
            Which photographs.

        Raises
        ------
        ValueError
            If there are too few photographs, or two people have the same one.
        """
        group, first = self._groups_of_one_person()
        person = self.person[first]
        counts = np.bincount(person)
        poorest = int(counts.argmin())
        once = " (copies counted once)" if len(first) < len(self) else ""
        train = check.integer("train", train, high=int(counts.min()) - 1,
                              remedy=f"{self.names[poorest]} has {counts[poorest]} photograph(s){once}, "
                                     "and one must stay for the test.")
        rng = check.generator(rng)
        chosen = np.zeros(len(first), bool)
        for i in range(self.people):
            chosen[rng.choice(np.flatnonzero(person == i), train, replace=False)] = True
        return self.take(chosen[group]), self.take(~chosen[group])

    def _groups_of_one_person(self) -> tuple[np.ndarray, np.ndarray]:
        """`groups`, and the first photograph of each; refused where people share one, which a split would part."""
        group = self.groups()
        first = np.unique(group, return_index=True)[1]
        for i in np.flatnonzero(self.person != self.person[first[group]]):
            j = int(first[group[i]])
            check.fail("images", [j, int(i)], f"are the same photograph, of {self.names[self.person[j]]} and of "
                       f"{self.names[self.person[i]]}", "Keep at most one of them with Faces.take.")
        return group, first

    def class_means(self) -> np.ndarray:
        """The mean photograph of each person, float32 (people, *shape)."""
        return np.stack([self.images[self.person == i].mean(0) for i in range(self.people)])

    def mean_face(self) -> np.ndarray:
        """The mean over people, each counting once, float32 (*shape)."""
        return self.class_means().mean(0)


def load_faces(source: str | Path = "synthetic", *, people: int | None = None, photographs: int | None = None,
               min_photographs: int | None = None, rng=None, size: int | tuple[int, int] | str | None = None,
               color: bool = False) -> Faces:
    """Load photographs of faces, 64 x 64 and grey.

    Those of a folder may have another size, and colors.

    ============  =======  ============  ==============================================================
    source        people   photographs   what
    ============  =======  ============  ==============================================================
    "synthetic"   60       10 each       embedded: rendered portraits of nobody; more on request
    "olivetti"    40       10 each       AT&T Laboratories Cambridge, by scikit-learn; network, 1.4 MB
    "lfw"         158      10 to 530     Labeled Faces in the Wild, by scikit-learn; network, 230 MB
    a folder      yours    yours         one subfolder a person: all photographs in it, at any depth
    ============  =======  ============  ==============================================================

    Parameters
    ----------
    source : str or path
        A row of the table. The network is needed once: a copy is then kept. The folder that the environment variable
        LEAKLAB_DATA names is searched first.
    people, photographs : int, optional
        Keep the first so many people, and of each the first so many photographs. Any number of synthetic
        people is available: those beyond the embedded ones are rendered (about half a minute for 600 photographs).
    min_photographs : int, optional
        For "lfw", leave out people with fewer (10 if not given); for a folder, refuse them (2).
    rng : seed or numpy.random.Generator, optional
        Only for "synthetic": render other people than the embedded ones.
    size : int, (height, width) or "own", optional
        Only for a folder: crop the photographs to the middle and scale them to that size; an int is a square, 64 if
        not given. "own" keeps them as they are, where all are of one size.
    color : bool
        Only for a folder: keep red, green and blue. The `CNN`, the evaluator and the figures take grey photographs.

    Notes
    -----
    Photographs in a folder are turned upright as their EXIF data say. Where they are transparent they are laid on
    white. White is the largest number of the format, such as 65535 where a file has 16 bits; a warning tells of
    a folder where all of them stay far below it. A file with several pictures (animated, several pages) is refused.
    Subfolders of a person may hold sessions; where their names repeat from person to person, or the people seem to be
    called "train" and "test", it is refused. Copies of one photograph, also saved again or scaled, are told of
    by a warning and kept together by `Faces.split_photographs`; a copy under two names is refused.

    Raises
    ------
    ValueError
        If the source is unknown, a file is no photograph, it is not clear who is who, or there are fewer people or
        photographs than asked for.
    OSError
        If a source is not here and cannot be fetched; the message names the file to put where.

    Examples
    --------
    >>> load_faces(people=5)
    Faces(50 photographs of 5 people, 64x64, 'synthetic')
    """
    for name, count in (("people", people), ("photographs", photographs)):
        if count is not None:
            check.integer(name, count)
    if rng is not None and source != "synthetic":
        check.fail("rng", rng, "only the synthetic faces are drawn at random", "Leave it out.")
    check.one_of("color", color, (True, False))
    for name, value, usual in (("size", size, None), ("color", color, False)):
        if value != usual and source in ("synthetic", "olivetti", "lfw"):
            check.fail(name, value, f"source={source!r} has grey photographs of 64 x 64", "Leave it out.")
    if min_photographs is not None:
        low = 2 if source == "lfw" else 1
        check.integer("min_photographs", min_photographs, low=low, remedy="One to train with, one to test.")
    if source == "synthetic":
        return _synthetic(people, photographs, rng)
    if source == "olivetti":
        faces = Faces(*albums.olivetti(), source="olivetti")
    elif source == "lfw":
        faces = Faces(*albums.lfw(min_photographs or 10), source="lfw")
    else:
        faces = Faces(*folder(Path(source), min_photographs or 2, size, color=color), source=str(source))
    return _first(faces, people, photographs)


def _synthetic(people: int | None, photographs: int | None, rng) -> Faces:
    if rng is not None or (people or 0) > PEOPLE or (photographs or 0) > PHOTOGRAPHS:
        rng = SEED if rng is None else rng
        pixels, person = render_portraits(people or PEOPLE, photographs or PHOTOGRAPHS, rng=rng)
    else:
        if not EMBEDDED.exists():
            raise FileNotFoundError(restore(EMBEDDED, "python -m leaklab.data"))
        pixels, person = albums.sheet(EMBEDDED), np.repeat(np.arange(PEOPLE), PHOTOGRAPHS)
    names = tuple(f"nobody {i + 1}" for i in range(int(person.max()) + 1))
    return _first(Faces(pixels.astype(np.float32) / 255, person, names, "synthetic"), people, photographs)


def _first(faces: Faces, people: int | None, photographs: int | None) -> Faces:
    """The first people, and the first photographs of each."""
    if people is not None:
        check.integer("people", people, high=faces.people, remedy=f"{faces.source} has no more.")
        faces = faces.of(range(people))
    if photographs is None:
        return faces
    counts = np.bincount(faces.person)
    check.integer("photographs", photographs, high=int(counts.min()),
                  remedy=f"{faces.names[int(counts.argmin())]} has no more.")
    order = np.array([np.flatnonzero(faces.person == i)[:photographs] for i in range(faces.people)])
    return faces.take(order.ravel())
