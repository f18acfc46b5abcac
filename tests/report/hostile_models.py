"""Models that mean harm, or are no models, and folders of photographs, for `leaklab audit`."""

import functools
import gzip
import os
import pickle
import shutil
import tempfile
import time
import warnings
import zlib
from pathlib import Path

import joblib
import numpy as np
import tensorflow as tf
from hostile_scenes import MARK, MEMBERS, TREE, Mark, X, args, cell, given, lay, one, pipe
from PIL import Image
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

layers = tf.keras.layers
Y = MEMBERS["outcome"]
TWO = np.column_stack([Y, MEMBERS["town"]])


class Foreign:
    """Somebody's classifier, which takes arrays of three columns."""

    classes_, n_features_in_ = np.array(["ill", "well"]), 3

    def __init__(self, answer):
        self.answer = answer

    def predict_proba(self, x):
        return self.answer(x)


class Named(Foreign):
    """The same of tables."""

    feature_names_in_ = np.array(X)


def plain(x):
    p = np.abs(np.asarray(x, float)[:, 0]) % 1
    return np.column_stack([1 - p, p])


def raises(x):
    raise RuntimeError("CUDA error\nlaunch failed")


def exits(x):
    raise SystemExit(0)


def out_of_memory(x):
    raise MemoryError


def logits(x):
    return 5 * np.asarray(x)[:, :2]


def nan(x):
    return np.full((len(x), 2), np.nan)


def one_short(x):
    return plain(x)[1:]


def three_classes(x):
    return np.full((len(x), 3), 1 / 3)


def nothing(x):
    return None


def words(x):
    return np.full((len(x), 2), "no")


def restless(x):
    print("Hello from the model")
    np.random.seed(0)  # noqa: NPY002
    np.seterr(all="raise")
    return plain(x)


def slow(x):
    time.sleep(0.3)
    return plain(x)


def spoils_arrays(x):
    p = plain(x)
    x[:] = 0
    return p


def spoils_tables(x):
    p = plain(x)
    x.iloc[:, 0] = 0
    x["more"] = 1
    return p


def stored(what, *more, name="model.joblib", trust=True, compress=0):
    """A scene with another model: bytes of a file, or an object to be pickled."""
    def build(folder):
        if isinstance(what, bytes):
            (folder / name).write_bytes(what)
        else:
            joblib.dump(what, folder / name, compress=compress)
        return args(*more, model=name, trust=trust)
    return build


def asked(answer, kind=Foreign):
    return stored(kind(answer), *(["--drop", "town"] if kind is Foreign else []))


@functools.cache
def keras() -> dict[str, bytes]:
    """Files of Keras models by name."""
    def ends(*outputs):
        return tf.keras.Sequential([layers.Input((3,)), *outputs])

    two, wide = layers.Input((2,)), layers.Input((3,))
    small = layers.Dense(2, "softmax")
    models = {
        "plain.keras": ends(small), "logits.keras": ends(layers.Dense(2)), "sigmoids.keras": ends(
            layers.Dense(10, "sigmoid")), "nan.keras": ends(layers.Dense(2, "softmax")),
        **{f"lambda.{kind}": ends(layers.Lambda(lambda x: (__import__("os").makedirs("ran", exist_ok=True), x)[1]),
                                  layers.Dense(2, "softmax")) for kind in ("keras", "h5")},
        "inputs.keras": tf.keras.Model([two, wide], layers.Dense(2, "softmax")(layers.Concatenate()([two, wide]))),
        "outputs.keras": tf.keras.Model(wide, [layers.Dense(2, "softmax")(wide), layers.Dense(3, "softmax")(wide)]),
        **{f"faces{n}.keras": tf.keras.Sequential([layers.Input((8, 8, n)), layers.Flatten(),
                                                   layers.Dense(2, "softmax")]) for n in (1, 3)}}
    models["nan.keras"].set_weights([np.full((3, 2), np.nan), np.zeros(2)])
    made = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the old format
        for name, model in models.items():
            model.save(Path(folder, name))
            made[name] = Path(folder, name).read_bytes()
    os.rmdir(MARK)  # left by the Lambda while the model was made
    return made


def network(name, *more, trust=False):
    def build(folder):
        (folder / name).write_bytes(keras()[name])
        return args(*more, model=name, trust=trust)
    return build


def saved_model(folder):
    (folder / "saved").mkdir()
    (folder / "saved" / "saved_model.pb").write_bytes(b"")
    return args(model="saved", trust=False)


def photographs(change=lambda folder: None, *more, name="faces1.keras"):
    """A scene of two people on both sides, eight photographs each, changed."""
    def build(folder):
        rng = np.random.default_rng(0)
        for side in ("in", "held"):
            for person in ("Ada", "Bo"):
                (folder / side / person).mkdir(parents=True)
                for i in range(8):
                    Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(folder / side / person / f"{i}.png")
        (folder / name).write_bytes(keras()[name])
        change(folder)
        return [name, "--members", "in", "--others", "held", *more]
    return build


