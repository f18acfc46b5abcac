"""SACRO-ML on one target, in an environment of its own; sacro.py runs ``python sacro_peer.py FOLDER`` and reads FOLDER.

job.json names the estimator, its settings, how many shadow models to train, and whether to try the defaults, too;
job.npz holds the records: those the model is taught, and those asked about. Attacks are used as the documentation
shows, with the results of each record.
"""

import importlib
import importlib.metadata
import json
import logging
import os
import sys
import time
from pathlib import Path

import numpy as np
from sacroml.attacks.instance_based_attack import InstanceBasedAttack
from sacroml.attacks.likelihood_attack import LIRAAttack
from sacroml.attacks.qmia_attack import QMIAAttack
from sacroml.attacks.structural_attack import StructuralAttack
from sacroml.attacks.target import Target
from sacroml.attacks.worst_case_attack import WorstCaseAttack

logging.disable(logging.CRITICAL)
INDIVIDUAL = {"report_individual": True}


def attacks(shadows, every):
    """Title -> attack, with the default settings if ``every``; LiRA runs with one folder share their shadow models."""
    as_many = {"output_dir": "as_many", "n_shadow_models": shadows, "mode": "online-carlini", **INDIVIDUAL}
    default = {"output_dir": "default", **INDIVIDUAL}
    lira = {f"LiRA online, {shadows} shadow models": LIRAAttack(**as_many)}
    if every:
        lira |= {f"LiRA online, fixed variance, {shadows}": LIRAAttack(fix_variance=True, **as_many),
                 "LiRA offline, the default": LIRAAttack(**default),
                 "LiRA online, default shadow models": LIRAAttack(mode="online-carlini", **default)}
    return lira | {
        "worst case": WorstCaseAttack(output_dir="worst", **INDIVIDUAL),
        "worst case, told who is classified correctly": WorstCaseAttack(
            output_dir="told", include_model_correct_feature=True, **INDIVIDUAL),
        "QMIA": QMIAAttack(output_dir="quantile", **INDIVIDUAL),
        "structural": StructuralAttack(output_dir="structural", **INDIVIDUAL),
        "instance based": InstanceBasedAttack(output_dir="instances", **INDIVIDUAL)}


def made(model, x, y, member):
    return Target(model=model, dataset_name="records", X_train=x[member], y_train=y[member], X_test=x[~member],
                  y_test=y[~member])


def main(folder):
    job, given = json.loads((folder / "job.json").read_text()), np.load(folder / "job.npz")
    x, y, member = given["x"], given["y"], given["member"]
    module, _, name = job["estimator"].rpartition(".")
    model = getattr(importlib.import_module(module), name)(**job["settings"]).fit(given["taught_x"], given["taught_y"])
    os.chdir(folder)
    scores, runs = {"answers": model.predict_proba(x)}, {}
    few = np.r_[np.flatnonzero(member)[:40], np.flatnonzero(~member)[:40]]
    for attack in (LIRAAttack(output_dir="first", n_shadow_models=2), QMIAAttack(output_dir="first")):
        attack.attack(made(model, x[few], y[few], member[few]))  # all is loaded before it is timed
    for title, attack in attacks(job["shadows"], job["every"]).items():
        target = made(model, x, y, member)
        wall, processor = time.perf_counter(), sum(os.times()[:4])
        output = attack.attack(target)
        runs[title] = {"wall": time.perf_counter() - wall, "processor": sum(os.times()[:4]) - processor,
                       "says": output.get("fail_reason", output["metadata"]["global_metrics"])}
        found = output.get("attack_experiment_logger", {}).get("attack_instance_logger", {}).values()
        parts = [each["individual"] for each in found if "member_prob" in each.get("individual", {})]
        scores |= {f"{title}/{i}": np.array([part["member"], part["member_prob"]], float)
                   for i, part in enumerate(parts)}
    versions = {each: importlib.metadata.version(each) for each in ("sacroml", "scikit-learn", "numpy")}
    np.savez(folder / "found.npz", **scores)
    (folder / "found.json").write_text(json.dumps({"versions": versions, "runs": runs}, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
