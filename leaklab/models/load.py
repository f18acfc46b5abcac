"""Models from files, without running code that lies in them."""

import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from leaklab import _validate as v
from leaklab.models.contents import Untrusted, refuse_code
from leaklab.models.pickles import is_pickle, open_pickle
from leaklab.models.recompile import compile_as_saved

PICKLE = "is a pickle, a program that does whatever its author wrote when it is opened"


def load_model(path: str | Path, *, run_code: bool = False, compiled: bool = False) -> Any:
    """A saved model: of Keras a ``.keras`` or ``.h5`` file, a SavedModel folder, or what ``model.export()`` wrote; a
    pickle, such as joblib writes of a scikit-learn classifier, compressed or not.

    Parameters
    ----------
    path : str or Path
    run_code : bool
        Whether code in the file may run, such as that of a Lambda layer: only for files whose author you trust with
        this machine. A pickle is code and nothing else. Without it, a ``.keras`` or ``.h5`` file may describe layers
        of Keras' own, and nothing else (`leaklab.models.contents`). A SavedModel is different: even without it, it is
        a program of TensorFlow operations, some of which read and write files.
    compiled : bool
        Whether a Keras model comes compiled, as `leaklab.training.Compiled` needs it, where its file says how: see
        `leaklab.models.recompile`.

    Returns
    -------
    tensorflow.keras.Model, or for an exported model a function that `adapt` takes, ``inputs`` and ``classes`` known, or
    what was pickled

    Warns
    -----
    UserWarning
        A pickle was made by another version of scikit-learn, or a model that should be compiled comes uncompiled.

    Raises
    ------
    ValueError
        In one sentence, whatever is wrong with the file, or what it is; ``Refused`` where it holds code.
    """
    path = Path(path)
    try:
        if _is_pickle(path):
            if not run_code:
                raise Untrusted(path, PICKLE)
            return open_pickle(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from error
    import tensorflow as tf  # a pickle does not wait for it
    from keras.src.saving.serialization_lib import SafeModeScope

    _refuse_keras_3(path)
    exported = path.is_dir() and not (path / "keras_metadata.pb").exists()
    try:
        if not run_code and not path.is_dir():
            refuse_code(path)
        with SafeModeScope(not run_code):
            model = tf.saved_model.load(str(path)) if exported else tf.keras.models.load_model(path, compile=False)
    except v.Refused:
        raise
    except Exception as error:  # h5py, zipfile, json, Keras and TensorFlow each have their own
        raise ValueError(_sentence(path, error)) from error
    if exported:
        return _exported(path, model)
    if compiled:
        compile_as_saved(model, path, run_code=run_code)
    return model


def _is_pickle(path: Path) -> bool:
    """Whether a file is a pickle; neither a pickle nor a Keras model is refused."""
    if not path.exists():
        v.fail("path", str(path), "is a link to nothing" if path.is_symlink() else "does not exist")
    if path.is_dir():
        if not any((path / name).exists() for name in ("saved_model.pb", "saved_model.pbtxt")):
            raise ValueError(f"{path} cannot be read as a Keras model: the folder holds no saved_model.pb.")
        return False
    if not path.is_file():  # a pipe or a device has no end
        v.fail("path", str(path), "must be a file or a folder")
    return is_pickle(path)


def _refuse_keras_3(path: Path) -> None:
    version = "2"
    with suppress(Exception), zipfile.ZipFile(path) as file:  # what else is wrong with the file shows when it is loaded
        version = str(json.loads(file.read("metadata.json"))["keras_version"])
    if not version.startswith("2"):
        raise ValueError(f"{path} was saved by Keras {version[:20]}, and this is Keras 2. Save it there with "
                         "model.export(folder), and load the folder.")


def _sentence(path: Path, error: Exception) -> str:
    first = " ".join(str(error).split()) or type(error).__name__
    if any(sign in first for sign in ("nknown layer", "Could not locate", "custom_objects", "instance of class Layer")):
        return (f"{path} needs a class of your own: {first[:120]}. Load it yourself with custom_objects={{...}} and "
                "pass the model.")
    return f"{path} cannot be read as a Keras model: {first[:160].rstrip('.')}."


def _exported(path: Path, loaded: Any):
    from leaklab.models.adapt import Function
    from leaklab.models.base import check_classes
    from leaklab.models.inputs import Inputs

    serve = loaded.signatures.get("serving_default") if hasattr(loaded, "signatures") else None
    if serve is None:
        raise ValueError(f"{path} has no 'serving_default' signature to ask. Save it with model.export().")
    taken, given = serve.structured_input_signature[1], serve.structured_outputs
    if len(taken) != 1 or len(given) != 1:
        raise ValueError(f"{path} takes {len(taken)} inputs and gives {len(given)} outputs: must be one of each.")
    name, answer = next(iter(taken)), next(iter(given))
    asked, told = taken[name].shape, given[answer].shape
    if not asked.rank or told.rank not in (1, 2) or (told.rank == 2 and told[1] is None):
        raise ValueError(f"{path} takes inputs of shape {asked} and answers with {told}: must be (n, ...) and "
                         "(n, classes).")
    inputs = Inputs(tuple(asked[1:]), taken[name].dtype.name)
    classes = check_classes(max(2, told[1] if told.rank == 2 else 1))
    return Function(lambda x: serve(**{name: x})[answer].numpy(), inputs, classes)
