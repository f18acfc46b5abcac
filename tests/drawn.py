"""Every figure of `leaklab.plots`, with inputs as lessons have them and with ones that ask for more room."""

import numpy as np

from leaklab.attacks import Share
from leaklab.course import Result, Rules
from leaklab.evaluation import Likeness
from leaklab.experiments import BehindNoise, PropertyStudy
from leaklab.metrics import Interval, Rate, Spread, exposure, over_targets, roc
from leaklab.plots import audit, duel, faces, hardening, mechanisms, membership, person, private, reconstruction
from leaklab.plots import exposure as exposures
from leaklab.plots.lineup import lineup
from leaklab.plots.style import figure_of

FACES = np.random.default_rng(0).random((8, 16, 16))
NAMES = ["Ada", "Bo", "Clementine", "Dario", "Eleonora", "Fritz", "Guinevere", "Hal"]
LONG = "noise 0.2, the top class only, one decimal, at most 300 queries"
EPSILONS = (np.inf, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.2, 0.1)


def likeness(hits, beyond=0.5):
    return Likeness(Rate(hits, 20), Rate(20, 20), 0.05, np.full(20, beyond), np.zeros(20))


def curve(shift, n=300):
    rng = np.random.default_rng(0)
    return roc(np.r_[rng.normal(shift, 1, n), rng.normal(0, 1, n)], np.arange(2 * n) < n)


