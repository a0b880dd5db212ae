"""How far saved segments share their people."""

from __future__ import annotations

from itertools import combinations

from audience.disclosure.guard import told
from audience.index.opened import open_index
from audience.query.model import AudienceQuery, Segment
from audience.search.read import read_query
from audience.segments import records
from audience.segments.answers import SegmentOverlap, SegmentPair
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MOST = 12


def segment_overlap(
    home: Home,
    names: list[str],
    role: Role = Role.ANALYST,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> SegmentOverlap:
    """Sizes of 2 to 12 segments and what each two share, rounded; what is under k is hidden. Needs role analyst.

    Raises NotFoundError and, for fewer or more names, BadInputError.
    """
    require(role, Role.ANALYST)
    names = list(dict.fromkeys(names))
    if not 2 <= len(names) <= MOST:
        raise BadInputError(f"Name 2 to {MOST} different segments.")
    for name in names:
        records.get(home, name)
    disclosure = disclosure or Disclosure.from_settings()
    index = open_index(home)

    def size(*members: str) -> int | None:
        query = AudienceQuery(all=tuple(Segment(field="segment", value=name) for name in members))
        shown = told(index, read_query(index, query, disclosure.k)[1], index.scope(), disclosure)
        return None if shown.hidden else disclosure.count(shown.total)

    sizes = {name: size(name) for name in names}
    pairs = [_pair(first, second, sizes, size(first, second)) for first, second in combinations(names, 2)]
    record(home, who, role, "segment.overlap", {"segments": names})
    return SegmentOverlap(sizes=sizes, pairs=pairs)


def _pair(first: str, second: str, sizes: dict[str, int | None], both: int | None) -> SegmentPair:
    a, b = sizes[first], sizes[second]
    if not (a and b and both):
        return SegmentPair(
            first=first, second=second, both=both, jaccard=None, share_of_first=None, share_of_second=None
        )
    return SegmentPair(
        first=first,
        second=second,
        both=both,
        jaccard=round(min(1.0, both / max(1, a + b - both)), 4),
        share_of_first=round(min(1.0, both / a), 4),
        share_of_second=round(min(1.0, both / b), 4),
    )
