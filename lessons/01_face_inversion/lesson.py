# %% [markdown]
# # 01 · Face inversion: is a name enough to get the face?
#
# A company trains a face recogniser on its staff and ships it inside a door lock. The photographs stay at home. What
# leaves is a file of numbers that turns a picture into a list of names. Here you hold that file, and nothing else: no
# photograph of anybody in it. You will draw their faces.
#
# **After this page you can**
# - say what *model inversion* needs, and compute one step of it by hand;
# - run the classical attack (MI-Face), see what it lacks, and mend that with the faces of other people;
# - measure how alike the drawn faces are, by a machine beside baselines and by your own eyes in a line-up, and name a
#   case where the attack gets nothing.

# %% [markdown]
# ## Who attacks, with what, for what?
#
# | | in this lesson |
# |---|---|
# | **holds** | the model itself (*white box*): it can be asked for probabilities and for their *gradients* |
# | **knows** | the names, and what faces of *other* people look like (from the web, say) |
# | **wants** | to see what the person behind a name looks like |
# | **may ask** | as often as it likes: the model runs on the adversary's own computer |
#
# **Whose faces?** Nobody's. The embedded portraits are rendered: 60 people who do not exist, ten photographs each
# (`data/README.md`; licence Apache-2.0). A recovered face is a face, so we practise on people who cannot be hurt.

# %%
# %matplotlib inline
import numpy as np

from leaklab.data import load_faces

faces = load_faces("synthetic")
private, public = faces.split_people(20, rng=0)
train, test = private.split_photographs(7, rng=0)

# %% [markdown]
# Twenty people are *private*: the model learns seven photographs of each, and three are kept to test it. The other
# forty are *public*: never in the model, free for the adversary to look at.

# %%
from leaklab.plots import portrait_grid

truth = train.class_means()
shown = slice(0, 8)
one_each = private.images[::10]
portrait_grid({"one photograph\nof each": one_each[shown], "mean\nof seven": truth[shown]},
              names=private.names[shown], size=0.8).figure

# %% [markdown]
# *The figure: eight of the private people. Above one sharp photograph each, below the mean of the seven that the model
# learns from, a little blurred. The adversary sees neither row.*

# %% [markdown]
# ## The victim
#
# A small neural network with one hidden layer. Expect it to name about nine of ten unseen photographs rightly.

# %%
from leaklab.access import WhiteBox
from leaklab.metrics import Rate
from leaklab.training import MLP

recogniser = MLP(hidden=(512,), epochs=60, batch_size=32, weight_decay=1e-4)
victim = WhiteBox(recogniser.fit(train.images, train.person, rng=2))
right = victim.probabilities(test.images).argmax(axis=1) == test.person
print("right about unseen photographs:", Rate(int(right.sum()), len(right)))

# %% [markdown]
# It does its work (in brackets the 95% interval). Nothing about it is careless: it is an ordinary, useful model.
#
# ## Turn the model round
#
# A recogniser goes from a picture to a name. **Turn it round:** start with any picture, ask the model how it should
# change to look *more like nobody 3*, change it a little, and ask again.
#
# The question has a short answer for the simplest recogniser, *softmax regression*: one weight for each pixel and
# person, and $p = \mathrm{softmax}(x W + b)$. There the gradient can be written down:
#
# $$\nabla_x \log p_k = w_k - \sum_j p_j\, w_j$$
#
# In words: go towards the weights of the person, and away from those of everybody the model takes this picture for.

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
grey = np.full(faces.shape, 0.5, np.float32)
p, slope = slope_by_hand(grey, 0)
_, theirs = linear.gradient(grey[None], [0])
assert np.allclose(slope, theirs[0], atol=1e-4)
print("by hand equals the package")

# %% [markdown]
# ## Exercise 1.1: one step of MI-Face
#
# **MI-Face** (Fredrikson, Jha and Ristenpart 2015, Algorithm 1) lowers the cost $c(x) = 1 - p_k(x)$ by steps against
# its gradient: $x \leftarrow x - \lambda \nabla c(x)$, and keeps pixels between 0 and 1. You have `p`, which is
# $p_k$, and `slope`, which is $\nabla \log p_k$. Take one step from `grey` with $\lambda$ = `step_size`.

