"""The user dictionary by command and by route."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.dictionary import DictionaryAnswer, DictionaryChanged, SuggestionAnswer, suggest
from api.examples.words import DICTIONARY_ANSWER, DICTIONARY_CHANGED, SUGGESTION_ANSWER
from lake.raw import RawRows
from privacy.disclosure import Role
from privacy.home import Home
from tests.mining.small_lake import START, collect
from tests.nlp.test_nlp_newwords import posts


def test_add_list_remove(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    assert cli.main(["dict", "list", *home]) == 0
    assert "empty" in capsys.readouterr().err
    assert cli.main(["dict", "add", "氛圍感", "显眼包", *home]) == 0
    told = capsys.readouterr()
    assert "氛围感" in told.out
    assert "renqun mine" in told.err
    assert cli.main(["dict", "list", "--json", *home]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"words": ["显眼包", "氛围感"], "total": 2, "pending": ["显眼包", "氛围感"]}
    assert cli.main(["dict", "list", *home]) == 0
    assert "not yet in force" in capsys.readouterr().out
    assert cli.main(["dict", "remove", "显眼包", *home]) == 0
    assert cli.main(["dict", "remove", "显眼包", *home]) == cli.BAD_INPUT
    assert cli.main(["dict", "add", *home]) == cli.BAD_INPUT
    assert cli.main(["dict", "add", "x y", *home]) == cli.BAD_INPUT


def test_the_routes(tmp_path: Path) -> None:
    client = TestClient(create_app(Home(tmp_path)), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    added = client.post("/v1/dictionary", json={"words": ["氛围感", "显眼包"]})
    assert added.json() == {"changed": ["氛围感", "显眼包"], "unchanged": [], "total": 2}
    assert client.get("/v1/dictionary").json()["words"] == ["显眼包", "氛围感"]
    assert client.delete("/v1/dictionary/显眼包").json()["total"] == 1
    absent = client.delete("/v1/dictionary/显眼包")
    assert absent.status_code == 404
    assert absent.headers["content-type"] == "application/problem+json"
    assert client.post("/v1/dictionary", json={"words": ["x"]}).status_code == 400
    assert client.post("/v1/dictionary", json={"words": []}).status_code == 422


def test_the_examples_are_answers() -> None:
    DictionaryAnswer.model_validate(DICTIONARY_ANSWER)
    DictionaryChanged.model_validate(DICTIONARY_CHANGED)
    SuggestionAnswer.model_validate(SUGGESTION_ANSWER)


def collected(home: Home) -> None:
    """Posts of 60 accounts about something that the dictionary does not know; one of them named by an account."""
    rows = RawRows()
    texts, accounts = posts(count=600)
    for number, (text, account) in enumerate(zip(texts, accounts.tolist(), strict=True)):
        rows.posts.append(
            {
                "native_id": str(number),
                "author_native_id": str(account % 60),
                "author_handle": f"user{account % 60}",
                "created_at": START + timedelta(minutes=number),
                "text": f"{text} 电话13812345678",
                "author_indexable": account % 2 == 0,
            }
        )
    collect(home, rows, "run-1")


def test_proposals_come_with_evidence_and_for_planners_with_examples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path)
    at = ["--home", str(tmp_path)]
    assert cli.main(["dict", "suggest", *at]) == cli.BAD_INPUT
    collected(home)
    capsys.readouterr()
    assert cli.main(["dict", "suggest", "--json", *at]) == 0
    answer = SuggestionAnswer.model_validate_json(capsys.readouterr().out)
    first = next(one for one in answer.words if one.word == "显眼包")
    assert first.kind == "word"
    assert first.accounts % 5 == first.count % 5 == 0
    assert 1 <= len(first.examples) <= 3
    assert all("显眼包" in text and "138" not in text for text in first.examples)
    assert cli.main(["dict", "suggest", "--role", "analyst", "--json", *at]) == 0
    assert not any(
        one.examples for one in SuggestionAnswer.model_validate_json(capsys.readouterr().out).words
    )
    assert cli.main(["dict", "suggest", *at]) == 0
    assert "显眼包" in capsys.readouterr().out

    client = TestClient(create_app(home), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    told = SuggestionAnswer.model_validate(client.get("/v1/dictionary/suggestions?limit=2").json())
    assert [one.word for one in told.words] == [one.word for one in answer.words[:2]]
    # What is taken is proposed no more.
    assert cli.main(["dict", "add", "显眼包", *at]) == 0
    words = client.get("/v1/dictionary/suggestions").json()["words"]
    assert "显眼包" not in {one["word"] for one in words}


def test_words_of_fewer_than_k_accounts_are_not_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENQUN_K", "61")
    collected(Home(tmp_path))
    assert suggest(Home(tmp_path), 20, Role.PLANNER).words == []
