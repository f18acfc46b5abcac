# %% [markdown]
# # 01 · Face inversion: is a name enough to get the face?
#
# A company trains a face recogniser on its staff and ships it inside a door lock. The photographs stay at home. What
# leaves is a file of numbers that turns a picture into a list of names. You hold that file, and no photograph of
# anybody in it. You will draw their faces.
#
# **After this page you can**
# - compute a step of the classical attack (MI-Face) by hand, and say why it sometimes never starts;
# - mend it with the faces of other people;
# - measure how alike the drawn faces are, by a machine beside baselines and by your own eyes in a line-up;
# - name a case where the attack gets nothing.
#
# **Minutes:** 45 (half of them for the five exercises and the line-up). **Before it:**
# [what leaks, and to whom](00_start_here.ipynb); you can read NumPy, and know what a gradient is.
# <!-- given: 45 (minutes) -->

# %% [markdown]
# ## The threat model
#
# | | in this lesson |
# |---|---|
# | **secret** | what the people behind the names look like |
# | **holds** | the model itself (*white box*): it can be asked for probabilities and for their *gradients* |
# | **knows** | the names, and what faces of *other* people look like |
# | **queries** | as many as it likes: the model runs on the adversary's own computer |
# | **luck** | naming one of twenty people blindly is right in 1 of 20 |
#
# **Whose faces?** Nobody's. The embedded portraits are rendered: 60 people who do not exist, ten photographs each
# (`data/README.md`; Apache-2.0). A recovered face is a face, so we practise on people who cannot be hurt.

# %%
# %matplotlib inline
import numpy as np

from leaklab.data import load_faces

faces = load_faces("synthetic")
private, public = faces.split_people(20, rng=0)
train, test = private.split_photographs(7, rng=0)

# %% [markdown]
# Twenty people are *private*: the model learns seven photographs of each, three are kept to test it. The other forty
# are *public*: never in the model, free for the adversary to look at.

# %%
from leaklab.plots import portrait_grid

truth = train.class_means()
shown = np.array([0, 1, 2, 3, 6, 7])
names = [private.names[person] for person in shown]
one_each = private.images[::10]
portrait_grid({"one photograph\nof each": one_each[shown], "mean\nof seven": truth[shown]},
              names=names, size=0.8).figure

# %% [markdown]
# *The figure: six of the private people, above one photograph, below the mean of the seven that the model learns
# from. The adversary sees neither row.*

# %% [markdown]
# ## The victim
#
# A small neural network with one hidden layer. **Expect** it to name about nine of ten unseen photographs rightly.

# %%
from leaklab.access import BlackBox, Offers, WhiteBox
from leaklab.metrics import Rate
from leaklab.training import MLP

recogniser = MLP(hidden=(512,), epochs=60, batch_size=32, weight_decay=1e-4)
victim = WhiteBox(recogniser.fit(train.images, train.person, rng=2))
right = victim.probabilities(test.images).argmax(axis=1) == test.person
print("right about unseen photographs:", Rate(int(right.sum()), len(right)))

# %% [markdown]
# It does its work (in brackets the 95% interval). Nothing about it is careless.
#
# ## Turn the model round
#
# A recogniser goes from a picture to a name. **Turn it round:** start with any picture, ask the model how it should
# change to look *more like nobody 3*, change it a little, ask again.
#
# For the simplest recogniser, *softmax regression*, the answer can be written down. It has one weight for each pixel
# and person, and $p = \mathrm{softmax}(x W + b)$, so
#
# $$\nabla_x \log p_k = w_k - \sum_j p_j\, w_j .$$
#
# In words: towards the weights of the person, away from those of everybody the model takes this picture for.

# %%
from leaklab.training import SoftmaxRegression

linear = WhiteBox(SoftmaxRegression(epochs=60, batch_size=32).fit(train.images, train.person, rng=2))
weights, bias = linear.parameters()

