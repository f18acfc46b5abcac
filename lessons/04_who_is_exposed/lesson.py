# %% [markdown]
# # 04 · Who is exposed: who is most at risk, and why?
#
# In lesson 03 the attack was better than a coin over *all* patients, and useless against any *one*. The clinic is
# relieved. It should not be. One threshold for everybody treats everybody alike, and people are not alike: some
# hide in the crowd whatever the model does, and some stand where nobody else stands. A better attack asks of each
# person: **is this loss small *for this person*?**
#
# **After this page you can**
# - train shadow models and read one person's two worlds: with them in the data, and without;
# - write the likelihood-ratio attack in one line, and measure it where it hurts, at few false alarms;
# - say who is exposed, without being fooled by the luck of thousands;
# - say what more data, balanced data and de-duplication change, and for whom;
# - infer an answer that somebody kept to themselves, and tell what the model adds from what anybody could guess.

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | membership: *this person is a patient of that clinic* |
# | **What does the adversary hold?** | a *black box* that answers with probabilities (scores) |
# | **What do they know?** | the answers and true outcomes of 1,400 people, half of them members; the training recipe |
# | **How many queries?** | one a person. The work is at home: 64 shadow models |
# | **What would be luck?** | AUC 0.5; at 1% false alarms, 1% of the members |
#
# **Whose data?** Nobody's. The embedded cohort is invented, shaped by published figures of the United States' Centers
# for Disease Control (2015, public domain), under Leaklab's own licence, Apache-2.0; `data/README.md` tells more.

# %%
# %matplotlib inline
from dataclasses import replace

import numpy as np
import pandas as pd

from leaklab.course import exercises
from leaklab.data import load_patients

check, hint, solution = exercises("04")

# %% [markdown]
# This time we take people **as they come**: about one in seven is ill (diabetes, or on the way to it). The ill are the
# minority here. Doubles are removed first, for a reason that we shall see.

# %% tags=["nbval-check-output"]
asked = load_patients("synthetic").deduplicate().sample(1400, rng=0)
ill = asked.label == 1
print(f"{len(asked)} people, {ill.sum()} of them ill")

# %% [markdown]
# ## Sixty-five worlds
#
# To know what a model does *with* you in the data and *without* you, train both. And since chance has a say in every
# training, train many: each **shadow model** gets its own random half of the 1,400. So each person is in about 32
# models and out of about 33. `trained_on` is the table of who was where: a row a model, a column a person.

# %%
import logging

from leaklab.experiments import Turns, take_turns
from leaklab.training import halves

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its hints on speed neither

trained_on = halves(65, 1400, rng=1)
turns = take_turns(asked, trained_on=trained_on, rng=1)

# %%
own, others = turns.accuracy()
print(f"right about its own people: {own:.0%}, about the others: {others:.0%}")

# %% [markdown]
# That took seconds: small models train side by side as one program. They learn by heart, as in lesson 03 (two hidden
# layers of 64, 50 epochs).
#
# An attacker would use 64 of them against one stranger's model. We let **every model take its turn** as the
# stranger's, the other 64 being the shadows. So all that follows is measured 65 times.
#
# ## One person, two worlds
#
# How sure was a model of the truth? Take the probability $p$ of the person's true outcome, on a scale that opens up
# its crowded ends: the **logit**, $\varphi = \log\frac{p}{1-p}$. Zero is a toss-up, +5 sure and right, -5 sure and
# wrong. Here is somebody healthy, of whom one would expect nothing else. **Expect** two histograms: models that were
# trained with this person, and models that were not.

# %%
from leaklab.attacks import logit
from leaklab.data import risk
from leaklab.plots import in_and_out

phi = turns.signals(logit)
expected_risk = risk(asked.features)  # we invented these people, so we know
ordinary = np.argmin(np.where(ill, 1, expected_risk))
in_and_out(phi[trained_on[:, ordinary], ordinary], phi[~trained_on[:, ordinary], ordinary]).figure

# %% [markdown]
# *The figure: two humps on top of each other, far right of zero. With the person or without, the models are sure that
# they are healthy.*
#
# This person hides in the crowd. Now somebody who is **ill although nothing foretold it**, the least expected of all:

# %%
surprising = np.argmin(np.where(ill, expected_risk, 1))
in_and_out(phi[trained_on[:, surprising], surprising], phi[~trained_on[:, surprising], surprising]).figure

