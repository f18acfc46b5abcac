# %% [markdown]
# # A new attack in 40 lines
#
# You have read of a membership attack, or thought of one. How good is it, beside the attacks that everybody compares
# with, and can one trust the figure? We write a published attack that Leaklab does not have, try it on one model, then
# on 33 in turn beside LiRA and RMIA, and find a place where it fails.
#
# **Change first** (what the text says of numbers is about the settings as they stand)
# - `DATA`: `"synthetic"`, `"breast-cancer"`, `"diabetes"`, `"cdc"`, or a `Records` of your own
#   (`load_patients("my.csv", label="ill")`)
# - `PEOPLE`: how many records are asked about; half of them are in each model
# - `MODELS`: each is the target once, with the others as its shadow models; 16 or more
# - `MODEL`: a recipe, or any scikit-learn classifier, such as `RandomForestClassifier(min_samples_leaf=5)`
#
# **The threat model.** Secret: who was in the training data. The adversary holds a black box that answers with
# probabilities, asks it once for each record, knows the records with their true labels, and trains shadow models by the
# same recipe on halves of the same records. Luck: AUC 0.5; at 1% false alarms, 1% of the members.
#
# **Whose data?** Nobody's: the embedded cohort is invented (Apache-2.0); `data/README.md` tells of the others.
# **It takes** about 20 seconds on two cores.

# %%
# %matplotlib inline
from leaklab.training import MLP

DATA = "synthetic"
PEOPLE = 1000
MODELS = 33
MODEL = MLP(hidden=(64, 64), epochs=50, batch_size=64)

# %%
from leaklab.data import Records, load_patients

records = DATA if isinstance(DATA, Records) else load_patients(DATA)
people = records.deduplicate()
people = people.sample(min(PEOPLE, len(people)), rng=0)
people

# %% [markdown]
# ## The attack
#
# The threshold attack calls a record a member if its loss is small. But some records are *easy*: their loss is small in
# every model, whoever was in. Watson and others (2022) therefore subtract how hard a record is, estimated by reference
# models that never saw it. With a score $s$ that is higher for members (here: minus the loss), a model $h$ and
# reference models $g$:
#
# $$s_\text{calibrated}(h, x, y) \;=\; s(h, x, y) \;-\; \operatorname{mean}_{g\ \text{not trained on}\ x}\, s(g, x, y)$$
#
# An attack is a frozen dataclass: settings as fields, what access it `needs`, what the adversary `knows`, and `run`,
# which asks the access object and returns a score for each record. The base class checks the records, counts the
# queries and wraps the scores.

# %%
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab.access import Offers
from leaklab.attacks import SIGNALS, MembershipAttack, Shadows


