"""Weibo's hot topics (weibo_hot_hourly) as the tasks of this package read them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

from bench.data import shared

FILE = "weibo_hot_hourly/topics.jsonl.gz"


def hot_topics() -> Iterator[dict[str, Any]]:
    """Every topic as the file has it: title, category_top, description, first_hour …; `NoDataError` where absent."""
    with gzip.open(shared(FILE), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
