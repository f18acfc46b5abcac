"""Faces: the arrays, the splits that attacks rely on, and loaders that say what is wrong."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from leaklab.data import Faces, albums, load_faces
from leaklab.data import faces as faces_module

SHARED = Path(__file__).parents[3] / "shared" / "data"


def some_faces(counts, seed=0):
    """Faces whose every pixel value is its own, so photographs can be told apart."""
    person = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    images = np.linspace(0, 1, len(person) * 6).reshape(-1, 2, 3)
    return Faces(images, person, tuple(f"p{i}" for i in range(len(counts))), "test")


def marks(faces):
    return set(faces.images[:, 0, 0].tolist())


counts = st.lists(st.integers(2, 6), min_size=2, max_size=7)
seeds = st.integers(0, 2**32 - 1)


@given(counts, seeds, st.data())
def test_people_are_private_or_public_and_never_both(counts, seed, data):
    faces = some_faces(counts, seed)
    private = data.draw(st.integers(1, len(counts) - 1))
    ours, theirs = faces.split_people(private, rng=seed)
    assert (ours.people, theirs.people) == (private, len(counts) - private)
    assert set(ours.names) | set(theirs.names) == set(faces.names) and not set(ours.names) & set(theirs.names)
    assert marks(ours) | marks(theirs) == marks(faces) and not marks(ours) & marks(theirs)
    for part in (ours, theirs):
        by_name = {part.names[i]: marks(part.take(part.person == i)) if part.people == 1 else
                   marks(part.of([i])) for i in range(part.people)}
        assert by_name == {name: marks(faces.of([faces.names.index(name)])) for name in part.names}


@given(counts, seeds, st.data())
def test_photographs_train_or_test_and_never_both(counts, seed, data):
    faces = some_faces(counts, seed)
    train = data.draw(st.integers(1, min(counts) - 1))
    ours, theirs = faces.split_photographs(train, rng=seed)
    assert marks(ours) | marks(theirs) == marks(faces) and not marks(ours) & marks(theirs)
    assert np.bincount(ours.person).tolist() == [train] * faces.people
    assert np.bincount(theirs.person).tolist() == [n - train for n in counts]
    again, _ = faces.split_photographs(train, rng=seed)
    assert marks(again) == marks(ours)


def test_splits_depend_on_the_seed():
    faces = some_faces([5] * 6)
    assert len({faces.split_people(3, rng=seed)[0].names for seed in range(20)}) > 5
    assert len({frozenset(marks(faces.split_photographs(2, rng=seed)[0])) for seed in range(20)}) > 15


def test_a_split_that_leaves_nothing_is_refused_and_names_the_person():
    faces = some_faces([5, 3, 4])
    with pytest.raises(ValueError, match=r"train=3: .*at most 2.*p1 has 3 photograph"):
        faces.split_photographs(3, rng=0)
    with pytest.raises(ValueError, match=r"private=3: .*at most 2.*public"):
        faces.split_people(3, rng=0)
    with pytest.raises(ValueError, match="rng=None"):
        faces.split_people(1, rng=None)


def test_of_renumbers_in_the_order_given():
    faces = some_faces([2, 3, 4])
    part = faces.of([2, 0])
    assert part.names == ("p2", "p0") and np.bincount(part.person).tolist() == [4, 2]
    for people in ([], [0, 0], [3]):
        with pytest.raises(ValueError, match="people"):
            faces.of(people)


def test_means_count_every_person_once():
    faces = Faces(np.stack([np.full((2, 2), v) for v in (0.0, 0.2, 0.9)]), [0, 0, 1], ("a", "b"), "test")
    assert np.allclose(faces.class_means()[:, 0, 0], [0.1, 0.9]) and np.allclose(faces.mean_face(), 0.5)
    assert (len(faces), faces.people, faces.shape) == (3, 2, (2, 2)) and "3 photographs of 2 people" in repr(faces)


def test_faces_own_their_arrays_and_refuse_what_they_cannot_be():
    images = np.zeros((2, 4, 4), np.float32)
    faces = Faces(images, [0, 1], ("a", "b"), "test")
    images[:] = 1
    assert faces.images.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        faces.images[0] = 1
    for bad, person, message in ((np.zeros((2, 4)), [0, 1], "3 dimension"), (images * 255, [0, 1], "255"),
                                 (images * np.nan, [0, 1], "finite"), (images, [0], "2"), (images, [0, 2], r"\[0, 1\]"),
                                 (images, [0, 0], "person='b'.*at least one photograph")):
        with pytest.raises(ValueError, match=message):
            Faces(bad, person, ("a", "b"), "test")


def test_the_embedded_faces():
    faces = load_faces()
    assert faces.people == 60 and faces.shape == (64, 64) and faces.images.dtype == np.float32
    assert np.bincount(faces.person).tolist() == [10] * 60
    assert len({image.tobytes() for image in faces.images}) == 600
    few = load_faces(people=4, photographs=3)
    assert np.array_equal(few.images, faces.images[faces.person < 4].reshape(4, 10, 64, 64)[:, :3].reshape(-1, 64, 64))


def test_more_synthetic_photographs_than_embedded_continue_the_embedded_ones():
    more, embedded = load_faces(people=1, photographs=11), load_faces(people=1)
    assert len(more) == 11 and np.array_equal(more.images[:10], embedded.images)
    others = load_faces(people=1, photographs=1, rng=5)
    assert not np.array_equal(others.images[0], embedded.images[0])


def test_a_missing_sheet_says_how_to_render_it(monkeypatch, tmp_path):
    monkeypatch.setattr(faces_module, "EMBEDDED", tmp_path / "faces.png")
    with pytest.raises(FileNotFoundError, match=r"faces.png is missing.*python -m leaklab.data"):
        load_faces()


@pytest.mark.parametrize(("settings", "message"), [
    ({"source": "olivetty"}, "source='olivetty'.*'olivetti'.*Check the spelling"),
    ({"people": 0}, "people=0"),
    ({"photographs": 2.5}, "photographs=2.5"),
    ({"source": "olivetti", "rng": 1}, "rng=1"),
    ({"source": "lfw", "min_photographs": 1}, "min_photographs=1.*one to test"),
])
def test_wrong_arguments_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        load_faces(**settings)


@pytest.fixture
def album(tmp_path):
    """Two people with three photographs each: one bright on the left, one on the right, 90 x 120 pixels."""
    for name, lit in (("Ada", slice(0, 45)), ("Bo", slice(45, 90))):
        (tmp_path / name).mkdir()
        for i in range(3):
            pixels = np.zeros((120, 90, 3), np.uint8)
            pixels[:, lit] = 200 + 10 * i
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_a_folder_of_photographs(album):
    (album / "Ada" / ".DS_Store").write_bytes(b"litter")
    faces = load_faces(album)
    assert faces.names == ("Ada", "Bo") and faces.person.tolist() == [0, 0, 0, 1, 1, 1] and faces.shape == (64, 64)
    left, right = faces.images[:, :, :30].mean((1, 2)), faces.images[:, :, 34:].mean((1, 2))
    assert np.allclose(left[:3], np.array([200, 210, 220]) / 255, atol=0.01) and (left[3:] < 0.01).all()
    assert (right[:3] < 0.01).all() and (right[3:] > 0.75).all()
    assert len(load_faces(album, people=1, photographs=2)) == 2
    with pytest.raises(ValueError, match=r"people=3.*at most 2"):
        load_faces(album, people=3)


def test_a_photograph_taken_sideways_is_turned_upright(album):
    sideways = Image.fromarray(np.rot90(np.asarray(Image.open(album / "Ada" / "0.png"))).copy())
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to view
    sideways.save(album / "Ada" / "3.png", exif=exif)
    with pytest.warns(UserWarning, match=r"3\.png, a copy of .*0\.png"):
        faces = load_faces(album)
    assert np.allclose(faces.images[3], faces.images[0], atol=0.02)


def test_a_bad_folder_is_explained(album):
    (album / "Ada" / "notes.txt").write_text("not a photograph")
    with pytest.raises(ValueError, match=r"notes\.txt cannot be read as a photograph.*Remove it"):
        load_faces(album)
    (album / "Ada" / "notes.txt").unlink()
    (album / "Ada" / "cut.png").write_bytes((album / "Ada" / "0.png").read_bytes()[:60])
    with pytest.raises(ValueError, match=r"cut\.png cannot be read"):
        load_faces(album)
    (album / "Ada" / "cut.png").unlink()
    with pytest.raises(ValueError, match=r"Ada holds 3 photograph.*at least 4.*Add some"):
        load_faces(album, min_photographs=4)
    for file in ("1.png", "2.png"):
        (album / "Bo" / file).unlink()
    with pytest.raises(ValueError, match=r"Bo holds 1 photograph.*at least 2"):
        load_faces(album)
    with pytest.raises(ValueError, match=r"0 subfolder.*one a person"):
        load_faces(album / "Ada")


@pytest.mark.skipif(not SHARED.exists(), reason="real faces are not here")
def test_olivetti_from_the_named_folder(monkeypatch):
    monkeypatch.setenv("LEAKLAB_DATA", str(SHARED))
    faces = load_faces("olivetti")
    assert (len(faces), faces.people, faces.shape) == (400, 40, (64, 64)) and faces.names[0] == "s1"
    assert np.bincount(faces.person).tolist() == [10] * 40
    # The file holds 8-bit columns with maximum 242; the checksum of that array identifies the pixels themselves.
    raw = np.round(faces.images.transpose(0, 2, 1) * 242).astype(np.uint8)
    assert hashlib.sha256(raw.tobytes()).hexdigest().startswith("b119468c2f13775d")


def test_an_unknown_pickle_is_not_opened(monkeypatch, tmp_path):
    (tmp_path / "olivetti_py3.pkz").write_bytes(b"anything may be in here")
    monkeypatch.setenv("LEAKLAB_DATA", str(tmp_path))
    monkeypatch.setattr(albums, "fetch_olivetti_faces", lambda **_: pytest.fail("it was opened"))
    with pytest.raises(ValueError, match=r"olivetti_py3\.pkz has sha256 .*may run code"):
        load_faces("olivetti")


@pytest.mark.parametrize(("source", "fetcher", "file"), [("olivetti", "fetch_olivetti_faces", "olivetti_py3.pkz"),
                                                         ("lfw", "fetch_lfw_people", "lfw_home")])
def test_without_a_network_the_error_says_what_to_put_where(monkeypatch, tmp_path, caplog, source, fetcher, file):
    def offline(**settings):
        raise OSError("no route to host")

    monkeypatch.setattr(albums, fetcher, offline)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.delenv("LEAKLAB_DATA", raising=False)
    expected = rf"{file} was not found.*LEAKLAB_DATA.*synthetic"
    with caplog.at_level(logging.WARNING), pytest.raises(OSError, match=expected):
        load_faces(source)
    assert "over the network" in caplog.text


def test_lfw_keeps_people_with_enough_photographs(monkeypatch, tmp_path):
    """scikit-learn's real loader over a miniature of the data set, laid out as the original is."""
    home = tmp_path / "lfw_home"
    for name, photographs in (("Ada_L", 3), ("Bo_D", 2), ("Cy_R", 1)):
        (home / "lfw_funneled" / name).mkdir(parents=True)
        for i in range(photographs):
            pixels = np.full((250, 250, 3), 40 + 60 * i, np.uint8)
            Image.fromarray(pixels).save(home / "lfw_funneled" / name / f"{name}_{i:04d}.jpg")
    for file in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (home / file).write_text("")
    monkeypatch.setenv("LEAKLAB_DATA", str(tmp_path))
    faces = load_faces("lfw", min_photographs=2)
    assert faces.names == ("Ada L", "Bo D") and faces.shape == (64, 64) and len(faces) == 5
    assert np.isin(np.round(faces.images[:, 32, 32] * 255), [40, 100, 160]).all()
