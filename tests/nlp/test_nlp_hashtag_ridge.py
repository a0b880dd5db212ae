"""What the regression says of a text without it is what it would say had it never seen it."""

from __future__ import annotations

import numpy as np
import pytest

from nlp import hashtag_ridge
from nlp.hashtag_ridge import FEATURES, TagRidge, ridge_features

WORDS = {0: "帐篷 营地 天幕 篝火 睡袋", 1: "咖啡 手冲 拉花 豆子 磨豆", 2: "跑步 配速 马拉松 跑鞋 热身"}


def texts(count: int, seed: int = 1) -> tuple[list[list[str]], list[list[int]]]:
    random = np.random.default_rng(seed)
    tags = [int(one) for one in random.integers(0, 3, count)]
    docs = [[str(word) for word in random.choice(WORDS[tag].split(), 3)] for tag in tags]
    return docs, [[tag] for tag in tags]


def test_left_out_is_a_fit_without_the_text() -> None:
    docs, tags = texts(30)
    # The words of the text asked are in others too, so that both fits read them alike.
    docs, tags = docs * 2, tags * 2
    told = TagRidge().fit(docs, tags, 3).left_out
    without = TagRidge().fit(docs[1:], tags[1:], 3).scores(docs[:1])
    np.testing.assert_allclose(told[0], without[0], atol=0.05)
    assert told.argmax(axis=1).tolist() == [row[0] for row in tags]


def test_new_texts_get_scores_and_features() -> None:
    docs, tags = texts(60)
    ridge = TagRidge().fit(docs, tags, 3)
    asked, truth = texts(9, seed=2)
    assert ridge.scores(asked).argmax(axis=1).tolist() == [row[0] for row in truth]
    post, tag = np.repeat(np.arange(9), 3), np.tile(np.arange(3), 9)
    found = ridge_features(ridge.scores(asked), post, tag)
    assert found.shape == (27, FEATURES)
    best = found[:, 1] == 0
    assert tag[best].tolist() == [row[0] for row in truth]
    assert (found[best, 2] == 0).all()
    assert (found[~best, 2] < 0).all()
    assert (found[:, 3] > 0).all()
    nobody = ridge.scores([])
    assert nobody.shape == (0, 3)


def test_texts_beyond_the_most_are_scored_as_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    docs, tags = texts(60)
    monkeypatch.setattr(hashtag_ridge, "MOST", 40)
    ridge = TagRidge().fit(docs, tags, 3)
    assert ridge.left_out.shape == (60, 3)
    np.testing.assert_allclose(ridge.left_out[40:], ridge.scores(docs[40:]), atol=1e-5)


def test_a_text_of_unknown_words_is_like_none() -> None:
    docs, tags = texts(60)
    assert not TagRidge().fit(docs, tags, 3).scores([["xyz"], []]).any()
