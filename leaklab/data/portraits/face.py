"""The front of a face as functions of (x, y): its relief (how far the skin stands out) and its tones."""

from dataclasses import dataclass

import numpy as np

from leaklab.data.portraits.person import Person, Photograph


def step(value, width: float):
    """0 to 1 as ``value`` passes 0, softly over ``width``."""
    return 0.5 + 0.5 * np.tanh(value / (2 * width))


def blob(x, y, cx: float, cy: float, sx: float, sy: float):
    """A Gaussian bump of height 1."""
    return np.exp(-(((x - cx) / sx) ** 2) - ((y - cy) / sy) ** 2)


@dataclass(frozen=True)
class Mouth:
    """Where the lips run: arrays over the grid, in head units."""

    inside: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    line: np.ndarray
    teeth: np.ndarray
    half: float


def mouth(x, y, person: Person, photo: Photograph) -> Mouth:
    """Lips from identity and expression: a smile widens, lifts the corners and thins; an open mouth parts them."""
    happy = max(photo.smile, 0.0)
    half = person.mouth_width * (1 + 0.20 * photo.smile - 0.15 * photo.open)
    u = x / half
    bow = np.clip(1 - u**2, 0, None)
    middle = person.mouth_y + 0.075 * photo.smile * (u**2 - 0.35) - 0.012 * np.clip(1 - (u / 0.5) ** 2, 0, 1)
    gap = (0.13 * photo.open + 0.075 * max(0.0, photo.smile - 0.45)) * bow
    top, bottom = middle + 0.3 * gap, middle - 0.7 * gap
    thin = 1 - 0.25 * happy
    crest = top + thin * person.upper_lip * bow**0.7 * (1 - 0.28 * np.exp(-((x / 0.035) ** 2)))
    floor = bottom - thin * person.lower_lip * bow**0.8
    within = step(1 - np.abs(u), 0.03)
    inside = step(top - y, 0.006) * step(y - bottom, 0.006) * within * step(gap - 0.012, 0.004)
    return Mouth(inside=inside, upper=step(y - top, 0.008) * step(crest - y, 0.010) * within,
                 lower=step(bottom - y, 0.008) * step(y - floor, 0.012) * within,
                 line=np.exp(-(((y - (top + bottom) / 2) / 0.011) ** 2)) * step(1.04 - np.abs(u), 0.03),
                 teeth=step(y - (top - 0.62 * gap), 0.008) * min(1.0, max(0.0, 3 * photo.smile - 0.9)), half=half)


def relief(x, y, person: Person, photo: Photograph, lips: Mouth) -> np.ndarray:
    """Outward displacement of the skin, in head units."""
    p, side = person, np.abs(x)
    happy = max(photo.smile, 0.0)
    along = np.clip((p.eye_y + 0.10 - y) / (p.eye_y + 0.10 - p.nose_y), 0, 1.3)
    height = p.bridge + (p.nose_height - p.bridge) * along**1.5
    height = height * step(p.eye_y + 0.13 - y, 0.04) * step(y - p.nose_y - 6 * x**2, 0.034)
    width = 0.055 + 0.28 * p.nose_width * along
    out = 0.75 * height * np.exp(-((x / width) ** 2)) + 0.25 * height * np.exp(-((x / width / 2) ** 2))
    out = out + 0.040 * blob(x, y, 0, p.nose_y - 0.10, 0.16, 0.10)
    out = out + 0.045 * blob(x, y, 0, p.nose_y + 0.04, 0.080, 0.060)
    out = out + 0.055 * blob(side, y, 0.66 * p.nose_width + 0.015, p.nose_y + 0.02, 0.055, 0.055)
    out = out + (0.02 + p.brow_ridge) * blob(side, y, 0.26, p.brow_y - 0.03, 0.26, 0.075)
    out = out - p.socket * blob(side, y, p.eye_x - 0.02, p.eye_y + 0.03, 0.19, 0.12)
    out = out + 0.065 * blob(side, y, p.eye_x, p.eye_y, 0.12, 0.075)
    out = out + (0.02 + p.cheekbone) * blob(side, y, 0.44, -0.16, 0.20, 0.16)
    out = out + 0.05 * happy * blob(side, y, 0.38, -0.30, 0.15, 0.13)
    out = out - p.hollow * blob(side, y, 0.46, -0.52, 0.16, 0.20)
    out = out + 0.030 * blob(x, y, 0, p.mouth_y, 0.34, 0.24)
    out = out + 0.012 * lips.upper + 0.026 * lips.lower - 0.035 * lips.line - 0.05 * lips.inside
    out = out - 0.028 * blob(x, y, 0, p.mouth_y - 0.17 - 0.08 * photo.open, 0.17, 0.045)
    out = out + 0.065 * blob(x, y, 0, -0.88 * p.chin, 0.17, 0.12)
    out = out - 0.012 * blob(x, y, 0, (p.mouth_y + p.nose_y) / 2, 0.03, 0.06)
    fold = _fold(x, y, p, lips.half)
    out = out - (0.004 + 0.012 * p.lines + 0.009 * happy) * fold
    brow = photo.brows_up * 0.5 + 0.5
    furrows = np.cos((y - 0.5) * 52 + 1.5 * x**2) * blob(x, y, 0, 0.50, 0.34, 0.11)
    return out + 0.006 * p.lines * max(brow, 0.0) * furrows


