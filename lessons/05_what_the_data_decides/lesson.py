# %% [markdown]
# # 05 · What the data decides: what would less to remember change?
#
# The clinic has read lesson 04. Some of its patients are practically public, and it wants to do something about it
# **before** it trains: get more people, balance the table, clean it, train for a shorter time. This page tries all of
# it. Then it turns to three secrets that are not "was she in it?": what somebody answered, who the last patient was,
# and what kind of people the clinic treats.
#
# **After this page you can**
# - say what more, balanced and de-duplicated data change, for whom, and at what price;
# - infer an answer that somebody kept to themselves, and tell what the model adds from what anybody could guess;
# - compute one whole patient from the coefficients of a regression, by hand;
# - read the make-up of a clinic off its model, and say why no promise to persons forbids it.
#
# **Minutes:** 45 (remedies 16, answers 8, the last patient 12, the clinic's secret 6, the rest 3)
# <!-- given: 45, 16, 12 (minutes) -->
#
# **Before it:** [who is exposed](04_who_is_exposed.ipynb): shadow models, LiRA, exposed people.

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | membership; then an answer; then a whole record; then the share of a group in the table |
# | **What does the adversary hold?** | scores; for the last patient the parameters of a published regression |
# | **What do they know?** | the recipe and similar people; for the last patient, *all other records* |
# | **How many queries?** | one or two a person, 200 for the clinic's secret |
# | **What would be luck?** | AUC 0.5; guessing without the model; one of so many candidates; a coin |
#
# <!-- given: 0.5 (a coin) -->
#
# **Whose data?** Nobody's: the invented cohort of lesson 04, the same 1,400 people.

# %%
# %matplotlib inline
import logging
from dataclasses import replace

import numpy as np
import pandas as pd

from leaklab.course import exercises
from leaklab.data import load_patients, risk, sample_cohort
from leaklab.experiments import VICTIM, stopped_early, take_turns

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its hints on speed
check, hint, solution = exercises("05")

# %%
asked = load_patients("synthetic").deduplicate().sample(1400, rng=0)
ill, expected_risk = asked.label == 1, risk(asked.features)
kind = np.where(~ill, "healthy", np.where(expected_risk >= 0.2, "ill, expected", "ill, unexpected"))
surprising = np.argmin(np.where(ill, expected_risk, 1))  # the least expected of the ill

# %% [markdown]
# ## What changes it?
#
# Four remedies that people propose. The same 1,400 people are asked about each time, in and out of the same halves;
# the rest changes. The attack is LiRA: each of 33 models in its turn against the other 32.
# <!-- given: 32 (all 33 but one) -->
#
# 1. **Ten times the people**, same number of steps: 12,600 more, 5 epochs. That changes two things, the people and the
#    passes over each. So beside it, as a control, the **same people, 5 epochs**.
# 2. **Balanced by repeating**: every ill member is entered five times. A common recipe.
# 3. **Balanced by new people**: more ill people, who are *others*, until the ill are half.
# 4. **Stopped early**: 3 epochs.
#
# **Predict:** which of them helps the ill whom nobody would have expected to be ill? Which harms somebody?

# %%
from leaklab.training import halves

in33 = halves(33, 1400, rng=1)
features, label = sample_cohort(60_000, rng=1)
strangers = replace(asked, features=features, label=label)


def joined(more):
    """The 1,400 first, then others; and who of all is in which model."""
    table = replace(asked, features=pd.concat([asked.features, more.features], ignore_index=True),
                    label=np.concatenate([asked.label, more.label]))
    return table, np.concatenate([in33, halves(33, len(more), rng=2)], axis=1)

# %%
(ten_times, in_ten), (balanced, in_balanced) = (
    joined(strangers.take(rows)) for rows in (range(12_600), np.flatnonzero(label == 1)[:998]))
