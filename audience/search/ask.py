"""Find an audience: how many, who, why each of them, what else they care about."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ParamSpec

import orjson

from audience.disclosure.guard import Told, told
from audience.engines.base import FACET_FIELDS, MAX_LIMIT, TERM_FIELD, TOLD_FIELD, Hit, Order, Scope
from audience.index.facts import FACT_FIELDS
from audience.index.opened import OpenIndex, open_index
from audience.query.asked import words
from audience.query.model import AudienceQuery
from audience.query.reading import reading
from audience.query.text import to_text
from audience.search.alike import Like, alike
from audience.search.answers import SearchAnswer
from audience.search.baseline import Baseline
from audience.search.cursor import next_cursor, read_cursor
from audience.search.facets import facets_of
from audience.search.members import members_of
from audience.search.read import read_query
from audience.search.tgi import Comparison
from privacy.audit import recording
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home

_Asked = ParamSpec("_Asked")
_BUCKETS = 20_000
_TERMS_SHOWN = 20
_MIN_TERM = 2  # characters
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that must not be given before ``recorded`` is done: until then its audit entry is not on disk.

    Where ``recorded`` fails, the answer may not be given at all. ``content`` is what ``SearchAnswer`` has, all of its
    fields, as plain values.
    """

    content: dict[str, Any]
    recorded: Future[None]

    @property
    def answer(self) -> SearchAnswer:
        """The answer as a model."""
        return SearchAnswer.model_validate(self.content)

    @property
    def json(self) -> bytes:
        """The model's JSON, written without making it."""
        return orjson.dumps(self.content, option=orjson.OPT_UTC_Z)


def begun(
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
) -> Pending:
    """Answer a query, given as a model or as text, while its audit entry is still being written.

    Members (0 to ``limit``, at most 1,000) need role planner. ``as_of`` is what "the last 30 days" counts from, by
    default the moment of mining. ``cursor`` is that of the answer before. ``facets``: all of them, or those named.
    ``baseline`` is another query whose people the facets are compared with; None: everybody. ``like``, which the order
    ``lookalike`` needs, is a resolved list of seeds or a query for them; whom the query finds stays in, seed or not.

    Raises:
        BadQueryError: an unknown field, tag, brand …, with a place in the text and a hint.
        SensitiveQueryError: a condition on a sensitive matter.
        BadInputError: a limit, cursor, facet or ``as_of`` out of bounds; ``like`` without its order, or the reverse.
        ForbiddenError: too few people in the baseline or among the seeds, or seeds without role planner.
        NotMinedError: there is no index, or for seeds no features.
    """
    disclosure = disclosure or Disclosure.from_settings()
    if not 0 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 0 to {MAX_LIMIT:,}", "page with the cursor for more")
    index = open_index(home)
    asked, resolved = read_query(index, query, disclosure.k)
    scope = index.scope(_moment(as_of))
    fields = _fields(facets)
    by = alike(index, order, like, role, disclosure)
    if order is Order.RELEVANCE and not words(resolved):
        order = Order.LEVELS
    after = read_cursor(cursor, index.generation, order, by.name)
    shown = told(index, resolved, scope, disclosure)
    reason = shown.hidden
    planner = role.rank >= Role.PLANNER.rank
    hits: list[Hit] = []
    if not reason and planner and limit and not disclosure.hidden(index.count(resolved, scope)):
        hits = index.engine.search(
            resolved, scope, limit + 1, after, order, listable_only=True, like=by.vector
        )
    against = _against(index, baseline, scope, fields, disclosure)
    text, total = to_text(asked), None if reason else disclosure.count(shown.total)
    recorded = recording(
        home,
        who,
        role,
        "search",
        {
            "query": text,
            "hidden": bool(reason),
            "total": total,
            "facets": fields,
            "baseline": against.query,
            "members": [hit.row["person_id"] for hit in hits[:limit]],
            **by.audited(),
        },
    )
    values, apart = _facets(index, shown, against, fields, disclosure) if fields and not reason else ([], [])
    content = {
        "query": text,
        "reading": reading(asked, index.names),
        "hidden": bool(reason),
        "reason": reason,
        "total": total,
        "baseline": disclosure.count(against.persons),
        "baseline_query": against.query,
        "k": disclosure.k,
        "round_to": disclosure.round_to,
        "as_of": scope.as_of,
        "order": order.value,
        "like": by.shown(),
        "members": members_of(index, resolved, scope, hits[:limit], order),
        "cursor": next_cursor(hits, limit, index.generation, order, after, by.name),
        "facets": values,
        "over_indexed": apart,
        "warnings": [*shown.notes(disclosure.k), *by.notes, *_warnings(index, scope, planner, limit)],
    }
    return Pending(content, recorded)


