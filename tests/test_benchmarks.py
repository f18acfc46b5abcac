"""Every table of benchmarks/README.md says what it is from, in the words in which the benchmarks print it."""

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest

import leaklab

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
ORIGIN = re.compile(r"\*`python benchmarks/\w+.py[^`]*` · leaklab [\d.]+ \([0-9a-f]{7,}(-dirty)?\) · \d{4}-\d\d-\d\d\*")
RULE = re.compile(r"\|(:?-+:?\|)+")


def without_origin(page: str) -> list[str]:
    """The heads of tables that no line of origin stands above."""
    lines = page.splitlines()
    tables = [i - 1 for i, line in enumerate(lines) if RULE.fullmatch(line)]
    return [lines[i] for i in tables if lines[i - 1] or not ORIGIN.fullmatch(lines[i - 2])]


def test_every_table_names_its_command_version_and_date():
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    assert without_origin(page) == []
    assert len(ORIGIN.findall(page)) == sum(bool(RULE.fullmatch(line)) for line in page.splitlines()) > 20


def test_a_table_without_origin_would_be_seen():
    table = "| a | b |\n|---|---:|\n| 1 | 2 |\n"
    origin = "*`python benchmarks/" + "x.py --y` · leaklab 0.1.0 (1234567) · 2026-11-25*"
    assert without_origin(f"Words.\n\n{table}") == ["| a | b |"] and without_origin(f"{origin}\n\n{table}") == []


def test_tables_print_as_the_page_has_them(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["somewhere/x.py", "--only", "two words"])
    spec = importlib.util.spec_from_file_location("benchmarks_table", BENCHMARKS / "table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    table = module.Table("model", "seconds:", "note")
    table.row("MLP", f"{1.25:.1f}")
    blank, origin, _, *rows = capsys.readouterr().out.splitlines()
    assert rows == ["| model | seconds | note |", "|---|---:|---|", "| MLP | 1.2 |  |"] and not blank
    assert origin.startswith(f"*`python benchmarks/x.py --only 'two words'` · leaklab {leaklab.__version__} (")
    assert ORIGIN.fullmatch(origin) or "(no commit)" in origin


def test_no_benchmark_prints_a_table_by_hand():
    by_hand = [path.name for path in BENCHMARKS.glob("*.py") if "|---" in path.read_text(encoding="utf-8")]
    assert by_hand == []


def imported(path):
    """Every name that a file imports from leaklab, with its module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "leaklab":
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path):
    """Benchmarks run for minutes, so no test runs them; a name that has moved must not be found out then."""
    for module, name in imported(path):
        assert hasattr(importlib.import_module(module), name) or importlib.util.find_spec(f"{module}.{name}"), \
            f"{path.name} imports {name} from {module}"
