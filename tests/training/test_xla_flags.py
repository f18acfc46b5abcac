"""What training does to the process: nothing on import; one flag for XLA, and no trace of it."""

import os
import re
import subprocess
import sys
from contextlib import nullcontext

import pytest
import tensorflow as tf

from leaklab.training.stack_step import SMALL, tune_xla

CHILD = """
import os, sys
import numpy as np, tensorflow
before = dict(os.environ)
import leaklab.training
assert dict(os.environ) == before
os.environ["XLA_FLAGS"] = before["XLA_FLAGS"] = sys.argv[1]
recipe = leaklab.training.MLP(hidden=(64,), epochs=1)
recipe.fit_many(np.ones((64, 64)), np.arange(64) % 2, np.ones((4, 64), bool), rng=0)
assert dict(os.environ) == before
"""


@pytest.mark.parametrize(("flags", "single"), [("", True), ("--xla_cpu_multi_thread_eigen=true", False)])
def test_products_are_on_one_thread_unless_the_user_says_otherwise(flags, single, tmp_path):
    """By the routines that the programs of another process call; the user's other flags are heard too."""
    env = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    subprocess.run([sys.executable, "-c", CHILD, f"{flags} --xla_dump_to={tmp_path}"], env=env, check=True, timeout=300)
    programs = "".join(path.read_text() for path in tmp_path.glob("*train*.ll"))
    routines = set(re.findall(r"@__xla_cpu_runtime_(\w*MatMul\w*)", programs))
    assert routines and {"SingleThreaded" in routine for routine in routines} == {single}


def test_nothing_is_told_on_stderr_but_what_others_say():
    """TensorFlow's and XLA's greetings are not for readers of a lesson; a message of anybody else is."""
    env = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    code = ("import os, threading, numpy as np, leaklab.training as t\n"
            "from leaklab.training import stack_step\n"
            "with stack_step._unannounced():\n    os.write(2, b'Compiled cluster using XLA! no\\nheard\\n')\n"
            "t.MLP(hidden=(4,), epochs=1).fit_many(np.ones((8, 3)), np.arange(8) % 2, np.ones((4, 8), bool), rng=0)\n")
    told = subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=300,
                          capture_output=True, text=True)
    assert told.stderr == "heard\n"


@pytest.mark.parametrize(("found", "read"), [
    (None, f"{SMALL} "), ("", f"{SMALL} "), (" ", f"{SMALL}  "), (" --xla_a=1 --xla_b", f"{SMALL}  --xla_a=1 --xla_b"),
    ("/etc/flags", None)])
@pytest.mark.parametrize("fails", [False, True])
def test_the_environment_is_put_back(found, read, fails, monkeypatch):
    if found is None:
        monkeypatch.delenv("XLA_FLAGS", raising=False)
    else:
        monkeypatch.setenv("XLA_FLAGS", found)
    seen = []

    def compile_now(*_, **__):
        seen.append(os.environ["XLA_FLAGS"])
        if fails:
            raise KeyboardInterrupt
        return lambda x: x

    monkeypatch.setattr(tf, "function", compile_now)
    with pytest.raises(KeyboardInterrupt) if fails and read else nullcontext():
        tune_xla.__wrapped__()
    assert seen == ([read] if read else [])
    assert os.environ.get("XLA_FLAGS") == found
