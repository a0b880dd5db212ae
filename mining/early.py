"""Fit the early warning of each hot list on its own history in the lake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from lake.early import EARLY_COLUMNS, board_sources, model_path
from lake.store import Lake
from nlp.early_warning import EarlyWarning, TooLittlePastError
from nlp.first_sights import first_sights, peaks
from privacy.errors import BadInputError
from privacy.home import Home

# Without a heat given, big is what one topic in so many reaches.
_ONE_IN = 40


@dataclass(frozen=True, slots=True)
class EarlyFit:
    """What was learned of one source: topics, how many became big, and the AUC on topics not learned from."""

    source: str
    big: float
    until: datetime
    topics: int
    became: int
    auc: float


def fit_early(
    home: Home, big: float | None = None, say: Callable[[str], None] = lambda text: None
) -> list[EarlyFit]:
    """Learn from every hot list that was collected by the hour, and save a model a source.

    ``big`` is the heat that counts as big; by default, of each source, what one topic in forty reaches.

    Raises:
        BadInputError: no hot list was collected, or none for long enough to learn from.
    """
    if big is not None and not big > 0:
        raise BadInputError("the heat that counts as big must be above 0", "for example --big 1000000")
    lake = Lake(home)
    sources = board_sources(lake)
    if not sources:
        raise BadInputError(
            "no hot list was collected by the hour",
            "collect one: renqun crawl keywords, or renqun import weibo-hot FOLDER",
        )
    found, short = [], []
    for source in sources:
        say(f"early warning of {source}")
        where = (pl.col("source") == source) & (pl.col("grain") == "hour")
        board = lake.read("keywords", columns=[*EARLY_COLUMNS, "source", "grain"], where=where)
        try:
            model = EarlyWarning(big or _usual_big(board)).fit(board.select(EARLY_COLUMNS))
        except TooLittlePastError as few:
            short.append(f"{source}: {few}")
            continue
        model.save(model_path(home, source))
        auc = model.check.auc if model.check else float("nan")
        found.append(EarlyFit(source, model.big, _known(model), model.topics, model.became, auc))
    if not found:
        raise BadInputError(
            f"too little was collected to learn from ({'; '.join(short)})",
            "go on collecting for some weeks, or take a lower heat: --big",
        )
    return found


def _usual_big(board: pl.DataFrame) -> float:
    """The heat that one topic in forty reaches, in two digits."""
    sights = first_sights(board)
    if sights.is_empty():
        return 1.0
    reached = float(np.quantile(peaks(board, sights)["peak"].to_numpy(), 1 - 1 / _ONE_IN))
    digits = 10 ** (np.floor(np.log10(max(reached, 1.0))) - 1)
    return float(np.round(reached / digits) * digits)


def _known(model: EarlyWarning) -> datetime:
    if model.until is None:
        raise ValueError("the model was not fitted")
    return model.until
