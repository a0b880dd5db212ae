"""Segmenting: the bulk path agrees with jieba, user words stay whole, nothing else breaks."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from nlp.normalise import normalise_all
from nlp.segment import Segmenter, agreement, reference_spans
from nlp.stopwords import is_content, stopwords
from nlp.taxonomy import load_taxonomy

TITLES = Path(__file__).parents[3] / "shared" / "data" / "thucnews_titles" / "test.txt"

VARIED = """周末和朋友去山里露营，带了天幕和蛋卷桌，晚上还能看到银河。
刚入手iPhone 15 Pro，电池续航比上一代强不少，就是3x镜头有点涩。
公司年会抽奖抽到一台空气炸锅，邻居问我要不要转卖，我说做红薯正好。
今天地铁又坏了！堵在西直门站半小时，老板在群里@所有人开会……
小明硕士毕业于中国科学院计算所，后在日本京都大学深造。
《三体》第二部看到凌晨两点，黑暗森林那段写得太好了。
求推荐200元以内的蓝牙耳机，主要通勤用，降噪好一点的。
孩子发烧到38.5度，打电话问了医生，说先物理降温观察。
上海的梅雨季真是衣服都晾不干，买了台烘干机，真香。
LPL季后赛BLG对T1打满五局，最后一波团战看得心跳加速。
他说的确实在理，乒乓球拍卖完了，结婚的和尚未结婚的都来了。
股市今天又跌了1.8%，基金定投还要不要继续？在线等，挺急的。
早C晚A用了三个月，皮肤状态稳定了很多，推荐给干皮姐妹。
去年冬天在崇礼滑雪，第一次上高级道，摔得屁股疼了一个星期。
书法班的老师让我们临兰亭序，一个之字写了二十种样子。""".splitlines()


def test_agrees_with_jieba_on_varied_text() -> None:
    texts = normalise_all(VARIED)
    words = load_taxonomy().words()
    segmenter = Segmenter(words)
    spans = [segmenter.spans(text) for text in texts]
    assert ["".join(pieces) for pieces in spans] == texts
    assert agreement(spans, reference_spans(texts, words)) >= 0.97


@pytest.mark.skipif(
    not TITLES.exists(), reason="the shared data folder is absent: no real titles to compare on"
)
def test_agrees_with_jieba_on_real_titles() -> None:
    texts = normalise_all([line.split("\t")[0] for line in TITLES.read_text("utf-8").splitlines()[:3_000]])
    segmenter = Segmenter(load_taxonomy().words())
    spans = [segmenter.spans(text) for text in texts]
    assert agreement(spans, reference_spans(texts, load_taxonomy().words())) >= 0.97


def test_agreement_counts_shared_spans() -> None:
    assert agreement([["ab", "c"]], [["ab", "c"]]) == 1.0
    assert agreement([["ab", "c"]], [["a", "bc"]]) == 0.0
    assert agreement([["ab", "c"]], [["a", "b", "c"]]) == pytest.approx(2 / 5)
    assert agreement([], []) == 1.0


def test_user_words_stay_whole() -> None:
    assert "蛋卷桌" not in Segmenter().cut("新买的蛋卷桌到了")
    assert "蛋卷桌" in Segmenter(["蛋卷桌"]).cut("新买的蛋卷桌到了")
    assert "polo衫" in Segmenter(["POLO衫"]).cut("新买的Polo衫和polo衫")


def test_numbers_stand_apart_from_units_and_names_stay_whole() -> None:
    text = "长3.33m宽600-1100的AK-47涨了38.5%"
    words = ["长", "3.33", "m", "宽", "600", "1100", "的", "ak-47", "涨", "了", "38.5%"]
    assert Segmenter().cut(text) == words
    assert Segmenter().spans(text)[-6:] == ["1100", "的", "AK-47", "涨", "了", "38.5%"]


def test_a_batch_is_its_texts_one_by_one() -> None:
    texts = [*VARIED, "", "두 줄\n어제", "第一行\n第二行", "\n", "😀", "露营" * 6_000, "3.5m-4.5m"] * 12
    segmenter = Segmenter(["蛋卷桌"])
    assert segmenter.cut_all(texts) == [segmenter.cut(text) for text in texts]
    assert segmenter.cut_all([]) == []


def test_english_is_cut_at_spaces_in_lower_case_without_its_function_words() -> None:
    words = Segmenter().cut("I don't think it's the best wi-fi for our Camping trips")
    assert [word for word in words if is_content(word)] == ["think", "best", "wi-fi", "camping", "trips"]


def test_latin_user_words_do_not_cut_others() -> None:
    assert Segmenter(["ai", "PR", "sc"]).cut("email said PRADA ai") == ["email", "said", "prada", "ai"]


def test_words_are_lower_case_without_space_and_punctuation() -> None:
    assert Segmenter().cut("Hello， 世界！！——《OK》…… 3.5折 C++") == [
        "hello",
        "世界",
        "ok",
        "3.5",
        "折",
        "c++",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 64, ["a" * 64]),
        ("a" * 65 + "露营", ["露营"]),
        ("", []),
        ("   ", []),
        ("。。。", []),
        ("😀⛺", ["😀", "⛺"]),
    ],
)
def test_edges(text: str, words: list[str]) -> None:
    assert Segmenter().cut(text) == words


def test_an_emoji_is_one_word_in_whichever_colour() -> None:
    assert Segmenter().cut("好吃👨‍👩‍👧⛺️❤️👍🏽👍🇨🇳🏳️‍🌈3️⃣_") == [
        "好吃", "👨‍👩‍👧", "⛺", "❤", "👍", "👍", "🇨🇳", "🏳‍🌈", "3",
    ]  # fmt: skip


def test_mixed_scripts() -> None:
    words = Segmenter().cut("今天学了こんにちは和안녕, Привет мир, naïve")
    assert words == ["今天", "学了", "こんにちは", "和", "안녕", "привет", "мир", "naïve"]


@pytest.mark.timeout(60)
def test_a_book_in_a_post_is_cut_in_pieces() -> None:
    words = Segmenter().cut("我们去露营看星星" * 12_500)
    # Cut in pieces: at the seams alone a word may differ.
    assert abs(words.count("露营") - 12_500) <= 25


def test_version_tells_the_user_words_and_not_their_order() -> None:
    assert Segmenter(["蛋卷桌", "天幕"]).version == Segmenter(["天幕", "蛋卷桌", "天幕 "]).version
    assert Segmenter(["蛋卷桌"]).version != Segmenter().version


def test_words_do_not_touch_texts_without_them() -> None:
    """Whatever words come, in whichever order, texts that hold none of them are cut as before."""
    words = sorted(load_taxonomy().words())
    before = Segmenter(words[::2])
    after = Segmenter([*words[::2], "抽到一台空气", "的在", "今天地铁", "蛋卷桌"])
    assert before.weight_step == after.weight_step
    for text in normalise_all(VARIED):
        if not {"抽到一台空气", "今天地铁", "蛋卷桌"} & set(after.cut(text)):
            assert after.cut(text) == before.cut(text)
    assert "今天地铁" in after.cut("今天地铁又坏了")


def test_pickles_as_its_words() -> None:
    segmenter = Segmenter(["蛋卷桌"])
    again: Segmenter = pickle.loads(pickle.dumps(segmenter))
    assert again.version == segmenter.version
    assert again.cut_all(["新买的蛋卷桌"]) == [["新买", "的", "蛋卷桌"]]


def test_one_segmenter_does_not_teach_another() -> None:
    Segmenter(["新买的蛋卷桌"])
    assert "新买的蛋卷桌" not in Segmenter().cut("新买的蛋卷桌")


def test_content_words() -> None:
    assert {"的", "了", "我们", "转发"} <= stopwords()
    assert [word for word in ("的", "露营", "2024", "3.5", "a", "ai", "⛺", "涮") if is_content(word)] == [
        "露营",
        "ai",
        "⛺",
        "涮",
    ]
    # A stop word that is a seed would silence an interest.
    assert not stopwords() & load_taxonomy().words()
