"""How well an attack did, with an interval: rates, ROC curves, spread over targets, who is exposed, likeness."""

from leaklab.metrics.chance import auc_p_value, least_auc, least_tpr, tpr_p_value
from leaklab.metrics.curves import NotResolvable, RocCurve, auc, roc
from leaklab.metrics.exposure import Exposure, exposure
from leaklab.metrics.groups import GroupAuc, auc_by_group
from leaklab.metrics.likeness import correlation, correlation_beyond, ssim
from leaklab.metrics.rates import Interval, Rate, Spread, clopper_pearson, difference_of, mean_of
from leaklab.metrics.targets import Targets, over_targets
from leaklab.metrics.verdict import Verdicts

__all__ = ["Exposure", "GroupAuc", "Interval", "NotResolvable", "Rate", "RocCurve", "Spread", "Targets", "Verdicts",
           "auc", "auc_by_group", "auc_p_value", "clopper_pearson", "correlation", "correlation_beyond",
           "difference_of", "exposure", "least_auc", "least_tpr", "mean_of", "over_targets", "roc",
           "ssim", "tpr_p_value"]
