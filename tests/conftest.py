"""Order of a full run, and the real data where it lies beside the checkout."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """Whether real data is here; if so, the loaders look there. Tests that need it skip otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        if SHARED.is_dir():
            patch.setenv("LEAKLAB_DATA", str(SHARED))
        yield SHARED.is_dir()


def _rank(item):
    if item.get_closest_marker("browser"):
        return 3
    if item.get_closest_marker("notebooks"):
        return 2
    return int(item.nodeid.split("::")[0].endswith(".ipynb"))  # a trainer notebook, cell by cell (nbval)


def pytest_collection_modifyitems(items):
    """What is quick and tells most comes first, whole notebooks later, the browser last."""
    items.sort(key=_rank)  # stable: the cells of one notebook stay in order
