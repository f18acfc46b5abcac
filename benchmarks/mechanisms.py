"""Any mechanism, audited from samples of its answers: how often a broken promise is caught, and an honest one accused.

``python benchmarks/mechanisms.py [--samples 20000] [--seeds 20] [--only WORDS]``. Leaklab's own mechanisms, and ones
that it did not make: an exponential mechanism and a geometric one written by hand, words, leaks, data-dependent noise.
"""

import argparse
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np
from table import Table

from leaklab.audit import Promise, audit_mechanism
from leaklab.privacy import CategoricalResponse, Composition, GaussianNoise, LaplaceNoise, RandomizedResponse

LAPLACE = LaplaceNoise.for_epsilon(1.0, sensitivity=1)
SHARE = LaplaceNoise.for_epsilon(0.2, sensitivity=1)
GAUSS = GaussianNoise.for_epsilon(1.0, sensitivity=1, delta=1e-2)
LESS = GaussianNoise(deviation=GAUSS.deviation / 2, sensitivity=1, delta=1e-2)
FLAVOURS = ("sweet", "salt", "sour", "bitter")


@dataclass(frozen=True)
class Case:
    """A mechanism, two neighbouring inputs, what is promised, and what is true; epsilons at the promise's delta."""

    name: str
    mechanism: Any
    on: Any
    beside: Any
    promised: float
    true: float
    delta: float = 0.0

    @property
    def broken(self) -> bool:
        return self.true > self.promised + 1e-6


def geometric(count, rng, scale=1.0):
    """Two-sided geometric noise by way of floating-point exponentials (Ghosh, Roughgarden and Sundararajan 2012)."""
    first, second = np.floor(rng.exponential(scale, 2))
    return int(count + first - second)


def exponential(votes, rng, epsilon=1.0):
    """The exponential mechanism (McSherry and Talwar 2007): a winner among options, by their votes; answers a word."""
    weights = np.exp(epsilon / 2 * (np.array(votes, float) - max(votes)))
    return FLAVOURS[rng.choice(len(votes), p=weights / weights.sum())]


def revealing(delta):
    """Nothing but a delta: answers the truth now and then, else None."""
    return lambda secret, rng: secret if rng.random() < delta else None


def leaking(chance):
    """Laplace noise that is forgotten now and then."""
    return lambda count, rng: count if rng.random() < chance else count + rng.laplace()


def in_words(scale):
    """A count in a sentence."""
    return lambda count, rng: f"about {round(count + rng.laplace(0, scale))} people"


def by_the_data(count, rng):
    """Noise whose scale depends on the data: smaller where the count is small."""
    return count + rng.laplace(0, 1 + 2 * (count > 119))


def one_forgotten(answers, rng):
    """Three numbers; the last one gets no noise."""
    return np.array(answers) + np.append(rng.laplace(0, 3, 2), 0)


def above(values, rng, noisy_threshold=True):
    """The first of many values above 0 (sparse vector technique, Dwork and Roth 2014, algorithm 1), or -1."""
    threshold = rng.laplace(0, 2) if noisy_threshold else 0.0
    over = np.flatnonzero(np.array(values) + rng.laplace(0, 4, len(values)) > threshold)
    return int(over[0]) if len(over) else -1


CASES = [
    Case("coin of the wrong bias: truth 0.6 for 0.5", RandomizedResponse.of_truth(0.6), True, False, np.log(3),
         np.log(4)),
    Case("Laplace noise of half the scale", LaplaceNoise(scale=0.5, sensitivity=1), 120, 119, 1.0, 2.0),
    Case("forgotten composition: 2 answers", Composition([LAPLACE] * 2), [120] * 2, [119] * 2, 1.0, 2.0),
    Case("forgotten composition: 5 answers", Composition([LAPLACE] * 5), [120] * 5, [119] * 5, 1.0, 5.0),
    Case("forgotten composition: 20 answers", Composition([LAPLACE] * 20), [120] * 20, [119] * 20, 1.0, 20.0),
    Case("die of five answers, epsilon 1.5 for 1", CategoricalResponse(1.5, tuple("abcde")), "a", "b", 1.0, 1.5),
    Case("Gaussian noise of half the deviation", LESS, 120, 119,
         GAUSS.guarantee.epsilon, LESS.guarantee.epsilon, 1e-2),
    Case("geometric noise by hand, half the scale", lambda n, rng: geometric(n, rng, 0.5), 120, 119, 1.0, 2.0),
    Case("exponential mechanism of four times the exponent", lambda n, rng: exponential(n, rng, 4.0), (6, 5, 5, 5),
         (5, 6, 5, 5), 1.0, 2.0),
    Case("truth with probability 0.1, delta 0.05", revealing(0.1), "ill", "well", 0.0, np.inf, 0.05),
    Case("noise forgotten in 1 of 100", leaking(0.01), 120, 119, 1.0, np.inf, 1e-5),
    Case("a sentence, half the scale", in_words(0.5), 120, 119, 1.0, 2.0),
    Case("scale that depends on the data", by_the_data, 120, 119, 1.0, np.inf),
    Case("one of three numbers without noise", one_forgotten, [1, 1, 1], [0, 0, 0], 1.0, np.inf),
    Case("sparse vector without noise on the threshold", lambda x, rng: above(x, rng, noisy_threshold=False),
         [-1] * 8 + [1], [0] * 9, 1.0, 1.8),
    Case("honest coin", RandomizedResponse.of_truth(0.5), True, False, np.log(3), np.log(3)),
    Case("honest Laplace noise", LAPLACE, 120, 119, 1.0, 1.0),
    Case("honest composition: 5 answers", Composition([SHARE] * 5), [120] * 5, [119] * 5, 1.0, 1.0),
    Case("honest die of five answers", CategoricalResponse(1.0, tuple("abcde")), "a", "b", 1.0, 1.0),
    Case("honest Gaussian noise", GAUSS, 120, 119, 1.0, 1.0, 1e-2),
    Case("honest geometric noise by hand", geometric, 120, 119, 1.0, 1.0),
    Case("honest exponential mechanism", exponential, (6, 5, 5, 5), (5, 6, 5, 5), 1.0, 0.5),
    Case("honest: truth with probability 0.05", revealing(0.05), "ill", "well", 0.0, 0.0, 0.05),
    Case("honest sentence", in_words(1.0), 120, 119, 1.0, 1.0),
    Case("honest sparse vector", above, [-1] * 8 + [1], [0] * 9, 1.0, 1.0),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", default="", help="cases with these words in their name")
    options = parser.parse_args()
    table = Table("mechanism", "promised:", "true:", "called broken:", "proven, median:", "largest:", "told by",
                  "CPU s:")
    for case in CASES:
        if options.only not in case.name:
            continue
        began = process_time()
        audits = [audit_mechanism(case.mechanism, case.on, case.beside, promise=Promise(case.promised, case.delta),
                                  samples=options.samples, rng=seed) for seed in range(options.seeds)]
        proven, told = [audit.epsilon for audit in audits], [audit.told_by for audit in audits]
        table.row(case.name, f"{case.promised:.2f}", f"{case.true:.2f}",
                  f"{sum(audit.caught for audit in audits)} of {options.seeds}", f"{np.median(proven):.2f}",
                  f"{max(proven):.2f}", max(set(told), key=told.count),
                  f"{(process_time() - began) / options.seeds:.1f}")


if __name__ == "__main__":
    main()
