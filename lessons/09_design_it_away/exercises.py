"""The checks of lesson 09."""

import numpy as np

from leaklab.course import Cases, Exercise, NotYet, array_like, chosen, close, forms, letters

LIMIT = 0.7


def judge_template(answer, given):
    vectors = np.asarray(given, float)
    answer = array_like(answer, (vectors.shape[1],), what="one number for each number of a vector")
    total = vectors.sum(axis=0)
    if np.allclose(answer, total / np.linalg.norm(total), atol=2e-3):
        return None
    if np.allclose(answer, total, atol=2e-3):
        return "That is the sum; a template has length 1: divide by np.linalg.norm of it."
    if np.allclose(answer, vectors.mean(axis=0), atol=2e-3):
        return "That is the mean, which is shorter than 1 where photographs differ: bring it to length 1."
    if any(np.allclose(answer, vector, atol=2e-3) for vector in vectors):
        return "That is the vector of one photograph. A template is made of all seven."
    return "Sum the vectors over the photographs (axis=0), and divide by the length of the sum."


def judge_shops(answer, given):
    shop_a, shop_b = given
    similar = shop_a @ shop_b.T
    truth = set(np.flatnonzero(similar.max(axis=1) > LIMIT).tolist())
    said = _rows(answer, len(shop_a))
    if said == truth:
        return None
    if said == set(np.flatnonzero(similar.max(axis=0) > LIMIT).tolist()):
        return "Those are rows of shop_b. Which rows of shop_a are wanted: take the maximum along the other axis."
    if said == set(similar.argmax(axis=1).tolist()) or said == set(range(len(shop_a))):
        return "Everybody has a nearest template in the other shop. Ask whether it is near enough, above 0.7."
    if said < truth:
        return f"All of yours are in both shops, and there are {len(truth) - len(said)} more."
    return "Compare each row of shop_a with all of shop_b (shop_a @ shop_b.T); keep rows whose largest is above 0.7."


def _rows(answer, length):
    """The row numbers that an answer lists, in any container or as a text; or marks, by True for each."""
    parts = list(answer) if isinstance(answer, set | frozenset | range) else answer
    try:
        rows = np.ravel(parts) if isinstance(parts, list | tuple) or hasattr(parts, "shape") else None
    except ValueError:
        raise NotYet("A flat set of row numbers is wanted; yours has sets of unlike length in it.") from None
    if rows is None or rows.dtype.kind not in "biuf":
        return {int(row) for row in chosen(parts, [str(row) for row in range(length)])}
    if rows.dtype == bool:
        return set(np.flatnonzero(array_like(rows, (length,))).tolist())
    if not np.isin(rows, np.arange(length)).all():
        raise NotYet(f"A set of row numbers is wanted, from 0 to {length - 1}.")
    return set(rows.astype(int).tolist())


def judge_bits(answer, given):
    share = float((np.asarray(given[0]) == np.asarray(given[1])).mean())
    if close(answer, np.cos(np.pi * (1 - share))):
        return None
    if close(answer, share):
        return "That is the share of equal bits. The formula turns it into an angle, and the angle into a cosine."
    if close(answer, np.cos(np.pi * share)):
        return "That is the cosine for the share of bits that differ: the more are equal, the smaller the angle."
    if close(answer, 2 * share - 1):
        return "That is the mean product of the bits: it rises with the cosine, but is not it. Use the formula."
    if close(answer, np.pi * (1 - share)):
        return "That is the angle itself, in radians. The similarity is its cosine."
    return "Take the share of equal bits, (bits == visitor).mean(), and put it into the formula above."


def judge_erased(answer, given):
    sigma, before, after = (np.asarray(part, float) for part in given)
    seen = sigma @ (before - after)
    whole = _whole(answer, len(seen))
    if whole is not None and np.allclose(whole, seen / seen[-1], rtol=1e-3):
        return "Right, with the constant 1 at its end. Hand in the three features alone."
    if whole is not None and np.allclose(whole, seen, rtol=1e-3):
        return "That points along the record. Divide by its last number, which must become 1."
    answer = array_like(answer, (len(seen) - 1,), what="the three features of the record")
    if np.allclose(answer, seen[:-1] / seen[-1], rtol=5e-3, atol=5e-3):
        return None
    if np.allclose(answer, seen[:-1], rtol=1e-3, atol=1e-6):
        return "That points along the record. Divide by its last number, which must become 1."
    moved = before - after
    if np.allclose(answer, moved[:-1] / moved[-1], rtol=1e-3, atol=1e-6):
        return "That is how the coefficients moved. Multiply by sigma first: it undoes how the others bent it."
    return "Multiply sigma with (before - after); divide by the last number; leave that last number out."


def _whole(answer, length):
    """The answer as so many numbers, or None."""
    try:
        return array_like(answer, (length,))
    except NotYet:
        return None


