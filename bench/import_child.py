"""One import of a benchmark, in a process of its own: ``python -m bench.import_child HOME HOW FILE``."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.child import memory
from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from lake.gate import Gate
from lake.raw import RawPost, RawRows
from lake.store import Lake
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy, add_policy

_BATCH = 10_000


def main(home_dir: str, how: str, file: str) -> dict[str, float]:
    """Import the file; ``how`` is a format, or ``rows`` for the way without frames."""
    home = Home(Path(home_dir))
    policy = Policy(
        source="weibo",
        base_url="https://weibo.com",
        kind="weibo",
        terms_url="bench:",
        legal_basis="generated for a benchmark",
        fields=ALL_FIELDS,
        timezone="Asia/Shanghai",
    )
    add_policy(home, policy)
    options = Options("weibo", table="edges" if how == "table" else None)
    began, cpu = time.monotonic(), time.process_time()
    if how == "rows":
        _row_by_row(home, policy, Path(file))
    else:
        import_files(home, [Path(file)], how, options)
    seconds, cpu, peak = time.monotonic() - began, time.process_time() - cpu, memory()["VmHWM"]
    kept = Lake(home).read("edges", ["src"]) if how == "table" else Lake(home).read("posts", ["id"])
    return {"rows": kept.height, "seconds": seconds, "cpu": cpu, "peak_mb": peak / 1e6}


def _row_by_row(home: Home, policy: Policy, file: Path) -> int:
    lake, gate, rows = Lake(home), Gate(home, policy, "rows"), 0
    for posts in _batches(file):
        clean = gate.admit(RawRows(posts=posts))
        lake.append(clean.tables)
        rows += clean.counts["posts"]
    return rows


def _batches(file: Path) -> Iterator[list[RawPost]]:
    batch: list[RawPost] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            batch.append(_post(row))
            if len(batch) == _BATCH:
                yield batch
                batch = []
    yield batch


def _post(row: dict[str, str]) -> RawPost:
    local = datetime.strptime(row["发布时间"], "%Y-%m-%d %H:%M")
    return {
        "native_id": row["id"],
        "author_native_id": row["user_id"],
        "author_handle": row["用户昵称"],
        "created_at": local.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC),
        "text": row["微博正文"],
        "hashtags": row["话题"].split(",") if row["话题"] else [],
        "repost_of_native_id": row["retweet_id"] or None,
        "likes": _count(row["点赞数"]),
        "replies": _count(row["评论数"]),
        "reposts": _count(row["转发数"]),
    }


def _count(cell: str) -> int:
    return round(float(cell[:-1]) * 10_000) if cell.endswith("万") else int(cell)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4])))
