"""Normalising: what stays is what the author said, in one script and one width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import clean_hashtags, hashtags_of, in_place, normalise, normalise_all

WHO = "@u" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Ｈｅｌｌｏ，ＡＢＣ１２３！", "Hello,ABC123!"),
        ("ｶﾞﾗｽ和㎏还有①", "ガラス和kg还有1"),
        ("我們去露營，蘋果手機沒電了", "我们去露营，苹果手机没电了"),
        ("著名的乾隆皇帝在後面吃麵", "著名的乾隆皇帝在后面吃面"),
        ("好吃😋👨‍👩‍👧⛺️", "好吃😋👨‍👩‍👧⛺️"),
        ("看这里https://example.com/a?b=1真好", "看这里 真好"),
        ("见 www.example.com/x。完", "见 。完"),
        (f"谢谢{WHO}的茶", "谢谢 的茶"),
        (f"说得好//{WHO}:我不同意//@u{'f' * 32}:去登山", "说得好"),
        (f"//{WHO}:只有别人的话", ""),
        ("晚安[月亮][doge]", "晚安"),
        ("电话[手机]加[微信]", "电话 加"),
        ("#露营日记# 出发 #citywalk 走起", "露营日记 出发 citywalk 走起"),
        (f"回复{WHO}:好的", "好的"),
        (f"回覆 {WHO} ：好的", "好的"),
        ("转发微博", ""),
        (f"轉發微博//{WHO}:别人的话", ""),
        ("朋友转发微博给我看", "朋友转发微博给我看"),
        ("看这个O网页链接 真好", "看这个 真好"),
        ("L某某的微博视频 下饭", "下饭"),
        ("很长的一段 展开全文c", "很长的一段"),
        ("吃&amp;喝 &lt;玩&gt; A&B", "吃&喝 <玩> A&B"),
        ("#Hello World# 你好", "Hello World 你好"),
        ("#露营[话题]# 出发", "露营 # 出发"),
        ("⼈⼯", "人工"),
        ("  a \u3000 b\n\tc\u200b\ufeff  ", "a b c"),
        ("半个\ud83d表情", "半个表情"),
        ("a\x1eb", "ab"),
        ("", ""),
        ("   ", ""),
        ("😀", "😀"),
    ],
)
def test_normalise(raw: str, clean: str) -> None:
    expected = clean.replace("，", ",") if "，" in clean else clean
    assert normalise(raw) == expected


def test_case_and_lists_in_brackets_stay() -> None:
    assert (
        normalise("iPhone [这是一个很长的说明文字不是表情] x[0]")
        == "iPhone [这是一个很长的说明文字不是表情] x"
    )


@given(st.lists(st.text(max_size=60), max_size=20))
def test_a_batch_is_its_texts_one_by_one(texts: list[str]) -> None:
    assert normalise_all(texts) == [normalise(text) for text in texts]


@given(st.text(alphabet="我們去露營Ａａ１ ，。😀龍龙后後\n", max_size=80))
def test_clean_text_stays_clean(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_more_texts_than_a_batch_keep_their_order() -> None:
    texts = [f"第{number}個" for number in range(4_501)]
    assert normalise_all(texts) == [f"第{number}个" for number in range(4_501)]


def test_hashtags() -> None:
    assert hashtags_of("#露營日記# 吃 #citywalk,走 ＃二次元＃ #露营日记#") == [
        "露营日记",
        "citywalk",
        "二次元",
    ]
    assert hashtags_of(f"转发//{WHO}:#别人的标签#") == []
    assert hashtags_of("https://example.com/#anchor 没有标签") == []
    assert hashtags_of("没有") == []
    assert hashtags_of("#Hello World# 再来 #露营 今天去#citywalk") == ["helloworld", "露营", "citywalk"]
    assert hashtags_of("#露营[话题]# #户外[话题]#") == ["露营", "户外"]
    assert hashtags_of("#露营#出发#citywalk#") == ["露营", "citywalk"]
    assert clean_hashtags(["#CityWalk", "城市 漫步", "城市漫步", ""]) == ["citywalk", "城市漫步"]


@pytest.mark.timeout(60)
def test_a_book_in_a_post_is_read_in_one_pass() -> None:
    book = "今天我們去了很遠的地方，天氣很好😀。" * 6_000
    clean = normalise(book)
    assert len(book) > 100_000
    assert clean.startswith("今天我们去了很远的地方")
    assert len(clean) == len(book)


@given(st.text())
def test_every_character_keeps_its_place_in_the_simplified_form(text: str) -> None:
    assert len(in_place(text)) == len(text)
    assert in_place("露營ＣＩＴＹ㎏帳") == "露营CITY㎏帐"
