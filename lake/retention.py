"""Retention: what was collected leaves the lake when the policy entry of its source says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake import upkeep
from lake.gate.rejects import names_one_of
from lake.locks import demand_quiet
from lake.store import Lake
from privacy.optouts import blocked
from privacy.policies import RETENTION_DAYS, Policies
from privacy.pseudonyms import Pseudonyms

# Refused rows last, the vault's names behind all that they name.
AGING = ("posts", "accounts", "edges", "keywords", "touchpoints", "rejects", "names")


@dataclass(frozen=True, slots=True)
class Expired:
    """Rows of one source in one table, collected before ``before`` (UTC), and why they may not stay."""

    source: str
    table: str
    rows: int
    before: datetime
    why: str


def expire(
    lake: Lake, policies: Policies, now: datetime | None = None, rehearsal: bool = False
) -> list[Expired]:
    """Remove what is older than its source's ``retention_days``, from the files too; a ``rehearsal`` only counts.

    Whatever came again later counts from then. Of accounts that the user's own links or touchpoints name, the vault keeps
    the names. Refused rows go before their time where they name somebody who has been withheld since, and nobody could tell
    whose they are. Raises ConflictError while something is being written.
    """
    if not rehearsal:
        demand_quiet(lake.home)
    return list(_expired(lake, policies, now or datetime.now(UTC), rehearsal))


def _expired(lake: Lake, policies: Policies, now: datetime, rehearsal: bool) -> Iterator[Expired]:
    days = {policy.source: policy.retention_days for policy in policies}
    for table in AGING:
        spared: Collection[str] = _of_customers(lake) if table == "names" else ()
        for source in lake.sources(table):
            limit = days.get(source, RETENTION_DAYS)
            before = now - timedelta(days=limit)
            if rows := upkeep.expire(lake.home, table, source, before, spared, rehearsal):
                yield Expired(source, table, rows, before, f"older than {limit} days")
    yield from _of_withheld(lake, now, rehearsal)


def _of_withheld(lake: Lake, now: datetime, rehearsal: bool) -> Iterator[Expired]:
    """The refused rows and pages that name a withheld account, while nobody could tell whose they are."""
    gone = blocked(lake.home)
    if not gone or not lake.exists("rejects"):
        return
    pseudonyms = Pseudonyms.open(lake.home)
    rows = lake.read("rejects", ["id", "source", "row", "account_id"])
    ownerless = rows.filter(rows["account_id"].is_null()).select("id", "source", "row").iter_rows()
    named = {
        row_id: source
        for row_id, source, text in ownerless
        if names_one_of(gone, pseudonyms, source, text or "")
    }
    if not rehearsal:
        upkeep.remove(lake.home, "rejects", named)
    for source, many in sorted(Counter(named.values()).items()):
        yield Expired(source, "rejects", many, now, "name somebody who is withheld")


def _of_customers(lake: Lake) -> list[str]:
    named = (lake.read(name, ["account_id"])["account_id"].drop_nulls() for name in ("links", "touchpoints"))
    return sorted(set().union(*named))
