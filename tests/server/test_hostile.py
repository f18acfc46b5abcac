"""A few hundred hostile requests; `benchmarks/hostile.py` sends 20,000, and has scenes."""

import hostile
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from raw_http import small_model

from leaklab.server import serve


def attack(drawn: int, by_hand: int, together: int = 8) -> hostile.Target:
    """Send, judge and settle."""
    with serve(small_model(), limits=hostile.LIMITS) as server:
        target = hostile.Target(server)

        @settings(max_examples=drawn // together, deadline=None, derandomize=True, database=None,
                  phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(st.lists(target.requests(), min_size=together, max_size=together))
        def send(many):
            target.ask_together(many)

        send()
        for seed in range(by_hand):
            hostile.by_hand(target, np.random.default_rng(seed))
        target.settle()
    return target


def test_hostile_requests():
    target = attack(drawn=240, by_hand=1)
    assert {200, 400, 401, 404, 408} <= set(target.statuses)
