# %% [markdown]
# # Audit a model of your own
#
# Somebody asks you for a model that was trained on people's records. May you hand over the file? Put it behind an
# address instead? Or does it belong where the records are? An *audit* attacks the model in every way that its access
# and the time allow, and says by stated rules what may be done with it. We audit a scikit-learn pipeline, a Keras
# network and an address, change how they are trained, and see the decision change.
#
# **Change first** (what the text says of numbers is about the settings as they stand, and the run that is shown: how
# many shadow models fit into the time depends on the machine)
# - `MODEL`: your model, fitted: what `joblib.load("model.joblib")` or `leaklab.models.load_model("model.keras")` gives.
#   Opening a pickle or joblib file *runs* it: only files of authors whom you trust
# - `RECORDS`: `(members, others)`, what it was trained on and what it was not, each as `(table, labels)` or as
#   `Records`: [bring a table](bring_a_table_or_photographs.ipynb) tells how to get them from a file
# - `MINUTES`: for one audit at most; what does not fit in is left out, and said. Take 3 for a decision
# - `GROUPS`: columns by whose values the leak is told apart
# - `POLICY`: the rules' thresholds
#
# **The threat model.** Secret: who was in the training data. Adversaries hold the file, or a key to all scores, to
# rounded ones, to the likeliest class, to labels alone. They have people's complete records, and train models of the
# same kind on records drawn alike. Luck: AUC 0.5; at 1% false alarms, 1% of the members.
#
# **Whose data?** Nobody's: this notebook draws its table from a formula.
# **It takes** about 55 seconds on two cores.

# %%
# %matplotlib inline
from leaklab.report import Policy

MODEL = None  # None: the forest below
RECORDS = None  # None: the table below
MINUTES = 0.5
GROUPS = ("smoker", "town")
POLICY = Policy()

# %% [markdown]
# ## Members and others
#
# Two tables are needed, and the second is the one that people lack: records *drawn like the members*, of people who
# were not in the training. Hold back a random part before you train. Here both come from one formula, with text and
# gaps as tables have them.

# %%
import numpy as np
import pandas as pd


def draw(n, seed, older=0):
    """A table of n people and their outcomes."""
    rng = np.random.default_rng(seed)
    smoker = rng.choice(["never", "former", "daily"], n, p=[0.5, 0.3, 0.2])
    table = pd.DataFrame({
        "age": rng.integers(18, 90, n) + older,
        "bmi": rng.normal(27, 5, n).round(1),
        "pressure": rng.normal(125, 15, n).round() + 10 * (smoker == "daily"),
        "smoker": smoker,
        "town": rng.choice(["North", "South", "East", "West"], n, p=[0.4, 0.3, 0.2, 0.1])})
    risk = 0.06 * (table.age - 55) + 0.12 * (table.bmi - 27) + 1.5 * (smoker == "daily") + rng.logistic(0, 1, n)
    for column, gaps in (("pressure", 0.15), ("smoker", 0.1)):
        table[column] = table[column].mask(rng.random(n) < gaps)
    return table, np.where(risk > 0.5, "ill", "well")


made = draw(400, seed=1), draw(400, seed=2)
made[0][0].head(3)

# %% [markdown]
# ## A scikit-learn model
#
# A pipeline fills the gaps, turns text into numbers, and ends in a random forest, as it comes. It takes the table as it
# is, so the audit hands it the table as it is.

# %%
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def pipeline(classifier):
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    text = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((numbers, ["age", "bmi", "pressure"]), (text, ["smoker", "town"]))
    return make_pipeline(columns, classifier)


forest = pipeline(RandomForestClassifier(10, random_state=0)).fit(*made[0])
model = forest if MODEL is None else MODEL
members, others = made if RECORDS is None else RECORDS

# %% [markdown]
# **Expect** the worst: each tree of a default forest grows until it knows its people by heart.

# %%
from leaklab.report import Scope, audit_model

report = audit_model(model, members, others, scope=Scope(minutes=MINUTES, groups=GROUPS), policy=POLICY, rng=0)
print(report.recommendation.says, *report.recommendation.reasons, sep="\n- ")

# %% [markdown]
# The decision comes with its reasons, and each reason with the rule that it comes from. The rules are few, and stand in
# `leaklab.report.recommend`. Rule 1 is about what lies in the file as it is, before any attack: leaves of a tree
# that hold one patient. Rule 2 is about attacks.
#
# ## Access by access
#
# For each access, the attack that did best. `least` is the smallest AUC that this test would have seen, four times in
# five: *no leak shown* is worth as much as that number.

# %%
from leaklab.report import LIMITS


def by_access(report):
    rows = {}
    for access, name in LIMITS.items():
        found = [f for f in report.of("membership") if f.access == access and f.measures]
        if found:
            best = max(found, key=lambda f: f.measures[0].value)
            area, *rates = best.measures  # the rate only where there are others enough to see it
            rows[name] = {"best attack": best.title, "outcome": best.outcome, "AUC": str(area).removeprefix("AUC "),
                          **{rate.name: f"{rate.value:.0%}" for rate in rates[:1]}, "least": f"{area.least:.2f}"}
    return pd.DataFrame(rows).T


