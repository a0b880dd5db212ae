"""New words: planted ones are found with their evidence, and what only looks like a word is not."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.newwords import LEAST_ENTROPY, LEAST_PMI, NewWord, new_words
from nlp.segment import Segmenter

PLANTED = ("显眼包", "蛋仔派对", "松弛感")
FRAMES = (
    "今天又看到{}真好玩", "朋友说{}很有意思", "我家孩子最爱{}了", "什么是{}呀", "昨晚梦见{}", "周末一起聊{}吧",
    "被{}笑死", "原来{}这么流行", "同事都在讨论{}", "老师也知道{}", "听说{}火了", "想问问{}贵不贵",
)  # fmt: skip
ENDS = (
    "哈哈",
    "我先睡了",
    "明天再说",
    "天气不错",
    "晚饭吃面",
    "继续上班",
    "早点回家",
    "猫在叫",
    "下雨了",
    "路上堵车",
)


def posts(seed: int = 3, count: int = 1_200) -> tuple[list[str], np.ndarray]:
    random = np.random.default_rng(seed)
    words = [*PLANTED, "露营", "手机", "电影"]
    texts = [
        f"{random.choice(FRAMES).format(words[n % len(words)])}，{random.choice(ENDS)}" for n in range(count)
    ]
    return texts, random.integers(0, 300, count)


@pytest.fixture(scope="module")
def found() -> dict[str, NewWord]:
    texts, accounts = posts()
    return {word.word: word for word in new_words(texts, accounts, Segmenter(), 20)}


def test_planted_words_are_found_first_with_evidence(found: dict[str, NewWord]) -> None:
    assert set(list(found)[:3]) == set(PLANTED)
    for name in PLANTED:
        word = found[name]
        assert word.count == 200
        assert 100 < word.accounts <= 200
        assert word.pmi >= LEAST_PMI
        assert min(word.left_entropy, word.right_entropy) >= LEAST_ENTROPY
        assert "".join(word.parts) == name
    assert not found["显眼包"].is_phrase


def test_known_words_and_their_parts_are_not_proposed(found: dict[str, NewWord]) -> None:
    assert not {"露营", "手机", "电影"} & set(found)
    assert not any(name != word and name in word for word in PLANTED for name in found)


def test_a_word_of_the_dictionary_is_proposed_no_more() -> None:
    texts, accounts = posts()
    again = new_words(texts, accounts, Segmenter(["显眼包"]), 20)
    assert "显眼包" not in {word.word for word in again}
    assert "蛋仔派对" in {word.word for word in again}


def test_a_word_of_few_accounts_is_not_told() -> None:
    texts, accounts = posts()
    few = np.where(np.char.find(np.array(texts), "显眼包") >= 0, accounts % 19, accounts)
    words = {word.word for word in new_words(texts, few, Segmenter(), 20)}
    assert "显眼包" not in words
    assert "蛋仔派对" in words


@pytest.mark.parametrize("texts", [[], [""], ["😀"], ["hello world"], ["露"], ["啊" * 1_000] * 30])
def test_too_little_to_say(texts: list[str]) -> None:
    assert new_words(texts, np.arange(len(texts)), Segmenter(), 2) == []


def test_only_the_first_characters_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.newwords.MOST_CHARACTERS", 100)
    texts, accounts = posts()
    assert new_words(texts, accounts, Segmenter(), 2) == []