repeated = np.concatenate([np.arange(1400), np.repeat(np.flatnonzero(ill), 4)])
short, first = replace(VICTIM, epochs=5), slice(1400)
settings = {
    "as it was": take_turns(asked, trained_on=in33, rng=1),
    "ten times the people": take_turns(ten_times, short, trained_on=in_ten, rng=1).take(first),
    "same people, 5 epochs": take_turns(asked, short, trained_on=in33, rng=1),
    "ill repeated": take_turns(asked.take(repeated), trained_on=in33[:, repeated], rng=1).take(first),
    "new ill people": take_turns(balanced, trained_on=in_balanced, rng=1).take(first),
    "stopped early": take_turns(asked, stopped_early(), trained_on=in33, rng=1),
}

# %% [markdown]
# What to look at? Lesson 04 showed how little one AUC over everybody tells. So: the AUC *within each kind* of people,
# and how many people are **shown to be exposed** (at most 5% of them by luck). And **useful**: how often does an ill
# person never seen get a higher risk than a healthy one? (0.5 is a coin. "Right in six of seven" is also what
# "everybody is healthy" would be.)

# %%
from leaklab.metrics import Spread, auc, auc_by_group, exposure

scores = {name: turns.scores("LiRA") for name, turns in settings.items()}
groups = {name: auc_by_group(score, in33, kind).auc for name, score in scores.items()}
shown = {name: int(exposure(score, in33).exposed(fdr=0.05).sum()) for name, score in scores.items()}
useful = {name: Spread.of([auc(answer[~inside, 1], asked.label[~inside]).value
                           for answer, inside in zip(turns.answers, in33, strict=True)])
          for name, turns in settings.items()}

# %%
pd.DataFrame({"exposed, of 1,400": shown, "useful": {name: str(one)[:17] for name, one in useful.items()}})

# %%
from leaklab.plots import auc_dots

auc_dots({f"{name}: {one}": groups[name][one] for name in groups for one in ("ill, unexpected", "healthy")}).figure

# %% [markdown]
# *The figure: the attack's AUC with its interval, two dots a setting; a hollow dot is one whose interval does not rule
# out chance.*
#
# - **More people, same steps**, leaks far less. But so does the control: it is the *fewer passes* over each person that
#   protect. What the people add is a more useful model.
# - **Repeating the ill** helps nobody. It brings no new people; each is only learnt five times as hard.
# - **New ill people** give the ill company, and they hide better. But now a healthy person at risk is the surprise, and
#   *they* become more exposed. Balance moves the exposure; it does not remove it.
# - **Stopping early** leaves hardly anything. At what price?
#
# (Lesson 04 showed 171 people with 65 models. 33 give less evidence about each, so fewer can be shown: mind the word.)
# <!-- given: 171, 65 (lesson 04) -->

# %%
alone = kind == "ill, unexpected"
for name in ("as it was", "stopped early"):
    turns = settings[name]
    right = turns.answers.argmax(axis=2) == turns.label
    told = [right[:, alone][side[:, alone]].mean() for side in (in33, ~in33)]
    print(f"{name}: right about the unexpectedly ill in its data {told[0]:.0%}, outside {told[1]:.0%}")

# %% [markdown]
# The model keeps the secret of atypical patients by being **wrong about them**: it never got to know them. (The other
# one is right about them only where it saw *them*; for others like them it is as useless.) Whoever is protected so
# should be told: do not trust it about people like you.
#
# ## Exercise 5.1: the release
#
# The clinic's rule: nobody may be shown to be exposed, and **in no kind** may the AUC's upper end pass 0.70. Of the
# settings that keep both, release the most useful. If the intervals of the two best overlapped, the answer would be
# `"cannot tell"`. Answer with the name of a setting.

# %%
### BEGIN SOLUTION
keeps = [name for name in groups if shown[name] == 0 and max(one.high for one in groups[name].values()) <= 0.70]
release = max(keeps, key=lambda name: useful[name].value)
### END SOLUTION
check("5.1", release, given=(groups, shown, useful))

# %% [markdown]
# ## Doubles
#
# Tables have doubles: a person comes twice, two files are merged. Suppose that 100 healthy people were entered five
# times each (a model has all five rows or none). Then somebody cleans the table. **Expect:** who gains?

