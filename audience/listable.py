"""How many people of an audience may be counted, but not listed: an export or a campaign is that much smaller."""

from __future__ import annotations

from audience.index.opened import open_index
from audience.query.model import AudienceQuery
from audience.search.read import read_query
from privacy.disclosure import Disclosure
from privacy.home import Home


def not_listable(home: Home, query: AudienceQuery | str, listed: int, disclosure: Disclosure) -> int:
    """People of a query who are not among the ``listed``, exact: to be told rounded, and hidden under k.

    Raises BadQueryError and NotMinedError as ``search`` does.
    """
    index = open_index(home)
    _, resolved = read_query(index, query, disclosure.k)
    return max(0, index.count(resolved, index.scope()) - listed)
