"""Make the embedded data sets again, bit for bit: ``python -m leaklab.data`` (half a minute)."""

import sys

from leaklab._bundled import INSTALLED
from leaklab.data import faces, patients
from leaklab.data.albums import save_sheet
from leaklab.data.cohort import embedded_bytes
from leaklab.data.portraits import render_portraits

if __name__ == "__main__":
    if INSTALLED.is_dir():
        sys.exit(f"{INSTALLED} belongs to an installed package: it is not rewritten. Run this from a checkout.")
    images, _ = render_portraits(faces.PEOPLE, faces.PHOTOGRAPHS, rng=faces.SEED)
    faces.EMBEDDED.parent.mkdir(exist_ok=True)
    save_sheet(faces.EMBEDDED, images, faces.PHOTOGRAPHS)
    patients.EMBEDDED.write_bytes(embedded_bytes())
    for path in (faces.EMBEDDED, patients.EMBEDDED):
        print(f"{path}: {path.stat().st_size:,} bytes")
