"""Forum files: what they read of pages, and how a wrong one is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import cli
from crawlers.protocols.document import load_document
from crawlers.protocols.forum_file import load_forum, shipped, source_of
from crawlers.protocols.forum_html import ForumPages
from crawlers.protocols.page import BadPage, NoIndex, NotShown
from privacy.errors import BadInputError
from tests.crawlers.forum_lab import START, Post, Topic, phpbb, small_forum
from tests.crawlers.spoilt import spoilt_html

BASE = "http://127.0.0.1:9/"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
PHPBB = ForumPages(load_forum("phpbb"), UTC, NOW)
XENFORO = ForumPages(load_forum("xenforo"), UTC, NOW)


def drawn(path: str, **forum: Any) -> Any:
    body = phpbb(small_forum(**forum), BASE, "/" + path)
    assert body is not None
    return load_document(body.encode(), BASE + path)


def said(html: str) -> Any:
    site = small_forum()
    site.topics = [Topic(7, 2, "试", [Post(41, "3", START, "开头"), Post(42, "5", START, html)])]
    body = phpbb(site, BASE, "/viewtopic.php?t=7")
    assert body is not None
    return PHPBB.topic(load_document(body.encode(), BASE + "viewtopic.php?t=7"), {}).rows.posts[1]


def test_phpbb_pages() -> None:
    index = PHPBB.index(drawn("index.php"))
    assert [(ask.url, ask.meta["board"]) for ask in index.next] == [
        (f"{BASE}viewforum.php?f=2", "露营"),
        (f"{BASE}viewforum.php?f=3", "徒步"),
    ], "the session's number is dropped"
    board = PHPBB.board(drawn("viewforum.php?f=3"), index.next[1].meta)
    assert [ask.url for ask in board.next] == [
        *(f"{BASE}viewtopic.php?t={tid}" for tid in (1, 11, 9, 7, 5)),
        f"{BASE}viewforum.php?f=3&start=4",
    ]
    assert board.next[0].remember == ("topic:1", "2026-03-06T08:20:07+00:00/6")
    first = PHPBB.topic(drawn("viewtopic.php?t=1"), board.next[0].meta)
    opening, reply, _ = first.rows.posts
    assert (opening["native_id"], opening["author_native_id"], opening["author_handle"]) == ("1", "5", "老周")
    assert (opening["title"], opening["board"]) == ("帖子1", "徒步")
    assert opening["created_at"] == datetime(2026, 3, 6, 2, 20, 7, tzinfo=UTC)
    assert (reply["reply_to_native_id"], reply["reply_to_author_native_id"]) == ("1", "5")
    assert "最后编辑" not in str(first.rows.posts)
    (onward,) = [ask for ask in first.next if ask.kind == "topic"]
    assert onward.url == f"{BASE}viewtopic.php?t=1&start=3"
    rest = PHPBB.topic(drawn("viewtopic.php?t=1&start=3"), onward.meta)
    assert rest.rows.posts[0]["reply_to_author_native_id"] == "5"
    people = [ask.url for ask in first.next if ask.kind == "profile"]
    assert people[0] == f"{BASE}memberlist.php?mode=viewprofile&u=5"


def test_a_phpbb_person() -> None:
    facts = {"5": {"Location": "杭州", "Occupation": "设计", "Yahoo": "x"}}
    read = PHPBB.person(drawn("memberlist.php?mode=viewprofile&u=5", facts=facts))
    (row,) = read.rows.accounts
    assert (row["native_id"], row["handle"], row["region"], row["occupation"]) == (
        "5",
        "老周",
        "杭州",
        "设计",
    )
    assert (row["posts_count"], row["registered_at"]) == (1234, datetime(2024, 3, 5, 10, 20, tzinfo=UTC))


def test_phpbb_quotes_name_the_post_and_its_author() -> None:
    html = (
        '<blockquote cite="./viewtopic.php?p=41#p41"><div><cite><a href="./memberlist.php?mode=viewprofile&amp;u=3">林三</a> wrote: '
        '<a href="./viewtopic.php?p=41#p41" data-post-id="41">↑</a><span class="responsive-hide">Thu Mar 05</span></cite>开头</div></blockquote>同意'
    )
    post = said(html)
    assert post["text"] == "> @林三: 开头\n同意"
    assert (post["reply_to_native_id"], post["reply_to_author_native_id"]) == ("41", "3")
    assert said('<blockquote class="uncited"><div>旧话</div></blockquote>新话')["text"] == "> 旧话\n新话"
    assert said('<img class="smilies" src="x" alt=":)" />好')["text"] == "好"


XENFORO_TOPIC = """<!DOCTYPE html><html><head><title>x</title></head><body>
<ul class="p-breadcrumbs"><li><a href="/"><span itemprop="name">首页</span></a></li><li><a href="/forums/camp.2/"><span itemprop="name">露营</span></a></li></ul>
<h1 class="p-title-value">帐篷怎么选</h1><div class="p-description"><a class="username" data-user-id="3" href="/members/lin.3/">林三</a></div>
<article class="message message--post" data-author="林三" data-content="post-41"><div class="message-user"><h4><a href="/members/lin.3/" class="username" data-user-id="3">林三</a></h4></div>
<div class="message-attribution-main"><a href="/threads/tent.7/post-41"><time class="u-dt" datetime="2026-03-05T10:20:07+0800">x</time></a></div>
<article class="message-body"><div class="bbWrapper">求推荐</div></article></article>
<article class="message message--post" data-author="老周" data-content="post-42"><div class="message-user"><h4><a href="/members/zhou.5/" class="username" data-user-id="5">老周</a></h4></div>
<div class="message-attribution-main"><a href="/threads/tent.7/post-42"><time class="u-dt" datetime="2026-03-05T11:20:07+0800">x</time></a></div>
<article class="message-body"><div class="bbWrapper"><blockquote class="bbCodeBlock bbCodeBlock--quote" data-attributes="member: 3" data-quote="林三" data-source="post: 41"><div class="bbCodeBlock-title"><a href="/goto/post?id=41">林三 said:</a></div><div class="bbCodeBlock-content"><div class="bbCodeBlock-expandContent">求推荐</div><div class="bbCodeBlock-expandLink"><a>点击展开</a></div></div></blockquote>
<a href="/members/cat.12/" class="username" data-user-id="12">@Cat</a> 懂</div></article></article>
<nav><a href="/threads/tent.7/page-2" class="pageNav-jump pageNav-jump--next">下一页</a></nav></body></html>"""


def test_xenforo_pages() -> None:
    read = XENFORO.topic(load_document(XENFORO_TOPIC.encode(), f"{BASE}threads/tent.7/"), {})
    opening, reply = read.rows.posts
    assert (opening["title"], opening["board"], opening["native_id"]) == ("帐篷怎么选", "露营", "41")
    assert reply["text"] == "> @林三: 求推荐\n@Cat 懂"
    assert (reply["reply_to_native_id"], reply["reply_to_author_native_id"]) == ("41", "3")
    assert [mention["native_id"] for mention in reply["mentions"]] == ["12", "3"]
    assert reply["created_at"] == datetime(2026, 3, 5, 3, 20, 7, tzinfo=UTC)
    assert [(ask.kind, ask.url) for ask in read.next] == [
        ("profile", f"{BASE}members/lin.3/"),
        ("profile", f"{BASE}members/zhou.5/"),
        ("topic", f"{BASE}threads/tent.7/page-2"),
    ]
    assert XENFORO.page_address(f"{BASE}threads/tent.7/", 3, 20) == f"{BASE}threads/tent.7/page-3"
    board = """<html><body><h1 class="p-title-value">露营</h1><div class="structItem structItem--thread"><div class="structItem-title">
    <a href="/threads/tent.7/unread" class="">帐篷</a></div><div class="structItem-cell--meta"><dl class="pairs"><dt>回复</dt><dd>1,234</dd></dl></div>
    <time class="structItem-latestDate" datetime="2026-03-05T11:20:07+0800">x</time></div></body></html>"""
    for style in ("", "index.php?"):  # XenForo's addresses with and without "full friendly URLs"
        drawn = board.replace("/threads/", f"/{style}threads/").encode()
        (ask,) = XENFORO.board(load_document(drawn, f"{BASE}{style}forums/camp.2/"), {}).next
        assert (ask.url, ask.remember) == (
            f"{BASE}{style}threads/tent.7/",
            ("topic:7", "2026-03-05T03:20:07+00:00/1234"),
        )
    plain = XENFORO_TOPIC.replace('href="/', 'href="/index.php?')
    page = load_document(plain.encode(), f"{BASE}index.php?threads/tent.7/")
    assert [(ask.kind, ask.url) for ask in XENFORO.topic(page, {}).next] == [
        ("profile", f"{BASE}index.php?members/lin.3/"),
        ("profile", f"{BASE}index.php?members/zhou.5/"),
        ("topic", f"{BASE}index.php?threads/tent.7/page-2"),
    ]


def written(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """The phpBB file with some lines changed."""
    text = source_of("phpbb")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('row = "div.post', 'rwo = "div.post'), "[posts] has no key 'rwo': did you mean 'row'?"),
        (('link = "a.topictitle"\n', ""), "[topics] link is missing"),
        (('link = "a.topictitle"', 'link = "a..x"'), "[topics] link: 'a..x' is no CSS selector"),
        (('quote = "blockquote"', 'quote = "xpath:.//b["'), "[posts] quote: './/b[' is no XPath"),
        (('quote = "blockquote"', 'quote = "xpath:count(.//b)"'), "[posts] quote: 'count(.//b)' finds neither"),
        (('quote = "blockquote"', "quote = 3"), "[posts] quote: a selector is text"),
        (("f=(\\\\d+)", "f=\\\\d+"), "[boards] address:"),
        (("f=(\\\\d+)", "f=(\\\\d+"), "[boards] address:"),
        (('"Location" = "region"', '"Location" = "place"'), "[person] labels: the label 'Location' says 'place'"),
        (('formats = ["', 'zone = "Moon/Far"\nformats = ["'), "[time] zone: 'Moon/Far' is no time zone"),
        (("{url}&start={offset}", "start={offset}"), "[posts] page_address holds {url}"),
        (('start = "index.php"', "start = 3"), "start: it is text"),
        (("[time]", "[clock]"), "has no key 'clock'"),
        (('drop = ["sid"]', 'drop = "sid"'), "[boards] drop: it is a list of texts"),
        (('name = "phpBB', 'name = phpBB'), "it is no TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_the_key(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = written(tmp_path, change)
    with pytest.raises(BadInputError) as refused:
        load_forum(path)
    assert says in refused.value.message
    assert "mine.toml" in refused.value.message
    assert "forums try" in (refused.value.hint or "")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        load_forum(str(tmp_path / "none.toml"))
    assert set(shipped()) == {"phpbb", "xenforo"}


def test_trying_a_file_shows_its_rows_and_what_found_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "topic.html"
    body = phpbb(small_forum(), BASE, "/viewtopic.php?t=1")
    assert body is not None
    page.write_text(body, "utf-8")
    mine = written(
        tmp_path, ('id = { select = "xpath:@id"', 'likes = ".thanks"\nid = { select = "xpath:@id"')
    )
    assert cli.main(["forums", "try", mine, str(page), "--url", f"{BASE}viewtopic.php?t=1"]) == 0
    shown = capsys.readouterr().out
    assert "read as: topic" in shown
    assert "第1帖的第0层" in shown
    assert "[posts] likes found nothing (3 times)" in shown
    assert all(len(line) <= 100 for line in shown.splitlines())
    assert cli.main(["forums", "try", "phpbb", str(page), "--url", BASE, "--kind", "topic", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["page"]["rows"]["posts"][0]["native_id"] == "1"
    assert cli.main(["forums", "try", "phpbb", str(page), "--url", BASE, "--kind", "person"]) != 0
    assert "shows no person" in capsys.readouterr().err
    lost = written(tmp_path, ('row = "div.post[id^=', 'row = "div.lost[id^='))
    assert cli.main(["forums", "try", lost, str(page), "--url", BASE]) != 0
    assert "nothing on it is found by [posts] row" in capsys.readouterr().err
    assert cli.main(["forums", "list"]) == 0
    assert "XenForo" in capsys.readouterr().out
    assert cli.main(["forums", "show", "phpbb"]) == 0
    assert capsys.readouterr().out == source_of("phpbb")


def test_times_of_a_file_with_a_zone(tmp_path: Path) -> None:
    changes = (
        ('time = ["p.author time::attr(datetime)", "p.author"]', 'time = "p.author"'),
        ("[time]", '[time]\nzone = "Asia/Shanghai"'),
    )
    forum = load_forum(written(tmp_path, *changes))
    body = phpbb(small_forum(), BASE, "/viewtopic.php?t=2")
    assert body is not None
    body = (
        body.replace(">x</time>", ">Thu Mar 05, 2026 10:20 pm</time>")
        .replace("<span>由 ", "<span>")
        .replace(" &raquo; ", "")
    )
    import re

    body = re.sub(r'<p class="author">.*?<time', '<p class="author"><time', body)
    read = ForumPages(forum, ZoneInfo("UTC"), NOW).topic(
        load_document(body.encode(), f"{BASE}viewtopic.php?t=2"), {}
    )
    assert read.rows.posts[0]["created_at"] == datetime(2026, 3, 5, 14, 20, tzinfo=UTC)


READERS: dict[str, Any] = {
    "index.php": lambda document: PHPBB.index(document),
    "viewforum.php?f=3": lambda document: PHPBB.board(document, {}),
    "viewtopic.php?t=1": lambda document: PHPBB.topic(document, {}),
    "memberlist.php?mode=viewprofile&u=5": lambda document: PHPBB.person(document),
}


@pytest.mark.property
@pytest.mark.parametrize("path", sorted(READERS))
@given(data=st.data())
def test_no_page_raises_anything_but_what_is_meant(path: str, data: st.DataObject) -> None:
    body = phpbb(small_forum(), BASE, "/" + path)
    assert body is not None
    try:
        read = READERS[path](load_document(spoilt_html(body, data), BASE + path, end=""))
    except (BadPage, NotShown, NoIndex):
        return
    for post in read.rows.posts:
        assert post["native_id"]
        assert post["author_native_id"]
        assert post["created_at"].tzinfo is not None
    for ask in read.next:
        assert ask.url.startswith(BASE), "nothing leads to another host"
        json.dumps(ask.meta)


@pytest.mark.property
@given(data=st.data())
def test_no_xenforo_page_raises(data: st.DataObject) -> None:
    try:
        XENFORO.topic(load_document(spoilt_html(XENFORO_TOPIC, data), f"{BASE}threads/tent.7/", end=""), {})
    except (BadPage, NotShown, NoIndex):
        return
