"""How fast this machine does what the lessons do, and how long each of them would take on it.

``python -m leaklab.checks.speed`` prints the seconds of `fixed_work`, in a process that has done nothing before.
"""

import os
import subprocess
import sys
import time

from leaklab.checks.base import REPAIR, Diagnosis, fault, ok, warn

REFERENCE_SECONDS = 1.5
LESSON_SECONDS = {"00_start_here": 2, "01_face_inversion": 34, "02_prediction_api": 21, "03_medical_membership": 15,
                  "04_who_is_exposed": 25, "05_what_the_data_decides": 34, "06_noise": 14, "07_private_training": 13,
                  "08_audit": 16, "09_design_it_away": 41, "10_release_decision": 21, "11_demonstrations": 20}
"""Of the fixed work, and of each lesson's notebook from the start of its kernel to its last cell. Measured together by
``python tools/lesson_seconds.py`` on two cores of a virtual x86-64 machine without a GPU."""
LONG_SECONDS = 120
"""A lesson that takes longer from first cell to last is a warning."""
LIMIT_SECONDS = 240


def speed() -> Diagnosis:
    """Time the fixed work, and tell from it how long the lessons will take here."""
    try:
        done = subprocess.run([sys.executable, "-m", "leaklab.checks.speed"], text=True, capture_output=True,
                              timeout=LIMIT_SECONDS, errors="replace", env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    except subprocess.TimeoutExpired:
        return compare(LIMIT_SECONDS)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return fault(f"no small models could be trained: {last[:200]}", REPAIR)
    return compare(float(done.stdout.split()[-1]))


def compare(seconds: float) -> Diagnosis:
    """The time of the fixed work beside the reference, and what that means for the lessons."""
    times = seconds / REFERENCE_SECONDS
    lessons = {name[:2]: times * reference for name, reference in LESSON_SECONDS.items()}
    found = (f"{seconds:.1f} s for work that takes the reference {REFERENCE_SECONDS:.1f}; all of lesson "
             + ", ".join(f"{name} in about {_round(lesson)} s" for name, lesson in lessons.items()))
    slow = [name for name, lesson in lessons.items() if lesson > LONG_SECONDS]
    if not slow:
        return ok(found)
    return warn(found, f"Close other programs, plug the machine in, and run {', '.join(slow)} before the "
                "audience comes. To take less time: fewer models (lesson 04: halves(65, ...) to halves(33, ...); 08: "
                "models=4000 to 1000), fewer epochs (01, 03).")


def fixed_work() -> float:
    """Seconds for a fixed piece of the course's own work.

    32 small networks are trained on synthetic records as one stack, then one alone: what the lessons' time goes into,
    which is building programs, many small steps, and large products.
    """
    from leaklab.data import load_patients
    from leaklab.training import MLP, fit_many, halves

    people, recipe = load_patients("synthetic", patients=1000, rng=0), MLP(hidden=(64, 64), epochs=40, batch_size=64)
    started = time.perf_counter()
    fit_many([recipe] * 32, people.x, people.label, halves(32, len(people), rng=0), classes=2, rng=0)
    recipe.fit(people.x, people.label, rng=0)
    return time.perf_counter() - started


def _round(seconds: float) -> int:
    return round(seconds) if seconds < 30 else 5 * round(seconds / 5)


if __name__ == "__main__":
    print(f"{fixed_work():.3f}")
