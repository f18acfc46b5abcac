"""Slow values kept in a folder, by all that led to them. The folder must be one's own: a pickle can run anything."""

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

KEPT = "LEAKLAB_KEPT"
"""The variable that names the folder; ``make present`` sets it. Without it nothing is kept."""
PACKAGE = Path(__file__).resolve().parent


@cache
def package() -> str:
    """Changes when this package or this Python changes."""
    sources = (path.read_bytes() for path in sorted(PACKAGE.rglob("*.py")))
    return hashlib.sha256(b"\0".join([sys.version.encode(), *sources])).hexdigest()


def read(path: Path) -> Any:
    """What was written there; None where nothing was, or what cannot be read any more."""
    try:
        return pickle.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except Exception:  # cut short, or of a library that has changed since: make it again
        path.unlink(missing_ok=True)
        return None


def write(path: Path, value: Any) -> None:
    """Keep a value there, whole or not at all; what cannot be pickled is made again next time."""
    try:
        content = pickle.dumps(value)
        pickle.loads(content)  # what cannot be read again is of no use
    except Exception:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    os.replace(part.name, path)


def kept(name: str, made_of: tuple[np.ndarray | int, ...], rng: np.random.Generator, make: Callable[[], Any]) -> Any:
    """``make()``, or what it gave before, of the same data and state of ``rng``, which goes on as it then did."""
    if not (folder := os.environ.get(KEPT)):
        return make()
    led = hashlib.sha256(f"{package()}{name}{rng.bit_generator.state}".encode())
    for part in map(np.ascontiguousarray, made_of):
        led.update(f"{part.dtype}{part.shape}".encode() + part.tobytes())
    path = Path(folder) / f"{name}-{led.hexdigest()[:24]}.pickle"
    found = read(path)
    if found is None:
        found = make(), rng.bit_generator.state
        write(path, found)
    value, rng.bit_generator.state = found
    return value
