"""One file read as a photograph: upright, without transparency, grey or in color, of the size asked for."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

BITS_PER_SAMPLE, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0  # tags of TIFF
DEEP = ("I", "F")  # how Pillow's modes of more than 8 bits begin


def photograph(file: Path, size: tuple[int, int] | None, *, color: bool) -> tuple[np.ndarray, bool]:
    """The pixels, float32 (height, width) or (height, width, 3) in [0, 1], and whether the file has more than 8 bits.

    The photograph is turned upright as its EXIF data say, laid on white where it is transparent, cropped to the middle
    and scaled; one that has the ``size`` already, or of which ``size=None`` asks its own, keeps its pixels exactly.
    Black is 0, white is the largest number the format can hold. Color profiles are not applied.

    Raises
    ------
    ValueError
        If the file is no image, is broken, or holds several; or if its white is not known: 32-bit whole numbers, and
        floating-point numbers outside [0, 1].
    """
    cut, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False  # WeasyPrint lets them pass
    try:
        if file.exists() and not file.is_file():  # a pipe has no end
            raise ValueError("it is no file")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                if getattr(image, "is_animated", False) and image.format != "MPO":  # of a camera: a JPEG and previews
                    raise ValueError("it holds several pictures: save the one you mean as a file of its own")
                deep = image.mode.startswith(DEEP)
                picture = _deep(image) if deep else _plain(image)
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        raise ValueError(f"{file} cannot be read as a photograph ({error}): every file in a person's subfolder must be "
                         "an image such as JPEG or PNG. Remove it or save it again.") from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = cut
    if not deep:
        picture = picture if color else picture.convert("L")
    if size is not None:
        picture = ImageOps.fit(picture, size[::-1], Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, np.float32)
    if not deep:
        return pixels / 255, False
    pixels = pixels.clip(0, 1)  # scaling overshoots at edges
    return np.repeat(pixels[..., None], 3, axis=2) if color else pixels, True


def _plain(image: Image.Image) -> Image.Image:
    """A picture of up to 8 bits a channel, RGB."""
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    return upright.convert("RGB")


def _deep(image: Image.Image) -> Image.Image:
    """A grey picture of more than 8 bits, as floating-point numbers in [0, 1]: Pillow would clip it to 8."""
    tags, key = getattr(image, "tag_v2", {}), image.info.get("transparency")
    values = np.asarray(ImageOps.exif_transpose(image), np.float32)
    if image.mode == "F":
        if not (values.min() >= 0 and values.max() <= 1):
            raise ValueError(f"its pixels range from {values.min():g} to {values.max():g}: floating-point numbers must "
                             "lie in [0, 1], for nothing says which of them is white")
        white = 1.0
    elif image.format in ("PNG", "PPM", "JPEG2000") or (image.format == "TIFF" and image.mode != "I"):
        white = 2.0 ** tags.get(BITS_PER_SAMPLE, (16,))[0] - 1
    else:
        raise ValueError(f"it is a {image.format} of signed or 32-bit whole numbers, and nothing says which of them is "
                         "white: save it with 8 or 16 bits, unsigned")
    levels = values / np.float32(white)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        levels = 1 - levels
    return Image.fromarray(levels if key is None else np.where(values == key, np.float32(1), levels))
