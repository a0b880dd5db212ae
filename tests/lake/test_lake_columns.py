"""Columns that the gate makes for every table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from lake.columns import months
from lake.frames import TIME


def test_months_are_those_of_utc_and_nothing_has_none() -> None:
    moments = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 230_000, 7)]
    moments += [datetime(2026, 7, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)]
    made = months(pl.Series("at", moments, TIME))
    assert made.name == "month"
    assert made.to_list() == [f"{moment:%Y-%m}" for moment in moments]
    assert months(pl.Series("at", [], TIME)).to_list() == []
