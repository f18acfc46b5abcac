"""Who is drawn, and how they were photographed: two frozen sets of numbers, each drawn from its own generator.

Lengths are in head units: the eyes lie near y = 0.05, the chin near y = -1, the crown near y = 1.1, the face is about
1.5 wide; z points at the camera. Tones are linear reflectances in [0, 1]. Everything in `Person` stays with the person;
everything in `Photograph` changes from one photograph to the next and is drawn alike for everybody.
"""

from dataclasses import dataclass

import numpy as np

HAIR = ("bald", "buzz", "short", "swept", "parted", "fringe", "curly", "bob", "long", "tied")
BEARD = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "round", "square", "thin")
HAIR_ODDS = {"soft": (0, 2, 12, 8, 8, 14, 12, 18, 20, 10), "strong": (5, 15, 26, 20, 16, 7, 13, 0, 5, 3),
             "old": (22, 16, 26, 14, 12, 2, 6, 0, 2, 0)}


@dataclass(frozen=True)
class Person:
    """One identity."""

    width: float
    chin: float
    squareness: float
    taper: float
    cheekbone: float
    hollow: float
    skin: float
    lip_tone: float
    eye_x: float
    eye_y: float
    eye_width: float
    eye_height: float
    slant: float
    iris: float
    socket: float
    brow_y: float
    brow_thick: float
    brow_tilt: float
    brow_arch: float
    brow_ridge: float
    nose_y: float
    nose_width: float
    nose_height: float
    bridge: float
    mouth_y: float
    mouth_width: float
    upper_lip: float
    lower_lip: float
    ear: float
    ear_out: float
    hair: str
    hair_tone: float
    volume: float
    hairline: float
    receding: float
    part: float
    beard: str
    glasses: str
    glasses_tone: float
    lines: float
    texture: int


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """A value that favours the middle of [low, high] but reaches the ends: identities should differ."""
    return float(low + (high - low) * rng.beta(1.6, 1.6))


def _choice(rng: np.random.Generator, options: tuple[str, ...], odds: tuple[int, ...]) -> str:
    return options[int(np.searchsorted(np.cumsum(odds), rng.random() * sum(odds), side="right"))]


def draw_person(rng: np.random.Generator) -> Person:
    """Draw an identity; jaw, brows, hair and beard lean together with one hidden trait, age lines with another."""
    build, age = float(rng.beta(0.7, 0.7)), float(rng.beta(1.1, 1.6))

    def lean(low: float, high: float, share: float = 0.5) -> float:
        return low + (high - low) * (share * build + (1 - share) * _between(rng, 0, 1))

    skin = _between(rng, 0.17, 0.58)
    kind = "soft" if build <= 0.5 else "old" if age > 0.6 else "strong"
    styles = _choice(rng, HAIR, HAIR_ODDS[kind])
    beard = _choice(rng, BEARD, (1, 0, 0, 0, 0) if kind == "soft" else (46, 16, 10, 12, 16))
    dark = rng.random() < (1.0 if skin < 0.45 else 0.5)
    tone = _between(rng, 0.02, 0.07) if dark else _between(rng, 0.08, 0.34)
    if age > (0.66 if skin > 0.45 else 0.8):
        tone = tone + (age - 0.66) * 1.3
    return Person(
        width=lean(0.69, 0.80, 0.3), chin=lean(0.95, 1.07, 0.4), squareness=lean(2.3, 4.2), taper=lean(0.36, 0.12, 0.4),
        cheekbone=_between(rng, 0.0, 0.07), hollow=_between(rng, -0.03, 0.06), skin=skin,
        lip_tone=lean(0.48, 0.78, 0.6),
        eye_x=_between(rng, 0.285, 0.355), eye_y=_between(rng, 0.0, 0.09), eye_width=_between(rng, 0.140, 0.180),
        eye_height=lean(0.080, 0.055, 0.4), slant=_between(rng, -0.13, 0.2),
        iris=_between(rng, 0.015, 0.06) if dark else _between(rng, 0.06, 0.3), socket=_between(rng, 0.05, 0.13),
        brow_y=lean(0.31, 0.24, 0.5), brow_thick=lean(0.028, 0.068, 0.6), brow_tilt=_between(rng, -0.15, 0.25),
        brow_arch=lean(0.55, 0.1, 0.4), brow_ridge=lean(0.0, 0.07, 0.7),
        nose_y=_between(rng, -0.42, -0.29), nose_width=_between(rng, 0.10, 0.19), nose_height=_between(rng, 0.13, 0.22),
        bridge=_between(rng, 0.02, 0.12), mouth_y=_between(rng, -0.64, -0.55), mouth_width=_between(rng, 0.19, 0.28),
        upper_lip=lean(0.082, 0.042, 0.3), lower_lip=lean(0.108, 0.062, 0.3),
        ear=_between(rng, 0.75, 1.2), ear_out=_between(rng, 0.15, 0.6), hair=styles, hair_tone=min(tone, 0.7),
        volume=_between(rng, 0.5, 1.5), hairline=_between(rng, 0.62, 0.80),
        receding=float(build > 0.5) * max(0.0, age - 0.25) * _between(rng, 0, 0.6), part=_between(rng, -0.4, 0.4),
        beard=beard, glasses=_choice(rng, GLASSES, (68, 10, 12, 10)),
        glasses_tone=_between(rng, 0.01, 0.12), lines=age, texture=int(rng.integers(2**32)),
    )


@dataclass(frozen=True)
class Photograph:
    """One exposure: pose in radians, light, expression, framing and camera."""

    yaw: float
    pitch: float
    roll: float
    light: tuple[float, float, float]
    strength: float
    ambient: float
    smile: float
    open: float
    brows_up: float
    lids: float
    gaze: tuple[float, float]
    scale: float
    shift: tuple[float, float]
    glasses_on: bool
    clothes: float
    collar: float
    background: float
    slope: tuple[float, float]
    exposure: float
    blur: float
    noise: float
    grain: int


def draw_photograph(rng: np.random.Generator) -> Photograph:
    """Draw how a photograph was taken; nothing here may depend on who is in it."""

    def normal(spread: float) -> float:
        return float(spread * np.clip(rng.standard_normal(), -2, 2))

    side, above = normal(0.20) - 0.40, 0.50 + normal(0.10)
    mood = rng.random()
    return Photograph(
        yaw=normal(0.085), pitch=normal(0.04) + 0.02, roll=normal(0.03),
        light=(float(np.sin(side) * np.cos(above)), float(np.sin(above)), float(np.cos(side) * np.cos(above))),
        strength=float(rng.uniform(0.95, 1.08)), ambient=float(rng.uniform(0.23, 0.29)),
        smile=float(rng.uniform(0.5, 1.0)) if mood > 0.65 else 0.20 + normal(0.2), open=max(0.0, normal(0.4) - 0.25),
        brows_up=normal(0.35), lids=0.08 if rng.random() < 0.05 else float(rng.uniform(0.72, 1.05)),
        gaze=(normal(0.014), normal(0.008)), scale=1 + normal(0.015), shift=(normal(0.010), normal(0.010)),
        glasses_on=bool(rng.random() < 0.92), clothes=float(rng.uniform(0.04, 0.40)), collar=float(rng.uniform(0, 1)),
        background=float(rng.uniform(0.16, 0.23)), slope=(normal(0.03), normal(0.03)), exposure=1 + normal(0.03),
        blur=float(rng.uniform(0.42, 0.62)), noise=float(rng.uniform(0.003, 0.007)), grain=int(rng.integers(2**32)),
    )