def slope_by_hand(image, person):
    """p_k, and the gradient of log p_k by the image."""
    logits = image.ravel() @ weights + bias
    p = np.exp(logits - logits.max())
    p /= p.sum()
    return p[person], (weights[:, person] - weights @ p).reshape(image.shape)

# %% [markdown]
# The package computes gradients through any Keras model. On this one it should agree with our formula.

# %% tags=["nbval-check-output"]
everybody = np.arange(private.people)
grey = np.full(faces.shape, 0.5, np.float32)
p, slopes = (np.array(part) for part in zip(*[slope_by_hand(grey, k) for k in everybody], strict=True))
_, theirs = linear.gradient(np.repeat(grey[None], len(everybody), axis=0), everybody)
assert np.allclose(slopes, theirs, atol=1e-4)
print("by hand equals the package")

# %% [markdown]
# Nothing has been attacked yet: this is one question about an even grey. Draw the answer, lighter where the model wants
# more light. **Expect** noise?

# %%
peak = np.abs(slopes).max(axis=(1, 2), keepdims=True)
portrait_grid({"the truth": truth[shown], "the gradient\nat grey": (0.5 + slopes / peak / 2)[shown]},
              names=names, numbers={"the gradient\nat grey": [f"p = {each:.4f}" for each in p[shown]]},
              size=0.8).figure

# %% [markdown]
# *The figure: below each person a grainy ghost with their fringe, hairline or beard; under it the probability that the
# model gives to the name for plain grey.*
#
# **The memory is there before the first step.** What is left is to follow it.

# %% [markdown]
# ## Exercise 1.1: one step of MI-Face
#
# **MI-Face** (Fredrikson, Jha and Ristenpart 2015, Algorithm 1) lowers the cost $c(x) = 1 - p_k(x)$ by steps against
# its gradient, $x \leftarrow x - \eta\, \nabla c(x)$, and keeps pixels between 0 and 1. You are handed `p`, which is
# $p_k$, and `slope`, which is $\nabla \log p_k$; $\eta$ is `step_size`.

# %%
from leaklab.course import exercises

check, hint, solution = exercises("01")

def step(image, p, slope, step_size):
    """The next image."""
    ### BEGIN SOLUTION
    return np.clip(image + step_size * p * slope, 0, 1)
    ### END SOLUTION

check("1.1", step)

# %% [markdown] tags=["trainer"]
# **Trainer.** Let them find the factor $p$ themselves: $\nabla p = p\, \nabla \log p$. It decides what comes next:
# where the model is sure that the picture is *not* this person, $p$ is nearly 0, and the step nearly nothing.

# %% [markdown]
# ## Exercise 1.2: and again
#
# Loop the step: so many `steps` towards a person, from an image. `slope_by_hand` tells you $p_k$ and the slope anew
# each time.

# %%
def climb(image, person, steps, step_size):
    """The image after so many steps."""
    ### BEGIN SOLUTION
    for _ in range(steps):
        p, slope = slope_by_hand(image, person)
        image = np.clip(image + step_size * p * slope, 0, 1)
    return image
    ### END SOLUTION

check("1.2", climb, given=(slope_by_hand, grey))

# %% [markdown]
# ## MI-Face, from grey
#
# Now the package's MI-Face, against the network, for all twenty names. **Expect** pictures of which the model is very
# sure. *Faces*?

# %%
from leaklab.attacks import MIFace

mi_face = MIFace(step_size=1.0, max_steps=300)
static = mi_face(victim, everybody)
portrait_grid({"the truth": truth[shown], "MI-Face\nfrom grey": static.images[shown]}, names=names,
              numbers={"MI-Face\nfrom grey": [f"{sure:.0%} sure" for sure in static.confidence[shown]]},
              size=0.8).figure

