"""The face theater's state: models trained once, an adversary who holds what was chosen, and what came of it."""

import numpy as np
import pytest
from tiny_stage import NAMES, tiny_stage

from leaklab._validate import Refused
from leaklab.access import Noisy, Offers
from leaklab.attacks import FaceInversion
from leaklab.course.desk import LABELS, SCORES, WHITE_BOX
from leaklab.course.film import PERSON
from leaklab.course.theater import ANSWERS, DEFENSE, EARLY, HOLDS, NOISE, NONE, Theater

PRIVATE = "differential privacy, epsilon 1"


@pytest.fixture(scope="module")
def theater():
    theater = Theater(tiny_stage()[0], epsilons=[1.0])
    theater.attack = FaceInversion(prior=theater.stage.prior, steps=25, queries=200)
    return theater


def put(theater, holds, defense, person=NAMES[0]):
    for what, choice in ((HOLDS, holds), (DEFENSE, defense), (PERSON, person)):
        theater.choose(what, choice)
    return theater


def film(theater):
    seen = []
    theater.end(theater.run(seen.append))
    return seen


def test_the_model_itself_is_recovered_from_and_judged(theater):
    put(theater, WHITE_BOX, NONE, "Bo")
    seen = film(theater)
    assert len(seen) == 26 and seen[-1].confidence > 0.6
    assert theater.rows[theater.setting].tried[1] is True and theater.likeness > 0.2
    assert "Recognised by the evaluator; likeness 0." in theater.says()


def test_a_name_without_photographs_is_attacked_beside_it(theater):
    put(theater, WHITE_BOX, NONE, "Bo")
    assert theater.nobody is None, "before the attack"
    seen = film(theater)
    nobody = theater.nobody
    assert nobody.queries == seen[-1].queries and nobody.image.shape == seen[-1].image.shape
    theater.film.insert(0, seen[3])
    theater.turn(0)
    assert theater.nobody.queries == 4, "after as many queries as the face beside it"
    truth = theater.stage.train.class_means()[1]
    assert np.abs(nobody.image - truth).mean() > np.abs(seen[-1].image - truth).mean()


@pytest.mark.parametrize("holds, defense, offers", [
    (WHITE_BOX, NOISE, Offers.PARAMETERS), (SCORES, NONE, Offers.SCORES), (SCORES, NOISE, Offers.SCORES),
    (LABELS, NONE, Offers.LABELS), (LABELS, NOISE, Offers.LABELS)])
def test_the_adversary_holds_what_was_chosen(theater, holds, defense, offers):
    access = put(theater, holds, defense).access()
    assert access.offers == offers
    behind = getattr(access, "access", access)
    assert isinstance(access, Noisy) or isinstance(behind, Noisy) == (holds == LABELS and defense == NOISE)


def test_the_top_answer_only_hides_all_others(theater):
    p = put(theater, SCORES, "the top answer only").access().probabilities(theater.stage.test.images[:3])
    assert (np.sort(p, axis=1)[:, :-1].std(axis=1) < 1e-9).all()


def test_models_are_trained_once_and_answers_are_guarded_on_the_same_one(theater):
    put(theater, SCORES, NONE).prepare()
    kept = dict(theater._models)
    for defense in (*ANSWERS, NONE):
        put(theater, SCORES, defense).prepare()
    assert theater._models == kept
    put(theater, WHITE_BOX, EARLY).prepare()
    assert theater._models.keys() == kept.keys() | {EARLY}


def test_epsilon_is_said(theater):
    promised = {}
    for holds, defense in ((WHITE_BOX, PRIVATE), (SCORES, NOISE), (WHITE_BOX, NOISE), (SCORES, NONE)):
        put(theater, holds, defense).prepare()
        promised[holds, defense] = theater.rows[holds, defense].epsilon
    assert promised[WHITE_BOX, PRIVATE] == "1 a photograph"
    assert " answers" in promised[SCORES, NOISE] and promised[SCORES, NONE] == "none promised"
    assert "guards answers only" in promised[WHITE_BOX, NOISE]


def test_everybody_is_counted(theater):
    put(theater, WHITE_BOX, NONE)
    theater.keep(*theater.everybody())
    row = theater.rows[theater.setting]
    assert len(row.tried) == 6 and row.recognized.endswith("of 6") and sum(row.tried.values()) >= 4


def test_what_is_chosen_while_it_runs_changes_nothing(theater):
    put(theater, WHITE_BOX, NONE, "Cy")

    def look(frame):
        theater.choose(PERSON, "Fay")
        theater.choose(HOLDS, LABELS)

    found = theater.run(look)
    assert found.people.tolist() == [2] and found.queries == 26


def test_a_stopped_training_leaves_nothing():
    theater = Theater(tiny_stage()[0])

    def stop(*report):
        raise Refused("enough")

    with pytest.raises(Refused):
        theater.run(print, stop)
    assert theater.rows == {} and theater._models == {}
    theater.prepare()
    assert theater.rows[theater.setting].recognized == "not tried"
