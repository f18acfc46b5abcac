# %% [markdown]
# # Bring a table, or photographs
#
# Your table has semicolons, decimal commas, gaps, text, and several rows of one person; your photographs lie in folders
# within folders, in all sizes, one of them twice. What happens to them on the way into an experiment? We make such
# files, read them, and see what is said of them and what is refused. Then the same cells attack models of the table and
# of the photographs: these or yours.
#
# **Change first** (what the text says of numbers is about the settings as they stand)
# - `TABLE`: the path of your CSV file; `LABEL`: its column to predict; `PERSON`: its column that says whose row it is,
#   or None where every row is a person
# - `FACES`: your folder, in it a folder of photographs for each person
# - `MODELS`: each is the target once, with the others as its shadow models; 16 or more
#
# **The threat model.** Of the table: who was in the training data is secret; the adversary has a black box with scores,
# the records with their true labels, and models of the same kind trained on halves of the same people. Luck: AUC 0.5.
# Of the photographs: what people look like is secret; the adversary has the recognizer's file and names.
#
# **Whose data?** Nobody's: the table is drawn from a formula, the portraits are rendered (Apache-2.0). Yours stays
# here: nothing is sent anywhere.
# **It takes** about 25 seconds on two cores.

# %%
# %matplotlib inline
import os

TABLE = None  # None: the ugly one below
LABEL = "outcome"
PERSON = "patient"
FACES = None  # None: the ugly folder below
MODELS = 33

# %% [markdown]
# ## An ugly table
#
# Visits to a clinic, as a colleague might send them: written by a program that numbers the rows, opened and saved where
# decimals have commas.

# %%
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
patient = rng.permutation(np.repeat(np.arange(250), rng.integers(1, 4, 250)))
n = len(patient)
age, weight = rng.integers(18, 90, 250)[patient], rng.normal(75, 12, 250)[patient] + rng.normal(0, 2, n)
smoker = rng.choice(["never", "former", "daily"], 250)[patient]
ill = 0.06 * (age - 55) + 0.08 * (weight - 75) + 1.2 * (smoker == "daily") + rng.logistic(0, 1, n) > 0.4

# %%
ugly = pd.DataFrame({
    "patient": [f"P{i:03}" for i in patient], "visit_id": 10_000 + rng.permutation(n), "age": age,
    "weight": weight.round(1), "pressure": rng.normal(125, 15, n).round().astype(int).astype(str), "smoker": smoker,
    "ward": rng.choice(["North", "South", "south "], n, p=[0.5, 0.48, 0.02]), "outcome": np.where(ill, "ill", "well")})
ugly.loc[rng.random(n) < 0.08, "pressure"] = "NA"
ugly.loc[rng.random(n) < 0.1, "smoker"] = None
clinic = folder / "clinic.csv"
ugly.to_csv(clinic, sep=";", decimal=",")
print(*clinic.read_text().splitlines()[:4], sep="\n")

# %% [markdown]
# ## Reading it
#
# `read_tables` finds separator, decimal sign, encoding and gaps by itself, and says so. `Records.of` takes the table
# apart: what is a feature, what is the label, whose row it is. Where it would have to guess, it refuses, with column,
# line and remedy. We follow the remedies, one at a time.

# %%
from leaklab.data import Faces, Records, load_faces, read_tables

table, = read_tables(clinic, label="outcome")
print(table, *table.notes, sep="\n- ")


