"""Facets with what sets an audience apart: share, TGI against a baseline, and their intervals, all after disclosure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress, islice
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
    counts = [found[field][value] for field, values in told.items() for value in values]
    bases = [base(field).get(value, 0) for field, values in told.items() for value in values]
    # All fields in one go: each step costs by the step, and hardly by how many numbers it is of.
    rows = iter(_Against(total, persons, disclosure, other).rows(counts, bases))
    facets = [
        _facet(field, dict(zip(values, islice(rows, len(values)), strict=True)), found[field], names)
        for field, values in told.items()
    ]
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
    told.sort(key=lambda value: (-found[value], value))
    return [
        value for value in told if not (_is_sensitive(value, names) if names else sensitive_matter(value))
    ]


def _facet(
    field: str, rows: Mapping[str, _Row | None], found: Counts, names: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    named = names.get(field, {})
    told = [(value, row) for value, row in rows.items() if row is not None]
    return {
        "field": field,
        "label": LABELS[field],
        "values": [row.told(value, named.get(value) or value) for value, row in told[:VALUES_SHOWN]],
        "suppressed": len(found) - len(told),
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
    rows = _Against(total, persons, disclosure, other).rows(
        [found[word] for word in words], [base.get(word, 0) for word in words]
    )
    told = zip(words, rows, strict=True)
    apart = sorted(
        ((word, row) for word, row in told if row is not None and row.low > 100),
        key=lambda pair: (-pair[1].low, pair[0]),
    )
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
    [row] = _Against(total, persons, disclosure, other).rows([count], [base])
    return FacetValue(**row.told(value, label)) if row else None


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

    def rows(self, found: Sequence[int], base: Sequence[int]) -> list[_Row | None]:
        """A row for each pair of exact counts; None for those of which either is below k."""
        of, everybody = self._of, self._everybody
        if not (found and of and everybody):
            return [None] * len(found)
        counts, bases = np.array(found, dtype=np.int64), np.array(base, dtype=np.int64)
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
        return [next(numbers) if tell else None for tell in tells.tolist()]


def _is_sensitive(value: str, names: Mapping[str, str]) -> bool:
    return sensitive_matter(value) is not None or sensitive_matter(names.get(value) or "") is not None
