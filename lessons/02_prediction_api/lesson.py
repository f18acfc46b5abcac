# %% [markdown]
# # 02 · The prediction API: and if I can only ask?
#
# After lesson 01 the company takes its model back. The door lock now sends its picture to a server and gets names with
# probabilities: no gradients, an account for each customer. Here you are a customer with a key and the old wish. Then
# you change sides, and run the server.
#
# **After this page you can**
# - feel a slope from answers alone, and say what each query buys;
# - tell what stops an attack from what only seems to;
# - read a server's log, and say what a detector catches, misses, and what its alarms are worth.
#
# **Minutes:** 45 (slope and wire 19, budget 4, hardening 13, log 7, the rest 2). <!-- given: 45 (minutes) -->
# **Before it:** [01, from a name to a face](01_face_inversion.ipynb).

# %% [markdown]
# ## The threat model
#
# | | in this lesson |
# |---|---|
# | **secret** | what the person behind a name looks like |
# | **holds** | a key to a prediction API (*black box*): pictures go in, probabilities or a name come out |
# | **knows** | the names, and photographs of *other* people |
# | **queries** | as many as the server allows: they are counted, limited, watched |
# | **luck** | a face at random is taken for the right person once in twenty times |
#
# **Whose faces?** Nobody's: the rendered portraits of lesson 01 (`data/README.md`; Apache-2.0). The server is reached
# from this computer only.

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
# As in lesson 01: twenty private people with seven photographs each to train on, forty public people, a network with
# one hidden layer, and an independent *evaluator* to judge the faces.
#
# ## A real server
#
# `serve` starts an HTTP server, which ends with this notebook. Every customer gets a key; only its hash is kept.

# %%
from leaklab.server import serve

server = serve(model)
key = server.keys.add("a customer")

# %% [markdown]
# Anybody with a key can ask, with nothing but Python's standard library, as TensorFlow Serving has it: `instances` go
# in, `predictions` come out.

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
# `RemoteApi` sends the same request, and is an *access* like the model of lesson 01; it only offers less.

# %% tags=["nbval-check-output"]
from leaklab.access import RemoteApi

api = RemoteApi(server.url, key)
assert np.allclose(api.probabilities(photograph[None])[0], probabilities, atol=1e-6)
print("offers", api.offers.name, "and no gradients")

# %% [markdown]
# ## Feel the slope
#
# The attack of lesson 01 climbed $\log p_k(\mathrm{face}(z))$ by its gradient. Nobody gives us one now. But somebody
# in the fog can find the way uphill as well: **step a little to one side and to the other, and compare.** In many
# dimensions one steps in random directions $u_1 \dots u_m$ and adds them up, each with the weight of what it brought
# (*antithetic evolution strategies*). With $f = \log p_k$:
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
person, sigma, pairs = 3, 0.4, 200
z = np.zeros(prior.size, np.float32)  # the mean public face
u = np.random.default_rng(0).normal(size=(pairs, len(z)))

def log_p(coefficients):
    return np.log(np.maximum(api.probabilities(prior.decode(coefficients))[:, person], 1e-12))

plus, minus = log_p(z + sigma * u), log_p(z - sigma * u)

# %%
### BEGIN SOLUTION
slope = ((plus - minus) / (2 * sigma)) @ u / pairs
### END SOLUTION
check("2.1", slope, given=(plus, minus, u, sigma))

# %% tags=["trainer"]
from leaklab.attacks import antithetic_gradient

assert np.allclose(slope, antithetic_gradient(plus, minus, u, sigma))

# %% [markdown]
# How good is it? We, who own the model, can look at the true gradient (the adversary cannot). The *cosine* says how
# well two directions agree: 1 the same, 0 nothing in common. On an even slope in $k$ dimensions, $m$ pairs give about
# $\sqrt{m / (m + k + 1)}$. **Expect** the package's estimate to come near that.

# %%
from leaklab.access import WhiteBox
from leaklab.attacks import antithetic_gradient

_, by_image = WhiteBox(network).gradient(prior.decode(z[None]), [person])
true = prior.pull(by_image)[0]
for m in (5, 20, 50, 200):
    felt = antithetic_gradient(plus[:m], minus[:m], u[:m], sigma)
    cosine = felt @ true / np.linalg.norm(felt) / np.linalg.norm(true)
    print(f"{2 * m:4} queries: cosine {cosine:.2f}, on an even slope {np.sqrt(m / (m + len(z) + 1)):.2f}")

