"""Queries as JSON: read, and each condition checked, with the path of what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError

from audience.errors import BadQueryError
from audience.query.canonical import canonical
from audience.query.model import MAX_DEPTH, NODE_KINDS, AudienceQuery, Condition

_HINT = 'for example {"all": [{"field": "tag", "value": "露营", "min": 3}]}'

Check = Callable[[Condition], object]


def from_json(text: str, check: Check | None = None) -> AudienceQuery:
    """The canonical query that JSON text holds; ``check`` is called as by :func:`check_each`. Raises BadQueryError."""
    try:
        query = AudienceQuery.model_validate_json(text)
    except (ValidationError, RecursionError) as error:
        raise BadQueryError(f"this JSON is no query: {why_invalid(error)}", _HINT) from None
    if check is not None:
        check_each(query, check)
    return canonical(query)


def check_each(query: AudienceQuery, check: Check) -> None:
    """Call ``check`` with each condition, as it was sent; the path (``all.1``) is added to the BadQueryError it raises."""
    for path, condition in query.placed():
        try:
            check(condition)
        except BadQueryError as error:
            raise type(error)(error.plain, error.hint, path=path) from None


def why_invalid(error: ValidationError | RecursionError) -> str:
    """The first thing that is wrong with a query's JSON, and where in it."""
    if isinstance(error, RecursionError):
        return f"nested deeper than {MAX_DEPTH} levels"
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in NODE_KINDS)
    return f"{place}: {first['msg']}" if place else first["msg"]
