# %% [markdown]
# # 03 · Medical membership: was this patient in the data?
#
# Mr. B. applies for life insurance. He has no diabetes, as the insurer's own blood test confirms. But was he ever
# worried enough to see a clinic? A diabetes clinic has published a model that foretells the illness from 21 harmless
# questions: age, weight, smoking, sport. It was trained on the clinic's patients. The insurer has Mr. B.'s answers, and
# asks the model. **If the model knows him, he was a patient.** Nobody ever saw the clinic's list.
#
# **After this page you can**
# - show how a model that learns by heart betrays who was in its data;
# - write the threshold attack in one line, and measure it without fooling yourself;
# - say what a verdict on *one* person is worth;
# - find a model, also of your own, against which the attack fails, and say why.
#
# **Minutes:** 45 (15 to read, 20 for exercises, 10 to play)
#
# **Before it:** [lesson 00](00_start_here.ipynb): black box, true- and false-positive rate

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | membership. Not the diagnosis: *being on that clinic's list* |
# | **What does the adversary hold?** | a *black box* that answers with probabilities (scores) |
# | **What do they know?** | the person's 21 answers; the outcome, by a test; the recipe; *others'* answers |
# | **How many queries?** | one a person |
# | **What would be luck?** | a coin: as many others called members as members |

# %%
# %matplotlib inline
from dataclasses import replace

import numpy as np
import pandas as pd

from leaklab.course import exercises
from leaklab.data import load_patients

check, hint, solution = exercises("03")

# %% [markdown]
# ## The patients
#
# **Whose data?** Nobody's: invented, shaped by the published figures of a survey of the United States' Centers for
# Disease Control (2015, public domain), under Leaklab's own licence, Apache-2.0 (`data/README.md`).
#
# We take 1,400 people, half of them with diabetes or on the way to it. 700 train the model: the **members**. The
# other 700 are left out. All are drawn alike, so nothing but the training can tell them apart.

# %%
patients = load_patients("synthetic")
asked = patients.sample(1400, rng=0, balanced=True)
members, others = asked.split(0.5, rng=0)

# %%
from leaklab.course import answers

x, y = asked.x, asked.label
member = asked.features.index.isin(members.features.index)
pd.DataFrame([answers(asked.take([person])) for person in range(3)])

# %% tags=["nbval-check-output"]
print(f"{len(members)} members, {len(others)} others, {asked.features.shape[1]} answers each")

# %% [markdown]
# ## A model that learns by heart
#
# The clinic trains a small neural network: two hidden layers of 64, a common choice. How long? We try 1, 3, 5, 10, 20
# and 50 *epochs* (passes over the data), always from the same start. **Expect** two curves that part: what the model
# knows of its own patients, and what it knows of everybody else.

# %%
from leaklab.access import BlackBox
from leaklab.training import MLP

recipe = MLP(hidden=(64, 64), epochs=50, batch_size=64)
models = {epochs: BlackBox(replace(recipe, epochs=epochs).fit(members.x, members.label, rng=0))
          for epochs in (1, 3, 5, 10, 20, 50)}

# %%
right = {epochs: model.probabilities(x).argmax(axis=1) == y for epochs, model in models.items()}
train = [right[epochs][member].mean() for epochs in models]
unseen = [right[epochs][~member].mean() for epochs in models]

# %%
from leaklab.plots import learning_curve

learning_curve(list(models), train, unseen).figure

# %% [markdown]
# *The figure: up to 3 epochs both curves rise together. Then they part: on the training patients accuracy climbs to
# 96%, on patients never seen it falls to 66%.*
#
# After three epochs the model had learnt what there is to learn. All that followed was learning *these 700 people* by
# heart: **overfitting**. It made the model worse for everybody new. And for those inside?

# %% [markdown] tags=["trainer"]
# **Trainer.** Ask before running: where would *you* stop? Most say "at the top of the lower curve". Remember it: it
# comes back as the first defence. The same seed starts all six trainings, so the model after 5 epochs is the model of
# 50 epochs at an earlier hour.

