"""`renqun keywords expand` and `/v1/keywords/expand` over a home that was crawled and mined."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from rich.cells import cell_len

from tests.api.renqun_process import one_error_line, renqun

pytestmark = pytest.mark.xdist_group("faces")


def test_words_are_offered_with_their_numbers(mined_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    result = renqun("keywords", "expand", "露营", "--depth", "2", "--json", "--out", file, home=mined_home)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    words = {one["term"]: one for one in answer["keywords"]}
    assert {one["origin"] for one in words.values()} >= {"suggested", "said together"}
    assert any(one["people"] and one["specificity"] and one["intent"] for one in words.values())
    assert any(one["searched"]["direction"] != "unknown" for one in words.values())
    terms = file.read_text("utf-8").splitlines()
    assert terms[0] == "露营"
    assert set(terms) == {term for term, one in words.items() if one["mark"] is None}


def test_the_table_fits_the_terminal(mined_home: Path) -> None:
    result = renqun("keywords", "expand", "露营", "咖啡", "--depth", "2", home=mined_home)
    assert result.returncode == 0, result.stderr
    assert max(cell_len(line) for line in result.stdout.splitlines()) <= 100
    assert "露营" in result.stdout


def test_the_api_answers_the_same(api: str, mined_home: Path) -> None:
    answer = httpx.get(f"{api}/v1/keywords/expand", params={"core": "露营", "depth": 2}).json()
    told = renqun("keywords", "expand", "露营", "--depth", "2", "--json", home=mined_home).stdout
    assert answer == json.loads(told)
    refused = httpx.get(f"{api}/v1/keywords/expand", params={"core": "抑郁症"})
    assert refused.status_code == 400
    assert "sensitive matter" in refused.json()["detail"]


def test_bad_questions_are_one_line(mined_home: Path, tmp_path: Path) -> None:
    assert "sensitive" in one_error_line(renqun("keywords", "expand", "抑郁症", home=mined_home))
    nowhere = tmp_path / "no" / "words.txt"
    result = renqun("keywords", "expand", "露营", "--out", nowhere, home=mined_home)
    assert "can't be written" in result.stderr
    assert result.returncode != 0
