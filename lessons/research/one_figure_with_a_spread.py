# %% [markdown]
# # One figure with a spread over seeds
#
# How does what a model leaks change with one of its settings, and is the change larger than the luck of one run? A
# small sweep, each point several times over with other people and other luck; a table, and one figure for a paper.
#
# **Change first** (what the text says of numbers is about the settings as they stand)
# - `DATA`: `"synthetic"`, `"breast-cancer"`, `"diabetes"`, `"cdc"`, or a `Records` of your own
#   (`load_patients("my.csv", label="ill")`)
# - `MODEL`: any scikit-learn classifier
# - `SWEEP`: one of its parameters, and the values that it takes
# - `PEOPLE`: how many records each run draws, as many of each class; half of them are in each model
# - `SEEDS`: runs of each value, at least 3
#
# **The threat model.** Secret: who was in the training data. The adversary holds a black box that answers with
# probabilities, asks it once for each record, knows the records with their true labels, and (for RMIA) trains 16 shadow
# models by the same recipe on halves of the same records. Luck: AUC 0.5.
#
# **Whose data?** Nobody's: the embedded cohort is invented (Apache-2.0); `data/README.md` tells of the others.
# **It takes** about 30 seconds on two cores.

# %%
# %matplotlib inline
from sklearn.ensemble import RandomForestClassifier

DATA = "synthetic"
MODEL = RandomForestClassifier(n_estimators=20)
SWEEP = {"min_samples_leaf": (1, 2, 4, 8, 16, 32)}
PEOPLE = 500
SEEDS = 5

# %%
import numpy as np

from leaklab.data import Records, load_patients

