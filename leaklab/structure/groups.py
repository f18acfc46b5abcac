"""Small groups: leaves of trees with few people in them, and members who get the same answer."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from leaklab.structure.finding import Structure, positions
from leaklab.structure.inside import Inside, count_people
from leaklab.structure.parts import Piece, computes, settings

ROUTED = 20_000_000
"""Members times trees that are followed to their leaves."""
CERTAIN = 1e-8


@dataclass
class Trees:
    """Trees of one model: their leaves, and the members in them."""

    part: Piece
    trees: int = 0
    leaves: int = 0
    small: int = 0
    stored: int = 0
    inner: int = 0
    outputs: int = 1
    alone: Any = None
    told: Any = None
    in_small: Any = None
    unseen: int = 0


def small_leaves(trees: list[Trees], members: int, group_size: int) -> list[Structure]:
    """A finding for every model of trees that has leaves of fewer people than ``group_size``."""
    return [_finding(each, members, group_size) for each in trees if each.small]


def trees_of(inside: Inside, group_size: int) -> list[Trees]:
    """The trees inside, gathered by the model that they belong to."""
    found: dict[int, Trees] = {}
    for part in inside.parts:
        nodes = part.value
        kind = (nodes.dtype.names if isinstance(nodes, np.ndarray) else None) or ()
        if {"children_left", "n_node_samples", "apply"} <= set(dir(type(nodes))):
            model = _model_of(part.owner)
            _add_tree(found.setdefault(id(model.value), Trees(model)), inside, part.owner, nodes, group_size)
        elif {"is_leaf", "count"} <= set(kind):
            model = _model_of(part.owner)
            _add_counts(found.setdefault(id(model.value), Trees(model)), nodes, group_size)
    for part in inside.parts if not found else ():
        leaves = _applied(inside, part)
        if leaves is not None:
            trees = found.setdefault(id(part.value), Trees(part))
            for column in leaves.reshape(inside.size, -1).T:
                trees.trees += 1
                _route(trees, inside, np.unique(column, return_inverse=True)[1], None, group_size)
    return list(found.values())


def _applied(inside: Inside, part: Piece) -> np.ndarray | None:
    """The leaves that a model of another library names itself, by the convention of ``apply``."""
    given = inside.given(part)
    if given is not None and computes(part.value) and callable(getattr(type(part.value), "apply", None)):
        with suppress(Exception):
            leaves = np.asarray(part.value.apply(given))
            return leaves if len(leaves) == inside.size and leaves.dtype.kind in "iuf" else None
    return None


def _model_of(tree: Piece) -> Piece:
    """What a tree belongs to: what lists it beside others, or itself."""
    lists = (part for part in tree.chain if isinstance(part.value, list | tuple | dict | np.ndarray)
             and part.name != "steps" and len(part.value) > 1)
    return next((part.owner for part in lists), tree)


def _add_tree(trees: Trees, inside: Inside, part: Piece, tree: Any, group_size: int) -> None:
    leaf = tree.children_left < 0
    trees.trees += 1
    trees.inner += int((~leaf).sum())
    trees.outputs = max(trees.outputs, tree.value.shape[-1] - 1)
    trees.stored += int((tree.n_node_samples[leaf] < group_size).sum())
    x = inside.given(part)
    if x is None or x.shape[1:] != (tree.n_features,) or trees.trees * inside.size > ROUTED:
        trees.leaves += int(leaf.sum())
        trees.small += int((tree.n_node_samples[leaf] < group_size).sum())
        trees.unseen += 1
        return
    x = x.tocsr().astype(np.float32) if sparse.issparse(x) else np.asarray(x, np.float32)
    values = tree.value[:, 0, :]
    classes = settings(part.value).get("classes_")
    pure = None
    if classes is not None and values.shape[1] == len(classes):
        pure = np.where((values > 0).sum(axis=1) == 1, values.argmax(axis=1), -1)
    _route(trees, inside, tree.apply(x), pure, group_size, int(leaf.sum()))


def _route(trees: Trees, inside: Inside, leaf: np.ndarray, pure, group_size: int, leaves: int | None = None) -> None:
    """Counts the people in every leaf; ``pure`` is the only class of a leaf, or -1."""
    if trees.alone is None:
        trees.alone, trees.told, trees.in_small = (np.zeros(inside.size, bool) for _ in range(3))
    people = count_people(leaf, inside.people)
    trees.leaves += int((people > 0).sum()) if leaves is None else leaves
    trees.small += int(((people > 0) & (people < group_size)).sum())
    trees.in_small |= people[leaf] < group_size
    alone = people[leaf] == 1
    trees.alone |= alone
    if pure is not None:
        trees.told |= alone & (pure[leaf] >= 0)


def _add_counts(trees: Trees, nodes: np.ndarray, group_size: int) -> None:
    """Trees of which the file tells how many records came to each leaf, and nobody can be followed."""
    leaf = nodes["is_leaf"].astype(bool)
    small = int((nodes["count"][leaf] < group_size).sum())
    trees.trees, trees.unseen = trees.trees + 1, trees.unseen + 1
    trees.leaves, trees.inner = trees.leaves + int(leaf.sum()), trees.inner + int((~leaf).sum())
    trees.small, trees.stored = trees.small + small, trees.stored + small


def _finding(trees: Trees, n: int, group_size: int) -> Structure:
    one = trees.trees == 1
    says = (f"The model sorts people into {trees.leaves:,} groups (the leaves of "
            f"{'a tree' if one else f'{trees.trees:,} trees'}); {trees.small:,} of them hold fewer than {group_size} "
            "people.")
    if trees.alone is not None and trees.alone.any():
        alone, told = int(trees.alone.sum()), int(trees.told.sum())
        says += f" {alone:,} of {n:,} members are the only one in " + (
            "their group" if one else f"their group in at least one tree ({alone / n:.0%})")
        says += (f", and for {told:,} of them the group names a single class: "
                 f"{'their label' if one else 'a label that may be theirs'}." if told else ".")
    if trees.stored:
        says += (f" The file states how many training records each group was made from: fewer than {group_size} in "
                 f"{trees.stored:,} of them.")
    if not one and not trees.unseen:
        says += (" Many trees together answer with an average, in which one group weighs little, and a tree may have "
                 "been made from a part of the records; but whoever has the file can read each tree alone.")
    if trees.unseen:
        says += (f" In {trees.unseen:,} of the trees, records are counted as the file itself tells it; "
                 "people were not followed.")
    return Structure("small leaves", "Groups of few people in the trees", says, "small groups", trees.small,
                     trees.leaves, trees.part.path, () if trees.in_small is None else positions(
                         trees.in_small if one else trees.alone))


def same_answers(inside: Inside, group_size: int) -> list[Structure]:
    """Members who get one and the same answer, in groups of few; and answers that rule a class out."""
    p = inside.answers
    if p is None:
        return []
    _, group = np.unique(np.round(p, 9), axis=0, return_inverse=True)
    group = group.ravel()
    people = count_people(group, inside.people)
    found = []
    n, where = inside.size, inside.parts[0].path
    few = people[group] < group_size
    steps = len(people) <= n / 2
    if few.any():
        says = (f"{int(few.sum()):,} of {n:,} members get an answer that fewer than {group_size} of the people in the "
                f"data share; the smallest group has {people.min():,}.")
        says += ("" if steps else " Most members get an answer of their own, as is usual where features are measured "
                 "numbers.")
        found.append(Structure("few with the same answer", "Answers that few people share", says,
                               "small groups" if steps else "information", int(few.sum()), n, where, positions(few)))
    certain = ((p < CERTAIN) | (p > 1 - CERTAIN)).any(axis=1)
    if certain.any():
        both = int((certain & few).sum())
        says = (f"About {int(certain.sum()):,} of {n:,} members the model says of some class that it is impossible or "
                f"certain (an answer of 0 or 1); {both:,} of them share their answer with fewer than {group_size} "
                "people. Such an answer tells more of a person than a likelihood does.")
        found.append(Structure("certain answers", "Answers of exactly 0 or 1", says,
                               "small groups" if steps and both else "information", int(certain.sum()), n, where,
                               positions(certain)))
    return found

