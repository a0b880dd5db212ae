"""Topics of hot lists over their whole time there: what the list shows of each, a row a topic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from nlp.first_sights import ZONE

Floats = npt.NDArray[np.float32]
_HOURS, _DAYS, _STEPS = 24, 7, 10
_RANKS_A_STEP = 5
# Of a topic's own page, with the level and spread of their logarithms on Weibo.
COUNTS = ("reads", "discussions", "originals")
_LEVELS, _SPREAD = np.array([14.0, 7.0, 5.0]), 3.0


def listed_topics(board: pl.DataFrame) -> pl.DataFrame:
    """One row a topic, by first hour: term, category, description, first (UTC hour), hours, rank, best, volume, highest
    and `COUNTS`.

    ``board`` has term, at, rank, volume, advert, category, description and `COUNTS`, a row an hour. ``rank`` and ``volume`` are those of the
    first hour, ``best`` and ``highest`` of all hours. ``category`` is what the source said last, as far as a dash; null
    where it never said one. Topics that were ever an advert are left out.
    """
    rows = board.sort("at", "rank").with_columns(
        pl.col("category").str.split("-").list.first().str.strip_chars().replace("", None)
    )
    found = rows.group_by("term").agg(
        pl.col("category").drop_nulls().last(),
        pl.col("description").drop_nulls().last().fill_null(""),
        pl.col("at").first().alias("first"),
        pl.col("at").n_unique().alias("hours"),
        pl.col("rank").first(),
        pl.col("rank").min().alias("best"),
        pl.col("volume").first(),
        pl.col("volume").max().alias("highest"),
        pl.col(COUNTS).drop_nulls().last(),
        pl.col("advert").fill_null(False).any().alias("advert"),
    )
    return found.filter(~pl.col("advert")).drop("advert").sort("first", "term")


def numbers(topics: pl.DataFrame) -> Floats:
    """Topics x numbers of what is known beside words: time of entry, ranks, heats, hours, forms of the texts, `COUNTS`.

    Hours, weekdays, ranks and hours on the list are steps of their own (one column each), since none of them acts evenly.
    """
    local = topics["first"].dt.convert_time_zone(ZONE)
    term, description = topics["term"], topics["description"]
    columns = [
        _steps(local.dt.hour(), _HOURS),
        _steps(local.dt.weekday() - 1, _DAYS),
        _steps(topics["rank"].fill_null(1_000) // _RANKS_A_STEP, _STEPS),
        _steps(topics["best"].fill_null(1_000) // _RANKS_A_STEP, _STEPS),
        _steps(topics["hours"] - 1, _STEPS),
        np.log1p(topics.select(pl.col("volume", "highest").fill_null(0.0).clip(0.0)).to_numpy()) / 10,
        topics.select(
            length=term.str.len_chars() / 10,
            said=(description.str.len_chars() / 50).clip(0, 5),
            described=description != "",
            same=description == term,
            names=description.str.contains("@", literal=True),
            tags=description.str.contains("#", literal=True),
            headed=description.str.contains("【", literal=True),
        ).to_numpy(),
        _counted(topics),
    ]
    return np.hstack(columns).astype(np.float32)


def _steps(values: pl.Series, most: int) -> Floats:
    """A column a step, 1 at each row's own; what is beyond the last step counts as the last."""
    taken: Floats = np.eye(most, dtype=np.float32)[np.clip(values.cast(pl.Int64).to_numpy(), 0, most - 1)]
    return taken


def _counted(topics: pl.DataFrame) -> Floats:
    """Reads, discussions and original posts as logarithms, which are known, and reads to discussions to original posts."""
    values = topics.select(pl.col(COUNTS).cast(pl.Float64).fill_null(0.0)).to_numpy()
    known = values > 0
    logs = np.where(known, (np.log1p(values) - _LEVELS) / _SPREAD, 0.0)
    ratios = np.where(known[:, :-1] & known[:, 1:], logs[:, :-1] - logs[:, 1:], 0.0) * _SPREAD / 2
    return np.hstack([logs, known, ratios]).astype(np.float32)
