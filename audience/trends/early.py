"""Early warning: what is new on hot lists, and how likely each topic is to become big, judged by its first hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from audience.trends.demand import hot_lists, latest_demand
from audience.trends.early_answers import CalibrationBin, EarlyAnswer, EarlyModel, EarlyTopic
from audience.window import window
from graph.intervals import wilson
from lake.early import EARLY_COLUMNS, model_path
from lake.store import Lake
from nlp.early_warning import Check, EarlyWarning
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_LIMIT = 1_000
LONGEST = timedelta(days=31)
# Read before the window: what was listed then is not new, and outcomes of words are taken up from there.
_BEFORE = timedelta(days=17)
_OLD = timedelta(days=90)


def early(
    home: Home,
    since: str | datetime = "24h",
    until: str | datetime | None = None,
    source: str | None = None,
    limit: int = 10,
    role: Role = Role.ANALYST,
) -> EarlyAnswer:
    """New topics of hot lists between two moments, the likeliest to become big first. Needs role analyst.

    Each is judged by the hour in which it was first listed alone; ``until`` is excluded and by default the last hour
    collected.

    Raises:
        BadInputError: no hot list or no model, an unknown source, or a window or limit out of bounds.
    """
    require(role, Role.ANALYST)
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 1 to {MAX_LIMIT:,}")
    lake = Lake(home)
    asked = hot_lists(lake, source)
    start, end = window(since, until, latest_demand(lake))
    if end - start > LONGEST:
        raise BadInputError(
            "the window is longer than a month", "early warning is about what is new: --since 24h"
        )
    models = {
        name: model for name in asked if (model := EarlyWarning.load(model_path(home, name))) is not None
    }
    if not models:
        raise BadInputError(
            "there is no early-warning model yet", "learn one from the lake: renqun mine --early"
        )
    parts = [_Judged(lake, name, model, start, end) for name, model in models.items()]
    rows = pl.concat([part.rows for part in parts]).sort("probability", "term", descending=[True, False])
    return EarlyAnswer(
        since=start,
        until=end,
        topics=[EarlyTopic.model_validate(row) for row in rows.head(limit).to_dicts()],
        new_topics=rows.height,
        models=[_described(name, model) for name, model in models.items()],
        coverage={part.source: part.coverage for part in parts},
        warnings=_warnings(parts, models, asked),
    )


class _Judged:
    """The new topics of one source in a window."""

    def __init__(
        self, lake: Lake, source: str, model: EarlyWarning, since: datetime, until: datetime
    ) -> None:
        begin = min(since, model.until or since) - _BEFORE
        of_source = (pl.col("source") == source) & (pl.col("grain") == "hour")
        within = of_source & (pl.col("at") >= begin) & (pl.col("at") < until)
        board = lake.read("keywords", columns=[*EARLY_COLUMNS, "source", "grain"], where=within)
        self.source, self.rows = source, _empty()
        hours = board.filter(pl.col("at") >= since)["at"].unique()
        self.coverage = round(min(1.0, len(hours) / max(1, (until - since) // timedelta(hours=1))), 4)
        self.late = model.until is not None and until - model.until > _OLD
        if board.is_empty():
            return
        judged = model.judge(board.select(EARLY_COLUMNS)).filter(pl.col("at") >= since)
        later = board.group_by("term").agg(pl.col("volume").max().alias("highest_since"))
        usual = model.became / model.topics
        self.rows = judged.join(later, on="term", how="left").select(
            "term",
            pl.lit(source).alias("source"),
            pl.col("at").alias("first_seen"),
            "rank",
            pl.col("volume").alias("heat"),
            pl.col("probability").round(4),
            (pl.col("probability") / usual).round(1).alias("times_usual"),
            "highest_since",
            "similar",
        )


def _empty() -> pl.DataFrame:
    texts = dict.fromkeys(("term", "source"), pl.String)
    return pl.DataFrame(
        schema={
            **texts,
            "first_seen": pl.Datetime("us", "UTC"),
            "rank": pl.Int64,
            **dict.fromkeys(("heat", "probability", "times_usual", "highest_since"), pl.Float64),
            "similar": pl.String,
        }
    )


def _described(source: str, model: EarlyWarning) -> EarlyModel:
    check = model.check
    if check is None or model.until is None:
        raise ValueError("the model was not fitted")
    return EarlyModel(
        source=source,
        big=model.big,
        learned_until=model.until,
        topics=model.topics,
        became_big=model.became,
        checked_since=check.since,
        checked_topics=check.topics,
        auc=round(check.auc, 4),
        auc_low=round(check.low, 4),
        auc_high=round(check.high, 4),
        calibration=_calibration(check),
    )


def _calibration(check: Check) -> list[CalibrationBin]:
    found = []
    for part in check.bins:
        low, high = wilson(round(part.became * part.topics), part.topics)
        figures = {"told": part.told, "became": part.became, "low": low, "high": high}
        found.append(
            CalibrationBin(topics=part.topics, **{name: round(value, 4) for name, value in figures.items()})
        )
    return found


def _warnings(parts: Sequence[_Judged], models: dict[str, EarlyWarning], asked: Sequence[str]) -> list[str]:
    said = [f"{name} has no model yet: renqun mine --early" for name in asked if name not in models]
    said += [
        f"the model of {part.source} is more than {_OLD.days} days older than this: renqun mine --early"
        for part in parts
        if part.late
    ]
    gaps = [part.source for part in parts if part.coverage < 1]
    if gaps:
        said.append(
            f"hours of {', '.join(gaps)} are missing: a topic is judged in the first hour that was collected, later than it rose"
        )
    return said
