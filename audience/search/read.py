"""A query as it was asked, read against an index: its names checked and resolved."""

from __future__ import annotations

from audience.index.opened import OpenIndex
from audience.query.canonical import canonical
from audience.query.known import Known
from audience.query.model import AudienceQuery
from audience.query.text import parse
from audience.segments.saved import SavedSegments


def read_query(index: OpenIndex, query: AudienceQuery | str, k: int) -> tuple[AudienceQuery, AudienceQuery]:
    """The canonical query as it was asked, and with every name resolved. Raises BadQueryError."""
    known = Known(index, k, SavedSegments(index.home))
    asked = parse(query, known.condition) if isinstance(query, str) else canonical(query)
    return asked, canonical(known.resolve(asked))
