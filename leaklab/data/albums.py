"""Photographs of real people, as scikit-learn fetches them, and contact sheets: arrays (images, person) and names."""

import hashlib
import logging
import os
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import fetch_lfw_people, fetch_olivetti_faces, get_data_home

from leaklab.data.olivetti import stored_faces, upright

SIZE = 64
log = logging.getLogger("leaklab")


def data_home(file: str) -> Path | None:
    """The scikit-learn folder that holds ``file`` under LEAKLAB_DATA; None for scikit-learn's usual place."""
    named = os.environ.get("LEAKLAB_DATA")
    if not named:
        return None
    for folder in (Path(named) / "scikit_learn_data", Path(named)):
        if (folder / file).exists():
            return folder
    return None


def olivetti() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """AT&T Laboratories Cambridge: 40 people, 10 photographs each."""
    cache = _olivetti_cache()
    names = tuple(f"s{i + 1}" for i in range(40))
    if not cache.exists():
        log.warning("Fetching the Olivetti faces (1.4 MB) over the network, once.")
        bunch = _fetched(fetch_olivetti_faces, cache.name)
        return bunch.images, bunch.target, names
    pixels = stored_faces(cache)
    if pixels is None:
        with open(cache, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        raise ValueError(f"{cache} has sha256 {found}: the Olivetti faces are not in it byte for byte, and reading an "
                         "unknown pickle may run code. Remove it or unset LEAKLAB_DATA to download it again.")
    return upright(pixels), np.repeat(np.arange(40), 10), names


def lfw(min_photographs: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Labeled Faces in the Wild, the middle 128 x 128 of the aligned photographs halved to 64 x 64."""
    file = "lfw_home"
    home = data_home(file)
    if not has_lfw():
        log.warning("Fetching Labeled Faces in the Wild (230 MB) over the network, once.")
    crop = (slice(68, 196), slice(61, 189))
    bunch = _fetched(fetch_lfw_people, file, data_home=home, min_faces_per_person=min_photographs, slice_=crop,
                     resize=0.5)
    return np.clip(bunch.images, 0, 1), bunch.target, tuple(bunch.target_names)


def has_olivetti() -> bool:
    """Whether the Olivetti faces can be had without a network."""
    return _olivetti_cache().exists()


def has_lfw() -> bool:
    """Whether Labeled Faces in the Wild can be had without a network."""
    return data_home("lfw_home") is not None or (_usual_home() / "lfw_home" / "lfw_funneled").exists()


def _olivetti_cache() -> Path:
    name = "olivetti_py3.pkz"
    return (data_home(name) or _usual_home()) / name


def _usual_home() -> Path:
    """scikit-learn's folder, which its own `get_data_home` would make where it is missing."""
    return Path(os.environ.get("SCIKIT_LEARN_DATA") or Path.home() / "scikit_learn_data").expanduser()


def _fetched(fetch, file: str, **settings):
    try:
        return fetch(**settings)
    except OSError as error:
        raise OSError(f"{file} was not found and could not be downloaded ({error}). Without a network: put it into "
                      f"{get_data_home()} or into a folder that the environment variable LEAKLAB_DATA names, "
                      'or use load_faces("synthetic"), which is embedded.') from error


def sheet(file: Path) -> np.ndarray:
    """A contact sheet cut into its photographs, row by row: uint8 (n, 64, 64)."""
    with Image.open(file) as image:
        pixels = np.asarray(image)
    rows, columns = pixels.shape[0] // SIZE, pixels.shape[1] // SIZE
    return pixels.reshape(rows, SIZE, columns, SIZE).swapaxes(1, 2).reshape(-1, SIZE, SIZE)


def save_sheet(file: Path, images: np.ndarray, columns: int) -> None:
    """The inverse of `sheet`."""
    height, width = images.shape[1:]
    pixels = images.reshape(-1, columns, height, width).swapaxes(1, 2).reshape(-1, columns * width)
    Image.fromarray(pixels).save(file, optimize=True)
