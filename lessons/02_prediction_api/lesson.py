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
from leaklab.experiments.faces import VICTIMS, prepare

stage = prepare(load_faces("synthetic"), rng=0)
model = BlackBox(VICTIMS["MLP"].fit(stage.train.images, stage.train.person, rng=2))

# %% [markdown]
# The same as in lesson 01, in two lines: twenty private people with seven photographs each to train on, forty public
# people, an independent evaluator that will judge the faces, and a network with one hidden layer.
#
# ## A real server
#
# `serve` starts an HTTP server in this notebook. Every customer gets a key; only its hash is kept.

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
answer = json.load(urllib.request.urlopen(request))["predictions"][0]
print(f"Most likely: {stage.train.names[np.argmax(answer)]}, {max(answer):.0%}")

# %% [markdown]
# `RemoteApi` sends the same request, and is an *access* like the model of lesson 01; it only offers less. It also works
# against other servers that speak this interface (against those that you may attack, that is).

# %% tags=["nbval-check-output"]
from leaklab.access import RemoteApi

api = RemoteApi(server.url, key)
assert np.allclose(api.predict(photograph[None])[0], answer, atol=1e-6)
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
# `plus` and `minus` hold $f(z + \sigma u_i)$ and $f(z - \sigma u_i)$ as the server answered them; `u` has a direction in
# each row. Compute $\hat g$.

# %%
from leaklab.attacks.prior import EigenfacePrior
from leaklab.exercises import exercises

check, hint, solution = exercises("02")
prior = EigenfacePrior.fit(stage.public.images, components=100)
person, sigma, pairs = 3, 0.5, 200
z = np.zeros(len(prior.basis), np.float32)  # the mean public face
u = np.random.default_rng(0).normal(size=(pairs, len(z)))

def log_p(coefficients):
    faces = prior.decode(np.atleast_2d(coefficients))
    return np.log(np.maximum(api.predict(faces)[:, person], 1e-12))

plus, minus = log_p(z + sigma * u), log_p(z - sigma * u)

# %%
### BEGIN SOLUTION
slope = ((plus - minus) / (2 * sigma)) @ u / pairs
### END SOLUTION
check("2.1", slope, given=(plus, minus, u, sigma))

# %% [markdown]
# How good is it? We, who own the model, can look at the true gradient (the adversary cannot). The *cosine* says how well
# two directions agree: 1 the same, 0 nothing in common. Expect more queries to give a truer direction.

# %%
from leaklab.access import WhiteBox

_, by_image = WhiteBox(model._model).gradient(prior.decode(z[None]), [person])
true = prior.pull(by_image)[0]
gains = (plus - minus) / (2 * sigma)
for m in (5, 20, 50, 200):
    guess = gains[:m] @ u[:m] / m
    cosine = guess @ true / np.linalg.norm(guess) / np.linalg.norm(true)
    print(f"{2 * m:4} queries: cosine {cosine:.2f}")