# %%
twins = np.random.default_rng(5).permutation(np.flatnonzero(~ill))[:100]
dirty = np.concatenate([np.arange(1400), np.repeat(twins, 4)])
doubled = take_turns(asked.take(dirty), trained_on=in33[:, dirty], rng=1).take(first)
entered = np.where(np.isin(np.arange(1400), twins), "those 100", np.where(ill, "ill", "other healthy"))

# %%
auc_dots({f"{name}: {one}": auc_by_group(turns.scores("LiRA"), in33, entered).auc[one]
          for name, turns in (("entered five times", doubled), ("de-duplicated", settings["as it was"]))
          for one in ("those 100", "other healthy")}).figure

# %% [markdown]
# *The figure: the AUC of those 100 and of the other healthy, with doubles and without.*
#
# De-duplication takes away exactly the extra exposure of the doubles. It does not help the others.

# %% [markdown]
# ## Not whether, but what
#
# Now it is known that somebody is in the data, and one answer is missing: **have they ever smoked?** The adversary
# knows the rest and the true outcome, fills in *no* and *yes* in turn, and asks the model twice. This is **attribute
# inference** (Fredrikson and others, 2014), by Bayes' rule:
#
# $$P(v \mid \text{rest}, y) \;\propto\; \underbrace{P(v)}_{\text{before the model is asked}} \cdot
# \underbrace{p_y(\text{rest}, v)}_{\text{the model's probability of the true outcome}}$$
#
# $P(v)$ is no coin. Any survey of *other* people says who smokes. So the adversary first trains a classifier on 20,000
# strangers, **without the model**. Only what comes on top of its guess is the model's doing.

# %%
from leaklab.access import BlackBox
from leaklab.experiments import SENSITIVE, infer_turns, prior_from, private_mlp

smoker = SENSITIVE["Smoker"]
prior = prior_from(strangers.take(range(20_000)), smoker)
half = halves(8, 1400, rng=7)
in16 = np.concatenate([half, ~half])  # everybody is in eight models and out of eight
models = VICTIM.fit_many(asked.x, asked.label, in16, rng=1)

# %% [markdown]
# ## Exercise 5.2: Bayes' rule by hand
#
# Column 0 stands for *no*, column 1 for *yes*. `before` holds $P(v)$ and `says` the first model's $p_y$ with each
# answer filled in, a row a person. Give everybody's guess, 0 or 1.

# %%
column = asked.features.columns.get_loc("Smoker")
values = [(value - asked.center[column]) / asked.scale[column] for value in (0, 1)]
model, before, says = BlackBox(models[0]), prior(asked), np.empty((1400, 2))
for value in (0, 1):
    filled = asked.x.copy()
    filled[:, column] = values[value]
    says[:, value] = model.probabilities(filled)[np.arange(1400), asked.label]
### BEGIN SOLUTION
guess = (before * says).argmax(axis=1)
### END SOLUTION
check("5.2", guess, given=(before, says))

# %%
from leaklab.attacks import AttributeInversion, Population

attack = AttributeInversion(column=column, values=tuple(values))
product = before * says
assert np.allclose(attack(model, asked.x, asked.label, knowledge=Population(before)).posterior,
                   product / product.sum(axis=1, keepdims=True), atol=1e-4)

# %% [markdown]
# Now all sixteen models. A guess counts by **balanced accuracy**, the mean over smokers and others: 0.5 is a coin. *In*
# and *out* are the same people, by the models trained with them and without; the **leak** is the difference. Two
# recipes stand beside it: stopped early, and one with a guarantee (epsilon 2, lesson 07).

# %%
recipes = {"as it was": VICTIM, "stopped early": stopped_early(), "private, epsilon 2": private_mlp(2.0, 700)}
rows = {}
for name, recipe in recipes.items():
    trained = recipe.fit_many(asked.x, asked.label, in16, classes=2, rng=1)
    guesses = infer_turns([BlackBox(model) for model in trained], in16, asked, prior, smoker)
    for one in ("healthy", "ill, unexpected"):
        study = guesses.study(kind == one)
        rows[name, one] = {"without the model": study.without, "in": study.members, "out": study.others,
                           "leak: in minus out": study.leak}
pd.DataFrame(rows).T

