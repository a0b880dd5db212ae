"""Purchase intent by cues."""

from __future__ import annotations

import pytest

from nlp.intent import INTENTS, intents
from nlp.normalise import normalise_all
from nlp.segment import Segmenter

CASES = [
    ("asks", "求推荐一款适合新手的露营帐篷"),
    ("asks", "預算3000想買個微單，有什麼推薦嗎"),
    ("asks", "这款空气炸锅值得买吗？"),
    ("asks", "请问在哪买的呀"),
    ("asks", "这个牌子的跑鞋怎么样？"),
    ("compares", "索尼和佳能哪个更适合新手"),
    ("compares", "纠结买特斯拉还是比亚迪"),
    ("compares", "这两款咖啡机有什么区别"),
    ("owns", "新帐篷终于到手了，周末去试试"),
    ("owns", "我家洗地机用了半年，说说感受"),
    ("owns", "今天提车，开心"),
    ("complains", "客服态度太差了，再也不买"),
    ("complains", "这个耳机用了三天就坏了"),
    ("complains", "避雷这家店，货不对板"),
    ("recommends", "强烈推荐这款面霜，干皮必入"),
    ("recommends", "回购第五次了，真的好用"),
    ("recommends", "给大家安利一下这本书，安利给所有人"),
    (None, "今天天气真好，出去走走"),
    (None, "又下雨了，没带伞"),
    (None, "还没买票，不想买了"),
    (None, "晚上吃什么好呢"),
    (None, "😀😀"),
    (None, "推荐"),
    (None, ""),
    ("asks", "想买一顶露营帐篷"),
    ("asks", "最近好想入手折叠自行车"),
    (None, "一点也不想买露营帐篷"),
    ("owns", "已下单 坐等发货"),
    ("owns", "那只猫爬架下单啦"),
    (None, "还没下单 再看看"),
]


@pytest.mark.parametrize(("expected", "text"), CASES)
def test_cases(expected: str | None, text: str) -> None:
    (clean,) = normalise_all([text])
    assert expected is None or expected in INTENTS
    assert intents([clean], [Segmenter().cut(clean)]) == [expected]


def test_a_batch_is_its_posts_one_by_one() -> None:
    texts = normalise_all([text for _, text in CASES])
    docs = Segmenter().cut_all(texts)
    assert intents(texts, docs) == [intents([t], [d])[0] for t, d in zip(texts, docs, strict=True)]
    assert intents([], []) == []


def test_a_book_in_a_post_is_read_at_its_beginning() -> None:
    assert intents(["啊" * 100_000 + "求推荐"], [["啊", "啊"]]) == [None]
    assert intents(["求推荐" + "啊" * 100_000], [["求", "推荐"]]) == ["asks"]


def test_misaligned_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        intents(["a"], [])
