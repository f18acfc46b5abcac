"""One epsilon across the story, prepared beforehand or trained live."""

import json

import numpy as np
import pandas as pd
import pytest

from leaklab.course.saved import saved_runs
from leaklab.course.story import PrivacyStory, save_points, saved_points
from leaklab.data import Records
from leaklab.experiments import SeedsPoint, Victim, seeds_point


def records(n):
    """A table of other names: three columns, two classes."""
    x = np.random.default_rng(0).normal(size=(n, 3))
    return Records(pd.DataFrame(x, columns=list("abc")), (x[:, 0] > 0).astype(int), "ill", ("no", "yes"), np.zeros(3),
                   np.ones(3), "tests")


@pytest.fixture(scope="module")
def runs():
    return saved_runs()


@pytest.fixture
def story(runs):
    return PrivacyStory(runs)


def test_it_stands_where_something_was_run_and_remembers_how_far(story):
    assert np.isinf(story.epsilon) and story.epsilons == story.runs.epsilons
    story.turn(0.5)
    story.turn(8.0)
    assert (story.epsilon, story.reached) == (8.0, 0.5)
    with pytest.raises(ValueError, match="epsilon=3: must be one of"):
        story.turn(3)
    with pytest.raises(ValueError, match="victim='nobody': must be one of"):
        story.choose("nobody")


def test_what_was_prepared_tells_the_story(story):
    """Measured, not drawn by hand: the plain models leak, the private ones hardly; the victim stands out."""
    plain, private = story.points[np.inf], story.points[0.5]
    assert plain.auc.min() > 0.6 > private.auc.max()
    case = plain.victims["ill, though nothing foretold it"]
    assert case.inside.mean() - case.outside.mean() > 2 and case.belief > 0.8
    assert private.victims["ill, though nothing foretold it"].belief < 1 / (1 + np.exp(-0.5)) + 0.1


def test_live_models_take_the_place_of_the_prepared(story):
    point = SeedsPoint(np.inf, np.array([0.5]), np.array([0.5]), story.points[np.inf].victims)
    assert not story.live
    story.keep(point)
    assert story.points[np.inf] is point and story.live == {np.inf}


def test_points_are_read_as_they_were_written(tmp_path):
    case = Victim(np.array([1.2346]), np.array([-2.0, 0.5]), 0.25)
    save_points([SeedsPoint(np.inf, np.array([0.5]), np.array([0.75]), {"<b>": case})], folder=tmp_path)
    point = saved_points(tmp_path)[np.inf]
    assert (point.accuracy, point.auc, point.victims["<b>"].belief) == (0.5, 0.75, 0.25)
    assert point.victims["<b>"].inside == 1.235 and json.loads((tmp_path / "dial.json").read_text())["made_by"]


def test_a_missing_file_names_its_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"private.py --dial"):
        saved_points(tmp_path)


def test_runs_and_points_must_meet(runs):
    point = SeedsPoint(3.0, np.array([0.5]), np.array([0.5]), {})
    with pytest.raises(ValueError, match="must share an epsilon"):
        PrivacyStory(runs, {3.0: point})


def test_seeds_are_trained_on_another_table():
    pool = records(120)
    point = seeds_point(pool, 2.0, {"the third": 2}, models=8, rng=0)
    case = point.victims["the third"]
    assert point.accuracy.shape == point.auc.shape == (8,) and len(case.inside) + len(case.outside) == 8
    assert 0 <= case.belief <= 1 and ((point.accuracy >= 0) & (point.accuracy <= 1)).all()
    again = seeds_point(pool, 2.0, {"the third": 2}, models=8, rng=0)
    assert (again.accuracy == point.accuracy).all() and again.victims["the third"].belief == case.belief


@pytest.mark.parametrize(("asked", "message"), [
    ({"victims": {"x": 120}}, r"victims\['x'\]=120: must be"), ({"models": 7}, "models=7: must be")])
def test_what_cannot_be_is_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        seeds_point(records(120), 2.0, **{"victims": {}, "models": 8, **asked}, rng=0)
