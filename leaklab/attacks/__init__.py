"""The attacks: each asks an access object, declares what it needs, and answers with numbers."""

from leaklab.attacks.base import Attack
from leaklab.attacks.inversion import FaceInversion, Inversion, MIFace, Recovered
from leaklab.attacks.likeness import Likeness, judge
from leaklab.attacks.membership import SIGNALS, Membership, MembershipAttack, Shadow, Threshold
from leaklab.attacks.prior import EigenfacePrior

__all__ = ["SIGNALS", "Attack", "EigenfacePrior", "FaceInversion", "Inversion", "Likeness", "MIFace", "Membership",
           "MembershipAttack", "Recovered", "Shadow", "Threshold", "judge"]
