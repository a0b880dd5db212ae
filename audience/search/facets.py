"""Facets with what sets an audience apart: share, TGI against a baseline, and their intervals, all after disclosure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress, islice
from typing import Any, NamedTuple

import numpy as np

from audience.engines.base import SINGLE_VALUED
from audience.search.answers import FacetValue
from graph.intervals import risk_ratio, wilson_each
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
) -> dict[str, Any]:
    """One facet, as ``answers.Facet`` has it: the values that may be told, most frequent first; the rest is only counted.

    ``base`` and ``persons`` are the baseline's counts; ``other`` says that it is another group and not everybody.
    """
    told = tellable(found, total, disclosure, name in SINGLE_VALUED)
    values = [
        value
        for value in sorted(told, key=lambda value: (-found[value], value))
        if not _is_sensitive(value, names)
    ]
    rows = _Against(total, persons, disclosure, other).rows(values, found, base)
    return {
        "field": name,
        "label": LABELS[name],
        "values": [
            row.told(value, names.get(value) or value) for value, row in islice(rows.items(), VALUES_SHOWN)
        ],
        "suppressed": len(found) - len(rows),
    }


def over_indexed(
    found: Counts, total: int, base: Counts, persons: int, disclosure: Disclosure, other: bool = False
) -> list[dict[str, Any]]:
    """Words that this audience uses more than the baseline, by the lower bound of their TGI, as ``answers.FacetValue``."""
    words = [
        word
        for word in tellable(found, total, disclosure)
        if len(word) >= _MIN_TERM and not _is_sensitive(word, {})
    ]
    rows = _Against(total, persons, disclosure, other).rows(words, found, base)
    apart = sorted((row for row in rows.items() if row[1].low > 100), key=lambda row: (-row[1].low, row[0]))
    return [row.told(word, word) for word, row in apart[:_TERMS_SHOWN]]


def tellable(found: Counts, total: int, disclosure: Disclosure, partition: bool = False) -> list[str]:
    """Values whose people, and whose absence, are each nobody or at least k people.

    Where the values split the audience into parts, what is left over must not be few people either: then the
    smallest told value is withheld too.
    """
    counts = np.fromiter(found.values(), dtype=np.int64, count=len(found))
    told = list(compress(found, disclosure.tells(counts, total)))
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
    rows = _Against(total, persons, disclosure, other).rows([value], {value: count}, {value: base})
    return FacetValue(**rows[value].told(value, label)) if rows else None


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

    def told(self, value: str, label: str) -> dict[str, Any]:
        """As ``FacetValue`` has it."""
        people, *rest = self
        return {
            "value": value,
            "label": label,
            "count": people,
            **dict(zip(self._fields[1:], rest, strict=True)),
        }


class _Against:
    """An audience of ``total`` beside a baseline of ``persons``.

    TGI = 100 * share in the audience / share in the baseline. Everybody is all there is, not a sample, so the interval
    is that of the audience's share (Wilson) over the baseline's. An ``other`` group is a sample like the audience:
    then it is that of the ratio of both shares (Katz).
    """

    def __init__(self, total: int, persons: int, disclosure: Disclosure, other: bool) -> None:
        self._disclosure, self._other = disclosure, other
        self._of, self._everybody = disclosure.count(total), disclosure.count(persons)

    def rows(self, values: Sequence[str], found: Counts, base: Counts) -> dict[str, _Row]:
        """The rows of these values, in their order; none of those below k."""
        of, everybody = self._of, self._everybody
        if not (values and of and everybody):
            return {}
        counts = np.fromiter((found[value] for value in values), np.int64, len(values))
        bases = np.fromiter((base.get(value, 0) for value in values), np.int64, len(values))
        if not self._other:
            bases = np.maximum(bases, counts)
        counts, bases = self._disclosure.each(counts), self._disclosure.each(bases)
        tells = (counts > 0) & (bases > 0)
        counts, bases = counts[tells], bases[tells]
        share, baseline = np.minimum(1.0, counts / of), np.minimum(1.0, bases / everybody)
        low, high = wilson_each(counts, of)
        if self._other:
            tgi_low, tgi_high = risk_ratio(
                np.minimum(counts, of), of, np.minimum(bases, everybody), everybody
            )
        else:
            tgi_low, tgi_high = low / baseline, high / baseline
        shares = [column.round(4).tolist() for column in (share, low, high, baseline)]
        indices = [(100 * column).round(1).tolist() for column in (share / baseline, tgi_low, tgi_high)]
        numbers = map(_Row, counts.tolist(), *shares, *indices)
        return dict(zip(compress(values, tells), numbers, strict=True))


def _is_sensitive(value: str, names: Mapping[str, str]) -> bool:
    return sensitive_matter(value) is not None or sensitive_matter(names.get(value) or "") is not None
