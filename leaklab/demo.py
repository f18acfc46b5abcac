"""The three parts without a screen: a stolen face, an exposed patient, a private model; figures and one page of numbers.

    python -m leaklab.demo [--out build/demo]
"""

import argparse
import base64
import html
import time
from pathlib import Path

from tqdm import tqdm

from leaklab.data import load_faces, load_patients
from leaklab.experiments import faces, patients
from leaklab.experiments.private import saved_runs
from leaklab.plots.faces import likeness_bars, portrait_grid
from leaklab.plots.membership import roc_curve
from leaklab.plots.style import png


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder to write to")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    start, parts = time.perf_counter(), []
    for part in (stolen_face, exposed_patient, private_model):
        with tqdm(desc=part.__doc__.split(":")[0], unit="step") as bar:
            title, sentence, figures = part(lambda done, total, message, bar=bar: bar.update())
        parts.append((title, sentence, {name: (png(ax.figure, dpi=130), alt) for name, (ax, alt) in figures.items()}))
        for name, (picture, _) in parts[-1][2].items():
            (out / f"{name}.png").write_bytes(picture)
    (out / "index.html").write_text(page(parts, time.perf_counter() - start), encoding="utf-8")
    print(f"Open {out / 'index.html'}")


def stolen_face(progress):
    """A stolen face: model inversion of a face recogniser, with nothing but names."""
    stage = faces.prepare(load_faces("synthetic"), rng=0, progress=progress)
    found = faces.study(stage, faces.VICTIMS["MLP"], rng=1, progress=progress)
    average = stage.judge(faces.average_face(stage))
    strangers = stage.judge(faces.never_trained(stage, faces.VICTIMS["MLP"], rng=2))
    eight = slice(0, 8)
    grid = portrait_grid({"in the model\n(mean photograph)": stage.train.class_means()[eight],
                          "recovered\nfrom the name": found.recovered.images[eight]}, names=stage.train.names[eight])
    bars = likeness_bars({"recovered from the name": found.likeness, "the average face": average,
                          "names never trained": strangers}, attacks=["recovered from the name"])
    sentence = (f"A recogniser that is right on {found.accuracy} of unseen photographs gave back its people's faces in "
                f"{found.attack_seconds:.1f} s: {found.likeness}. The average face for everybody: {average}. "
                f"Names that were enrolled without photographs: {strangers}.")
    return "A stolen face", sentence, {
        "faces": (grid, "Two rows of portraits: eight people in the model, and below each the face recovered from it."),
        "likeness": (bars, "How often an independent network recognises the recovered faces, beside two baselines.")}


def exposed_patient(progress):
    """An exposed patient: membership inference on a susceptibility model, with its scores alone."""
    pool = load_patients("synthetic", patients=40_000, rng=0)
    members, others = pool.sample(2000, balanced=True, rng=1).split(0.5, rng=1)
    leaking = patients.study(members, others, rng=2, progress=progress)
    early = patients.study(members, others, patients.stopped_early(), rng=2, progress=progress)
    curve, calm = leaking.roc["loss"], early.roc["loss"]
    ax = roc_curve({"50 epochs": curve, "stopped after 3": calm})
    sentence = (f"A model that is right on {leaking.member_accuracy} of its own patients and {leaking.accuracy} of "
                f"others tells who was among them: AUC {curve.auc}, true-positive rate {curve.tpr_at(0.01)} at 1% false "
                f"positives. Stopped after 3 epochs it is right on {early.accuracy} of others and tells: AUC {calm.auc}.")
    return "An exposed patient", sentence, {
        "membership": (ax, "True- against false-positive rates of the loss threshold on logarithmic axes.")}


def page(parts, seconds: float) -> str:
    """One HTML page, pictures inside."""
    body = []
    for title, sentence, figures in parts:
        body.append(f"<h2>{html.escape(title)}</h2><p>{html.escape(sentence)}</p>")
        body += [f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
                 for picture, alt in figures.values()]
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Leaklab: the demonstration</title>{STYLE}'
            f"<h1>Can a model keep its training data secret?</h1>{''.join(body)}"
            f"<footer>Made by <code>make demo</code> in {seconds:.0f} s. All people here are synthetic. Numbers in brackets "
            "are 95% intervals.</footer></html>")


STYLE = """<style>body{font:17px/1.5 system-ui,sans-serif;max-width:58rem;margin:2rem auto;padding:0 1rem;color:#222}
img{max-width:100%;display:block;margin:1rem 0}footer{color:#666;border-top:1px solid #ddd;margin-top:2rem}</style>"""


if __name__ == "__main__":
    main()
