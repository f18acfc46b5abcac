"""The attacks: each asks an access object, declares what it needs, and answers with numbers."""

from leaklab.attacks.attackmodel import AttackModel
from leaklab.attacks.attributes import AttributeInversion, Attributes, Population
from leaklab.attacks.base import Attack
from leaklab.attacks.contract import Checked, check_attack
from leaklab.attacks.deletion import Erased, cosine, erased_record, second_moment
from leaklab.attacks.gradient_estimators import antithetic_gradient
from leaklab.attacks.gradientnorm import GradientNorm
from leaklab.attacks.in_turns import ATTACKS, scores_in_turns
from leaklab.attacks.inversion import FaceInversion, Inversion, MIFace
from leaklab.attacks.knowledge import Earlier, Outsiders, Shadow, Shadows
from leaklab.attacks.labelonly import LabelOnlyMembership
from leaklab.attacks.linear import GeneralizedLinear
from leaklab.attacks.lira import LiRA, check_turns, lira, lira_turns, logit
from leaklab.attacks.membership import SIGNALS, Membership, MembershipAttack, Threshold
from leaklab.attacks.prior import EigenfacePrior, Prior
from leaklab.attacks.properties import PropertyInference, ShadowWorlds, Share, worlds
from leaklab.attacks.quantile import QuantileRegression
from leaklab.attacks.reconstruction import LastRecord, LastRecordFound, Others, last_record
from leaklab.attacks.recovered import Recovered
from leaklab.attacks.rmia import RMIA, rmia, rmia_turns, true_probability
from leaklab.attacks.templates import Blueprint, TemplateInversion

__all__ = ["ATTACKS", "RMIA", "SIGNALS", "Attack", "AttackModel", "AttributeInversion", "Attributes", "Blueprint",
           "Checked", "Earlier", "EigenfacePrior", "Erased", "FaceInversion", "GeneralizedLinear", "GradientNorm",
           "Inversion", "LabelOnlyMembership", "LastRecord", "LastRecordFound", "LiRA", "MIFace", "Membership",
           "MembershipAttack", "Others", "Outsiders", "Population", "Prior", "PropertyInference",
           "QuantileRegression", "Recovered", "Shadow", "ShadowWorlds", "Shadows", "Share", "TemplateInversion",
           "Threshold", "antithetic_gradient", "check_attack", "check_turns", "cosine", "erased_record",
           "last_record", "lira", "lira_turns", "logit", "rmia", "rmia_turns", "scores_in_turns", "second_moment",
           "true_probability", "worlds"]
