"""Hashtags of the lake: only those that enough people use, learned without the hashtags in the text, asked by command."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.commands import build
from audience.errors import NotMinedError
from audience.tags.hashtags import LONGEST, suggest_hashtags
from mining.hashtags import learn_hashtags
from mining.run import mine
from privacy.errors import BadInputError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, THEMES, collect, raw_rows


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """90 accounts in three themes, tagged by theme; three accounts have a tag of their own."""
    home = Home(tmp_path_factory.mktemp("hashtags"))
    rows = raw_rows(range(90), 12, seed=1)
    for place, post in enumerate(rows.posts):
        text = str(post["text"]).rsplit(" ", 1)[0]
        theme = next((name for name, lines in THEMES.items() if text in lines), None)
        post["hashtags"] = [] if theme is None else [theme]
        if place < 30 and theme is not None:
            post["hashtags"] = [theme, "暗号"]
        post["text"] = f"{post['text']} #{theme}#" if theme else post["text"]
    collect(home, rows, "run-1")
    mine(home, as_of=AS_OF, topics="3")
    return home


def test_nothing_learned_is_said(mined: Home) -> None:
    with pytest.raises(NotMinedError, match="no hashtags were learned"):
        suggest_hashtags(mined, "新买的帐篷")


def test_hashtags_of_enough_people_are_suggested(mined: Home) -> None:
    learned = learn_hashtags(mined, k=20)
    assert learned.hashtags == 3  # not the one of three people
    assert learned.posts > 500
    answer = suggest_hashtags(mined, "新买的帐篷防雨不错，营地也好")
    assert answer.suggestions[0].hashtag == "露营"
    assert answer.known == 3
    run = CliRunner()
    told = run.invoke(build(), ["hashtags", "suggest", "猫砂又该换了", "--json", "--home", str(mined.root)])
    assert json.loads(told.stdout)["suggestions"][0]["hashtag"] == "养猫"
    told = run.invoke(build(), ["hashtags", "suggest", "手冲咖啡", "--home", str(mined.root)])
    assert "#咖啡" in told.stdout
    client = TestClient(create_app(mined), base_url="http://127.0.0.1", client=("127.0.0.1", 5))
    answered = client.get("/v1/hashtags/suggest", params={"text": "新买的帐篷防雨不错", "limit": 1}).json()
    assert [one["hashtag"] for one in answered["suggestions"]] == ["露营"]
    more = {"text": "新买的帐篷防雨不错", "limit": 3, "least": 0}
    assert len(client.get("/v1/hashtags/suggest", params=more).json()["suggestions"]) > 1
    assert client.get("/v1/hashtags/suggest", params={**more, "least": 2}).status_code == 422
    with pytest.raises(BadInputError, match="least chance"):
        suggest_hashtags(mined, "帐篷", least=2)
    assert client.get("/v1/hashtags/suggest", params={"text": "！"}).status_code == 400
    with pytest.raises(BadInputError, match="too few to learn"):
        learn_hashtags(mined, k=5_000)


@pytest.mark.parametrize(
    ("text", "limit", "said"),
    [
        ("", 3, "no words"),
        ("！！", 3, "no words"),
        ("长" * (LONGEST + 1), 3, "more than"),
        ("帐篷", 0, "limit"),
    ],
    ids=["empty", "no words", "too long", "limit"],
)
def test_bad_questions_are_refused(mined: Home, text: str, limit: int, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        suggest_hashtags(mined, text, limit)


def test_nothing_mined_is_said(tmp_path: object) -> None:
    with pytest.raises(BadInputError, match="nothing was mined"):
        learn_hashtags(Home.find(str(tmp_path)), 20)