# %% [markdown]
# ## The loss gives it away
#
# How surprised is a model by the truth? That is its **loss**: with $p_y$ the probability that it gave to the *true*
# outcome $y$,
#
# $$\text{loss} = -\log p_y .$$
#
# Sure and right: near 0. A toss-up: $-\log 0.5 \approx 0.69$. Sure and wrong: large. Training makes exactly this
# number small, and only for members.

# %%
victim = models[50]
p = victim.probabilities(x)
losses = -np.log(p[np.arange(len(y)), y])

# %% [markdown]
# ## Exercise 3.1: one loss by hand
#
# A patient does **not** have diabetes. The model gives diabetes a probability of 0.3. What is its loss on this
# patient?

# %%
### BEGIN SOLUTION
one_loss = -np.log(1 - 0.3)
### END SOLUTION
check("3.1", one_loss)

# %% [markdown]
# Now all 1,400. **Expect** members on the left, where losses are small. The axis is logarithmic: each mark to the left
# is ten times less surprise.

# %%
from leaklab.plots import score_histograms

score_histograms(losses[member], losses[~member], log=True, quantity="loss of the model on a person").figure

# %% [markdown]
# *The figure: two humps that overlap. Half of the members have a loss below 0.089, half of the others below 0.28; far
# right lie many others and hardly a member.*
#
# A **large** loss nearly proves that somebody was *not* in the data. A small loss proves little: many strangers are
# simply easy.

# %% [markdown]
# ## The threshold attack
#
# So the whole attack is one comparison (Yeom and others, 2018):
#
# > say *member* where the loss is **below** a threshold.
#
# ## Exercise 3.2: write the attack
#
# `p` has a row of two probabilities for each person, `y` the true outcomes (0 or 1). Return True for each person
# whom the attack calls a member.

# %%
def says_member(p, y, threshold):
    ### BEGIN SOLUTION
    return -np.log(p[np.arange(len(y)), y]) < threshold
    ### END SOLUTION

check("3.2", says_member)

# %% [markdown]
# The package's attack is the same formula with its sign turned: for all attacks here a *higher* score means *member*.
# The access object counts the queries.

# %%
from leaklab.attacks import Threshold

found = Threshold(signal="loss")(victim, x, y)
assert np.allclose(found.score, -losses)

# %% tags=["nbval-check-output"]
print(f"{found.queries} queries for {len(x)} people")

# %% [markdown]
# ## How good is it?
#
# Every threshold trades members found (**true-positive rate**, TPR) for others accused (**false-positive rate**, FPR).
# One number for all thresholds is the area under that curve, the **AUC**: how often a member scores higher than an
# other person. 0.5 is a coin.
#
# But an adversary who accuses people must not accuse everybody. So ask: how many members are found when at most 1% of
# the others, here 7 of 700, are accused?
#
# ## Exercise 3.3: members found at 1% false alarms
#
# From the scores of both groups (higher = member): the TPR when at most 7 of the others are called members.

# %%
score_members, score_others = found.score[member], found.score[~member]
### BEGIN SOLUTION
threshold = np.sort(score_others)[-8]  # only 7 others lie above it
tpr_at_1_percent = (score_members > threshold).mean()
### END SOLUTION
check("3.3", tpr_at_1_percent, given=(score_members, score_others))

# %% [markdown]
# The package does this for every threshold, with 95% intervals. **Expect** a clear AUC, and a disappointment at 1%.

# %%
from leaklab.metrics import roc

curve = roc(found.score, member)
print("AUC:          ", curve.auc)
for fpr in (0.05, 0.01, 0.001):
    print(f"TPR at {fpr:.1%} FPR:", curve.tpr_at(fpr))

# %%
from leaklab.plots import roc_curve

roc_curve({"loss": curve}).figure

# %% [markdown]
# *The figure: on logarithmic axes, the curve lies above the diagonal of chance where many are accused, on the right.
# Then it meets the diagonal, and runs along it or just below. Far left, in grey: what 700 people cannot show.*
#
# - **It leaks.** An AUC of 0.66, its interval far from 0.5: over all its patients the model tells.
# - **It accuses nobody safely.** At 1% false alarms it finds 1% of the members, as a coin does.
# - **Below that we do not know.** One false alarm in 1,000 cannot be seen among 700 people: we draw no line there.
#
# *Just below chance: could one turn it round?* No. At 5% the interval holds 5%: the smallest losses belong to easy
# people, in the data or not. And those of the largest are hardly ever members:

