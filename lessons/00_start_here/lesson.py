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

# %% [markdown]
# ## Who attacks, with what, for what?
#
# A *threat model* answers three questions before any attack is run.
#
# | question | the answers you will meet | an example |
# |---|---|---|
# | **What does the adversary hold?** | the model's file (*white box*) | a recogniser shipped inside a phone |
# | | its answers with probabilities (*scores*) | a risk score from a web service |
# | | its answers alone (*labels*) | "high risk", and nothing else |
# | **What do they know already?** | a name; other people's faces; somebody's record | the web, an insurer |
# | **What are they after?** | what somebody looks like (*model inversion*) | a face from a name |
# | | whether somebody was in the data (*membership inference*) | "this person was a patient" |
#
# The more the adversary holds, the more they can do. A defence that helps against one adversary may do nothing
# against another, so every attack in this course names its adversary first.

# %% [markdown]
# ## A first leak
#
# Scikit-learn carries real measurements of 442 diabetes patients (Efron and others, 2004; no names in it). Half of
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

# %%
tree = DecisionTreeClassifier(random_state=0).fit(members, fast_members)
right_members = tree.predict(members) == fast_members
right_others = tree.predict(others) == fast_others
print(f"right about members: {right_members.mean():.0%}   right about others: {right_others.mean():.0%}")

# %% [markdown]
# The tree is never wrong about the patients it was trained on: it knows them by heart. That is a weapon. An
# adversary who holds somebody's record, and may put it to the tree, guesses:
#
# > *the tree is right about this patient, so this patient was in the data.*
#
# How good is the guess? Count how often it says "member" of a member (the *true-positive rate*) and of somebody else
# (the *false-positive rate*). The difference is the adversary's **advantage**: 0 for a coin, 1 for certainty.

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
# ## Where the guess fails
#
# A tree that may ask only one question cannot know anybody by heart. Expect it to be wrong about members and others
# nearly equally often. With 221 patients on each side chance alone moves a rate by some points, so we read the
# exact 95% interval (Clopper and Pearson) of each rate beside it.

# %%
from scipy.stats import binomtest

for questions, depth in (("any number of questions", None), ("one question", 1)):
    smaller = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(members, fast_members)
    for who, x, y in (("members", members, fast_members), ("others", others, fast_others)):
        right = smaller.predict(x) == y
        low, high = binomtest(int(right.sum()), len(right)).proportion_ci()
        print(f"{questions}, {who}: right {right.mean():.0%} ({low:.0%} to {high:.0%})")

# %% [markdown]
# The intervals of the big tree lie far apart: it leaks. Those of the small tree overlap: from so few patients, we
# cannot tell its leak from none. And notice who foretells the others better: here the model that keeps its secrets is
# also the more useful one. It is not always so, and lesson 07 asks what privacy costs.

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
# ## The lessons
#
# | | lesson | the question |
# |---|---|---|
# | 01 | [Face inversion](01_face_inversion.ipynb) | is a name enough to get the face? |
# | 02 | [Prediction API](02_prediction_api.ipynb) | and if I can only ask? |
# | 03 | [Medical membership](03_medical_membership.ipynb) | was this patient in the data? |
# | 04 | [Who is exposed](04_who_is_exposed.ipynb) | who is most at risk, and why? |
# | 06 | [Private training](07_private_training.ipynb) | what does a guarantee cost? |
# | 07 | [Audit](08_audit.ipynb) | is the guarantee true? |
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
#
# **What you saw.** A model that knows its training data by heart tells who was in it, to anybody who may ask. Next:
# [a name is enough to get back a face](01_face_inversion.ipynb).
