# %% [markdown]
# # 03 · Medical membership: was this patient in the data?
#
# Mr. B. applies for life insurance. *Ever had anything to do with diabetes?* No, says his form. A diabetes clinic has
# published a model that foretells the illness from 21 harmless questions: age, weight, smoking, sport. It was trained
# on the clinic's patients. The insurer has Mr. B.'s answers, and asks the model. **If the model knows him, he was a
# patient.** Nobody ever saw the clinic's list.
#
# **After this page you can**
# - show how a model that learns by heart betrays who was in its data;
# - write the threshold attack in one line, and measure it without fooling yourself;
# - say what a verdict on *one* person is worth;
# - find a model against which the attack fails, and say why.

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | membership: *this person is a patient of that clinic* |
# | **What does the adversary hold?** | a *black box* that answers with probabilities (scores) |
# | **What do they know?** | the person's 21 answers and true outcome; the training recipe; *other* people's answers |
# | **How many queries?** | one a person |
# | **What would be luck?** | a coin: as many others called members as members |

# %%
# %matplotlib inline
from dataclasses import replace

import numpy as np
import pandas as pd

from leaklab.data import load_patients

# %% [markdown]
# ## The patients
#
# **Whose data?** Nobody's. The embedded cohort is invented: seeded random numbers, shaped by the published figures of
# a survey of the United States' Centers for Disease Control (2015, public domain). It comes under Leaklab's own
# licence, Apache-2.0; `data/README.md` tells more.
#
# We take 1,400 people, half of them with diabetes or on the way to it. 700 train the model: the **members**. The
# other 700 are left out. All are drawn alike, so nothing but the training can tell them apart.

# %%
patients = load_patients("synthetic")
asked = patients.sample(1400, rng=0, balanced=True)
members, others = asked.split(0.5, rng=0)

# %%
x, y = asked.x, asked.label
member = asked.features.index.isin(members.features.index)
asked.features[["Age", "Sex", "BMI", "Smoker", "PhysActivity", "HighBP", "GenHlth", "Income"]].head(3)

# %% tags=["nbval-check-output"]
print(f"{len(members)} members, {len(others)} others, {asked.features.shape[1]} answers each")

# %% [markdown]
# ## A model that learns by heart
#
# The clinic trains a small neural network: two hidden layers of 64, a common choice. How long? We train it for 1, 2,
# ... up to 50 *epochs* (passes over the data), always from the same start. **Expect** two curves that part: what the
# model knows of its own patients, and what it knows of everybody else.

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
# *The figure: up to 3 epochs both curves rise together, to nearly three right answers in four. Then they part: on the
# training patients accuracy climbs to about 96%, on patients never seen it falls to about 66%.*
#
# After three epochs the model had learnt what there is to learn. All that followed was learning *these 700 people* by
# heart: **overfitting**. It made the model worse for everybody new. We shall see what it did to those inside.

# %% [markdown] tags=["trainer"]
# **Trainer.** Ask before running: where would *you* stop? Most say "at the top of the lower curve". Remember it: it
# comes back as the first defence. The same seed starts all six trainings, so the model after 5 epochs is the model of
# 50 epochs at an earlier hour.

# %% [markdown]
# ## The loss gives it away
#
# How surprised is a model by the truth? That is its **loss** on a person: with $p_y$ the probability that it gave to
# the *true* outcome $y$,
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
from leaklab.course import exercises

check, hint, solution = exercises("03")

# %%
### BEGIN SOLUTION
loss = -np.log(1 - 0.3)
### END SOLUTION
check("3.1", loss)

# %% [markdown]
# Now all 1,400. **Expect** members on the left, where losses are small. The axis is logarithmic: a step to the left
# is ten times less surprise.

# %%
from leaklab.plots import score_histograms

score_histograms(losses[member], losses[~member], log=True, quantity="loss of the model on a person").figure

# %% [markdown]
# *The figure: two humps that overlap. Most members have a loss between 0.01 and 0.7, hardly any above 1. The others
# lie everywhere; their peak is above 1, where hardly a member is.*
#
# See what the picture says, and what it does not. A **large** loss nearly proves that somebody was *not* in the data.
# A small loss proves little: many strangers are simply easy.

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
# The package's attack is the same formula. It turns the sign, so that, as for all attacks here, a *higher* score means
# *member*. It asks the model through the access object, which counts the queries.

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
# From the scores of the two groups (higher = member) compute the TPR when at most 7 of the others are called members.

