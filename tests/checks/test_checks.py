"""Worlds that are broken, one at a time: each check sees its own, and says what to do."""

import json
import socket
import subprocess
import sys
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest

from leaklab.checks import CHECKS, FAULT, OK, WARNING, Check, count, data, environment, examine, ok, ports, speed, worst
from leaklab.checks import kernel as kernels
from leaklab.data import faces

LESSONS = Path(__file__).resolve().parents[2] / "lessons"
BY_NAME = {check.name: check.look for check in CHECKS}


def test_names_are_different_and_quick_checks_are_most():
    assert len(BY_NAME) == len(CHECKS) > sum(check.slow for check in CHECKS) * 2


@pytest.mark.parametrize("error", [RuntimeError("no\nsuch <b>thing</b>"), SystemExit(3), ImportError(), KeyError("x")])
def test_a_check_that_breaks_is_a_fault_and_the_next_one_runs(error):
    def look():
        raise error

    found = list(examine([Check("a", "broken", look), Check("a", "fine", lambda: ok("well"))]))
    assert [one.diagnosis.state for one in found] == [FAULT, OK] and worst(found) == FAULT
    assert type(error).__name__ in found[0].diagnosis.found and "\n" not in found[0].diagnosis.found
    assert count(found) == {OK: 1, WARNING: 0, FAULT: 1} and found[0].diagnosis.remedy


def test_another_python_is_a_fault(monkeypatch):
    assert environment.python().state == OK
    monkeypatch.setattr(sys, "version_info", (3, 13, 1, "final", 0))
    found = environment.python()
    assert found.state == FAULT and "3.13.1" in found.found and "make lab" in found.remedy


@pytest.mark.parametrize("name, version, told", [
    ("numpy", "2.1.0", "numpy is 2.1.0, but Leaklab needs <2,>=1.26"),
    ("jupyterlab", None, "jupyterlab is missing"),
    ("traitlets", "1.0", "traitlets is 1.0, but ipywidgets needs >=4.3.1"),  # nobody named it; others need it
])
def test_a_package_that_is_wrong_or_missing_is_named(monkeypatch, name, version, told):
    assert environment.packages().state == OK
    plain = metadata.version

    def faked(asked):
        if asked != name:
            return plain(asked)
        if version is None:
            raise metadata.PackageNotFoundError(asked)
        return version

    monkeypatch.setattr(metadata, "version", faked)
    found = environment.packages()
    assert found.state == FAULT and told in found.found


def test_an_installed_package_asks_its_own_metadata(monkeypatch, tmp_path):
    here = environment.requirements()
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "a" / "b" / "environment.py"))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\nrequires-python = ">=4"\ndependencies = []')
    installed = environment.requirements()
    assert len(here[1]) > 10 and "3.11" in installed[0] and any("numpy" in text for text in installed[1])


@pytest.mark.parametrize("code, stderr, told, remedy", [
    (-4, "", "ends Python", "AVX"),
    (-6, "F: compiled to use AVX instructions, but these aren't available", "ends Python", "AVX"),
    (1, "Traceback\nImportError: libstdc++.so.6 is missing", "libstdc++", "make lab"),
])
def test_tensorflow_that_ends_the_process_ends_only_its_own(monkeypatch, code, stderr, told, remedy):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, code, "", stderr))
    found = environment.tensorflow()
    assert found.state == FAULT and told in found.found and remedy in found.remedy


def test_tensorflow_that_never_comes(monkeypatch):
    def run(*args, timeout, **more):
        raise subprocess.TimeoutExpired("python", timeout)

    monkeypatch.setattr(subprocess, "run", run)
    assert environment.tensorflow().state == FAULT


@pytest.mark.parametrize("gib, state", [(0.4, FAULT), (1.5, WARNING), (6, OK)])
def test_memory_is_counted_within_the_limits_of_a_container(monkeypatch, tmp_path, gib, state):
    import psutil

    free = namedtuple("Free", "available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free(64 * 2**30))
    monkeypatch.setattr(environment, "_room_in_container", lambda: [])
    assert environment.memory().state == OK
    monkeypatch.undo()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free(64 * 2**30))
    (tmp_path / "memory.max").write_text(f"{int((gib + 1) * 2**30)}\n")
    (tmp_path / "memory.current").write_text(f"{2**30}\n")
    room = environment._room_in_container(tmp_path)
    assert room == [pytest.approx(gib * 2**30, abs=2)]
    monkeypatch.setattr(environment, "_room_in_container", lambda: room)
    found = environment.memory()
    assert found.state == state and bool(found.remedy) is (state != OK)