# %%
from leaklab.course import exercises

check, hint, solution = exercises("01")
step_size = 1.0
### BEGIN SOLUTION
next_image = np.clip(grey + step_size * p * slope, 0, 1)
### END SOLUTION
check("1.1", next_image, given=(grey, p, slope, step_size))

# %% [markdown] tags=["trainer"]
# **Trainer.** Let them find the factor $p$ themselves: $\nabla p = p\, \nabla \log p$. It decides what comes next:
# where the model is sure that the picture is *not* this person, $p$ is nearly 0, and the step nearly nothing.

# %% [markdown]
# ## MI-Face, from grey
#
# Now the whole algorithm, against the network, for all twenty names in one call. It starts from an even grey. Expect
# pictures of which the model is very sure. Do you expect *faces*?

# %%
from leaklab.attacks import MIFace

everybody = np.arange(private.people)
mi_face = MIFace(step_size=1.0, max_steps=300)
static = mi_face(victim, everybody)
says = [f"{sure:.0%} sure" for sure in static.confidence[shown]]
portrait_grid({"the truth": truth[shown], "MI-Face\nfrom grey": static.images[shown]}, names=private.names[shown],
              numbers={"MI-Face\nfrom grey": says}, size=0.8).figure

# %% [markdown]
# *The figure: above the people, below what MI-Face drew: grey static with a ghost of a face in it, an outline of hair,
# a beard, a pair of glasses; for some names, plain grey.*
#
# Two disappointments, and each teaches something.
#
# - **Static.** The model is sure of these pictures, yet they are hardly faces. *What the model remembers is not yet a
#   face*: thousands of pixels may each change a little in the right direction, and nobody told the attack that
#   neighbouring pixels of a face are alike.
# - **Plain grey.** For some names the attack never left. There $p_k$ of the grey picture is almost 0, and the step of
#   Exercise 1.1 has $p_k$ as a factor.
#
# ## Begin at a face
#
# The second one is easily mended. The adversary knows how faces look in general, so let it begin at the mean of the
# public ones. Nobody private is in that mean.

# %%
from leaklab.attacks import EigenfacePrior

prior = EigenfacePrior.fit(public.images)  # here only their mean counts; the rest will serve below
warm = MIFace(step_size=1.0, max_steps=300, start=prior)(victim, everybody)
portrait_grid({"the truth": truth[shown], "MI-Face\nfrom the mean\npublic face": warm.images[shown]},
              names=private.names[shown], size=0.8).figure

# %% [markdown]
# *The figure: above the people, below noisy but recognisable faces: fringe, glasses, beard and curls stand where
# they belong, under a film of grain. One of the eight is still the mean public face.*
#
# Nearly every name gets a picture now, and the people begin to show. (For one of them the first steps are so small
# that 300 of them are not enough.) The grain stays.

# %% [markdown]
# ## Exercise 1.2: what does the attack need?
#
# Suppose the company does not ship the model and only answers questions over the web: a `BlackBox`. Run `mi_face`
# against `guarded` for person 0, and let the cell catch what it says.

# %%
from leaklab.access import BlackBox, Offers

guarded = victim.only(Offers.SCORES)
refusal = ...
try:
    ### BEGIN SOLUTION
    mi_face(guarded, [0])
    ### END SOLUTION
except ValueError as error:
    refusal = str(error)
check("1.2", refusal)

# %% [markdown]
# MI-Face needs gradients, and an access that gives only scores refuses them. That is *this* attack. The one that
# follows makes do with answers where it must, at the price of many more questions
# ([lesson 02](02_prediction_api.ipynb)), so "we only offer an API" is a start, not a proof.
#
# ## What a face is: a prior from public people
#
# The adversary can learn more from the forty public people than their mean: also *in which ways faces differ*. Their
# **eigenfaces** (Turk and Pentland 1991) are the main directions; every face is the mean plus a mixture $z$ of them,
# and ordinary faces have a small $|z|$. So the attack now asks for the face that is most probable when both speak:
#
# $$\max_z \;\; \underbrace{\log p_k(\mathrm{face}(z))}_{\text{the model: is it this person?}}
# \;-\; \underbrace{\tfrac{\lambda}{2}\, |z|^2}_{\text{public people: is it a face?}}$$
#
# With $\log p$ the factor $p_k$ is gone, so no name is out of reach. Watch one face form first. Expect it to leave
# the mean public face at once and to be sure after a dozen steps.

