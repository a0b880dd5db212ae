"""Influence maximisation with a guarantee: how many reverse reachable sets are enough, and what they choose.

IMM: Y. Tang, Y. Shi, X. Xiao, "Influence Maximization in Near-Linear Time: A Martingale Approach", SIGMOD 2015. The sets
of the second phase are drawn afresh, as W. Chen, "An Issue in the Martingale Analysis of the Influence Maximization
Algorithm IMM", 2018, showed to be needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.intervals import wilson
from graph.spread.coverage import Choice, Costs, choose, choose_for_money, hits
from graph.spread.network import Ints, SpreadNetwork
from graph.spread.sampling import Model, ReverseSets, draw, no_sets

BY_NUMBER = 1.0 - 1.0 / math.e
BY_COST = 1.0 - 1.0 / math.sqrt(math.e)
_MOST_SETS = 20_000_000
_CHECK_SETS = 100_000


@dataclass(frozen=True, slots=True)
class SpreadPlan:
    """Whom to choose and what that reaches.

    ``nodes`` are node numbers, best first; ``reach[i]`` is the estimated number of targets that the first ``i + 1`` of
    them reach, themselves included. ``spread`` is that of all with its 95 % interval ``low`` to ``high``, from sets
    that had no part in the choice. With probability ``1 - delta`` the spread is at least ``factor - epsilon`` times that
    of the best choice there is. ``epsilon`` is larger than what was asked for where the number of sets was capped.
    """

    nodes: Ints
    reach: npt.NDArray[np.float64]
    spread: float
    low: float
    high: float
    factor: float
    epsilon: float
    delta: float
    sets: int

    @property
    def guarantee(self) -> float:
        """The share of the best possible spread that is guaranteed, at least 0."""
        return max(0.0, self.factor - self.epsilon)


def maximise(
    network: SpreadNetwork,
    k: int | None = None,
    *,
    budget: float | None = None,
    costs: Costs | None = None,
    model: Model = Model.CASCADE,
    candidates: Ints | None = None,
    targets: Ints | None = None,
    epsilon: float = 0.1,
    delta: float | None = None,
    seed: int = 7,
    most_sets: int = _MOST_SETS,
) -> SpreadPlan:
    """Choose the accounts that reach most: ``k`` of them, or as many as ``budget`` pays for at ``costs`` (one a node).

    ``candidates`` are those that may be chosen and ``targets`` those that count as reached (both default to all).
    ``delta`` defaults to 1 over the number of targets. Raises ValueError for numbers that make no sense, and under
    linear threshold for weights that add up to more than 1.
    """
    if (k is None) == (budget is None):
        raise ValueError("say either how many accounts or how much money")
    if not 0.0 < epsilon < 1.0 or (delta is not None and not 0.0 < delta < 1.0):
        raise ValueError("epsilon and delta lie between 0 and 1")
    if model is Model.THRESHOLD:
        network.demand_weights()
    allowed = np.zeros(len(network), np.bool_)
    allowed[np.arange(len(network)) if candidates is None else candidates] = True
    aims = np.unique(np.arange(len(network), dtype=np.int32) if targets is None else targets)
    task = _task(network, model, allowed, aims, k, budget, costs, seed)
    fail = delta if delta is not None else 1.0 / max(2, len(aims))
    if not task.most or not len(aims):
        none = np.zeros(0)
        return SpreadPlan(np.zeros(0, np.int32), none, 0.0, 0.0, 0.0, task.factor, epsilon, fail, 0)
    return _plan(task, epsilon, fail, most_sets)


@dataclass(frozen=True, slots=True)
class _Task:
    """One question: what ``maximise`` was asked, checked."""

    network: SpreadNetwork
    model: Model
    allowed: npt.NDArray[np.bool_]
    targets: Ints
    most: int  # accounts that a choice can hold
    budget: float | None
    costs: Costs | None
    seed: int

    @property
    def factor(self) -> float:
        return BY_NUMBER if self.costs is None else BY_COST

    @property
    def log_choices(self) -> float:
        """The logarithm of (a bound on) how many choices there are."""
        n = int(self.allowed.sum())
        most = min(self.most, n)
        one_size = _log_binomial(n, most if self.costs is None else min(most, n // 2))
        return one_size if self.costs is None else one_size + math.log(most + 1)

    def choose(self, sets: ReverseSets) -> Choice:
        size = len(self.network)
        if self.costs is None or self.budget is None:
            return choose(sets, size, self.most, self.allowed)
        return choose_for_money(sets, size, self.budget, self.costs, self.allowed)

    def draw(self, phase: int, have: ReverseSets, count: int) -> ReverseSets:
        """``have``, filled up to ``count`` sets of a phase (each phase has a seed of its own)."""
        more = draw(
            self.network, self.model, len(have), count - len(have), 3 * self.seed + phase, self.targets
        )
        return have.joined(more) if len(have) else more


def _task(
    network: SpreadNetwork,
    model: Model,
    allowed: npt.NDArray[np.bool_],
    targets: Ints,
    k: int | None,
    budget: float | None,
    costs: Costs | None,
    seed: int,
) -> _Task:
    if k is not None:
        if k < 1 or costs is not None:
            raise ValueError("k is at least 1, and costs go with a budget")
        return _Task(network, model, allowed, targets, min(k, int(allowed.sum())), None, None, seed)
    if costs is None or len(costs) != len(network) or not bool(np.all(costs > 0)) or not budget or budget < 0:
        raise ValueError("a budget above 0 needs a cost above 0 for every account")
    affordable = np.cumsum(np.sort(costs[allowed])) <= budget
    return _Task(network, model, allowed, targets, int(affordable.sum()), budget, costs, seed)


def _plan(task: _Task, epsilon: float, delta: float, most_sets: int) -> SpreadPlan:
    n = len(task.targets)
    sure = math.log(1.0 / delta) + math.log(2.0)  # each of the two phases may fail with half of delta
    at_least, tried = _lower_bound(task, epsilon, sure, most_sets)
    alpha = math.sqrt(sure + math.log(2.0))
    beta = math.sqrt(task.factor * (task.log_choices + sure + math.log(2.0)))
    work = 2.0 * n * (task.factor * alpha + beta) ** 2
    wanted = max(1, math.ceil(work / (epsilon**2 * at_least)))
    count = min(wanted, most_sets)
    reached = epsilon if count == wanted else math.sqrt(work / (count * at_least))
    sets = task.draw(1, no_sets(), count)
    choice = task.choose(sets)
    reach = np.asarray(choice.covered * (n / len(sets)), np.float64)
    del sets
    check = task.draw(2, no_sets(), min(max(count, 1000), _CHECK_SETS))
    spread, low, high = _estimate(hits(check, len(task.network), choice.nodes), len(check), n)
    return SpreadPlan(choice.nodes, reach, spread, low, high, task.factor, reached, delta, count + tried)


def _lower_bound(task: _Task, epsilon: float, sure: float, most_sets: int) -> tuple[float, int]:
    """A spread that the best choice surely reaches, and how many sets it took (IMM's first phase)."""
    n = len(task.targets)
    rough = math.sqrt(2.0) * epsilon
    rounds = max(1, math.ceil(math.log2(n)) - 1)
    need = (2.0 + 2.0 / 3.0 * rough) * (task.log_choices + sure + math.log(rounds)) * n / rough**2
    sets = no_sets()
    for round_ in range(1, rounds + 1):
        goal = n / 2.0**round_
        count = math.ceil(need / goal)
        if count > most_sets:
            break
        sets = task.draw(0, sets, count)
        found = n * task.choose(sets).hit / len(sets)
        if found >= (1.0 + rough) * goal:
            return found / (1.0 + rough), len(sets)
    return 1.0, len(sets)


def _estimate(hit: int, of: int, n: int) -> tuple[float, float, float]:
    """The spread and its 95 % interval from the share of sets that were hit."""
    low, high = wilson(hit, of)
    return n * hit / of, n * low, n * high


def _log_binomial(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
