"""From surfaces to a grey picture: a z-buffer of points, soft shadows, and a skin and hair shader."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter

from leaklab.data.portraits.person import Photograph

FINE = 2  # pixels drawn per pixel kept, each way
DISTANCE = 7.0  # of the camera from the head's middle, in head units: a portrait lens, so parallax is real but mild
HALF = 1.05  # half of the picture's height in head units: a tight crop
CENTRE = (0.0, -0.03)  # the point of the head in the middle of the picture


@dataclass(frozen=True)
class Surface:
    """Points of a patch, densely sampled: vectors (3, n) and, per point, reflectance, gloss and two flags in [0, 1].

    ``hair`` is shaded as strands along ``tangent``; ``thin`` things, like the frames of glasses, neither cast shadows
    nor close off the room.
    """

    point: np.ndarray
    normal: np.ndarray
    tangent: np.ndarray
    albedo: np.ndarray
    gloss: np.ndarray
    hair: np.ndarray
    thin: np.ndarray


def patch(x, y, z, albedo, *, gloss=0.0, hair=0.0, thin=0.0, flip=1.0) -> Surface:
    """A surface from a (rows, columns) grid; normals and the direction of strands come from its differences."""
    point = np.stack([x, y, z])
    along, across = np.gradient(point, axis=1), np.gradient(point, axis=2)
    normal = flip * np.cross(along, across, axis=0)
    normal /= np.sqrt((normal**2).sum(0)) + 1e-12
    along /= np.sqrt((along**2).sum(0)) + 1e-12
    fields = [np.broadcast_to(np.asarray(f, float), x.shape).ravel() for f in (albedo, gloss, hair, thin)]
    return Surface(point.reshape(3, -1), normal.reshape(3, -1), along.reshape(3, -1), *fields)


def joined(surfaces: list[Surface]) -> Surface:
    """One surface out of many."""
    return Surface(*(np.concatenate([getattr(s, name) for s in surfaces], axis=-1)
                     for name in ("point", "normal", "tangent", "albedo", "gloss", "hair", "thin")))


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Turn (about y), then nod (about x), then tilt (about z)."""
    (a, b, c), (p, q, r) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    turn = [[a, 0, p], [0, 1, 0], [-p, 0, a]]
    nod = [[1, 0, 0], [0, b, -q], [0, q, b]]
    tilt = [[c, -r, 0], [r, c, 0], [0, 0, 1]]
    return _product(_product(tilt, nod), turn)


