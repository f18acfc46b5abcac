"""The public API: docs/api.md lists it, is current, and is all that the lessons import."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(ROOT.glob("lessons/*/*.py"))


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("api_page", ROOT / "tools" / "api_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def public(tool):
    """The dotted names that the page lists."""
    return {f"{room.__name__}.{name}" for room in tool.rooms() for name in tool.entries(room)}


def imported(source: str) -> set[str]:
    """What a lesson takes from the package, by dotted name."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "leaklab"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "leaklab":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_page_is_current(tool):
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run: python tools/api_page.py"


def test_check_sees_a_page_out_of_date(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "PAGE", tmp_path / "api.md")
    assert tool.main(["--check"]) == 1 and "python tools/api_page.py" in capsys.readouterr().err
    assert tool.main([]) == 0 and tool.main(["--check"]) == 0
    tool.PAGE.write_text("old")
    assert tool.main(["--check"]) == 1


def test_every_package_says_what_is_public(tool):
    packages = {f"leaklab.{path.parent.name}" for path in ROOT.glob("leaklab/*/__init__.py")}
    assert packages <= {room.__name__ for room in tool.rooms()}


def test_every_public_name_exists_and_has_a_docstring(tool):
    for room in tool.rooms():
        assert len(set(room.__all__)) == len(room.__all__)
        assert all(says for says in tool.entries(room).values())


@pytest.mark.parametrize(("source", "says"), [
    ('"""Hold"""\ndef thing():\n    "One. Two."', "One."), ('thing = 3\n"""So many\nlines. More."""', "So many lines."),
    ('thing = {"a": 1, "b|c": 2}', r"Keys: `a`, `b\|c`"), ("thing = 3", None), ("def thing(): pass", None)])
def test_what_the_page_says_of_a_name(tool, tmp_path, source, says):
    module = ModuleType("room")
    module.__file__ = str(tmp_path / "room.py")
    Path(module.__file__).write_text(source)
    exec(source, module.__dict__)
    if says is None:
        with pytest.raises(tool.Undocumented, match=r"room\.thing has no docstring"):
            tool.documented(module, "thing")
    else:
        assert tool.documented(module, "thing") == says


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_lessons_import_only_what_is_public(path, public):
    assert imported(path.read_text(encoding="utf-8")) - public == set()


def test_a_private_import_would_be_seen(public):
    source = "import leaklab.attacks.floor\nfrom leaklab.data import risk\nfrom leaklab.data.cohort import risk"
    assert imported(source) - public == {"leaklab.attacks.floor", "leaklab.data.cohort.risk"}


def test_only_widgets_load_ipywidgets():
    code = ("import sys, leaklab.experiments, leaklab.plots, leaklab.server\n"
            "assert 'ipywidgets' not in sys.modules\nfrom leaklab.widgets import Watch\n"
            "assert 'ipywidgets' in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_talk_stands_on_the_page_without_tensorflow():
    code = ("import sys\nfrom leaklab.course import Step, Talk\nfrom leaklab.widgets import Presentation\n"
            "assert 'tensorflow' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