def _awaited(begin: Callable[_Asked, Pending]) -> Callable[_Asked, SearchAnswer]:
    def search(*given: _Asked.args, **named: _Asked.kwargs) -> SearchAnswer:
        """As :func:`begun`, once the answer may be given. Raises StorageError where its audit entry can't be written."""
        pending = begin(*given, **named)
        pending.recorded.result()
        return pending.answer

    return search


search = _awaited(begun)


def _against(
    index: OpenIndex,
    baseline: AudienceQuery | str | None,
    scope: Scope,
    fields: Sequence[str],
    disclosure: Disclosure,
) -> Baseline:
    """Whom the answer compares with. Raises ForbiddenError where those are too few to be spoken of."""
    if baseline is None:
        return Baseline.everybody(index)
    asked, resolved = read_query(index, baseline, disclosure.k)
    shown = told(index, resolved, scope, disclosure)
    if shown.hidden:
        raise ForbiddenError(f"the baseline may not be spoken of: {shown.hidden}", "widen the baseline")
    return Baseline.group(index, to_text(asked), shown, (*fields, TERM_FIELD), _BUCKETS, disclosure)


def _facets(
    index: OpenIndex, shown: Told, against: Baseline, fields: Sequence[str], disclosure: Disclosure
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    told_too = (TOLD_FIELD,) if FACT_FIELDS.intersection(fields) else ()
    counts = index.engine.facets(shown.query, shown.scope, (*fields, TERM_FIELD, *told_too), _BUCKETS)
    base = {name: against.of(name) for name in (*fields, TERM_FIELD)}
    beside = Comparison(shown.total, against.persons, disclosure, against.other)
    return (
        facets_of(fields, counts, base, beside, index.names),
        beside.more(counts[TERM_FIELD], base[TERM_FIELD], _TERMS_SHOWN, _MIN_TERM),
    )


def _fields(facets: bool | Sequence[str]) -> tuple[str, ...]:
    """The facets asked for, in the order of FACET_FIELDS. Raises BadInputError for one that there is not."""
    if isinstance(facets, bool):
        return FACET_FIELDS if facets else ()
    for name in facets:
        if name not in FACET_FIELDS:
            near = difflib.get_close_matches(name, FACET_FIELDS, n=1)
            raise BadInputError(
                f"there is no facet {name!r}",
                f"did you mean {near[0]}?" if near else f"facets are {', '.join(FACET_FIELDS)}",
            )
    return tuple(name for name in FACET_FIELDS if name in facets)


def _warnings(index: OpenIndex, scope: Scope, planner: bool, limit: int) -> list[str]:
    warnings = []
    if index.is_stale:
        warnings.append("the profiles changed since the index was built; run: renqun mine")
    if limit and not planner:
        warnings.append("members are shown to role planner only")
    mined = datetime.fromisoformat(index.meta.as_of)
    if scope.as_of > mined:
        warnings.append(f"nothing is known after {mined:%Y-%m-%d %H:%M} UTC, when the profiles were mined")
    elif scope.as_of < mined:
        warnings.append(
            "only the last activity of each person is kept: who was active after the moment asked about counts too"
        )
    return warnings


def _moment(as_of: datetime | None) -> datetime | None:
    if as_of is None:
        return None
    if as_of.tzinfo is None:
        raise BadInputError("as_of needs a time zone", "for example 2026-08-01T00:00:00+08:00")
    if not _EARLIEST <= as_of <= _LATEST:
        raise BadInputError("as_of lies between 2000 and 2100", "leave it out for the moment of mining")
    return as_of
