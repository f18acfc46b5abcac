"""Thin views over plain state: every widget works, and is tested, without a browser."""

from leaklab.widgets.access import AccessDesk
from leaklab.widgets.audit import AuditBench
from leaklab.widgets.doctor import Doctor
from leaklab.widgets.epsilon import EpsilonDial
from leaklab.widgets.gallery import GalleryLock
from leaklab.widgets.game import GuessingGame
from leaklab.widgets.inversion import InversionStage
from leaklab.widgets.lineup import LineupTest
from leaklab.widgets.noise import NoiseBench
from leaklab.widgets.patient import PatientForm
from leaklab.widgets.person import PersonCard
from leaklab.widgets.privacy import PrivacyDial
from leaklab.widgets.watch import Watch

__all__ = ["AccessDesk", "AuditBench", "Doctor", "EpsilonDial", "GalleryLock", "GuessingGame", "InversionStage",
           "LineupTest", "NoiseBench", "PatientForm", "PersonCard", "PrivacyDial", "Watch"]
