# %% [markdown]
# # 06 · Noise: how does it protect?
#
# A clinic wants to know how many of its patients have ever smoked. The patients would rather not say: an insurer reads
# the minutes. In 1965 Stanley Warner found a way out. Everybody answers, **nobody's answer gives them away**, and the
# clinic still learns the share. All it takes is a coin.
#
# **After this page you can**
# - protect a yes-or-no answer by hand, and take the noise out again where many answered;
# - say what epsilon means in words that people understand: so many of a hundred;
# - put noise into the data, into the answers or into the training, and say what each place costs;
# - add up a budget, and steal a secret from somebody who forgot to;
# - find out which of four offices breaks its promise.
#
# **Minutes:** 45 (the coin 12, odds 6, three places 10, composition 8, the audit 5, where it fails 4).
# **Before it:** [what the data decides](05_what_the_data_decides.ipynb); from
# [what leaks, and to whom](00_start_here.ipynb), what an adversary is.

# %% [markdown]
# ## The threat model
#
# | | here |
# |---|---|
# | **What is secret?** | one person's answer; or that one person was counted |
# | **What does the adversary hold?** | everything that is published, and nothing else |
# | **What do they know?** | the noise that was used, and the true answers of *all other* people |
# | **How many queries?** | one at first; then many, and that will matter |
# | **What would be luck?** | a belief that stays where it was before |
#
# **Whose data?** Nobody's: the embedded cohort of invented patients, under Leaklab's own licence, Apache-2.0.

# %%
# %matplotlib inline
import numpy as np

from leaklab.course import exercises

check, hint, solution = exercises("06")

# %% [markdown]
# ## An answer under a coin
#
# Each patient tosses a coin where nobody sees it.
#
# - **Heads:** tell the truth.
# - **Tails:** toss again, and say "yes" for heads, "no" for tails, whatever is true.
#
# Who says "yes" may have been told to by the coin. That is *deniability*, and it is true.
#
# ## Exercise 6.1: be the patient
#
# Write `answer(secret, rng)`: the secret is True or False, and so is the answer. `rng.random() < 0.5` is a fair coin.

# %%
def answer(secret, rng):
    ### BEGIN SOLUTION
    if rng.random() < 0.5:
        return secret
    return rng.random() < 0.5
    ### END SOLUTION

check("6.1", answer)

# %% [markdown]
# How much does a "yes" tell? Somebody who smoked says it if the first coin shows heads, or the second does after
# tails: $\tfrac12 + \tfrac14 = \tfrac34$ of the time. Somebody who never smoked says it $\tfrac14$ of the time. The
# logarithm of that ratio is **epsilon**:
#
# $$\varepsilon = \ln\frac{P[\text{yes} \mid \text{smoked}]}{P[\text{yes} \mid \text{never}]}
# = \ln\frac{3/4}{1/4} = \ln 3 .$$

# %% tags=["nbval-check-output"]
from leaklab.privacy import RandomizedResponse

coin = RandomizedResponse.of_truth(0.5)
assert np.isclose(coin.epsilon, np.log(0.75 / 0.25))
print(coin.guarantee)

# %% [markdown]
# **Neighbours** are the two inputs that the promise compares: here, one person's answer and another in its place.
#
# ## Exercise 6.2: be the clinic
#
# A thousand patients answer. The share of "yes" is not the share of smokers: a quarter of all answers are a "yes" from
# the coin. With $p$ for the true share, $P[\text{yes}] = \tfrac14 + \tfrac12 p$. Turn it round. **Predict** first: will
# a thousand tossed coins leave you with an interval 30 percentage points wide, or 10?
# <!-- given: 10, 30 (a question; the answer is printed below) -->

# %%
from leaklab.data import load_patients

patients = load_patients("synthetic")
smoked = patients.features["Smoker"].to_numpy(bool)[:1000]
answers = coin.release(smoked, rng=0)
yes = int(answers.sum())

# %%
### BEGIN SOLUTION
share = (yes / 1000 - 0.25) / 0.5
### END SOLUTION
check("6.2", share, given=(yes, 1000))

