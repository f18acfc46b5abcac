"""What pairs find at the end of lessons 03 and 04: ``python benchmarks/pair_work.py [recipes] [classifiers] [groups]``.

    recipes       lesson 03: the clinic's network changed, and what the threshold attack finds then
    classifiers   lesson 03: scikit-learn's, as they come, trained on the same patients
    groups        lesson 04: groups that pairs may name, and three draws of people

Prints Markdown tables, for the plans of these lessons.
"""

import argparse
import logging
import os
from dataclasses import replace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from scipy.spatial import cKDTree
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from table import Table

from leaklab.access import BlackBox
from leaklab.attacks import Threshold
from leaklab.data import load_patients, risk, sample_cohort
from leaklab.experiments import VICTIM, take_turns
from leaklab.metrics import Rate, auc_by_group, exposure, roc
from leaklab.training import halves

RECIPES = {"as it is": {}, "hidden=(16,)": {"hidden": (16,)}, "hidden=(16, 16)": {"hidden": (16, 16)},
           "weight_decay=0.01": {"weight_decay": 0.01}, "dropout=0.5": {"dropout": 0.5}, "epochs=3": {"epochs": 3}}
CLASSIFIERS = {
    "RandomForestClassifier()": RandomForestClassifier(random_state=0),
    "RandomForestClassifier(min_samples_leaf=20)": RandomForestClassifier(min_samples_leaf=20, random_state=0),
    "DecisionTreeClassifier()": DecisionTreeClassifier(random_state=0),
    "HistGradientBoostingClassifier()": HistGradientBoostingClassifier(random_state=0),
    "GradientBoostingClassifier()": GradientBoostingClassifier(random_state=0),
    "KNeighborsClassifier()": KNeighborsClassifier(),
    "make_pipeline(StandardScaler(), LogisticRegression())": make_pipeline(StandardScaler(), LogisticRegression()),
    "GaussianNB()": GaussianNB()}


def main():
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="all, when none is named")
    parts = {"recipes": recipes, "classifiers": classifiers, "groups": groups}
    for name in parser.parse_args().parts or parts:
        parts[name]()


def clinic():
    """The people of lesson 03: all asked, members, others, and who is a member."""
    asked = load_patients("synthetic").sample(1400, rng=0, balanced=True)
    members, others = asked.split(0.5, rng=0)
    return asked, members, others, asked.features.index.isin(members.features.index)


def right(said, people):
    hits = said == people.label
    return Rate(int(hits.sum()), len(hits))


def recipes():
    asked, members, others, member = clinic()
    table = Table("change of the recipe", "AUC of the loss", "right about the unseen")
    for name, change in RECIPES.items():
        model = BlackBox(replace(VICTIM, **change).fit(members.x, members.label, rng=0))
        found = roc(Threshold()(model, asked.x, asked.label).score, member)
        table.row(name, found.auc, right(model.probabilities(others.x).argmax(axis=1), others))


def classifiers():
    asked, members, others, member = clinic()
    table = Table("classifier", "AUC of the loss", "right about the unseen")
    for name, model in CLASSIFIERS.items():
        model.fit(members.features, members.label)
        found = roc(Threshold()(BlackBox(model), asked.features, asked.label).score, member)
        table.row(f"`{name}`", found.auc, right(model.predict(others.features), others))


def groups():
    base = load_patients("synthetic")
    features, label = sample_cohort(60_000, rng=1)
    population = replace(base, features=features, label=label).deduplicate()
    table = Table("people", "group", "number", "AUC in the group minus AUC of the rest", "exposed, of all 1,400:")
    for seed, drawn in enumerate((base.deduplicate().sample(1400, rng=0), *(
            population.sample(1400, rng=seed) for seed in (1, 2)))):
        trained_on = halves(65, 1400, rng=seed or 1)
        turns = take_turns(drawn, trained_on=trained_on, rng=seed or 1)
        scores = turns.scores("LiRA")
        exposed = int(exposure(scores, trained_on).exposed().sum())
        for name, inside, among in of_people(drawn):
            found = auc_by_group(scores[:, among], trained_on[:, among], np.where(inside, "in", "out")[among])
            table.row(f"draw {seed}", name, inside[among].sum(), found.difference("in", "out"), exposed)


def of_people(drawn):
    """Name, who is in the group, and among whom it is compared."""
    of, ill, everybody = drawn.features, drawn.label == 1, np.ones(len(drawn), bool)
    distance = cKDTree(drawn.x).query(drawn.x, k=6)[0][:, 1:].mean(axis=1)
    rare = distance >= np.quantile(distance, 0.9)
    named = {"under 35": of.Age <= 3, "80 and over": of.Age == 13, "men": of.Sex == 1, "BMI from 45": of.BMI >= 45,
             "income below 15,000": of.Income <= 2, "smokers": of.Smoker == 1, "fair or poor health": of.GenHlth >= 4}
    yield from ((name, inside.to_numpy(), everybody) for name, inside in named.items())
    yield "rare (the top tenth), among all", rare, everybody
    yield "rare, among the healthy with a risk below 10%", rare, ~ill & (risk(of) < 0.1)


if __name__ == "__main__":
    main()
