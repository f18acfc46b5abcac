"""The surfaces of a portrait: skull with face and hair, ears, neck, clothes, glasses."""

import numpy as np

from leaklab.data.portraits import hair
from leaklab.data.portraits.camera import Surface, joined, patch
from leaklab.data.portraits.face import mouth, relief, step, tones
from leaklab.data.portraits.person import Person, Photograph

MIDDLE, UP, DEPTH, BACK = 0.02, 1.08, 0.80, -0.08


def portrait(person: Person, photo: Photograph, detail: float = 1.0) -> Surface:
    """Everything the camera may see of a person; ``detail`` scales the sampling (1 suits 64 x 64 pictures)."""
    parts = [_skull(person, photo, detail), *_ears(person, detail), _neck(person, detail), _clothes(photo, detail)]
    if person.hair in hair.LONG:
        parts.append(_curtain(person, detail))
    if person.hair == "tied":
        parts.append(_knot(person, detail))
    if person.glasses != "none" and photo.glasses_on:
        parts += _glasses(person, detail)
    return joined(parts)


def half_width(person: Person, y: np.ndarray) -> np.ndarray:
    """Half of the skull's width at height y."""
    t = np.clip((y - MIDDLE) / np.where(y > MIDDLE, UP, person.chin + MIDDLE), -1, 1)
    above = np.sqrt(np.clip(1 - np.abs(t) ** 2.5, 0, 1))
    below = np.sqrt(np.clip(1 - np.abs(t) ** person.squareness, 0, 1)) * (1 - person.taper * np.abs(t))
    return person.width * np.where(t > 0, above, below)


def _skull(p: Person, photo: Photograph, detail: float) -> Surface:
    rows, columns = int(300 * detail), int(240 * detail)
    t = np.sin(np.radians(np.linspace(89.5, -89.5, rows)))[:, None]
    y = np.where(t > 0, MIDDLE + UP * t, MIDDLE + (p.chin + MIDDLE) * t)
    spread = np.linspace(-1, 1, columns)[None, :]
    angle = np.radians(126 * (0.72 * spread + 0.28 * spread**3))  # denser in front
    front = np.where(t > 0, np.sqrt(1 - np.abs(t) ** 2.7), np.sqrt(1 - np.abs(t) ** 7.0) * (1 - 0.06 * np.abs(t)))
    x = half_width(p, y) * np.sin(angle)
    z = BACK + (DEPTH - BACK) * front * np.cos(angle) * (1 + 0.16 * np.sin(angle) ** 2)
    y = y + 0 * angle
    facing = np.clip(np.cos(angle) * 1.6, 0, 1) * step(y + p.chin * 0.995, 0.02)

    mottle = hair.strands(p.texture, (rows, columns), 1.4 * detail, 1.0 * detail)
    albedo, gloss = p.skin * (1 + 0.03 * mottle), np.full(x.shape, 0.035)
    # Only the front below the crown has features: half of the grid, and most of the work.
    face = np.ix_(y[:, 0] < 0.76, np.abs(np.degrees(angle[0])) < 84)
    lips = mouth(x[face], y[face], p, photo)
    z[face] += facing[face] * relief(x[face], y[face], p, photo, lips)
    albedo[face], gloss[face] = tones(x[face], y[face], p, photo, lips, mottle[face])

    run = (4 * detail, 3.5 * detail) if p.hair == "curly" else (22 * detail, 1.1 * detail)
    noise = hair.strands(p.texture + 3, (rows, columns), *run)
    cover, lift, tone = hair.cap(p, np.degrees(angle), x, y, noise)
    size = np.sqrt(x**2 + (y - 0.1) ** 2 + z**2)
    x, z = x + lift * x / size, z + lift * z / size
    jaw = 0.10 * photo.open * np.clip((p.mouth_y - y) / 0.3, 0, 1) * facing
    y = y + lift * (y - 0.1) / size - jaw
    albedo, gloss = albedo + (tone - albedo) * cover, gloss + (0.02 + 0.2 * p.hair_tone - gloss) * cover
    return patch(x, y, z, albedo, gloss=gloss, hair=cover)


def _ears(p: Person, detail: float) -> list[Surface]:
    a = np.linspace(0, np.pi / 2, int(30 * detail))[:, None]
    b = np.linspace(0, 2 * np.pi, int(70 * detail))[None, :]
    u, v, w = np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)
    rim = np.sqrt(u**2 + v**2)
    hollow = 1 - 0.45 * step(0.62 - np.sqrt((u + 0.15) ** 2 + (0.8 * v - 0.05) ** 2), 0.08)
    out = 0.05 * w - 0.02 * step(0.6 - rim, 0.1)
    width = half_width(p, np.array(MIDDLE))
    ears = []
    for side in (-1, 1):
        # The disc's plane turns from flat against the head (out 0) towards the camera (out 1).
        turn = np.radians(20 + 45 * p.ear_out)
        wide = 0.12 * p.ear * (u * (1 - 0.25 * (v < 0) * -v))
        x = side * (width - 0.02 + 0.05 * p.ear_out + wide * np.sin(turn) + out * np.cos(turn))
        y = -0.08 + 0.20 * p.ear * v
        z = -0.10 - wide * np.cos(turn) + out * np.sin(turn)
        ears.append(patch(x, y + 0 * x, z, 0.92 * p.skin * hollow, gloss=0.02, flip=side))
    return ears