# %% tags=["nbval-check-output"]
found = coin.estimate(yes, 1000)
assert np.isclose(found.value, (yes / 1000 - 0.25) / 0.5)
print(f"{yes} of 1,000 said yes; estimate {found}; the truth {smoked.mean():.2f}")
print(f"{(answers != smoked).sum()} of the 1,000 answers are not the truth, and nobody knows which")

# %% [markdown]
# The interval is exact: it covers what the coins can do. And *everybody* lied or told the truth by chance. Now turn the
# coin yourself: a larger epsilon is a coin that lets people tell the truth more often. Find the smallest crowd in
# which you would still trust the estimate. Then ask **one** person ten times.

# %%
from leaklab.course import Survey, has_smoked
from leaklab.widgets import NoiseBench

NoiseBench(Survey(has_smoked(patients), people=40, rng=6))

# %% [markdown]
# For readers without a running notebook: forty people, and the coin from above.

# %%
NoiseBench(Survey(has_smoked(patients), people=40, rng=6)).still()

# %% [markdown]
# *The figure: forty dots, full for "yes", crossed where the answer is not the truth. Beside it the true share, the
# estimate with its long interval, and the share of the answers as they are.*
#
# ## Epsilon as odds
#
# "Epsilon is 1.1" tells a patient nothing. Nanayakkara and others (2023) tried explanations on 963 people. Those who
# were given **odds**, with and without their data, judged the risk better than those who were given other words. So
# count: of 100 possible results, how many would lead a suspicious reader to believe that you took part?
#
# <!-- given: 1.1 (ln 3, the coin above) -->
# <!-- given: 963 (Nanayakkara and others 2023, abstract) -->
#
# $$\text{without you: } \frac{100}{1 + e^{\varepsilon}} \qquad
# \text{with you, at most: } \frac{100\, e^{\varepsilon}}{1 + e^{\varepsilon}}$$

# %% tags=["nbval-check-output"]
from leaklab.privacy import odds_words, of_hundred

without, with_you = of_hundred(1.0)
assert np.isclose(without, 100 / (1 + np.exp(1))) and np.isclose(with_you, 100 - without)
print(odds_words(1.0))

# %%
from leaklab.plots import odds_dots

odds_dots({f"epsilon {e:g}": of_hundred(e) for e in (0.1, 1, 4)}).figure

# %% [markdown]
# *The figure: squares of a hundred dots. At epsilon 0.1 the two squares are 48 and 52: hardly to be told apart. At
# epsilon 1 they are 27 and 73, at epsilon 4 they are 2 and 98.*
#
# ## Exercise 6.3: tell a patient
#
# What are the two numbers of a hundred at epsilon 2? Answer with both: without, with.

# %%
### BEGIN SOLUTION
without_them = 100 / (1 + np.exp(2))
without_them, with_them = without_them, 100 - without_them
### END SOLUTION
check("6.3", (without_them, with_them))

# %% [markdown]
# ## Noise in the answer
#
# A coin for each person is dear: the clinic itself never sees the truth. If patients trust the **clinic**, but not who
# reads its report, then the clinic may count first, and blur only the published count. One person moves a count by 1
# at most: that is its **sensitivity**. Laplace noise of scale $b$ has the density
#
# $$f(z) = \frac{1}{2b}\, e^{-|z|/b}, \qquad b = \frac{\text{sensitivity}}{\varepsilon},$$
#
# so moving the count by 1 changes the density of any answer by the factor $e^{1/b} = e^{\varepsilon}$ at most.

# %% tags=["nbval-check-output"]
from scipy.stats import laplace

from leaklab.privacy import LaplaceNoise

noise = LaplaceNoise.for_epsilon(1.0, sensitivity=1, unit="person")
z = np.linspace(-5, 5, 101)
b = noise.sensitivity / noise.guarantee.epsilon
assert b == noise.scale and np.allclose(np.exp(-abs(z) / b) / (2 * b), laplace.pdf(z, scale=noise.scale))
assert (laplace.pdf(z, scale=b) <= np.exp(1.0) * laplace.pdf(z - 1, scale=b) * (1 + 1e-9)).all()
print(f"epsilon {noise.guarantee.epsilon:g}: scale {noise.scale:g}")

