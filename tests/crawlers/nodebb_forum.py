"""A small forum that speaks NodeBB's read API: real paging, real follow lists, profiles that may be closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from privacy.home import Home
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, job

Start = Callable[[Answer], Faulty]
QUICK = ("retries=1", "backoff=0.01", "timeout=5")
PAGE = 2  # topics, posts and follows a page
START = datetime(2026, 1, 2, tzinfo=UTC)


def ms(minutes: int) -> int:
    """A time so many minutes after the start, as NodeBB writes it."""
    return int(START.timestamp() * 1000) + minutes * 60_000


@dataclass
class Forum:
    """People by slug, topics by number; ``closed`` holds slugs and the status their profile answers."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, dict[str, Any]] = field(default_factory=dict)
    follows: dict[str, list[str]] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    recent: int = 2  # topics that /api/recent knows at most, as NodeBB's 200
    below: tuple[int, ...] = ()  # categories below the first, of which its page lists ``PAGE``
    write_api: bool = True  # whether there is one, as from version 3.6 on
    clock: int = 0

    def person(self, slug: str, uid: Any, **more: Any) -> None:
        """Add an account."""
        self.people[slug] = {"uid": uid, "username": slug, "userslug": slug, "joindate": ms(0), **more}

    def topic(self, tid: int, cid: int, *posts: tuple[str, str], tags: tuple[str, ...] = ()) -> None:
        """Add a topic of ``(slug, content)``, a minute apart."""
        self.topics[tid] = {"tid": tid, "cid": cid, "tags": [{"value": tag} for tag in tags], "posts": []}
        for slug, content in posts:
            self.reply(tid, slug, content)

    def reply(self, tid: int, slug: str, content: str, **more: Any) -> int:
        """Add a post; gives its number."""
        self.clock += 1
        topic = self.topics[tid]
        pid = tid * 100 + len(topic["posts"])
        user = self.people.get(slug, {"uid": 0, "username": slug, "userslug": ""})
        topic["posts"].append(
            {"pid": pid, "uid": user["uid"], "timestamp": ms(self.clock), "content": content, "user": user}
            | {"upvotes": 1, "deleted": 0, "replies": {"count": 0}}
            | more
        )
        return pid

    def answer(self, visit: Visit) -> None:
        """Answer like NodeBB; 404 for what there isn't."""
        parts = urlsplit(visit.path)
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        match path:
            case ["robots.txt"]:
                visit.give(b"", headers={"Content-Type": "text/plain"})
                return
            case ["api", "recent"]:
                said = self._list(list(self.topics)[-self.recent :], page)
            case ["api", "categories"]:
                said = {"categories": [{"cid": 1, "children": [{"cid": 2}]}, {"cid": 3, "link": "http://x"}]}
            case ["api", "category", number]:
                said = self._list(
                    [t for t, topic in self.topics.items() if topic["cid"] == int(number)], page
                )
                said |= {"cid": int(number), "children": self._below(0 if number == "1" else 10**6)}
                said |= {"hasMoreSubCategories": number == "1" and len(self.below) > PAGE}
                said |= {"nextSubCategoryStart": PAGE}
            case ["api", "v3", "categories", "1", "children"] if self.write_api:
                start = int(parse_qs(parts.query)["start"][0])
                said = {"status": {"code": "ok"}, "response": {"categories": self._below(start)}}
            case ["api", "tags", tag]:
                said = self._list(
                    [t for t, topic in self.topics.items() if {"value": tag} in topic["tags"]], page
                )
            case ["api", "topic", number] if int(number) in self.topics:
                said = self._topic(int(number), page)
            case ["api", "user", "uid", number]:
                said = self._profile(next(s for s, user in self.people.items() if str(user["uid"]) == number))
            case ["api", "user", slug, *rest] if slug in self.people and slug not in self.closed:
                said = self._profile(slug, rest[0], page) if rest else self._profile(slug)
            case ["api", "user", slug, *_] if slug in self.closed:
                visit.give(b"{}", self.closed[slug])
                return
            case _:
                visit.give(b"{}", 404)
                return
        visit.give(json.dumps(said).encode())

    def _below(self, start: int) -> list[dict[str, Any]]:
        return [{"cid": number, "name": "x"} for number in self.below[start : start + PAGE]]

    def _list(self, tids: list[int], page: int) -> dict[str, Any]:
        ordered = sorted((self.topics[tid] for tid in tids), key=self._last, reverse=True)
        shown = [
            {key: value for key, value in topic.items() if key != "posts"}
            | {"lastposttime": self._last(topic), "postcount": len(topic["posts"])}
            for topic in ordered
        ]
        return {"topics": shown[(page - 1) * PAGE : page * PAGE], "pagination": paging(page, len(shown))}

    def _last(self, topic: dict[str, Any]) -> int:
        return int(topic["posts"][-1]["timestamp"])

    def _topic(self, tid: int, page: int) -> dict[str, Any]:
        topic = self.topics[tid]
        posts = topic["posts"]
        about = {"titleRaw": f"Topic {tid}", "uid": posts[0]["uid"], "mainPid": posts[0]["pid"]}
        shown = posts[(page - 1) * PAGE : page * PAGE]
        category = {"name": "Tea &amp; tents"}
        return topic | about | {"posts": shown, "category": category, "pagination": paging(page, len(posts))}

    def _profile(self, slug: str, which: str = "", page: int = 1) -> dict[str, Any]:
        following = self.follows.get(slug, [])
        followers = [other for other, listed in self.follows.items() if slug in listed]
        said = self.people[slug] | {"followingCount": len(following), "followerCount": len(followers)}
        if which:
            listed = [self.people[other] for other in (following if which == "following" else followers)]
            said |= {
                "users": listed[(page - 1) * PAGE : page * PAGE],
                "pagination": paging(page, len(listed)),
            }
        return said


def paging(page: int, items: int) -> dict[str, int]:
    """The part of ``pagination`` that says where a page stands."""
    return {"currentPage": page, "pageCount": max(1, -(-items // PAGE))}


@pytest.fixture
def forum() -> Forum:
    """Six people, five topics over two categories, a follow graph that needs paging."""
    made = Forum()
    for uid, slug in enumerate(("lee", "kim", "sun", "wei", "ann", "ben"), start=1):
        made.person(slug, uid)
    made.topic(1, 1, ("lee", "<p>一</p>"), *[("kim", f"<p>答{n}</p>") for n in range(4)], tags=("露营",))
    made.topic(2, 1, ("sun", '<p>二 <a class="plugin-mentions-user" href="/user/ann">@ann</a></p>'))
    made.topic(3, 2, ("wei", "<p>三</p>"))
    made.topic(4, 2, ("lee", "<p>四</p>"), tags=("露营",))
    made.topic(5, 2, ("kim", "<p>五</p>"))
    made.follows = {"lee": ["kim", "sun", "ben"], "ben": ["ann"], "kim": ["lee"]}
    return made


def crawled(home: Home, *parameters: str) -> dict[str, Any]:
    """The report of a crawl that ends well."""
    code, report, said = job(home, "nodebb", *QUICK, *parameters)
    assert code == 0, said
    return report