# %% [markdown]
# A rough direction is soon found, a true one is dear: at first the cosine grows like the root of the queries, then it
# bends towards 1. Climbing only needs many directions that are not quite wrong: few pairs a step, and many steps.
#
# ## The same attack, over the wire
#
# `FaceInversion` is the attack of lesson 01; where an access offers no gradients it feels its way. **Expect** all
# twenty names to take some seconds, at no more than 1,000 queries a person.

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
# *The figure: above eight people, below each a harsh mask in black and white, with the person's hair, glasses or
# moustache.* They are cruder than what the gradient drew in lesson 01. What does the evaluator say? Beside its *top-1*
# (how often its first answer is the person) stands the *likeness* of lesson 01: how much a face resembles the person
# beyond what all faces share, 1 at most.

# %%
def verdict(images):
    judged = stage.judge(images)
    return f"recognised {judged.top1}, likeness {judged.beyond.mean():.2f}"

print("by asking:   ", verdict(recovered.images), f"({recovered.queries:,} queries for {len(everybody)} people)")
print("by gradients:", verdict(FaceInversion(prior=prior)(WhiteBox(network), everybody).images))

# %% [markdown]
# **Keeping the model at home changed the price, not the outcome.** A step costs forty-one answers in place of one
# gradient.
#
# ## With a name alone
#
# So the company becomes frugal: a key whose answers are the *first name only*. Is the fog complete?
#
# Not quite. If of twenty faces around mine fifteen are still called by the name, and to the left more than to the
# right, there *is* a slope: the **share of names** around a face. One only needs a face to begin with that bears the
# name. So the adversary shows photographs of strangers, and sees whom the server takes them for.

# %%
frugal = RemoteApi(server.url, server.keys.add("a customer of names", hardening="labels"))
named = attack(frugal, everybody)
print("names that some stranger's photograph bears:", len(np.unique(frugal.labels(stage.public.images))))

# %%
portrait_grid({"the truth": truth[shown], "the start\na stranger taken\nfor the person": named.path[0][shown],
               "after 1,000\nnames": named.images[shown]}, names=stage.train.names[shown], size=0.8).figure

# %% [markdown]
# *The figure: in the middle, photographs of strangers whom the model takes for the people above; where no stranger
# bears the name, the mean face. Below, what the walk made of them: harsher masks.*
#
# How much of the success is the walk's, how much the start's? The evaluator looks at the faces on the way (the
# adversary could not). Predict the first dot of each line.

# %%
from leaklab.experiments.hardening import climb
from leaklab.plots import success_by_queries

ways = {"probabilities": climb(stage, recovered), "the first name only": climb(stage, named)}
success_by_queries({name: (way.queries, way.top1) for name, way in ways.items()}, chance=1 / len(everybody),
                   likeness={name: way.beyond for name, way in ways.items()}).figure

# %% [markdown]
# *The figure: top-1 on the left, with 95% bands, likeness on the right, against queries a person (logarithmic).
# Probabilities start at the mean face, names high up.*
#
# Before the walk has taken a step, 65% of these *starts* are recognised as the person: whom the model confuses with
# you looks like you. From there names alone lead to 95%, as probabilities do; likeness only rises from 0.55 to 0.66. So
# names leak faces, and a good part of that leak is a look-alike.

# %% [markdown] tags=["trainer"]
# **Trainer.** Before the last three cells ask for a vote: "names only: safe or not?" Most say safe. Afterwards ask what
# the server could have done, and collect answers on a board; the next sections try each of them.

# %% [markdown]
# ## Exercise 2.2: the budget, and how to get round it
#
# Every key may now ask 5,000 queries in its life; the attack took 19,700. When a server refuses, the attack keeps what
# it has: `partial.complete` is False, `partial.stopped` says why, and `partial.resume(access)` goes on from there, with
# any other access to the model.
#
# Open as many accounts as you need and finish the attack. Answer with a pair: the finished result, and the number of
# keys, the first one included.

