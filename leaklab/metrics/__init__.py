"""How well an attack did, with an interval: rates, ROC curves of membership scores, likeness of images."""

from leaklab.metrics.curves import NotResolvable, RocCurve, auc, roc
from leaklab.metrics.likeness import correlation, correlation_beyond, ssim
from leaklab.metrics.rates import Interval, Rate, clopper_pearson

__all__ = ["Interval", "NotResolvable", "Rate", "RocCurve", "auc", "clopper_pearson", "correlation",
           "correlation_beyond", "roc", "ssim"]