def renamed(folder):
    (folder / "held" / "Bo").rename(folder / "held" / "Cy")


REFUSED_MODELS = {
    "a raw pickle": (stored(Mark(), trust=False), "is a pickle.*was not run.*pass --trust"),
    **{f"a pickle in {way}": (stored(Mark(), trust=False, compress=(way, 3)), "is a pickle.*was not run.*--trust")
       for way in ("zlib", "gzip", "bz2", "lzma", "xz")},
    "a pickle called .h5": (stored(pickle.dumps(Mark()), name="m.h5", trust=False), "is a pickle.*was not run"),
    "a pickle called .keras": (stored(zlib.compress(pickle.dumps(Mark())), name="m.keras", trust=False), "is a pickle"),
    "a bomb of a pickle": (stored(gzip.compress(b"\x80\x04" + bytes(100_000_000)), trust=False), "is a pickle"),
    "nothing as model": (stored(b""), "model.joblib is empty. Save the model again"),
    "a model cut short": (stored(pickle.dumps(TREE)[:300]), "model.joblib is cut short"),
    "a table as model": (given(model="members.csv"), "members.csv seems to be a text.*Leaklab reads Keras"),
    "a folder as model": (given(model="."), "holds no saved_model.pb"),
    "a folder that is not trusted": (saved_model, "saved is a folder.*was not run.*--trust.*Or save"),
    "no such model": (given(model="nowhere.keras"), "nowhere.keras'?: does not exist"),
    "a model of escapes": (given(model="\x1b[2Jx.keras"), r"x1b\[2Jx.keras'?: does not exist"),
    "a pipe as model": (pipe(model="pipe"), "pipe'?: must be a file or a folder"),
    "a dictionary": (stored({"model": TREE}), r"holds a dict \('model': DecisionTree.*Take it out"),
    "text as model": (stored("tree"), "holds no model but a str: must be a fitted model"),
    "a class": (stored(GaussianNB), "holds the class GaussianNB"),
    "unfitted": (stored(GaussianNB()), r"model=GaussianNB\(\): is not fitted. Call its fit"),
    "a regressor": (stored(LinearRegression().fit(MEMBERS[X], MEMBERS["a"])), "must be a Keras model, a fitted scikit"),
    "a clusterer": (stored(KMeans(2, n_init=1).fit(MEMBERS[X])), "must be a Keras model, a fitted scikit-learn"),
    "a transformer": (stored(StandardScaler().fit(MEMBERS[X])), "no model but a StandardScaler"),
    "a missing module": (stored(pickle.dumps(TREE).replace(b"tree._classes", b"tree._klasses")), "needs the module"),
    "a pickle that raises": (stored(b"cbuiltins\neval\n(V1/0\ntR."), "cannot be opened: division by zero"),
    "a pickle that exits": (stored(b"csys\nexit\n(I3\ntR."), "cannot be opened: 3"),
    "one class": (stored(DummyClassifier().fit(MEMBERS[X], ["ill"] * 60)), "classes=.*at least two different labels"),
    "several outputs": (stored(MultiOutputClassifier(GaussianNB()).fit(MEMBERS[X], TWO)), "of several outputs. Wrap"),
    "other labels": (stored(GaussianNB().fit(MEMBERS[X], Y == "ill")), "is no label.*False, True.*--classes A B"),
    "an unseen category": (one(cell(3, "town", "Paris"), model=make_pipeline(make_column_transformer(
        (OneHotEncoder(), ["town"]), remainder="passthrough"), GaussianNB()).fit(MEMBERS[[*X, "town"]], Y)), "'Paris'"),
    "answers of nan": (asked(nan), "the model's answer holds nan"),
    "one answer too few": (asked(one_short), r"answered with shape \(119, 2\): must be \(120, 2\)"),
    "a class too many": (asked(three_classes), r"answered with shape \(120, 3\): must be \(120, 2\)"),
    "no answer": (asked(nothing), "the model's answer"), "words": (asked(words), "the model's answer.*must be numbers"),
    "logits of a classifier": (asked(logits), "not probabilities"),
    **{f"a model that {answer.__name__}": (asked(answer, kind), f"the model cannot answer about x: {says}")
       for answer, says in ((raises, "CUDA"), (exits, "0"), (out_of_memory, "Mem")) for kind in (Foreign, Named)},
    "two inputs": (network("inputs.keras"), "takes 2 inputs.*wrap it in a function"),
    "two outputs": (network("outputs.keras"), "2 outputs|answers.*wrap it in a function"),
    "logits": (network("logits.keras"), "may be logits. Say which they are: --answers logits|answers="),
    "ten sigmoids": (network("sigmoids.keras"), "ends in 10 sigmoids"),
    "weights of nan": (network("nan.keras", "--drop", "town", "--classes", "ill", "well"), "the model's answer.*nan"),
    "a network without classes": (network("plain.keras", "--drop", "town"), "is no label.*0, 1.*--classes"),
    "a network and a text column": (network("plain.keras", "--drop", "c", "--classes", "ill", "well"), "'town' hold"),
    "a Lambda": (network("lambda.keras"), r"Python code \(a Lambda layer\), which was not run.*--trust"),
    "a Lambda in .h5": (network("lambda.h5"), r"Python code \(a Lambda layer\), which was not run.*--trust"),
    "an address without a host": (given(model="http://"), "url='http://': must be http://host:port"),
    "nobody listening": (given(model="http://127.0.0.1:9"), "http://127.0.0.1:9 did not answer.*refused"),
}
ODD_MODELS = {
    "no probabilities": (stored(Perceptron().fit(MEMBERS[X], Y)), "labels"),
    "1000 classes": (stored(DummyClassifier().fit(np.zeros((1000, 3)), [*map(str, range(998)), "ill", "well"]),
                            "--drop", "town"), "is a class without an example"),
    "a frozen model": (stored(FrozenEstimator(TREE)), "FrozenEstimator, keeps what it learned"),
    "a model calibrated afterwards": (stored(CalibratedClassifierCV(FrozenEstimator(TREE)).fit(MEMBERS[X], Y)),
                                      "FrozenEstimator, keeps what it learned"),
    "labels that are stated": (stored(GaussianNB().fit(MEMBERS[X], Y == "ill"), "--classes", "well", "ill"), ""),
    "a model that prints, seeds and raises": (asked(restless), ""), "a slow model": (asked(slow), "by fit="),
    "a network with stated classes": (network("plain.keras", "--drop", "town", "--classes", "ill", "well"), ""),
    "logits that are said to be": (network("logits.keras", "--drop", "town", "--classes", "ill", "well", "--answers",
                                           "logits"), ""),
}
SPOILS = {"arrays": asked(spoils_arrays), "tables": asked(spoils_tables, Named)}
CLEAN = {"arrays": asked(plain), "tables": asked(plain, Named)}


