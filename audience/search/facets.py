"""Facets: how many of an audience have each value of a field, beside a baseline, all after disclosure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from audience.engines.base import TOLD_FIELD
from audience.index.facts import FACT_FIELDS
from audience.index.opened import OpenIndex
from audience.search.telling import Counts, Telling, most_first
from audience.search.tgi import Comparison
from privacy.disclosure import Disclosure

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


def facets_of(
    index: OpenIndex,
    fields: Sequence[str],
    found: Mapping[str, Counts],
    base: Mapping[str, Counts],
    beside: Comparison,
    telling: Telling,
) -> list[dict[str, Any]]:
    """These facets, as ``answers.Facet`` has them: the values that may be told, most frequent first.

    ``found`` has the counts of each field that ``counted_for`` names, and of TOLD_FIELD for those that are facts; ``base`` those in
    the baseline. None of the values names a sensitive matter: those are in no index.
    """
    told = {field: _told(field, found, base[field], beside, telling) for field in fields}
    shown = [(field, value) for field in fields for value in _most(told[field], found[field])]
    # All fields in one go: each step costs by the step, and hardly by how many numbers it is of.
    numbers = beside.numbers(
        [found[field][value] for field, value in shown], [base[field].get(value, 0) for field, value in shown]
    )
    labels = [index.names.get(field, {}).get(value) or value for field, value in shown]
    rows = iter(numbers.rows([value for _, value in shown], labels))
    facets = [
        {
            "field": field,
            "label": LABELS[field],
            "values": list(islice(rows, min(VALUES_SHOWN, len(told[field])))),
            "suppressed": len(index.baseline[field].keys() - told[field]),
        }
        for field in fields
    ]
    for facet in facets:
        if facet["field"] in FACT_FIELDS:
            _add_origins(facet, found, index.baseline, beside.disclosure)
    return facets


def _told(
    field: str, found: Mapping[str, Counts], base: Counts, beside: Comparison, telling: Telling
) -> list[str]:
    """The values that may be told of the audience, and of another group that it is compared with."""
    told = telling.of(field, found)
    if beside.other:
        told = [value for value in told if not beside.disclosure.hidden(base.get(value, 0))]
    return told


def _most(values: list[str], counts: Counts) -> list[str]:
    """The values that are shown, most frequent first, then by value."""
    if len(values) > VALUES_SHOWN:
        least = sorted(map(counts.__getitem__, values), reverse=True)[VALUES_SHOWN - 1]
        values = [value for value in values if counts[value] >= least]
    return most_first(values, counts)[:VALUES_SHOWN]


def _add_origins(
    facet: dict[str, Any],
    found: Mapping[str, Counts],
    everybody: Mapping[str, Counts],
    disclosure: Disclosure,
) -> None:
    """Of how many people each value is declared, and of how many the touchpoints say it: both, or neither.

    Each of the two with the whole gives the other, so both are told where both are of at least k people, or where in the
    whole index all people with the value have it from one origin.
    """
    field = facet["field"]
    for value in facet["values"]:
        name = f"{field}:{value['value']}"
        people, touchpoints = found[field][value["value"]], found[TOLD_FIELD].get(name, 0)
        whole, from_touchpoints = everybody[field].get(value["value"], 0), everybody[TOLD_FIELD].get(name, 0)
        one_origin = from_touchpoints in (0, whole)
        if one_origin or not (disclosure.hidden(touchpoints) or disclosure.hidden(people - touchpoints)):
            value["declared"] = disclosure.rounded(people - touchpoints)
            value["touchpoints"] = disclosure.rounded(touchpoints)
