"""The built-in test of a lookalike list: hide part of the seeds, order everybody by the rest, look where they come.

Everybody else is not simply unlike the seeds: some are just not on the list. They push hidden seeds down that belong
where they are, so that the plain AUC is too low, by half their share. The share is estimated from the top of the
order, where nearly all are alike: there the others are as dense, against the hidden seeds, as they are at most among
all (G. Blanchard, G. Lee and C. Scott, "Semi-supervised novelty detection", JMLR 2010); its effect on the AUC is that of
mixed labels (A. Menon et al., "Learning from corrupted binary labels", ICML 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audience.lookalike.answers import Holdout
from audience.lookalike.ranking import Bools, Floats, Ranker, Space, methods_for
from graph.intervals import wilson

HIDDEN_SHARE = 0.2
# Parts of the seeds are hidden in turn until so many were looked for, each seed at most once.
_ENOUGH_HIDDEN = 300
_BOOTSTRAPS = 500
_SEED = 7
# The share of others who are like the seeds is read where such shares of the hidden seeds were found.
_TOP = (0.1, 0.25)
_TOP_SEEDS = 5
_OTHERS_KEPT = 20_000
# Where more would be alike, the order may as well tell nobody apart: no more is allowed for.
_MOST_ALIKE = 0.5
_SAFE = "ensemble"
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reached:
    """The share of the hidden seeds that a part of the order holds, its 95 % interval, and what chance would find."""

    share: float
    low: float
    high: float
    chance: float

    @property
    def found(self) -> tuple[float, float, float]:
        """The share with its interval, rounded."""
        return round(self.share, 4), round(self.low, 4), round(self.high, 4)

    @property
    def lift(self) -> tuple[float, float, float]:
        """How many times chance that is, with its interval, rounded."""
        share, low, high = (round(value / self.chance, 3) for value in (self.share, self.low, self.high))
        return share, low, high


@dataclass(frozen=True)
class Trial:
    """One method's hold-out. All arrays have one entry a hidden seed, over all parts that were hidden in turn."""

    method: str
    before: Ints  # others who come before it or level with it: ties go against the seeds
    ranks: Ints  # its place among the others and the seeds hidden with it, 0 is first
    others: int  # people who are no seeds
    hidden: int  # seeds hidden at a time
    hidden_scores: Floats
    other_scores: Floats  # of some of the others

    @property
    def pool(self) -> int:
        """How many were put in order at a time."""
        return self.others + self.hidden

    @property
    def placements(self) -> Floats:
        """For each hidden seed the share of the others who come after it: their mean is the plain AUC."""
        return 1.0 - self.before / max(1, self.others)

    @property
    def plain_auc(self) -> float:
        """Chance that a hidden seed comes before somebody else."""
        return float(self.placements.mean())

    def reached(self, depth: int) -> Reached:
        """What of the hidden seeds is among the first ``depth``."""
        found = int((self.ranks < depth).sum())
        return Reached(found / len(self.ranks), *wilson(found, len(self.ranks)), min(1.0, depth / self.pool))

    def alike(self) -> tuple[float, float]:
        """The share of the others who are like the seeds: a fair estimate and a bold one."""
        shares = np.sort(self.before) / max(1, self.others)
        number = len(shares)
        first = max(_TOP_SEEDS, round(_TOP[0] * number)) - 1
        if number <= first:
            return 0.0, 0.0
        found = np.arange(first + 1, number + 1)
        top = found[: max(1, round(_TOP[1] * number) - first)]
        bold = [shares[n - 1] / wilson(int(n), number)[0] for n in top]
        fair = float((shares[first:] / (found / number)).min())
        return min(_MOST_ALIKE, fair), min(_MOST_ALIKE, max(fair, float(np.median(bold))))