def texts(folder):
    """A classifier of notes, one in a row."""
    for name, start in (("members", 0), ("others", 60)):
        MEMBERS.assign(note=[f"visit {start + i} of ward {i % 7}" for i in range(60)])[["note", "outcome"]].to_csv(
            folder / f"{name}.csv", index=False)
    joblib.dump(make_pipeline(CountVectorizer(), LogisticRegression()).fit(
        [f"visit {i} of ward {i % 7}" for i in range(60)], Y), folder / "tree.joblib")
    return args()


ODD_MODELS["a model of texts"] = (texts, "")
PHOTOGRAPHS = {
    "no subfolders": (photographs(lambda f: [shutil.rmtree(p) for p in (f / "in").iterdir()]), r"in has 0 subfolder"),
    "one person": (photographs(lambda f: shutil.rmtree(f / "held" / "Bo")), "held has 1 subfolder.*Sort the"),
    "text among photographs": (photographs(lambda f: (f / "in/Bo/x.txt").write_text("hi")), "x.txt cannot be read"),
    "a broken photograph": (photographs(lambda f: (f / "in/Bo/0.png").write_bytes(
        (f / "in/Bo/0.png").read_bytes()[:60])), "0.png cannot be read as a photograph.*Remove it"),
    "a pipe among photographs": (photographs(lambda f: os.mkfifo(f / "in/Bo/x.png")), "x.png cannot be read as a"),
    "a pickle among photographs": (photographs(lambda f: (f / "in/Bo/x.png").write_bytes(pickle.dumps(Mark()))),
                                   "x.png cannot be read"),
    "more people than classes": (photographs(lambda f: shutil.copytree(f / "in/Bo", f / "in/Cy")),
                                 "'Ada', 'Bo', 'Cy'.*must be 2 labels.*the people"),
    "another person": (photographs(renamed), "'Ada', 'Bo', 'Cy'.*must be 2 labels.*the people"),
    "names that are not in the classes": (photographs(lambda f: None, "--classes", "Ada", "Zoe"), "'Bo'|Bo"),
    "the same photographs": (photographs(lambda f: [shutil.rmtree(f / "held"), shutil.copytree(f / "in", f / "held")]),
                             "every record is also among the members"),
    "a folder for one": (photographs(lambda f: (f / "one.csv").write_text("a\n1\n"), "--others", "one.csv"), "one is"),
    "a model of tables": (photographs(lambda f: lay(f), name="plain.keras"), "takes inputs of shape.*pictures are"),
}
