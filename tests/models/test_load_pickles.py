"""Files that are no Keras models: a pickle is not opened unless trusted, and any other is named and refused."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
import zlib

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leaklab.access import BlackBox
from leaklab.models import load_model
from leaklab.models.contents import Untrusted

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.where(X[:, 0] > 0, "yes", "no")
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
PACK = {"plain": bytes, "zlib": zlib.compress, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
        "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE)}


class Touch:
    """A pickle that leaves a trace where it is read."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return os.mkdir, (self.trace,)


@pytest.mark.parametrize("name", ["m.joblib", "m.pkl", "m", "m.h5", "m.keras", "m.csv"])
@pytest.mark.parametrize("pack", PACK)
@pytest.mark.parametrize("protocol", [0, 1, 2, 5])
def test_a_pickle_is_not_opened_whatever_its_name(tmp_path, name, pack, protocol):
    trace, path = tmp_path / "trace", tmp_path / name
    path.write_bytes(PACK[pack](pickle.dumps(Touch(trace), protocol=protocol)))
    with pytest.raises(Untrusted, match=r"is a pickle, a program.*was not run.*run_code=True"):
        load_model(path)
    assert not trace.exists()
    with pytest.raises(ValueError, match="holds no model but a NoneType"):
        load_model(path, run_code=True)
    assert trace.exists()


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)])
def test_what_joblib_writes_is_a_black_box(tmp_path, compress):
    joblib.dump(MODEL, tmp_path / "m", compress=compress)
    model = load_model(tmp_path / "m", run_code=True)
    np.testing.assert_array_equal(BlackBox(model).probabilities(X), MODEL.predict_proba(X))
    assert BlackBox(model).classes == ("no", "yes")


def test_large_arrays_in_bz2_are_recognized(tmp_path):
    model = LogisticRegression().fit(X, Y)
    model.ballast = np.random.default_rng(0).bytes(3_000_000)
    joblib.dump(model, tmp_path / "m", compress=("bz2", 9))
    with pytest.raises(Untrusted):
        load_model(tmp_path / "m")


def test_lz4_is_recognized_and_needs_its_package(tmp_path):
    data = pickle.dumps(MODEL)
    frame = b"\x04\x22\x4d\x18\x64\x40\xa7" + (20).to_bytes(4, "little") + b"\xf0\x01" + data[:16]
    (tmp_path / "m").write_bytes(frame + bytes(4))
    with pytest.raises(Untrusted):
        load_model(tmp_path / "m")
    with pytest.raises(ValueError, match="LZ4"):
        load_model(tmp_path / "m", run_code=True)


@pytest.mark.parametrize("pack", ["gzip", "zlib", "bz2", "xz"])
def test_a_bomb_is_not_unpacked(tmp_path, pack):
    (tmp_path / "m.pkl").write_bytes(PACK[pack](b"\x80\x04" + bytes(200_000_000)))
    code = ("import resource, sys; from leaklab.models import load_model\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            f"try: load_model({str(tmp_path / 'm.pkl')!r})\n"
            "except ValueError as error: assert 'is a pickle' in str(error)\n"
            "assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000")
    subprocess.run([sys.executable, "-c", code], check=True)


# What is wrong with a pickle is said in one sentence

def broken(data):
    return data[:len(data) // 2]


def with_module(name):
    return pickle.dumps(MODEL).replace(b"sklearn.pipeline", name)


@pytest.mark.parametrize(("data", "message"), [
    (with_module(b"xgboost.sklearns"), "needs the module 'xgboost', which is not installed"),
    (pickle.dumps(MODEL).replace(b"\x8c\x08Pipeline", b"\x8c\x08Pipelinf"), "needs code of the program that made it"),
    (broken(pickle.dumps(MODEL)), "is cut short"), (broken(gzip.compress(pickle.dumps(MODEL))), "is cut short"),
    (broken(zlib.compress(pickle.dumps(MODEL))), "is cut short"),
    (broken(bz2.compress(pickle.dumps(MODEL))), "is cut"),
    (b"\x80\x04garbage", "cannot be opened"),
    (pickle.dumps({"model": MODEL, "columns": ["a"]}), r"holds a dict \('model': Pipeline, 'columns': list\)"),
    (pickle.dumps([MODEL]), r"holds a list \(Pipeline\)"), (pickle.dumps(X), "no model but a ndarray"),
    (pickle.dumps(LogisticRegression), "holds the class LogisticRegression"),
    (b"\x80\x04csys\nexit\n(X\x02\x00\x00\x00nooR.", "cannot be opened")], ids=range(12))
def test_what_is_wrong_with_a_pickle(tmp_path, data, message):
    (tmp_path / "m.pkl").write_bytes(data)
    with pytest.raises(ValueError, match=message) as refusal:
        load_model(tmp_path / "m.pkl", run_code=True)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400


def test_another_version_of_scikit_learn_is_said_once(tmp_path):
    other = pickle.dumps(MODEL).replace(sklearn.__version__.encode(), b"0" * len(sklearn.__version__))
    (tmp_path / "m.pkl").write_bytes(other)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_model(tmp_path / "m.pkl", run_code=True)
    told = [each for each in caught if each.category is not ResourceWarning]
    assert [each.category for each in told] == [UserWarning] and not isinstance(told[0].message,
                                                                              InconsistentVersionWarning)
    assert f"made by scikit-learn 00000, and this is {sklearn.__version__}" in str(told[0].message)
    (tmp_path / "m.pkl").write_bytes(other[:-20])
    with pytest.raises(ValueError, match=r"cut short.*It was made by scikit-learn 00000"):
        load_model(tmp_path / "m.pkl", run_code=True)


# Files of other kinds

def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, pickle.dumps(Touch("nowhere")))
    return buffer.getvalue()