# %%
score_members, score_others = found.score[member], found.score[~member]
### BEGIN SOLUTION
threshold = np.sort(score_others)[-8]  # only 7 others lie above it
tpr_at_1_percent = (score_members > threshold).mean()
### END SOLUTION
check("3.3", tpr_at_1_percent, given=(score_members, score_others))

# %% [markdown]
# The package does this for every threshold, with 95% intervals: DeLong's for the AUC, Clopper and Pearson's exact one
# for a rate. **Expect** a clear AUC, and a disappointment at 1%.

# %%
from leaklab.metrics import roc

curve = roc(found.score, member)
print("AUC:          ", curve.auc)
print("TPR at 1% FPR:", curve.tpr_at(0.01))

# %% tags=["nbval-check-output"]
print("TPR at 0.1% FPR:", curve.tpr_at(0.001))

# %%
from leaklab.plots import roc_curve

roc_curve({"loss": curve}).figure

# %% [markdown]
# *The figure: on logarithmic axes, the curve lies above the diagonal of chance on the right, where many are accused.
# Near 6% false alarms it falls to the diagonal and below. Far left, in grey: what 700 people cannot show at all.*
#
# Three answers, and all three are true:
# - **It leaks.** An AUC near 0.66, with an interval far from 0.5: over all its patients the model tells.
# - **It accuses nobody safely.** With 1% false alarms the attack finds about 1% of the members: a coin does as well.
# - **Below that we do not know.** One false alarm in 1,000 cannot be seen among 700 people. We say so, and draw no
#   line through where there is no data.
#
# The intervals are about other people drawn like these, with *this* model. Another training would give another model.

# %% [markdown] tags=["trainer"]
# **Trainer.** Do not hide the second point: it is why published attacks are compared at a low FPR. Membership is not
# safe because of it. Attacks that ask "is this loss small *for this person*?" do better; they need many shadow models
# and come later in the course.

# %% [markdown]
# ## A threshold without peeking
#
# Where should the threshold be? We know who the members are; the insurer does not. So the insurer trains a **shadow
# model**: the same recipe, on other people's answers, whose membership is known because the insurer chose it.

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
# Calibrated on the shadow, the attack gives verdicts. Song and Mittal (2021) also set a threshold for each class, and
# there are other signals: how large the largest probability is (*confidence*), how spread the answer is (*entropy*),
# and the entropy *modified* to know the true outcome. **Expect** those that use the true outcome to win.

# %%
from leaklab.attacks import SIGNALS
from leaklab.metrics import Verdicts

rows = []
for signal in SIGNALS:
    for per_class in (False, True):
        result = Threshold(signal=signal, per_class=per_class)(victim, x, y, knowledge=shadow)
        verdicts = Verdicts.count(result.guess, member)
        rows.append((signal, per_class, roc(result.score, member).auc, verdicts.tpr, verdicts.fpr))

# %%
pd.DataFrame(rows, columns=["signal", "threshold per class", "AUC", "TPR", "FPR"])

# %% [markdown]
# Loss and modified entropy agree, and so do confidence and entropy: with two classes, one is the other on a bent
# scale. The true outcome is worth a lot: without it, the AUC falls to about 0.56. Thresholds per class change little
# here, for the two classes were trained on equally many people.
#
# ## The baseline that needs no probabilities
#
# Lesson 00 guessed *member* where the model is **right**. It needs labels only. The threshold attack cannot run on
# labels, and says so rather than guess:

# %%
from leaklab.access import LabelOnly

# %% tags=["nbval-check-output"]
try:
    Threshold()(LabelOnly(victim), x, y)
except ValueError as refusal:
    print(refusal)

# %%
by_label = Verdicts.count(right[50], member)
by_loss = Verdicts.count(Threshold()(victim, x, y, knowledge=shadow).guess, member)
for name, v in (("right or wrong", by_label), ("loss", by_loss)):
    print(f"{name:15} TPR {v.tpr}   FPR {v.fpr}   advantage {v.tpr.value - v.fpr.value:.2f}")

# %% [markdown]
# The plain guess is as good as the threshold. For this model, hiding the probabilities would protect nobody. Keep such
# a baseline beside every attack: it tells what the cleverness is worth.

# %% [markdown]
# ## One patient
#
# Fill in a form, and read the verdict. *Pick a patient* chooses one whose membership we know; change any answer, and
# you have made somebody up. *Surprise me* does not tell: guess first, then press *Reveal the truth*. The form opens on
# a man in his sixties without diabetes, who was in the data: our Mr. B.

