"""The words: how often they are obvious ones, contact details with valid check digits, spam, spelling."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from sandbox.contacts import ID_WEIGHTS, SLOTS
from sandbox.grammar import favourites, to_traditional
from sandbox.lexicon import load_interests
from sandbox.posts import ADVERT, BURST, PASSING, TOPIC
from sandbox.world import World

END = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return World.generate(1000, 45, 7, END)


def test_lexicon_is_whole() -> None:
    interests = load_interests()
    assert len(interests) == 165
    assert len({interest.name for interest in interests}) == len(interests)
    assert len({interest.top for interest in interests}) == 27
    for interest in interests:
        assert len(interest.words) >= 18, interest.name
        assert not set(interest.head) & set(interest.tail), interest.name


def test_obvious_words_are_the_smaller_part(world: World) -> None:
    head, other = 0, 0
    for network in (world.micro, world.forum):
        posts = network.posts
        for i in range(len(posts)):
            if posts.kind[i] not in (TOPIC, PASSING, BURST):
                continue
            named = int(posts.passing[i] if posts.kind[i] == PASSING else posts.interest[i])
            obvious = {load_interests()[named].name, *load_interests()[named].head}
            for word in network.writer.draft(i).words:
                if word in obvious:
                    head += 1
                else:
                    other += 1
    assert 0.30 <= head / (head + other) <= 0.40


def test_on_topic_posts_hold_words_of_their_interest(world: World) -> None:
    posts = world.micro.posts
    rows = [i for i in range(len(posts)) if posts.kind[i] == TOPIC and posts.repost_of[i] < 0]
    sizes = []
    for i in rows[:2000]:
        draft = world.micro.writer.draft(i)
        own = set(load_interests()[int(posts.interest[i])].words)
        assert draft.words
        assert set(draft.words) <= own
        sizes.append(len(draft.words))
    assert 2.0 <= sum(sizes) / len(sizes) <= 4.0


def test_people_keep_to_favourite_words(world: World) -> None:
    posts = world.micro.posts
    used: Counter[str] = Counter()
    author = next(int(a) for a in posts.author if world.population.role[a] == 3)
    interest = int(world.population.interests[author, 0])
    for i in range(len(posts)):
        if posts.author[i] == author and posts.interest[i] == interest and posts.kind[i] == TOPIC:
            used.update(world.micro.writer.draft(i).words)
    tail, _ = favourites(author, interest)
    others = [used[word] for word in load_interests()[interest].tail if word not in tail]
    assert sum(used[word] for word in tail) / len(tail) > sum(others) / len(others)


def luhn(number: str) -> bool:
    digits = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(d // 10 + d % 10 for d in digits) % 10 == 0


def test_contact_details_have_valid_check_digits() -> None:
    rng = random.Random(1)
    for _ in range(200):
        assert luhn(SLOTS["card"](rng))
        body = SLOTS["idcard"](rng)
        total = sum(int(d) * w for d, w in zip(body[:17], ID_WEIGHTS, strict=True))
        assert body[17] == "10X98765432"[total % 11]
        assert re.fullmatch(r"1\d{2}-?\d{4}-?\d{4}", SLOTS["phone"](rng))


def test_some_posts_give_contact_details(world: World) -> None:
    pattern = re.compile(
        r"1[3-8]\d-?\d{4}-?\d{4}|\d{17}[\dX]|@mail\.example|wx_|wxid_|[Qq]\s?[Qq号]|WeChat|加V"
    )
    n = len(world.micro.posts)
    found = sum(bool(pattern.search(world.micro.writer.draft(i).text)) for i in range(n))
    assert 0.005 <= found / n <= 0.02


def test_spam_repeats_one_template_an_account(world: World) -> None:
    posts = world.micro.posts
    rows = [i for i in range(len(posts)) if posts.kind[i] == ADVERT]
    shapes: dict[int, set[str]] = {}
    for i in rows:
        text = world.micro.writer.draft(i).text
        assert "https://" in text or "扫码" in text
        shapes.setdefault(int(posts.author[i]), set()).add(text[:2])
    assert shapes


def test_some_people_write_traditional_characters(world: World) -> None:
    assert to_traditional("这个周末没时间") == "這個周末沒時間"
    posts, flags = world.micro.posts, world.population.traditional
    texts = [world.micro.writer.draft(i).text for i in range(len(posts)) if flags[posts.author[i]]]
    assert sum(text == to_traditional(text) for text in texts) == len(texts) > 100


def test_texts_are_varied(world: World) -> None:
    posts = world.micro.posts
    texts = [world.micro.writer.draft(i).text for i in range(len(posts)) if posts.kind[i] == TOPIC]
    assert len(set(texts)) / len(texts) > 0.97


def test_reposts_carry_the_original_and_its_interest(world: World) -> None:
    posts = world.micro.posts
    rows = [i for i in range(len(posts)) if posts.repost_of[i] >= 0]
    assert len(rows) > 100
    for i in rows[:100]:
        draft, origin = world.micro.writer.draft(i), int(posts.repost_of[i])
        assert draft.chain is not None
        assert draft.chain[0] == posts.author[origin]
        assert posts.interest[i] == posts.interest[origin]
