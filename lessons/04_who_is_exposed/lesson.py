# %% [markdown]
# # 04 · Who is exposed: who is most at risk, and why?
#
# In lesson 03 the attack was better than a coin over *all* patients, and useless against any *one*. The clinic is
# relieved. It should not be. One threshold for everybody treats everybody alike, and people are not alike: some hide in
# the crowd, and some stand where nobody else stands. A better attack asks: **is this loss small *for this person*?**
#
# **After this page you can**
# - train shadow models and read one person's two worlds: with them in the data, and without;
# - write the likelihood-ratio attack in one line, and measure it where it hurts, at few false alarms;
# - say who is exposed, without being fooled by the luck of thousands;
# - tell what exposes people from what only seems to.
#
# **Minutes:** 45 (20 to read, 15 for exercises, 10 for the card)
#
# **Before it:** [lesson 03](03_medical_membership.ipynb): loss, shadow model, AUC, a low false-positive rate

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | membership: *this person is a patient of that clinic* |
# | **What does the adversary hold?** | a *black box* that answers with probabilities (scores) |
# | **What do they know?** | answers and outcomes of 1,400 people, half of them members; the training recipe |
# | **How many queries?** | one a person. The work is at home: 64 shadow models |
# | **What would be luck?** | AUC 0.5; at 1% false alarms, 1% of the members |
#
# <!-- given: 0.5, 1% (chance) -->
# **Whose data?** Nobody's: invented, shaped by published figures of the United States' Centers for Disease Control
# (2015, public domain), under Leaklab's own licence, Apache-2.0 (`data/README.md`).

# %%
# %matplotlib inline
import numpy as np
import pandas as pd

from leaklab.course import exercises
from leaklab.data import load_patients

check, hint, solution = exercises("04")

# %% [markdown]
# This time we take people **as they come**: about one in seven is ill (diabetes, or on the way to it). The ill are the
# minority. Equal rows are removed first; [lesson 05](05_what_the_data_decides.ipynb) says why.

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

from leaklab.experiments import stopped_early, take_turns
from leaklab.training import halves

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its hints on speed neither

shadows = 64
trained_on = halves(shadows + 1, 1400, rng=1)
turns = take_turns(asked, trained_on=trained_on, rng=1)

# %%
known, unknown = turns.accuracy()
print(f"right about its own people: {known:.0%}, about the others: {unknown:.0%}")

# %% [markdown]
# That took seconds: small models train side by side as one program. They learn by heart, as in lesson 03 (two hidden
# layers of 64, 50 passes). <!-- given: 50 (the recipe VICTIM, as in lesson 03) -->
#
# An attacker would use 64 of them against one stranger's model. We let **every model take its turn** as the stranger's,
# the others being the shadows: all that follows is measured 65 times.
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

# %%
from leaklab.attacks import true_probability

p, own = turns.signals(true_probability), trained_on[:, surprising]
print(f"probability of the truth: trained with them {p[own, surprising].mean():.1%}, "
      f"without {p[~own, surprising].mean():.1%}")

# %% [markdown]
# *The figure: two humps far apart. Models trained without the person are sure and wrong, far left of zero; models
# trained with them are less sure, and most are still wrong.*
#
# Nothing but this person's own row could teach a model to doubt that they are healthy. And mark: **the loss need not be
# small**. One doubt gives this person away, while the ordinary person's tiny loss says nothing. That is what one
# threshold for everybody cannot see.

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
# In lesson 03 the threshold on the loss found 1% of the members at 1% false alarms, just like a coin. **Predict** what
# LiRA finds. Both attacks against 65 targets each:

# %%
from leaklab.metrics import over_targets

attacks = {name: over_targets(turns.scores(name), trained_on) for name in ("loss threshold", "LiRA")}
for name, attack in attacks.items():
    print(f"{name:15} AUC {attack.auc}   TPR at 1% FPR {attack.tpr_at(0.01).value:.3f}")

# %%
from leaklab.plots import roc_spread

roc_spread(attacks).figure

# %% [markdown]
# *The figure: on logarithmic axes, the loss threshold runs along the diagonal of chance and below it where few are
# accused. LiRA lies far above. Bands over 65 targets are narrow.*
#
# Ten times chance, where the threshold found nothing. Same models, same single query a person. The AUC rose too, but
# look how little it tells: 0.68 sounds harmless, and for some people this attack is nearly certain.
#
# ## Cheaper: a few reference models
#
# 64 shadow models of a large network are dear. **RMIA** (Zarifzadeh and others, 2024) asks something simpler. By what
# factor is the stranger's model surer of this person's outcome than some *reference models* are on average? Call it
# the person's **gain**. The score is the share of *other* people who gain less. So nobody needs a histogram. Give both
# attacks four models: two random halves, and the two that were left over; everybody is in two and out of two.

