"""What Binder, repo2docker and development containers run is there, and is what `make lab` does."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DEVCONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="repo2docker runs Linux")
def test_post_build_installs_the_package_and_nothing_else(tmp_path):
    """With a pip that only says how it was called: repo2docker runs the file at the root of the checkout."""
    (tmp_path / "pip").write_text('#!/bin/sh\necho "$PWD: pip $@"\n')
    (tmp_path / "pip").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run([ROOT / "postBuild"], cwd=ROOT, env=os.environ | {"PATH": path}, check=True,
                          capture_output=True, text=True).stdout
    assert said == f"{ROOT}: pip install --no-deps --no-build-isolation -e .\n"


def test_post_build_is_executable_in_a_fresh_clone():
    listed = subprocess.run(["git", "ls-files", "--stage", "postBuild"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a git checkout")
    assert listed.stdout.startswith("100755 ")


def test_binder_has_what_an_editable_install_without_isolation_needs():
    environment = (ROOT / "environment.yml").read_text(encoding="utf-8")
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "-r requirements.lock" in environment and "python=3.11" in environment
    assert re.search(r"^setuptools==", locked, re.M), "the build backend"


def test_the_container_makes_the_environment_that_it_then_uses():
    command, *targets = DEVCONTAINER["postCreateCommand"].split()
    assert command == "make" and all(re.search(rf"^{re.escape(target)}:", MAKEFILE, re.M) for target in targets)
    python = DEVCONTAINER["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python.removeprefix("${containerWorkspaceFolder}/") in MAKEFILE
    assert DEVCONTAINER["image"].endswith(f"python:{sys.version_info.major}.{sys.version_info.minor}")
