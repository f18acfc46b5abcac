#!/usr/bin/env python3
"""Create the environment .venv from requirements.lock; do nothing if it is up to date.

Runs on any Python from 3.6, with nothing but the standard library:  python3 tools/setup_env.py
On Windows:  py -3 tools/setup_env.py

It takes the first of these that works: uv; Python 3.11 with its venv module; a uv of its own, put into .tools, which
finds Python 3.11 on this computer or fetches it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
TOOLS = os.path.join(ROOT, ".tools")
LOCK = os.path.join(ROOT, "requirements.lock")
READY = os.path.join(VENV, ".ready")  # written last: an interrupted set-up has none
BEGUN = os.path.join(TOOLS, "setup-begun")  # removed last: what an interrupted set-up leaves is thrown away
WINDOWS = os.name == "nt"

HELP = """\
Leaklab needs Python 3.11, and all attempts to set it up failed:
{tried}
Do one of these, then run the same command again:
  - install uv (it fetches Python 3.11 by itself): https://docs.astral.sh/uv/
  - Debian 12:        apt-get install python3.11 python3.11-venv
  - Ubuntu, Debian:   apt-get install python3-venv python3-pip   (any Python 3 will do to fetch uv)
  - Fedora:           dnf install python3.11
  - macOS:            brew install python@3.11
  - Windows:          winget install Python.Python.3.11, then py -3.11 tools/setup_env.py
  - conda:            the commands at the top of environment.yml
"""


class Failed(Exception):
    """This way does not work here; the message says why."""


def say(text):
    print("[set-up] " + text, flush=True)


def binary(folder, name):
    """The path of a program inside a virtual environment."""
    return os.path.join(folder, "Scripts" if WINDOWS else "bin", name + (".exe" if WINDOWS else ""))


def run(*command):
    """Run a command, its output shown; Failed where it cannot start or returns an error."""
    try:
        code = subprocess.call(command, cwd=ROOT)
    except OSError as error:
        raise Failed(f"{command[0]}: {error}") from None
    if code:
        raise Failed(f"{' '.join(command[:6])} returned {code}")


def works(*command):
    """Whether a command runs without an error; what it prints is not shown."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def is_311(*python):
    """Whether a command starts a CPython 3.11."""
    return works(*python, "-c", "import sys; v = sys.version_info[:2]; "
                                "sys.exit(v != (3, 11) or sys.implementation.name != 'cpython')")


def wanted():
    """What .venv must have been made from; the place counts, for the editable install points to it."""
    digest = hashlib.sha256(ROOT.encode())
    for name in (LOCK, os.path.join(ROOT, "pyproject.toml"), os.path.abspath(__file__)):
        with open(name, "rb") as stream:
            digest.update(stream.read())
    return digest.hexdigest()


def is_ready():
    if not os.path.exists(READY) or os.path.exists(BEGUN):
        return False
    with open(READY) as stream:
        return stream.read() == wanted() and os.path.exists(binary(VENV, "python"))


def with_uv(uv):
    """Make and fill .venv with this uv."""
    if not works(uv, "--version"):  # a shim of a version manager may stand there with nothing behind it
        raise Failed(f"{uv} does not run")
    python = binary(VENV, "python")
    if not is_311(python):
        run(uv, "venv", "--python", "3.11", VENV)
    run(uv, "pip", "install", "--python", python, "--require-hashes", "-r", LOCK)
    run(uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "-e", ROOT)


def with_venv(base):
    """Make and fill .venv with the venv module of this Python 3.11 (a command, as a list)."""
    python = binary(VENV, "python")
    if not is_311(python):
        if not works(*base, "-c", "import ensurepip, venv"):
            raise Failed("it has no venv module (Debian keeps it in python3.11-venv)")
        run(*base, "-m", "venv", VENV)
    elif not works(python, "-m", "pip", "--version"):  # uv makes environments without pip
        run(python, "-m", "ensurepip")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    say("installing with pip (no output, a few minutes)")
    run(*pip, "--require-hashes", "-r", LOCK)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ROOT)


def with_own_uv():
    """Put a uv into .tools with whatever pip this Python has, and use it."""
    folder = os.path.join(TOOLS, "uv")
    uv = binary(folder, "uv")
    if not works(uv, "--version"):
        say("fetching uv into .tools (about 25 MB)")
        pip = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--upgrade", "uv>=0.5"]
        if works(sys.executable, "-c", "import ensurepip, venv"):
            run(sys.executable, "-m", "venv", folder)
            run(binary(folder, "python"), *pip)
        elif works(sys.executable, "-m", "pip", "--version"):
            run(sys.executable, *pip, "--target", folder)
        else:
            raise Failed(f"{sys.executable} has neither the venv module nor pip to fetch it with")
    with_uv(uv)


def pythons():
    """Commands that start a Python 3.11, the plainest first."""
    named = [shutil.which(name) for name in ("python3.11", "python3", "python")]
    candidates = [[sys.executable]] + [[path] for path in named if path]
    if WINDOWS:
        candidates.append(["py", "-3.11"])
    return [command for command in candidates if is_311(*command)]


def ways():
    """Every way to make the environment, best first: its name and what to call."""
    uv = shutil.which("uv")
    found = [("uv", lambda: with_uv(uv))] if uv else []
    for command in pythons():
        found.append((" ".join(command) + " -m venv", lambda command=command: with_venv(command)))
    return [*found, ("a uv of its own, in .tools", with_own_uv)]


def quieten():
    """Turn off JupyterLab's news prompt, for lessons run offline, and jupytext's part in it: the build needs its
    library alone, and under JupyterLab 4.5.6 that part puts an error on the console of every page."""
    shutil.rmtree(os.path.join(VENV, "share", "jupyter", "labextensions", "jupyterlab-jupytext"), ignore_errors=True)
    folder = os.path.join(VENV, "etc", "jupyter", "labconfig")
    if not os.path.isdir(folder):
        os.makedirs(folder)
    with open(os.path.join(folder, "page_config.json"), "w") as stream:
        json.dump({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}, stream)


def make():
    """Try each way in turn; returns the reasons of those that failed, or None once one has worked."""
    tried = []
    for name, way in ways():
        say("making .venv with " + name)
        try:
            way()
        except Failed as reason:
            say(f"failed: {reason}")
            tried.append(f"  - {name}: {reason}")
            continue
        quieten()
        return None
    return tried


def main():
    if is_ready():
        os.utime(READY, None)  # make compares times
        return 0
    if os.path.exists(BEGUN) and os.path.isdir(VENV):
        say("an earlier set-up was interrupted: starting over")
        shutil.rmtree(VENV)
    if not os.path.isdir(TOOLS):
        os.makedirs(TOOLS)
    if not os.path.isdir(VENV):
        open(BEGUN, "w").close()
    if os.path.exists(READY):
        os.remove(READY)
    say("installing about 175 packages; the first run downloads about 600 MB and takes a few minutes")
    tried = make()
    if tried is not None:
        sys.stderr.write(HELP.format(tried="\n".join(tried)))
        return 1
    with open(READY, "w") as stream:
        stream.write(wanted())
    if os.path.exists(BEGUN):
        os.remove(BEGUN)
    say("ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