def _product(a, b) -> np.ndarray:
    """A small matrix product without BLAS, whose sums may depend on the machine."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return np.stack([sum(a[i, k] * b[k] for k in range(3)) for i in range(3)])


def nearest(column: np.ndarray, row: np.ndarray, depth: np.ndarray, size: int) -> np.ndarray:
    """Z-buffer: for each pixel of a (size, size) picture the index of its nearest point, -1 where there is none."""
    inside = np.flatnonzero((column >= 0) & (column < size) & (row >= 0) & (row < size))
    pixel = row[inside].astype(np.int64) * size + column[inside].astype(np.int64)
    key = (np.round((depth[inside] + 8) * 1e6).astype(np.int64) << 32) | inside
    buffer = np.full(size * size, -1, np.int64)
    np.maximum.at(buffer, pixel, key)
    return np.where(buffer < 0, -1, buffer & 0xFFFFFFFF).reshape(size, size)


def expose(surface: Surface, photo: Photograph, size: int) -> np.ndarray:
    """Photograph the surface: float64 (size, size) in [0, 1]."""
    fine = FINE * size
    turn = rotation(photo.yaw, photo.pitch, photo.roll)
    point = _product(turn, surface.point)
    zoom = photo.scale * DISTANCE / (DISTANCE - point[2]) * fine / (2 * HALF)
    column = (point[0] - CENTRE[0] + photo.shift[0]) * zoom + fine / 2
    row = fine / 2 - (point[1] - CENTRE[1] + photo.shift[1]) * zoom
    index = _mended(nearest(column, row, point[2], fine))
    seen = index >= 0
    at = index[seen]
    solid = np.where(surface.thin > 0, -7.0, point[2])
    behind = nearest(column, row, solid, fine) if surface.thin.any() else index
    lit = _soft(_unshadowed(point, surface.thin, at, photo), seen, fine / 110)
    free = _open(point[2][np.where(behind < 0, index, behind)[seen]], seen, fine)
    normal, tangent = _product(turn, surface.normal[:, at]), _product(turn, surface.tangent[:, at])
    normal = normal * np.where((surface.hair[at] == 1) & (normal[2] < 0), -1, 1)  # strands have two sides
    picture = _background(photo, fine)
    picture[seen] = _shade(surface, normal, tangent, at, photo, lit, free)
    return _develop(picture, photo, size)


def _mended(index: np.ndarray) -> np.ndarray:
    """Close the pinholes that sampling leaves: a hole with neighbours on every side takes one of them."""
    ring = maximum_filter(index, 3)
    closed = -maximum_filter(-(maximum_filter((index >= 0).astype(np.int8), 3)), 3) > 0
    return np.where((index < 0) & closed, ring, index)


def _unshadowed(point: np.ndarray, thin: np.ndarray, at: np.ndarray, photo: Photograph, size: int = 110) -> np.ndarray:
    """1 where the light reaches the visible points, 0 in cast shadow: the same z-buffer, seen from the lamp."""
    toward = np.array(photo.light)
    right = np.array([toward[2], 0, -toward[0]]) / np.hypot(toward[0], toward[2])
    up = np.cross(toward, right)
    across, height, depth = _product([right, up, toward], point)
    depth = depth - 9 * thin
    column, row = (across / 1.5 + 1) * size / 2, (height / 1.5 + 1) * size / 2
    index = nearest(column, row, depth, size)
    front = np.where(index >= 0, depth[index], -9.0)
    c, r = (np.clip(v[at].astype(int), 0, size - 1) for v in (column, row))
    return 1.0 - np.clip((front[r, c] - depth[at] - 0.05) / 0.05, 0, 1) * (1 - thin[at])


def _soft(values: np.ndarray, seen: np.ndarray, sigma: float) -> np.ndarray:
    """Blur over the visible pixels only."""
    picture = np.zeros(seen.shape)
    picture[seen] = values
    return (gaussian_filter(picture, sigma) / (gaussian_filter(seen.astype(float), sigma) + 1e-9))[seen]


def _open(depth: np.ndarray, seen: np.ndarray, fine: int) -> np.ndarray:
    """Ambient occlusion from the depth map: hollows lie behind their surroundings and see less of the room."""
    near = np.clip(_soft(depth, seen, fine / 75) - depth, 0, 0.2)
    wide = np.clip(_soft(depth, seen, fine / 24) - depth, 0, 0.4)
    return np.exp(-5.0 * near - 1.8 * wide)


def _shade(surface, normal, tangent, at, photo: Photograph, lit, free) -> np.ndarray:
    """Wrapped Lambert for skin, whose light bleeds round edges; Kajiya-Kay strands for hair; a gloss for both."""
    light = np.array(photo.light)
    half = light + np.array([0, 0, 1.0])
    half /= np.sqrt((half**2).sum())
    hair = surface.hair[at]
    facing = _dot(normal, light)
    skin = np.clip((facing + 0.15) / 1.15, 0, None)
    slope = _dot(tangent, light)
    strand = 0.5 * np.sqrt(np.clip(1 - slope**2, 0, 1)) * np.clip(facing + 0.35, 0, 1) + 0.5 * skin
    direct = ((1 - hair) * skin + hair * strand) * (0.12 + 0.88 * lit)
    room = photo.ambient * (0.75 + 0.25 * normal[1]) * free
    shine = np.clip(_dot(normal, half), 0, 1) ** 14 * (1 - hair)
    sheen = np.clip(1 - _dot(tangent, half) ** 2, 0, 1) ** 12 * hair * np.clip(facing + 0.2, 0, 1)
    gloss = surface.gloss[at] * lit * free * (shine + sheen)
    return surface.albedo[at] * (photo.strength * direct * (0.5 + 0.5 * free) + room) + photo.strength * gloss


def _dot(v, w) -> np.ndarray:
    return v[0] * w[0] + v[1] * w[1] + v[2] * w[2]


def _background(photo: Photograph, fine: int) -> np.ndarray:
    """A plain wall with a slope of light: drawn per photograph, so it says nothing about the person."""
    across = np.linspace(-1, 1, fine)
    return photo.background + photo.slope[0] * across[None, :] + photo.slope[1] * across[:, None]


def _develop(picture: np.ndarray, photo: Photograph, size: int) -> np.ndarray:
    """Lens blur, sensor, film curve and grain."""
    small = gaussian_filter(picture, FINE * photo.blur).reshape(size, FINE, size, FINE).mean((1, 3))
    tone = np.clip(small * photo.exposure, 0, None)
    tone = (1.5 * tone / (1 + 0.45 * tone)) ** (1 / 1.7)
    tone = tone + 0.5 * tone * (1 - tone) * (2 * tone - 0.9)
    grain = np.random.default_rng(photo.grain).standard_normal((size, size))
    return np.clip(tone + photo.noise * grain, 0, 1)
