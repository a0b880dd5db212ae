"""Weibo's open platform: crawls of a server that speaks its API, its limits, its refusals, and the token's secrecy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy
from tests.crawlers.weibo_api import TOKEN, WeiboApi, minutes_utc, status, user

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=5")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own token, where the spider looks for it."""
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", TOKEN)


@pytest.fixture
def api() -> WeiboApi:
    """Three statuses of user 1, one of them a repost of user 2's; comments, reposts, friends, followers."""
    original = status(5, 2, text="原文 #帐篷#")
    made = WeiboApi()
    made.statuses = {
        1: [
            status(30, 1, comments_count=3, reposts_count=1),
            status(20, 1, text="转一下//@用户2:原文 &lt;3", retweeted_status=original),
            status(10, 1, visible={"type": 1}),
        ]
    }
    made.comments = {
        30: [
            status(101, 3, text="好看", status={"id": 30, "user": user(1)}),
            status(102, 1, text="回复@用户3:谢谢", reply_comment=status(101, 3), status={"id": 30}),
            status(103, 4, text="同问", status={"id": 30, "user": user(1)}),
        ]
    }
    made.reposts = {30: [status(200, 5, retweeted_status=status(30, 1))]}
    made.friends = {1: [2, 3, 4]}
    made.followers = {1: [6, 7, 8, 9, 10]}
    return made


def crawl(home: Home, server: Faulty, *parameters: str) -> tuple[int, dict[str, Any], str]:
    add_policy(home, policy("weibo", f"{server.url}/2", "weibo", concurrency=1))
    return job(home, "weibo", *QUICK, *parameters, source="weibo")


def rows(home: Home, table: str) -> list[dict[str, Any]]:
    return Lake(home).read(table).to_dicts()


def test_a_user_with_all_that_is_theirs(faulty: Start, home: Home, api: WeiboApi) -> None:
    code, report, said = crawl(home, faulty(api), "users=1")
    assert (code, report["status"], said) == (0, "ok", "")
    names = Pseudonyms.open(home)
    posts = {row["id"]: row for row in rows(home, "posts")}
    expected = ("5", "20", "30", "comment:101", "comment:102", "comment:103", "200")
    assert set(posts) == {names.post("weibo", native_id) for native_id in expected}, "10 is for oneself alone"
    thirty, twenty = posts[names.post("weibo", "30")], posts[names.post("weibo", "20")]
    assert thirty["created_at"] == minutes_utc(30)
    assert (thirty["hashtags"], thirty["likes"], thirty["kind"]) == (["露营"], 3, "post")
    assert twenty["repost_of_id"] == names.post("weibo", "5")
    mentioned = names.account("weibo", "2")
    assert twenty["text"] == f"转一下//@{mentioned}:原文 <3", "the nick is replaced by a pseudonym"
    reply = posts[names.post("weibo", "comment:102")]
    assert (reply["kind"], reply["reply_to_id"]) == ("reply", names.post("weibo", "comment:101"))
    first = posts[names.post("weibo", "comment:101")]
    assert (first["kind"], first["reply_to_id"]) == ("reply", names.post("weibo", "30"))
    follows = {(row["src"], row["dst"]) for row in rows(home, "edges") if row["kind"] == "follow"}
    one = names.account("weibo", "1")
    friends = {(one, names.account("weibo", str(number))) for number in (2, 3, 4)}
    followers = {(names.account("weibo", str(number)), one) for number in (6, 7, 8, 9, 10)}
    assert follows == friends | followers
    account = next(row for row in rows(home, "accounts") if row["id"] == one)
    assert (account["region"], account["gender"], account["following_count"]) == ("上海 徐汇区", "f", 1)


def test_a_second_crawl_asks_only_for_what_changed(faulty: Start, home: Home, api: WeiboApi) -> None:
    server = faulty(api)
    crawl(home, server, "users=1", "follows=no")
    api.calls.clear()
    api.statuses[1].insert(0, status(40, 1, text="新的", comments_count=0))
    code, report, _ = crawl(home, server, "users=@用户1", "follows=no")
    assert (code, report["counts"]["unchanged"]) == (0, 2), "the counts of 30 are as they were"
    assert "comments/show" not in api.calls
    assert len(ids(home)) == 8