# %%
def another_key():  # a real server would want an e-mail address
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
# A budget limits *a key*, and a person only as far as a key is hard to get. But it makes attacks slow and visible.
#
# ## Harden the answers
#
# The server can round its probabilities, show only the most likely class, add noise, or say only the name. Which of
# these stops the attack, and what does it cost legitimate users? Guess first. We attack each with 300 queries a person,
# taking the answers **as they come**.

# %%
from leaklab.experiments import hardening
from leaklab.plots import both_sides
from leaklab.server import parse_hardening

answers = {"probabilities": "", "one decimal": "rounded=1", "the top class only": "topk=1",
           "the first name only": "labels", "noise 0.1, first name only": "laplace=0.1,labels",
           **{f"noise {scale}": f"laplace={scale}" for scale in (0.1, 0.2, 0.5)}}
wraps = {name: parse_hardening(spec, rng=0) for name, spec in answers.items()}
studies = {name: hardening.study(stage, model, wraps[name], queries=300, rng=0) for name in wraps}
as_given = {name: found.as_given.top1 for name, found in studies.items()}
used = {name: found.utility.accuracy for name, found in studies.items()}
both_sides({name: (as_given[name], used[name]) for name in answers}, chance=1 / len(everybody)).figure

# %% [markdown]
# *The figure: for each way of answering, the attack's top-1 (circles) and legitimate users' accuracy (squares), with
# 95% intervals.*
#
# ## Exercise 2.3: what only seems to stop the attack
#
# "The top class only" looks like a bargain: users lose nothing, and 65% are recognised, against 85% by the first name
# alone. The intervals overlap; but there is a better reason for doubt. This answer *contains* the first name. **How can
# an answer that says more be safer?**
#
# You hold `topped`, the access that answers so. Get more out of it, with 300 queries a person, and hand in what your
# attack returns.

# %%
from leaklab.access import LabelOnly  # leaves out all of an answer but the name

topped = parse_hardening("topk=1")(model)
brief = FaceInversion(prior=prior, queries=300)
believed = brief(topped, everybody)
print("as they come:", verdict(believed.images))

# %%
### BEGIN SOLUTION
wiser = brief(LabelOnly(topped), everybody)
### END SOLUTION
check("2.3", wiser, given=(stage, believed))

# %% [markdown]
# The defence never stopped the attack: it *misled* it. The other classes are filled up with equal shares, and the
# attack believed them. An **adaptive** attack knows the defence, and leaves out what misleads: it looks at names alone,
# or takes small probabilities for nothing. `study` has tried all three ways. Here is the best (picked by its outcome,
# so an upper figure), the first one hollow.

# %%
adapted = {name: found.likeness[found.best].top1 for name, found in studies.items()}
both_sides({name: (adapted[name], used[name]) for name in answers}, chance=1 / len(everybody), as_given=as_given,
           notes={name: found.utility.stated for name, found in studies.items()}).figure

# %% [markdown] tags=["trainer"]
# **Trainer.** The next cell holds what the text says of the figure.

# %% tags=["trainer"]
assert adapted["the top class only"].value >= adapted["the first name only"].value
assert not any(rate.high < 0.5 for rate in adapted.values())

# %% [markdown]
# *The figure: hollow circles as before, full ones by the attack that adapts, squares for legitimate users. On the
# right, the Brier score: how far stated probabilities are from the truth, 0 best, 2 worst.*
#
# **Whoever measures a defence with an attack that does not know it measures the attack.** Adapted, the top class gives
# 90%. Nothing here keeps the attack's interval below one half. Noise comes nearest, and hurts legitimate users first:
# noise 0.5 leaves them 15%, and the attack 45% [23%, 68%].
#
# Try mixtures of your own:

# %%
from leaklab.course import Desk
from leaklab.widgets import AccessDesk

AccessDesk(Desk(stage, WhiteBox(network), server=server))

# %% [markdown]
# *The widget: choose what the adversary gets and looks at, decimals, names, noise, queries, over HTTP or not; press
# **Start** to attack. The faces are drawn, and below them both sides of the last attacks, as in the figures above.*

