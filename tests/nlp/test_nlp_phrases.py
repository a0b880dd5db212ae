"""Phrases: pairs that belong together are learned and found, pairs that merely meet are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlp.phrases import PhraseModel, as_term

THINGS = ("猫粮", "咖啡", "电影", "球鞋", "面霜", "书包", "吉他", "火锅", "地铁", "日落", "围巾", "台灯")


def docs(seed: int = 5, count: int = 600) -> list[list[str]]:
    """Random words, and now and then a pair that always comes together, or one with a stop word."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        words = [str(word) for word in random.choice(THINGS, 5)]
        extra = (["蛋仔", "派对"], ["new", "york"], ["的", "氛围"], ["20", "公里"], ["岁", "女孩"])[
            number % 5
        ]
        made.append([*words[:2], *extra, *words[2:]])
    return made


@pytest.fixture(scope="module")
def model() -> PhraseModel:
    return PhraseModel().fit(docs())


def test_pairs_that_belong_together_are_learned_alone(model: PhraseModel) -> None:
    assert set(model.phrases) == {("蛋仔", "派对"), ("new", "york")}


def test_posts_are_marked(model: PhraseModel) -> None:
    words = [
        "今天 蛋仔 派对 开 了 蛋仔 派对",
        "new york",
        "new yorker",
        "旧蛋仔 派对",
        "派对 蛋仔",
        "",
        "蛋仔 派对 new york",
    ]
    assert model.find(words) == [["蛋仔派对"], ["new york"], [], [], [], [], ["new york", "蛋仔派对"]]
    assert model.find([]) == []


def test_terms_are_written_as_people_do() -> None:
    assert [as_term("露营", "装备"), as_term("new", "york"), as_term("mate", "手机")] == [
        "露营装备",
        "new york",
        "mate手机",
    ]


@pytest.mark.parametrize("texts", [[], [[]], [["一个"]], [["😀", "⛺"]] * 30])
def test_too_little_gives_no_phrase(texts: list[list[str]]) -> None:
    model = PhraseModel().fit(texts)
    assert model.phrases == []
    assert model.find(["a b"]) == [[]]


def test_saves_and_loads_the_same(model: PhraseModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = PhraseModel.load(tmp_path)
    assert again.phrases == model.phrases
    assert again.version == model.version != PhraseModel().version
    (tmp_path / "phrases.json").write_text("[[1]]", "utf-8")
    with pytest.raises(ValueError, match="unpack"):
        PhraseModel.load(tmp_path)
