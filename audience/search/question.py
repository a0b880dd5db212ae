"""What is asked for: checked, read against the index, and whether it is answered in a moment."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from audience.engines.base import FACET_FIELDS, MAX_LIMIT, Order, Scope
from audience.index.opened import OpenIndex, open_index
from audience.query.kinds import Words
from audience.query.model import AudienceQuery
from audience.search.alike import Like
from audience.search.read import read_query
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError
from privacy.home import Home

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_NEAR = 0.7  # of a facet's name: closer than foo is to follows
# An embedded engine takes some milliseconds up to so many people, members, conditions, and characters of them.
_LIGHT_PEOPLE, _LIGHT_MEMBERS, _LIGHT_CONDITIONS, _LIGHT_LENGTH = 50_000, 100, 40, 1_000


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it was ``asked``, the same with every name ``resolved``, and how much to say of whom it finds.

    ``fields`` are the facets; ``baseline`` is another query whose people they are compared with, None for everybody;
    ``like``, which the order ``lookalike`` needs, are resolved seeds or a query for them.
    """

    index: OpenIndex
    asked: AudienceQuery
    resolved: AudienceQuery
    scope: Scope
    limit: int
    fields: tuple[str, ...]
    role: Role
    cursor: str | None
    order: Order
    baseline: AudienceQuery | str | None
    like: Like | None
    who: str
    disclosure: Disclosure

    @property
    def light(self) -> bool:
        """Whether it takes but some milliseconds to answer, as far as can be told in one: by an engine that is asked over no
        network, about few people, few conditions and no words, and about nobody else."""
        return (
            self.index.embedded
            and self.baseline is None
            and self.like is None
            and self.limit <= _LIGHT_MEMBERS
            and is_short(self.resolved)
            and not any(isinstance(condition, Words) for condition in self.resolved.conditions())
            and self.index.count(self.resolved, self.scope) <= _LIGHT_PEOPLE
        )


def is_short(query: AudienceQuery | str) -> bool:
    """Whether it is read, and its people counted, in a moment."""
    if isinstance(query, str):
        return len(query) <= _LIGHT_LENGTH
    return next(islice(query.conditions(), _LIGHT_CONDITIONS, None), None) is None


def read_question(
    home: Home,
    query: AudienceQuery | str,
    limit: int = 20,
    facets: bool | Sequence[str] = False,
    role: Role = Role.PLANNER,
    as_of: datetime | None = None,
    cursor: str | None = None,
    order: Order = Order.RELEVANCE,
    baseline: AudienceQuery | str | None = None,
    like: Like | None = None,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> Question:
    """A query, given as a model or as text, read against the index of a home.

    Members (0 to ``limit``, at most 1,000) need role planner. ``as_of`` is the day that "the last 30 days" counts from, by
    default the moment of mining. ``cursor`` is that of the answer before. ``facets``: all of them, or those named.

    Raises:
        BadQueryError: an unknown field, tag, brand …, with a place in the text and a hint.
        SensitiveQueryError: a condition on a sensitive matter.
        BadInputError: a limit, facet or ``as_of`` out of bounds.
        NotMinedError: there is no index.
    """
    disclosure = disclosure or Disclosure.from_settings()
    if not 0 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 0 to {MAX_LIMIT:,}", "page with the cursor for more")
    index = open_index(home)
    asked, resolved = read_query(index, query, disclosure.k)
    return Question(
        index=index,
        asked=asked,
        resolved=resolved,
        scope=index.scope(_moment(as_of, index)),
        limit=limit,
        fields=_fields(facets),
        role=role,
        cursor=cursor,
        order=order,
        baseline=baseline,
        like=like,
        who=who,
        disclosure=disclosure,
    )


def _fields(facets: bool | Sequence[str]) -> tuple[str, ...]:
    """The facets asked for, in the order of FACET_FIELDS. Raises BadInputError for one that there is not."""
    if isinstance(facets, bool):
        return FACET_FIELDS if facets else ()
    for name in facets:
        if name not in FACET_FIELDS:
            near = difflib.get_close_matches(name, FACET_FIELDS, n=1, cutoff=_NEAR)
            raise BadInputError(
                f"there is no facet {name!r}",
                f"did you mean {near[0]}?" if near else f"facets are {', '.join(FACET_FIELDS)}",
            )
    return tuple(name for name in FACET_FIELDS if name in facets)


def _moment(as_of: datetime | None, index: OpenIndex) -> datetime | None:
    """The beginning of the day (UTC) that was asked for: two moments a second apart would tell of a single person."""
    if as_of is None:
        return None
    if as_of.tzinfo is None:
        raise BadInputError("as_of needs a time zone", "for example 2026-08-01T00:00:00+08:00")
    if not _EARLIEST <= as_of <= _LATEST:
        raise BadInputError("as_of lies between 2000 and 2100", "leave it out for the moment of mining")
    if as_of == datetime.fromisoformat(index.meta.as_of):
        return as_of
    return as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