def test_no_limit_is_no_limit(tmp_path):
    assert environment._room_in_container(tmp_path) == []
    (tmp_path / "memory.max").write_text("max\n")
    assert environment._room_in_container(tmp_path) == []


@pytest.mark.parametrize("free, state", [(1e6, FAULT), (2e8, WARNING), (1e11, OK)])
def test_a_full_disk(monkeypatch, free, state):
    usage = namedtuple("Usage", "free")
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda folder: usage(free))
    assert environment.disk().state == state


def test_one_core_is_a_warning(monkeypatch):
    monkeypatch.setattr(environment.os, "sched_getaffinity", lambda pid: {0}, raising=False)
    assert environment.processors().state == WARNING


@pytest.fixture
def extensions(monkeypatch, tmp_path):
    """A JupyterLab folder of one's own: the function adds an extension to it, or switches one off."""
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *parts: [str(tmp_path)])

    def add(*names, off=()):
        for name in names:
            folder = tmp_path / name
            folder.mkdir(parents=True)
            content = {"name": name, "version": "1.2.3", "jupyterlab": {"_build": {"load": "x.js"}}}
            (folder / "package.json").write_text(json.dumps(content))
        config = tmp_path.parent / "labconfig"
        config.mkdir(exist_ok=True)
        (config / "page_config.json").write_text(json.dumps({"disabledExtensions": dict.fromkeys(off, True)}))
        monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(tmp_path.parent)])
        monkeypatch.setattr("jupyterlab_server.config.jupyter_config_path", lambda: [str(tmp_path.parent)],
                            raising=False)

    return add


@pytest.mark.parametrize("there, off, state, told", [
    ((), (), FAULT, "do not appear"),
    ((environment.CONTROLS,), (), FAULT, "anywidget"),
    ((environment.CONTROLS, environment.ANY), (), OK, "1.2.3"),
    ((environment.CONTROLS, environment.ANY), (environment.CONTROLS,), FAULT, "disabled"),
    ((environment.CONTROLS, environment.ANY), (f"{environment.CONTROLS}:plugin",), FAULT, "disabled"),
])
def test_what_draws_widgets(extensions, there, off, state, told):
    extensions(*there, off=off)
    found = environment.front_end()
    assert found.state == state and told in found.found


