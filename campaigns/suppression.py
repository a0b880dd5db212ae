"""Who may not be contacted: opt-outs, and those who unsubscribed, complained or blocked us, told by rows or by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import polars as pl
from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.sqlite import insert

from audience.named.finder import find_each
from audience.named.lists import Row
from campaigns.answers import Suppressed, SuppressReport
from campaigns.state import connect, suppressed_table
from lake.persons import UNLINKED, by_person, known_people, links_of
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.free_text import refuse_unreadable
from privacy.home import Home


class Why(StrEnum):
    """Why somebody is suppressed."""

    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"
    BLOCK = "block"
    LIST = "list"  # by the user's own list, for reasons of their own


TOLD_BY_ROWS = (Why.UNSUBSCRIBE, Why.COMPLAINT, Why.BLOCK)


def suppress(
    home: Home, rows: Iterable[Row], reason: str, role: Role, who: str = "local", note: str = ""
) -> SuppressReport:
    """Suppress the people that rows name as seeds do; a customer without a linked account is kept by id. Audited.

    Raises BadInputError for an unknown reason or no rows, ForbiddenError for a role under planner.
    """
    require(role, Role.PLANNER)
    why = _why(reason)
    refuse_unreadable(note, "the note")
    asked = list(rows)
    if not asked:
        raise BadInputError("the list is empty", "name people by customer_id, url, or source and native_id")
    names: set[str] = set()
    unknown = 0
    for row, (outcome, accounts) in zip(asked, find_each(home, asked), strict=True):
        name = name_of(row, accounts)
        if name is not None:
            names.add(name)
        elif outcome != "opted_out":
            unknown += 1
    added = add(home, names, why, note)
    record(home, who, role, "suppress", {"reason": why, "rows": len(asked), "added": added})
    return SuppressReport(rows=len(asked), added=added, already=len(names) - added, unknown=unknown)


def name_of(row: Row, accounts: Sequence[str]) -> str | None:
    """What a person is suppressed as: the customer id where a row says one, since links may come later; else the account."""
    if customer := row.get("customer_id"):
        return UNLINKED + customer
    return accounts[0] if accounts else None


def add(home: Home, names: Iterable[str], why: Why, note: str = "") -> int:
    """Suppress account ids and ``customer:ID``; gives how many were not suppressed for this reason before."""
    rows = [
        {"who": name, "reason": str(why), "since": datetime.now(UTC).isoformat(), "note": note}
        for name in sorted(set(names))
    ]
    if not rows:
        return 0
    with connect(home) as connection:
        before = set(connection.execute(_of(why)).scalars())
        connection.execute(insert(suppressed_table).on_conflict_do_nothing(), rows)
    return sum(row["who"] not in before for row in rows)


def lift_suppression(
    home: Home, rows: Iterable[Row], reason: str, role: Role, who: str = "local"
) -> SuppressReport:
    """Take people off the list for one reason again; what touchpoints tell stays told. Audited, role admin."""
    require(role, Role.ADMIN)
    why = _why(reason)
    asked = list(rows)
    found = find_each(home, asked)
    names = {account for _, accounts in found for account in accounts}
    names |= {UNLINKED + row["customer_id"] for row in asked if row.get("customer_id")}
    with connect(home) as connection:
        there = names & set(connection.execute(_of(why)).scalars())
        for name in there:
            connection.execute(
                delete(suppressed_table).where(
                    suppressed_table.c.who == name, suppressed_table.c.reason == str(why)
                )
            )
    record(home, who, role, "suppress lift", {"reason": why, "rows": len(asked), "lifted": len(there)})
    return SuppressReport(
        rows=len(asked),
        added=-len(there),
        already=0,
        unknown=sum(outcome == "unknown" for outcome, _ in found),
    )


def suppressed_people(home: Home, lake: Lake) -> dict[str, set[str]]:
    """Reason to persons (or ``customer:ID``): the list, and what touchpoints tell. Opt-outs are the register's."""
    with connect(home) as connection:
        listed = connection.execute(select(suppressed_table.c.who, suppressed_table.c.reason)).all()
    told = lake.read(
        "touchpoints",
        ["account_id", "customer_id", "outcome"],
        pl.col("outcome").is_in([str(why) for why in TOLD_BY_ROWS]),
    )
    rows = pl.DataFrame(
        [
            (None, who.removeprefix(UNLINKED), reason) if who.startswith(UNLINKED) else (who, None, reason)
            for who, reason in listed
        ],
        schema=dict.fromkeys(("account_id", "customer_id", "outcome"), pl.String),
        orient="row",
    )
    links = links_of(lake)
    named = by_person(pl.concat([rows, told]), links, known_people(lake))
    found: dict[str, set[str]] = {}
    for reason, person in named.select("outcome", "person_id").drop_nulls().unique().iter_rows():
        found.setdefault(reason, set()).add(person)
    return found


def suppressed(home: Home, role: Role, disclosure: Disclosure | None = None) -> Suppressed:
    """How many are suppressed, by reason. Role analyst."""
    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    found = suppressed_people(home, Lake(home))
    return Suppressed(
        reasons={reason: disclosure.count(len(people)) for reason, people in sorted(found.items())},
        total=disclosure.count(len(set().union(*found.values()))),
        k=disclosure.k,
    )


def _why(reason: str) -> Why:
    try:
        return Why(reason)
    except ValueError:
        raise BadInputError(f"there is no reason {reason!r}", f"reasons: {', '.join(Why)}") from None


def _of(why: Why) -> Select[Any]:
    return select(suppressed_table.c.who).where(suppressed_table.c.reason == str(why))