# %% [markdown]
# ## What noise promises
#
# Noise is the one hardening with a theorem behind it. The figure's noise is **Laplace noise of scale** $b$: a random
# number, up or down, of size $b$ on average, added to each probability. It hides *which model* answered: whatever comes
# out is at most $e^\varepsilon$ times as likely from one model as from any other, so also with or without your
# photographs. That is **$\varepsilon$-differential privacy**. Add up how far the entries of two answers are apart
# (their *L1 distance*): never more than $\Delta_1 = 2$. One answer costs $\Delta_1 / b$, and **costs add up**:
#
# $$\varepsilon_{\text{spent}} = n \cdot \frac{\Delta_1}{b}$$
#
# ## Exercise 2.4: a thousand answers
#
# The server adds Laplace noise of scale 0.1. How large is epsilon after the 1,000 queries that one face costs?

# %%
from leaklab.access import Noisy

scale, queries = 0.1, 1000
### BEGIN SOLUTION
epsilon = queries * 2 / scale
### END SOLUTION
check("2.4", epsilon, given=(scale, queries))

# %% tags=["nbval-check-output"]
noisy = Noisy(model, 0.1, kind="laplace", rng=0)
noisy.probabilities(np.repeat(photograph[None], 1000, axis=0))
one, all_of_them = noisy.epsilon_per_query(), noisy.epsilon_spent()
assert np.isclose(all_of_them, 1000 * 2 / 0.1)
print(f"one answer: epsilon {one:g}, odds times {np.exp(one) / 1e6:,.0f} million; a thousand: {all_of_them:,.0f}")

# %% [markdown]
# Odds that one answer may change by 485 million say next to nothing. The theorem is true, and the promise empty: noise
# that leaves single answers useful averages out over a thousand of them. Where noise *does* buy a guarantee is in
# training, once, whatever is asked afterwards: lesson 07.
#
# ## Where the attack fails
#
# Everything rests on the strangers. And with photographs of two, not of forty? Predict.

# %%
two = FaceInversion(prior=EigenfacePrior.fit(stage.public.images[stage.public.person < 2]), queries=1000)
for name, access in {"probabilities": model, "the first name only": LabelOnly(model)}.items():
    print(f"{name}:", verdict(two(access, everybody).images))

# %% [markdown]
# It fails: mixtures of two people's photographs look like few faces, and hardly a name has a stranger to start from.
# That is no defence, for photographs are easy to come by: **the server says who; strangers say what faces are.**

# %% [markdown]
# ## Change sides: the log
#
# The server writes every query into a log *before* the answer leaves: who, when, and a *sketch* of the question, a few
# random projections of the picture. (Why not the picture? The log would be one more collection of faces to lose.)
# Sketches keep distances, and that is enough to see that somebody asks strangely.
#
# A legitimate customer sends photographs. Our attack asks **in pairs around a point**, $z + \sigma u$ and $z - \sigma
# u$. So the step from one question to the next comes again a little later, backwards. `Detector` counts such mirrored
# steps among the last sixteen; how many are still normal it learns from a hundred legitimate visits.

# %%
from leaklab.course import KINDS, honest_visit
from leaklab.server import Detector, sketch_of

sketch, rng = sketch_of(server.log, stage.public.shape), np.random.default_rng(0)
visits = [sketch(honest_visit(stage.public, 200, kind=KINDS[i % len(KINDS)], rng=rng)) for i in range(100)]
detector = Detector.fit(visits, false_alarms=0.01)
print(f"alarm at more than {detector.threshold} mirrored steps of 16")

# %% [markdown]
# Your own questions are in the log already. Let six legitimate customers join, whom the detector has not seen, and
# somebody who wants a single face. **Expect** some lanes to be marked.

# %%
from leaklab.course import Customers
from leaklab.widgets import Watch

for i in range(6):
    kind = KINDS[i % len(KINDS)]
    with RemoteApi(server.url, server.keys.add(f"legitimate {i}, {kind}")) as customer:
        customer.probabilities(honest_visit(stage.test, 200, kind=kind, rng=rng))
with RemoteApi(server.url, server.keys.add("somebody, one face")) as stranger:
    attack(stranger, [3])

watch = Watch(Customers(server, detector))
watch.still()

# %% [markdown]
# *The figure: a lane for each customer, as long as their queries are many (logarithmic), marked where steps look like
# an attack, with the first alarm on the right. "A customer", "a customer of names", "another customer"
# and "somebody" are flagged; the legitimate customers are not.*
#
# There you are. Below the same, following the log while **Live** is on: attack from the desk with *Over HTTP*, and see
# yourself arrive.