# %% [markdown]
# *The figure: below the people the same kind of ghosts, static with an outline of hair, a beard, a pair of glasses; for
# some names, plain grey.*
#
# - **Static.** The model is sure of these pictures, and they are hardly faces. Nobody told the attack that
#   neighbouring pixels of a face are alike.
# - **Plain grey.** For some names it never left. $p_k$ of grey is almost 0 for them, and the step of Exercise 1.1 has
#   $p_k$ as a factor. The ghost was in the gradient; the step to it was nothing.
#
# ## Begin at a face
#
# The second is easily mended: begin at the mean of the public faces. Nobody private is in it.

# %%
from leaklab.attacks import EigenfacePrior

prior = EigenfacePrior.fit(public.images)  # here only their mean counts; the rest will serve below
warm = MIFace(step_size=1.0, max_steps=300, start=prior)(victim, everybody)
print("sure of", (static.confidence > 0.5).sum(), "names from grey,", (warm.confidence > 0.5).sum(), "from a face")

# %%
portrait_grid({"the truth": truth[shown], "MI-Face\nfrom the mean\npublic face": warm.images[shown]},
              names=names, size=0.8).figure

# %% [markdown]
# *The figure: below the people noisy but recognisable faces: fringe, glasses, beard and curls stand where they belong,
# under a film of grain. Nobody 11 is still the mean public face.*
#
# Two of the twenty still do not start within 300 steps. The grain stays.
#
# ## What a face is: a prior from public people
#
# Forty public people teach more than their mean: also *in which ways faces differ*. Their **eigenfaces** (Turk and
# Pentland 1991) are the main directions; every face is the mean plus a mixture $z$ of them, and ordinary faces have a
# small $|z|$. So ask for the face that is most probable when both speak, with a *penalty* $\lambda$ on what is unusual:
#
# $$\max_z \;\; \underbrace{\log p_k(\mathrm{face}(z))}_{\text{the model: is it this person?}}
# \;-\; \underbrace{\tfrac{\lambda}{2}\, |z|^2}_{\text{public people: is it a face?}}$$
#
# With $\log p$ the factor $p_k$ is gone, so no name is out of reach. **Expect** the face to leave the mean at once.

# %%
from leaklab.attacks import FaceInversion
from leaklab.plots import path_strip

inversion = FaceInversion(prior=prior)
recovered = inversion(victim, everybody)
watched = 6
path_strip(recovered.path[:, watched], recovered.path_steps, recovered.path_confidence[:, watched],
           truth=truth[watched], size=0.8).figure

# %% [markdown]
# *The figure: from left to right the mean public face becomes one particular face, the model's confidence below each
# frame; on the right, the person. The confidence is full long before the face has settled.*
#
# Now all twenty. This is the picture of the lesson.

# %%
portrait_grid({"the truth\nnever shown to\nthe adversary": truth[shown],
               "recovered\nfrom the name": recovered.images[shown]}, names=names, size=0.8).figure

# %% [markdown]
# *The figure: below each person stands a smooth face, mostly recognisable, with their hairline, brows or beard; lights
# and darks are stronger than in life. It is the model's idea of the person, not one photograph.*

# %% [markdown] tags=["trainer"]
# **Trainer.** Cover the upper row with a sheet of paper, let people choose from the recovered row who is who, then
# take the sheet away. Which of the six would nobody know?

# %% [markdown]
# ## Try it: choose a person and watch
#
# Choose a name and an attack, press **Start**, guess, then reveal the truth. It opens on MI-Face from grey and a name
# that it gets going for; of others it says that they do not start, and why. (Without a kernel, the strip above shows
# the same.)

# %%
from leaklab.course import InversionRun, attacks_with
from leaklab.widgets import InversionStage

InversionStage(InversionRun(victim, names=private.names, truth=truth, attacks=attacks_with(prior)))

# %% [markdown]
# ## How alike, without our eyes?
#
# We knew what to look for, so our eyes flatter. Two measures, each beside **baselines**:
#
# - **top-1**: an independent *evaluator*, another network trained on all photographs of these people, names the face.
#   It forgives static: a network can be sure where an eye sees noise.
# - **likeness beyond the average face**: take the mean public face away from both pictures, then correlate. It forgives
#   contrast: only *where* it is lighter and darker counts.

