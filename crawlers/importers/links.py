"""Which account belongs to which customer: a CSV of ``customer_id,source,native_id`` or ``customer_id,source,handle``.

Links are stated by the user, never inferred. A handle is looked up among the accounts that were collected; an unknown
one is refused, not guessed.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from crawlers.importers.lines import read_lines
from lake.gate import Gate
from lake.people import KnownAccounts
from lake.raw import RawReject, RawRows
from lake.runs import RunLog
from lake.schemas import LINKS
from lake.store import Lake
from privacy import optouts
from privacy.errors import BadInputError, NoPolicyError
from privacy.home import Home
from privacy.policies import Policies, Policy, load_policies
from privacy.pseudonyms import Pseudonyms

FORMAT = "links"
_BATCH = 50_000
_Link = tuple[str, str, str, str]  # customer_id, account_id, source, policy_id


def recognises(path: Path) -> bool:
    """Whether the first line of a file names the columns."""
    if not path.is_file():
        return False
    first = next((lines.texts[0] for lines in read_lines(path, 4096) if lines.texts), "")
    return {"customer_id", "source"} <= set(_cells(first))


def policy_of(home: Home, path: Path) -> Policy:
    """The policy entry of the first source in the file that has one: links need a source that may be collected."""
    policies, first = load_policies(home), ""
    for _, row, _ in _rows(path):
        source = (row or {}).get("source", "")
        first = first or source
        try:
            return policies.for_source(source)
        except NoPolicyError:
            continue
    return policies.for_source(first)


def load(
    home: Home, policy: Policy, path: Path, run_id: str, log: RunLog, on_progress: Callable[[int], None]
) -> tuple[Counter[str], Counter[str], str]:
    """Import a file. Gives the kept rows by source, the refused by reason, and what broke off early (or an empty string)."""
    lake, gate, finder = Lake(home), Gate(home, policy, run_id), _Finder(home)
    sources: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    links: list[_Link] = []
    rejects: list[RawReject] = []
    broke_off = ""

    def keep() -> None:
        clean = gate.admit(RawRows(rejects=rejects))
        lake.append({"links": _table(links, run_id), **clean.tables})
        log.note(clean)
        log.add(rows=len(links))
        sources.update(source for _, _, source, _ in links)
        reasons.update(reject["reason"] for reject in rejects)
        links.clear()
        rejects.clear()
        on_progress(log.counts()["rows"])

    for line, row, reason in _rows(path):
        if row is None and not line:
            broke_off = reason
            continue
        found, reason = (None, reason) if row is None else finder.find(row)
        if found is not None:
            links.append(found)
        else:
            rejects.append({"table": "links", "reason": reason, "row": line})
        if len(links) + len(rejects) >= _BATCH:
            keep()
    keep()
    return sources, reasons, broke_off


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line]), [])]


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str] | None, str]]:
    """(line, row, reason): the row, or None and why; an empty line with a reason says where the file broke off."""
    header: list[str] = []
    for lines in read_lines(path):
        for reason, text in lines.bad:
            yield text, None, reason
        for line in lines.texts:
            cells = _cells(line)
            if not header:
                header = cells
                if not {"customer_id", "source"} <= set(cells) or not {"native_id", "handle"} & set(cells):
                    raise BadInputError(
                        f"{path.name} has the columns {', '.join(cells)}.",
                        "Links need customer_id, source, and native_id or handle.",
                    )
            elif len(cells) != len(header):
                yield line, None, f"the line has {len(cells)} cells, the header {len(header)}"
            else:
                yield line, dict(zip(header, cells, strict=True)), ""
        if lines.broke_off:
            yield "", None, lines.broke_off


class _Finder:
    """Turns a row into a link."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._policies: Policies = load_policies(home)
        self._pseudonyms = Pseudonyms.open(home)
        self._blocked = optouts.blocked(home)

    def find(self, row: dict[str, str]) -> tuple[_Link | None, str]:
        """The link, or None and why there is none."""
        source, customer = row.get("source", ""), row.get("customer_id", "")
        if not customer or not source:
            return None, "customer_id or source is missing"
        try:
            policy_id = self._policies.for_source(source).id
        except NoPolicyError:
            return None, f"source {source} has no policy entry"
        native_id, handle = row.get("native_id", ""), row.get("handle", "")
        if native_id:
            account_id = self._pseudonyms.account(source, native_id)
        elif handle:
            named, reason = self._people.named(source, handle, None)
            if named is None:
                return None, reason
            account_id = named
        else:
            return None, "native_id and handle are missing"
        if account_id in self._blocked:
            return None, "the account opted out"
        return (customer, account_id, source, policy_id), ""

    @cached_property
    def _people(self) -> KnownAccounts:
        return KnownAccounts(self._home)


def _table(links: list[_Link], run_id: str) -> pa.Table:
    now = datetime.now(UTC)
    rows = [
        {
            "customer_id": customer,
            "account_id": account_id,
            "source": source,
            "run_id": run_id,
            "collected_at": now,
            "policy_id": policy_id,
        }
        for customer, account_id, source, policy_id in links
    ]
    return pa.Table.from_pylist(rows, schema=LINKS.schema)
