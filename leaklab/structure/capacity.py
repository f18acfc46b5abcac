"""Whether a model has room to memorize: fitted numbers beside records, and settings that invite it."""

from typing import Any

import numpy as np

from leaklab.structure.finding import Structure, places
from leaklab.structure.groups import Trees
from leaklab.structure.inside import Inside
from leaklab.structure.parts import Piece, settings

RESIDUAL = 10
"""Records more than fitted numbers, at the least: the degrees of freedom asked of a published regression."""
COEFFICIENTS = ("coef_", "coefs_", "intercept_", "intercepts_", "dual_coef_", "theta_", "var_", "means_", "covariance_",
                "feature_log_prob_", "class_log_prior_", "centroids_", "cluster_centers_", "alpha_")


def degrees_of_freedom(inside: Inside, trees: list[Trees], records: set[int]) -> list[Structure]:
    """A finding where fitted numbers are about as many as the members' records, or more."""
    numbers = sum(2 * each.inner + each.outputs * each.leaves for each in trees)
    numbers += sum(_numbers(part, records) for part in inside.parts)
    if inside.size - numbers >= RESIDUAL:
        return []
    rule = (f"fewer than {RESIDUAL} records more than fitted numbers" if numbers <= inside.size else
            "more fitted numbers than records")
    return [Structure(
        "few degrees of freedom", "Little data for the size of the model",
        f"The model has {numbers:,} fitted numbers and was trained on {inside.size:,} records: {rule}. A model with so "
        "much room can keep single records instead of what they have in common.",
        "little room", numbers, inside.size, inside.parts[0].path)]


def _numbers(part: Piece, records: set[int]) -> int:
    """Fitted numbers that one predictor holds itself; trees are counted elsewhere."""
    value = part.value
    if callable(getattr(type(value), "get_weights", None)):
        inner = any(callable(getattr(type(above.value), "get_weights", None)) for above in list(part.chain)[1:])
        return 0 if inner else int(value.count_params())
    if callable(getattr(type(value), "state_dict", None)):
        inner = any(callable(getattr(type(above.value), "state_dict", None)) for above in list(part.chain)[1:])
        return 0 if inner else sum(int(np.size(each)) for each in value.state_dict().values())
    own = settings(value)
    if not any(callable(getattr(type(value), name, None)) for name in ("predict", "predict_proba", "probabilities")):
        return 0
    known = [own[name] for name in COEFFICIENTS if name in own]
    if not known:
        floats = {name: each for name, each in own.items() if id(each) not in records}
        learned = {name: each for name, each in floats.items() if name.endswith("_")} or floats
        known = [each for each in learned.values() if isinstance(each, np.ndarray)]
    return sum(_size(each) for each in known)


def _size(value: Any) -> int:
    if isinstance(value, list | tuple):
        return sum(_size(each) for each in value)
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return int(value.size) if kind == "f" and hasattr(value, "size") else 0


def risky_settings(inside: Inside) -> list[Structure]:
    """A finding where a fitted part has settings under which models of its kind learn single records by heart."""
    found: dict[str, list[str]] = {}
    flagged: set[int] = set()
    predictors = 0
    for part in inside.parts:
        if not _fitted(part.value) or any(id(above.value) in flagged for above in part.chain):
            continue
        predictors += 1
        if reason := _reason(settings(part.value)):
            flagged.add(id(part.value))
            found.setdefault(reason, []).append(part.path)
    return [Structure(
        "settings that invite memorizing", "Settings that let the model memorize",
        f"The model was trained with {reason}. A stricter setting costs little accuracy as a rule, and keeps fewer "
        "single records.", "little room", len(paths), predictors, places(paths))
        for reason, paths in found.items()]


def _fitted(value: Any) -> bool:
    own = settings(value)
    return "predict" in dir(type(value)) and any(k.endswith("_") and not k.startswith("_") for k in own)


def _reason(own: dict) -> str:
    """In words, or '' where the settings ask for enough records for everything that is learned."""
    if {"max_depth", "min_samples_leaf"} <= own.keys():
        depth, leaf = own["max_depth"], own["min_samples_leaf"]
        unbound = own.get("max_leaf_nodes") is None
        many = own.get("n_estimators") or own.get("max_iter") or 1
        deep = depth is None or depth > (3 if many > 35 else 7)
        if unbound and deep and isinstance(leaf, int) and leaf < 8:
            limit = "without a limit of their depth" if depth is None else f"down to a depth of {depth}"
            return f"trees that grow {limit} to leaves of {leaf} record{'s' * (leaf > 1)} (min_samples_leaf={leaf})"
    if own.get("n_neighbors") == 1:
        return "a single nearest record as the answer (n_neighbors=1)"
    if "n_neighbors" in own and own.get("weights") == "distance":
        return "answers weighed by distance, so that a record's own label outweighs all others (weights='distance')"
    return ""
