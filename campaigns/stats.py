"""The statistics of a two-armed test: how many people it takes, what it showed, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from graph.intervals import Z95, wilson
from privacy.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Arm:
    """People of one arm, and how many of them converted."""

    people: int
    converted: int

    @property
    def rate(self) -> float:
        """Converted of people; 0 for nobody."""
        return self.converted / self.people if self.people else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of the rate."""
        return wilson(self.converted, self.people)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Estimate:
        """The same in another unit; ``factor`` is at least 0."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)


def lift(test: Arm, control: Arm) -> Estimate:
    """The difference of the two rates, by the hybrid score interval (R. G. Newcombe, *Statistics in Medicine* 17, 1998)."""
    difference = test.rate - control.rate
    (low_t, high_t), (low_c, high_c) = test.interval, control.interval
    below = math.hypot(test.rate - low_t, high_c - control.rate)
    above = math.hypot(high_t - test.rate, control.rate - low_c)
    return Estimate(difference, max(-1.0, difference - below), min(1.0, difference + above))


def relative_lift(test: Arm, control: Arm) -> Estimate | None:
    """The lift as a share of the control's rate, by the interval MOVER-R (R. G. Newcombe, *Statistical Methods in Medical
    Research* 25, 2016).

    It is made of the same score intervals as :func:`lift`, so that both hold 0 or neither does. None where an arm has no
    conversion: the ratio has no bounds then.
    """
    if not test.converted or not control.converted:
        return None
    (low_t, high_t), (low_c, high_c) = test.interval, control.interval
    both = test.rate * control.rate

    def half(of_test: float, of_control: float) -> tuple[float, float, float]:
        above = of_test * (2 * test.rate - of_test)
        below = of_control * (2 * control.rate - of_control)
        return above, below, math.sqrt(max(0.0, both**2 - above * below))

    above, _, spread = half(low_t, high_c)
    low = above / (both + spread)
    _, below, spread = half(high_t, low_c)
    return Estimate(test.rate / control.rate - 1, low - 1, (both + spread) / below - 1)


def mean_difference(test: tuple[int, float, float], control: tuple[int, float, float]) -> Estimate:
    """The difference of two means, each given as (people, sum, sum of squares), by Welch's large-sample interval."""
    (n_t, sum_t, squares_t), (n_c, sum_c, squares_c) = test, control
    mean_t, mean_c = sum_t / n_t, sum_c / n_c
    variance = max(0.0, squares_t / n_t - mean_t**2) / n_t + max(0.0, squares_c / n_c - mean_c**2) / n_c
    spread = Z95 * math.sqrt(variance)
    return Estimate(mean_t - mean_c, mean_t - mean_c - spread, mean_t - mean_c + spread)


def complier_lift(effect: Estimate, reached_test: float, reached_control: float) -> Estimate | None:
    """The lift among people who were reached because they were to be (H. S. Bloom, *Evaluation Review* 8, 1984).

    The lift as assigned, divided by how much more of the test arm than of the control was reached. None where that is not
    above 0.1: nothing can be told then.
    """
    apart = reached_test - reached_control
    return None if apart <= 0.1 else effect.times(1 / apart)


def sample_size(
    baseline: float, difference: float, power: float = 0.8, alpha: float = 0.05, control_share: float = 0.5
) -> tuple[int, int]:
    """People of test and control that show a ``difference`` of rates with this ``power``, two-sided at ``alpha``.

    For two proportions with unequal arms (J. L. Fleiss, *Statistical Methods for Rates and Proportions*, 1981, chapter 3,
    without continuity correction). Raises BadInputError for values that can't be.
    """
    target = baseline + difference
    if not 0 < baseline < 1 or not 0 < target < 1:
        raise BadInputError(
            f"a rate of {baseline:.4g} and a difference of {difference:.4g} give a rate of {target:.4g}",
            "both rates must lie between 0 and 1",
        )
    if difference == 0:
        raise BadInputError("a difference of 0 can't be shown by any number of people", "give a lift above 0")
    check_shares(power, alpha, control_share)
    ratio = control_share / (1 - control_share)  # control to test
    pooled = (target + ratio * baseline) / (1 + ratio)
    z_alpha, z_power = float(ndtri(1 - alpha / 2)), float(ndtri(power))
    spread = z_alpha * math.sqrt((1 + 1 / ratio) * pooled * (1 - pooled)) + z_power * math.sqrt(
        target * (1 - target) + baseline * (1 - baseline) / ratio
    )
    test = (spread / difference) ** 2
    return math.ceil(test), math.ceil(test * ratio)


def detectable(
    people: int, baseline: float, power: float = 0.8, alpha: float = 0.05, control_share: float = 0.5
) -> float | None:
    """The smallest rise of the rate that ``people``, both arms together, show; None where even the largest stays unseen."""
    low, high = 0.0, 1.0 - baseline - 1e-9

    def enough(difference: float) -> bool:
        return sum(sample_size(baseline, difference, power, alpha, control_share)) <= people

    if not enough(high):
        return None
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def check_shares(power: float, alpha: float, control_share: float) -> None:
    """Refuse settings of a test that can't be. Raises BadInputError."""
    for name, value, low, high in (
        ("power", power, 0.5, 0.999),
        ("alpha", alpha, 0.0001, 0.5),
        ("the control's share", control_share, 0.01, 0.99),
    ):
        if not low <= value <= high:
            raise BadInputError(f"{name} is {low} to {high}, not {value:g}", "the usual is .8, .05 and .5")
