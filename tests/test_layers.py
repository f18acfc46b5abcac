"""The floors of the package: each module imports only from floors below its own."""

import ast
import doctest
import re
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "leaklab"
FLOORS = [
    {"_validate", "_repr", "_bundled", "_kept"},
    {"data", "metrics"},
    {"models", "privacy"},
    {"training"},
    {"access"},
    {"attacks"},
    {"evaluation", "audit", "server", "structure"},
    {"experiments"},
    {"course"},
    {"plots", "checks"},
    {"widgets", "report"},
    {"demo", "commands"},
    {"__main__"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
# Heavy or awkward packages, and the few places that may know of them (prefixes of module names).
ONLY_IN = {
    "ipywidgets": ("widgets",),
    "anywidget": ("widgets.readout",),
    "tensorflow": ("training", "models", "evaluation.evaluator"),
    "keras": ("training", "models", "evaluation.evaluator"),
    "tensorflow_privacy": ("training.private_step",),
    "dp_accounting": ("privacy",),
    "h11": ("server.connection",),
    "sqlite3": ("server.database",),
    "orjson": ("server", "access.remote", "access.reading", "access.metadata"),
    "weasyprint": ("report.save",),
    "http": ("access.wire", "data.fetch"),
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


def examples(source):
    """The code of all doctests."""
    parser = doctest.DocTestParser()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            yield "".join(example.source for example in parser.get_examples(text))


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
    source = path.read_text(encoding="utf-8")
    package = path.name == "__init__.py"
    found = [fault for code in (source, *examples(source)) for fault in faults(code, module, package)]
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


def test_doctests_are_read():
    source = '"""Room.\n\n>>> from leaklab.widgets import inversion\n"""'
    assert len([fault for code in examples(source) for fault in faults(code, "plots.faces")]) == 1


def test_the_picture_in_contributing_shows_the_floors():
    """Highest floor first, ``number  room/ what it holds``."""
    page = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    picture = re.search(r"```text\n(12  .*?)```", page, re.S).group(1)
    lines = re.findall(r"^ *(\d+)  (.*)$", picture, re.M)
    shown = {int(number): set(re.findall(r"(\w+)(?:/|\.py)", rooms)) for number, rooms in lines}
    assert shown == dict(enumerate(FLOORS))


def private_imports(source):
    """Names with an underscore that a module takes from another module of the package: imported, or as an attribute."""
    tree, ours = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("leaklab")):
            names = {alias.name for alias in node.names} - FLOORS[0]
            yield from (name for name in names if name.startswith("_"))
            ours |= {alias.asname or alias.name for alias in node.names}
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ours
                and node.attr.startswith("_") and not node.attr.endswith("__")):
            yield f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize("source, found", [
    ("from leaklab.metrics.rates import Rate, _confidence", ["_confidence"]),
    ("from .rates import _confidence", ["_confidence"]),
    ("from leaklab import _validate as v\nv.array(1)", []),
    ("from leaklab.plots import membership as m\nm._lines(m.__name__)", ["m._lines"]),
])
def test_the_test_sees_what_is_private(source, found):
    assert list(private_imports(source)) == found


def test_no_module_takes_what_is_private_to_another():
    found = {module_name(path): names for path in MODULES if (
        names := list(private_imports(path.read_text(encoding="utf-8"))))}
    assert found == {}


def test_no_two_classes_share_a_name():
    names = [(node.name, module_name(path)) for path in MODULES
             for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.ClassDef)]
    shared = {name for name, n in Counter(name for name, _ in names).items() if n > 1}
    assert sorted(pair for pair in names if pair[0] in shared) == []


def test_modules_stay_small():
    """A module holds one idea: under 300 lines."""
    lines = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: n for name, n in lines.items() if n >= 300} == {}
