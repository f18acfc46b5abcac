"""Files that are no Keras models: what they seem to be, by their first bytes; and how a trusted pickle is opened."""

import bz2
import lzma
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

KERAS = {".keras", ".h5", ".hdf5"}
PICKLES = {".joblib", ".pkl", ".pickle", ".sav"}
TAKES = ("Leaklab reads Keras models (.keras, .h5, a SavedModel folder) and pickled scikit-learn models. Load any "
         "other yourself and pass a function that asks it, or serve it and ask by RemoteApi.")
FIRST = 1 << 20
"""Bytes of a file that are looked at: more than the longest block of bz2."""
LOOKS = [(re.compile(start, re.DOTALL), what) for start, what in (
    (rb"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", "a PyTorch file"),
    (rb"\x80[\x02-\x05]|c[\w.]+\n[\w.]+\n(?:p\d+\n|q\x00|\()|\([dl]p0\n|[}\]]q\x00", "a pickle"),
    (rb"\x04\x22\x4d\x18.{3}(?:.{8})?.{4}.{1,3}?\x80[\x02-\x05]", "a pickle"),  # in the first block of lz4
    (rb"(?:RD[XA][23]\n)?[XAB]\n[\x00\d]", "data of R (.rds)"), (rb".{3}\x00{5}\{", "a .safetensors file"),
    (rb"\x08[\x03-\x20][\x12\x1a\x22\x2a\x3a\x42]", "an ONNX model"),
    (rb"\x08\x01\x12", "a part of a SavedModel, which is loaded by its folder"),
    (rb".{4}TFL3", "a TensorFlow Lite model"), (rb"CBM1", "a CatBoost model"), (rb"tree\n", "a LightGBM model"),
    (rb"\x93NUMPY", "a NumPy array"), (rb"PAR1", "a Parquet table"), (rb"\$FL[23]", "an SPSS table"),
    (rb".{257}ustar", "a tar archive"),
    (rb"(?s:.*)<PMML", "a PMML model"), (rb"\s*<", "XML or HTML"), (rb"\s*[{\[]", "JSON"),
    (rb"[^\x00-\x08\x0e-\x1f]+$", "a text, such as a table"))]
PACKED: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": ("gzip", lambda data: zlib.decompressobj(31).decompress(data, 300)),
    b"x": ("zlib", lambda data: zlib.decompressobj().decompress(data, 300)),
    b"BZh": ("bz2", lambda data: bz2.BZ2Decompressor().decompress(data, 300)),
    b"\xfd7zXZ": ("xz", lambda data: lzma.LZMADecompressor(memlimit=1 << 28).decompress(data, 300)),
    b"]\x00\x00": ("lzma", lambda data: lzma.LZMADecompressor(memlimit=1 << 28).decompress(data, 300))}
MEMBERS = {"config.json": "a Keras model", "schema.json": "a skops file", "data.pkl": "a PyTorch file",
           "constants.pkl": "a PyTorch file", "model.ini": "an H2O model"}


def is_pickle(path: Path) -> bool:
    """Whether a file is a pickle, compressed or not; what Leaklab does not read is refused, by what it seems to be."""
    with path.open("rb") as file:
        data = file.read(FIRST)
    if not data:
        raise ValueError(f"{path} is empty. Save the model again.")
    kind = _kind(path, data)
    if kind == "a pickle" or (path.suffix.lower() in PICKLES and not kind):
        return True
    if data.startswith(b"\x89HDF\r\n\x1a\n") or path.suffix.lower() in KERAS:
        return False
    if kind == "a Keras model":
        raise ValueError(f"{path} seems to be a Keras model. Rename it to end in .keras.")
    if kind == "a skops file":
        raise ValueError(f"{path} seems to be a skops file. Load it with skops.io.load, look at the types that it "
                         "names, and pass the model.")
    raise ValueError(f"{path} {f'seems to be {kind}' if kind else 'is of no kind that is known'}. {TAKES}")


def _kind(path: Path, data: bytes) -> str:
    """What the first bytes look like; empty where they tell nothing. Little is decompressed, and nothing is run."""
    if data.startswith(b"PK"):
        return _zip(path)
    for start, (name, unpack) in PACKED.items():
        if data.startswith(start):
            try:
                inside = unpack(data)
            except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
                continue
            return _looks(inside) or f"a file compressed by {name}" if inside else ""
    return _looks(data)


def _looks(data: bytes) -> str:
    return next((what for start, what in LOOKS if start.match(data[:4096])), "")


def _zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as file:
            names = {name.rsplit("/", 1)[-1] for name in file.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a zip archive that is cut short"
    return next((what for name, what in MEMBERS.items() if name in names), "a zip archive")


def open_pickle(path: Path) -> Any:
    """The model in a pickle, whose code runs: a classifier, or a function."""
    import joblib

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model, error = joblib.load(path), None
        except (Exception, SystemExit) as raised:  # whatever its code does
            model, error = None, raised
    made = _versions([each.message for each in caught])
    if error is not None:
        raise ValueError(f"{path} {_reason(error)}.{f' It was {made}.' if made else ''}") from error
    if isinstance(model, type) or not (callable(model) or hasattr(model, "predict") or hasattr(model, "predict_proba")):
        raise ValueError(f"{path} holds {_shown(model)}: must be a fitted model. Take it out and save it alone.")
    for each in caught:
        if not hasattr(each.message, "original_sklearn_version"):
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if made:
        warnings.warn(f"{path} was {made}: its answers may differ from those it gave there. Compare some, or install "
                      "that version.", stacklevel=3)
    return model


def _versions(messages: list) -> str:
    """What scikit-learn warns of, once for all the parts of a model."""
    for each in messages:
        if hasattr(each, "original_sklearn_version"):
            return f"made by scikit-learn {each.original_sklearn_version}, and this is {each.current_sklearn_version}"
    return ""


def _reason(error: BaseException) -> str:
    first = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
    if isinstance(error, ModuleNotFoundError):
        return (f"needs the module {error.name!r}, which is not installed here: install its package, or the version of "
                "scikit-learn that made the file")
    if isinstance(error, AttributeError) and "Can't get attribute" in first:
        return f"needs code of the program that made it ({first}): load it there, and pass the model"
    if isinstance(error, EOFError) or re.search("truncated|exhausted|incomplete|end-of-stream", first):
        return f"is cut short: {first}"
    return f"cannot be opened: {first}"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list | tuple):
        parts = [f"{key!r}: {type(each).__name__}" for key, each in value.items()] if isinstance(value, dict) else [
            type(each).__name__ for each in value]
        return f"a {type(value).__name__} ({', '.join(parts[:5])}{', ...' if len(parts) > 5 else ''})"
    return f"the class {value.__name__}" if isinstance(value, type) else f"no model but a {type(value).__name__}"
