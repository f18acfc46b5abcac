"""Compiled models from files: optimizer, loss and number of batches come back, and nothing of the file's runs."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf

from leaklab.models import load_model
from leaklab.training import Compiled

layers, optimizers, losses = tf.keras.layers, tf.keras.optimizers, tf.keras.losses
pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
FILES = {"m.keras": {}, "m.h5": {}, "folder": {"save_format": "tf"}}
OPTIMIZERS = {
    "name": lambda: "adam", "adam": lambda: optimizers.Adam(0.02, clipnorm=1.0),
    "schedule": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.5), momentum=0.9),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1), "legacy": lambda: optimizers.legacy.Adam(0.02),
    "scaled": lambda: tf.keras.mixed_precision.LossScaleOptimizer(optimizers.Adam(0.02)),
    "legacy schedule": lambda: optimizers.legacy.SGD(optimizers.schedules.CosineDecay(0.1, 100))}
LOSSES = {"name": "sparse_categorical_crossentropy", "function": losses.sparse_categorical_crossentropy,
          "logits": losses.SparseCategoricalCrossentropy(from_logits=True)}


def trained(optimizer="adam", loss=LOSSES["logits"], metrics=("accuracy",)):
    model = tf.keras.Sequential([layers.Input((4,)), layers.Rescaling(2.0), layers.GaussianNoise(0.1), layers.Dense(3),
                                 layers.BatchNormalization(), layers.Dropout(0.1), layers.Dense(2)])
    model.compile(optimizer, loss, metrics=list(metrics))
    model.fit(X, Y, batch_size=16, epochs=4, verbose=0)
    return model


def config_of(optimizer):
    return json.loads(json.dumps(optimizer.get_config(), default=lambda each: each.get_config() if hasattr(
        each, "get_config") else float(each)))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("optimizer", "loss"), [
    *((each, "logits") for each in OPTIMIZERS), *(("adam", each) for each in LOSSES)])
def test_it_comes_back_as_it_was_compiled(tmp_path, name, optimizer, loss):
    model = trained(OPTIMIZERS[optimizer](), LOSSES[loss])
    model.save(tmp_path / name, **FILES[name])
    assert load_model(tmp_path / name).compiled_loss is None
    loaded = load_model(tmp_path / name, compiled=True)
    assert type(loaded.optimizer) is type(model.optimizer)
    assert config_of(loaded.optimizer) == config_of(model.optimizer)
    a, b = (np.asarray(losses.get(each.loss)(Y, model(X))) for each in (model, loaded))
    np.testing.assert_allclose(a, b)
    unknown = name == "m.keras" and "legacy" in optimizer  # Keras leaves it out
    assert int(loaded.optimizer.iterations) == (0 if unknown else 12)


@pytest.mark.parametrize("name", FILES)
def test_shadow_models_train_as_if_the_model_were_never_saved(tmp_path, name):
    model = trained(OPTIMIZERS["schedule"]())
    model.save(tmp_path / name, **FILES[name])
    first, second = (Compiled(model=each, epochs=3, answers="logits").fit(X, Y, rng=0)
                     for each in (model, load_model(tmp_path / name, compiled=True)))
    assert int(second.optimizer.iterations) == 6
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_metrics_of_ones_own_do_not_matter_and_a_loss_of_ones_own_does(tmp_path, name):
    def mine(y, p):
        return losses.sparse_categorical_crossentropy(y, p)

    trained(metrics=[mine]).save(tmp_path / name, **FILES[name])
    assert load_model(tmp_path / name, compiled=True).loss is not None
    trained(loss=mine).save(tmp_path / name, **FILES[name])
    with pytest.warns(UserWarning, match="comes uncompiled.*mine"):
        model = load_model(tmp_path / name, compiled=True)
    assert model.compiled_loss is None and model(X).shape == (40, 2)
    with tf.keras.utils.custom_object_scope({"mine": mine}):
        assert load_model(tmp_path / name, compiled=True).loss is mine


def test_a_file_that_does_not_say_how_gives_an_uncompiled_model(tmp_path):
    tf.keras.Sequential([layers.Input((4,)), layers.Dense(2)]).save(tmp_path / "m.h5")
    assert load_model(tmp_path / "m.h5", compiled=True).optimizer is None


FUNCTION = {"module": "beside", "class_name": "function", "config": "f", "registered_name": "function"}
LAMBDA = {"module": "builtins", "class_name": "function", "registered_name": "function",
          "config": {"class_name": "__lambda__", "config": {"value": "4wEA"}}}
SMUGGLED = {
    "module": {"loss": FUNCTION}, "os": {"loss": {**FUNCTION, "module": "os", "config": "getcwd"}},
    "class": {"loss": {"module": "beside", "class_name": "f", "config": {}, "registered_name": "f"}},
    "lambda": {"loss": {"class_name": "__lambda__", "config": {"value": "4wEA"}}},
    "inside": {"loss": {"module": "keras.losses", "class_name": "LossFunctionWrapper", "registered_name": None,
                        "config": {"fn": FUNCTION}}},
    "name": {"loss": "deserialize"}, "dotted": {"loss": "module.f"}, "list": {"loss": [FUNCTION]},
    "operation": {"loss": {"class_name": "TFOpLambda", "config": {"name": "w", "function": "io.write_file"}}},
    "optimizer": {"optimizer": {"module": "beside", "class_name": "f", "config": {}, "registered_name": "f"}},
    "rate": {"optimizer": {"module": "keras.optimizers", "class_name": "SGD", "registered_name": None, "config": {
        "learning_rate": FUNCTION}}},
    "nothing": {"loss": None}, "number": {"optimizer": 3},
}


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder, model = tmp_path_factory.mktemp("honest"), trained()
    for name in ("m.keras", "m.h5"):
        model.save(folder / name)
    return folder


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
@pytest.mark.parametrize("kind", SMUGGLED)
def test_nothing_named_by_the_settings_is_imported(honest, tmp_path, monkeypatch, name, kind):
    trace = tmp_path / "trace"
    (tmp_path / "beside.py").write_text(f"open({str(trace)!r}, 'w')\ndef f(*x, **y):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)
    path = Path(shutil.copy(honest / name, tmp_path))
    rewrite(path, SMUGGLED[kind])
    with pytest.warns(UserWarning, match="comes uncompiled"):
        assert load_model(path, compiled=True).optimizer is None
    assert not trace.exists() and "beside" not in sys.modules


def test_metrics_are_not_even_read(honest, tmp_path):
    path = Path(shutil.copy(honest / "m.keras", tmp_path))
    rewrite(path, {"metrics": [LAMBDA, FUNCTION]})
    assert load_model(path, compiled=True).optimizer is not None


def rewrite(path, change):
    """Other settings of ``compile`` in a file."""
    if path.suffix == ".h5":
        with h5py.File(path, "r+") as h5:
            change = {"optimizer_config" if key == "optimizer" else key: value for key, value in change.items()}
            h5.attrs["training_config"] = json.dumps({**json.loads(h5.attrs["training_config"]), **change})
        return
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    config = json.loads(parts["config.json"])
    config["compile_config"].update(change)
    parts["config.json"] = json.dumps(config)
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
