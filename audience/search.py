"""Find an audience: how many, who, why each of them, what else they care about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audience.answers import Facet, FacetValue, Member, MemberTag, SearchAnswer
from audience.cursor import next_cursor, read_cursor
from audience.engines.base import FACET_FIELDS, MAX_LIMIT, TERM_FIELD, Hit, Order, Scope
from audience.evidence import Evidenced, evidence_of
from audience.facets import facet, over_indexed
from audience.guard import Told, told
from audience.known import Known
from audience.opened import OpenIndex, is_stale, open_index
from audience.query.asked import words
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery, Condition
from audience.query.reading import reading
from audience.query.segments import NoSegments
from audience.query.text import parse, to_text
from privacy.audit import record
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError
from privacy.home import Home

_BUCKETS = 20_000
# A member row explains at most so many of the query's conditions: each costs one look into the index.
_WHY = 40


def search(
    home: Home,
    query: AudienceQuery | str,
    limit: int = 20,
    facets: bool = False,
    role: Role = Role.PLANNER,
    as_of: datetime | None = None,
    cursor: str | None = None,
    order: Order = Order.RELEVANCE,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> SearchAnswer:
    """Answer a query, given as a model or as text.

    Members (0 to ``limit``, at most 1,000) need role planner. ``as_of`` is what "the last 30 days" counts from, by
    default the moment of mining. ``cursor`` is that of the answer before.

    Raises:
        BadQueryError: an unknown field, tag, brand …, with a place in the text and a hint.
        SensitiveQueryError: a condition on a sensitive matter.
        BadInputError: a limit or cursor out of bounds.
        NotMinedError: there is no index.
    """
    disclosure = disclosure or Disclosure.from_settings()
    if not 0 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 0 to {MAX_LIMIT:,}", "page with the cursor for more")
    index = open_index(home)
    asked, resolved = read_query(index, query, disclosure.k)
    scope = index.scope(_aware(as_of))
    if order is Order.RELEVANCE and not words(resolved):
        order = Order.LEVELS
    after = read_cursor(cursor, index.generation, order)
    shown = told(index, resolved, scope, disclosure)
    reason = shown.hidden
    planner = role.rank >= Role.PLANNER.rank
    members: list[Member] = []
    following: str | None = None
    if not reason and planner and limit and not disclosure.hidden(index.engine.count(resolved, scope)):
        hits = index.engine.search(resolved, scope, limit + 1, after, order, listable_only=True)
        members = _members(index, resolved, scope, hits[:limit])
        following = next_cursor(hits, limit, index.generation, order, after)
    values, apart = _facets(index, shown, disclosure) if facets and not reason else ([], [])
    answer = SearchAnswer(
        query=to_text(asked),
        reading=reading(asked, index.names),
        hidden=bool(reason),
        reason=reason,
        total=None if reason else disclosure.count(shown.total),
        baseline=disclosure.count(index.engine.persons),
        k=disclosure.k,
        round_to=disclosure.round_to,
        as_of=scope.as_of,
        members=members,
        cursor=following,
        facets=values,
        over_indexed=apart,
        warnings=[*shown.notes(disclosure.k), *_warnings(home, planner, limit)],
    )
    detail = {"query": answer.query, "hidden": answer.hidden, "total": answer.total, "facets": facets}
    record(home, who, role, "search", {**detail, "members": [member.person_id for member in members]})
    return answer


def read_query(index: OpenIndex, query: AudienceQuery | str, k: int) -> tuple[AudienceQuery, AudienceQuery]:
    """The canonical query as it was asked, and with every name resolved. Raises BadQueryError."""
    known = Known(index, k, NoSegments())
    asked = parse(query, known.condition) if isinstance(query, str) else canonical(query)
    return asked, canonical(known.resolve(asked))


def _facets(index: OpenIndex, shown: Told, disclosure: Disclosure) -> tuple[list[Facet], list[FacetValue]]:
    persons, total = index.engine.persons, shown.total
    counts = index.engine.facets(shown.query, shown.scope, (*FACET_FIELDS, TERM_FIELD), _BUCKETS)
    values = [
        facet(
            field,
            counts[field],
            index.baseline[field],
            total,
            persons,
            disclosure,
            index.names.get(field, {}),
        )
        for field in FACET_FIELDS
    ]
    apart = over_indexed(counts[TERM_FIELD], index.baseline[TERM_FIELD], total, persons, disclosure)
    return values, apart


def _members(index: OpenIndex, query: AudienceQuery, scope: Scope, hits: list[Hit]) -> list[Member]:
    reasons = _why(index, query, scope, hits)
    evidence = evidence_of(index, query, [hit.row for hit in hits])
    return [_member(hit.row, reasons[hit.uid], evidence) for hit in hits]


def _member(row: Mapping[str, Any], why: list[str], evidence: Evidenced) -> Member:
    last_active = row["last_active"]
    return Member(
        person_id=row["person_id"],
        account_id=row["accounts"][0],
        accounts=row["accounts"],
        name=row["name"],
        sources=row["sources"],
        regions=row["regions"],
        activity=row["activity"],
        influence=row["influence"],
        last_active_at=None if last_active is None else datetime.fromtimestamp(last_active, UTC),
        tags=[MemberTag(tag=tag, level=level) for tag, level in list(row["levels"].items())[:10]],
        why=why,
        evidence=evidence.get(row["person_id"], []),
    )


def _why(index: OpenIndex, query: AudienceQuery, scope: Scope, hits: list[Hit]) -> dict[int, list[str]]:
    """For each hit the conditions that it meets, as text; of those refused, that it does not have them."""
    found: dict[int, list[str]] = {hit.uid: [] for hit in hits}
    if not hits:
        return found
    wanted: list[Condition] = list(dict.fromkeys(_positive(query)))[:_WHY]
    for condition in wanted:
        text = to_text(AudienceQuery(all=(condition,)))
        for uid in index.engine.among(AudienceQuery(all=(condition,)), scope, list(found)):
            found[uid].append(text)
    refused = [to_text(AudienceQuery(none=(node,))) for node in query.none[:_WHY]]
    return {uid: [*met, *refused] for uid, met in found.items()}


def _positive(query: AudienceQuery) -> list[Condition]:
    nodes = [*query.all, *query.any]
    return [
        condition
        for node in nodes
        for condition in (_positive(node) if isinstance(node, AudienceQuery) else [node])
    ]


def _warnings(home: Home, planner: bool, limit: int) -> list[str]:
    warnings = []
    if is_stale(home):
        warnings.append("the profiles changed since the index was built; run: renqun mine")
    if limit and not planner:
        warnings.append("members are shown to role planner only")
    return warnings


def _aware(as_of: datetime | None) -> datetime | None:
    if as_of is not None and as_of.tzinfo is None:
        raise BadInputError("as_of needs a time zone", "for example 2026-08-01T00:00:00+08:00")
    return as_of