# %% [markdown]
# *The figure: two humps far apart. Models trained without the person are sure and wrong, far left of zero; models
# trained with them are near a toss-up, and still on the wrong side.*
#
# Nothing but this person's own row could teach a model to doubt that they are healthy. Whoever finds a model that
# doubts has found out whom it was trained on. And mark: **the loss need not be small**. A value near zero, a toss-up,
# gives this person away, while the ordinary person's tiny loss says nothing. That is what one threshold for
# everybody cannot see.

# %% [markdown] tags=["trainer"]
# **Trainer.** Stop here and ask: "The stranger's model answers 0, a toss-up, on both people. Who was in?" For the
# first, neither hump is near, and nobody can tell; for the second, it is clear. The same answer, another meaning.

# %% [markdown]
# ## The likelihood ratio
#
# LiRA (Carlini and others, 2022) puts a normal curve on each hump, and asks which one explains the stranger's answer
# better:
#
# $$\Lambda = \log \frac{N(\varphi \,;\, \mu_\text{in}, \sigma_\text{in})}{N(\varphi \,;\, \mu_\text{out},
# \sigma_\text{out})}, \qquad \log N(\varphi; \mu, \sigma) = -\frac{(\varphi - \mu)^2}{2\sigma^2} - \log\sigma +
# \text{const.}$$
#
# ## Exercise 4.1: the likelihood ratio by hand
#
# `target` is the stranger's logit on a person (a number), `inside` and `outside` are those of the shadow models with
# and without the person. Return $\Lambda$. For the deviations take plain `.std()`.

# %%
def log_ratio(target, inside, outside):
    ### BEGIN SOLUTION
    z_in = (target - inside.mean()) / inside.std()
    z_out = (target - outside.mean()) / outside.std()
    return (z_out**2 - z_in**2) / 2 + np.log(outside.std() / inside.std())
    ### END SOLUTION

check("4.1", log_ratio)

# %% [markdown]
# The package's `lira` is the same, for all people at once. Model 0 is the stranger's, models 1 to 64 are the shadows:

# %%
from scipy.stats import norm

from leaklab.attacks import lira

score = lira(phi[0], phi[1:], trained_on[1:], variance="per_record")
for i in (ordinary, surprising):
    inside, outside = phi[1:][trained_on[1:, i], i], phi[1:][~trained_on[1:, i], i]
    by_hand = norm.logpdf(phi[0, i], inside.mean(), inside.std()) - norm.logpdf(
        phi[0, i], outside.mean(), outside.std())
    assert np.isclose(score[i], by_hand)

# %% [markdown]
# ## How much better is it?
#
# **Recall** from lesson 03: the threshold on the loss found 1% of the members at 1% false alarms, just like a coin.
# Both attacks now against 65 targets each:

# %%
from leaklab.metrics import over_targets

attacks = {name: over_targets(turns.scores(name), trained_on) for name in ("loss threshold", "LiRA", "RMIA")}
for name, found in attacks.items():
    print(f"{name:15} AUC {found.auc}   TPR at 1% FPR {found.tpr_at(0.01).value:.3f}")

# %%
from leaklab.plots import roc_spread

roc_spread({name: attacks[name] for name in ("loss threshold", "LiRA")}).figure

# %% [markdown]
# *The figure: on logarithmic axes, the loss threshold runs along the diagonal of chance and below it where few are
# accused. LiRA lies far above: at 1% false alarms it finds about 11% of the members. Bands over 65 targets are
# narrow.*
#
# Ten times chance, where the threshold found nothing. Same models, same single query a person. The AUC rose too, but
# look how little it tells: 0.68 sounds harmless, and for some people this attack is nearly certain.
#
# ## Cheaper: a few reference models
#
# 64 shadow models of a large network are dear. **RMIA** (Zarifzadeh and others, 2024), the third line above,
# compares a person's gain with *other people's* gains, so it needs no histogram of each. Give both attacks four
# reference models: two random halves, and the two halves that were left over, so that everybody is in two and out of
# two.

# %%
from leaklab.attacks import rmia, true_probability

two = halves(2, 1400, rng=9)
few = take_turns(asked, trained_on=np.concatenate([two, ~two]), rng=9)
p, q = turns.signals(true_probability), few.signals(true_probability)

# %%
cheap = {"RMIA, 4 models": [rmia(target, q, few.trained_on) for target in p],
         "LiRA, 4 models": [lira(target, few.signals(logit), few.trained_on, variance="global") for target in phi]}
