# %% [markdown]
# # A new defense
#
# You have an idea that keeps members from being found: answer differently, or train differently. What does it cost
# those who use the model honestly, and what does it take from the attacks? The second question has two answers: one for
# an adversary who does not know of the defense, and one for who does. Only the second measures the defense.
#
# **Change first** (what the text says of numbers is about the settings as they stand)
# - `DATA`: `"synthetic"`, `"breast-cancer"`, `"diabetes"`, `"cdc"`, or a `Records` of your own
#   (`load_patients("my.csv", label="ill")`)
# - `MODELS`: each is the target once, with the others as its shadow models; 16 or more
# - `MODEL`: the recipe that is to be defended, or any scikit-learn classifier, such as
#   `RandomForestClassifier(min_samples_leaf=2)`
# - `OTHERWISE`: the same kind of model, trained in a way that you think leaks less
# - `TEMPERATURE`: how far the answers are flattened
#
# **The threat model.** Secret: who was in the training data. The adversary holds a black box that answers with
# probabilities, asks it once for each record, knows the records with their true labels, and trains shadow models by the
# same recipe on halves of the same records. *Naive*: the shadow models answer openly, or are trained the old way.
# *Adaptive*: they stand behind the same defense. Luck: AUC 0.5; at 1% false alarms, 1% of the members.
#
# **Whose data?** Nobody's: the embedded cohort is invented (Apache-2.0); `data/README.md` tells of the others.
# **It takes** about 25 seconds on two cores.

# %%
# %matplotlib inline
from leaklab.training import MLP

DATA = "synthetic"
MODELS = 33
MODEL = MLP(hidden=(64, 64), epochs=50, batch_size=64)
OTHERWISE = MLP(hidden=(64, 64), epochs=3, batch_size=64)
TEMPERATURE = 10.0

# %% [markdown]
# As many records of each class, so that guessing is right half of the time (where there are two classes). Models are
# trained on halves of the `people`; the `others` are in no model, and stand for those who use it.

# %%
import numpy as np

from leaklab.data import Records, load_patients

records = (DATA if isinstance(DATA, Records) else load_patients(DATA)).deduplicate()
most = np.bincount(records.label).min() * len(records.classes)
people, others = records.sample(most, balanced=True, rng=0).split(0.7, rng=0)
print(len(people), "people,", len(others), "others")

# %% [markdown]
# ## The defense
#
# Attacks live on how *sure* a model is. So let it always look unsure: divide the logits by a temperature before the
# softmax, as Shokri and others proposed in 2017 beside the first shadow models. In terms of probabilities: take each to
# the power of one over the temperature, and scale the row to sum to 1. The most likely class stays the most likely.
#
# A defense of the answers is a wrapper around an access: a subclass of `Hardened` with a constructor and `_harden`,
# which turns rows of probabilities into rows of probabilities. Counting and checking is done for it.

# %%
from leaklab.access import BlackBox, Hardened


class Softened(Hardened):
    """Answers at a higher temperature (Shokri and others 2017)."""

    def __init__(self, access, temperature=TEMPERATURE):
        super().__init__(access)
        self.temperature = temperature

    def _harden(self, answers):
        flat = answers ** (1 / self.temperature)
        return flat / flat.sum(axis=1, keepdims=True)

# %%
shy = Softened(BlackBox(lambda x: np.array([[0.999, 0.001], [0.6, 0.4]]), inputs=(1,), classes=2))
shy.probabilities([[0.0], [1.0]])

# %% [markdown]
# ## The models
#
# The recipe that is to be defended, and the other way to train, for the same halves.

# %%
from leaklab.training import Estimator, halves

group = people.groups()
trained_on = halves(MODELS, group.max() + 1, rng=0)[:, group]


def train(model):
    recipe = model if hasattr(model, "fit_many") else Estimator(estimator=model)
    many = recipe.fit_many(people.x, people.label, trained_on, classes=len(people.classes), rng=0)
    return [BlackBox(many[j]) for j in range(MODELS)]


usual, otherwise = train(MODEL), train(OTHERWISE)

# %% [markdown]
# Four ways to answer: openly; softened; rounded to one decimal, which the package has; and openly again, by the models
# that were trained otherwise.

# %%
from leaklab.access import Rounded

defended = {
    "none": usual,
    "softened": [Softened(access) for access in usual],
    "one decimal": [Rounded(access, 1) for access in usual],
    "trained otherwise": otherwise,
}

