"""One audience hidden, a fifth of it given as seeds: what the product and its peers make of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import roc_auc_score

from audience.lookalike.holdout import hold_out, report
from audience.lookalike.ranking import Bools, Floats, Space
from bench.bootstrap import mean_interval
from bench.figures import Figure
from bench.lookalike.peers import ALS, BM25, als, items, neighbours
from graph.intervals import wilson

SEED_SHARE = 0.2
COSINE = "cosine"
RENQUN = "renqun"
_REACH = 500


@dataclass(slots=True)
class Judged:
    """An audience: AUC, precision among the first as many as there are members to find, and recall at 500, by who ranked."""

    name: str
    seeds: int
    members: int
    method: str
    auc: dict[str, float] = field(default_factory=dict)
    precision: dict[str, float] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)
    predicted: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def honest(self) -> bool:
        """Whether the true AUC lies within the interval that the product gave before knowing it."""
        return self.low <= self.auc[RENQUN] <= self.high


def draw(members: Bools, seed: int) -> Bools:
    """A fifth of the members, by chance."""
    rows = np.flatnonzero(members)
    chosen = np.random.default_rng(seed).choice(rows, max(1, round(SEED_SHARE * len(rows))), replace=False)
    seeds = np.zeros_like(members)
    seeds[chosen] = True
    return seeds


def judge(name: str, features: sparse.csr_matrix, members: Bools, seed: int) -> Judged:
    """Rank everybody but the seeds by the product, the plain cosine and the peers; look where the other members come."""
    seeds = draw(members, seed)
    space = Space(features)
    told = report(hold_out(space, seeds), _REACH)
    found = Judged(name, int(seeds.sum()), int(members.sum()), told.method)
    found.predicted, found.low, found.high = told.auc, told.auc_low, told.auc_high
    unit = space.rows[:, : space.features]
    centre = np.asarray(unit[np.flatnonzero(seeds)].mean(axis=0)).ravel()
    scores: dict[str, Floats] = {
        RENQUN: space.rank(told.method, seeds).scores,
        COSINE: unit @ centre,
        ALS: neighbours(als(features), seeds),
        BM25: items(features, seeds),
    }
    for who, values in scores.items():
        found.auc[who], found.precision[who], found.recall[who] = _placed(values[~seeds], members[~seeds])
    return found


def _placed(scores: Floats, members: Bools) -> tuple[float, float, float]:
    wanted = int(members.sum())
    order = np.lexsort((members, -scores))
    return (
        float(roc_auc_score(members, scores)),
        float(members[order[:wanted]].mean()),
        float(members[order[:_REACH]].sum() / wanted),
    )


def figures(
    task: str,
    judged: Sequence[Judged],
    seconds: float,
    *,
    auc_goal: float | None = None,
    precision_goal: float | None = None,
) -> list[Figure]:
    """Means over the audiences with intervals over them; beside each peer."""
    pick: dict[str, Callable[[Judged], dict[str, float]]] = {
        "AUC": lambda one: one.auc,
        "P@|positives|": lambda one: one.precision,
        f"recall@{_REACH}": lambda one: one.recall,
    }
    goals = {"AUC": auc_goal, "P@|positives|": precision_goal}
    found: list[Figure] = []
    for metric, get in pick.items():
        values = {who: np.array([get(one)[who] for one in judged]) for who in (RENQUN, COSINE, ALS, BM25)}
        low, high = mean_interval(values[RENQUN])
        found += [
            Figure(
                task=task,
                metric=metric if peer == COSINE else f"{metric} beside {peer}",
                value=_mean(values[RENQUN]),
                peer=peer,
                peer_value=_mean(values[peer]),
                goal=goals.get(metric) if peer == COSINE else None,
                low=round(low, 4),
                high=round(high, 4),
                seconds=seconds,
            )
            for peer in (COSINE, ALS, BM25)
        ]
    return [*found, *_honesty(task, judged, seconds, 0.9 if auc_goal else None)]


def _honesty(task: str, judged: Sequence[Judged], seconds: float, goal: float | None) -> list[Figure]:
    """How often the interval that the product gave held the truth, and how wide it was."""
    honest = sum(one.honest for one in judged)
    low, high = wilson(honest, len(judged))
    return [
        Figure(
            task=task,
            metric="true AUC within the hold-out's interval",
            value=round(honest / len(judged), 4),
            unit=f"of {len(judged)}",
            goal=goal,
            low=round(low, 4),
            high=round(high, 4),
            seconds=seconds,
        ),
        Figure(
            task=task,
            metric="width of that interval",
            value=_mean(np.array([one.high - one.low for one in judged])),
            seconds=seconds,
        ),
        Figure(
            task=task,
            metric="foretold less true AUC",
            value=_mean(np.array([one.predicted - one.auc[RENQUN] for one in judged])),
            seconds=seconds,
        ),
    ]


def over(
    task: str,
    features: Callable[[int], sparse.csr_matrix],
    audiences: Sequence[tuple[str, Bools]],
    say: Callable[[str], None],
    **goals: float,
) -> list[Figure]:
    """Judge each audience; ``features`` gives the matrix for one by its place, without what defines the audience."""
    began = time.perf_counter()
    judged = []
    for place, (name, members) in enumerate(audiences):
        one = judge(name, features(place), members, seed=place)
        judged.append(one)
        say(
            f"{task} {place + 1}/{len(audiences)} {name}: {one.seeds} seeds, {one.method}, AUC {one.auc[RENQUN]:.3f} "
            f"(foretold {one.predicted:.3f}, {one.low:.3f}–{one.high:.3f}), P {one.precision[RENQUN]:.3f}"
        )
    return figures(task, judged, time.perf_counter() - began, **goals)


def _mean(values: NDArray[np.float64]) -> float:
    return round(float(values.mean()), 4)
