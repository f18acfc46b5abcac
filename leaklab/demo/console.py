"""The quiet console: a line for each part, a bar where somebody watches, and nothing else."""

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from leaklab._validate import Progress


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what native libraries write to stderr, such as TensorFlow's notes on this computer.

    Python's own ``sys.stderr`` goes on as ever. Where the work fails, what was kept back is shown after all.
    """
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its hints on speed come through Python
    before = sys.stderr
    try:
        before.flush()
        kept = os.dup(2)
    except (OSError, AttributeError):  # there is no stderr
        yield
        return
    with tempfile.TemporaryFile() as held, open(kept, "w", buffering=1, errors="backslashreplace") as own:
        os.dup2(held.fileno(), 2)
        if getattr(before, "name", None) == "<stderr>":
            sys.stderr = own
        try:
            yield
        except Exception:
            held.seek(0)
            shutil.copyfileobj(held, own.buffer)
            raise
        finally:
            own.flush()
            sys.stderr = before
            os.dup2(kept, 2)


@contextmanager
def bar(name: str) -> Iterator[Progress]:
    """A progress bar, on a terminal only; it is gone when the part is done."""
    with tqdm(desc=name, unit=" steps", mininterval=0.5, leave=False, disable=None, file=sys.stderr) as shown:
        yield lambda done, total, message: void(shown.update)


def void(call: Callable[[], object]) -> None:
    call()