# %%
print("turned round, TPR at 1% FPR:", roc(-found.score, member).tpr_at(0.01))

# %% [markdown] tags=["trainer"]
# **Trainer.** Do not hide the second point: it is why published attacks are compared at a low FPR. Membership is not
# safe because of it. Attacks that ask "is this loss small *for this person*?" do better; they come in lesson 04. Why
# below chance: the others' losses are spread more widely, at both ends.

# %% [markdown]
# ## A threshold without peeking
#
# Where should the threshold be? The insurer does not know who the members are. So it trains a **shadow model**: the
# same recipe, on other people's answers, whose membership it knows because it chose it.

# %%
from leaklab.data import sample_cohort

features, label = sample_cohort(60_000, rng=1)
population = replace(patients, features=features, label=label)
own = population.sample(1400, rng=5, balanced=True)
own_members, _ = own.split(0.5, rng=5)

# %%
from leaklab.attacks import Shadow

own_member = own.features.index.isin(own_members.features.index)
shadow_model = BlackBox(recipe.fit(own_members.x, own_members.label, rng=5))
shadow = Shadow(shadow_model, own.x, own.label, own_member)

# %% [markdown]
# Calibrated on the shadow, the attack gives verdicts. There are other signals (Song and Mittal, 2021): the largest
# probability (*confidence*), the spread of the answer (*entropy*), and the entropy *modified* to know the true outcome.
# **Expect** those that use the true outcome to win.

# %%
from leaklab.attacks import SIGNALS
from leaklab.metrics import Verdicts

results = {signal: Threshold(signal=signal)(victim, x, y, knowledge=shadow) for signal in SIGNALS}
verdicts = {signal: Verdicts.count(result.guess, member) for signal, result in results.items()}
pd.DataFrame({signal: {"AUC": roc(results[signal].score, member).auc, "TPR": v.tpr, "FPR": v.fpr}
              for signal, v in verdicts.items()}).T

# %% [markdown]
# With two classes, loss and modified entropy agree, and so do confidence and entropy: one is the other on a bent scale.
# The true outcome is worth a lot: without it, the AUC is 0.56.
#
# ## The baseline that needs no probabilities
#
# Lesson 00 guessed *member* where the model is **right**. It needs labels only. The threshold attack cannot run on
# labels, and says so:

# %%
from leaklab.access import LabelOnly

# %% tags=["nbval-check-output"]
try:
    Threshold()(LabelOnly(victim), x, y)
except ValueError as refusal:
    print(refusal)

# %%
by_loss = verdicts["loss"]
for name, v in (("right or wrong", Verdicts.count(right[50], member)), ("loss", by_loss)):
    print(f"{name:15} TPR {v.tpr}   FPR {v.fpr}   advantage {v.tpr.value - v.fpr.value:.2f}")

# %% [markdown]
# The plain guess is as good as the threshold: hiding these probabilities would protect nobody. Keep such a baseline
# beside every attack.

# %% [markdown]
# ## One patient
#
# *Pick a patient*; change any answer, and you have made somebody up. *Surprise me* does not tell: guess, then press
# *Reveal the truth*. The form opens on a man in his sixties without diabetes: our Mr. B.

# %%
from leaklab.course import Form
from leaklab.widgets import PatientForm

PatientForm(Form(victim, members, others, knowledge=shadow, rng=60))

# %% [markdown]
# The same form as it stands at first, for readers without a running notebook:

# %%
PatientForm(Form(victim, members, others, knowledge=shadow, rng=60)).still()

# %% [markdown]
# *The figure: the two humps of losses, a dashed line at the threshold, and a black line at this patient's loss, left
# of it. He is a member, and is called one.*
#
# ## You against the attack
#
# Can you do what the attack does? A fair coin chooses each patient: member or not. You see what the attack sees. Say
# *Member* or *Not a member* (mouse, or Tab and Enter); until you *Reveal the truth* you can *Undo*. **Expect** to be
# right in 10 of twenty, or a few more.

