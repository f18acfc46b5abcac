"""An embedding as a small file that anybody can read: its layers as JSON, its weights in 16 bits."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab._bundled import bundled, restore
from leaklab.models.contents import examine

KINDS = ("Reshape", "Conv2D", "AveragePooling2D", "Flatten", "Dense", "Dropout", "UnitNormalization", "Rescaling")
"""Layers that a file may have: none of them runs code of the file."""
EPOCH = (1980, 1, 1, 0, 0, 0)
RECOGNIZER = bundled("data", "recognizer.npz")
"""The network that knows nobody; see data/README.md."""


def write(path: Path, body: tf.keras.Model) -> None:
    """The layers and weights of ``body``, with no date in them."""
    layers = [{"kind": type(layer).__name__, "config": layer.get_config()} for layer in body.layers
              if not isinstance(layer, tf.keras.layers.InputLayer)]
    _known(layers, path)
    for layer in layers:
        layer["config"] = {key: value for key, value in layer["config"].items()
                           if not key.endswith(("initializer", "regularizer", "constraint")) and key != "name"}
    about = {"shape": list(body.input_shape[1:]), "layers": layers}
    arrays = {"about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
              **{f"weights_{i:02}": w.astype(np.float16) for i, w in enumerate(body.get_weights())}}
    with zipfile.ZipFile(path, "w") as file:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def read(path: Path) -> tf.keras.Model:
    """The inverse of `write`, weights as float32."""
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            weights = [file[name].astype(np.float32) for name in sorted(file.files) if name != "about"]
        layers = [{"kind": layer["kind"], "config": {**layer["config"]}} for layer in about["layers"]]
        shape = tuple(about["shape"])
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no embedding: {error}. Write one with Embedding.save.") from error
    _known(layers, path)
    examine(path, layers)
    kinds = tf.keras.layers
    try:
        body = tf.keras.Sequential([kinds.Input(shape), *(
            getattr(kinds, layer["kind"]).from_config(layer["config"]) for layer in layers)])
        body.set_weights(weights)
    except (ValueError, TypeError, AttributeError) as error:
        said = str(error).split("\n")[0]
        raise ValueError(f"{path} is no embedding: its layers and weights do not fit together ({said}).") from error
    return body


def recognizer_file() -> Path:
    """Where the network is; refused where it is missing."""
    if not RECOGNIZER.exists():
        raise FileNotFoundError(restore(RECOGNIZER, "python tools/recognizer.py"))
    return RECOGNIZER


def _known(layers: Any, path: Path) -> None:
    for layer in layers:
        if layer["kind"] not in KINDS:
            v.fail("layer", layer["kind"], f"cannot stand in {path.name}", f"A file may have {', '.join(KINDS)}.")
