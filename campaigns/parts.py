"""In whom a campaign worked: the lift by score and facet, and which order of people finds those whom a contact moves."""

from __future__ import annotations

import numpy as np
import polars as pl

from campaigns.answers import STRATA, Curve, Interval, Slice
from campaigns.results import Results
from campaigns.stats import lift
from campaigns.uplift import Floats, qini, response_scores, uplift_scores

_PARTS = (10, 5, 4, 3, 2)  # equal parts of the people, as many as have enough in each arm
_TAG_SHARE = 0.05  # interests that fewer share tell the models nothing
_MIN_SHARED = 20
MIN_CONVERSIONS = 30  # to learn whom a contact moves
_SLICES = 12
_UNKNOWN = "unknown"


def by_score(results: Results, k: int) -> list[Slice]:
    """Tenths by the score that people had when the campaign was made, best first; none where they had none.

    Where a tenth has fewer than k people in an arm, larger parts are told, down to halves.
    """
    scores = pl.col("score")
    known = results.part(scores.is_not_null())
    if not known.rows.height:
        return []
    rank = known.rows["score"].rank("random", descending=True, seed=7)
    slices: list[Slice] = []
    for parts in _PARTS:
        place = ((rank - 1) * parts // known.rows.height).clip(0, parts - 1)
        width = 100 / parts
        slices = [
            _slice(f"{number * width:.0f}–{(number + 1) * width:.0f} %", known.part(place == number), k)
            for number in range(parts)
        ]
        if not any(one.hidden for one in slices):
            break
    return slices


def by_facet(results: Results, k: int) -> dict[str, list[Slice]]:
    """Each trait's values with the most people; those of too few are hidden."""
    told = {}
    for facet in STRATA:
        values = results.rows[facet].fill_null(_UNKNOWN)
        names = values.value_counts(sort=True).sort("count", facet, descending=[True, False])[facet]
        if len(names) > 1:
            told[facet] = [_slice(name, results.part(values == name), k) for name in names.head(_SLICES)]
    return told


def _slice(label: str, own: Results, k: int) -> Slice:
    test, control = own.arm(True), own.arm(False)
    if min(test.people, control.people) < k:
        return Slice(label=label, hidden=True)
    effect = lift(test, control)
    told = Interval(value=round(effect.value, 6), low=round(effect.low, 6), high=round(effect.high, 6))
    return Slice(label=label, test=test.people, control=control.people, lift=told)


def curves(results: Results) -> list[Curve]:
    """Orders by uplift, by response and by the score at hand; none where too few converted to learn from."""
    tested, converted = results.rows["tested"].to_numpy(), results.rows["converted"].to_numpy()
    if min(int(converted[tested].sum()), int(converted[~tested].sum())) < MIN_CONVERSIONS:
        return []
    features = features_of(results.rows)
    orders: dict[str, Floats] = {}
    if features.shape[1]:
        orders["uplift"] = uplift_scores(features, tested, converted)
        orders["response"] = response_scores(features, tested, converted)
    scores = results.rows["score"]
    if scores.null_count() < len(scores):
        orders["score"] = scores.fill_null(scores.min()).to_numpy()
    told = []
    for name, order in orders.items():
        found = qini(order, tested, converted)
        area = Interval(value=found.coefficient, low=found.low, high=found.high)
        told.append(Curve(order=name, gains=found.gains, coefficient=area))
    return told


def features_of(rows: pl.DataFrame) -> Floats:
    """People x features: one for each value of a facet and each interest that many share, and the propensity."""
    columns: list[pl.Series] = []
    for facet in STRATA:
        values = rows[facet].fill_null(_UNKNOWN)
        columns += [(values == one).cast(pl.Float64) for one in _common(values, rows.height)]
    levels = (
        rows.select(pl.int_range(pl.len()).alias("row"), "tags")
        .explode("tags")
        .drop_nulls("tags")
        .unnest("tags")
    )
    for tag in _common(levels["tag"], rows.height):
        column = np.zeros(rows.height)
        own = levels.filter(pl.col("tag") == tag)
        column[own["row"].to_numpy()] = own["level"].to_numpy() / 10
        columns.append(pl.Series(column))
    chances = rows["propensity"]
    if chances.null_count() < len(chances):
        columns.append(chances.fill_null(chances.mean()))
    return np.column_stack(columns) if columns else np.zeros((rows.height, 0))


def _common(values: pl.Series, people: int) -> list[str]:
    counts = values.value_counts()
    return sorted(counts.filter(pl.col("count") >= max(_TAG_SHARE * people, _MIN_SHARED))[values.name])
