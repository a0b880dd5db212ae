"""How to reach Elasticsearch, from the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from privacy.errors import BadInputError

_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


@dataclass(frozen=True, slots=True)
class ElasticsearchSettings:
    """Where it is, who we are there, and how our indices are named; secrets stay out of ``repr``.

    ``patience`` is how many seconds indexing waits for a server that stopped, before it gives up. ``knn`` has vectors
    indexed too, and asked for by the server's approximate search.
    """

    url: str
    prefix: str = "renqun"
    api_key: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    shards: int = 1
    patience: float = 120.0
    knn: bool = False

    @classmethod
    def from_environment(cls) -> ElasticsearchSettings:
        """``RENQUN_ES_URL`` and, where wanted, ``_PREFIX``, ``_API_KEY`` or ``_USER`` and ``_PASSWORD``, ``_CA``,
        ``_SHARDS``, ``_PATIENCE``, ``_KNN``. Raises BadInputError.
        """
        ca = _given("CA")
        settings = cls(
            url=_url(_given("URL")),
            prefix=_given("PREFIX") or "renqun",
            api_key=_given("API_KEY"),
            user=_given("USER"),
            password=_given("PASSWORD"),
            ca=Path(ca) if ca else None,
            shards=_whole("SHARDS", 1),
            patience=_number("PATIENCE", 120.0),
            knn=_whole("KNN", 0, most=1) == 1,
        )
        settings._check()
        return settings

    def _check(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise BadInputError(
                f"RENQUN_ES_PREFIX {self.prefix!r} is no name of an index",
                "use small letters, digits, - and _, at most 50",
            )
        if (self.user is None) != (self.password is None):
            raise BadInputError("RENQUN_ES_USER and RENQUN_ES_PASSWORD go together", "set both, or neither")
        if self.api_key and self.user:
            raise BadInputError("RENQUN_ES_API_KEY and RENQUN_ES_USER exclude each other", "set one of them")
        if self.ca is not None and not self.ca.is_file():
            raise BadInputError(f"RENQUN_ES_CA {self.ca} is no file", "give the CA certificate as a PEM file")
        if not 1 <= self.shards <= 64:
            raise BadInputError("RENQUN_ES_SHARDS is 1 to 64", "one shard is enough for millions of people")

    @property
    def basic_auth(self) -> tuple[str, str] | None:
        """User and password, where they are given."""
        return (self.user, self.password) if self.user and self.password else None


def _given(name: str) -> str | None:
    return os.environ.get(f"RENQUN_ES_{name}", "").strip() or None


def _number(name: str, default: float, most: float = 86_400) -> float:
    given = _given(name)
    try:
        number = float(given or default)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise BadInputError(f"RENQUN_ES_{name} must be a number from 0 to {most:,g}, not {given!r}")
    return number


def _whole(name: str, default: int, most: float = 86_400) -> int:
    number = _number(name, default, most)
    if not number.is_integer():
        raise BadInputError(f"RENQUN_ES_{name} must be a whole number, not {_given(name)!r}")
    return int(number)


def _url(given: str | None) -> str:
    if given is None:
        raise BadInputError(
            "RENQUN_ENGINE is elasticsearch, but RENQUN_ES_URL is not set",
            "set it, for example to http://127.0.0.1:9200, or unset RENQUN_ENGINE",
        )
    parts = urlsplit(given)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https") or not parts.hostname or not port:
        raise BadInputError("RENQUN_ES_URL is no address", "write it like http://127.0.0.1:9200")
    if parts.username or parts.password:
        raise BadInputError(
            "RENQUN_ES_URL carries a password, which logs would show",
            "take it out and set RENQUN_ES_USER and RENQUN_ES_PASSWORD",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"
