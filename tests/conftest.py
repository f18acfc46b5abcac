"""Order of a full run, alone or on several workers, and the real data where it lies beside the checkout."""

import asyncio
import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import settings
from real_data import SHARED

if "PYTEST_XDIST_WORKER" in os.environ:  # the workers are the threads; read by TensorFlow and numpy when imported
    os.environ.update({f"{name}_NUM_{kind}THREADS": "1" for name, kind in [("TF", "INTRAOP_"), ("OMP", "")]})

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in the background: some tests press Ctrl-C all the same
    signal.signal(signal.SIGINT, signal.default_int_handler)

if "LEAKLAB_KEPT" not in os.environ:  # an evaluator is trained once a run, for all workers and kernels
    os.environ["LEAKLAB_KEPT"] = OURS = tempfile.mkdtemp(prefix="leaklab-kept-")
else:
    OURS = None

settings.register_profile("same", derandomize=True, deadline=None)  # a run says of a change what the last one said
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_unconfigure():
    if OURS:
        shutil.rmtree(OURS, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data():
    """Whether real data is here; if so, the loaders look there. Tests that need it skip otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        if SHARED.is_dir():
            patch.setenv("LEAKLAB_DATA", str(SHARED))
        yield SHARED.is_dir()


@pytest.fixture(autouse=True)
def no_loop_of_another_test(request):
    """A test in the browser leaves playwright's event loop running in its process; the tests beside it have none."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


def _rank(item):
    if item.get_closest_marker("browser"):
        return 3
    if item.get_closest_marker("notebooks"):
        return 2
    return int(item.nodeid.split("::")[0].endswith(".ipynb"))  # a notebook, cell by cell (nbval)


def pytest_collection_modifyitems(config, items):
    """Alone: what is quick and tells most comes first, whole notebooks later, the browser last. Several workers take
    what is long first, so that none has much left when the others are done."""
    items.sort(key=_rank, reverse=hasattr(config, "workerinput"))  # stable: the cells of one notebook stay in order


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """To a worker goes a file at a time, a whole notebook, or all that needs the browser."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            alone = file == "tests/test_notebooks.py"
            return nodeid if alone else "browser" if "/browser/" in file else file

    config.option.loadscopereorder = False
    return Scheduling(config, log)
