# %% [markdown]
# # 07 · Private training: what does a guarantee cost?
#
# So far we measured leaks, one attack at a time. But tomorrow somebody writes a better attack. Can a model be trained
# so that *no* attack gets far, not even one that nobody has thought of? It can, with noise in the right place. The
# promise is called **differential privacy**; it has a number, epsilon, and it has a price.
#
# **After this page you can**
# - say what epsilon promises, as odds, and to whom;
# - do one private training step by hand: clip, add up, add noise;
# - count epsilon, and say which assumptions are inside the number;
# - read accuracy and attacks beside each other, and choose an epsilon;
# - name what differential privacy does *not* protect.

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | that one record was used: a patient's row, or one photograph |
# | **What does the adversary hold?** | anything, the weights too. Our attacks: scores (membership), gradients (faces) |
# | **What do they know?** | *every other record*, and the training program. Our attacks know less |
# | **How many queries?** | as many as they like. Our attacks: one a record; 150 gradients a face |
# | **What would be luck?** | membership: AUC 0.5. Faces: 1 of 20 people |
#
# **Whose data?** Nobody's. The patients are drawn like the embedded cohort, the faces are rendered portraits of people
# who do not exist. Both come under Leaklab's own licence, Apache-2.0; `data/README.md` tells more.

# %%
import numpy as np

from leaklab.course import exercises

# %matplotlib inline

check, hint, solution = exercises("07")

# %% [markdown]
# ## The promise
#
# Take two data sets $D$ and $D'$ that differ in one record: yours is in one, and not in the other. Train on each with
# the same random program $M$. The program is $(\varepsilon, \delta)$-**differentially private** if for every such
# pair, and every set $S$ of models that could come out,
#
# $$P[M(D) \in S] \;\le\; e^{\varepsilon}\, P[M(D') \in S] + \delta .$$
#
# Whatever came out was nearly as likely without you. So whatever an adversary sees, their **odds** that you were in
# the data grow at most by the factor $e^{\varepsilon}$. (Except for $\delta$, which we hold at 1 in 100,000.)
#
# | epsilon | odds grow at most by | a belief of 50% becomes at most |
# |---|---|---|
# | 0.1 | 1.1 | 52% |
# | 0.5 | 1.6 | 62% |
# | 2 | 7.4 | 88% |
# | 8 | 2,981 | 99.97% |
#
# Note the last line. An epsilon of 8 is in common use, and on paper it promises little. In practice attacks fall
# far short of it, as we shall see. A promise is about the worst case.

# %% [markdown]
# ## Exercise 7.1: odds
#
# Before the model is published, an insurer thinks it 1% likely that Mr. B. was in the data. The model was trained with
# epsilon 1. What is the most that they can believe afterwards (a probability; leave $\delta$ aside)?

# %%
### BEGIN SOLUTION
odds = 0.01 / 0.99 * np.exp(1)
belief = odds / (1 + odds)
### END SOLUTION
check("7.1", belief)

# %% [markdown] tags=["trainer"]
# **Trainer.** The usual answer is 2.7%, and it is nearly right, because odds and probability agree when both are
# small. Ask for the same at a prior of 50%: 136%? Then everybody sees why it must be odds.

# %% [markdown]
# ## One private step, by hand
#
# Ordinary training follows the mean gradient of a batch. One unusual patient can pull it far, and so leave a mark.
# DP-SGD (Abadi and others, 2016) changes three things:
#
# 1. compute each example's **own** gradient $g_i$;
# 2. **clip** it to length $C$: nobody pulls harder than that, $\bar g_i = g_i \cdot \min(1, C / \lVert g_i \rVert)$;
# 3. add up, and **add noise** $N(0, \sigma^2 C^2)$ to each coordinate: one pull of length $C$ drowns in it.
#
# $$\text{step} = -\frac{\text{learning rate}}{B}\Big(\sum_i \bar g_i + N(0, \sigma^2 C^2 I)\Big)$$
#
# We do it for the simplest model, a softmax regression with probabilities $p = \text{softmax}(xW + b)$. Its gradient
# has a closed form: for each example, the outer product of its input (with a 1 for $b$) and its error $p - y$.

# %%
from leaklab.data import load_patients
from leaklab.training import SoftmaxRegression

