"""Results print as a few lines that name their figures, never as the arrays they hold."""

import ast
import re
from dataclasses import make_dataclass
from pathlib import Path

import numpy as np
import pytest
from tiny_stage import tiny_stage

from leaklab._repr import WIDTH, summary
from leaklab.access import Metered, Offers
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace
from leaklab.audit.promise import Promise, hold
from leaklab.data import load_faces, load_patients
from leaklab.evaluation import utility
from leaklab.experiments.faces import FaceStudy
from leaklab.experiments.hardening import HardenedStudy
from leaklab.experiments.private import PublicScaling
from leaklab.metrics import Rate, auc_by_group, exposure, over_targets, roc
from leaklab.server import Sketch

PACKAGE = Path(__file__).resolve().parents[1] / "leaklab"
INTERNAL = {"data/portraits", "server/log.py", "server/worker.py", "training", "models"}


def results():
    """Name -> object, with what its text must name; every kind that is cheap to build."""
    rng = np.random.default_rng(0)
    stage, access = tiny_stage()
    attack = FaceInversion(prior=stage.prior, queries=100)
    found, scores_only = attack(access, stage.people), access.only(Offers.SCORES)
    like = stage.judge(found.images)
    scores, member = rng.normal(size=(40, 300)), rng.random((40, 300)) < 0.5
    targets = over_targets(scores, member)
    return {
        "Recovered": (found, ["confidence", f"queries          {found.queries}", "complete         True", "mean"]),
        "Recovered, one": (MIFace(max_steps=3)(access, 0), ["confidence", "complete"]),
        "Recovered, interrupted": (attack(Metered(scores_only, 5), [0]),
                                   ["stopped          the query budget of 5", "not finite", "complete         False"]),
        "EigenfacePrior": (stage.prior, ["30 photographs of 12x12 in [0, 1]"]),
        "Likeness": (like, ["top1", "beyond", "[", "mean"]),
        "Stage": (stage, ["Faces(36 photographs of 6 people", "public"]),
        "FaceStudy": (FaceStudy(Rate(9, 10), found, like, 1.0, 2.0), ["accuracy", "0.90 [", "attack_seconds"]),
        "HardenedStudy": (HardenedStudy({"scores": found}, {"scores": like}, utility(
            access, stage.test.images, stage.test.person)), ["scores: ", "top-1", "utility"]),
        "PublicScaling": (PublicScaling.of(stage.public.images), ["factor"]),
        "Targets": (targets, ["auc", "["]), "Exposure": (exposure(scores, member), ["tpr", "p_value"]),
        "RocCurve": (roc(scores[0], member[0]), ["auc", "[", "members"]),
        "GroupAuc": (auc_by_group(scores, member, rng.integers(12, size=300)), ["auc", "12: "]),
        "AuditResult": (hold(Promise(1.0, 1e-5), scores[0], member[0], rng=0), ["measured", "promised", "True"]),
        "Sketch": (Sketch.of_shape((12, 12), seed=0), ["matrix"]),
        "Faces": (load_faces(people=5), ["50 photographs of 5 people"]),
        "Records": (load_patients("synthetic", patients=500, rng=0), ["500 x"]),
    }


@pytest.fixture(scope="module")
def built():
    return results()


def test_each_prints_few_lines_with_its_figures(built):
    for name, (result, figures) in built.items():
        lines = repr(result).split("\n")
        assert len(lines) <= 12 and max(map(len, lines)) <= 120, f"{name}:\n{result!r}"
        assert str(result) == repr(result) or len(str(result)) < 200, f"{name}: a sentence, where it has one"
        assert [figure for figure in figures if figure not in repr(result)] == [], f"{name}:\n{result!r}"


def holders(path):
    """Public dataclasses of a module with an array among the fields they print -> whether they say how."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(d) for d in node.decorator_list):
            fields = [ast.unparse(f) for f in node.body if isinstance(f, ast.AnnAssign)]
            if any(re.search(r": np.ndarray(?!.*repr=False)", field) for field in fields):
                names = {t.id for a in node.body if isinstance(a, ast.Assign) for t in a.targets}
                yield node.name, "__repr__" in names | {f.name for f in node.body if isinstance(f, ast.FunctionDef)}


@pytest.mark.parametrize("path", [p for p in sorted(PACKAGE.rglob("*.py")) if not p.relative_to(
    PACKAGE).as_posix().startswith(tuple(INTERNAL))], ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_whatever_holds_arrays_says_how_it_prints(path):
    assert [name for name, says in holders(path) if not says and name[0] != "_"] == []


def test_the_test_sees_what_it_should(tmp_path):
    source = tmp_path / "some.py"
    source.write_text("@dataclass(frozen=True)\nclass Loud:\n    a: np.ndarray\n"
                      "@dataclass\nclass Quiet:\n    a: np.ndarray\n    __repr__ = summary\n"
                      "@dataclass\nclass Hidden:\n    a: np.ndarray = field(repr=False)\n")
    assert list(holders(source)) == [("Loud", False), ("Quiet", True)]


def test_a_line_says_what_matters_of_any_value():
    values = {"numbers": np.array([1.0, np.nan, 3.0]), "mask": np.array([True, False]), "text": np.array(["a"]),
              "nothing": np.array([np.nan]), "empty": np.empty(0, int), "long": "x" * 500, "many": list(range(1000)),
              "named": {"a": np.zeros(2), "b": 1}}
    kind = make_dataclass("Kind", values, namespace={"__repr__": summary})
    text = repr(kind(**values)).split("\n")
    assert max(map(len, text)) <= WIDTH + 20
    assert [line.split("  ")[-1].strip() for line in text[1:]] == [
        "float64 (3,), 1 to 3, mean 2, 1 not finite", "bool (2,), 1 True", "<U1 (1,)", "float64 (1,), 1 not finite",
        "int64 (0,)",
        "x" * (WIDTH - 3) + "...", "1000: 0, 1, 2, 3, ...", "a: float64 (2,), all 0, b: 1"]


def test_the_prior_is_named_shortly():
    prior = EigenfacePrior.fit(np.random.default_rng(0).random((4, 3, 5, 3)), components=2)
    assert repr(prior) == "EigenfacePrior(2 components of 4 photographs of 3x5x3 in [0, 1])"
