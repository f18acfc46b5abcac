"""`leaklab doctor`: what it prints, what it returns, and that nothing else is heard of it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from leaklab import __main__ as cli
from leaklab.checks import FAULT, OK, Check, fault, ok, warn
from leaklab.checks.kernel import kernel
from leaklab.commands import doctor

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checks(monkeypatch):
    """These checks in place of the real ones."""
    def put(*looks):
        made = tuple(Check("group", f"check {i}", look, slow=i == 2) for i, look in enumerate(looks))
        monkeypatch.setattr(doctor, "CHECKS", made)
        monkeypatch.setattr(doctor, "CLICKS", "no_widgets")
        monkeypatch.setitem(sys.modules, "no_widgets", SimpleNamespace(CHECKS=()))

    return put


def noise():
    os.write(2, b"I tensorflow/core: a greeting\n")
    return ok("well")


def broken():
    raise MemoryError("nothing left")


@pytest.mark.parametrize("looks, status", [((noise,), 0), ((noise, lambda: warn("slow", "Wait.")), 0),
                                           ((noise, broken), 1), ((lambda: fault("\x1b[2J", "Mend it."),), 1)])
def test_exit_status_and_one_line_each(checks, capfd, looks, status):
    checks(*looks)
    assert cli.main(["doctor"]) == status
    out, err = capfd.readouterr()
    assert err == "" and len(out.splitlines()) == len(looks) + 2 and "\x1b" not in out and "greeting" not in out
    assert f"{status} fault" in out.splitlines()[-1]


def test_state_is_told_by_symbol_and_word_and_the_remedy_stands_beside_it(checks, capsys):
    checks(lambda: warn("taken", "Take another."), broken, lambda: ok("well"))
    assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["!", "warning", "check", "0", "taken.", "Take", "another."]
    assert lines[1].split()[:6] == ["✗", "fault", "check", "1", "the", "check"]
    assert "MemoryError: nothing left." in lines[1]
    assert lines[2].split() == ["✓", "ok", "check", "2", "well"]
    assert len({line.index(word) for line, word in zip(lines, ("taken", "the check", "well"), strict=False)}) == 1
    assert lines[-1].startswith("2 ok, 1 warning, 1 fault, in ")


def test_a_terminal_without_these_symbols_gets_others(checks, monkeypatch):
    checks(lambda: ok("well"), broken)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert cli.main(["doctor"]) == 1
    stream.seek(0)
    assert [line[0] for line in stream.read().splitlines()] == ["+", "x", "+", "2"]


def test_quick_leaves_out_what_is_slow(checks, capsys):
    checks(lambda: ok("a"), lambda: ok("b"), broken)
    assert cli.main(["doctor", "--quick"]) == 0
    assert "check 2" not in (out := capsys.readouterr().out) and "Left out" in out


def test_json_is_all_that_is_printed(checks, capfd):
    checks(noise, lambda: warn("slow", "Wait."), broken)
    assert cli.main(["doctor", "--json"]) == 1
    out, err = capfd.readouterr()
    told = json.loads(out)
    assert err == "" and told["state"] == FAULT and told["count"] == {"ok": 2, "warning": 1, "fault": 1}
    assert [(one["name"], one["state"], one["remedy"]) for one in told["checks"]][:2] == [
        ("check 0", OK, ""), ("check 1", "warning", "Wait.")]
    assert all(one["group"] in ("group", "widgets") and one["found"] and one["seconds"] >= 0 for one in told["checks"])


def test_without_standard_error(checks, capsys, monkeypatch):
    """As under pythonw, or after 2>&-."""
    def closed(number):
        raise OSError(9, "Bad file descriptor")

    checks(lambda: ok("well"))
    monkeypatch.setattr(doctor.os, "dup", closed)
    assert cli.main(["doctor"]) == 0 and "2 ok" in capsys.readouterr().out


def test_widgets_that_cannot_be_imported_are_a_fault(checks, monkeypatch, capsys):
    checks(lambda: ok("well"))
    monkeypatch.delitem(sys.modules, "no_widgets")
    assert cli.main(["doctor"]) == 1
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith("✗ fault    widgets ") and "ModuleNotFoundError" in line


def test_nothing_is_tried_that_would_end_this_process_too(monkeypatch, capsys):
    def must_not():
        raise AssertionError("tried")

    monkeypatch.setattr(doctor, "CHECKS", (Check("environment", "TensorFlow", lambda: fault("it ends Python", "Mend.")),
                                           Check("speed", "speed", must_not, needs="TensorFlow")))
    monkeypatch.setattr(doctor, "_import_widgets", must_not)
    monkeypatch.setattr(doctor, "CLICKS", "no_widgets")
    assert cli.main(["doctor"]) == 1
    assert "0 ok, 2 warnings, 1 fault" in capsys.readouterr().out


def real(*options, cwd, **environment):
    """The real thing, as from a terminal in another folder, with its own standard error."""
    kept = {name: value for name, value in os.environ.items() if name not in ("HOME", "TF_CPP_MIN_LOG_LEVEL")}
    return subprocess.run([sys.executable, "-m", "leaklab", "doctor", *options], cwd=cwd, text=True,
                          capture_output=True, encoding="utf-8",
                          env={**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment})


def test_this_machine_is_fit_also_from_elsewhere_and_without_a_home(tmp_path):
    done = real("--json", cwd=tmp_path, TF_CPP_MIN_LOG_LEVEL="0")
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert not [one for one in told["checks"] if one["state"] == FAULT] and list(tmp_path.iterdir()) == []
    widgets = [one["name"] for one in told["checks"] if one["group"] == "widgets"]
    from leaklab import widgets as room

    assert set(widgets) == {"widgets", *room.__all__}


def test_a_fault_of_this_machine_is_told_in_a_line(tmp_path, monkeypatch, capfd, checks):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": ["/nowhere/python"], "display_name": "x",
                                                    "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    checks(kernel)
    assert cli.main(["doctor"]) == 1
    out, err = capfd.readouterr()
    assert err == "" and "Traceback" not in out
    (line,) = [line for line in out.splitlines() if line.startswith("✗")]
    assert "nowhere" in line and str(folder) in line
