"""One query in all its forms: text, JSON and plain Chinese, with its names checked where there is an index."""

from __future__ import annotations

from audience.errors import NotMinedError
from audience.index.opened import open_index
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery
from audience.query.reading import reading
from audience.query.text import parse, to_text
from audience.search.answers import QueryAnswer
from audience.search.read import read_query
from privacy.disclosure import Disclosure, Role, require
from privacy.home import Home


def explain(
    home: Home,
    query: AudienceQuery | str,
    role: Role = Role.ANALYST,
    disclosure: Disclosure | None = None,
) -> QueryAnswer:
    """Read a query, given as text, JSON text or a model, without asking it. Needs role analyst.

    Before anything was mined, names can't be checked: then only the form is, and a warning says so.

    Raises:
        BadQueryError: what is wrong, with its place in the text and a hint; SensitiveQueryError likewise.
    """
    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    try:
        index = open_index(home)
    except NotMinedError as error:
        asked = parse(query) if isinstance(query, str) else canonical(query)
        return _answer(asked, asked, {}, [f"names were not checked: {error}; {error.hint}"])
    asked, resolved = read_query(index, query, disclosure.k)
    return _answer(asked, resolved, index.names, [])


def _answer(
    asked: AudienceQuery, resolved: AudienceQuery, names: dict[str, dict[str, str]], warnings: list[str]
) -> QueryAnswer:
    return QueryAnswer(
        text=to_text(asked),
        query=asked,
        reading=reading(asked, names),
        resolved=to_text(resolved),
        warnings=warnings,
    )
