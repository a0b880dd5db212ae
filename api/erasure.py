"""Erasing people, and removing what is older than its source's policy entry allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from audience.named.lists import ACCOUNT, Row
from lake.people import KnownAccounts
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import load_policies
from privacy.pseudonyms import Pseudonyms

_HOW = "name them by source:handle, source:#native_id, profile URL or pseudonym"


class ForgetReport(BaseModel):
    """What left the home. Nobody's name is in it."""

    asked: int
    erased: int = Field(
        description="accounts; they are withheld from now on, whether anything of theirs was kept or not"
    )
    unknown: int = Field(
        description="named nobody that is known; refused rows were searched for the name all the same"
    )
    rows: dict[str, int] = Field(description="rows that left each table, of every version of a row")
    addresses: int = Field(description="addresses of pages about them that were to be asked for again")


class ExpiredRow(BaseModel):
    """Rows of one source in one table that may not stay."""

    source: str
    table: str
    rows: int
    before: datetime = Field(description="collected before this moment")
    why: str = Field(description="older than its source allows, or naming somebody who is withheld")


def forget(home: Home, people: Iterable[Row], role: Role, who: str = "local") -> ForgetReport:
    """Erase people from tables, vault and refused rows, and withhold them from now on. Audited, role admin.

    A native id or pseudonym is withheld even where nothing of it is kept yet. Raises BadInputError for customers, whose
    rows are the user's own, and ConflictError while something is being crawled or imported.
    """
    from crawlers.again import strike
    from lake.erasure import erase, names_of

    require(role, Role.ADMIN)
    asked = list(people)
    if not asked:
        raise BadInputError("the list is empty", _HOW)
    lake, found = Lake(home), _Found(home)
    unknown = sum(not found.take(row) for row in asked)
    for source, known in names_of(lake, found.ids).items():
        found.names.setdefault(source, set()).update(known)
    struck = strike(home, found.names)  # first: a crawl under way refuses it before anything is gone
    rows = erase(lake, found.ids, found.names)
    report = ForgetReport(
        asked=len(asked), erased=len(found.ids), unknown=unknown, rows=rows, addresses=struck
    )
    record(home, who, role, "forget", report.model_dump())
    return report


class _Found:
    """The accounts that rows name, and by which words raw text may name them."""

    def __init__(self, home: Home) -> None:
        self._known, self._pseudonyms = KnownAccounts(home), Pseudonyms.open(home)
        self._sources = {policy.source for policy in load_policies(home)} | self._known.sources
        self.ids: set[str] = set()
        self.names: dict[str, set[str]] = {}

    def take(self, row: Row) -> bool:
        """Note whom a row names; False where that is nobody known, whose name is noted all the same."""
        if account := row.get("account_id"):
            if not ACCOUNT.match(account):
                raise BadInputError(f"{account!r} is no pseudonym", _HOW)
            self.ids.add(account)
            return True
        source, native, handle, url = (row.get(key) or "" for key in ("source", "native_id", "handle", "url"))
        if not native and not handle and not url:
            whom = row.get("customer_id")
            what = f"{whom!r} names no account, at most a customer" if whom else "a row names no account"
            raise BadInputError(f"{what}; what customers did is in your own files", _HOW)
        if not url and source not in self._sources:
            raise BadInputError(
                f"there is no source {source!r}", f"sources: {', '.join(sorted(self._sources))}"
            )
        for one in [source] if source else self._sources:
            self.names.setdefault(one, set()).update(filter(None, (native, handle, url)))
        if native:
            self.ids |= {self._pseudonyms.account(source, one) for one in (native, native.lower())}
            return True
        account_id, why = self._known.named(source, handle, url)
        if account_id is None and why.startswith("several"):
            raise BadInputError(why, _HOW)
        self.ids |= {account_id} if account_id else set()
        return account_id is not None


def enforce_retention(
    home: Home, role: Role, who: str = "local", rehearsal: bool = False
) -> list[ExpiredRow]:
    """Remove what is older than its source's ``retention_days``, refused rows too; a rehearsal counts it. Audited, role admin."""
    from lake.retention import expire

    require(role, Role.ADMIN)
    found = [
        ExpiredRow(source=one.source, table=one.table, rows=one.rows, before=one.before, why=one.why)
        for one in expire(Lake(home), load_policies(home), rehearsal=rehearsal)
    ]
    if not rehearsal:
        record(home, who, role, "retention", {"rows": _by_table(found)})
    return found


def _by_table(found: Sequence[ExpiredRow]) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for one in found:
        rows[f"{one.source}/{one.table}"] += one.rows
    return dict(rows)
