"""Whole experiments, data to numbers: what the demo, the benchmarks and the precomputed lessons run."""

from leaklab.experiments import attributes, faces, gallery, hardening, patients
from leaklab.experiments.attributes import SENSITIVE, infer_turns, prior_from
from leaklab.experiments.faces import VICTIMS, FaceStudy, Stage, prepare
from leaklab.experiments.gallery import StolenGallery, enrolled, steal, without_photographs
from leaklab.experiments.last_patient import BehindNoise, behind_noise
from leaklab.experiments.patients import VICTIM, MembershipStudy, stopped_early
from leaklab.experiments.places import NoisePoint, noise_in_counts, noise_in_data, noise_places, yes_no
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
from leaklab.experiments.properties import PropertyStudy, infer_shares
from leaklab.experiments.seeds import SeedsPoint, Victim, seeds_point
from leaklab.experiments.turns import Turns, take_turns

__all__ = ["SENSITIVE", "VICTIM", "VICTIMS", "BehindNoise", "FacePoint", "FaceStudy", "MembershipStudy", "NoisePoint",
           "PatientPoint", "PropertyStudy", "SeedsPoint", "Stage", "StolenGallery", "Turns", "Victim", "attributes",
           "behind_noise", "cohorts", "enrolled", "face_point", "faces", "gallery", "hardening", "infer_shares",
           "infer_turns", "noise_in_counts", "noise_in_data", "noise_places", "patient_point", "patients", "plan_for",
           "plan_for_people", "prepare", "prior_from", "private_mlp", "private_softmax", "seeds_point", "steal",
           "stopped_early", "take_turns", "without_photographs", "yes_no"]