def test_without_users_the_public_timeline_is_read(faulty: Start, home: Home, api: WeiboApi) -> None:
    assert crawl(home, faulty(api), "comments=no", "reposts=no")[0] == 0
    assert "statuses/public_timeline" in api.calls
    assert len(ids(home)) == 3


def test_the_limit_is_obeyed_and_a_later_crawl_goes_on(faulty: Start, home: Home, api: WeiboApi) -> None:
    server = faulty(api)
    api.left, api.reset = 4, 3000
    _, report, _ = crawl(home, server, "users=1")
    assert report["status"] == "truncated"
    assert "limit of the token is used up; it begins anew in 51 minutes" in report["message"]
    asked = [path for path in api.calls if path != "account/rate_limit_status"]
    assert len(asked) <= 4, "nothing was asked beyond the limit"
    api.left, api.reset = 1000, 3000
    assert crawl(home, server, "users=1")[1]["status"] == "ok"
    assert len(ids(home)) == 7


def test_a_window_that_begins_soon_is_waited_for(faulty: Start, home: Home, api: WeiboApi) -> None:
    server = faulty(api)
    api.left, api.reset = 0, 2
    served = api.limits

    def limits() -> dict[str, Any]:
        answer = served()
        api.left = 1000
        return answer

    api.limits = limits  # type: ignore[method-assign]
    _, report, _ = crawl(home, server, "users=1")
    assert (report["status"], len(ids(home))) == ("ok", 7)
    assert report["seconds"] >= 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10022, "the hourly limit of this address (IP) is used up"),
        (10023, "the hourly limit of this user is used up"),
        (10024, "the hourly limit of this user for this endpoint is used up"),
        (20022, "what comes from this address (IP) looks unusual to it"),
        (
            21301,
            "the token was not accepted (Weibo's error 21301): let the platform issue a new token, and put it into",
        ),
        (21318, "the authorisation was not confirmed"),
        (21325, "the authorisation is not valid, has expired or was revoked"),
        (21327, "the token has expired"),
        (21332, "the token is not valid"),
    ],
)
def test_limits_and_tokens_end_the_crawl_in_words_and_lose_nothing(
    faulty: Start, home: Home, api: WeiboApi, code: int, words: str
) -> None:
    server = faulty(api)
    api.errors["users/show"] = (403, code, "no")
    exit_code, report, said = crawl(home, server, "users=1,2,3")
    assert (exit_code, report["status"]) == (1, "blocked")
    assert words in said
    assert str(code) in said
    assert api.calls.count("users/show") <= 2, "beside one that was under way"
    api.errors.clear()
    assert crawl(home, server, "users=1,2,3")[1]["status"] == "ok"
    assert len(ids(home)) == 7


@pytest.mark.parametrize("refusal", [10014, 21330])
def test_one_list_that_is_not_shown_costs_only_itself(
    faulty: Start, home: Home, api: WeiboApi, refusal: int
) -> None:
    api.errors["friendships/friends"] = (403, refusal, "no")
    api.errors["comments/show"] = (400, 20101, "target weibo does not exist!")
    code, report, _ = crawl(home, faulty(api), "users=1")
    assert (code, report["status"]) == (0, "ok")
    assert (report["counts"]["blocked"], len(ids(home))) == (1, 4)


def test_an_error_that_nobody_knows_is_kept(faulty: Start, home: Home, api: WeiboApi) -> None:
    api.errors["comments/show"] = (200, 29999, "something new")
    _, report, _ = crawl(home, faulty(api), "users=1")
    assert report["status"] == "truncated"
    assert "something new (Weibo's error 29999)" in report["message"]
    assert [row["reason"] for row in rows(home, "rejects")] == ["something new (Weibo's error 29999)"]