records = (DATA if isinstance(DATA, Records) else load_patients(DATA)).deduplicate()
classes = len(records.classes)
people = min(PEOPLE // classes, np.bincount(records.label).min()) * classes
(parameter, values), = SWEEP.items()
names = [str(value) for value in values]  # None may be among them
records

# %% [markdown]
# ## One run
#
# A run is a function of a value and a seed, and of nothing else: the seed draws the people, the halves and all that is
# random in the models. So it gives the same numbers wherever and in whatever order it is run. Seventeen models take
# turns: each is attacked once, with the others as its shadow models.

# %%
from sklearn.base import clone

from leaklab.experiments import take_turns
from leaklab.metrics import over_targets

ATTACKS = ("loss threshold", "RMIA")


def run(value, seed):
    """One row of the table: what each attack finds, and how often the models are right."""
    model = clone(MODEL).set_params(**{parameter: value})
    drawn = records.sample(people, balanced=True, rng=seed)
    turns = take_turns(drawn, model, models=17, rng=seed)
    found = {name: over_targets(turns.scores(name), turns.trained_on).auc.value for name in ATTACKS}
    members, others = turns.accuracy()
    return {parameter: str(value), "seed": seed, **found, "members": members, "others": others}


first = run(values[0], 0)
first

# %% [markdown]
# ## All runs
#
# They do not wait for each other, so let an executor take care of them: here two threads of this process.

# %%
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product

import pandas as pd

jobs = list(product(values, range(SEEDS)))
with ThreadPoolExecutor(2) as executor:
    runs = pd.DataFrame(executor.map(run, *zip(*jobs, strict=True)))
assert runs.iloc[0].to_dict() == first, "a run depends on its value and its seed alone"

# %% [markdown]
# On a cluster it is the same `map`. With Dask (install Leaklab's extra `cluster`) two lines change:
#
# ```python
# from dask.distributed import Client
# executor = Client("tcp://scheduler:8786").get_executor()   # Client() alone: processes on this machine
# ```
#
# Dask sends the function of a notebook along; `ProcessPoolExecutor` cannot, and needs `run` in a module of its own.
#
# ## The table
#
# Mean over seeds, with Student's 95% interval for the mean.

# %%
from leaklab.metrics import Spread

columns = [*ATTACKS, "members", "others"]
spread = runs.groupby(parameter, sort=False)[columns].agg(list).map(Spread.of)
spread.map(lambda one: f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]")

# %% [markdown]
# Down the table both AUCs fall, and so does the accuracy on the models' own members; that on others does not. Between
# the first value and the last the intervals of either AUC lie far apart: that is no luck of one run. Neighbours are to
# be compared seed by seed, since the same seed draws the same people:

# %%
def change(column, one, other):
    """What a step along the sweep does to a column, over seeds."""
    by_seed = runs.pivot(index="seed", columns=parameter, values=column)
    found = Spread.of(by_seed[other] - by_seed[one])
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


for step in pairwise(names):
    print(f"{parameter} {' to '.join(step):8} RMIA's AUC {change('RMIA', *step)}   "
          f"accuracy on others {change('others', *step)}")

# %% [markdown]
# ## The figure
#
# For a column and a half of a paper: no title, fonts of 9 points, colours that everybody can tell apart and markers for
# those who print in grey, every run as a faint point, the baseline as a line.

# %%
from leaklab.plots import Chart, describe

STYLE = {"loss threshold": ("#0072B2", "o"), "RMIA": ("#D55E00", "s"), "members": ("#009E73", "^"),
         "others": ("#CC79A7", "D")}


def curve(ax, column, place):
    """Mean and interval of a column along the sweep, and every run behind it."""
    colour, marker = STYLE[column]
    mean = spread[column].map(lambda one: one.value)
    ends = [mean - spread[column].map(lambda one: one.low), spread[column].map(lambda one: one.high) - mean]
    ax.plot(runs[parameter].map(place), runs[column], ".", color=colour, alpha=0.3, markersize=5)
    ax.errorbar([place[name] for name in names], mean, ends, color=colour, marker=marker, markersize=4.5, capsize=2.5,
                linewidth=1.3, label=column)


def panel(ax, columns, label, baseline, called):
    for shift, column in zip((-0.06, 0.06), columns, strict=True):  # side by side, so that intervals do not overlap
        curve(ax, column, {name: i + shift for i, name in enumerate(names)})
    ax.plot([-0.3, len(names) - 0.7], [baseline, baseline], "--", color="#6b6b6b", linewidth=1, label=called)
    ax.set_xticks(range(len(names)), names)
    ax.set_xlabel(parameter, fontsize=9)
    ax.set_ylabel(label, fontsize=9)
    ax.tick_params(labelsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(fontsize=9, frameon=False)

# %%
figure = Chart(figsize=(7.2, 3.0), layout="constrained")
leak, use = figure.subplots(1, 2)
panel(leak, ATTACKS, "AUC of the attack", 0.5, "chance")
panel(use, ("members", "others"), "accuracy", 1 / classes, "guessing")
for ax, columns in ((leak, ATTACKS), (use, ("members", "others"))):  # for those who do not see it
    describe(ax, "; ".join(f"{column}: {spread[column].iloc[0].value:.2f} at {names[0]}, "
                           f"{spread[column].iloc[-1].value:.2f} at {names[-1]}" for column in columns) + ".")
figure

# %% [markdown]
# *The figure: two panels along min_samples_leaf from 1 to 32. Left, the AUC of two attacks: RMIA falls from above 0.9,
# the loss threshold from about 0.8, both towards the dashed line of chance at 0.5. Right, accuracy: on members it falls
# from nearly 1 to about 0.75; on others it stays near 0.7, well above the dashed line of guessing at 0.5. Points of
# single runs lie close around the means on the left, less so on the right.*
#
# With the table as it stands, larger leaves leak less and cost nothing that one could show: the accuracy on members was
# learned by heart, and nobody else had anything from it. Both attacks tell the same story, the stronger one at every
# value more of it; even at the largest leaf RMIA's interval lies above chance.
#
# PDF for the paper, and the rows behind it as CSV, into a folder that is not committed:

# %%
from pathlib import Path

folder = Path("build")
folder.mkdir(exist_ok=True)
figure.savefig(folder / "spread.pdf")
runs.to_csv(folder / "spread.csv", index=False)

# %% [markdown]
# ## What this does not show
#
# - Single people: an AUC is an average over all. Those most exposed may stay so along the whole sweep.
# - An interval over seeds covers the drawing of people from *this* table, of halves, and of the training. It does not
#   cover another table.
# - *Halves of one pool*: RMIA's shadow models saw records of the target's, which flatters it; see
#   `take_turns(..., fresh=...)`.
# - The best setting. Whoever picks the value that looks best in this figure needs other people to say how good it is.
