"""Search demand: every shape of suggestions, hot lists, pageviews; parsers alone, then over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.trends.demand import read_demand
from crawlers.protocols.hotlist import parse_hotlist
from crawlers.protocols.page import BadPage, NotShown, RawPage
from crawlers.protocols.pageviews import parse_pageviews, title_of
from crawlers.protocols.suggest import parse_suggest
from lake.store import Lake
from privacy.errors import NoPolicyError
from privacy.home import Home
from privacy.policies import add_policy, load_policies
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, job, policy
from tests.crawlers.odd_json import dump, spoil

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=5")
URL = "http://127.0.0.1:9/s"
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SHAPES = {
    "sugrec": '{"q":"露营","p":false,"g":[{"type":"sug","sa":"s_1","q":"露营装备"},{"q":"露营地"}],"slid":"1"}',
    "su": 'window.baidu.sug({q:"露营",p:false,s:["露营装备","露营地"]});',
    "su-escapes": 'f({q:"\\u9732\\u8425",s:["露营装备","\\u9732\\x{8}营地"]})'.replace("\\x{8}", ""),
    "opensearch": '["露营",["露营装备","露营地"]]',
    "google": ')]}\'\n["露营",["露营装备","露营地"],["",""],[],{"google:suggesttype":["QUERY","ENTITY"]}]',
    "youtube": 'window.google.ac.h(["露营",[["露营装备",0],["露营地",0,[512]]],{"k":1}])',
    "toolbar": '<?xml version="1.0"?><toplevel><CompleteSuggestion><suggestion data="露营装备"/></CompleteSuggestion>'
    '<CompleteSuggestion><suggestion data="露营地"/></CompleteSuggestion></toplevel>',
    "360": '{"query":"露营","result":[{"word":"露营装备"},{"word":"露营地"}],"version":"b"}',
}


def suggest(body: bytes, term: str | None = "露营") -> RawPage:
    return parse_suggest(body, URL, at=NOW, term=term)


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_in_both_charsets(shape: str, charset: str) -> None:
    text = SHAPES[shape].replace("\\u9732营地", "露营地")
    (row,) = suggest(text.encode(charset)).rows.keywords
    assert row == {
        "term": "露营",
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "grain": "day",
        "related": ["露营装备", "露营地"],
    }


def test_a_short_answer_in_gbk_that_looks_like_utf8_is_told_by_its_term() -> None:
    body = '["露营",["营露"]]'.encode("gbk")
    assert body.decode("utf-8"), "these bytes are valid UTF-8 by chance"
    assert suggest(body).rows.keywords[0]["related"] == ["营露"]


def test_quotes_and_odd_keys_in_javascript() -> None:
    body = r"""cb({q:"a",p:!1,s:["b: {c: 1}","d\'e\x26","f\"g:h"]})""".replace("!1", "false").encode()
    assert suggest(body, "a").rows.keywords[0]["related"] == ["b: {c: 1}", "d'e&", 'f"g:h']


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "the body is empty"),
        ("<!DOCTYPE html><p>verify you are human", "HTML where XML was expected"),
        ("<other/>", "suggestions were expected, this is <other>"),
        ("[1]", "the array holds no term with its suggestions"),
        ('{"error": 1}', "no shape of suggestions"),
        ("7", "no shape of suggestions"),
        ('f({q:"a",s:["b"', "the script is cut off"),
        ('{"q": "a", "g": [', "the JSON is cut off"),
        ("f(" + "[" * 100_000 + ")", "not JSON"),
    ],
)
def test_what_is_no_suggestion_is_refused(body: str, says: str) -> None:
    with pytest.raises(BadPage, match=re.escape(says)):
        suggest(body.encode())


def test_none_and_bad_suggestions() -> None:
    assert suggest(b'{"q": "x", "p": false}').counts == {"items": 0, "empty": 1}
    page = suggest('["露营", ["露营", "露营  地", 7, null, "露营 地"]]'.encode())
    assert page.rows.keywords[0]["related"] == ["露营 地"]
    assert len(page.rows.rejects) == 2


@given(st.data())
def test_only_bad_page_escapes_suggestions(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(SHAPES.values())))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        odd = data.draw(
            st.one_of(st.text(max_size=6), st.sampled_from(['"', "(", ")", "{", "]", "\\x", "\\", ":"]))
        )
        text = text[:start] + odd + text[end:]
    body = data.draw(st.one_of(st.just(text.encode("utf-8", "surrogatepass")), st.binary(max_size=60)))
    try:
        page = suggest(body)
    except BadPage:
        return
    assert all(row["related"] for row in page.rows.keywords)


REALTIME = {
    "ok": 1,
    "data": {
        "realtime": [
            {"word": "露营节", "note": "#露营节#", "num": 90210, "realpos": 1, "category": "生活"},
            {"word": "某品牌", "num": 5, "is_ad": 1},
            {"num": 3},
            {"word": "咖啡", "num": "many"},
        ]
    },
}


def test_a_hot_list() -> None:
    page = parse_hotlist(json.dumps(REALTIME).encode(), URL, at=NOW)
    rows = [(row["term"], row["rank"], row.get("volume"), row["advert"]) for row in page.rows.keywords]
    assert rows == [("露营节", 1, 90210.0, False), ("某品牌", 2, 5.0, True), ("咖啡", 4, None, False)]
    assert page.rows.keywords[0]["at"] == datetime(2026, 1, 2, 3, tzinfo=UTC)
    assert [reject["reason"] for reject in page.rows.rejects] == ["the entry has no words"]


def test_archives_of_hot_lists() -> None:
    weibo = [
        {"title": "露营", "url": "/weibo?q=%23x&t=31&band_rank=7&Refer=top"},
        {"title": "咖啡", "url": "/weibo?q=y"},
    ]
    rows = parse_hotlist(json.dumps(weibo).encode(), URL, at=NOW).rows.keywords
    assert [(row["term"], row["rank"]) for row in rows] == [("露营", 7), ("咖啡", 2)]
    zhihu = [{"query_display": "露营怎么选", "real_query": "露营"}]
    assert parse_hotlist(json.dumps(zhihu).encode(), URL, at=NOW).rows.keywords[0]["term"] == "露营怎么选"


def test_a_hot_list_behind_a_log_in_is_not_shown() -> None:
    with pytest.raises(NotShown, match="please log in"):
        parse_hotlist(b'{"ok": -100, "msg": "please log in", "url": "https://x"}', URL, at=NOW)
    with pytest.raises(BadPage, match="no hot list"):
        parse_hotlist(b'{"ok": 1, "data": {}}', URL, at=NOW)


def test_pageviews_and_titles() -> None:
    items = [
        {"timestamp": "2026010100", "views": 7},
        {"timestamp": "20260102", "views": 0},
        {"timestamp": "2026013200", "views": 1},
        {"timestamp": "2026010300", "views": -1},
    ]
    page = parse_pageviews(json.dumps({"items": items}).encode(), URL, term="露营")
    assert [(row["at"].day, row["volume"]) for row in page.rows.keywords] == [(1, 7.0), (2, 0.0)]
    assert len(page.rows.rejects) == 2
    assert unquote(title_of(" camping  gear/tent ")) == "Camping_gear/tent"
    assert "/" not in title_of("a/b")


@pytest.mark.parametrize("name", ["hotlist", "pageviews"])
@given(data=st.data())
def test_only_bad_page_escapes_lists(name: str, data: st.DataObject) -> None:
    sample: Any = REALTIME if name == "hotlist" else {"items": [{"timestamp": "2026010100", "views": 7}]}
    body = dump(spoil(sample, data))
    try:
        if name == "hotlist":
            parse_hotlist(body, URL, at=NOW)
        else:
            parse_pageviews(body, URL, term="a")
    except (BadPage, NotShown):
        return


def serve(visit: Visit) -> None:
    """Suggestions two levels deep, an encyclopedia, and a hot list."""
    parts = urlsplit(visit.path)
    if parts.path == "/complete/search":
        term = parse_qs(parts.query)["q"][0]
        visit.give(json.dumps([term, [f"{term}装备", f"{term}地"] if len(term) < 6 else []]).encode())
    elif parts.path.startswith("/metrics/"):
        article = unquote(parts.path.split("/")[7])
        found = {"items": [{"article": article, "timestamp": "2026010100", "views": 42}]}
        visit.give(json.dumps(found).encode(), 200) if article == "Camping" else visit.give(b"{}", 404)
    elif parts.path == "/hot":
        visit.give(json.dumps(REALTIME).encode())
    else:
        visit.give(b"", 404)


def crawl(home: Home, server: Faulty, spider: str, *parameters: str) -> dict[str, Any]:
    add_policy(home, policy("search", server.url, spider))
    return job(home, spider, *QUICK, *parameters, source="search")[1]


def test_suggestions_of_suggestions(faulty: Start, home: Home) -> None:
    report = crawl(home, faulty(serve), "keywords", "shape=google", "terms=露营", "depth=2")
    assert report["status"] == "ok"
    related = {row["term"]: row["related"] for row in Lake(home).read("keywords").to_dicts()}
    assert related == {
        "露营": ["露营装备", "露营地"],
        "露营装备": ["露营装备装备", "露营装备地"],
        "露营地": ["露营地装备", "露营地地"],
    }


def test_terms_come_from_a_file_as_keywords_expand_writes_it(
    faulty: Start, home: Home, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("露营\n咖啡\n", "utf-8")
    assert crawl(home, faulty(serve), "keywords", "shape=google", f"terms_from={words}")["status"] == "ok"
    assert set(Lake(home).read("keywords")["term"]) == {"露营", "咖啡"}


def test_an_article_that_nobody_has_is_empty_and_no_failure(faulty: Start, home: Home) -> None:
    report = crawl(home, faulty(serve), "keywords", "shape=pageviews", "terms=camping,没有这篇")
    assert (report["status"], report["counts"]["empty"]) == ("ok", 1)
    (row,) = Lake(home).read("keywords").to_dicts()
    assert (row["term"], row["volume"], row["at"]) == ("camping", 42.0, datetime(2026, 1, 1, tzinfo=UTC))


def test_one_source_holds_the_views_of_one_project(faulty: Start, home: Home) -> None:
    server, asked = faulty(serve), ("shape=pageviews", "terms=camping")
    assert crawl(home, server, "keywords", "shape=pageviews", "terms=nothing")["counts"]["empty"] == 1
    assert crawl(home, server, "keywords", *asked, "project=en.wikipedia")["status"] == "ok"
    code, _, said = job(home, "keywords", *QUICK, *asked, source="search")
    assert code == 2
    assert "search holds the views of en.wikipedia; those of zh.wikipedia would take their place" in said
    assert crawl(home, server, "keywords", *asked, "project=en.wikipedia")["status"] == "ok"
    assert Lake(home).read("keywords").height == 1


def test_a_hot_list_is_a_snapshot_of_its_hour(faulty: Start, home: Home) -> None:
    for _ in range(2):
        assert crawl(home, faulty(serve), "hotlist", "list=hot")["status"] == "ok"
    snapshots = [row for row in Lake(home).read("runs").to_dicts() if row["kind"] == "snapshot"]
    hours = {row["at"] for row in snapshots}
    assert len(snapshots) == len(hours) in (1, 2), "one row an hour, however often it is taken"
    assert snapshots[0]["rows"] == 3
    since = min(hours)
    (demand,) = read_demand(Lake(home), since, since + timedelta(hours=2), "露营节")
    assert (demand.listed, demand.covered.to_list()[0]) == (True, since)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        (("shape=bing", "terms=a"), "shape=bing is unknown"),
        (("shape=google",), "lists no terms of its own"),
        (("shape=google", "terms=a", "depth=9"), "depth=9 is not a number from 1 to 3"),
        (
            ("shape=pageviews", "terms=a", "since=2199-01-01"),
            "Pageviews are told by whole days",
        ),
    ],
)
def test_wrong_parameters_are_refused(home: Home, parameters: tuple[str, ...], says: str) -> None:
    add_policy(home, policy("search", "http://127.0.0.1:9", "keywords"))
    code, _, said = job(home, "keywords", *QUICK, *parameters, source="search")
    assert code == 2
    assert says in said


@pytest.mark.parametrize(
    "host", ["www.baidu.com", "suggestion.baidu.com", "suggestqueries.google.com", "sug.so.360.cn"]
)
def test_suggestions_are_off_until_their_user_writes_an_entry(home: Home, host: str) -> None:
    with pytest.raises(NoPolicyError):
        load_policies(home).for_url(f"https://{host}/su?wd=x")
    code, report, said = job(home, "keywords", "terms=露营", source="baidu")
    assert (code, report) == (2, {})
    assert "no policy entry" in said.lower()
    add_policy(home, policy("index", "http://127.0.0.1:9", "keywords"))
    code, report, said = job(home, "keywords", f"base_url=https://{host}", "terms=露营", source="index")
    assert (code, report) == (2, {}), "an entry for one place opens no other"
    assert host in said