# %% [markdown]
# - **The same people pay again.** For the unexpectedly ill, having been in the data makes the guess far better; for the
#   healthy it adds little. The model learnt those rows by heart, and a row has a place for smoking.
# - **Being outside helps.** About somebody who is not in it, the model is no better than not asking. So what leaks is
#   not "smokers fall ill", which anybody may know, but a person's own row.
# - **Stopped early** and **private**: nothing shown. Only the guarantee also holds for attacks that nobody has thought
#   of yet.

# %% [markdown]
# ## The last patient
#
# Enough of networks. The clinic publishes what every medical journal publishes: a **logistic regression**, 21
# coefficients and an intercept. Surely 22 numbers cannot hold 1,400 people? They need not. Suppose an insider, or 1,399
# patients who compare notes, know every record **but one**. Training ended where the pulls of all records and of the
# penalty cancel ($p_i$ is the model's risk for person $i$, $\lambda$ the penalty's weight, $w$ the coefficients):
#
# $$\sum_i (p_i - y_i)\,(x_i, 1) + \lambda\,(w, 0) = 0$$
#
# All terms are known but one, so that one is known, too: $(p - y)\,(x, 1)$. Its last entry is $p - y$ itself; divide,
# and there is $x$ (Balle, Cherubin and Hayes, 2022). **Predict:** how exactly?
# <!-- given: 22, 1,399 (21 and one; 1,400 less one) -->

# %%
from sklearn.linear_model import LogisticRegression

x, others = asked.x.astype(float), np.arange(1400) != surprising
regression = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12).fit(x, asked.label)
w, b, penalty = regression.coef_[0], regression.intercept_[0], 1 / regression.C

# %% [markdown]
# ## Exercise 5.3: the last patient by hand
#
# `x` and `y` are the others' features and outcomes. Return the missing patient's features, and their outcome (0 or 1).
# Begin with the others' risks; the sum of `y - p` over them is the missing $p - y$.

# %%
def last_patient(w, b, penalty, x, y):
    ### BEGIN SOLUTION
    p = 1 / (1 + np.exp(-(x @ w + b)))
    residual = (y - p).sum()
    features = ((y - p) @ x - penalty * w) / residual
    return features, int(residual < 0)
    ### END SOLUTION

check("5.3", last_patient)

# %% [markdown]
# The package does the same. Here is somebody of whom we gave it nothing, in the survey's own codes:

# %%
from leaklab.attacks import GeneralizedLinear, Others, last_record

known = Others(x[others], asked.label[others])
found = last_record(GeneralizedLinear.of(regression), known)

# %%
p = 1 / (1 + np.exp(-(x[others] @ w + b)))
pull = (asked.label[others] - p) @ x[others] - penalty * w
assert np.allclose(found.x, pull / (asked.label[others] - p).sum()) and np.allclose(found.x, x[surprising])

# %%
codes = ["BMI", "Smoker", "HvyAlcoholConsump", "MentHlth", "Age", "Income"]
survey = pd.DataFrame({"the truth": asked.features.iloc[surprising],
                       "computed": (found.x * asked.scale + asked.center).round(6)}).loc[codes]
print(f"outcome: {found.y}, truth {asked.label[surprising]}; largest error {abs(found.x - x[surprising]).max():.0e}")
survey

# %% [markdown]
# Not a likeness, not a probability: **the record**, to rounding. An average is a model too, and does it in one line:

# %%
mean = x.mean(axis=0)
print(f"largest error {abs(1400 * mean - x[others].sum(axis=0) - x[surprising]).max():.0e}")

# %% [markdown]
# Whoever publishes a table's averages beside the table without you has published you.
#
# **Break it.** scikit-learn's default stops training a little early. And a careful attacker checks: what comes out must
# be 0 or 1 for an outcome.

# %%
careless = GeneralizedLinear.of(LogisticRegression().fit(x, asked.label))
try:
    last_record(careless, known)
except ValueError as refusal:
    print(refusal)
rough = last_record(careless, known, tolerance=np.inf).x * asked.scale + asked.center
print("whole numbers right after rounding:", (rough.round() == asked.features.iloc[surprising]).sum(), "of 21")

