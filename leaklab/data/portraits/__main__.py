"""Render the embedded faces again, bit for bit: ``python -m leaklab.data.portraits``."""

import numpy as np

from leaklab.data.faces import EMBEDDED, PEOPLE, PHOTOGRAPHS, SEED
from leaklab.data.portraits import render_portraits

if __name__ == "__main__":
    images, person = render_portraits(PEOPLE, PHOTOGRAPHS, rng=SEED)
    EMBEDDED.parent.mkdir(exist_ok=True)
    np.savez_compressed(EMBEDDED, images=images, person=person.astype(np.uint8))
    print(f"{EMBEDDED}: {PEOPLE} people, {PHOTOGRAPHS} photographs each, {EMBEDDED.stat().st_size:,} bytes")
