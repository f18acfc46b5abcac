# %% [markdown]
# # 00 · Start here: what can a model leak, and to whom?
#
# A model is trained on people's records and then given away, sold, or put behind a web page. The records stay at home.
# Do they? In this course you attack models with your own hands, on your own computer, and then train models that
# resist.
#
# **After this page you can**
# - say what an adversary may hold, and what they are after;
# - make a first model leak, in one minute, and measure by how much;
# - use the exercises: `check`, `hint`, `solution`.
#
# **Minutes:** 45 (the first leak after eight). **Before it:** nothing but a little Python. <!-- given: 45 (minutes) -->

# %% [markdown]
# ## Who attacks, with what, for what?
#
# A *threat model* answers three questions before any attack is run.
#
# | question | the answers you will meet | an example |
# |---|---|---|
# | **What does the adversary hold?** | the model's file (*white box*) | a recogniser shipped inside a phone |
# | | its answers alone, a *black box*: with probabilities (*scores*) | a risk score from a web service |
# | | or without (*labels*) | "high risk", and nothing else |
# | **What do they know already?** | a name; other people's faces; somebody's record | the web, an insurer |
# | **What are they after?** | what somebody looks like (*model inversion*) | a face from a name |
# | | whether somebody was in the data (*membership inference*) | "this person was a patient" |
#
# The more the adversary holds, the more they can do. A defence that helps against one adversary may do nothing
# against another, so every attack in this course names its adversary first.
#
# ## The threat model
#
# | | in this lesson |
# |---|---|
# | **secret** | who was in the data: being on the list of a diabetes study |
# | **holds** | a tree that answers yes or no |
# | **knows** | somebody's record: age, blood values, *and how their disease went* |
# | **queries** | one for each person |
# | **luck** | half of the people in question are members: a coin is right as often as wrong |

# %% [markdown]
# ## A first leak
#
# Scikit-learn carries real measurements of 442 diabetes patients (Efron and others 2004; no names in it). Half of
# them train a decision tree that foretells whether the disease will progress faster than usual. The other half were
# never shown to it.

# %%
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

features, progression = load_diabetes(return_X_y=True)
fast = progression > np.median(progression)
members, others, fast_members, fast_others = train_test_split(features, fast, test_size=0.5, random_state=0)
print(len(features), "patients:", len(members), "train the tree,", len(others), "do not")

# %% [markdown]
# **Expect** the tree to be right more often about those it was trained on. How much more often? Guess, then run.

# %%
tree = DecisionTreeClassifier(random_state=0).fit(members, fast_members)
right_members = tree.predict(members) == fast_members
right_others = tree.predict(others) == fast_others
print(f"right about members: {right_members.mean():.0%}   right about others: {right_others.mean():.0%}")

# %% [markdown]
# The tree is never wrong about the patients it was trained on: it knows them by heart. That is a weapon. An
# adversary who holds somebody's record and its outcome, and may put it to the tree, guesses:
#
# > *the tree is right about this patient, so this patient was in the data.*
#
# How good is the guess? Count how often it says "member" of a member (the *true-positive rate*, TPR) and of somebody
# else (the *false-positive rate*, FPR). The difference is the adversary's **advantage**: 0 for a coin, 1 for certainty.
#
# $$\mathrm{advantage} = \mathrm{TPR} - \mathrm{FPR}$$

# %% [markdown]
# ## Exercise 0.1: the adversary's advantage
#
# Compute the advantage of this guess from `right_members` and `right_others`. Replace the `...`, run the cell, and read
# the answer. Stuck? Run `hint("0.1")`, more than once if you like. `solution("0.1")` opens after three tries.

# %%
from leaklab.course import exercises

check, hint, solution = exercises("00")

# %%
### BEGIN SOLUTION
advantage = right_members.mean() - right_others.mean()
### END SOLUTION
check("0.1", advantage, given=(right_members, right_others))

# %% [markdown] tags=["trainer"]
# **Trainer.** Let people say aloud what the guess costs: it needs the model's label only and the patient's record,
# no mathematics, no white box. Then ask: what would the advantage be if the tree were *right about everybody*?
# (Zero: what leaks is the difference, not the accuracy.)

# %% [markdown]
# The package should agree, and adds how sure we can be with so few people: the 95% interval.

# %%
from leaklab.metrics import roc

said = np.concatenate([right_members, right_others])
measured = roc(said, np.arange(len(said)) < len(members)).advantage()
assert np.isclose(measured.value, right_members.mean() - right_others.mean())
print("advantage:", measured)

# %% [markdown]
# The interval stays above 0: this is no luck.
#
# ## Where the guess fails
#
# A tree that may ask only one question cannot know anybody by heart. **Expect** it to be wrong about members and others
# nearly equally often. With 221 patients on each side chance alone moves a rate by some points, so we read the
# exact 95% interval (Clopper and Pearson 1934) of each rate beside it.

# %%
from leaklab.metrics import Rate
from leaklab.plots import score_chart

rates = {}
for questions, depth in (("big tree", None), ("one question", 1)):
    smaller = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(members, fast_members)
    for who, x, y in (("members", members, fast_members), ("others", others, fast_others)):
        right = smaller.predict(x) == y
        rates[f"{questions}, {who}"] = Rate(int(right.sum()), len(right))
score_chart(rates).figure

