"""Early warning asked of a lake: through the questions, the command line and the route, with its failures."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from audience.trends.early import early
from lake.early import model_path
from lake.schemas import KEYWORDS
from lake.store import Lake
from mining.early import fit_early
from privacy.disclosure import Role
from privacy.errors import BadInputError
from privacy.home import Home
from tests.nlp.hot_list import BIG, START, hot_list, moment

DAYS = 40


def keep(home: Home, board: pl.DataFrame) -> None:
    """Write a hot list as collecting would."""
    rows = board.with_columns(
        pl.lit("hour").alias("grain"),
        pl.col("at").dt.strftime("%Y-%m").alias("month"),
        pl.lit("hot").alias("source"),
        pl.lit("r").alias("run_id"),
        pl.lit("p").alias("policy_id"),
        pl.col("at").alias("collected_at"),
        pl.lit(None, dtype=pl.String).alias("description"),
        pl.lit(None, dtype=pl.List(pl.String)).alias("related"),
        *(pl.lit(None, dtype=pl.Int64).alias(name) for name in ("reads", "discussions", "originals")),
    )
    Lake(home).append({"keywords": rows.select(KEYWORDS.schema.names).to_arrow().cast(KEYWORDS.schema)})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    where = Home(tmp_path_factory.mktemp("early"))
    board = hot_list(DAYS)
    keep(where, board.filter(pl.col("at") < moment(24 * (DAYS - 3))))
    fit = fit_early(where, BIG)[0]
    assert (fit.source, fit.big) == ("hot", BIG)
    keep(where, board.filter(pl.col("at") >= moment(24 * (DAYS - 3))))
    return where


def test_the_likeliest_come_first_with_what_they_rest_on(home: Home) -> None:
    answer = early(home, since="2d", limit=50)
    told = [topic.probability for topic in answer.topics]
    assert told == sorted(told, reverse=True)
    assert answer.new_topics > 50
    assert all(answer.since <= topic.first_seen < answer.until for topic in answer.topics)
    assert all(topic.heat < BIG for topic in answer.topics)
    first = answer.topics[0]
    assert any(words in first.term for words in ("突发大火", "决赛夺冠", "官宣结婚"))
    assert first.times_usual > 2
    model = answer.models[0]
    assert model.auc_low < model.auc < model.auc_high
    assert len(model.calibration) == 8
    assert all(part.low <= part.became <= part.high for part in model.calibration)
    assert model.learned_until < answer.since + timedelta(days=1)
    assert any("hours of hot are missing" in warning for warning in answer.warnings), (
        "08 o'clock is never collected"
    )


def test_what_happened_later_is_told_beside_and_changes_no_chance(home: Home) -> None:
    then = moment(24 * (DAYS - 1))
    live = {topic.term: topic for topic in early(home, since="12h", until=then, limit=1000).topics}
    later = early(home, since=then - timedelta(hours=12), limit=1000).topics
    both = [(topic, live[topic.term]) for topic in later if topic.term in live]
    assert len(both) == len(live)
    assert all(one.probability == other.probability for one, other in both)
    assert any((one.highest_since or 0) > (other.highest_since or 0) for one, other in both)


def test_the_command_and_the_route_give_the_same(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["trends", "--early", "--since", "1d", "--limit", "3", "--home", str(home.root)]
    assert cli.main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert cli.main(asked) == 0
    shown = capsys.readouterr().out
    assert told["topics"][0]["term"][:6] in shown
    assert "Calibration" in shown
    with TestClient(create_app(home), base_url="http://127.0.0.1", client=("127.0.0.1", 5)) as client:
        answered = client.get("/v1/trends/early", params={"since": "1d", "limit": 3})
        assert answered.status_code == 200
        assert answered.json() == told
        assert client.get("/v1/trends/early", params={"since": "60d"}).status_code == 400


def test_wrong_questions_say_what_to_do(home: Home, tmp_path: Path) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"since": "60d"}, "longer than a month"),
        ({"source": "nowhere"}, "no hot list of"),
        ({"limit": 0}, "limit is 1"),
    )
    for asked, said in wrong:
        with pytest.raises(BadInputError, match=said):
            early(home, **asked)
    empty = Home(tmp_path / "empty")
    for act in (early, fit_early):
        with pytest.raises(BadInputError, match="no hot list was collected"):
            act(empty)
    young = Home(tmp_path / "young")
    keep(young, hot_list(1))
    with pytest.raises(BadInputError, match="no early-warning model yet"):
        early(young)
    with pytest.raises(BadInputError, match="too little was collected"):
        fit_early(young)
    with pytest.raises(BadInputError, match="above 0"):
        fit_early(young, -1)
    model_path(young, "hot").parent.mkdir(parents=True)
    model_path(young, "hot").write_bytes(b"cut off")
    with pytest.raises(BadInputError, match="no early-warning model yet"):
        early(young)
    assert early(home, role=Role.ANALYST).models[0].source == "hot"


def test_options_that_do_not_go_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["trends", "--source", "hot"], ["trends", "露营", "--early"], ["mine", "--big", "5"]):
        assert cli.main(words) != 0
    assert "--early" in capsys.readouterr().err


def test_the_times_are_those_of_the_list(home: Home) -> None:
    window = early(
        home, since=START + timedelta(days=DAYS - 2), until=START + timedelta(days=DAYS - 1), limit=1
    )
    assert window.until - window.since == timedelta(days=1)