# %%
from leaklab.evaluation import judge, train_evaluator

average = public.mean_face()
evaluator = BlackBox(train_evaluator(private.images, private.person, rng=1))

def score(images, people=everybody):
    return judge(images, people, evaluator=evaluator, truth=truth, average=average)

# %% [markdown]
# ## Exercise 1.3: take the average face away
#
# Correlate the mean public face itself with a person, and it looks like a success: faces are alike. Compute the
# likeness *beyond* the average for the first recovered face.

# %%
face, person = recovered.images[0], truth[0]
print(f"plain correlation of the mean public face: {np.corrcoef(average.ravel(), person.ravel())[0, 1]:.2f}")
### BEGIN SOLUTION
likeness = np.corrcoef((face - average).ravel(), (person - average).ravel())[0, 1]
### END SOLUTION
check("1.3", likeness, given=(face, person, average))

# %% tags=["trainer"]
print(f"the answer: {score(recovered.images).beyond[0]:.2f}")

# %% [markdown]
# ## Could somebody recognise this face?
#
# Fredrikson, Jha and Ristenpart put that to people, in a **line-up**: one recovered face, five photographs, and "none
# of them", which is right now and then. You are the witness. In the line stand the twelve people of whom this page
# has shown nothing yet (unless you chose one above), each in a photograph that the model did not learn from. Guessing
# is right in one of six.
#
# ## Exercise 1.4: set the bar before you play
#
# From how many right answers of twelve on does the 95% interval lie wholly above 1/6? `Rate(k, 12).low` is its lower
# end for k right.

# %%
### BEGIN SOLUTION
bar = next(k for k in range(13) if Rate(k, 12).low > 1 / 6)
### END SOLUTION
check("1.4", bar)

# %% [markdown]
# Now play (by keyboard: Tab and Space). The truth comes after the twelfth face only: who learns on the way who was who
# can cross people out, and beats guessing without looking. *Again* asks the same people: for a fair score, let somebody
# else play.

# %%
from leaklab.course import Lineup
from leaklab.widgets import LineupTest

photographs = test.images[::3]  # three of each person
unseen = np.arange(8, 20)
LineupTest(Lineup(recovered.images, photographs, people=unseen, rng=4), evaluator=evaluator)

# %% [markdown]
# For readers without a running notebook, one face of another line-up, answered:

# %%
from leaklab.plots import lineup

other = Lineup(recovered.images, photographs, people=unseen, rng=5)
task, says = other.tasks[1], other.machine(evaluator)[1]
lineup(recovered.images[task.person], photographs[task.candidates], size=1.0,
       marks={"the truth": task.solution, "the machine": says}).figure

# %% [markdown]
# *The figure: on the left a recovered face; beside it five numbered photographs and a dashed box, "none of them". A
# frame and words mark the truth and the machine's answer.*
#
# The machine (the evaluator) takes the same test with every attack's faces. **Expect** that grey static fails?

# %%
takes = {"with a public prior": recovered.images, "MI-Face, from the mean face": warm.images,
         "MI-Face, from grey": static.images, "mean public face, for all": np.repeat(average[None], 20, axis=0)}
for attack, images in takes.items():
    sits = Lineup(images, photographs, people=unseen, rng=5)
    print(f"{attack:27} {sits.score(sits.machine(evaluator))}")

# %% [markdown]
# With public faces the machine names nearly everybody; the mean public face gets what guessing gets. Static lies
# between: with twelve faces it is **not shown** to beat guessing. That is not *shown not to*.

# %% [markdown] tags=["trainer"]
# **Trainer.** Let the room vote by hands, and click what the majority says: the room is one witness. Then ask who would
# have said "none of them", and what follows for a witness who is never told that the person may be missing.

# %% [markdown]
# ## Where the attack fails: a name without photographs
#
# If the faces came from our prior, or from luck, we should get them for *anybody*. So we train the same recogniser with
# the first ten people's names, but without their photographs, and ask for them. **Expect** nothing.

