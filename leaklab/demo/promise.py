"""Is the guarantee true? Trainers with and without a planted bug are audited."""

from typing import cast

import numpy as np
from markupsafe import Markup

from leaklab.audit import CanaryAudit, Measured, PlainTrainer
from leaklab.data import load_patients
from leaklab.demo.part import Advice, Part, Rows, Shared, percent
from leaklab.demo.pictures import drawn
from leaklab.metrics import Rate
from leaklab.plots import measured_dots
from leaklab.privacy import Batches
from leaklab.training import DPSGD, SoftmaxRegression, fit_stack

MODELS, EPSILON, DELTA, PEOPLE = 4000, 4.0, 1e-5, 30
PLANTED = {
    "unnoised layer": ("noise forgotten", "most of the program's numbers get no noise"),
    "noise over batch twice": ("noise divided twice", "the noise is divided by the size of the batch once too often"),
    "clip the average": ("average clipped", "the limit holds for the average of all, not for each one")}
"""Bugs that are planted (keys of `leaklab.audit.BUGS`), and what the page calls them."""


def promise_kept(shared: Shared) -> Part:
    """Train thousands of models with and without a canary, and hold what an adversary sees against the promise."""
    people = load_patients("synthetic").sample(PEOPLE, rng=0, balanced=True)
    plan = Batches.over_epochs(PEOPLE, size=15, epochs=8)
    recipe = SoftmaxRegression(optimizer="sgd", learning_rate=0.01, dp=DPSGD.for_epsilon(EPSILON, plan, delta=DELTA))
    trainers = {"Leaklab's own": (fit_stack, "none planted"), "another, in numpy": (PlainTrainer(), "none planted"),
                **{name: (PlainTrainer(bug), what) for bug, (name, what) in PLANTED.items()}}
    audits = {name: CanaryAudit(models=MODELS)(trainer, recipe, people.x, people.label, delta=DELTA, rng=0,
                                               progress=shared.progress)
              for name, (trainer, _) in trainers.items()}
    measured = {name: cast(Measured, audit.measured) for name, audit in audits.items()}  # of many models, not of one
    proven = {name: one.epsilon for name, one in measured.items()}
    promised, most = next((round(one.promised.epsilon, 2), one.most) for one in audits.values())
    caught = [name for name, audit in audits.items() if audit.caught]
    planted = [name for name in caught if name in dict(PLANTED.values())]
    false_alarms = [name for name in caught if name not in planted]

    def dots(ax, wide):
        measured_dots(proven if wide else {name.replace(" ", "\n", 1): one for name, one in proven.items()}, promised,
                      ax=ax)
        ax.set_xlabel("epsilon: at the marker what is proven" + "; the line, what might be" * wide)

    def row(name):
        one, audit = measured[name], audits[name]
        return (name, trainers[name][1], percent(Rate(one.tp, one.tp + one.fn)), percent(Rate(one.fp, one.fp + one.tn)),
                f"at least {one.epsilon.low:.2f}", "broken" if audit.caught else "not refuted")

    return Part(
        "A promise about dice is worth as much as the program that throws them. One wrong line can undo it, and "
        "neither the trained program nor its right answers show the mistake. So one tests such a program as one tests "
        "a lock: by trying to break it, thousands of times.",
        Markup("Such a test is called an <dfn>audit</dfn>. One trains {models:,} <dfn>models</dfn>, each with or "
               "without one conspicuous record, the <dfn>canary</dfn>, by the toss of a coin, and lets somebody who "
               "watches the training say which it was. All trainers here promise <dfn>epsilon</dfn> {promised:g}: with "
               "the canary, nothing gets more than e to the power of {promised:g} = {factor:.0f} times as likely. Who "
               "is right more often than that has <dfn>refuted</dfn> the promise. The <dfn>true-positive rate</dfn> is "
               "the share of models with the canary of which this is said, the <dfn>false-positive rate</dfn> the "
               "share of those without. Three of the trainers have a bug, planted for the test.").format(
                   models=MODELS, promised=promised, factor=np.exp(promised)),
        (drawn("audit", f"A line for each trainer, with a mark at the epsilon that is proven, and a dashed line at the "
               f"promised {promised:g}. " + " ".join(f"{name}: at least {one.low:.2f}." for name, one in proven.items())
               + f" Beyond the promise, and so broken: {', '.join(caught) or 'none'}.", dots, height=4.2, low=4.8),
         Rows(f"Audits of {MODELS:,} models each, at 95% confidence. No audit of this size can prove more than "
              f"{most:.2f}, not even of a trainer that adds no noise at all.",
              ("trainer", "bug", "true-positive rate", "false-positive rate", "proven epsilon", "promise"),
              [row(name) for name in audits]),
         "An audit refutes, and never proves: “not refuted” says that this watcher, with so many models, found "
         "nothing."),
        (Advice("Audit the program that trains privately, once before you rely on it, and after each change.",
                f"{len(planted)} of {len(PLANTED)} planted bugs were found, each one line long, with {MODELS:,} small "
                f"models; of {len(trainers) - len(PLANTED)} trainers without one, {len(false_alarms) or 'none'} "
                f"{'was' if len(false_alarms) < 2 else 'were'} called broken."),))