by_access(report)

# %% [markdown]
# Rounding takes nothing from the attacks. Labels alone leak less, and still too much. (Of a forest there are no
# gradients, so the file itself adds no attack here; what it adds is rule 1, and everything that the scores give.)

# %%
from leaklab.report import roc_curves

roc_curves(report.curves).figure

# %% [markdown]
# *The figure: true- against false-positive rates on logarithmic axes, the best attack on all scores and the best on
# labels only, and the diagonal of chance. The curve of the scores runs far above the diagonal, also at the lowest
# rates; that of the labels runs between the two.*
#
# ## Who is exposed?
#
# An average hides people. The report has a line for every record, the most exposed first; the shadow models say who is
# *shown* to be exposed by training in this way, members or not: an other is exposed as soon as the model is trained on
# them, too. And it tells groups apart.

# %%
columns = ["record", "member", "label", *GROUPS, "score: LiRA", "exposed"]
print(f"exposed: {report.records['exposed'].eq(True).sum()} of {len(report.records)}")
report.records.reindex(columns=columns).head(4)

# %%
pd.DataFrame([{"column": g.column, "value": g.value, "members": g.members, "others": g.others, "AUC": g.auc}
              for g in report.groups])

# %% [markdown]
# Here nobody is spared, and the towns hardly differ. Those whose smoking was not written down are found most surely: a
# gap makes a record rarer, and what is rare is remembered. Ask it of your groups.
#
# ## Train otherwise, ask again
#
# No leaf of a tree may hold fewer than 40 people. **Expect** a smaller leak. What of the accuracy?

# %%
tame = pipeline(RandomForestClassifier(10, min_samples_leaf=40, random_state=0)).fit(*made[0])
audits = {"the first model": report, "leaves of 40": audit_model(
    tame, *made, scope=Scope(minutes=MINUTES, groups=("smoker",)), policy=POLICY, rng=0)}


def decisions(audits):
    rows = {}
    for name, one in audits.items():
        right = {m.name: f"{m.value:.0%}" for m in one.of("utility")[0].measures[:2]}
        area = max((f.measures[0] for f in one.of("membership") if f.access and f.measures),
                   key=lambda m: m.value)
        advice = one.recommendation
        rows[name] = {**right, "best attack": str(area), "decision": f"{advice.decision} {advice.limits}".strip(),
                      "shadow models": one.settings["shadow models"]}
    return pd.DataFrame(rows).T


decisions(audits)

# %% [markdown]
# One setting: the forest is as often right about people whom it never saw, and of the leak nothing is shown any more.
# The file may be shared.
#
# Not shown, is that none? The interval of its best attack lies above 0.5, a little. But it is the best of twenty
# attacks, and the best of twenty is lucky. So the audit asks more of each of them, such that all of them together
# accuse an innocent model in one audit of a hundred. What that costs is in `least`: a leak smaller than that may pass.
#
# ## A Keras network
#
# The same patients, as numbers: what the pipeline's first step makes of them. A compiled network can be trained again
# by the audit as it is. That takes long; if you know how it was trained, say so in `fit=`, and the shadow models train
# side by side.

# %%
import logging

import tensorflow as tf

from leaklab.training import MLP

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # that programs are compiled anew is no news
PASSES, BRIEF = 60, 5
(x, y), (z, outcome) = ((forest[:-1].transform(table), (label == "ill").astype(int)) for table, label in made)


