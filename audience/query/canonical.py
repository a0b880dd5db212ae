"""One form for queries that mean the same: what the text writer writes, and what parsing it gives back."""

from __future__ import annotations

from audience.query.model import AudienceQuery, Condition

Nodes = tuple[Condition | AudienceQuery, ...]


def canonical(query: AudienceQuery) -> AudienceQuery:
    """Flatten what nests for nothing: groups of one, all in all, any in any, not not.

    In the result a group holds either ``any`` of at least two and nothing else, or ``all`` and ``none``. Groups without
    any condition mean everybody, and are dropped from ``all``; elsewhere they are kept as they are.
    """
    if _is_flat(query):
        return query
    wanted: list[Condition | AudienceQuery] = []
    refused: list[Condition | AudienceQuery] = []
    for node in query.all:
        _require(_simplify(node), wanted, refused)
    if query.any:
        _require(_any_of(query.any), wanted, refused)
    for node in query.none:
        _refuse(_simplify(node), wanted, refused)
    if len(wanted) == 1 and not refused and isinstance(wanted[0], AudienceQuery):
        return wanted[0]
    return AudienceQuery(all=tuple(wanted), none=tuple(refused))


def _is_flat(query: AudienceQuery) -> bool:
    """Whether there are only conditions in it, met or refused by all, as in most queries."""
    return not query.any and not any(isinstance(node, AudienceQuery) for node in (*query.all, *query.none))


def _simplify(node: Condition | AudienceQuery) -> Condition | AudienceQuery:
    """A canonical node; a group of one positive condition becomes that condition."""
    if not isinstance(node, AudienceQuery):
        return node
    group = canonical(node)
    return group.all[0] if len(group.all) == 1 and not group.none else group


def _any_of(nodes: Nodes) -> Condition | AudienceQuery:
    flat: list[Condition | AudienceQuery] = []
    for node in nodes:
        simple = _simplify(node)
        flat += simple.any if isinstance(simple, AudienceQuery) and simple.any else (simple,)
    return flat[0] if len(flat) == 1 else AudienceQuery(any=tuple(flat))


def _require(
    node: Condition | AudienceQuery,
    wanted: list[Condition | AudienceQuery],
    refused: list[Condition | AudienceQuery],
) -> None:
    if isinstance(node, AudienceQuery) and not node.any:
        wanted += node.all
        refused += node.none
    else:
        wanted.append(node)


def _refuse(
    node: Condition | AudienceQuery,
    wanted: list[Condition | AudienceQuery],
    refused: list[Condition | AudienceQuery],
) -> None:
    """Add "not node": not (a or b) is not a, not b; not (not a) is a; not (not a, not b) is a or b."""
    if isinstance(node, AudienceQuery) and node.any:
        for alternative in node.any:
            _refuse(alternative, wanted, refused)
    elif isinstance(node, AudienceQuery) and node.none and not node.all:
        _require(_any_of(node.none), wanted, refused)
    else:
        refused.append(node)
