"""How fast widgets answer, in JupyterLab in a real browser: ``python benchmarks/widgets.py``.

From a key on a slider to the painted picture, from *Stop* to the words that it stopped, both by the browser's clock;
what 1,000 slider events within 10 s leave in the memory of kernel and page. Widgets are small, as the tests make them.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from browser.conftest import browsing, family_page, serving
from browser.family import FAMILY, act, settle
from browser.figures import growth, slider_to_picture, stopped_after

TIMES, STOPS = 25, 11
FOR_LATER = {"AccessDesk"}
"""Their sliders say what the next attack may do; no picture follows."""


def main(names):
    with (tempfile.TemporaryDirectory() as home, serving(Path(home)) as lab, browsing() as chromium,
          family_page(Path(home), lab, chromium) as family):
        table = Table("widget", "slider to picture, ms: median:", "nine in ten within:", "Stop, ms: median:",
                      "1,000 events, s:", "kernel, MB:", "page, MB:")
        for name in names or FAMILY:
            table.row(name, *dragged(family, name), *stopped(family, name), *grown(family, name))


def dragged(family, name):
    hand = FAMILY[name]
    if not hand.drag or name in FOR_LATER:
        return "–", "–"
    act(family.go_to(name), hand)  # so that there is something to turn
    settle(family, name)
    took = slider_to_picture(family, name, hand.drag, times=TIMES)
    return f"{np.median(took):.0f}", f"{np.quantile(took, 0.9):.0f}"


def stopped(family, name):
    if name not in family.runners:
        return ("–",)
    took = [1000 * stopped_after(family, name) for _ in range(STOPS)]
    return (f"{np.median(took):.0f}",)


def grown(family, name):
    if not FAMILY[name].drag:
        return "–", "–", "–"
    act(family.go_to(name), FAMILY[name])
    settle(family, name)
    (kernel, page), seconds = growth(family, name, FAMILY[name].drag)
    return f"{seconds:.1f}", f"{kernel:+.1f}", f"{page:+.1f}"


if __name__ == "__main__":
    main(sys.argv[1:])
