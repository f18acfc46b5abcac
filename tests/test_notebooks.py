"""Research notebooks run with other settings. (Lessons: tests/attempts.py, and tests/browser.)"""

import pytest
from lesson_tools import ROOT, build

pytestmark = pytest.mark.notebooks
TREES = "from sklearn.ensemble import RandomForestClassifier as Forest\n"
CHANGED = {
    "audit_a_model_of_your_own": "from sklearn.neighbors import KNeighborsClassifier\n"
                                 "from leaklab.data import load_patients\n"
                                 "RECORDS = load_patients('breast-cancer').split(0.5, rng=0)\n"
                                 "MODEL = KNeighborsClassifier(1).fit(RECORDS[0].features, RECORDS[0].outcome)\n"
                                 "MINUTES, GROUPS, POLICY = 0.1, (), Policy(tolerated_auc=0.7, tolerated_tpr=0.1)",
    "bring_a_table_or_photographs": "from sklearn.datasets import load_breast_cancer\n"
                                    "load_breast_cancer(as_frame=True).frame.to_csv('own.csv')\n"
                                    "TABLE, LABEL, PERSON, MODELS = 'own.csv', 'target', None, 17",
    "a_new_attack": TREES + "DATA, MODELS, MODEL = 'breast-cancer', 17, Forest(10, min_samples_leaf=2)",
    "a_new_defense": TREES + "DATA, MODELS, MODEL, OTHERWISE = 'diabetes', 17, Forest(10), Forest(10, max_depth=2)",
    "a_private_training_run": "DATA, PEOPLE, EPSILON, EPOCHS, AUDITED = 'breast-cancer', 200, 8.0, 5, 100",
    "one_figure_with_a_spread": "from sklearn.tree import DecisionTreeClassifier\nDATA, MODEL, SWEEP, PEOPLE, SEEDS = ("
                                "'breast-cancer', DecisionTreeClassifier(), {'max_depth': (1, 4)}, 200, 3)",
}
"""Research notebooks, and settings that their readers may choose."""


@pytest.mark.parametrize("name", CHANGED)
def test_research_notebook_runs_with_other_settings(name, tmp_path):
    notebook = build.trainer_notebook(build.read_lesson(ROOT / "lessons" / "research" / f"{name}.py"))
    notebook.cells[1].source += "\n" + CHANGED[name]
    build.execute(notebook, tmp_path)
