"""Every widget in both themes, at two sizes, alone and side by side: a picture of each, and nothing cut off."""

import pytest

from browser.conftest import SCREENS
from browser.family import FAMILY, act, settle
from browser.looks import cut, smallest

pytestmark = pytest.mark.browser
SIZES = [(1280, 800), (1920, 1080)]
LEAST = {1280: 9.0, 1920: 10.0}
"""The smallest letters in px; half of the window has less room for what a chart says."""


@pytest.fixture(scope="module", autouse=True)
def as_it_was(family):
    for name in FAMILY:  # there is something to be seen in each
        act(family.go_to(name), FAMILY[name])
        settle(family, name)
    yield
    family.alone()
    family.theme("light")
    family.viewport(1280, 800)


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_all_is_there_to_be_read(family, size, theme, beside):
    SCREENS.mkdir(parents=True, exist_ok=True)
    family.viewport(*size)
    family.theme(theme)
    (family.beside if beside else family.alone)()
    faults, where = [], f"{size[0]}_{theme}_{'beside' if beside else 'alone'}"
    for name in FAMILY:
        widget = family.go_to(name)
        family.page.wait_for_timeout(150)
        family.page.screenshot(path=SCREENS / f"family_{name}_{where}.png")
        faults += [f"{name}: {one}" for one in cut(widget)]
        if not beside and (least := smallest(widget)) < LEAST[size[0]]:
            faults.append(f"{name}: letters of {least:.1f} px")
    assert faults == []
