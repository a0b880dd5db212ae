"""What an audience has more, or less, of than a baseline: shares, TGI and their intervals, all after disclosure.

TGI = 100 * share in the audience / share in the baseline.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audience.search.answers import FacetValue
from audience.search.telling import Counts
from graph.intervals import Floats, risk_ratio, wilson_each
from privacy.disclosure import Disclosure


class Numbers(NamedTuple):
    """The numbers of some values, by column, rounded as they are shown. ``tells``: which may be told; of the others they
    mean nothing."""

    tells: NDArray[np.bool_]
    people: NDArray[np.int64]
    share: Floats
    share_low: Floats
    share_high: Floats
    baseline_share: Floats
    tgi: Floats
    low: Floats
    high: Floats

    def of(self, places: Sequence[int]) -> Numbers:
        """Of some of the values, in this order."""
        chosen = np.array(places, dtype=np.intp)
        return Numbers._make(column[chosen] for column in self)

    def rows(self, values: Sequence[str], labels: Sequence[str]) -> list[dict[str, Any]]:
        """Every value as ``answers.FacetValue`` has it."""
        columns = (column.tolist() for column in self[1:])
        return [
            {
                "value": value,
                "label": label,
                "count": people,
                "share": share,
                "share_low": share_low,
                "share_high": share_high,
                "baseline_share": baseline_share,
                "tgi": tgi,
                "low": low,
                "high": high,
                "declared": None,
                "touchpoints": None,
            }
            for value, label, people, share, share_low, share_high, baseline_share, tgi, low, high in zip(
                values, labels, *columns, strict=True
            )
        ]


class Comparison:
    """An audience of ``total`` people beside a baseline of ``persons``.

    Everybody is all there is, not a sample, so the interval of the TGI is that of the audience's share (Wilson) over the
    baseline's. An ``other`` group is a sample like the audience: then it is that of the ratio of both shares (Katz).
    """

    def __init__(self, total: int, persons: int, disclosure: Disclosure, other: bool = False) -> None:
        self.disclosure, self.other, self.total = disclosure, other, total
        self._of, self._everybody = disclosure.count(total), disclosure.count(persons)

    def numbers(self, found: Sequence[int], base: Sequence[int]) -> Numbers:
        """For each pair of exact counts what follows from the rounded ones; where either is below k it may not be told."""
        of, everybody = self._of or 1, self._everybody or 1
        counts, bases = np.array(found, dtype=np.int64), np.array(base, dtype=np.int64)
        if not self.other:
            bases = np.maximum(bases, counts)
        counts, bases = self.disclosure.each(counts), self.disclosure.each(bases)
        tells = (counts > 0) & (bases > 0) & bool(self._of and self._everybody)
        counts, bases = np.maximum(counts, 1), np.maximum(bases, 1)
        share, baseline = np.minimum(1.0, counts / of), np.minimum(1.0, bases / everybody)
        low, high = wilson_each(counts, of)
        if self.other:
            tgi_low, tgi_high = risk_ratio(
                np.minimum(counts, of), of, np.minimum(bases, everybody), everybody
            )
        else:
            tgi_low, tgi_high = low / baseline, high / baseline
        shares = (column.round(4) for column in (share, low, high, baseline))
        indices = ((100 * column).round(1) for column in (share / baseline, tgi_low, tgi_high))
        return Numbers(tells, counts, *shares, *indices)

    def row(self, value: str, count: int, base: int) -> FacetValue | None:
        """One value from exact counts. None where it may not be told."""
        numbers = self.numbers([count], [base])
        return FacetValue(**numbers.rows([value], [value])[0]) if numbers.tells[0] else None

    def more(
        self, found: Counts, base: Counts, shown: int, least: int = 1, certain: Collection[str] = ()
    ) -> list[dict[str, Any]]:
        """The ``shown`` values that the audience has surely more of, by the lower bound of their TGI.

        Values have ``least`` characters, and none of ``found`` may name a sensitive matter. ``certain`` as
        ``Disclosure.telling`` has it.
        """
        values, numbers = self._told(found, base, least, certain)
        return _first(values, numbers, numbers.low > 100, -numbers.low, shown)

    def less(self, found: Counts, base: Counts, shown: int, least: int = 1) -> list[dict[str, Any]]:
        """Those that it has surely less of, by the upper bound of their TGI."""
        values, numbers = self._told(found, base, least)
        return _first(values, numbers, numbers.high < 100, numbers.high, shown)

    def _told(
        self, found: Counts, base: Counts, least: int, certain: Collection[str] = ()
    ) -> tuple[list[str], Numbers]:
        told = self.disclosure.telling(found, self.total, certain)
        values = [value for value in told if len(value) >= least]
        return values, self.numbers(
            [found[value] for value in values], [base.get(value, 0) for value in values]
        )


def _first(
    values: Sequence[str], numbers: Numbers, wanted: NDArray[np.bool_], key: Floats, shown: int
) -> list[dict[str, Any]]:
    """The rows of the ``shown`` wanted values with the lowest keys, then by value."""
    places = np.flatnonzero(wanted & numbers.tells)
    if len(places) > shown:
        places = places[key[places] <= np.partition(key[places], shown - 1)[shown - 1]]
    by_key = sorted(
        zip(key[places].tolist(), [values[at] for at in places.tolist()], places.tolist(), strict=True)
    )
    chosen = [at for _, _, at in by_key[:shown]]
    named = [values[at] for at in chosen]
    return numbers.of(chosen).rows(named, named)
