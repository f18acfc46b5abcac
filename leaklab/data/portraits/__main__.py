"""Render the embedded faces again, bit for bit: ``python -m leaklab.data.portraits``."""

from leaklab.data._photographs import save_sheet
from leaklab.data.faces import EMBEDDED, PEOPLE, PHOTOGRAPHS, SEED
from leaklab.data.portraits import render_portraits

if __name__ == "__main__":
    images, _ = render_portraits(PEOPLE, PHOTOGRAPHS, rng=SEED)
    EMBEDDED.parent.mkdir(exist_ok=True)
    save_sheet(EMBEDDED, images, PHOTOGRAPHS)
    print(f"{EMBEDDED}: {PEOPLE} people, {PHOTOGRAPHS} photographs each, {EMBEDDED.stat().st_size:,} bytes")
