# %% [markdown]
# # 02 · The prediction API: and if I can only ask?
#
# After lesson 01 the company takes its model back. The door lock now sends its picture to a server and gets names with
# probabilities: no file of numbers, no gradients, an account for each customer. Here you are a customer with a key and
# the old wish. Then you change sides, and run the server.
#
# **After this page you can**
# - feel a slope that nobody shows you, from answers alone, and say what each query buys;
# - make answers coarser, noisier or fewer, and tell what stops the attack from what only seems to;
# - read a server's log, and say what a detector catches, what it misses, and what its false alarms cost.

# %% [markdown]
# ## Who attacks, with what, for what?
#
# | | in this lesson |
# |---|---|
# | **holds** | a key to a prediction API (*black box*): pictures go in, probabilities or a name come out |
# | **knows** | the names, and what faces of *other* people look like |
# | **wants** | to see what the person behind a name looks like |
# | **may ask** | as often as the server lets it: queries are counted, and may be limited, priced or watched |
#
# **Whose faces?** Nobody's: the rendered portraits of lesson 01 (`data/README.md`; Apache-2.0). The server runs on this
# computer and is reached by nobody else.

# %%
# %matplotlib inline
import numpy as np

from leaklab.access import BlackBox
from leaklab.data import load_faces
from leaklab.experiments import VICTIMS, prepare

stage = prepare(load_faces("synthetic"), rng=0)
network = VICTIMS["MLP"].fit(stage.train.images, stage.train.person, rng=2)
model = BlackBox(network)

# %% [markdown]
# The same as in lesson 01, in few lines: twenty private people with seven photographs each to train on, forty public
# people, an independent evaluator that will judge the faces, and a network with one hidden layer.
#
# ## A real server
#
# `serve` starts an HTTP server in this notebook, which ends with it (or with `server.close()`). Every customer gets a
# key; only its hash is kept.

# %%
from leaklab.server import serve

server = serve(model)
key = server.keys.add("a customer")

# %% [markdown]
# Anybody with a key can ask, with nothing but Python's standard library. The interface is TensorFlow Serving's:
# `instances` go in, `predictions` come out.

# %%
import json
import urllib.request

