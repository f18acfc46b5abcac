"""The Olivetti cache: known by the photographs in it, whoever wrote the pickle around them, and never unpickled."""

import gzip
import os
import pickle
import tracemalloc
import zlib

import joblib
import numpy as np
import pytest
from real_data import SHARED
from sklearn.datasets import fetch_olivetti_faces

from leaklab.data import albums, load_faces
from leaklab.data.olivetti import LIMIT, stored_faces, upright

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="real faces are not here")


@pytest.fixture(scope="module")
def pixels():
    found = stored_faces(SHARED / "scikit_learn_data" / "olivetti_py3.pkz")
    assert found is not None
    return found


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """Where the loader looks; whoever unpickles fails the test."""
    monkeypatch.setenv("LEAKLAB_DATA", str(tmp_path))
    monkeypatch.setattr(albums, "fetch_olivetti_faces", lambda **_: pytest.fail("scikit-learn was asked"))
    monkeypatch.setattr(joblib, "load", lambda *_, **__: pytest.fail("it was unpickled"))
    return tmp_path / "olivetti_py3.pkz"


@pytest.mark.parametrize("order, compress", [
    ("C", 0), ("C", 9), ("F", 0), ("F", 1), ("F", ("gzip", 3)), *(("C", (kind, 1)) for kind in ("bz2", "lzma", "xz"))])
def test_caches_of_other_versions_are_known(cache, pixels, compress, order):
    joblib.dump(np.array(pixels, order=order), cache, compress=compress)
    assert np.array_equal(load_faces("olivetti").images, upright(pixels))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_other_protocols_and_other_picklers(cache, pixels, protocol):
    joblib.dump(pixels, cache, compress=3, protocol=protocol)
    assert len(load_faces("olivetti")) == 400
    if protocol > 2:
        cache.write_bytes(zlib.compress(pickle.dumps(pixels, protocol)))
        assert len(load_faces("olivetti")) == 400


def test_a_cache_of_joblib_before_0_10(cache, pixels):
    """A header with the length in front of the compressed bytes, one character longer from Python 2."""
    content = pickle.dumps(pixels, 3)
    for fill in (19, 20):
        cache.write_bytes(b"ZF" + hex(len(content)).encode().ljust(fill) + zlib.compress(content))
        assert len(load_faces("olivetti")) == 400


def test_the_photographs_are_what_scikit_learn_gives(monkeypatch):
    monkeypatch.setenv("LEAKLAB_DATA", str(SHARED))
    ours, theirs = load_faces("olivetti"), fetch_olivetti_faces(data_home=SHARED / "scikit_learn_data")
    assert np.array_equal(ours.images, theirs.images) and np.array_equal(ours.person, theirs.target)


def test_scikit_learn_s_own_cache_is_read_the_same_way(monkeypatch, cache, pixels):
    monkeypatch.delenv("LEAKLAB_DATA")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(cache.parent))
    joblib.dump(pixels, cache)
    assert len(load_faces("olivetti")) == 400
    cache.write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"olivetti_py3\.pkz has sha256"):
        load_faces("olivetti")


class Runs:
    def __init__(self, pixels, place):
        self.pixels, self.place = pixels, place

    def __reduce__(self):
        return os.mkdir, (self.place,), {"pixels": self.pixels}


def test_code_in_a_cache_is_not_run(cache, pixels):
    place = str(cache.parent / "it ran")
    joblib.dump([Runs(pixels, place), pixels], cache, compress=6)
    assert np.array_equal(load_faces("olivetti").images, upright(pixels))
    assert not os.path.exists(place)


def test_other_photographs_are_refused(cache, pixels):
    changed = pixels.copy()
    changed[399, 4095] ^= 1
    for other in (changed, pixels[:399], pixels.T.copy().T[::-1], np.float32(pixels)):
        joblib.dump(other, cache, compress=1)
        with pytest.raises(ValueError, match=r"sha256 .*not in it byte for byte.*may run code"):
            load_faces("olivetti")
    cache.write_bytes(gzip.compress(pixels.tobytes())[:-200_000])
    with pytest.raises(ValueError, match=r"sha256"):
        load_faces("olivetti")


def test_a_bomb_is_unpacked_no_further_than_the_faces_are_long(cache):
    cache.write_bytes(zlib.compress(bytes(200 * LIMIT)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"sha256"):
        load_faces("olivetti")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20 * LIMIT
