"""API keys: made once and shown once, kept as a hash, named, with a role, revocable."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Select, String, Table, inspect, select
from sqlalchemy.dialects.sqlite import insert

from api.errors import UnauthorisedError
from privacy.audit import record
from privacy.disclosure import Role
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.state import changed, connect, metadata, version

PREFIX = "rq_"
LOCAL = "local"  # who the audit trail names where nobody showed a key: it may name no key
_NAME = re.compile(r"[\w.@-]{1,64}")
_keys = Table(
    "api_keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
    Column("created_at", String, nullable=False),  # UTC, ISO 8601
    Column("revoked_at", String),
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as the list shows it; the key itself is nowhere."""

    name: str
    role: Role
    created_at: str
    revoked_at: str | None


@contextmanager
def _open(home: Home) -> Iterator[Connection]:
    with connect(home) as connection:
        _keys.create(connection, checkfirst=True)
        yield connection


def _kept(home: Home, asked: Select[Any]) -> Sequence[Any]:
    """Rows of the keys; none where no key was ever made. Nothing is written."""
    if not home.state.exists():
        return []
    with connect(home) as connection:
        return connection.execute(asked).all() if inspect(connection).has_table(_keys.name) else []


def _hash(key: str) -> str:
    # The key is 256 random bits: a plain hash can't be searched, so no slow hash is needed.
    return hashlib.sha256(key.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def add_key(home: Home, name: str, role: Role) -> str:
    """Make a key for ``name`` and return it: the only time it is seen. Audited. `BadInputError` if the name is taken."""
    if not _NAME.fullmatch(name) or name == LOCAL:
        raise BadInputError(f"{name!r} can't name a key", "use letters, digits, and . @ - _ (64 at most)")
    key = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "role": str(role), "hash": _hash(key), "created_at": _now()}
    with _open(home) as connection:
        changed(connection)
        made = connection.execute(insert(_keys).values(row).on_conflict_do_nothing()).rowcount
    if not made:
        raise BadInputError(f"a key named {name!r} exists already", "choose another name")
    record(home, LOCAL, Role.ADMIN, "key add", {"key": name, "role": role})
    return key


def revoke_key(home: Home, name: str) -> None:
    """Make the key of that name useless from now on. Audited. `BadInputError` if there is none in force."""
    in_force = (_keys.c.name == name) & _keys.c.revoked_at.is_(None)
    with _open(home) as connection:
        changed(connection)
        done = connection.execute(_keys.update().where(in_force).values(revoked_at=_now())).rowcount
    if not done:
        raise BadInputError(f"no key in force is named {name!r}", "renqun keys list shows them")
    record(home, LOCAL, Role.ADMIN, "key revoke", {"key": name})


def list_keys(home: Home) -> list[ApiKey]:
    """All keys, revoked ones too, oldest first."""
    rows = _kept(home, select(_keys).order_by(_keys.c.created_at, _keys.c.name))
    return [ApiKey(row.name, Role(row.role), row.created_at, row.revoked_at) for row in rows]


def keys_in_force(home: Home) -> int:
    """How many keys open the API now; read once a change."""
    return _in_force(home, version(home)) if home.state.exists() else 0


@lru_cache(maxsize=16)
def _in_force(home: Home, _: tuple[int, int]) -> int:
    return sum(key.revoked_at is None for key in list_keys(home))


def who_holds(home: Home, key: str) -> tuple[str, Role]:
    """The name and role behind a key; `UnauthorisedError` when it is unknown or revoked."""
    for row in _kept(home, select(_keys).where(_keys.c.hash == _hash(key), _keys.c.revoked_at.is_(None))):
        return row.name, Role(row.role)
    raise UnauthorisedError("this API key is unknown or revoked", "renqun keys add NAME makes one")
