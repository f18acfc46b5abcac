"""One person, one attack, and the film of it."""

import numpy as np
import pytest
from course_states import NAMES, inversion_run, three_people

from leaklab.access import BlackBox, Metered, Offers, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace
from leaklab.course.film import PERSON, VISIBLE, Frame, Pace
from leaklab.course.inversion import ATTACK, GREY, PRIOR, InversionRun, attacks_with, steps_to_start
from leaklab.models import Differentiable, Inputs


@pytest.fixture(scope="module")
def model():
    return three_people()


@pytest.fixture
def stage(model):
    return inversion_run(model)


class Stubborn(Differentiable):
    """Log p rises by 1 along one pixel for the first class; the second is out of reach at grey."""

    inputs, classes = Inputs((8, 8), low=0.0, high=200.0), ("near", "far")

    def probabilities(self, x):
        far = np.exp(np.minimum(x[:, 0, 0] / 100 - 31, -0.1))
        return np.stack([1 - far, far], axis=1)

    def input_gradient(self, x, label):
        p, slope = self.probabilities(x), np.zeros(x.shape)
        slope[:, 0, 0] = np.where(label == 1, 0.01, -0.01 * p[:, 1] / p[:, 0])
        return np.log(p[np.arange(len(x)), label]), slope


def stubborn():
    attacks = {GREY: MIFace(step_size=1.0, max_steps=20, patience=5)}
    return InversionRun(WhiteBox(Stubborn()), names=("<b>", "far"), truth=np.zeros((2, 8, 8)), attacks=attacks)


def watch(stage, **choice):
    for what, value in choice.items():
        stage.choose(what, value)
    seen = []
    return stage.run(seen.append), seen


def test_every_question_is_seen_and_the_last_is_what_was_found(stage):
    found, seen = watch(stage, Person="Bo", Attack=PRIOR)
    assert stage.film == [] and stage.found is None, "a run is kept by whoever asked for it"
    assert found.people.tolist() == [1] and len(seen) == found.queries == seen[-1].queries
    np.testing.assert_allclose(seen[-1].image, found.images[0], atol=1e-6)
    assert seen[0].confidence < seen[-1].confidence == pytest.approx(found.confidence[0])
    stage.end(found)
    assert f"{found.confidence[0]:.0%} sure after {found.queries} queries" in stage.says()


def test_it_opens_on_the_first_attack_and_somebody_who_starts(stage):
    assert stage.chosen[ATTACK] == GREY and stage.starts(stage.name)
    found, seen = watch(stage)
    assert (seen[0].image == 0.5).all() and found.confidence[0] > 0.9


def test_how_long_mi_face_stands_still_by_hand():
    """At grey, 100 of [0, 200], p = e^-30 and its slope is p / 100: 1 / (p / 100^2) steps."""
    still = steps_to_start(WhiteBox(Stubborn()), MIFace(step_size=1.0))
    assert still[1] == pytest.approx(1e4 * np.exp(30)) and still[0] == 0, "of the first class it is sure already"


def test_whoever_does_not_start_comes_last_and_the_reason_is_given():
    stage = stubborn()
    assert stage.name == "<b>" and stage.options(PERSON) == [("<b>", "<b>"), ("far (does not start)", "far")]
    found, seen = watch(stage, Person="far")
    assert all((frame.image == 0.5).all() for frame in seen), "grey is the middle of what the model takes"
    stage.end(found)
    assert "never started" in stage.says() and "factor" in stage.says()


def test_of_mi_face_on_a_real_recogniser_it_says_who_starts(stage):
    for name in NAMES:
        found, _ = watch(stage, Person=name)
        assert stage.starts(name) == (found.confidence[0] > 0.5)


def test_its_own_attacks_run(model):
    rng = np.random.default_rng(2)
    stage = InversionRun(WhiteBox(model), names=NAMES, truth=rng.random((3, 8, 8)),
                         attacks=attacks_with(EigenfacePrior.fit(rng.random((12, 8, 8)))))
    for attack in stage.attacks:
        assert len(watch(stage, Attack=attack)[1]) > 1


