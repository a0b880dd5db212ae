"""The ``runs`` table: one row a crawl, import or snapshot, rewritten while it goes on (the latest wins)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from lake.gate import CleanRows
from lake.schemas import RUNS
from lake.store import Lake

if TYPE_CHECKING:
    from privacy.policies import Policy

COUNTS = ("asked", "fetched", "forbidden", "blocked", "empty", "truncated", "rejected", "rows")
_MEASURED = ("posts", "accounts", "keywords")
_ROW_TABLES = ("posts", "accounts", "edges", "keywords")


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
        self._filled: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._written = 0.0

    def add(self, **counts: int) -> None:
        """Add to asked, fetched, forbidden, blocked, empty, truncated, rejected or rows."""
        with self._lock:
            for name, count in counts.items():
                if name not in COUNTS:
                    raise ValueError(f"a run has no count {name!r}")
                self._counts[name] += count

    def note(self, clean: CleanRows) -> None:
        """Take in what the gate let through: rows, rejects and how full each column is."""
        with self._lock:
            self._counts["rejected"] += clean.counts["rejected"]
            self._counts["rows"] += sum(clean.counts[name] for name in _ROW_TABLES)
            for name in _MEASURED:
                table = clean.tables.get(name)
                if table is not None:
                    self._seen[name] += table.num_rows
                    for column in table.column_names:
                        self._filled[f"{name}.{column}"] += table.num_rows - table[column].null_count

    def write(self, status: str = "running", message: str = "") -> None:
        """Write the row as it stands; any status but ``running`` ends the run."""
        with self._lock:
            row = {
                **self._fixed,
                "ended_at": None if status == "running" else datetime.now(UTC),
                "status": status,
                "message": message or None,
                "completeness": json.dumps(self._completeness()),
                "decisions": json.dumps({}),
                "warnings": json.dumps([]),
                **{name: self._counts[name] for name in COUNTS},
            }
            self._written = time.monotonic()
        self._lake.append({"runs": pa.Table.from_pylist([row], schema=RUNS.schema)})
        if status != "running":
            self._lake.compact("runs")

    def write_if_older(self, seconds: float) -> None:
        """Write the row if it was not written for this long."""
        if time.monotonic() - self._written >= seconds:
            self.write()

    def counts(self) -> dict[str, int]:
        """The counts so far."""
        with self._lock:
            return {name: self._counts[name] for name in COUNTS}

    def _completeness(self) -> dict[str, float]:
        return {
            name: round(count / self._seen[name.split(".")[0]], 4)
            for name, count in sorted(self._filled.items())
        }