batch = load_patients("synthetic").sample(64, rng=0, balanced=True)
model = SoftmaxRegression().build((21,), classes=2, rng=0)
weights, bias = model.get_weights()

# %%
logits = batch.x @ weights + bias
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
error = p - np.eye(2)[batch.label]
inputs = np.column_stack([batch.x, np.ones(64)])
gradients = (inputs[:, :, None] * error[:, None, :]).reshape(64, -1)

# %% tags=["nbval-check-output"]
lengths = np.linalg.norm(gradients, axis=1)
print(f"{gradients.shape[0]} gradients of {gradients.shape[1]} numbers; the longest is "
      f"{lengths.max() / np.median(lengths):.0f} times the median")

# %% [markdown]
# One patient pulls three times as hard as the typical one. That is the mark we want to bound.

# %% [markdown]
# ## Exercise 7.2: clip
#
# Write `clip(gradients, limit)`: every **row** longer than `limit` is scaled down to that length, and keeps its
# direction. Shorter rows stay as they are.

# %%
def clip(gradients, limit):
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(gradients, axis=1)
    return gradients * np.minimum(1, limit / lengths)[:, None]
    ### END SOLUTION

check("7.2", clip, given=(gradients, 1.0))

# %% [markdown]
# Now the step, with the noise still 0, so that we can compare. The mean of the clipped gradients, learning rate 1:

# %%
shrink = np.minimum(1, 1.0 / lengths)[:, None]
by_hand = -(shrink * gradients).mean(axis=0)

# %% [markdown]
# And here is how it is done in earnest. **tensorflow-privacy** has a Keras model, `DPModel`, whose training step
# clips and adds noise. Leaklab's recipes take such steps, too, when they are given `dp=DPSGD(...)`, and are tested
# against it.

# %%
import tensorflow as tf
from tensorflow_privacy.privacy.keras_models.dp_keras_model import DPModel

to_logits = tf.keras.Model(model.inputs, model.get_layer("logits").output)
private = DPModel(inputs=to_logits.inputs, outputs=to_logits.outputs,
                  l2_norm_clip=1.0, noise_multiplier=0.0, use_xla=False)
private.compile(optimizer=tf.keras.optimizers.SGD(1.0),
                loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))

# %%
private.train_step((tf.constant(batch.x), tf.constant(batch.label)))
new_weights, new_bias = private.get_weights()
moved = np.concatenate([new_weights - weights, [new_bias - bias]]).ravel()
assert np.allclose(moved, by_hand, atol=1e-6)

# %% [markdown]
# No complaint: our step by hand and the library's agree to a millionth, in all 44 numbers.

# %% [markdown]
# ## Exercise 7.3: how much noise?
#
# Clipping norm 0.5, noise multiplier 1.1, batches of 256. What is the standard deviation of the noise, in each
# coordinate, (a) on the sum of the clipped gradients, (b) on the mean that the update uses? Answer with two numbers.

# %%
### BEGIN SOLUTION
on_sum = 1.1 * 0.5
on_sum, on_mean = on_sum, on_sum / 256
### END SOLUTION
check("7.3", (on_sum, on_mean))

# %% [markdown]
# ## The accountant
#
# Each step leaks a little. The **accountant** adds up all steps and says what epsilon the whole training has. The sum
# is hard to do exactly, and people have learned to do it better. Take the run of a well-known tutorial: 60,000
# records, batches of 256, noise multiplier 1.1, 60 epochs. **Expect** three answers for one and the same training.

# %% tags=["nbval-check-output"]
from leaklab.privacy import Batches, guarantee

plan = Batches.over_epochs(60_000, size=256, epochs=60)
for accountant in ("rdp-2017", "rdp", "pld"):
    found = guarantee(plan, noise_multiplier=1.1, delta=1e-5, accountant=accountant)
    print(f"{accountant:9} epsilon {found.epsilon:.2f}")

# %% [markdown]
# The same model, the same noise: 3.01, 2.60 and 2.38. All three are true, for each is an upper bound. The first
# (Rényi divergences, turned into epsilon as in 2017) was rounded up generously; the second converts better; the
# third follows the whole distribution of the *privacy loss*. So **an epsilon without its accountant says little**.
#
# It also needs its *neighbours*. Above, $D'$ lacks one record ("add or remove one"), and each record joins each batch
# by a throw of dice ("Poisson"). Now let one record be *replaced* by another, and let every batch hold exactly 256
# records. The sum can then move by two clipping norms, so the same noise hides half as much:

