"""What a crawl may not do, and what the source does not let it do: each is obeyed, counted, and told in words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crawlers import robots_store
from crawlers.run import Crawl
from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy

Start = Callable[[Answer], Faulty]
QUICK = ("retries=1", "backoff=0.01", "timeout=5")
PLAIN = {"Content-Type": "text/plain"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def statuses(*numbers: int, **account: Any) -> bytes:
    made = [
        {
            "id": str(n), "created_at": "2026-01-02T03:04:05Z", "content": f"<p>第{n}条</p>",
            "account": {"id": f"7{n}", "acct": f"amy{n}", "following_count": 0, **account},
        }
        for n in numbers
    ]  # fmt: skip
    return json.dumps(made).encode()


def serve(timeline: Callable[[Visit], None], robots: Callable[[Visit], None] | None = None) -> Answer:
    """A Mastodon server: robots.txt allows all unless said otherwise, trends are empty, the timeline is the test's."""

    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            (robots or (lambda visit: visit.give(b"", headers=PLAIN)))(visit)
        elif "trends" in visit.path:
            visit.give(b"[]")
        else:
            timeline(visit)

    return answer


def last_run(home: Home) -> dict[str, Any]:
    row = Lake(home).read("runs").sort("started_at").to_dicts()[-1]
    return {**row, "decisions": json.loads(row["decisions"])}


def test_robots_is_asked_once_a_day_across_crawls(faulty: Start, home: Home) -> None:
    server = faulty(serve(lambda visit: visit.give(statuses(1)), lambda visit: visit.give(b"", 404)))
    add_policy(home, policy("s", server.url, "mastodon"))
    for known in (0, 1):
        assert job(home, "mastodon", *QUICK, source="s")[1]["status"] == "ok"
        decisions = last_run(home)["decisions"]
        assert (decisions.get("robotstxt/asked", 0), decisions.get("robotstxt/known", 0)) == (
            1 - known,
            known,
        )
        assert decisions["robotstxt/allowed"] == decisions["response/200"] == 2
    assert server.seen.count("/robots.txt") == 1
    _age(home, server)
    job(home, "mastodon", *QUICK, source="s")
    assert server.seen.count("/robots.txt") == 2, "after a day it is asked again"


def _age(home: Home, server: Faulty) -> None:
    answer = robots_store.kept(home, server.url)
    assert answer is not None
    kept = {name: getattr(answer, name) for name in ("origin", "status", "content_type", "body", "failure")}
    old = robots_store.RobotsAnswer(
        **kept, asked_at=answer.asked_at - robots_store.FRESH - timedelta(seconds=1)
    )
    robots_store.keep(home, old)


def test_a_robots_txt_that_becomes_unreachable_forbids_until_it_is_back(faulty: Start, home: Home) -> None:
    status = [200]
    server = faulty(
        serve(lambda visit: visit.give(statuses(1)), lambda visit: visit.give(b"", status[0], PLAIN))
    )
    add_policy(home, policy("s", server.url, "mastodon"))
    assert job(home, "mastodon", *QUICK, source="s")[1]["status"] == "ok"
    _age(home, server)
    status[0] = 503
    asked = len(server.seen)
    for _ in range(2):
        code, report, said = job(home, "mastodon", *QUICK, source="s")
        assert (code, report["status"]) == (1, "blocked")
        assert "robots.txt" in said
        assert "answered 503" in said
        assert last_run(home)["decisions"]["robotstxt/unreachable"] >= 1
    assert set(server.seen[asked:]) == {"/robots.txt"}, "no page was asked for, and robots.txt by each crawl"
    status[0] = 200
    assert job(home, "mastodon", *QUICK, source="s")[1]["status"] == "ok"


def test_what_robots_forbids_is_counted_by_its_name(faulty: Start, home: Home) -> None:
    closed = b"User-agent: *\nDisallow: /api/v1/trends\n"
    server = faulty(
        serve(lambda visit: visit.give(statuses(1)), lambda visit: visit.give(closed, headers=PLAIN))
    )
    add_policy(home, policy("s", server.url, "mastodon"))
    report = job(home, "mastodon", *QUICK, source="s")[1]
    row = last_run(home)
    assert (report["status"], row["forbidden"]) == ("ok", 1)
    assert row["decisions"]["robotstxt/forbidden"] == report["counts"]["robotstxt/forbidden"] == 1
    assert "1 forbidden (robots.txt of" in row["message"]
    assert not [path for path in server.seen if "trends" in path]


def test_noindex_of_pages_and_accounts_is_counted(faulty: Start, home: Home) -> None:
    def timeline(visit: Visit) -> None:
        visit.give(statuses(1, noindex=True))

    server = faulty(serve(timeline))
    add_policy(home, policy("s", server.url, "mastodon"))
    job(home, "mastodon", *QUICK, source="s")
    assert last_run(home)["decisions"]["optout/noindex"] == 1
    assert ids(home) == []
    other = faulty(serve(lambda visit: visit.give(statuses(1), headers={"X-Robots-Tag": "noindex"})))
    add_policy(home, policy("t", other.url, "mastodon"))
    job(home, "mastodon", *QUICK, source="t")
    assert last_run(home)["decisions"]["optout/noindex"] == 1