for name, scores in cheap.items():
    print(f"{name}: TPR at 1% FPR {over_targets(scores, trained_on).tpr_at(0.01).value:.3f}")

# %% [markdown]
# With four models RMIA does nearly what LiRA does with 64, and LiRA falls to less than half. (It may only estimate one
# deviation for everybody here; two values make no histogram.) Cost protects nobody.

# %% [markdown]
# ## Who is exposed?
#
# Now turn the table: not "how many members does the attack find?" but "how often does it find **you**?" Each person
# was in about 32 of the targets and out of the others. Over those turns, at a threshold that accuses 1% of
# outsiders,
#
# $$\text{advantage of a person} = \text{TPR} - \text{FPR over that person's turns.}$$
#
# Zero: your membership makes no difference. One: you are always told. With 32 turns a side it has an interval, and a
# p-value (Fisher's exact test: is this person called a member more often when inside?).

# %%
from leaklab.metrics import exposure

scores = turns.scores("LiRA")
found = exposure(scores, trained_on)
print(f"p below 0.05: {(found.p_value < 0.05).sum()} of {len(found.p_value)} people")

# %% [markdown]
# ## Exercise 4.2: luck
#
# So are all these people exposed? Suppose the model leaked **nothing** about anybody. How many of 1,400 people would
# at most be expected to have a p-value below 0.05 all the same?

# %%
### BEGIN SOLUTION
by_luck = 1400 * 0.05
### END SOLUTION
check("4.2", by_luck)

# %% [markdown]
# That many scandals, out of nothing. So one asks for less: a list of which at most 5% are there by luck (the *false
# discovery rate*; Benjamini and Hochberg, 1995). We split people into three kinds: **healthy**; **ill, as expected**
# (a risk of at least 20% by their answers); and **ill, unexpected**. **Before you look:** who will be on the list?

# %%
kind = np.where(~ill, "healthy", np.where(expected_risk >= 0.2, "ill, expected", "ill, unexpected"))
marked = found.exposed(fdr=0.05)
pd.DataFrame({"people": pd.Series(kind).value_counts(),
              "exposed": pd.Series(marked).groupby(kind).sum(),
              "share": pd.Series(marked).groupby(kind).mean().map("{:.0%}".format)})

# %%
from leaklab.plots import exposed

exposed(found, kind).figure

# %% [markdown]
# *The figure: each person's advantage, by rank within their kind. Among the unexpectedly ill nearly all are marked,
# most near 1. Among the expectedly ill more than half; their curve falls steadily. Of the healthy only a few in a
# hundred.*
#
# The clinic's "harmless on average" was made of two things: 1,199 healthy people who hide well, and 67 people for
# whom **being in the data is practically public**. And it is the ill who pay. Membership means, for them, the
# diagnosis.
#
# Not marked does not mean safe. It means: not shown, with 65 turns and this attack.
#
# And mark what this can claim. All 65 models are halves of the *same* 1,400 people: our adversary holds the whole pool,
# and shadow models that share people with the target resemble it more than a stranger's would. With fresh people beside
# those who are asked about, AUC falls by about 0.03, and a quarter fewer members are found at 1% false alarms
# (`benchmarks/README.md`; `take_turns(asked, fresh=others, size=2000)` does it where there are others).

# %% [markdown]
# ## Groups, with their intervals
#
# The same by AUC: within each kind, how often does a member score higher than a non-member *of the same kind*?

# %%
from leaklab.metrics import auc_by_group
from leaklab.plots import auc_dots

groups = auc_by_group(scores, trained_on, kind)
auc_dots(groups.auc).figure

# %% [markdown]
# *The figure: three dots with intervals. Healthy 0.60, ill as expected 0.92, ill unexpectedly 0.99; no two intervals
# touch, and all lie right of chance.*

# %%
print("unexpected minus expected:", groups.difference("ill, unexpected", "ill, expected"))

# %% [markdown]
# ## Exercise 4.3: is every minority exposed?
#
# People under 35 (`Age` up to 3) are a minority too: about one in ten. Are they more exposed than the rest? Answer
# `"more"`, `"less"` or `"not shown"`, with the interval of the difference in hand.

# %%
young = np.where(asked.features["Age"] <= 3, "under 35", "older")
by_age = auc_by_group(scores, trained_on, young).difference("under 35", "older")
print(by_age)
### BEGIN SOLUTION
answer = "less"
### END SOLUTION
check("4.3", answer, given=by_age)

