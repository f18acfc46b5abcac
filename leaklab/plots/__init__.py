"""Figures: numbers in, matplotlib Axes out. Nothing is computed here."""

from leaklab.plots.audit import allowed_region, measured_dots
from leaklab.plots.duel import duel
from leaklab.plots.exposure import auc_dots, exposed, roc_spread
from leaklab.plots.faces import likeness_bars, path_strip, portrait_grid
from leaklab.plots.hardening import both_sides, success_by_queries, traffic
from leaklab.plots.lineup import lineup
from leaklab.plots.mechanisms import odds_dots, two_outputs
from leaklab.plots.membership import learning_curve, roc_curve, score_chart, score_histograms
from leaklab.plots.person import in_and_out
from leaklab.plots.private import dial, faces_along, tradeoff
from leaklab.plots.reconstruction import estimated_shares, picked_behind_noise
from leaklab.plots.style import Chart, describe, png

__all__ = ["Chart", "allowed_region", "auc_dots", "both_sides", "describe", "dial", "duel", "estimated_shares",
           "exposed", "faces_along", "in_and_out", "learning_curve", "likeness_bars", "lineup", "measured_dots",
           "odds_dots", "path_strip", "picked_behind_noise", "png", "portrait_grid", "roc_curve", "roc_spread",
           "score_chart", "score_histograms", "success_by_queries", "tradeoff", "traffic", "two_outputs"]
