"""Servers that speak Mastodon's API and are none: what they do otherwise costs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, job, policy

Start = Callable[[Answer], Faulty]


def account(number: int, handle: str) -> dict[str, Any]:
    """Someone who follows one account and has written one status."""
    return {"id": str(number), "acct": handle, "following_count": 1, "statuses_count": 1}


def test_handles_with_the_servers_own_host_are_local(faulty: Start, home: Home) -> None:
    """Takahē writes the host in every handle."""
    local, remote = account(1, "amy@127.0.0.1"), account(2, "bob@elsewhere.example")
    written = [
        {"id": one["id"], "created_at": "2026-01-02T03:04:05Z", "account": one, "content": "<p>露营</p>"}
        for one in (local, remote)
    ]

    def answer(visit: Visit) -> None:
        lists = {"public": written, "accounts/1/following": [remote], "accounts/1/statuses": written[:1]}
        found = next((rows for part, rows in lists.items() if part in visit.path), None)
        visit.give(json.dumps(found).encode(), 404 if found is None else 200)

    server = faulty(answer)
    add_policy(home, policy("birds", server.url, "mastodon"))
    report = job(home, "mastodon", "retries=0", "trends=no", "statuses=authors", source="birds")[1]
    assert report["status"] == "ok"
    asked = [path.removeprefix("/api/v1/accounts/") for path in server.seen if "accounts" in path]
    assert sorted(asked) == ["1/following?limit=80", "1/statuses?limit=40"], "nothing of who is elsewhere"
    assert Lake(home).read("edges").filter(kind="follow").height == 1
