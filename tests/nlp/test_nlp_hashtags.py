"""Hashtags: learned from texts and their tags, named ones found, and little is said to be little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlp.hashtags import HashtagModel, TooFewHashtagsError
from nlp.normalise import without_hashtags

THEMES = {
    "露营": ["帐篷", "天幕", "营地", "睡袋", "炉头", "防潮垫"],
    "咖啡": ["手冲", "拿铁", "磨豆机", "美式", "豆子", "拉花"],
    "养猫": ["猫砂", "布偶", "猫粮", "逗猫棒", "绝育", "驱虫"],
}
CHATTER = ["今天", "周末", "真的", "觉得", "终于", "喜欢", "一起", "可以", "时候", "看到"]


def written(seed: int, size: int) -> tuple[list[list[str]], list[list[str]]]:
    """Texts of one theme each among words that all use, tagged with the theme, a few with one more."""
    random = np.random.default_rng(seed)
    docs, tags = [], []
    for n in range(size):
        theme = list(THEMES)[n % 3]
        docs.append([*random.choice(THEMES[theme], 3), *random.choice(CHATTER, 4)])
        tags.append([theme, "周末去哪儿"] if random.random() < 0.2 else [theme])
    return docs, tags


@pytest.fixture(scope="module")
def learned() -> HashtagModel:
    return HashtagModel().fit(*written(1, 240))


def test_the_theme_is_suggested_first(learned: HashtagModel) -> None:
    docs, tags = written(2, 90)
    suggested = learned.suggest(docs, limit=2)
    first = [row[0][0] for row in suggested]
    assert np.mean([one == right[0] for one, right in zip(first, tags, strict=True)]) > 0.95
    for row in suggested:
        chances = [chance for _, chance in row]
        assert chances == sorted(chances, reverse=True)
        assert all(0 <= chance <= 1 for chance in chances)
        assert len(row) <= 2


def test_a_text_is_judged_by_itself_and_nothing_known_is_nothing_said(learned: HashtagModel) -> None:
    docs, _ = written(3, 12)
    assert learned.suggest(docs) == [learned.suggest([doc])[0] for doc in docs]
    assert learned.suggest([["闻所未闻"], []]) == [[], []]
    assert learned.suggest([]) == []


def test_beside_the_first_only_likely_tags_are_suggested(learned: HashtagModel) -> None:
    docs, _ = written(6, 60)
    every = learned.suggest(docs, limit=4, least=0)
    assert max(len(row) for row in every) > 1
    for least in (0.05, 0.2, 0.9):
        expected = [[one for place, one in enumerate(row) if one[1] >= least or not place] for row in every]
        assert learned.suggest(docs, limit=4, least=least) == expected


def test_a_tag_that_no_text_has_is_found_by_its_name() -> None:
    docs, tags = written(4, 240)
    model = HashtagModel().fit(docs, tags, counts={"露营": 80, "咖啡": 80, "养猫": 80, "飞盘": 40})
    assert "飞盘" in [tag for tag, _ in model.suggest([["周末", "飞盘", "真的"]], limit=4, least=0)[0]]


def test_it_travels_and_another_release_is_refused(
    learned: HashtagModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert HashtagModel.load(tmp_path) is None
    learned.save(tmp_path)
    loaded = HashtagModel.load(tmp_path)
    docs, _ = written(5, 9)
    assert loaded is not None
    assert loaded.suggest(docs) == learned.suggest(docs)
    monkeypatch.setattr("nlp.hashtags._versions", lambda: ("0",))
    assert HashtagModel.load(tmp_path) is None
    (tmp_path / "hashtags.joblib").write_bytes(b"half")
    assert HashtagModel.load(tmp_path) is None


def test_too_little_is_refused() -> None:
    docs, tags = written(6, 20)
    with pytest.raises(TooFewHashtagsError, match="too few"):
        HashtagModel().fit(docs, tags)
    with pytest.raises(TooFewHashtagsError):
        HashtagModel().fit([], [])


@pytest.mark.parametrize("words", [[], ["词{}"]])
def test_texts_that_share_no_word_are_refused(words: list[str]) -> None:
    docs = [[word.format(number) for word in words] for number in range(60)]
    with pytest.raises(TooFewHashtagsError, match="share too few words"):
        HashtagModel().fit(docs, [["露营"], ["咖啡"]] * 30)


def test_hashtags_are_cut_out_of_the_text() -> None:
    assert without_hashtags("#露营#周末去营地 #天幕 真好").split() == ["周末去营地", "真好"]