def hold_out(space: Space, seeds: Bools, methods: Sequence[str] = ()) -> list[Trial]:
    """Try the methods (default: all that fit so many seeds) on the same splits; best first."""
    methods = methods or methods_for(int(seeds.sum()))
    rows = np.random.default_rng(_SEED).permutation(np.flatnonzero(seeds))
    hide = max(1, round(HIDDEN_SHARE * len(rows)))
    times = min(-(-_ENOUGH_HIDDEN // hide), max(1, len(rows) // hide))
    others = np.flatnonzero(~seeds)
    some = np.random.default_rng(_SEED).permutation(others)[:_OTHERS_KEPT]
    kept: dict[str, list[tuple[Ints, Ints, Floats, Floats]]] = {method: [] for method in methods}
    for part in np.split(rows[: hide * times], times):
        train = seeds.copy()
        train[part] = False
        for method, ranker in space.several(methods, train).items():
            kept[method].append(_placed(ranker, part, others, some))
    trials = []
    for method, parts in kept.items():
        before, ranks, own, rest = (np.concatenate(column) for column in zip(*parts, strict=True))
        trials.append(Trial(method, before, ranks, len(others), hide, own, rest))
    return _best_first(trials)


def _best_first(trials: list[Trial]) -> list[Trial]:
    """By AUC, but the ensemble first where no other is better by more than one standard error of the difference.

    The best of several on few hidden seeds is often the luckiest (L. Breiman et al., *Classification and Regression
    Trees*, 1984: the one-standard-error rule).
    """
    ordered = sorted(trials, key=lambda trial: -trial.plain_auc)
    safe = next((trial for trial in trials if trial.method == _SAFE), ordered[0])
    gains = ordered[0].placements - safe.placements
    if gains.mean() <= gains.std() / np.sqrt(len(gains)):
        ordered.sort(key=lambda trial: trial is not safe)
    return ordered


def _placed(ranker: Ranker, part: Ints, others: Ints, some: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    own, rest = ranker.scores[part], np.sort(ranker.scores[others])
    before = len(rest) - np.searchsorted(rest, own, side="left").astype(np.int64)
    return before, before + np.argsort(np.argsort(-own, kind="stable")), own, ranker.scores[some]


def report(trials: Sequence[Trial], reach: int, depth: int | None = None) -> Holdout:
    """The best method's figures with 95 % intervals: Wilson's of shares, of the AUC from a bootstrap over the hidden seeds.

    ``depth`` is how far down the order of everybody a list of ``reach`` goes, where some are passed over; None: as far.
    The interval of the AUC (B. Efron, 1979) reaches from nobody else like the seeds to as many as may be.
    """
    best = trials[0]
    reach = min(reach, best.pool)
    fair, bold = best.alike()
    picks = np.random.default_rng(_SEED).integers(0, len(best.ranks), (_BOOTSTRAPS, len(best.ranks)))
    plain = best.placements[picks].mean(axis=1)
    # A plain bootstrap of few seeds is too narrow by this (T. Hesterberg, 2015).
    spread = np.sqrt(len(best.ranks) / max(1, len(best.ranks) - 1))
    plain = best.plain_auc + (plain - best.plain_auc) * spread
    precision, precision_low, precision_high = best.reached(best.hidden).found
    listed = best.reached(depth or reach)
    recall, recall_low, recall_high = listed.found
    lift, lift_low, lift_high = listed.lift
    return Holdout(
        method=best.method,
        hidden_seeds=len(best.ranks),
        hidden_at_once=best.hidden,
        auc=round(_unmixed(best.plain_auc, fair), 4),
        auc_low=_quantile(plain, 0.025),
        auc_high=round(_unmixed(_quantile(plain, 0.975), bold), 4),
        plain_auc=round(best.plain_auc, 4),
        alike=round(fair, 4),
        precision=precision,
        precision_low=precision_low,
        precision_high=precision_high,
        recall_at=reach,
        recall=recall,
        recall_low=recall_low,
        recall_high=recall_high,
        lift=lift,
        lift_low=lift_low,
        lift_high=lift_high,
        by_method={trial.method: round(trial.plain_auc, 4) for trial in trials},
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


def _unmixed(plain: float, alike: float) -> float:
    """The AUC against those who are not like the seeds, from that against others of whom a share is."""
    if plain <= 0.5:
        return plain
    return min(1.0, (plain - alike / 2) / (1 - alike))


def _quantile(values: Floats, at: float) -> float:
    return round(float(np.quantile(values, at)), 4)