# %% [markdown]
# A small group is not a lonely one. The young are few, but nearly all of them are healthy, as everybody expects: they
# are easy. What about the very heavy (a body mass index of 45 and more)?

# %%
heavy = np.where(asked.features["BMI"] >= 45, "BMI from 45", "lighter")
print("BMI from 45 minus lighter:", auc_by_group(scores, trained_on, heavy).difference("BMI from 45", "lighter"))

# %% [markdown]
# *They* are more exposed. So "minority" is not yet the reason.
#
# ## Why?
#
# Two suspects: an **outcome that contradicts** the rest of the answers (the model must learn it by heart, there is no
# other way), and **rarity** (few neighbours in the table who would teach the model the same). For rarity take the mean
# distance to the five nearest people, and call the top tenth *rare*. First, the outcome: how likely was it?

# %%
likely = np.where(ill, expected_risk, 1 - expected_risk)
steps = pd.cut(likely, [0, 0.1, 0.2, 0.5, 0.8, 0.9, 1]).astype(str)
by_outcome = auc_by_group(scores, trained_on, steps).auc
auc_dots({f"outcome's chance in {step}": by_outcome[step] for step in sorted(by_outcome)}).figure

# %% [markdown]
# *The figure: six dots in a falling line: outcomes of a chance below 10% have an AUC near 1.00, then it falls step by
# step to 0.53 for outcomes that were nearly certain.*
#
# That explains most of it. Is there anything left for rarity? Compare people **alike in the first respect**:
# the healthy whose risk was below 10%.

# %%
from scipy.spatial import cKDTree

distance = cKDTree(asked.x).query(asked.x, k=6)[0][:, 1:].mean(axis=1)  # the nearest is the person
rare = np.where(distance >= np.quantile(distance, 0.9), "rare", "common")
calm = ~ill & (expected_risk < 0.1)
by_rarity = auc_by_group(scores[:, calm], trained_on[:, calm], rare[calm])
print(f"rare {by_rarity.auc['rare']}   common {by_rarity.auc['common']}   "
      f"difference {by_rarity.difference('rare', 'common')}")

# %% [markdown]
# Rarity adds its own share, a smaller one. (Over *all* people the rare have an AUC of about 0.8, but part of that is
# the first reason: in this cohort the rare are those with many ailments, whose outcome is open.) The heavy are rare
# and their outcome is open; the young are neither.
#
# ## Meet them
#
# Pick somebody. The model under attack is model 0; the slider says how many shadow models the attacker could afford.
# The threshold is the attacker's own, set on the shadow models for 1% false alarms. The card opens with 16 on somebody
# of whom they cannot tell: move the slider up by one, and down. See how humps, threshold and verdict firm up; then
# take *Another one*, at random, and see for whom no number of shadow models helps.

# %%
from leaklab.course import Card
from leaklab.widgets import PersonCard

whom = {"ill, unexpected": kind == "ill, unexpected", "ill, expected": kind == "ill, expected",
        "healthy": ~ill, "under 35": young == "under 35", "anybody": np.ones(1400, bool)}
PersonCard(Card(turns, whom, rng=4))

# %% [markdown]
# The same as it stands at first, for readers without a running notebook:

# %%
PersonCard(Card(turns, whom, rng=4)).still()

# %% [markdown]
# *The figure: with 16 shadow models, one unexpectedly ill person's two humps, small and far apart, and a black line
# where the answer of the model under attack falls, beside the hump of those trained with them. The verdict is "cannot
# tell"; with 24 or more it is "member", which is true.*

# %% [markdown] tags=["trainer"]
# **Trainer.** One step up, to 24: the ratio hardly moves, but the threshold falls from 5.9 to 3.2, and the verdict
# turns. Down at 8 the threshold is 24.5, a quarter of all people cannot be judged at all, and 1% of the members are
# found. *Cannot tell* is not *not a member*: at 1% false alarms the attack is silent on most people. Ask who in the
# room would like to be one of those it is not silent on.

