"""The command line: what it does, and one plain line for every argument and file it cannot take."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from raw_http import small_model, softmax

from leaklab import __main__ as cli
from leaklab.access import RemoteApi, Unreachable
from leaklab.models import Inputs, adapt
from leaklab.server import Keys, Server, list_keys, read_log

X = np.random.default_rng(0).normal(size=(40, 2, 2)).astype(np.float32)
NINES = 25 * "9"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "server.sqlite"


@pytest.fixture
def unprivileged():
    """A folder, and what takes from it, and from this process, the right to write there."""
    with tempfile.TemporaryDirectory() as folder:
        def end_writing():
            for file in Path(folder).iterdir():
                file.chmod(0o444)
            Path(folder).chmod(0o555)
            if os.geteuid() == 0:
                os.seteuid(65534)

        yield Path(folder), end_writing
        if os.getuid() == 0:
            os.seteuid(0)
        Path(folder).chmod(0o700)


@pytest.fixture
def interrupted(monkeypatch):
    """Servers are interrupted as soon as they serve, those of the list call first what is in it."""
    first = []

    def wait(server):
        for call in first:
            call(server)
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "wait", wait)
    return first


@pytest.fixture
def served(monkeypatch, interrupted):
    """Any file is the small model; the models that were served."""
    from leaklab import server

    seen, serve = {}, server.serve
    monkeypatch.setattr(cli, "_load", lambda *args: adapt(softmax, inputs=(2, 2), classes=3))
    monkeypatch.setattr(server, "serve", lambda models, **how: seen.update(models) or serve(models, **how))
    return seen


def said(capsys, args, rc=1):
    """The one line on stderr."""
    assert cli.main(list(map(str, args))) == rc
    err = capsys.readouterr().err
    assert "Traceback" not in err and err.endswith("\n") and err[:-1].isprintable()
    return err


def test_keys_are_added_listed_and_revoked(path, capsys):
    log = ["--log", str(path)]
    assert cli.main(["keys", "add", "Ada", "--budget", "9", "--hardening", "labels", *log]) == 0
    secret = capsys.readouterr().out.strip()
    with Keys(path) as keys:
        key = keys.check(secret)
    assert (key.name, key.budget, key.hardening) == ("Ada", 9, "labels")
    assert cli.main(["keys", "list", *log]) == 0
    shown = capsys.readouterr().out
    assert key.id in shown and secret not in shown
    assert cli.main(["keys", "revoke", key.id, *log]) == 0
    assert "no active key" in said(capsys, ["keys", "revoke", key.id, *log])


def test_a_saved_model_is_served(tmp_path, path, capsys, interrupted):
    from leaklab.training import SoftmaxRegression

    model = SoftmaxRegression(epochs=1).fit(X, np.arange(40) % 3, rng=0)
    model.save(tmp_path / "small.keras")
    assert cli.main(["keys", "add", "Ada", "--hardening", "rounded=1", "--log", str(path)]) == 0
    secret = capsys.readouterr().out.strip()
    seen = []

    def ask(server):
        with RemoteApi(server.url, secret, model="small") as api:
            seen.append(api.probabilities(X))

    interrupted.append(ask)
    assert cli.main(["serve", str(tmp_path / "small.keras"), "--port", "0", "--log", str(path)]) == 0
    np.testing.assert_allclose(seen[0], model.predict(X, verbose=0), atol=0.1)
    np.testing.assert_allclose(seen[0], seen[0].round(1))
    out = capsys.readouterr().out
    assert "small at http://127.0.0.1:" in out and out.endswith("\nStopping.\n")
    assert len(read_log(path, model="small").key) == 40


@pytest.mark.parametrize(("args", "word"), [
    (["serve"], "--demo"), (["serve", "missing.keras"], "missing.keras"), (["serve", os.devnull], "must be a file"),
    (["serve", "a/x.keras", "b/x.keras"], "one name"), (["serve", "a\n\x1b[2J.keras"], r"a\n\x1b[2J.keras"),
    (["serve", "m", "--port", "99999"], "port=99999"), (["serve", "m", "--port", "-1"], "port=-1"),
    (["serve", "m", "--host", ""], "host=''"), (["serve", "m", "--host", 99 * "a"], "no address"),
    (["serve", "m", "--range", "1", "0"], "LOW must be below HIGH"),
    (["serve", "m", "--range", "0", "nan"], "range=nan"),
    (["keys", "add", ""], "owner's name"), (["keys", "add", "\udcff"], "Unicode"),
    (["keys", "add", "a", "--hardening", "blur"], "blur"), (["keys", "add", "a", "--hardening", ",,,"], "''"),
    (["keys", "add", "a", "--hardening", f"topk={NINES}"], NINES), (["keys", "add", "a", "--rate", "1e-310"], "1e-06"),
    (["keys", "add", "a", "--rate", "nan"], "rate=nan"), (["keys", "add", "a", "--budget", str(2**62 + 1)], "budget="),
    (["keys", "list"], "does not exist"), (["keys", "revoke", "nobody"], "does not exist")])
def test_what_is_wrong_is_said_in_a_line(path, capsys, args, word):
    assert word in said(capsys, [*args, "--log", path])
    assert not path.exists() or args[:2] == ["keys", "add"]


@pytest.mark.parametrize("command", [["keys", "add", "a"], ["keys", "list"], ["keys", "revoke", "a"], ["serve", "m"]])
@pytest.mark.parametrize("kind", ["no name", "folder", "pipe", "text", "another program's", "damaged"])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, path, capsys, served, command, kind):
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "text":
        path.write_text("not a database at all " * 100)
    elif kind == "another program's":
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.executescript("CREATE TABLE keys (owner TEXT); CREATE TABLE requests (what TEXT);")
    elif kind == "damaged":
        with Keys(path) as keys:
            keys.add("a")
        path.write_bytes(path.read_bytes()[:4096] + 20000 * b"x")
    before = path.read_bytes() if path.is_file() else b""
    line = said(capsys, [*command, "--log", path if kind != "no name" else "", *["--port=0"] * (command[0] == "serve")])
    assert ("log=''" if kind == "no name" else str(path)) in line
    if command == ["keys", "list"]:
        assert before == (path.read_bytes() if path.is_file() else b"")
        assert [file.name for file in tmp_path.iterdir()] == [path.name] * (kind != "no name")


def test_a_locked_file_is_said_to_be_locked(path, capsys):
    with Keys(path) as keys:
        key = keys.check(keys.add("a"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked by another program" in said(capsys, ["keys", "revoke", key.id, "--log", path])


def test_a_full_disk_is_said_to_be_full(path, capsys, monkeypatch):
    from leaklab.server import keys

    def connect(path, connect=keys.connect, **how):
        connection = connect(path, **how)
        connection.execute("PRAGMA max_page_count = 1")  # no page more than there is
        return connection

    monkeypatch.setattr(keys, "connect", connect)
    assert "the disk is full" in said(capsys, ["keys", "add", 9999 * "a", "--log", path])


def test_where_nothing_can_be_written_keys_are_listed_and_none_is_revoked(unprivileged, capsys):
    folder, end_writing = unprivileged
    with Keys(folder / "s.sqlite") as keys:
        keys.add("Ada")
    end_writing()
    assert cli.main(["keys", "list", "--log", str(folder / "s.sqlite")]) == 0
    assert "Ada" in capsys.readouterr().out
    line = said(capsys, ["keys", "revoke", "a", "--log", folder / "s.sqlite"])
    assert "not writable" in line or "Permission denied" in line
    assert [file.name for file in folder.iterdir()] == ["s.sqlite"]


def test_listing_writes_nothing_while_a_server_runs_and_when_one_was_killed(tmp_path, path):
    with Keys(path) as keys:
        keys.add("in the log only")
        shutil.copytree(tmp_path, tmp_path / "killed")
        before = {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in tmp_path.iterdir() if file.is_file()}
        assert len(before) == 3  # the file, its log, and what readers share
        for folder in (tmp_path, tmp_path / "killed"):
            assert [key.name for key in list_keys(folder / path.name)] == ["in the log only"]
        assert before == {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in before}


@pytest.mark.parametrize("name", ["a\nffffffff  admin  0", "a\rffff", "\x1b[2J\x1b]0;gone\x07", "a\u202eb", "\x9bm"])
def test_a_name_is_shown_and_not_sent(path, capsys, name):
    with Keys(path) as keys:
        keys.add(name, hardening="labels")
        keys.add("Zoë 周")
    assert cli.main(["keys", "list", "--log", str(path)]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 4 and all(line.isprintable() for line in lines)
    assert repr(name)[1:-1] in lines[1] and "Zoë 周" in lines[2]


def test_numbers_are_listed_in_full(path, capsys):
    with Keys(path) as keys:
        for budget, rate in ((1_000_001, 1e-6), (2**62, 1_000_001), (0, 0.25)):
            keys.add("a", budget=budget, rate=rate)
    assert cli.main(["keys", "list", "--log", str(path)]) == 0
    rows = [line.split()[3:5] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["1,000,001", "1e-06"], ["4,611,686,018,427,387,904", "1,000,001"], ["0", "0.25"]]


def test_a_terminal_without_the_letters_gets_all_rows(path):
    with Keys(path) as keys:
        keys.add("Zoë")
        keys.add("last")
    done = subprocess.run([sys.executable, "-m", "leaklab", "keys", "list", "--log", path], capture_output=True,
                          env=os.environ | {"PYTHONIOENCODING": "ascii"}, timeout=60)
    assert done.returncode == 0 and rb"Zo\xeb" in done.stdout and b"last" in done.stdout


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True), ("::", True), ("0", True)])
def test_who_opens_the_server_to_the_network_is_warned(path, capsys, served, host, warned):
    cli.main(["serve", "m", "--host", host, "--port", "0", "--log", str(path)])
    assert ("anyone on the network" in capsys.readouterr().err) == warned


def test_a_declared_range_is_every_models(path, served, monkeypatch):
    monkeypatch.setattr(cli, "_demo", lambda: adapt(softmax, inputs=(2, 2), classes=3))
    own = adapt(softmax, inputs=Inputs((2, 2), low=0), classes=3)
    monkeypatch.setattr(cli, "_load", lambda path, args: own if path.stem == "b" else small_model()._model)
    assert cli.main(["serve", "a", "b", "--demo", "--range", "-9", "9", "--port", "0", "--log", str(path)]) == 0
    assert {name: (model.inputs.low, model.inputs.high) for name, model in served.items()} == {
        "a": (-9, 9), "b": (0, 9), "faces": (0, 1)}
    before = served["a"].queries
    with pytest.raises(ValueError, match=r"must lie in \[-9, 9\]"):
        served["a"].probabilities(np.full((1, 2, 2), 3e38))
    assert served["a"].queries == before


def test_an_interrupt_while_models_load_is_no_traceback(path, capsys, monkeypatch):
    def load(*args):
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(cli, "_load", load)
    assert cli.main(["serve", "m", "--log", str(path)]) == 130
    assert capsys.readouterr().err == "" and signal.getsignal(signal.SIGTERM) == before


SERVER = """
import sys
from raw_http import small_model
from leaklab import __main__ as cli
cli._load = lambda path, args: small_model()._model
sys.exit(cli.main(["serve", "model", "--port", "0", "--log", sys.argv[1]]))
"""


@contextlib.contextmanager
def running(path):
    """The command in a process of its own, and the address it says."""
    where = os.pathsep.join([os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")])
    child = subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, env=os.environ | {"PYTHONPATH": where})
    try:
        yield child, child.stdout.readline().split(";")[0].split()[-1]
    finally:
        child.kill()
        child.communicate()


def test_sigterm_loses_no_answer_that_was_paid_for(path):
    with Keys(path) as keys:
        secrets = [keys.add(str(i)) for i in range(16)]
        ids = [keys.check(secret).id for secret in secrets]
    begun = threading.Barrier(len(secrets) + 1)

    def ask(url, secret):
        with RemoteApi(url, secret, retries=0) as api:
            api.probabilities(X[:1])
            begun.wait(30)
            with contextlib.suppress(Unreachable):
                while True:
                    api.probabilities(X[:3])
            return api.queries

    with running(path) as (child, url), ThreadPoolExecutor(len(secrets)) as pool:
        asking = [pool.submit(ask, url, secret) for secret in secrets]
        begun.wait(30)
        while len(read_log(path, model="model").key) < 500:
            time.sleep(0.01)
        child.send_signal(signal.SIGTERM)
        answered = [each.result(30) for each in asking]
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (0, "Stopping.\n", "")
    log = read_log(path, model="model")
    assert [len(log.of(key).labels) for key in ids] == answered


def test_who_reads_no_further_gets_no_traceback(path):
    with Keys(path) as keys:
        for _ in range(3):
            keys.add(1000 * "long")
    child = subprocess.Popen([sys.executable, "-m", "leaklab", "keys", "list", "--log", path], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=os.environ)
    child.stdout.close()
    assert child.stderr.read() == b"" and child.wait(60) == 1
    child.stderr.close()


def test_a_file_named_as_sqlites_memory_is_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["keys", "add", "Ada", "--log", ":memory:"]) == 0 == cli.main(["keys", "list", "--log", ":memory:"])
    assert "Ada" in capsys.readouterr().out


@pytest.mark.parametrize(("args", "needed"), [
    ([], ("serve saved Keras models", "create, revoke and list API keys", "leaklab serve faces.keras")),
    (["serve"], ("--trust", "Lambda", "SavedModel")),
    (["keys", "add"], ("Each running server holds a rate of its own", "in its life"))])
def test_help_says_what_one_must_know(capsys, args, needed):
    with pytest.raises(SystemExit) as end:
        cli.main([*args, "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert end.value.code == 0 and all(part in text for part in needed)


FILES = {"Lambda.keras": "Lambda", "Lambda.h5": "Lambda", "folder": "SavedModel", "exported": "SavedModel"}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_no_file_is_run_unless_it_is_trusted(tmp_path, path, capsys, interrupted, name):
    import tensorflow as tf

    file, trace = tmp_path / name, str(tmp_path / "trace")

    def code(x):
        with open(trace, "a") as mark:
            mark.write("ran")
        return x

    model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Lambda(lambda x, run=code: run(x)),
                                 tf.keras.layers.Dense(3, "softmax")])
    if name == "exported":
        model.export(str(file))
    else:
        model.save(file, **{"save_format": "tf"} if name == "folder" else {})
    os.unlink(trace)
    line = said(capsys, ["serve", file, "--port", "0", "--log", path])
    assert FILES[name] in line and "pass --trust" in line and "run_code" not in line and str(file) in line
    assert not os.path.exists(trace)


def model_file(folder, kind):
    """A file that holds no model, or none that can be served."""
    import tensorflow as tf
    from tensorflow.keras import layers

    class Odd(layers.Layer):
        pass

    file, given = folder / ("m.h5" if kind == "weights alone" else "m.keras"), layers.Input((4,))
    if kind == "two inputs":
        tf.keras.Model([given, other := layers.Input((4,))], layers.Dense(3, "softmax")(given + other)).save(file)
    elif kind == "two outputs":
        tf.keras.Model(given, [layers.Dense(3, "softmax")(given)] * 2).save(file)
    elif kind == "any size":
        tf.keras.Sequential([layers.Input((None, None, 3)), layers.GlobalAveragePooling2D(),
                             layers.Dense(3, "softmax")]).save(file)
    elif kind == "custom layer":
        tf.keras.Sequential([given, Odd()]).save(file)
    elif kind == "weights alone":
        tf.keras.Sequential([given, layers.Dense(3)]).save_weights(file)
    else:
        settings = {"list": "[1]", "number": "1", "no JSON": "{", "deep": 99_999 * "[", "empty": "{}",
                    "unknown layer": '{"class_name": "\\u001b[2JLayer", "module": "keras.layers", "config": {}}',
                    "odd names": '{"class_name": ["a"], "module": 3, "config": {}}'}
        with zipfile.ZipFile(file, "w") as parts:
            parts.writestr("metadata.json", "{}")
            if kind in settings:
                parts.writestr("config.json", settings[kind])
    return file


@pytest.mark.parametrize(("kind", "word"), [
    ("two inputs", "takes 2 inputs"), ("two outputs", "gives 2 outputs"), ("any size", "of a fixed shape"),
    ("custom layer", "'Odd'"), ("weights alone", "holds no model"), ("unknown layer", r"\x1b[2JLayer"),
    ("list", "read"), ("number", "read"), ("no JSON", "read"), ("deep", "read"), ("empty", "read"),
    ("odd names", "read"), ("no config.json", "read")])
def test_a_file_that_cannot_be_served_is_refused_in_a_line(tmp_path, path, capsys, interrupted, kind, word):
    line = said(capsys, ["serve", model_file(tmp_path, kind), "--port", "0", "--log", path])
    assert word in line and len(line) < 400 and (str(tmp_path) in line or kind == "any size")
