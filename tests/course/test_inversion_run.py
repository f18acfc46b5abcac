"""One person, one attack, and the path of frames it took."""

import numpy as np
import pytest
from course_states import NAMES, inversion_run, three_people

from leaklab.access import WhiteBox
from leaklab.attacks import EigenfacePrior
from leaklab.course.inversion import GREY, PRIOR, InversionRun, attacks_with


@pytest.fixture(scope="module")
def model():
    return three_people()


@pytest.fixture
def stage(model):
    return inversion_run(model)


def test_it_runs_the_chosen_attack_on_the_chosen_person(stage):
    assert stage.frames == 1
    stage.choose("Bo", PRIOR)
    found = stage.run()
    assert stage.recovered is None, "a run is kept by whoever asked for it"
    stage.recovered = found
    stage.turn(stage.frames - 1)
    assert found.people.tolist() == [1] and stage.frames == len(found.path) > 5
    assert found.confidence[0] > found.path_confidence[0, 0]
    assert f"{found.confidence[0]:.0%} sure" in stage.says()


def test_mi_face_starts_from_grey(stage):
    stage.choose("Ada", GREY)
    assert (stage.run().path[0] == 0.5).all()


def test_its_own_attacks_run(model):
    rng = np.random.default_rng(2)
    stage = InversionRun(WhiteBox(model), names=NAMES, truth=rng.random((3, 8, 8)),
                  attacks=attacks_with(EigenfacePrior.fit(rng.random((12, 8, 8)))))
    for attack in stage.attacks:
        stage.choose("Bo", attack)
        assert len(stage.run().path) > 1


def test_choosing_again_forgets(stage):
    stage.recovered = stage.run()
    stage.choose("Cy", GREY)
    assert stage.recovered is None and "Cy" in stage.says()


@pytest.mark.parametrize("name, attack", [("Dee", PRIOR), ("Ada", "magic")])
def test_who_or_what_is_unknown_is_refused(stage, name, attack):
    with pytest.raises(ValueError, match="must be one of"):
        stage.choose(name, attack)


def test_frames_are_those_of_the_path(stage):
    stage.recovered = stage.run()
    stage.turn(stage.frames - 1)
    assert f"step {stage.recovered.path_steps[-1]}" in stage.says()
    with pytest.raises(ValueError, match="frame="):
        stage.turn(stage.frames)