def _fold(x, y, p: Person, half: float):
    """The crease from the nose's wing past the corner of the mouth."""
    high, low = p.nose_y + 0.04, p.mouth_y - 0.05
    run = np.clip((high - y) / (high - low), 0, 1)
    centre = p.nose_width + 0.035 + (half + 0.02 - p.nose_width) * run**1.1
    return np.exp(-(((np.abs(x) - centre) / 0.03) ** 2)) * step(high - y, 0.03) * step(y - low, 0.03)


def tones(x, y, person: Person, photo: Photograph, lips: Mouth, mottle) -> tuple[np.ndarray, np.ndarray]:
    """Reflectance and gloss of the painted face: skin, lips, brows, beard and eyes, each laid over the last."""
    p = person
    skin = p.skin * (1 + 0.03 * mottle)
    flush = blob(np.abs(x), y, 0.40, -0.25, 0.2, 0.17) + 0.8 * blob(x, y, 0, p.nose_y + 0.04, 0.12, 0.10)
    skin = skin * (1 - 0.07 * flush)
    around = blob(np.abs(x), y, p.eye_x, p.eye_y - 0.095, 0.14, 0.04)
    skin = skin * (1 - (0.06 + 0.12 * p.lines) * around) * (1 - (0.02 + 0.07 * p.lines) * _fold(x, y, p, lips.half))
    nostril = blob(np.abs(x), y, 0.50 * p.nose_width + 0.01, p.nose_y - 0.03, 0.032, 0.018)
    skin = skin * (1 - 0.82 * np.clip(nostril * 1.2, 0, 1))
    skin = _beard(skin, x, y, p, mottle)
    lip = p.skin * p.lip_tone
    skin = skin + (lip * 0.72 - skin) * lips.upper + (lip - skin) * lips.lower * (1 - lips.upper)
    skin = skin * (1 - 0.72 * lips.line * (1 - lips.inside))
    skin = skin + ((0.03 + 0.55 * lips.teeth) - skin) * lips.inside
    gloss = 0.035 + 0.03 * blob(x, y, 0, p.nose_y + 0.06, 0.06, 0.08) + 0.015 * lips.lower
    skin = _brows(skin, x, y, p, photo, mottle)
    return _eyes(skin, gloss, x, y, p, photo)


def _brows(skin, x, y, p: Person, photo: Photograph, mottle):
    u = (np.abs(x) - 0.12) / (p.eye_x + 0.10)
    lift = 0.045 * photo.brows_up * (1 - 0.35 * u)
    centre = p.brow_y + lift + p.brow_tilt * 0.22 * (u - 0.4) - p.brow_arch * 0.22 * (u - 0.55) ** 2
    thick = p.brow_thick * np.clip(1.15 - 0.75 * u, 0.25, 1)
    mask = np.exp(-np.abs((y - centre) / thick) ** 2.6) * step(u, 0.035) * step(1.02 - u, 0.04)
    dark = p.skin + (min(p.hair_tone * 0.8, 0.55 * p.skin) - p.skin) * min(1.0, 0.6 + 6 * p.brow_thick)
    return skin + (dark - skin) * np.clip(mask * (0.95 + 0.15 * mottle), 0, 1)


