"""Benefits sought, styles of buying, and how brands are spoken of."""

from __future__ import annotations

import pytest

from nlp.brand_talk import BrandTalk
from nlp.cues import LONGEST_TEXT, CueFileError, read_cues
from nlp.families import KINDS, cues, families, names

BENEFITS = [
    ("这款帐篷性价比真高", ["价格"]),
    ("太贵了，等打折再说", ["价格"]),
    ("做工扎实，用了好几年还很耐用", ["品质"]),
    ("颜值高，配色也好看", ["外观"]),
    ("一键清洁，实在省心", ["省心"]),
    ("配料表干净，零添加", ["健康"]),
    ("售后态度差，退货拖了半个月", ["服务"]),
    ("做工好价格也实惠", ["品质", "价格"]),
    ("不在乎价格便宜，只看颜值高不高", ["外观"]),
    ("难能可贵的是他还记得", []),
    ("麻烦问一下几点开门", []),
    ("贵州的夏天真凉快", []),
    ("今天天气不错", []),
    ("", []),
    ("😀😀", []),
]
STYLES = [
    ("首发就冲了，第一批用户", ["尝鲜"]),
    ("货比三家，等双十一降价", ["比价"]),
    ("回购第五次了，一直在用", ["忠诚"]),
    ("被种草了，买了博主同款", ["跟风"]),
    ("我从不跟风买东西", []),
    ("公布首发阵容", []),
    ("今天吃了桂林米粉", []),
    ("晚安", []),
]


@pytest.mark.parametrize(("text", "expected"), BENEFITS)
def test_benefits(text: str, expected: list[str]) -> None:
    assert sorted(families([text], "benefits")[0]) == sorted(expected)


@pytest.mark.parametrize(("text", "expected"), STYLES)
def test_styles(text: str, expected: list[str]) -> None:
    assert families([text], "styles") == [expected]


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_its_posts_one_by_one(kind: str) -> None:
    texts = [text for text, _ in (*BENEFITS, *STYLES)]
    assert families(texts, kind) == [families([text], kind)[0] for text in texts]
    assert families([], kind) == []


def test_the_cues_are_told() -> None:
    found = cues("性价比高，做工也好", "benefits")
    assert [(cue.family, cue.phrase, cue.weight) for cue in found] == [
        ("价格", "性价比高", 1.0),
        ("品质", "做工", 1.0),
    ]
    assert set(names("styles")) == {"尝鲜", "比价", "忠诚", "跟风"}


def test_a_book_is_read_at_its_beginning() -> None:
    assert families(["啊" * LONGEST_TEXT + "性价比高"], "benefits") == [[]]
    assert families(["性价比高" + "啊" * 100_000], "benefits") == [["价格"]]


def test_a_file_that_is_no_toml_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "broken.toml"
    path.write_text("[benefits", "utf-8")
    with pytest.raises(CueFileError, match=r"broken\.toml"):
        read_cues(path)


TALK = BrandTalk({"山野": ["山野"], "小米": ["小米", "xiaomi"], "星露": ["星露"]}, unlike=["小米粥"])
SAID = [
    ("山野的帐篷真好用，推荐", {"山野": 1}),
    ("山野这次太让人失望了", {"山野": -1}),
    ("山野不好用", {"山野": -1}),
    ("山野并没有那么好用", {"山野": -1}),
    ("山野一点都不贵", {"山野": 1}),
    ("不推荐山野", {"山野": -1}),
    ("山野好用吗？", {"山野": 0}),
    ("买了一顶山野", {"山野": 0}),
    ("山野比星露好用", {"山野": 1, "星露": -1}),
    ("山野不如星露", {"山野": -1, "星露": 1}),
    ("山野和星露都不错", {"山野": 1, "星露": 1}),
    ("山野发货慢，星露很靠谱", {"山野": -1, "星露": 1}),
    ("XIAOMI 很棒", {"小米": 1}),
    ("xiaomiao 很棒", {}),
    ("早上喝了小米粥，好喝", {}),
    ("山野质量很好，做工扎实，就是有点贵", {"山野": 1}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_sentiment_toward_brands(text: str, expected: dict[str, int]) -> None:
    brands, sentiments = TALK.read([text])
    signs = {b: (s > 0.05) - (s < -0.05) for b, s in zip(brands[0], sentiments[0], strict=True)}
    assert signs == expected
    assert all(-1 <= s <= 1 for s in sentiments[0])


def test_brands_in_bulk_and_why() -> None:
    texts = [text for text, _ in SAID]
    brands, sentiments = TALK.read(texts)
    alone = [TALK.read([text]) for text in texts]
    assert brands == [b[0] for b, _ in alone]
    assert sentiments == [s[0] for _, s in alone]
    (opinion,) = TALK.opinions("山野不好用")
    assert (opinion.brand, opinion.word, opinion.weight < 0) == ("山野", "不好", True)
    assert BrandTalk({}).read(["山野"]) == ([[]], [[]])
    assert BrandTalk({"一": ["一"]}).read(["一个人"]) == ([[]], [[]])
