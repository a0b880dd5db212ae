"""Computing a segment: who is in it now, kept as a version in the lake, and who came and went since the one before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl

from audience.disclosure.guard import told
from audience.index.build import build
from audience.index.opened import open_index
from audience.query.text import parse
from audience.search.read import read_query
from audience.segments.alerts import tell
from audience.segments.members import keep_members, members_of
from audience.segments.records import Record, Version, all_of, begin, claim, fail, finish, get
from lake.locks import Claim
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import RenqunError
from privacy.home import Home

Progress = Callable[[int, int], None]
_PATIENCE = 3_600.0  # seconds that a frozen segment waits where the index is being built for something else


def compute(
    home: Home,
    name: str,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
    progress: Progress | None = None,
    held: Claim | None = None,
) -> Version:
    """Take a new version of a segment. A frozen one is then on its members' documents: the index is built anew.

    Its status is ``computing`` meanwhile, and ``failed`` with the reason if this raises: the version before stays. Where
    its query or kind is changed meanwhile another version follows. The members of the last ten versions are kept. Then
    the alerts that it calls for are sent. ``held`` is the segment's claim, where it is held already; it is released.
    Needs role planner.

    Raises:
        NotFoundError: there is no segment of this name. ConflictError: another process computes it.
        BadQueryError: its query can no longer be read, as where a tag was removed. NotMinedError: there is no index.
    """
    require(role, Role.PLANNER)
    get(home, name)
    disclosure = disclosure or Disclosure.from_settings()
    held = held or claim(home, name)
    version = None
    try:
        while version is None:
            version = _taken(home, name, role, who, disclosure, progress)
    finally:
        held.release()
    tell(home, name)
    return version


def _taken(
    home: Home, name: str, role: Role, who: str, disclosure: Disclosure, progress: Progress | None
) -> Version | None:
    """A new version; None where the segment was changed before it was there."""
    begin(home, name)
    kept = get(home, name)
    try:
        version, members = _snapshot(home, kept, disclosure)
        keep_members(home, name, version.version, version.at, members)
        if kept.frozen:
            build(home, force=True, progress=progress, patience=_PATIENCE)
        told_of = {"segment": name, "version": version.version, "total": version.shown}
        record(home, who, role, "segment", told_of)
        return version if finish(home, kept, version) else None
    except RenqunError as error:
        if fail(home, kept, error.message):
            raise
        return None
    except BaseException as error:
        fail(home, kept, f"{type(error).__name__}: {error}")
        raise


def compute_dynamic(home: Home, progress: Progress | None = None) -> dict[str, str]:
    """Compute every segment that is not frozen, as after mining: name to why it failed, empty where it did not."""
    names = [kept.name for kept in all_of(home) if not kept.frozen]
    outcome = {}
    for at, name in enumerate(names, 1):
        try:
            compute(home, name)
            outcome[name] = ""
        except RenqunError as error:
            outcome[name] = error.message
        if progress is not None:
            progress(at, len(names))
    return outcome


def _snapshot(home: Home, kept: Record, disclosure: Disclosure) -> tuple[Version, pl.Series]:
    index = open_index(home)
    # The query itself, also of a frozen segment: its new version is of those who meet it now.
    _, resolved = read_query(index, parse(kept.query), disclosure.k)
    scope = index.scope()
    shown = told(index, resolved, scope, disclosure)
    found = index.engine.everyone(resolved, scope, listable_only=False)
    people = pl.Series("person_id", [hit.row["person_id"] for hit in found], dtype=pl.String)
    before = members_of(home, kept.name, kept.version) if kept.version else people.clear()
    version = Version(
        kept.version + 1,
        datetime.now(UTC),
        scope.as_of,
        kept.query,
        None if shown.hidden else disclosure.count(shown.total),
        len(set(people) - set(before)) if kept.version else 0,
        len(set(before) - set(people)),
    )
    return version, people
