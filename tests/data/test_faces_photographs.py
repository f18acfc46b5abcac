"""Pictures as people have them: depths, transparency, palettes, sizes, color. Pillow writes, known pixels are read."""

import warnings

import numpy as np
import pytest
from PIL import Image

from leaklab.data import load_faces
from leaklab.data.photographs import photograph

RAMP = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16  # 0 to 65520
RGB = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
GREY = np.asarray(Image.fromarray(RGB).convert("L"), np.float32) / 255


def saved(tmp_path, image, name, **settings):
    image.save(tmp_path / name, **settings)
    return tmp_path / name


def pixels(file, size=(64, 64), color=False):
    return photograph(file, size, color=color)[0]


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm", "a.jp2"])
def test_16_bits_are_scaled_by_the_whole_range(tmp_path, name):
    file = saved(tmp_path, Image.fromarray(RAMP), name)
    read, deep = photograph(file, (64, 64), color=False)
    assert deep and read.dtype == np.float32 and np.abs(read - RAMP / 65535).max() < 1e-6
    color = pixels(file, color=True)
    assert color.shape == (64, 64, 3) and np.array_equal(color[..., 1], read)
    assert np.abs(pixels(file, (16, 16)) - (RAMP / 65535).reshape(16, 4, 16, 4).mean((1, 3))).max() < 0.02


def test_16_bits_big_endian_sideways_white_is_zero_and_with_a_transparent_level(tmp_path):
    big = saved(tmp_path, Image.fromarray(RAMP.astype(">u2")), "big.tif")
    assert np.abs(pixels(big) - RAMP / 65535).max() < 1e-6
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("turned.png", "turned.tif"):
        turned = saved(tmp_path, Image.fromarray(np.rot90(RAMP).copy()), name, exif=exif)
        assert np.abs(pixels(turned) - RAMP / 65535).max() < 1e-6
    negative = saved(tmp_path, Image.fromarray(RAMP), "negative.tif", tiffinfo={262: 0})
    raw = bytearray(negative.read_bytes())
    tag = raw.find((262).to_bytes(2, "little") + (3).to_bytes(2, "little"))
    raw[tag + 8:tag + 10] = (0).to_bytes(2, "little")  # Pillow writes 1 whatever it is told
    negative.write_bytes(raw)
    assert np.abs(pixels(negative) - (1 - RAMP / 65535)).max() < 1e-6
    keyed = saved(tmp_path, Image.fromarray(RAMP), "keyed.png", transparency=16)
    assert pixels(keyed)[0, 1] == 1 and pixels(keyed)[0, 2] == np.float32(32 / 65535)


def test_12_bits_that_the_file_states(tmp_path):
    """A TIFF of 12 bits a sample, by hand: two pixels in three bytes."""
    levels = (np.arange(64 * 64) % 4096).reshape(64, 64)
    a, b = levels.reshape(-1, 2).T
    data = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], axis=1).astype(np.uint8).tobytes()
    fields = [(256, 3, 64), (257, 3, 64), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
              (278, 3, 64), (279, 4, len(data))]
    header = b"II*\0" + (8 + len(data)).to_bytes(4, "little") + data + len(fields).to_bytes(2, "little")
    entries = b"".join(tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little")
                       + value.to_bytes(4, "little") for tag, kind, value in fields)
    (tmp_path / "a.tif").write_bytes(header + entries + bytes(4))
    assert np.abs(pixels(tmp_path / "a.tif") - levels / 4095).max() < 1e-6


def test_floating_point_numbers_are_taken_from_0_to_1_and_else_refused(tmp_path):
    levels = (RAMP / 65535).astype(np.float32)
    assert np.array_equal(pixels(saved(tmp_path, Image.fromarray(levels), "f.tif")), levels)
    edge = np.repeat([[0, 1]], 32, axis=1).repeat(64, axis=0).astype(np.float32)
    scaled = pixels(saved(tmp_path, Image.fromarray(edge), "edge.tif"), (50, 50))
    assert scaled.min() >= 0 and scaled.max() <= 1
    for bad, name in ((levels * 255, "g.tif"), (levels - 0.1, "n.tif"), (levels * np.nan, "nan.tif")):
        with pytest.raises(ValueError, match=rf"{name} cannot be read.*must lie in \[0, 1\]"):
            pixels(saved(tmp_path, Image.fromarray(bad), name))
    with pytest.raises(ValueError, match=r"i\.tif cannot be read.*32-bit whole numbers.*save it with 8 or 16"):
        pixels(saved(tmp_path, Image.fromarray(RAMP.astype(np.int32)), "i.tif"))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_hidden_pixels_never_show_and_lie_on_white(tmp_path, mode, name):
    alpha = np.zeros((64, 64), np.uint8)
    alpha[:32], alpha[32:40] = 255, 128
    image = Image.fromarray(RGB).convert(mode)
    image.putalpha(Image.fromarray(alpha))
    read = pixels(saved(tmp_path, image, name, **({"lossless": True, "exact": True} if "webp" in name else {})))
    assert np.array_equal(read[:32], GREY[:32]) and (read[40:] == 1).all()
    assert np.abs(read[32:40] - (GREY[32:40] * 128 + 127) / 255).max() < 0.01
    small = pixels(tmp_path / name, (8, 8))
    assert (small[6:] > 0.99).all()


