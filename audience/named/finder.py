"""Who is meant by a row that names somebody: looked up in the vault and in the links, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import polars as pl

from audience.errors import NotMinedError
from audience.named.lists import ACCOUNT, Row
from lake.people import KnownAccounts, plain_handle, plain_url
from lake.store import Lake
from privacy.free_text import refuse_unreadable
from privacy.home import Home
from privacy.optouts import blocked
from privacy.pseudonyms import Pseudonyms


def named(who: str) -> Row:
    """One person as people write it: a pseudonym, a profile URL, ``source:handle``, else a customer id.

    Raises BadInputError for what is no text.
    """
    refuse_unreadable(who, "the name")
    who = who.strip()
    if ACCOUNT.match(who):
        return {"account_id": who}
    if "://" in who:
        return {"url": who}
    source, colon, name = who.partition(":")
    if colon and source and name:
        return (
            {"source": source, "native_id": name[1:]}
            if name[0] == "#"
            else {"source": source, "handle": name}
        )
    return {"customer_id": who} if who else {}


def find_each(home: Home, rows: Iterable[Row]) -> list[tuple[str, Sequence[str]]]:
    """For each row what became of it (resolved, unknown, ambiguous, opted_out, malformed) and the accounts it names."""
    finder = Finder(home)
    return [finder.find(row) for row in rows]


class Finder:
    """Looks rows up in the vault's names and in the links; each table is read once, and only if it is needed."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lake = Lake(home)
        if not any(self._lake.exists(table) for table in ("names", "profiles")):
            raise NotMinedError("nobody has been collected yet whom a seed could name")
        self._pseudonyms = Pseudonyms.open(home)
        self._blocked = blocked(home)

    def find(self, row: Row) -> tuple[str, Sequence[str]]:
        """What became of a row, and its accounts where it is resolved."""
        if account := row.get("account_id"):
            return self._judge(
                [account] if ACCOUNT.match(account) and self._is_known(account) else [], account
            )
        source = row.get("source", "")
        if (native := row.get("native_id")) and source:
            return self._native(source, native)
        if handle := row.get("handle"):
            return self._handle(source, handle)
        if url := row.get("url"):
            return self._judge(self._names.by_url.get(plain_url(url), ()))
        if customer := row.get("customer_id"):
            return self._customer(customer)
        return "malformed", ()

    def _native(self, source: str, native: str) -> tuple[str, Sequence[str]]:
        for written in dict.fromkeys((native, native.lower())):
            account = self._pseudonyms.account(source, written)
            if account in self._blocked or self._is_known(account):
                return self._judge([account], account)
        return "unknown", ()

    def _customer(self, customer: str) -> tuple[str, Sequence[str]]:
        if found := self._links.get(customer):
            return "resolved", found
        [own] = self._pseudonyms.customers([customer])
        return self._judge([own] if customer in self._customers else [], own)

    def _handle(self, source: str, handle: str) -> tuple[str, Sequence[str]]:
        plain = plain_handle(handle)
        if not source and len(self._names.sources) > 1:
            return ("ambiguous" if self._names.any_handle(plain) else "unknown"), ()
        source = source or next(iter(self._names.sources), "")
        return self._judge(
            self._names.by_handle.get((source, plain), ()), self._pseudonyms.account(source, plain)
        )

    def _judge(self, accounts: Sequence[str], named: str = "") -> tuple[str, Sequence[str]]:
        if named in self._blocked or any(account in self._blocked for account in accounts):
            return "opted_out", ()
        if not accounts:
            return "unknown", ()
        return ("resolved", accounts) if len(set(accounts)) == 1 else ("ambiguous", ())

    def _is_known(self, account: str) -> bool:
        """Whether an account was collected: by its name, or only by what it follows or bought."""
        return account in self._names.accounts or account in self._profiled

    @cached_property
    def _profiled(self) -> set[str]:
        return set(self._lake.read("profiles", columns=["account_id"])["account_id"])

    @cached_property
    def _names(self) -> KnownAccounts:
        return KnownAccounts(self._home)

    @cached_property
    def _customers(self) -> set[str]:
        told = self._lake.read("touchpoints", ["customer_id"], pl.col("account_id").is_null())
        return set(told["customer_id"].drop_nulls())

    @cached_property
    def _links(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for customer, account in self._lake.read("links", columns=["customer_id", "account_id"]).iter_rows():
            found.setdefault(customer, []).append(account)
        return found
