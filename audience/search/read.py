"""A query as it was asked, read against an index: its names checked and resolved."""

from __future__ import annotations

from typing import NoReturn

from audience.index.opened import OpenIndex
from audience.query.canonical import canonical
from audience.query.from_json import Check, check_each
from audience.query.known import Known
from audience.query.model import AudienceQuery, Condition, Words
from audience.query.sensitive import refusal, spread_matter
from audience.query.text import parse
from audience.segments.saved import SavedSegments


def read_query(index: OpenIndex, query: AudienceQuery | str, k: int) -> tuple[AudienceQuery, AudienceQuery]:
    """The canonical query as it was asked, and with every name resolved.

    Raises:
        BadQueryError: with the place in the text, or the path in a model; SensitiveQueryError likewise.
    """
    known = Known(index, k, SavedSegments(index.home))
    asked = _read(query, known.condition)
    resolved = known.resolve(asked)
    spread = spread_matter(resolved)
    if spread is not None:
        _refuse_at(query, *spread)
    return asked, resolved


def _read(query: AudienceQuery | str, check: Check) -> AudienceQuery:
    if isinstance(query, str):
        return parse(query, check)
    check_each(query, check)
    return canonical(query)


def _refuse_at(query: AudienceQuery | str, first: Words, matter: str) -> NoReturn:
    """Refuse a matter that begins with these words: at their place, or without one where they stand in a segment."""

    def point(condition: Condition) -> None:
        if condition == first:
            raise refusal(matter)

    _read(query, point)
    raise refusal(matter)
