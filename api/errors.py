"""Errors that only the faces raise; all others come from the parts below."""

from __future__ import annotations

from privacy.errors import RenqunError


class UnauthorisedError(RenqunError):
    """No API key, or one that isn't known or was revoked."""

    status = 401


class CollectError(RenqunError):
    """A crawl or an import ended badly."""

    status = 502


class UnknownParameterError(RenqunError):
    """A request whose URL has a parameter that its route doesn't know."""

    status = 422