# %%
from leaklab.plots import two_outputs

rng = np.random.default_rng(6)
with_her, without_her = (noise.release(np.full(20_000, count), rng=rng) for count in (120.0, 119.0))
two_outputs(with_her, without_her, threshold=119.5).figure

# %% [markdown]
# *The figure: 20,000 answers with Mrs. A. (a count of 120) and 20,000 without her (119). The two hills overlap. Who
# guesses "she is in it" at 119.5 or more is right in 69% of the worlds with her, and wrong in 30% of those without.*
#
# Below the bound of 73 and 27: the coin reaches it, this noise does not, though no threshold tells the two apart better
# than this one. Guess at 120 or more, and the two rates have the full ratio $e$.
#
# Now beside the coin: the same question, the same epsilon, **Expect** which to be nearer the truth?

# %% tags=["nbval-check-output"]
same = RandomizedResponse(1.0)
rng, truth = np.random.default_rng(0), smoked.mean()
by_coin = [same.estimate(int(same.release(smoked, rng=rng).sum()), 1000).value - truth for _ in range(200)]
by_count = noise.release(np.full(200, smoked.sum()), rng=rng) / 1000 - truth
print(f"typical error of the share: {np.std(by_coin):.3f} by coins, {np.std(by_count):.4f} by one noisy count")

# %% [markdown]
# A twentieth, for the same epsilon. The price is trust: somebody holds the true table, and it can be
# stolen.
#
# ## Exercise 6.4: how much noise?
#
# The clinic publishes two counts at once: those who smoked, and those with diabetes. A person may be in both. Together
# they shall cost epsilon 0.5. Which scale must the Laplace noise on each count have?

# %%
### BEGIN SOLUTION
scale = 2 / 0.5
### END SOLUTION
check("6.4", scale)

# %% [markdown]
# ## Three places, one axis
#
# A model learns from a table. Noise can go to **the data** (each patient answers every question under a coin), to
# **the answers** (counts of all combinations of answers, blurred once, and a model fitted to them), or to **the
# training** (each step blurred: [lesson 07](07_private_training.ipynb) shows how). Five yes-or-no questions about a
# patient, and the outcome: diabetes. Learn from 2,000 patients, test on 2,000 others, half of them ill; eight times.
#
# **Expect** one of the three to fall far before the others. Which?

# %%
from leaklab.experiments import noise_places
from leaklab.plots import tradeoff

crowd = load_patients(patients=140_000, rng=1)
points = noise_places(crowd, [np.inf, 16, 8, 4, 2, 1, 0.5, 0.1], people=2000, repeats=8, rng=1)
epsilons = [point.epsilon for point in points]

# %%
curves = {f"in the {place}": [getattr(point, place) for point in points] for place in ("answers", "training", "data")}
ax = tradeoff(epsilons, curves, chance=0.5)
ax.set_ylabel("right about new people")
ax.figure

# %%
for point in points[::2] + points[-1:]:
    print(f"epsilon {point.epsilon:<4g} answers {point.answers.value:.2f}, training {point.training.value:.2f}, "
          f"data {point.data.value:.2f} [{point.data.low:.2f}, {point.data.high:.2f}]")

# %% [markdown]
# *The figure: without noise all three are right for 0.73 of new people. With noise in the answers or in the training
# they stay there nearly to the end: 0.72 and 0.71 at epsilon 0.1. With noise in the data the curve has fallen to 0.63
# at epsilon 2, and at 0.5 its interval, from 0.40 to 0.63, holds guessing.*
#
# Same people, same model, same epsilon. A coin for each person must hide each of six answers from *everybody*; one
# blurred count hides 2,000 people behind each other. (Nor are the three promises quite the same: in the data for a
# row that is replaced, in the other places for one added or removed, in the training with a delta of 1 in 100,000.)
# The nearer the noise is to the person, the less anybody must be trusted, and the more it costs. <!-- given: 100,000
# (delta 1e-5 of noise_places) -->

