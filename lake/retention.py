"""Retention: what was collected leaves the lake when the policy entry of its source says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lake.store import Lake
from privacy.policies import RETENTION_DAYS, Policies

# Refused rows last, the vault's names behind all that they name.
AGING = ("posts", "accounts", "edges", "keywords", "touchpoints", "rejects", "names")


@dataclass(frozen=True, slots=True)
class Expired:
    """Rows of one source in one table that were collected before ``before`` (UTC)."""

    source: str
    table: str
    rows: int
    before: datetime


def expire(
    lake: Lake, policies: Policies, now: datetime | None = None, rehearsal: bool = False
) -> list[Expired]:
    """Remove what is older than its source's ``retention_days``, from the files too; a ``rehearsal`` only counts.

    Whatever came again later counts from then. Of accounts that the user's own links or touchpoints name, the vault keeps
    the names. Raises ConflictError while something is being written.
    """
    if not rehearsal:
        lake.demand_quiet()
    return list(_expired(lake, policies, now or datetime.now(UTC), rehearsal))


def _expired(lake: Lake, policies: Policies, now: datetime, rehearsal: bool) -> Iterator[Expired]:
    days = {policy.source: policy.retention_days for policy in policies}
    for table in AGING:
        spared: Collection[str] = _of_customers(lake) if table == "names" else ()
        for source in lake.sources(table):
            before = now - timedelta(days=days.get(source, RETENTION_DAYS))
            if rows := lake.expire(table, source, before, spared, rehearsal):
                yield Expired(source, table, rows, before)


def _of_customers(lake: Lake) -> list[str]:
    named = (lake.read(name, ["account_id"])["account_id"].drop_nulls() for name in ("links", "touchpoints"))
    return sorted(set().union(*named))