# %%
from leaklab.attacks import FaceInversion
from leaklab.plots import path_strip

inversion = FaceInversion(prior=prior)
recovered = inversion(victim, everybody)
watched = 6
path_strip(recovered.path[:, watched], recovered.path_steps, recovered.path_confidence[:, watched],
           truth=truth[watched], size=0.8).figure

# %% [markdown]
# *The figure: from left to right the mean public face becomes one particular face, with a bar for the model's
# confidence below each frame; on the right, the person. The confidence is full long before the face has settled.*
#
# Now all twenty at once, about one second's work. This is the picture of the lesson.

# %%
portrait_grid({"the truth\nnever shown to\nthe adversary": truth[shown],
               "recovered\nfrom the name": recovered.images[shown]}, names=private.names[shown], size=0.8).figure

# %% [markdown]
# *The figure: two rows of portraits. Below each person stands a smooth, recognisable face with their hairline, brows,
# glasses or beard; lights and darks are stronger than in life.*

# %% [markdown] tags=["trainer"]
# **Trainer.** Cover the upper row with a sheet of paper, let people choose from the recovered row who is who, then
# take the sheet away. Say what this is: not a photograph from the training set, but *the model's idea of the person*.
# It suffices to know somebody again.

# %% [markdown]
# ## Try it: choose a person and watch
#
# Choose a name and an attack, press **Start**, guess, then reveal the truth. *Pause* holds the picture, the slider goes
# back and forth, *Replay* plays it again. It opens on MI-Face from grey and a name that it gets going for; of the names
# at the end of the list it says that they do not start, and why. (Without a running kernel, the strip above shows what
# this widget shows.)

# %%
from leaklab.course import InversionRun, attacks_with
from leaklab.widgets import InversionStage

InversionStage(InversionRun(victim, names=private.names, truth=truth, attacks=attacks_with(prior)))

# %% [markdown]
# ## How alike, without our eyes?
#
# We knew what to look for, so our eyes flatter. Three safeguards:
#
# 1. An **independent evaluator** names the recovered faces: another network, from another start, trained on all
#    photographs of these people, that no attack has ever seen. Chance is 1 in 20.
# 2. **Likeness beyond the average face:** first take the mean public face away from both pictures, then correlate.
# 3. **Baselines**: each person's own mean photograph (the best one can hope for), and the mean public face.

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
# likeness *beyond* the average for the first recovered face: subtract `average` from both pictures, then correlate.

# %%
face, person = recovered.images[0], truth[0]
print(f"plain correlation of the mean public face: {np.corrcoef(average.ravel(), person.ravel())[0, 1]:.2f}")
### BEGIN SOLUTION
likeness = np.corrcoef((face - average).ravel(), (person - average).ravel())[0, 1]
### END SOLUTION
check("1.3", likeness, given=(face, person, average))

# %% [markdown]
# ## Could somebody recognise this face?
#
# A machine's nod is one thing. Would a *person* know whom the picture shows? Fredrikson, Jha and Ristenpart put that to
# people, in a **line-up**: one recovered face, five photographs, and "none of them", which is right now and then. Here
# you are the witness. In the line stand the twelve private people of whom this page has shown nothing yet, each in a
# photograph that the model did not learn from. Guessing is right in one of six.
#
# ## Exercise 1.4: set the bar before you play
#
# Of twelve faces, guessing gets two right on average, and more with luck. From how many right answers on does the 95%
# interval lie wholly above 1/6? `Rate(k, 12).low` is the lower end of the interval for k right of 12.

# %%
### BEGIN SOLUTION
bar = next(k for k in range(13) if Rate(k, 12).low > 1 / 6)
### END SOLUTION
check("1.4", bar)