def _beard(skin, x, y, p: Person, mottle):
    """Moustache, chin and jaw hair as a darker, coarser skin; stubble is the thin version of the full beard."""
    if p.beard == "none":
        return skin
    side = np.abs(x)
    lip = step(y - p.mouth_y - 0.02, 0.015) * step(p.nose_y - 0.055 - y, 0.012) * step(p.mouth_width * 1.1 - side, 0.03)
    edge = p.mouth_y + 0.02 + 0.9 * np.clip(side - 0.36, 0, None)
    jaw = step(edge - y, 0.035) * step(0.9 - side, 0.05)
    chin = step(p.mouth_y - 0.02 - y, 0.02) * step(0.75 * p.mouth_width - side + 0.4 * (y - p.mouth_y + 0.2), 0.03)
    ring = step(0.16 - np.abs(np.hypot(x / (1.15 * p.mouth_width), (y - p.mouth_y) / 0.19) - 1), 0.05)
    full = np.maximum(jaw, lip)
    goatee = np.maximum(np.maximum(lip, chin), ring)
    mask = {"stubble": 0.42 * full, "moustache": lip, "goatee": goatee, "full": full}[p.beard]
    tone = min(1.1 * p.hair_tone + 0.02, 0.8 * p.skin)
    return skin + (tone * (1 + 0.35 * mottle) - skin) * np.clip(mask * (0.88 + 0.1 * mottle), 0, 1)


def _eyes(skin, gloss, x, y, p: Person, photo: Photograph):
    rows = np.abs(y[:, 0] - p.eye_y) < 0.25
    skin[rows], gloss[rows] = _two_eyes(skin[rows], gloss[rows], x[rows], y[rows], p, photo)
    return skin, gloss


def _two_eyes(skin, gloss, x, y, p: Person, photo: Photograph):
    """Lids, white, iris, pupil and glint of each eye, and the crease, lashes and rim round it."""
    for side in (-1, 1):
        u = (side * x - p.eye_x) / p.eye_width
        v = y - p.eye_y - p.slant * 0.5 * (side * x - p.eye_x)
        arch = np.clip(1 - np.abs(u) ** 2.2, 0, None)
        lids = photo.lids * (1 - 0.22 * max(photo.smile, 0.0))
        top = p.eye_height * (1.15 * lids - 0.25 * (1 - min(lids, 1))) * arch**0.8
        bottom = -0.62 * p.eye_height * arch * (1 - 0.2 * max(photo.smile, 0.0))
        within = step(v - bottom, 0.007) * step(top - v, 0.007) * step(1 - np.abs(u), 0.03)
        gx, gy = side * x - p.eye_x - side * photo.gaze[0], v - 0.006 - photo.gaze[1]
        radius = np.sqrt(gx**2 + gy**2)
        ball = min(0.68, 0.30 + 0.6 * p.skin) * (1 - 0.25 * u**2) * (1 - 0.45 * step(v - top + 0.022, 0.010))
        iris = p.iris * (1 + 0.6 * np.clip(-gy / 0.06, -1, 1) * 0.5)
        ball = ball + (iris - ball) * step(0.058 - radius, 0.006)
        ball = ball + (0.008 - ball) * step(0.026 - radius, 0.005)
        glint = np.exp(-(((gx * side + 0.022 * np.sign(-photo.light[0])) / 0.013) ** 2) - ((gy - 0.022) / 0.013) ** 2)
        ball = ball + (0.3 + 0.8 * p.skin) * glint
        skin = skin + (ball - skin) * within
        crease = np.exp(-(((v - top - 0.034 - 0.012 * lids) / 0.012) ** 2)) * step(1.0 - np.abs(u), 0.06)
        lash = np.exp(-(((v - top) / 0.012) ** 2)) * step(1.04 - np.abs(u), 0.04)
        under = np.exp(-(((v - bottom) / 0.009) ** 2)) * step(1.0 - np.abs(u), 0.05)
        skin = skin * (1 - 0.30 * crease) * (1 - 0.85 * lash) * (1 - 0.28 * under)
        gloss = gloss * (1 - within)
    return skin, gloss
