"""Likeness: known answers for perfect, average and mistaken faces."""

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.evaluation import judge

RNG = np.random.default_rng(0)
TRUTH = RNG.random((6, 16, 16)).astype(np.float32)
AVERAGE = TRUTH.mean(axis=0)


def nearest(x):
    """An evaluator that knows the truth: softmax of minus the squared distance."""
    d = -((x[:, None] - TRUTH[None]) ** 2).sum(axis=(2, 3))
    e = np.exp(d - d.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


EVALUATOR = BlackBox(nearest, inputs=(16, 16), classes=6)


def likeness(images, people=range(6)):
    return judge(images, list(people), evaluator=EVALUATOR, truth=TRUTH, average=AVERAGE)


def test_the_truth_is_recognised():
    got = likeness(TRUTH)
    assert got.top1.value == got.top5.value == 1
    np.testing.assert_allclose(got.beyond, 1, atol=1e-5)
    np.testing.assert_allclose(got.ssim, 1, atol=1e-5)


def test_one_face_for_everybody_is_right_once():
    assert likeness(np.repeat(TRUTH[:1], 6, axis=0)).top1.value == pytest.approx(1 / 6) == likeness(TRUTH).chance


def test_a_mix_up_is_not_a_likeness():
    got = likeness(np.roll(TRUTH, 1, axis=0))
    assert got.top1.value == 0
    assert got.beyond.max() < 0.5


def test_an_undecided_evaluator_counts_against_the_attack():
    undecided = BlackBox(lambda x: np.full((len(x), 6), 1 / 6), inputs=(16, 16), classes=6)
    assert judge(TRUTH, range(6), evaluator=undecided, truth=TRUTH, average=AVERAGE).top5.value == 0


def test_the_sentence_carries_the_interval():
    assert "top-1 1.00 [0.54, 1.00]" in str(likeness(TRUTH))


def test_refusals():
    with pytest.raises(ValueError, match="truth has 5 rows: must have 6"):
        judge(TRUTH, range(6), evaluator=EVALUATOR, truth=TRUTH[:5], average=AVERAGE)
