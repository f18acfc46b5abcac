"""Whether the kernel that the notebooks ask for starts, answers, and is this Python."""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from leaklab.checks.base import REPAIR, Diagnosis, fault, ok

NAME = "python3"
START_SECONDS = 60
ASKED = {"answer": "1 + 1", "prefix": "__import__('sys').prefix", "python": "__import__('sys').executable",
         "leaklab": "__import__('importlib.util').util.find_spec('leaklab') is not None"}


def kernel(seconds: float = START_SECONDS) -> Diagnosis:
    """Start it, ask for ``1 + 1``, and see which Python answers."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(NAME)
    except NoSuchKernel:
        return fault(f"there is no kernel named {NAME}", f"{_quoted(sys.executable)} -m ipykernel install --sys-prefix")
    started = time.perf_counter()
    try:
        told = _ask(seconds)
    except Exception as error:  # whatever starts it: a program that is not there, a kernel that dies or keeps silent
        words = " ".join(str(error).split())[:300] or type(error).__name__
        return fault(f"the kernel of {spec.resource_dir} does not answer: {words}", _remedy(spec.resource_dir))
    if told["answer"] != "2":
        return fault(f"it says that 1 + 1 is {told['answer']}", REPAIR)
    if not _same(told["prefix"].strip("'\""), sys.prefix):
        return fault(f"notebooks would run in another Python, {told['python']}: {spec.resource_dir} names it",
                     _remedy(spec.resource_dir))
    if told["leaklab"] != "True":
        return fault("the kernel does not find the package leaklab", "Install it into this environment: make lab "
                     f"does so, or {_quoted(sys.executable)} -m pip install leaklab.")
    return ok(f"starts and answers in {time.perf_counter() - started:.1f} s, and is this Python")


def _ask(seconds: float) -> dict[str, str]:
    """What a new kernel answers to `ASKED`, as it prints."""
    from jupyter_client.manager import KernelManager

    manager, end = KernelManager(kernel_name=NAME), time.monotonic() + seconds
    with tempfile.TemporaryFile() as told, tempfile.TemporaryDirectory() as folder:
        client: Any = None
        try:
            manager.start_kernel(stdout=told, stderr=told, cwd=folder)
            client = manager.blocking_client()
            client.start_channels()
            client.wait_for_ready(timeout=seconds)
            reply = client.execute("", user_expressions=ASKED, reply=True, timeout=max(1, end - time.monotonic()))
            answers = reply["content"]["user_expressions"]
            return {name: found["data"]["text/plain"] if found["status"] == "ok" else found["ename"]
                    for name, found in answers.items()}
        except RuntimeError as error:
            told.seek(0)
            last = told.read().decode(errors="replace").strip().splitlines()[-1:]
            raise RuntimeError(f"{error} {' '.join(last)}") from error
        finally:
            if client is not None:
                client.stop_channels()
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)


def _remedy(folder: str) -> str:
    if _same(folder, Path(sys.prefix, "share", "jupyter", "kernels", NAME)):
        return f"{_quoted(sys.executable)} -m ipykernel install --sys-prefix"
    return f"Rename or delete the folder {folder}, and if JUPYTER_PATH is set to it, unset that."


def _same(one: str | Path, other: str | Path) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