def judge_vendor(answer):
    said = letters(answer, "ABCD")
    if said == frozenset("AC"):
        return None
    if "B" in said:
        return "B: the thief had no photograph either, and drew their faces from 64 numbers each."
    if "D" in said:
        return "D: with the secret the bits give the face away: look at that row of the figure."
    if "A" not in said:
        return "A was measured (at chance), and is true by construction: nothing of the staff was ever put in."
    return "C: a row is deleted, the network stays as it is, and nothing else was made of the person."


def _vectors(rng):
    vectors = rng.normal(size=(7, 16)) + 2 * rng.normal(size=16)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    total = vectors.sum(axis=0)
    return Cases(total / np.linalg.norm(total), forms(total / np.linalg.norm(total)),
                 ((total, "the sum"), (vectors.mean(axis=0), "shorter than 1"), (vectors[0], "one photograph"),
                  (vectors, "shape"), (0.5, "one number")), vectors)


def _shops(rng):
    base = np.eye(16)
    people_a, people_b = rng.permutation(12)[:8], rng.permutation(12)[:8]
    shop_a, shop_b = base[people_a], base[people_b] + 0.05 * rng.normal(size=(8, 16))
    truth = set(np.flatnonzero(np.isin(people_a, people_b)).tolist())
    other = set(np.flatnonzero(np.isin(people_b, people_a)).tolist())
    wrong = [(set(range(8)), "near enough"), (set(sorted(truth)[1:]), "more"), ("many", ""),
             ([0.5], "from 0 to 7"), ({8}, "from 0 to 7"), ([[1, 2], [3]], "flat"), ([True], "8")]
    if other != truth and not other < truth:
        wrong.append((other, "other axis"))
    return Cases(truth, (sorted(truth), tuple(truth), np.array(sorted(truth)), frozenset(truth),
                         ", ".join(map(str, sorted(truth))), np.isin(people_a, people_b),
                         np.isin(people_a, people_b).tolist(), np.where(np.isin(people_a, people_b)),
                         np.array(sorted(truth), float)[:, None], [str(row) for row in truth]), tuple(wrong),
                 (shop_a, shop_b))


def _bits(rng):
    bits = np.where(rng.random(128) < 0.5, 1, -1)
    differ = int(rng.choice([12, 14, 16, 18, 34, 36, 38, 40]))  # where no slip comes near the truth
    visitor = bits * np.where(rng.permutation(128) < differ, -1, 1)
    share = 1 - differ / 128
    truth = float(np.cos(np.pi * (1 - share)))
    return Cases(truth, forms(truth), ((share, "share of equal bits"), (-truth, "differ"),
                                       (np.pi * (1 - share), "angle"), (bits, "One number")), (bits, visitor))


def _erased(rng):
    x = np.column_stack([rng.normal(size=(50, 3)) + 2, np.ones(50)])
    y = x @ rng.normal(size=4) + rng.normal(size=50)
    before, after = (np.linalg.solve(x[k:].T @ x[k:], x[k:].T @ y[k:]) for k in (0, 1))
    sigma = x[1:].T @ x[1:]
    seen, moved = sigma @ (before - after), before - after
    return Cases(x[0, :3], forms(x[0, :3]), ((seen[:3], "last number"), (seen / seen[3], "features alone"),
                                            (moved[:3] / moved[3], "sigma first"), (1.0, "one number")),
                 (sigma, before, after))


def _vendor(rng):
    return Cases("AC", ("ac", "CA", {"A", "C"}, ["A", "C"], "A, C", ("c", "a")),
                 (("ABC", "64 numbers"), ("ACD", "with the secret"), ("C", "by construction"), ("A", "row is deleted")))


EXERCISES = [
    Exercise("9.1", judge_template,
             ("A sum over photographs is a sum over rows: axis=0.", "np.linalg.norm(...) is a vector's length.",
              "vectors.sum(axis=0) / np.linalg.norm(vectors.sum(axis=0))"), _vectors),
    Exercise("9.2", judge_shops,
             ("shop_a @ shop_b.T holds the similarity of each row of the one to each row of the other.",
              "A row of shop_a is in both where its largest similarity is above 0.7.",
              "set(np.flatnonzero((shop_a @ shop_b.T).max(axis=1) > 0.7))"), _shops),
    Exercise("9.3", judge_bits,
             ("(bits == visitor).mean() is the share of equal bits.", "The angle is pi * (1 - share).",
              "np.cos(np.pi * (1 - (bits == visitor).mean()))"), _bits),
    Exercise("9.4", judge_erased,
             ("sigma @ (before - after_one) is a multiple of the record.",
              "The record's last number is the constant 1: divide by what stands there.",
              "seen = sigma @ (before - after_one); seen[:3] / seen[3]"), _erased),
    Exercise("9.5", judge_vendor,
             ("Look for each sentence in what was measured: the shipped file, the drawn faces, the rows of the figure.",
              "Two of them hold."), _vendor),
]
