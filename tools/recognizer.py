#!/usr/bin/env python3
"""Make the network again that ships with Leaklab: ``python tools/recognizer.py`` writes data/recognizer.npz.

It renders 400 people who are in no data set here (minutes), trains a network to tell them apart, and writes it without
its last layer, which is the one that names them. The same machine writes the same bytes; another may differ in the last
digits of a weight.
"""

import argparse
import hashlib
from pathlib import Path

from leaklab.data import load_faces
from leaklab.models import Embedding
from leaklab.training.embedding import EMBEDDER, PEOPLE, PHOTOGRAPHS, SEED

TARGET = Path(__file__).resolve().parents[1] / "data" / "recognizer.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=TARGET, help="the file to write")
    args = parser.parse_args()
    others = load_faces("synthetic", people=PEOPLE, photographs=PHOTOGRAPHS, rng=SEED)
    model = EMBEDDER.fit(others.images, others.person, rng=0)
    Embedding(model).save(args.to)
    print(f"{args.to}: {args.to.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(args.to.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
