"""SACRO-ML on one target, in an environment of its own: ``python sacro_peer.py FOLDER``, which sacro.py fills and reads.

job.json names the estimator, its settings and how many shadow models to train beside SACRO-ML's default; job.npz holds
the records: those the model is taught, and those asked about. Attacks are used as the documentation shows, with the
results of each record; a title names the run, and whether it belongs to the run with as many shadow models as Leaklab.
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


def attacks(shadows):
    """Title -> attack; LiRA runs that share a folder share their shadow models, as the package offers."""
    as_many, default = {"output_dir": "as_many", "n_shadow_models": shadows}, {"output_dir": "default"}
    return {
        f"LiRA online, {shadows} shadow models": LIRAAttack(mode="online-carlini", **as_many, **INDIVIDUAL),
        f"LiRA online, fixed variance, {shadows}": LIRAAttack(mode="online-carlini", fix_variance=True, **as_many,
                                                              **INDIVIDUAL),
        "LiRA offline, the default": LIRAAttack(**default, **INDIVIDUAL),
        "LiRA online, default shadow models": LIRAAttack(mode="online-carlini", **default, **INDIVIDUAL),
        "worst case": WorstCaseAttack(output_dir="worst", **INDIVIDUAL),
        "worst case, told who is classified correctly": WorstCaseAttack(
            output_dir="told", include_model_correct_feature=True, **INDIVIDUAL),
        "QMIA": QMIAAttack(output_dir="quantile", **INDIVIDUAL),
        "structural": StructuralAttack(output_dir="structural", **INDIVIDUAL),
        "instance based": InstanceBasedAttack(output_dir="instances", **INDIVIDUAL)}


def main(folder):
    job, given = json.loads((folder / "job.json").read_text()), np.load(folder / "job.npz")
    x, y, member = given["x"], given["y"], given["member"]
    module, _, name = job["estimator"].rpartition(".")
    model = getattr(importlib.import_module(module), name)(**job["settings"]).fit(given["taught_x"], given["taught_y"])
    os.chdir(folder)
    scores, runs = {"answers": model.predict_proba(x)}, {}
    for title, attack in attacks(job["shadows"]).items():
        target = Target(model=model, dataset_name="records", X_train=x[member], y_train=y[member], X_test=x[~member],
                        y_test=y[~member])
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
