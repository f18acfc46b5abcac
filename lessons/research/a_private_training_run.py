# %% [markdown]
# # A private training run, and its audit
#
# You want to train on people's records with a guarantee. In which order does one do that, what does the promise say in
# words that people can decide by, and is it true? Plan first, then epsilon, then the training; then a measurement that
# could prove the promise false, and a program with a planted bug, to see that it would.
#
# **Change first** (what the text says of numbers is about the settings as they stand)
# - `DATA`: `"synthetic"`, `"breast-cancer"`, `"diabetes"`, `"cdc"`, or a `Records` of your own
#   (`load_patients("my.csv", label="ill")`)
# - `PEOPLE`: how many records the plan counts on; a number that may be known to everybody
# - `EPSILON`: what is to be promised, at delta 1e-5
# - `EPOCHS`: how often each record is expected to take part
# - `AUDITED`: how many models an audit trains; it limits the epsilon that it can prove
#
# **The threat model.** Secret: whether one record was in the training data. The promise speaks of every adversary. The
# attack on the finished model holds a black box with scores. The auditor plays the strongest adversary: they know all
# other records and see the weights before and after every step. Luck: TPR = FPR, an epsilon of 0.
#
# **Whose data?** Nobody's: the embedded cohort is invented (Apache-2.0); `data/README.md` tells of the others.
# **It takes** about 35 seconds on two cores.

# %%
# %matplotlib inline
DATA = "synthetic"
PEOPLE = 2000
EPSILON = 2.0
EPOCHS = 20
AUDITED = 1500

# %% [markdown]
# ## The plan
#
# What will be drawn, from how many, how often: said before anybody looks at the table, because the plan is published
# with the model. On a table with one record more or less it draws at the same rate.

# %%
from leaklab.privacy import Batches
from leaklab.training import DPSGD, MLP

