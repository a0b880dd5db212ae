"""Spam: templates repeated by few accounts and advertising, not what everybody happens to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlp.spam import SpamModel, SpamModelError
from tests.nlp.planted_posts import CHATTER, FRAMES

GOODS = ("面膜", "耳机", "茶叶", "手表", "球鞋", "充电宝")


def _adverts(count: int = 36) -> tuple[list[str], list[str]]:
    texts = [
        f"全网最低价{GOODS[n % 6]}厂家直销现货包邮，需要的姐妹加[微信]咨询，今日第{n}单 https://t.cn/{n}"
        for n in range(count)
    ]
    return texts, [f"spam{n % 3}" for n in range(count)]


def _people(count: int = 1_500) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(2)
    frames = [frame.format(a="帐篷", b="天幕") for frame in FRAMES]
    texts = [
        str(rng.choice(CHATTER)) + ("，" + str(rng.choice(frames)) if n % 2 else "") for n in range(count)
    ]
    return texts, [f"u{n % 400}" for n in range(count)]


@pytest.fixture(scope="module")
def model() -> SpamModel:
    people, adverts = _people(), _adverts()
    checkins = [f"每日签到第{n}天坚持就是胜利继续加油打卡领积分啦" for n in range(30)]
    return SpamModel().fit(people[0] + adverts[0] + checkins, people[1] + adverts[1] + ["robot"] * 30)


def test_adverts_are_spam_and_people_are_not(model: SpamModel) -> None:
    assert model.score(_adverts()[0]).min() > 0.8
    assert model.score(_people()[0]).max() < 0.5


def test_an_account_that_repeats_itself_is_spam(model: SpamModel) -> None:
    assert model.score(["每日签到第999天坚持就是胜利继续加油打卡领积分啦"])[0] > 0.7


def test_a_new_advert_of_a_known_template_is_spam_and_an_own_text_is_not(model: SpamModel) -> None:
    known = "全网最低价雨伞厂家直销现货包邮，需要的姐妹加[微信]咨询，今日第77单"
    own = "这把雨伞是在厂里工作的朋友送的，用了三年还很结实"
    scores = model.score([known, own])
    assert scores[0] > 0.8
    assert scores[1] < 0.3


def test_many_people_saying_the_same_is_no_spam() -> None:
    texts = ["祝大家新年快乐万事如意身体健康"] * 200
    model = SpamModel().fit(texts, [f"u{n}" for n in range(200)])
    assert model.score(texts[:1])[0] < 0.5


def test_copies_weigh_less_and_own_words_weigh_all(model: SpamModel) -> None:
    own = "昨天在山里看到了从没见过的鸟，翅膀是蓝色的"
    _, weight = model.judge([own, _adverts()[0][0], "每日签到第999天坚持就是胜利继续加油打卡领积分啦"])
    assert weight[0] > 0.95
    assert weight[1:].max() < 0.1
    assert weight.min() > 0


def test_many_people_saying_the_same_count_as_the_root_of_them() -> None:
    texts = ["祝大家新年快乐万事如意身体健康"] * 400
    model = SpamModel().fit(texts, [f"u{n}" for n in range(400)])
    _, weight = model.judge(texts)
    assert weight.sum() == pytest.approx(20, rel=0.5)
    assert SpamModel().fit([], []).judge(texts[:1])[1][0] == 1.0


def test_advertising_without_a_template() -> None:
    model = SpamModel().fit([], [])
    texts = ["限时秒杀！厂家直销假一赔十，加微信领券，扫码免费领", "今天在超市看到打折的草莓", "私信我"]
    scores = model.score(texts)
    assert scores[0] > 0.8
    assert scores[1:].max() < 0.3


def test_a_post_scores_alone_as_in_company(model: SpamModel) -> None:
    texts = _adverts()[0][:5] + _people()[0][:40] + ["", "短", "😀" * 50, "。" * 20]
    alone = np.array([model.score([text])[0] for text in texts])
    assert np.array_equal(alone, model.score(texts))


@pytest.mark.parametrize("text", ["", "😀", "短", "。。。。", "1234567890123456", "啊" * 100_000])
def test_edges(model: SpamModel, text: str) -> None:
    score = model.score([text])
    assert score.shape == (1,)
    assert 0.0 <= score[0] < 0.5


def test_nothing_to_score(model: SpamModel) -> None:
    assert model.score([]).shape == (0,)


def test_saves_and_loads_the_same(model: SpamModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = SpamModel.load(tmp_path)
    assert again.version == model.version
    texts = _adverts()[0] + _people(100)[0]
    assert np.array_equal(again.score(texts), model.score(texts))
    assert np.array_equal(again.judge(texts)[1], model.judge(texts)[1])
    (tmp_path / "spam.json").write_text('{"version": "other"}', "utf-8")
    with pytest.raises(SpamModelError, match="damaged"):
        SpamModel.load(tmp_path)
    (tmp_path / "spam.npz").write_bytes(b"")
    with pytest.raises(SpamModelError):
        SpamModel.load(tmp_path)


def test_unfitted_says_so_and_misaligned_is_refused() -> None:
    with pytest.raises(SpamModelError, match="not fitted"):
        SpamModel().score(["a"])
    with pytest.raises(ValueError, match="differ in length"):
        SpamModel().fit(["a"], [])
