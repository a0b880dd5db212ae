"""What people have declared of themselves, or the user's touchpoints say of them, each with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from audience.index.facts import FACTS


def facts_of(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """The facts of a stored member row, as ``answers.Fact`` has them.

    Nothing is inferred, and nobody is under 18: no younger band is kept. What names a sensitive matter is in no index.
    """
    origins = orjson.loads(row["origins"]) if row["origins"] else {}
    return [
        {"field": field, "value": row[column], "origin": origins.get(column) or usual}
        for column, field, usual in FACTS
        if row[column] is not None
    ]