# %% [markdown]
# *The figure: how often each tree is right about members and about others, with intervals. Those of the big tree lie
# far apart, those of the small tree overlap. The dashed line is a coin.*
#
# The intervals of the big tree lie far apart: it leaks. Those of the small tree overlap: from so few patients, we
# cannot tell its leak from none. And what did keeping the secret cost? Compare how often each foretells the *others*:
# these two intervals overlap too, so the small tree is **no worse, as far as we can tell**. It is not always so, and
# [lesson 07](07_private_training.ipynb) asks what privacy costs.

# %% [markdown] tags=["trainer"]
# **Trainer.** "Is that only this split?" The big tree leaks on every split. The small one leaks too, a little, on some:
# not shown is not shown not to.

# %% tags=["trainer"]
for seed, depth in ((seed, depth) for depth in (None, 1) for seed in range(4)):
    x, unseen, y, unseen_y = train_test_split(features, fast, test_size=0.5, random_state=seed)
    other = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x, y)
    gap = other.score(x, y) - other.score(unseen, unseen_y)
    print(f"split {seed}, {depth or 'any number of'} question(s): advantage {gap:.2f}")

# %% [markdown]
# ## Exercise 0.2: which adversary was that?
#
# What must the model hand over for this guess to work? Answer `"parameters"`, `"scores"` or `"labels"`: the
# *least* that is enough.

# %%
### BEGIN SOLUTION
enough = "labels"
### END SOLUTION
check("0.2", enough)

# %% [markdown]
# ## House rules
#
# - The people in the embedded data sets are invented. Real data are public, used under their licences, and described in
#   `data/README.md`: what they are, who gave them, who consented.
# - A recovered face is a face. Treat it as you would want yours treated: do not publish it, do not put a name to it.
# - Attack your own models, or those you were asked in writing to attack. Elsewhere it may be a crime, and it is rude.

# %% [markdown]
# ## What you would tell your management
#
# Every lesson ends with these five rows, filled in from its own numbers.
#
# | | |
# |---|---|
# | **Adversary** | may ask the tree for yes or no, and has a person's record with its outcome |
# | **Worst group** | members, all alike: 1.00 [0.98, 1.00] of them are called one; of the others 0.62 [0.55, 0.68] |
# | **Number exposed** | 221 of 221 members are called so, and 137 of 221 others: a suspicion, not yet a proof |
# | **Not tested** | who holds more than labels; single people; other splits of the patients |
# | **Promised, and for which unit** | nothing, for no unit |
#
# ## Words
#
# - **threat model**: who attacks, what they hold and know, and what they are after ([above](#The-threat-model)).
# - **member**: somebody whose record the model was trained on.
# - **membership inference**: finding out who was one ([lesson 03](03_medical_membership.ipynb)).
# - **advantage**: how much more often the guess says "member" of members than of others.
# - **interval**: where the true rate may lie, given so few people.
#
# ## To read
#
# - Efron and others (2004), the patients: [doi](https://doi.org/10.1214/009053604000000067)
# - Yeom and others (2018), overfitting and the advantage: [arXiv](https://arxiv.org/abs/1709.01604)
# - Clopper and Pearson (1934), the exact interval: [doi](https://doi.org/10.1093/biomet/26.4.404)

# %% [markdown]
# ## The lessons
#
# | | lesson | the question |
# |---|---|---|
# | 01 | [Face inversion](01_face_inversion.ipynb) | is a name enough to get the face? |
# | 02 | [Prediction API](02_prediction_api.ipynb) | and if I can only ask? |
# | 03 | [Medical membership](03_medical_membership.ipynb) | was this patient in the data? |
# | 04 | [Who is exposed](04_who_is_exposed.ipynb) | who is most at risk, and why? |
# | 05 | [What the data decides](05_what_the_data_decides.ipynb) | what would less to remember change? |
# | 06 | [Noise](06_noise.ipynb) | how does noise protect? |
# | 07 | [Private training](07_private_training.ipynb) | what does a guarantee cost? |
# | 08 | [Audit](08_audit.ipynb) | is the guarantee true? |
# | 09 | [Design it away](09_design_it_away.ipynb) | need the model know these people at all? |
# | 10 | [Release decision](10_release_decision.ipynb) | may this model leave the building? |
# <!-- given: 10 (the number of a lesson) -->
#
# ## Where next, for whom
#
# Each of these gives its first result within two minutes.
#
# | you are a | open | first result |
# |---|---|---|
# | student | [Face inversion](01_face_inversion.ipynb) | a face, from a name alone |
# | trainer | [Medical membership, solved](../trainer/03_medical_membership.ipynb) | an attack to show |
# | researcher | [A new attack](../research/a_new_attack.ipynb) | your attack beside LiRA and RMIA |
# | | [Bring a table or photographs](../research/bring_a_table_or_photographs.ipynb) | your file, read and attacked |
# | data officer | [Audit a model of your own](../research/audit_a_model_of_your_own.ipynb) | may it be shared? |

# %% [markdown]
# ## What you saw
#
# - A model that knows its training data by heart tells who was in it, to anybody who may ask and knows the record.
# - What leaks is the difference between members and others, not the accuracy; a yes or no was enough.
# - A tree that cannot know anybody by heart leaks less than we can tell from so few people.
#
# Next: [a name is enough to get back a face](01_face_inversion.ipynb).
