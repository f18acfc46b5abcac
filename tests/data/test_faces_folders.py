"""A folder of people: who is who, and photographs that are there twice."""

import io
import tarfile

import numpy as np
import pytest
from PIL import Image, ImageOps
from real_data import SHARED

from leaklab.data import Faces, load_faces
from leaklab.data.duplicates import copies


def picture(seed):
    """A random picture without fine detail, as photographs are."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 5), np.uint8)
    return Image.fromarray(coarse).resize((90, 120), Image.Resampling.BICUBIC)


def put(folder, *names, seed):
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture(100 * seed + i).save(folder / name)


@pytest.fixture
def album(tmp_path):
    put(tmp_path, "ann/1.png", "ann/2.png", "ann/3.png", seed=1)
    put(tmp_path, "bo/1.png", "bo/2.png", "bo/3.png", seed=2)
    return tmp_path


def test_sessions_are_photographs_of_the_person(album):
    put(album, "ann/july/1.png", "ann/july/late/2.png", "bo/home/1.png", seed=3)
    (album / "ann" / "july" / ".thumbs").mkdir()
    (album / "ann" / "july" / ".thumbs" / "1.png").write_bytes(b"litter")
    faces = load_faces(album)
    assert faces.names == ("ann", "bo") and np.bincount(faces.person).tolist() == [5, 4]


def test_parts_of_the_data_do_not_become_people(tmp_path):
    for part in ("2019", "2020"):
        put(tmp_path, f"{part}/ann/1.png", f"{part}/ann/2.png", f"{part}/Bo/1.png", seed=int(part))
    with pytest.raises(ValueError, match=r"2020 and .*2019 both hold a subfolder 'Bo': .*not clear.*one subfolder"):
        load_faces(tmp_path)


def test_people_called_train_and_test_are_doubted(tmp_path):
    put(tmp_path, "Train/ann/1.png", "Train/ann/2.png", seed=1)
    put(tmp_path, "Test/bo/1.png", "Test/bo/2.png", seed=2)
    with pytest.raises(ValueError, match=r"Test is called like a part of the data: it is not clear"):
        load_faces(tmp_path)
    put(tmp_path, "flat/train/1.png", "flat/train/2.png", "flat/test/1.png", "flat/test/2.png", seed=3)
    with pytest.raises(ValueError, match=r"test is called like a part of the data"):
        load_faces(tmp_path / "flat")
    put(tmp_path, "people/Val/1.png", "people/Val/2.png", "people/Bo/1.png", "people/Bo/2.png", seed=4)
    assert load_faces(tmp_path / "people").names == ("Bo", "Val")


def test_photographs_beside_the_people_are_told_of(album):
    put(album, "group.JPG", seed=4)
    (album / "README").write_text("whose photographs these are")
    with pytest.warns(UserWarning, match=r"group\.JPG and 0 more"):
        assert len(load_faces(album)) == 6


def test_a_link_to_a_folder_is_not_left_out_in_silence(album):
    (album / "ann" / "more").symlink_to(album / "bo")
    with pytest.raises(ValueError, match=r"more cannot be read"):
        load_faces(album)


@pytest.mark.parametrize("name, settings", [
    ("copy.png", {}), ("copy.jpg", {"quality": 60}), ("copy.jpg", {"quality": 95}), ("half.png", {}), ("deep.png", {})])
def test_copies_stay_on_one_side(album, name, settings):
    again = picture(101)
    again = again.resize((45, 60)) if name.startswith("half") else again
    again = Image.fromarray(np.asarray(again, np.uint16) * 257) if name.startswith("deep") else again
    again.save(album / "ann" / name, **settings)
    with pytest.warns(UserWarning, match=rf"1 photograph\(s\) twice: .*{name}, a copy of .*2\.png") as told:
        faces = load_faces(album)
    assert told[0].filename == __file__
    group = faces.groups()
    twin = np.flatnonzero(group == np.bincount(group).argmax())
    assert len(twin) == 2 and faces.person[twin].tolist() == [0, 0]
    for seed in range(10):
        train, test = faces.split_photographs(2, rng=seed)
        held = [any(np.array_equal(faces.images[i], image) for image in train.images) for i in twin]
        assert held[0] == held[1] and len(train) == 4 + held[0] and len(train) + len(test) == 7
    with pytest.raises(ValueError, match=r"train=3: .*ann has 3 photograph\(s\) \(copies counted once\)"):
        faces.split_photographs(3, rng=0)


def test_copies_do_not_make_up_for_photographs(album):
    for i in (2, 3):
        picture(100).save(album / "ann" / f"{i}.png")
    with pytest.raises(ValueError, match=r"ann holds 1 different photograph\(s\).*at least 2"):
        load_faces(album)


def test_a_photograph_of_two_people_is_refused_and_both_files_named(album):
    picture(100).save(album / "bo" / "guest.jpg", quality=80)
    with pytest.raises(ValueError, match=r"ann.1\.png and .*bo.guest\.jpg are the same photograph"):
        load_faces(album)
    image = np.random.default_rng(0).random((3, 8, 8))
    faces = Faces(image[[0, 1, 0, 2]], [0, 0, 1, 1], ("ann", "bo"), "tests")
    for split in (faces.split_photographs, faces.split_people):
        with pytest.raises(ValueError, match=r"images=\[0, 2\]: are the same photograph, of ann and of bo"):
            split(1, rng=0)


def test_pictures_that_are_only_similar_are_no_copies():
    rng = np.random.default_rng(0)
    base = np.stack([np.asarray(picture(i), np.float64) / 255 for i in range(20)])
    assert copies(base).tolist() == list(range(20))
    assert copies(base / 16).tolist() == list(range(20)), "however dark"
    assert copies(np.stack([base[0], 0.9 * base[0], base[0, :, ::-1], np.roll(base[0], 6, 1)])).tolist() == [0, 1, 2, 3]
    flat = np.repeat([0.2, 0.2 + 1e-3, 0.2], 64).reshape(3, 8, 8)
    assert copies(flat).tolist() == [0, 1, 0]
    tiny = rng.random((5, 2, 3))
    assert copies(tiny[[0, 1, 2, 1, 4]]).tolist() == [0, 1, 2, 1, 3]
    assert copies(np.repeat(base[..., None], 3, axis=3)).tolist() == list(range(20))


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    if not SHARED.exists():
        pytest.skip("real faces are not here")
    folder = tmp_path_factory.mktemp("originals")
    with tarfile.open(SHARED / "att_faces.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "att_faces"


def test_the_originals_keep_their_pixels(originals):
    faces = load_faces(originals, size="own")
    assert (len(faces), faces.people, faces.shape) == (400, 40, (112, 92))
    for i in range(0, 400, 37):
        name = faces.names[faces.person[i]]
        file = sorted((originals / name).iterdir())[i % 10]
        plain = np.frombuffer(file.read_bytes()[-112 * 92:], np.uint8).reshape(112, 92)
        assert np.array_equal(faces.images[i], np.float32(plain) / 255)


def saved_again(image, scale=1.0, **settings):
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    image.save(opened := io.BytesIO(), **settings)
    return Image.open(opened)


@pytest.mark.parametrize("scale, settings", [
    (1, {"format": "JPEG", "quality": 60}),
    (1, {"format": "JPEG", "quality": 95}), (0.5, {"format": "PNG"}),
    (1.5, {"format": "JPEG", "quality": 75})])
@pytest.mark.parametrize("size", [(64, 64), (112, 92)])
def test_all_copies_of_real_photographs_are_found_and_no_two_that_differ(originals, scale, settings, size):
    files = sorted(originals.glob("s*/*.pgm"))
    first = [Image.open(file) for file in files]
    again = [saved_again(image, scale, **settings).convert("L") for image in first]
    images = np.stack([np.asarray(ImageOps.fit(image, size[::-1], Image.Resampling.LANCZOS), np.float32) / 255
                       for image in (*first, *again)])
    assert copies(images).tolist() == [*range(400)] * 2
