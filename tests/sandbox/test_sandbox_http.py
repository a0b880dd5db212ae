"""The servers over real HTTP: field names, paging, hidden lists, limits, robots.txt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest

from sandbox.serve import Serving, serve
from sandbox.truth import facts
from sandbox.world import World

END = datetime(2026, 9, 1, tzinfo=UTC)
STATUS = {
    "id",
    "uri",
    "created_at",
    "account",
    "content",
    "visibility",
    "sensitive",
    "spoiler_text",
    "media_attachments",
    "application",
    "mentions",
    "tags",
    "emojis",
    "reblogs_count",
    "favourites_count",
    "quotes_count",
    "replies_count",
    "url",
    "in_reply_to_id",
    "in_reply_to_account_id",
    "reblog",
    "poll",
    "card",
    "language",
    "edited_at",
    "quote",
}
ACCOUNT = {
    "id",
    "username",
    "acct",
    "url",
    "uri",
    "display_name",
    "note",
    "avatar",
    "avatar_static",
    "header",
    "header_static",
    "locked",
    "fields",
    "emojis",
    "bot",
    "group",
    "discoverable",
    "indexable",
    "noindex",
    "created_at",
    "last_status_at",
    "statuses_count",
    "followers_count",
    "following_count",
    "hide_collections",
    "roles",
}


@pytest.fixture(scope="module")
def world() -> World:
    return World.generate(300, 30, 7, END)


@pytest.fixture(scope="module")
def serving(world: World) -> Iterator[Serving]:
    with serve(world) as running:
        yield running


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as session:
        yield session


def follow_links(client: httpx.Client, url: str) -> Iterator[dict[str, Any]]:
    while url:
        answer = client.get(url).raise_for_status()
        yield from answer.json()
        url = answer.links.get("next", {}).get("url", "")


def visible(world: World, source: str) -> set[str]:
    return {
        f["native_id"] for f in facts(world) if f["kind"] == "post" and f["source"] == source and f["visible"]
    }


def test_public_timeline_reaches_every_post_once(
    world: World, serving: Serving, client: httpx.Client
) -> None:
    url = f"{serving.urls['mastodon']}/api/v1/timelines/public?limit=40"
    statuses = list(follow_links(client, url))
    ids = [status["id"] for status in statuses]
    assert len(ids) == len(set(ids))
    assert ids == sorted(ids, key=int, reverse=True)
    kept = {status["id"] for status in statuses if not status["account"]["noindex"]}
    assert kept == visible(world, "mastodon")
    for status in statuses[:50]:
        assert set(status) == STATUS
        assert set(status["account"]) == ACCOUNT
        assert status["visibility"] == "public"
    quoted = [status["quote"] for status in statuses if status["quote"]]
    assert quoted
    assert all(set(quote["quoted_status"]) == STATUS for quote in quoted)


def test_paging_parameters(serving: Serving, client: httpx.Client) -> None:
    url = f"{serving.urls['mastodon']}/api/v1/timelines/public"
    first = client.get(url, params={"limit": 100}).json()
    assert len(first) == 40
    ids = [status["id"] for status in first]
    assert len(client.get(url).json()) == 20
    assert [s["id"] for s in client.get(url, params={"since_id": ids[5], "limit": 3}).json()] == ids[:3]
    assert [s["id"] for s in client.get(url, params={"min_id": ids[5], "limit": 3}).json()] == ids[2:5]
    assert [s["id"] for s in client.get(url, params={"max_id": ids[5], "limit": 3}).json()] == ids[6:9]
    assert client.get(url, params={"max_id": "x"}).status_code == 400


def test_tag_timeline_and_trends(serving: Serving, client: httpx.Client) -> None:
    base = f"{serving.urls['mastodon']}/api/v1"
    trends = client.get(f"{base}/trends/tags").json()
    assert 1 <= len(trends) <= 10
    assert set(trends[0]) == {"name", "url", "history"}
    assert all(isinstance(v, str) for v in trends[0]["history"][0].values())
    for name in ("露营", serving.world.events[0].hashtag):
        statuses = list(follow_links(client, f"{base}/timelines/tag/{name}?limit=40"))
        assert statuses
        assert all(name in [tag["name"] for tag in status["tags"]] for status in statuses)
        assert all(f"#<span>{name}</span>" in status["content"] for status in statuses)
    assert client.get(f"{base}/timelines/tag/无人提及").json() == []


def test_accounts_and_statuses(world: World, serving: Serving, client: httpx.Client) -> None:
    base = f"{serving.urls['mastodon']}/api/v1"
    found = client.get(f"{base}/accounts/lookup", params={"acct": "yuanzhang"}).json()
    assert found["display_name"] == "远帐"
    assert client.get(f"{base}/accounts/{found['id']}").json() == found
    assert client.get(f"{base}/accounts/lookup", params={"acct": "nobody"}).status_code == 404
    assert client.get(f"{base}/accounts/1").status_code == 404
    author = int(world.boosts.author[0])
    page = list(follow_links(client, f"{base}/accounts/{world.native_id(author)}/statuses?limit=40"))
    assert [s for s in page if s["reblog"]]
    assert not [s for s in page if s["visibility"] == "private"]
    boost = next(s for s in page if s["reblog"])
    assert client.get(f"{base}/statuses/{boost['id']}").json()["reblog"]["id"] == boost["reblog"]["id"]
    plain = follow_links(client, f"{base}/accounts/{world.native_id(author)}/statuses?exclude_reblogs=true")
    assert not [s for s in plain if s["reblog"]]
    private = int(np.flatnonzero(world.micro.posts.visibility == 2)[0])
    assert client.get(f"{base}/statuses/{world.status_id(private)}").status_code == 404


def test_follow_lists_page_and_hide(world: World, serving: Serving, client: httpx.Client) -> None:
    base, population = f"{serving.urls['mastodon']}/api/v1/accounts", world.population
    listed = [a["id"] for a in follow_links(client, f"{base}/{world.native_id(1)}/followers?limit=20")]
    assert sorted(listed) == sorted(world.native_id(int(a)) for a in world.follows.followers(1))
    hidden = int(np.flatnonzero(population.hides_follows & (population.source == 0))[0])
    assert len(world.follows.following(hidden)) > 0
    for direction in ("followers", "following"):
        assert client.get(f"{base}/{world.native_id(hidden)}/{direction}").json() == []
    assert client.get(f"{base}/{world.native_id(hidden)}").json()["hide_collections"] is True


def test_forum_reaches_every_post_once(world: World, serving: Serving, client: httpx.Client) -> None:
    base = serving.urls["discourse"]
    seen: list[str] = []
    hidden: set[str] = set()
    url = "/latest.json"
    while url:
        listing = client.get(base + url).json()
        for topic in listing["topic_list"]["topics"]:
            page = client.get(f"{base}/t/{topic['id']}.json").json()
            posts = page["post_stream"]["posts"]
            assert len(posts) <= 20
            rest = page["post_stream"]["stream"][20:]
            if rest:
                more = client.get(f"{base}/t/{topic['id']}/posts.json", params={"post_ids[]": rest}).json()
                posts += more["post_stream"]["posts"]
            assert [post["id"] for post in posts] == page["post_stream"]["stream"]
            assert [post["post_number"] for post in posts] == list(range(1, topic["posts_count"] + 1))
            seen += [str(post["id"]) for post in posts]
        url = listing["topic_list"].get("more_topics_url", "").replace("/latest?", "/latest.json?")
    assert len(seen) == len(set(seen)) == len(world.forum.posts)
    for account in np.flatnonzero(world.population.noindex & (world.population.source == 1)):
        user = client.get(f"{base}/u/{world.handle(int(account))}.json").json()["user"]
        assert user["profile_hidden"] is True
        assert "bio_excerpt" not in user
        hidden.add(world.native_id(int(account)))
    assert hidden
    assert visible(world, "discourse") <= set(seen)


def test_forum_shapes(world: World, serving: Serving, client: httpx.Client) -> None:
    base = serving.urls["discourse"]
    topic = int(np.argmax(np.diff(world.topics.starts)))
    page = client.get(f"{base}/t/topic/{world.topic_id(topic)}.json").json()
    assert {"post_stream", "id", "title", "posts_count", "details", "category_id", "tags"} <= set(page)
    cooked = " ".join(post["cooked"] for post in page["post_stream"]["posts"])
    assert "<p>" in cooked
    numbers = {post["post_number"]: post["username"] for post in page["post_stream"]["posts"]}
    for post in page["post_stream"]["posts"]:
        if post["reply_to_post_number"]:
            assert post["reply_to_user"]["username"] == numbers[post["reply_to_post_number"]]
    posts = [client.get(f"{base}/t/{world.topic_id(t)}.json").json() for t in range(40)]
    everything = " ".join(p["cooked"] for page in posts for p in page["post_stream"]["posts"])
    assert 'class="mention" href="/u/' in everything
    assert '<aside class="quote no-group" data-username="' in everything
    categories = client.get(f"{base}/categories.json").json()["category_list"]["categories"]
    assert len(categories) == 14
    board = client.get(f"{base}/c/{categories[0]['slug']}/{categories[0]['id']}.json").json()
    assert {t["category_id"] for t in board["topic_list"]["topics"]} == {categories[0]["id"]}
    assert client.get(f"{base}/t/1.json").status_code == 404
    assert client.get(f"{base}/u/nobody.json").status_code == 404


def test_keywords(world: World, serving: Serving, client: httpx.Client) -> None:
    base = serving.urls["keywords"]
    answer = client.get(f"{base}/sugrec", params={"prod": "pc", "wd": "露"}).json()
    assert answer["q"] == "露"
    assert {"type": "sug", "sa": "s_1", "q": "露营"} in answer["g"]
    assert "g" not in client.get(f"{base}/sugrec", params={"wd": "zzz"}).json()
    terms = client.get(f"{base}/index/terms").json()["terms"]
    assert world.events[0].name in terms
    series = client.get(f"{base}/index", params={"term": "露营", "start": "2026-08-30"}).json()
    assert series["term"] == "露营"
    assert [point["date"] for point in series["series"]] == ["2026-08-30", "2026-08-31"]
    assert client.get(f"{base}/index", params={"term": "zzz"}).status_code == 404


def test_rate_limit_and_crawl_delay(world: World) -> None:
    with serve(world, rate_limit=(3, 2.0), crawl_delay=1) as running, httpx.Client() as client:
        url = f"{running.urls['mastodon']}/api/v1/timelines/public?limit=1"
        answers = [client.get(url) for _ in range(5)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
        assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0", "0"]
        assert answers[0].headers["x-ratelimit-limit"] == "3"
        reset = datetime.fromisoformat(answers[-1].headers["x-ratelimit-reset"])
        assert 0 < reset.timestamp() - time.time() < 2.1
        time.sleep(int(answers[-1].headers["retry-after"]))
        assert client.get(url).status_code == 200
        for base in running.urls.values():
            robots = client.get(f"{base}/robots.txt").text
            assert "Crawl-delay: 1\n" in robots
            assert "Disallow: /private\n" in robots
        stats = client.get(f"{running.urls['mastodon']}/sandbox/stats").json()
        assert stats["refused"] == 2


def test_brands_are_announced(serving: Serving) -> None:
    about = serving.about()
    assert [b["role"] for b in about["brands"]].count("ours") == 3
    assert [b["role"] for b in about["brands"]].count("competitor") == 6
    assert [b["role"] for b in about["brands"]].count("media") == 2
    assert {"mastodon", "discourse", "keywords"} <= set(about)
