"""Facets with what sets an audience apart: share, TGI against a baseline, and their intervals, all after disclosure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from audience.engines.base import SINGLE_VALUED, TOLD_FIELD
from audience.index.facts import FACT_FIELDS
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


def facets_of(
    fields: Sequence[str],
    found: Mapping[str, Counts],
    total: int,
    base: Callable[[str], Counts],
    persons: int,
    disclosure: Disclosure,
    names: Mapping[str, Mapping[str, str]],
    other: bool = False,
) -> list[dict[str, Any]]:
    """These facets, as ``answers.Facet`` has them: the values that may be told, most frequent first; the rest is only counted.

    ``found`` has the counts of each field, and of TOLD_FIELD for those that are facts. ``base`` gives a field's counts in
    the baseline of ``persons``; ``other`` says that it is another group and not everybody. ``names`` of values by field.
    """
    told = {field: _told(found[field], total, disclosure, field, names.get(field, {})) for field in fields}
    counts: list[int] = []
    bases: list[int] = []
    for field, values in told.items():
        of = base(field)
        counts += map(found[field].__getitem__, values)
        bases += [of.get(value, 0) for value in values]
    # All fields in one go: each step costs by the step, and hardly by how many numbers it is of.
    rows = _Against(total, persons, disclosure, other).rows(counts, bases)
    facets, begin = [], 0
    for field, values in told.items():
        facets.append(_facet(field, values, rows, begin, len(found[field]), names.get(field, {})))
        begin += len(values)
    for facet in facets:
        if facet["field"] in FACT_FIELDS:
            _add_origins(facet, found[facet["field"]], found[TOLD_FIELD], disclosure)
    return facets


def _add_origins(facet: dict[str, Any], found: Counts, told: Counts, disclosure: Disclosure) -> None:
    """Of how many people each value is declared, and of how many the touchpoints say it: both, or neither.

    Each of the two with the whole gives the other, so either both may be told, or neither is.
    """
    for value in facet["values"]:
        people = found[value["value"]]
        touchpoints = told.get(f"{facet['field']}:{value['value']}", 0)
        if disclosure.allowed(people, touchpoints) and disclosure.allowed(touchpoints, 0):
            value["declared"] = disclosure.rounded(people - touchpoints)
            value["touchpoints"] = disclosure.rounded(touchpoints)


def _told(
    found: Counts, total: int, disclosure: Disclosure, field: str, names: Mapping[str, str]
) -> list[str]:
    told = tellable(found, total, disclosure, field in SINGLE_VALUED)
    _most_first(told, found)
    plain = [value for value in told if sensitive_matter(value) is None]
    return [value for value in plain if sensitive_matter(names.get(value) or "") is None] if names else plain


def _facet(
    field: str, values: Sequence[str], rows: _Rows, begin: int, found: int, names: Mapping[str, str]
) -> dict[str, Any]:
    """One facet; its values' rows stand in ``rows`` from ``begin`` on, and ``found`` values there are in all."""
    told = [at for at in range(len(values)) if rows.tells[begin + at]]
    return {
        "field": field,
        "label": LABELS[field],
        "values": [
            rows.told(begin + at, values[at], names.get(values[at]) or values[at])
            for at in told[:VALUES_SHOWN]
        ],
        "suppressed": found - len(told),
    }


def over_indexed(
    found: Counts, total: int, base: Counts, persons: int, disclosure: Disclosure, other: bool = False
) -> list[dict[str, Any]]:
    """Words that this audience uses more than the baseline, by the lower bound of their TGI, as ``answers.FacetValue``."""
    words = [
        word
        for word in tellable(found, total, disclosure)
        if len(word) >= _MIN_TERM and sensitive_matter(word) is None
    ]
    rows = _Against(total, persons, disclosure, other).rows(
        [found[word] for word in words], [base.get(word, 0) for word in words]
    )
    apart = sorted(
        (at for at, tells in enumerate(rows.tells) if tells and rows.low[at] > 100),
        key=lambda at: (-rows.low[at], words[at]),
    )
    return [rows.told(at, words[at], words[at]) for at in apart[:_TERMS_SHOWN]]


def tellable(found: Counts, total: int, disclosure: Disclosure, partition: bool = False) -> list[str]:
    """Values whose people, and whose absence, are each nobody or at least k people.

    Where the values split the audience into parts, what is left over must not be few people either: then the
    smallest told value is withheld too.
    """
    counts = np.fromiter(found.values(), dtype=np.int64, count=len(found))
    told = list(compress(found, disclosure.tells(counts, total)))
    if partition:
        _most_first(told, found)
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
    rows = _Against(total, persons, disclosure, other).rows([count], [base])
    return FacetValue(**rows.told(0, value, label)) if rows.tells[0] else None


def _most_first(values: list[str], counts: Counts) -> None:
    """Sort by count, the highest first, then by value."""
    values.sort()
    values.sort(key=counts.__getitem__, reverse=True)


class _Rows(NamedTuple):
    """The numbers of facets' rows by column, rounded as they are shown. ``tells``: which may be told; of the others they
    mean nothing."""

    tells: list[bool]
    people: list[int]
    share: list[float]
    share_low: list[float]
    share_high: list[float]
    baseline_share: list[float]
    tgi: list[float]
    low: list[float]
    high: list[float]

    def told(self, at: int, value: str, label: str) -> dict[str, Any]:
        """One row as ``FacetValue`` has it."""
        return {
            "value": value,
            "label": label,
            "count": self.people[at],
            "share": self.share[at],
            "share_low": self.share_low[at],
            "share_high": self.share_high[at],
            "baseline_share": self.baseline_share[at],
            "tgi": self.tgi[at],
            "low": self.low[at],
            "high": self.high[at],
            "declared": None,
            "touchpoints": None,
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

    def rows(self, found: Sequence[int], base: Sequence[int]) -> _Rows:
        """A row for each pair of exact counts; those of which either is below k may not be told."""
        of, everybody = self._of, self._everybody
        if not (found and of and everybody):
            return _Rows([False] * len(found), *([] for _ in _Rows._fields[1:]))
        counts, bases = np.array(found, dtype=np.int64), np.array(base, dtype=np.int64)
        if not self._other:
            bases = np.maximum(bases, counts)
        counts, bases = self._disclosure.each(counts), self._disclosure.each(bases)
        tells = (counts > 0) & (bases > 0)
        counts, bases = np.where(tells, counts, 1), np.where(tells, bases, 1)
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
        return _Rows(tells.tolist(), counts.tolist(), *shares, *indices)