# %% [markdown]
# Now play. Choose a number, or *None of them*, then *Next*; *Undo* takes the last answer back (by keyboard: Tab and
# Space). Whether you were right is told after the twelfth face only: who learns on the way who was who can cross people
# out, and beats guessing without looking. At the end stand your score, the bar, the machine's score, and all twelve
# faces. The machine is the evaluator, who answers with whomever it names, or with "none of them" where that person does
# not stand there. *Again* asks the same people in a new order; for a fair score, let somebody else play.

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
# green frame and words below mark the truth and the machine's answer.*
#
# The machine can take the same test with every attack's faces. **Expect** that it needs no luck with the faces of the
# last attack. And with grey static, or with the mean public face for everybody?

# %%
takes = {"with a public prior": recovered.images, "MI-Face, from the mean face": warm.images,
         "MI-Face, from grey": static.images, "mean public face, for all": np.repeat(average[None], 20, axis=0)}
for name, images in takes.items():
    sits = Lineup(images, photographs, people=unseen, rng=5)
    print(f"{name:27} {sits.score(sits.machine(evaluator))}")

# %% [markdown]
# With the two attacks that use public faces the machine names nearly everybody. The mean public face gets what guessing
# gets. The static of MI-Face from grey lies between: with twelve faces it is **not shown** to beat guessing. That is
# not the same as *shown not to*.
#
# And you? The machine knows each person from ten photographs, you had one. If you were above the bar all the same, then
# "nobody would recognise that" is refuted, by you.

# %% [markdown] tags=["trainer"]
# **Trainer.** Let the room vote by hands, and click what the majority says: the room is one witness. Then ask who would
# have said "none of them", and what follows for a witness who is never told that the person may be missing.

# %% [markdown]
# ## Where the attack fails: a name without photographs
#
# If the faces came from our prior, or from luck, we should get them for *anybody*. So the sharpest test is a person
# the model has never seen: enrolled by name, the photographs still to come. We train the same recogniser without the
# first ten people's photographs, though with their names, and ask for them. Expect nothing.

# %%
absent = np.arange(10)
seen = train.person >= 10
without = WhiteBox(recogniser.fit(train.images[seen], train.person[seen], classes=20, rng=3))
never = inversion(without, absent)
portrait_grid({"the truth": truth[shown], "asked of a model\nthat never\nsaw them": never.images[shown]},
              names=private.names[shown], size=0.8).figure

# %% [markdown]
# *The figure: above the people, below pictures that are nearly black, with here and there the glimmer of an edge.*
#
# Training taught this model one thing about these names: *never say them*. The picture to which it objects least is
# the dark, and even there it is only about 5% sure, one in twenty. **The attack draws what the training left in the
# model; where there was no photograph, there is nothing to draw.**
#
# Now everything side by side. Expect the baselines at chance, and the two that use public faces far above it.

# %%
from leaklab.plots import likeness_bars

found = {
    "own mean photograph (ceiling)": score(truth),
    "MI-Face, from grey": score(static.images),
    "MI-Face, from the mean public face": score(warm.images),
    "with a public prior": score(recovered.images),
    "mean public face, for everybody": score(np.repeat(average[None], 20, axis=0)),
    "public prior, name never trained": score(never.images, absent)}
likeness_bars(found, attacks=list(found)[1:4]).figure

# %% [markdown]
# *The figure: bars of the evaluator's top-1 with their 95% intervals. The ceiling is at 100%. MI-Face from grey is
# near the middle, the two attacks with public faces high above it. The mean public face and the never-trained
# names stand at the dashed line of chance, 5%. On the right the likeness beyond the average face.*
#
# The intervals of the attacks lie clear of chance; those of the two baselines contain it. With twenty names (ten for
# the last bar) the intervals are wide: the order of the two best attacks cannot be told from this figure.

# %% tags=["nbval-check-output"]
attack, nothing = found["with a public prior"], found["public prior, name never trained"]
print("attack: interval above chance:", attack.top1.low > attack.chance)
print("never trained: interval above chance:", nothing.top1.low > nothing.chance)

