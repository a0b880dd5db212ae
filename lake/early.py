"""Hot lists in the lake, and where the model of each is kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from lake.store import Lake
from privacy.home import Home

EARLY_COLUMNS = ("term", "at", "rank", "volume", "advert", "category")


def board_sources(lake: Lake) -> list[str]:
    """Sources that gave ranked keywords by the hour."""
    if not lake.exists("keywords"):
        return []
    rows = lake.read("keywords", columns=["source", "grain", "rank"], where=pl.col("grain") == "hour")
    return sorted(rows.drop_nulls("rank")["source"].unique().to_list())


def model_path(home: Home, source: str) -> Path:
    """The file of a source's early-warning model."""
    return home.models / "early" / f"{hashlib.sha256(source.encode()).hexdigest()[:16]}.joblib"