# %%
from leaklab.course import Form
from leaklab.widgets import PatientForm

PatientForm(Form(victim, members, others, knowledge=shadow, rng=60))

# %% [markdown]
# The same form as it stands at first, for readers without a running notebook:

# %%
PatientForm(Form(victim, members, others, knowledge=shadow, rng=60)).still()

# %% [markdown]
# *The figure: the two humps of losses again, a dashed line at the threshold, and a black line at this patient's loss.
# The patient is a member, lies on the left of the threshold, and is called a member.*
#
# ## You against the attack
#
# Can you do what the attack does? A fair coin chooses each patient: member or not. You see the answers, the true
# outcome and the model's probability, from which the attack computes its loss. Say *Member* or *Not a member* (mouse,
# or Tab and Enter), *Reveal the truth* and what the attack had said, then *Next*; until the truth is shown you can
# *Undo*. Twenty patients, or as many as you choose beforehand, nobody twice. **Expect** to be right in 10 of twenty or
# a few more.

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
# chance. Each bar spans some 40 percentage points.*
#
# Over all 1,400 the attack is right about 64 times in 100. In these twenty it has bad luck: about 9. Twenty rounds are
# mostly luck, which is why the bars are wide and the *sign test* seldom names a winner. It looks only at the rounds in
# which one was right and the other wrong, and asks how often fair coins would be so lopsided. It is read once, after
# a number of rounds fixed beforehand. Give the coin 600 patients:

# %%
marathon = Game(victim, members, others, knowledge=shadow, rounds=600, rng=4)
while not marathon.over:
    marathon.guess(bool(coin.integers(2)))
score = marathon.score()
print(f"coin {score.student}, attack {score.attack}; p = {score.p_value:.1g}, winner: {score.winner}")

# %% [markdown]
# Now there is no doubt: it leaks. For *one* patient the attack is still wrong more than 1 time in 3.
#
# ## What is one verdict worth?
#
# That depends on **whom the insurer asks about**. Among 1,400 people of whom half are members, one thing; among all
# applicants, of whom perhaps 1 in 100 was ever at that clinic, quite another. Bayes' rule counts:
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
for prior, people in ((0.5, "1 in 2"), (0.1, "1 in 10"), (0.01, "1 in 100")):
    right_in = by_loss.precision(prior)
    print(f"members {people:8}  'member' is right in {right_in.value:5.1%} [{right_in.low:.1%}, {right_in.high:.1%}]")

# %% [markdown]
# At 1 in 100 the verdict lifts the suspicion from 1% to about 1.5%. Should Mr. B. be calm? Not quite:
# - the insurer may hold other hints (a pharmacy, a postcode), and this one **adds** to them;
# - somebody may act on "the computer says member", right or wrong: of 100 accused, 98 never were there;
# - this is the *weakest* attack of the course, and nothing was promised to anybody.

# %% [markdown] tags=["trainer"]
# **Trainer.** Play *You against the attack* with the whole room, hands up for "member": one person clicks what most
# hands say, and the game keeps score of the room against the attack, with intervals. The room sees what the attack
# sees. Twenty rounds seldom make a winner; ask how many it would take before showing the 600. Then ask: who would
# deny an insurance on 6 in 10? Who would at 99 in 100?

# %% [markdown]
# ## Where the attack fails
#
# The leak is overfitting, so do not overfit. Two ways: **stop early**, or **train on more people**. We draw 7,000
# members and 700 others from the same population. Two trainings on them: 50 epochs as before, and 5 epochs, which are
# as many *steps* as 50 epochs on 700 people. **Expect** AUCs near 0.5. Of all three?

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
curves, useful = {}, {}
for name, (model, people, truth, inside) in cases.items():
    curves[name] = roc(Threshold()(model, people, truth).score, inside)
    useful[name] = (model.probabilities(people).argmax(axis=1) == truth)[~inside].mean()
pd.DataFrame({"AUC": {name: c.auc for name, c in curves.items()},
              "right about the unseen": {name: f"{share:.1%}" for name, share in useful.items()}})

# %% [markdown]
# The first and the last of them as curves:

# %%
roc_curve({name: curves[name] for name in ("700 patients, 50 epochs", "7,000 patients, 5 epochs")}).figure

