"""Cursors: where the next page of an answer begins, as text that is handed out and given back.

A cursor names the built index that it belongs to, since places in another mean nothing, the order, and the question: of
another one it would pass over people in silence. How like somebody is to seeds is told rounded in an answer, so a cursor
does not say it: the last person's place follows from who it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from audience.engines.base import MAX_OFFSET, After, Hit, Order, Scope
from audience.query.model import AudienceQuery
from privacy.errors import BadInputError

_FORM = re.compile(r"(?P<index>[\w-]+)\.(?P<order>[a-z_]+)-(?P<of>[0-9a-f]{8})\.(?P<key>-?\d{1,20}(?:\.\d{1,20})?)\.(?P<uid>\d{1,10})\.(?P<seen>\d{1,10})\Z", re.ASCII)  # fmt: skip


def question_name(query: AudienceQuery, scope: Scope, like: str) -> str:
    """Eight characters that stand for a resolved query, its moment, and seeds by their name."""
    asked = f"{scope.as_of.isoformat()} {like} {query.model_dump_json()}"
    return hashlib.blake2b(asked.encode(), digest_size=4).hexdigest()


def next_cursor(
    hits: Sequence[Hit], limit: int, generation: str, order: Order, after: After | None, of: str
) -> str | None:
    """The cursor after the first ``limit`` of ``hits``; None where there are no more. ``of`` names the question."""
    seen = limit + (after.seen if after else 0)
    if len(hits) <= limit or (order is Order.RELEVANCE and seen > MAX_OFFSET):
        return None
    last = hits[limit - 1]
    key = 0.0 if order is Order.LOOKALIKE else last.key
    return f"{generation}.{order.value}-{of}.{key:.6f}.{last.uid}.{seen}"


def read_cursor(cursor: str | None, generation: str, order: Order, of: str) -> After | None:
    """Where to go on; None for the start. Raises BadInputError for what is no cursor of this index, order and question."""
    if cursor is None:
        return None
    match = _FORM.match(cursor)
    if match is None or int(match["uid"]) >= (1 << 32) - 1 or float(match["key"]) > 1 << 40:
        raise BadInputError("this is not a cursor", "take it from the answer before")
    if match["index"] != generation:
        raise BadInputError(
            "the index was built anew since this cursor was given", "ask from the start again"
        )
    if match["order"] != order.value:
        raise BadInputError(f"this cursor is of the order {match['order']}", "keep the order, or start anew")
    if match["of"] != of:
        raise BadInputError(
            "this cursor is of another question", "keep the query, as_of and seeds, or start anew"
        )
    seen = int(match["seen"])
    if order is Order.RELEVANCE and seen > MAX_OFFSET:
        raise BadInputError(f"relevance is paged up to {MAX_OFFSET:,} people", "use another order, or export")
    return After(float(match["key"]), int(match["uid"]), seen)