# %% [markdown] tags=["trainer"]
# **Trainer.** "Worse than guessing?" At the smallest epsilon a model fitted to so noisy a table points anywhere:
# each of the eight is a throw of dice, for or against the truth, and other seeds end above one half. Ask what would
# help: more people. The noise in the data shrinks with the square root of their number.

# %% [markdown]
# ## The budget
#
# The board wants the clinic's count every week. Each answer alone keeps epsilon 1. But whoever reads two knows more
# than who reads one: their losses **add up**, $\varepsilon = \varepsilon_1 + \varepsilon_2 + \dots$

# %% tags=["nbval-check-output"]
from leaklab.privacy import Composition

year = Composition([noise] * 52)
assert year.guarantee.epsilon == 52 * noise.guarantee.epsilon
print(f"one answer: epsilon {noise.guarantee.epsilon:g}; a year of them: epsilon {year.guarantee.epsilon:g}")

# %% [markdown]
# Fresh noise each week, the same patients. Here is the year of a clinic that forgot to add up.

# %%
secret_count = int(np.random.default_rng().integers(60, 180))
weekly = np.array(year.release([secret_count] * 52, rng=np.random.default_rng()))
print(weekly[:8].round(1), "...")

# %% [markdown]
# ## Exercise 6.5: the year's secret
#
# Find the exact number of people that was counted.

# %%
### BEGIN SOLUTION
exact = round(weekly.mean())
### END SOLUTION
check("6.5", exact, given=weekly)

# %% [markdown] tags=["trainer"]
# **Trainer.** The noise is different at every run, so nobody can copy. About one run in a hundred the mean rounds to a
# neighbour; the judge accepts what the answers say. Ask: what if the clinic draws its noise *once*, and repeats that
# answer? Then nothing adds up, and nobody learns that the count has changed.

# %% [markdown]
# Noise averages out; a forgotten budget is a leak. Kept, it is a division: 20 answers at epsilon 0.1 cost 2. For many
# answers one can add up more sharply, if a small delta is allowed. Lesson 07 lives on that.

# %% tags=["nbval-check-output"]
twenty = [LaplaceNoise.for_epsilon(0.1, sensitivity=1)] * 20
for way in (Composition(twenty), Composition(twenty, accountant="pld", delta=1e-5)):
    print(f"{way.accountant:18} epsilon {way.guarantee.epsilon:.2f} at delta {way.guarantee.delta:g}")

# %% [markdown]
# ## Four offices
#
# Offices A to D publish noisy answers: a poll of one person, a count, a count on each of five days, a count with noise
# that may fail now and then. All promise epsilon 1. **Two break their word.** Their programs are closed, but you may
# feed them: once with your person in, once without, 20,000 times each. If the answers differ more than epsilon 1
# allows, the promise is refuted: $P[S \mid \text{with}] \le e^{\varepsilon} P[S \mid \text{without}]$ must hold for
# every set $S$ of answers. A rule for $S$ is learned on one half of the answers, and **counted on the other**.

# %%
from leaklab.audit import audit_mechanism, suspects

offices = suspects(rng=3)  # no peeking
audits = {name: audit_mechanism(office, office.on, office.beside, rng=0) for name, office in offices.items()}

# %%
for name, audit in audits.items():
    print(f"{name}: epsilon at least {audit.epsilon:.2f}, promised {audit.promised.epsilon:g}; {audit.event}")

# %% [markdown]
# ## Exercise 6.6: who breaks their word?
#
# Answer with a set of letters, such as `{"A", "B"}`.

# %%
### BEGIN SOLUTION
broken = {name for name, audit in audits.items() if audit.epsilon > audit.promised.epsilon}
### END SOLUTION
check("6.6", broken, given=audits)

# %%
from leaklab.plots import measured_dots

shown = {f"{name}: {'broken' if office.broken else 'honest'} {office.publishes}": audits[name].measured.epsilon
         for name, office in offices.items()}
measured_dots(shown, 1.0).figure

