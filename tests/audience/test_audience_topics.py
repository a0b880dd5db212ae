"""Topics as they are shown: only those of enough people, posts only to planners, redacted, searchable, not sensitive."""

from __future__ import annotations

import json

import polars as pl
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.commands import build
from audience.errors import NotMinedError
from audience.tags.topics import topics
from lake.store import Lake
from mining.run import mine
from privacy.audit import entries
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, collect, raw_rows


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """90 accounts in three themes; a few posts are sensitive, of hidden accounts, or hold a telephone number."""
    home = Home(tmp_path_factory.mktemp("topics"))
    rows = raw_rows(range(90), 12, seed=1)
    for place, post in enumerate(rows.posts):
        if place % 3 == 0:
            post["author_indexable"] = False
        if "帐篷" in (post["text"] or ""):
            post["text"] = f"{post['text']} {'抑郁症确诊之后' if place % 2 else '找我 @user5'}"
    collect(home, rows, "run-1")
    mine(home, as_of=AS_OF, topics="8")
    return home


def test_topics_are_listed_by_size_with_their_quality(mined: Home) -> None:
    answer = topics(mined, role=Role.PLANNER)
    assert answer.found == Lake(mined).read("topics").height
    assert len(answer.topics) + answer.hidden == answer.found
    assert [row.posts for row in answer.topics] == sorted((row.posts for row in answer.topics), reverse=True)
    for row in answer.topics:
        assert row.people >= answer.k
        assert row.people % answer.round_to == row.posts % answer.round_to == 0
        assert set(row.name.split("·")) <= set(row.words)
    assert answer.npmi is not None
    assert answer.diversity is not None
    assert answer.stability is not None
    assert len(topics(mined, limit=1).topics) == 1
    with pytest.raises(BadInputError, match="limit"):
        topics(mined, limit=0)


def test_topics_of_too_few_people_are_hidden(mined: Home) -> None:
    sizes = Lake(mined).read("topics")["accounts"]
    k = int(sizes.max()) + 1  # type: ignore[arg-type]
    answer = topics(mined, disclosure=Disclosure(k=k))
    assert answer.topics == []
    assert answer.hidden == answer.found
    less = topics(mined, disclosure=Disclosure(k=int(sizes.max())))  # type: ignore[arg-type]
    assert 1 <= len(less.topics) < answer.found or sizes.n_unique() == 1


def test_posts_are_for_planners_searchable_and_without_names(mined: Home) -> None:
    assert not any(row.examples for row in topics(mined, role=Role.ANALYST).topics)
    before = len(entries(mined, 100))
    answer = topics(mined, role=Role.PLANNER)
    shown = [post.excerpt for row in answer.topics for post in row.examples]
    assert shown
    assert not any("抑郁" in text or "@u" in text for text in shown)
    posts = Lake(mined).read("posts").filter(~pl.col("searchable"))
    unshown = {row["examples"] for row in Lake(mined).read("topics").explode("examples").to_dicts()}
    assert not unshown & set(posts["id"])
    assert len(entries(mined, 100)) == before + 1


def test_the_command_shows_a_table_and_json(mined: Home) -> None:
    run = CliRunner()
    told = run.invoke(build(), ["topics", "--home", str(mined.root)])
    assert told.exit_code == 0
    assert "NPMI" in told.stdout
    assert "agreement over three seeds" in told.stdout
    told = run.invoke(build(), ["topics", "--home", str(mined.root), "--json", "--role", "analyst"])
    answer = json.loads(told.stdout)
    assert answer["found"] >= len(answer["topics"]) > 0
    assert not answer["topics"][0]["examples"]


def test_the_route_answers_like_the_command(mined: Home) -> None:
    client = TestClient(create_app(mined), base_url="http://127.0.0.1", client=("127.0.0.1", 5))
    answer = client.get("/v1/topics", params={"limit": 2}).json()
    assert len(answer["topics"]) == 2
    assert answer["found"] == Lake(mined).read("topics").height
    assert client.get("/v1/topics", params={"limit": 0}).status_code == 422


def test_nothing_mined_is_said(tmp_path: object) -> None:
    with pytest.raises(NotMinedError, match="nothing was mined"):
        topics(Home.find(str(tmp_path)))