# %% [markdown]
# ## Does a deeper model help?
#
# A convolutional network does not compare pixels with weights directly; its memory is folded through layers. Expect
# it to be harder on MI-Face. Is it harder on the prior? (To save your time both attacks take fewer steps here; with
# all their steps they find as many names.)

# %%
from leaklab.training import CNN

deep = WhiteBox(CNN(epochs=40, batch_size=32, weight_decay=2e-3).fit(train.images, train.person, rng=2))
for attack in (MIFace(step_size=1.0, max_steps=150, start=prior), FaceInversion(prior=prior, steps=75)):
    drawn = attack(deep, everybody)
    print(type(attack).__name__, score(drawn.images), f"{drawn.queries} queries", sep="\n    ")

# %% [markdown]
# Against the deeper network MI-Face **fails for most people**, even from the mean public face: for many names $p_k$ is
# almost 0 there too, and it hardly moves. The prior searches among faces only, by $\log p_k$, and most of the people
# are back. Depth was not a defence; it only stopped the weaker attack.

# %% [markdown]
# ## Exercise 1.5: is the surest face the most alike?
#
# The penalty $\lambda$ weighs the prior against the model. Beside the 0.001 that we used (it is the default) here are
# two others. Find the penalty of the highest mean **confidence**, and that of the highest mean **likeness beyond the
# average**. Guess first.

# %%
drawn = {inversion.penalty: recovered}
for penalty in (0.0, 1.0):
    drawn[penalty] = FaceInversion(prior=prior, penalty=penalty)(victim, everybody)
sure = {penalty: found.confidence.mean() for penalty, found in drawn.items()}
alike = {penalty: score(found.images).beyond.mean() for penalty, found in drawn.items()}

# %%
### BEGIN SOLUTION
most_sure, most_alike = max(sure, key=sure.get), max(alike, key=alike.get)
### END SOLUTION
check("1.5", (most_sure, most_alike), given=(sure, alike))

# %% [markdown]
# **Confidence is not likeness.** Without a penalty the attack may please the model with faces that no human has; with
# too much it hardly leaves the average. The adversary cannot see the likeness, only the confidence. That is why the
# prior matters: it stands in for the truth that the adversary does not have.

# %% [markdown] tags=["trainer"]
# **Trainer.** Ask what an adversary would do who sees only confidence (draw several faces, keep what they share; take
# a prior from people who resemble the target's group). And ask what the company could have done: lesson 07.

# %% [markdown]
# ## The same on real faces (optional)
#
# `load_faces("olivetti")` gives 40 people photographed at AT&T Laboratories Cambridge between 1992 and 1994 (credit:
# AT&T Laboratories Cambridge; no licence is stated; fetched once by scikit-learn, 1.4 MB). These are real people who
# lent their faces to research. Look, learn, and do not publish what you recover. To run it, say `True`.

# %%
run_on_real_faces = False
if run_on_real_faces:
    from IPython.display import display

    mine, others = load_faces("olivetti").split_people(20, rng=0)
    model = WhiteBox(recogniser.fit(mine.images, mine.person, rng=2))
    real = FaceInversion(prior=EigenfacePrior.fit(others.images))(model, everybody)
    display(portrait_grid({"the truth": mine.class_means()[shown], "recovered": real.images[shown]}).figure)

# %% [markdown]
# ## What you saw
#
# - A recogniser in the adversary's hands gives back the faces it was trained on: **a name was enough**, with no
#   photograph of the person, in about a second.
# - The model supplied *who*; other people's faces supplied *what a face is*. Neither is enough alone: MI-Face from grey
#   draws static, and the mean public face is at chance.
# - It fails for names without photographs, and MI-Face fails on deeper models. MI-Face needs gradients too; the prior
#   is quick with them, and can do without.
# - Judge by an evaluator, an interval and baselines, never by the model's own confidence; and by eye only in a line-up,
#   where the eye can be wrong.
#
# Next: the company takes the model back and lets you only ask. [And if I can only ask?](02_prediction_api.ipynb)
# Or: not what somebody looks like, but whether they were there.
# [Was this patient in the data?](03_medical_membership.ipynb)