# %% [markdown]
# Not exact; but survey codes are whole numbers, and rounding mends what the early stop spoilt. So much for luck.
#
# **Defend it.** Noise on the parameters. A more modest attacker now holds a list of 20 people, one of whom is the last
# patient, and picks whose model lies nearest. How often *any* attack can be right has a ceiling that follows from the
# guarantee (Hayes, Mahloujifar and Balle, 2023): with a Gaussian mechanism of sensitivity $\mu$ standard deviations
# (lesson 06), at most $\Phi(\Phi^{-1}(1/20) + \mu)$, where $\Phi$ is the normal distribution.

# %%
from scipy.stats import norm

from leaklab.experiments import behind_noise
from leaklab.privacy import reconstruction_ceiling

assert np.isclose(reconstruction_ceiling(1 / 20, 1.5), norm.cdf(norm.ppf(1 / 20) + 1.5))

# %%
points = behind_noise((x[20:], asked.label[20:]), (x[:20], asked.label[:20]), [np.inf, 3000, 1000, 300, 100, 30, 3, 1],
                      l2=10, norm=5, trials=200, rng=0)
pd.DataFrame([{"noise": f"{one.noise:.4f}", "epsilon": f"{one.epsilon:,.0f}", "picked": str(one.picked),
               "error of the equations": round(one.error, 3)} for one in points])

# %%
from leaklab.plots import picked_behind_noise

picked_behind_noise(points).figure

# %% [markdown]
# *The figure: picks fall to a guess; both ceilings lie above them.*
#
# The equations break first: an error of 1 is a standard deviation, as good as naming anybody. The list holds out
# longer. Mark how far above them the promise lies: it speaks of the worst table and the worst person in the world.
# "Cannot be picked" here is a measurement, with these 20 people; only the dashed line is a promise.

# %% [markdown]
# ## The clinic's own secret
#
# A competitor does not care about any patient. They ask: **is this a clinic for the old?** Two worlds: 30% of the 700
# people in the table are 65 and older, or 70%. The adversary trains 60 shadow models on strangers, half in each world,
# asks all of them the same 200 questions, and learns how the answers move with the share (after Ateniese and others,
# 2015). This is **property inference**. **Predict** before you run it: which of the three recipes keeps *this* secret
# best?
# <!-- given: 65 (age 10 in the survey's code begins there) -->

# %%
from leaklab.experiments import infer_shares

own, theirs = strangers.take(range(20_000, 40_000)), strangers.take(range(40_000, 60_000))
old = [(part.features["Age"] >= 10).to_numpy() for part in (own, theirs)]
coins = [np.random.default_rng(seed).random(20_000) < 0.5 for seed in (0, 1)]
studies = {name: infer_shares(own, theirs, old, recipe, (0.3, 0.7), size=700, models=60, rng=0)
           for name, recipe in recipes.items()}
studies["stopped early; a group by coin"] = infer_shares(own, theirs, coins, stopped_early(), (0.3, 0.7), size=700,
                                                         models=60, rng=0)

# %%
from leaklab.plots import estimated_shares

estimated_shares(studies).figure

# %% [markdown]
# *The figure: a dot a model: the share that is read off it. On the right, how often the world is told rightly.*
#
# ## Exercise 5.4: which secret does a guarantee keep?
#
# Of which of these four is it **shown** that they give the clinic's make-up away? Answer with a set of names;
# `studies[name].told` has `.low` and `.high`, and a coin is right in 0.5.

# %%
### BEGIN SOLUTION
given_away = {name for name, study in studies.items() if study.told.low > 0.5}
### END SOLUTION
check("5.4", given_away, given=studies)

# %% [markdown]
# The world is upside down. From the network that learnt people by heart, nothing is shown; the two models that keep
# *persons* secret give the *clinic* away. No contradiction: they learnt what people have in common, and how common it
# is. (The share of the *ill* stands in every model: `benchmarks/README.md`.) Differential privacy promises that **one
# person** more or less hardly shows. What is true of the table without you is no secret of yours, and no epsilon keeps
# it.

