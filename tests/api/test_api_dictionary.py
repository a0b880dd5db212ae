"""The user dictionary by command and by route."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.dictionary import DictionaryAnswer, DictionaryChanged
from api.routers import examples
from privacy.home import Home


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
    DictionaryAnswer.model_validate(examples.DICTIONARY_ANSWER)
    DictionaryChanged.model_validate(examples.DICTIONARY_CHANGED)
