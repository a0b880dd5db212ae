"""A query in plain Chinese, so that people can check that it means what they meant."""

from __future__ import annotations

from collections.abc import Mapping

from audience.query.canonical import canonical
from audience.query.model import Active, AudienceQuery, Condition, Named
from audience.query.phrases import denied, said

Names = Mapping[str, Mapping[str, str]]
Node = Condition | AudienceQuery


def reading(query: AudienceQuery, names: Names | None = None) -> str:
    """The query in one Chinese sentence; ``names`` gives topics and communities their names by id.

    ``region:上海 active:30d tag:露营>=3 follows:竞品A -follows:我方`` reads 近30天在上海活跃、露营兴趣≥3级、关注竞品A但未关注我方的人.
    """
    simple = canonical(query)
    if not (simple.all or simple.any or simple.none):
        return "所有人"
    return _group(simple, names or {}) + "的人"


def _group(group: AudienceQuery, names: Names) -> str:
    if group.any:
        return "，或者".join(_node(node, names) for node in group.any)
    wanted = "、".join(_together(group.all, names))
    refused = "、".join(_refused(node, names) for node in group.none)
    if wanted and refused:
        return f"{wanted}但{refused}"
    return wanted or refused or "所有人"


def _together(nodes: tuple[Node, ...], names: Names) -> list[str]:
    """What must hold side by side. One region and one recency read as one: 近30天在上海活跃."""
    regions = [node for node in nodes if isinstance(node, Named) and node.field == "region"]
    recent = [node for node in nodes if isinstance(node, Active)]
    if len(regions) != 1 or len(recent) != 1:
        return [_node(node, names) for node in nodes]
    joined = f"近{recent[0].days}天在{regions[0].value}活跃"
    first = min(nodes.index(regions[0]), nodes.index(recent[0]))
    parts = []
    for place, node in enumerate(nodes):
        if place == first:
            parts.append(joined)
        elif node not in (regions[0], recent[0]):
            parts.append(_node(node, names))
    return parts


def _node(node: Node, names: Names) -> str:
    if isinstance(node, AudienceQuery):
        return f"（{_group(node, names)}）"
    return said(node, names)


def _refused(node: Node, names: Names) -> str:
    if isinstance(node, AudienceQuery):
        return f"不属于（{_group(node, names)}）"
    return denied(node, names)