# %%
def told(action):
    """What is said where something is read: warnings, and the refusal if there is one."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            print(action())
        except ValueError as error:
            print("REFUSED", str(error).replace(f"{folder}{os.sep}", ""))
    for one in said:
        print("-", str(one.message).replace(f"{folder}{os.sep}", ""))


told(lambda: Records.of(table, label="outcome"))

# %% [markdown]
# The most expensive mistake there is, and a common one. With visits of one person among the members and others of the
# same person outside, *was this person in the data?* has no answer, and every figure would be wrong. So name the
# column.

# %%
told(lambda: Records.of(table, label="outcome", person="patient"))

# %% [markdown]
# Gaps are data too, so nothing is filled in silently. `"keep"` hands them on to a pipeline that knows what to do with
# them; `"drop"` leaves those rows out, which may be most of them, and not a random part.

# %%
for missing in ("drop", "keep"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what was said above
        read = Records.of(table, label="outcome", person="patient", missing=missing)
    print(f"{read}\n- {read.notes[-1]}")

# %% [markdown]
# Row numbers and the visit's own number identify rows, and are no features: left out, and said above. The `south ` with
# a space behind it would be a ward of its own, so we mend the file.

# %%
mended = table.frame.drop(columns=["Unnamed: 0", "visit_id"])
mended["ward"] = mended["ward"].str.strip().str.capitalize()
mended.to_csv(clinic, index=False)
told(lambda: Records.of(read_tables(clinic), label="outcome", person="patient", missing="keep"))

# %% [markdown]
# ## Text into numbers
#
# A pipeline of your own takes the table as it is. Leaklab's own networks take numbers, `records.x`, and somebody must
# say which categories there are. State them, as the codebook has them, and bounds for numbers: then nobody's record
# moves another's features. `encode="table"` looks into the table instead; the records remember it.

# %%
stated = {"smoker": ("never", "former", "daily"), "ward": ("North", "South", "East")}
bounds = {"age": (18, 110), "weight": (30, 200), "pressure": (60, 250)}
ways = {"nothing said": {}, "from the table": {"encode": "table"}, "categories stated": {"encode": stated},
        "and bounds": {"encode": stated, "bounds": bounds}}
for what, settings in ways.items():
    coded = Records.of(mended, label="outcome", person="patient", missing="drop", **settings)
    print(f"\n{what}:", *coded.caveats, sep="\n  caveat: ")
    told(lambda: f"  x of shape {coded.x.shape}")  # noqa: B023, called at once

# %% [markdown]
# Without `encode` there is no `x`, and the refusal comes when it is asked for. The other lines differ by their caveats:
# a differential-privacy guarantee of a training on `x` covers the way from the table to the model only where there is
# none. There is a ward *East* although nobody was there: to leave it out because nobody was there would tell that.
#
# ## Put your own file here
#
# From here on the cells run on `TABLE`, if you set it at the top. A refusal tells you what to change in the next cell.

# %%
path = Path(TABLE or clinic)
tables = read_tables(path, label=LABEL)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the notes say the same
    records = Records.of(tables, label=LABEL, person=PERSON, missing="keep")
records

# %% [markdown]
# A split never parts what belongs together: the rows of one person, equal rows, and whatever these link.

# %%
members, others = records.split(0.5, rng=0)
group = pd.Series(records.groups(), index=records.features.index)
parted = set(group[members.features.index]) & set(group[others.features.index])
print(f"{len(members)} rows of {members.people} people, {len(others)} of {others.people}; on both sides: {len(parted)}")

# %% [markdown]
# ## An attack on models of the table
#
# A pipeline that fits any table: gaps filled, text one-hot. Each model learns half of the *people* and takes its turn
# as the target, with the others as its shadow models.

# %%
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from leaklab.experiments import take_turns
from leaklab.metrics import over_targets

columns = make_column_transformer(
    (SimpleImputer(), make_column_selector(dtype_include="number")),
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")))


def turns_of(**settings):
    forest = RandomForestClassifier(20, **settings)  # numbers alone are handed on as an array, without columns
    return take_turns(records, forest if records.all_numbers else make_pipeline(columns, forest), models=MODELS, rng=0)


turns = {"as it comes": turns_of(), "leaves of 10": turns_of(min_samples_leaf=10)}

# %% [markdown]
# What is asked is whether a *person* was in it, so a person's rows count together: `by_person`. **Expect** much of the
# forest as it comes, and more by the person than by the row: who has three rows gives three hints.

# %%
for name, one in turns.items():
    score = one.scores("LiRA")
    rows, people = over_targets(score, one.trained_on), over_targets(*one.by_person(score))
    print(f"{name:12}  by the row: AUC {rows.auc}   by the person: AUC {people.auc}")

# %%
from leaklab.plots import roc_spread

roc_spread({name: over_targets(*one.by_person(one.scores("LiRA"))) for name, one in turns.items()}).figure

# %% [markdown]
# *The figure: true- against false-positive rates on logarithmic axes, a curve and a band over all targets for two
# forests. The forest as it comes runs far above the diagonal of chance, that with leaves of 10 much nearer to it.*
#
# ## An ugly folder
#
# Twelve people, each with ten photographs, in all sizes, some as PNG and some as JPEG; the later ones lie in a folder
# of their own. One was saved twice, the second time smaller and more coarsely.

# %%
from PIL import Image

portraits = load_faces("synthetic")
shown, public = portraits.of(range(12)), portraits.of(range(12, portraits.people))
album = folder / "album"


def save(image, path, side=64, **settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((image * 255).astype(np.uint8)).resize((side, side)).save(path, **settings)


for person, name in enumerate(shown.names):
    for i, image in enumerate(shown.images[shown.person == person]):
        place = album / name if i < 6 else album / name / "later"
        save(image, place / f"{i}.{'png' if i % 2 else 'jpg'}", side=(64, 96, 160)[i % 3])
save(shown.images[0], album / shown.names[0] / "copy.jpg", side=48, quality=40)
print(*sorted(str(file.relative_to(album)) for file in (album / shown.names[0]).rglob("*.*")), sep="   ")

# %%
told(lambda: load_faces(album))

# %% [markdown]
# Every person has a folder `later`. It could be the other way about: `nobody 1` and `nobody 2` two parts of the data,
# and *later* a person in both. Nothing in the files says which, and a mix-up would make two people of one. So give the
# folders names of their own:

# %%
for place in album.glob("*/later"):
    place.rename(place.with_name(f"later, {place.parent.name}"))
told(lambda: load_faces(album))

# %% [markdown]
# The copy was found by its pixels, though it has another size. It stays, and goes with its original in every split. A
# copy under *another* name is refused, for one of the two names is wrong:

# %%
save(shown.images[0], album / shown.names[1] / "found on the net.png", side=128)
told(lambda: load_faces(album))
(album / shown.names[1] / "found on the net.png").unlink()

# %% [markdown]
# ## Put your own folder here
#
# From here on the cells run on `FACES`, if you set it at the top. `size=` keeps more pixels (photographs are cropped to
# the middle and scaled to 64 x 64), `color=True` the colors; this attack's prior is of grey ones.

# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    faces = load_faces(FACES or album)
fewest = np.bincount(faces.person[np.unique(faces.groups(), return_index=True)[1]]).min()
train, test = faces.split_photographs(max(1, int(0.7 * fewest)), rng=0)

both = Faces(np.concatenate([train.images, test.images]), np.concatenate([train.person, test.person]), faces.names, "")
parted = set(both.groups()[:len(train)]) & set(both.groups()[len(train):])
print(f"{len(train)} photographs to train with, {len(test)} to test; copies on both sides: {len(parted)}")

# %% [markdown]
# ## An attack on a recognizer of the photographs
#
# The adversary has the recognizer's file, a name, and an idea of what faces look like in general: portraits of nobody
# in the folder. **Expect** to recognize them.

# %%
from leaklab.access import WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion
from leaklab.evaluation import accuracy
from leaklab.metrics import correlation_beyond
from leaklab.plots import portrait_grid
from leaklab.training import MLP

model = MLP(hidden=(512,), epochs=60, batch_size=32).fit(train.images, train.person, rng=0)
prior = EigenfacePrior.fit(public.images)
asked = range(min(8, faces.people))
recovered = FaceInversion(prior=prior)(WhiteBox(model), asked)

# %%
truth, average = faces.class_means(), public.mean_face()
alike = np.stack([correlation_beyond(recovered.images, np.broadcast_to(face, recovered.images.shape), average)
                  for face in truth], axis=1)
right = alike.argmax(axis=1) == np.array(asked)
print("accuracy on test photographs:", accuracy(WhiteBox(model), test.images, test.person))
print(f"most like their own person, of {faces.people}: {right.sum()} of {len(right)} "
      f"(luck: {len(right) / faces.people:.1f})")
portrait_grid({"the truth\n(mean photograph)": truth[list(asked)], "recovered\nfrom the name": recovered.images},
              names=[faces.names[i] for i in asked]).figure

# %% [markdown]
# *The figure: two rows of eight portraits. Above, each person's mean photograph; below, the face recovered from the
# recognizer and the name alone, with more contrast. Face, glasses and in most pairs the hair are the same person's;
# curls and fair hair, which few have, came out less clearly.*

# %%
import shutil

shutil.rmtree(folder)  # the ugly files; yours are where they were

# %% [markdown]
# ## What next
#
# - Whether *your* model of this table may be shared: [audit a model of your own](audit_a_model_of_your_own.ipynb).
# - [A new attack](a_new_attack.ipynb), [a new defense](a_new_defense.ipynb) and the others take a `Records` as `DATA`.
#
# ## What this does not show
#
# - That the table is right. Kinds, gaps, identifiers and copies are looked at; a weight in pounds is not, nor a person
#   who is there under two names.
# - That gaps are harmless. That a value is missing may itself tell who was in the data.
# - What an adversary does with records of *other* people: halves of one pool flatter every attack that has shadow
#   models. `take_turns(..., fresh=...)` measures that.
# - What the photographs of your people give away to other attacks, or with a prior that is more like them than rendered
#   portraits are.
