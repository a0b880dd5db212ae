"""The ``runs`` table: one row a crawl, import or snapshot, rewritten while it goes on (the latest wins)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from lake import upkeep
from lake.completeness import LAST, Field, compare
from lake.gate import CleanRows
from lake.measured import Measured, measure
from lake.newness import new_and_updated
from lake.schemas import RUNS
from lake.store import Lake
from privacy.errors import RenqunError

if TYPE_CHECKING:
    from privacy.policies import Policy

RUNNING = "running"
COUNTS = ("asked", "fetched", "forbidden", "blocked", "empty", "truncated", "rejected", "rows")
_OPT_OUT = "optout/"
# Accounts that were kept all the same, without their follows; those are counted as edges.
_IN_PART = f"{_OPT_OUT}hide_collections"
_ROW_TABLES = ("posts", "accounts", "edges", "keywords", "touchpoints")


class RunLog:
    """What one run asked for and got. May be used from several threads."""

    def __init__(
        self,
        lake: Lake,
        run_id: str,
        kind: str,
        spider: str,
        policy: Policy,
        at: datetime | None = None,
    ) -> None:
        self._lake = lake
        self._started = datetime.now(UTC)
        self._fixed = {
            "run_id": run_id,
            "kind": kind,
            "spider": spider,
            "source": policy.source,
            "policy_id": policy.id,
            "at": at or self._started,
            "started_at": self._started,
        }
        self._counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
        self._decisions: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._months: set[str] = set()
        self._lock = threading.Lock()
        self._written = 0.0

    def add(self, **counts: int) -> None:
        """Add to asked, fetched, forbidden, blocked, empty, truncated, rejected or rows."""
        with self._lock:
            for name, count in counts.items():
                if name not in COUNTS:
                    raise ValueError(f"a run has no count {name!r}")
                self._counts[name] += count

    def decide(self, decisions: Mapping[str, float]) -> None:
        """Add decisions under their slash names: how often each was made, or the seconds that it took."""
        with self._lock:
            self._decisions.update(decisions)

    def note(self, batch: CleanRows | Measured) -> None:
        """Take in what the gate let through: rows, rejects, what it kept out, and how full each column is."""
        measured = measure(batch) if isinstance(batch, CleanRows) else batch
        with self._lock:
            self._decisions.update(decisions_of(measured.counts))
            self._counts["rejected"] += measured.counts["rejected"]
            self._counts["rows"] += sum(measured.counts[name] for name in _ROW_TABLES)
            self._seen.update(measured.seen)
            self._filled.update(measured.filled)
            self._months |= measured.months

    def write(self, status: str = RUNNING, message: str = "") -> str:
        """Write the row as it stands; any status but ``running`` ends the run. Gives the message that was written.

        At its end the run is held beside the earlier ones: what is new, and which fields are emptier than usual, which
        is told behind ``message``. So the tables are to be tidied after this, not before.
        """
        new = updated = None
        warnings: list[str] = []
        if status != RUNNING:
            new, updated = self._new_and_updated()
            warnings = [f"{field}." for field in self.compared() if field.fell]
            message = " ".join([message, *(f"Warning: {warning}" for warning in warnings)]).strip()
        with self._lock:
            row = {
                **self._fixed,
                "ended_at": None if status == RUNNING else datetime.now(UTC),
                "status": status,
                "message": message or None,
                "completeness": json.dumps(self._completeness()),
                "decisions": json.dumps({name: round(n) for name, n in sorted(self._decisions.items())}),
                "warnings": json.dumps(warnings, ensure_ascii=False),
                "new": new,
                "updated": updated,
                **{name: self._counts[name] for name in COUNTS},
            }
            self._written = time.monotonic()
        self._lake.append({"runs": pa.Table.from_pylist([row], schema=RUNS.schema)})
        if status != RUNNING:
            upkeep.compact(self._lake.home, "runs")
        return message

    def compared(self) -> list[Field]:
        """How full each field is, beside the last runs of this source by this spider."""
        with self._lock:
            now, rows = self._completeness(), dict(self._seen)
        fixed = self._fixed
        return compare(
            now,
            earlier_completeness(
                self._lake, str(fixed["source"]), str(fixed["spider"]), str(fixed["kind"]), self._started
            ),
            rows,
        )

    def write_if_older(self, seconds: float) -> None:
        """Write the row if it was not written for this long."""
        if time.monotonic() - self._written >= seconds:
            self.write()

    def counts(self) -> dict[str, int]:
        """The counts so far."""
        with self._lock:
            return {name: self._counts[name] for name in COUNTS}

    def withheld(self) -> dict[str, int]:
        """Rows of which nothing was kept so far, by what kept them out."""
        with self._lock:
            return withheld_of({name: round(count) for name, count in self._decisions.items()})

    def _new_and_updated(self) -> tuple[int | None, int | None]:
        """Both are unknown, not nothing, where the posts cannot be read."""
        try:
            return new_and_updated(
                self._lake, str(self._fixed["run_id"]), str(self._fixed["source"]), self._months
            )
        except RenqunError:
            return None, None

    def _completeness(self) -> dict[str, float]:
        return {
            name: round(count / self._seen[name.split(".")[0]], 4)
            for name, count in sorted(self._filled.items())
        }


def decisions_of(counts: Mapping[str, int]) -> dict[str, int]:
    """The decisions that the gate's counts tell of: ``withheld.minor`` is ``optout/minor``."""
    return {
        f"{_OPT_OUT}{name.removeprefix('withheld.')}": count
        for name, count in counts.items()
        if name.startswith("withheld.")
    }


def withheld_of(decisions: Mapping[str, int]) -> dict[str, int]:
    """Of a run's decisions the rows (of a crawl also pages) of which nothing was kept, by what kept them out: ``minor``."""
    return {
        name.removeprefix(_OPT_OUT): count
        for name, count in sorted(decisions.items())
        if name.startswith(_OPT_OUT) and name != _IN_PART and count
    }


def earlier_completeness(
    lake: Lake, source: str, spider: str, kind: str, before: datetime
) -> list[dict[str, float]]:
    """The completeness of the last runs that began before a moment and got rows, newest first."""
    import polars as pl

    same = (pl.col("source") == source) & (pl.col("spider") == spider) & (pl.col("kind") == kind)
    ended = (pl.col("started_at") < before) & (pl.col("status") != RUNNING)
    measured = pl.col("completeness").fill_null("{}") != "{}"
    rows = lake.read("runs", ["started_at", "completeness"], where=same & ended & measured)
    return [json.loads(text) for text in rows.sort("started_at", descending=True)["completeness"].head(LAST)]
