# %% [markdown]
# # 11 · Four demonstrations: the whole story by hand
#
# Four widgets, one for each turn of the story: what a name gives away, what a coin hides, what a guarantee costs, and
# what a model that knows nobody cannot tell. Nothing has to be typed. They need no other lesson, and every lesson goes
# deeper.
#
# **After this page you can**
# - show somebody in ten minutes what a model can leak, and which defenses help against what;
# - say what one answer under a coin reveals, and what a whole room's answers do;
# - read accuracy, both attacks and one person's case along epsilon, and tell what was run live from what was prepared;
# - name what a lock with a gallery moves out of the model, and what it does not make safe.
#
# **Whose faces, whose answers?** Nobody's. The portraits are rendered, the patients drawn at random (`data/README.md`).

# %% [markdown]
# ## The face theater
#
# A recogniser of twenty people. Choose a **name**, what the **adversary holds**, and a **defense**; press *Start* and
# watch the pictures that the attack asks about, as it asks. Beside the face that forms stands the same attack on a name
# that was enrolled *without* photographs: what comes out there, the attack did not get from the model. *Attack
# everybody* counts, with the independent evaluator, whom it would recognise. (Training takes half a minute.)

# %%
from leaklab.course import Theater
from leaklab.data import load_faces
from leaklab.experiments import prepare
from leaklab.widgets import FaceTheater

stage = prepare(load_faces("synthetic"), rng=0)
FaceTheater(Theater(stage))

# %% [markdown]
# Without a running kernel nothing moves; this is how it ends for the first name, with the model in the adversary's
# hands and no defense:

# %%
theater = Theater(stage)
theater.end(theater.run(theater.add))
FaceTheater(theater).still()

# %% [markdown]
# *The figure: the recovered face beside a photograph and the mean of the training photographs, both hidden until they
# are revealed, and what the same attack draws for a name that was never trained: nobody.*
#
# Rounding the answers hardly helps; noise on them costs the users too. Training with differential privacy protects one
# *photograph*, at epsilon 8 as at 1: the person is in seven of them. Watch which of the two accuracies gives way first.
#
# ## The noise bench
#
# "Have you ever ...?" Nobody likes to answer that. **Randomised response** (Warner, 1965): toss a coin in secret, and
# let it sometimes answer for you. Nobody can hold your "yes" against you, and still the room's share can be estimated.
# Turn **epsilon**; ask one person again and again; or count the hands of a real room.

# %%
from leaklab.course import Survey, room
from leaklab.widgets import NoiseBench

NoiseBench(Survey(room(), rng=0))

# %% [markdown]
# Without a running kernel nothing moves; this is what it shows at first:

# %%
NoiseBench(Survey(room(), rng=0)).still()

# %% [markdown]
# *The figure: forty dots, one for each person, marked by the answer and by whether the coin changed it; to the right,
# the truth, the estimate with its interval, and the share of "yes" among the answers.*
#
# ## The privacy dial
#
# One epsilon across the whole story. A hundred and seventy models of patients were trained beforehand, seventeen for
# each epsilon, each a dot. *Train live* trains seventeen more, now, with other seeds. The third panel is one person's
# case: models that were trained with them, and models that were not. Where the two kinds of dots lie apart, whoever
# holds a model can tell.

# %%
from leaklab.course import PrivacyStory
from leaklab.widgets import PrivacyDial

PrivacyDial(PrivacyStory())

# %% [markdown]
# The same at epsilon 2, without a kernel:

# %%
story = PrivacyStory()
story.turn(2.0)
PrivacyDial(story).still()

# %% [markdown]
# *The figure: three panels along epsilon, drawn as far as 2. Without privacy the models are right about 70% of the
# unseen and the attack has an AUC of 0.70; from epsilon 32 on they are right about 73%, and the AUC falls towards 0.5.
# The victim's two kinds of dots lie far apart without privacy, and on top of each other with it. Below, six faces and
# what the inversion draws at epsilon 2: they are still recognisable, for a face is in many photographs.*

# %% tags=["trainer"]
for epsilon, point in story.points.items():
    print(f"epsilon {epsilon:<4g} right {point.accuracy.mean():.2f} ({point.accuracy.min():.2f} to "
          f"{point.accuracy.max():.2f}), AUC {point.auc.mean():.2f} ({point.auc.min():.2f} to {point.auc.max():.2f}), "
          f"one can be {point.victims[story.victim].belief:.0%} sure of the first victim")

# %% [markdown]
# ## The gallery lock
#
# Need the model know anybody at all? This lock's network, which ships with the package, learned from *other* people
# what tells faces apart. Who may enter stands in a **gallery**, a short list of numbers for each person, which stays in
# the lock. *Enrol* somebody, let them be *recognised*, *erase* them. The network is the same before and after, to the
# last bit.

# %%
from leaklab.course import Door, FaceLock
from leaklab.models import load_recognizer
from leaklab.widgets import GalleryLock

GalleryLock(Door(FaceLock(load_recognizer(), stage.public.of(range(12)), rng=0), stage.train, rng=0))

# %% tags=["trainer"]
rates = Door(FaceLock(load_recognizer(), stage.public.of(range(12)), rng=0), stage.train, rng=0).rates
print("let in by their own name:", rates.true_accept, "of", rates.enrolled)
print("strangers let in:", rates.false_accept, "of", rates.false_accept.trials)

# %% [markdown]
# The secret has not gone, it has moved ([lesson 09](09_design_it_away.ipynb)): whoever steals the *gallery*, and has
# a photograph of you, can tell whether you are in it. But a list can be kept in one place, counted, and struck out
# of. A model cannot.
#
# ## What you saw
#
# - A name is enough to get a face out of a recogniser; hiding decimals is no defense.
# - Noise that everybody adds for themselves protects each answer, and adds up when it is asked for again.
# - A guarantee is bought with accuracy only where the model has little to learn from; and it protects the *record*.
# - The best secret is one that the model never got.
#
# **Read on:** lessons [01](01_face_inversion.ipynb), [02](02_prediction_api.ipynb), [04](04_who_is_exposed.ipynb),
# [06](06_noise.ipynb), [07](07_private_training.ipynb) and [09](09_design_it_away.ipynb); Warner, *Randomized
# Response*, 1965. Back to the [start](00_start_here.ipynb).
