"""Categories of hot lists asked of a lake: through the questions, the command line and the route, with their failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.render.categories import filled_view
from api.render.console import console
from audience.trends.categories import categories
from lake.categories import read_models
from lake.schemas import KEYWORDS
from lake.store import Lake
from mining.categories import fill_categories
from privacy.errors import BadInputError
from privacy.home import Home
from tests.nlp.categorised_list import categorised_list

WINDOW: dict[str, Any] = {"since": "2026-03-01", "until": "2026-04-01"}


def keep(home: Home, board: pl.DataFrame, source: str = "hot") -> None:
    """Write a hot list as collecting would."""
    rows = board.with_columns(
        pl.lit("hour").alias("grain"),
        pl.col("at").dt.strftime("%Y-%m").alias("month"),
        pl.lit(source).alias("source"),
        pl.lit("r").alias("run_id"),
        pl.lit("p").alias("policy_id"),
        pl.col("at").alias("collected_at"),
        pl.lit(None, dtype=pl.List(pl.String)).alias("related"),
    )
    Lake(home).append({"keywords": rows.select(KEYWORDS.schema.names).to_arrow().cast(KEYWORDS.schema)})


@pytest.fixture(scope="module")
def truth() -> dict[str, str]:
    return categorised_list()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    where = Home(tmp_path_factory.mktemp("categories"))
    keep(where, categorised_list()[0])
    keep(where, categorised_list(60, seed=4)[0].with_columns("另" + pl.col("term")), "small")
    fill_categories(where)
    return where


def test_given_and_filled_in_make_the_shares(home: Home, truth: dict[str, str]) -> None:
    answer = categories(home, **WINDOW, source="hot")
    assert answer.unknown == 0
    assert sum(one.topics for one in answer.categories) == len(truth)
    assert sum(one.share for one in answer.categories) == pytest.approx(1.0, abs=1e-3)
    assert all(
        one.given > one.filled > 0 and one.given + one.filled == one.topics for one in answer.categories
    )
    model = answer.models[0]
    assert model.accuracy_low < model.accuracy <= model.accuracy_high
    assert model.usual < 0.6 < model.accuracy
    assert not answer.warnings


def test_topics_of_a_category_say_whether_they_were_given_it(home: Home, truth: dict[str, str]) -> None:
    answer = categories(home, "体育", **WINDOW, source="hot", limit=1000)
    assert [one.category for one in answer.categories] == ["体育"]
    assert len(answer.topics) == answer.categories[0].topics
    heats = [one.highest or 0.0 for one in answer.topics]
    assert heats == sorted(heats, reverse=True)
    filled = [one for one in answer.topics if one.probability is not None]
    assert len(filled) == answer.categories[0].filled
    assert sum(truth[one.term] == "体育" for one in filled) > 0.9 * len(filled)


def test_a_list_with_too_few_keeps_what_it_has_and_says_so(home: Home) -> None:
    answer = categories(home, **WINDOW, source="small")
    assert sum(one.filled for one in answer.categories) == 0 < answer.unknown
    assert not answer.models
    assert "renqun mine --categories fills them in" in answer.warnings[0]


def test_topics_that_came_later_are_unknown_until_it_runs_again(tmp_path: Path) -> None:
    where = Home(tmp_path)
    board = categorised_list()[0]
    keep(where, board.filter(pl.col("at") < pl.lit("2026-03-12").str.to_datetime(time_zone="UTC")))
    fill_categories(where)
    keep(where, board)
    answer = categories(where, **WINDOW)
    assert answer.unknown > 0
    assert "learned before they came" in answer.warnings[0]


def test_the_command_and_the_route_give_the_same(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "trends",
        "体育",
        "--categories",
        "--since",
        "2026-03-01",
        "--until",
        "2026-04-01",
        "--source",
        "hot",
    ]
    asked += ["--limit", "3", "--home", str(home.root)]
    assert cli.main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert cli.main(asked) == 0
    shown = capsys.readouterr().out
    assert told["topics"][0]["term"][:6] in shown
    assert "most frequent category alone" in shown
    with TestClient(create_app(home), base_url="http://127.0.0.1", client=("127.0.0.1", 5)) as client:
        answered = client.get(
            "/v1/trends/categories", params={**WINDOW, "category": "体育", "source": "hot", "limit": 3}
        )
        assert answered.status_code == 200
        assert answered.json() == told
        wrong = client.get("/v1/trends/categories", params={**WINDOW, "category": "没有"})
        assert wrong.status_code == 400
        assert "there are" in wrong.text


def test_filling_in_shows_what_was_learned(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["mine", "--categories", "--json", "--home", str(home.root)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["source"], one["classes"]) for one in told] == [("hot", ["体育", "美食", "财经"])]
    assert told[0]["filled"] > 200
    console().print(filled_view(list(read_models(home).values())))
    shown = capsys.readouterr().out
    assert f"{told[0]['filled']:,}" in shown
    assert "renqun trends --categories" in shown


def test_wrong_questions_say_what_to_do(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"source": "nowhere"}, "no hot list of"),
        ({"limit": 0}, "limit is 1"),
        ({"category": "没有"}, "no topic of that time has the category"),
    )
    for asked, said in wrong:
        with pytest.raises(BadInputError, match=said):
            categories(home, **{**WINDOW, **asked})
    empty = Home(tmp_path / "empty")
    for act in (categories, fill_categories):
        with pytest.raises(BadInputError, match="no hot list was collected"):
            act(empty)
    young = Home(tmp_path / "young")
    keep(young, categorised_list(60)[0])
    with pytest.raises(BadInputError, match="too few topics have a category"):
        fill_categories(young)
    young.models.mkdir(parents=True, exist_ok=True)
    (young.models / "categories.json").write_text("cut o", "utf-8")
    assert read_models(young) == {}
    assert categories(young, **WINDOW).unknown > 0
    for words in (["trends", "--categories", "--early"], ["mine", "--categories", "--early"]):
        assert cli.main(words) != 0
    assert "--early and --categories" in capsys.readouterr().err