# %% [markdown]
# ## What changes it?
#
# Four remedies that people propose. The same 1,400 people are asked about each time, in and out of the same halves;
# the rest changes. (33 models each, to save time. The attack is LiRA with 32 shadows, and one deviation for
# everybody, as its authors advise where models are few.)
#
# 1. **Ten times the people**, same number of steps: 12,600 more in the table, 5 epochs. That changes two
#    things: the people, and the passes over each. So beside it the **same people, 5 epochs**, as a control.
# 2. **Balanced by repeating**: every ill member is entered five times, so that the ill weigh nearly as much as the
#    healthy. A common recipe.
# 3. **Balanced by new people**: as many more ill people, who are *others*, until the ill are half.
# 4. **Stopped early**: 3 epochs.

# %%
from leaklab.data import sample_cohort
from leaklab.experiments import VICTIM, stopped_early

features, label = sample_cohort(60_000, rng=1)
strangers = replace(asked, features=features, label=label)
in33 = trained_on[:33]


def joined(more):
    """The 1,400 first, then others; and who of all is in which model."""
    table = replace(asked, features=pd.concat([asked.features, more.features], ignore_index=True),
                    label=np.concatenate([asked.label, more.label]))
    return table, np.concatenate([in33, halves(33, len(more), rng=2)], axis=1)

# %%
ten_times, keep_ten = joined(strangers.take(range(12_600)))
balanced, keep_balanced = joined(strangers.take(np.flatnonzero(label == 1)[:998]))
repeated = np.concatenate([np.arange(1400), np.repeat(np.flatnonzero(ill), 4)])

# %%
first = slice(1400)
settings = {
    "as it was": Turns(in33, asked.label, turns.answers[:33]),
    "ten times the people": take_turns(ten_times, replace(VICTIM, epochs=5), trained_on=keep_ten, rng=1).take(first),
    "same people, 5 epochs": take_turns(asked, replace(VICTIM, epochs=5), trained_on=in33, rng=1),
    "ill repeated": take_turns(asked.take(repeated), trained_on=in33[:, repeated], rng=1).take(first),
    "new ill people": take_turns(balanced, trained_on=keep_balanced, rng=1).take(first),
    "stopped early": take_turns(asked, stopped_early(), trained_on=in33, rng=1),
}

# %% [markdown]
# And how useful is each model? Accuracy would mislead: "everybody is healthy" is right in six of seven. So: how often
# is an ill person never seen given a higher risk than a healthy one (0.5 is a coin)?

# %%
from leaklab.metrics import auc

after = {name: auc_by_group(t.scores("LiRA"), in33, kind).auc for name, t in settings.items()}
useful = {name: auc(t.answers[~in33][:, 1], np.broadcast_to(t.label, in33.shape)[~in33]).value
          for name, t in settings.items()}
pd.DataFrame(after).T.assign(useful=pd.Series(useful).round(2))

# %% [markdown]
# Unexpectedly ill and healthy people side by side:

# %%
auc_dots({f"{name}: {one}": after[name][one] for name in after for one in ("ill, unexpected", "healthy")}).figure

# %% [markdown]
# *The figure: twelve dots, two for each setting. As it was: 0.99 for the unexpectedly ill, 0.59 for the healthy. Ten
# times the people: 0.64 and 0.51. Same people, 5 epochs: 0.61 and 0.51. Ill repeated: 1.00 and 0.60. New ill people:
# 0.87 and 0.74. Stopped early: 0.54 and 0.50.*
#
# - **More people, same steps**, leaks far less. But so does the control: it is the *fewer passes* over each person that
#   protect. What the people add is a more useful model. The unexpectedly ill still stand apart in both.
# - **Repeating the ill** helps nobody. It brings no new people, each is only learnt five times as hard; exposure stays
#   as it was or creeps up, and the model is not more useful.
# - **New ill people** are another matter: the ill get company, and hide better. But now a healthy person at risk is the
#   surprise, and *they* become more exposed. Balance moves the exposure; it does not remove it.
# - **Stopping early** leaves hardly anything.
#
# ## Doubles
#
# Why did we remove doubles first? Suppose that 100 healthy people were entered five times each. (In the table; so a
# model has all five rows or none.) And then suppose somebody cleans the table: that is the model we had.

# %%
twins = np.random.default_rng(5).permutation(np.flatnonzero(~ill))[:100]
dirty = np.concatenate([np.arange(1400), np.repeat(twins, 4)])
doubled = take_turns(asked.take(dirty), trained_on=in33[:, dirty], rng=1).take(first)

# %%
entered = np.where(np.isin(np.arange(1400), twins), "those 100", np.where(ill, "ill", "other healthy"))
auc_dots({f"{name}: {one}": auc_by_group(t.scores("LiRA"), in33, entered).auc[one]
          for name, t in (("entered five times", doubled), ("de-duplicated", settings["as it was"]))
          for one in ("those 100", "other healthy")}).figure

