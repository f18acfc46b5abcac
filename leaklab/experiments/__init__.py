"""Whole experiments, data to numbers: what the demo, the benchmarks and the precomputed lessons run."""

from leaklab.experiments import attributes, faces, hardening, patients
from leaklab.experiments.attributes import SENSITIVE, infer_turns, prior_from
from leaklab.experiments.faces import VICTIMS, FaceStudy, Stage, prepare
from leaklab.experiments.patients import VICTIM, MembershipStudy, stopped_early
from leaklab.experiments.private import (
    FacePoint,
    PatientPoint,
    cohorts,
    face_point,
    patient_point,
    plan_for,
    plan_for_people,
    private_mlp,
    private_softmax,
)
from leaklab.experiments.seeds import SeedsPoint, Victim, seeds_point
from leaklab.experiments.turns import Turns, take_turns

__all__ = ["SENSITIVE", "VICTIM", "VICTIMS", "FacePoint", "FaceStudy", "MembershipStudy",
           "PatientPoint", "SeedsPoint", "Stage", "Turns", "Victim", "attributes", "cohorts", "face_point", "faces",
           "hardening", "infer_turns", "patient_point", "patients", "plan_for", "plan_for_people",
           "prepare", "prior_from", "private_mlp", "private_softmax", "seeds_point", "stopped_early", "take_turns"]