def everything_below(folder: Path) -> bytes:
    """All bytes that a home holds, and what the tables say."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_token_stays_where_it_is(faulty: Start, home: Home, api: WeiboApi) -> None:
    """Whatever the servers do: repeat it, put it into an address, send us elsewhere."""
    elsewhere = faulty(lambda visit: visit.give(b"{}"))
    headers: list[tuple[str, str | None]] = []

    def answer(visit: Visit) -> None:
        headers.append((visit.path, visit.headers.get("Authorization")))
        if "friends.json" in visit.path:
            visit.give(f'{{"your token": "{TOKEN}", "users": 7}}'.encode())
        elif "comments" in visit.path:
            visit.give(b"", 302, {"Location": f"{elsewhere.url}/2/comments/show.json"})
        elif "repost_timeline" in visit.path:
            visit.give(b"", 302, {"Location": f"{server.url}/2/reposts.json?access_token={TOKEN}"})
        elif "followers" in visit.path:
            visit.give(b"", 302, {"Location": "/2/elsewhere.json"})
        else:
            api(visit)

    server = faulty(answer)
    add_policy(home, policy("other", elsewhere.url, "weibo"))
    _, report, said = crawl(home, server, "users=1")
    assert all(TOKEN not in path for path, _ in headers)
    assert {header for path, header in headers if path == "/robots.txt"} == {None}
    assert not [path for path in elsewhere.seen if "comments" in path], "another source's host is not asked"
    for place in (str(report), said, str(rows(home, "rejects")), str(rows(home, "runs"))):
        assert TOKEN not in place
    assert "[token]" in str(rows(home, "rejects"))
    assert TOKEN.encode() not in everything_below(home.root)


def test_a_redirect_within_the_source_but_to_another_host_loses_the_token(
    faulty: Start, home: Home, api: WeiboApi
) -> None:
    """Two hosts, one policy entry a host; the second's own spider has no token to show."""
    seen: list[str | None] = []

    def meet(visit: Visit) -> None:
        seen.append(visit.headers.get("Authorization"))
        visit.give(b"{}")

    other = faulty(meet)
    server = faulty(
        lambda visit: (
            api(visit)
            if "users/show" not in visit.path
            else visit.give(b"", 302, {"Location": f"{other.url}/2/users/show.json"})
        )
    )
    _, report, _ = crawl(home, server, "users=1")
    assert "no policy entry covers" in report["message"]
    assert not any(seen)


@pytest.mark.parametrize(
    ("value", "base", "says"),
    [
        ("", "", "RENQUN_WEIBO_TOKEN holds no access token"),
        ("two words", "", "holds characters that no access token has"),
        (TOKEN, "http://weibo.example/2", "not sent over plain http"),
    ],
)
def test_no_token_no_crawl(
    home: Home, monkeypatch: pytest.MonkeyPatch, value: str, base: str, says: str
) -> None:
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", value)
    monkeypatch.setenv("RENQUN_CONTACT", "test@example.org")
    add_policy(home, policy("weibo", base or "http://127.0.0.1:9/2", "weibo"))
    code, report, said = job(home, "weibo", *QUICK, source="weibo")
    assert (code, report) == (2, {})
    assert says in said
    assert TOKEN not in said


def test_a_token_that_expires_midway_ends_the_crawl_and_a_new_one_goes_on(
    faulty: Start, home: Home, api: WeiboApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def until(visit: Visit) -> None:
        if visit.path.startswith("/2/comments") and visit.headers["Authorization"] == f"OAuth2 {TOKEN}":
            api.errors["comments/show"] = (401, 21327, "expired_token")
        api(visit)

    server = faulty(until)
    code, report, said = crawl(home, server, "users=1")
    kept = len(ids(home))
    assert kept >= 1, "what came before is in the lake"
    assert (code, report["status"]) == (0, "truncated")
    assert "stopped early: the token has expired (Weibo's error 21327)" in said + report["message"]
    assert "RENQUN_WEIBO_TOKEN" in report["message"], "what to do next"
    assert not Lake(home).exists("rejects")
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", "2.00AnotherToken")
    api.token = "2.00AnotherToken"
    api.errors.clear()
    asked = api.calls.count("users/show")
    again = crawl(home, server, "users=1")[1]
    assert again["status"] == "ok"
    assert len(ids(home)) == 7
    assert api.calls.count("users/show") == asked, "what was read is not asked again"
