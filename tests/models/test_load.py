"""Saved models: each kind is read, or refused in one sentence; code in a file does not run unless asked."""

import json
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from leaklab.__main__ import main
from leaklab.access import BlackBox, WhiteBox
from leaklab.models import load_model

layers = tf.keras.layers
X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def plain():
    return tf.keras.Sequential([layers.Input((4,)), layers.Dense(3), layers.Softmax()])


def hostile(trace):
    """A Lambda whose code leaves a trace wherever it runs."""
    def code(x, trace=trace):
        with open(trace, "a") as file:
            file.write("ran")
        return x

    return tf.keras.Sequential([layers.Input((4,)), layers.Lambda(lambda x: code(x)), layers.Dense(3, "softmax")])


SAVED = {"m.keras": {}, "m.h5": {}, "folder": {"save_format": "tf"}}


@pytest.mark.parametrize("name", SAVED)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_what_keras_saves_is_a_white_box(tmp_path, name):
    model = plain()
    model.save(tmp_path / name, **SAVED[name])
    np.testing.assert_allclose(WhiteBox.load(tmp_path / name).probabilities(X), model(X), atol=1e-6)


def test_what_export_writes_is_a_black_box(tmp_path):
    model = plain()
    model.export(str(tmp_path / "exported"))
    access = BlackBox(load_model(tmp_path / "exported"))
    np.testing.assert_allclose(access.probabilities(X), model(X), atol=1e-6)
    with pytest.raises(ValueError, match="WhiteBox needs GRADIENTS"):
        WhiteBox.load(tmp_path / "exported")


@pytest.mark.parametrize("name", SAVED)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_code_in_a_file_does_not_run(tmp_path, name):
    trace = tmp_path / "trace"
    hostile(str(trace)).save(tmp_path / name, **SAVED[name])
    trace.unlink()
    try:
        load_model(tmp_path / name)
    except ValueError as refusal:
        assert "holds Python code (a Lambda layer), which was not run" in str(refusal)
        assert "run_code=True" in str(refusal)
    assert not trace.exists()


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_code_runs_where_it_is_trusted(tmp_path):
    model = tf.keras.Sequential([layers.Input((4,)), layers.Lambda(lambda x: 2 * x), layers.Dense(2, "softmax")])
    model.save(tmp_path / "m.h5")
    np.testing.assert_allclose(WhiteBox.load(tmp_path / "m.h5", run_code=True).probabilities(X), model(X), atol=1e-6)


class Odd(layers.Layer):
    def call(self, x):
        return 2 * x


def broken(path, kind):
    if kind == "missing":
        return path / "nowhere.keras"
    if kind == "custom":
        tf.keras.Sequential([layers.Input((4,)), Odd(), layers.Dense(2, "softmax")]).save(path / "m.keras")
    elif kind == "text":
        (path / "m.keras").write_text("no model")
    elif kind == "h5":
        (path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
        return path / "m.h5"
    elif kind == "Keras 3":  # as it writes them: another version, other names in the settings
        plain().save(path / "two.keras")
        with zipfile.ZipFile(path / "two.keras") as two, zipfile.ZipFile(path / "m.keras", "w") as three:
            for name in two.namelist():
                text = two.read(name)
                if name == "metadata.json":
                    text = json.dumps({"keras_version": "3.8.0", "date_saved": "2026-01-01@00:00:00"})
                if name == "config.json":
                    text = text.replace(b"batch_input_shape", b"batch_shape")
                three.writestr(name, text)
    elif kind == "cut":
        plain().save(path / "m.keras")
        whole = (path / "m.keras").read_bytes()
        (path / "m.keras").write_bytes(whole[:len(whole) // 2])
    elif kind == "folder":
        (path / "m.keras").mkdir()
    return path / "m.keras"


@pytest.mark.parametrize(("kind", "message"), [
    ("missing", "does not exist"), ("Keras 3", r"was saved by Keras 3\.8\.0, and this is Keras 2.*model\.export"),
    ("custom", "needs a class of your own.*custom_objects"),
    ("text", "cannot be read as a Keras model"), ("h5", "cannot be read as a Keras model"),
    ("cut", "cannot be read as a Keras model"), ("folder", "cannot be read as a Keras model")])
def test_one_sentence_for_a_file_that_is_no_model(tmp_path, capsys, kind, message):
    path = broken(tmp_path, kind)
    with pytest.raises(ValueError, match=message) as refusal:
        WhiteBox.load(path)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400
    assert main(["serve", str(path)]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and len(said.strip().splitlines()) == 1