# %% [markdown]
# ## Where the attack fails
#
# - **LiRA** on the model stopped early: nobody of 1,400 is shown. Not shown is not safe: the AUC of the expectedly ill
#   lies above a coin, and a little leaks over many.
# - **The last patient** needs *all* others, a linear model, and training to the end. Of a network no equation gives one
#   record; a record that the model fits perfectly does not pull at all. The package says so instead of answering.
# - **Property inference** finds a group by coin as often as a coin does: nothing in the model depends on it. And the
#   network trained to the end hides what the calm ones show.

# %%
print("the expectedly ill, stopped early:", groups["stopped early"]["ill, expected"])
others[np.flatnonzero(ill & others)[0]] = False
try:
    last_record(GeneralizedLinear.of(regression), Others(x[others], asked.label[others]))
except ValueError as refusal:
    print("two patients missing:", str(refusal).split(" (")[0])

# %% [markdown] tags=["trainer"]
# **Trainer.** Ask at the end: "Whose secret was that, one person's or the table's?" Let the room sort the four attacks
# of this page into two columns. Only the first column is what lessons 06 and 07 can promise anything about.

# %% [markdown]
# ## What you would tell your management
#
# The released setting, for the record:

# %%
worst = groups["ten times the people"]["ill, unexpected"]
print("ten times the people; the worst kind, the unexpectedly ill: AUC", worst)

# %% [markdown]
# | | |
# |---|---|
# | **Adversary** | has scores and 32 models like ours; of a published regression: all records but one |
# | **Worst group** | the unexpectedly ill: AUC 0.66 [0.63, 0.69] as released |
# | **Number exposed** | 0 of 1,400, 111 as it was; by a regression to the last digit, the last patient |
# | **Not tested** | other attacks, other people; property inference with more shadow models |
# | **Promised, and for which unit** | nothing. A guarantee is for one record; none covers the clinic's make-up |
#
# <!-- given: 32 (33 models but one) -->

# %% [markdown]
# ## Words
#
# - **attribute inference**: working out one answer of a person from a model and the rest of their record.
# - **leak**, here: how much better that goes for people in the data than for the same people outside it.
# - **informed adversary**: knows all records but one; against them a [guarantee](07_private_training.ipynb) is made.
# - **reconstruction**: computing a whole record, features and outcome, out of a model.
# - **penalty**: what training adds to the loss to keep coefficients small.
# - **ceiling**: the most that any attack can reach, by a promise; see [noise](06_noise.ipynb).
# - **property inference**: reading a fact about the whole table, such as the share of a group, off a model.

# %% [markdown]
# ## To read
#
# - Balle, Cherubin and Hayes, *Reconstructing Training Data with Informed Adversaries*, 2022,
#   [arXiv 2201.04845](https://arxiv.org/abs/2201.04845).
# - Hayes, Mahloujifar and Balle, *Bounding Training Data Reconstruction in DP-SGD*, 2023,
#   [arXiv 2302.07225](https://arxiv.org/abs/2302.07225).
# - Jayaraman and Evans, *Are Attribute Inference Attacks Just Imputation?*, 2022,
#   [arXiv 2209.01292](https://arxiv.org/abs/2209.01292): a counter-voice; why we subtract what anybody could guess.
# - Ateniese and others, *Hacking Smart Machines with Smarter Ones*, 2015,
#   [arXiv 1306.4447](https://arxiv.org/abs/1306.4447).
# - Ganju and others, *Property Inference Attacks on Fully Connected Neural Networks*, 2018,
#   [doi 10.1145/3243734.3243834](https://doi.org/10.1145/3243734.3243834).
# - Fredrikson and others, *Privacy in Pharmacogenetics*, USENIX Security 2014.

# %% [markdown]
# ## What you saw
#
# - Fewer passes protect, and more people keep the model useful at that. Repeating protects nobody; balance moves the
#   exposure to others; cleaning undoes that of doubles. A model that never knew you cannot betray you, nor help you.
# - A model gives away *what* somebody answered. Count only what comes on top of a guess without it.
# - From a regression trained to the end and all other records, the last one follows to rounding. Noise ends it.
# - What protects persons does not protect the clinic: the calm models tell its make-up.
#
# Next: what is this noise, and what does it promise? [How does noise protect?](06_noise.ipynb)
