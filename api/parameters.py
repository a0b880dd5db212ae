"""Parameters of a URL that its route doesn't know are refused: a misspelt one would be answered as if it were not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.errors import UnknownParameterError


async def only_known(request: Request) -> None:
    """The dependency of every route. Raises UnknownParameterError for the first parameter that the route doesn't have."""
    if not request.scope["query_string"]:
        return
    route: APIRoute = request.scope["route"]
    known = list(_names(route.dependant))
    for name in request.query_params:
        if name not in known:
            raise UnknownParameterError(f"there is no parameter {name!r} here", _hint(name, known))


def _names(needs: Dependant) -> Iterator[str]:
    yield from (field.alias for field in needs.query_params)
    for part in needs.dependencies:
        yield from _names(part)


def _hint(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    if near:
        return f"did you mean {near[0]}?"
    return f"parameters are {', '.join(known)}" if known else "this route takes none in its URL"