# %% tags=["nbval-check-output"]
plan = Batches.over_epochs(60_000, size=256, epochs=60, sampling="fixed")
for noise in (1.1, 2.2):
    fixed = guarantee(plan, noise_multiplier=noise, delta=1e-5)
    print(f"noise multiplier {noise}, {fixed.neighbours}: epsilon {fixed.epsilon:.1f}")

# %% [markdown]
# Ten times as much for the same noise, and still twice as much with double the noise! The model did not get less safe.
# The question became harder, and what people can prove about it is coarser. **Compare epsilons only when all of this is
# the same.**

# %% [markdown]
# ## Exercise 7.4: the shuffled plan
#
# A colleague shuffles the records once an epoch and cuts them into batches of 256, as everybody does. Noise and
# clipping are right. They quote the epsilon of 2.38 from above. What is wrong?
#
# - `"a"`: clipping needs Poisson batches
# - `"b"`: the noise of two steps is no longer independent
# - `"c"`: the accountant relies on each record joining each batch by chance; in a shuffled epoch it is in exactly one
# - `"d"`: nothing: shuffling hides even more

# %%
### BEGIN SOLUTION
wrong = "c"
### END SOLUTION
check("7.4", wrong)

# %% [markdown] tags=["trainer"]
# **Trainer.** This is the most common fault in published DP training, tutorials included: accounted as Poisson, trained
# on shuffled batches. Leaklab's recipes draw the batches that they account.

# %% [markdown]
# ## A private model, live
#
# We turn it round: name the epsilon, and let the accountant find the noise. First we state the **plan**: how many
# records we count on, how many a batch draws, how often. The plan is public, so it must not be read off the private
# table. Then 2,000 patients, half of them ill, train two networks: one plain, and one private with epsilon 2.

# %%
from leaklab.experiments import cohorts
from leaklab.training import DPSGD, MLP

(members, others), = cohorts(load_patients(patients=40_000, rng=1), 2000, 1, rng=1)
dp = DPSGD.for_epsilon(2, Batches.over_epochs(2000, size=256, epochs=20), delta=1e-5)

# %%
plain = MLP(hidden=(64, 64), epochs=50, batch_size=64)
private = MLP(hidden=(64, 64), learning_rate=5e-3, dp=dp)
print(private.guarantee(caveats=members.caveats))

# %% [markdown]
# That line is the whole guarantee: leave any part out and the number means nothing. Now train, and attack both with
# the threshold attack on the loss (lesson 03). **Expect** the plain model to leak. What will privacy cost in accuracy?

# %%
from leaklab.experiments import patient_point

pairs = [(members, others)]
open_model = patient_point(plain, pairs, epsilon=np.inf, rng=2)
private_model = patient_point(private, pairs, epsilon=2, rng=2)

# %%
for name, point in (("plain", open_model), ("epsilon 2", private_model)):
    found = point.tpr
    print(f"{name:9}  accuracy {point.accuracy}  attack AUC {point.auc}  "
          f"found at 1% false alarms {found.value:.1%} ({found.low:.1%} to {found.high:.1%})")

# %% [markdown]
# The plain model leaks: its AUC of 0.63 lies clearly above 0.5. Against the private one the attack is hardly better
# than a coin. (Where only 1% false alarms are allowed it is no better than a coin against either: this simple attack
# cannot single anybody out.) And the private model is *more* accurate on new people! Noise and clipping kept it from
# learning 2,000 people by heart, which did it good. Do not expect such a gift in general. A fair rival is a plain
# model that **stops early**:

# %%
from dataclasses import replace

stopped = patient_point(replace(plain, epochs=3), pairs, epsilon=np.inf, rng=2)
print(f"3 epochs   accuracy {stopped.accuracy}  attack AUC {stopped.auc}")

