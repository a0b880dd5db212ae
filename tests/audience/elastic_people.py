"""Nine hundred people in small batches, and what may happen between two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pyarrow as pa

from audience.index.people import COLUMNS, person_batches
from lake.schemas import PROFILES
from tests.audience.audience_world import profiles

ACCOUNTS, PEOPLE, BATCH = 1_000, 900, 100


def some_batches(seed: int = 5) -> Iterator[pl.DataFrame]:
    table = pa.Table.from_pylist(profiles(ACCOUNTS, seed), schema=PROFILES.schema).select(list(COLUMNS))
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return person_batches(frame, lambda value: False, size=BATCH)


def batches_then(after: int, event: Callable[[], Any]) -> Callable[[], Iterator[pl.DataFrame]]:
    """The batches; ``event`` happens once after so many of them."""

    def batches() -> Iterator[pl.DataFrame]:
        for number, batch in enumerate(some_batches()):
            if number == after:
                event()
            yield batch

    return batches
