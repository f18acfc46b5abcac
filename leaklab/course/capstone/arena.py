"""A contest over the network: red asks a prediction API with a key, and hands in its scores at the same address."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.access import BlackBox, RemoteApi
from leaklab.access.wire import Wire
from leaklab.course.capstone.contest import Challenge, Contest, Result
from leaklab.course.capstone.defense import Defense
from leaklab.server import Key, parse_hardening, serve

PAGE = "/capstone"
MOST = 4_000_000
"""Bytes of a challenge."""


class Arena:
    """A contest, served: blue's answers behind the prediction API, a key for each red, scores handed in by key.

    Nobody learns anything from handing in: the referee answers "received" to any list that it can score, the last one
    of a key counts, and the members stay in this process. Whoever uses another's key plays for that team.

    Parameters
    ----------
    contest : Contest
    log, host, port
        See `leaklab.server.serve`. A file of ``log`` that holds active keys is refused: a key of an earlier round has
        the budget of that round.

    Attributes
    ----------
    url : str
    handed_in : dict of str to array
        Scores by the key's id.

    Examples
    --------
    >>> from leaklab.course import Contest, Defense, Rules
    >>> rules = Rules(candidates=100, unseen=100)
    >>> with Arena(Contest(Defense(people=100, epochs=1), seed=0, rules=rules)) as arena:
    ...     with join(arena.url, arena.enter("Ada")) as team:
    ...         team.hand_in(-team.challenge.y)
    ...     [name for name in arena.scoreboard()]
    ['Ada']
    """

    def __init__(self, contest: Contest, *, log: str | Path | None = None, host: str = "127.0.0.1", port: int = 0):
        self.contest, self.handed_in = contest, dict[str, np.ndarray]()
        given = contest.challenge()
        self._page = json.dumps({"candidates": given.x.tolist(), "outcomes": given.y.tolist(),
                                 "defense": given.defense.to_dict()}).encode()
        hardened = parse_hardening(contest.defense.answers)(BlackBox(contest.model))  # whoever made the key that asks
        self._server = serve(hardened, log=log, host=host, port=port,
                             pages={f"/v1/models/model{PAGE}": self._answer})
        if any(key.revoked is None for key in self._server.keys.all()):
            self._server.close()
            v.fail("log", str(log), "holds active keys, whose budget is not blue's",
                   "Name a new file, or revoke them.")
        self.url = self._server.url

    def enter(self, name: str) -> str:
        """A red's key, with the budget that blue chose: its secret, which cannot be shown again."""
        return self._server.keys.add(name, budget=self.contest.defense.budget)

    def scoreboard(self) -> dict[str, Result]:
        """The results of all who handed in, by the names of their keys, the best red first."""
        keys = {key.id: key for key in self._server.keys.all() if key.id in self.handed_in}
        names = [key.name for key in keys.values()]
        found = {key.name if names.count(key.name) == 1 else f"{key.name} ({key.id})": self.contest.judge(
            self.handed_in[key.id], queries=key.spent) for key in keys.values()}
        return dict(sorted(found.items(), key=lambda one: -one[1].auc.value))

    def wait(self) -> None:
        """Block until the server stops."""
        self._server.wait()

    def close(self) -> None:
        self._server.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _answer(self, key: Key, body: bytes | None) -> bytes:
        if body is None:
            return self._page
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict) or set(given) != {"scores"}:
            raise ValueError('The body must be {"scores": [...]}.')
        self.handed_in[key.id] = self.contest.scores(given["scores"])
        return b'{"received": true}'


class Team:
    """A red in a contest that is served elsewhere; made by `join`.

    Attributes
    ----------
    challenge : Challenge
    """

    def __init__(self, url: str, key: str):
        self._wire = Wire(url, key, None, retries=3, timeout=60.0, patience=60.0)
        self._api = None
        try:
            told = json.loads(self._wire.ask("GET", PAGE, MOST))
            if not isinstance(told, dict) or not {"candidates", "outcomes", "defense"} <= set(told):
                raise ValueError(f"{url}: no contest is served there. Ask for the address of `leaklab capstone serve`.")
            self._api = RemoteApi(url, key)
            x = self._api.inputs.check(v.array("candidates", told["candidates"], ndim=2), "candidates")
            self.challenge = Challenge(x, v.labels("outcomes", told["outcomes"], length=len(x), classes=2), self._api,
                                       Defense.of(told["defense"]))
        except BaseException:
            self.close()
            raise

    def hand_in(self, scores: Any) -> None:
        """Send a score for each candidate, higher for members; the last list sent counts."""
        scores = v.array("scores", scores, ndim=1, length=len(self.challenge.x), dtype=np.float64,
                         remedy="Hand in one finite number for each candidate, higher for members.")
        self._wire.ask("POST", PAGE, 1000, json.dumps({"scores": scores.tolist()}).encode(), "application/json")

    def close(self) -> None:
        self._wire.close()
        if self._api is not None:
            self._api.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def join(url: str, key: str) -> Team:
    """Join a served contest as a red: ask ``team.challenge.access``, then ``team.hand_in(scores)``.

    Raises
    ------
    ValueError
        Where no contest is served at ``url``; (``Refused``) for a key that it does not know, and by plain
        `leaklab serve`, to which the request is malformed.
    Unreachable
    """
    return Team(url, key)
