"""Where the real data lies, if it is here: beside the checkout."""

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared" / "data"
