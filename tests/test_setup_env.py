"""tools/setup_env.py: what it tries, in which order, and what it takes for done; nothing is installed here."""

import ast
import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """The tool as a fresh module, at work in an empty checkout; programs outside are neither found nor run."""
    spec = importlib.util.spec_from_file_location("setup_env", ROOT / "tools" / "setup_env.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    places = {"ROOT": "", "VENV": ".venv", "TOOLS": ".tools", "LOCK": "requirements.lock", "READY": ".venv/.ready",
              "BEGUN": ".tools/setup-begun"}
    for name, place in places.items():
        monkeypatch.setattr(module, name, str(tmp_path / place))
    (tmp_path / "requirements.lock").write_text("numpy==1.26.4\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module, "works", lambda *command: False)
    monkeypatch.setattr(module, "run", lambda *command: pytest.fail(f"ran {command}"))
    return module


def fill(tool):
    """What a way that works leaves: an environment with a Python in it."""
    python = Path(tool.binary(tool.VENV, "python"))
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("")


def refuse(tool, reason):
    raise tool.Failed(reason)


def test_done_once_then_nothing(tool, monkeypatch):
    calls = []
    monkeypatch.setattr(tool, "ways", lambda: [("a way", lambda: (calls.append(1), fill(tool)))])
    assert tool.main() == 0 and tool.main() == 0
    assert len(calls) == 1
    Path(tool.LOCK).write_text("numpy==1.26.3\n")
    assert tool.main() == 0
    assert len(calls) == 2, "a changed lock is installed"


def test_an_interrupted_setup_begins_anew(tool, monkeypatch):
    def interrupted():
        fill(tool)
        Path(tool.VENV, "half").write_text("")
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, "ways", lambda: [("a way", interrupted)])
    with pytest.raises(KeyboardInterrupt):
        tool.main()
    assert not tool.is_ready()
    monkeypatch.setattr(tool, "ways", lambda: [("a way", lambda: fill(tool))])
    assert tool.main() == 0 and tool.is_ready()
    assert not Path(tool.VENV, "half").exists()


def test_an_environment_made_by_others_is_kept(tool, monkeypatch):
    fill(tool)
    Path(tool.VENV, "theirs").write_text("")
    monkeypatch.setattr(tool, "ways", lambda: [("a way", lambda: None)])
    assert tool.main() == 0
    assert Path(tool.VENV, "theirs").exists()


def test_the_next_way_is_tried_and_all_reasons_are_told(tool, monkeypatch, capsys):
    broken = ("first", lambda: refuse(tool, "it is broken"))
    monkeypatch.setattr(tool, "ways", lambda: [broken, ("second", lambda: fill(tool))])
    assert tool.main() == 0
    os.remove(tool.READY)
    monkeypatch.setattr(tool, "ways", lambda: [broken, ("second", lambda: refuse(tool, "no network"))])
    assert tool.main() == 1 and not tool.is_ready()
    said = capsys.readouterr().err
    assert "first: it is broken" in said and "second: no network" in said
    assert "apt-get install" in said and "environment.yml" in said


def test_order_of_ways(tool, monkeypatch):
    monkeypatch.setattr(tool.shutil, "which", lambda name: f"bin/{name}" if name in ("uv", "python3.11") else None)
    monkeypatch.setattr(tool, "works", lambda *command: command[0] == "bin/python3.11")
    assert [name for name, _ in tool.ways()] == ["uv", "bin/python3.11 -m venv", "a uv of its own, in .tools"]


def test_a_python_without_pip_and_venv_cannot_fetch_uv(tool):
    with pytest.raises(tool.Failed, match="neither the venv module nor pip"):
        tool.with_own_uv()


def test_a_shim_with_nothing_behind_it_is_passed_over(tool):
    with pytest.raises(tool.Failed, match="does not run"):
        tool.with_uv("bin/uv")


def test_runs_on_an_old_python():
    """Syntax of Python 3.6, and the standard library alone."""
    tree = ast.parse((ROOT / "tools" / "setup_env.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names <= set(sys.stdlib_module_names)
