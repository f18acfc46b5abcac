"""Differential privacy: what is drawn (`Batches`), what that guarantees (`Guarantee`), mechanisms, and their noise."""

from leaklab.privacy.accounting import ACCOUNTANTS
from leaklab.privacy.additive import GaussianNoise, LaplaceNoise
from leaklab.privacy.batches import SAMPLING, UNITS, Batches
from leaklab.privacy.categories import CategoricalResponse, TableResponse
from leaklab.privacy.composition import Composition
from leaklab.privacy.gaussian import gaussian_delta, gaussian_epsilon
from leaklab.privacy.guarantee import Guarantee, belief, guarantee
from leaklab.privacy.noise import noise_for_advantage, noise_for_epsilon
from leaklab.privacy.odds import odds_words, of_hundred
from leaklab.privacy.reconstruction import reconstruction_ceiling
from leaklab.privacy.release import Mechanism, ReleaseGuarantee
from leaklab.privacy.response import RandomizedResponse
from leaklab.privacy.shares import ShareEstimate

__all__ = ["ACCOUNTANTS", "SAMPLING", "UNITS", "Batches", "CategoricalResponse", "Composition", "GaussianNoise",
           "Guarantee", "LaplaceNoise", "Mechanism", "RandomizedResponse", "ReleaseGuarantee", "ShareEstimate",
           "TableResponse", "belief", "gaussian_delta", "gaussian_epsilon", "guarantee", "noise_for_advantage",
           "noise_for_epsilon", "odds_words", "of_hundred", "reconstruction_ceiling"]
