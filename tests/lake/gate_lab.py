"""What the tests of the gate share: a gate of one source, rows that pass it, and what came out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from lake.gate import CleanRows, Gate
from lake.raw import RawRows
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy
from privacy.pseudonyms import Pseudonyms

NOW = datetime(2026, 8, 15, 12, tzinfo=UTC)


def policy(**more: Any) -> Policy:
    """A policy entry that keeps every field, save what is given."""
    entry: dict[str, Any] = {
        "source": "micro",
        "base_url": "http://micro.example",
        "kind": "mastodon",
        "legal_basis": "public",
        "fields": ALL_FIELDS,
        "terms_url": "http://micro.example/terms",
    }
    return Policy(**(entry | more))


def gate(home: Home, **more: Any) -> Gate:
    """A gate of that policy at ``NOW``."""
    return Gate(home, policy(**more), "run1", clock=lambda: NOW)


def post(native_id: str = "1", author: str = "10", **more: Any) -> dict[str, Any]:
    """A public post."""
    return {
        "native_id": native_id,
        "author_native_id": author,
        "author_handle": f"name{author}",
        "created_at": NOW,
        "text": "今天去露营",
        "url": f"http://micro.example/@name{author}/{native_id}",
        "visibility": "public",
        "author_noindex": False,
        "author_indexable": True,
    } | more


def account(native_id: str = "10", **more: Any) -> dict[str, Any]:
    """An account that may be found."""
    return {
        "native_id": native_id,
        "handle": f"Name{native_id}",
        "discoverable": True,
        "indexable": True,
    } | more


def follow(src: str, dst: str, **more: Any) -> dict[str, Any]:
    """A follow."""
    return {"src_native_id": src, "dst_native_id": dst, "kind": "follow"} | more


def raw(**tables: list[Any]) -> RawRows:
    """Rows by table, as a parser gives them."""
    return RawRows(**cast(Any, tables))


def rows(clean: CleanRows, table: str) -> list[dict[str, Any]]:
    """The rows of a table that came out."""
    return clean.tables[table].to_pylist() if table in clean.tables else []


def one(clean: CleanRows, table: str) -> dict[str, Any]:
    """The only row of a table that came out."""
    (row,) = rows(clean, table)
    return row


def account_id(home: Home, native_id: str) -> str:
    """The pseudonym of an account."""
    return Pseudonyms.open(home).account("micro", native_id)