# %%
from leaklab.course import Game
from leaklab.widgets import GuessingGame

GuessingGame(Game(victim, members, others, knowledge=shadow, rng=4))

# %% [markdown]
# And if a coin plays in your place? The same twenty patients:

# %%
coin = np.random.default_rng(0)
played = GuessingGame(Game(victim, members, others, knowledge=shadow, rng=4))
while not played.state.over:
    played.state.guess(bool(coin.integers(2)))
played.still()

# %% [markdown]
# *The figure: two points with wide bars, "you" (here the coin) above and the attack below, and a dashed line at 50%,
# chance.*
#
# Twenty rounds are mostly luck: even the attack is right in only 45% of these. The *sign test* takes the rounds in
# which one was right and the other wrong, and asks how often fair coins would be so lopsided. It is read once, after a
# number of rounds fixed beforehand. Give the coin 600 patients:

# %%
marathon = Game(victim, members, others, knowledge=shadow, rounds=600, rng=4)
while not marathon.over:
    marathon.guess(bool(coin.integers(2)))
score = marathon.score()
print(f"coin {score.student}, attack {score.attack}; p = {score.p_value:.1g}, winner: {score.winner}")

# %% [markdown]
# Now there is no doubt. Yet for *one* patient the attack is wrong more than 1 time in 3.
#
# ## What is one verdict worth?
#
# That depends on **whom the insurer asks about**. Bayes' rule counts:
#
# $$P(\text{member} \mid \text{called member}) =
# \frac{\text{TPR}\cdot\pi}{\text{TPR}\cdot\pi + \text{FPR}\cdot(1-\pi)}$$
#
# where $\pi$ is the share of members among the people asked about (the *prior*).
#
# ## Exercise 3.4: what is the verdict worth?
#
# Of all applicants 1 in 100 is a member. The attack calls Mr. B. a member. With what probability is he one?

# %%
tpr, fpr = by_loss.tpr.value, by_loss.fpr.value
### BEGIN SOLUTION
prior = 0.01
right_to_accuse = tpr * prior / (tpr * prior + fpr * (1 - prior))
### END SOLUTION
check("3.4", right_to_accuse, given=(tpr, fpr))

# %%
for share, people in ((0.5, "1 in 2"), (0.1, "1 in 10"), (0.01, "1 in 100")):
    worth = by_loss.precision(share)
    print(f"members {people:8}  'member' is right in {worth.value:5.1%} [{worth.low:.1%}, {worth.high:.1%}]")

# %% [markdown]
# At 1 in 100 the verdict lifts the suspicion from 1% to 1.5%. Should Mr. B. be calm?
# - The insurer may hold other hints (a pharmacy, a postcode), and this one **adds** to them.
# - Somebody may act on "the computer says member", right or wrong.
# - This is one of the *weakest* attacks of the course, and nothing was promised to anybody.

# %% [markdown] tags=["trainer"]
# **Trainer.** Play *You against the attack* with the whole room, hands up for "member": one person clicks what most
# hands say, and the game keeps score of the room against the attack, with intervals. Ask how many rounds it would take
# before showing the 600. Then ask: who would deny an insurance on 6 in 10? Who would if the attack were certain?

# %% [markdown]
# ## Where the attack fails
#
# The leak is overfitting, so do not overfit: **stop early**, or **train on more people**: 7,000 from the same
# population, for 50 epochs as before, and for 5, which are as many *steps* as 50 epochs on 700 people. **Expect** AUCs
# near 0.5. In all three?

# %%
many = population.sample(7700, rng=2, balanced=True)
many_members, many_others = many.split(7000, rng=2)
long = BlackBox(recipe.fit(many_members.x, many_members.label, rng=0))
short = BlackBox(replace(recipe, epochs=5).fit(many_members.x, many_members.label, rng=0))

# %%
in_many = many.features.index.isin(many_members.features.index)
cases = {"700 patients, 50 epochs": (victim, x, y, member),
         "700 patients, 3 epochs": (models[3], x, y, member),
         "7,000 patients, 50 epochs": (long, many.x, many.label, in_many),
         "7,000 patients, 5 epochs": (short, many.x, many.label, in_many)}

