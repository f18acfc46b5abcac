"""Hair: a cap that grows out of the skull, a curtain for long styles, and the noise its strands are made of."""

from functools import lru_cache

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter

from leaklab.data.portraits.face import step
from leaklab.data.portraits.person import Person

# How far each style stands off the skull, and how ragged its edge is.
STANDS = {"bald": 0.004, "buzz": 0.014, "short": 0.05, "swept": 0.085, "parted": 0.07, "fringe": 0.075, "curly": 0.15,
          "bob": 0.075, "long": 0.07, "tied": 0.035}
LONG = ("bob", "long")


@lru_cache(maxsize=32)  # a person keeps theirs from one photograph to the next
def strands(seed: int, shape: tuple[int, int], along: float, across: float) -> np.ndarray:
    """Noise of mean 0 and deviation 1 that runs down the columns like combed hair."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    smooth = gaussian_filter(noise, (along, across), mode="nearest")
    return (smooth - smooth.mean()) / smooth.std()


def hairline(person: Person, angle: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The height above which hair grows, by the angle (degrees) from straight ahead; ears and sideburns included."""
    top, back = person.hairline, person.receding
    heights = {"bald": [1.6, 1.6, 1.5, 1.1, 0.42, 0.10, -0.02, 0.16, -0.2, -0.7],
               "fringe": [0.40, 0.41, 0.42, 0.36, 0.20, 0.02, -0.05, 0.12, -0.2, -0.7],
               "bob": [top, top - 0.05, top - 0.17, 0.42, 0.1, -0.1, -0.3, -0.4, -0.5, -0.7]}
    heights["long"] = heights["bob"]
    usual = [top + 0.1 * back, top + 0.22 * back, top - 0.03 + 0.45 * back, top - 0.12 + 0.4 * back, 0.36 + 0.1 * back,
             0.12, -0.02, 0.15, -0.2, -0.7]
    line = PchipInterpolator([0, 15, 32, 48, 60, 70, 80, 92, 104, 126], heights.get(person.hair, usual))(np.abs(angle))
    if person.hair in ("parted", "bob", "long"):
        line = line - 0.10 * np.clip(1 - np.abs(x - 1.2 * person.part) / 0.5, 0, 1) * np.sign(x - person.part) * 0.5
    return line


def cap(person: Person, angle, x, y, noise) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much hair covers each point (0 to 1), how far it lifts the surface, and its tone."""
    ragged = {"buzz": 0.012, "bald": 0.02, "curly": 0.035, "fringe": 0.035, "tied": 0.012}.get(person.hair, 0.025)
    soft = {"buzz": 0.035, "bald": 0.05, "curly": 0.02}.get(person.hair, 0.017)
    above = y - hairline(person, angle, x) + ragged * noise
    cover = step(above, soft)
    lift = STANDS[person.hair] * person.volume * np.clip(above / 0.16 + 0.25, 0, 1) ** 0.6
    if person.hair == "swept":
        lift = lift * (1 + 0.9 * np.exp(-(((y - 0.88) / 0.2) ** 2)) * np.exp(-((x / 0.4) ** 2)))
    if person.hair in ("parted", "bob", "long"):
        lift = lift * (1 - 0.75 * np.exp(-(((x - person.part) / 0.05) ** 2)) * step(y - 0.5, 0.05))
    bump = {"curly": 0.030, "buzz": 0.0, "bald": 0.0, "tied": 0.004}.get(person.hair, 0.010)
    lift = cover * (lift + bump * noise)
    tone = tone_of(person, noise)
    sparse = {"bald": 0.45, "buzz": 0.78}.get(person.hair, 1.0)
    return cover * sparse, lift, tone


def tone_of(person: Person, noise) -> np.ndarray:
    """Hair reflectance with lighter and darker strands."""
    return person.hair_tone * np.clip(1 + (0.22 if person.hair != "curly" else 0.30) * noise, 0.2, 2)


def curtain(person: Person, width, rows: int, columns: int):
    """Grid (x, y, z), noise for hair that hangs beside and behind the face; ``width(y)`` is the skull's half width."""
    bottom = -0.62 - 0.2 * person.volume if person.hair == "bob" else -1.5
    y = np.linspace(0.75, bottom, rows)[:, None]
    noise = strands(person.texture + 1, (rows, columns), rows / 9, 1.3)
    wave = strands(person.texture + 2, (rows, columns), rows / 12, columns / 14)
    edge = np.radians(57 + 4 * np.sin(3 * y + person.part * 9) + 7 * np.clip(y + 0.3, -1, 0)) + 0.03 * noise[:, :1]
    angle = edge + (2 * np.pi - 2 * edge) * np.linspace(0, 1, columns)[None, :]
    hang = np.where(y > 0.15, width(np.clip(y, 0.15, None)), width(np.array(0.15)))
    out = hang + 0.075 * person.volume + 0.035 * np.clip(0.4 - y, 0, 1) * person.volume
    out = out * (1 - 0.25 * np.clip((bottom + 0.22 - y) / 0.22, 0, 1) ** 2 * (person.hair == "bob"))
    out = out - 0.16 * np.clip(-0.25 - y, 0, 0.7) - 0.10 * np.clip((y - 0.55) / 0.2, 0, 1)
    out = out + 0.020 * wave + 0.008 * noise
    return out * np.sin(angle), y + 0 * angle, 0.92 * out * np.cos(angle) - 0.05, noise
