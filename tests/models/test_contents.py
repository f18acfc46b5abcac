"""Files whose settings or weights would run something: refused before Keras sees them, also in its safe mode."""

import io
import json
import os
import sys
import zipfile

import h5py
import numpy as np
import pytest
import tensorflow as tf

from leaklab.access import BlackBox
from leaklab.models import load_model
from leaklab.models.contents import Untrusted

layers = tf.keras.layers
pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


class Touch:
    """A pickle that leaves a trace where it is read."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return os.mkdir, (self.trace,)


def computing():
    """All that people write between layers."""
    x = given = tf.keras.Input((4, 4, 3))
    x = tf.image.resize(x / 255.0 - 0.5, (4, 4))[:, 1:, ::-1]
    x = tf.squeeze(tf.concat([tf.cast(x, "float32"), tf.nn.relu(x)], -1)[:, :1], 1)
    x = tf.where(x > 0, x, -x) + tf.keras.activations.tanh(tf.reduce_mean(x, axis=1, keepdims=True))
    x = layers.Dense(4, tf.nn.gelu, kernel_regularizer="l2", kernel_constraint="max_norm")(tf.reshape(x, (-1, 24)))
    x = layers.Dense(4, layers.LeakyReLU(), kernel_initializer=tf.keras.initializers.HeNormal())(x)
    model = tf.keras.Model(given, layers.Dense(3, "softmax")(layers.BatchNormalization()(x)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return tf.keras.Sequential([model])


def change(file, edit, weights=None):
    """Rewrite the settings in a file, and the weights of a ``.keras`` file."""
    if file.suffix == ".h5":
        with h5py.File(file, "r+") as h5:
            settings = json.loads(h5.attrs["model_config"])
            h5.attrs["model_config"] = json.dumps(edit(settings) or settings)
        return
    with zipfile.ZipFile(file) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    settings = json.loads(parts["config.json"])
    parts["config.json"] = json.dumps(edit(settings) or settings)
    if weights:
        del parts["model.weights.h5"]
        parts["model.weights.npz"] = weights
    with zipfile.ZipFile(file, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def write_file(settings, trace):
    """A layer that writes a file when the model is put together."""
    settings["config"]["layers"].append({
        "class_name": "TFOpLambda", "module": "keras.layers", "registered_name": "TFOpLambda", "name": "w",
        "config": {"name": "w", "function": "io.write_file"},
        "inbound_nodes": [["_CONSTANT_VALUE", -1, str(trace), {"contents": "ran"}]]})


def foreign_class(settings, trace):
    settings.update(module="beside", class_name="f", registered_name="f")


def foreign_type(settings, trace):
    return {"class_name": "__typespec__", "spec_name": "f", "module": "beside", "registered_name": None, "config": [1]}


def foreign_function(settings, trace):
    dense = next(layer for layer in settings["config"]["layers"] if layer["class_name"] == "Dense")
    dense["config"]["activation"] = {"class_name": "function", "module": "beside", "registered_name": "function",
                                     "config": "f"}


def foreign_name(settings, trace):
    dense = next(layer for layer in settings["config"]["layers"] if layer["class_name"] == "Dense")
    dense.update(module="beside", registered_name="f")


def pickled(settings, trace):
    pass


@pytest.mark.parametrize(("name", "edit", "message"), [
    ("m.keras", write_file, r"calls the function tf\.io\.write_file"),
    ("m.h5", write_file, r"calls the function tf\.io\.write_file"),
    ("m.keras", foreign_class, "class of your own: 'f'"),
    ("m.keras", foreign_type, "class of your own: '__typespec__'"),
    ("m.keras", foreign_name, "class of your own: 'Dense'"),
    ("m.keras", foreign_function, r"calls the function beside\.f"), ("m.keras", pickled, "may be pickles")])
def test_nothing_in_a_file_runs(tmp_path, monkeypatch, name, edit, message):
    trace = tmp_path / "trace"
    (tmp_path / "beside.py").write_text(f"open({str(trace)!r}, 'w')\ndef f(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)
    given = tf.keras.Input((4,))
    tf.keras.Model(given, layers.Dense(3)(given)).save(tmp_path / name)
    buffer = io.BytesIO()
    np.savez(buffer, **dict.fromkeys(("__root__", "_layer_checkpoint_dependencies\\dense"),
                                     np.array(Touch(trace), object)))
    change(tmp_path / name, lambda settings: edit(settings, trace), buffer.getvalue() if edit is pickled else None)
    with pytest.raises(ValueError, match=message):
        load_model(tmp_path / name)
    assert not trace.exists() and "beside" not in sys.modules


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_function_of_tensorflow_that_computes_is_none_to_refuse(tmp_path, name):
    model, x = computing(), np.random.default_rng(0).uniform(size=(2, 4, 4, 3)).astype(np.float32)
    model.save(tmp_path / name)
    np.testing.assert_allclose(BlackBox(load_model(tmp_path / name)).probabilities(x), model(x), atol=1e-6)


def test_a_lambda_runs_where_it_is_trusted(tmp_path):
    tf.keras.Sequential([layers.Input((2,)), layers.Lambda(lambda x: 2 * x)]).save(tmp_path / "m.keras")
    with pytest.raises(Untrusted, match="Lambda"):
        load_model(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras", run_code=True)(np.ones((1, 2))).numpy().tolist() == [[2, 2]]


def test_what_the_caller_has_registered_is_theirs(tmp_path):
    class Odd(layers.Layer):
        def call(self, x):
            return 2 * x

    with tf.keras.utils.custom_object_scope({"Odd": Odd}):
        tf.keras.Sequential([layers.Input((2,)), Odd(name="odd")]).save(tmp_path / "m.keras")
        assert load_model(tmp_path / "m.keras")(np.ones((1, 2))).numpy().tolist() == [[2, 2]]
    with pytest.raises(ValueError, match="class of your own: 'Odd'"):
        load_model(tmp_path / "m.keras")


def test_a_layer_that_reads_another_file_is_refused(tmp_path):
    words = tmp_path / "words"
    words.write_text("1\n2\n")
    model = tf.keras.Sequential([layers.Input((1,), dtype="int64"), layers.IntegerLookup(vocabulary=[1, 2])])
    model.save(tmp_path / "m.keras")
    load_model(tmp_path / "m.keras")

    def edit(settings):
        settings["config"]["layers"][-1]["config"]["vocabulary"] = str(words)

    change(tmp_path / "m.keras", edit)
    with pytest.raises(Untrusted, match="reads another file"):
        load_model(tmp_path / "m.keras")