# %% [markdown]
# *The figure: two squares, the offices A and D, stand near 3, right of the dashed line at the promised 1. Two dots, B
# and C, stand just left of it.*
#
# Of office D nobody forgot noise: each of its five answers keeps epsilon 1, and all five together were sold as one. And
# B and C? They were **not refuted**, on this pair of inputs, by these rules. An audit that finds nothing clears nobody;
# [lesson 08](08_audit.ipynb) is about that.
#
# ## Where noise fails
#
# **Asked again.** You have seen it: no noise survives a question that is answered without end.
#
# **Small groups.** The coin that finds the share among 1,000 people says nothing about 12:

# %% tags=["nbval-check-output"]
print("share among twelve, nine of whom said yes:", coin.estimate(9, 12))

# %% [markdown]
# **Families.** The promise is about *one* person. Four siblings share a gene, and each answers once, under a coin:

# %% tags=["nbval-check-output"]
print(f"all four say yes: a belief of 50% becomes {coin.belief(0.5, yes=4, no=0):.0%}")
print(f"promised to four together: epsilon {coin.guarantee.for_groups_of(4).epsilon:.1f}")

# %% [markdown]
# **Rare answers.** What few people answer drowns in the coins of the many who do not. One thousand patients were asked
# whether they ever had a stroke:

# %% tags=["nbval-check-output"]
stroke = patients.features["Stroke"].to_numpy(bool)[:1000]
print(f"{stroke.sum()} of 1,000 had one; estimate {coin.estimate(int(coin.release(stroke, rng=6).sum()), 1000)}")

# %% [markdown]
# **Facts about everybody.** That smokers fall ill more often stays true, with or without you. Noise hides that *you*
# answered. It does not hide what is known of people like you.

# %% [markdown]
# ## What you would tell your management
#
# | | |
# |---|---|
# | **Adversary** | reads all that is published; knows the noise, and the answers of all other people |
# | **Worst group** | families: of four siblings a belief of 50% becomes 99%; of twelve people: 1.00 [0.50, 1.00] |
# | **Number exposed** | within the budget nobody; without it the year's exact count. Two of four offices broke it |
# | **Not tested** | other pairs of inputs; where the true table lies; the last digits of what is published |
# | **Promised, and for which unit** | one person, one answer: 1; a year: 52; four siblings under a coin: 4.4 |

# %% [markdown]
# ## Words
#
# - **randomised response**: each person's own coin decides whether they tell the truth.
# - **[epsilon](#Epsilon-as-odds)**: the logarithm of how much likelier any result may become through one person.
# - **neighbours**: the two inputs that a promise compares, one person in or out, or one answer changed.
# - **[sensitivity](#Noise-in-the-answer)**: how far one person can move an answer; stated, never read off the data.
# - **mechanism**: a program that answers with noise, and has a guarantee.
# - **[composition](#The-budget)**: several answers about the same people; their epsilons add up to the budget.
# - **delta**: a probability with which the promise may fail altogether; to be kept far below 1 in the number of people.
#
# ## To read
#
# - Warner, *Randomized response*, 1965. [doi](https://doi.org/10.1080/01621459.1965.10480775)
# - Dwork, McSherry, Nissim and Smith, *Calibrating noise to sensitivity in private data analysis*, 2006.
#   [doi](https://doi.org/10.1007/11681878_14)
# - Balle and Wang, *Improving the Gaussian mechanism for differential privacy*, 2018.
#   [arXiv](https://arxiv.org/abs/1805.06530)
# - Ding and others, *Detecting violations of differential privacy*, 2018. [arXiv](https://arxiv.org/abs/1805.10277)
# - Nanayakkara, Smart, Cummings, Kaptchuk and Redmiles, *What are the chances? Explaining the epsilon parameter in
#   differential privacy*, 2023. [arXiv](https://arxiv.org/abs/2303.00738)
#
# ## What you saw
#
# - A coin gives each person deniability, and a crowd its share. Epsilon is the logarithm of what one answer tells.
# - Say it as odds: so many of a hundred, with you and without you.
# - Noise in the answers costs far less than noise in the data, and asks for trust in whoever holds the table.
# - Epsilons add up. Who forgets, leaks; who audits, finds out from the answers alone.
# - Noise hides one person, once. Not a family, not a question asked for ever, not what is true of everybody.
#
# Next: [what does a guarantee cost?](07_private_training.ipynb)
