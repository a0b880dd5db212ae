"""Whole crawls of a sandbox: nothing is lost, whatever happens to the process."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from crawlers.report import RunReport
from crawlers.run import Crawl, CrawlRefusedError, crawl
from lake.store import Lake
from nlp.normalise import normalise_all
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Sandbox, ids, job, killed_job, policy, serve_sandbox, written

pytestmark = pytest.mark.xdist_group("crawls")  # one worker serves the sandbox and crawls it whole


@pytest.fixture(scope="module")
def crawled(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after one crawl of each source, all three started together: they take turns."""
    home = sandbox.home(tmp_path_factory.mktemp("crawled"))
    seen: list[dict[str, int]] = []

    def one(spider: str) -> RunReport:
        return crawl(home, spider, spider, on_progress=seen.append)

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(one, ("mastodon", "discourse", "keywords")))
    assert [report.status for report in reports] == ["ok", "ok", "ok"], reports
    assert any(counts.get("fetched") for counts in seen), "progress is told on the way"
    return home


@pytest.mark.parametrize("source", ["mastodon", "discourse"])
def test_a_full_crawl_has_every_visible_post_and_no_other(
    sandbox: Sandbox, crawled: Home, source: str
) -> None:
    have = written(crawled, source)
    assert sandbox.posts(crawled, source, visible=True) == set(have)
    assert len(have) == len(set(have))
    assert not sandbox.posts(crawled, source, visible=False) & set(have)


def test_the_pages_of_tracked_accounts_show_their_plain_boosts(sandbox: Sandbox, crawled: Home) -> None:
    names, lake = Pseudonyms.open(crawled), Lake(crawled)
    tracked = {
        fact["native_id"]
        for fact in sandbox.truth
        if fact["kind"] == "account"
        and fact["handle"] in {brand["handle"] for brand in sandbox.about["brands"]}
    }
    planted = {
        (names.account("mastodon", fact["author"]), names.post("mastodon", str(fact["of"])))
        for fact in sandbox.truth
        if fact["kind"] == "boost" and fact["author"] in tracked
    }
    boosts = lake.read("posts").filter(pl.col("text").is_null() & pl.col("repost_of_id").is_not_null())
    assert tracked
    assert set(boosts.select("account_id", "repost_of_id").rows()) == planted


def test_the_pages_of_authors_show_theirs_too(sandbox: Sandbox, tmp_path: Path) -> None:
    home = sandbox.home(tmp_path)
    _, report, _ = job(home, "mastodon", "follows=none", "trends=no", "statuses=authors", "since=2d")
    assert report["status"] == "ok"
    posts = Lake(home).read("posts")
    boosts = posts.filter(pl.col("text").is_null() & pl.col("repost_of_id").is_not_null())
    assert boosts.height > 0
    assert boosts["account_id"].n_unique() > 1


def test_who_opted_out_at_the_source_is_nowhere(sandbox: Sandbox, crawled: Home) -> None:
    names, lake = Pseudonyms.open(crawled), Lake(crawled)
    gone = {
        names.account(fact["source"], fact["native_id"])
        for fact in sandbox.truth
        if fact["kind"] == "account" and not fact["visible"]
    }
    hiding = {
        names.account(fact["source"], fact["native_id"])
        for fact in sandbox.truth
        if fact["kind"] == "account" and fact["hidden_follows"]
    }
    assert gone
    assert hiding
    edges = lake.read("edges")
    follows = edges.filter(pl.col("kind") == "follow")
    assert not gone & set(lake.read("accounts")["id"])
    assert not gone & set(lake.read("posts")["account_id"])
    assert not gone & {*edges["src"], *edges["dst"]}
    assert not hiding & set(follows["src"])
    assert not gone & set(lake.read("names")["account_id"])


@pytest.mark.parametrize("source", ["mastodon", "discourse"])
def test_a_frontier_that_is_done_holds_no_names(crawled: Home, source: str) -> None:
    names = Lake(crawled).read("names", ["handle"], pl.col("source") == source)
    handles = set(names["handle"].drop_nulls())
    assert len(handles) > 20
    with closing(sqlite3.connect(crawled.frontier / f"{source}-{source}.sqlite")) as base:
        rows = [row for table in ("ask", "memory") for row in base.execute(f"select * from {table}")]
    cells = {str(cell) for row in rows for cell in row}
    assert not [cell for cell in cells if "://" in cell], "addresses are emptied"
    assert handles.isdisjoint(word for cell in cells for word in cell.split(":"))


