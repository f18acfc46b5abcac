"""The Olivetti faces, known by their own bytes in scikit-learn's cache: it is a pickle, and is never unpickled here."""

import bz2
import hashlib
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

SHAPE = 400, 64 * 64
SHA256 = "b119468c2f13775df12d3950e7c96644811647a6e10d30617777f245bf9b2f8b"
"""Of the photographs, uint8 (400, 4096), C order, each stored column by column: the same in every cache."""
STARTS: dict[Literal["C", "F"], bytes] = {"C": bytes.fromhex("4b53534a514c4b403c404547474f4f4c"),
                                         "F": bytes.fromhex("4b6e4d307985501f3b5c839c9f989aa2")}
"""The first bytes of the array in both memory orders, to find it by."""
SIZE = SHAPE[0] * SHAPE[1]
LIMIT = SIZE + 2**16
"""Bytes; around the array a cache holds a few hundred. No more is read, nor unpacked."""
MEMORY = 2**27  # of the LZMA decoder, which a file may ask for without limit
ZFILE = b"ZF"  # what joblib before 0.10 wrote: this, the length in 19 characters, zlib


def stored_faces(file: Path) -> np.ndarray | None:
    """The photographs in a cache file, uint8 (400, 4096); None if they are not in it, byte for byte.

    joblib writes an array's bytes in one piece, plain or compressed (zlib, gzip, bz2, lzma, xz), whatever its version
    and the protocol of the pickle around it. The piece is found and its checksum taken; the pickle is never run.
    """
    with open(file, "rb") as opened:
        raw = opened.read(LIMIT)
    for content in _unpacked(raw):
        for order, start in STARTS.items():
            place = content.find(start)
            while 0 <= place <= len(content) - SIZE:
                flat = np.frombuffer(content, np.uint8, SIZE, place)
                pixels = np.ascontiguousarray(flat.reshape(SHAPE, order=order))
                if hashlib.sha256(pixels.tobytes()).hexdigest() == SHA256:
                    return pixels
                place = content.find(start, place + 1)
    return None


def upright(pixels: np.ndarray) -> np.ndarray:
    """The photographs as scikit-learn gives them: float32 (400, 64, 64), upright, from 0 to 1."""
    levels = np.float32(pixels)
    levels -= levels.min()
    return (levels / levels.max()).reshape(-1, 64, 64).transpose(0, 2, 1)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """The bytes as they are, and as each compressor would unpack them, `LIMIT` at most."""
    yield raw
    body = raw[len(ZFILE) + 19:].lstrip(b" ") if raw.startswith(ZFILE) else raw
    unpackers = (lambda: zlib.decompressobj(zlib.MAX_WBITS | 32), bz2.BZ2Decompressor,  # 32: zlib or gzip
                 lambda: lzma.LZMADecompressor(memlimit=MEMORY))
    for unpacker in unpackers:
        try:
            yield unpacker().decompress(body, LIMIT)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
            continue
