"""The parts in their order."""

from collections.abc import Callable

from leaklab.demo.faces import prediction_api, stolen_face
from leaklab.demo.part import Part, Shared
from leaklab.demo.patients import exposed_patient, most_exposed, private_model
from leaklab.demo.promise import promise_kept

PARTS: dict[str, Callable[[Shared], Part]] = {
    "face": stolen_face, "api": prediction_api, "patient": exposed_patient, "exposed": most_exposed,
    "private": private_model, "promise": promise_kept}
"""By their keys in `leaklab.demo.page.QUESTIONS`."""
