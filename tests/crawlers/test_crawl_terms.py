"""Collecting by terms: from a parameter or a file, as tags, as searches, as look-ups."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import cli
from crawlers.run import crawl
from crawlers.terms import read_terms, with_terms, words_of
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy

Start = Callable[[Answer], Faulty]
QUICK = ("retries=1", "backoff=0.01", "timeout=5")


def test_a_file_of_terms(tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_bytes("\ufeff# 露营季\r\n露营\r\n\r\n 帐篷, 天幕 \n露营\n".encode())
    assert read_terms(file) == ["露营", "帐篷, 天幕"]
    merged = with_terms({"terms": "徒步,露营", "terms_from": str(file), "since": "30d"})
    assert words_of(merged["terms"]) == ["徒步", "露营", "帐篷, 天幕"], (
        "a comma in a line is part of the term"
    )
    assert set(merged) == {"terms", "since"}
    assert words_of(with_terms({"terms_from": str(file)})["terms"]) == read_terms(file)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "can't be read: No such file"),
        ("露营装备".encode("gbk"), "not UTF-8 text"),
        (b"tent\n\x00\x01\n", "line 2 holds a NUL"),
        (b"tent\n" + b"x" * 101, "line 2 has over 100 characters"),
        (b'{"keywords": []}', "is JSON"),
        (b"\xef\xbb\xbf# nothing\n\n", "holds no terms"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(
    tmp_path: Path, body: bytes | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "terms.txt"
    if body is not None:
        file.write_bytes(body)
    with pytest.raises(BadInputError, match=says):
        read_terms(file)
    add_policy(Home(tmp_path / "home"), policy("s", "http://127.0.0.1:9", "keywords"))
    where = ["--home", str(tmp_path / "home")]
    assert cli.main(["crawl", "keywords", "--source", "s", "--terms-from", str(file), *where]) == 2
    said = capsys.readouterr().err.strip()
    assert says in said
    assert len(said.splitlines()) == 1


@given(st.binary(max_size=300))
def test_whatever_is_in_the_file(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    file = tmp_path_factory.mktemp("terms") / "terms.txt"
    file.write_bytes(body)
    try:
        terms = read_terms(file)
    except BadInputError:
        return
    assert words_of(with_terms({"terms_from": str(file)})["terms"]) == terms
    assert all(term == term.strip() and term for term in terms)


def test_thousands_of_terms_reach_the_crawl(faulty: Start, home: Home, tmp_path: Path) -> None:
    """More than one argument of a process may hold (128 KiB on Linux)."""
    terms = [f"露营装备推荐第{n}条" for n in range(6000)]
    file = tmp_path / "terms.txt"
    file.write_text("\n".join(terms), "utf-8")
    assert file.stat().st_size > 128 * 1024

    def answer(visit: Visit) -> None:
        visit.give(b"", 404) if visit.path == "/robots.txt" else visit.give(b'{"q": "x", "g": []}')

    server = faulty(answer)
    add_policy(home, policy("words", server.url, "keywords"))
    report = crawl(home, "keywords", "words", terms_from=file, pages=8)
    assert "limit of 8 pages" in report.message
    report = crawl(home, "keywords", "words", terms_from=file, pages=4)
    asked = {unquote(path.rpartition("=")[2]) for path in server.seen if path != "/robots.txt"}
    assert asked <= set(terms)
    assert len(asked) >= 4


def test_a_spider_without_terms_says_so(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text("tent")
    add_policy(home, policy("nodebb", "http://127.0.0.1:9", "nodebb"))
    code, _, said = job(home, "nodebb", f"terms_from={file}")
    assert code == 2
    assert "has no parameter 'terms'" in said


def test_mastodon_takes_terms_as_tags(faulty: Start, home: Home) -> None:
    def answer(visit: Visit) -> None:
        visit.give(b"", 404) if visit.path == "/robots.txt" else visit.give(b"[]")

    server = faulty(answer)
    add_policy(home, policy("mastodon", server.url, "mastodon"))
    job(home, "mastodon", *QUICK, "tags=#hiking", "terms=camping tent,露营", "trends=no")
    tags = {unquote(urlsplit(path).path) for path in server.seen} - {"/robots.txt"}
    assert tags == {f"/api/v1/timelines/tag/{tag}" for tag in ("hiking", "campingtent", "露营")}


class SearchedForum:
    """A Discourse of one topic a post; a search gives two posts a page, cut short."""

    def __init__(self, texts: dict[int, str], noindex: bool = False, hidden: str = "") -> None:
        self.texts = texts
        self.noindex = noindex
        self.hidden = hidden

    def post(self, number: int) -> dict[str, Any]:
        made = {
            "id": number,
            "username": f"p{number}",
            "topic_id": number,
            "created_at": "2026-01-02T00:00:00Z",
        }
        return made | {"post_number": 30, "cooked": f"<p>{self.texts[number]}</p>"}

    def answer(self, visit: Visit) -> None:
        parts = urlsplit(visit.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        match parts.path.strip("/").split("/"):
            case ["search.json"] if len(query["q"].split()[0]) < 2:
                visit.give(b'{"errors": ["too short"]}', 400)
            case ["search.json"]:
                word, page = query["q"].split()[0], int(query["page"])
                found = [number for number, text in self.texts.items() if word in text]
                shown = found[(page - 1) * 2 : page * 2]
                cut = [self.post(number) | {"cooked": None, "blurb": "cut …"} for number in shown]
                about = {"more_full_page_results": page * 2 < len(found)}
                topics = [{"id": number, "category_id": 4, "posts_count": 40} for number in shown]
                self.say(visit, {"posts": cut, "topics": topics, "grouped_search_result": about})
            case ["t", topic, "30.json"]:
                stream = {"posts": [self.post(int(topic))], "stream": [900 + int(topic), int(topic)]}
                opened = {"created_by": {"username": "opener"}}
                self.say(visit, {"id": int(topic), "title": "t", "post_stream": stream, "details": opened})
            case ["categories.json"]:
                self.say(visit, {"category_list": {"categories": [{"id": 4, "name": "户外"}]}})
            case ["u", name]:
                user = {
                    "username": name.removesuffix(".json"),
                    "profile_hidden": name.startswith(self.hidden or "-"),
                }
                headers = {"X-Robots-Tag": "noindex"} if self.noindex else {}
                visit.give(json.dumps({"user": user}).encode(), headers=headers)
            case _:
                visit.give(b"", 404)

    def say(self, visit: Visit, said: dict[str, Any]) -> None:
        visit.give(json.dumps(said).encode())


def test_discourse_searches_and_reads_what_is_found_whole(faulty: Start, home: Home) -> None:
    forum = SearchedForum({n: f"露营 {n}" for n in range(1, 6)} | {6: "徒步 6", 7: "别的 7"})
    server = faulty(forum.answer)
    add_policy(home, policy("discourse", server.url, "discourse"))
    _, report, _ = job(home, "discourse", *QUICK, "terms=露营,徒步,x")
    names = Pseudonyms.open(home)
    assert set(ids(home)) == {names.post("discourse", str(n)) for n in range(1, 7)}
    posts = Lake(home).read("posts").sort("text")
    assert posts["text"].to_list() == ["徒步 6", *[f"露营 {n}" for n in range(1, 6)]]
    assert posts["board"].unique().to_list() == ["户外"]
    assert posts["reply_to_account_id"].unique().to_list() == [names.account("discourse", "opener")]
    assert not [path for path in server.seen if path.startswith("/latest")]
    assert "does not search for this term" in Lake(home).read("rejects")["reason"].item()
    assert report["status"] == "ok", "a term that is too short is told, the source is not down"
    again = job(home, "discourse", *QUICK, "terms=露营,徒步")[1]
    assert again["counts"]["unchanged"] >= 6
    assert not [path for path in server.seen[-again["counts"]["asked"] :] if path.startswith("/t/")]


def test_profiles_that_say_noindex_are_looked_at_and_not_kept(faulty: Start, home: Home) -> None:
    """Every profile of a real Discourse says so; whether its owner hides it stands inside."""
    forum = SearchedForum({1: "露营 1", 2: "露营 2"}, noindex=True, hidden="p2")
    add_policy(home, policy("discourse", faulty(forum.answer).url, "discourse"))
    _, report, _ = job(home, "discourse", *QUICK, "terms=露营")
    assert ids(home) == [Pseudonyms.open(home).post("discourse", "1")]
    assert not Lake(home).exists("accounts")
    assert report["counts"]["optout/noindex"] == 2


def test_an_endless_search_ends(faulty: Start, home: Home) -> None:
    forum = SearchedForum({1: "露营 1"})

    def answer(visit: Visit) -> None:
        if visit.path.startswith("/search"):
            about = {"more_full_page_results": True}
            forum.say(visit, {"posts": [forum.post(1)], "topics": [], "grouped_search_result": about})
        else:
            forum.answer(visit)

    server = faulty(answer)
    add_policy(home, policy("discourse", server.url, "discourse"))
    assert job(home, "discourse", *QUICK, "terms=露营")[1]["status"] == "ok"
    assert len([path for path in server.seen if path.startswith("/search")]) == 2


def test_a_closed_timeline_is_told_in_words(faulty: Start, home: Home) -> None:
    def answer(visit: Visit) -> None:
        visit.give(b"", 404) if visit.path == "/robots.txt" else visit.give(b'{"error": "members"}', 401)

    add_policy(home, policy("mastodon", faulty(answer).url, "mastodon"))
    _, report, said = job(home, "mastodon", *QUICK)
    assert report["status"] == "blocked"
    assert "members only" in said


def test_account_pages_bring_boosts_but_nothing_unlisted(faulty: Start, home: Home) -> None:
    amy, ben = {"id": "7", "acct": "amy"}, {"id": "8", "acct": "ben"}
    own = {"id": "1", "created_at": "2026-01-02T00:00:00Z", "account": amy, "content": "<p>一</p>"}
    theirs = own | {"id": "2", "account": ben, "content": "<p>二</p>"}
    boost = own | {"id": "3", "content": "<p>二</p>", "reblog": theirs}
    unlisted = own | {"id": "4", "visibility": "unlisted"}

    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.give(b"", 404)
        elif "/accounts/7/statuses" in visit.path:
            visit.give(json.dumps([boost, unlisted]).encode())
        elif "/timelines/" in visit.path:
            visit.give(json.dumps([own]).encode())
        else:
            visit.give(b"[]")

    add_policy(home, policy("mastodon", faulty(answer).url, "mastodon"))
    assert job(home, "mastodon", *QUICK, "statuses=some")[0] == 2
    job(home, "mastodon", *QUICK, "statuses=authors")
    names = Pseudonyms.open(home)
    posts = Lake(home).read("posts").filter(pl.col("account_id") == names.account("mastodon", "7"))
    assert set(posts["id"]) == {names.post("mastodon", "1"), names.post("mastodon", "3")}
    (repost,) = posts.filter(pl.col("id") == names.post("mastodon", "3")).to_dicts()
    assert (repost["text"], repost["repost_of_id"]) == (None, names.post("mastodon", "2"))