# %% [markdown]
# ## The attack that never worked
#
# The model that stopped early is as accurate, and our attack does about as badly against it. So was the noise for
# nothing? Compare what we *know*. Of the stopped model: this attack, on these people, found little. Of the private
# model: **no** attack, by anybody, with any knowledge, moves the odds by more than $e^2 = 7.4$. A failed attack is an
# observation. A guarantee is a proof. And a failed attack proves nothing of what DP did: it would have failed anyway.

# %% [markdown] tags=["trainer"]
# **Trainer.** Let people argue this one; it is the heart of the lesson. The early-stopped model is the honest baseline
# that many papers on private training leave out.

# %% [markdown]
# ## Where the guarantee is refused
#
# The noise was solved for one plan. Train otherwise, and the promise is void. A warning would be overlooked, so
# Leaklab refuses. Here somebody wants twice as many epochs:

# %%
from leaklab import Refused

try:
    MLP(hidden=(64, 64), epochs=40, dp=dp)
except Refused as why:
    print(why)

# %% [markdown]
# And here is a network with batch normalisation. In training it writes down the mean of what it saw, with no noise, and
# the model hands that out:

# %%
from leaklab.training import Network

mixed = Network(body=lambda shape, seeds: [tf.keras.layers.BatchNormalization()], dp=dp)
try:
    mixed.fit(members.x, members.label, classes=2, rng=0)
except Refused as why:
    print(why)

# %% [markdown]
# ## Along epsilon
#
# One epsilon is one point. The next figures show ten. Training all of that takes minutes, so the runs were done
# before, by `python benchmarks/private.py --lesson`. The patients: three cohorts of 2,000 members each and as many
# others. The faces: a recogniser of 20 people who do not exist, from **100 photographs each**.
#
# **Expect** the attack to die first, and accuracy only later.

# %%
from leaklab.course import saved_runs
from leaklab.plots import faces_along, tradeoff

runs = saved_runs()
patients, faces = runs.curves()
tradeoff(runs.epsilons, patients, chance=0.5).figure

# %% [markdown]
# *The figure: without privacy, accuracy is 0.69 and the attack's AUC 0.63. With privacy, accuracy stands at 0.73 from
# epsilon 32 to 1, then bends down to 0.67 at epsilon 0.1. The attack drops to 0.53 at once, and creeps on to 0.51.*
#
# Two things to see. Even a large epsilon nearly ends this attack: in practice noise does far more than its worst-case
# promise. And the attack's band stays just above 0.5 down to epsilon 0.5: with 6,000 members even a small leak shows.

# %% [markdown]
# ## Exercise 7.5: choose
#
# A clinic's rule: *release only if accuracy is at least 0.70 (the lower end of its interval), and the attack's AUC at
# most 0.53 (the upper end); then with the strongest guarantee that is left.* Which epsilon of `runs.epsilons`? The
# points are in `runs.patients`, with `epsilon`, `accuracy` and `auc`; an interval has `low` and `high`.

# %%
### BEGIN SOLUTION
keeps = [point.epsilon for point in runs.patients if np.isfinite(point.epsilon)
         and point.accuracy.low >= 0.70 and point.auc.high <= 0.53]
chosen = min(keeps)
### END SOLUTION
points = runs.patients
check("7.5", chosen, given=(runs.epsilons, [p.accuracy for p in points], [p.auc for p in points]))

# %% [markdown] tags=["trainer"]
# **Trainer.** Choosing an epsilon *by looking at the data* costs privacy too, and this rule looks at accuracy and
# attack. In earnest one chooses on public or synthetic data like these, and trains on the real records once.

# %% [markdown]
# ## And the faces?
#
# The same for the face recogniser. Three curves now: how often it names people rightly on photographs it never saw;
# the membership attack, which asks *was this very photograph used?*; and the face inversion of lesson 01, judged by an
# independent evaluator. One help was needed: before training, the mean face of 60 *public* people is subtracted.
# Clipping then spends its length on what tells people apart, not on what all faces share.
#
# **Before you look:** at epsilon 8, will the faces still come out?

# %%
tradeoff(runs.epsilons, faces, chance=0.05).figure

# %%
shown = [np.inf, 8, 2, 0.5, 0.1]
points = [runs.faces[runs.epsilons.index(e)] for e in shown]
faces_along(shown, np.stack([p.images for p in points]), runs.truth,
            ratios=[f"recognised:\n{p.top1.successes} of {p.top1.trials}" for p in points]).figure

