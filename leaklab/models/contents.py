"""What a saved Keras file would run, read from its settings before Keras sees them.

The safe mode of Keras 2 refuses lambdas, and nothing else: settings may name any function of any module, which is
imported, and any TensorFlow function, such as one that writes a file, which is called while the model is put together;
weights may be pickles. Here the settings may name Keras' own classes, functions that compute, and what the caller has
registered.
"""

import functools
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from leaklab import _validate as v

CODE = {"Lambda", "__lambda__", "ClassMethod", "InstanceMethod", "InstanceProperty"}
PLAIN = {"__tuple__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "TensorShape", "TypeSpec"}
OPERATIONS = re.compile(
    r"(?:compat\.v1\.)?(?:(?:__operators__|bitwise|image|linalg|math|nn|signal|strings)\.\w[\w.]*"
    r"|keras\.(?:activations|losses)\.(?!get|deserialize)\w+|argsort|boolean_mask|broadcast_to|cast"
    r"|clip_by_(?:norm|value)|concat|convert_to_tensor|einsum|ensure_shape|expand_dims|eye|fill|gather|gather_nd"
    r"|identity|meshgrid|norm|one_hot|ones|ones_like|pad|random\.(?:normal|uniform)|range|rank|repeat|reshape|reverse"
    r"|roll|searchsorted|sequence_mask|shape|size|slice|sort|split|squeeze|stack|stop_gradient|strided_slice"
    r"|tensor_scatter_nd_(?:add|update)|tensordot|tile|transpose|unstack|where|zeros|zeros_like)")
"""TensorFlow functions that compute, and touch nothing else."""


class Untrusted(v.Refused):
    """A file that holds code; ``found`` says what, and that it did not run."""

    def __init__(self, path: Path, what: str):
        self.found = f"{path} {what}, which was not run."
        super().__init__(f"{self.found} If you trust its author with this machine: run_code=True.")


def refuse_code(path: Path) -> None:
    """Refuse a ``.keras`` or ``.h5`` file that does more than describe a model of Keras' own layers."""
    examine(path, _settings(path))


def refuse_compiling(path: Path, settings: dict) -> None:
    """Refuse an ``optimizer`` and a ``loss`` that are not Keras' own; a loss may be a name."""
    import tensorflow as tf

    examine(path, settings)
    loss = settings["loss"]
    if isinstance(loss, str) and loss not in _of_keras()[1] and not tf.keras.saving.get_registered_object(loss):
        raise v.Refused(f"{path} names a loss of your own: {loss!r}.")


def examine(path: Path, settings: Any) -> None:
    """Refuse settings of Keras objects, at any depth, that name anything but Keras' own."""
    for each in _dicts(settings):
        if isinstance(each.get("vocabulary"), str):
            raise Untrusted(path, f"reads another file ({each['vocabulary']!r})")
        if "class_name" in each:
            _check(path, each)


def _settings(path: Path) -> dict:
    if str(path).endswith(".keras") and zipfile.is_zipfile(path):  # as Keras decides it
        with zipfile.ZipFile(path) as file:
            if any(name.endswith(".npz") for name in file.namelist()):
                raise Untrusted(path, "holds its weights as .npz, which may be pickles (Python code)")
            settings = json.loads(file.read("config.json"))
        if isinstance(settings, dict):
            settings.pop("compile_config", None)  # Keras drops it too, and recompile.py has its own look
    else:
        import h5py

        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs:
                raise v.Refused(f"{path} holds no model, at most its weights. Save it with model.save().")
            settings = json.loads(file.attrs["model_config"])
    if not isinstance(settings, dict) or "class_name" not in settings:
        raise v.Refused(f"{path} cannot be read as a Keras model: its settings name no class.")
    return settings


def _dicts(settings: Any):
    waiting = [settings]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
        waiting += each.values() if isinstance(each, dict) else each if isinstance(each, list) else []


def _check(path: Path, settings: dict) -> None:
    """One object of the settings: its class, where it comes from, and what it calls."""
    import tensorflow as tf

    name, module, config = settings["class_name"], settings.get("module"), settings.get("config")
    if name in CODE:
        raise Untrusted(path, "holds Python code (a Lambda layer)" if "ambda" in name else f"calls methods ({name})")
    if name in PLAIN:
        return
    if name in ("TFOpLambda", "SlicingOpLambda"):
        function = str(config and config.get("function"))
        if not OPERATIONS.fullmatch(function):
            raise Untrusted(path, f"calls the function tf.{function}")
    registered = settings.get("registered_name", name)
    if tf.keras.saving.get_registered_object(config if name == "function" else registered):
        return
    classes, functions = _of_keras()
    ours = module in (None, "builtins", "keras") or module.startswith("keras.")
    if name == "function" and not (ours and config in functions):
        raise Untrusted(path, f"calls the function {module}.{config}")
    if name != "function" and not (ours and name in classes and registered in (None, name)):
        raise v.Refused(f"{path} needs a class of your own: {name!r}. Load it yourself with custom_objects={{...}} "
                        "and pass the model.")


@functools.cache
def _of_keras() -> tuple[set[str], set[str]]:
    """The names of Keras' classes and of its functions."""
    import tensorflow as tf
    from keras.src.layers import serialization

    keras, helpers = tf.keras, {"get", "serialize", "deserialize"}
    functions = {name for room in (keras.activations, keras.constraints, keras.initializers, keras.losses,
                                   keras.metrics, keras.regularizers) for name in dir(room)} - helpers
    serialization.populate_deserializable_objects()
    classes = {*serialization.LOCAL.ALL_OBJECTS, *dir(keras.mixed_precision), "LossScaleOptimizerV3",
               *dir(keras.optimizers), *dir(keras.optimizers.legacy), *dir(keras.optimizers.schedules)} - helpers
    return functions | classes, functions