# %% [markdown]
# *The figure: four dots. Entered five times, the 100 have an AUC of 0.70; de-duplicated 0.60, like the other healthy,
# who are at 0.59 both times.*
#
# De-duplication costs nothing, and takes away exactly the extra exposure of the doubles. It does not help the others.
#
# ## Where the attack fails
#
# Against the model that stopped early we ran the strongest attack of this page, with 64 shadow models trained
# in exactly the same way. How many people are shown to be exposed?

# %%
calm_model = take_turns(asked, stopped_early(), trained_on=trained_on, rng=1)
calm_scores = calm_model.scores("LiRA")
print("stopped early:", exposure(calm_scores, trained_on))
print("TPR at 1% FPR:", over_targets(calm_scores, trained_on).tpr_at(0.01))

# %% [markdown]
# Nobody. The reason is in the two worlds: after 3 epochs no model has got round to a single row. Here is the least
# expected person once more:

# %%
calm_phi = calm_model.signals(logit)[:, surprising]
in_and_out(calm_phi[trained_on[:, surprising]], calm_phi[~trained_on[:, surprising]]).figure

# %% [markdown]
# *The figure: the two humps overlap, both left of zero: with or without the person, the model is wrong about them.*
#
# The model keeps this person's secret because it never got to know them. And "nobody is shown" is still a
# measurement. Look at the table again: the AUC of the expectedly ill lies just above 0.5. Over many people a little
# leaks.
#
# ## Not whether, but what
#
# So far the adversary had the whole record and asked *whether*. Now it is known that somebody is in the data, and one
# answer is missing: **have they ever smoked?** The adversary knows the rest and the true outcome, fills in *no* and
# *yes* in turn, and asks the model twice. The answer that makes the outcome likelier is favoured (Fredrikson and
# others, 2014). This is **attribute inference**, by Bayes' rule:
#
# $$P(v \mid \text{rest}, y) \;\propto\; \underbrace{P(v)}_{\text{before the model is asked}} \cdot
# \underbrace{p_y(\text{rest}, v)}_{\text{the model's probability of the true outcome}}$$
#
# $P(v)$ is no coin. Smokers are older and iller, and any survey of *other* people says so. So the adversary first
# trains a classifier of its own on 20,000 strangers: it guesses smoking from the rest, **without the model**. Only
# what comes on top of that is the model's doing.

# %%
from leaklab.access import BlackBox
from leaklab.experiments import SENSITIVE, infer_turns, prior_from

smoker = SENSITIVE["Smoker"]
prior = prior_from(strangers.take(range(20_000)), smoker)
half = halves(8, 1400, rng=7)
in16 = np.concatenate([half, ~half])  # everybody is in eight models and out of eight
models = VICTIM.fit_many(asked.x, asked.label, in16, rng=1)

# %% [markdown]
# ## Exercise 4.4: Bayes' rule by hand
#
# Column 0 stands for *no*, column 1 for *yes*. `before` holds $P(v)$ and `says` the first model's $p_y$ with each
# answer filled in, a row a person. Give the guess, 0 or 1, of each person.

# %%
column = asked.features.columns.get_loc("Smoker")
model, before = BlackBox(models[0]), prior(asked)
says = np.empty((1400, 2))
for value in (0, 1):
    filled = asked.x.copy()
    filled[:, column] = (value - asked.center[column]) / asked.scale[column]
    says[:, value] = model.probabilities(filled)[np.arange(1400), asked.label]
### BEGIN SOLUTION
guess = (before * says).argmax(axis=1)
### END SOLUTION
check("4.4", guess, given=(before, says))

# %%
from leaklab.attacks import AttributeInversion, Population

values = [(value - asked.center[column]) / asked.scale[column] for value in (0, 1)]
found = AttributeInversion(column=column, values=tuple(values))(model, asked.x, asked.label,
                                                                      knowledge=Population(before))
product = before * says
assert np.allclose(found.posterior, product / product.sum(axis=1, keepdims=True), atol=1e-4)

# %% [markdown]
# The package does the same, and now for all sixteen models. A guess counts by **balanced accuracy**, the mean over
# smokers and others: 0.5 is a coin, however common smoking is. *In* and *out*: the same people, by the models that
# were trained with them and without. Two more recipes stand beside it: stopped early, and one with a guarantee (DP-SGD
# with epsilon 2, lesson 07). **Expect** the three kinds to fare as they did before.

