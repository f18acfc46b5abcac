"""Differential privacy: what is drawn (`Batches`), what that guarantees (`Guarantee`), and the noise that it takes."""

from leaklab.privacy.accounting import ACCOUNTANTS
from leaklab.privacy.batches import SAMPLING, UNITS, Batches
from leaklab.privacy.gaussian import gaussian_delta, gaussian_epsilon
from leaklab.privacy.guarantee import Guarantee, belief, guarantee
from leaklab.privacy.noise import noise_for_advantage, noise_for_epsilon

__all__ = ["ACCOUNTANTS", "SAMPLING", "UNITS", "Batches", "Guarantee", "belief", "gaussian_delta", "gaussian_epsilon",
           "guarantee", "noise_for_advantage", "noise_for_epsilon"]