photograph = stage.test.images[0]
request = urllib.request.Request(
    f"{server.url}/v1/models/model:predict", data=json.dumps({"instances": [photograph.tolist()]}).encode(),
    headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
probabilities = json.load(urllib.request.urlopen(request))["predictions"][0]
print(f"Most likely: {stage.train.names[np.argmax(probabilities)]}, {max(probabilities):.0%}")

# %% [markdown]
# `RemoteApi` sends the same request, and is an *access* like the model of lesson 01; it only offers less. It also works
# against other servers that speak this interface (against those that you may attack, that is).

# %% tags=["nbval-check-output"]
from leaklab.access import RemoteApi

api = RemoteApi(server.url, key)
assert np.allclose(api.probabilities(photograph[None])[0], probabilities, atol=1e-6)
print("offers", api.offers.name, "and no gradients")

# %% [markdown]
# ## Feel the slope
#
# The attack of lesson 01 climbed $\log p_k(\mathrm{face}(z))$ by its gradient. Nobody gives us a gradient now. But
# somebody in the fog can find the way uphill as well: **step a little to one side and to the other, and compare.** In
# many dimensions one steps in random directions $u_1 \dots u_m$ and adds them up, each with the weight of what it
# brought (*antithetic evolution strategies*, Salimans et al. 2017). With $f = \log p_k$:
#
# $$\hat g \;=\; \frac1m \sum_{i=1}^m \frac{f(z + \sigma u_i) - f(z - \sigma u_i)}{2\sigma}\; u_i$$
#
# The steps go through the eigenfaces of lesson 01, so that every question shows a face.
#
# ## Exercise 2.1: the slope, from answers alone
#
# `plus` and `minus` hold $f(z + \sigma u_i)$ and $f(z - \sigma u_i)$ as the server answered them; `u` has a direction
# in each row. Compute $\hat g$.

# %%
from leaklab.attacks import EigenfacePrior
from leaklab.course import exercises

check, hint, solution = exercises("02")
prior = EigenfacePrior.fit(stage.public.images)
person, sigma, pairs = 3, 0.5, 200
z = np.zeros(prior.size, np.float32)  # the mean public face
u = np.random.default_rng(0).normal(size=(pairs, len(z)))

def log_p(coefficients):
    faces = prior.decode(np.atleast_2d(coefficients))
    return np.log(np.maximum(api.probabilities(faces)[:, person], 1e-12))

plus, minus = log_p(z + sigma * u), log_p(z - sigma * u)

# %%
### BEGIN SOLUTION
slope = ((plus - minus) / (2 * sigma)) @ u / pairs
### END SOLUTION
check("2.1", slope, given=(plus, minus, u, sigma))

# %% [markdown]
# How good is it? We, who own the model, can look at the true gradient (the adversary cannot). The *cosine* says how
# well two directions agree: 1 the same, 0 nothing in common. Expect more queries to give a truer direction.

# %%
from leaklab.access import WhiteBox

_, by_image = WhiteBox(network).gradient(prior.decode(z[None]), [person])
true = prior.pull(by_image)[0]
gains = (plus - minus) / (2 * sigma)
for m in (5, 20, 50, 200):
    guess = gains[:m] @ u[:m] / m
    cosine = guess @ true / np.linalg.norm(guess) / np.linalg.norm(true)
    print(f"{2 * m:4} queries: cosine {cosine:.2f}")

# %% [markdown]
# A rough direction is soon found, a true one is dear: the cosine grows like the root of the queries. Climbing does
# not need true directions, only many that are not quite wrong. So the attack takes a few pairs for each step, and
# many steps.
#
# ## The same attack, over the wire
#
# `FaceInversion` is the attack of lesson 01. It looks at what an access offers and feels its way accordingly. Expect
# all twenty names to take some seconds, at no more than 1,000 queries a person.

# %%
from leaklab.attacks import FaceInversion
from leaklab.plots import portrait_grid

everybody, shown = stage.people, slice(0, 8)
attack = FaceInversion(prior=prior, queries=1000)
recovered = attack(api, everybody)
truth = stage.train.class_means()
portrait_grid({"the truth\nnever shown to\nthe adversary": truth[shown],
               "recovered\nby asking": recovered.images[shown]}, names=stage.train.names[shown], size=0.8).figure

# %% [markdown]
# *The figure: above eight people, below each a recognisable face with the same hair, brows, glasses or beard, as in
# lesson 01.*

# %%
print(stage.judge(recovered.images))
print(f"{recovered.queries:,} queries for {len(everybody)} people")

# %% [markdown]
# **Keeping the model at home changed the price, not the outcome.** In lesson 01 each step cost one gradient; here it
# costs some dozens of answers.
#
# ## With a name alone
#
# So the company becomes frugal: a key whose answers are the *first name only*. No probability, nothing to compare. Is
# the fog complete now?
#
# Not quite. If of forty faces around mine thirty are still called by the name, and to the left more than to the right,
# there *is* a slope: the **share of names** around a face. One needs a face that bears the name to begin with (the
# adversary looks among the public ones) and more questions. That is the idea of the boundary walk BREP-MI (Kahla et al.
# 2022). Expect the same faces, later.

# %%
frugal = RemoteApi(server.url, server.keys.add("a customer of names", hardening="labels"))
named = attack(frugal, everybody)
print(frugal.offers.name, "only:", stage.judge(named.images).top1)

# %% [markdown]
# How far had each come on the way? The evaluator looks at the faces after every few steps (the adversary could not).

# %%
from leaklab.plots import success_by_queries


def on_the_way(found):
    """Queries a person at each frame, and what the evaluator says of it."""
    spent = (found.path_steps + 1) / (found.path_steps[-1] + 1) * found.queries / len(found.people)
    return spent, [stage.judge(images).top1 for images in found.path]

success_by_queries({"probabilities": on_the_way(recovered), "the first name only": on_the_way(named)},
                   chance=1 / len(everybody)).figure

# %% [markdown]
# *The figure: the evaluator's top-1 against queries a person, on a logarithmic axis, with 95% bands. Both lines climb
# from chance to near 100%; by names alone the climb begins later.*

# %% [markdown] tags=["trainer"]
# **Trainer.** Before the last two cells ask for a vote: "names only: safe or not?" Most say safe. Afterwards ask what
# the server could have done, and collect answers on a board; the next sections try each of them.

# %% [markdown]
# ## Exercise 2.2: the budget, and how to get round it
#
# Every key may now ask 5,000 queries in its life. The attack on twenty people wants up to 20,000. When a server
# refuses, the attack keeps what it has: `partial.complete` is False, `partial.stopped` says why, and
# `partial.resume(...)` goes on from there with any other access to the same model.
#
# Open as many accounts as you need (each of them "another customer") and finish the attack. How many keys does it take?
# Answer with a pair: the finished result, and the number of keys.

# %%
def another_key():
    """An access with a fresh account; a real server would want an e-mail address."""
    return RemoteApi(server.url, server.keys.add("another customer", budget=5000))

partial = attack(another_key(), everybody)  # the first key
print(partial.stopped)

# %%
### BEGIN SOLUTION
finished, keys_used = partial, 1
while not finished.complete:
    finished = finished.resume(another_key())
    keys_used += 1
answer = finished, keys_used
### END SOLUTION
check("2.2", answer, given=recovered)

# %% [markdown]
# A budget limits *a key*. It limits a person only as far as a key is hard to get. What it does well: it makes the
# attack slow, dear, and visible.
#
# ## Harden the answers
#
# Before you turn the knobs, guess. The server can round its probabilities, show only the most likely classes, add noise
# to them, or say only the name. Which of these stops the attack? And what does each cost a legitimate user?

# %%
from leaklab.course import Desk
from leaklab.widgets import AccessDesk

AccessDesk(Desk(stage, WhiteBox(network), server=server))

# %% [markdown]
# *The widget: choose what the adversary gets, how many decimals and names an answer has, how much noise, how many
# queries, over HTTP or not; press **Start** to attack. The faces are drawn, and below them the attack's success and
# the legitimate users' accuracy side by side, for the last attacks. The next figure shows what it shows, for some
# settings.*

# %%
from leaklab.experiments import hardening
from leaklab.plots import both_sides
from leaklab.server import parse_hardening

answers = {"probabilities": "", "one decimal": "rounded=1", "the top class only": "topk=1",
           "the first name only": "labels", "noise 0.2": "noisy=0.2", "noise 0.5": "noisy=0.5",
           "noise 0.2, top class, one decimal": "noisy=0.2,topk=1,rounded=1",
           "noise 0.2, first name only": "noisy=0.2,labels"}
studies = {name: hardening.study(stage, model, parse_hardening(spec), queries=300, adaptive=False, rng=0)
           for name, spec in answers.items()}
attacked = {name: found.likeness[found.best].top1 for name, found in studies.items()}
used = {name: found.utility.accuracy for name, found in studies.items()}
both_sides({name: (attacked[name], used[name]) for name in answers}, chance=1 / len(everybody), notes={
    name: f"calibration error {found.utility.calibration_error:.2f}" for name, found in studies.items()}).figure

# %% [markdown]
# *The figure: for each way of answering, the attack's top-1 (circles) above the legitimate users' accuracy
# (squares), with 95% intervals, at 300 queries a person.*
#
# ## Exercise 2.3: which of these is a defence?
#
# `attacked` and `used` hold the two rates of the figure for each way of answering. Call a way a *defence* when the
# attack's interval lies below one half, and call it *useful* when the legitimate users' accuracy is at least 0.9.
# List the names of those that are both.

# %%
### BEGIN SOLUTION
useful_defences = [name for name in studies if attacked[name].high < 0.5 and used[name].value >= 0.9]
### END SOLUTION
check("2.3", useful_defences, given=(attacked, used))

# %% [markdown]
# An empty list is an answer too. Here nothing keeps the attack below one half that leaves legitimate users nine right
# answers in ten, and with more queries each row rises. Rounding and names alone cost legitimate users nothing, and buy
# nothing. Noise takes from both, and the most from how far one can trust a stated probability (the calibration error).
#
# ## What noise promises
#
# Noise on the answers is the one hardening with a theorem behind it. Two rows of probabilities, from any two models,
# are never further apart than $\Delta_1 = 2$ in L1. Add Laplace noise of scale $b$ to each, and one answer is
# $\varepsilon$-differentially private with $\varepsilon = \Delta_1 / b$; and **epsilons of answers add up**:
#
# $$\varepsilon_{\text{spent}} = n \cdot \frac{\Delta_1}{b}$$
#
# ## Exercise 2.4: a thousand answers
#
# The server adds Laplace noise of scale 0.2. How large is epsilon after the 1,000 queries that one face costs?

# %%
from leaklab.access import Noisy

scale, queries = 0.2, 1000
### BEGIN SOLUTION
epsilon = queries * 2 / scale
### END SOLUTION
check("2.4", epsilon, given=(scale, queries))

# %% tags=["nbval-check-output"]
noisy = Noisy(model, 0.2, kind="laplace", rng=0)
noisy.probabilities(np.repeat(photograph[None], 1000, axis=0))
assert np.isclose(noisy.epsilon_spent(), 1000 * noisy.epsilon_per_query())
print(f"one answer: epsilon {noisy.epsilon_per_query():g}; a thousand: {noisy.epsilon_spent():,g}")

# %% [markdown]
# An epsilon of 10 for one answer says next to nothing, and 10,000 says nothing at all. The theorem is true, and the
# promise empty: noise that is small enough to leave single answers useful averages out over a thousand of them. Where
# noise *does* buy a guarantee is in training, once, whatever is asked afterwards: lesson 07.

# %% [markdown]
# ## Change sides: the log
#
# The server writes every answered query into a log *before* the answer leaves: who, when, how many, and a *sketch* of
# the question, 32 random projections of the picture. (Why not the picture? The log would be one more collection of
# faces to lose.) Sketches keep distances, and that is enough to see that somebody asks strangely.
#
# A legitimate customer sends photographs. Our attack asks **in pairs around a point**, $z + \sigma u$ and $z - \sigma
# u$. So the step from one question to the next comes again a little later, backwards. `Detector` counts such mirrored
# steps among the last sixteen; how many are still normal it learns from legitimate traffic.

# %%
from leaklab.course import KINDS, honest_visit
from leaklab.server import Detector, sketch_of

sketch, rng = sketch_of(server.log, stage.public.shape), np.random.default_rng(0)
sessions = [sketch(honest_visit(stage.public, 200, kind=KINDS[i % len(KINDS)], rng=rng)) for i in range(100)]
detector = Detector.fit(sessions, false_alarms=0.01)
print(f"alarm at more than {detector.threshold} mirrored steps of 16")

# %% [markdown]
# Your own questions are in this server's log already. Let six legitimate customers join, whom the detector has not
# seen, and somebody who wants a single face. Expect some lanes to be marked.

# %%
from leaklab.course import Customers
from leaklab.widgets import Watch

for i in range(6):
    kind = KINDS[i % len(KINDS)]
    with RemoteApi(server.url, server.keys.add(f"legitimate {i}, {kind}")) as customer:
        customer.probabilities(honest_visit(stage.test, 300, kind=kind, rng=rng))
with RemoteApi(server.url, server.keys.add("somebody, one face")) as stranger:
    attack(stranger, [3])

watch = Watch(Customers(server, detector))
watch.still()

# %% [markdown]
# *The figure: a lane for each customer, as long as their queries are many, up to the first 1,000; marked where the last
# sixteen steps look like an attack, with the query of the first alarm on the right. "A customer", "another customer"
# and "somebody" are flagged; the legitimate customers are not.*
#
# There you are. Below the same, which follows the log while **Live** is on: attack from the desk above with
# *Over HTTP*, and see yourself arrive.

# %%
watch

# %% [markdown] tags=["trainer"]
# **Trainer.** Open the notebook twice side by side (right click on the tab, *New View for Notebook*): the desk on the
# left, the watch on the right with **Live** on. One half of the room attacks, the other calls out when it sees it.

# %% [markdown]
# ## Exercise 2.5: what is an alarm worth?
#
# The detector promises at most 1% false alarms. The shop has 10,000 legitimate customers and 5 who attack, all of whom
# it catches. What share of the alarms is real?

# %%
legitimate_customers, attackers, false_alarms = 10_000, 5, 0.01
### BEGIN SOLUTION
share_real = attackers / (attackers + false_alarms * legitimate_customers)
### END SOLUTION
check("2.5", share_real, given=(legitimate_customers, attackers, false_alarms))

# %% [markdown]
# About one in twenty. An alarm is a reason to look, not to convict.
#
# And no alarm is no acquittal. This detector knows a habit of *this* attack. What if the attacker knows the detector,
# and sends the questions of each step in a random order? Guess first.

# %%
steps = []
recorder = BlackBox(lambda x: (steps.append(x), model.probabilities(x))[1], inputs=model.shape, classes=model.classes)
attack(recorder, [3])
as_sent = np.concatenate([sketch(questions) for questions in steps])
shuffled = np.concatenate([rng.permutation(sketch(questions)) for questions in steps])
for name, log in {"as the attack sends them": as_sent, "each step shuffled": shuffled}.items():
    alarm = detector.first_alarm(log)
    print(f"{name}: {f'alarm at query {alarm}' if alarm else 'no alarm'}")

# %% [markdown]
# One line of code, and the alarm is silent, though the answers are the same. **A detector raises the price for those
# who do not know it.** Count on it to see the careless, not to stop the careful.

# %% [markdown]
# ## What you saw
#
# - **Hiding the model is not hiding the data.** Answers alone give the slope; names alone give it too.
# - Rounding, top-k and names-only change what the attack costs, hardly what it gets. Noise on answers hurts legitimate
#   users first.
# - Budgets limit keys, not people; they make the attack slow and visible. A log and a detector see it, with false
#   alarms to be weighed, and blind spots.
# - What the model does not remember cannot be asked out of it: the defences that hold are in the training.
#
# Next: not what somebody looks like, but whether they were there.
# [Was this patient in the data?](03_medical_membership.ipynb)
