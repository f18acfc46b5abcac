"""What must not be in the repository: traces of one machine, hosts of registries, big files, widget state."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Spelt in pieces, so that this file does not find itself.
HOSTS = re.compile(r"py(?:pi\.org)|python(?:hosted\.org)|npm(?:js\.(?:org|com))|deb(?:ian\.org)")
MACHINE = re.compile(r"(?<![\w.:/-])/(?:root|work|tmp|home/\w+|Users/\w+)/\w")
MEGABYTE = 1_000_000


def tracked():
    """The files git knows, and those it would add."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in sorted(set(listed.stdout.split("\0"))) if name and (path := ROOT / name).is_file()]


def texts():
    for path in tracked():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_patterns_find_what_they_should():
    assert MACHINE.search('open("/ro' + 'ot/x.npz")') and MACHINE.search("/wo" + "rk/a")
    assert not MACHINE.search("https://example.org/work/a") and not MACHINE.search("data/tmp/x")
    assert HOSTS.search("https://py" + "pi.org/simple") and HOSTS.search("https://files.python" + "hosted.org")


def test_no_registry_host_and_no_path_of_a_machine():
    found = {str(name): match[0] for name, text in texts() if (match := HOSTS.search(text) or MACHINE.search(text))}
    assert found == {}


def test_no_big_file():
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked()}
    assert {name: size for name, size in sizes.items() if size > MEGABYTE and not name.startswith("data/")} == {}


def test_notebooks_carry_no_widget_state():
    for name, text in texts():
        if name.suffix == ".ipynb":
            assert "widgets" not in json.loads(text)["metadata"], name
            assert "vnd.jupyter.widget-state" not in text, name