# %%
from leaklab.experiments import private_mlp

recipes = {"stopped early": stopped_early(), "private, epsilon 2": private_mlp(2.0, 700)}
trained = {"as it was": models} | {name: recipe.fit_many(asked.x, asked.label, in16, classes=2, rng=1)
                                   for name, recipe in recipes.items()}
guesses = {name: infer_turns([BlackBox(model) for model in found], in16, asked, prior, smoker)
           for name, found in trained.items()}

# %%
rows = {}
for name, found in guesses.items():
    for one in ("healthy", "ill, expected", "ill, unexpected"):
        study = found.study(kind == one)
        rows[name, one] = {"without the model": study.without, "with it, out": study.others,
                           "with it, in": study.members, "in minus without": study.gain}
pd.DataFrame(rows).T

# %% [markdown]
# *The table: balanced accuracy with 95% intervals, for three models and three kinds. Without a model 0.62 to 0.65.
# The model as it was, on people in its data: healthy 0.64, ill as expected 0.75, ill unexpectedly 0.91; on people
# outside 0.61, 0.62 and 0.55. The two other models: nothing above what was known without them.*
#
# - **The same people pay again.** Of the unexpectedly ill the model gives away whether they smoked in about nine of
#   ten; for the healthy it adds a hundredth or two. It learnt those rows by heart, and a row has a place for smoking.
# - **Being outside helps.** To ask the model about somebody who is not in it is no better than not to ask; it may
#   mislead. So what leaks here is not "smokers fall ill", which anybody may know, but a person's own row.
# - **Stopping early** and **the guarantee** leave nothing to be seen. Only the guarantee holds for attacks that
#   nobody has thought of yet, and with 700 people it is dear, as a glance at usefulness shows:

# %%
for name, found in trained.items():
    risks, label = found.probabilities(asked.x)[..., 1], np.broadcast_to(asked.label, in16.shape)
    print(f"{name:20} useful {auc(risks[~in16], label[~in16]).value:.2f}")

# %% [markdown]
# What limits the attack: one needs the rest of the record, and the true outcome; where the attribute hardly touches
# the outcome, the two answers come out alike (for the BMI class of the healthy the model adds nothing that we can
# show); and one must know that the person is in the data, or first ask the question of this page.
#
# ## Exercise 4.5: the release
#
# The clinic's rule: **in no group** may the AUC's upper end pass 0.70. Of the models that keep the rule, release the
# most useful. Answer with the name of a setting.

# %%
### BEGIN SOLUTION
keeps = [name for name in after if max(one.high for one in after[name].values()) <= 0.70]
release = max(keeps, key=useful.get)
### END SOLUTION
check("4.5", release, given=(after, useful))

# %% [markdown]
# What should a release decision learn from this page?
# - Ask for the **worst** group and the most exposed people, not for the average. An average AUC of 0.68 hid people at
#   0.99.
# - Do not guess who they are by counting minorities: **measure**, with an interval, and correct for looking at many.
# - Measure with an attack that asks per person. A weak attack clears everybody.
# - Prefer remedies that change how much is learnt by heart; be wary of those that only move it to others.

# %% [markdown]
# ## What you saw
#
# - "Is this loss small *for this person*?" is answered by shadow models. LiRA finds ten times as many members as chance
#   at 1% false alarms, where one threshold found none; RMIA does nearly so with four models.
# - Exposure is unequal. Those whose outcome contradicts everything else about them are practically public; rarity adds
#   to it; being in a minority, by itself, does not.
# - Fewer passes help all, and more people keep the model useful at that. A row entered several times is more exposed;
#   de-duplication undoes exactly that.
# - A model gives away *what* somebody answered, too, and again of those whose outcome contradicts the rest. Count only
#   what comes on top of guessing without the model, and compare with people outside.
#
# For a promise instead of measurements, go on to [what a guarantee costs](07_private_training.ipynb); or back to the
# [threshold attack](03_medical_membership.ipynb).
#
# **Read on:** Carlini and others, *Membership Inference Attacks From First Principles*, 2022; Zarifzadeh, Liu and
# Shokri, *Low-Cost High-Power Membership Inference Attacks*, 2024; Fredrikson and others, *Privacy in
# Pharmacogenetics*, 2014.
