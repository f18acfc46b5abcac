"""How well an attack did, with an interval: rates, ROC curves of membership scores, likeness of images."""

from leaklab.metrics.curves import NotResolvable, RocCurve, auc, roc
from leaklab.metrics.likeness import correlation, correlation_beyond, ssim
from leaklab.metrics.rates import Interval, Rate, Spread, clopper_pearson, difference_of, mean_of
from leaklab.metrics.verdict import Verdicts

__all__ = ["Interval", "NotResolvable", "Rate", "RocCurve", "Spread", "Verdicts", "auc", "clopper_pearson",
           "correlation", "correlation_beyond", "difference_of", "mean_of", "roc", "ssim"]
