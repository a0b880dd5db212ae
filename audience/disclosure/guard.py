"""What stands before every count of people: k, the difference rule over the parts of a query, and over what was asked.

A part that changes an audience by fewer than k people is left out, whether it changes it by some or by nobody: to refuse
the one and answer the other would tell which of them it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from audience.disclosure.answered import Asked
from audience.disclosure.seen import Signature
from audience.engines.base import Scope
from audience.errors import BadQueryError
from audience.index.opened import OpenIndex
from audience.query.by_name import by_name
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery, Condition
from audience.query.text import to_text
from privacy.disclosure import Disclosure

MAX_PARTS = 200
MAX_LEFT_OUT = 20

# A query without one of its parts, and that part.
Part: TypeAlias = tuple[AudienceQuery, Condition | AudienceQuery]


@dataclass(frozen=True, slots=True)
class Told:
    """The audience that is spoken of in answer to a query: whatever counts or sums over people does so over this one.

    ``query`` is the asked one without the parts ``left_out``, or the one asked ``before`` that is nearly the same;
    ``scope`` is its own. ``hidden`` says why nothing may be told; ``total`` is exact, for the engine's side only.
    """

    query: AudienceQuery
    scope: Scope
    total: int
    hidden: str
    left_out: tuple[str, ...] = ()
    before: bool = False

    def notes(self, k: int) -> list[str]:
        """What the asker must know of the difference between what was asked and what is answered.

        Of a hidden audience nothing: it would tell how far below k it is.
        """
        if self.hidden:
            return []
        notes = [
            f"left out, since it changes the audience by fewer than {k} people: {part}"
            for part in dict.fromkeys(self.left_out)
        ]
        if self.before:
            notes.append(
                f"nearly an audience that was asked for before (within {k + k // 2} people): its numbers are shown"
            )
        return notes


def told(index: OpenIndex, query: AudienceQuery, scope: Scope, disclosure: Disclosure) -> Told:
    """The audience to answer a resolved query with. Raises BadQueryError where it has too many parts to check."""

    def count(part: AudienceQuery) -> int:
        return index.count(part, scope)

    def sign(asked: Asked, cells: int) -> Signature:
        return index.engine.signature(asked.query, replace(scope, as_of=asked.as_of), cells)

    asked = canonical(query)
    _refuse_many(asked)
    few: list[AudienceQuery] = []
    counted = without_few(asked, count, disclosure, few)
    total = 0 if counted is None else count(counted)
    if counted is None or total <= disclosure.k - disclosure.round_to:
        return Told(asked, scope, total, _under(disclosure))
    question = Asked(counted, scope.as_of)
    reduced, parts = counted, list[AudienceQuery]()
    if not disclosure.hidden(total):
        reduced, total, parts = without_small_parts(counted, total, count, disclosure)
    left_out = tuple(to_text(part.map(lambda one: by_name(one, index.names))) for part in (*few, *parts))
    before = index.answered.instead_of(
        question,
        Asked(reduced, scope.as_of) if parts else question,
        disclosure,
        total,
        sign,
    )
    another = before is not None and before.query != reduced
    if before is not None:
        scope = replace(scope, as_of=before.as_of)
        reduced, total = before.query, index.count(before.query, scope)
    hidden = _under(disclosure) if disclosure.hidden(total) else ""
    return Told(reduced, scope, total, hidden, left_out, before=another)


def _under(disclosure: Disclosure) -> str:
    return f"fewer than {disclosure.k} people"


def _refuse_many(query: AudienceQuery) -> None:
    if len(list(reductions(query))) > MAX_PARTS:
        raise BadQueryError(
            f"the query has more than {MAX_PARTS} parts: it cannot be checked for what each would give away",
            "make it shorter",
        )


def without_few(
    query: AudienceQuery,
    count: Callable[[AudienceQuery], int],
    disclosure: Disclosure,
    left_out: list[AudienceQuery],
) -> AudienceQuery | None:
    """A canonical query without each alternative and each refusal that fewer than k people of all meet, innermost first.

    So nothing else hangs on whether those few are in the audience: not which other parts are left out, not whether it is
    hidden. What goes is added to ``left_out``. None where nobody is left to be found, as where all alternatives went.
    """

    def without(part: str) -> Iterator[Condition | AudienceQuery | None]:
        nodes: tuple[Condition | AudienceQuery, ...] = getattr(query, part)
        may_go = part != "all"
        for node in nodes:
            kept: Condition | AudienceQuery | None = node
            if isinstance(node, AudienceQuery):
                smaller = without_few(node, count, disclosure, left_out)
                kept = None if smaller is None else canonical(smaller)
            if may_go and kept is not None and disclosure.hidden(count(canonical(_alone(kept)))):
                left_out.append(_alone(_signed(part, node)))
                continue
            if kept is not None or not may_go:
                yield kept

    wanted, either = list(without("all")), list(without("any"))
    if None in wanted or (query.any and not either):
        return None
    refused = without("none")
    return canonical(
        AudienceQuery(
            all=tuple(filter(None, wanted)),
            any=tuple(filter(None, either)),
            none=tuple(filter(None, refused)),
        )
    )


def without_small_parts(
    query: AudienceQuery, total: int, count: Callable[[AudienceQuery], int], disclosure: Disclosure
) -> tuple[AudienceQuery, int, list[AudienceQuery]]:
    """The query without each condition or group, however deep, that changes it by fewer than k people.

    Also its exact total, and what was left out. None is let through: of many small parts that stand side by side
    each would be hidden among the others but for whoever knows those. Raises BadQueryError where too many of them would
    have to be left out.
    """
    parts = list(reductions(query))
    left_out: list[AudienceQuery] = []
    while (found := _small_part(parts, total, count, disclosure)) is not None:
        if len(left_out) == MAX_LEFT_OUT:
            raise BadQueryError(
                f"more than {MAX_LEFT_OUT} parts of the query change the audience by fewer than {disclosure.k} people each",
                "ask without those that few people meet",
            )
        query, total, part = found
        parts = list(reductions(query))
        left_out.append(_alone(part))
    return query, total, left_out


def _small_part(
    parts: Sequence[Part], total: int, count: Callable[[AudienceQuery], int], disclosure: Disclosure
) -> tuple[AudienceQuery, int, Condition | AudienceQuery] | None:
    for without, part in parts:
        now = count(without)
        if abs(now - total) < disclosure.k:
            return canonical(without), now, part
    return None


def reductions(query: AudienceQuery) -> Iterator[Part]:
    """The query without each of its conditions and groups in turn, outermost first, with what was left out.

    The whole of it is the outermost part: without it there is everybody.
    """
    if query.any or len(query.all) + len(query.none) > 1:
        yield AudienceQuery(), query
    yield from _parts(query)


def _parts(query: AudienceQuery) -> Iterator[Part]:
    for part in ("all", "any", "none"):
        nodes: tuple[Condition | AudienceQuery, ...] = getattr(query, part)
        for at, node in enumerate(nodes):
            yield _replaced(query, part, nodes[:at] + nodes[at + 1 :]), _signed(part, node)
    for part in ("all", "any", "none"):
        nodes = getattr(query, part)
        for at, node in enumerate(nodes):
            if isinstance(node, AudienceQuery):
                for smaller, left_out in _parts(node):
                    if smaller.all or smaller.any or smaller.none:
                        yield _replaced(query, part, (*nodes[:at], smaller, *nodes[at + 1 :])), left_out


def _signed(part: str, node: Condition | AudienceQuery) -> Condition | AudienceQuery:
    return AudienceQuery(none=(node,)) if part == "none" else node


def _replaced(query: AudienceQuery, part: str, nodes: tuple[Condition | AudienceQuery, ...]) -> AudienceQuery:
    return query.model_copy(update={part: nodes})


def _alone(node: Condition | AudienceQuery) -> AudienceQuery:
    return node if isinstance(node, AudienceQuery) else AudienceQuery(all=(node,))