def test_palettes_one_bit_and_print_colors(tmp_path):
    few = Image.fromarray(RGB).quantize(16)
    shown = np.asarray(few.convert("RGB"), np.float32) / 255
    for name in ("p.png", "p.gif", "p.bmp"):
        assert np.array_equal(pixels(saved(tmp_path, few, name), color=True), shown)
    hidden = np.asarray(few) == 3
    for name, key in (("t.png", 3), ("t.gif", 3), ("bytes.png", bytes([255] * 3 + [0] + [255] * 12))):
        read = pixels(saved(tmp_path, few, name, transparency=key), color=True)
        assert (read[hidden] == 1).all() and np.array_equal(read[~hidden], shown[~hidden])
    lit = np.arange(64 * 64).reshape(64, 64) % 3 == 0
    for name in ("1.png", "1.tif", "1.pbm"):
        assert np.array_equal(pixels(saved(tmp_path, Image.fromarray(lit), name)), lit)
    red = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    for name in ("c.jpg", "c.tif"):
        assert np.abs(pixels(saved(tmp_path, red, name), color=True) - [1, 0, 0]).max() < 0.02
    keyed = saved(tmp_path, Image.fromarray(RGB), "rgb.png", transparency=tuple(int(v) for v in RGB[5, 5]))
    assert (pixels(keyed, color=True)[5, 5] == 1).all()


def test_several_pictures_in_a_file_are_refused_but_a_camera_may_add_previews(tmp_path):
    first, second = Image.fromarray(RGB), Image.fromarray(255 - RGB)
    for name in ("a.gif", "a.tif", "a.webp", "a.png"):
        file = saved(tmp_path, first, name, save_all=True, append_images=[second])
        with pytest.raises(ValueError, match=rf"{name} cannot be read.*several pictures.*file of its own"):
            pixels(file)
    phone = saved(tmp_path, first, "phone.mpo", save_all=True, append_images=[second], quality=95)
    assert np.abs(pixels(phone) - GREY).mean() < 0.05


def test_a_broken_file_is_named_whatever_the_decoder_stumbles_over(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a.png", "a.tif", "a.gif", "a.jpg", "a.webp", "a.jp2", "a.pgm", "a.bmp"):
        whole = saved(tmp_path, Image.fromarray(RGB).convert("L"), name).read_bytes()
        for _ in range(30):
            bad = np.frombuffer(whole, np.uint8).copy()
            bad[rng.integers(0, min(200, len(bad)), 8)] = rng.integers(0, 256, 8)
            (tmp_path / name).write_bytes(bad.tobytes()[:rng.integers(10, len(bad))])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    assert pixels(tmp_path / name).shape == (64, 64)
                except ValueError as error:
                    assert str(error).startswith(str(tmp_path / name))


@pytest.fixture
def album(tmp_path):
    """Two people with two photographs of noise each, 30 wide and 40 high."""
    rng = np.random.default_rng(1)
    for name in ("Ada", "Bo"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.fromarray(rng.integers(0, 256, (40, 30, 3), np.uint8)).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_sizes_and_color(album):
    assert load_faces(album, size=20).shape == (20, 20) and load_faces(album, size=(24, 18)).shape == (24, 18)
    own = load_faces(album, size="own", color=True)
    assert own.shape == (40, 30, 3) and own.color and "40x30 in color" in repr(own)
    assert np.array_equal(own.images[2], np.asarray(Image.open(album / "Bo" / "0.png"), np.float32) / 255)
    assert np.array_equal(load_faces(album, size=(40, 30), color=True).images, own.images)
    assert own.class_means().shape == (2, 40, 30, 3) and own.mean_face().shape == own.shape
    train, test = own.split_photographs(1, rng=0)
    assert train.color and len(test) == 2
    Image.new("L", (31, 40)).save(album / "Bo" / "2.png")
    with pytest.raises(ValueError, match=r"2\.png is 31x40 pixels and .*0\.png 30x40.*size=\(height, width\)"):
        load_faces(album, size="own")


@pytest.mark.parametrize("settings, message", [
    ({"size": 0}, "size=0"), ({"size": "big"}, "size='big'.*'own'"), ({"size": (1, 2, 3)}, r"size=\(1, 2, 3\)"),
    ({"size": 2.5}, "size=2.5"), ({"color": "RGB"}, "color='RGB'"),
    ({"source": "olivetti", "size": 32}, "size=32.*64 x 64.*Leave it out"),
    ({"source": "synthetic", "color": True}, "color=True"),
])
def test_wrong_sizes_are_named(album, settings, message):
    with pytest.raises(ValueError, match=message):
        load_faces(**({"source": album} | settings))


def test_12_bits_in_files_of_16_are_told_of(album):
    for file in album.glob("*/*.png"):
        levels = np.asarray(Image.open(file).convert("L"), np.uint16) * 16
        levels[0, 0] = 4095
        Image.fromarray(levels).save(file)
    with pytest.warns(UserWarning, match=r"Ada.0\.png the first.*brighter than 0\.06.*by 16 for 12 bits"):
        faces = load_faces(album, size="own")
    assert faces.images.max() == np.float32(4095 / 65535)
    Image.fromarray(np.full((40, 30), 60000, np.uint16)).save(album / "Bo" / "2.png")
    load_faces(album)
