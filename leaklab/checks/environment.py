"""Python, packages, memory and disk, and what JupyterLab needs to show widgets."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

from leaklab.checks.base import REPAIR, Diagnosis, fault, ok, warn

GIB = 2**30
MEMORY_GIB = {"needed": 1.0, "comfortable": 2.0}
"""A kernel that runs a lesson takes about 1 GiB at its peak, JupyterLab and a browser the rest."""
DISK_GIB = {"needed": 0.05, "comfortable": 0.5}
CONTROLS, ANY = "@jupyter-widgets/jupyterlab-manager", "anywidget"
WIDGETS = "Install ipywidgets and anywidget into this environment again (make lab does), and reload the page."
IMPORT_SECONDS = 120


def requirements() -> tuple[str, list[str]]:
    """What Python and which packages are required: as pyproject.toml has them in a checkout, else as installed."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        if told["name"] == "leaklab":
            return told["requires-python"], told["dependencies"]
    return metadata.metadata("leaklab")["Requires-Python"], metadata.requires("leaklab") or []


def python() -> Diagnosis:
    """Whether this Python is the one that the packages are made for."""
    from packaging.specifiers import SpecifierSet

    wanted, version = requirements()[0], ".".join(map(str, sys.version_info[:3]))
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return ok(f"{version} ({sys.prefix})")
    return fault(f"{version}, but {wanted} is needed", "Make the environment with make lab, which finds or fetches "
                 "Python 3.11, and start Leaklab from there.")


def packages() -> Diagnosis:
    """Whether every required package is here in a version that fits, and what those require in their turn."""
    missing, wrong, seen = _unmet(requirements()[1])
    if missing or wrong:
        return fault("; ".join([*(f"{name} is missing" for name in missing), *wrong][:5])
                     + (", and more" if len(missing) + len(wrong) > 5 else ""), REPAIR)
    return ok(f"all {seen} required packages are here, in versions that fit")


def _unmet(required: list[str]) -> tuple[list[str], list[str], int]:
    """Names that are missing, sentences on wrong versions, and how many packages were looked at."""
    from packaging.requirements import Requirement

    missing: list[str] = []
    wrong: list[str] = []
    seen: set[tuple] = set()
    waiting: list[tuple] = [("Leaklab", Requirement(text), frozenset()) for text in required]
    while waiting:
        who, need, extras = waiting.pop(0)
        if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            continue
        key = need.name.lower().replace("_", "-"), frozenset(need.extras), str(need.specifier)
        if key in seen:
            continue
        seen.add(key)
        try:
            version = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            missing.append(need.name)
            continue
        if not need.specifier.contains(version, prereleases=True):
            wrong.append(f"{need.name} is {version}, but {who} needs {need.specifier}")
        waiting += [(need.name, Requirement(text), frozenset(need.extras)) for text in metadata.requires(need.name)
                    or []]
    return missing, wrong, len({name for name, _, _ in seen})


def tensorflow() -> Diagnosis:
    """Whether TensorFlow can be imported, tried in a process of its own: on some processors it ends the process."""
    try:
        done = subprocess.run([sys.executable, "-c", "import tensorflow as tf; print(tf.__version__)"], text=True,
                              capture_output=True, timeout=IMPORT_SECONDS, errors="replace",
                              env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    except subprocess.TimeoutExpired:
        return fault(f"not imported within {IMPORT_SECONDS} s", "Close other programs and try again; an antivirus "
                     "program may be reading every file.")
    if done.returncode == 0:
        return ok(done.stdout.split()[-1])
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    if done.returncode in (-4, -6) or "to use AVX instructions" in done.stderr:  # SIGILL, SIGABRT
        return fault(f"it ends Python: {last[:200]}", "TensorFlow needs a processor with AVX instructions; in a "
                     "virtual machine, pass on those of the host.")
    return fault(f"not imported: {last[:200]}", REPAIR)


def processors() -> Diagnosis:
    """How many processor cores this process may use."""
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if number < 2:
        return warn("1 core", "Lessons take up to twice as long, and a widget answers late while it works. Give the "
                    "machine or container two cores.")
    return ok(f"{number} cores")


def memory() -> Diagnosis:
    """Memory that is free, within the limits of a container."""
    import psutil

    free = min([psutil.virtual_memory().available, *_room_in_container()]) / GIB
    found = f"{free:.1f} GiB free"
    remedy = "Close other programs and shut down other kernels (in JupyterLab: Kernel, Shut Down All Kernels)."
    if free < MEMORY_GIB["needed"]:
        return fault(f"{found}, but a lesson takes about {MEMORY_GIB['needed']:g}", remedy)
    return warn(f"{found}; {MEMORY_GIB['comfortable']:g} are comfortable", remedy) \
        if free < MEMORY_GIB["comfortable"] else ok(found)


def _room_in_container(folder: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """Bytes up to the limit of control groups (version 2, then 1), where there is one."""
    for limit, used in (("memory.max", "memory.current"),
                        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):
        try:
            return [max(0, int((folder / limit).read_text()) - int((folder / used).read_text()))]
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return []


def disk() -> Diagnosis:
    """Space where notebooks are saved (the working folder) and for temporary files."""
    here = {"here": Path.cwd(), "for temporary files": Path(tempfile.gettempdir())}
    free = {where: shutil.disk_usage(folder).free / GIB for where, folder in here.items()}
    where = min(free, key=lambda name: free[name])
    found, remedy = f"{free[where]:.1f} GiB free {where}", "Empty the trash, or delete build/ and old reports."
    if free[where] < DISK_GIB["needed"]:
        return fault(f"{found}: notebooks cannot be saved", remedy)
    if free[where] < DISK_GIB["comfortable"]:
        return warn(found, remedy)
    if not os.access(here["here"], os.W_OK):
        return warn("nothing can be written into this folder", "Copy the notebooks to a folder of yours to save "
                    "them, and pass --out to commands that write.")
    return ok(found)


def front_end() -> Diagnosis:
    """Whether JupyterLab has what draws widgets, and has not been told to leave it out."""
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    folders = jupyter_path("labextensions")
    there = get_federated_extensions(folders)
    if missing := [name for name in (CONTROLS, ANY) if name not in there]:
        return fault(f"{' and '.join(missing)} not installed: widgets do not appear", WIDGETS)
    settings = Path(sys.prefix, "share", "jupyter", "lab", "settings")
    told = get_page_config(folders, str(settings)).get("disabledExtensions", {})
    off = {name for name, is_off in dict(told).items() if is_off} if isinstance(told, dict) else set(told)
    for name in (CONTROLS, ANY):
        if any(name == one or one.startswith(f"{name}:") for one in off):
            return fault(f"{name} is disabled: widgets do not appear", f"jupyter labextension enable {name}")
    return ok(", ".join(f"{name} {there[name]['version']}" for name in (CONTROLS, ANY)))


def voila() -> Diagnosis:
    """Whether Voila, which shows stage notebooks as pages, is here."""
    try:
        return ok(metadata.version("voila"))
    except metadata.PackageNotFoundError:
        return warn("not installed", "Only needed to show notebooks as pages: make lab installs it. Else present them "
                    "in JupyterLab.")
