"""The wheel works by itself: built offline, unpacked into an empty folder, run far from the checkout."""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import leaklab

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
USE = """
import json, leaklab
from leaklab.access import WhiteBox
from leaklab.attacks import Threshold
from leaklab.data import load_faces, load_patients
from leaklab.course import exercises, saved_runs
from leaklab.training import SoftmaxRegression

faces, patients = load_faces(people=2), load_patients()
half = len(patients) // 2
model = SoftmaxRegression(epochs=1).fit(patients.x[:half], patients.label[:half], rng=0)
found = Threshold()(WhiteBox(model), patients.x, patients.label)
check, _, _ = exercises("00")
few = patients.sample(80, rng=0)
inside, outside = few.split(40, rng=0)
report = leaklab.audit_model(WhiteBox(model), inside, outside, scope=leaklab.report.Scope(shadow_models=0))
written = report.save("report")
print(json.dumps({"file": leaklab.__file__, "version": leaklab.__version__, "photographs": len(faces),
                  "scores": found.score.shape, "patients": len(patients), "runs": str(saved_runs().epsilons[0]),
                  "check": check("nothing", 1).outcome, "report": sorted(path.name for path in written)}))
"""


def run(code_or_module, site, folder):
    """A Python in which the unpacked wheel comes before any other leaklab, started outside the checkout."""
    return subprocess.run([sys.executable, *code_or_module], cwd=folder, text=True, capture_output=True,
                          env={"PYTHONPATH": str(site), "PATH": "", "HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as ``pip wheel --no-deps --no-build-isolation`` builds it: by the backend that pyproject.toml names."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("out")
    for name in ("leaklab", "data", "lessons"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=tree, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A pure wheel is installed by unpacking it."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def test_every_module_and_data_file_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "leaklab").rglob("*.py")}
    lessons = {f"leaklab/_files/{path.relative_to(ROOT)}" for path in (ROOT / "lessons").glob("[0-9]*/*.py")}
    assert modules | lessons | {"leaklab/py.typed", "leaklab/_files/data/faces.png"} <= names
    assert not [name for name in names if not name.startswith(("leaklab/", f"leaklab-{VERSION}.dist-info/"))]


def test_an_installed_package_loads_trains_and_attacks(site, tmp_path):
    done = run(["-c", USE], site, tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told.pop("file")).is_relative_to(site)
    assert {"report.html", "report.json", "records.csv"} <= set(told.pop("report"))  # the PDF needs Pango
    assert told == {"version": VERSION, "photographs": 20, "scores": [5000], "patients": 5000, "runs": "inf",
                    "check": "not attempted"}


def test_an_installed_package_does_not_rewrite_its_data(site, tmp_path):
    before = (site / "leaklab/_files/data/faces.png").read_bytes()
    done = run(["-m", "leaklab.data"], site, tmp_path)
    assert done.returncode and "checkout" in done.stderr and "Traceback" not in done.stderr
    assert (site / "leaklab/_files/data/faces.png").read_bytes() == before


def test_a_missing_file_names_a_remedy_that_helps_there(site, tmp_path):
    sheet = site / "leaklab/_files/data/faces.png"
    sheet.rename(tmp_path / "kept")
    try:
        done = run(["-c", "from leaklab.data import load_faces; load_faces()"], site, tmp_path)
    finally:
        (tmp_path / "kept").rename(sheet)
    assert "Reinstall leaklab" in done.stderr


def test_version_is_that_of_pyproject_in_a_bare_checkout_too(tmp_path):
    assert leaklab.__version__ == VERSION
    shutil.copytree(ROOT / "leaklab", tmp_path / "leaklab", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "9.8.7"\n')
    code = ("import importlib.metadata as m\n"
            "def version(name): raise m.PackageNotFoundError(name)\n"
            "m.version = version\nimport leaklab\nprint(leaklab.__version__)")
    assert run(["-c", code], tmp_path, tmp_path).stdout.strip() == "9.8.7"
