"""``renqun rejects retry``: refused rows are taken again, after whatever refused them was mended.

=====================================  ====================================================================
what was refused                       what becomes of it
=====================================  ====================================================================
a row, by the gate                     goes through the gate again, whether a crawl or an import brought it
an item of a page, by its parser       is read again where the item alone is enough (Mastodon's statuses and
                                       accounts), and goes through the gate; of others the page is put back
a page                                 is put back: the next crawl of its source asks for it again
a line of a file, by its importer      stays: the file is to be imported again
anything else                          stays: its source is to be crawled again
=====================================  ====================================================================

A row that passes is written as collected when it first came, so that it does not stand in for what was collected since,
and leaves the rejects. One that is refused again stays with the reason of today. Rows are written before the rejects
are removed: a kill between the two repeats work and loses nothing.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pyarrow as pa

from crawlers.again import ask_of, put_back
from crawlers.protocols.mastodon import parse_account, parse_timeline
from crawlers.protocols.page import Ask, BadPage
from crawlers.registry import SPIDERS
from lake import upkeep
from lake.frames import FRAMES
from lake.gate import CleanRows, Gate
from lake.locks import Claim, writer_lock
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from privacy.errors import NoPolicyError
from privacy.home import Home
from privacy.policies import Policy, load_policies

KIND = "retry"
_TIMES = ("created_at", "registered_at", "last_active_at", "at")
_ROWS = ("posts", "accounts", "edges", "keywords", "touchpoints")
_TOGETHER = 10_000  # rows written by one commit
_ITEMS: dict[tuple[str, str], Callable[[bytes], RawRows]] = {
    ("mastodon", "posts"): lambda item: parse_timeline(b"[" + item + b"]", "").rows,
    ("mastodon", "accounts"): lambda item: parse_account(item, "").rows,
}
IMPORT_AGAIN = "stood in files: mend the lines where they are wrong, then"
CRAWL_AGAIN = "need their page: crawl their source again"
NO_POLICY = "have no policy entry any more: add one with renqun sources add"


@dataclass(slots=True)
class RetryReport:
    """What became of the rows that were taken again. ``kept`` counts those that stay, by what is to be done."""

    taken: int = 0
    passed: int = 0  # they are in the lake now
    put_back: int = 0  # pages that the next crawl asks for
    refused: Counter[str] = field(default_factory=Counter)  # again, by the reason of today
    kept: Counter[str] = field(default_factory=Counter)
    run_ids: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(slots=True)
class _Refused:
    """One row of the rejects, as far as it could be read back."""

    id: str
    table: str
    collected_at: datetime
    spider: str
    row: dict[str, Any]


def retry(home: Home, source: str | None = None, reason: str | None = None) -> RetryReport:
    """Take the refused rows again, of one source or all, with one reason or any.

    Raises ConflictError where a source of them is being crawled or imported.
    """
    lake, report = Lake(home), RetryReport()
    wanted = pl.lit(True)
    wanted = wanted if source is None else wanted & (pl.col("source") == source)
    wanted = wanted if reason is None else wanted & (pl.col("reason") == reason)
    rows = lake.read("rejects", where=wanted)
    runs = lake.read("runs", ["run_id", "kind", "spider"])
    origin = {run_id: (kind, spider) for run_id, kind, spider in runs.iter_rows()}
    report.taken = rows.height
    for (name,), mine in rows.sort("collected_at", "id").group_by("source", maintain_order=True):
        try:
            policy = load_policies(home).for_source(str(name))
        except NoPolicyError:
            report.kept[NO_POLICY] += mine.height
            continue
        claim = Claim(
            writer_lock(lake.home, policy.source), f"writing {policy.source} into this home already"
        )
        try:
            _Retry(home, policy, report).take(mine, origin)
        finally:
            claim.release()
    return report


class _Retry:
    """The rejects of one source."""

    def __init__(self, home: Home, policy: Policy, report: RetryReport) -> None:
        self._home, self._policy, self._report = home, policy, report
        self._lake = Lake(home)
        self._gone: list[str] = []
        self._moment = datetime.now(UTC)  # what the gate takes for now: when its rows were collected

    def take(self, rows: pl.DataFrame, origin: dict[str, tuple[str, str]]) -> None:
        """Sort them by what can be done, and do it."""
        again: list[_Refused] = []
        pages: dict[str, list[Ask]] = defaultdict(list)
        for row in rows.iter_rows(named=True):
            kind, spider = origin.get(row["run_id"], ("", ""))
            refused = _read_back(row, spider)
            if refused is not None and (_is_row(refused) or self._parser(refused)):
                again.append(refused)
            elif refused is not None and (page := _page_of(refused)) is not None:
                pages[refused.spider].append(page)
                self._gone.append(refused.id)
            else:
                self._report.kept[_what_to_do(kind, spider)] += 1
        for spider, asks in pages.items():
            put_back(self._home, spider, self._policy.source, asks)
            self._report.put_back += len(asks)
        if again:
            self._pass(again)
        upkeep.remove(self._lake.home, "rejects", self._gone)

    def _parser(self, refused: _Refused) -> Callable[[bytes], RawRows] | None:
        """What reads this item without its page; None also where the item was too long to be kept whole."""
        try:
            json.loads(refused.row["item"])
        except (KeyError, TypeError, ValueError):
            return None
        return _ITEMS.get((refused.spider, refused.table))

    def _pass(self, again: list[_Refused]) -> None:
        """Through the gate with them, in a run of its own."""
        run_id = f"{KIND}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        log = RunLog(self._lake, run_id, KIND, KIND, self._policy)
        log.write()
        passed = 0
        for clean, taken in self._admitted(again, run_id):
            refused = clean.tables.get("rejects")
            still = set() if refused is None else set(refused["id"].to_pylist())
            if refused is not None:
                self._report.refused.update(refused["reason"].to_pylist())
            passed += len(taken) - len(still)
            self._lake.append(clean.tables)
            self._gone += [one.id for one in taken if one.id not in still]
            log.note(clean)
        self._report.passed += passed
        self._report.run_ids.append(run_id)
        log.write("ok", f"{len(again)} refused rows were taken again, {passed} of them passed.")

    def _admitted(self, again: list[_Refused], run_id: str) -> Iterator[tuple[CleanRows, list[_Refused]]]:
        """Clean rows in parts large enough to be written: those of one moment go through the gate together."""
        gate = Gate(self._home, self._policy, run_id, clock=lambda: self._moment)
        parts: list[CleanRows] = []
        taken: list[_Refused] = []
        by_moment: dict[datetime, list[_Refused]] = defaultdict(list)
        for one in again:
            by_moment[one.collected_at].append(one)
        for self._moment, together in by_moment.items():
            parts.append(gate.admit(self._raw(together)))
            taken += together
            if len(taken) >= _TOGETHER:
                yield _joined(parts), taken
                parts, taken = [], []
        if taken:
            yield _joined(parts), taken

    def _raw(self, together: list[_Refused]) -> RawRows:
        raw = RawRows()
        for one in together:
            parser = self._parser(one) if "item" in one.row else None
            if parser is None:
                getattr(raw, one.table).append(one.row)
                continue
            try:
                rows = parser(one.row["item"].encode("utf-8", "surrogatepass"))
            except BadPage as bad:
                rows = RawRows(rejects=[{"table": one.table, "reason": bad.reason, "row": one.row}])
            for reject in rows.rejects if "page" in one.row else ():
                reject["row"]["page"] = one.row["page"]
            raw.extend(rows)
        return raw


def _read_back(row: dict[str, Any], spider: str) -> _Refused | None:
    """The row as it was refused; None where it is none of ours (a line of a file, or cut off)."""
    try:
        kept = json.loads(row["row"])
    except (TypeError, ValueError):
        return None
    if not isinstance(kept, dict):
        return None
    for key in _TIMES:
        if isinstance(kept.get(key), str):
            kept[key] = _moment(kept[key])
    page = kept.get("page")
    spider = str(page.get("spider")) if isinstance(page, dict) else spider
    return _Refused(row["id"], row["table"], row["collected_at"], spider, kept)


def _is_row(refused: _Refused) -> bool:
    """Whether it is a row as the gate refuses them, and not a line of a file or an item of a page."""
    return bool(refused.row) and refused.table in _ROWS and refused.row.keys() <= FRAMES[refused.table].keys()


def _page_of(refused: _Refused) -> Ask | None:
    """The page that it is or stood on, where its spider can ask for it again."""
    if refused.spider not in SPIDERS:
        return None
    try:
        return ask_of(refused.row if "meta" in refused.row else refused.row["page"])
    except (KeyError, TypeError):
        return None


def _what_to_do(kind: str, spider: str) -> str:
    return f"{IMPORT_AGAIN} renqun import {spider} PATH" if kind == "import" else CRAWL_AGAIN


def _moment(text: str) -> datetime | date | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _joined(parts: list[CleanRows]) -> CleanRows:
    """The tables of several batches as one, in the gate's order."""
    names = dict.fromkeys(name for part in parts for name in part.tables)
    order = [name for name in ("names", *_ROWS, "rejects") if name in names]
    tables = {
        name: pa.concat_tables([part.tables[name] for part in parts if name in part.tables]) for name in order
    }
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.counts)
    return CleanRows(tables, counts)