def _neck(p: Person, detail: float) -> Surface:
    y = np.linspace(-0.45, -1.5, int(90 * detail))[:, None]
    angle = np.radians(np.linspace(-100, 100, int(130 * detail)))[None, :]
    wide = (0.40 + 0.35 * (p.width - 0.69) + 0.05 * (1 - p.taper)) * (1 + 0.25 * np.clip(-1.0 - y, 0, 1))
    x, z = wide * np.sin(angle), -0.28 + 0.50 * np.cos(angle) + 0 * y
    return patch(x, y + 0 * x, z, 0.9 * p.skin, gloss=0.02)


def _clothes(photo: Photograph, detail: float) -> Surface:
    x = np.linspace(-1.7, 1.7, int(220 * detail))[None, :]
    v = np.linspace(0, 1, int(60 * detail))[:, None]
    side = np.abs(x)
    neck = -1.03 - 0.22 * photo.collar * np.exp(-((side / 0.28) ** 2))
    top = neck - 0.16 * np.clip(side - 0.45, 0, None) ** 1.3
    y = top - 0.6 * v
    z = -0.25 + 0.62 * np.sqrt(v) * (1 - 0.2 * x**2) + 0.30 * np.exp(-((x / 0.5) ** 2))
    return patch(x + 0 * y, y, z, photo.clothes)


def _curtain(p: Person, detail: float) -> Surface:
    x, y, z, noise = hair.curtain(p, lambda at: half_width(p, at), int(220 * detail), int(300 * detail))
    return patch(x, y, z, hair.tone_of(p, noise), gloss=0.02 + 0.2 * p.hair_tone, hair=1.0)


def _knot(p: Person, detail: float) -> Surface:
    """A bun behind the crown."""
    a = np.linspace(0, np.pi, int(60 * detail))[:, None]
    b = np.linspace(0, 2 * np.pi, int(90 * detail))[None, :]
    noise = hair.strands(p.texture + 4, (a.size, b.size), 9 * detail, 1.2 * detail)
    r = 0.24 * p.volume**0.4 + 0.008 * noise
    x, y, z = r * np.sin(a) * np.cos(b), 1.02 + r * np.cos(a) + 0 * b, -0.5 + r * np.sin(a) * np.sin(b)
    return patch(x, y, z, hair.tone_of(p, noise), gloss=0.02 + 0.2 * p.hair_tone, hair=1.0, flip=-1)


def _glasses(p: Person, detail: float) -> list[Surface]:
    power, rx, ry, thick = {"round": (2.0, 0.185, 0.165, 0.011), "square": (4.5, 0.205, 0.135, 0.015),
                            "thin": (3.0, 0.20, 0.14, 0.007)}[p.glasses]
    s = np.linspace(0, 2 * np.pi, int(260 * detail))
    reach = (np.abs(np.cos(s)) ** power + np.abs(np.sin(s)) ** power) ** (-1 / power)  # a superellipse
    c, d = reach * np.cos(s), reach * np.sin(s)

    def plane(x):
        return DEPTH + 0.15 - 0.30 * x**2

    bars = []
    for side in (-1, 1):
        x = side * (p.eye_x + 0.015) + rx * c
        y = p.eye_y - 0.03 + ry * d
        bars.append((x, y, plane(x)))
        back = np.linspace(0, 1, 80)
        x = side * (p.eye_x + 0.015 + rx + (p.width + 0.02 - p.eye_x - 0.015 - rx) * back**0.5)
        bars.append((x, p.eye_y + 0.02 + 0 * back, plane(p.eye_x + rx) * (1 - back) - 0.05 * back))
    x = np.linspace(-1, 1, 60) * (p.eye_x + 0.015 - rx)
    bars.append((x, p.eye_y + 0.035 - 0.5 * x**2, plane(x) + 0.03))
    return [_tube(*bar, thick, p.glasses_tone) for bar in bars]


def _tube(x, y, z, radius: float, tone: float) -> Surface:
    """A bent bar: a small circle in the (x, y) plane's normal directions, swept along the points."""
    round_ = np.linspace(0, 2 * np.pi, 10 + x.size // 30)[:, None]
    dx, dy = np.gradient(x), np.gradient(y)
    size = np.sqrt(dx**2 + dy**2) + 1e-9
    return patch(x - radius * np.cos(round_) * dy / size, y + radius * np.cos(round_) * dx / size,
                 z + radius * np.sin(round_), tone, gloss=0.10, thin=1.0)
