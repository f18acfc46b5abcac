"""Every block of code on the pages and in the docstrings runs as it stands, and every command is there."""

import ast
import re
import shlex
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from leaklab import __main__ as cli

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("*/README.md")), *sorted(ROOT.glob("lessons/*/plan.md"))]
SOURCES = [path for folder in ("leaklab", "benchmarks", "tools", "lessons")
           for path in sorted((ROOT / folder).rglob("*.py"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
COMMAND = re.compile(r"python ((?:benchmarks|tools|lessons)/\w+\.py|-m leaklab\.[\w.]+)([^`\n]*)")


class Page:
    """Runs a page's blocks from top to bottom: Python in one namespace, shell lines with one environment."""

    def __init__(self, page: Path, folder: Path, monkeypatch):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOME", str(folder))
        self.page, self.names, self.servers, self.patch = page, {"__name__": page.stem}, [], monkeypatch
        with socket.create_server(("127.0.0.1", 0)) as free:  # the page's port may be taken here
            self.port = str(free.getsockname()[1])

    def run(self):
        try:
            for kind, code in BLOCK.findall(self.page.read_text(encoding="utf-8")):
                code = code.replace("8501", self.port)
                if kind == "text":  # a picture
                    continue
                if kind == "python":
                    exec(compile(code, self.page.name, "exec"), self.names)
                else:
                    for line in code.splitlines():
                        self.shell(re.sub(r"\s#\s.*", "", line))
        finally:
            for server in self.servers:
                server.terminate()
                server.wait()
        return self.names

    def shell(self, line: str):
        """make: the target is there; leaklab: it is run, an audit in little time, the capstone's words are understood;
        else: it has no place on a page."""
        line = line.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
        if line.startswith("make "):
            assert shlex.split(line)[1] in TARGETS, line
        elif exported := re.fullmatch(r"export (\w+)=\$\((.+)\)", line):
            done = subprocess.run(shlex.split(exported[2]), capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            self.patch.setenv(exported[1], done.stdout.strip())
        else:
            program, command, *_ = shlex.split(line)
            if (Path(program).name, command) == ("leaklab", "audit"):
                done = subprocess.run([*shlex.split(line), "--minutes", "0.1"], capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
                return
            if (Path(program).name, command) == ("leaklab", "capstone"):  # a round: tests/commands
                return cli._parser().parse_args(shlex.split(line)[1:])
            assert (Path(program).name, command) == ("leaklab", "serve"), f"not a command the tests know: {line}"
            with open("server.log", "wb") as said:
                self.servers.append(subprocess.Popen(shlex.split(line), stdout=said, stderr=said))
            self.wait_for_server()

    def wait_for_server(self):
        for _ in range(300):
            try:
                return urlopen(f"http://127.0.0.1:{self.port}/", timeout=1).close()
            except HTTPError as error:  # it answers
                return error.close()
            except OSError:
                assert self.servers[-1].poll() is None, Path("server.log").read_text()
                time.sleep(0.1)
        pytest.fail("the server did not start in 30 s")


def test_the_readme_runs(tmp_path, monkeypatch, capsys):
    names = Page(ROOT / "README.md", tmp_path, monkeypatch).run()
    written = {path.name for path in (tmp_path / "leaklab-report").iterdir()}
    assert written >= {"report.html", "report.json", "records.csv"}
    assert names["recovered"].images.shape == (20, 64, 64)
    assert names["api"].queries > 1000, "the last block attacks the server that the page started"
    assert names["promise"].epsilon == pytest.approx(2, abs=0.01)
    assert re.search(r"AUC 0\.\d+.*TPR at 1% FPR", capsys.readouterr().out)


def test_contributing_runs(tmp_path, monkeypatch, capsys):
    names = Page(ROOT / "CONTRIBUTING.md", tmp_path, monkeypatch).run()
    given = names["right_members"], names["right_others"]
    assert names["check"]("0.1", names["advantage"], given).outcome == "correct"
    assert "BROKEN" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_other_pages_hold_no_code_that_is_not_run(page):
    if page.name not in ("README.md", "CONTRIBUTING.md") or page.parent != ROOT:
        assert BLOCK.findall(page.read_text(encoding="utf-8")) == []


def wrong_commands(text: str) -> list[str]:
    """Commands whose script or module is not there, or does not know an option they are given."""
    wrong = []
    for script, rest in COMMAND.findall(text):
        path = ROOT / script
        if script.startswith("-m "):
            stem = ROOT.joinpath(*script[3:].rstrip(".").split("."))
            path = stem / "__main__.py" if stem.is_dir() else stem.with_suffix(".py")
        files = path.parent.glob("*.py") if path.name == "__main__.py" and path.is_file() else [path]
        source = "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
        if not source or any(f'"{option}"' not in source for option in re.findall(r"--[a-z][\w-]*", rest)):
            wrong.append(script + rest)
    return wrong


@pytest.mark.parametrize("path", [*PAGES, *SOURCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_named_anywhere_exist(path):
    assert wrong_commands(path.read_text(encoding="utf-8")) == []


def test_a_wrong_command_would_be_seen():
    assert wrong_commands("`python benchmarks/" + "nothing.py`") and wrong_commands("`python -m leaklab." + "nothing`")
    assert wrong_commands("`python benchmarks/" + "audit.py --sedes 20`")
    assert not wrong_commands("`python benchmarks/audit.py --seeds 20`; `python -m leaklab.data`")


def unrun(docstring: str) -> list[str]:
    """Code in a docstring that is no doctest: a fence, a literal block, an indented paragraph of statements."""
    found = re.findall(r"```.*|^.*::\s*$", docstring, re.M)
    for paragraph in re.split(r"\n\s*\n", docstring):
        if paragraph.startswith("    ") and not paragraph.lstrip().startswith(">>>"):
            try:
                body = ast.parse(textwrap.dedent(paragraph)).body
            except SyntaxError:  # prose
                continue
            code = ast.Import | ast.ImportFrom | ast.Assign | ast.With | ast.For | ast.FunctionDef
            if any(isinstance(line, code) or isinstance(getattr(line, "value", None), ast.Call) for line in body):
                found.append(paragraph)
    return found


@pytest.mark.parametrize("path", [path for path in SOURCES if "leaklab" in path.relative_to(ROOT).parts],
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_code_in_docstrings_is_a_doctest(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]
    assert [code for docstring in docstrings for code in unrun(docstring)] == []


def test_code_that_is_no_doctest_would_be_seen():
    assert unrun("So::\n\n    x = 1") and unrun("So:\n\n    from a import b\n    b(1)") and unrun("```\nx\n```")
    assert not unrun("So:\n\n    an indented remark.\n\n>>> x = 1")
