"""A server that speaks Weibo's open platform API, version 2, over a small world of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.crawl_lab import Visit

TOKEN = "2.00TestToken_only-for_this.server"
CHINA = timezone(timedelta(hours=8))
NOON = datetime(2026, 1, 2, 12, tzinfo=CHINA)


def weibo_time(moment: datetime) -> str:
    """As ``Tue May 31 17:46:55 +0800 2011``."""
    return moment.astimezone(CHINA).strftime("%a %b %d %H:%M:%S +0800 %Y")


def user(number: int, **more: Any) -> dict[str, Any]:
    """A user."""
    base = {
        "id": number,
        "idstr": str(number),
        "screen_name": f"用户{number}",
        "name": f"用户{number}",
        "location": "上海 徐汇区",
        "description": "喜欢露营",
        "gender": "f" if number % 2 else "m",
        "followers_count": 2,
        "friends_count": 1,
        "statuses_count": 9,
        "created_at": "Fri Aug 28 00:00:00 +0800 2009",
        "verified": False,
        "verified_type": -1,
    }
    return base | more


def status(number: int, author: int, **more: Any) -> dict[str, Any]:
    """A status; a higher number is newer."""
    base = {
        "id": number,
        "idstr": str(number),
        "mid": str(number),
        "created_at": weibo_time(NOON + timedelta(minutes=number)),
        "text": f"第{number}条 #露营# 真好",
        "user": user(author),
        "reposts_count": 0,
        "comments_count": 0,
        "attitudes_count": 3,
        "in_reply_to_status_id": "",
        "in_reply_to_user_id": "",
        "visible": {"type": 0, "list_id": 0},
    }
    return base | more


@dataclass
class WeiboApi:
    """What the server knows, whom it has met, and how it answers."""

    statuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # by author, newest first
    reposts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # by status
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    friends: dict[int, list[int]] = field(default_factory=dict)
    followers: dict[int, list[int]] = field(default_factory=dict)
    left: int = 1000
    reset: int = 60
    page_size: int = 2
    token: str = TOKEN
    errors: dict[str, tuple[int, int, str]] = field(default_factory=dict)  # path to status, code, words
    calls: list[str] = field(default_factory=list)
    headers: list[tuple[str, str | None]] = field(default_factory=list)

    def __call__(self, visit: Visit) -> None:
        """Answer one request."""
        parts = urlsplit(visit.path)
        self.headers.append((parts.path, visit.headers.get("Authorization")))
        if parts.path == "/robots.txt":
            visit.give(b"", 404)
            return
        path = parts.path.removeprefix("/2/").removesuffix(".json")
        self.calls.append(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if visit.headers.get("Authorization") != f"OAuth2 {self.token}":
            self.refuse(visit, path, 401, 21332, "source paramter(appkey) is missing")
        elif path in self.errors:
            self.refuse(visit, path, *self.errors[path])
        elif path == "account/rate_limit_status":
            self.send(visit, self.limits())
        elif self.left <= 0:
            self.refuse(visit, path, 403, 10023, "User requests out of rate limit!")
        else:
            self.left -= 1
            self.send(visit, self.answer(path, query))

    def limits(self) -> dict[str, Any]:
        """The rate limit."""
        return {
            "ip_limit": 10000,
            "limit_time_unit": "HOURS",
            "remaining_ip_hits": 10000,
            "remaining_user_hits": self.left,
            "reset_time": "2026-01-02 13:00:00",
            "reset_time_in_seconds": self.reset,
            "user_limit": 150,
        }

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The body for a path that is known."""
        match path:
            case "users/show":
                number = (
                    int(query["uid"]) if "uid" in query else int(query["screen_name"].removeprefix("用户"))
                )
                return user(number)
            case "statuses/user_timeline":
                return self.paged("statuses", self.statuses.get(int(query["uid"]), []), query)
            case "statuses/public_timeline":
                everything = [one for many in self.statuses.values() for one in many]
                return self.paged("statuses", everything, query)
            case "statuses/repost_timeline":
                return self.paged("reposts", self.reposts.get(int(query["id"]), []), query)
            case "comments/show":
                return self.paged("comments", self.comments.get(int(query["id"]), []), query)
            case "friendships/friends":
                return self.cut(
                    "users", [user(one) for one in self.friends.get(int(query["uid"]), [])], query
                )
            case "friendships/followers/ids":
                return self.cut("ids", self.followers.get(int(query["uid"]), []), query)
        return {"error": "Request Api not found!", "error_code": 10020, "request": f"/2/{path}.json"}

    def paged(self, name: str, listed: list[Any], query: dict[str, str]) -> dict[str, Any]:
        """One page of a list."""
        start = (int(query.get("page", 1)) - 1) * self.page_size
        page = listed[start : start + self.page_size]
        return {name: page, "previous_cursor": 0, "next_cursor": 0, "total_number": len(listed)}

    def cut(self, name: str, listed: list[Any], query: dict[str, str]) -> dict[str, Any]:
        """One part of a list that goes by cursor."""
        start = int(query.get("cursor", 0))
        end = start + self.page_size
        part = {"previous_cursor": 0, "next_cursor": end if end < len(listed) else 0}
        return {name: listed[start:end], "total_number": len(listed)} | part

    def refuse(self, visit: Visit, path: str, http: int, code: int, words: str) -> None:
        """An error as Weibo tells it."""
        self.send(visit, {"error": words, "error_code": code, "request": f"/2/{path}.json"}, http)

    @staticmethod
    def send(visit: Visit, answer: Any, http: int = 200) -> None:
        """JSON."""
        visit.give(json.dumps(answer, ensure_ascii=False).encode(), http)


def minutes_utc(number: int) -> datetime:
    """When a status was written."""
    return (NOON + timedelta(minutes=number)).astimezone(UTC)
