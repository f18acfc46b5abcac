"""What officers bring, made of real data: model files and tables or folders, with the arguments that audit them."""

import tarfile
import textwrap
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import tensorflow as tf
from real_data import SHARED
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from leaklab.privacy import Batches
from leaklab.training import DPSGD, MLP

VISITS = ("trt", "age", "sex", "ascites", "hepato", "spiders", "edema", "bili", "albumin", "ast", "protime", "stage")


def cirrhosis(folder: Path) -> list[str]:
    """A gradient boosting pipeline on text classes and gaps."""
    table = pd.read_csv(SHARED / "cirrhosis.csv")
    inside = np.random.default_rng(0).random(len(table)) < 0.5
    members = table[inside]
    text = make_column_selector(dtype_include=object)
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), text),
        remainder=SimpleImputer())
    model = make_pipeline(encode, GradientBoostingClassifier(n_estimators=50, random_state=0))
    joblib.dump(model.fit(members.drop(columns=["ID", "N_Days", "Status"]), members["Status"]), folder / "liver.joblib")
    members.to_csv(folder / "members.csv", index=False)
    table[~inside].to_csv(folder / "others.csv", index=False)
    return ["liver.joblib", "--trust", "--members", "members.csv", "--others", "others.csv", "--label", "Status",
            "--groups", "Sex", "--sensitive", "Drug"]


def photographs(folder: Path, people: int = 40) -> list[str]:
    """A Keras CNN on a folder of photographs, 92 wide and 112 high."""
    with tarfile.open(SHARED / "att_faces.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    rng = np.random.default_rng(0)  # at random: the first photographs of a person were not taken like the last
    inside = {person: rng.permutation(10)[:5] for person in range(1, 41)}
    for file in sorted((folder / "att_faces").glob("s*/*.pgm")):
        if int(file.parent.name[1:]) > people:
            continue
        side = "members" if int(file.stem) - 1 in inside[int(file.parent.name[1:])] else "others"
        place = folder / side / file.parent.name
        place.mkdir(parents=True, exist_ok=True)
        file.rename(place / file.name)
    from leaklab.data import load_faces

    faces = load_faces(folder / "members", size=(112, 92))
    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential([
        layers.Input((112, 92, 1)), layers.AveragePooling2D(2), layers.Conv2D(16, 5, strides=2, activation="relu"),
        layers.Conv2D(32, 3, strides=2, activation="relu"), layers.Flatten(), layers.Dense(64, "relu"),
        layers.Dense(people, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(faces.images[..., None], faces.person, epochs=25, verbose=0)
    model.save(folder / "faces.keras")
    return ["faces.keras", "--members", "members", "--others", "others"]


def visits(folder: Path) -> list[str]:
    """A private MLP on visits, several a patient, that promises epsilon 8 to a person."""
    table = pd.read_csv(SHARED / "pbcseq.csv")
    table["died"], table["sex"] = (table["status"] == 2).astype(int), (table["sex"] == "m").astype(int)
    x = table[list(VISITS)].astype(float)
    x = ((x - x.mean()) / x.std()).clip(-3, 3).fillna(0).round(4)
    x["died"], x["id"] = table["died"], table["id"]
    inside = np.random.default_rng(0).random(table["id"].max() + 1)[x["id"]] < 0.5
    people = x[inside]["id"].nunique()
    (folder / "train.py").write_text(textwrap.dedent(f"""
        from leaklab.privacy import Batches
        from leaklab.training import DPSGD, MLP

        plan = Batches({people}, 32, 60, unit="person", most=16)
        recipe = MLP(hidden=(16,), learning_rate=0.01, dp=DPSGD.for_epsilon(8, plan, delta=1e-4))
        """), encoding="utf-8")
    plan = Batches(people, 32, 60, unit="person", most=16)
    recipe = MLP(hidden=(16,), learning_rate=0.01, dp=DPSGD.for_epsilon(8, plan, delta=1e-4))
    model = recipe.fit(x[inside][list(VISITS)].to_numpy(np.float32), x[inside]["died"].to_numpy(), classes=2, rng=0,
                       person=x[inside]["id"].to_numpy())
    model.save(folder / "visits.keras")
    x[inside].to_csv(folder / "members.csv", index=False)
    x[~inside].to_csv(folder / "others.csv", index=False)
    return ["visits.keras", "--members", "members.csv", "--others", "others.csv", "--label", "died", "--person", "id",
            "--epsilon", "8", "--delta", "1e-4", "--fit", "train.py:recipe", "--trust"]