@dataclass(frozen=True, kw_only=True)
class Calibrated(MembershipAttack):
    """A score minus its mean over models that never saw the record (Watson and others 2022, arXiv 2111.08440).

    Parameters
    ----------
    signal : str
        The score: one of ``leaklab.attacks.SIGNALS``.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (Shadows,)
    signal: str = "loss"

    def run(self, access, x, y, knowledge, rng, progress):
        knowledge.check_rows(access, x, y)  # shadow models tell of their own table alone
        signal = SIGNALS[self.signal]
        score = signal(access.probabilities(x), y)
        reference = knowledge.signals(signal)  # a row for each shadow model, a column for each record
        unseen = np.ma.masked_array(reference, mask=knowledge.trained_on)
        return score - unseen.mean(axis=0).filled()

# %% [markdown]
# ## Does it keep the contract?
#
# Before any figure: `check_attack` tries it on a regression that learned its records by heart and on one that never saw
# them, with the least access that it declares. **Expect** an AUC above 0.5 on the first, and an interval that holds 0.5
# on the second.

# %%
from leaklab.attacks import check_attack

print(check_attack(Calibrated()))

# %% [markdown]
# What would a mistake look like? The easiest is to forget that a loss is *small* for members:

# %%
class Upside(Calibrated):
    def run(self, *arguments):
        return -super().run(*arguments)


print(check_attack(Upside()))

# %% [markdown]
# ## On one model
#
# `halves` says who is in which model: each model gets a random half of the people, equal rows together. The first model
# is the one under attack; 16 of the others are the adversary's, which is what a patient adversary can afford.

# %%
from leaklab.training import Estimator, halves

group = people.groups()
trained_on = halves(MODELS, group.max() + 1, rng=0)[:, group]
recipe = MODEL if hasattr(MODEL, "fit_many") else Estimator(estimator=MODEL)
models = recipe.fit_many(people.x, people.label, trained_on, classes=len(people.classes), rng=0)

# %%
from leaklab.access import BlackBox
from leaklab.attacks import LiRA, Threshold
from leaklab.metrics import roc

few = slice(1, 17)
shadows = Shadows([models[j] for j in range(MODELS)[few]], people.x, people.label, trained_on[few])
for attack, knowledge in ((Threshold(), None), (Calibrated(), shadows), (LiRA(), shadows)):
    found = attack(BlackBox(models[0]), people.x, people.label, knowledge=knowledge)
    curve = roc(found.score, trained_on[0])
    print(f"{type(attack).__name__:10} AUC {curve.auc}   TPR at 1% FPR {curve.tpr_at(0.01)}")

# %% [markdown]
# Each line is one model and its people; the intervals (DeLong's for the AUC, Clopper and Pearson's for the rate) cover
# other people, and not another training. They overlap: one model is too few to say which attack is better.
#
# ## In turns, beside the others
#
# So every model takes its turn as the target, and all others are its shadow models. One line enters the attack among
# those that Leaklab's experiments and benchmarks compare:

# %%
from leaklab.attacks import ATTACKS

ATTACKS["calibrated loss"] = Calibrated()

# %% [markdown]
# A baseline: the same answers, beside lists of members that were drawn anew. Nobody can know anything of *those* lists,
# so there an attack must come out at 0.5. **Expect** the new attack between the threshold and LiRA.

# %%
from dataclasses import replace

from leaklab.experiments import Turns
from leaklab.metrics import over_targets

turns = Turns(trained_on, people.label, models.probabilities(people.x))
anew = [replace(turns, trained_on=halves(MODELS, group.max() + 1, rng=seed)[:, group]) for seed in range(1, 6)]

# %%
import pandas as pd

from leaklab.metrics import Spread


def row(attack):
    found = over_targets(turns.scores(attack), trained_on)
    nothing = Spread.of([over_targets(one.scores(attack), one.trained_on).auc.value for one in anew])
    return {"AUC": f"{found.auc.value:.3f} [{found.auc.low:.3f}, {found.auc.high:.3f}]",
            "TPR at 1% FPR": found.tpr_at(0.01),
            "AUC, lists drawn anew": f"{nothing.value:.3f} [{nothing.low:.3f}, {nothing.high:.3f}]"}


pd.DataFrame({name: row(name) for name in ATTACKS}).T

# %% [markdown]
# The new attack is in the table. The threshold attack found no more members than luck at 1% false alarms; minus the
# mean, it finds several times as many. It needs no model that was trained *with* the record; of such attacks its rival
# is *LiRA offline*, which takes the logit instead of the loss: about the same AUC, but here fewer members at 1% false
# alarms. With models that were trained with the record, LiRA and RMIA do better.
#
# The last column lies around 0.5 (mean over five lists and its 95% interval, which now and then misses). If ours lies a
# hair above, that is the measurement's doing: in turns, a member has one more model that never saw it than a non-member
# has, since its target is one of those that did, and a mean of more models is a slightly other number. On pure noise
# that makes 0.501 with 33 models and 0.508 with 9. Leaklab's own attacks even it out (`leaklab.attacks.serving`);
# and only a baseline shows it.

# %%
from leaklab.plots import roc_spread

names = ("loss threshold", "calibrated loss", "LiRA")
roc_spread({name: over_targets(turns.scores(name), trained_on) for name in names}).figure

# %% [markdown]
# *The figure: true- against false-positive rates on logarithmic axes, for three attacks a curve and a band over 33
# targets. The loss threshold runs along the diagonal of chance, below it at low rates. Calibrated loss and LiRA lie far
# above it, LiRA the higher one.*
#
# The same line brings it into the report that an audit makes of a model, on every access that the model could be given
# with. **Expect** rounding to hide next to nothing; with labels alone the attack sees least:

# %%
from leaklab import audit_model
from leaklab.report import Scope

x, y, inside = people.x, people.label, trained_on[0]
report = audit_model(models[0], (x[inside], y[inside]), (x[~inside], y[~inside]), fit=recipe,
                     scope=Scope(shadow_models=8))
print(*(f"{f.access:17} {f.outcome:6} {f.measures[0]}" for f in report.of("membership")
        if f.title == "calibrated loss" and f.measures), sep="\n")

# %% [markdown]
# With eight shadow models, drawn anew, the figures are not those of the table. Rounding helps nobody here, and even
# labels alone tell members from others. `report.save(folder)` writes the whole report.
#
# ## Where it fails, and why
#
# Look at whom it accuses. For some people all models that never saw them agree, for others these models' losses are all
# over the place. Take the tenth of the people whose loss varies most:

# %%
outside = np.ma.masked_array(turns.signals(SIGNALS["loss"]), mask=trained_on)
spread = outside.std(axis=0).filled()
erratic = spread >= np.quantile(spread, 0.9)

# %%
def accused(scores, fpr=0.01):
    """Who is called a member when one threshold for all gives so many false alarms."""
    return scores > np.quantile(scores[~trained_on], 1 - fpr)


for name in ("calibrated loss", "LiRA"):
    alarms = accused(turns.scores(name)) & ~trained_on
    inner = over_targets(turns.scores(name)[:, erratic], trained_on[:, erratic])
    print(f"{name:15}  of its false alarms, about the erratic tenth: {alarms[:, erratic].sum() / alarms.sum():.0%}"
          f"   TPR at 1% FPR within that tenth: {inner.tpr_at(0.01)}")

# %% [markdown]
# Nearly all false alarms of calibrated loss are about that tenth. It subtracts where a person's loss usually lies, and
# does not ask how far it usually strays: a loss that is 2 below the mean is a sign of membership for most people, and
# nothing special for these. LiRA divides by the spread; its false alarms are less lopsided, and within the tenth
# it finds far more members. That is the next attack to write: divide by the spread, and you are near LiRA.
#
# ## What next
#
# - Change the settings at the top; then `Calibrated(signal="modified_entropy")`; then `run` itself.
# - Does it keep the contract still? `print(check_attack(...))`.
# - To contribute it: [CONTRIBUTING.md](../../CONTRIBUTING.md) says where the line goes.
#
# ## What this does not show
#
# - *Halves of one pool*: the shadow models' other records are those of the target too, which flatters every attack that
#   has shadow models. `take_turns(..., fresh=...)` measures with records of other people.
# - One table, one recipe, one size. Which attack is better may change with each of them, and with the false alarms that
#   one allows.
# - That no stronger attack exists. An attack that finds little shows that *it* found little.
