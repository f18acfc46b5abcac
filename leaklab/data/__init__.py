"""Data: faces and patient records; synthetic, bundled, fetched or your own."""

from leaklab.data.cohort import risk, sample_cohort
from leaklab.data.faces import Faces, load_faces
from leaklab.data.patients import load_patients
from leaklab.data.records import Records

__all__ = ["Faces", "Records", "load_faces", "load_patients", "risk", "sample_cohort"]
