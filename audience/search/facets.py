"""Facets with what sets an audience apart: share, TGI against a baseline, and their intervals, all after disclosure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress, islice
from typing import NamedTuple

import numpy as np

from audience.engines.base import SINGLE_VALUED
from audience.search.answers import Facet, FacetValue
from graph.intervals import risk_ratio, wilson
from privacy.disclosure import Disclosure
from privacy.sensitive import sensitive_matter

LABELS = {
    "tag": "兴趣标签",
    "parent": "大类兴趣",
    "region": "地区",
    "source": "来源",
    "activity": "发文状态",
    "community": "社群",
    "follows": "关注",
    "engaged": "互动",
    "topic": "话题",
    "intent": "购买意向",
    "hour": "活跃时段",
    "kind": "账号类型",
    "customer": "客户状态",
    "benefit": "看重",
    "style": "消费风格",
    "brand": "提到的品牌",
    "value": "客户价值",
    "gender": "性别",
    "age": "年龄段",
    "education": "学历",
    "occupation": "职业",
}
VALUES_SHOWN = 30
_TERMS_SHOWN = 20
_MIN_TERM = 2

Counts = Mapping[str, int]


def facet(
    name: str,
    found: Counts,
    total: int,
    base: Counts,
    persons: int,
    disclosure: Disclosure,
    names: Mapping[str, str],
    other: bool = False,
) -> Facet:
    """One facet: the values that may be told, most frequent first; the rest is only counted.

    ``base`` and ``persons`` are the baseline's counts; ``other`` says that it is another group and not everybody.
    """
    told = tellable(found, total, disclosure, name in SINGLE_VALUED)
    against = _Against(total, persons, disclosure, other)
    rows = {
        value: row
        for value in sorted(told, key=lambda value: (-found[value], value))
        if not _is_sensitive(value, names)
        and (row := against.row(found[value], base.get(value, 0))) is not None
    }
    return Facet(
        field=name,
        label=LABELS[name],
        values=[
            row.shown(value, names.get(value) or value) for value, row in islice(rows.items(), VALUES_SHOWN)
        ],
        suppressed=len(found) - len(rows),
    )


def over_indexed(
    found: Counts, total: int, base: Counts, persons: int, disclosure: Disclosure, other: bool = False
) -> list[FacetValue]:
    """Words that this audience uses more than the baseline, by the lower bound of their TGI."""
    against = _Against(total, persons, disclosure, other)
    rows = [
        (row, word)
        for word in tellable(found, total, disclosure)
        if len(word) >= _MIN_TERM
        and not _is_sensitive(word, {})
        and (row := against.row(found[word], base.get(word, 0))) is not None
        and row.low > 100
    ]
    rows.sort(key=lambda entry: (-entry[0].low, entry[1]))
    return [row.shown(word, word) for row, word in rows[:_TERMS_SHOWN]]


def tellable(found: Counts, total: int, disclosure: Disclosure, partition: bool = False) -> list[str]:
    """Values whose people, and whose absence, are each nobody or at least k people.

    Where the values split the audience into parts, what is left over must not be few people either: then the
    smallest told value is withheld too.
    """
    counts = np.fromiter(found.values(), dtype=np.int64, count=len(found))
    absent = total - counts
    tells = (counts >= disclosure.k) & ((absent == 0) | (np.abs(absent) >= disclosure.k))
    told = list(compress(found, tells))
    if partition:
        told.sort(key=lambda value: (-found[value], value))
        while told and not disclosure.allowed(sum(found[value] for value in told), total):
            told.pop()
    return told


def over_index(
    value: str,
    label: str,
    count: int,
    base: int,
    total: int,
    persons: int,
    disclosure: Disclosure,
    other: bool = False,
) -> FacetValue | None:
    """A facet's row from exact counts; everything in it is computed from the rounded ones. None below k.

    ``other`` says that the baseline is another group and not everybody.
    """
    row = _Against(total, persons, disclosure, other).row(count, base)
    return None if row is None else row.shown(value, label)


class _Row(NamedTuple):
    """The numbers of a facet's row, rounded as they are shown."""

    people: int
    share: float
    share_low: float
    share_high: float
    baseline_share: float
    tgi: float
    low: float
    high: float

    def shown(self, value: str, label: str) -> FacetValue:
        return FacetValue(
            value=value,
            label=label,
            count=self.people,
            share=self.share,
            share_low=self.share_low,
            share_high=self.share_high,
            baseline_share=self.baseline_share,
            tgi=self.tgi,
            low=self.low,
            high=self.high,
        )


class _Against:
    """An audience of ``total`` beside a baseline of ``persons``.

    TGI = 100 * share in the audience / share in the baseline. Everybody is all there is, not a sample, so the interval
    is that of the audience's share (Wilson) over the baseline's. An ``other`` group is a sample like the audience:
    then it is that of the ratio of both shares (Katz).
    """

    def __init__(self, total: int, persons: int, disclosure: Disclosure, other: bool) -> None:
        self._disclosure, self._other = disclosure, other
        self._of, self._everybody = disclosure.count(total), disclosure.count(persons)

    def row(self, count: int, base: int) -> _Row | None:
        """The row of a value that ``count`` people have, and ``base`` of the baseline; None below k."""
        rounded, of, everybody = self._disclosure.count(count), self._of, self._everybody
        rounded_base = self._disclosure.count(base if self._other else max(base, count))
        if not (rounded and of and rounded_base and everybody):
            return None
        low, high = wilson(rounded, of)
        baseline = min(1.0, rounded_base / everybody)
        share = min(1.0, rounded / of)
        if self._other:
            tgi_low, tgi_high = risk_ratio(min(rounded, of), of, min(rounded_base, everybody), everybody)
        else:
            tgi_low, tgi_high = low / baseline, high / baseline
        return _Row(
            people=rounded,
            share=round(share, 4),
            share_low=round(low, 4),
            share_high=round(high, 4),
            baseline_share=round(baseline, 4),
            tgi=round(100 * share / baseline, 1),
            low=round(100 * tgi_low, 1),
            high=round(100 * tgi_high, 1),
        )


def _is_sensitive(value: str, names: Mapping[str, str]) -> bool:
    return sensitive_matter(value) is not None or sensitive_matter(names.get(value) or "") is not None
