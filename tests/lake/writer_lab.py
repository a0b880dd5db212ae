"""What the tests of the batch writer share: pages to write, and writers that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from lake.raw import RawRows
from lake.store import Lake
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy
from privacy.pseudonyms import Pseudonyms

POLICY = Policy(
    source="s",
    base_url="http://s.example",
    kind="discourse",
    legal_basis="public",
    fields=ALL_FIELDS,
    terms_url="http://s.example/tos",
)
AT = datetime(2026, 8, 1, tzinfo=UTC)


def page(number: int, posts: int = 3) -> RawRows:
    rows = [
        {
            "native_id": f"{number}-{n}",
            "author_native_id": "小明",
            "author_handle": "小明",
            "created_at": AT,
            "text": "好",
        }
        for n in range(posts)
    ]
    return RawRows(posts=cast(Any, rows))


_WRITE_FOREVER = """
import itertools, sys
sys.path.insert(0, sys.argv[4])
from writer_lab import POLICY, page
from lake.gate import Gate
from lake.store import Lake
from lake.writer import BatchWriter
from privacy.home import Home
lake = Lake(Home.find(sys.argv[1]))
def acknowledge(batch):
    for ack in batch:
        sys.stdout.write(f"{ack}\\n")
    sys.stdout.flush()
writer = BatchWriter(lake, Gate(lake.home, POLICY, "run"), acknowledge, rows=60, seconds=0.05, fast_rows=int(sys.argv[3]))
for number in itertools.count(int(sys.argv[2])):
    writer.add(page(number), number)
"""


def killed_after_a_while(home: Home, start: int, fast_rows: int, seconds: float) -> set[int]:
    """Write pages from number ``start`` on in a process, and kill it; the pages that it had acknowledged."""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", _WRITE_FOREVER, str(home.root), str(start), str(fast_rows), here]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        acknowledged = {int(child.stdout.readline()) for _ in range(60)}
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        return acknowledged | {int(line) for line in child.stdout.read().split(b"\n")[:-1]}


def assert_kept(lake: Lake, acknowledged: set[int]) -> None:
    """These pages are in the lake, no post twice, and none without the name by which it can be found again and erased."""
    ids = Pseudonyms.open(lake.home).posts(
        "s", [f"{number}-{n}" for number in acknowledged for n in range(3)]
    )
    stored = lake.read("posts", ["id"])["id"]
    assert set(ids) <= set(stored)
    assert stored.n_unique() == stored.len()
    names = lake.read("names").filter(pl.col("kind") == "post")["id"]
    assert set(stored) <= set(names)