# %%
from leaklab.metrics import Rate

curves, useful = {}, {}
for name, (model, people, truth, inside) in cases.items():
    curves[name] = roc(Threshold()(model, people, truth).score, inside)
    hits = (model.probabilities(people).argmax(axis=1) == truth)[~inside]
    useful[name] = Rate(int(hits.sum()), len(hits))
pd.DataFrame({"AUC": {name: c.auc for name, c in curves.items()}, "right about the unseen": useful})

# %% [markdown]
# - **Stopped after 3 epochs**: the interval of the AUC holds 0.5, and the model is *better* at its task: the
#   intervals overlap, but these are the same people, and the sign test tells.
# - **Ten times the people** did not help by itself: in 50 epochs even 7,000 people are learnt by heart, partly.
# - **Ten times the people, same number of steps**: nothing to see, and the highest share of right answers.

# %%
from scipy.stats import binomtest

early, late = right[3][~member], right[50][~member]
only = int((early & ~late).sum()), int((late & ~early).sum())
print(f"right about an unseen person only after 3 epochs: {only[0]}, only after 50: {only[1]}; sign test p = "
      f"{binomtest(only[0], sum(only)).pvalue:.1g}")

# %% [markdown]
# The first and the last as curves:

# %%
roc_curve({name: curves[name] for name in ("700 patients, 50 epochs", "7,000 patients, 5 epochs")}).figure

# %% [markdown]
# *The figure: the first curve as before; the second lies on the diagonal from end to end.*
#
# *This* attack on *these* people finds nothing. It is no promise. A promise needs noise:
# [lesson 07](07_private_training.ipynb).
#
# ## Exercise 3.5: which model may leave the clinic?
#
# Choose the model that leaks least. Where intervals overlap, this attack cannot tell leaks apart: then take the model
# that is right more often about the unseen, by the point estimate (those intervals overlap too, but one must choose).
# Answer with its name in the table.

# %%
### BEGIN SOLUTION
choice = "7,000 patients, 5 epochs"
### END SOLUTION
check("3.5", choice, given={name: (curves[name].auc, useful[name].value) for name in cases})

# %% [markdown]
# ## Your turn: a model of your own
#
# The attack never looked inside, so it works on models that others made. **Expect** more leak from scikit-learn's
# forest as it comes than from our network: each tree grows until it has learnt its patients by heart. In the second
# forest no leaf may hold fewer than 20 patients.

# %%
from sklearn.ensemble import RandomForestClassifier


def audited(model):
    hits = model.fit(members.features, members.label).predict(others.features) == others.label
    area = roc(Threshold()(BlackBox(model), asked.features, y).score, member).auc
    return f"AUC {area}; right about the unseen {Rate(int(hits.sum()), len(hits))}"


print("as it comes:", audited(RandomForestClassifier(random_state=0)))
print("20 a leaf:  ", audited(RandomForestClassifier(min_samples_leaf=20, random_state=0)))

# %% [markdown]
# Less learnt by heart, nothing lost for the unseen. Now **yours**: import any classifier (boosting, neighbours, a
# tree), alone or in a pipeline. Which leaks most, which would you publish?

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

mine = make_pipeline(StandardScaler(), LogisticRegression())  # change me
print("mine:", audited(mine))

# %% [markdown]
# A threshold is among the weakest attacks. For stronger ones, a look into the file and rules for a decision: [audit a
# model of your own](../research/audit_a_model_of_your_own.ipynb).

# %% [markdown]
# ## When the question has no answer
#
# If the same record lies on both sides, the attack is called wrong when it says *member* of a record that was indeed
# learnt. Suppose every member was entered twice. Somebody splits the *rows*; `Records.split`, which we used so far,
# keeps such twins together:

