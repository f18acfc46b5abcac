"""Data: faces and patient records; synthetic, bundled, fetched or your own."""

from leaklab.data.cohort import risk, sample_cohort
from leaklab.data.faces import Faces, load_faces
from leaklab.data.patients import load_patients
from leaklab.data.records import Records
from leaklab.data.tables import Table, read_tables

__all__ = ["Faces", "Records", "Table", "load_faces", "load_patients", "read_tables", "risk", "sample_cohort"]
