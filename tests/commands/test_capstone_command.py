"""``leaklab capstone``: a full round between two processes, and one plain line for what cannot be played."""

import os
import re
import signal
import subprocess
import sys

import pytest

from leaklab import __main__ as cli
from leaklab.course import Rules
from leaklab.course.capstone import contest
from leaklab.server import Keys

COMMAND = [sys.executable, "-m", "leaklab", "capstone"]
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


def test_a_full_round_between_processes(tmp_path, capsys):
    """Blue serves from one process; a red attacks from another, one from this, each with its key."""
    serving = subprocess.Popen([*COMMAND, "serve", "--epochs", "5", "--budget", "1000", "--red", "Ada", "--red", "Bo",
                                "--port", "0", "--log", str(tmp_path / "class.sqlite")], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=QUIET)
    try:
        url = re.search(r"http://\S+?(?=;)", serving.stdout.readline())[0]
        keys = dict(serving.stdout.readline().strip().split(": ") for _ in range(2))
        done = subprocess.run([*COMMAND, "attack", url, "--key", keys["Ada"]], capture_output=True, text=True,
                              timeout=300, env=QUIET)
        assert done.stdout.strip() == "handed in 1000 scores after 1,000 queries", done.stderr
        own = tmp_path / "mine.txt"
        own.write_text("\n".join(str(i % 7) for i in range(1000)))
        assert cli.main(["capstone", "attack", url, "--key", keys["Bo"], "--scores", str(own)]) == 0
        assert cli.main(["capstone", "attack", url, "--key", keys["Ada"]]) == 1
        said = capsys.readouterr()
        assert said.out == "handed in 1000 scores after 0 queries\n" and "query budget" in said.err
        serving.send_signal(signal.SIGTERM)
        board, errors = serving.communicate(timeout=60)
    finally:
        serving.kill()
        serving.wait()
    assert serving.returncode == 0, errors
    assert re.search(r"^accuracy 0\.\d\d \[.*must reach 0\.67: (reached|missed) with 0\.\d{3}$", board, re.M)
    assert re.search(r"^Ada +AUC 0\.\d\d \[.*1,000 queries  (red|blue) wins$", board, re.M)
    assert re.search(r"^Bo +AUC .* 0 queries ", board, re.M)


@pytest.fixture
def small(monkeypatch):
    rules = Rules(candidates=100, unseen=100, most_people=500)
    monkeypatch.setattr(contest, "Rules", lambda: rules)


def test_alone(small, capsys):
    assert cli.main(["capstone", "play", "--epochs", "1", "--seed", "0", "--people", "100"]) == 0
    out = capsys.readouterr().out
    assert out.count(" wins") == 3 and "III patience" in out


@pytest.mark.parametrize("args, word", [
    (["serve"], "--red NAME"), (["serve", "--red", "Ada", "--people", "3"], "people=3"),
    (["serve", "--red", "Ada", "--answers", "blur"], "blur"), (["play", "--budget", "5"], "One question"),
    (["serve", "--red", "", "--people", "100", "--epochs", "1", "--port", "0"], "owner's name"),
    (["attack", "http://127.0.0.1:1", "--key", ""], "LEAKLAB_KEY"),
    (["attack", "nowhere", "--key", "k"], "must be http"), (["play", "--seed", "-1"], "seed=-1"),
    (["serve", "--red", "Ada", "--seed", "7"], "could find it by trying"),
    (["attack", "http://127.0.0.1:1", "--key", "k", "--scores", "mine.txt"], "mine.txt, line 2: 'two' is not a number"),
    (["attack", "http://127.0.0.1:1", "--key", "k", "--scores", "none.txt"], "none.txt")])
def test_one_plain_line_for_what_cannot_be_played(small, tmp_path, capsys, monkeypatch, args, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("1\ntwo\n")
    assert cli.main(["capstone", *args]) == 1
    err = capsys.readouterr().err
    assert word in err and "Traceback" not in err and err.count("\n") == 1


def test_a_file_with_keys_of_another_round_is_refused(small, tmp_path, capsys, monkeypatch):
    """The default is no file of `leaklab serve`, so keys of that one are not meant either."""
    monkeypatch.chdir(tmp_path)
    with Keys("leaklab-capstone.sqlite") as keys:
        keys.add("Ada")
    serve = ["capstone", "serve", "--red", "Bo", "--people", "100", "--epochs", "1", "--port", "0"]
    assert cli.main(serve) == 1
    assert "log='leaklab-capstone.sqlite': holds active keys" in capsys.readouterr().err