# %%
from leaklab.attacks import rmia

two = halves(2, 1400, rng=9)
few = take_turns(asked, trained_on=np.concatenate([two, ~two]), rng=9)
q, few_phi = few.signals(true_probability), few.signals(logit)
cheap = {"RMIA, 4 models": [rmia(target, q, few.trained_on) for target in p],
         "LiRA, 4 models": [lira(target, few_phi, few.trained_on, variance="global") for target in phi]}

# %%
for name, of_all in cheap.items():
    print(f"{name}: TPR at 1% FPR {over_targets(of_all, trained_on).tpr_at(0.01).value:.3f}")

# %% [markdown]
# With four models RMIA does nearly what LiRA does with 64, and LiRA falls to less than half: two values make no
# histogram. Cost protects nobody.

# %% [markdown]
# ## Who is exposed?
#
# Now turn the table: not "how many members does the attack find?" but "how often does it find **you**?" Each person
# was in about 32 of the targets and out of the others. The attacker has one threshold for all scores, chosen so that
# 1% of the people outside are accused (on one half of the turns, and used on the other half). Then
#
# $$\text{advantage of a person} = \text{TPR} - \text{FPR over that person's turns.}$$
#
# Zero: your membership makes no difference. One: you are always told. A p-value (Fisher's exact test) says how easily
# luck alone would call you a member so much more often when inside.

# %%
from leaklab.metrics import exposure

scores = turns.scores("LiRA")
at_risk = exposure(scores, trained_on)
print(f"p below 0.05: {(at_risk.p_value < 0.05).sum()} of {len(at_risk.p_value)} people")

# %% [markdown]
# ## Exercise 4.2: luck
#
# So are all these people exposed? Suppose the model leaked **nothing** about anybody. How many of 1,400 people would
# at most be expected to have a p-value below 0.05 all the same?

# %%
### BEGIN SOLUTION
by_luck = 1400 * 0.05
### END SOLUTION
check("4.2", by_luck, given=int((at_risk.p_value < 0.05).sum()))

# %% [markdown]
# That many scandals, out of nothing. So one asks for less: a list of which at most 5% are there by luck (the *false
# discovery rate*; Benjamini and Hochberg, 1995). We split people into three kinds: **healthy**; **ill, as expected**
# (a risk of at least 20% by their answers); and **ill, unexpected**. **Before you look:** who will be on the list?

# %%
kind = np.where(~ill, "healthy", np.where(expected_risk >= 0.2, "ill, expected", "ill, unexpected"))
marked = at_risk.exposed(fdr=0.05)
print(at_risk)
pd.DataFrame({"people": pd.Series(kind).value_counts(),
              "exposed": pd.Series(marked).groupby(kind).sum(),
              "share": pd.Series(marked).groupby(kind).mean().map("{:.0%}".format),
              "median advantage": pd.Series(at_risk.advantage).groupby(kind).median().round(2)})

# %%
from leaklab.plots import exposed

exposed(at_risk, kind).figure

# %% [markdown]
# *The figure: each person's advantage, by rank within their kind; large, filled marks are on the list. The unexpectedly
# ill stay high nearly to the end; the curve of the expectedly ill falls steadily. The healthy drop to 0 at once.*
#
# "Harmless on average": 1,199 healthy people, of whom most hide well. But 77 of the 134 ill as expected are on the
# list, and 66 of the 67 unexpectedly ill, half of these told **nearly always**. It is the ill who pay. The adversary
# knew their diagnosis. What the model adds is that they were *there*: on the list of that clinic.
#
# Not marked is not shown, not "safe", with 65 turns and this attack. Coins in place of membership must put nobody on
# the list:

# %%
print("coins:", exposure(scores, halves(shadows + 1, 1400, rng=2)))

# %% [markdown]
# Mark also what this can claim. All 65 models are halves of the *same* 1,400 people: our adversary holds the whole
# pool. With fresh people beside those who are asked about, the attack finds about a quarter fewer members
# (`benchmarks/README.md`).
#
# ## Groups, with their intervals
#
# The same by AUC, which tells little over unlike people, but more *within* a kind: how often does a member score
# higher than a non-member of it? Whoever compares groups four times, as this page does, allows each look a quarter of
# the error:

# %%
from leaklab.metrics import auc_by_group
from leaklab.plots import auc_dots

looks = 4
care = 1 - 0.05 / looks
groups = auc_by_group(scores, trained_on, kind, confidence=care)
auc_dots(groups.auc).figure