# %%
watch

# %% [markdown] tags=["trainer"]
# **Trainer.** Open the notebook twice side by side (right click on the tab, *New View for Notebook*): the desk on the
# left, the watch on the right with **Live** on. One half of the room attacks, the other calls out when it sees it.

# %% [markdown]
# ## Exercise 2.5: what is an alarm worth?
#
# The detector promises at most 1% false alarms, for a visit of 200 questions. The shop has 10,000 legitimate
# customers who ask so many, and 5 attackers, all of whom it catches. What share of the alarms is real?

# %%
legitimate_customers, attackers, false_alarms = 10_000, 5, 0.01
### BEGIN SOLUTION
share_real = attackers / (attackers + false_alarms * legitimate_customers)
### END SOLUTION
check("2.5", share_real, given=(legitimate_customers, attackers, false_alarms))

# %% [markdown]
# About one in twenty. An alarm is a reason to look, not to convict.
#
# ## Exercise 2.6: the same questions, and no alarm
#
# And no alarm is no acquittal. You know the detector now: it watches *steps*, from each question to the next. Change
# sides once more. `careful(ask, questions)` gets the questions of one step of the attack; `ask(some_questions)` sends
# some to the server and returns their answers, a row each. Return the answers to `questions`, in their order, without
# an alarm.

# %%
def careful(ask, questions):
    ### BEGIN SOLUTION
    order = rng.permutation(len(questions))
    shuffled = ask(questions[order])
    return shuffled[np.argsort(order)]  # each answer back to the place of its question
    ### END SOLUTION

check("2.6", careful, given=detector)

# %% [markdown]
# The attack on every single person, as the log sees it:

# %%
from leaklab.course import NotYet, questions_asked

for name, send in {"as the attack sends them": None, "carefully": careful}.items():
    try:
        logs = [sketch(questions_asked(brief, model, [person], send=send)) for person in everybody]
        print(f"{name}: {sum(detector.first_alarm(log) is not None for log in logs)} of {len(logs)} attacks flagged")
    except NotYet as why:
        print(f"{name}: {why}")

# %% [markdown]
# The same questions, the same answers, so the same faces. **A detector raises the price for those who do not know it.**
# It sees the careless, and does not stop the careful.

# %% [markdown]
# ## What you would tell your management
#
# | | about this prediction API |
# |---|---|
# | **Adversary** | a customer with a key, photographs of forty strangers, 1,000 queries a person |
# | **Worst group** | of all twenty people 95% [75%, 100%] are recognised; too few to compare groups |
# | **Number exposed** | 19 of 20, by probabilities and by names alone |
# | **Not tested** | accounts that work together, other models, cameras, more queries |
# | **Promised, and for which unit** | nothing, but by noise 0.1 epsilon 20 an answer, 20,000 a face, for any person |
#
# ## Words
#
# - **[black box](01_face_inversion.ipynb)**: access by questions and answers alone.
# - **hardening**: making answers coarser, noisier or fewer.
# - **adaptive attack**: one that knows the defence and works around it.
# - **query budget**: how many questions a key may ask.
# - **[epsilon](06_noise.ipynb)**: how much likelier any outcome may become, as an exponent.
# - **false alarm**: a legitimate customer who is flagged.
#
# ## To read
#
# - Salimans and others 2017, [evolution strategies](https://arxiv.org/abs/1703.03864).
# - Kahla and others 2022, [inversion from labels alone](https://arxiv.org/abs/2203.01925).
# - Tramèr and others 2020, [adaptive attacks](https://arxiv.org/abs/2002.08347).
# - Dwork and Roth 2014, [Laplace noise and composition](https://doi.org/10.1561/0400000042).

# %% [markdown]
# ## What you saw
#
# - **Hiding the model is not hiding the data.** Answers alone give the slope; names alone give it too, from a
#   look-alike.
# - Rounding and names alone hardly change what an attack gets that adapts. Noise on answers hurts users first.
# - Budgets limit keys, not people. A detector sees the careless, with false alarms to be weighed.
# - What the model does not remember cannot be asked out of it: defences that hold are in the training.
#
# Next: not what somebody looks like, but whether they were there.
# [Was this patient in the data?](03_medical_membership.ipynb)