def test_without_voila_is_a_warning(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert environment.voila().state == WARNING


def test_a_port_that_is_taken_is_said_by_whom_and_what_to_do(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        monkeypatch.setitem(ports.PORTS, number, ("test", "Take another."))
        found = ports.port(number)
        assert found.state == WARNING and found.remedy == "Take another." and "taken by" in found.found
    assert ports.port(number).state == OK


def test_the_server_that_a_notebook_runs_under_is_no_trouble(monkeypatch):
    code = ("import socket, subprocess, sys\nwith socket.create_server(('127.0.0.1', 0)) as s:\n"
            " n = s.getsockname()[1]\n child = f'from leaklab.checks import ports; ports.PORTS[{n}] = (1, 2); "
            "print(ports.port({n}))'\n subprocess.run([sys.executable, '-c', child], check=True)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "state='ok'" in done.stdout and "of this notebook" in done.stdout


@pytest.fixture
def kernelspec(monkeypatch, tmp_path):
    """Puts a kernel named python3, of another command, before all others."""
    def put(*argv):
        folder = tmp_path / "kernels" / "python3"
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
        return folder

    return put


def test_a_kernel_of_another_python_is_a_fault(kernelspec, tmp_path):
    """As a user's kernelspec of an old environment is: it starts, it answers, and is not where Leaklab is installed."""
    here = Path(sys.prefix)
    other = tmp_path / "old environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(other)], check=True)
    site = next(Path(path) for path in sys.path if path.startswith(str(here)) and path.endswith("site-packages"))
    bin_folder = other / ("Scripts" if sys.platform == "win32" else "bin")
    start = f"import sys; sys.path.append({str(site)!r}); from ipykernel.kernelapp import main; main()"
    folder = kernelspec(str(bin_folder / "python"), "-c", start, "-f", "{connection_file}")
    found = kernels.kernel()
    assert found.state == FAULT and "another Python" in found.found and "old environment" in found.found
    assert str(folder) in found.remedy


@pytest.mark.parametrize("argv, told", [
    (("/nowhere/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"), "No such file"),
    ((sys.executable, "-c", "raise SystemExit('a broken kernel')"), "a broken kernel"),
])
def test_a_kernel_that_does_not_start(kernelspec, argv, told):
    folder = kernelspec(*argv)
    found = kernels.kernel()
    assert found.state == FAULT and told in found.found and str(folder) in found.remedy


def test_a_kernel_that_keeps_silent_is_given_up(kernelspec):
    kernelspec(sys.executable, "-c", "import time; time.sleep(60)")
    found = kernels.kernel(seconds=2)
    assert found.state == FAULT and "does not answer" in found.found


def test_no_kernel(monkeypatch):
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def missing(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", missing)
    assert "ipykernel install" in kernels.kernel().remedy


def test_embedded_data_that_are_missing_damaged_or_others(monkeypatch, tmp_path):
    assert (data.faces().state, data.patients().state) == (OK, OK)
    monkeypatch.setattr(faces, "EMBEDDED", tmp_path / "faces.png")
    assert "missing" in data.faces().found
    (tmp_path / "faces.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    assert data.faces().state == FAULT and "python -m leaklab.data" in data.faces().remedy
    monkeypatch.undo()
    shown = faces.load_faces()
    one_pixel = shown.images.copy()
    one_pixel[17, 3, 3] = 1 - one_pixel[17, 3, 3]
    monkeypatch.setattr("leaklab.data.load_faces", lambda source: faces.Faces(one_pixel, shown.person, shown.names, ""))
    assert data.faces().state == FAULT and "not those that the lessons describe" in data.faces().found


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08\x00\x00\x00"])
def test_patients_that_cannot_be_read(monkeypatch, tmp_path, content):
    (tmp_path / "patients.csv.gz").write_bytes(content)
    monkeypatch.setattr("leaklab.data.patients.EMBEDDED", tmp_path / "patients.csv.gz")
    [found] = examine([Check("data", "patients", data.patients)])
    assert found.diagnosis.state == FAULT and "leaklab.data" in found.diagnosis.remedy


def test_optional_data_are_named_and_never_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SCIKIT_LEARN_DATA", raising=False)
    monkeypatch.setenv("LEAKLAB_DATA", str(tmp_path / "data"))
    assert data.optional().state == WARNING
    (tmp_path / "data").mkdir()
    assert "network: none" in data.optional().found
    for name in ("olivetti_py3.pkz", "cdc_diabetes_brfss2015.npz"):
        (tmp_path / "data" / name).touch()
    found = data.optional()
    assert found.state == OK and "network: olivetti, cdc; not here: lfw" in found.found
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"], "to look makes no folders"


def test_every_lesson_has_its_seconds():
    """After a new lesson: python tools/lesson_seconds.py."""
    assert sorted(speed.LESSON_SECONDS) == sorted(folder.name for folder in LESSONS.glob("[0-9]*"))


def test_a_slow_machine_is_told_what_to_reduce():
    same = speed.compare(speed.REFERENCE_SECONDS)
    assert same.state == OK
    for name, seconds in speed.LESSON_SECONDS.items():
        assert f"{name[:2]} in about" in same.found and seconds < speed.LONG_SECONDS
    slow = speed.compare(10 * speed.REFERENCE_SECONDS)
    assert slow.state == WARNING and "04" in slow.remedy and "models" in slow.remedy


def test_work_that_fails_or_never_ends(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1, "", "x\nno memory"))
    assert speed.speed().state == FAULT and "no memory" in speed.speed().found

    def run(*args, timeout, **more):
        raise subprocess.TimeoutExpired("python", timeout)

    monkeypatch.setattr(subprocess, "run", run)
    assert speed.speed().state == WARNING