# %%
print("unexpected minus expected:", groups.difference("ill, unexpected", "ill, expected"))

# %% [markdown]
# *The figure: three dots with intervals. Healthy, ill as expected, ill unexpectedly: no two intervals touch, and all
# lie right of chance.*
#
# ## Exercise 4.3: is every minority exposed?
#
# People under 35 (`Age` up to 3) are a minority too. Are they more exposed than the rest? Answer `"more"`, `"less"` or
# `"not shown"`, with the interval of the difference in hand.

# %%
young = np.where(asked.features["Age"] <= 3, "under 35", "older")
by_age = auc_by_group(scores, trained_on, young, confidence=care).difference("under 35", "older")
print(f"{(young == 'under 35').sum()} people under 35; under 35 minus older: {by_age}")
### BEGIN SOLUTION
answer = "less"
### END SOLUTION
check("4.3", answer, given=by_age)

# %% [markdown]
# The young are few, but nearly all of them are healthy, as everybody expects: they are easy. What about the very heavy
# (a body mass index of 45 and more)?

# %%
heavy = np.where(asked.features["BMI"] >= 45, "BMI from 45", "lighter")
by_weight = auc_by_group(scores, trained_on, heavy, confidence=care).difference("BMI from 45", "lighter")
print(f"{(heavy == 'BMI from 45').sum()} people; BMI from 45 minus lighter: {by_weight}")

# %% [markdown]
# *They* are more exposed. So "minority" is not yet the reason.
#
# ## Why?
#
# Two suspects: an **outcome that contradicts** the rest of the answers (the model must learn it by heart, there is no
# other way), and **rarity** (few neighbours in the table who would teach the model the same). First, the outcome: how
# likely was it?

# %%
likely = np.where(ill, expected_risk, 1 - expected_risk)
steps = pd.cut(likely, [0, 0.1, 0.2, 0.5, 0.8, 0.9, 1], labels=[
    "0 to 10%", "10 to 20%", "20 to 50%", "50 to 80%", "80 to 90%", "90 to 100%"]).astype(str)
by_outcome = auc_by_group(scores, trained_on, steps).auc
auc_dots({f"outcome's chance {step}": by_outcome[step] for step in sorted(by_outcome)}).figure

# %% [markdown]
# *The figure: six dots in a falling line: for outcomes of a chance below 10% the AUC is near 1.00, then it falls step
# by step to 0.53 for outcomes that were nearly certain.*
#
# That explains most of it. Is there anything left for rarity? Take the mean distance to the five nearest people, call
# the top tenth *rare*, and compare people **alike in the first respect**: the healthy whose risk was below 10%.

# %%
from scipy.spatial import cKDTree

distance = cKDTree(asked.x).query(asked.x, k=6)[0][:, 1:].mean(axis=1)  # the nearest is the person
rare = np.where(distance >= np.quantile(distance, 0.9), "rare", "common")
calm = ~ill & (expected_risk < 0.1)
by_rarity = auc_by_group(scores[:, calm], trained_on[:, calm], rare[calm], confidence=care)
print("all people, rare:", auc_by_group(scores, trained_on, rare, confidence=care).auc["rare"])
print(f"calm people, rare {by_rarity.auc['rare']}, common {by_rarity.auc['common']}, "
      f"difference {by_rarity.difference('rare', 'common')}")

# %% [markdown]
# Over *all* people the rare look much exposed; but here they are those with many ailments, whose outcome is open. Among
# people alike in that, the difference shrinks, and with the care of four looks its interval holds 0: whether rarity
# adds a share of its own, **we cannot tell**. (At one look alone we would have believed it.)
#
# ## Meet them
#
# Pick somebody. Model 0 is under attack; the slider says how many shadow models the attacker could afford, who sets the
# threshold on them for 1% false alarms. The card opens with 16, on somebody of whom they cannot tell: move the slider
# up by one, and down. Then *Another one*: for whom does no number of shadow models help?

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
# *The figure: with 16 shadow models, one unexpectedly ill person's two humps, far apart, and a black line where the
# answer of the model under attack falls, beside the hump of those trained with them. The verdict is "cannot tell"; with
# the next step of the slider it is "member", which is true.*

# %% tags=["trainer"]
card = Card(turns, whom, rng=4)
for count in (8, 16, 24, 64):
    card.use(count)
    seen = card.person()
    print(f"{count} shadow models: log ratio {seen.score:.1f}, threshold {seen.threshold:.1f}; of all members found "
          f"{card.verdicts().tpr.value:.1%}; cannot be judged {np.isnan(card.trial.scores(count)[0]).mean():.0%}")

