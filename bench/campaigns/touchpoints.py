"""A million touchpoints by customer id, end to end: import, mining, value, a campaign counted from them, its report.

Everything runs in one process of its own, which tells processor seconds of each step, and its highest memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from audience.index.build import build
from audience.worth.value import value
from bench.campaigns.shoppers import touchpoints
from bench.child import Steps, in_child, memory
from bench.figures import Figure, Say
from campaigns.answers import Settings
from campaigns.make import create
from campaigns.report import report
from campaigns.touched import take_touchpoints
from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from mining.run import mine
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy, add_policy

CUSTOMERS, DAYS = 80_000, 300
_QUICK_CUSTOMERS = 4_000
_PRODUCTS = 200
_STEPS = {
    "import": "import of a CSV",
    "mine": "mining: value, chances of buying, features",
    "index": "the index of its customers",
    "value": "what they are worth (renqun value)",
    "create": "a campaign of all of them, split in strata",
    "outcomes": "its outcomes, from the touchpoints",
    "report": "its report",
}


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """Processor seconds of each step, and the highest memory."""
    say("touchpoints of a shop, end to end …")
    told = in_child("bench.campaigns.touchpoints:walk", str(_QUICK_CUSTOMERS if quick else CUSTOMERS))
    task = f"{told['rows']:,} touchpoints of {told['people']:,} customers"
    for step, metric in _STEPS.items():
        yield Figure(
            task=task,
            metric=metric,
            value=round(told["cpu"][step], 2),
            unit="s CPU",
            lower_is_better=True,
            seconds=round(told["wall"][step], 2),
        )
    yield Figure(
        task=task, metric="highest memory", value=round(told["memory"] / 1e6), unit="MB", lower_is_better=True
    )


def walk(customers: str) -> dict[str, Any]:
    """Make a shop's export, and go the whole way with it in a home of its own."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    steps = Steps()
    with tempfile.TemporaryDirectory(prefix="renqun-bench-") as folder:
        home, file = Home(Path(folder) / "home"), Path(folder) / "orders.csv"
        rows = _export(int(customers), end, file)
        add_policy(home, _policy())
        options = Options("crm", table="touchpoints")
        [imported] = steps.time("import", lambda: import_files(home, [file], "table", options))
        assert imported.good, imported.message
        steps.time("mine", lambda: mine(home, as_of=end))
        steps.time("index", lambda: build(home))
        found = steps.time("value", lambda: value(home))
        settings = Settings(strata=("value",), max_contacts=100, cool_down_days=0)
        starts = end - timedelta(days=60)
        steps.time("create", lambda: create(home, "bench", "", settings, starts, past=True))
        steps.time("outcomes", lambda: take_touchpoints(home, "bench"))
        steps.time("report", lambda: report(home, "bench", scale=1_000_000))
        return steps.to_dict(rows=rows, people=found.people, memory=memory()["VmHWM"])


def _export(customers: int, end: datetime, file: Path) -> int:
    """Write a shop's rows as its system would: by customer id, with what was bought."""
    frame = touchpoints(customers, DAYS, end, seed=3)
    number = pl.col("customer_id").str.slice(1).cast(pl.Int64) + pl.col("at").dt.ordinal_day()
    bought = pl.when(pl.col("kind") == "purchase").then(pl.format("货品{}", number % _PRODUCTS))
    frame.select(
        pl.col("id").alias("number"),
        "customer_id",
        pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "kind",
        bought.alias("what"),
        "amount",
        "outcome",
    ).write_csv(file)
    return frame.height


def _policy() -> Policy:
    return Policy(
        source="crm",
        base_url="https://crm.example",
        kind="table",
        terms_url="bench:",
        legal_basis="generated for a benchmark",
        fields=ALL_FIELDS,
    )
