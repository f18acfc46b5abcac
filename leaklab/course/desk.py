"""What the adversary holds: settings of a prediction API, attacked and used, and compared with those before."""

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, LabelOnly, Noisy, Offers, RemoteApi, WhiteBox
from leaklab.attacks import FaceInversion, Recovered
from leaklab.course.customers import running
from leaklab.evaluation import Utility, utility
from leaklab.experiments.faces import Stage
from leaklab.metrics import Rate
from leaklab.server import Server, parse_hardening

WHITE_BOX, SCORES, LABELS = "the model itself", "probabilities", "the first name only"
EVERYTHING, NAME_ALONE = "all it gets", "the name alone"
KEPT = 7
"""So many attacks are compared, the last ones."""


class Desk:
    """Settings of what the adversary is given, and what came of them.

    Parameters
    ----------
    stage : leaklab.experiments.faces.Stage
        Whose faces are wanted, who is public, and the judge.
    model : WhiteBox
        The recogniser, trained on ``stage.train``.
    server : Server, optional
        A server of the same model, to attack over HTTP; each attack there gets a key of its own.

    Attributes
    ----------
    holds : str
        What the adversary is given: ``WHITE_BOX``, ``SCORES`` or ``LABELS``.
    decimals, classes : int or None
        Decimals of an answer, and how many classes it names; None for all.
    looks_at : str
        What the adversary makes use of: ``EVERYTHING``, or the ``NAME_ALONE``, the first of each answer.
    noise : float
        Scale of the Laplace noise on each probability; 0 for none. The same in every run, but over HTTP.
    queries : int
        Budget a person.
    over_http : bool
    rows : dict of str to (Rate, Rate)
        What was attacked so far -> the attack's success, the legitimate users' accuracy.
    attacks : int
        How many were kept.
    last : str
        The label of the last attack, as in ``rows``.
    recovered : Recovered or None
        By the last attack.
    """

    def __init__(self, stage: Stage, model: WhiteBox, *, server: Server | None = None):
        self.stage, self.model, self.server = stage, model, server
        self.answers = model.only(Offers.SCORES)
        self.holds, self.decimals, self.classes, self.noise = SCORES, None, None, 0.0
        self.queries, self.over_http, self.looks_at = 500, False, EVERYTHING
        self.rows: dict[str, tuple[Rate, Rate]] = {}
        self.attacks, self.last = 0, ""
        self.recovered: Recovered | None = None
        self._used: dict[str, Utility] = {}  # by hardening: measured once, or words and chart would disagree

    @property
    def over_http(self) -> bool:
        """Whether the adversary asks over HTTP."""
        return self._over_http

    @over_http.setter
    def over_http(self, wanted: bool) -> None:
        if wanted and self.server is None:
            v.fail("over_http", wanted, "needs a server", "Pass server=serve(model).")
        self._over_http = bool(wanted)

    @property
    def asks(self) -> bool:
        """Whether the adversary has to ask: noise, a budget and HTTP mean something."""
        return self.holds != WHITE_BOX

    @property
    def hardening(self) -> str:
        """As ``leaklab keys add --hardening`` and `leaklab.server.parse_hardening` take it; empty for none."""
        if not self.asks:
            return ""
        noise = [f"laplace={self.noise:g}"] if self.noise else []
        if self.holds == LABELS:
            return ",".join([*noise, "labels"])
        parts = {"topk": self.classes, "rounded": self.decimals}
        return ",".join([*noise, *(f"{name}={value}" for name, value in parts.items() if value is not None)])

    @property
    def label(self) -> str:
        """The settings in words."""
        if not self.asks:
            return WHITE_BOX
        said = [self.holds]
        if self.noise:
            said.append(f"noise {self.noise:g}")
        if self.classes is not None and self.holds == SCORES:
            said.append(f"top {self.classes}")
        if self.decimals is not None and self.holds == SCORES:
            said.append(f"{self.decimals} decimal{'s' * (self.decimals > 1)}")
        if self.holds == SCORES and self.looks_at == NAME_ALONE:
            said.append("looks at names alone")
        return ", ".join([*said, f"{self.queries:,} queries"]) + (", HTTP" if self.over_http else "")

    def access(self) -> Access:
        """The model, as a customer of these settings sees it."""
        if not self.asks:
            return self.model
        if self.over_http and self.server:
            budget = self.queries * len(self.stage.people) + len(self.stage.public.images)
            with running(self.server) as server:
                return RemoteApi(server.url, server.keys.add(self.label, hardening=self.hardening, budget=budget))
        return self._hardened()

    def used(self) -> Utility:
        """What legitimate users get of these settings; measured once."""
        hardening = self.hardening
        if hardening not in self._used:
            self._used.setdefault(hardening, utility(self._hardened(), self.stage.test.images, self.stage.test.person))
        return self._used[hardening]

    def epsilon_per_query(self) -> float | None:
        """The worst case of each noisy answer (delta is 0); None without noise."""
        if "laplace" not in self.hardening:
            return None
        return Noisy(self.answers, self.noise, kind="laplace", rng=0).epsilon_per_query()

    def attack(self, progress: v.Progress | None = None) -> tuple[str, Recovered, tuple[Rate, Rate]]:
        """Recover all faces; returns what `keep` takes, so that a stopped attack leaves nothing."""
        label, access = self.label, self.access()
        attack = FaceInversion(prior=self.stage.prior, queries=self.queries)
        seen = LabelOnly(access) if self.asks and self.looks_at == NAME_ALONE else access
        try:
            found = attack(seen, self.stage.people, rng=1, progress=progress)
        finally:
            if isinstance(access, RemoteApi):
                access.close()
        if not found.complete:  # a row of its own, beside that of the whole attack
            label += f", ended early at {found.queries:,} queries in all"
        return label, found, (self.stage.judge(found.images).top1, self.used().accuracy)

    def keep(self, label: str, found: Recovered, rates: tuple[Rate, Rate]) -> None:
        """Show an attack's outcome, and compare it with those before."""
        self.attacks, self.last, self.recovered = self.attacks + 1, label, found
        self.rows.pop(label, None)
        self.rows[label] = rates
        while len(self.rows) > KEPT:
            del self.rows[next(iter(self.rows))]

    def faces(self, shown: int, *, reveal: bool) -> dict[str, np.ndarray]:
        """Rows of the first faces by what they show: recovered, and above them the people when revealed."""
        rows = {"the truth": self.stage.train.class_means()} if reveal else {}
        if self.recovered is not None:
            rows["recovered"] = self.recovered.images
        elif not reveal:
            rows["where it starts"] = self.stage.public.mean_face()[None].repeat(len(self.stage.people), axis=0)
        return {label: images[:shown] for label, images in rows.items()}

    def _hardened(self) -> Access:
        return parse_hardening(self.hardening, rng=0)(self.answers)
