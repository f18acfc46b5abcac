"""The three parts without a screen: a stolen face, an exposed patient, a private model. Figures, and a page of numbers.

    python -m leaklab.demo [--out build/demo]
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from tqdm import tqdm

from leaklab.course.saved import saved_runs
from leaklab.data import Faces, load_faces, load_patients
from leaklab.experiments import faces, patients
from leaklab.experiments.private import private_mlp
from leaklab.plots.faces import likeness_bars, portrait_grid
from leaklab.plots.membership import roc_curve
from leaklab.plots.private import dial
from leaklab.plots.style import picture, png


@dataclass(frozen=True)
class Part:
    """A third of the demonstration: a title, what was done, rows of numbers, figures with their alt text."""

    title: str
    text: str
    rows: dict[str, str]
    figures: dict[str, tuple[Any, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder to write to")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    start, body = time.perf_counter(), []
    for name, part in {"a stolen face": stolen_face, "an exposed patient": exposed_patient,
                       "a private model": private_model}.items():
        with tqdm(desc=f"{name:20}", unit=" steps", mininterval=0.5) as bar:
            body.append(section(part(lambda done, total, message, bar=bar: bar.update()), out))
    (out / "index.html").write_text(page(body, time.perf_counter() - start), encoding="utf-8")
    print(f"Open {out / 'index.html'}")


def stolen_face(progress) -> Part:
    """Model inversion of a face recogniser, with nothing but names."""
    stage = faces.prepare(load_faces("synthetic"), rng=0, progress=progress)
    found = faces.study(stage, faces.VICTIMS["MLP"], rng=1, progress=progress)
    average = stage.judge(faces.average_face(stage))
    strangers = stage.judge(faces.never_trained(stage, faces.VICTIMS["MLP"], rng=2))
    grid = portrait_grid({"in the model\n(a photograph)": typical(stage.train)[:8],
                          "recovered\nfrom the name": found.recovered.images[:8]}, names=stage.train.names[:8])
    bars = likeness_bars({"recovered from the name": found.likeness, "the average face": average,
                          "names never trained": strangers}, attacks=["recovered from the name"])
    rows = {"recogniser, right on unseen photographs": str(found.accuracy),
            "all 20 faces recovered, white box, in": f"{found.attack_seconds:.1f} s",
            "recovered faces": str(found.likeness), "baseline: the average face for everybody": str(average),
            "baseline: names enrolled without photographs": str(strangers)}
    return Part("A stolen face", "A face recogniser was trained on 20 people. The attack holds the recogniser, their "
                "names, and photographs of 40 other people.", rows, {
                    "faces": (grid.figure, "Portraits: eight people in the model, and the recovered faces."),
                    "likeness": (bars.figure, "How often an independent network recognises the recovered faces.")})


def exposed_patient(progress) -> Part:
    """Membership inference on a susceptibility model, with its scores alone."""
    members, others = _patients()
    leaking = patients.study(members, others, rng=2, progress=progress)
    early = patients.study(members, others, patients.stopped_early(), rng=2, progress=progress)
    rows = {}
    for name, found in {"50 epochs": leaking, "stopped after 3 epochs": early}.items():
        curve = found.roc["loss"]
        rows[f"{name}: right on its own patients, on others"] = f"{found.member_accuracy}, {found.accuracy}"
        rows[f"{name}: AUC of the loss threshold"] = str(curve.auc)
        rows[f"{name}: true-positive rate at 1% false positives"] = str(curve.tpr_at(0.01))
        rows[f"{name}: true-positive rate at 0.01% false positives"] = str(curve.tpr_at(0.0001))
    ax = roc_curve({"50 epochs": leaking.roc["loss"], "stopped after 3": early.roc["loss"]})
    return Part("An exposed patient", "A model foretells diabetes from a patient's record. The attack has records and "
                "the model's scores, and says whose record trained it.", rows, {
                    "membership": (ax.figure, "True- against false-positive rates on logarithmic axes.")})


def private_model(progress) -> Part:
    """The same patients, trained with DP-SGD."""
    members, others = _patients()
    recipe = private_mlp(2.0, 2000)
    found = patients.study(members, others, recipe, rng=2, progress=progress)
    runs, epsilon = saved_runs(), 2.0
    figure = dial(runs.epsilons, *runs.curves(), epsilon, runs.at(epsilon)[1].images, runs.truth)
    rows = {"guarantee": str(recipe.guarantee(caveats=members.caveats)), "right on others": str(found.accuracy),
            "AUC of the loss threshold": str(found.roc["loss"].auc)}
    return Part("A private model", "The same model, trained with differential privacy. The figure shows saved runs "
                "(python benchmarks/private.py --lesson) along epsilon: what the guarantee costs, what it stops, "
                "and what it does not.", rows, {
                    "private": (figure, "Accuracy and attacks along epsilon; faces at epsilon 2.")})


def typical(photographs: Faces) -> np.ndarray:
    """For every person the photograph closest to their mean."""
    away = ((photographs.images - photographs.class_means()[photographs.person]) ** 2).sum(
        axis=tuple(range(1, photographs.images.ndim)))
    mine = np.where(photographs.person[None] == np.arange(photographs.people)[:, None], away, np.inf)
    return photographs.images[mine.argmin(axis=1)]


def _patients():
    return load_patients("synthetic", patients=40_000, rng=0).sample(4000, balanced=True, rng=1).split(0.5, rng=1)


def section(part: Part, out: Path) -> Markup:
    """The part as HTML; its figures are written to ``out`` too."""
    rows = Markup("").join(Markup("<tr><th>{}</th><td>{}</td></tr>").format(*row) for row in part.rows.items())
    pictures = Markup("")
    for name, (figure, alt) in part.figures.items():
        data = png(figure, dpi=130)
        (out / f"{name}.png").write_bytes(data)
        pictures += picture(data, alt)
    return Markup("<h2>{p.title}</h2><p>{p.text}</p><table>{rows}</table>{pictures}").format(
        p=part, rows=rows, pictures=pictures)


def page(body: list[Markup], seconds: float) -> str:
    """One HTML page, pictures inside."""
    return Markup('<!doctype html><html lang="en"><meta charset="utf-8"><title>Leaklab: the demonstration</title>'
                  "{style}<h1>Can a model keep its training data secret?</h1>{body}<footer>Made by "
                  "<code>make demo</code> in {seconds:.0f} s. All people here are synthetic. Brackets hold 95% "
                  "intervals.</footer></html>").format(style=Markup(STYLE), body=Markup("").join(body),
                                                       seconds=seconds)


STYLE = """<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
img{max-width:100%;display:block;margin:1.2rem auto}table{border-collapse:collapse;font-size:15px}
th,td{text-align:left;font-weight:normal;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}
th{color:#555;width:22rem}footer{color:#666;border-top:1px solid #ddd;margin-top:2rem;padding-top:.5rem}</style>"""


if __name__ == "__main__":
    main()
