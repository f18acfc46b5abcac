"""Find the CDC table here, or download it once; believe its content, not its name."""

import hashlib
import io
import logging
import os
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pandas as pd

from leaklab.data import cdc

NPZ = "cdc_diabetes_brfss2015.npz"
FILES = (NPZ, "diabetes_binary_health_indicators_BRFSS2015.csv", "diabetes_binary_health_indicators_BRFSS2015.csv.gz")
URL = "https://archive.ics.uci.edu/static/public/891/data.csv"
SHA256 = "03fe1e493d24bff9e7974ea462a03290f697aca26475723b9dd9ed581146620f"
"""Of the whole table as uint8, label first, rows sorted: the same for every file that holds the same answers."""
TIMEOUT_SECONDS = 60

log = logging.getLogger("leaklab")


def cache_folder() -> Path:
    """Where downloads are kept."""
    return Path.home() / ".cache" / "leaklab"


def cdc_table() -> np.ndarray:
    """The checked table, uint8 (253680, 22), label first, rows sorted.

    Looked for in the folder that ``LEAKLAB_DATA`` names, then in the cache, else downloaded into the cache.

    Raises
    ------
    FileNotFoundError
        If it is nowhere here and the download fails.
    ValueError
        If a file has other content than the published table.
    """
    file = cdc_file()
    return _download() if file is None else sorted_and_checked(_read(file), str(file))


def cdc_file() -> Path | None:
    """Where the table lies on this machine, unread; None if it would have to be downloaded."""
    folders = [Path(os.environ["LEAKLAB_DATA"])] if os.environ.get("LEAKLAB_DATA") else []
    places = (folder / name for folder in [*folders, cache_folder()] for name in FILES)
    return next((place for place in places if place.is_file()), None)


def sorted_and_checked(table: np.ndarray, where: str) -> np.ndarray:
    """``table`` with its rows sorted, if it is the published one; else a ``ValueError`` that names ``where``."""
    rows, columns = cdc.ROWS, 1 + len(cdc.COLUMNS)
    if table.shape != (rows, columns):
        raise ValueError(f"{where} has shape {table.shape}: the CDC table has {rows} rows and {columns} columns. "
                         f"Delete the file, or replace it with the one from {URL}.")
    table = np.ascontiguousarray(table[np.lexsort(table.T[::-1])])
    found = hashlib.sha256(table.tobytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{where} differs from the published CDC table (sha256 {found[:12]}..., not "
                         f"{SHA256[:12]}...). Delete the file, or replace it with the one from {URL}.")
    return table


def _read(path: Path) -> np.ndarray:
    if path.suffix != ".npz":
        return _parse(path, str(path))
    with np.load(path, allow_pickle=False) as stored:
        return np.column_stack([stored["y"], stored["X"]]).astype(np.uint8)


def _parse(file, where: str) -> np.ndarray:
    """Columns by name, because publishers order them differently and one adds an identifier."""
    try:
        frame = pd.read_csv(file)
        return frame[[cdc.LABEL, *cdc.COLUMNS]].to_numpy(np.uint8)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{where} is not the CDC table: {error}. Get it from {URL}.") from error


def _download() -> np.ndarray:
    log.warning("Downloading the CDC diabetes table (about 23 MB, once) from %s", URL)
    try:
        with urlopen(URL, timeout=TIMEOUT_SECONDS) as answer:
            raw = answer.read()
    except (OSError, HTTPException) as error:
        raise FileNotFoundError(
            f"The CDC table was not found and could not be downloaded from {URL} ({error}). Put {' or '.join(FILES)} "
            f"into the folder that the environment variable LEAKLAB_DATA names, or into {cache_folder()}; or use "
            'load_patients("synthetic"), which needs no network.') from error
    table = sorted_and_checked(_parse(io.BytesIO(raw), URL), URL)
    target = cache_folder() / NPZ
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f"{os.getpid()}.npz")
    np.savez_compressed(half, X=table[:, 1:], y=table[:, 0])
    half.replace(target)  # atomically, so that no reader sees half a file
    return table
