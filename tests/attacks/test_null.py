"""Null is null: models that know nothing of who was a member, under every design of halves."""

import numpy as np
import pytest

from leaklab.attacks import lira_turns, rmia_turns
from leaklab.metrics import over_targets
from leaklab.training import halves

TRAINED = ASKED = 300


def independent(k, n, rng):
    return rng.permuted(np.tile(np.arange(n) < n // 2, (k, 1)), axis=1)


def pairs(k, n, rng):
    half = independent(k // 2, n, rng)
    return np.concatenate([half, ~half])


def nearly_pairs(k, n, rng):
    """Opposite halves but for a tenth of the rows."""
    trained_on = pairs(k, n, rng)
    other = rng.random(n) < 0.1
    trained_on[k // 2:, other] = independent(k // 2, n, rng)[:, other]
    return trained_on


def twins(k, n, rng):
    return np.tile(independent(k // 2, n, rng), (2, 1))


def balanced(k, n, rng):
    return halves(k, n, rng=rng)


def noise(trained_on, rng):
    """Nothing but noise about what the record is like."""
    return rng.normal(rng.normal(0, 2, ASKED), 1, (len(trained_on), ASKED))


def of_others(trained_on, rng):
    """What the training set as a whole does to records that are not in it, linear in ``trained_on``."""
    pull = rng.normal(size=(TRAINED, ASKED)) / np.sqrt(TRAINED)
    return rng.normal(0, 2, ASKED) + 4 * (trained_on[:, :TRAINED] - 0.5) @ pull


ATTACKS = {"threshold": lambda s, trained_on: s,
           "LiRA": lira_turns,
           "LiRA, one variance": lambda s, trained_on: lira_turns(s, trained_on, variance="global"),
           "LiRA offline": lambda s, trained_on: lira_turns(s, trained_on, online=False),
           "RMIA": lambda s, trained_on: rmia_turns(1 / (1 + np.exp(-s)), trained_on),
           "RMIA offline": lambda s, trained_on: rmia_turns(1 / (1 + np.exp(-s)), trained_on, online=False)}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(("design", "k", "model"), [
    (balanced, 4, noise), (balanced, 5, noise), (balanced, 8, noise), (balanced, 4, of_others),
    (balanced, 9, of_others), (pairs, 8, noise), (pairs, 8, of_others), (nearly_pairs, 24, of_others),
    (twins, 40, of_others), (independent, 24, noise), (independent, 24, of_others)])
def test_auc_is_one_half(design, k, model, attack):
    """Its mean over 40 worlds, within four standard errors. Nobody asked about is trained on; ``trained_on`` is of the
    design     of those who are."""
    found, rng = [], np.random.default_rng(k)
    while len(found) < 40:
        trained_on = design(k, TRAINED + ASKED, rng)
        signals, trained_on = model(trained_on, rng), trained_on[:, TRAINED:]
        found.append(over_targets(ATTACKS[attack](signals, trained_on), trained_on).auc.value)
    assert abs(np.mean(found) - 0.5) < 4 * np.std(found, ddof=1) / np.sqrt(len(found)) + 1e-6


@pytest.mark.parametrize("attack", ["threshold", "LiRA", "RMIA"])
@pytest.mark.parametrize("design", [pairs, balanced, independent])
def test_the_interval_covers_one_half(design, attack):
    """In 95% of 120 worlds, within three standard errors of that share: Student's covered in 64 to 100%."""
    rng, covered = np.random.default_rng(24), []
    for _ in range(120):
        trained_on = design(24, TRAINED + ASKED, rng)[:, TRAINED:]
        found = over_targets(ATTACKS[attack](noise(trained_on, rng), trained_on), trained_on).auc
        covered.append(found.low <= 0.5 <= found.high)
    assert np.mean(covered) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 120)
