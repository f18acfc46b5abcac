"""How a saved Keras model was compiled: its optimizer, its loss, and on how many batches it was trained."""

import json
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from leaklab.models.contents import refuse_compiling


def compile_as_saved(model: Any, path: Path, *, run_code: bool) -> None:
    """Compile ``model`` with the optimizer and the loss that its file names; metrics are left out.

    ``model.optimizer.iterations`` is the number of batches it was trained on, 0 where the file does not say. The rest
    of the optimizer's state stays in the file. An optimizer or a loss that is not Keras' own leaves the model
    uncompiled, with a warning that says why.
    """
    import tensorflow as tf
    from keras.src.saving.serialization_lib import SafeModeScope

    try:
        settings, batches = _saved(path)
        if settings is None:
            return
        settings = {"optimizer": settings.get("optimizer", settings.get("optimizer_config")), "loss": settings["loss"]}
        if not run_code:
            refuse_compiling(path, settings)
        with SafeModeScope(not run_code):
            optimizer = _made(settings["optimizer"], tf.keras.optimizers.get)
            loss = _made(settings["loss"], partial(tf.keras.losses.deserialize, use_legacy_format=True))
        if not callable(loss):
            raise ValueError("its file names no loss")
        optimizer.iterations.assign(batches)
        model.compile(optimizer, loss)
    except Exception as error:  # a custom name, or whatever Keras makes of broken settings
        why = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        warnings.warn(f"The model comes uncompiled, so call its compile yourself: {why}.", stacklevel=3)


def _made(settings: Any, make: Callable) -> Any:
    """The object that settings describe; ``make`` reads a name, and the settings of an ``.h5`` file."""
    import tensorflow as tf

    now = isinstance(settings, dict) and "module" in settings
    return tf.keras.saving.deserialize_keras_object(settings) if now else make(settings)


def _saved(path: Path) -> tuple[dict | None, int]:
    """The settings of ``compile``, None where there are none, and the number of batches."""
    import h5py

    if path.is_dir():
        return _of_folder(path)
    if zipfile.is_zipfile(path):
        with (zipfile.ZipFile(path) as file, file.open("model.weights.h5") as weights,
              h5py.File(weights, "r") as h5):
            return json.loads(file.read("config.json")).get("compile_config"), _count(h5.get("optimizer/vars/0"))
    with h5py.File(path, "r") as h5:
        state, settings = h5.get("optimizer_weights"), h5.attrs.get("training_config")
        counters = [name for name in state.attrs["weight_names"] if "iter" in str(name)] if state else []
        return settings and json.loads(settings), _count(state[counters[0]] if counters else None)


def _of_folder(path: Path) -> tuple[dict | None, int]:
    import tensorflow as tf
    from keras.protobuf import saved_metadata_pb2

    metadata = saved_metadata_pb2.SavedMetadata()
    metadata.ParseFromString((path / "keras_metadata.pb").read_bytes())
    root = next(node for node in metadata.nodes if node.node_path == "root")
    state = tf.train.load_checkpoint(str(path / "variables" / "variables"))
    names = [f"optimizer/{name}/.ATTRIBUTES/VARIABLE_VALUE" for name in ("_iterations", "iter")]
    counts = [int(state.get_tensor(name)) for name in names if state.has_tensor(name)]
    return json.loads(root.metadata).get("training_config"), max(counts, default=0)


def _count(saved: Any) -> int:
    """The number in a data set of an HDF5 file, 0 where there is none."""
    return int(saved[()]) if saved is not None and saved.shape == () and saved.dtype.kind in "iu" else 0