# %% [markdown] tags=["trainer"]
# **Trainer.** One step up, to 24: the ratio hardly moves, but the threshold falls, and the verdict turns. Down at 8 the
# threshold is out of reach, and a quarter of all people cannot be judged at all. *Cannot tell* is not *not a member*:
# at 1% false alarms the attack is silent on most people. Ask who in the room would like to be one of those it is not
# silent on.

# %% [markdown]
# ## Where the attack fails
#
# The same people, the same halves, 64 shadow models trained in exactly the same way; but training **stops early**,
# after 3 passes over the data. **Expect** what lesson 03 would lead you to. How many are shown to be exposed?

# %%
calm_model = take_turns(asked, stopped_early(), trained_on=trained_on, rng=1)
calm_scores = calm_model.scores("LiRA")
print("stopped early:", exposure(calm_scores, trained_on))
print("TPR at 1% FPR:", over_targets(calm_scores, trained_on).tpr_at(0.01))
print("AUC:", {name: str(one) for name, one in auc_by_group(calm_scores, trained_on, kind).auc.items()})

# %% [markdown]
# Nobody. The reason is in the two worlds of the least expected person:

# %%
calm_phi = calm_model.signals(logit)[:, surprising]
in_and_out(calm_phi[own], calm_phi[~own]).figure

# %%
calm_p = calm_model.signals(true_probability)
print(f"probability of the truth, {kind[surprising]}: {calm_p[own, surprising].mean():.1%} with them")

# %% [markdown]
# *The figure: the two humps overlap, both left of zero: with or without the person, the models are wrong about them.*
#
# The model keeps this person's secret because it never got to know them. *They* pay the price: about those who fit no
# pattern such a model is wrong, and stays wrong. And "nobody" is a measurement of this attack: the AUC of the ill still
# lies above 0.5, so over many people a little leaks.

# %% [markdown]
# ## What you would tell your management
#
# | of a model that learns by heart | |
# |---|---|
# | **Adversary** | an outsider with scores, who knows people's records and outcomes, and trains 64 models at home |
# | **Worst group** (with interval) | ill, unexpected (67 people): AUC 0.99 [0.98, 1.00]; everybody: 0.68 [0.67, 0.69] |
# | **Number exposed** | 171 of 1,400, of whom at most 5% by luck; of the 67 unexpectedly ill, 66 |
# | **Not tested** | more than one query a person, the model's file, what people answered (lesson 05) |
# | **Promised, and for which unit** | nothing; stopping early hides these people from this attack only |
#
# Ask for the **worst** group: an average of 0.68 hid people at 0.99. Do not guess who they are by counting minorities:
# **measure**, with an attack that asks per person, and correct for every look.
#
# ## Words
#
# - **Logit**: a probability on a scale without crowded ends ([One person, two worlds](#One-person,-two-worlds)).
# - **LiRA**: the attack that compares a person's two worlds ([The likelihood ratio](#The-likelihood-ratio)).
# - **[RMIA](#Cheaper:-a-few-reference-models)**: the attack that compares a person's gain with other people's.
# - **Advantage**: how much oftener one is called a member when inside ([Who is exposed?](#Who-is-exposed?)).
# - **False discovery rate**: the share of a list that is there by luck ([Exercise 4.2: luck](#Exercise-4.2:-luck)).
# - **Shadow model**: see [lesson 03](03_medical_membership.ipynb).
#
# ## To read
#
# - Carlini and others, *Membership Inference Attacks From First Principles*, 2022,
#   [arXiv](https://arxiv.org/abs/2112.03570): LiRA, and why low false-positive rates.
# - Zarifzadeh, Liu and Shokri, *Low-Cost High-Power Membership Inference Attacks*, 2024,
#   [arXiv](https://arxiv.org/abs/2312.03262): RMIA.
# - Benjamini and Hochberg, *Controlling the False Discovery Rate*, 1995,
#   [doi](https://doi.org/10.1111/j.2517-6161.1995.tb02031.x).
#
# ## What you saw
#
# - "Is this loss small *for this person*?" is answered by shadow models: ten times as many members found as by chance,
#   where one threshold found none; nearly so with four models.
# - Exposure is unequal. Those whose outcome contradicts everything else about them are told nearly always; being in a
#   minority, by itself, exposes nobody.
# - A model that never learns people by heart hides them, and serves worst those who fit no pattern.
#
# Next: [what would less to remember change?](05_what_the_data_decides.ipynb) More people, balance, cleaner tables, and
# what a model tells beyond *whether*.
