"""Data: faces and patient records; synthetic, bundled, fetched or your own."""

from leaklab.data.patients import load_patients
from leaklab.data.records import Records

__all__ = ["Records", "load_patients"]
