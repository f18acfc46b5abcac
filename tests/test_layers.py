"""The floors of the package: each module imports only from floors below its own."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "leaklab"
FLOORS = [
    {"_validate", "_repr"},
    {"data"},
    {"privacy", "metrics"},
    {"training"},
    {"access"},
    {"audit", "server"},
    {"attacks"},
    {"sweep", "experiments"},
    {"plots", "report", "exercises"},
    {"widgets"},
    {"demo", "__main__"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
# Heavy or awkward packages, and the few places that may know of them (prefixes of module names).
ONLY_IN = {
    "ipywidgets": ("widgets",),
    "tensorflow": ("training", "access.whitebox"),
    "keras": ("training", "access.whitebox"),
    "tensorflow_privacy": ("training.private_step",),
    "dp_accounting": ("privacy",),
    "fastapi": ("server",),
    "starlette": ("server",),
    "uvicorn": ("server",),
    "h11": ("server",),
    "sqlite3": ("server.database",),
    "orjson": ("server", "access.remote"),
    "http": ("access.remote", "data.fetch"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def module_name(path):
    """``access.whitebox`` for leaklab/access/whitebox.py; empty for leaklab/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source, module, is_package=False):
    """Every imported dotted name, relative ones resolved, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = ["leaklab", *filter(None, module.split("."))]
                up = here[:len(here) - node.level + is_package]
                base = ".".join([*up, *filter(None, [base])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def faults(source, module, is_package=False):
    """What a module imports that its floor does not allow."""
    own = module.split(".")[0]
    for name in imports(source, module, is_package):
        top, _, rest = name.partition(".")
        inner = rest.split(".")[0]
        if top == "leaklab" and module and inner in FLOOR and inner != own and FLOOR[inner] >= FLOOR[own]:
            yield f"leaklab.{module} (floor {FLOOR[own]}) imports leaklab.{inner} (floor {FLOOR[inner]})"
        if top in ONLY_IN and not module.startswith(ONLY_IN[top]):
            yield f"leaklab.{module} imports {top}, which belongs to {', '.join(ONLY_IN[top])} alone"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_module_keeps_to_its_floor(path):
    module = module_name(path)
    assert not module or module.split(".")[0] in FLOOR, f"give {module} a floor here and in the design"
    found = list(faults(path.read_text(encoding="utf-8"), module, path.name == "__init__.py"))
    assert found == []


@pytest.mark.parametrize("module, source, count", [
    ("attacks.miface", "from leaklab.access import WhiteBox\nfrom ..data import Faces", 0),
    ("data.faces", "def f():\n    from leaklab.training import MLP", 1),
    ("data", "from .. import attacks\nfrom . import faces", 1),
    ("metrics", "import leaklab.privacy", 1),
    ("attacks.miface", "import tensorflow as tf", 1),
    ("training.private_step", "import tensorflow_privacy.privacy", 0),
    ("training.keras", "from dp_accounting import rdp", 1),
    ("plots", "import ipywidgets", 1),
    ("training.keras", "from tensorflow import keras", 0),
])
def test_the_test_sees_what_it_should(module, source, count):
    assert len(list(faults(source, module, is_package=module == "data"))) == count


def test_modules_stay_small():
    """A module holds one idea: under 300 lines."""
    lines = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: n for name, n in lines.items() if n >= 300} == {}