# %%
absent = np.arange(10)
seen = train.person >= 10
without = WhiteBox(recogniser.fit(train.images[seen], train.person[seen], classes=20, rng=3))
never = inversion(without, absent)
print(f"mean confidence: {never.confidence.mean():.0%}")
portrait_grid({"the truth": truth[shown], "asked of a model\nthat never\nsaw them": never.images[shown]},
              names=names, size=0.8).figure

# %% [markdown]
# *The figure: above the people, below pictures that are nearly black, here and there a lit edge, once half a face.*
#
# Training taught this model one thing about these names: *never say them*. The dark is what it objects to least.
# **The attack draws what the training left; where there was no photograph, there is nothing to draw.**
#
# Everything side by side. **Expect** the last two rows at chance.

# %%
from leaklab.plots import likeness_bars

judged = {
    "own mean photograph (ceiling)": score(truth),
    "MI-Face, from grey": score(static.images),
    "MI-Face, from the mean public face": score(warm.images),
    "with a public prior": score(recovered.images),
    "mean public face, for everybody": score(np.repeat(average[None], 20, axis=0)),
    "public prior, name never trained": score(never.images, absent)}
likeness_bars(judged, attacks=list(judged)[1:4]).figure

# %%
started = static.confidence > 0.5
named = evaluator.probabilities(static.images).argmax(axis=1) == everybody
print(f"static that left grey: {started.sum()} names, of which the machine knows {named[started].sum()}")
assert judged["with a public prior"].top1.low > 0.05 > judged["public prior, name never trained"].top1.low

# %% [markdown]
# *The figure: bars of the evaluator's top-1 with 95% intervals, chance as a dashed line; on the right the likeness.*
#
# The machine knows every piece of static that left grey; the half it misses are the names that never started.
# **The machine knows them, the eye does not.** The two attacks with public faces have the same likeness, and their
# top-1 intervals overlap: which is better we cannot tell from twenty names.
#
# More that this page does not show: public and private people share renderer, pose and crop; a lock has more than
# twenty names; and the truth we compare with is a mean of seven, the easiest thing to draw.

# %% [markdown]
# ## Break it deeper, defend it simply
#
# A convolutional network does not compare pixels with weights directly. **Expect** it to be harder on MI-Face; and on
# the prior? (Both take fewer steps here, to save your time.)

# %%
from leaklab.training import CNN

deep = WhiteBox(CNN(epochs=40, batch_size=32, weight_decay=2e-3).fit(train.images, train.person, rng=2))
for quick in (MIFace(step_size=1.0, max_steps=150, start=prior), FaceInversion(prior=prior, steps=75)):
    print(type(quick).__name__, "top-1", score(quick(deep, everybody).images).top1)

# %% [markdown]
# Depth stopped the weaker attack for most people; it was no defence. What about keeping the file, and only answering
# questions?

# %%
try:
    mi_face(victim.only(Offers.SCORES), [0])
except ValueError as error:
    print(error)

# %% [markdown]
# *This* attack needs gradients. The prior makes do with answers, at the price of many more questions
# ([lesson 02](02_prediction_api.ipynb)): "we only offer an API" is a start, not a proof.

# %% [markdown]
# ## Exercise 1.5: is the surest face the most alike?
#
# Beside the penalty $\lambda = 0.001$ that we used, here are two others. Find the penalty of the highest mean
# **confidence**, and that of the highest mean **likeness**. Guess first.

# %%
penalties = (0.0, 0.001, 1.0)
by_penalty = {penalty: FaceInversion(prior=prior, penalty=penalty)(victim, everybody) for penalty in penalties}
sure = {penalty: by_penalty[penalty].confidence.mean() for penalty in penalties}
alike = {penalty: score(by_penalty[penalty].images).beyond.mean() for penalty in penalties}

# %%
### BEGIN SOLUTION
most_sure, most_alike = max(sure, key=sure.get), max(alike, key=alike.get)
### END SOLUTION
check("1.5", (most_sure, most_alike), given=(sure, alike))