def network(passes):
    tf.keras.utils.set_random_seed(0)
    layers = [tf.keras.layers.Dense(64, "relu"), tf.keras.layers.Dense(64, "relu"), tf.keras.layers.Dense(2, "softmax")]
    net = tf.keras.Sequential([tf.keras.Input(x.shape[1:]), *layers])
    net.compile(tf.keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy")
    net.fit(x, y, epochs=passes, batch_size=64, verbose=0)
    return net


def recipe(passes):
    return MLP(hidden=(64, 64), epochs=passes, batch_size=64, learning_rate=5e-3)


# %%
audits["network, 60 passes"] = audit_model(network(PASSES), (x, y), (z, outcome), fit=recipe(PASSES),
                                           scope=Scope(minutes=MINUTES), policy=POLICY, rng=0)
by_access(audits["network, 60 passes"])

# %% [markdown]
# Now there is a line for the file: with the weights one can ask for gradients. Here the norm of a record's gradient
# tells *less* than shadow models do from scores alone. More access is not always more leak by the attack one happens to
# have; the rules count whatever the scores leak against the file, which gives them.
#
# ## An address
#
# The other remedy for networks: stop early. And the other way to hand over a model: serve it. We put a network of five
# passes behind an address on this machine, and audit it as an outsider with a key would, by asking. Give your own
# server's in place of `server.url`, and a key to all scores: one whose answers are rounded on the way shows what
# rounded answers leak, and clears nothing finer.

# %%
from leaklab.access import BlackBox, RemoteApi
from leaklab.server import serve

with serve(BlackBox(network(BRIEF)), port=0) as server:
    key = server.keys.add("the auditor", budget=10_000)
    with RemoteApi(server.url, key) as api:
        audits["address, 5 passes"] = audit_model(api, (x, y), (z, outcome), fit=recipe(BRIEF),
                                                  scope=Scope(minutes=MINUTES), policy=POLICY, rng=0)
print(audits["address, 5 passes"].model["queries"], "queries")
decisions(audits)

# %% [markdown]
# One query for each record, and no look inside. The network of five passes is at least as good on new people as that of
# sixty, and leaks far less, but it leaks. The rules go down, access by access, to the first that is clean: if there is
# one, the decision names it as `leaklab keys add --hardening` takes it.

# %%
from leaklab.metrics import Interval
from leaklab.plots import auc_dots


def best_area(report):
    area = max((f.measures[0] for f in report.of("membership") if f.access == "scores" and f.measures),
               key=lambda m: m.value)
    return Interval(area.value, area.low, area.high)


auc_dots({name: best_area(one) for name, one in audits.items()}).figure

# %% [markdown]
# *The figure: the AUC of the best attack on all scores, a dot with its interval for each of four models, and a dashed
# line of chance at 0.5. The default forest stands far to the right, the network of 60 passes less far; leaves of
# 40 and five passes stand nearest to chance.*
#
# ## Rules of your own
#
# How much leak is too much is not for an attack to say. The default policy tolerates none that is shown. Somebody may
# decide that a leak whose *upper* limit stays below an AUC of 0.7, and below 10% of members found at 1% false alarms,
# is bearable among hospitals under contract. Somebody else trusts no audit that could miss an AUC of 0.55. The
# measurements stay as they are; the rules are applied anew.

# %%
from leaklab.report import recommend

policies = [POLICY, Policy(name="among hospitals", tolerated_auc=0.7, tolerated_tpr=0.1),
            Policy(name="strict", must_see_auc=0.55)]


def decided(one, policy):
    offered = [limit for limit in LIMITS if limit != "file" or one.model["kind"] != "RemoteApi"]
    advice = recommend(one.findings, policy, pictures=bool(one.pictures), offered=offered)
    return f"{advice.decision} {advice.limits}".strip()


pd.DataFrame({policy.name: {name: decided(one, policy) for name, one in audits.items()} for policy in policies})

# %% [markdown]
# No policy here lets the default forest out: what lies in its leaves is rule 1's, whatever attacks find. Among
# hospitals the network of five passes may answer with all scores. To the strict, *no leak shown* on so few records
# means little: the forest that might be shared is undecided. (`serve` without a limit is: all scores.) A policy is a
# file, `--policy FILE` with the same names. Write it *before* you see the report.
#
# ## When the others were not drawn alike
#
# What if you have no records that were held back, and take those of another year, another ward? Then an attack may
# succeed because the *people* differ. Here are others who are 15 years older, and the tame forest:

# %%
elsewhere = audit_model(tame, made[0], draw(400, seed=3, older=15), scope=Scope(minutes=0.05), rng=0)
print(elsewhere.recommendation.says, elsewhere.of("comparison")[0].says, sep="\n- ")

# %% [markdown]
# Before any attack, the audit tries to tell the two tables apart *without* the model. If it can, it decides nothing,
# neither for nor against the model (rule 4): whatever the attacks find may be that difference. The remedy is to draw
# again, not to ask again.
#
# ## The report, to pass on
#
# A page to read and to print, the findings as JSON, and a table of all records. The table is as secret as the data:
# it says who was a member.

# %%
from pathlib import Path

print(*report.save(Path("build", "report")), sep="\n")

# %% [markdown]
# `build/` is beside this notebook, and is not committed. The same without Python, from files:

# %%
import joblib

joblib.dump(forest, Path("build", "model.joblib"))
for name, (table, label) in zip(("members", "others"), made, strict=True):
    table.assign(outcome=label).to_csv(Path("build", f"{name}.csv"), index=False)

# %% [markdown]
# ```
# leaklab audit build/model.joblib --trust --members build/members.csv --others build/others.csv --label outcome \
#     --groups smoker town --out build/report
# ```
#
# `--trust` says that you know who made the file: a joblib file is a program. A Keras file needs no such word, an
# address takes the place of the file, with its key in `LEAKLAB_KEY`. `leaklab audit --help` has the rest.
#
# ## What this does not show
#
# - What nobody tested. The report lists it: `report.recommendation.untested`. Name a `Scope(sensitive=...)` column, and
#   it is inferred; give photographs, and faces are.
# - Safety. *No leak shown* means that these attacks, on so many records, would have seen one larger than `least`. A
#   smaller one may be there, and a stronger attack may find it.
# - Other models. It is this file's audit. Trained again tomorrow, on other records, it is another model.
# - Anything, where the others were not drawn like the members. The comparison catches coarse differences. It cannot
#   vouch for fine ones, nor for a member that lies among the others under another spelling.
# - A promise. Only a guarantee speaks of all attacks: [a private training run](a_private_training_run.ipynb).
