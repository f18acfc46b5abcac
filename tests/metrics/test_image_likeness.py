"""Likeness of images against oracles, by hand, and where it flatters."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from leaklab.metrics import correlation, correlation_beyond, ssim


@pytest.fixture(scope="module")
def faces():
    return np.random.default_rng(0).random((4, 16, 14))


def test_correlation_is_pearsons_and_bounded(faces):
    found = correlation(faces, faces[::-1])
    pairs = zip(faces, faces[::-1], strict=True)
    assert found == pytest.approx([pearsonr(a.ravel(), b.ravel()).statistic for a, b in pairs])
    np.testing.assert_allclose(correlation(faces, 0.3 * faces + 0.2), 1)
    np.testing.assert_allclose(correlation(faces, 1 - faces), -1)


def test_plain_correlation_flatters_and_the_other_does_not():
    # People are a common face plus their own; an attack that returns the common face has found nobody.
    rng = np.random.default_rng(1)
    mean, own = rng.random((24, 24)), 0.2 * rng.standard_normal((50, 24, 24))
    nobody = np.broadcast_to(mean, own.shape)
    assert correlation(nobody, mean + own).min() > 0.7
    assert np.array_equal(correlation_beyond(nobody, mean + own, mean), np.zeros(50))
    # A face of somebody else: 0 on average, 5 standard errors of 50 correlations over 576 pixels.
    strangers = correlation_beyond(mean + np.roll(own, 1, axis=0), mean + own, mean)
    assert abs(strangers.mean()) < 5 / np.sqrt(50 * 576)
    np.testing.assert_allclose(correlation_beyond(mean + 0.5 * own, mean + own, mean), 1)


def test_flat_images_have_no_likeness(faces):
    flat = np.full_like(faces, 0.3)
    assert not correlation(flat, faces).any() and not correlation(flat, flat).any()


def test_ssim_of_one_window_by_hand():
    # An 11 x 11 image has one window: the formula (13) of Wang et al. with explicit Gaussian weights.
    a, b = np.random.default_rng(2).random((2, 1, 11, 11))
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights = np.outer(line, line) / line.sum() ** 2
    ma, mb = (weights * a[0]).sum(), (weights * b[0]).sum()
    va, vb = (weights * (a[0] - ma) ** 2).sum(), (weights * (b[0] - mb) ** 2).sum()
    covariance = (weights * (a[0] - ma) * (b[0] - mb)).sum()
    expected = (2 * ma * mb + 1e-4) * (2 * covariance + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    assert ssim(a, b)[0] == pytest.approx(expected)


def test_ssim_of_equal_images_is_one_symmetric_and_falls_with_noise(faces):
    np.testing.assert_allclose(ssim(faces, faces), 1)
    np.testing.assert_allclose(ssim(faces, faces[::-1]), ssim(faces[::-1], faces))
    noise = np.random.default_rng(3).standard_normal(faces.shape)
    little, much = (ssim(faces, np.clip(faces + s * noise, 0, 1)).mean() for s in (0.05, 0.4))
    assert 1 > little > much + 0.2
    assert ssim(faces, faces[:, ::-1]).max() < 0.5


def test_images_are_compared_one_by_one(faces):
    mean = faces.mean(0)
    other = faces[[1, 2, 3, 0]]
    for together, alone in ((ssim(faces, other), [ssim(faces[i:i + 1], other[i:i + 1])[0] for i in range(4)]),
                            (correlation_beyond(faces, other, mean),
                             [correlation_beyond(faces[i:i + 1], other[i:i + 1], mean)[0] for i in range(4)])):
        np.testing.assert_allclose(together, alone)


@pytest.mark.parametrize("call, message", [
    (lambda f: ssim(f, f[:2]), "must be the same"), (lambda f: ssim(f[0], f[0]), "3 dimension"),
    (lambda f: ssim(f[:, :8], f[:, :8]), "11 x 11"), (lambda f: ssim(f, 255 * f), r"b=.*\[0, 1\].*rescale"),
    (lambda f: correlation(f, f * np.nan), "truth holds nan"),
    (lambda f: correlation_beyond(f, f, f[0, :3]), "mean has shape"),
    (lambda f: correlation_beyond(f, f, f), "mean has shape"),
])
def test_images_refused(faces, call, message):
    with pytest.raises(ValueError, match=message):
        call(faces)
