"""Early warning learns from a list's own past, judges by the first hour alone, and says how far it can be trusted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from nlp.early_warning import EarlyWarning, TooLittlePastError
from nlp.first_sights import NUMBERS, first_sights, peaks
from tests.nlp.hot_list import BIG, hot_list, moment

SPLIT = moment(24 * 36)


@pytest.fixture(scope="module")
def board() -> pl.DataFrame:
    return hot_list()


@pytest.fixture(scope="module")
def model(board: pl.DataFrame) -> EarlyWarning:
    return EarlyWarning(BIG).fit(board.filter(pl.col("at") < SPLIT))


def later(model: EarlyWarning, board: pl.DataFrame) -> pl.DataFrame:
    judged = model.judge(board).filter(pl.col("at") >= SPLIT)
    peak = peaks(board, judged)["peak"]
    return judged.with_columns(peak.alias("peak"), (peak >= BIG).alias("big"))


def test_titles_tell_more_than_the_first_heat(model: EarlyWarning, board: pl.DataFrame) -> None:
    judged = later(model, board)
    told = roc_auc_score(judged["big"], judged["probability"])
    assert told > roc_auc_score(judged["big"], judged["volume"]) + 0.05
    assert judged.filter(pl.col("volume") >= BIG).is_empty(), "what is big at first sight needs no warning"
    strong, weak = (
        float(np.mean(judged.filter(pl.col("term").str.contains(words))["probability"].to_numpy()))
        for words in ("突发大火|决赛夺冠|官宣结婚", "食堂")
    )
    assert strong > 3 * weak


def test_chances_told_are_near_the_shares(model: EarlyWarning, board: pl.DataFrame) -> None:
    assert model.check is not None
    assert sum(part.topics for part in model.check.bins) == model.check.topics
    assert model.check.low < model.check.auc < model.check.high
    judged = later(model, board)
    mean = judged.select(pl.col("probability").mean()).item()
    assert mean == pytest.approx(judged.select(pl.col("big").mean()).item(), abs=0.03)


def test_nothing_later_than_the_first_hour_is_used(model: EarlyWarning, board: pl.DataFrame) -> None:
    now = SPLIT + timedelta(days=4, hours=5)
    live = model.judge(board.filter(pl.col("at") <= now)).filter(pl.col("at") >= SPLIT)
    changed = board.with_columns(
        pl.when(pl.col("at") > now).then(pl.col("volume") * 50).otherwise("volume").alias("volume"),
        pl.when(pl.col("at") > now).then(pl.lit("换了")).otherwise("category").alias("category"),
    )
    replayed = model.judge(changed).filter(pl.col("at") >= SPLIT, pl.col("at") <= now)
    assert live.height > 100
    assert live["term"].to_list() == replayed["term"].to_list()
    np.testing.assert_allclose(live["probability"], replayed["probability"], rtol=1e-9)


def test_judging_changes_no_model(model: EarlyWarning, board: pl.DataFrame, tmp_path: Path) -> None:
    once, twice = (model.judge(board)["probability"] for _ in range(2))
    assert once.equals(twice)
    model.save(tmp_path / "m" / "one.joblib")
    again = EarlyWarning.load(tmp_path / "m" / "one.joblib")
    assert again is not None
    assert again.check == model.check
    np.testing.assert_allclose(again.judge(board)["probability"], once)
    assert EarlyWarning.load(tmp_path / "absent") is None
    (tmp_path / "broken").write_bytes(b"no model")
    assert EarlyWarning.load(tmp_path / "broken") is None


def test_a_list_without_categories_is_enough(board: pl.DataFrame) -> None:
    bare = board.filter(pl.col("at") < SPLIT).with_columns(pl.lit(None, dtype=pl.String).alias("category"))
    found = EarlyWarning(BIG).fit(bare)
    assert found.check is not None
    assert found.check.auc > 0.7


def test_a_heat_that_none_reaches_is_refused(board: pl.DataFrame) -> None:
    with pytest.raises(TooLittlePastError, match="reached a heat of"):
        EarlyWarning(1e12).fit(board)


@pytest.mark.parametrize("days", [0, 1, 8])
def test_too_short_a_past_is_refused(board: pl.DataFrame, days: int) -> None:
    few = board.filter(pl.col("at") < moment(24 * days))
    with pytest.raises(TooLittlePastError):
        EarlyWarning(BIG).fit(few)


def test_first_sights_leave_out_adverts_heatless_rows_and_the_first_snapshot(board: pl.DataFrame) -> None:
    few = board.filter(pl.col("at") < moment(50))
    advert = few.with_columns(pl.lit("广告").alias("term"), pl.lit(True).alias("advert")).head(60)
    blank = few.with_columns(pl.lit("空").alias("term"), pl.lit(0.0).alias("volume")).head(60)
    sights = first_sights(pl.concat([few, advert, blank]))
    assert not {"广告", "空"} & set(sights["term"])
    assert min(sights["at"].to_list()) > min(few["at"].to_list())
    assert sights["term"].n_unique() == sights.height
    assert sights.select(NUMBERS).null_count().sum_horizontal().item() == 0
    after_gap = sights.filter(pl.col("at") == moment(25))
    assert after_gap["gap"].to_list() == [2.0] * after_gap.height
    assert first_sights(board.clear()).is_empty()