def test_addresses_outside_the_policy_are_counted(faulty: Start, home: Home) -> None:
    server = faulty(serve(lambda visit: visit.give(b"", 302, {"Location": "http://localhost:9/x"})))
    add_policy(home, policy("s", server.url, "mastodon"))
    job(home, "mastodon", *QUICK, source="s")
    assert last_run(home)["decisions"]["policy/forbidden"] == 1


CHECKS = {
    "cloudflare": (403, "<html><head><title>Just a moment...</title></head></html>", {}, "Cloudflare"),
    "cloudflare-200": (200, "<html><script>window._cf_chl_opt={}</script></html>", {}, "Cloudflare"),
    "cloudflare-header": (200, "<html></html>", {"cf-mitigated": "challenge"}, "Cloudflare"),
    "cloudflare-503": (503, "<html><div id='cf-browser-verification'></div></html>", {}, "Cloudflare"),
    "weibo-visitor": (200, "<!DOCTYPE html><title>Sina Visitor System</title>", {}, "Weibo's visitor page"),
    "weibo-log-in": (200, '{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}', {}, "Weibo's log-in page"),
    "weibo-redirect": (302, "", {"Location": "https://passport.weibo.com/visitor/visitor?a=enter"}, "Weibo"),
    "baidu": (200, "<html><head><title>百度安全验证</title></head></html>", {}, "Baidu's security check"),
    "anubis": (200, "<html><script src='/.within.website/x/cmd/anubis/main.mjs'></script></html>", {}, "Anubis"),
    "any": (200, "<html><head><title>人机验证</title></head></html>", {}, "check for humans"),
    "script": (200, "<script type=\"text/javascript\">_a='/t';location.assign(_a)</script>", {}, "check for browsers"),
    "discuz": (200, "<html><title>3 + 5 = ?</title><form><input name=\"secqsubmit\"/></form></html>", {}, "Discuz!"),
    "discuz-reload": (200, "<html><title>页面重载开启</title>请稍候</html>", {}, "check for humans"),
    "gbk": (200, "<html><title>页面重载开启</title>请稍候</html>", {"Content-Type": "text/html; charset=gbk"}, "check for humans"),
    "form": (200, "<html><form><script src='https://hcaptcha.com/1/api.js'></script></form></html>", {}, "check"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_for_humans_is_blocked_and_never_empty(faulty: Start, home: Home, name: str) -> None:
    status, body, headers, says = CHECKS[name]
    charset = "gbk" if name == "gbk" else "utf-8"
    server = faulty(serve(lambda visit: visit.give(body.encode(charset), status, HTML | headers)))
    add_policy(home, policy("s", server.url, "mastodon"))
    code, report, said = job(home, "mastodon", *QUICK, "trends=no", source="s")
    row = last_run(home)
    assert (code, report["status"], row["blocked"], row["empty"]) == (1, "blocked", 1, 0)
    assert says in said
    assert "ask its operator" in said
    assert row["decisions"]["blocked/challenge"] == 1
    assert server.seen.count("/api/v1/timelines/public?limit=40") == 1, "it is not asked again and again"
    assert Lake(home).read("rejects").is_empty()


def test_posts_about_checks_are_posts(faulty: Start, home: Home) -> None:
    body = statuses(1).replace(
        "第1条".encode("unicode_escape"), b"Just a moment... captcha window._cf_chl_opt"
    )
    server = faulty(serve(lambda visit: visit.give(body)))
    add_policy(home, policy("s", server.url, "mastodon"))
    assert job(home, "mastodon", *QUICK, source="s")[1]["status"] == "ok"
    assert len(ids(home)) == 1


def test_a_crawl_that_failed_tells_what_was_blocked_besides(faulty: Start, home: Home) -> None:
    def timeline(visit: Visit) -> None:
        visit.give(b"{}", 403) if "shut" in visit.path else visit.give(b"<p>x</p>", 200, HTML)

    add_policy(home, policy("s", faulty(serve(timeline)).url, "mastodon"))
    _, report, _ = job(home, "mastodon", *QUICK, "tags=shut,odd", source="s")
    assert report["status"] == "failed"
    assert (
        "HTML where JSON was expected; pages refused: 1 blocked (the source answered 403)"
        in report["message"]
    )


def test_a_source_that_blocks_again_and_again_is_left_alone(faulty: Start, home: Home) -> None:
    """After the first page every answer is a check: the crawl stops, and what waits is left for the next one."""
    tags = [f"t{n}" for n in range(40)]

    def timeline(visit: Visit) -> None:
        visit.give(statuses(1)) if "t0?" in visit.path else visit.give(CHECKS["baidu"][1].encode(), 200, HTML)

    server = faulty(serve(timeline))
    add_policy(home, policy("s", server.url, "mastodon", concurrency=1))
    code, report, _ = job(home, "mastodon", *QUICK, f"tags={','.join(tags)}", source="s")
    assert (code, report["status"]) == (1, "blocked")
    assert "8 requests in a row were blocked" in report["message"]
    assert "pages wait" in report["message"]
    assert len(ids(home)) == 1
    assert sum("timelines/tag" in path for path in server.seen) < 20


def test_too_many_requests_hold_the_whole_host_back(faulty: Start, home: Home) -> None:
    server = faulty(serve(lambda visit: visit.give(b"{}", 429)))
    add_policy(home, policy("s", server.url, "mastodon"))
    _, report, said = job(home, "mastodon", "retries=2", "backoff=0.2", source="s")
    decisions = last_run(home)["decisions"]
    assert report["status"] == "blocked"
    assert "answered 429" in said
    assert "Lower its rate in sources.toml" in said
    assert (decisions["response/429"], decisions["retry/count"], decisions["retry/gave_up"]) == (3, 2, 1)
    assert report["seconds"] >= 0.2 + 0.4, "each wait is twice as long"


def test_a_wait_too_long_to_sit_out_ends_the_crawl(faulty: Start, home: Home) -> None:
    server = faulty(serve(lambda visit: visit.give(b"{}", 429, {"Retry-After": "7200"})))
    add_policy(home, policy("s", server.url, "mastodon", concurrency=1))
    _, report, _ = job(home, "mastodon", "tags=a,b,c", "backoff=0.01", source="s")
    assert report["status"] == "blocked"
    assert "the source asks to wait 120 minutes" in report["message"]
    assert sum("timelines" in path for path in server.seen) == 1
    assert last_run(home)["decisions"]["response/429"] == 1


def busy_at(waits: list[str]) -> Answer:
    """One status; the path that ``waits`` names, while it names one, is to be asked again in 100 seconds."""

    def answer(visit: Visit) -> None:
        if waits and waits[0] in visit.path:
            visit.give(b"", 503, {"Retry-After": "100"})
        else:
            serve(lambda visit: visit.give(statuses(1)))(visit)

    return answer


@pytest.mark.parametrize("busy", ["timelines", "robots.txt"])
def test_a_crawl_that_waits_for_the_source_ends_when_it_is_told_to(
    faulty: Start, home: Home, busy: str
) -> None:
    waits = [busy]
    server = faulty(busy_at(waits))
    add_policy(home, policy("busy", server.url, "mastodon"))
    with Crawl(home, "mastodon", "busy", follows="none", trends="no") as crawl:
        while not any(busy in path for path in server.seen):
            time.sleep(0.05)
        time.sleep(1)  # until it has read the answer
        crawl.stop()
        began = time.monotonic()
        report = crawl.wait()
    assert time.monotonic() - began < 50
    assert (report.status, report.counts["forbidden"]) == ("truncated", 0)
    assert "it was interrupted; 1 page waits" in report.message
    waits.clear()
    assert job(home, "mastodon", *QUICK, "follows=none", "trends=no", source="busy")[1]["status"] == "ok"
    assert len(ids(home)) == 1


@pytest.mark.parametrize("busy", ["timelines", "robots.txt"])
def test_the_limit_of_minutes_ends_a_wait_too(faulty: Start, home: Home, busy: str) -> None:
    waits = [busy]
    server = faulty(busy_at(waits))
    add_policy(home, policy("busy", server.url, "mastodon"))
    asked = ("follows=none", "trends=no")
    report = job(home, "mastodon", *asked, "minutes=0.05", source="busy")[1]
    assert report["seconds"] < 50
    assert report["status"] == "truncated"
    assert "the limit of 0.05 minutes was reached" in report["message"]
    assert "1 page waits" in report["message"]
    waits.clear()
    assert job(home, "mastodon", *QUICK, *asked, source="busy")[1]["status"] == "ok"
    assert len(ids(home)) == 1


def test_a_run_tells_new_updated_and_vanishing_fields(faulty: Start, home: Home) -> None:
    given = [statuses(1, 2, 3)]
    server = faulty(serve(lambda visit: visit.give(given[0])))
    add_policy(home, policy("s", server.url, "mastodon"))
    job(home, "mastodon", *QUICK, source="s")
    assert (last_run(home)["new"], last_run(home)["updated"]) == (3, 0)
    given[0] = (
        statuses(2, 3, 4)
        .replace(b"<p>", b"<p>again ")
        .replace(b'"created_at"', b'"language": "zh", "created_at"')
    )
    job(home, "mastodon", *QUICK, source="s")
    assert (last_run(home)["new"], last_run(home)["updated"]) == (1, 2)
    given[0] = statuses(*range(4, 16)).replace(b"content", b"gone")
    job(home, "mastodon", *QUICK, source="s")
    _, report, _ = job(home, "mastodon", *QUICK, source="s")
    assert "Warning: posts.text is filled in 0% of the rows, usually in 100%." in report["message"]
    assert json.loads(last_run(home)["warnings"]) == [
        "posts.text is filled in 0% of the rows, usually in 100%."
    ]