# %% [markdown]
# And what do they look like? `distance` says how far the pictures went from the average face; the people themselves are
# at 1.

# %%
for penalty, result in by_penalty.items():
    far = np.abs(result.images - average).mean() / np.abs(truth - average).mean()
    print(f"penalty {penalty:5g}: sure {sure[penalty]:.3f}, alike {alike[penalty]:.2f}, distance {far:.2f}")

# %%
portraits = {f"penalty {penalty:g}": by_penalty[penalty].images[shown] for penalty in penalties}
portrait_grid({"the truth": truth[shown], **portraits}, names=names, size=0.8).figure

# %% [markdown]
# *The figure: without a penalty masks of light and dark; at 0.001 faces; at 1 faces that resemble each other.*
#
# **Confidence is not likeness.** Without a penalty the attack pleases the model with faces that no human has. At 1 it
# goes only part of the way from the average to the person; the direction is right, and likeness forgives the distance.
# The adversary sees the confidence alone: the prior stands in for the truth.

# %% [markdown] tags=["trainer"]
# **Trainer.** Ask what an adversary would do who sees only confidence (draw several faces, keep what they share; take
# a prior from people who resemble the target's group). And ask what the company could have done: lessons 07 and 09.

# %% [markdown]
# ## The same on real faces (optional)
#
# `load_faces("olivetti")` fetches 40 people photographed at AT&T Laboratories Cambridge between 1992 and 1994 (their
# credit; no licence is stated). They lent their faces to research: look, learn, and do not publish what you recover.

# %%
run_on_real_faces = False
if run_on_real_faces:
    from IPython.display import display

    mine, others = load_faces("olivetti").split_people(20, rng=0)
    model = WhiteBox(recogniser.fit(mine.images, mine.person, rng=2))
    real = FaceInversion(prior=EigenfacePrior.fit(others.images))(model, everybody)
    display(portrait_grid({"the truth": mine.class_means()[shown], "recovered": real.images[shown]}).figure)

# %% [markdown]
# ## What you would tell your management
#
# | | |
# |---|---|
# | **Adversary** | holds the lock's file and the names; has faces of other people |
# | **Worst group** | all in the file alike: a machine names 1.00 [0.83, 1.00] of the recovered faces |
# | **Number exposed** | 20 of 20 |
# | **Not tested** | other witnesses than you; other poses and light; more names; public people of another kind |
# | **Promised, and for which unit** | nothing, neither for a photograph nor for a person |

# %% [markdown]
# ## Words
#
# - **model inversion**: drawing from a model what its training examples looked like.
# - **white box**: whoever holds the model's file, and so its gradients ([threat model](#The-threat-model)).
# - **gradient**: for each pixel, how the model's answer changes with it ([formula](#Turn-the-model-round)).
# - **prior**: what the adversary holds to be likely before asking the model; here, what faces look like.
# - **eigenfaces**: the main directions in which a set of faces differ.
# - **baseline**: what one would get without the attack; a result counts only beside it.
#
# ## To read
#
# - Fredrikson, Jha and Ristenpart (2015), MI-Face and the line-up: [doi](https://doi.org/10.1145/2810103.2813677)
# - Turk and Pentland (1991), eigenfaces: [doi](https://doi.org/10.1162/jocn.1991.3.1.71)
# - Zhang and others (2020), a generative prior: [arXiv](https://arxiv.org/abs/1911.07135)
#
# ## What you saw
#
# - A recogniser in the adversary's hands gives back faces it was trained on: **a name was enough**.
# - The model supplied *who*, other people's faces *what a face is*: without them a machine is content, an eye is not.
# - It fails for names without photographs; MI-Face fails where $p_k$ is nearly 0.
# - Judge by an evaluator, an interval and baselines, never by the model's own confidence.
#
# Next: the company takes the model back and lets you only ask. [And if I can only ask?](02_prediction_api.ipynb)
