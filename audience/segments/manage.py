"""Saving, showing, changing and deleting segments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from audience.errors import BadQueryError, NotMinedError
from audience.query.asked import named_segments
from audience.query.model import AudienceQuery, Segment
from audience.query.reading import reading
from audience.query.text import parse, to_text
from audience.search.explain import explain
from audience.segments import records
from audience.segments.alerts import alerts_of
from audience.segments.answers import SegmentAnswer, SegmentVersion
from audience.segments.members import forget_members
from audience.segments.records import Record, Version
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ConflictError, UnavailableError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

_NAME = re.compile(r"[\w-]{1,40}\Z")


def save(
    home: Home,
    name: str,
    query: AudienceQuery | str,
    note: str = "",
    frozen: bool = False,
    role: Role = Role.PLANNER,
    who: str = "local",
) -> SegmentAnswer:
    """Save a query under a name; its members are looked up when it is computed. Needs role planner.

    Raises:
        BadInputError: the name has other than letters, digits, ``_`` and ``-``, or more than 40 of them.
        BadQueryError: the query can't be read, names something unknown, or the segment itself.
        ConflictError: there is a segment of this name.
    """
    require(role, Role.PLANNER)
    _check_name(name)
    text = _checked(home, name, query, role)
    records.add(home, name, text, who, note, frozen)
    record(home, who, role, "segment.save", {"segment": name, "query": text, "frozen": frozen})
    return show(home, name)


def edit(
    home: Home,
    name: str,
    query: AudienceQuery | str | None = None,
    note: str | None = None,
    frozen: bool | None = None,
    role: Role = Role.PLANNER,
    who: str = "local",
) -> SegmentAnswer:
    """Change what is given of a segment; a changed query is in force at once, its members from the next version on.

    Raises as :func:`save` does, and NotFoundError.
    """
    require(role, Role.PLANNER)
    before = records.get(home, name)
    values: dict[str, str | int | None] = {}
    if query is not None:
        values["query"] = _checked(home, name, query, role)
    if note is not None:
        values["note"] = note
    if frozen is not None and frozen != before.frozen:
        # Until it is computed again it is read as its query: no document holds it yet.
        values |= {"frozen": int(frozen), "indexed": 0}
    if values:
        records.change(home, name, **values)
    record(home, who, role, "segment.edit", {"segment": name, **values})
    return show(home, name)


def delete(home: Home, name: str, role: Role = Role.PLANNER, who: str = "local") -> None:
    """Delete a segment with its versions and alerts.

    Raises NotFoundError; ConflictError where other segments name it, or while it is computed.
    """
    require(role, Role.PLANNER)
    if records.get(home, name).status == "computing":
        raise ConflictError(f"The segment {name!r} is being computed.", "Delete it when that is done.")
    users = used_by(home)[name]
    if users:
        raise ConflictError(
            f"The segment {name!r} is used by {', '.join(users)}.", "Change or delete those first."
        )
    records.remove(home, name)
    forget_members(home, name)
    record(home, who, role, "segment.delete", {"segment": name})


def show(home: Home, name: str) -> SegmentAnswer:
    """One segment. Raises NotFoundError."""
    return _answer(home, records.get(home, name), used_by(home))


def every(home: Home) -> list[SegmentAnswer]:
    """All segments, by name."""
    users = used_by(home)
    return [_answer(home, kept, users) for kept in records.all_of(home)]


def used_by(home: Home) -> Mapping[str, list[str]]:
    """Segment to the segments whose query names it."""
    kept = records.all_of(home)
    users: dict[str, list[str]] = {one.name: [] for one in kept}
    for one in kept:
        for used in _named(one):
            users.setdefault(used, []).append(one.name)
    return users


def _named(kept: Record) -> list[str]:
    """The segments that one names; none where its query can no longer be read, which must not hide the others."""
    try:
        return named_segments(parse(kept.query))
    except BadQueryError:
        return []


def combined(wanted: list[str], either: list[str], refused: list[str]) -> AudienceQuery:
    """The query of those in all of ``wanted``, in any of ``either`` and in none of ``refused`` (names of segments)."""
    if not (wanted or either or refused):
        raise BadInputError("No segment is named.", "Name some: --all A --any B --any C --none D")
    all_, any_, none = (
        [Segment(field="segment", value=name) for name in names] for names in (wanted, either, refused)
    )
    return AudienceQuery(all=tuple(all_), any=tuple(any_), none=tuple(none))


def version_answer(version: Version, disclosure: Disclosure, before: Version | None = None) -> SegmentVersion:
    """A version as it may be shown; its size and who came and went would tell the size of the one ``before``."""
    hidden = version.shown is None or (before is not None and before.shown is None)
    return SegmentVersion(
        version=version.version,
        at=version.at,
        as_of=version.as_of,
        query=version.query,
        total=version.shown,
        joined=None if hidden else disclosure.count(version.joined),
        left=None if hidden else disclosure.count(version.left),
    )


def _answer(home: Home, kept: Record, users: Mapping[str, list[str]]) -> SegmentAnswer:
    disclosure = Disclosure.from_settings()
    versions = [
        version_answer(version, disclosure, before)
        for before, version in pairwise((None, *records.versions(home, kept.name)))
        if version is not None
    ]
    meaning, message = "", kept.message
    try:
        meaning = explain(home, kept.query).reading
    except BadQueryError as error:
        message = message or error.message
    except UnavailableError as error:  # what is kept of it is there all the same
        meaning, message = reading(parse(kept.query)), message or error.message
    return SegmentAnswer(
        name=kept.name,
        owner=kept.owner,
        note=kept.note,
        frozen=kept.frozen,
        query=kept.query,
        reading=meaning,
        status=kept.status,
        message=message,
        created_at=kept.created_at,
        total=versions[-1].total if versions else None,
        versions=versions[::-1],
        alerts=alerts_of(home, kept.name),
        used_by=users.get(kept.name, []),
    )


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise BadInputError(
            f"{name!r} can't be the name of a segment.",
            "Use up to 40 letters, digits, _ and - (Chinese too).",
        )
    matter = sensitive_matter(name)
    if matter is not None:
        raise BadInputError(
            f"A segment may not be named by a sensitive matter: {matter}.", "Choose another name."
        )


def _checked(home: Home, name: str, query: AudienceQuery | str, role: Role) -> str:
    """The query's text, its names checked where there is an index."""
    asked = parse(query) if isinstance(query, str) else query
    if name in named_segments(asked):
        raise BadQueryError(f"the segment {name!r} would be made of itself", "leave it out of its own query")
    try:
        text = explain(home, query, role).text
    except NotMinedError:
        text = to_text(asked)
    inside, reached = [*named_segments(asked)], set[str]()
    while inside:
        one = inside.pop()
        if one == name:
            raise BadQueryError(
                f"the segment {name!r} would be made of itself", "another segment here names it"
            )
        if one not in reached and (kept := records.find(home, one)) is not None:
            reached.add(one)
            inside += _named(kept)
    return text