def arrays(save):
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


OTHERS = {
    "m.pt": (zipped("m/data.pkl", "m/version"), "a PyTorch file"),
    "m.pth": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", "a PyTorch file"),
    "m.skops": (zipped("schema.json"), "a skops file.*skops.io.load"),
    "m.zip": (zipped("a.txt"), "a zip archive"), "empty.zip": (zipped(), "a zip archive"),
    "cut.zip": (zipped("a.txt")[:30], "a zip archive that is cut short"),
    "m.npz": (arrays(lambda file: np.savez(file, a=X)), "a zip archive"),
    "m.npy": (arrays(lambda file: np.save(file, X)), "a NumPy array"),
    "m.onnx": (b"\x08\x08\x12\x07skl2onnx\x1a\x061.14.0", "an ONNX model"),
    "saved_model.pb": (b"\x08\x01\x12\xb7\x03\x0a", "a part of a SavedModel"),
    "m.safetensors": ((200).to_bytes(8, "little") + b'{"__metadata__":{"format":"pt"}}', "a .safetensors file"),
    "m.pmml": (b'<?xml version="1.0"?>\n<PMML version="4.4">', "a PMML model"),
    "page.html": (b"<!DOCTYPE html><html>", "XML or HTML"),
    "m.rds": (gzip.compress(b"X\n\0\0\0\3\0\4\2\0"), r"data of R \(.rds\)"), "m.rda": (b"RDX3\nX\n\0\0", "data of R"),
    "m.json": (json.dumps({"learner": {}}).encode(), "JSON"), "m.lgb": (b"tree\nversion=v4\n", "a LightGBM model"),
    "m.cbm": (b"CBM1\x10\0", "a CatBoost model"), "m.tflite": (b"\x1c\0\0\0TFL3\0", "a TensorFlow Lite model"),
    "table.csv": (b"age,dose\n1,2\n", "a text, such as a table"), "one.csv": (b"cat\ndog\npig\n", "a text"),
    "x.csv": (b"x,y\n1,2\n", "a text"), "named.pkl": (b"age,dose\n1,2\n", "a text"),
    "table.csv.gz": (gzip.compress(b"age,dose\n1,2\n"), "a text"), "table.parquet": (b"PAR1\x15\4", "a Parquet table"),
    "survey.sav": (b"$FL2@(#) SPSS DATA FILE\x02\0\0\0", "an SPSS table"),
    "noise.bin": (bytes(range(7, 99)), "of no kind that is known"), "none.h5": (b"", "is empty"),
    "other.zip": (zipped("config.json", "metadata.json"), "a Keras model. Rename it"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("run_code", [False, True])
def test_what_is_no_model_of_leaklabs_is_named(tmp_path, monkeypatch, name, run_code):
    monkeypatch.chdir(tmp_path)
    data, message = OTHERS[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=message) as refusal:
        load_model(tmp_path / name, run_code=run_code)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400 + len(str(tmp_path))
    assert not (tmp_path / "nowhere").exists()


def test_paths_that_lead_to_no_file(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "folder").mkdir()
    for name, message in {"pipe": "must be a file", "a": "is a link to nothing", "folder": "holds no saved_model.pb",
                          "none": "does not exist", "x" * 300: "cannot be read: File name too long"}.items():
        with pytest.raises(ValueError, match=message):
            load_model(tmp_path / name, run_code=True)
    (tmp_path / "secret.pkl").write_bytes(b"\x80\x04N.")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", denied)
    with pytest.raises(ValueError, match=r"secret\.pkl cannot be read: Permission denied"):
        load_model(tmp_path / "secret.pkl")
