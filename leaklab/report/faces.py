"""Is a name enough to get the face? The people of an image model, recovered and shown to a line-up by machine."""

from typing import Any

import numpy as np
from scipy import ndimage

from leaklab.access import Access, Offers, RemoteApi
from leaklab.attacks import EigenfacePrior, FaceInversion
from leaklab.data import load_faces
from leaklab.metrics import Rate, correlation_beyond
from leaklab.report.budget import Budget
from leaklab.report.findings import LIMITS, Finding, Measure
from leaklab.report.membership import LEVEL
from leaklab.report.sample import Sample, gray

TITLE = "faces from names"
PEOPLE, SHOWN, QUERIES, SHUFFLES = 20, 8, 200, 9999
SECONDS = 20
"""Left of the budget at least, for the attack to begin."""


def recover(access: Access, sample: Sample, budget: Budget, *, rng: np.random.Generator
            ) -> tuple[list[Finding], tuple]:
    """Recover up to `PEOPLE` classes, from the file and from scores, and ask whether each is most like its own person.

    The adversary's prior are the embedded synthetic faces, of nobody. The line-up: the recovered face is compared with
    the mean photograph of every class, beyond the average (`leaklab.metrics.correlation_beyond`), and the most alike is
    named. Whether names fit better than shuffled ones decides: a prior that looks like everybody does not count.

    Returns
    -------
    findings : list of Finding
    pictures : tuple of (recovered, true mean, name)
        Of the strongest attack that succeeded.
    """
    if not sample.pictures:
        return [Finding("inversion", TITLE, "untested", "Not tested: the records are no pictures.")], ()
    findings: list[Finding] = []
    pictures: tuple = ()
    for limit, offers in (("file", Offers.GRADIENTS), ("scores", Offers.SCORES)):
        if access.offers < offers and limit == "file":
            continue
        if why := _cannot(access, sample, budget):
            findings.append(Finding("inversion", TITLE, "untested", f"Not tested: {why}", limit))
            continue
        found, shown = _from(access.only(offers), limit, sample, budget, rng)
        findings.append(found)
        pictures = pictures or shown
    return findings, pictures


def _from(access: Access, limit: str, sample: Sample, budget: Budget, rng) -> tuple[Finding, tuple]:
    column = access.encode(sample.y)
    people = np.unique(column[sample.member])
    asked = people if len(people) <= PEOPLE else np.sort(rng.permutation(people)[:PEOPLE])
    truth = np.stack([gray(sample.x[sample.member & (column == c)]).mean(axis=0) for c in people])
    low = float(np.min(sample.x)) if access.inputs.low is None else access.inputs.low
    high = float(np.max(sample.x)) if access.inputs.high is None else access.inputs.high
    attack = FaceInversion(prior=_prior(truth.shape[1:], low, high), queries=None if limit == "file" else QUERIES)
    done = attack(access, [access.classes[c] for c in asked], rng=rng, progress=lambda done, total, message:
                  budget.tell(f"faces from names, {LIMITS[limit]}: step {done} of {total}"))
    images = np.asarray(done.images).reshape(len(asked), *truth.shape[1:])
    average, own = truth.mean(axis=0), np.searchsorted(people, asked)
    alike = np.stack([correlation_beyond(images, np.broadcast_to(face, images.shape), average) for face in truth], 1)
    named = Rate(int((alike.argmax(axis=1) == own).sum()), len(asked))
    fit = alike[np.arange(len(asked)), own].mean()
    shuffled = [alike[np.arange(len(asked)), rng.permutation(own)].mean() for _ in range(SHUFFLES)]
    p_value = float((1 + np.sum(np.array(shuffled) >= fit)) / (1 + SHUFFLES))
    leak = p_value <= LEVEL / 2
    says = (f"{named.successes} of {len(asked)} recovered faces are most like the person they were asked for, among "
            f"{len(people)}." + ("" if leak else " That is no more than chance."))
    measure = Measure("named rightly by machine", named.value, named.low, named.high, 1 / len(people), p_value)
    pictures = tuple((images[i], truth[own[i]], str(access.classes[asked[i]])) for i in range(min(SHOWN, len(asked))))
    return Finding("inversion", TITLE, "leak" if leak else "clean", says, limit,
                   "names, and what faces look like (synthetic ones)", (measure,)), pictures if leak else ()


def _cannot(access: Access, sample: Sample, budget: Budget) -> str:
    shape: tuple[Any, ...] = access.inputs.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[-1] != 1) or None in shape:
        return f"the prior of faces is grey, and this model takes pictures of shape {shape}."
    if access.offers < Offers.SCORES or isinstance(access, RemoteApi):
        return (f"from {'labels' if access.offers < Offers.SCORES else 'an endpoint'} it takes thousands of queries a "
                "person. Use leaklab.attacks.FaceInversion.")
    return "" if budget.left() >= SECONDS else "no time was left. Allow more minutes."


def _prior(shape: tuple[int, ...], low: float, high: float) -> EigenfacePrior:
    faces = load_faces("synthetic").images
    sized = ndimage.zoom(faces, (1, shape[0] / faces.shape[1], shape[1] / faces.shape[2]), order=1)
    return EigenfacePrior.fit(low + (high - low) * np.clip(sized, 0, 1), low=low, high=high)
