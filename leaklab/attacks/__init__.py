"""The attacks: each asks an access object, declares what it needs, and answers with numbers."""

from leaklab.attacks.attackmodel import AttackModel
from leaklab.attacks.attributes import AttributeInversion, Attributes
from leaklab.attacks.base import Attack
from leaklab.attacks.gradientnorm import GradientNorm
from leaklab.attacks.inversion import FaceInversion, Inversion, MIFace
from leaklab.attacks.labelonly import LabelOnlyMembership
from leaklab.attacks.likeness import Likeness, judge
from leaklab.attacks.lira import LiRA, check_turns, lira, lira_turns, logit
from leaklab.attacks.membership import SIGNALS, Membership, MembershipAttack, Threshold
from leaklab.attacks.prior import EigenfacePrior
from leaklab.attacks.quantile import QuantileRegression
from leaklab.attacks.recovered import Recovered
from leaklab.attacks.rmia import RMIA, rmia, rmia_turns, true_probability
from leaklab.attacks.shadows import Outsiders, Shadow, Shadows

__all__ = ["RMIA", "SIGNALS", "Attack", "AttackModel", "AttributeInversion", "Attributes",
           "EigenfacePrior", "FaceInversion", "GradientNorm", "Inversion",
           "LabelOnlyMembership", "LiRA", "Likeness", "MIFace", "Membership", "MembershipAttack", "Outsiders",
           "QuantileRegression", "Recovered", "Shadow", "Shadows", "Threshold", "check_turns", "judge", "lira",
           "lira_turns", "logit", "rmia", "rmia_turns", "true_probability"]
