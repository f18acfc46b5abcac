"""The figures of issue 13 that a browser measures, with room for a busy machine; see also benchmarks/widgets.py."""

from statistics import median

import pytest

from browser.family import FAMILY
from browser.figures import growth, slider_to_picture

pytestmark = pytest.mark.browser
PICTURE_MS, HASTE, GROWTH_MB = 150, 4, 50
PREPARED = [name for name in ("EpsilonDial", "PersonCard", "PrivacyDial") if name in FAMILY]


@pytest.mark.parametrize("name", PREPARED)
def test_a_picture_follows_the_slider(family, name):
    took = slider_to_picture(family, name, FAMILY[name].drag, times=9)
    print(f"{name}: slider to picture, median {median(took):.0f} ms of {[round(ms) for ms in took]}")
    assert median(took) < PICTURE_MS * HASTE


@pytest.mark.parametrize("name", ["PrivacyDial"])
def test_a_thousand_events_leave_no_memory_behind(family, name):
    (kernel, page), seconds = growth(family, name, FAMILY[name].drag)
    print(f"{name}: 1,000 events in {seconds:.1f} s; kernel {kernel:+.1f} MB, page {page:+.1f} MB")
    assert kernel < GROWTH_MB and page < GROWTH_MB