def targets(shift, k=12, n=200):
    rng = np.random.default_rng(0)
    trained_on = rng.permuted(np.tile(np.arange(n) < n // 2, (k, 1)), axis=1)
    return over_targets(rng.normal(shift * trained_on, 1), trained_on)


def found(k=32, n=400, first=20):
    rng = np.random.default_rng(0)
    trained_on = rng.permuted(np.tile(np.arange(k) < k // 2, (n, 1)), axis=1).T
    return exposure(rng.normal(6 * trained_on * (np.arange(n) < first), 1), trained_on)


def rates(*hits, of=100):
    return [Rate(hit, of) for hit in hits]


FALLING = rates(90, 88, 85, 80, 76, 70, 64, 60, 55, 52)
CURVES = {"accuracy": rates(95, 94, 93, 92, 91, 88, 86, 80, 70, 60), "face recovered\n(top-1)": FALLING,
          "was this photo used?\n(AUC, guess 0.5)": rates(*range(60, 50, -1))}
PATIENTS = {"accuracy": rates(69, 73, 73, 73, 73, 73, 73, 72, 70, 67),
            "membership\nattack (AUC)": rates(63, 53, 53, 53, 52, 52, 52, 51, 51, 51)}


def suspicious(n, since):
    return np.r_[np.zeros(since), np.full(n - since, 2.0)]


def noisy(count):
    """The last patient behind so many strengths of noise."""
    return [BehindNoise(1 / s, 1.0, 1e-5, s, 1.0, Rate(round(18 * 0.7**i), 20), 0.05, 0.98**i, 0.8**i)
            for i, s in enumerate(np.geomspace(1e-4, 10, count))]


def shares_read(spread, k=60):
    rng, truth = np.random.default_rng(0), np.resize([0.3, 0.7], k)
    return PropertyStudy.of(truth, [Share(one, 0.0, 1.0, 0.95, one)
                                    for one in np.clip(0.5 + spread * (truth - 0.5) + rng.normal(0, 0.1, k), 0, 1)])


def fought(auc, accuracy=0.72):
    right, apart = Rate(round(4000 * accuracy), 4000), Interval(auc, auc - 0.03, auc + 0.03)
    return Result(right, apart, Rate(5, 500), 1000, Rules())


FIGURES = {
    "allowed_region": lambda: audit.allowed_region(1.0, 1e-5, (Rate(60, 100), Rate(5, 100))),
    "allowed_region, bare": lambda: audit.allowed_region(0.25, 1e-5),
    "allowed_region, corner": lambda: audit.allowed_region(4.0, 1e-5, (Rate(500, 500), Rate(0, 500))),
    "measured_dots": lambda: audit.measured_dots({"A": Interval(2, 1, 3), "B": Interval(np.inf, 5, np.inf)}, 4.0),
    "measured_dots, long": lambda: audit.measured_dots({LONG: Interval(.2, .1, 9), "B": Interval(1, 0, 2)}, 0.1),
    "roc_spread": lambda: exposures.roc_spread({"loss threshold": targets(1.0), "LiRA": targets(2.0)}),
    "roc_spread, long": lambda: exposures.roc_spread({LONG: targets(1.0), "b": targets(0.0, k=5)}),
    "exposed": lambda: exposures.exposed(found()),
    "exposed, groups": lambda: exposures.exposed(found(), np.array(["healthy", "ill, unexpectedly", LONG, "z"])[
        np.arange(400) % 4]),
    "auc_dots": lambda: exposures.auc_dots({"rare": Interval(0.7, 0.62, 0.77), "common": Spread.of([0.48, 0.53])}),
    "auc_dots, long": lambda: exposures.auc_dots(
        {f"{LONG}: group {i}": Interval(0.5 + i / 30, 0.45 + i / 30, 0.55 + i / 30) for i in range(12)}),
    "auc_dots, kinds": lambda: exposures.auc_dots(
        {f"{LONG}: group {i}": Interval(0.5 + i / 30, 0.45 + i / 30, 0.55 + i / 30) for i in range(12)},
        kinds=["ill, unexpectedly", "healthy", LONG] * 4),
    "picked_behind_noise": lambda: reconstruction.picked_behind_noise(noisy(8)),
    "picked_behind_noise, two": lambda: reconstruction.picked_behind_noise(noisy(2)),
    "estimated_shares": lambda: reconstruction.estimated_shares({
        "as it was": shares_read(0.0), "private": shares_read(1)}),
    "estimated_shares, long": lambda: reconstruction.estimated_shares({
        LONG: shares_read(0.5), "b": shares_read(1, 10)}),
    "duel": lambda: duel({"I threshold": fought(0.55), "II shadow models": fought(0.66), "III": fought(0.8, 0.6)}),
    "duel, long": lambda: duel({LONG: fought(0.5)}),
    "two_outputs": lambda: mechanisms.two_outputs(*np.random.default_rng(0).laplace(size=(2, 500)), threshold=0.5),
    "two_outputs, long": lambda: mechanisms.two_outputs([1.0, 2.0], [1.0, 1.0], names=(LONG, "<b>")),
    "odds_dots": lambda: mechanisms.odds_dots({"epsilon 0.1": (48, 52), "epsilon 1": (27, 73), "epsilon 4": (2, 98)}),
    "odds_dots, long": lambda: mechanisms.odds_dots({"noise in the data, epsilon 0.1": (50, 50)}),
    "portrait_grid": lambda: faces.portrait_grid(
        {"truth": FACES, "recovered\nfrom the name": FACES}, names=NAMES, size=0.8,
        numbers={"recovered\nfrom the name": [f"{i / 10:.0%} sure" for i in range(8)]}),
    "portrait_grid, bare": lambda: faces.portrait_grid({"": FACES}),
    "portrait_grid, long": lambda: faces.portrait_grid(
        {LONG: FACES[:3], "truth": FACES[:3]}, names=["Bartholomew Featherstonehaugh", "x" * 30, "Bo"], size=0.7,
        numbers={LONG: ["recognised as someone else", "ok", "correlation 0.55"]}),
    "portrait_grid, one": lambda: faces.portrait_grid({"the truth": FACES[:1], "b": FACES[:1]}, names=["<b onx=1>"]),
    "path_strip": lambda: faces.path_strip(np.tile(FACES, (3, 1, 1)), range(0, 2400, 100), np.linspace(0, 1, 24),
                                           truth=FACES[0], size=0.8),
    "path_strip, bare": lambda: faces.path_strip(FACES[:2], [0, 1], [0.0, 1.0]),
    "likeness_bars": lambda: faces.likeness_bars(
        {"ceiling: the photographs": likeness(20, 1), "MI-Face from grey": likeness(1, 0.2),
         "recovered from the name": likeness(19), "names enrolled without photographs": likeness(1, 0.0)},
        attacks=("MI-Face from grey", "recovered from the name")),
    "likeness_bars, long": lambda: faces.likeness_bars({LONG: likeness(20)}, attacks=(LONG,)),
    "both_sides": lambda: hardening.both_sides(
        {"probabilities": (Rate(19, 20), Rate(57, 60)), "one decimal": (Rate(15, 20), Rate(56, 60)),
         "noise 0.2, top class, one decimal": (Rate(2, 20), Rate(30, 60))}, chance=0.05,
        notes={"probabilities": "Brier score 0.02", "one decimal": "states no probability"}),
    "both_sides, adapted": lambda: hardening.both_sides(
        {"probabilities": (Rate(19, 20), Rate(57, 60)), "the top class only": (Rate(18, 20), Rate(56, 60))},
        chance=0.05, as_given={"the top class only": Rate(13, 20)}, notes={"the top class only": "Brier score 0.12"}),
    "both_sides, long": lambda: hardening.both_sides({LONG: (Rate(2, 20), Rate(30, 60))}, chance=0.05,
                                                     notes={LONG: "Brier score 0.02 on 60 photographs"}),
    "success_by_queries": lambda: hardening.success_by_queries(
        {"probabilities": ([41, 200, 1000], rates(1, 10, 19, of=20)),
         "the first name only": ([50, 300, 100_000], rates(1, 8, 19, of=20))}, chance=0.05),
    "success_by_queries, likeness": lambda: hardening.success_by_queries(
        {"probabilities": ([41, 200, 1000], rates(1, 10, 19, of=20)),
         "the first name only": ([50, 300, 100_000], rates(13, 14, 19, of=20))}, chance=0.05,
        likeness={"probabilities": np.array([0.1, 0.5, 0.7]), "the first name only": np.array([0.55, 0.6, 0.66])}),
    "success_by_queries, long": lambda: hardening.success_by_queries(
        {LONG + " by asking once more": ([1, 2, 3], rates(1, 10, 19, of=20))}, chance=0.05),
    "traffic": lambda: hardening.traffic([("a student", np.zeros(5)), ("the attacker", suspicious(900, 16)),
                                          ("a customer with a rather long name", np.zeros(100))]),
    "traffic, nobody": lambda: hardening.traffic([]),
    "traffic, many": lambda: hardening.traffic([(f"customer {i}", suspicious(100 + i, 90)) for i in range(12)]),
    "lineup": lambda: lineup(FACES[0], FACES[1:6], marks={"the truth": 2, "your answer": 3, "the machine": 3}),
    "lineup, none": lambda: lineup(FACES[0], FACES[1:6], size=0.6, marks={
        "the truth": None, "your answer": None, "the machine": None}),
    "learning_curve": lambda: membership.learning_curve(
        [1, 3, 5, 10, 20, 50], [0.7, 0.75, 0.8, 0.85, 0.9, 0.99], [0.7, 0.74, 0.73, 0.72, 0.7, 0.68]),
    "learning_curve, close": lambda: membership.learning_curve(
        [1, 2, 30, 40, 50], {"small network": [0.6, 0.7, 0.8, 0.8, 0.81], LONG: [0.6, 0.7, 0.8, 0.8, 0.8]},
        [0.6, 0.7, 0.8, 0.8, 0.8]),
    "score_histograms": lambda: membership.score_histograms(
        np.random.default_rng(0).gamma(1, 1, 900), np.random.default_rng(1).gamma(3, 1, 300),
        quantity="loss on the true outcome", log=True, threshold=0.7, record=0.5),
    "score_histograms, close": lambda: membership.score_histograms(
        {"members of the early stopped model": np.random.default_rng(0).normal(0, 1, 900)},
        {"others": np.random.default_rng(1).normal(0, 1, 900)}, threshold=0.1, record=0.12, quantity=LONG + LONG),
    "roc_curve": lambda: membership.roc_curve({"early stopped": curve(0.3), "fully trained": curve(1.0)}),
    "roc_curve, long": lambda: membership.roc_curve({LONG: curve(0.3, 20_000), "b": curve(1.0, 30)}),
    "score_chart": lambda: membership.score_chart({"you": Rate(9, 20), "the attack": Rate(14, 20)}),
    "score_chart, nobody": lambda: membership.score_chart({}, chance=0.16),
    "in_and_out": lambda: person.in_and_out(np.random.default_rng(0).normal(3, 1, 40),
                                            np.random.default_rng(1).normal(-2, .5, 30), 1.0),
    "in_and_out, edge": lambda: person.in_and_out([1.0, 2.0], [0.0, 1.0], target=99.0),
    "tradeoff": lambda: private.tradeoff(EPSILONS, PATIENTS, chance=0.5),
    "tradeoff, marked": lambda: private.tradeoff(EPSILONS, CURVES, chance=0.05, marked=0.2, ylim=(0, 1.05)),
    "faces_along": lambda: private.faces_along([np.inf, 8, 0.5], np.tile(FACES, (3, 1, 1, 1)), FACES,
                                               ratios=["20 of 20", "3 of 20\nrecognised", "0 of 20"]),
    "dial": lambda: private.dial(EPSILONS, PATIENTS, CURVES),
}
"""Description -> a function that draws it."""


def drawn(name):
    """The figure of that name."""
    made = FIGURES[name]()
    return figure_of(made) if hasattr(made, "figure") and not hasattr(made, "savefig") else made
