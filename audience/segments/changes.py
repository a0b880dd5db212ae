"""Who joined and who left a segment between two versions, and which of its conditions decided it."""

from __future__ import annotations

from collections.abc import Mapping, Set

from audience.disclosure.guard import told
from audience.index.opened import OpenIndex, open_index
from audience.query.model import AudienceQuery
from audience.query.text import parse, to_text
from audience.search.read import read_query
from audience.segments import records
from audience.segments.answers import ChangedMember, SegmentChanges
from audience.segments.members import KEPT, members_of
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home


def changes(
    home: Home,
    name: str,
    since: int | None = None,
    until: int | None = None,
    limit: int = 20,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> SegmentChanges:
    """Compare two versions, by default the last two. Needs role planner; audited.

    For each of up to ``limit`` who joined: the parts of the query that they meet now. For each who left: the parts
    that they no longer meet, by the index in use. Who may not be listed is only counted. Nobody is shown where the segment,
    or either version, is under k.

    Raises:
        NotFoundError: there is no such segment. BadInputError: a version whose members are not kept.
    """
    require(role, Role.PLANNER)
    kept = records.get(home, name)
    versions = {version.version: version for version in records.versions(home, name)[-KEPT:]}
    until = until if until is not None else kept.version
    since = since if since is not None else until - 1
    if since not in versions or until not in versions or since >= until:
        raise BadInputError(
            f"There are no members of versions {since} and {until} of {name!r} to compare.",
            f"Its versions: {', '.join(map(str, versions)) or 'none yet; compute it first'}.",
        )
    disclosure = disclosure or Disclosure.from_settings()
    index = open_index(home)
    _, query = read_query(index, parse(kept.query), disclosure.k)
    before, after = (set(members_of(home, name, version)) for version in (since, until))
    hidden = told(index, query, index.scope(), disclosure).hidden
    small = min(len(before), len(after))
    if disclosure.hidden(small) or None in (versions[since].shown, versions[until].shown):
        hidden = hidden or f"fewer than {disclosure.k} people in one of the versions"
    joined, left = after - before, before - after
    named = {} if hidden else _listable(index, joined | left)
    answer = SegmentChanges(
        name=name,
        since=since,
        until=until,
        hidden=bool(hidden),
        reason=hidden,
        joined=None if hidden else len(joined),
        left=None if hidden else len(left),
        who_joined=_explained(index, query, _first(named, joined, limit), meets=True),
        who_left=_explained(index, query, _first(named, left, limit), meets=False),
        unnamed=0 if hidden else len(joined | left) - len(named),
    )
    people = [member.person_id for member in (*answer.who_joined, *answer.who_left)]
    record(
        home,
        who,
        role,
        "segment.changes",
        {"segment": name, "since": since, "until": until, "members": people},
    )
    return answer


def _listable(index: OpenIndex, people: Set[str]) -> dict[str, int]:
    """Those of these people who may be listed, with their places in the index."""
    places = index.engine.places(sorted(people))
    listable = set(index.engine.uids(AudienceQuery(), index.scope(), listable_only=True).tolist())
    return {person: place for person, place in places.items() if place in listable}


def _first(named: Mapping[str, int], people: Set[str], limit: int) -> dict[str, int]:
    return {person: named[person] for person in sorted(people & named.keys())[:limit]}


def _explained(
    index: OpenIndex, query: AudienceQuery, places: Mapping[str, int], meets: bool
) -> list[ChangedMember]:
    """Each person with the parts of the query that they meet (or not)."""
    scope = index.scope()
    why: dict[str, list[str]] = {person: [] for person in places}
    for part in _parts(query):
        met = set(index.engine.among(part, scope, list(places.values())))
        for person, place in places.items():
            if (place in met) is meets:
                why[person].append(to_text(part))
    return [ChangedMember(person_id=person, why=reasons) for person, reasons in why.items()]


def _parts(query: AudienceQuery) -> list[AudienceQuery]:
    wanted = [AudienceQuery(all=(node,)) for node in query.all]
    either = [AudienceQuery(any=query.any)] if query.any else []
    refused = [AudienceQuery(none=(node,)) for node in query.none]
    return [*wanted, *either, *refused]
