"""Languages: Chinese, English, mixtures and the rest, each post by itself."""

from __future__ import annotations

import pytest

from nlp.language import LANGUAGES, languages
from nlp.normalise import normalise_all

POSTS = {
    "zh": (
        "今天和朋友去山里露营",
        "露營真的很好玩，下次還要去",
        "刚入手iPhone 15 Pro，电池续航比上一代强不少",
        "BTS新专辑Proof太好听",
        "好きの歌真的很好听の",
        "哈哈哈hhhhh",
        "冲",
    ),
    "en": (
        "I bought a new tent yesterday and it is great",
        "Great camping trip",
        "citywalk",
        "We're going hiking tomorrow, who's in?",
        "Anyone tried the new Blue Bottle in 静安?",
        "new iPhone vs Pixel",
    ),
    "mixed": (
        "今天的 meeting 好 boring，老板 keep talking about KPI and OKR，so tired",
        "我爱你 I love you",
        "今晚 live 嗨翻了 love you guys",
    ),
    "other": (
        "",
        "   ",
        "😀⛺🎉",
        "12345 !!! 67%",
        "今日は天気がいいですね",
        "오늘 날씨가 정말 좋아요",
        "Привет, как дела",
        "Je suis allé au marché avec ma sœur",
        "Ich habe heute ein Zelt gekauft und es ist sehr gut",
        "Compré una tienda para ir a la montaña",
        "Saya suka makan nasi goreng dengan ayam",
        "Hôm nay trời đẹp quá",
        "مرحبا كيف حالك",
        "สวัสดีครับ",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_posts_are_told_apart(language: str) -> None:
    texts = POSTS[language]
    assert dict(zip(texts, languages(normalise_all(texts)), strict=True)) == dict.fromkeys(texts, language)


def test_a_post_alone_is_as_in_company() -> None:
    texts = [text for group in POSTS.values() for text in group]
    assert languages(texts) == [languages([text])[0] for text in texts]
    assert languages([]) == []


@pytest.mark.timeout(30)
def test_a_book_is_judged_by_its_beginning() -> None:
    assert languages(["露营" * 50_000, "camping and hiking " * 50_000]) == ["zh", "en"]
