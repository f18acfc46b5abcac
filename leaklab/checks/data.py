"""Whether the embedded data are readable and whole, and which optional data sets are at hand without a network."""

import hashlib
import os
from pathlib import Path

from leaklab.checks.base import Diagnosis, fault, ok, warn

FACES = "4498bde950e6ecaf70b5ea1a79b061cec6cfd850521ccca19d337fa6c3d7e5d4"
PATIENTS = "4c923ce34977470b5a42f4ff220773ed096356240d043582813b099e1bdb8c1d"
"""SHA-256 of the embedded photographs, as 8-bit pixels, and of the embedded patients' columns and answers."""
GET = "Restore the file (git checkout data), or make it again: python -m leaklab.data. Installed: reinstall leaklab."


def faces() -> Diagnosis:
    """The embedded portraits."""
    import numpy as np

    from leaklab.data import load_faces

    try:
        found = load_faces("synthetic")
    except (OSError, ValueError) as error:
        return fault(f"not readable: {error}", GET)
    content = np.round(found.images * 255).astype(np.uint8).tobytes()
    return _whole(hashlib.sha256(content).hexdigest(), FACES, f"{len(found)} portraits of {found.people} people")


def patients() -> Diagnosis:
    """The embedded patient records."""
    from leaklab.data import load_patients

    try:
        found = load_patients("synthetic")
    except (OSError, ValueError, EOFError) as error:
        return fault(f"not readable: {error}", GET)
    table = found.features.assign(label=found.label).to_csv(index=False, float_format="%g", lineterminator="\n")
    return _whole(hashlib.sha256(table.encode()).hexdigest(), PATIENTS, f"{len(found):,} patient records")


def _whole(digest: str, wanted: str, what: str) -> Diagnosis:
    if digest == wanted:
        return ok(what)
    return fault(f"{what}, but not those that the lessons describe (SHA-256 {digest[:12]}..., not {wanted[:12]}...)",
                 GET)


def lessons() -> Diagnosis:
    """The exercises of every lesson, and the saved runs."""
    from leaklab._bundled import bundled
    from leaklab.course import exercises, saved_runs

    numbers = sorted(file.parent.name[:2] for file in bundled("lessons").glob("[0-9]*/exercises.py"))
    if not numbers:
        return fault("no lessons are here", "Get the whole repository, or reinstall leaklab.")
    for number in numbers:
        exercises(number)
    runs = saved_runs()
    return ok(f"exercises of lessons {', '.join(numbers)}; saved runs of {len(runs.epsilons)} epsilons")


def optional() -> Diagnosis:
    """Data sets of real people that no lesson needs; nothing is downloaded."""
    from leaklab.data.albums import has_lfw, has_olivetti
    from leaklab.data.fetch import cdc_file

    named = os.environ.get("LEAKLAB_DATA")
    if named and not Path(named).is_dir():
        return warn(f"LEAKLAB_DATA={named} is no folder", "Set it to the folder that holds the data sets, or unset it.")
    here = {"olivetti": has_olivetti(), "lfw": has_lfw(), "cdc": cdc_file() is not None}
    have, lack = ([name for name, is_here in here.items() if is_here is wanted] for wanted in (True, False))
    return ok(f"here without a network: {', '.join(have) or 'none'}"
              + (f"; not here: {', '.join(lack)} (no lesson needs them; see data/README.md)" if lack else ""))