# %%
twice = members.take(np.repeat(np.arange(len(members)), 2))
order = np.random.default_rng(0).permutation(len(twice))
splits = {"careless": (twice.take(order[:700]), twice.take(order[700:])), "careful": twice.split(0.5, rng=0)}
for name, (inside, outside) in splits.items():
    model = BlackBox(recipe.fit(inside.x, inside.label, rng=0))
    both = [Threshold()(model, part.x, part.label).score for part in (inside, outside)]
    alike = len(set(inside.features.index) & set(outside.features.index))
    print(f"{name}: {alike} patients on both sides, AUC {roc(np.concatenate(both), np.repeat([1, 0], 700)).auc}")

# %% [markdown]
# Whoever measures with twins across the line finds the attack milder than it is.
#
# ## Real people's answers
#
# The same on the survey itself: answers of real people, in the public domain. It needs the file (downloaded once, or in
# the folder `LEAKLAB_DATA`).

# %%
USE_CDC = False
if USE_CDC:
    survey = load_patients("cdc").sample(4000, rng=0, balanced=True)
    surveyed, _ = survey.split(0.5, rng=0)
    model = BlackBox(recipe.fit(surveyed.x, surveyed.label, rng=0))
    survey_score = Threshold()(model, survey.x, survey.label).score
    print("CDC survey, AUC:", roc(survey_score, survey.features.index.isin(surveyed.features.index)).auc)

# %% [markdown]
# ## What you would tell your management
#
# One question is open: is everybody as safe as the average? Four groups, four looks: each interval errs in a quarter of
# 5%.

# %%
poor = asked.features["GenHlth"].to_numpy() >= 4
for ill, health in ((0, poor), (0, ~poor), (1, poor), (1, ~poor)):
    group = (y == ill) & health
    name = f"{'diabetes' if ill else 'no diabetes'}, {'fair or poor' if health is poor else 'good'} health"
    print(f"{name:35} {group.sum():4} people, AUC", roc(found.score[group], member[group], confidence=1 - 0.05 / 4).auc)

# %% [markdown]
# | of the model after 50 epochs | |
# |---|---|
# | **Adversary** | an outsider with scores, a person's record and outcome, the recipe; one query a person |
# | **Worst group** (with interval) | no diabetes though in poor health: AUC 0.89 [0.76, 0.96]; all: 0.66 [0.63, 0.69] |
# | **Number exposed** | not known: one model says little of one person. At 1% FPR 1% are found, as by luck |
# | **Not tested** | attacks that ask per person (lesson 04); what people answered; other groups; 0.1% FPR |
# | **Promised, and for which unit** | nothing, to nobody |
#
# So: do not publish this one.
#
# ## Words
#
# - **Member**: a person whose record trained the model ([The patients](#The-patients)).
# - **Overfitting**: knowing one's own data better than the rest
#   ([A model that learns by heart](#A-model-that-learns-by-heart)).
# - **[Loss](#The-loss-gives-it-away)**: how surprised the model is by the truth.
# - **[AUC](#How-good-is-it?)**: how often a member scores above somebody else; 0.5 is a coin.
# - **[Shadow model](#A-threshold-without-peeking)**: the adversary's own copy of the training, on people they know.
# - **Prior**: what one believes before asking ([What is one verdict worth?](#What-is-one-verdict-worth?)).
#
# ## To read
#
# - Shokri, Stronati, Song and Shmatikov, *Membership Inference Attacks Against Machine Learning Models*, 2017,
#   [doi](https://doi.org/10.1109/SP.2017.41): shadow models.
# - Yeom, Giacomelli, Fredrikson and Jha, *Privacy Risk in Machine Learning*, 2018,
#   [doi](https://doi.org/10.1109/CSF.2018.00027): the threshold on the loss.
# - Song and Mittal, *Systematic Evaluation of Privacy Risks of Machine Learning Models*, 2021,
#   [arXiv](https://arxiv.org/abs/2003.10595): the other signals.
#
# ## What you saw
#
# - A model that learns people by heart is less surprised by them, and one query tells.
# - Read an attack with its interval, at a low false-positive rate, beside a baseline. Here: clear on average, worthless
#   for accusing one person.
# - What a verdict is worth depends on whom you ask about.
# - Without overfitting the attack finds nothing. That is measured, not promised.
#
# Next: [who is exposed?](04_who_is_exposed.ipynb) Behind an average hide people who are anything but average.