def test_reposts_with_a_comment_are_edges_and_their_words_are_the_authors_own(crawled: Home) -> None:
    posts, edges = Lake(crawled).read("posts"), Lake(crawled).read("edges")
    reposts = posts.filter(pl.col("kind") == "repost")
    assert reposts.height > 20
    told = edges.filter(pl.col("kind") == "repost")
    others = reposts.filter(pl.col("account_id") != pl.col("repost_of_account_id"))
    assert set(others.select("account_id", "repost_of_account_id", "id").rows()) == set(
        told.select("src", "dst", "post_id").rows()
    )
    quoted = posts.select(pl.col("id").alias("repost_of_id"), pl.col("text").alias("theirs"))
    both = reposts.drop_nulls("text").join(quoted, on="repost_of_id")
    words = list(
        zip(normalise_all(both["text"].to_list()), normalise_all(both["theirs"].to_list()), strict=True)
    )
    told_whole = [(own, theirs) for own, theirs in words if len(theirs) >= 12]  # a laugh may come twice
    assert len(told_whole) > 20
    assert not [own for own, theirs in told_whole if theirs in own]


def test_the_run_rows_say_what_happened(crawled: Home) -> None:
    runs = Lake(crawled).read("runs")
    assert set(runs["status"]) == {"ok"}
    (mastodon,) = runs.filter(pl.col("source") == "mastodon").to_dicts()
    assert mastodon["asked"] == mastodon["fetched"] > 50
    assert mastodon["rows"] > 3000
    completeness = json.loads(mastodon["completeness"])
    assert completeness["posts.text"] > 0.99, "all but the plain boosts of tracked accounts"
    assert 0 < completeness["accounts.region"] < 1


