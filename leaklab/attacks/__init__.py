"""The attacks: each asks an access object, declares what it needs, and answers with numbers."""

from leaklab.attacks.attackmodel import AttackModel
from leaklab.attacks.attributes import AttributeInversion, Attributes, Population
from leaklab.attacks.base import Attack
from leaklab.attacks.contract import Checked, check_attack
from leaklab.attacks.gradientnorm import GradientNorm
from leaklab.attacks.in_turns import ATTACKS, scores_in_turns
from leaklab.attacks.inversion import FaceInversion, Inversion, MIFace
from leaklab.attacks.knowledge import Earlier, Outsiders, Shadow, Shadows
from leaklab.attacks.labelonly import LabelOnlyMembership
from leaklab.attacks.lira import LiRA, check_turns, lira, lira_turns, logit
from leaklab.attacks.membership import SIGNALS, Membership, MembershipAttack, Threshold
from leaklab.attacks.prior import EigenfacePrior, Prior
from leaklab.attacks.quantile import QuantileRegression
from leaklab.attacks.recovered import Recovered
from leaklab.attacks.rmia import RMIA, rmia, rmia_turns, true_probability

__all__ = ["ATTACKS", "RMIA", "SIGNALS", "Attack", "AttackModel", "AttributeInversion", "Attributes", "Checked",
           "Earlier", "EigenfacePrior", "FaceInversion", "GradientNorm", "Inversion", "LabelOnlyMembership", "LiRA",
           "MIFace", "Membership", "MembershipAttack", "Outsiders", "Population", "Prior", "QuantileRegression",
           "Recovered", "Shadow", "Shadows", "Threshold", "check_attack", "check_turns", "lira", "lira_turns",
           "logit", "rmia", "rmia_turns", "scores_in_turns", "true_probability"]