plan = Batches.over_epochs(PEOPLE, size=PEOPLE // 8, epochs=EPOCHS)
print(plan)

# %% [markdown]
# ## The promise
#
# The accountant finds the noise that this plan needs for this epsilon.

# %%
recipe = MLP(hidden=(64, 64), learning_rate=5e-3, dp=DPSGD.for_epsilon(EPSILON, plan, delta=1e-5))
promise = recipe.guarantee(delta=1e-5)
print(promise)

# %% [markdown]
# Who decides about a release does not think in epsilons. The same promise in other units, all of them limits for *any*
# attack, by anybody (the first two leave the tiny delta aside):

# %%
print(f"who thinks 1 in 100 that you are in it may come to think at most {promise.belief(0.01):.0%}")
print(f"who tosses a coin about it may come to think at most {promise.belief(0.5):.0%}")
print(f"at 1% false alarms, found of the members: at most {promise.tpr_at(0.01):.1%}")
print(f"true minus false alarms: at most {promise.advantage:.2f}")
print(f"for two records of one person together: epsilon {promise.for_groups_of(2).epsilon:.1f}")

# %% [markdown]
# The last line is the one to ask about first: if people have several records, promise something to people,
# `Batches(..., unit="person")`.
#
# ## The training
#
# Only now we open the table. As many records of each class, so that guessing is right half of the time (where there are
# two classes); as many `members` as planned, or fewer, if the table is too small.

# %%
import numpy as np

from leaklab.data import Records, load_patients

if DATA == "synthetic":
    records = load_patients(patients=20_000, rng=1)
else:
    records = DATA if isinstance(DATA, Records) else load_patients(DATA)
records = records.deduplicate()

# %%
most = np.bincount(records.label).min() * len(records.classes)
balanced = records.sample(most, balanced=True, rng=0)
members, others = balanced.split(min(PEOPLE, len(balanced) // 2), rng=0)
print(f"{len(members)} members, {len(others)} others", *members.caveats)

# %% [markdown]
# Private, and beside it the same network without privacy, in two forms: trained to the end, and stopped after three
# passes, which is the rival that a private model must be compared with.

# %%
from leaklab.training import fit_stack

recipes = {
    "plain": MLP(hidden=(64, 64), epochs=50),
    "stopped early": MLP(hidden=(64, 64), epochs=3),
    f"epsilon {EPSILON:g}": recipe,
}
everybody = np.ones((1, len(members)), bool)
models = {name: fit_stack([one], members.x, members.label, everybody, classes=len(members.classes), rng=0)[0]
          for name, one in recipes.items()}

# %% [markdown]
# Accuracy on the others, and the threshold attack on the loss. **Expect** the attack to find members of the plain model
# and few of the others.

# %%
from leaklab.access import BlackBox
from leaklab.attacks import Threshold
from leaklab.evaluation import accuracy
from leaklab.metrics import roc

outside = others.sample(min(len(members), len(others)), rng=0)
x, y = np.concatenate([members.x, outside.x]), np.concatenate([members.label, outside.label])
member = np.arange(len(x)) < len(members)

# %%
for name, model in models.items():
    access = BlackBox(model)
    found = roc(Threshold()(access, x, y).score, member)
    print(f"{name:13}  accuracy {accuracy(access, others.x, others.label)}   attack: AUC {found.auc}   "
          f"TPR at 1% FPR {found.tpr_at(0.01)}")

# %% [markdown]
# On the private model the attack's AUC is near 0.5, and its TPR at 1% false alarms below what the promise allows. So it
# is on the model that stopped early, about which nothing is promised. An attack that fails is no evidence for a
# guarantee: it fails on models without one, too. And neither model is less accurate than the plain one, which learned
# its members by heart.
#
# ## The audit
#
# To test the promise itself, one trains the program many times, with and without a **canary**, a record that is as hard
# to hide as can be, and looks at every step. The guarantee must hold for every table and every plan; so the auditor
# chooses those that make it easy to look: 30 records, a softmax regression, few steps. The epsilon is ours, and
# `fit_stack` is the program that trained the models above.

# %%
from leaklab.audit import CanaryAudit
from leaklab.training import SoftmaxRegression

dp = DPSGD.for_epsilon(EPSILON, Batches.over_epochs(30, size=15, epochs=8), delta=1e-5)
watched = SoftmaxRegression(optimizer="sgd", learning_rate=0.01, dp=dp)
few = members.sample(30 // len(members.classes) * len(members.classes), balanced=True, rng=0)

# %%
audit = CanaryAudit(models=AUDITED)
real = audit(fit_stack, watched, few.x, few.label, rng=0)
print(real)

# %% [markdown]
# Less is proven than promised: the promise is not refuted. How much could have been proven at most is in the same line;
# if that were below the promise, nothing could have refuted it, and the audit would be worthless.
#
# Nearly nothing is proven, which need not mean that nearly nothing leaks: the program starts from random weights, and
# where they happen to know the canary already, there is little to watch.
#
# ## Would it find a bug?
#
# `PlainTrainer` is the same training in plain numpy, right or with a bug. Two bugs that people make, each a line:

# %%
from leaklab.audit import BUGS, PlainTrainer

bugs = ("noise over batch twice", "clip the average")
for bug in bugs:
    print(f"{bug}: {BUGS[bug]}")

# %%
audits = {"the program": real}
for bug in (None, *bugs):
    audits[bug or "numpy, no bug"] = audit(PlainTrainer(bug), watched, few.x, few.label, rng=0)

# %%
from leaklab.plots import measured_dots

measured_dots({name: one.measured.epsilon for name, one in audits.items()}, EPSILON).figure

# %% [markdown]
# *The figure: measured epsilon, a line each, and a dashed line at the promised one. The program and the numpy training
# without a bug stand left of it, at what is proven, well below the promise. The two with a bug stand right of it, as
# squares, and are called broken.*
#
# All four return models that work, and the accountant says the same epsilon for all four: it has seen the plan only.
#
# ## How small is too small?
#
# The worst of the bugs again, by an audit of 60 models:

# %%
small = CanaryAudit(models=60)(PlainTrainer("noise over batch twice"), watched, few.x, few.label, rng=0)
print(small)
print("could it have refuted the promise?", small.could_refute)

# %% [markdown]
# Even an adversary who never errs proves little with so few models. An audit that could not fail anybody passes
# everybody.
#
# ## What next
#
# - Your own training: give `CanaryAudit` a function `train(x, y, rng)` that returns a model, and what its owner says:
#   `Promise(3, 1e-5, says="its owner")`. CONTRIBUTING.md has an example that runs, the docstring of `CanaryAudit` a
#   template for a training that shows its steps.
# - Lesson [07](../trainer/08_audit.ipynb) goes through the audit slowly.
#
# ## What this does not show
#
# - That the promise is true. An audit can refute, and never confirm: this adversary, on this plan, found no more. A bug
#   that needs other eyes (rows taken in the order of the file, say) passes it.
# - Anything about the steps around the training: features scaled by the table's own mean, an epsilon or a learning rate
#   chosen by looking at the private records, a second release of the same records. Each costs, and none is counted.
# - That people are safe from what the model teaches about people like them. Differential privacy hides that you took
#   part, and not what is true of you anyway.