# %% [markdown]
# *The figure: the first model's curve above the diagonal on the right as before; the second, trained on 7,000 people
# for 5 epochs, lies on the diagonal from end to end.*
#
# - **Stopped after 3 epochs**, the model is the same to members and others: the interval of its AUC holds 0.5. And it
#   is *better* at its task.
# - **Ten times the people** did not help by itself: in 50 epochs even 7,000 people are learnt by heart, partly. The
#   AUC stays clearly above 0.5.
# - **Ten times the people, same number of steps**: near 0.5, and the most useful of all.
#
# "Near 0.5" means: *this* attack on *these* people finds nothing. It is no promise. A promise needs noise: lesson 07.
#
# ## Exercise 3.5: which model may leave the clinic?
#
# Choose the model that leaks least. Where intervals overlap this attack cannot tell leaks apart: then take the more
# useful one. Answer with its name in the table.

# %%
### BEGIN SOLUTION
choice = "7,000 patients, 5 epochs"
### END SOLUTION
check("3.5", choice, given={name: (curves[name].auc, useful[name]) for name in cases})

# %% [markdown]
# ## Your turn: a model of your own
#
# The attack asked questions and read answers. It never looked inside, so it works on models that others made. Here is
# one from scikit-learn, as it comes. **Expect** more leak than our overfitted network had: a default forest grows
# until each tree has learnt its patients by heart.

# %%
from sklearn.ensemble import RandomForestClassifier

mine = RandomForestClassifier(random_state=0)  # change me: min_samples_leaf=20, another classifier, a pipeline
mine.fit(members.features, members.label)

# %% tags=["nbval-check-output"]
answers = BlackBox(mine)
curve = roc(Threshold()(answers, asked.features, y).score, member)
unseen = (mine.predict(others.features) == others.label).mean()
print(f"AUC {curve.auc}; right about the unseen {unseen:.0%}")

# %% [markdown]
# AUC 0.82 on its patients, and right about seven of ten others. Now write `min_samples_leaf=20` into the brackets: no
# leaf of a tree may hold fewer than 20 patients. The AUC falls to 0.52, where chance is inside the interval, and the
# forest is *more* often right about people it has never seen. Less learnt by heart, more learnt.
#
# A threshold is the weakest attack there is. Is the second forest harmless, then? That takes stronger attacks, a look
# into the file, and rules for a decision: the notebook
# [audit a model of your own](../research/audit_a_model_of_your_own.ipynb) makes the whole report of a model, also of
# one that you bring in a file.

# %% [markdown]
# ## When the question has no answer
#
# If the same record lies on both sides, "was it in the data?" means nothing: the attack is called wrong when it says
# *member* of a record that was indeed learnt. Real tables are full of such twins. Suppose everybody was entered twice,
# and somebody splits the rows carelessly:

# %%
twice = members.take(np.repeat(np.arange(len(members)), 2))
shuffled = np.random.default_rng(0).permutation(twice.features.index)
careless = set(shuffled[:700]) & set(shuffled[700:])

# %% tags=["nbval-check-output"]
inside, outside = twice.split(0.5, rng=0)
careful = set(inside.features.index) & set(outside.features.index)
print(f"patients on both sides: {len(careless)} with a careless split, {len(careful)} with Records.split")

# %% [markdown]
# `Records.split`, which we used from the start, keeps twins together. Whoever measures an attack on a table with twins
# across the line will find it harmless, and be wrong.

# %% [markdown]
# ## Real people's answers
#
# The same experiment on the survey itself: answers of real people, in the public domain, without names. It needs
# the file (downloaded once, or found in the folder named by `LEAKLAB_DATA`), so it runs only if you say so.

# %%
USE_CDC = False
if USE_CDC:
    survey = load_patients("cdc").sample(4000, rng=0, balanced=True)
    inside, _ = survey.split(0.5, rng=0)
    model = BlackBox(recipe.fit(inside.x, inside.label, rng=0))
    scores = Threshold()(model, survey.x, survey.label).score
    print("CDC survey, AUC:", roc(scores, survey.features.index.isin(inside.features.index)).auc)

# %% [markdown]
# ## What you saw
#
# - A model that learns people by heart is less surprised by them. The loss, one query a person, tells members from
#   others better than a coin: AUC about 0.66.
# - Read an attack with its interval, at a low false-positive rate, beside a baseline. Here: clear on average,
#   worthless for accusing one person, no better than "the model is right".
# - What a verdict is worth depends on whom you ask about.
# - Without overfitting the attack finds nothing. That is measured, not promised.
#
# Next: [what does a guarantee cost?](07_private_training.ipynb) Training with noise, so that it *is* promised.
