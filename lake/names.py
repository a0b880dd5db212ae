"""From the names that people use (native ids, handles, profile URLs) to pseudonyms, through the vault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from lake.store import Lake
from privacy.home import Home
from privacy.optouts import blocked
from privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import polars as pl

By = Literal["native_id", "handle", "url"]


@dataclass(frozen=True, slots=True)
class Name:
    """One name as it was given; ``source`` may be empty for a URL."""

    source: str
    by: By
    value: str


@dataclass(slots=True)
class Lookup:
    """``resolved`` keeps the order asked in; the rest is told apart, never guessed."""

    resolved: dict[Name, str] = field(default_factory=dict)
    unknown: list[Name] = field(default_factory=list)
    ambiguous: list[Name] = field(default_factory=list)
    opted_out: list[Name] = field(default_factory=list)


def lookup(home: Home, names: Iterable[Name]) -> Lookup:
    """The account of each name. An account that opted out is told as such only where its name was given as native id,
    since no other name of it is kept; a handle or URL that leads to several accounts is ambiguous."""
    asked = list(dict.fromkeys(names))
    out = Lookup()
    if not asked:
        return out
    gone = blocked(home)
    found = _candidates(home, asked)
    for name in asked:
        ids = found.get(name, set())
        if name.by == "native_id" and (own := _pseudonym(home, name)) in gone:
            ids = {own}
        if not ids:
            out.unknown.append(name)
        elif len(ids) > 1:
            out.ambiguous.append(name)
        elif (account_id := next(iter(ids))) in gone:
            out.opted_out.append(name)
        else:
            out.resolved[name] = account_id
    return out


def plain_handle(handle: str) -> str:
    """As the vault keeps it: lower case, without ``@``."""
    return handle.strip().lstrip("@＠").lower()


def plain_url(url: str) -> str:
    """Host and path in lower case: scheme, ``www.``, query and a slash at the end tell nothing about who it is."""
    parts = urlsplit(url.strip() if "//" in url else f"//{url.strip()}")
    host = parts.netloc.lower().removeprefix("www.").removeprefix("m.")
    return host + unquote(parts.path).rstrip("/").lower()


def _candidates(home: Home, asked: list[Name]) -> dict[Name, set[str]]:
    """Every account in the vault that bears one of these names."""
    import polars as pl

    frame = Lake(home).read(
        "names", ["source", "native_id", "handle", "url", "account_id"], pl.col("kind") == "account"
    )
    found: dict[Name, set[str]] = {}
    for by, key in (("native_id", _same), ("handle", plain_handle), ("url", plain_url)):
        wanted: dict[str, list[Name]] = {}
        for name in asked:
            if name.by == by:
                wanted.setdefault(key(name.value), []).append(name)
        if wanted:
            _match(frame, by, wanted, found)
    return found


def _match(frame: pl.DataFrame, by: str, wanted: dict[str, list[Name]], found: dict[Name, set[str]]) -> None:
    import polars as pl

    column = pl.col(by)
    if by == "url":
        column = (
            column.str.replace(r"^[A-Za-z][A-Za-z0-9+.-]*://", "")
            .str.replace(r"[?#].*$", "")
            .str.to_lowercase()
            .str.replace(r"^(www\.|m\.)", "")
            .str.strip_chars_end("/")
        )
    hits = frame.select("source", column.alias("key"), "account_id").filter(pl.col("key").is_in(list(wanted)))
    for source, key, account_id in hits.iter_rows():
        for name in wanted[key]:
            if not name.source or name.source == source:
                found.setdefault(name, set()).add(account_id)


def _pseudonym(home: Home, name: Name) -> str:
    return Pseudonyms.open(home).account(name.source, name.value)


def _same(value: str) -> str:
    return value.strip()