@pytest.mark.parametrize("offers", [Offers.SCORES, Offers.LABELS])
def test_an_access_that_only_answers(model, offers):
    """A batch of perturbed images is one frame, their mean; queries are counted once."""
    prior = EigenfacePrior.fit(np.random.default_rng(2).random((12, 8, 8)))
    access = BlackBox(model).only(offers)
    stage = InversionRun(access, names=NAMES, truth=np.zeros((3, 8, 8)),
                         attacks={GREY: MIFace(), PRIOR: FaceInversion(prior=prior, queries=300)})
    assert access.queries == 0 and all(map(stage.starts, NAMES))
    with pytest.raises(ValueError, match="needs GRADIENTS"):
        stage.run(print)
    found, seen = watch(stage, Attack=PRIOR)
    assert seen[-1].queries == found.queries == access.queries <= 301 and len(seen) < 100
    assert all(frame.image.shape == (8, 8) and 0 <= frame.confidence <= 1 for frame in seen)


def test_an_attack_cut_short_says_so(model):
    prior = EigenfacePrior.fit(np.random.default_rng(2).random((12, 8, 8)))
    stage = InversionRun(Metered(BlackBox(model), 90), names=NAMES, truth=np.zeros((3, 8, 8)),
                         attacks={PRIOR: FaceInversion(prior=prior, queries=300)})
    stage.end(watch(stage)[0])
    assert "ended early: the query budget" in stage.says()


def test_choosing_again_forgets(stage):
    stage.end(watch(stage)[0])
    stage.choose(PERSON, "Cy")
    assert stage.found is None and stage.film == [] and "Cy" in stage.says()


@pytest.mark.parametrize("what, choice", [(PERSON, "Dee"), (ATTACK, "magic"), ("Weather", "fine")])
def test_who_or_what_is_unknown_is_refused(stage, what, choice):
    with pytest.raises(ValueError, match="must be one of"):
        stage.choose(what, choice)


def test_frames_can_be_looked_at(stage):
    for n in range(3):
        stage.add(Frame(np.zeros((8, 8)), n / 4, n + 1))
    stage.turn(1)
    assert "frame 2 of 3: the model is 25% sure after 2 queries" in stage.says()
    with pytest.raises(ValueError, match="frame="):
        stage.turn(3)


def test_the_pace_by_hand():
    """Steps of 10 ms that all change: held up until patience is spent, then two of three are left out."""
    now = [0.0]
    pace, shown = Pace(rate=30, patience=1.0, clock=lambda: now[0]), 0
    for step in range(300):
        wait = pace.wait(Frame(np.full((2, 2), 2 * VISIBLE * step), 0.0, step))
        shown += wait is not None
        now[0] += 0.01 + (wait or 0)
    assert now[0] == pytest.approx(4.0, abs=0.1), "3 s of its own and 1 s of waiting"
    assert 3.5 * 20 < shown <= now[0] * 30 + 1


def test_steps_of_many_questions_are_shown_longer():
    now = [0.0]
    pace = Pace(rate=30, clock=lambda: now[0])
    for step in range(20):
        now[0] += 0.01 + (pace.wait(Frame(np.full((2, 2), step), 0.0, 41 * (step + 1))) or 0)
    assert now[0] == pytest.approx(19 / 10 + 0.01, abs=0.02)


def test_a_short_film_is_played_more_slowly(stage):
    assert stage.slower == 3
    stage.film = [Frame(np.zeros((8, 8)), 0.0, 1)] * 50
    assert stage.slower == 2
    stage.film *= 3
    assert stage.slower == 1


def test_what_does_not_change_is_shown_now_and_then():
    now = [0.0]
    pace = Pace(rate=30, clock=lambda: now[0])
    waits = []
    for step in range(100):
        waits.append(pace.wait(Frame(np.zeros((2, 2)), 0.0, step)))
        now[0] += 0.01
    assert 9 <= sum(wait is not None for wait in waits) <= 11 and not any(waits)
