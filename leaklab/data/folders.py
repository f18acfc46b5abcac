"""Photographs from a folder with one subfolder a person: who is who, and what a person would not notice."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from leaklab import _validate as check
from leaklab.data.albums import SIZE
from leaklab.data.duplicates import copies
from leaklab.data.photographs import photograph

LITTER = {"thumbs.db", "desktop.ini", "__macosx", "@eadir"}
PARTS = {"train", "training", "test", "testing", "val", "valid", "validation"}
DARK = 1 / 4
"""14 bits in a file of 16 stay below; a whole folder of photographs taken with 16 does not."""


def folder(path: Path, min_photographs: int, size: int | tuple[int, int] | str | None, *,
           color: bool) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """One subfolder of photographs a person, with those in its own subfolders; the subfolder's name is the person's."""
    pixels_wanted, homes = _size(size), _homes(path)
    images: list[np.ndarray] = []
    files: list[Path] = []
    person: list[int] = []
    brightest: dict[Path, float] = {}
    for number, home in enumerate(homes):
        found = [p for p in _visible(home) if p.is_symlink() or not p.is_dir()]
        if len(found) < min_photographs:
            raise ValueError(f"{home} holds {len(found)} photograph(s): everybody needs at least {min_photographs}, to "
                             "train with and to test. Add some, or remove the subfolder.")
        for file in found:
            pixels, deep = photograph(file, pixels_wanted, color=color)
            if images and pixels.shape != images[0].shape:
                raise ValueError(f"{file} is {_by(pixels)} pixels and {files[0]} {_by(images[0])}: size='own' needs "
                                 "photographs of one size. Pass size=(height, width) to scale them.")
            if deep:
                brightest[file] = float(pixels.max())
            images.append(pixels)
        files += found
        person += [number] * len(found)
    if brightest and max(brightest.values()) < DARK:
        warnings.warn(f"{path} has photographs of more than 8 bits, {next(iter(brightest))} the first, and in all of "
                      f"them no pixel is brighter than {max(brightest.values()):.3g} of what the format can hold. If "
                      "they were taken with fewer bits, such as 12 in files of 16, they are too dark: multiply their "
                      "pixels, by 16 for 12 bits, and save them again.", stacklevel=3)
    stacked, whose = np.stack(images), np.array(person)
    _tell_copies(path, stacked, whose, files, homes, min_photographs)
    return stacked, whose, tuple(home.name for home in homes)


def _size(size: int | tuple[int, int] | str | None) -> tuple[int, int] | None:
    """Height and width; None for a photograph's own."""
    if isinstance(size, str):
        check.one_of("size", size, ("own",), "Or give height and width in pixels.")
        return None
    sides = (size, size) if not isinstance(size, tuple | list) else size
    if len(sides) != 2:
        check.fail("size", size, "must be (height, width), one number for a square, or 'own'")
    height, width = (SIZE if side is None else check.integer("size", side) for side in sides)
    return height, width


def _homes(path: Path) -> list[Path]:
    """The people's subfolders, if it is clear that they are people's."""
    if not path.is_dir():
        raise ValueError(f"source={str(path)!r}: must be 'synthetic', 'olivetti', 'lfw' or a folder that exists. "
                         "Check the spelling; the folder holds one subfolder of photographs a person.")
    within = [p for p in sorted(path.iterdir()) if not _hidden(p)]
    homes = [p for p in within if p.is_dir()]
    if len(homes) < 2:
        raise ValueError(f"{path} has {len(homes)} subfolder(s): must have at least 2, one a person. "
                         "Sort the photographs into subfolders named after the people.")
    _refuse_parts(homes)
    loose = [p for p in within if p not in homes and p.suffix.lower() in Image.registered_extensions()]
    if loose:
        warnings.warn(f"{loose[0]} and {len(loose) - 1} more image(s) lie beside the people's subfolders and are left "
                      "out. Move them into the subfolder of the person they show, or elsewhere.", stacklevel=4)
    return homes


def _refuse_parts(homes: list[Path]) -> None:
    """Refuse subfolders that may be parts of the data, such as for training and for test, with the people inside."""
    parts = [home for home in homes if home.name.casefold() in PARTS]
    seen: dict[str, Path] = {}
    for home in homes:
        inner = [p for p in _visible(home) if p.is_dir()]
        twice = next((p for p in inner if seen.get(p.name.casefold(), home) != home), None)
        why = (f"and {seen[twice.name.casefold()]} both hold a subfolder {twice.name!r}" if twice else
               "is called like a part of the data" if home in parts and (inner or len(parts) > 1) else None)
        if why:
            raise ValueError(f"{home} {why}: it is not clear who the people are. Put a person's photographs, those for "
                             "training and for test alike, into one subfolder named after the person; sessions within "
                             "it need names that no other person's have.")
        seen |= {p.name.casefold(): home for p in inner}


def _hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in LITTER


def _visible(home: Path) -> list[Path]:
    """What the folder holds, at any depth. Links to folders are not followed, and so are told as no photograph."""
    return sorted(p for p in home.rglob("*")
                  if not any(map(_hidden, (p, *(q for q in p.parents if home in q.parents)))))


def _tell_copies(path: Path, images: np.ndarray, person: np.ndarray, files: list[Path], homes: list[Path],
                 min_photographs: int) -> None:
    """Refuse one photograph of two people; warn of those that a person has twice."""
    first, group = np.unique(copies(images), return_index=True, return_inverse=True)[1:]
    copied = np.flatnonzero(first[group] != np.arange(len(files)))
    for i in copied[person[copied] != person[first[group[copied]]]]:
        raise ValueError(f"{files[first[group[i]]]} and {files[i]} are the same photograph, but of two people. Remove "
                         "the one that is wrong, or both if it shows both of them.")
    different = np.bincount(person[first])
    poorest = int(different.argmin())
    if different[poorest] < min_photographs:
        raise ValueError(f"{homes[poorest]} holds {different[poorest]} different photograph(s), the others are copies: "
                         f"everybody needs at least {min_photographs}, to train with and to test. Add some.")
    if len(copied):
        warnings.warn(f"{path} holds {len(copied)} photograph(s) twice: the first is {files[copied[0]]}, a copy of "
                      f"{files[first[group[copied[0]]]]}, perhaps saved again or scaled. split_photographs keeps "
                      "copies together; remove them to have every photograph count once.", stacklevel=4)


def _by(pixels: np.ndarray) -> str:
    """Width and height, as image viewers show them."""
    return f"{pixels.shape[1]}x{pixels.shape[0]}"
