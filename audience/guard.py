"""What stands before every count of people: k, and the difference rule over the parts of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from audience.errors import BadQueryError
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery, Condition
from audience.query.text import to_text
from privacy.disclosure import Disclosure

MAX_PARTS = 200


def hidden_reason(
    query: AudienceQuery, total: int, count: Callable[[AudienceQuery], int], disclosure: Disclosure
) -> str:
    """Why nothing may be said of this audience; empty where it may be shown.

    Hidden are audiences below k, and those where leaving out any one condition or group, however deep, changes the
    result by fewer than k people: asking twice would single those few out. Raises BadQueryError where there are too
    many parts for that, since each costs a count.
    """
    if sum(1 for _ in reductions(canonical(query))) > MAX_PARTS:
        raise BadQueryError(
            f"the query has more than {MAX_PARTS} parts: it cannot be checked for what each would give away",
            "make it shorter",
        )
    if disclosure.count(total) is None:
        return f"fewer than {disclosure.k} people"
    for without, left_out in reductions(canonical(query)):
        if not disclosure.allowed(total, count(without)):
            return f"{to_text(_alone(left_out))} alone would single out fewer than {disclosure.k} people"
    return ""


def reductions(query: AudienceQuery) -> Iterator[tuple[AudienceQuery, Condition | AudienceQuery]]:
    """The query without each of its conditions and groups in turn, outermost first, with what was left out."""
    for part in ("all", "any", "none"):
        nodes: tuple[Condition | AudienceQuery, ...] = getattr(query, part)
        for at, node in enumerate(nodes):
            yield _replaced(query, part, nodes[:at] + nodes[at + 1 :]), node
    for part in ("all", "any", "none"):
        nodes = getattr(query, part)
        for at, node in enumerate(nodes):
            if isinstance(node, AudienceQuery):
                for smaller, left_out in reductions(node):
                    if smaller.all or smaller.any or smaller.none:
                        yield _replaced(query, part, (*nodes[:at], smaller, *nodes[at + 1 :])), left_out


def _replaced(query: AudienceQuery, part: str, nodes: tuple[Condition | AudienceQuery, ...]) -> AudienceQuery:
    return query.model_copy(update={part: nodes})


def _alone(node: Condition | AudienceQuery) -> AudienceQuery:
    return node if isinstance(node, AudienceQuery) else AudienceQuery(all=(node,))
