"""The capstone: blue hardens a model and serves it, red attacks it, a referee scores both."""

from leaklab.course.capstone.arena import Arena, Team, join
from leaklab.course.capstone.contest import Challenge, Contest, Result, play
from leaklab.course.capstone.defense import BLUES, Defense, Rules
from leaklab.course.capstone.reds import REDS, ShadowRed, threshold_red

__all__ = ["BLUES", "REDS", "Arena", "Challenge", "Contest", "Defense", "Result", "Rules", "ShadowRed", "Team",
           "join", "play", "threshold_red"]