# %% [markdown]
# *The first figure: the recogniser's accuracy is 0.99 down to epsilon 4, 0.94 at 1, 0.77 at 0.5, and 0.17 at 0.1. The
# faces recovered are 20 of 20 down to epsilon 1, and then fall together with the accuracy. The membership of a single
# photograph stays near 0.5 all along. The second figure: six people, the truth above; the faces recovered without
# privacy and at epsilon 8 and 2 are easy to match with it, harder at 0.5; at 0.1 all look like one average face.*
#
# Most people guess wrong here. The model keeps its promise about each photograph (the grey line), and hands out the
# face all the same. Only when it hardly recognises anybody any more, it stops betraying what they look like.

# %% [markdown]
# ## Where differential privacy does not help
#
# The faces came out at epsilon 8. Was the promise broken? No. We must read it again: *data sets that differ in **one
# record***. Here a record is one photograph. Take one of a person's 100 photographs away, and the model hardly
# changes: kept. But what the person looks like is in all 100. That is a fact about a **group** of records, and for a
# group of $k$ the promise is far weaker. The accountant knows by how much, at the same $\delta$:

# %%
plan = Batches.over_epochs(2000, size=256, epochs=20)
for point in runs.faces[3::3]:
    photograph = guarantee(plan, noise_multiplier=point.noise_multiplier, delta=1e-5)
    person = photograph.for_groups_of(100)
    print(f"epsilon {point.epsilon:<4g} for a photograph: {person.epsilon:6,.0f} for the person in 100 of them")

# %% [markdown]
# Odds that grow by $e^{19}$, let alone $e^{10000}$: that is no promise at all. A promise to *people* needs people as
# its **unit**: draw people, and clip all rows of a person together. Leaklab does so with `Batches(..., unit="person")`,
# and it can be good where thousands take part. With 20 people it cannot: the noise that hides one of 20 hides what a
# recogniser must learn.
#
# The same holds for **facts about everybody**. That heavy people fall ill more often can be learned from a private
# model, and applied to Mr. B., *whether or not he was in the data*. Differential privacy hides that you took part. It
# does not hide what is true of people like you.

# %% [markdown] tags=["trainer"]
# **Trainer.** People expect DP to stop the inversion, and many slides say so. Let them vote before the figure. The rule
# to take home: *first ask what a record is.*

# %% [markdown]
# ## Turn the dial
#
# The slider goes through the same runs, and the curves go as far as you have turned it. Below it, what epsilon
# promises in words, both sets of numbers, and the faces in pairs: a person, and what the attack draws. Find the last
# epsilon at which you would recognise somebody. What does the recogniser itself still know there?

# %%
from leaklab.course import Dial
from leaklab.widgets import EpsilonDial

EpsilonDial(Dial(runs))

# %% [markdown]
# Without a running kernel the slider does not move; this is what it shows at epsilon 0.5:

# %%
still = EpsilonDial(Dial(runs))
still.state.turn(0.5)
still.still()

# %% [markdown]
# *The figure: six true faces, and beside each what the attack draws at epsilon 0.5: heads, hair and brows are still
# theirs for most, but the beard is gone. Then both sets of curves down to this epsilon, which a yellow bar marks.*

# %% [markdown]
# ## What you saw
#
# - Epsilon bounds how much your taking part can change the odds of anything: by $e^{\varepsilon}$, against every
#   adversary, for ever.
# - It is bought by clipping each example's gradient and adding noise; the accountant adds up the steps. An epsilon
#   comes with its delta, neighbours, sampling and accountant, or it means nothing.
# - For a patients' model that used to learn by heart it cost nothing until epsilon was well below 1. For faces it cost
#   more, and bought less: it protects a photograph, not the person in a hundred of them.
# - A failed attack is no guarantee, and a guarantee about the wrong kind of record is no protection.
#
# **Read on:** Abadi and others, *Deep Learning with Differential Privacy*, 2016; Mironov, *Rényi Differential Privacy*,
# 2017; Ponomareva and others, *How to DP-fy ML*, 2023. Back to the [start](00_start_here.ipynb), or once more to
# [the faces](01_face_inversion.ipynb), now that you know what would protect them.