# %% [markdown]
# ## What it costs
#
# Ask the first model of each kind about the others. **Expect** the same accuracy from the first two: softening does not
# change which class is on top. The Brier score is the mean squared distance from the truth: 0 is perfect, and 0.5 is
# what "one half each" earns with two classes.

# %%
from leaklab.evaluation import utility

for name, accesses in defended.items():
    print(f"{name:17} {utility(accesses[0], others.x, others.label)}")

# %% [markdown]
# Softening and rounding leave accuracy as it was. Calibration and Brier score of the softened answers are hardly worse:
# the model was too sure before, and is too unsure now. So by these figures the defense is nearly free. The models that
# were trained otherwise are as accurate, and better calibrated.
#
# ## What it takes: the naive measurement
#
# We have LiRA from the literature and shadow models from yesterday, which answer openly. Turn them on the defended
# model, each model in its turn. **Expect** success.

# %%
from leaklab.attacks import lira, logit
from leaklab.experiments import Turns

turns = {name: Turns(trained_on, people.label, np.stack([access.probabilities(people.x) for access in accesses]))
         for name, accesses in defended.items()}
openly = turns["none"].signals(logit)


def naive(defended):
    """LiRA on each defended model, by all the other models as they answered before the defense."""
    return np.stack([lira(target, np.delete(openly, j, axis=0), np.delete(trained_on, j, axis=0))
                     for j, target in enumerate(defended.signals(logit))])

# %%
from leaklab.metrics import over_targets

before = {name: over_targets(naive(one), trained_on) for name, one in turns.items()}
for name, found in before.items():
    print(f"{name:17} AUC {found.auc}   TPR at 1% FPR {found.tpr_at(0.01)}")

# %% [markdown]
# The line `none` is what there is to take. Softened, the attack seems all but dead, at no cost in accuracy. Many a
# defense was published on such a table.
#
# ## What it takes: the adaptive measurement
#
# Whoever attacks a model reads the paper of its defense, and puts the shadow models behind it too. Nothing else
# changes.

# %%
after = {name: over_targets(one.scores("LiRA"), trained_on) for name, one in turns.items()}
for name, found in after.items():
    print(f"{name:17} AUC {found.auc}   TPR at 1% FPR {found.tpr_at(0.01)}")

# %%
from leaklab.plots import auc_dots

rows = {f"{name}: {who}": found[name].auc for name in turns for who, found in (("naive", before), ("adaptive", after))}
auc_dots(rows).figure

# %% [markdown]
# *The figure: two dots with intervals for each of four defenses, and a dashed line of chance at 0.5. Without a defense
# both stand at the same place, well above chance. Softened: the naive one stands near chance, the adaptive one where it
# stood without a defense. One decimal: both as without a defense. Trained otherwise: both near chance.*
#
# - **Softened** takes nothing. In logits, it divides every model's answer by the same number, in models with the person
#   and in models without: LiRA's two humps shrink together, and overlap as much as before. What can be undone hides
#   nothing.
# - **One decimal** takes nothing either, by either measurement: what it throws away the attack does not need.
# - **Trained otherwise** takes nearly all, by either measurement: there is less in the model to be found.
#
# A rule for the table in your paper: the row of the defense is measured by shadow models behind *that* defense, and
# beside it stands a plain rival, such as stopping early.
#
# ## Where even the adaptive measurement may flatter
#
# The attack need not be the best one for this defense. Try others: a defense holds what the *strongest* leaves.

# %%
import pandas as pd

from leaklab.attacks import ATTACKS
from leaklab.metrics import Interval


def area(attack, one):
    found = over_targets(one.scores(attack), trained_on).auc
    return Interval(found.value, found.low, found.high)


pd.DataFrame({name: {attack: area(attack, one) for attack in ATTACKS} for name, one in turns.items()})

# %% [markdown]
# Read it by column: for each defense the largest number counts, and not that of the attack it was made for. Try
# `MODEL = RandomForestClassifier(10)`: there softening costs LiRA dearly, adaptive as it is, for a vote of 0 stays 0
# however one flattens, and no normal curve fits what comes out. The plain loss threshold loses nothing. Who reports the
# line of LiRA alone reports how ill LiRA fits.
#
# ## What this does not show
#
# - An adversary who asks more than once, or about changed inputs. That matters as soon as answers are random, as with
#   `Noisy`: who asks often averages the noise away.
# - Single people: an average hides who is still exposed. `leaklab.metrics.exposure` takes the same scores.
# - *Halves of one pool*: the shadow models' other records are those of the target too, which flatters attacks.
# - A promise. That these attacks find little is an observation about them; only a guarantee speaks of all attacks: see
#   [a private training run](a_private_training_run.ipynb).
