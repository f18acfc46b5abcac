"""Whole experiments, data to numbers: what the demo, the benchmarks and the precomputed lessons run."""

from leaklab.experiments import attributes, faces, hardening, patients
from leaklab.experiments.attributes import SENSITIVE, infer_turns, prior_from
from leaklab.experiments.faces import VICTIMS, FaceStudy, Stage, prepare
from leaklab.experiments.game import Game
from leaklab.experiments.lineup import Lineup
from leaklab.experiments.patients import VICTIM, MembershipStudy, stopped_early
from leaklab.experiments.person import Trial
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
from leaklab.experiments.saved import Runs, saved_runs
from leaklab.experiments.traffic import KINDS, honest_visit
from leaklab.experiments.turns import Turns, take_turns

__all__ = ["KINDS", "SENSITIVE", "VICTIM", "VICTIMS", "FacePoint", "FaceStudy", "Game", "Lineup", "MembershipStudy",
           "PatientPoint", "Runs", "Stage", "Trial", "Turns", "attributes", "cohorts", "face_point", "faces",
           "hardening", "honest_visit", "infer_turns", "patient_point", "patients", "plan_for", "plan_for_people",
           "prepare", "prior_from", "private_mlp", "private_softmax", "saved_runs", "stopped_early", "take_turns"]
