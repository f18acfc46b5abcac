"""Lesson 03 ends with *a model of your own*: any classifier a learner brings is audited, or refused in a sentence."""

import re

import pytest
from lesson_tools import LESSONS, build
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from leaklab.access import BlackBox
from leaklab.attacks import Threshold
from leaklab.data import load_patients
from leaklab.metrics import Rate, roc

MODELS = {
    "boosting": GradientBoostingClassifier(n_estimators=30, random_state=0),
    "logistic regression": LogisticRegression(max_iter=100),
    "a pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "a pipeline of columns": make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(C=0.05)),
    "neighbours": KNeighborsClassifier(),
    "a network": make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=30, random_state=0)),
}


@pytest.fixture(scope="module")
def audited():
    """The lesson's own function, over its own people."""
    lesson = build.read_lesson(next(folder for folder in LESSONS if folder.name.startswith("03")))
    source = next(cell.source for cell in lesson.cells if "def audited(" in cell.source)
    asked = load_patients("synthetic").sample(1400, rng=0, balanced=True)
    members, others = asked.split(0.5, rng=0)
    names = {"BlackBox": BlackBox, "Threshold": Threshold, "roc": roc, "Rate": Rate, "members": members,
             "others": others, "asked": asked, "y": asked.label,
             "member": asked.features.index.isin(members.features.index)}
    exec(re.search(r"def audited\(.*?(?=\n\n)", source, re.S)[0], names)
    return names["audited"]


def area(said):
    return float(re.match(r"AUC (\d\.\d\d) \[", said)[1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_classifiers_of_other_kinds_are_audited(audited, model):
    said = audited(model)
    assert 0.45 < area(said) < 0.75
    assert 0.6 < float(re.search(r"unseen (\d\.\d\d) \[", said)[1]) < 0.8, "it learnt something"


def test_trees_that_learn_by_heart_leak_more(audited):
    grown, pruned = (area(audited(DecisionTreeClassifier(random_state=0, **more))) for more in (
        {}, {"min_samples_leaf": 40}))
    assert grown > 0.65 > 0.58 > pruned
    assert area(audited(RandomForestClassifier(random_state=0))) > 0.75


def test_labels_alone_are_refused_in_a_sentence(audited):
    with pytest.raises(ValueError, match="needs SCORES; this access offers LABELS"):
        audited(SVC())
    assert area(audited(make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(), ensemble=False)))) > 0.5


def test_a_classifier_that_learns_nothing_is_at_chance(audited):
    said = audited(DummyClassifier(strategy="prior"))
    low, high = map(float, re.search(r"\[(\d\.\d\d), (\d\.\d\d)\]", said).groups())
    assert low <= 0.5 <= high, "by chance a few more members are ill, and that is all it knows"