def _kill(
    home: Home, spider: str, most: int, rng: random.Random, moments: tuple[float, ...] = (0.8, 6.5)
) -> int:
    """Kill a crawl at random moments, at most so often, until one ends before it is killed, or is let end.

    ``moments`` are the latest ones, in seconds after its first progress: before a commit, or around some.

    Gives how often it was killed; each kill was a SIGKILL of a crawl that was under way.
    """
    command = [sys.executable, "-m", "crawlers.job", "--home", str(home.root), "--spider", spider]
    for kills in range(most):
        child = subprocess.Popen(
            [*command, "--source", spider], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert child.stdout is not None
        first = child.stdout.readline()  # the first progress, or the report where nothing was left to fetch
        try:
            child.wait(rng.uniform(0.0, rng.choice(moments)))
        except subprocess.TimeoutExpired:
            child.kill()
        with child.stdout:
            told = child.stdout.read()
        if child.wait() != -signal.SIGKILL:
            assert b'"report"' in first + told
            return kills
    report = crawl(home, spider, spider)
    assert report.good, report.message
    return most


@pytest.mark.parametrize("spider", ["mastodon"])
def test_three_kills_lose_nothing(sandbox: Sandbox, crawled: Home, tmp_path: Path, spider: str) -> None:
    home = sandbox.home(tmp_path, rate=100.0)
    # A crawl this small may be over in seconds: each is killed early.
    assert _kill(home, spider, 3, random.Random(11), moments=(0.5,)) > 0
    _same(sandbox, crawled, home, spider)


def test_a_kill_between_the_last_page_and_the_last_row(
    sandbox: Sandbox, crawled: Home, tmp_path: Path
) -> None:
    home = sandbox.home(tmp_path)
    killed_job(home, "discourse", "before", "_leave_frontier")  # all is committed, the frontier is open
    killed_job(home, "discourse", "before", "_end_interrupted")  # who goes on dies before it ends the row
    _, report, _ = job(home, "discourse")
    assert (report["status"], report["counts"]["asked"]) == ("ok", 0)
    assert report["message"].startswith("The run before had every page.")
    _same(sandbox, crawled, home, "discourse")
    killed_job(home, "discourse", "after", "_leave_frontier")  # it is finished, the row says that it runs
    assert job(home, "discourse")[1]["status"] == "ok"
    _same(sandbox, crawled, home, "discourse")
    statuses = Lake(home).read("runs").sort("started_at")["status"].to_list()
    assert statuses == ["truncated", "ok", "truncated", "ok"]


@pytest.mark.soak
@pytest.mark.parametrize("spider", ["mastodon", "discourse"])
def test_fifty_kills_lose_nothing(sandbox: Sandbox, crawled: Home, tmp_path: Path, spider: str) -> None:
    rng, kills, homes = random.Random(12), 0, 0
    while kills < 50:
        home = sandbox.home(tmp_path / str(homes), rate=rng.choice((30.0, 100.0, 1000.0)))
        kills += _kill(home, spider, 50 - kills, rng)
        homes += 1
        _same(sandbox, crawled, home, spider)
    print(f"{kills} kills over {homes} crawls")


def _same(sandbox: Sandbox, whole: Home, broken: Home, source: str) -> None:
    """Every table of the interrupted crawl holds what the uninterrupted one holds, each key once."""
    assert sandbox.posts(broken, source, visible=True) == set(written(broken, source))
    one, other = Pseudonyms.open(whole), Pseudonyms.open(broken)
    for table in ("posts", "accounts", "names"):
        counts = [len(ids(home, table, source)) for home in (whole, broken)]
        assert counts[0] == counts[1], table
    follows = [
        Lake(home).read("edges").filter(pl.col("source") == source).group_by("kind").len().sort("kind").rows()
        for home in (whole, broken)
    ]
    assert follows[0] == follows[1]
    assert one.account(source, "1") != other.account(source, "1"), "each home has its own key"
    statuses = Lake(broken).read("runs").filter(pl.col("source") == source)["status"]
    assert "running" not in set(statuses), "interrupted runs are ended by the run that goes on"


def test_limits_and_sigterm_stop_a_crawl_that_a_later_one_finishes(sandbox: Sandbox, tmp_path: Path) -> None:
    home = sandbox.home(tmp_path, rate=60.0)
    _, part, _ = job(home, "mastodon", "pages=20")
    assert part["status"] == "truncated"
    assert "limit of 20 pages" in part["message"]
    assert 20 <= part["counts"]["asked"] <= 21
    with Crawl(home, "mastodon", "mastodon") as running:
        report = running.wait(on_progress=lambda _: running.stop())
    assert report.status == "truncated"
    assert "run it again" in report.message
    add_policy(home, policy("mastodon", sandbox.about["mastodon"], "mastodon"))
    assert job(home, "mastodon")[1]["status"] == "ok"
    assert set(written(home, "mastodon")) == sandbox.posts(home, "mastodon", visible=True)


@pytest.mark.parametrize(("source", "less"), [("mastodon", ("follows=none", "trends=no")), ("discourse", ())])
def test_since_narrows_a_crawl(sandbox: Sandbox, tmp_path: Path, source: str, less: tuple[str, ...]) -> None:
    home = sandbox.home(tmp_path)
    code, report, _ = job(home, source, "since=3d", *less)
    assert (code, report["status"]) == (0, "ok")
    posts = Lake(home).read("posts")
    assert 0 < posts.height < len(sandbox.posts(home, source, visible=True))
    oldest = posts["created_at"].min()
    assert isinstance(oldest, datetime)
    assert datetime.now(UTC) - oldest <= timedelta(days=3, minutes=10)


def test_no_policy_entry_no_crawl(sandbox: Sandbox, tmp_path: Path) -> None:
    home = Home(tmp_path)
    code, report, said = job(home, "mastodon", f"base_url={sandbox.about['mastodon']}")
    assert (code, report) == (2, {})
    assert "No policy entry covers source 'mastodon'" in said
    assert not Lake(home).exists("posts")
    with pytest.raises(CrawlRefusedError, match="No policy entry"):
        crawl(home, "mastodon", "mastodon")


def test_wrong_parameters_are_told(sandbox: Sandbox, tmp_path: Path) -> None:
    home = sandbox.home(tmp_path)
    assert "has no parameter 'colour'" in job(home, "mastodon", "colour=red")[2]
    assert "since=yesterday is no date" in job(home, "mastodon", "since=yesterday")[2]


def test_a_stranger_is_not_crawled_without_a_contact(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_policy(home, policy("far", "https://social.example", "mastodon"))
    code, _, said = job(home, "mastodon", source="far")
    assert code == 2
    assert "RENQUN_CONTACT" in said


def test_crawl_delay_is_obeyed(tmp_path: Path) -> None:
    for slow in serve_sandbox(tmp_path, "--users", "150", "--days", "10", "--crawl-delay", "1"):
        home = slow.home(tmp_path / "home")
        _, report, _ = job(home, "mastodon", "pages=4")
        assert report["counts"]["fetched"] == 4
        assert report["seconds"] >= 3, "four pages at one a second"


def test_the_rate_limit_of_mastodon_is_kept_on_a_shortened_clock(tmp_path: Path) -> None:
    """Mastodon's 300 requests in 5 minutes, on a clock that goes 60 times as fast."""
    for strict in serve_sandbox(tmp_path, "--users", "350", "--days", "10", "--rate-limit", "300/5"):
        home = strict.home(tmp_path / "home")
        _, report, _ = job(home, "mastodon")
        asked = report["counts"]["asked"]
        assert report["status"] == "ok"
        assert asked > 300, "the limit is reached"
        assert report["counts"].get("retried", 0) <= 8
        assert set(written(home, "mastodon")) == strict.posts(home, "mastodon", visible=True)
        assert report["seconds"] >= 5 * ((asked - 1) // 300)


def test_a_second_crawl_fetches_little(sandbox: Sandbox, crawled: Home) -> None:
    runs = Lake(crawled).read("runs")
    for spider in ("mastodon", "discourse"):
        first = runs.filter(pl.col("source") == spider)["fetched"].item()
        before = sorted(ids(crawled, "posts", spider))
        _, again, _ = job(crawled, spider)
        assert again["status"] == "ok"
        assert again["counts"]["fetched"] < first / 8
        assert again["counts"]["unchanged"] > 5
        assert sorted(ids(crawled, "posts", spider)) == before
