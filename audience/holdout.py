"""The built-in test of a lookalike list: hide part of the seeds, order everybody by the rest, look where they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audience.answers import Holdout
from audience.ranking import METHODS, Bools, Floats, Space

HIDDEN_SHARE = 0.3
_SPLITS = 2
_BOOTSTRAPS = 1_000
_SEED = 7
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """One method's hold-out: where the hidden seeds came, and scores by which likeness is put on a scale."""

    method: str
    ranks: Ints  # of each hidden seed among everybody who was not trained on, 0 is first; one row a split, flattened
    pool: int  # how many were ranked in each split
    hidden_scores: Floats
    other_scores: Floats

    @property
    def placements(self) -> Floats:
        """For each hidden seed the share of the others ranked below it: their mean is the AUC."""
        hidden = len(self.ranks) // _SPLITS
        others = self.pool - hidden
        before = np.concatenate([_others_before(part) for part in np.split(self.ranks, _SPLITS)])
        return 1.0 - before / max(1, others)

    @property
    def auc(self) -> float:
        """Chance that a hidden seed comes before somebody else."""
        return float(self.placements.mean())

    def found(self, reach: int) -> float:
        """Share of the hidden seeds among the first ``reach``."""
        return float((self.ranks < reach).mean())


def hold_out(space: Space, seeds: Bools) -> list[Trial]:
    """Try every method on the same splits; best AUC first."""
    rng = np.random.default_rng(_SEED)
    rows = np.flatnonzero(seeds)
    hide = max(1, round(HIDDEN_SHARE * len(rows)))
    kept: dict[str, list[tuple[Ints, Floats, Floats]]] = {method: [] for method in METHODS}
    for _ in range(_SPLITS):
        hidden = np.zeros_like(seeds)
        hidden[rng.choice(rows, hide, replace=False)] = True
        train = seeds & ~hidden
        pool = np.flatnonzero(~train)
        for method, ranker in space.all(train).items():
            scores = ranker.scores[pool]
            # Ties go against the hidden seeds: a method that tells nobody apart must not look good.
            order = np.lexsort((hidden[pool], -scores))
            ranks = np.flatnonzero(hidden[pool][order]).astype(np.int64)
            kept[method].append((ranks, ranker.scores[hidden], scores[~hidden[pool]]))
    trials = [
        Trial(
            method,
            np.concatenate([ranks for ranks, _, _ in parts]),
            len(space.unit.indptr) - 1 - (len(rows) - hide),
            np.concatenate([own for _, own, _ in parts]),
            np.concatenate([others for _, _, others in parts]),
        )
        for method, parts in kept.items()
    ]
    return sorted(trials, key=lambda trial: -trial.auc)


def report(trials: list[Trial], reach: int) -> Holdout:
    """The best method's figures, with 95 % intervals from a bootstrap over the hidden seeds (B. Efron, 1979)."""
    best = trials[0]
    hidden = len(best.ranks) // _SPLITS
    reach = min(reach, best.pool)
    chance = reach / best.pool
    picks = np.random.default_rng(_SEED).integers(0, len(best.ranks), (_BOOTSTRAPS, len(best.ranks)))
    aucs = best.placements[picks].mean(axis=1)
    lifts = (best.ranks[picks] < reach).mean(axis=1) / chance
    return Holdout(
        method=best.method,
        hidden_seeds=hidden,
        auc=round(best.auc, 4),
        auc_low=_quantile(aucs, 0.025),
        auc_high=_quantile(aucs, 0.975),
        precision=round(best.found(hidden), 4),
        recall_at=reach,
        recall=round(best.found(reach), 4),
        lift=round(best.found(reach) / chance, 3),
        lift_low=_quantile(lifts, 0.025),
        lift_high=_quantile(lifts, 0.975),
        by_method={trial.method: round(trial.auc, 4) for trial in trials},
    )


def likeness(trial: Trial, scores: Floats) -> Floats:
    """Scores as 0 to 1: the chance that somebody with this score is a seed, were seeds as common as others.

    A one-dimensional logistic fit on the hold-out (J. Platt, 1999), so that a half means: no more like the seeds than
    like anybody.
    """
    from sklearn.linear_model import LogisticRegression

    values = np.concatenate([trial.hidden_scores, trial.other_scores])[:, None]
    labels = np.repeat([True, False], [len(trial.hidden_scores), len(trial.other_scores)])
    fit = LogisticRegression(class_weight="balanced").fit(values, labels)
    slope = max(0.0, float(fit.coef_[0, 0]))
    return np.asarray(1.0 / (1.0 + np.exp(-(slope * scores + float(fit.intercept_[0])))), dtype=np.float64)


def _others_before(ranks: Ints) -> Ints:
    """How many who are not hidden seeds come before each hidden seed, from its rank among all."""
    return np.sort(ranks) - np.arange(len(ranks))


def _quantile(values: Floats, at: float) -> float:
    return round(float(np.quantile(values, at)), 4)
